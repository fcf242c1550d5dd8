//! The gateway of the simulation: what happens to each call, by the weather; and every call
//! counted.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{NaiveDate, TimeDelta};
use workflow_core::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use workflow_core::ports::clock::Clock;
use workflow_core::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, Failure, GatewayError, Job, JobGateway,
    JobList, Limit, Observed, OwnNumbers, Team,
};
use workflow_core::testing::ManualClock;

use crate::dice::Dice;
use crate::limits::Meter;
use crate::weather::{Fate, Weather};
use crate::xpm::{Jobs, Sent, Write};
use crate::yielding::Yields;

/// The gateway, and the job system behind it. A clone is the same one.
#[derive(Clone, Debug)]
pub(crate) struct Xpm {
    world: Arc<Mutex<World>>,
    clock: ManualClock,
    dice: Dice,
    weather: Arc<Weather>,
    yields: Yields,
    /// How long a request may take effect after it was sent.
    settle: Duration,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) jobs: Jobs,
    pub(crate) meter: Meter,
    /// When each call was made, by the wall clock, those included that were refused.
    pub(crate) calls: Vec<chrono::DateTime<chrono::Utc>>,
    /// Calls that may be in flight beside the scheduler's five: a person's, or a frozen process's.
    pub(crate) beside: usize,
}

/// A call in flight; it has landed when it is dropped.
struct Flight(Xpm);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.world().meter.end();
    }
}

/// How a call that was sent goes on.
struct Course {
    sent: Option<Sent>,
    fate: Fate,
}

/// The gateway's own time-out.
const TIME_OUT: Duration = Duration::from_secs(30);

impl Xpm {
    pub(crate) fn new(
        clock: ManualClock,
        dice: Dice,
        weather: Weather,
        meter: Meter,
        yields: Yields,
        settle: Duration,
    ) -> Self {
        let world = World {
            jobs: Jobs::default(),
            meter,
            calls: Vec::new(),
            beside: 0,
        };
        Self {
            world: Arc::new(Mutex::new(world)),
            clock,
            dice,
            weather: Arc::new(weather),
            yields,
            settle,
        }
    }

    /// The world as it is now.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let now = self.clock.monotonic();
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.jobs.catch_up(now, self.weather.list_lag);
        world
    }

    pub(crate) fn weather(&self) -> &Weather {
        &self.weather
    }

    /// A call, up to what is known of it: either the time has come to answer it, or it failed.
    async fn call(&self, write: Option<Write>) -> Result<(), GatewayError> {
        self.yields.here().await;
        let (course, _flight) = self.send(write)?;
        self.wait(course.fate).await;
        self.yields.here().await;
        let now = self.clock.monotonic();
        match course.fate {
            Fate::LostAfter | Fate::LostBefore | Fate::Late => {
                if let (Fate::LostAfter, Some(sent)) = (course.fate, course.sent) {
                    let lag = self.weather.list_lag;
                    self.world().jobs.finish(sent, now, lag);
                }
                let text = match self.dice.below(3) {
                    0 => "the connection was reset",
                    1 => "status 500 with no body",
                    _ => "status 200 with a body that is no XML",
                };
                let text = text.to_owned();
                Err(self.error(Failure::ReplyLost { text }))
            }
            Fate::RefusedAfter => {
                if let Some(sent) = course.sent {
                    // Its job is shown at once: nobody knows that it is there.
                    self.world().jobs.finish(sent, now, Duration::ZERO);
                }
                let text = "the template is no longer there".to_owned();
                Err(self.error(Failure::Refused { text }))
            }
            _ => {
                if let Some(sent) = course.sent {
                    let lag = self.weather.list_lag;
                    self.world().jobs.finish(sent, now, lag);
                }
                Ok(())
            }
        }
    }

    /// Sends it. A definite no comes back at once; everything else is under way.
    fn send(&self, write: Option<Write>) -> Result<(Course, Flight), GatewayError> {
        let now = self.clock.monotonic();
        let mut fate = self.weather.fate(&self.dice, now);
        if fate == Fate::RefusedAfter && !matches!(write, Some(Write::Create(_))) {
            fate = Fate::Refused;
        }
        if fate == Fate::Unreachable {
            let text = "connection refused".to_owned();
            return Err(self.error(Failure::Unreachable { text }));
        }
        let over = {
            let mut world = self.world();
            let wall = self.clock.now();
            world.calls.push(wall);
            if self.dice.often(self.weather.others) && now < self.weather.calm_from {
                let others = self.dice.between(1, 3);
                world.meter.spend(u32::try_from(others).unwrap_or(1));
            }
            let beside = world.beside;
            world.meter.begin(now, beside)
        };
        let flight = Flight(self.clone());
        if let Err((limit, retry_after)) = over {
            return Err(self.error(Failure::RateLimited { limit, retry_after }));
        }
        let exists = match &write {
            Some(Write::Create(create)) => create.number.as_ref(),
            _ => None,
        };
        if exists.is_some_and(|number| self.world().jobs.get(number).is_some()) {
            let text = "the job number is in use".to_owned();
            return Err(self.error(Failure::Refused { text }));
        }
        let refused = match fate {
            Fate::Limited => Some(self.limited()),
            Fate::Refused => Some(Failure::Refused {
                text: "the category is archived".to_owned(),
            }),
            Fate::Forbidden => Some(Failure::Forbidden {
                text: "insufficient scope".to_owned(),
            }),
            Fate::SignedOut => Some(Failure::NotConnected {
                text: "invalid_grant".to_owned(),
            }),
            _ => None,
        };
        if let Some(failure) = refused {
            return Err(self.error(failure));
        }
        let latest = match fate {
            Fate::Late => self.dice.between(1, self.settle_millis()),
            // Whatever becomes of its sender, it is carried out within the time-out.
            _ => self.dice.between(1, 30_000),
        };
        let sent = match (fate, write) {
            (Fate::LostBefore, _) | (_, None) => None,
            (_, Some(write)) => {
                let at = now + Duration::from_millis(latest);
                Some(self.world().jobs.send(write, now, at))
            }
        };
        Ok((Course { sent, fate }, flight))
    }

    /// The last millisecond at which a late request takes effect.
    fn settle_millis(&self) -> u64 {
        u64::try_from(self.settle.as_millis()).unwrap_or(u64::MAX) - 1
    }

    async fn wait(&self, fate: Fate) {
        let slow = self.dice.often(30) && self.clock.monotonic() < self.weather.calm_from;
        let most = match fate {
            _ if slow => TIME_OUT,
            Fate::Answered | Fate::Summary => Duration::from_millis(900),
            _ => Duration::from_secs(5),
        };
        let took = self
            .dice
            .between(20, u64::try_from(most.as_millis()).unwrap_or(20));
        let took = TimeDelta::milliseconds(i64::try_from(took).unwrap_or(20));
        self.clock.sleep_until(self.clock.now() + took).await;
    }

    fn limited(&self) -> Failure {
        let seconds = |most| Some(Duration::from_secs(self.dice.between(1, most)));
        let (limit, retry_after) = match self.dice.below(4) {
            0 => (Limit::Concurrent, None),
            1 => (Limit::Minute, seconds(60)),
            2 => (Limit::Day, seconds(40_000)),
            _ => (
                Limit::Application,
                seconds(60).filter(|_| self.dice.often(500)),
            ),
        };
        Failure::RateLimited { limit, retry_after }
    }

    fn observed(&self) -> Observed {
        let (minute, day) = self.world().meter.left(self.clock.monotonic());
        let told = !self.dice.often(self.weather.silent);
        Observed {
            calls: 1,
            minute_left: told.then_some(minute),
            day_left: told.then_some(day),
            correlation: None,
        }
    }

    fn error(&self, failure: Failure) -> GatewayError {
        let observed = match failure {
            // Nothing was sent, so nothing was told.
            Failure::Unreachable { .. } => Observed {
                calls: 0,
                ..Observed::default()
            },
            Failure::ReplyLost { .. } => Observed {
                calls: 1,
                ..Observed::default()
            },
            _ => self.observed(),
        };
        GatewayError {
            failure,
            observed,
            source: None,
        }
    }

    fn answer<T>(&self, value: T) -> Answer<T> {
        let observed = self.observed();
        Answer { value, observed }
    }

    async fn write_to(
        &self,
        number: &JobNumber,
        write: Write,
    ) -> Result<Answer<Job>, GatewayError> {
        if self.world().jobs.get(number).is_none() {
            let text = "invalid job identifier".to_owned();
            return Err(self.error(Failure::Refused { text }));
        }
        self.call(Some(write)).await?;
        let job = self.world().jobs.get(number).map(|held| held.job.clone());
        Ok(self.answer(job.expect("a job never goes")))
    }
}

