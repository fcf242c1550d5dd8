//! The simulated disk: files in memory, and a record of everything that was done to them.
//!
//! What a file holds at once is what a program sees that goes on running. What would be left of it
//! after a power cut is in the record: see [`crate::cut`].

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::trouble::{Refusal, Trouble};

/// The files of a disk by name, with what they hold.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A file, whatever it is called: a name that is deleted and made anew names another one.
pub(crate) type Inode = usize;

/// Something that was done to the disk.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Bytes were written.
    Write {
        file: Inode,
        at: usize,
        data: Arc<[u8]>,
    },
    /// The file was cut, or grown, to a size.
    Resize { file: Inode, size: usize },
    /// All that was done to the file before is on the platter; with `names`, all names too.
    Sync { file: Inode, names: Names },
    /// A sync failed: what was not on the platter may be or not, and no later sync says which.
    SyncFailed { file: Inode },
    /// A name was given to a new file.
    Create { name: String, file: Inode },
    /// A name was taken away.
    Delete { name: String, names: Names },
}

/// Whether the directory is made durable as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// It is.
    Synced,
    /// It is not.
    Left,
}

/// What was done to a disk, from what it held at first.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    pub(crate) start: Files,
    pub(crate) ops: Vec<Op>,
}

impl Recording {
    /// How many things were done.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ops.len()
    }

    /// Whether nothing was done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}

/// Files and names as a running program sees them.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, Inode>,
    recording: Recording,
    trouble: Trouble,
}

#[derive(Debug)]
struct File {
    bytes: Vec<u8>,
    kept: Kept,
}

/// Whether anything of a file outlives the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Recorded,
    /// A temporary file without a name.
    Scratch,
}

impl Disk {
    /// A disk that holds these files, all of them durable.
    pub(crate) fn new(start: Files) -> Self {
        let mut disk = Self::default();
        for (name, bytes) in &start {
            disk.names.insert(name.clone(), disk.files.len());
            disk.files.push(File {
                bytes: bytes.clone(),
                kept: Kept::Recorded,
            });
        }
        disk.recording.start = start;
        disk
    }

    pub(crate) fn take_recording(&mut self) -> Recording {
        std::mem::take(&mut self.recording)
    }

    pub(crate) fn position(&self) -> usize {
        self.recording.ops.len()
    }

    /// Whether the file of that name was made durable since that position.
    pub(crate) fn synced_since(&self, position: usize, name: &str) -> bool {
        let Some(inode) = self.names.get(name) else {
            return false;
        };
        let since = self.recording.ops.iter().skip(position);
        let mut syncs = since.filter_map(|op| match op {
            Op::Sync { file, .. } => Some(file),
            _ => None,
        });
        syncs.any(|file| file == inode)
    }

    pub(crate) fn set_trouble(&mut self, trouble: Trouble) {
        self.trouble = trouble;
    }

    pub(crate) fn trouble(&self) -> &Trouble {
        &self.trouble
    }

    pub(crate) fn find(&self, name: &str) -> Option<Inode> {
        self.names.get(name).copied()
    }

    pub(crate) fn create(&mut self, name: &str) -> Result<Inode, Refusal> {
        self.trouble.write(0)?;
        let file = self.scratch();
        self.files[file].kept = Kept::Recorded;
        self.names.insert(name.to_owned(), file);
        let name = name.to_owned();
        self.recording.ops.push(Op::Create { name, file });
        Ok(file)
    }

    /// A file without a name, which goes with the process.
    pub(crate) fn scratch(&mut self) -> Inode {
        self.files.push(File {
            bytes: Vec::new(),
            kept: Kept::Scratch,
        });
        self.files.len() - 1
    }

    /// Takes a name away; `false` where there was none.
    pub(crate) fn delete(&mut self, name: &str, names: Names) -> bool {
        let found = self.names.remove(name).is_some();
        if found {
            let name = name.to_owned();
            self.recording.ops.push(Op::Delete { name, names });
        }
        found
    }

    pub(crate) fn bytes(&self, file: Inode) -> &[u8] {
        &self.files[file].bytes
    }

    /// Writes all, or what there is room for.
    pub(crate) fn write(&mut self, file: Inode, at: usize, data: &[u8]) -> Result<(), Refusal> {
        let kept = self.files[file].kept;
        let (data, outcome) = match (kept, self.trouble.write(data.len())) {
            (Kept::Scratch, _) | (_, Ok(())) => (data, Ok(())),
            (_, Err(refusal)) => (&data[..refusal.written], Err(refusal)),
        };
        if data.is_empty() {
            return outcome;
        }
        let bytes = &mut self.files[file].bytes;
        let end = at + data.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[at..end].copy_from_slice(data);
        if kept == Kept::Recorded {
            let data = data.into();
            self.recording.ops.push(Op::Write { file, at, data });
        }
        outcome
    }

    pub(crate) fn resize(&mut self, file: Inode, size: usize) -> Result<(), Refusal> {
        self.trouble.write(0)?;
        self.files[file].bytes.resize(size, 0);
        if self.files[file].kept == Kept::Recorded {
            self.recording.ops.push(Op::Resize { file, size });
        }
        Ok(())
    }

    pub(crate) fn sync(&mut self, file: Inode, names: Names) -> Result<(), Refusal> {
        if self.files[file].kept == Kept::Scratch {
            return Ok(());
        }
        let synced = self.trouble.sync();
        self.recording.ops.push(match &synced {
            Ok(Done::OnThePlatter) => Op::Sync { file, names },
            Ok(Done::Pretended) => return Ok(()),
            Err(_) => Op::SyncFailed { file },
        });
        synced.map(drop)
    }
}

/// What became of a sync that was answered well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// It was made.
    OnThePlatter,
    /// The disk lied.
    Pretended,
}
