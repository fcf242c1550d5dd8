//! The folder: for each practice a folder of its own, with `directory.json` and one file for each
//! job.
//!
//! A file is written whole under another name, synced, and renamed into its place. So a kill or a
//! power cut leaves the job or no job, and never a part of one: that is what makes a create the one
//! step that the ledger takes it for.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;
use workflow_core::ids::{JobId, JobNumber, PracticeId};
use workflow_core::ports::gateway::{CreateJob, DirectoryPart, Job, Team};

/// The format that is written. A file of another format is refused, never guessed at.
const FORMAT: u32 = 1;

/// A job as its file holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobFile {
    pub(crate) format: u32,
    pub(crate) number: JobNumber,
    pub(crate) id: JobId,
    pub(crate) created: NaiveDate,
    /// What was ordered. Its description holds the marker.
    pub(crate) order: CreateJob,
    pub(crate) team: Team,
    pub(crate) tasks: Vec<String>,
}

impl JobFile {
    pub(crate) fn new(
        number: JobNumber,
        id: Uuid,
        created: NaiveDate,
        order: CreateJob,
        tasks: Vec<String>,
    ) -> Self {
        Self {
            format: FORMAT,
            number,
            id: JobId::new(id),
            created,
            order,
            team: Team::default(),
            tasks,
        }
    }

    /// The job as the port shows it.
    pub(crate) fn job(&self) -> Job {
        Job {
            number: self.number.clone(),
            id: self.id,
            name: self.order.name.clone(),
            description: Some(self.order.description.clone()),
            client: Some(self.order.client),
            reference: self.order.reference.clone(),
            state: "Open".to_owned(),
            start: Some(self.order.start),
            due: Some(self.order.due),
            partner: self.team.partner,
            manager: self.team.manager,
            staff: self.team.staff.clone(),
            tasks: Some(self.tasks.clone()),
        }
    }
}

/// What can be chosen for a job, as `directory.json` holds it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Directory {
    pub(crate) clients: Vec<Row>,
    pub(crate) staff: Vec<Row>,
    pub(crate) templates: Vec<Row>,
    pub(crate) categories: Vec<Row>,
}

/// One thing that can be chosen.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    /// Of a job template: the tasks that it adds.
    pub(crate) tasks: Vec<String>,
}

impl Row {
    pub(crate) fn named(id: Uuid, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            ..Self::default()
        }
    }
}

impl Directory {
    pub(crate) fn part(&self, part: DirectoryPart) -> &[Row] {
        match part {
            DirectoryPart::Clients => &self.clients,
            DirectoryPart::Staff => &self.staff,
            DirectoryPart::Templates => &self.templates,
            DirectoryPart::Categories => &self.categories,
        }
    }

    pub(crate) fn find(&self, part: DirectoryPart, id: Uuid) -> Option<&Row> {
        self.part(part).iter().find(|row| row.id == id)
    }
}

/// What goes wrong with files.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The practice has no folder.
    #[error("it has no folder of jobs")]
    NoFolder,
    /// A file cannot be read as what it is.
    #[error("{file} is damaged: {reason}")]
    Damaged { file: String, reason: String },
    /// Nothing was changed.
    #[error("{0}")]
    Before(io::Error),
    /// The file is in its place, and may not survive a power cut.
    #[error("{0}")]
    After(io::Error),
}

/// One practice's folder, with the lock of the job system held: of processes that write, one does
/// at a time, so that a number is given once.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Opens a practice's folder under `root`, and waits for the lock.
    pub(crate) fn open(root: &Path, practice: &PracticeId) -> Result<Self, Trouble> {
        let path = root.join(folder_name(practice));
        if !path.is_dir() {
            return Err(Trouble::NoFolder);
        }
        let lock = File::create(root.join("lock")).map_err(Trouble::Before)?;
        lock.lock().map_err(Trouble::Before)?;
        Ok(Self { path, _lock: lock })
    }

    /// Makes the folder of a practice, and writes what can be chosen there.
    pub(crate) fn make(
        root: &Path,
        practice: &PracticeId,
        directory: &Directory,
    ) -> Result<(), Trouble> {
        fs::create_dir_all(root.join(folder_name(practice))).map_err(Trouble::Before)?;
        Self::open(root, practice)?.replace("directory.json", directory)
    }

    pub(crate) fn directory(&self) -> Result<Directory, Trouble> {
        read(&self.path.join("directory.json"))
    }

    /// All jobs, by their numbers. A file that cannot be read hides no job silently: it is an error.
    pub(crate) fn jobs(&self) -> Result<Vec<JobFile>, Trouble> {
        let mut jobs = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(Trouble::Before)? {
            let path = entry.map_err(Trouble::Before)?.path();
            // A draft that a kill left behind is no job.
            let is_job = path.extension().is_some_and(|extension| extension == "job");
            if is_job {
                let job: JobFile = read(&path)?;
                if job.format != FORMAT {
                    let reason = format!("format {} is not {FORMAT}", job.format);
                    return Err(damaged(&path, reason));
                }
                jobs.push(job);
            }
        }
        jobs.sort_by(|one, other| one.number.cmp(&other.number));
        Ok(jobs)
    }

    /// Writes a job, new or changed.
    pub(crate) fn save(&self, job: &JobFile) -> Result<(), Trouble> {
        // By its identity and not by its number: a number may be any text, and is no file name.
        self.replace(&format!("{}.job", job.id), job)
    }

    fn replace(&self, name: &str, value: &impl Serialize) -> Result<(), Trouble> {
        let text = serde_json::to_vec_pretty(value);
        let text = text.map_err(|error| Trouble::Before(error.into()))?;
        let draft = self.path.join(format!("{name}.draft"));
        let written = File::create(&draft).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        });
        written.map_err(Trouble::Before)?;
        fs::rename(&draft, self.path.join(name)).map_err(Trouble::Before)?;
        // The rename itself is durable once the folder is.
        let folder = File::open(&self.path).and_then(|folder| folder.sync_all());
        folder.map_err(Trouble::After)
    }
}

/// A practice's name may hold what a file system has no place for, so it is spelt in hexadecimal.
fn folder_name(practice: &PracticeId) -> String {
    let bytes = practice.as_str().bytes();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Trouble> {
    let bytes = fs::read(path).map_err(Trouble::Before)?;
    serde_json::from_slice(&bytes).map_err(|error| damaged(path, error.to_string()))
}

fn damaged(path: &Path, reason: String) -> Trouble {
    let file = path.file_name().unwrap_or_default();
    Trouble::Damaged {
        file: file.to_string_lossy().into_owned(),
        reason,
    }
}
