//! The file that the sandbox keeps its changes in: one JSON line for each, synced before a reply.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::world::{Change, World};

const FORMAT: &str = "xpm-sandbox journal";
const VERSION: u32 = 1;

/// The first line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    seed: u64,
}

/// Every other line: changes that happened together, and how many ids were drawn until then.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    ids: u64,
    changes: Vec<Change>,
}

/// Why the data file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process, or another sandbox of this process, has the file open.
    #[error("data file {}: another sandbox has it open", path.display())]
    InUse {
        /// The data file.
        path: PathBuf,
    },
    /// Reading, writing or syncing failed.
    #[error("data file {}: could not {doing}", path.display())]
    Io {
        /// The data file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// A line other than the last is not one that the sandbox wrote.
    #[error("data file {}: line {line} cannot be read", path.display())]
    Corrupt {
        /// The data file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// The cause.
        source: serde_json::Error,
    },
    /// The file is not a journal, or one of a later version.
    #[error("data file {}: not a sandbox journal of version {VERSION}", path.display())]
    Format {
        /// The data file.
        path: PathBuf,
    },
    /// An earlier write failed, so that what the file holds is not known.
    #[error("data file {}: an earlier write failed; start the sandbox again", path.display())]
    Broken {
        /// The data file.
        path: PathBuf,
    },
}

/// What a journal held when it was opened.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) journal: Journal,
    pub(crate) world: World,
    pub(crate) seed: u64,
    pub(crate) ids: u64,
}

/// An open journal. The lock beside it lasts as long as this value.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    broken: bool,
    _lock: File,
}

impl Journal {
    /// Opens the file and reads it, or begins it with `seed`.
    ///
    /// A torn last line is what a killed writer leaves behind. No reply was sent for it, so it is
    /// cut off.
    pub(crate) fn open(path: &Path, seed: u64) -> Result<Loaded, JournalError> {
        let io = |doing| {
            move |source| JournalError::Io {
                path: path.to_owned(),
                doing,
                source,
            }
        };
        let lock = lock_beside(path)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(io("open it"))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io("read it"))?;
        let replay = replay(path, &bytes)?;
        file.set_len(replay.whole)
            .map_err(io("cut off a torn line"))?;
        file.seek(SeekFrom::End(0)).map_err(io("find its end"))?;
        let mut journal = Self {
            path: path.to_owned(),
            file,
            broken: false,
            _lock: lock,
        };
        let (seed, ids, world) = match replay.header {
            Some(header) => (header.seed, replay.ids, replay.world),
            None => {
                let header = Header {
                    format: FORMAT.to_owned(),
                    version: VERSION,
                    seed,
                };
                journal.write(&header)?;
                sync_directory(path).map_err(io("sync its directory"))?;
                (seed, 0, World::default())
            }
        };
        Ok(Loaded {
            journal,
            world,
            seed,
            ids,
        })
    }

    /// Appends changes as one line and syncs it.
    pub(crate) fn append(&mut self, ids: u64, changes: &[Change]) -> Result<(), JournalError> {
        // Written by reference, read by value.
        #[derive(Serialize)]
        struct LineRef<'a> {
            ids: u64,
            changes: &'a [Change],
        }
        self.write(&LineRef { ids, changes })
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), JournalError> {
        if self.broken {
            return Err(JournalError::Broken {
                path: self.path.clone(),
            });
        }
        let written = serde_json::to_vec(line)
            .map_err(io::Error::from)
            .and_then(|mut bytes| {
                bytes.push(b'\n');
                self.file.write_all(&bytes)?;
                self.file.sync_data()
            });
        written.map_err(|source| {
            self.broken = true;
            JournalError::Io {
                path: self.path.clone(),
                doing: "append to it",
                source,
            }
        })
    }
}

fn lock_beside(path: &Path) -> Result<File, JournalError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let io = |source| JournalError::Io {
        path: path.to_owned(),
        doing: "lock it",
        source,
    };
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&beside)
        .map_err(io)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

/// Makes the name of a new file durable, not only its content.
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[derive(Debug, Default)]
struct Replay {
    header: Option<Header>,
    world: World,
    ids: u64,
    /// The length of what is whole, in bytes.
    whole: u64,
}

