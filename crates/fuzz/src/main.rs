//! `cargo xtask fuzz rules`: many cases, or one of them again.

use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use workflow_fuzz::harness::{self, Options};
use workflow_fuzz::{Kind, Verdict, input};

#[derive(Debug, Parser)]
#[command(
    name = "workflow-fuzz",
    about = "Seeded hostile input for what reads text"
)]
struct Cli {
    #[command(subcommand)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Target {
    /// Recurrence rules, sentences, calendars, zone data, names with tokens
    Rules(Rules),
}

#[derive(Debug, clap::Args)]
struct Rules {
    /// How many cases
    #[arg(long, default_value_t = 100_000)]
    cases: u64,
    /// Determines every case
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One case alone: shows its input and what comes of it
    #[arg(long)]
    case: Option<u64>,
    /// The first case
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// On how many threads; as many as the machine has cores unless said
    #[arg(long)]
    threads: Option<usize>,
}

fn main() -> ExitCode {
    let Target::Rules(rules) = Cli::parse().target;
    if let Some(case) = rules.case {
        return one(rules.seed, case);
    }
    // A panic is reported with its case; its own message would drown in the others.
    std::panic::set_hook(Box::new(|_| {}));
    many(&rules)
}

fn one(seed: u64, case: u64) -> ExitCode {
    println!("{}: {:?}", Kind::of(case), input(seed, case));
    match harness::one(seed, case) {
        Ok(Verdict::Accepted) => println!("accepted, and all that is checked holds"),
        Ok(Verdict::Refused) => println!("refused with a reason"),
        Err(failure) => {
            println!("{failure}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[expect(clippy::disallowed_methods, reason = "a run says how long it took")]
fn many(rules: &Rules) -> ExitCode {
    let began = Instant::now();
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options {
        seed: rules.seed,
        first: rules.first,
        cases: rules.cases,
        threads: rules.threads.unwrap_or_else(cores),
    };
    let report = harness::run(options);
    let seconds = began.elapsed().as_secs_f64();
    let rate = rules.cases as f64 / seconds.max(0.001);
    println!("{report}");
    println!(
        "{} cases of seed {} in {seconds:.1} s on {} threads, {rate:.0} a second: {} failed",
        rules.cases,
        rules.seed,
        options.threads,
        report.failures.len()
    );
    if report.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
