//! `cargo xtask fuzz rules` and `cargo xtask fuzz responses`: many cases, or one of them again.

use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use workflow_fuzz::harness::{self, Options, Target};
use workflow_fuzz::{RESPONSES, RULES, Verdict};

#[derive(Debug, Parser)]
#[command(
    name = "workflow-fuzz",
    about = "Seeded hostile input for what reads text"
)]
struct Cli {
    #[command(subcommand)]
    target: Fed,
}

#[derive(Debug, Subcommand)]
enum Fed {
    /// Recurrence rules, sentences, calendars, zone data, names with tokens
    Rules(Cases),
    /// Answers of XPM, of the gateway before it and of the sign-in service
    Responses(Cases),
    /// What reading an answer of XPM costs as it grows
    Sizes,
}

#[derive(Debug, clap::Args)]
struct Cases {
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
    let (target, cases) = match Cli::parse().target {
        Fed::Rules(cases) => (&RULES, cases),
        Fed::Responses(cases) => (&RESPONSES, cases),
        Fed::Sizes => {
            print!("{}", workflow_fuzz::sizes::table());
            return ExitCode::SUCCESS;
        }
    };
    if let Some(case) = cases.case {
        return one(target, cases.seed, case);
    }
    // A panic is reported with its case; its own message would drown in the others.
    std::panic::set_hook(Box::new(|_| {}));
    many(target, &cases)
}

fn one(target: &'static Target, seed: u64, case: u64) -> ExitCode {
    let kind = target.kinds[target.kind(case)];
    println!("{kind}: {}", (target.show)(seed, case));
    match harness::one(target, seed, case) {
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
fn many(target: &'static Target, cases: &Cases) -> ExitCode {
    let began = Instant::now();
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options {
        target,
        seed: cases.seed,
        first: cases.first,
        cases: cases.cases,
        threads: cases.threads.unwrap_or_else(cores),
    };
    let report = harness::run(options);
    let seconds = began.elapsed().as_secs_f64();
    let rate = cases.cases as f64 / seconds.max(0.001);
    println!("{report}");
    println!(
        "{} cases of seed {} in {seconds:.1} s on {} threads, {rate:.0} a second: {} failed",
        cases.cases,
        cases.seed,
        options.threads,
        report.failures.len()
    );
    if report.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
