//! `cargo xtask powercut`: cuts the power under the store many times, and prints what was found.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::{Parser, ValueEnum};
use powercut::trial::{Found, Round, Tally, Trial, Weakness};

/// Images that are made of one life.
const IMAGES_OF_ONE: usize = 200;

/// After so many images it says how far it is.
const TELL_EVERY: usize = 5_000;

#[derive(Debug, Parser)]
#[command(name = "powercut", about = "Power cuts under the SQLite store")]
struct Cli {
    /// How many images are tried
    #[arg(long, default_value_t = 2_000)]
    images: usize,
    /// What everything depends on
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What is taken away from the store on purpose; then something has to be found
    #[arg(long, value_enum, default_value_t = Weaken::Nothing)]
    weaken: Weaken,
    /// Try the life of this number alone
    #[arg(long)]
    life: Option<usize>,
    /// Which image of that life; all of them unless said
    #[arg(long, requires = "life")]
    image: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Weaken {
    /// Nothing
    Nothing,
    /// SQLite runs with synchronous=NORMAL
    Normal,
    /// The disk says that it has synced and has not
    LyingDisk,
}

#[expect(
    clippy::disallowed_methods,
    reason = "a chore says how many images a second it tried"
)]
fn main() -> ExitCode {
    let cli = Cli::parse();
    let trial = Trial {
        images: cli.images,
        of_one: IMAGES_OF_ONE,
        seed: cli.seed,
        workers: std::thread::available_parallelism().map_or(1, usize::from),
        weakness: match cli.weaken {
            Weaken::Nothing => Weakness::None,
            Weaken::Normal => Weakness::Normal,
            Weaken::LyingDisk => Weakness::LyingDisk,
        },
    };
    let began = Instant::now();
    let (told, shown) = (AtomicUsize::new(TELL_EVERY), AtomicUsize::new(0));
    let tell = |tally: &Tally| {
        let (tried, next) = (tally.tried(), told.load(Ordering::Relaxed));
        let new = shown.swap(tally.found.len(), Ordering::Relaxed);
        for found in &tally.found[new..] {
            eprintln!("{}", words(found, &cli));
        }
        if tried >= next {
            told.store(tried - tried % TELL_EVERY + TELL_EVERY, Ordering::Relaxed);
            let rate = tried as f64 / began.elapsed().as_secs_f64();
            let unsound = tally.unsound();
            eprintln!("{tried} images tried, {unsound} unsound: {rate:.0} a second");
        }
    };
    let tried = match (cli.life, cli.image) {
        (Some(life), Some(image)) => trial.repeat(life, image..image + 1),
        (Some(life), None) => trial.repeat(life, 0..IMAGES_OF_ONE),
        (None, _) => trial.run_telling(&tell),
    };
    let tally = match tried {
        Ok(tally) => tally,
        Err(failed) => {
            eprintln!("powercut: seed {}: {failed}", cli.seed);
            return ExitCode::FAILURE;
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    println!("{tally}");
    let rate = tally.tried() as f64 / seconds;
    println!(
        "{} images in {seconds:.0} s: {rate:.0} a second",
        tally.tried()
    );
    for found in &tally.found {
        println!("{}", words(found, &cli));
    }
    let expected = trial.weakness != Weakness::None;
    match tally.found.is_empty() != expected {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// A finding, and the command that shows it again.
fn words(found: &Found, cli: &Cli) -> String {
    let seed = cli.seed;
    let weaken = match cli.weaken {
        Weaken::Nothing => "",
        Weaken::Normal => " --weaken normal",
        Weaken::LyingDisk => " --weaken lying-disk",
    };
    let again = match found.round {
        Round::First => "",
        Round::Again => ", cut again",
    };
    format!(
        "\n{}\n  cut after {} operations, {}{again}\n  \
         cargo run --release -p powercut -- --seed {seed}{weaken} --life {} --image {}",
        found.finding,
        found.position,
        found.damage.words(),
        found.story,
        found.image,
    )
}
