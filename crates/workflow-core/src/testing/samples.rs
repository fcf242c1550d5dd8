//! Records to test with: each is made by the same events as in life, and small numbers name them.
//!
//! Texts that are no identity or no name make them panic.
#![expect(
    clippy::missing_panics_doc,
    reason = "what is given to a sample is sound, or the test that gives it is wrong"
)]

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::audit::{Actor, Change, Event, Line, Subject};
use crate::billing::{BillingLevel, Level, LevelOf, Reference};
use crate::calendar::WorkingCalendar;
use crate::deployment::{
    Deployment, Digest, Fence, Hold, How, JobOrder, JobRef, Marker, Rank, StepKind, Then, Trouble,
};
use crate::ids::{ClientId, HolderId, JobId, PersonId, PracticeId, ProposalId, WorkflowId};
use crate::ports::gateway::{CreateJob, DirectoryPart, DirectoryRow, Team};
use crate::practice::{Client, Listing, Person, Practice, Standing};
use crate::proposal::{InvoiceGrouping, Proposal, ProposalState, Service};
use crate::recurrence::Recurrence;
use crate::text::{Name, Reason};
use crate::timing::{Dates, FinancialYearEnd, PlacingFacts, Timing};
use crate::tokens::TextTemplate;
use crate::workflow::{
    Cell, Gate, MissedRuns, Next, Occurrence, Origin, PlacedBy, Plan, Schedule, Settings, Workflow,
    WorkflowEvent,
};
use crate::zone::ZoneName;

const SOUND: &str = "a sample is sound";

/// 1 January 2026, or so many days after it.
#[must_use]
pub fn day(number: u32) -> NaiveDate {
    NaiveDate::from_yo_opt(2026, 1).expect(SOUND) + Days::new(u64::from(number))
}

/// The first instant of 1 January 2026, or so many minutes after it.
#[must_use]
pub fn minute(number: i64) -> DateTime<Utc> {
    day(0).and_time(chrono::NaiveTime::MIN).and_utc() + TimeDelta::minutes(number)
}

/// A practice's identity, from its text.
#[must_use]
pub fn practice_id(text: &str) -> PracticeId {
    text.parse().expect(SOUND)
}

/// A holder's identity, from its text.
#[must_use]
pub fn holder(text: &str) -> HolderId {
    text.parse().expect(SOUND)
}

/// A client's identity.
#[must_use]
pub fn client_id(number: u32) -> ClientId {
    ClientId::new(uuid(0xC, number))
}

/// A workflow's identity; they rise with their numbers.
#[must_use]
pub fn workflow_id(number: u32) -> WorkflowId {
    WorkflowId::new(uuid(0xF, number))
}

/// A proposal's identity.
#[must_use]
pub fn proposal_id(number: u32) -> ProposalId {
    format!("P-{number:03}").parse().expect(SOUND)
}

/// A person's identity.
#[must_use]
pub fn person_id(number: u32) -> PersonId {
    format!("person {number:03}").parse().expect(SOUND)
}

/// A UUID of one kind of thing; they rise with their numbers.
#[must_use]
pub fn uuid(kind: u8, number: u32) -> Uuid {
    Uuid::from_u128(u128::from(kind) << 120 | 0x7000_8000 << 48 | u128::from(number))
}

/// A practice as it is when it was set up.
#[must_use]
pub fn practice(id: &PracticeId) -> Practice {
    let name = Name::new("Harbour & Co").expect(SOUND);
    Practice::new(id.clone(), name, ZoneName::utc(), calendar())
}

fn calendar() -> WorkingCalendar {
    WorkingCalendar::new("Weekends", 1).expect(SOUND)
}

/// A client of that name.
#[must_use]
pub fn client(number: u32, name: &str) -> Client {
    Client {
        id: client_id(number),
        name: Name::new(name).expect(SOUND),
        year_end: FinancialYearEnd::JUNE,
        standing: Standing::Current,
    }
}

/// A person who is not linked to XPM's staff.
#[must_use]
pub fn person(number: u32) -> Person {
    Person {
        id: person_id(number),
        name: Name::new(format!("Person {number}")).expect(SOUND),
        email: Some(format!("p{number}@example.com")),
        staff: None,
    }
}

/// A row of XPM's directory.
#[must_use]
pub fn listing(part: DirectoryPart, number: u32) -> Listing {
    let row = DirectoryRow {
        id: uuid(0xD, number),
        name: format!("Row {number}"),
        email: None,
    };
    let standing = Standing::Current;
    Listing {
        part,
        row,
        standing,
    }
}

