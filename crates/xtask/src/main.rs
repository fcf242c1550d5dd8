//! The project's own chores: `cargo xtask test`, `cargo xtask nightly` and what they are made of.

mod allow_list;
mod api;
mod browser;
mod calendars;
mod links;
mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::calendars::Then;
use crate::run::{Step, cargo, steps};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The project's own chores")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// All the tests, set-up included: the browser, where it is missing, is installed if that is
    /// permitted
    Test {
        /// Only some of them
        #[arg(value_enum)]
        only: Option<Only>,
    },
    /// The pictures of the documentation, taken anew from the sample practice
    Pictures,
    /// Format, lints, documentation, features and dependencies: what a change must pass beside
    /// the tests
    Check,
    /// What takes long: more cases of every property, more seeds of the simulation, power cuts,
    /// kills, all benchmarks
    Nightly {
        /// Cases of each property
        #[arg(long, default_value_t = 20_000)]
        cases: u32,
        /// Seeds of the simulation
        #[arg(long, default_value_t = 100_000)]
        seeds: u32,
    },
    /// Cuts the power under the store many times, and prints what was found
    Powercut {
        /// How many images of a disk are tried
        #[arg(long, default_value_t = 100_000)]
        images: usize,
        /// What they depend on
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Kills the real server many times over a simulated XPM, and prints what was found
    Chaos {
        /// How many kills
        #[arg(long, default_value_t = 1_000)]
        kills: usize,
        /// What their instants and the faults depend on
        #[arg(long, default_value_t = 1)]
        seed: u32,
        /// Of a hundred replies of the simulated XPM, how many go wrong
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u8).range(0..100))]
        faults: u8,
    },
    /// Sends the API requests made from its own document, and prints what was found; needs Python
    /// and the network
    Api {
        /// Requests for each operation
        #[arg(long, default_value_t = 100)]
        examples: u32,
        /// What they depend on
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// The published holiday calendars, made anew; needs Python and the network
    Calendars {
        /// Compare with what is checked in, and change nothing
        #[arg(long)]
        check: bool,
    },
    /// Seeded hostile input for what reads text: `cargo xtask fuzz rules --cases 1000000 --seed 7`,
    /// and for what reads XPM's answers: `cargo xtask fuzz responses`
    Fuzz {
        /// What to feed, and its options; `fuzz rules --help` lists them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        words: Vec<String>,
    },
    /// What workflow-core depends on, held against the list of what it may
    Dependencies,
    /// The links of the documents
    Links,
}

/// Tests that can be run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Only {
    /// The Workflow tab in a real browser
    Browser,
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Test { only: None } => test(),
        Chore::Test {
            only: Some(Only::Browser),
        } => browser::test(),
        Chore::Pictures => browser::pictures(),
        Chore::Api { examples, seed } => api::fuzz(examples, seed),
        Chore::Check => check(),
        Chore::Nightly { cases, seeds } => nightly(cases, seeds),
        Chore::Powercut { images, seed } => steps([powercut(images, seed)]),
        Chore::Chaos {
            kills,
            seed,
            faults,
        } => steps([chaos(kills, seed, faults)]),
        Chore::Calendars { check: true } => calendars::calendars(Then::Compare),
        Chore::Calendars { check: false } => calendars::calendars(Then::Replace),
        Chore::Fuzz { words } => fuzz(&words),
        Chore::Dependencies => allow_list::check(),
        Chore::Links => links::check(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What proptest draws its cases from, where it is set.
const RNG_SEED: &str = "PROPTEST_RNG_SEED";

/// Every run draws the same cases, so that a change is judged by what it changes; `nightly` draws
/// new ones.
fn test() -> Result<(), run::Failed> {
    let seed = std::env::var(RNG_SEED).unwrap_or_else(|_| "1".to_owned());
    // Where there is no browser everything else is tested all the same, and the end says so.
    let browser = browser::ensure();
    let mut all = cargo(&[
        // Not --all-targets: benchmarks are measured at night, not run once in a debug build.
        "test",
        "--workspace",
        "--lib",
        "--bins",
        "--tests",
        "--examples",
        "--all-features",
        "--no-fail-fast",
    ])
    .with_env(RNG_SEED, &seed);
    if browser.is_err() {
        all = all.with(&["--exclude", browser::PACKAGE]);
    }
    steps([
        Step::new("unit, property, conformance and whole-product tests", all),
        Step::new(
            "examples in the documentation",
            cargo(&["test", "--workspace", "--doc", "--all-features"]),
        ),
        Step::new(
            "the quickstart",
            cargo(&["run", "--quiet", "--example", "quickstart"]),
        ),
        Step::new(
            "the tab in a host application",
            cargo(&[
                "run",
                "--quiet",
                "--example",
                "embedded_host",
                "--",
                "--once",
            ]),
        ),
        Step::new(
            "an embedder's own store",
            cargo(&["test", "--example", "custom_store"]),
        ),
        Step::new(
            "an embedder's own job system",
            cargo(&["test", "--example", "folder_gateway"]),
        ),
        Step::new(
            "the recurrence vectors",
            cargo(&[
                "run",
                "--quiet",
                "--example",
                "vectors",
                "--",
                "crates/workflow-core/tests/data/recurrence.jsonl",
            ]),
        ),
    ])?;
    browser
}

fn check() -> Result<(), run::Failed> {
    let mut all = vec![
        Step::new("format", cargo(&["fmt", "--all", "--check"])),
        Step::new(
            "lints",
            cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--all-features",
                "--",
                "-D",
                "warnings",
            ]),
        ),
        Step::new(
            "documentation",
            cargo(&["doc", "--workspace", "--no-deps", "--all-features"])
                .with_env("RUSTDOCFLAGS", "-D warnings"),
        ),
    ];
    for feature in ["", "serde", "mock", "proptest", "testing"] {
        let name = if feature.is_empty() {
            "no feature"
        } else {
            feature
        };
        all.push(Step::new(
            &format!("workflow-core with {name} alone"),
            cargo(&[
                "check",
                "--package",
                "workflow-core",
                "--no-default-features",
                "--features",
                feature,
            ]),
        ));
    }
    steps(all)?;
    links::check()?;
    allow_list::check()
}

