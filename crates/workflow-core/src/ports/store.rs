//! The store: what is remembered. One write, [`Store::commit`], and narrow reads.
//!
//! The rules live in the core, so a store holds none of them: it checks a unit's guards, applies
//! the unit whole or not at all, and links its audit lines to the practice's chain.
//! `workflow_core::testing::store_suite!` shows that a store keeps this contract.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::access::{Access, Account};
use crate::audit::{Entry, Line, Subject};
use crate::billing::{Level, LevelOf, Reference};
use crate::budget::{Budget, BudgetChange};
use crate::deployment::{Deployment, Digest, Fence, JobRef, Marker, Rank};
use crate::directory::Directory;
use crate::ids::{ClientId, CommandKey, HolderId, PersonId, PracticeId, ProposalId, WorkflowId};
use crate::ports::gateway::DirectoryPart;
use crate::practice::{Client, DailyCalls, Listing, Person, Practice};
use crate::proposal::Proposal;
use crate::sweep::Sweep;
use crate::webhook::{Outbox, Webhooks};
use crate::workflow::{Occurrence, Workflow};

/// Remembers practices and all that belongs to them.
///
/// Every method names its practice and reaches nothing of another one.
///
/// **Cancelling** any method is allowed. A cancelled `commit` or `lease` may have taken effect.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Store: Debug + Send + Sync + 'static {
    /// Carries out a unit, durably, or changes nothing.
    ///
    /// **Atomic**: guards, records, budget and audit lines take effect together. The lines are
    /// linked to the practice's chain in the order given. **Repeat**: a unit whose `key` was
    /// committed before is not carried out again; the receipt of the first time is returned, with
    /// [`Receipt::repeated`] set. **Order**: units that were acknowledged are in the order of
    /// their acknowledgement.
    ///
    /// **Guards** are checked against what was there before the unit, in this order: the unit's
    /// size, its key, its fence, its versions (those that must be unchanged, then the puts, in the
    /// order given), its references, its jobs. The first that fails is the answer. So a repeat is
    /// answered with the first receipt whatever has changed since.
    ///
    /// # Errors
    ///
    /// * [`StoreError::Conflict`]: a record is not at the version that a put expects.
    /// * [`StoreError::FenceLost`]: the unit's fence is not that of the practice's lease, which is
    ///   so where nobody holds it: it was released, or its holder is surely dead. A lease that has
    ///   expired and that nobody else has taken still counts.
    /// * [`StoreError::OtherPractice`]: the unit puts the record of another practice.
    /// * [`StoreError::ReferenceTaken`]: another level of the practice has that reference.
    /// * [`StoreError::JobTaken`]: another deployment of the practice has that job.
    /// * [`StoreError::KeyReused`]: the key was used for something else.
    /// * [`StoreError::TooLarge`]: the unit has more than [`Unit::MOST`] records or lines.
    /// * [`StoreError::Unavailable`]: nothing is known; the same unit may be committed again only
    ///   if it has a key or its guards would stop a repeat.
    async fn commit(&self, practice: &PracticeId, unit: Unit) -> Result<Receipt, StoreError>;

    /// What the unit of that key did when it was committed, with [`Receipt::repeated`] set; `None`
    /// where none was. So a command that is given again is answered as it was the first time, and
    /// not decided anew.
    ///
    /// # Errors
    ///
    /// [`StoreError::KeyReused`] when the key was used for something else, and as [`Store::get`].
    async fn receipt(
        &self,
        practice: &PracticeId,
        once: &Once,
    ) -> Result<Option<Receipt>, StoreError>;

    /// One record and its version; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] when what is stored cannot be read; [`StoreError::Unavailable`].
    async fn get(
        &self,
        practice: &PracticeId,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, StoreError>;

    /// Several records, each in the place of its key, as [`Store::get`] answers for it. They need
    /// not be of one instant: what has to belong together is held together by a unit's guards.
    ///
    /// Unless a store says otherwise they are read one after another. One that can read them in
    /// one go makes every turn of a deployment faster.
    ///
    /// # Errors
    ///
    /// As [`Store::get`], of the first that fails.
    async fn get_all(
        &self,
        practice: &PracticeId,
        keys: &[Key],
    ) -> Result<Vec<Option<Versioned<Record>>>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(self.get(practice, key).await?);
        }
        Ok(found)
    }

    /// A page of records, in the order that the query states.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    async fn find(&self, practice: &PracticeId, query: &Query) -> Result<Page, StoreError>;

    /// What is due at `now`, at most `limit` items: what a person asked for first, then by the
    /// instant it became due, then by workflow, then by occurrence, the workflow itself first.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    async fn due(
        &self,
        practice: &PracticeId,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError>;

    /// Practices with something to wake for, the earliest first, at most `limit`; at most one row
    /// for each practice.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    async fn wakes(&self, limit: u32) -> Result<Vec<Wake>, StoreError>;

    /// All practices that have a record of their own, by id, after the one given, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    async fn practices(
        &self,
        after: Option<PracticeId>,
        limit: u32,
    ) -> Result<Vec<PracticeId>, StoreError>;

    /// Entries of the practice's audit, in the order of the chain unless the query says otherwise.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    async fn entries(
        &self,
        practice: &PracticeId,
        query: &EntryQuery,
    ) -> Result<Vec<Entry>, StoreError>;

    /// What the practice has spent; `None` before its first change.
    ///
    /// # Errors
    ///
    /// As [`Store::get`].
    async fn budget(&self, practice: &PracticeId) -> Result<Option<Budget>, StoreError>;

    /// Takes or renews the practice's lease.
    ///
    /// Granted where nobody holds it, where it has expired at `now`, where its holder is surely
    /// dead, or to its holder. A renewal keeps the fence; any other grant raises it, so that what
    /// the holder before wrote can no longer be added to.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotOwner`] where this process may not deploy; [`StoreError::Unavailable`].
    async fn lease(
        &self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError>;

    /// Gives a lease back, so that the next holder need not wait. Giving back what is not held
    /// does nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn release(&self, practice: &PracticeId, holder: &HolderId) -> Result<(), StoreError>;
}

