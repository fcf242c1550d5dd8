//! An image opened by the real store, and held against what had been acknowledged.

use std::collections::BTreeMap;
use std::fmt;

use chrono::TimeDelta;
use rusqlite::Connection;
use secrecy::ExposeSecret as _;
use store_sqlite::SqliteStore;
use workflow_core::deployment::Fence;
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{LeaseAnswer, LeaseRequest, Store as _};
use workflow_core::ports::tokens::TokenStore as _;
use workflow_core::testing::samples;

use crate::disk::{Files, Recording};
use crate::machine::Machine;
use crate::reference::{States, raw};
use crate::story::{Ack, Place, Story, What, block_on, chain, refresh_token};
use crate::units::{check_unit, checked, practices};

/// What at least has to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    units: BTreeMap<PracticeId, usize>,
    epoch: i64,
    fences: BTreeMap<PracticeId, Fence>,
    rotation: u64,
}

impl Floor {
    /// What a life had acknowledged when so many things were done to the disk.
    #[must_use]
    pub fn of(story: &Story, position: usize) -> Self {
        let mut floor = Self::default();
        floor.raise(&story.acks, position, |practice, number| {
            let units = story.units.get(practice)?;
            let place = units.iter().position(|unit| unit.number == number)?;
            Some(place + 1)
        });
        floor
    }

    fn raise(
        &mut self,
        acks: &[Ack],
        position: usize,
        place: impl Fn(&PracticeId, i64) -> Option<usize>,
    ) {
        for ack in acks.iter().filter(|ack| ack.position <= position) {
            match &ack.what {
                What::Unit(practice, number) => {
                    self.raise_units(practice, place(practice, *number).unwrap_or_default());
                }
                What::Units(practice, to) => self.raise_units(practice, *to),
                What::Opened(epoch) => self.epoch = self.epoch.max(*epoch),
                What::Leased(practice, fence) => {
                    let least = self.fences.entry(practice.clone()).or_insert(*fence);
                    *least = (*least).max(*fence);
                }
                What::Connected(rotation) => self.rotation = self.rotation.max(rotation.0),
            }
        }
    }

    fn raise_units(&mut self, practice: &PracticeId, to: usize) {
        let least = self.units.entry(practice.clone()).or_default();
        *least = to.max(*least);
    }
}

/// Something that an image should not have.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What kind of thing.
    pub fault: Fault,
    /// What exactly.
    pub detail: String,
}

/// A kind of thing that an image should not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Something that was acknowledged is not there.
    Lost,
    /// What is there of a practice is not what any number of its units makes.
    Half,
    /// The store does not open it.
    NotOpened,
    /// SQLite's own check of the file finds something.
    Unsound,
    /// The audit does not hold, or does not explain what is there.
    Audit,
    /// The epoch or a fence did not rise.
    Ownership,
    /// The store opens it and does not go on.
    Stuck,
}

impl Fault {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Lost,
        Self::Half,
        Self::NotOpened,
        Self::Unsound,
        Self::Audit,
        Self::Ownership,
        Self::Stuck,
    ];

    /// In words, for a table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Lost => "acknowledged and lost",
            Self::Half => "half a unit",
            Self::NotOpened => "not opened",
            Self::Unsound => "file not sound",
            Self::Audit => "audit broken",
            Self::Ownership => "epoch or fence not raised",
            Self::Stuck => "does not go on",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.fault.words(), self.detail)
    }
}

fn found(fault: Fault, detail: impl Into<String>) -> Finding {
    let detail = detail.into();
    Finding { fault, detail }
}

/// A sound image: what was there, and the record of its opening, which may be cut in its turn.
#[derive(Debug)]
pub struct Sound {
    /// What was there before it was opened.
    there: Floor,
    acks: Vec<Ack>,
    /// What was done to the disk by opening it, checking it, and going on.
    pub recording: Recording,
}

impl Sound {
    /// What has to be there when the power is cut again after so many things were done.
    #[must_use]
    pub fn floor(&self, position: usize) -> Floor {
        let mut floor = self.there.clone();
        floor.raise(&self.acks, position, |_, _| None);
        floor
    }
}

/// Opens an image with the store and looks whether it is sound.
///
/// # Errors
///
/// The first [`Finding`].
pub fn check(
    machine: &Machine,
    place: &Place,
    states: &States,
    floor: &Floor,
    image: Files,
) -> Result<Sound, Finding> {
    machine.boot(image);
    let mut checked = Checked {
        machine,
        states,
        floor,
        acks: Vec::new(),
        there: Floor::default(),
    };
    let opened = block_on(place.options(machine).inline().open(place.path()));
    let store = opened.map_err(|error| found(Fault::NotOpened, chain(&error)))?;
    let outcome = checked.look(&store);
    drop(store);
    outcome?;
    let (there, acks) = (checked.there, checked.acks);
    Ok(Sound {
        there,
        acks,
        recording: machine.take_recording(),
    })
}

