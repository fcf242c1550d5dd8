//! The sample is sound, and has the same work due, whatever the day and the time of day.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use workflow::ports::clock::Clock;
use workflow::service::{Ports, Workflows};
use workflow::sqlite::SqliteStore;
use workflow::system;
use workflow::zone::Zone;

use super::{PRACTICE, Sample, TIME_ZONE, after, quarter_end};
use crate::practice_file;

#[derive(Debug)]
struct Stopped(DateTime<Utc>);

#[async_trait]
impl Clock for Stopped {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep_until(&self, _until: DateTime<Utc>) {
        unreachable!("an import waits for nothing");
    }
}

fn melbourne() -> Zone {
    system::zones().zone(&TIME_ZONE.parse().unwrap()).unwrap()
}

/// Imports the sample of that day, at that time of the day; how many workflows are due.
async fn due(today: NaiveDate, time: NaiveTime) -> usize {
    let text = serde_json::to_string(&Sample::on(today).file).unwrap();
    let checked = practice_file::read(&text, &*system::zones(), &practice_file::Beside::Nothing);
    let (importing, _) = checked
        .unwrap_or_else(|faults| panic!("{today}: {faults:?}"))
        .split();
    let store = SqliteStore::options().open_in_memory().unwrap();
    let workflows = Workflows::new(Ports {
        store: Arc::new(store),
        gateway: Arc::new(crate::open::Unplugged),
        clock: Arc::new(Stopped(melbourne().instant(today.and_time(time)))),
        ids: system::ids(),
        zones: system::zones(),
    });
    let practice = workflows.practice(PRACTICE.parse().unwrap());
    let by = workflow::audit::Actor::host("test");
    let imported = practice.import(by, importing, |_, _| {}).await;
    imported.unwrap_or_else(|faults| panic!("{today}: {faults:?}"));
    practice.due(1_000).await.unwrap().len()
}

#[tokio::test]
async fn on_any_day_the_same_workflows_are_due() {
    let start = NaiveDate::from_ymd_opt(2026, 2, 26).unwrap();
    let times = [(0, 1), (5, 59), (6, 1), (23, 59)];
    // Every fifth day of more than a year, so that each weekday and the ends of months come up.
    for n in 0..80 {
        let (hour, minute) = times[n % times.len()];
        let time = NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let today = after(start, 5 * n as u64);
        assert_eq!(due(today, time).await, 13, "{today} {time}");
    }
}

#[test]
fn a_quarter_ends_with_its_third_month() {
    let date = |month, day| NaiveDate::from_ymd_opt(2028, month, day).unwrap();
    for (of, end) in [
        (date(1, 1), date(3, 31)),
        (date(2, 29), date(3, 31)),
        (date(6, 30), date(6, 30)),
        (date(8, 31), date(9, 30)),
        (date(12, 31), date(12, 31)),
    ] {
        assert_eq!(quarter_end(of), end, "{of}");
    }
}
