//! The job gateway: the port to the practice's job system.
//!
//! A gateway makes one call at a time for one practice and says how it ended. It never repeats a
//! call that may have been carried out: whether a call may be repeated is decided by the ledger,
//! from [`GatewayError::class`]. A gateway may itself repeat a call only where the job system has
//! certainly not carried it out (a token that had expired), and says so in [`Observed::calls`].

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::canonical::canonical;
use crate::ids::{CategoryId, ClientId, JobId, JobNumber, PracticeId, StaffId, TemplateId};
use crate::practice::Standing;

/// Creates jobs and reads them back. One implementation speaks to Xero Practice Manager.
///
/// All methods may be cancelled: the call may then have been carried out or not, which is the
/// same as [`Class::Uncertain`] for a write.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait JobGateway: Debug + Send + Sync + 'static {
    /// How long a call may take, and what was sent may take effect after it. The time before a
    /// look-up follows from it: one that is too short makes a job twice.
    ///
    /// Unless a gateway says otherwise: [`WorstCase::default`].
    fn worst_case(&self) -> WorstCase {
        WorstCase::default()
    }

    /// Whether a practice has to be connected before anything can be sent for it.
    ///
    /// Unless a gateway says otherwise: [`Linking::Unneeded`].
    fn linking(&self) -> Linking {
        Linking::Unneeded
    }

    /// Whether the job system takes numbers of ours for new jobs. Whoever wraps a gateway passes
    /// its answer on.
    ///
    /// Unless a gateway says otherwise: it does not.
    fn own_numbers(&self) -> OwnNumbers {
        OwnNumbers::default()
    }

    /// Creates a job. A repeat makes a second job, where the job system numbers it. Where the job
    /// has a number of ours, a repeat is refused, since the number exists.
    ///
    /// # Errors
    ///
    /// Any [`GatewayError`]; [`Class::Uncertain`] means that the job may exist.
    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError>;

    /// Adds the tasks of a job template to a job. A repeat adds them once more.
    ///
    /// # Errors
    ///
    /// Any [`GatewayError`]; [`Class::Uncertain`] means that the tasks may have been added.
    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError>;

    /// Assigns people to a job. A repeat of what is already so may be refused or ignored.
    ///
    /// # Errors
    ///
    /// Any [`GatewayError`]; [`Class::Uncertain`] means that some may have been assigned.
    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError>;

    /// One job in full; `None` where the job system knows no such number.
    ///
    /// # Errors
    ///
    /// Any [`GatewayError`].
    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError>;

    /// All jobs of one client, whatever their state and age.
    ///
    /// # Errors
    ///
    /// Any [`GatewayError`].
    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError>;

    /// All jobs created from one day to another, both included, in the job system's own days.
    ///
    /// # Errors
    ///
    /// Any [`GatewayError`].
    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError>;

    /// One page of the directory; begin with `cursor` `None` and go on with the page's `next`.
    ///
    /// # Errors
    ///
    /// Any [`GatewayError`].
    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError>;

    /// The clients that were changed at `since` or later, those included that are archived or
    /// deleted by now; `None` where the job system cannot tell, and then nothing was sent and all
    /// clients are listed page by page instead.
    ///
    /// Unless a gateway says otherwise: `None`.
    ///
    /// # Errors
    ///
    /// Any [`GatewayError`].
    async fn clients_modified_since(
        &self,
        practice: &PracticeId,
        since: DateTime<Utc>,
    ) -> Result<Answer<Option<Vec<ListedClient>>>, GatewayError> {
        let _ = (practice, since);
        Ok(Answer {
            value: None,
            observed: Observed::default(),
        })
    }

    /// Until when the practice's connection lasts where it is not used; `None` where that is not
    /// known. Nothing is sent.
    ///
    /// Unless a gateway says otherwise: `None`.
    async fn connected_until(&self, practice: &PracticeId) -> Option<DateTime<Utc>> {
        let _ = practice;
        None
    }
}

/// Whether a practice has to be connected before anything can be sent for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Linking {
    /// The gateway reaches the job system without it.
    #[default]
    Unneeded,
    /// Each practice is connected by a person; until then what is due waits.
    Needed,
}

/// The longest that a write may take to have its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorstCase {
    /// The longest that one write takes from the call to its end, all its requests included.
    pub call: Duration,
    /// How long the job system may still carry out a request whose sender is gone.
    pub server: Duration,
}

