//! A power cut: what a recorded disk may hold after one.
//!
//! What was synced is there. Of what was not, some may be there and some not: whole writes, pages
//! or sectors of them, in any order, one of them torn; a file may have grown without its content,
//! or hold its content and not have grown; a file that was deleted may be back, and one that was
//! made may not be there.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dice::Dice;
use crate::disk::{Files, Inode, Names, Op, Recording};

/// What becomes of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Damage {
    /// All of it is there, as after a kill.
    None,
    /// None of it is there.
    All,
    /// Each write is there or not.
    Writes,
    /// Each page of 4,096 bytes of a write is there or not.
    Pages,
    /// Each sector of 512 bytes of a write is there or not.
    Sectors,
    /// All is there up to one write, of which the first or the last sectors are.
    Torn,
    /// Sectors that are not there hold zeros.
    Zeros,
    /// Sectors that are not there hold nonsense.
    Nonsense,
    /// Content is there, but no file has grown.
    NotGrown,
}

impl Damage {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::None,
        Self::All,
        Self::Writes,
        Self::Pages,
        Self::Sectors,
        Self::Torn,
        Self::Zeros,
        Self::Nonsense,
        Self::NotGrown,
    ];

    /// In words, for a table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::None => "unsynced writes all kept",
            Self::All => "unsynced writes all dropped",
            Self::Writes => "each unsynced write kept or dropped",
            Self::Pages => "each unsynced page of 4,096 bytes kept or dropped",
            Self::Sectors => "each unsynced sector of 512 bytes kept or dropped",
            Self::Torn => "one unsynced write torn, later ones dropped",
            Self::Zeros => "unsynced sectors kept or zeros",
            Self::Nonsense => "unsynced sectors kept or nonsense",
            Self::NotGrown => "no unsynced growth of a file",
        }
    }
}

/// A recording played up to some point: what is durable then, and what is not.
#[derive(Clone, Debug)]
pub struct Cut {
    position: usize,
    files: Vec<File>,
    names: BTreeMap<String, Inode>,
    unsynced_names: Vec<NameChange>,
}

#[derive(Clone, Debug, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Clone, Debug)]
struct Pending {
    change: Change,
    standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// The next sync makes it durable.
    Unsynced,
    /// A sync failed over it: it may be there or not, whatever is synced later.
    Doubtful,
    /// It is durable, but comes after something doubtful.
    Durable,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, data: Arc<[u8]> },
    Resize(usize),
}

#[derive(Clone, Debug)]
struct NameChange {
    name: String,
    file: Option<Inode>,
}

/// What was special about an image.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits {
    /// Something was not synced.
    pub unsynced: bool,
    /// The database file itself was being written: a checkpoint, or the first opening.
    pub file_under_way: bool,
    /// A name is there that had been deleted.
    pub back: bool,
    /// A name that had been made is not there.
    pub gone: bool,
}

impl Cut {
    /// At the start of a recording.
    #[must_use]
    pub fn start(recording: &Recording) -> Self {
        let mut cut = Self {
            position: 0,
            files: Vec::new(),
            names: BTreeMap::new(),
            unsynced_names: Vec::new(),
        };
        for (name, bytes) in &recording.start {
            cut.names.insert(name.clone(), cut.files.len());
            cut.files.push(File {
                durable: bytes.clone(),
                pending: Vec::new(),
            });
        }
        cut
    }

    /// How many things had been done.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Goes on to a later position of the same recording.
    pub fn advance(&mut self, recording: &Recording, position: usize) {
        for op in &recording.ops[self.position..position] {
            self.play(op);
        }
        self.position = position;
    }

    fn play(&mut self, op: &Op) {
        match op {
            Op::Write { file, at, data } => {
                let (at, data) = (*at, Arc::clone(data));
                self.file(*file).pend(Change::Write { at, data });
            }
            Op::Resize { file, size } => self.file(*file).pend(Change::Resize(*size)),
            Op::Sync { file, names } => {
                self.file(*file).sync();
                self.names_synced(*names);
            }
            Op::SyncFailed { file } => self.file(*file).doubt(),
            Op::Create { name, file } => {
                self.file(*file);
                let (name, file) = (name.clone(), Some(*file));
                self.unsynced_names.push(NameChange { name, file });
            }
            Op::Delete { name, names } => {
                let (name, file) = (name.clone(), None);
                self.unsynced_names.push(NameChange { name, file });
                self.names_synced(*names);
            }
        }
    }

    fn file(&mut self, inode: Inode) -> &mut File {
        if self.files.len() <= inode {
            self.files.resize_with(inode + 1, File::default);
        }
        &mut self.files[inode]
    }

    fn names_synced(&mut self, names: Names) {
        if names == Names::Synced {
            for change in self.unsynced_names.drain(..) {
                change.make(&mut self.names);
            }
        }
    }

