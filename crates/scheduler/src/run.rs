//! The scheduler: which practices are driven, and when it sleeps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, FusedFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use workflow_core::deployment::Rank;
use workflow_core::ids::{HolderId, IdError, PracticeId};
use workflow_core::ports::store::{StoreError, Wake};
use workflow_core::service::Workflows;

use crate::driver::{self, Driven, Shared};
use crate::expiry::Expiries;
use crate::{DirectoryRefresh, Options, OptionsError, Report};

/// Carries out what is due.
#[derive(Clone, Debug)]
pub struct Scheduler {
    workflows: Workflows,
    options: Options,
}

/// Why a scheduler did not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchedulerError {
    /// Its options could make a second job, or nothing at all.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The store failed, or this process may not deploy.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The id source gave something that is no identity.
    #[error(transparent)]
    Holder(#[from] IdError),
}

/// How many practices are looked at in one go, beside those that are known to be busy.
const WAKES: u32 = 1_000;

/// How often all practices are listed, to sweep those that nothing else wakes.
const LIST_EVERY: TimeDelta = TimeDelta::hours(1);

/// Of how many practices each look asks whether their directory is to be refreshed and how long
/// their connection lasts, where there is another look: one pass alone asks of all.
const REFRESHES: usize = 64;

impl Scheduler {
    /// A scheduler with the options for the gateway: see [`Options::for_gateway`].
    #[must_use]
    pub fn new(workflows: Workflows) -> Self {
        let options = Options::for_gateway(workflows.ports().gateway.worst_case());
        Self { workflows, options }
    }

    /// The same with other options. They are checked when it runs.
    #[must_use]
    pub fn with(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Carries out what is due now, with all that follows from it at once, and ends: one pass, as
    /// for cron. What has to wait (a retry, a look-up, tomorrow's calls) is left for the next.
    ///
    /// **Cancelling** it is allowed: calls under way are then uncertain and looked up later.
    ///
    /// # Errors
    ///
    /// [`SchedulerError::Options`], and [`SchedulerError::Store`] where the store failed or this
    /// process may not deploy. A trouble with one practice is in the report instead.
    pub async fn run_due(&self) -> Result<Report, SchedulerError> {
        let mut pass = Pass::new(self)?;
        pass.go(None).await
    }

    /// Carries out what is due, and goes on until nothing becomes due within `patience`: no
    /// retry, no look-up, no date. Nobody waits for a practice that is stuck: whether there is one
    /// is in the report, see [`Report::is_settled`].
    ///
    /// **Cancelling** it is allowed: calls under way are then uncertain and looked up later.
    ///
    /// # Errors
    ///
    /// As [`Scheduler::run_due`].
    pub async fn run_until_settled(&self, patience: TimeDelta) -> Result<Report, SchedulerError> {
        let mut pass = Pass::new(self)?;
        pass.go(Some(Until::Settled(patience))).await
    }

    /// Carries out what is due until `stop` ends. Then nothing further is begun, what is under way
    /// is awaited, and the report says what was done.
    ///
    /// **Cancelling** it is allowed: calls under way are then uncertain and looked up later.
    ///
    /// # Errors
    ///
    /// As [`Scheduler::run_due`].
    pub async fn run(
        &self,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Report, SchedulerError> {
        let mut pass = Pass::new(self)?;
        pass.go(Some(Until::Stopped(stop.boxed().fuse()))).await
    }
}

/// When a pass ends.
enum Until<'a> {
    Settled(TimeDelta),
    Stopped(futures_util::future::Fuse<BoxFuture<'a, ()>>),
}

struct Pass<'a> {
    scheduler: &'a Scheduler,
    holder: HolderId,
    shared: Shared,
    driven: FuturesUnordered<BoxFuture<'static, Driven>>,
    /// Practices being driven, and those not to be driven before an instant.
    busy: BTreeMap<PracticeId, Option<DateTime<Utc>>>,
    /// Practices that wait for a person: their connection is broken, or they could not be driven.
    /// They are looked at again, and nobody waits for them.
    stuck: BTreeSet<PracticeId>,
    /// When the sweep of each practice is due next; a practice that is not named is asked.
    sweeps: BTreeMap<PracticeId, DateTime<Utc>>,
    /// All practices, as listed at that instant.
    practices: Vec<PracticeId>,
    listed_at: Option<DateTime<Utc>>,
    /// Before when the directory of a practice is not to be refreshed.
    refreshes: BTreeMap<PracticeId, DateTime<Utc>>,
    /// Whose connection is looked at when.
    expiries: Expiries,
    /// After which practice it is looked on for one whose directory is to be refreshed.
    looked_up_to: usize,
    /// Of how many practices each look asks that.
    looks: usize,
    /// When the practices that wait for a place were last looked at for what a person asked for.
    asked_at: Option<DateTime<Utc>>,
    report: Report,
}

impl<'a> Pass<'a> {
    fn new(scheduler: &'a Scheduler) -> Result<Self, SchedulerError> {
        let gateway = &scheduler.workflows.ports().gateway;
        scheduler.options.check(gateway.worst_case())?;
        // A new holder at each run, so that what an earlier run left under way is told from what
        // this one has under way.
        let holder = scheduler.workflows.ports().ids.next().to_string().parse()?;
        Ok(Self {
            scheduler,
            holder,
            shared: Shared::new(scheduler.options.application_calls),
            driven: FuturesUnordered::new(),
            busy: BTreeMap::new(),
            stuck: BTreeSet::new(),
            sweeps: BTreeMap::new(),
            practices: Vec::new(),
            listed_at: None,
            refreshes: BTreeMap::new(),
            expiries: Expiries::default(),
            looked_up_to: 0,
            looks: usize::MAX,
            asked_at: None,
            report: Report::default(),
        })
    }