/// Which version of a record is meant: 1 when new, and one more with each change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Version(pub u64);

impl Version {
    /// The version of what does not exist.
    pub const NONE: Self = Self(0);

    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A record with its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The version.
    pub version: Version,
    /// The record.
    pub value: T,
}

/// Everything that a store keeps by key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Record {
    /// The practice itself.
    Practice(Practice),
    /// A client.
    Client(Client),
    /// One of the practice's people.
    Person(Person),
    /// A row of XPM's directory.
    Listing(Listing),
    /// A proposal.
    Proposal(Proposal),
    /// A billing level.
    Level(Level),
    /// A workflow.
    Workflow(Box<Workflow>),
    /// A deployment.
    Deployment(Box<Deployment>),
    /// How far the practice's sweep came.
    Sweep(Sweep),
    /// How far the listing of XPM's directory came.
    Directory(Directory),
    /// Where webhooks are sent.
    Webhooks(Webhooks),
    /// How far the sending of webhooks came.
    Outbox(Outbox),
    /// What an account may do.
    Access(Access),
}

/// The key of a record within its practice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Key {
    /// The practice itself.
    Practice,
    /// A client.
    Client(ClientId),
    /// One of the practice's people.
    Person(PersonId),
    /// A row of XPM's directory.
    Listing(DirectoryPart, Uuid),
    /// A proposal.
    Proposal(ProposalId),
    /// A billing level.
    Level(LevelOf),
    /// A workflow.
    Workflow(WorkflowId),
    /// The deployment of an occurrence: one at most.
    Deployment(WorkflowId, Occurrence),
    /// How far the practice's sweep came.
    Sweep,
    /// How far the listing of XPM's directory came.
    Directory,
    /// Where webhooks are sent.
    Webhooks,
    /// How far the sending of webhooks came.
    Outbox,
    /// What an account may do.
    Access(Account),
}

