//! Probe jobs: what they are sent as, and how they are found again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use workflow::xpm::Probe;

use super::caller::{Told, is_ok};
use super::reads::{self, rows};

/// How the name of each probe job begins.
pub(super) const NAME: &str = "PROBE, to be deleted:";
/// Names nothing in any practice.
pub(super) const NOBODY: &str = "00000000-0000-4000-8000-0000000d0c70";

/// What every probe job of a run shares.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) client: String,
    pub(super) stamp: String,
    pub(super) today: NaiveDate,
    /// Whether each job needs a number of its own.
    pub(super) numbers: Numbers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// XPM gives them.
    Given,
    /// The practice allocates them by hand.
    Ours,
}

/// The fields of a probe job that a probe makes odd.
#[derive(Debug, Default)]
pub(super) struct Odd {
    pub(super) client: Option<&'static str>,
    pub(super) number: Option<String>,
    pub(super) dates: Dates,
    pub(super) more: String,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Dates {
    #[default]
    Good,
    DueBeforeStart,
    Missing,
}

impl Run {
    pub(super) fn marker(&self, what: &str) -> String {
        format!("probe {} {what}", self.stamp)
    }

    /// The body of a create. Nothing in it is a text of people, so nothing needs an escape.
    fn body(&self, what: &str, odd: &Odd) -> String {
        let client = odd.client.unwrap_or(&self.client);
        let marker = self.marker(what);
        let mut xml = format!(
            "<Job><Name>{NAME} {what}</Name><Description>Made by a test of the connection; delete \
             it.\n{marker}</Description><ClientUUID>{client}</ClientUUID>"
        );
        let start = self.today;
        let due = match odd.dates {
            Dates::Good => Some(start + TimeDelta::days(7)),
            Dates::DueBeforeStart => Some(start - TimeDelta::days(7)),
            Dates::Missing => None,
        };
        if let Some(due) = due {
            let (start, due) = (start.format("%Y%m%d"), due.format("%Y%m%d"));
            xml += &format!("<StartDate>{start}</StartDate><DueDate>{due}</DueDate>");
        }
        let own = (self.numbers == Numbers::Ours).then(|| self.number(what));
        if let Some(number) = odd.number.clone().or(own) {
            xml += &format!("<ID>{number}</ID>");
        }
        xml + &odd.more + "</Job>"
    }

    pub(super) fn number(&self, what: &str) -> String {
        let initials: String = what
            .split_whitespace()
            .filter_map(|word| word.chars().next())
            .collect();
        format!("PROBE-{}-{initials}", self.stamp)
    }

    pub(super) fn add(&self, what: &str, odd: &Odd) -> Probe {
        Probe::post("job.api/add", self.body(what, odd))
    }
}

/// The number of the job that an answer shows.
pub(super) fn number(told: &Told) -> Option<String> {
    let answer = told.as_ref().ok().filter(|_| is_ok(told))?;
    reads::word(answer.root()?.child("Job")?, "ID")
}

/// The jobs of an answer by the last line of their description.
pub(super) fn found(told: &Told) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(told) {
        let last = row.word("Description").and_then(|text| text.lines().last());
        if let (Some(last), Some(number)) = (last, row.word("ID")) {
            found
                .entry(last.trim().to_owned())
                .or_default()
                .insert(number.to_owned());
        }
    }
    found
}

pub(super) fn delete(number: &str) -> Probe {
    Probe::post("job.api/delete", format!("<Job><ID>{number}</ID></Job>"))
}
