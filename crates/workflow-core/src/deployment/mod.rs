//! The deployment: the record of deploying one occurrence, step by step.
//!
//! It is a ledger. Before each call there is an intent; after it a result; and what became of a
//! call whose reply was lost is looked up before anything is sent again. [`Deployment::action`]
//! says what to do next, [`conclude`] turns what came of it into events.

mod apply;
pub mod conclude;
mod marker;
mod order;

#[cfg(feature = "proptest")]
mod strategies;

use std::fmt;

use chrono::{DateTime, Utc};

pub use self::marker::Marker;
pub(crate) use self::order::token_facts;
pub use self::order::{JobOrder, OrderError, OrderFacts};
#[cfg(feature = "proptest")]
pub use self::strategies::{
    arb_begun, arb_deployment, arb_job_order, arb_job_ref, arb_ledger_event, arb_team, arb_trouble,
};
use crate::canonical::canonical;
use crate::ids::{ClientId, JobId, JobNumber, TemplateId, WorkflowId};
use crate::ports::gateway::Team;
use crate::text::Reason;
use crate::timing::Dates;
use crate::workflow::Occurrence;

/// The record of deploying one occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Deployment {
    pub(crate) workflow: WorkflowId,
    pub(crate) occurrence: Occurrence,
    pub(crate) client: ClientId,
    pub(crate) dates: Dates,
    pub(crate) deploy_at: DateTime<Utc>,
    pub(crate) rank: Rank,
    pub(crate) marker: Marker,
    pub(crate) phase: Phase,
    /// When the scheduler has to look at it again; `None` where it waits for a person, or ended.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) wake: Option<DateTime<Utc>>,
    /// What the occurrence sends, frozen by the first intent.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) order: Option<JobOrder>,
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub(crate) steps: Vec<Step>,
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) job: Option<JobRef>,
    /// The job's tasks as last seen: by them an uncertain template is told from one not applied.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) tasks: Option<Vec<String>>,
    /// The last thing that went wrong.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) trouble: Option<Trouble>,
    /// Tries in a row that a retry could cure and did not.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "is_zero"))]
    pub(crate) tries: u32,
    /// The jobs in XPM that bear the marker, once there was more than one.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub(crate) duplicates: Vec<JobRef>,
}

