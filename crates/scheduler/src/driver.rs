//! Driving one practice: its lease, its turns one after another, its calls side by side.

mod refreshing;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use workflow_core::audit::Actor;
use workflow_core::deployment::Rank;
use workflow_core::ids::{ClientId, HolderId, PracticeId, WorkflowId};
use workflow_core::ports::gateway::{Failure, Limit, Linking};
use workflow_core::ports::store::{Due, Lease, LeaseAnswer, LeaseRequest, StoreError};
use workflow_core::practice::Link;
use workflow_core::service::{
    Call, CallOutcome, CallPlace, Closed, CommandError, Ended, PracticeHandle, Room, Swept, Task,
    Turn, TurnFacts, Waiting, Workflows,
};
use workflow_core::workflow::Occurrence;

use crate::application::{Application, Claim};
use crate::{Options, Report, calls, metrics};

/// How driving a practice ended.
#[derive(Debug)]
pub(crate) struct Driven {
    pub(crate) practice: PracticeId,
    pub(crate) report: Report,
    /// There is no point in driving it again before this instant, whatever is due.
    pub(crate) blocked_until: Option<DateTime<Utc>>,
    /// When its next sweep is due; `None` where that could not be told.
    pub(crate) sweep_at: Option<DateTime<Utc>>,
    /// There is no point in refreshing its directory before this instant.
    pub(crate) refresh_from: Option<DateTime<Utc>>,
    /// Time alone will not help: its connection is broken, or it could not be driven.
    pub(crate) stuck: bool,
}

/// What the drivers of all practices share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    /// Whether nothing further is to be begun.
    pub(crate) stopping: Arc<AtomicBool>,
    /// How many practices are driven.
    pub(crate) driven: Arc<AtomicUsize>,
    application: Arc<Application>,
}

impl Shared {
    pub(crate) fn new(application_calls: u32) -> Self {
        Self {
            stopping: Arc::default(),
            driven: Arc::default(),
            application: Arc::new(Application::new(application_calls)),
        }
    }
}

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
    shared: Shared,
    sweep_at: Option<DateTime<Utc>>,
) -> Driven {
    let handle = workflows.practice(practice.clone());
    let mut driver = Driver {
        workflows,
        handle,
        holder,
        retry_in: options.retry_in(),
        options,
        shared,
        flying: BTreeSet::new(),
        flights: FuturesUnordered::new(),
        report: Report::default(),
        blocked_until: None,
        stuck: false,
        deploys_blocked_until: None,
        turns: 0,
        application_full_until: None,
        faulty: BTreeSet::new(),
        sweep_at,
        to_look_through: Vec::new(),
        place: None,
        refresh_from: None,
    };
    if let Err(error) = driver.run().await {
        driver.trouble(&error);
    }
    driver.report.unfinished += driver.flights.len() as u64;
    Driven {
        practice,
        report: driver.report,
        blocked_until: driver.blocked_until,
        sweep_at: driver.sweep_at,
        refresh_from: driver.refresh_from,
        stuck: driver.stuck,
    }
}

struct Driver {
    workflows: Workflows,
    handle: PracticeHandle,
    holder: HolderId,
    options: Options,
    retry_in: workflow_core::service::RetryIn,
    shared: Shared,
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
    /// Until then the application has no place for what is merely due.
    application_full_until: Option<DateTime<Utc>>,
    /// Workflows of which something cannot be read or decided: they alone are left out.
    faulty: BTreeSet<WorkflowId>,
    /// When the next sweep is due.
    sweep_at: Option<DateTime<Utc>>,
    /// Clients whose jobs the sweep still looks through, one by one.
    to_look_through: Vec<ClientId>,
    /// The place of the call that the last turn gave out.
    place: Option<CallPlace>,
    /// Until then there is no call for a refresh of the directory.
    refresh_from: Option<DateTime<Utc>>,
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
            if self.flights.is_empty() && self.sweep(&held).await? {
                continue;
            }
            // One call, and then again what is due.
            if self.flights.is_empty() && self.refresh(&held).await? {
                continue;
            }
            if self.flights.is_empty() {
                self.wait_for_deploys().await?;
                let full = self
                    .application_full_until
                    .filter(|until| *until > self.now());
                self.blocked_until = self.blocked_until.max(full);
                if !self.faulty.is_empty() && self.blocked_until.is_none() {
                    self.blocked_until = Some(self.now() + self.options.look_every * 5);
                }
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
        self.is_stopping() || self.blocked_until.is_some_and(|until| until > self.now())
    }