fn replay(path: &Path, bytes: &[u8]) -> Result<Replay, JournalError> {
    let mut replay = Replay::default();
    let mut lines = bytes
        .split_inclusive(|&byte| byte == b'\n')
        .enumerate()
        .peekable();
    while let Some((index, line)) = lines.next() {
        let last = lines.peek().is_none();
        if last && !line.ends_with(b"\n") {
            break;
        }
        if index == 0 {
            let format = || JournalError::Format {
                path: path.to_owned(),
            };
            let header: Header = serde_json::from_slice(line).map_err(|_| format())?;
            if header.format != FORMAT || header.version != VERSION {
                return Err(format());
            }
            replay.header = Some(header);
        } else {
            match serde_json::from_slice::<Line>(line) {
                Ok(line) => {
                    replay.ids = line.ids;
                    line.changes
                        .into_iter()
                        .for_each(|change| replay.world.apply(change));
                }
                // A power cut may keep the end of a write and lose its middle.
                Err(_) if last => break,
                Err(source) => {
                    let path = path.to_owned();
                    return Err(JournalError::Corrupt {
                        path,
                        line: index + 1,
                        source,
                    });
                }
            }
        }
        replay.whole += line.len() as u64;
    }
    // A torn header begins as a header does; anything else is somebody's file.
    let torn_header = bytes.starts_with(HEADER_START) || HEADER_START.starts_with(bytes);
    if replay.header.is_none() && !torn_header {
        return Err(JournalError::Format {
            path: path.to_owned(),
        });
    }
    Ok(replay)
}

/// How the first line begins.
const HEADER_START: &[u8] = b"{\"format\":\"xpm-sandbox journal\"";

#[cfg(test)]
mod tests {
    use std::fs;

    use uuid::Uuid;

    use super::*;
    use crate::model::Category;

    fn category(name: &str) -> Change {
        let uuid = Uuid::from_u128(name.len() as u128);
        Change::Category(Category {
            uuid,
            name: name.to_owned(),
        })
    }

    fn names(loaded: &Loaded) -> Vec<&str> {
        loaded
            .world
            .categories()
            .iter()
            .map(|category| category.name.as_str())
            .collect()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("xpm.jsonl");
        let mut first = Journal::open(&path, 7).unwrap();
        first.journal.append(1, &[category("a")]).unwrap();
        first
            .journal
            .append(3, &[category("bb"), category("ccc")])
            .unwrap();
        drop(first);
        let again = Journal::open(&path, 99).unwrap();
        assert_eq!(names(&again), ["a", "bb", "ccc"]);
        assert_eq!((again.seed, again.ids), (7, 3), "the file's own seed wins");
    }

    #[test]
    fn a_second_opening_is_refused_and_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("xpm.jsonl");
        let first = Journal::open(&path, 7).unwrap();
        let refused = Journal::open(&path, 7).unwrap_err();
        assert!(matches!(refused, JournalError::InUse { .. }), "{refused}");
        assert!(
            refused.to_string().ends_with("another sandbox has it open"),
            "{refused}"
        );
        drop(first);
        assert!(Journal::open(&path, 7).is_ok());
    }

    #[test]
    fn every_torn_tail_is_cut_off_and_the_file_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("xpm.jsonl");
        let mut journal = Journal::open(&path, 7).unwrap().journal;
        let header = fs::metadata(&path).unwrap().len();
        journal.append(1, &[category("a")]).unwrap();
        let one = fs::metadata(&path).unwrap().len();
        journal.append(2, &[category("bb")]).unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let mut loaded = Journal::open(&path, 7).unwrap();
            let expected: &[&str] = if (length as u64) < one { &[] } else { &["a"] };
            assert_eq!(names(&loaded), expected, "cut at {length}, header {header}");
            loaded.journal.append(9, &[category("dddd")]).unwrap();
            drop(loaded);
            let again = Journal::open(&path, 7).unwrap();
            assert_eq!(
                names(&again),
                [expected, &["dddd"]].concat(),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn a_broken_line_in_the_middle_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("xpm.jsonl");
        let mut journal = Journal::open(&path, 7).unwrap().journal;
        journal.append(1, &[category("a")]).unwrap();
        journal.append(2, &[category("bb")]).unwrap();
        drop(journal);
        let text = fs::read_to_string(&path)
            .unwrap()
            .replacen("\"ids\":1", "\"ids\":?", 1);
        fs::write(&path, text).unwrap();
        let refused = Journal::open(&path, 7).unwrap_err();
        assert!(
            matches!(refused, JournalError::Corrupt { line: 2, .. }),
            "{refused}"
        );
    }

    #[test]
    fn a_file_of_somebody_else_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notes.txt");
        for text in [
            "my notes",
            "my notes\n",
            "{\"format\":\"other\",\"version\":1,\"seed\":1}\n",
        ] {
            fs::write(&path, text).unwrap();
            assert!(
                matches!(Journal::open(&path, 7), Err(JournalError::Format { .. })),
                "{text}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
