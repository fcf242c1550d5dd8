//! The port over the folder: each call is made once, and its end is called what it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use uuid::Uuid;
use workflow_core::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use workflow_core::ports::clock::{Clock, IdSource};
use workflow_core::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, DirectoryRow, Failure, GatewayError, Job,
    JobGateway, JobList, Observed, OwnNumbers, Team, WorstCase,
};

use crate::files::{Directory, Folder, JobFile, Trouble};

/// How many rows a page of the directory has.
const PAGE: usize = 50;

/// A job system that is a folder. A clone is a handle to the same one.
#[derive(Clone, Debug)]
pub(crate) struct FolderGateway {
    root: PathBuf,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl FolderGateway {
    /// Opens the folder, made where there is none.
    pub(crate) fn open(
        root: &Path,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> std::io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let root = root.to_owned();
        Ok(Self { root, clock, ids })
    }

    /// Connects a practice: it has a folder from now on.
    pub(crate) fn connect(
        &self,
        practice: &PracticeId,
        directory: &Directory,
    ) -> Result<(), Trouble> {
        Folder::make(&self.root, practice, directory)
    }

    /// Makes a call: on a thread where it may block, to its end whoever stops waiting for it.
    async fn call<T, F>(&self, practice: &PracticeId, work: F) -> Result<Answer<T>, GatewayError>
    where
        T: Send + 'static,
        F: FnOnce(&Folder) -> Result<T, Failure> + Send + 'static,
    {
        let (root, practice) = (self.root.clone(), practice.clone());
        let done = tokio::task::spawn_blocking(move || {
            work(&Folder::open(&root, &practice).map_err(failure)?)
        });
        // A panic may have come after the file was written.
        let done = done.await.unwrap_or_else(|error| {
            let text = error.to_string();
            Err(Failure::ReplyLost { text })
        });
        match done {
            Ok(value) => Ok(Answer {
                value,
                observed: Observed {
                    calls: 1,
                    ..Observed::default()
                },
            }),
            Err(failure) => Err(GatewayError::new(failure)),
        }
    }

    /// Changes one job.
    async fn change<F>(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
        change: F,
    ) -> Result<Answer<Job>, GatewayError>
    where
        F: FnOnce(&Directory, &mut JobFile) -> Result<(), Failure> + Send + 'static,
    {
        let number = number.clone();
        self.call(practice, move |folder| {
            let jobs = folder.jobs().map_err(failure)?;
            let job = jobs.into_iter().find(|job| job.number == number);
            let mut job = job.ok_or_else(|| refused("there is no job with that number"))?;
            change(&folder.directory().map_err(failure)?, &mut job)?;
            folder.save(&job).map_err(failure)?;
            Ok(job.job())
        })
        .await
    }
}

/// What trouble with files is called. Only what certainly changed nothing is a definite no.
#[expect(clippy::needless_pass_by_value, reason = "it is used with `map_err`")]
fn failure(trouble: Trouble) -> Failure {
    let text = trouble.to_string();
    match trouble {
        Trouble::NoFolder => Failure::NotConnected { text },
        // A person mends the file; a retry cannot.
        Trouble::Damaged { .. } => Failure::Refused { text },
        Trouble::Before(_) => Failure::Unreachable { text },
        Trouble::After(_) => Failure::ReplyLost { text },
    }
}

fn refused(text: &str) -> Failure {
    let text = text.to_owned();
    Failure::Refused { text }
}

/// The tasks of a job template, which has to exist.
fn tasks(directory: &Directory, template: TemplateId) -> Result<Vec<String>, Failure> {
    let found = directory.find(DirectoryPart::Templates, template.uuid());
    let found = found.ok_or_else(|| refused("the job template does not exist; choose another"))?;
    Ok(found.tasks.clone())
}

/// The number of a new job: the one that was ordered, or the next.
fn number(order: &CreateJob, jobs: &[JobFile]) -> Result<JobNumber, Failure> {
    if let Some(number) = &order.number {
        let taken = jobs.iter().any(|job| job.number == *number);
        return match taken {
            true => Err(refused("another job has that number; adopt it, or give up")),
            false => Ok(number.clone()),
        };
    }
    let given = jobs.iter().filter_map(|job| {
        let digits = job.number.as_str().strip_prefix('J')?;
        digits.parse::<u64>().ok()
    });
    let next = given.max().unwrap_or(0) + 1;
    let next = format!("J{next:06}").parse();
    next.map_err(|_| refused("there is no number left"))
}

#[async_trait]
impl JobGateway for FolderGateway {
    /// A call may wait for the lock, and goes on when its caller has gone.
    fn worst_case(&self) -> WorstCase {
        WorstCase {
            call: Duration::from_secs(30),
            server: Duration::from_secs(30),
        }
    }