    fn room(&self) -> Room {
        let full = self.flights.len() >= self.options.calls_at_once
            || self.is_blocked()
            || self
                .application_full_until
                .is_some_and(|until| until > self.now());
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
                if self.is_flying(&item) || self.faulty.contains(&item.workflow) {
                    continue;
                }
                let since = item.at;
                let claim = match item.rank {
                    Rank::Asked => Claim::First,
                    Rank::Scheduled => Claim::Due,
                };
                let workflow = item.workflow;
                let turn = match self.turn(held, Task::Due(item), since, claim).await {
                    Err(error) if is_of_one_workflow(&error) => {
                        self.leave_out(workflow, &error);
                        went_on = true;
                        continue;
                    }
                    turn => turn?,
                };
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
        let faulty = FAULTY_ROWS * self.faulty.len();
        let limit = self.options.calls_at_once + self.flying.len() + faulty;
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

    /// Makes the night's sweep where it is due and nothing else is under way; says whether it did.
    async fn sweep(&mut self, held: &Held) -> Result<bool, CommandError> {
        if self.stuck || self.is_stopping() {
            return Ok(false);
        }
        if let Some(client) = self.to_look_through.pop() {
            return self.look_through(held, client).await;
        }
        if self.sweep_at.is_some_and(|at| at > self.now()) {
            return Ok(false);
        }
        let due = self.handle.sweep_due().await?;
        self.sweep_at = Some(due.next);
        let connected = matches!(
            self.handle.practice().await?.value.link,
            Link::Connected { .. }
        );
        let Some((from, to)) = due.now.filter(|_| connected) else {
            return Ok(false);
        };
        // Until it has gone well it is tried again each hour.
        let again = self.now() + TimeDelta::hours(1);
        self.sweep_at = Some(again.min(due.next));
        let call = Call::ListCreated { from, to };
        let outcome = match self.call_of_sweep(held, &call).await? {
            Ok(outcome) => outcome,
            Err(until) => {
                self.sweep_at = Some(until.min(again));
                return Ok(false);
            }
        };
        let Some(swept) = self.handle.swept(&held.lease, (from, to), &outcome).await? else {
            return Ok(true);
        };
        self.sweep_at = Some(due.next);
        if let Some(unchecked) = &swept.unchecked {
            let practice = self.handle.id();
            let clients = unchecked.clients.len();
            tracing::warn!(
                %practice, from = %unchecked.from, to = %unchecked.to, clients,
                "XPM lists jobs without descriptions: only clients of which a reply was lost are \
                 looked through"
            );
            let most = self.handle.sweep_allowance().await?;
            self.to_look_through = unchecked.clients.iter().take(most).copied().collect();
        }
        self.found(&swept);
        Ok(true)
    }

    /// Looks through the jobs of one client, in place of a list that told nothing; says whether it
    /// made the call. What is left stays written down, for the next night.
    async fn look_through(&mut self, held: &Held, client: ClientId) -> Result<bool, CommandError> {
        let call = Call::LookForMarker { client };
        let Ok(outcome) = self.call_of_sweep(held, &call).await? else {
            self.to_look_through.clear();
            return Ok(false);
        };
        match self
            .handle
            .swept_client(&held.lease, client, &outcome)
            .await?
        {
            Some(swept) => self.found(&swept),
            // The other clients' lists would tell as little.
            None => self.to_look_through.clear(),
        }
        Ok(true)
    }

    /// Makes a call for the sweep, out of what is kept for look-ups; otherwise says when it may be
    /// made.
    async fn call_of_sweep(
        &mut self,
        held: &Held,
        call: &Call,
    ) -> Result<Result<CallOutcome, DateTime<Utc>>, CommandError> {
        let _place = match self.place_aside(Claim::First, 1) {
            Ok(place) => place,
            Err(until) => return Ok(Err(until)),
        };
        if let Err(until) = self.handle.begin_sweep(&held.lease).await? {
            self.shared.application.give_back(self.handle.id());
            return Ok(Err(until));
        }
        self.call_aside(held, call).await.map(Ok)
    }

    /// Takes the places of a call that is no step of a deployment, in the practice and in the
    /// application's minute; otherwise says when to ask again. The first is given back when it is
    /// dropped, the second by whoever makes no call after all.
    fn place_aside(&self, claim: Claim, driven: usize) -> Result<CallPlace, DateTime<Utc>> {
        let now = self.now();
        let soon = now + self.options.look_every;
        let place = self.handle.call_place(self.options.calls_at_once);
        let place = place.ok_or(soon)?;
        let application = &self.shared.application;
        application.admit(now, self.handle.id(), claim, driven)?;
        Ok(place)
    }

    /// Makes a call that is no step of a deployment, and heeds what its end tells of the limits.
    async fn call_aside(&mut self, held: &Held, call: &Call) -> Result<CallOutcome, CommandError> {
        self.report.calls += 1;
        let (ports, practice) = (self.workflows.ports(), self.handle.id());
        let outcome = calls::make(ports, practice, call, held.deadline).await;
        metrics::called(call, &outcome);
        self.heed(call, &outcome).await?;
        Ok(outcome)
    }

    /// Says what a sweep found.
    fn found(&mut self, swept: &Swept) {
        let practice = self.handle.id().clone();
        metrics::swept(swept);
        self.report.duplicates += swept.duplicates.len() as u64;
        for key in &swept.duplicates {
            tracing::error!(%practice, ?key, "XPM has more than one job for one date");
        }
        for job in &swept.vanished {
            tracing::warn!(%practice, job = %job.number, "XPM no longer lists a job of ours");
        }
        if !swept.strangers.is_empty() {
            let numbers: Vec<&str> = swept
                .strangers
                .iter()
                .map(|stranger| stranger.job.number.as_str())
                .collect();
            let sentence = format!(
                "XPM has jobs with a mark of ours that are not in the record, {}: somebody copied \
                 them there, or a backup was restored; then say so with `restored`, so that nothing \
                 is deployed twice",
                numbers.join(", ")
            );
            tracing::error!(%practice, sentence, "a sweep found unknown jobs");
            self.report.troubled.push((practice, sentence));
        }
    }

    fn is_stopping(&self) -> bool {
        self.shared.stopping.load(Ordering::Relaxed)
    }

    /// A connection that XPM no longer accepts, or none where one is needed: nothing is sent, and
    /// nothing is lost.
    async fn is_broken(&mut self) -> Result<bool, CommandError> {
        let needed = self.workflows.ports().gateway.linking() == Linking::Needed;
        let broken = match self.handle.practice().await?.value.link {
            Link::Broken { .. } => true,
            Link::NotConnected => needed,
            Link::Connected { .. } => false,
        };
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
        claim: Claim,
    ) -> Result<Turn, CommandError> {
        let mut room = self.room();
        let mut place = None;
        if room == Room::Free {
            // People's own calls have places too.
            place = self.handle.call_place(self.options.calls_at_once);
            if place.is_none() {
                room = Room::Full;
            }
        }
        if room == Room::Free {
            let driven = self.shared.driven.load(Ordering::Relaxed);
            let (now, practice) = (self.now(), self.handle.id());
            let admitted = self.shared.application.admit(now, practice, claim, driven);
            if let Err(until) = admitted {
                self.application_full_until = self.application_full_until.max(Some(until));
                room = Room::Full;
            }
        }
        let facts = TurnFacts {
            lease: held.lease.clone(),
            policy: self.options.policy,
            retry_in: self.retry_in.clone(),
            room,
        };
        let turn = self.handle.turn(&task, &facts).await;
        let called = turn.as_ref().is_ok_and(|turn| turn.call.is_some());
        if room == Room::Free && !called {
            self.shared.application.give_back(self.handle.id());
        }
        self.place = place.filter(|_| called);
        let turn = turn?;
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
        let place = self.place.take();
        self.flying.insert(key);
        let mut shared_with = turn.shared_with;
        shared_with.retain(|other| self.flying.insert((other.workflow, other.occurrence)));
        self.report.calls += 1;
        let (workflows, practice) = (self.workflows.clone(), self.handle.id().clone());
        let deadline = held.deadline;
        let sent = self.now();
        let flight = async move {
            let outcome = calls::make(workflows.ports(), &practice, &call, deadline).await;
            drop(place);
            metrics::called(&call, &outcome);
            let (workflow, occurrence) = key;
            let ended = Box::new(Ended {
                workflow,
                occurrence,
                step,
                sent: Some(sent),
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
        self.go_on(held, ended, since).await?;
        for (other, outcome) in shared {
            self.flying.remove(&(other.workflow, other.occurrence));
            let ended = Box::new(Ended {
                workflow: other.workflow,
                occurrence: other.occurrence,
                step: other.step,
                sent: None,
                outcome,
            });
            self.go_on(held, ended, other.since).await?;
        }
        Ok(())
    }

    /// Takes in how a call ended, and makes the next one.
    async fn go_on(
        &mut self,
        held: &Held,
        ended: Box<Ended>,
        since: DateTime<Utc>,
    ) -> Result<(), CommandError> {
        let workflow = ended.workflow;
        match self
            .turn(held, Task::Ended(ended), since, Claim::First)
            .await
        {
            // Its intent stays open, so that what became of the call is looked up once it is cured.
            Err(error) if is_of_one_workflow(&error) => self.leave_out(workflow, &error),
            turn => self.send(held, turn?, since),
        }
        Ok(())
    }

    /// What the end of a call says about the whole practice.
    async fn heed(&mut self, call: &Call, outcome: &CallOutcome) -> Result<(), CommandError> {
        let Some(failure) = outcome.failure() else {
            return Ok(());
        };
        tracing::info!(practice = %self.handle.id(), ?call, %failure, "a call failed");
        if let Failure::RateLimited {
            limit: Limit::Application,
            retry_after,
        } = failure
        {
            let wait = retry_after.and_then(|wait| TimeDelta::from_std(wait).ok());
            let wait = wait.unwrap_or(TimeDelta::seconds(60));
            self.shared.application.close(self.now() + wait);
        }
        if let Failure::NotConnected { text } = failure {
            let link = Link::Broken {
                reason: text.clone(),
            };
            self.handle.set_link(Actor::Scheduler, link).await?;
        }
        Ok(())
    }

    /// A workflow of which something cannot be read or decided stalls itself alone. It is tried
    /// again with the next drive.
    fn leave_out(&mut self, workflow: WorkflowId, error: &CommandError) {
        self.faulty.insert(workflow);
        let (practice, sentence) = (self.handle.id().clone(), chain(error));
        tracing::error!(%practice, %workflow, error = sentence, "a workflow could not be driven");
        metrics::faulty();
        let sentence = format!("workflow {workflow}: {sentence}");
        self.report.troubled.push((practice, sentence));
    }

    fn trouble(&mut self, error: &CommandError) {
        let practice = self.handle.id().clone();
        self.stuck = true;
        self.blocked_until = Some(self.now() + self.options.look_every * 5);
        if let CommandError::Store(StoreError::FenceLost { .. }) = error {
            self.report.elsewhere.push(practice);
            return;
        }
        let sentence = chain(error);
        tracing::error!(%practice, error = sentence, "a practice could not be driven");
        self.report.troubled.push((practice, sentence));
    }
}

/// How many rows of one faulty workflow may stand among what is due, before what follows them
/// waits for the next drive.
const FAULTY_ROWS: usize = 20;

/// Whether an error is about the one workflow that a turn was for, and not about the store, the
/// lease or the practice.
fn is_of_one_workflow(error: &CommandError) -> bool {
    match error {
        CommandError::Store(StoreError::Damaged { .. }) | CommandError::NotFound { .. } => true,
        CommandError::Store(_) | CommandError::UnknownZone(_) => false,
        _ => true,
    }
}

/// An error with its causes, in one line.
fn chain(error: &CommandError) -> String {
    let mut sentence = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        sentence = format!("{sentence}: {cause}");
        source = cause.source();
    }
    sentence
}