#[async_trait]
impl JobGateway for Xpm {
    fn own_numbers(&self) -> OwnNumbers {
        OwnNumbers::Taken
    }

    async fn create_job(
        &self,
        _: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        self.call(Some(Write::Create(Box::new(job.clone()))))
            .await?;
        let made = self.world().jobs.made_by(job).map(|held| held.job.clone());
        Ok(self.answer(made.expect("it was carried out")))
    }

    async fn apply_template(
        &self,
        _: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        let write = Write::Template {
            job: job.clone(),
            template,
        };
        self.write_to(job, write).await
    }

    async fn assign(
        &self,
        _: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        let write = Write::Assign {
            job: job.clone(),
            team: team.clone(),
        };
        self.write_to(job, write).await
    }

    async fn job(
        &self,
        _: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        self.call(None).await?;
        let job = self.world().jobs.get(number).map(|held| held.job.clone());
        Ok(self.answer(job))
    }

    async fn jobs_of_client(
        &self,
        _: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        let now = self.clock.monotonic();
        self.call(None).await?;
        // What the list shows was put together when it was asked for.
        let mut jobs = self.world().jobs.of_client(client, now);
        if self.weather.fate(&self.dice, now) == Fate::Summary {
            for job in &mut jobs {
                job.description = None;
                job.tasks = None;
            }
        }
        Ok(self.answer(JobList { jobs }))
    }

    async fn jobs_created(
        &self,
        _: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        let now = self.clock.monotonic();
        self.call(None).await?;
        // Its days are those of the world's time.
        let (wall, monotonic) = (self.clock.now(), self.clock.monotonic());
        let monotonic = i64::try_from(monotonic.as_millis()).unwrap_or(i64::MAX);
        let midnight = |day: NaiveDate| {
            let ahead = day.and_time(chrono::NaiveTime::MIN).and_utc() - wall;
            let at = monotonic + ahead.num_milliseconds();
            Duration::from_millis(u64::try_from(at).unwrap_or(0))
        };
        let (from, to) = (midnight(from), midnight(to + chrono::Days::new(1)));
        let jobs = self.world().jobs.made(from, to, now);
        Ok(self.answer(JobList { jobs }))
    }

    async fn directory(
        &self,
        _: &PracticeId,
        _: DirectoryPart,
        _: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        self.call(None).await?;
        Ok(self.answer(DirectoryPage::default()))
    }
}