    /// What the disk may hold if the power is cut now.
    #[must_use]
    pub fn image(&self, damage: Damage, dice: &mut Dice, database: &str) -> (Files, Traits) {
        let mut names = self.names.clone();
        let changes = self.unsynced_names.len();
        // A file system keeps the order of what is done to its names.
        let kept = match damage {
            Damage::None => changes,
            Damage::All => 0,
            _ => dice.below(changes + 1),
        };
        for change in &self.unsynced_names[..kept] {
            change.make(&mut names);
        }
        let lost = &self.unsynced_names[kept..];
        let under_way = self.names.get(database);
        let traits = Traits {
            unsynced: self.files.iter().any(|file| !file.pending.is_empty()),
            file_under_way: under_way.is_some_and(|file| !self.files[*file].pending.is_empty()),
            back: lost.iter().any(|change| change.file.is_none()),
            gone: lost.iter().any(|change| change.file.is_some()),
        };
        let files = names.into_iter().map(|(name, inode)| {
            let bytes = self.files[inode].after(damage, dice);
            (name, bytes)
        });
        (files.collect(), traits)
    }
}

impl NameChange {
    fn make(&self, names: &mut BTreeMap<String, Inode>) {
        match self.file {
            Some(file) => names.insert(self.name.clone(), file),
            None => names.remove(&self.name),
        };
    }
}

impl File {
    fn pend(&mut self, change: Change) {
        let standing = Standing::Unsynced;
        self.pending.push(Pending { change, standing });
    }

    fn sync(&mut self) {
        let doubt = self
            .pending
            .iter()
            .any(|pending| pending.standing == Standing::Doubtful);
        if doubt {
            for pending in &mut self.pending {
                if pending.standing == Standing::Unsynced {
                    pending.standing = Standing::Durable;
                }
            }
            return;
        }
        for pending in self.pending.drain(..) {
            pending.change.make(&mut self.durable);
        }
    }

    fn doubt(&mut self) {
        for pending in &mut self.pending {
            if pending.standing == Standing::Unsynced {
                pending.standing = Standing::Doubtful;
            }
        }
    }

    fn after(&self, damage: Damage, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        let grown = bytes.len();
        // Which of the pending changes is torn, and what comes after it is lost.
        let torn = dice.below(self.pending.len());
        let mut certain = grown;
        for (number, pending) in self.pending.iter().enumerate() {
            if pending.standing == Standing::Durable {
                pending.change.make(&mut bytes);
                certain = certain.max(bytes.len());
                continue;
            }
            match damage {
                Damage::None | Damage::NotGrown => pending.change.make(&mut bytes),
                Damage::All => {}
                Damage::Writes => {
                    if dice.once_in(2) {
                        pending.change.make(&mut bytes);
                    }
                }
                Damage::Pages => pending.change.part(&mut bytes, 4_096, Missing::Old, dice),
                Damage::Sectors => pending.change.part(&mut bytes, 512, Missing::Old, dice),
                Damage::Zeros => pending.change.part(&mut bytes, 512, Missing::Zeros, dice),
                Damage::Nonsense => pending
                    .change
                    .part(&mut bytes, 512, Missing::Nonsense, dice),
                Damage::Torn if number < torn => pending.change.make(&mut bytes),
                Damage::Torn if number == torn => pending.change.tear(&mut bytes, dice),
                Damage::Torn => {}
            }
        }
        if damage == Damage::NotGrown {
            bytes.truncate(certain);
        }
        bytes
    }
}

/// What a sector holds that was not kept.
#[derive(Clone, Copy)]
enum Missing {
    Old,
    Zeros,
    Nonsense,
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { at, data } => put(bytes, *at, data),
            Self::Resize(size) => bytes.resize(*size, 0),
        }
    }

    /// Makes some of it, in units of the file's own sectors. Nothing outside of what was written
    /// is touched, which is what SQLite is promised of a disk (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`).
    fn part(&self, bytes: &mut Vec<u8>, unit: usize, missing: Missing, dice: &mut Dice) {
        let Self::Write { at, data } = self else {
            if dice.once_in(2) {
                self.make(bytes);
            }
            return;
        };
        for (at, piece) in pieces(*at, data, unit) {
            match missing {
                _ if dice.once_in(2) => put(bytes, at, piece),
                Missing::Old => {}
                Missing::Zeros => put(bytes, at, &vec![0; piece.len()]),
                Missing::Nonsense => {
                    let nonsense: Vec<u8> = piece.iter().map(|_| dice.roll() as u8).collect();
                    put(bytes, at, &nonsense);
                }
            }
        }
    }

    /// Makes its first sectors, or its last.
    fn tear(&self, bytes: &mut Vec<u8>, dice: &mut Dice) {
        let Self::Write { at, data } = self else {
            return;
        };
        let pieces: Vec<_> = pieces(*at, data, 512).collect();
        let split = dice.below(pieces.len() + 1);
        let kept = match dice.once_in(4) {
            true => &pieces[split..],
            false => &pieces[..split],
        };
        for (at, piece) in kept {
            put(bytes, *at, piece);
        }
    }
}

fn put(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    let end = at + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at..end].copy_from_slice(data);
}

/// A write split where the file's sectors end.
fn pieces(at: usize, data: &[u8], unit: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = at + from;
        let until = ((start / unit + 1) * unit - at).min(data.len());
        let piece = data.get(from..until).filter(|piece| !piece.is_empty())?;
        from = until;
        Some((start, piece))
    })
}