/// A proposal that is accepted, with one service.
#[must_use]
pub fn proposal(number: u32, client: ClientId) -> Proposal {
    let service = Service {
        id: "BAS".parse().expect(SOUND),
        name: Name::new("BAS").expect(SOUND),
        templates: Vec::new(),
    };
    Proposal {
        id: proposal_id(number),
        client,
        name: Name::new(format!("Proposal {number}")).expect(SOUND),
        state: ProposalState::Accepted { on: day(0) },
        starts_on: None,
        grouping: InvoiceGrouping::Proposal,
        services: vec![service],
    }
}

/// A level that nobody is nominated for, with the reference of that number.
#[must_use]
pub fn level(of: LevelOf, number: u64) -> Level {
    // The prefix is left out of account, so that levels of both kinds can share a reference.
    let text = Reference::generate(&LevelOf::Client(client_id(0)), number).to_string();
    Level {
        of,
        reference: text.try_into().expect(SOUND),
        nominee: None,
    }
}

/// A workflow by hand that deploys monthly and is not placed in time: it wakes for nothing, and
/// is inactive, since nothing further is known of it.
#[must_use]
pub fn workflow(number: u32, client: ClientId) -> Workflow {
    workflow_from(number, client, Origin::Hand)
}

/// A workflow like [`workflow`], made from a proposal that was accepted.
#[must_use]
pub fn workflow_of_proposal(number: u32, client: ClientId, proposal: ProposalId) -> Workflow {
    let service = None;
    workflow_from(number, client, Origin::Proposal { proposal, service })
}

fn workflow_from(number: u32, client: ClientId, origin: Origin) -> Workflow {
    Workflow::added(workflow_id(number), &added(client, origin)).expect(SOUND)
}

/// The event that adds a monthly workflow.
#[must_use]
pub fn added(client: ClientId, origin: Origin) -> WorkflowEvent {
    let rule = Recurrence::monthly().from(day(0)).build().expect(SOUND);
    WorkflowEvent::Added {
        client,
        origin,
        settings: Box::new(Settings::named(TextTemplate::literal("Bookkeeping"))),
        billing: BillingLevel::NonBilling,
        plan: Box::new(Plan {
            schedule: Schedule::Recurring(rule),
            timing: Timing::default(),
            deploys_from: day(0),
            missed: MissedRuns::All,
        }),
        gate: Gate::Open { starts: None },
        duplicate_of: None,
    }
}

/// A workflow like [`workflow`] that deploys next at that instant: it is active, and due then.
#[must_use]
pub fn workflow_due(number: u32, client: ClientId, at: DateTime<Utc>) -> Workflow {
    let mut workflow = workflow(number, client);
    workflow.apply(&next_placed(at));
    workflow
}

/// The event that places the next occurrence, on the UTC day of that instant.
#[must_use]
pub fn next_placed(at: DateTime<Utc>) -> WorkflowEvent {
    let nominal = at.date_naive();
    WorkflowEvent::NextPlaced {
        next: Some(Box::new(Next {
            occurrence: Occurrence::On(nominal),
            dates: dates(nominal),
            deploy_at: at,
            placed_by: PlacedBy {
                calendar: 1,
                zone: u64::MAX,
            },
        })),
        handled: None,
    }
}

/// The civil dates of an occurrence that starts, and is due, on its nominal date.
#[must_use]
pub fn dates(nominal: NaiveDate) -> Dates {
    let facts = PlacingFacts {
        calendar: &calendar(),
        financial_year_end: FinancialYearEnd::JUNE,
    };
    Timing::default().place(nominal, &facts).expect(SOUND)
}

/// How far a sample deployment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Begun by its time, with nothing sent: it wakes at its instant.
    Begun,
    /// Begun because a person asked for it.
    Asked,
    /// Held for a person.
    Held,
    /// The intent of its first step is written: it wakes a minute later.
    Intended,
    /// Refused for good: it waits for a person.
    Failed,
    /// The reply to its first call was lost: it is looked up two minutes later.
    Uncertain,
    /// The job exists, and people are to be assigned.
    HalfDone,
    /// The job exists as it should.
    Deployed,
    /// Given up by a person, with nothing sent.
    GivenUp,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Begun,
        Self::Asked,
        Self::Held,
        Self::Intended,
        Self::Failed,
        Self::Uncertain,
        Self::HalfDone,
        Self::Deployed,
        Self::GivenUp,
    ];
}