struct Checked<'a> {
    machine: &'a Machine,
    states: &'a States,
    floor: &'a Floor,
    acks: Vec<Ack>,
    there: Floor,
}

impl Checked<'_> {
    fn note(&mut self, what: What) {
        let position = self.machine.position();
        self.acks.push(Ack { position, what });
    }

    fn look(&mut self, store: &SqliteStore) -> Result<(), Finding> {
        let raw = raw(self.machine).map_err(unsound)?;
        self.integrity(&raw)?;
        self.units(&raw, store)?;
        self.connection(store)?;
        self.epoch(&raw)?;
        drop(raw);
        self.leases(store)?;
        self.go_on(store)
    }

    fn integrity(&self, raw: &Connection) -> Result<(), Finding> {
        let said: String = raw
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .map_err(unsound)?;
        if said != "ok" {
            return Err(found(Fault::Unsound, said));
        }
        let broken: i64 = raw
            .query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
                row.get(0)
            })
            .map_err(unsound)?;
        match broken {
            0 => Ok(()),
            _ => Err(found(
                Fault::Unsound,
                format!("{broken} rows refer to nothing"),
            )),
        }
    }

    fn epoch(&mut self, raw: &Connection) -> Result<(), Finding> {
        let epoch: i64 = raw
            .query_row("SELECT epoch FROM owner", [], |row| row.get(0))
            .map_err(unsound)?;
        if epoch <= self.floor.epoch {
            let detail = format!("epoch {epoch}, and {} had been", self.floor.epoch);
            return Err(found(Fault::Ownership, detail));
        }
        self.there.epoch = epoch - 1;
        self.note(What::Opened(epoch));
        Ok(())
    }

    fn units(&mut self, raw: &Connection, store: &SqliteStore) -> Result<(), Finding> {
        for practice in self.states.practices() {
            let least = self.floor.units.get(practice).copied().unwrap_or_default();
            match self.states.find(raw, practice).map_err(unsound)? {
                Some(there) if there >= least => {
                    self.there.units.insert(practice.clone(), there);
                }
                Some(there) => {
                    let detail =
                        format!("{practice} has {there} units, and {least} were acknowledged");
                    return Err(found(Fault::Lost, detail));
                }
                None => {
                    let detail = format!("{practice} has rows that no number of units makes");
                    return Err(found(Fault::Half, detail));
                }
            }
            let report = block_on(store.verify_audit(practice))
                .map_err(|error| found(Fault::Audit, chain(&error)))?;
            if let Some(first) = report.first_break {
                return Err(found(Fault::Audit, format!("{practice}: {first}")));
            }
        }
        Ok(())
    }

    /// The holder is another one, so a lease of a process that lives would be in its way.
    fn leases(&mut self, store: &SqliteStore) -> Result<(), Finding> {
        for practice in practices() {
            let request = LeaseRequest {
                holder: samples::holder("next"),
                now: samples::minute(0),
                time: TimeDelta::minutes(1),
            };
            let leased = block_on(store.lease(&practice, &request))
                .map_err(|error| found(Fault::Stuck, chain(&error)))?;
            let LeaseAnswer::Granted(lease) = leased else {
                let detail = format!("{practice}: a dead process's lease was not granted");
                return Err(found(Fault::Ownership, detail));
            };
            let before = self.floor.fences.get(&practice);
            if before.is_some_and(|before| lease.fence <= *before) {
                let detail = format!("{practice}: {:?} after {before:?}", lease.fence);
                return Err(found(Fault::Ownership, detail));
            }
            let there = Fence(lease.fence.0 - 1);
            self.there.fences.insert(practice.clone(), there);
            self.note(What::Leased(practice, lease.fence));
        }
        Ok(())
    }

    fn connection(&mut self, store: &SqliteStore) -> Result<(), Finding> {
        let [practice, _] = practices();
        let connection = block_on(store.connection(&practice))
            .map_err(|error| found(Fault::Half, chain(&error)))?;
        let rotation = connection.as_ref().map_or(0, |(_, rotation)| rotation.0);
        if rotation < self.floor.rotation {
            let detail = format!(
                "connection {rotation}, and {} was acknowledged",
                self.floor.rotation
            );
            return Err(found(Fault::Lost, detail));
        }
        if let Some((connection, rotation)) = connection
            && connection.refresh.expose_secret() != refresh_token(rotation.0)
        {
            return Err(found(Fault::Half, "a connection of another rotation"));
        }
        self.there.rotation = rotation;
        Ok(())
    }

    fn go_on(&mut self, store: &SqliteStore) -> Result<(), Finding> {
        let there = self.there.units.get(&checked()).copied();
        let there = there.unwrap_or_default();
        block_on(store.commit(&checked(), check_unit(there)))
            .map_err(|error| found(Fault::Stuck, chain(&error)))?;
        self.note(What::Units(checked(), there + 1));
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is used with `map_err`")]
fn unsound(error: rusqlite::Error) -> Finding {
    found(Fault::Unsound, chain(&error))
}
