//! The command line of the simulated XPM.

use std::net::IpAddr;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};

/// The simulated XPM alone.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// The address to listen on. Beyond loopback every machine that reaches it may steer the sandbox
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) address: IpAddr,
    /// Listen on an address that is not on loopback
    #[arg(long)]
    pub(crate) network: bool,
    /// Where its state is kept; in memory unless given
    #[arg(long, value_name = "FILE")]
    pub(crate) data_file: Option<PathBuf>,
    /// What its ids and its faults depend on
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The share of replies that go wrong, from 0 to 1
    #[arg(long, default_value_t = 0.0, value_name = "RATE", value_parser = super::rate)]
    pub(crate) faults: f64,
    /// What a new sandbox holds: `demo`, `empty`, or a number of generated clients
    #[arg(long, default_value = "demo", value_parser = content)]
    pub(crate) content: Content,
    /// The rate limits of an app
    #[arg(long, value_enum, default_value_t = Tier::Standard)]
    pub(crate) limits: Tier,
    /// Answer a guess otherwise, such as bad-template=leave-job; may be given several times
    #[arg(long, value_name = "NAME=CHOICE")]
    pub(crate) guess: Vec<String>,
    /// Let the clock stand still at this instant, such as 2026-11-22T00:00:00Z, and move it by hand
    #[arg(long, value_name = "INSTANT")]
    pub(crate) clock: Option<DateTime<Utc>>,
}

/// What a new sandbox holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// What XPM has of the demonstration's practice.
    Demo,
    /// Nothing.
    Empty,
    /// A practice of so many clients, generated from the seed.
    Generated(u32),
}

/// Which rate limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tier {
    /// 60 a minute, 5 at a time, 5,000 a day
    Standard,
    /// 60 a minute, 5 at a time, 1,000 a day
    Starter,
    /// No limits
    None,
}

fn content(text: &str) -> Result<Content, &'static str> {
    match text {
        "demo" => Ok(Content::Demo),
        "empty" => Ok(Content::Empty),
        number => match number.parse() {
            Ok(clients) if clients <= 50_000 => Ok(Content::Generated(clients)),
            _ => Err("must be `demo`, `empty` or a number of clients up to 50000"),
        },
    }
}