impl Default for WorstCase {
    /// 30 seconds for a call, and 60 for the job system.
    fn default() -> Self {
        Self {
            call: Duration::from_secs(30),
            server: Duration::from_secs(60),
        }
    }
}

/// Whether a job system takes numbers of ours for new jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnNumbers {
    /// It gives a new job the number that it is sent with, and refuses one that exists.
    Taken,
    /// It numbers its jobs itself.
    NotTaken {
        /// Why, as a sentence without its end, for whoever asked for it.
        reason: String,
    },
}

impl Default for OwnNumbers {
    fn default() -> Self {
        let reason = "the job system numbers its jobs itself".to_owned();
        Self::NotTaken { reason }
    }
}

/// What to create. Dates are civil dates in the practice's time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CreateJob {
    /// The client whose job it is.
    pub client: ClientId,
    /// The job's name.
    pub name: String,
    /// The job's description. Its last line holds the marker.
    pub description: String,
    /// The first day of the work.
    pub start: NaiveDate,
    /// The day the work is due.
    pub due: NaiveDate,
    /// The reference that ties invoices to the job (XPM's Client Order Number).
    pub reference: Option<String>,
    /// The first job template.
    pub template: Option<TemplateId>,
    /// The category.
    pub category: Option<CategoryId>,
    /// The budget, in the practice's currency.
    pub budget: Option<Decimal>,
    /// The number of ours that the job is to have; `None` where the job system numbers it.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub number: Option<JobNumber>,
}
// An absent field is left out, so that orders of before there were numbers keep their digests.
canonical!(struct CreateJob { client, name, description, start, due, reference, template, category, budget, number });

/// Who works on a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Team {
    /// The partner to set; `None` leaves the job's partner as it is.
    pub partner: Option<StaffId>,
    /// The manager to set; `None` leaves the job's manager as it is.
    pub manager: Option<StaffId>,
    /// The staff to add.
    pub staff: BTreeSet<StaffId>,
}
canonical!(struct Team { partner, manager, staff });

impl Team {
    /// Whether there is nobody to assign.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.partner.is_none() && self.manager.is_none() && self.staff.is_empty()
    }

    /// What of this team the job does not have yet.
    #[must_use]
    pub fn missing_from(&self, job: &Job) -> Self {
        Self {
            partner: self.partner.filter(|p| job.partner != Some(*p)),
            manager: self.manager.filter(|m| job.manager != Some(*m)),
            staff: self.staff.difference(&job.staff).copied().collect(),
        }
    }
}

/// A job as the job system shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The number that people know it by.
    pub number: JobNumber,
    /// Its UUID.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// Its description; `None` where the answer left it out, as summary rows may.
    pub description: Option<String>,
    /// Its client, where the answer names it.
    pub client: Option<ClientId>,
    /// The reference (Client Order Number), where it has one.
    pub reference: Option<String>,
    /// Its state as the job system names it, such as `Planned`.
    pub state: String,
    /// The first day of the work, where known.
    pub start: Option<NaiveDate>,
    /// The day the work is due, where known.
    pub due: Option<NaiveDate>,
    /// Its partner.
    pub partner: Option<StaffId>,
    /// Its manager.
    pub manager: Option<StaffId>,
    /// The staff assigned to it.
    pub staff: BTreeSet<StaffId>,
    /// The names of its tasks, in order; `None` where the answer left tasks out.
    pub tasks: Option<Vec<String>>,
}

/// The jobs of one look-up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobList {
    /// The jobs, in the order given.
    pub jobs: Vec<Job>,
}

impl JobList {
    /// Whether every row has its description, so that a marker that is not found is not there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.jobs.iter().all(|job| job.description.is_some())
    }
}

/// A part of the job system's directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum DirectoryPart {
    /// Clients.
    Clients,
    /// Staff.
    Staff,
    /// Job templates.
    Templates,
    /// Job categories.
    Categories,
}
canonical!(
    enum DirectoryPart {
        Clients,
        Staff,
        Templates,
        Categories,
    }
);

/// One page of a part of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryPage {
    /// The rows.
    pub rows: Vec<DirectoryRow>,
    /// Where to go on; `None` at the end.
    pub next: Option<String>,
}

