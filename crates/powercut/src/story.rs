//! A random life of a store on a machine, with every acknowledgement noted.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::TimeDelta;
use secrecy::SecretString;
use store_sqlite::{MasterKey, Options, SqliteStore};
use tempfile::TempDir;
use workflow_core::deployment::Fence;
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{
    EntryQuery, LeaseAnswer, LeaseRequest, Store as _, StoreError, Unit,
};
use workflow_core::ports::tokens::{Connection, Rotation, TokenStore as _};
use workflow_core::testing::samples;

use crate::dice::Dice;
use crate::disk::Recording;
use crate::machine::Machine;
use crate::reference::raw;
use crate::trouble::Trouble;
use crate::units::{Book, Planned, practices};

/// Why a life could not go on, which is a fault of the store or of this crate.
#[derive(Debug)]
pub struct Failed(String);

impl Failed {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(chain(&error))
    }
}

/// An error with all its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        said += &format!(": {source}");
        next = source.source();
    }
    said
}

/// Where the lock file of a store is, which is on the system's own disk.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    _folder: TempDir,
}

impl Place {
    /// A new folder, which goes with the value.
    ///
    /// # Errors
    ///
    /// [`Failed`] where the system refuses it.
    pub fn new() -> Result<Self, Failed> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(crate::DATABASE);
        Ok(Self {
            path,
            _folder: folder,
        })
    }

    /// What to open.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn options(&self, machine: &Machine) -> Options {
        let key = MasterKey::from_bytes([7; MasterKey::BYTES]);
        SqliteStore::options().key(key).vfs(machine.vfs())
    }
}

/// How the store of a life works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threading {
    /// On one thread: the same seed does the same.
    Inline,
    /// With its own threads, and with producers side by side: what comes first differs.
    Threads,
}

/// Something that was acknowledged, and what had been done to the disk by then.
#[derive(Clone, Debug)]
pub(crate) struct Ack {
    pub(crate) position: usize,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    /// The unit whose lines have this number.
    Unit(PracticeId, i64),
    /// So many units of a practice are there.
    Units(PracticeId, usize),
    /// The store was opened under this epoch.
    Opened(i64),
    /// A lease was granted with this fence.
    Leased(PracticeId, Fence),
    /// The connection was saved.
    Connected(Rotation),
}

/// A life that was recorded.
#[derive(Debug)]
pub struct Story {
    pub(crate) recording: Recording,
    pub(crate) acks: Vec<Ack>,
    /// Each practice's units in the order in which they took effect.
    pub(crate) units: BTreeMap<PracticeId, Vec<Planned>>,
    /// What was done to the disk when the store was open for the first time.
    pub(crate) opened: usize,
    /// How the store put its refusals, where something was wrong with the disk.
    pub refusals: Vec<String>,
    /// How often the log was moved into the file before the store was closed.
    pub checkpoints: usize,
}

/// One life while it lasts.
struct Life<'a> {
    machine: &'a Machine,
    place: &'a Place,
    threading: Threading,
    store: Option<SqliteStore>,
    fences: BTreeMap<PracticeId, Fence>,
    rotation: Option<Rotation>,
    acks: Mutex<Vec<Ack>>,
    planned: Vec<Planned>,
    refusals: Mutex<Vec<String>>,
    checkpoints: usize,
}

/// Runs a life on a machine that was just booted.
///
/// Where something goes wrong with the disk, whatever is refused is given again until it is done:
/// trouble ends once it was met, at the first refusal.
///
/// # Errors
///
/// [`Failed`] where the store refuses what it should not, or does not go on after trouble.
pub fn live(
    machine: &Machine,
    place: &Place,
    threading: Threading,
    dice: &mut Dice,
) -> Result<Story, Failed> {
    let mut life = Life {
        machine,
        place,
        threading,
        store: None,
        fences: BTreeMap::new(),
        rotation: None,
        acks: Mutex::default(),
        planned: Vec::new(),
        refusals: Mutex::default(),
        checkpoints: 0,
    };
    life.open()?;
    let opened = machine.position();
    let mut book = Book::new();
    for which in 0..2 {
        let import = book.import(which, 2 + dice.below(12));
        life.commit_all(vec![import])?;
    }
    let steps = 10 + dice.below(16);
    for step in 1..=steps {
        match dice.below(12) {
            0 => {
                life.close();
                life.open()?;
            }
            1 | 2 => life.checkpoint(dice)?,
            3 => life.connect()?,
            4 | 5 => {
                let units = 2 + dice.below(9);
                let burst = (0..units).map(|_| book.any(dice, step)).collect();
                life.commit_all(burst)?;
            }
            _ => {
                let unit = book.any(dice, step);
                life.commit_all(vec![unit])?;
            }
        }
    }
    life.end(opened)
}