/// Its own binary, in release: a chore has no need of the core.
fn fuzz(words: &[String]) -> Result<(), run::Failed> {
    let mut all = vec![
        "run",
        "--quiet",
        "--release",
        "--package",
        "workflow-fuzz",
        "--",
    ];
    all.extend(words.iter().map(String::as_str));
    steps([Step::new("fuzzing", cargo(&all))])
}

fn powercut(images: usize, seed: u64) -> Step {
    let mut command = cargo(&["run", "--release", "--package", "powercut", "--"]);
    command = command.with(&["--images", &images.to_string(), "--seed", &seed.to_string()]);
    Step::new("power cuts", command)
}

fn chaos(kills: usize, seed: u32, faults: u8) -> Step {
    let command = cargo(&[
        "test",
        "--package",
        "workflow-server",
        "--test",
        "server",
        "--",
        "chaos",
        "--nocapture",
    ]);
    let command = command
        .with_env("CHAOS_KILLS", &kills.to_string())
        .with_env("CHAOS_SEED", &seed.to_string())
        .with_env("CHAOS_FAULTS", &faults.to_string());
    Step::new("kills of the server", command)
}

fn nightly(cases: u32, seeds: u32) -> Result<(), run::Failed> {
    test()?;
    steps([
        Step::new(
            "every property, many more cases",
            cargo(&[
                "test",
                "--release",
                "--workspace",
                "--all-features",
                "--no-fail-fast",
            ])
            .with_env("PROPTEST_CASES", &cases.to_string()),
        ),
        Step::new(
            "many simulated histories, and a year of a large practice",
            cargo(&[
                "test",
                "--release",
                "--package",
                "workflow-tests",
                "--test",
                "simulation",
                "--",
                "--include-ignored",
                "each_seed_ends_with",
                "a_year",
            ])
            .with_env("SIM_SEEDS", &seeds.to_string()),
        ),
        Step::new(
            "ten million hostile rules, sentences, calendars and names",
            cargo(&[
                "run",
                "--quiet",
                "--release",
                "--package",
                "workflow-fuzz",
                "--",
                "rules",
                "--cases",
                "10000000",
            ]),
        ),
        Step::new(
            "ten million hostile answers",
            cargo(&[
                "run",
                "--quiet",
                "--release",
                "--package",
                "workflow-fuzz",
                "--",
                "responses",
                "--cases",
                "10000000",
            ]),
        ),
        powercut(100_000, 1),
        chaos(1_000, 1, 20),
        Step::new("benchmarks", cargo(&["bench", "--workspace"])),
    ])?;
    api::fuzz(1_000, 1)
}