/// One row of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DirectoryRow {
    /// The job system's UUID.
    pub id: uuid::Uuid,
    /// The name.
    pub name: String,
    /// The e-mail address; staff have one.
    pub email: Option<String>,
}
canonical!(struct DirectoryRow { id, name, email });

/// A client as the job system lists it, whether in use or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedClient {
    /// The client.
    pub row: DirectoryRow,
    /// Whether it is in use.
    pub standing: Standing,
}

/// An answer, with what came beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// What the call cost and what is left.
    pub observed: Observed,
}

/// What a call told about the call budget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Observed {
    /// How many requests were made: one, or more where an expired token was replaced.
    pub calls: u32,
    /// Calls left in the current minute; `None` where the answer did not say.
    pub minute_left: Option<u32>,
    /// Calls left today; `None` where the answer did not say.
    pub day_left: Option<u32>,
    /// The job system's own name for this exchange, for its support desk.
    pub correlation: Option<String>,
}
canonical!(struct Observed { calls, minute_left, day_left, correlation });

/// Whether a call that failed may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It was not carried out, and will not be until a person changes something.
    Never,
    /// It was not carried out; the same may work later.
    Backoff,
    /// It was not carried out; the job system said how long to wait.
    After(Duration),
    /// It may have been carried out. A write is not repeated before a look-up.
    Uncertain,
}

/// A call that did not succeed.
///
/// `Display` is a sentence for the people of the practice: what happened and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{failure}")]
pub struct GatewayError {
    /// What happened.
    pub failure: Failure,
    /// What the call cost and what is left, as far as known.
    pub observed: Observed,
    /// The adapter's own error.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl GatewayError {
    /// An error that cost one request.
    #[must_use]
    pub fn new(failure: Failure) -> Self {
        Self {
            failure,
            observed: Observed {
                calls: 1,
                ..Observed::default()
            },
            source: None,
        }
    }

    /// Whether the call may be repeated.
    #[must_use]
    pub fn class(&self) -> Class {
        self.failure.class()
    }
}

/// What happened to a call that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The job system answered and refused, in its own words.
    ///
    /// On `create_job` the job may exist all the same (it is not known whether a bad template
    /// leaves one behind), so the ledger looks before it sends again.
    #[error("XPM refused it: {text}")]
    Refused {
        /// The job system's words, and what to do where that is known.
        text: String,
    },
    /// The practice is not connected, or its connection was revoked or has expired.
    #[error("the practice is not connected to XPM: {text}; reconnect it on the practice's page")]
    NotConnected {
        /// What the sign-in service said.
        text: String,
    },
    /// The connection may not do this.
    #[error(
        "XPM does not allow this connection to do that: {text}; reconnect with every permission"
    )]
    Forbidden {
        /// What the job system said.
        text: String,
    },
    /// A call limit is used up.
    #[error("XPM's {limit} call limit is used up; it goes on by itself")]
    RateLimited {
        /// Which limit.
        limit: Limit,
        /// How long to wait, where the job system said so.
        retry_after: Option<Duration>,
    },
    /// No connection could be made, so nothing was sent.
    #[error("XPM could not be reached: {text}; it is tried again by itself")]
    Unreachable {
        /// What the network said.
        text: String,
    },
    /// The request went out and no trustworthy answer came back.
    #[error("XPM's reply was lost: {text}; it is looked up before anything is sent again")]
    ReplyLost {
        /// What was seen instead of an answer.
        text: String,
    },
}

impl Failure {
    /// Whether the call may be repeated.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Refused { .. } | Self::NotConnected { .. } | Self::Forbidden { .. } => {
                Class::Never
            }
            Self::RateLimited {
                retry_after: Some(wait),
                ..
            } => Class::After(*wait),
            Self::RateLimited {
                retry_after: None, ..
            }
            | Self::Unreachable { .. } => Class::Backoff,
            Self::ReplyLost { .. } => Class::Uncertain,
        }
    }
}

/// A call limit of the job system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Calls at the same time, for one practice.
    Concurrent,
    /// Calls a minute, for one practice.
    Minute,
    /// Calls a day, for one practice.
    Day,
    /// Calls a minute, for all practices together.
    Application,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Concurrent => "concurrent",
            Self::Minute => "minute",
            Self::Day => "daily",
            Self::Application => "application-wide",
        })
    }
}
