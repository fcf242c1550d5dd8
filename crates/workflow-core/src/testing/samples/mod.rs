//! Records to test with: each is made by the same events as in life, and small numbers name them.
//!
//! Texts that are no identity or no name make them panic.
#![expect(
    clippy::missing_panics_doc,
    reason = "what is given to a sample is sound, or the test that gives it is wrong"
)]

mod deployments;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

pub use self::deployments::{Stage, deployment, deployment_events, job_ref};
use crate::access::{Access, Role};
use crate::audit::{Actor, Change, Event, Line, Subject};
use crate::billing::{BillingLevel, Level, LevelOf, Reference};
use crate::calendar::WorkingCalendar;
use crate::ids::{ClientId, HolderId, PersonId, PracticeId, ProposalId, WorkflowId};
use crate::ports::gateway::{DirectoryPart, DirectoryRow};
use crate::practice::{Client, Listing, Person, Practice, Standing};
use crate::proposal::{InvoiceGrouping, Proposal, ProposalState, Service};
use crate::recurrence::Recurrence;
use crate::text::Name;
use crate::timing::{Dates, FinancialYearEnd, PlacingFacts, Timing};
use crate::tokens::TextTemplate;
use crate::workflow::{
    Gate, MissedRuns, Next, Occurrence, Origin, PlacedBy, Plan, Schedule, Settings, Workflow,
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

/// What an account may do.
#[must_use]
pub fn access(number: u32) -> Access {
    Access {
        account: format!("p{number}@example.com").parse().expect(SOUND),
        role: Some(Role::ALL[number as usize % Role::ALL.len()]),
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
