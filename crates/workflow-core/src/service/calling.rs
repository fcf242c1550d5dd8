//! The calls to a job system that turns, sweeps and refreshes ask for, and how they end.

use chrono::NaiveDate;

use crate::directory::DirectoryCall;
use crate::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use crate::ports::gateway::{
    Answer, CreateJob, DirectoryPage, Failure, GatewayError, Job, JobGateway, JobList,
    ListedClient, Observed, Team,
};

/// What to ask the gateway for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Create the job.
    Create(Box<CreateJob>),
    /// Apply a further job template.
    ApplyTemplate {
        /// To which job.
        job: JobNumber,
        /// Which template.
        template: TemplateId,
    },
    /// Assign people.
    Assign {
        /// To which job.
        job: JobNumber,
        /// Whom.
        team: Team,
    },
    /// List the client's jobs, to look for the marker.
    LookForMarker {
        /// The client.
        client: ClientId,
    },
    /// List the jobs created on these days, both included, for the sweep.
    ListCreated {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
    },
    /// Read the job, or whatever has the number that it was sent with.
    LookAtJob {
        /// Which one.
        job: JobNumber,
    },
    /// List a part of the directory, or what was changed of it.
    ListDirectory(DirectoryCall),
}

impl Call {
    /// Whether it only reads, so that its answer may serve several deployments.
    #[must_use]
    pub fn is_look_up(&self) -> bool {
        match self {
            Self::LookForMarker { .. } | Self::LookAtJob { .. } => true,
            // It is made for all.
            Self::ListCreated { .. }
            | Self::ListDirectory(_)
            | Self::Create(_)
            | Self::ApplyTemplate { .. }
            | Self::Assign { .. } => false,
        }
    }

    /// Makes it, once. A driver keeps it within what is left of its lease.
    pub async fn make(&self, gateway: &dyn JobGateway, practice: &PracticeId) -> CallOutcome {
        match self {
            Self::Create(job) => CallOutcome::Written(gateway.create_job(practice, job).await),
            Self::ApplyTemplate { job, template } => {
                CallOutcome::Written(gateway.apply_template(practice, job, *template).await)
            }
            Self::Assign { job, team } => {
                CallOutcome::Written(gateway.assign(practice, job, team).await)
            }
            Self::LookForMarker { client } => {
                CallOutcome::Listed(gateway.jobs_of_client(practice, *client).await)
            }
            Self::ListCreated { from, to } => {
                CallOutcome::Listed(gateway.jobs_created(practice, *from, *to).await)
            }
            Self::LookAtJob { job } => CallOutcome::Read(gateway.job(practice, job).await),
            Self::ListDirectory(DirectoryCall::Page { part, cursor }) => {
                let page = gateway.directory(practice, *part, cursor.clone());
                CallOutcome::Directory(page.await)
            }
            Self::ListDirectory(DirectoryCall::ClientsModified { since }) => {
                CallOutcome::Modified(gateway.clients_modified_since(practice, *since).await)
            }
        }
    }

    /// How it ends where the gateway has not answered: whoever makes calls says so.
    #[must_use]
    pub fn failed(&self, error: GatewayError) -> CallOutcome {
        match self {
            Self::Create(_) | Self::ApplyTemplate { .. } | Self::Assign { .. } => {
                CallOutcome::Written(Err(error))
            }
            Self::LookForMarker { .. } | Self::ListCreated { .. } => {
                CallOutcome::Listed(Err(error))
            }
            Self::LookAtJob { .. } => CallOutcome::Read(Err(error)),
            Self::ListDirectory(DirectoryCall::Page { .. }) => CallOutcome::Directory(Err(error)),
            Self::ListDirectory(DirectoryCall::ClientsModified { .. }) => {
                CallOutcome::Modified(Err(error))
            }
        }
    }
}

/// How a [`Call`] ended.
#[derive(Debug)]
pub enum CallOutcome {
    /// A create, template or assignment: the job after it.
    Written(Result<Answer<Job>, GatewayError>),
    /// A look for the marker: the client's jobs.
    Listed(Result<Answer<JobList>, GatewayError>),
    /// A look at the job.
    Read(Result<Answer<Option<Job>>, GatewayError>),
    /// A page of the directory.
    Directory(Result<Answer<DirectoryPage>, GatewayError>),
    /// The clients that were changed; `None` where the job system cannot tell.
    Modified(Result<Answer<Option<Vec<ListedClient>>>, GatewayError>),
}

impl CallOutcome {
    /// What the call told about the call budget.
    #[must_use]
    pub fn observed(&self) -> &Observed {
        match self {
            Self::Written(Ok(answer)) => &answer.observed,
            Self::Listed(Ok(answer)) => &answer.observed,
            Self::Read(Ok(answer)) => &answer.observed,
            Self::Directory(Ok(answer)) => &answer.observed,
            Self::Modified(Ok(answer)) => &answer.observed,
            Self::Written(Err(error))
            | Self::Listed(Err(error))
            | Self::Read(Err(error))
            | Self::Directory(Err(error))
            | Self::Modified(Err(error)) => &error.observed,
        }
    }

    /// The failure, where there was one.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Written(Err(error))
            | Self::Listed(Err(error))
            | Self::Read(Err(error))
            | Self::Directory(Err(error))
            | Self::Modified(Err(error)) => Some(&error.failure),
            Self::Written(Ok(_))
            | Self::Listed(Ok(_))
            | Self::Read(Ok(_))
            | Self::Directory(Ok(_))
            | Self::Modified(Ok(_)) => None,
        }
    }
}
