//! A calendar that is changed after dates were placed by it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use workflow_core::audit::Actor;
use workflow_core::calendar::{Holiday, Roll, WorkingCalendar};
use workflow_core::ports::store::Store as _;
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{NewWorkflow, Ports, Workflows};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::timing::{Lead, LeadDays, Timing};
use workflow_core::zone::{Zone, ZoneName, Zones};

#[derive(Debug)]
struct UtcAlone;

impl Zones for UtcAlone {
    fn zone(&self, _: &ZoneName) -> Option<Zone> {
        Some(Zone::utc())
    }
}

fn six_on(day: u32) -> DateTime<Utc> {
    samples::day(day - 1)
        .and_hms_opt(6, 0, 0)
        .unwrap()
        .and_utc()
}

/// Found by the simulation: the scheduler slept until the day that the old calendar gave.
#[tokio::test]
async fn a_day_off_that_brings_a_deploy_day_forward_is_not_noticed_too_late() {
    let store = MemoryStore::new();
    let workflows = Workflows::new(Ports {
        store: Arc::new(store.clone()),
        gateway: Arc::new(MemoryGateway::new()),
        clock: Arc::new(ManualClock::at(samples::minute(0))),
        ids: Arc::new(CountingIds::new(1)),
        zones: Arc::new(UtcAlone),
    });
    let host = || Actor::host("test");
    let id = samples::practice_id("acme");
    let practice = workflows.set_up(host(), samples::practice(&id)).await;
    let practice = practice.unwrap().value;
    let client = samples::client(1, "Client");
    practice.put_client(host(), client.clone()).await.unwrap();
    let timing = Timing {
        roll: Roll::Earlier,
        lead: Lead::BusinessDays(LeadDays::new(5).unwrap()),
        ..Timing::default()
    };
    let new = NewWorkflow::named("Accounts")
        .client(client.id)
        .timing(timing)
        .recurring(Recurrence::monthly().on_day(30).from(samples::day(0)));
    let workflow = practice.add(host(), new).await.unwrap().value;
    // Friday 30 January, less five business days.
    assert_eq!(store.wakes(9).await.unwrap()[0].at, six_on(23));

    let calendar = |version, off: &[u32]| {
        let off = off.iter().map(|day| samples::day(day - 1));
        let off = off.map(|day| Holiday::new(day, "a day off").unwrap());
        let calendar = WorkingCalendar::new("with days off", version).unwrap();
        calendar.with_holidays(off).unwrap()
    };
    let mut changed = samples::practice(&id);
    changed.calendar = calendar(2, &[27]);
    let done = workflows.set_up(host(), changed.clone()).await.unwrap();
    assert_eq!(
        done.entries.len(),
        2,
        "the practice, and the date that comes sooner"
    );
    assert_eq!(store.wakes(9).await.unwrap()[0].at, six_on(22));

    // What comes later is placed anew when it would have been due, as it always was.
    changed.calendar = calendar(3, &[]);
    let done = workflows.set_up(host(), changed).await.unwrap();
    assert_eq!(done.entries.len(), 1);
    assert_eq!(store.wakes(9).await.unwrap()[0].at, six_on(22));
    let found = practice.workflow(workflow).await.unwrap().unwrap().value;
    assert_eq!(found.next().unwrap().deploy_at, six_on(22));
}
