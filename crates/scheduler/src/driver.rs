//! Driving one practice: its lease, its turns one after another, its calls side by side.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use workflow_core::audit::Actor;
use workflow_core::ids::{HolderId, PracticeId, WorkflowId};
use workflow_core::ports::gateway::Failure;
use workflow_core::ports::store::{Due, Lease, LeaseAnswer, LeaseRequest, StoreError};
use workflow_core::practice::Link;
use workflow_core::service::{
    Call, CallOutcome, Closed, CommandError, Ended, PracticeHandle, Room, Task, Turn, TurnFacts,
    Waiting, Workflows,
};
use workflow_core::workflow::Occurrence;

use crate::{Options, Report, calls, metrics};

/// How driving a practice ended.
#[derive(Debug)]
pub(crate) struct Driven {
    pub(crate) practice: PracticeId,
    pub(crate) report: Report,
    /// There is no point in driving it again before this instant, whatever is due.
    pub(crate) blocked_until: Option<DateTime<Utc>>,
    /// Time alone will not help: its connection is broken, or it could not be driven.
    pub(crate) stuck: bool,
}

/// Whether to go on beginning things.
pub(crate) type Stopping = std::sync::Arc<std::sync::atomic::AtomicBool>;

type Flight = BoxFuture<'static, Landed>;
type Key = (WorkflowId, Occurrence);

/// A call that has ended.
struct Landed {
    key: Key,
    since: DateTime<Utc>,
    call: Call,
    ended: Box<Ended>,
    /// Other deployments that its answer is for.
    shared_with: Vec<Waiting>,
}

/// Drives a practice until nothing of it is due or under way.
pub(crate) async fn drive(
    workflows: Workflows,
    practice: PracticeId,
    holder: HolderId,
    options: Options,
    stopping: Stopping,
) -> Driven {
    let handle = workflows.practice(practice.clone());
    let mut driver = Driver {
        workflows,
        handle,
        holder,
        retry_in: options.retry_in(),
        options,
        stopping,
        flying: BTreeSet::new(),
        flights: FuturesUnordered::new(),
        report: Report::default(),
        blocked_until: None,
        stuck: false,
        deploys_blocked_until: None,
        turns: 0,
    };
    if let Err(error) = driver.run().await {
        driver.trouble(&error);
    }
    driver.report.unfinished += driver.flights.len() as u64;
    Driven {
        practice,
        report: driver.report,
        blocked_until: driver.blocked_until,
        stuck: driver.stuck,
    }
}

struct Driver {
    workflows: Workflows,
    handle: PracticeHandle,
    holder: HolderId,
    options: Options,
    retry_in: workflow_core::service::RetryIn,
    stopping: Stopping,
    /// Deployments with a call under way.
    flying: BTreeSet<Key>,
    flights: FuturesUnordered<Flight>,
    report: Report,
    blocked_until: Option<DateTime<Utc>>,
    stuck: bool,
    /// Until then the call budget lets through look-ups alone.
    deploys_blocked_until: Option<DateTime<Utc>>,
    /// Turns in which something happened.
    turns: u64,
}

/// A lease with the moment, on the monotonic clock, after which nothing is sent under it.
struct Held {
    lease: Lease,
    deadline: Duration,
    renew_at: DateTime<Utc>,
}

