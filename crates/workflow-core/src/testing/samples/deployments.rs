//! Sample deployments, brought to each stage by the events of the ledger.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::{SOUND, client_id, dates, practice_id, uuid, workflow_id};
use crate::deployment::{
    Deployment, Digest, Fence, Hold, How, JobOrder, JobRef, Marker, Rank, StepKind, Then, Trouble,
};
use crate::ids::{CategoryId, JobId, StaffId, TemplateId};
use crate::ports::gateway::{CreateJob, Team};
use crate::text::Reason;
use crate::workflow::{Cell, Occurrence, WorkflowEvent};

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
        job: job_ref(workflow, occurrence),
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
            let job = job_ref(workflow, occurrence);
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
            template: Some(TemplateId::new(uuid(0xA, 1))),
            category: Some(CategoryId::new(uuid(0xB, 1))),
            budget: Some(rust_decimal::Decimal::new(125_050, 2)),
            number: None,
        },
        templates: vec![TemplateId::new(uuid(0xA, 2))],
        team: Team {
            partner: Some(StaffId::new(uuid(0xE, 1))),
            ..Team::default()
        },
    }
}

/// The job that a sample deployment made: one for each occurrence.
#[must_use]
pub fn job_ref(workflow: u32, occurrence: Occurrence) -> JobRef {
    let day = occurrence
        .nominal()
        .map_or(0, |date| date.num_days_from_ce().unsigned_abs());
    let high = uuid::Uuid::from_u64_pair(u64::from(day), 0).as_u128();
    JobRef {
        number: format!("J{workflow:06}-{day}").parse().expect(SOUND),
        id: JobId::new(uuid::Uuid::from_u128(uuid(0x9, workflow).as_u128() ^ high)),
    }
}
