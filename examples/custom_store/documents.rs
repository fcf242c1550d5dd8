//! One JSON document for each practice, and the folder that they are in.
//!
//! A document is replaced whole: the new one is written beside the old one, synced, and renamed
//! over it. So a kill or a power cut leaves the old document or the new one, and never a mixture.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use workflow_core::audit::Entry;
use workflow_core::budget::Budget;
use workflow_core::deployment::Digest;
use workflow_core::ids::{CommandKey, PracticeId};
use workflow_core::ports::store::{Key, Record, StoreError, Versioned};

/// The format that is written. A document of another format is refused, never guessed at: whoever
/// changes the shape below raises the number, and reads the older format where it is met.
const FORMAT: u32 = 1;

/// All that is remembered of one practice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    format: u32,
    pub(crate) practice: PracticeId,
    #[serde(with = "rows")]
    pub(crate) records: BTreeMap<Key, Versioned<Record>>,
    /// The audit, in the order of its chain: entry 1 is the first.
    pub(crate) entries: Vec<Entry>,
    /// What was done under which command key.
    pub(crate) done: BTreeMap<CommandKey, Done>,
    pub(crate) budget: Option<Budget>,
    /// The number of the last lease that was granted. It has to survive, so that it only rises.
    pub(crate) fence: u64,
}

/// A unit that was carried out under a key: what the key stands for, and which entries it made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) command: Digest,
    pub(crate) entries: Range<usize>,
}

impl Document {
    pub(crate) fn new(practice: PracticeId) -> Self {
        Self {
            format: FORMAT,
            practice,
            records: BTreeMap::new(),
            entries: Vec::new(),
            done: BTreeMap::new(),
            budget: None,
            fence: 0,
        }
    }

    /// Reads a document. Its format is looked at first, since the rest may have another shape.
    fn read(path: &Path) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Stamp {
            format: u32,
        }
        let bytes = fs::read(path).map_err(unavailable)?;
        let damaged = |reason: String| StoreError::Damaged {
            what: path.display().to_string(),
            reason,
        };
        let stamp: Stamp = serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
        if stamp.format != FORMAT {
            let Stamp { format } = stamp;
            return Err(damaged(format!("format {format} is not {FORMAT}")));
        }
        let document: Self = serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
        if path.file_stem() != Some(OsStr::new(document.practice.as_str())) {
            let practice = document.practice;
            return Err(damaged(format!("it is the document of {practice}")));
        }
        Ok(document)
    }
}

/// Records as a list: a record tells its own key, and JSON has no keys but strings.
mod rows {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use workflow_core::ports::store::{Key, Record, Version, Versioned};

    #[derive(Serialize)]
    struct Written<'a> {
        version: Version,
        record: &'a Record,
    }

    #[derive(Deserialize)]
    struct Read {
        version: Version,
        record: Record,
    }

    pub(super) fn serialize<S: Serializer>(
        records: &BTreeMap<Key, Versioned<Record>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(records.values().map(|kept| Written {
            version: kept.version,
            record: &kept.value,
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Key, Versioned<Record>>, D::Error> {
        let rows = Vec::<Read>::deserialize(deserializer)?;
        let keyed = rows.into_iter().map(|Read { version, record }| {
            let key = record.key();
            let value = record;
            (key, Versioned { version, value })
        });
        Ok(keyed.collect())
    }
}

/// The folder, owned by this process for as long as the value lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Kept for its drop alone, which gives the lock back. A process that dies loses it at once.
    _lock: File,
}

impl Folder {
    /// Takes ownership of a folder, made where there is none, and reads what is in it.
    pub(crate) fn open(path: &Path) -> Result<(Self, BTreeMap<PracticeId, Document>), StoreError> {
        fs::create_dir_all(path).map_err(unavailable)?;
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(false);
        let lock = options.open(path.join("lock")).map_err(unavailable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let owner = "another opening of this folder".to_owned();
                return Err(StoreError::NotOwner { owner });
            }
            Err(TryLockError::Error(error)) => return Err(unavailable(error)),
        }
        let mut documents = BTreeMap::new();
        for file in fs::read_dir(path).map_err(unavailable)? {
            let file = file.map_err(unavailable)?.path();
            // What else is there is the lock, and drafts that a kill left behind.
            if file.extension() == Some(OsStr::new("json")) {
                let document = Document::read(&file)?;
                documents.insert(document.practice.clone(), document);
            }
        }
        let path = path.to_owned();
        Ok((Self { path, _lock: lock }, documents))
    }

    /// Replaces a practice's document, durably. After an error it is not known which one is there.
    pub(crate) fn save(&self, document: &Document) -> io::Result<()> {
        // A practice's id is lower-case letters, digits and hyphens: safe as the name of a file.
        let draft = self.path.join(format!("{}.draft", document.practice));
        let mut file = BufWriter::new(File::create(&draft)?);
        serde_json::to_writer(&mut file, document)?;
        file.flush()?;
        // The content before the name: a rename that outlives a power cut must not name nothing.
        file.get_ref().sync_all()?;
        fs::rename(
            &draft,
            self.path.join(format!("{}.json", document.practice)),
        )?;
        if cfg!(unix) {
            // The name itself is kept by the folder, which has to be synced too.
            File::open(&self.path)?.sync_all()?;
        }
        Ok(())
    }
}

/// What the port says when nothing is known.
pub(crate) fn unavailable(
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    StoreError::Unavailable(source.into())
}