#[cfg(feature = "serde")]
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Deployment {
    /// The workflow that deploys.
    #[must_use]
    pub fn workflow(&self) -> WorkflowId {
        self.workflow
    }

    /// The occurrence that is deployed.
    #[must_use]
    pub fn occurrence(&self) -> Occurrence {
        self.occurrence
    }

    /// The client whose job it is.
    #[must_use]
    pub fn client(&self) -> ClientId {
        self.client
    }

    /// The occurrence's civil dates.
    #[must_use]
    pub fn dates(&self) -> &Dates {
        &self.dates
    }

    /// When it became due.
    #[must_use]
    pub fn deploy_at(&self) -> DateTime<Utc> {
        self.deploy_at
    }

    /// Whether a person asked for it.
    #[must_use]
    pub fn rank(&self) -> Rank {
        self.rank
    }

    /// What its job is found by.
    #[must_use]
    pub fn marker(&self) -> &Marker {
        &self.marker
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// When the scheduler has to look at it again; `None` where it waits for a person, or ended.
    #[must_use]
    pub fn wake(&self) -> Option<DateTime<Utc>> {
        self.wake
    }

    /// What the occurrence sends; `None` until the first intent freezes it.
    #[must_use]
    pub fn order(&self) -> Option<&JobOrder> {
        self.order.as_ref()
    }

    /// The ledger; empty until the first intent.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The job, once it is known.
    #[must_use]
    pub fn job(&self) -> Option<&JobRef> {
        self.job.as_ref()
    }

    /// The last thing that went wrong, while it matters.
    #[must_use]
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Tries in a row that a retry could cure and did not.
    #[must_use]
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// The jobs in XPM that bear the marker, once there was more than one; kept after a person
    /// said which of them it is.
    #[must_use]
    pub fn duplicates(&self) -> &[JobRef] {
        &self.duplicates
    }

    /// The job template of whose application only a person can tell: its reply was lost, and the
    /// job's tasks were changed in XPM meanwhile.
    #[must_use]
    pub fn untold_template(&self) -> Option<(u8, TemplateId)> {
        let (place, step) = self.current_step()?;
        let waits = self.phase == Phase::Failed && step.look_first && step.lost > 0;
        match step.kind {
            StepKind::ApplyTemplate { template } if waits => Some((place, template)),
            StepKind::ApplyTemplate { .. } | StepKind::Create | StepKind::Assign => None,
        }
    }

    /// The job's tasks as last seen, where an answer told.
    #[must_use]
    pub fn tasks(&self) -> Option<&[String]> {
        self.tasks.as_deref()
    }

    /// The number of ours that its job is sent with, frozen by the first intent; `None` where XPM
    /// numbers it.
    #[must_use]
    pub fn own_number(&self) -> Option<&JobNumber> {
        self.order.as_ref()?.create.number.as_ref()
    }

    /// The number of ours with which the create failed: a person may have XPM number the job
    /// instead.
    #[must_use]
    pub fn droppable_number(&self) -> Option<&JobNumber> {
        let (_, step) = self.current_step()?;
        let waits = self.phase == Phase::Failed && step.kind == StepKind::Create;
        self.own_number().filter(|_| waits)
    }

    /// The number by which that step, a create, is looked up: at first by the one exact read that
    /// a number of ours allows. What that does not find is looked for by its marker before it is
    /// sent again, so that a job system which does not keep to our numbers makes no second job.
    pub(crate) fn number_to_look_up(&self, step: &Step) -> Option<&JobNumber> {
        let first = step.looked == 0 && step.kind == StepKind::Create;
        self.own_number().filter(|_| first)
    }

    /// Whether anything was ever uncertain about it: then the next day's sweep looks once more.
    #[must_use]
    pub fn was_uncertain(&self) -> bool {
        self.steps.iter().any(|step| step.lost > 0)
    }

    /// The first step that is not done, by its place in the ledger.
    #[must_use]
    pub fn current_step(&self) -> Option<(u8, &Step)> {
        let at = self
            .steps
            .iter()
            .position(|step| !matches!(step.state, StepState::Done { .. }))?;
        Some((u8::try_from(at).ok()?, &self.steps[at]))
    }

    /// What to do next, at `now`, about a deployment that has no call under way.
    #[must_use]
    pub fn action(&self, now: DateTime<Utc>) -> Action {
        if self.wake.is_none_or(|wake| wake > now) {
            return Action::Wait;
        }
        let Some((step, current)) = self.current_step() else {
            return if self.order.is_some() {
                Action::Wait
            } else {
                Action::Prepare
            };
        };
        match &current.state {
            StepState::Pending if current.look_first => Action::LookUp { step },
            StepState::Pending => Action::Send { step },
            StepState::Intended { .. } => Action::Abandon { step },
            StepState::Done { .. } => Action::Wait,
            StepState::Uncertain | StepState::Refused => Action::LookUp { step },
        }
    }
}

/// What to do next about a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing, now.
    Wait,
    /// Make the order from the workflow's settings, write the first intent, and send it.
    Prepare,
    /// Write the intent of that step, and send it.
    Send {
        /// The step, by its place in the ledger.
        step: u8,
    },
    /// There is an intent without a result, and no call is under way: it becomes uncertain.
    Abandon {
        /// The step, by its place in the ledger.
        step: u8,
    },
    /// Look up what became of that step.
    LookUp {
        /// The step, by its place in the ledger.
        step: u8,
    },
}

/// Where a deployment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Phase {
    /// It goes on by itself: now, or when a retry is due.
    Running,
    /// It is not known whether a call was carried out; it is looked up by itself.
    Uncertain,
    /// It waits for a person, who can retry, adopt a job by its number, or give up.
    Failed,
    /// It waits for a person to release it.
    Held(Hold),
    /// The job exists as it should.
    Deployed,
    /// A person gave it up.
    GivenUp {
        /// Why.
        reason: Reason,
    },
    /// More than one job in XPM bears its marker; a person says which of them is kept.
    Duplicated,
}
canonical!(enum Phase {
    Running, Uncertain, Failed, Held(hold), Deployed, GivenUp { reason }, Duplicated
});

impl Phase {
    /// Whether nothing further happens.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Deployed | Self::GivenUp { .. })
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running",
            Self::Uncertain => "uncertain",
            Self::Failed => "failed",
            Self::Held(_) => "held",
            Self::Deployed => "deployed",
            Self::GivenUp { .. } => "given up",
            Self::Duplicated => "attention",
        })
    }
}

/// Why a deployment is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Hold {
    /// It was missed while nothing ran, and the workflow holds what was missed.
    MissedRun,
    /// Its due date would come before its start date; released, it is due on its start date.
    DueBeforeStart,
}
canonical!(
    enum Hold {
        MissedRun,
        DueBeforeStart,
    }
);

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MissedRun => "it was missed while nothing ran, and this workflow holds such dates",
            Self::DueBeforeStart => {
                "its due date would come before its start date; released, it is due on its start date"
            }
        })
    }
}

/// Whether a person asked for a deployment: then it goes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Rank {
    /// A person asked for it.
    Asked,
    /// Its time came.
    #[default]
    Scheduled,
}
canonical!(
    enum Rank {
        Asked,
        Scheduled,
    }
);