impl Life<'_> {
    fn store(&self) -> Result<&SqliteStore, Failed> {
        self.store
            .as_ref()
            .ok_or_else(|| Failed::new("the store is closed"))
    }

    fn note(&self, what: What) {
        let position = self.machine.position();
        let mut acks = self.acks.lock().expect("no producer panics");
        acks.push(Ack { position, what });
    }

    /// Whether a failure is the disk's; then the disk is mended.
    fn mended(&self, error: &dyn std::error::Error) -> bool {
        if self.machine.trouble_met() == 0 {
            return false;
        }
        let mut refusals = self.refusals.lock().expect("no producer panics");
        refusals.push(chain(error));
        self.machine.set_trouble(Trouble::none());
        true
    }

    fn open(&mut self) -> Result<(), Failed> {
        let options = || {
            let options = self.place.options(self.machine);
            match self.threading {
                Threading::Inline => options.inline(),
                Threading::Threads => options,
            }
        };
        let store = match block_on(options().open(self.place.path())) {
            Ok(store) => store,
            Err(error) if self.mended(&error) => block_on(options().open(self.place.path()))?,
            Err(error) => return Err(error.into()),
        };
        self.note(What::Opened(epoch(self.machine)?));
        self.store = Some(store);
        for practice in practices() {
            let request = LeaseRequest {
                holder: samples::holder("life"),
                now: samples::minute(0),
                time: TimeDelta::days(365),
            };
            let store = self.store()?;
            let leased = match block_on(store.lease(&practice, &request)) {
                Err(error) if self.mended(&error) => block_on(store.lease(&practice, &request)),
                leased => leased,
            };
            let LeaseAnswer::Granted(lease) = leased? else {
                return Err(Failed::new("a dead process's lease was not granted"));
            };
            self.note(What::Leased(practice.clone(), lease.fence));
            self.fences.insert(practice, lease.fence);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.store = None;
    }

    /// Commits units side by side, as far as the threading goes.
    fn commit_all(&mut self, units: Vec<Planned>) -> Result<(), Failed> {
        match self.threading {
            Threading::Inline => units.iter().try_for_each(|unit| self.commit(unit))?,
            Threading::Threads => std::thread::scope(|scope| {
                let life = &*self;
                let producers: Vec<_> = units
                    .iter()
                    .map(|unit| scope.spawn(move || life.commit(unit)))
                    .collect();
                producers.into_iter().try_for_each(|producer| {
                    let ended = producer.join();
                    ended.map_err(|_| Failed::new("a producer panicked"))?
                })
            })?,
        }
        self.planned.extend(units);
        Ok(())
    }

    fn commit(&self, planned: &Planned) -> Result<(), Failed> {
        let store = self.store()?;
        let fence = self.fences.get(&planned.practice).copied();
        let unit = planned.under(fence.unwrap_or(Fence(0)));
        let practice = &planned.practice;
        match block_on(store.commit(practice, unit.clone())) {
            Ok(_) => {}
            // Nothing is known of it: its guards tell whether it took effect.
            Err(error @ StoreError::Unavailable(_)) if self.mended(&error) || self.others_met() => {
                match block_on(store.commit(practice, unit)) {
                    Ok(_) | Err(StoreError::Conflict { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        }
        self.note(What::Unit(practice.clone(), planned.number));
        Ok(())
    }

    /// Whether a neighbour met trouble: those who share a transaction share its failure.
    fn others_met(&self) -> bool {
        let refusals = self.refusals.lock().expect("no producer panics");
        self.threading == Threading::Threads && !refusals.is_empty()
    }

    fn connect(&mut self) -> Result<(), Failed> {
        let next = self.rotation.map_or(1, |rotation| rotation.0 + 1);
        let connection = Connection {
            tenant: samples::uuid(1, 1),
            tenant_name: None,
            access: None,
            refresh: SecretString::from(refresh_token(next)),
            refreshed_at: samples::minute(0),
            organisation: None,
        };
        let [practice, _] = practices();
        let store = self.store()?;
        let save = || block_on(store.save_connection(&practice, &connection, self.rotation));
        let saved = match save() {
            Err(error) if self.mended(&error) => match save() {
                // It had been saved all the same.
                Err(workflow_core::ports::tokens::TokenStoreError::Rotated) => Ok(Rotation(next)),
                saved => saved,
            },
            saved => saved,
        };
        let rotation = saved?;
        self.note(What::Connected(rotation));
        self.rotation = Some(rotation);
        Ok(())
    }

    /// Moves the log into the file: by hand, or by waiting until the writer does.
    fn checkpoint(&mut self, dice: &mut Dice) -> Result<(), Failed> {
        self.checkpoints += 1;
        let by_itself = self.threading == Threading::Threads && dice.once_in(4);
        if by_itself && !self.machine.is_troubled() {
            // Whatever was written last is moved once nothing has been written for a while.
            let since = self.machine.position();
            self.connect()?;
            self.machine.wait_for_checkpoint(since);
            return Ok(());
        }
        let kind = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"][dice.below(4)];
        let raw = raw(self.machine)?;
        raw.busy_timeout(std::time::Duration::from_secs(5))?;
        let moved = raw.query_row(&format!("PRAGMA wal_checkpoint({kind})"), [], |_| Ok(()));
        match moved {
            Err(error) if !self.mended(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn end(mut self, opened: usize) -> Result<Story, Failed> {
        let mut units = BTreeMap::new();
        for practice in practices() {
            let of = self.planned.iter().filter(|unit| unit.practice == practice);
            let mut planned: BTreeMap<i64, Planned> =
                of.map(|unit| (unit.number, unit.clone())).collect();
            let mut ordered = Vec::new();
            let mut query = EntryQuery::default();
            loop {
                let page = block_on(self.store()?.entries(&practice, &query))?;
                let Some(last) = page.last() else { break };
                query.after = Some(last.seq);
                for entry in &page {
                    let number = (entry.line.at - samples::minute(0)).num_minutes();
                    ordered.extend(planned.remove(&number));
                }
            }
            if !planned.is_empty() {
                return Err(Failed::new("a unit that was acknowledged has no entries"));
            }
            units.insert(practice, ordered);
        }
        self.close();
        let acks = self.acks.into_inner().expect("no producer panics");
        Ok(Story {
            recording: self.machine.take_recording(),
            acks,
            units,
            opened,
            refusals: self.refusals.into_inner().expect("no producer panics"),
            checkpoints: self.checkpoints,
        })
    }
}

impl Story {
    /// What was done to the disk.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// How many things were done to the disk.
    #[must_use]
    pub fn len(&self) -> usize {
        self.recording.len()
    }

    /// Whether nothing was done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recording.is_empty()
    }

    /// Each practice's units in the order in which they took effect.
    #[must_use]
    pub fn units(&self) -> BTreeMap<PracticeId, Vec<Unit>> {
        let units = self.units.iter().map(|(practice, planned)| {
            let units = planned.iter().map(|planned| planned.unit.clone());
            (practice.clone(), units.collect())
        });
        units.collect()
    }
}

/// What the connection of a rotation holds.
pub(crate) fn refresh_token(rotation: u64) -> String {
    format!("refresh-{rotation}")
}

/// The epoch that the file holds.
pub(crate) fn epoch(machine: &Machine) -> Result<i64, rusqlite::Error> {
    raw(machine)?.query_row("SELECT epoch FROM owner", [], |row| row.get(0))
}

/// Waits for a future; the store needs no runtime.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime without drivers needs nothing")
        .block_on(future)
}
