//! Schedules: when a workflow deploys, and what one turn of a schedule is called.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use crate::canonical::canonical;
use crate::recurrence::Recurrence;
use crate::timing::{Dates, Timing};

/// When a workflow deploys. All but the last are one-time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Schedule {
    /// Once, when the proposal is accepted.
    OnAcceptance,
    /// Once, on a date.
    OnDate(NaiveDate),
    /// Once, when a person says so.
    ByHand,
    /// Again and again.
    Recurring(Recurrence),
}
canonical!(
    enum Schedule {
        OnAcceptance,
        OnDate(date),
        ByHand,
        Recurring(rule),
    }
);

impl Schedule {
    /// The recurrence, where there is one.
    #[must_use]
    pub fn recurrence(&self) -> Option<&Recurrence> {
        match self {
            Self::Recurring(recurrence) => Some(recurrence),
            Self::OnAcceptance | Self::OnDate(_) | Self::ByHand => None,
        }
    }

    /// Whether it deploys once at most.
    #[must_use]
    pub fn is_one_time(&self) -> bool {
        self.recurrence().is_none()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnAcceptance => f.write_str("once, on acceptance"),
            Self::OnDate(date) => write!(f, "once, on {}", date.format("%-d %B %Y")),
            Self::ByHand => f.write_str("once, by hand"),
            Self::Recurring(recurrence) => recurrence.fmt(f),
        }
    }
}

/// A schedule with all that places its occurrences in time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Plan {
    /// When the workflow deploys.
    pub schedule: Schedule,
    /// Period, roll, lead and due date.
    pub timing: Timing,
    /// Nominal dates before this one are never owed.
    pub deploys_from: NaiveDate,
    /// What becomes of occurrences that were missed while nothing ran.
    pub missed: MissedRuns,
}
canonical!(struct Plan { schedule, timing, deploys_from, missed });

/// What becomes of occurrences that were missed while nothing ran.
///
/// An occurrence counts as missed when it could have been deployed for more than a day, or when the
/// next one of the same workflow, which could be deployed only later, is due as well. It can be
/// deployed from its deploy instant on, or from when its proposal was accepted, its pause ended, its
/// duplicate was confirmed or the practice was connected, whichever is the latest: what falls due
/// before that was not missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum MissedRuns {
    /// Deploy each of them, in date order: each period's job is owed.
    #[default]
    All,
    /// Deploy only the latest that is due; the others are recorded as missed.
    Latest,
    /// Deploy none that is missed; each is recorded as missed.
    Skip,
    /// Hold each that is missed until a person releases it.
    Hold,
}
canonical!(
    enum MissedRuns {
        All,
        Latest,
        Skip,
        Hold,
    }
);

impl fmt::Display for MissedRuns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "deploy all that were missed",
            Self::Latest => "deploy only the latest that was missed",
            Self::Skip => "deploy none that was missed",
            Self::Hold => "hold what was missed for a person",
        })
    }
}

/// One turn of a schedule, by its identity.
///
/// A recurring workflow's occurrences keep their nominal date as identity through every later
/// change of roll, lead, due rule or a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub enum Occurrence {
    /// The one occurrence of a one-time workflow.
    Once,
    /// An occurrence of a recurring workflow, by its nominal date.
    On(NaiveDate),
}

impl crate::canonical::Canonical for Occurrence {
    fn encode(&self, out: &mut crate::canonical::Encoder) {
        match self {
            Self::Once => out.text("once"),
            Self::On(date) => date.encode(out),
        }
    }
}

impl Occurrence {
    /// The nominal date, where it is the identity.
    #[must_use]
    pub fn nominal(self) -> Option<NaiveDate> {
        match self {
            Self::Once => None,
            Self::On(date) => Some(date),
        }
    }
}

/// The occurrence of that nominal date.
impl From<NaiveDate> for Occurrence {
    fn from(nominal: NaiveDate) -> Self {
        Self::On(nominal)
    }
}

/// `once`, or the nominal date as `2026-11-30`; [`Occurrence::from_str`](std::str::FromStr) reads
/// it back.
impl fmt::Display for Occurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once => f.write_str("once"),
            Self::On(date) => write!(f, "{}", date.format("%Y-%m-%d")),
        }
    }
}

/// A text that names no occurrence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("occurrence must be \"once\" or a date such as 2026-11-30, got {0:?}")]
pub struct OccurrenceError(String);

impl std::str::FromStr for Occurrence {
    type Err = OccurrenceError;

    fn from_str(text: &str) -> Result<Self, OccurrenceError> {
        if text == "once" {
            return Ok(Self::Once);
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(Self::On)
            .map_err(|_| OccurrenceError(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for Occurrence {
    type Error = OccurrenceError;

    fn try_from(text: String) -> Result<Self, OccurrenceError> {
        text.parse()
    }
}

impl From<Occurrence> for String {
    fn from(occurrence: Occurrence) -> Self {
        occurrence.to_string()
    }
}

/// The occurrence that a workflow deploys next, placed in time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Next {
    /// Which one.
    pub occurrence: Occurrence,
    /// Its civil dates.
    pub dates: Dates,
    /// When it becomes due.
    pub deploy_at: DateTime<Utc>,
    /// The data that placed it; when they change, it is placed anew.
    pub placed_by: PlacedBy,
}
canonical!(struct Next { occurrence, dates, deploy_at, placed_by });

/// Versions of the data that a placement depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PlacedBy {
    /// The working calendar's version.
    pub calendar: u32,
    /// The digest of the zone's data.
    pub zone: u64,
}
canonical!(struct PlacedBy { calendar, zone });

/// The span that an occurrence covers: from its nominal date to just before the next one of the
/// rule that it was deployed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Cell {
    /// The occurrence.
    pub occurrence: Occurrence,
    /// The nominal date: the first day covered.
    pub from: NaiveDate,
    /// The first day no longer covered; `None` where nothing follows, as for a one-time workflow,
    /// and then the first day alone is covered.
    pub until: Option<NaiveDate>,
}
canonical!(struct Cell { occurrence, from, until });

impl Cell {
    /// Whether the cell covers that day.
    #[must_use]
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.from == date
            || self
                .until
                .is_some_and(|until| self.from < date && date < until)
    }
}
