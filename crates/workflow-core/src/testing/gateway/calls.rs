//! The calls of a gateway, as they are written down and spoken of beforehand.

use chrono::{DateTime, NaiveDate, Utc};

use crate::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use crate::ports::gateway::{CreateJob, DirectoryPart, Team};

/// A kind of call: one for each method of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// A job is created.
    CreateJob,
    /// A job template is applied.
    ApplyTemplate,
    /// People are assigned.
    Assign,
    /// One job is read.
    Job,
    /// The jobs of a client are listed.
    JobsOfClient,
    /// The jobs of some days are listed.
    JobsCreated,
    /// A page of the directory is read.
    Directory,
    /// The clients that were changed are listed.
    ClientsModified,
}

/// What becomes of a request whose reply is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is carried out.
    CarriedOut,
    /// It is not.
    Dropped,
    /// It is carried out later: see
    /// [`carry_out_late`](super::MemoryGateway::carry_out_late).
    Late,
}

/// A call that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// For which practice.
    pub practice: PracticeId,
    /// What was asked for.
    pub request: Request,
}

/// What a call asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Create a job.
    CreateJob(Box<CreateJob>),
    /// Apply a job template.
    ApplyTemplate {
        /// To which job.
        job: JobNumber,
        /// Which one.
        template: TemplateId,
    },
    /// Assign people.
    Assign {
        /// To which job.
        job: JobNumber,
        /// Whom.
        team: Team,
    },
    /// Read a job.
    Job(JobNumber),
    /// List the jobs of a client.
    JobsOfClient(ClientId),
    /// List the jobs of some days.
    JobsCreated {
        /// From which day.
        from: NaiveDate,
        /// To which day.
        to: NaiveDate,
    },
    /// Read a page of the directory.
    Directory {
        /// Which part.
        part: DirectoryPart,
        /// Where to go on.
        cursor: Option<String>,
    },
    /// List the clients that were changed.
    ClientsModified {
        /// Since when.
        since: DateTime<Utc>,
    },
}

impl Request {
    /// The kind of call that it is.
    #[must_use]
    pub fn kind(&self) -> CallKind {
        match self {
            Self::CreateJob(_) => CallKind::CreateJob,
            Self::ApplyTemplate { .. } => CallKind::ApplyTemplate,
            Self::Assign { .. } => CallKind::Assign,
            Self::Job(_) => CallKind::Job,
            Self::JobsOfClient(_) => CallKind::JobsOfClient,
            Self::JobsCreated { .. } => CallKind::JobsCreated,
            Self::Directory { .. } => CallKind::Directory,
            Self::ClientsModified { .. } => CallKind::ClientsModified,
        }
    }
}