impl Driver {
    async fn run(&mut self) -> Result<(), CommandError> {
        let Some(mut held) = self.take_lease().await? else {
            return Ok(());
        };
        loop {
            if self.now() >= held.renew_at {
                match self.take_lease().await? {
                    Some(renewed) if renewed.lease.fence == held.lease.fence => held = renewed,
                    // Whoever has it now looks up what is under way here.
                    _ => return Ok(()),
                }
            }
            self.begin_what_is_due(&held).await?;
            if self.flights.is_empty() {
                self.wait_for_deploys().await?;
                if self.turns == 0 && self.blocked_until.is_none() {
                    // Something is listed as due that nothing can be done about: look again later.
                    self.blocked_until = Some(self.now() + self.options.look_every);
                }
                self.workflows
                    .ports()
                    .store
                    .release(self.handle.id(), &self.holder)
                    .await?;
                return Ok(());
            }
            let renewal = self
                .workflows
                .ports()
                .clock
                .sleep_until(self.look_at(held.renew_at));
            let landed = match select(self.flights.next(), renewal).await {
                Either::Left((landed, _)) => landed,
                Either::Right(_) => None,
            };
            if let Some(landed) = landed {
                self.land(&held, landed).await?;
            }
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.workflows.ports().clock.now()
    }

    /// When to look again while calls are under way: sooner where another could be made beside
    /// them, since a person may ask for one.
    fn look_at(&self, renew_at: DateTime<Utc>) -> DateTime<Utc> {
        match self.room() {
            Room::Free => renew_at.min(self.now() + self.options.look_every),
            Room::Full => renew_at,
        }
    }

    fn is_blocked(&self) -> bool {
        let stopping = self.stopping.load(std::sync::atomic::Ordering::Relaxed);
        stopping || self.blocked_until.is_some_and(|until| until > self.now())
    }

    fn room(&self) -> Room {
        let full = self.flights.len() >= self.options.calls_at_once || self.is_blocked();
        if full { Room::Full } else { Room::Free }
    }

    async fn take_lease(&mut self) -> Result<Option<Held>, CommandError> {
        let clock = &self.workflows.ports().clock;
        // Both are read before the store is asked, so that the lease is never thought longer than
        // it is.
        let (now, monotonic) = (clock.now(), clock.monotonic());
        let request = LeaseRequest {
            holder: self.holder.clone(),
            now,
            time: self.options.lease,
        };
        match self
            .workflows
            .ports()
            .store
            .lease(self.handle.id(), &request)
            .await?
        {
            LeaseAnswer::Granted(lease) => Ok(Some(Held {
                lease,
                deadline: monotonic + self.options.lease.to_std().unwrap_or_default(),
                renew_at: now + self.options.lease / 2,
            })),
            LeaseAnswer::Held { until, .. } => {
                self.report.elsewhere.push(self.handle.id().clone());
                self.blocked_until = Some(until);
                Ok(None)
            }
        }
    }

    async fn begin_what_is_due(&mut self, held: &Held) -> Result<(), CommandError> {
        if self.is_broken().await? {
            return Ok(());
        }
        // Each round begins at most one occurrence of each workflow, so that what is due in one
        // workflow does not push back another's.
        // What takes long is cut short, so that the lease is renewed between.
        while self.room() == Room::Free && self.now() < held.renew_at {
            let due = self.due().await?;
            let mut went_on = false;
            for item in due {
                if self.room() == Room::Full {
                    break;
                }
                if self.is_flying(&item) {
                    continue;
                }
                let since = item.at;
                let turn = self.turn(held, Task::Due(item), since).await?;
                went_on |= !turn.events.is_empty() || turn.call.is_some();
                self.send(held, turn, since);
            }
            if !went_on {
                break;
            }
        }
        Ok(())
    }

    /// What is due; the look-ups alone where the budget lets nothing else through, so that what
    /// cannot be deployed today does not stand before what can be recovered.
    async fn due(&mut self) -> Result<Vec<Due>, CommandError> {
        let now = self.now();
        if self.deploys_blocked_until.is_some_and(|until| until > now) {
            let mut look_ups = self.handle.look_ups().await?;
            look_ups.retain(|due| due.at <= now);
            return Ok(look_ups);
        }
        let limit = self.options.calls_at_once + self.flying.len();
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Ok(self.handle.due(limit).await?)
    }

    /// Where nothing may be deployed for now, there is no point in another drive before that is
    /// over, or before the next look-up.
    async fn wait_for_deploys(&mut self) -> Result<(), CommandError> {
        let now = self.now();
        let Some(until) = self.deploys_blocked_until.filter(|until| *until > now) else {
            return Ok(());
        };
        let soonest = now + self.options.look_every;
        let look_up = self.handle.look_ups().await?.first().map(|due| due.at);
        let again = look_up.map_or(until, |at| until.min(at.max(soonest)));
        self.blocked_until = self.blocked_until.max(Some(again));
        Ok(())
    }

    /// A connection that XPM no longer accepts: nothing is sent, and nothing is lost.
    async fn is_broken(&mut self) -> Result<bool, CommandError> {
        let broken = matches!(
            self.handle.practice().await?.value.link,
            Link::Broken { .. }
        );
        if broken {
            self.stuck = true;
            self.blocked_until = Some(self.now() + self.options.look_every * 5);
        }
        Ok(broken)
    }

    fn is_flying(&self, item: &Due) -> bool {
        match item.deployment {
            Some(occurrence) => self.flying.contains(&(item.workflow, occurrence)),
            None => false,
        }
    }

    async fn turn(
        &mut self,
        held: &Held,
        task: Task,
        since: DateTime<Utc>,
    ) -> Result<Turn, CommandError> {
        let facts = TurnFacts {
            lease: held.lease.clone(),
            policy: self.options.policy,
            retry_in: self.retry_in.clone(),
            room: self.room(),
        };
        let turn = self.handle.turn(&task, &facts).await?;
        for event in &turn.events {
            tracing::debug!(practice = %self.handle.id(), workflow = %turn.workflow, ?event, "turn");
        }
        self.report.note(&turn.events);
        metrics::turned(&turn.events, Some(since), self.now());
        self.turns += u64::from(!turn.events.is_empty() || turn.call.is_some());
        let Closed {
            deploys_until,
            look_ups_until,
        } = turn.closed;
        self.deploys_blocked_until = self.deploys_blocked_until.max(deploys_until);
        self.blocked_until = self.blocked_until.max(look_ups_until);
        Ok(turn)
    }

    fn send(&mut self, held: &Held, turn: Turn, since: DateTime<Utc>) {
        let (Some((step, call)), Some(occurrence)) = (turn.call, turn.occurrence) else {
            return;
        };
        let key = (turn.workflow, occurrence);
        self.flying.insert(key);
        let mut shared_with = turn.shared_with;
        shared_with.retain(|other| self.flying.insert((other.workflow, other.occurrence)));
        self.report.calls += 1;
        let (workflows, practice) = (self.workflows.clone(), self.handle.id().clone());
        let deadline = held.deadline;
        let flight = async move {
            let outcome = calls::make(workflows.ports(), &practice, &call, deadline).await;
            metrics::called(&call, &outcome);
            let (workflow, occurrence) = key;
            let ended = Box::new(Ended {
                workflow,
                occurrence,
                step,
                outcome,
            });
            Landed {
                key,
                since,
                call,
                ended,
                shared_with,
            }
        };
        self.flights.push(flight.boxed());
    }

    async fn land(&mut self, held: &Held, landed: Landed) -> Result<(), CommandError> {
        let Landed {
            key,
            since,
            call,
            ended,
            shared_with,
        } = landed;
        self.heed(&call, &ended.outcome).await?;
        let shared: Vec<_> = shared_with
            .into_iter()
            .filter_map(|other| Some((other, ended.outcome.shared()?)))
            .collect();
        self.flying.remove(&key);
        let turn = self.turn(held, Task::Ended(ended), since).await?;
        self.send(held, turn, since);
        for (other, outcome) in shared {
            self.flying.remove(&(other.workflow, other.occurrence));
            let ended = Ended {
                workflow: other.workflow,
                occurrence: other.occurrence,
                step: other.step,
                outcome,
            };
            let turn = self
                .turn(held, Task::Ended(Box::new(ended)), other.since)
                .await?;
            self.send(held, turn, other.since);
        }
        Ok(())
    }

    /// What the end of a call says about the whole practice.
    async fn heed(&mut self, call: &Call, outcome: &CallOutcome) -> Result<(), CommandError> {
        let Some(failure) = outcome.failure() else {
            return Ok(());
        };
        tracing::info!(practice = %self.handle.id(), ?call, %failure, "a call failed");
        if let Failure::NotConnected { text } = failure {
            let link = Link::Broken {
                reason: text.clone(),
            };
            self.handle.set_link(Actor::Scheduler, link).await?;
        }
        Ok(())
    }

    fn trouble(&mut self, error: &CommandError) {
        let practice = self.handle.id().clone();
        self.stuck = true;
        self.blocked_until = Some(self.now() + self.options.look_every * 5);
        if let CommandError::Store(StoreError::FenceLost { .. }) = error {
            self.report.elsewhere.push(practice);
            return;
        }
        let mut sentence = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            sentence = format!("{sentence}: {cause}");
            source = cause.source();
        }
        tracing::error!(%practice, error = sentence, "a practice could not be driven");
        self.report.troubled.push((practice, sentence));
    }
}
