//! The practice file: a practice, its people, clients, proposals and workflows as one JSON text.
//!
//! [`read`] turns it into what the core imports, or lists its faults: each with its line, the path
//! of the field, and the reason. `docs/practice-file.md` describes the format.

mod calendar;
mod check;
mod lines;
mod practice;
mod recurrence;
mod scope;
pub(crate) mod wire;
mod workflow;

use std::fmt;

use workflow_core::service::{ImportFault, Importing};
use workflow_core::zone::Zones;

pub(crate) use self::calendar::{Beside, holidays_of_file};
use self::scope::Reading;

/// The most faults of one file that are named.
const MOST_FAULTS: usize = 100;

/// A fault of a practice file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub(crate) struct Fault {
    /// The line, from 1.
    pub(crate) line: usize,
    /// Which field, such as `workflows[17].budget`; empty for the file itself.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => write!(f, "line {}: {}", self.line, self.reason),
            field => write!(f, "line {}: {field}: {}", self.line, self.reason),
        }
    }
}

/// All faults of a practice file, by line; at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Faults {
    /// The first of them, a hundred at most.
    pub(crate) named: Vec<Fault>,
    /// How many there are in all.
    pub(crate) count: usize,
}

impl Faults {
    fn of(mut faults: Vec<Fault>) -> Self {
        faults.sort();
        let count = faults.len();
        faults.truncate(MOST_FAULTS);
        Self {
            named: faults,
            count,
        }
    }
}

/// What a file says, checked, and where in the file it says so.
#[derive(Debug)]
pub(crate) struct Checked {
    /// What the core imports.
    pub(crate) importing: Importing,
    places: Places,
}

/// Where the elements of some lists stand.
#[derive(Debug, Default)]
struct Places {
    /// The line of each workflow, in the order of the file.
    workflows: Vec<usize>,
    /// Place in the file and line of each proposal, in the order of their ids.
    proposals: Vec<(usize, usize)>,
}

impl Checked {
    /// The faults that the core found in what the file says, with their places in the file.
    pub(crate) fn faults(places: &[ImportFault], file: &FilePlaces) -> Faults {
        let faults = places.iter().map(|fault| file.fault(fault)).collect();
        Faults::of(faults)
    }

    /// Splits what is imported from where it stands.
    pub(crate) fn split(self) -> (Importing, FilePlaces) {
        (self.importing, FilePlaces(self.places))
    }
}

/// Where in a file the elements of its lists stand.
#[derive(Debug)]
pub(crate) struct FilePlaces(Places);

impl FilePlaces {
    fn fault(&self, fault: &ImportFault) -> Fault {
        let (index, line) = match fault.list {
            "proposals" => self.0.proposals.get(fault.index).copied(),
            _ => {
                let line = self.0.workflows.get(fault.index);
                line.map(|line| (fault.index, *line))
            }
        }
        .unwrap_or((fault.index, 1));
        Fault {
            line,
            field: format!("{}[{index}]", fault.list),
            reason: crate::failure::joined(&fault.error),
        }
    }
}

/// Reads a practice file.
///
/// # Errors
///
/// [`Faults`] lists every fault that was found, by line; then nothing should be imported.
pub(crate) fn read(text: &str, zones: &dyn Zones, beside: &Beside) -> Result<Checked, Faults> {
    let mut reading = Reading::of(text);
    let checked = check::file(&mut reading, zones, beside);
    match checked {
        Some(checked) if reading.faults.is_empty() => Ok(checked),
        _ => Err(Faults::of(reading.faults)),
    }
}