impl Record {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::Practice(_) => Key::Practice,
            Self::Client(client) => Key::Client(client.id),
            Self::Person(person) => Key::Person(person.id.clone()),
            Self::Listing(listing) => Key::Listing(listing.part, listing.row.id),
            Self::Proposal(proposal) => Key::Proposal(proposal.id.clone()),
            Self::Level(level) => Key::Level(level.of.clone()),
            Self::Workflow(workflow) => Key::Workflow(workflow.id()),
            Self::Sweep(_) => Key::Sweep,
            Self::Directory(_) => Key::Directory,
            Self::Webhooks(_) => Key::Webhooks,
            Self::Outbox(_) => Key::Outbox,
            Self::Access(access) => Key::Access(access.account.clone()),
            Self::Deployment(deployment) => {
                Key::Deployment(deployment.workflow(), deployment.occurrence())
            }
        }
    }
}

/// A record to write, provided that it is still at the version expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// What to write.
    pub record: Record,
    /// The version that it has to have: [`Version::NONE`] where it must not exist.
    pub expected: Version,
}

/// A unit of work: all of it takes effect, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Makes the unit repeatable.
    pub once: Option<Once>,
    /// Records that are read only, and must still be at these versions.
    pub unchanged: Vec<(Key, Version)>,
    /// The lease that the unit is written under.
    pub fence: Option<Fence>,
    /// Records to write, each of them once: a second put of one record is a conflict.
    pub puts: Vec<Put>,
    /// A change of the practice's budget, with the day's limit for a budget that is new.
    pub budget: Option<(BudgetChange, DailyCalls)>,
    /// Lines to add to the practice's audit.
    pub lines: Vec<Line>,
}

impl Unit {
    /// The most records, and the most lines, that one unit may have.
    pub const MOST: usize = 100_000;
}

/// What makes a unit repeatable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The caller's key, remembered for good within the practice.
    pub key: CommandKey,
    /// What the key stands for: the same key with another digest is refused.
    pub command: Digest,
}

/// What a commit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The entries that the unit's lines became, in order.
    pub entries: Vec<Entry>,
    /// Whether the unit had been committed before, and nothing was done now.
    pub repeated: bool,
}

/// Which records to find. `after` is where the page before ended; a page has at most `limit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Which kind, and with which properties.
    pub of: Of,
    /// The cursor that the page before gave.
    pub after: Option<Cursor>,
    /// The most records in the page; at most [`Query::MOST`].
    pub limit: u32,
}

impl Query {
    /// The largest page.
    pub const MOST: u32 = 1_000;

    /// The first page, as large as allowed.
    #[must_use]
    pub fn of(of: Of) -> Self {
        Self {
            of,
            after: None,
            limit: Self::MOST,
        }
    }
}

/// What a query looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Clients, by name (as Unicode code points, lower-cased) and id.
    Clients {
        /// Only those whose lower-cased name holds this lower-cased text.
        named: Option<String>,
    },
    /// The practice's people, by id.
    People,
    /// Rows of one part of XPM's directory, by id.
    Listings(DirectoryPart),
    /// Proposals, by id.
    Proposals {
        /// Only those of this client.
        client: Option<ClientId>,
    },
    /// Workflows, by id, which is the order in which they were added.
    Workflows {
        /// Whose.
        whose: Whose,
        /// Only those that are active, or those that are not.
        activity: Option<Activity>,
    },
    /// Deployments of one workflow, by occurrence.
    Deployments {
        /// The workflow.
        workflow: WorkflowId,
    },
    /// Deployments that are not closed and wait for a person or a look-up (phases failed, held,
    /// uncertain and duplicated), by workflow and occurrence.
    Attention,
    /// Deployments due on days from one to another, both included, by the UTC day of `deploy_at`,
    /// then by workflow and occurrence.
    Deployed {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
    },
    /// The deployment with that marker: one at most.
    Bearing {
        /// The marker.
        marker: Marker,
    },
    /// What accounts may do, by account.
    Accesses,
}

/// Whose workflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The whole practice's.
    Everybody,
    /// One client's.
    Client(ClientId),
    /// Those made from one proposal.
    Proposal(ProposalId),
}