/// The deployment of an occurrence that became due at that instant.
#[must_use]
pub fn deployment(
    workflow: u32,
    occurrence: Occurrence,
    at: DateTime<Utc>,
    stage: Stage,
) -> Deployment {
    let events = deployment_events(workflow, occurrence, at, stage);
    let begun = Deployment::begun(workflow_id(workflow), client_id(0), &events[0]);
    let mut deployment = begun.expect(SOUND);
    for event in &events[1..] {
        deployment.apply(event);
    }
    deployment
}

/// The events that bring a deployment to a stage.
#[must_use]
pub fn deployment_events(
    workflow: u32,
    occurrence: Occurrence,
    at: DateTime<Utc>,
    stage: Stage,
) -> Vec<WorkflowEvent> {
    let nominal = occurrence.nominal().unwrap_or_else(|| at.date_naive());
    let marker = Marker::of(&practice_id("acme"), workflow_id(workflow), occurrence);
    let begun = WorkflowEvent::Begun {
        occurrence,
        dates: dates(nominal),
        deploy_at: at,
        cell: Cell {
            occurrence,
            from: nominal,
            until: None,
        },
        rank: match stage {
            Stage::Asked => Rank::Asked,
            _ => Rank::Scheduled,
        },
        marker: marker.clone(),
        held: (stage == Stage::Held).then_some(Hold::MissedRun),
    };
    let intended = WorkflowEvent::Intended {
        occurrence,
        step: 0,
        kind: StepKind::Create,
        fence: Fence(1),
        request: Digest::of(&[b"request"]),
        order: Some(Box::new(order(&marker, nominal))),
        overdue_at: at + TimeDelta::minutes(1),
    };
    let trouble = Trouble {
        sentence: "XPM refused it: no such client".to_owned(),
        correlation: Some("c-1".to_owned()),
        at,
    };
    let step = 0;
    let done = WorkflowEvent::Done {
        occurrence,
        step,
        how: How::Answered,
        job: job_ref(workflow),
        tasks: Some(vec!["Reconcile".to_owned(), "Review".to_owned()]),
    };
    let mut events = vec![begun];
    match stage {
        Stage::Begun | Stage::Asked | Stage::Held => {}
        Stage::Intended => events.push(intended),
        Stage::Failed => events.extend([
            intended,
            WorkflowEvent::Refused {
                occurrence,
                step,
                trouble,
                then: Then::AwaitPerson,
            },
        ]),
        Stage::Uncertain => events.extend([
            intended,
            WorkflowEvent::ReplyLost {
                occurrence,
                step,
                trouble,
                look_up_at: at + TimeDelta::minutes(2),
            },
        ]),
        Stage::HalfDone => events.extend([intended, done]),
        Stage::Deployed => {
            let job = job_ref(workflow);
            events.extend([intended, done, WorkflowEvent::Deployed { occurrence, job }]);
        }
        Stage::GivenUp => events.push(WorkflowEvent::GivenUp {
            occurrence,
            reason: Reason::new("done by hand").expect(SOUND),
        }),
    }
    events
}

fn order(marker: &Marker, nominal: NaiveDate) -> JobOrder {
    JobOrder {
        create: CreateJob {
            client: client_id(0),
            name: "Bookkeeping".to_owned(),
            description: marker.written_under("By the book"),
            start: nominal,
            due: nominal,
            reference: Some("CLI-00000001".to_owned()),
            template: Some(crate::ids::TemplateId::new(uuid(0xA, 1))),
            category: Some(crate::ids::CategoryId::new(uuid(0xB, 1))),
            budget: Some(rust_decimal::Decimal::new(125_050, 2)),
        },
        templates: vec![crate::ids::TemplateId::new(uuid(0xA, 2))],
        team: Team {
            partner: Some(crate::ids::StaffId::new(uuid(0xE, 1))),
            ..Team::default()
        },
    }
}

/// The job that a sample deployment made.
#[must_use]
pub fn job_ref(workflow: u32) -> JobRef {
    JobRef {
        number: format!("J{workflow:06}").parse().expect(SOUND),
        id: JobId::new(uuid(0x9, workflow)),
    }
}

/// A line of the audit about a client, at that minute.
#[must_use]
pub fn line(client: &Client, at: i64) -> Line {
    Line {
        at: minute(at),
        actor: Actor::person("Ada Byron"),
        subject: Subject::Client(client.id),
        event: Event::Client(Change::new(client.clone())),
    }
}

/// A line of the audit about a workflow, at that minute.
#[must_use]
pub fn workflow_line(workflow: u32, event: WorkflowEvent, at: i64) -> Line {
    Line {
        at: minute(at),
        actor: Actor::Scheduler,
        subject: Subject::Workflow(workflow_id(workflow)),
        event: Event::Workflow(event),
    }
}
