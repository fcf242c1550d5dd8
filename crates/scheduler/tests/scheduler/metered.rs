//! A job system that counts in fixed minutes of its own, as XPM does, and what is drained through it.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scheduler::Scheduler;
use workflow_core::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use workflow_core::ports::clock::Clock;
use workflow_core::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, Failure, GatewayError, Job, JobGateway,
    JobList, Limit, Linking, ListedClient, Observed, OwnNumbers, Team, WorstCase,
};
use workflow_core::practice::{DailyCalls, Practice};
use workflow_core::service::{Ports, Workflows};
use workflow_core::testing::ManualClock;
use workflow_core::testing::gateway_suite::passes_everything_on;

use super::world::{World, acme, as_far_as_it_goes};

/// Sixty calls in each minute that begins at `phase` after the full one.
#[derive(Clone, Debug)]
struct Metered {
    inner: Arc<dyn JobGateway>,
    clock: ManualClock,
    phase: TimeDelta,
    latency: TimeDelta,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    window: i64,
    used: u32,
    refused: u32,
    calls: Vec<DateTime<Utc>>,
}

impl Metered {
    /// Counts a call when it arrives; its answer takes between one and three latencies.
    async fn meter(&self) -> Result<Observed, GatewayError> {
        let observed = {
            let now = self.clock.now();
            let mut kept = self.kept.lock().unwrap();
            let window = (now - self.phase).timestamp().div_euclid(60);
            if kept.window != window {
                (kept.window, kept.used) = (window, 0);
            }
            if kept.used >= 60 {
                kept.refused += 1;
                return Err(GatewayError::new(Failure::RateLimited {
                    limit: Limit::Minute,
                    retry_after: Some(Duration::from_secs(60)),
                }));
            }
            kept.used += 1;
            kept.calls.push(now);
            Observed {
                calls: 1,
                minute_left: Some(60 - kept.used),
                ..Observed::default()
            }
        };
        let number = self.kept.lock().unwrap().calls.len();
        let slower = i32::try_from(number * 7 % 11).unwrap();
        let took = self.latency + self.latency * slower / 5;
        self.clock.sleep_until(self.clock.now() + took).await;
        Ok(observed)
    }

    async fn metered<T>(
        &self,
        call: impl Future<Output = Result<Answer<T>, GatewayError>> + Send,
    ) -> Result<Answer<T>, GatewayError> {
        let observed = self.meter().await?;
        Ok(Answer {
            observed,
            ..call.await?
        })
    }
}

#[async_trait]
impl JobGateway for Metered {
    fn worst_case(&self) -> WorstCase {
        self.inner.worst_case()
    }

    fn linking(&self) -> Linking {
        self.inner.linking()
    }

    fn own_numbers(&self) -> OwnNumbers {
        self.inner.own_numbers()
    }

    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        self.metered(self.inner.create_job(practice, job)).await
    }

    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        let call = self.inner.apply_template(practice, job, template);
        self.metered(call).await
    }

    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        self.metered(self.inner.assign(practice, job, team)).await
    }

    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        self.metered(self.inner.job(practice, number)).await
    }

    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.metered(self.inner.jobs_of_client(practice, client))
            .await
    }

    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.metered(self.inner.jobs_created(practice, from, to))
            .await
    }

    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        self.metered(self.inner.directory(practice, part, cursor))
            .await
    }

    async fn clients_modified_since(
        &self,
        practice: &PracticeId,
        since: DateTime<Utc>,
    ) -> Result<Answer<Option<Vec<ListedClient>>>, GatewayError> {
        self.metered(self.inner.clients_modified_since(practice, since))
            .await
    }

    async fn connected_until(&self, practice: &PracticeId) -> Option<DateTime<Utc>> {
        self.inner.connected_until(practice).await
    }
}

impl Metered {
    /// One that answers at once, in front of another gateway.
    fn before(inner: Arc<dyn JobGateway>) -> Arc<dyn JobGateway> {
        Arc::new(Self {
            inner,
            clock: ManualClock::at(DateTime::UNIX_EPOCH),
            phase: TimeDelta::zero(),
            latency: TimeDelta::zero(),
            kept: Arc::default(),
        })
    }
}

mod suite {
    use workflow_core::testing::gateway_suite::Bench;

    use super::Metered;

    fn bench() -> Bench {
        let bench = Bench::memory();
        Bench {
            gateway: Metered::before(bench.gateway),
            ..bench
        }
    }

    workflow_core::gateway_suite!(#[tokio::test], bench());
}

#[tokio::test]
async fn the_meter_passes_everything_on() {
    passes_everything_on(Metered::before).await;
}

/// A backlog, the minutes over which its calls are counted, and where the minute of the job system
/// begins and how long it takes to answer, both in milliseconds.
struct Backlog {
    due: u32,
    minutes: u32,
    phase: i64,
    latency: i64,
}

/// Drains a backlog; says what part of the rate was used in its minutes, and how many calls were
/// refused.
async fn drained(backlog: &Backlog) -> (f64, u32) {
    let world = World::begin().await;
    let metered = Metered {
        inner: Arc::new(world.gateway.clone()),
        clock: world.clock.clone(),
        phase: TimeDelta::milliseconds(backlog.phase),
        latency: TimeDelta::milliseconds(backlog.latency),
        kept: Arc::default(),
    };
    let workflows = Workflows::new(Ports {
        gateway: Arc::new(metered.clone()),
        ..world.workflows.ports().clone()
    });
    let practice = world.practice().practice().await.unwrap().value;
    let practice = Practice {
        daily_calls: DailyCalls::Higher,
        ..practice
    };
    let host = workflow_core::audit::Actor::host("test");
    workflows.set_up(host, practice).await.unwrap();
    world.add_due(0..backlog.due).await;
    let scheduler = Scheduler::new(workflows);
    let mut run = pin!(scheduler.run_until_settled(TimeDelta::hours(1)));
    let report = loop {
        if let Some(report) = as_far_as_it_goes(&mut run).await {
            break report.unwrap();
        }
        let wake = world.clock.next_wake().expect("it waits for time");
        world.clock.advance_to(wake);
    };
    assert_eq!(report.deployed, u64::from(backlog.due), "{report:?}");
    assert_eq!(world.gateway.duplicates(), []);
    assert_eq!(world.gateway.jobs(&acme()).len(), backlog.due as usize);
    let kept = metered.kept.lock().unwrap();
    let end = kept.calls[0] + TimeDelta::minutes(i64::from(backlog.minutes));
    let made = kept.calls.iter().filter(|at| **at < end).count();
    let made = u32::try_from(made).unwrap();
    (
        f64::from(made) / f64::from(backlog.minutes * 60),
        kept.refused,
    )
}

async fn drains_at_the_rate(backlog: Backlog) {
    let (rate, refused) = drained(&backlog).await;
    assert_eq!(refused, 0);
    assert!(rate >= 0.98, "{rate}");
}

#[tokio::test]
async fn a_backlog_drains_at_the_rate_of_xpms_minute_and_is_never_refused() {
    let (due, minutes) = (500, 8);
    let (phase, latency) = (59_000, 60);
    drains_at_the_rate(Backlog {
        due,
        minutes,
        phase,
        latency,
    })
    .await;
}

#[tokio::test]
async fn wherever_xpms_minute_begins_a_backlog_drains_at_its_rate() {
    // The minute begins before, amid and after the calls that are first made in it.
    for (phase, latency) in [(0, 60), (700, 60), (2_500, 150), (30_000, 150)] {
        drains_at_the_rate(Backlog {
            due: 190,
            minutes: 3,
            phase,
            latency,
        })
        .await;
    }
}