/// Active or inactive: see [`Workflow::status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Something still awaits deployment.
    Active,
    /// Nothing further is needed.
    Inactive,
}

/// Where a page ended. Opaque: only the store that made it reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// A page of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The records.
    pub records: Vec<Versioned<Record>>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

/// Which entries of the audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryQuery {
    /// Only those about this subject.
    pub subject: Option<Subject>,
    /// Only those after this place, in the order asked for.
    pub after: Option<u64>,
    /// In which order.
    pub order: EntryOrder,
    /// The most entries; at most [`Query::MOST`], which 0 stands for.
    pub limit: u32,
}

/// In which order entries are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntryOrder {
    /// In the order of the chain.
    #[default]
    OldestFirst,
    /// The newest first.
    NewestFirst,
}

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Whether a person asked for it.
    pub rank: Rank,
    /// The workflow.
    pub workflow: WorkflowId,
    /// The occurrence whose deployment is due; `None` where the workflow's next one, or the end
    /// of its pause, is.
    pub deployment: Option<Occurrence>,
}

/// When a practice has to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// The practice.
    pub practice: PracticeId,
    /// The earliest instant at which something of it is due.
    pub at: DateTime<Utc>,
}

/// A request for a practice's lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRequest {
    /// Who asks: new at each start.
    pub holder: HolderId,
    /// The present.
    pub now: DateTime<Utc>,
    /// For how long.
    pub time: TimeDelta,
}

/// A practice's lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Its number, which each write of its holder names.
    pub fence: Fence,
    /// When it was first granted to this holder: whoever held it before is surely dead since then.
    pub since: DateTime<Utc>,
    /// When it expires unless renewed.
    pub expires_at: DateTime<Utc>,
}

/// The answer to a request for a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseAnswer {
    /// It is the caller's.
    Granted(Lease),
    /// Somebody else has it.
    Held {
        /// Who.
        holder: HolderId,
        /// Until when, unless renewed.
        until: DateTime<Utc>,
    },
}

/// What a store may answer instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A record is not at the version expected: somebody else changed it first.
    #[error("{key:?} was changed by somebody else meanwhile")]
    Conflict {
        /// Which record.
        key: Box<Key>,
        /// The version that it has.
        found: Version,
    },
    /// The lease was lost: another holder has the practice.
    #[error("the practice's lease was lost to another holder")]
    FenceLost {
        /// The practice's current fence.
        current: Fence,
    },
    /// Another level of the practice has that reference.
    #[error("the reference {reference} is taken by another billing level")]
    ReferenceTaken {
        /// Which one.
        reference: Reference,
    },
    /// Another deployment of the practice has that job: a job in XPM is one occurrence's.
    #[error("the job {} is that of another occurrence, {occurrence} of workflow {workflow}", job.number)]
    JobTaken {
        /// The job.
        job: JobRef,
        /// The workflow that has it.
        workflow: WorkflowId,
        /// The occurrence that has it.
        occurrence: Occurrence,
    },
    /// A practice's own record was to be put into another practice.
    #[error("the record of practice {found} cannot be put into practice {practice}")]
    OtherPractice {
        /// The practice that the unit is for.
        practice: PracticeId,
        /// The practice whose record it is.
        found: PracticeId,
    },
    /// The command key was used for something else.
    #[error("the command key {key} was used for something else")]
    KeyReused {
        /// Which one.
        key: CommandKey,
    },
    /// The unit is larger than allowed.
    #[error("a unit may have {most} records and lines at most, this one has {found}")]
    TooLarge {
        /// The most allowed.
        most: usize,
        /// How many it has.
        found: usize,
    },
    /// Another process owns the database, and only its owner may do this.
    #[error("{owner} owns the database, and only its owner may deploy")]
    NotOwner {
        /// Who owns it.
        owner: String,
    },
    /// What is stored cannot be read. Nothing was changed.
    #[error("what is stored of {what} cannot be read: {reason}")]
    Damaged {
        /// Which record or entry.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store did not answer; it is not known whether the call took effect.
    #[error("the store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