    fn now(&self) -> DateTime<Utc> {
        self.scheduler.workflows.ports().clock.now()
    }

    async fn go(&mut self, mut until: Option<Until<'_>>) -> Result<Report, SchedulerError> {
        if let Some(Until::Stopped(_)) = until {
            self.looks = REFRESHES;
        }
        loop {
            let next = self.wake_practices().await?;
            if self.driven.is_empty() && self.is_over(until.as_ref(), next) {
                let mut report = std::mem::take(&mut self.report);
                report.stuck.extend(self.stuck.iter().cloned());
                return Ok(report);
            }
            self.wait(&mut until, next).await;
        }
    }

    fn is_stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::Relaxed)
    }

    fn is_over(&self, until: Option<&Until<'_>>, next: Option<DateTime<Utc>>) -> bool {
        match until {
            None => true,
            Some(Until::Stopped(_)) => self.is_stopping(),
            Some(Until::Settled(patience)) => next.is_none_or(|at| at > self.now() + *patience),
        }
    }

    /// Starts driving each practice with something due. Returns when the next one has to be
    /// looked at.
    async fn wake_practices(&mut self) -> Result<Option<DateTime<Utc>>, SchedulerError> {
        if self.is_stopping() {
            return Ok(None);
        }
        let now = self.now();
        self.busy
            .retain(|_, until| until.is_none_or(|until| until > now));
        let store = &self.scheduler.workflows.ports().store;
        let mut next: Option<DateTime<Utc>> = None;
        let mut waiting = Vec::new();
        // Practices that are busy or blocked stand first, and must not hide the others.
        let most = WAKES.saturating_add(u32::try_from(self.busy.len()).unwrap_or(u32::MAX));
        for Wake { practice, at } in store.wakes(most).await? {
            let blocked = match self.busy.get(&practice) {
                Some(None) => continue,
                Some(Some(until)) => Some(*until),
                None => None,
            };
            let at = blocked.map_or(at, |until| until.max(at));
            if at <= now && self.driven.len() >= self.scheduler.options.practices_at_once {
                // A place is free once another practice is done, and not at any instant.
                waiting.push(practice);
                continue;
            }
            if at > now {
                if blocked.is_some() && self.stuck.contains(&practice) {
                    continue;
                }
                next = Some(next.map_or(at, |next| next.min(at)));
                continue;
            }
            self.start(practice);
        }
        self.start_asked(waiting, now).await;
        self.start_sweeps(now).await?;
        self.start_refreshes(now).await;
        let driven = self.driven.len();
        self.shared.driven.store(driven, Ordering::Relaxed);
        Ok(next)
    }

    /// Starts driving practices for which a person asks for something, though every place is used:
    /// a quarter more are kept for them. Of the others it is not known without asking, so they are
    /// asked no more often than other processes' writes are looked for.
    async fn start_asked(&mut self, waiting: Vec<PracticeId>, now: DateTime<Utc>) {
        let options = &self.scheduler.options;
        let most = options.practices_at_once + (options.practices_at_once / 4).max(1);
        let asked_lately = |at| now < at + options.look_every;
        if waiting.is_empty() || self.asked_at.is_some_and(asked_lately) {
            return;
        }
        self.asked_at = Some(now);
        for practice in waiting {
            if self.driven.len() >= most {
                return;
            }
            let store = &self.scheduler.workflows.ports().store;
            // What a person asked for comes first. What cannot be read shows when it is driven.
            let first = store.due(&practice, now, 1).await.unwrap_or_default();
            if first.iter().any(|due| due.rank == Rank::Asked) {
                self.start(practice);
            }
        }
    }

    fn start(&mut self, practice: PracticeId) {
        self.busy.insert(practice.clone(), None);
        let sweep_at = self.sweeps.get(&practice).copied();
        let driving = driver::drive(
            self.scheduler.workflows.clone(),
            practice,
            self.holder.clone(),
            self.scheduler.options.clone(),
            self.shared.clone(),
            sweep_at,
        );
        self.driven.push(driving.boxed());
    }

    /// Starts driving practices whose night's sweep is due, beside what is due. It is no work to
    /// wait for: whoever waits for what is due ends without it.
    async fn start_sweeps(&mut self, now: DateTime<Utc>) -> Result<(), SchedulerError> {
        if self.listed_at.is_none_or(|at| now >= at + LIST_EVERY) {
            self.practices = self.scheduler.workflows.practices().await?;
            self.listed_at = Some(now);
        }
        let is_due = |practice: &&PracticeId| {
            let at = self.sweeps.get(*practice);
            at.is_none_or(|at| *at <= now) && !self.busy.contains_key(*practice)
        };
        let room = self.scheduler.options.practices_at_once;
        let room = room.saturating_sub(self.driven.len());
        let due: Vec<PracticeId> = self.practices.iter().filter(is_due).cloned().collect();
        for practice in due.into_iter().take(room) {
            let handle = self.scheduler.workflows.practice(practice.clone());
            // What cannot be told is asked again later; what is wrong shows when it is driven.
            match handle.sweep_due().await {
                Ok(due) if due.now.is_some() => self.start(practice),
                Ok(due) => drop(self.sweeps.insert(practice, due.next)),
                Err(_) => drop(self.sweeps.insert(practice, now + LIST_EVERY)),
            }
        }
        Ok(())
    }

    /// Starts driving practices whose directory is to be refreshed, since it is time or somebody
    /// asked, and warns of connections of the others that end soon. As sweeps are, it is no work to
    /// wait for. Each look asks some of the practices, in turn, so that thousands of them cost no
    /// more than a few.
    async fn start_refreshes(&mut self, now: DateTime<Utc>) {
        let (all, most) = (
            self.practices.len(),
            self.scheduler.options.practices_at_once,
        );
        for _ in 0..all.min(self.looks) {
            if self.driven.len() >= most {
                return;
            }
            let practice = self.practices[self.looked_up_to % all].clone();
            self.looked_up_to = (self.looked_up_to + 1) % all;
            let workflows = &self.scheduler.workflows;
            if self.may_be_refreshed(&practice, now) && is_refresh_due(workflows, &practice).await {
                self.start(practice);
            } else if self.busy.get(&practice) != Some(&None) {
                // Nobody uses its connection at this moment.
                self.expiries.look(workflows, &practice).await;
            }
        }
    }

    fn may_be_refreshed(&self, practice: &PracticeId, now: DateTime<Utc>) -> bool {
        let is_kept = self.scheduler.options.directory == DirectoryRefresh::Kept;
        let from = self.refreshes.get(practice);
        is_kept && from.is_none_or(|from| *from <= now) && !self.busy.contains_key(practice)
    }

    /// Waits until something may have changed: a practice is done, an instant has come, another
    /// process may have written, or the scheduler is to stop.
    async fn wait(&mut self, until: &mut Option<Until<'_>>, next: Option<DateTime<Utc>>) {
        let clock = self.scheduler.workflows.ports().clock.clone();
        let look = self.now() + self.scheduler.options.look_every;
        let wake = next.map_or(look, |next| next.min(look));
        let slept = clock.sleep_until(wake);
        let something = async {
            if self.driven.is_empty() {
                slept.await;
                None
            } else {
                match select(self.driven.next(), slept).await {
                    Either::Left((driven, _)) => driven,
                    Either::Right(_) => None,
                }
            }
        };
        let driven = match until {
            Some(Until::Stopped(stop)) if !stop.is_terminated() => {
                match select(stop, something.boxed()).await {
                    Either::Left(_) => {
                        self.shared.stopping.store(true, Ordering::Relaxed);
                        None
                    }
                    Either::Right((driven, _)) => driven,
                }
            }
            _ => something.await,
        };
        if let Some(Driven {
            practice,
            report,
            blocked_until,
            sweep_at,
            refresh_from,
            stuck,
        }) = driven
        {
            if let Some(from) = refresh_from {
                self.refreshes.insert(practice.clone(), from);
            }
            // What could not be told is asked again with whatever is due next.
            let asked = sweep_at.unwrap_or(self.now() + TimeDelta::hours(1));
            self.sweeps.insert(practice.clone(), asked);
            self.report.add(report);
            if stuck {
                self.stuck.insert(practice.clone());
            } else {
                self.stuck.remove(&practice);
            }
            match blocked_until {
                Some(_) => self.busy.insert(practice, blocked_until),
                None => self.busy.remove(&practice),
            };
        }
    }
}

/// Whether something of a practice's directory is to be asked for. What is wrong shows when it is
/// driven for something else.
async fn is_refresh_due(workflows: &Workflows, practice: &PracticeId) -> bool {
    let due = workflows.practice(practice.clone()).refresh_due().await;
    due.is_ok_and(|due| due.now.is_some())
}
