//! What was tried, and what was found.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use workflow::deployment::Phase;

use super::books::Books;

/// What a process was doing when it was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moment {
    /// Making the database and importing into it.
    Importing,
    /// Starting.
    Starting,
    /// Serving, with a commit half written to the log.
    Committing,
    /// Serving, with an intent written and its result not.
    OpenIntent,
    /// Serving, with something to look up and no call open.
    Uncertain,
    /// Serving, with something due and no call open.
    Due,
    /// Serving, with nothing to do.
    Idle,
    /// Stopping, as it had been asked to.
    Stopping,
}

impl Moment {
    const fn words(self) -> &'static str {
        match self {
            Self::Importing => "importing into a new database",
            Self::Starting => "starting",
            Self::Committing => "a commit half written",
            Self::OpenIntent => "an intent open",
            Self::Uncertain => "a look-up to come",
            Self::Due => "something due, no call open",
            Self::Idle => "idle",
            Self::Stopping => "stopping",
        }
    }
}

/// What was tried, and what was found.
#[derive(Debug, Default)]
pub(super) struct Tally {
    moments: BTreeMap<Moment, usize>,
    pub(super) practices: usize,
    pub(super) occurrences: usize,
    pub(super) refused: usize,
    deployed: usize,
    waiting: BTreeMap<String, usize>,
    events: BTreeMap<&'static str, usize>,
    jobs: usize,
    calls: BTreeMap<String, usize>,
    disturbed: usize,
    faults: Vec<String>,
}

impl Tally {
    pub(super) fn killed(&mut self, moment: Moment) {
        *self.moments.entry(moment).or_default() += 1;
    }

    pub(super) fn fault(&mut self, round: usize, what: &str) {
        self.faults.push(format!("round {round}: {what}"));
    }

    pub(super) fn faults(&self) -> Vec<String> {
        self.faults.clone()
    }

    pub(super) fn kills(&self) -> usize {
        self.moments.values().sum()
    }

    pub(super) fn landed_on_work(&self) -> usize {
        let work = [
            Moment::Committing,
            Moment::OpenIntent,
            Moment::Uncertain,
            Moment::Due,
        ];
        work.iter()
            .filter_map(|moment| self.moments.get(moment))
            .sum()
    }

    pub(super) fn count_books(&mut self, books: &Books) {
        for (_, phase, why) in &books.deployments {
            match phase {
                Phase::Deployed => self.deployed += 1,
                _ => *self.waiting.entry(why.clone()).or_default() += 1,
            }
        }
        for (name, count) in &books.events {
            *self.events.entry(name).or_default() += count;
        }
    }

    pub(super) fn count_xpm(&mut self, state: &Value) {
        let number = |value: &Value| value.as_u64().unwrap() as usize;
        self.jobs += number(&state["jobs"]);
        self.disturbed += number(&state["calls"]["disturbed"]);
        for (kind, count) in state["calls"]["by_kind"].as_object().unwrap() {
            *self.calls.entry(kind.clone()).or_default() += number(count);
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        for (moment, count) in other.moments {
            *self.moments.entry(moment).or_default() += count;
        }
        for (why, count) in other.waiting {
            *self.waiting.entry(why).or_default() += count;
        }
        for (name, count) in other.events {
            *self.events.entry(name).or_default() += count;
        }
        for (kind, count) in other.calls {
            *self.calls.entry(kind).or_default() += count;
        }
        self.practices += other.practices;
        self.occurrences += other.occurrences;
        self.refused += other.refused;
        self.deployed += other.deployed;
        self.jobs += other.jobs;
        self.disturbed += other.disturbed;
        self.faults.extend(other.faults);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} kills of {} practices' servers",
            self.kills(),
            self.practices
        )?;
        for (moment, count) in &self.moments {
            writeln!(f, "  {:<40}{count:>7}", moment.words())?;
        }
        let waiting: usize = self.waiting.values().sum();
        let event = |name| self.events.get(name).copied().unwrap_or_default();
        for (what, count) in [
            ("occurrences due", self.occurrences),
            ("deployed", self.deployed),
            ("waiting for a person", waiting),
            ("jobs in XPM", self.jobs),
            ("intents written", event("intents")),
            ("became uncertain", event("uncertain")),
            ("looked up", event("looked up")),
            ("refused", event("refused")),
            ("replies disturbed", self.disturbed),
            ("calls refused by a limit", self.refused),
            ("faults found", self.faults.len()),
        ] {
            writeln!(f, "{what:<42}{count:>7}")?;
        }
        writeln!(f, "calls")?;
        for (kind, count) in &self.calls {
            writeln!(f, "  {kind:<40}{count:>7}")?;
        }
        for (why, count) in &self.waiting {
            writeln!(f, "waiting: {why}: {count}")?;
        }
        for fault in &self.faults {
            writeln!(f, "FOUND {fault}")?;
        }
        Ok(())
    }
}