/// One step of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// Where it stands.
    pub state: StepState,
    /// How often it was sent.
    pub sends: u32,
    /// How often a reply was lost.
    pub lost: u32,
    /// Look-ups in a row that found nothing, since it was last sent.
    pub looked: u32,
    /// Whether a look-up has to come before the next send.
    pub look_first: bool,
    /// What is still to be assigned; `None` for all of it.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub missing: Option<Team>,
}

impl Step {
    pub(crate) fn new(kind: StepKind) -> Self {
        Self {
            kind,
            state: StepState::Pending,
            sends: 0,
            lost: 0,
            looked: 0,
            look_first: false,
            missing: None,
        }
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum StepKind {
    /// Creates the job, with its first job template.
    Create,
    /// Applies a further job template.
    ApplyTemplate {
        /// Which one.
        template: TemplateId,
    },
    /// Assigns partner, manager and staff.
    Assign,
}
canonical!(enum StepKind { Create, ApplyTemplate { template }, Assign });

impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create the job",
            Self::ApplyTemplate { .. } => "apply a job template",
            Self::Assign => "assign people",
        })
    }
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum StepState {
    /// Not carried out.
    Pending,
    /// An intent is written and its result is not: the call is being made, or its maker is dead.
    Intended {
        /// The lease that the call is made under.
        fence: Fence,
    },
    /// It may have been carried out.
    Uncertain,
    /// Carried out.
    Done {
        /// How.
        how: How,
    },
    /// A create with a number of ours was refused. Since that may mean that the number exists, it
    /// is looked up before a person decides.
    Refused,
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Intended { .. } => "running",
            Self::Uncertain => "uncertain",
            Self::Done { .. } => "done",
            Self::Refused => "refused",
        })
    }
}

/// How a step came to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum How {
    /// XPM answered the call.
    Answered,
    /// Its reply was lost, and a look-up found it done.
    FoundDone,
    /// A person named the job.
    Adopted,
    /// A person looked in XPM and said so.
    Told,
}
canonical!(
    enum How {
        Answered,
        FoundDone,
        Adopted,
        Told,
    }
);

/// A job in XPM.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JobRef {
    /// The number that people know it by.
    pub number: JobNumber,
    /// Its UUID.
    pub id: JobId,
}
canonical!(struct JobRef { number, id });

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Trouble {
    /// A sentence for the people of the practice: what happened and what to do.
    pub sentence: String,
    /// The job system's own name for the exchange, for its support desk.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub correlation: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}
canonical!(struct Trouble { sentence, correlation, at });

/// What follows when a step did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Then {
    /// It is sent again.
    SendAgain {
        /// When.
        at: DateTime<Utc>,
    },
    /// It is looked up again.
    LookAgain {
        /// When.
        at: DateTime<Utc>,
    },
    /// A person decides; the next send is preceded by a look-up.
    AwaitPerson,
    /// The look-up found it done; the event that says so follows.
    Settled,
}
canonical!(enum Then { SendAgain { at }, LookAgain { at }, AwaitPerson, Settled });

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Found {
    /// It was not carried out, as far as can be seen.
    Nothing,
    /// It was carried out.
    Done,
    /// It was carried out in part, or the job looks otherwise than expected.
    Partly {
        /// What is seen.
        what: String,
    },
    /// More than one job bears the marker.
    Several {
        /// They are.
        jobs: Vec<JobRef>,
    },
    /// The look-up could not be made, or its answer was incomplete.
    Unknown {
        /// Why.
        trouble: Trouble,
    },
    /// The number that it was sent with is that of a job without its marker: somebody else's.
    NumberTaken {
        /// The job that has the number.
        job: JobRef,
        /// What that job is called.
        name: String,
    },
}
canonical!(enum Found {
    Nothing, Done, Partly { what }, Several { jobs }, Unknown { trouble }, NumberTaken { job, name }
});

/// The number of a lease: a write under an older one than the store's is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Fence(pub u64);
canonical!(newtype Fence);

/// A SHA-256 digest, as 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Digest(String);
canonical!(newtype Digest);

const HEX: &[u8; 16] = b"0123456789abcdef";

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        use sha2::Digest as _;
        let mut hasher = sha2::Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        let mut hex = String::with_capacity(64);
        for byte in hasher.finalize() {
            hex.extend([byte >> 4, byte & 15].map(|half| char::from(HEX[usize::from(half)])));
        }
        Self(hex)
    }

    /// The 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes back what [`Digest::as_str`] gave.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        let fits = hex.len() == 64
            && hex
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then(|| Self(hex.to_owned()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({}…)", self.0.get(..12).unwrap_or(&self.0))
    }
}
