//! What one history is made of, as its seed says.

use std::time::Duration;

use chrono::TimeDelta;
use workflow_core::numbering::JobNumbering;

use crate::dice::Dice;
use crate::disk::Kind;
use crate::limits::Windows;
use crate::practice::Size;
use crate::weather::Weather;
use crate::wrong::Wrong;

/// What a history is made of.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    pub(crate) kind: Kind,
    pub(crate) size: Size,
    pub(crate) script: Script,
    pub(crate) weather: Weather,
    pub(crate) windows: Windows,
    pub(crate) yields: Option<u64>,
    pub(crate) deaths: Deaths,
    /// About how long between one act of a person and the next; `None` for nobody.
    pub(crate) people: Option<Duration>,
    /// Whether the wall clock is set back and forth at times.
    pub(crate) jumps: bool,
    pub(crate) look_every: TimeDelta,
    /// How often the store is lost, and a backup of some days before is restored.
    pub(crate) restores: u64,
    /// From when nothing goes wrong, nobody acts and no process dies.
    pub(crate) calm_from: Duration,
    /// Who numbers the jobs.
    pub(crate) numbering: JobNumbering,
    /// What is wrong on purpose.
    pub(crate) wrong: Wrong,
}

/// What the practice has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Whatever the dice say.
    Random,
    /// One workflow that deploys at once and every third day, with two job templates and people.
    Small,
}

/// When processes die.
#[derive(Clone, Debug)]
pub(crate) enum Deaths {
    Never,
    /// Before these polls, counted over all lives; the next life begins as said.
    At(Vec<u64>, Rebirth),
    /// At random, about so many polls apart.
    Every(u64),
}

/// How the next process knows that the one before is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rebirth {
    /// It opened the store as its owner.
    ByLock,
    /// The lease ran out.
    ByLease,
}

/// Jobs are numbered by the practice.
pub(crate) fn ours() -> JobNumbering {
    JobNumbering::Own {
        prefix: "SIM-".parse().unwrap(),
    }
}

impl Setting {
    /// Sixty days with everything as the seed says.
    pub(crate) fn of(seed: u64, kind: Kind) -> Self {
        Self::days(seed, kind, 60)
    }

    /// So many days with everything as the seed says.
    pub(crate) fn days(seed: u64, kind: Kind, days: u32) -> Self {
        let dice = Dice::new(seed, 1);
        let calm_from = Duration::from_secs(86_400) * days;
        let jumps = dice.often(300);
        let mut weather = Weather::of(&dice, calm_from);
        if jumps {
            // A list may lag and a clock may jump; both at once is more than the protocol says.
            weather.list_lag = Duration::ZERO;
        }
        let shift = Duration::from_secs(dice.below(86_400));
        Self {
            seed,
            kind,
            size: Size {
                clients: dice.between(1, 5),
                workflows: *dice.pick(&[3, 8, 12, 20]),
            },
            script: Script::Random,
            weather,
            windows: *dice.pick(&[Windows::FromFirstCall, Windows::Fixed(shift)]),
            yields: Some(dice.between(1, 3)),
            deaths: match dice.below(4) {
                0 => Deaths::Never,
                1 => Deaths::Every(20_000),
                _ => Deaths::Every(2_000),
            },
            people: Some(Duration::from_secs(3_600 * *dice.pick(&[2, 6, 24]))),
            jumps,
            look_every: TimeDelta::minutes(*dice.pick(&[20, 60, 120])),
            calm_from,
            restores: *dice.pick(&[0, 0, 0, 1, 2]),
            numbering: match seed % 3 {
                0 => ours(),
                _ => JobNumbering::Xpm,
            },
            wrong: Wrong::Nothing,
        }
    }

    /// A small history that goes the same way each time, but for where the process dies.
    pub(crate) fn small(weather: Weather, deaths: Deaths) -> Self {
        Self {
            seed: 1,
            kind: Kind::Memory,
            size: Size {
                clients: 1,
                workflows: 0,
            },
            script: Script::Small,
            calm_from: weather.calm_from,
            weather,
            windows: Windows::FromFirstCall,
            yields: None,
            deaths,
            people: None,
            jumps: false,
            look_every: TimeDelta::hours(12),
            restores: 0,
            numbering: JobNumbering::Xpm,
            wrong: Wrong::Nothing,
        }
    }
}