    fn own_numbers(&self) -> OwnNumbers {
        OwnNumbers::Taken
    }

    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        let (order, id) = (job.clone(), self.ids.next());
        let today = self.clock.now().date_naive();
        self.call(practice, move |folder| {
            let directory = folder.directory().map_err(failure)?;
            let client = directory.find(DirectoryPart::Clients, order.client.uuid());
            client.ok_or_else(|| refused("the client does not exist; add it, then retry"))?;
            let category = order.category.map(|category| category.uuid());
            if category.is_some_and(|id| directory.find(DirectoryPart::Categories, id).is_none()) {
                return Err(refused("the category does not exist; choose another"));
            }
            let tasks = order.template.map(|template| tasks(&directory, template));
            let tasks = tasks.transpose()?.unwrap_or_default();
            let number = number(&order, &folder.jobs().map_err(failure)?)?;
            let job = JobFile::new(number, id, today, order, tasks);
            folder.save(&job).map_err(failure)?;
            Ok(job.job())
        })
        .await
    }

    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        self.change(practice, job, move |directory, job| {
            job.tasks.extend(tasks(directory, template)?);
            Ok(())
        })
        .await
    }

    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        let team = team.clone();
        self.change(practice, job, move |directory, job| {
            let mut people = team.partner.iter().chain(&team.manager).chain(&team.staff);
            let unknown = |id: Uuid| directory.find(DirectoryPart::Staff, id).is_none();
            if people.any(|person| unknown(person.uuid())) {
                return Err(refused("a person named for the job is not among the staff"));
            }
            job.team.partner = team.partner.or(job.team.partner);
            job.team.manager = team.manager.or(job.team.manager);
            job.team.staff.extend(&team.staff);
            Ok(())
        })
        .await
    }

    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        let number = number.clone();
        self.call(practice, move |folder| {
            let jobs = folder.jobs().map_err(failure)?;
            let found = jobs.iter().find(|job| job.number == number);
            Ok(found.map(JobFile::job))
        })
        .await
    }

    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.call(practice, move |folder| {
            let jobs = folder.jobs().map_err(failure)?;
            let theirs = jobs.iter().filter(|job| job.order.client == client);
            let jobs = theirs.map(JobFile::job).collect();
            Ok(JobList { jobs })
        })
        .await
    }

    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.call(practice, move |folder| {
            let jobs = folder.jobs().map_err(failure)?;
            let within = |job: &&JobFile| (from..=to).contains(&job.created);
            let jobs = jobs.iter().filter(within).map(JobFile::job).collect();
            Ok(JobList { jobs })
        })
        .await
    }

    /// In the order of their identities; the cursor is the last one of the page before, so that a
    /// page is the same whatever was added meanwhile.
    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        self.call(practice, move |folder| {
            let after = cursor.map(|cursor| cursor.parse::<Uuid>()).transpose();
            let after = after.map_err(|_| refused("the cursor is not one of this directory"))?;
            let directory = folder.directory().map_err(failure)?;
            let mut rows: Vec<DirectoryRow> = directory
                .part(part)
                .iter()
                .filter(|row| after.is_none_or(|after| row.id > after))
                .map(|row| DirectoryRow {
                    id: row.id,
                    name: row.name.clone(),
                    email: row.email.clone(),
                })
                .collect();
            rows.sort_by_key(|row| row.id);
            let goes_on = rows.len() > PAGE;
            rows.truncate(PAGE);
            let next = rows.last().filter(|_| goes_on);
            let next = next.map(|row| row.id.to_string());
            Ok(DirectoryPage { rows, next })
        })
        .await
    }
}
