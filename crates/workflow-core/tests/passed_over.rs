//! The reason for a date that was passed over, and calls that people cause; both found by the
//! simulation.

use std::sync::Arc;

use chrono::TimeDelta;
use workflow_core::audit::Actor;
use workflow_core::billing::LevelOf;
use workflow_core::ports::gateway::{CreateJob, JobGateway as _};
use workflow_core::ports::store::Store as _;
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{NewWorkflow, Ports, PracticeHandle, TakeOver, Workflows};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::text::Reason;
use workflow_core::timing::{Lead, LeadDays, Timing};
use workflow_core::workflow::{PausedDates, Plan};
use workflow_core::zone::{Zone, ZoneName, Zones};

#[derive(Debug)]
struct UtcAlone;

impl Zones for UtcAlone {
    fn zone(&self, _: &ZoneName) -> Option<Zone> {
        Some(Zone::utc())
    }
}

struct World {
    store: MemoryStore,
    gateway: MemoryGateway,
    clock: ManualClock,
    practice: PracticeHandle,
}

fn host() -> Actor {
    Actor::host("test")
}

impl World {
    /// The first of January, with one client.
    async fn begin() -> Self {
        let (store, gateway) = (MemoryStore::new(), MemoryGateway::new());
        let clock = ManualClock::at(samples::minute(0));
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(gateway.clone()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::new(1)),
            zones: Arc::new(UtcAlone),
        });
        let acme = samples::practice(&samples::practice_id("acme"));
        let practice = workflows.set_up(host(), acme).await.unwrap().value;
        let client = samples::client(1, "Client");
        practice.put_client(host(), client).await.unwrap();
        Self {
            store,
            gateway,
            clock,
            practice,
        }
    }
}

#[tokio::test]
async fn a_date_that_a_pause_took_away_keeps_that_reason_when_the_lead_is_changed_later() {
    let world = World::begin().await;
    let practice = &world.practice;
    let new = NewWorkflow::named("Payroll")
        .client(samples::client_id(1))
        .recurring(Recurrence::weekly().from(samples::day(9)));
    let id = practice.add(host(), new).await.unwrap().value;
    world.clock.advance(TimeDelta::days(5));
    let reason = Reason::new("on leave").unwrap();
    practice.pause(host(), id, None, reason).await.unwrap();
    world.clock.advance(TimeDelta::days(6));
    let resumed = practice.resume(host(), id, PausedDates::NotOwed).await;
    resumed.unwrap();
    let taken = samples::day(9);
    let why = || async { practice.why(id, taken).await.unwrap().to_string() };
    assert_eq!(why().await, "paused: on leave");

    // With a lead of seven days it would have been deployed before the pause.
    let workflow = practice.workflow(id).await.unwrap().unwrap().value;
    let timing = Timing {
        lead: Lead::Days(LeadDays::new(7).unwrap()),
        ..Timing::default()
    };
    let plan = Plan {
        timing,
        ..workflow.plan().clone()
    };
    practice.change_plan(host(), id, plan).await.unwrap();
    assert_eq!(why().await, "paused: on leave");
}

#[tokio::test]
async fn the_call_that_reads_a_job_to_nominate_it_is_counted() {
    let world = World::begin().await;
    let id = world.practice.id().clone();
    let job = CreateJob {
        client: samples::client_id(1),
        name: "By hand".to_owned(),
        description: String::new(),
        start: samples::day(0),
        due: samples::day(9),
        reference: None,
        template: None,
        category: None,
        budget: None,
        number: None,
    };
    let made = world.gateway.create_job(&id, &job).await.unwrap().value;
    let level = LevelOf::Client(samples::client_id(1));
    let nominated = world
        .practice
        .nominate_job(host(), level, made.number, TakeOver::Refuse);
    nominated.await.unwrap();
    let budget = world.store.budget(&id).await.unwrap().unwrap();
    assert_eq!((budget.day_used, budget.minute_used), (1, 1));
}
