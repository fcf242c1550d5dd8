//! Driving one practice: its lease, its turns decided one after another, stored and called side by
//! side.

mod refreshing;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use workflow_core::audit::Actor;
use workflow_core::deployment::Rank;
use workflow_core::ids::{ClientId, HolderId, PracticeId, WorkflowId};
use workflow_core::ports::gateway::{Failure, Limit, Linking};
use workflow_core::ports::store::{Due, Lease, LeaseAnswer, LeaseRequest, StoreError};
use workflow_core::practice::Link;
use workflow_core::service::{
    Call, CallOutcome, CallPlace, Closed, CommandError, Decided, PracticeHandle, Room, Round,
    Swept, Task, Turn, TurnFacts, Workflows,
};
use workflow_core::workflow::decide::Refusal;

use crate::application::{Application, Claim};
use crate::flight::{Calling, Flights, Landed, Next, Stored};
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

/// How many turns of a practice are stored at the same time, at most.
const STORED_AT_ONCE: usize = 32;

/// How often a turn is decided anew when somebody else changed its workflow each time.
const TRIES: u32 = 8;

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
        flights: Flights::default(),
        report: Report::default(),
        blocked_until: None,
        stuck: false,
        uncounted: false,
        deploys_blocked_until: None,
        turns: 0,
        application_full_until: None,
        faulty: BTreeSet::new(),
        sweep_at,
        to_look_through: Vec::new(),
        refresh_from: None,
    };
    if let Err(error) = driver.run().await {
        driver.trouble(&error);
    }
    driver.report.unfinished += driver.flights.calling() as u64;
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
    flights: Flights,
    report: Report,
    blocked_until: Option<DateTime<Utc>>,
    stuck: bool,
    /// The budget looked spent while it was not known which calls are in it already: nothing
    /// further is called until a turn more is known to be stored.
    uncounted: bool,
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
            let mut round = self.round().await?;
            // More may have landed while it was read.
            while let Some(Some(landed)) = self.flights.land().now_or_never() {
                self.land(&held, landed).await?;
            }
            self.go_on(&held, &mut round).await?;
            self.begin_what_is_due(&held, &mut round).await?;
            if self.flights.storing() == 0 && std::mem::take(&mut self.uncounted) {
                // What the budget holds can be told now.
                continue;
            }
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
            let mut landed = match select(self.flights.land().boxed(), renewal).await {
                Either::Left((landed, _)) => landed,
                Either::Right(_) => None,
            };
            // What has landed with it is taken in at once, and calls are under way before anything
            // further is decided.
            while let Some(next) = landed {
                self.land(&held, next).await?;
                landed = self.flights.land().now_or_never().flatten();
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
        let full = self.flights.calls() >= self.options.calls_at_once
            || self.uncounted
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

    /// What the next turns have in common.
    async fn round(&mut self) -> Result<Round, CommandError> {
        self.handle.round(self.flights.unstored()).await
    }

    /// Takes the turns of what has ended.
    async fn go_on(&mut self, held: &Held, round: &mut Round) -> Result<(), CommandError> {
        while let Some(next) = self.flights.next_ready() {
            let claim = match &next.task {
                // A look-up for another deployment answers it too, by now.
                Task::Due(due) if self.flights.hold(due) => continue,
                Task::Due(due) => claim(due),
                Task::Ended(_) => Claim::First,
            };
            let workflow = next.workflow();
            match self.decide(held, round, next, claim).await {
                // Its intent stays open, so that what became of the call is looked up once it is
                // cured.
                Err(error) if is_of_one_workflow(&error) => self.leave_out(workflow, &error),
                decided => drop(decided?),
            }
        }
        Ok(())
    }

    async fn begin_what_is_due(
        &mut self,
        held: &Held,
        round: &mut Round,
    ) -> Result<(), CommandError> {
        if self.is_broken(round) {
            return Ok(());
        }
        // Each round begins at most one occurrence of each workflow, so that what is due in one
        // workflow does not push back another's.
        // What takes long is cut short, so that the lease is renewed between.
        while self.may_begin() && self.now() < held.renew_at {
            let (due, all) = self.due().await?;
            let mut went_on = false;
            for item in due {
                if !self.may_begin() {
                    break;
                }
                if self.flights.hold(&item) || self.faulty.contains(&item.workflow) {
                    continue;
                }
                let (claim, workflow) = (claim(&item), item.workflow);
                let next = Next::new(Task::Due(item), item.at);
                went_on |= match self.decide(held, round, next, claim).await {
                    Err(error) if is_of_one_workflow(&error) => {
                        self.leave_out(workflow, &error);
                        true
                    }
                    went_on => went_on?,
                };
            }
            if !went_on || all == Listed::All {
                break;
            }
        }
        Ok(())
    }

    fn may_begin(&self) -> bool {
        self.room() == Room::Free && self.flights.storing() < STORED_AT_ONCE
    }

    /// What is due; the look-ups alone where the budget lets nothing else through, so that what
    /// cannot be deployed today does not stand before what can be recovered.
    async fn due(&mut self) -> Result<(Vec<Due>, Listed), CommandError> {
        let now = self.now();
        if self.deploys_blocked_until.is_some_and(|until| until > now) {
            let mut look_ups = self.handle.look_ups().await?;
            look_ups.retain(|due| due.at <= now);
            return Ok((look_ups, Listed::All));
        }
        let faulty = FAULTY_ROWS * self.faulty.len();
        let limit = self.options.calls_at_once + self.flights.rows() + faulty;
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let due = self.handle.due(limit).await?;
        let all = match due.len() < limit as usize {
            true => Listed::All,
            false => Listed::First,
        };
        Ok((due, all))
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
    fn is_broken(&mut self, round: &Round) -> bool {
        let needed = self.workflows.ports().gateway.linking() == Linking::Needed;
        let broken = match round.practice().link {
            Link::Broken { .. } => true,
            Link::NotConnected => needed,
            Link::Connected { .. } => false,
        };
        if broken {
            self.wait_for_a_connection();
        }
        broken
    }

    fn wait_for_a_connection(&mut self) {
        self.stuck = true;
        self.blocked_until = Some(self.now() + self.options.look_every * 5);
    }

    /// Decides a turn and begins to store it; says whether anything happened in it.
    async fn decide(
        &mut self,
        held: &Held,
        round: &mut Round,
        mut next: Next,
        claim: Claim,
    ) -> Result<bool, CommandError> {
        // What the call told is in the round from here on.
        drop(next.place.take());
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
        let taken = next.taken.as_ref();
        let decided = self.handle.decide(round, &next.task, &facts, taken).await;
        let calls = |decided: &Decided| decided.turn().call.is_some();
        let calls = decided.as_ref().is_ok_and(calls);
        if room == Room::Free && !calls {
            self.shared.application.give_back(self.handle.id());
        }
        let place = place.filter(|_| calls);
        let decided = decided?;
        let turn = decided.turn();
        if turn.closed != Closed::default() && round.may_count_twice() {
            self.uncounted = true;
        } else {
            let Closed {
                deploys_until,
                look_ups_until,
            } = turn.closed;
            self.deploys_blocked_until = self.deploys_blocked_until.max(deploys_until);
            self.blocked_until = self.blocked_until.max(look_ups_until);
        }
        let went_on = !turn.events.is_empty() || turn.call.is_some();
        self.turns += u64::from(went_on);
        if !decided.is_nothing() {
            self.flights
                .store(self.handle.clone(), next, decided, place);
        }
        Ok(went_on)
    }

    async fn land(&mut self, held: &Held, landed: Landed) -> Result<(), CommandError> {
        match landed {
            Landed::Stored(stored) => {
                self.uncounted = false;
                let Stored {
                    next,
                    keys,
                    turn,
                    place,
                    ..
                } = *stored;
                match turn {
                    Ok(turn) => self.stored(held, turn, next.since, place),
                    Err(error) => {
                        if !keys.is_empty() {
                            self.shared.application.give_back(self.handle.id());
                        }
                        self.not_stored(next, error)?;
                    }
                }
            }
            Landed::Called(called) => {
                self.heed(&called.call, &called.ended.outcome).await?;
                self.flights.called(*called);
            }
        }
        Ok(())
    }

    /// Makes the call of a turn that was stored.
    fn stored(&mut self, held: &Held, turn: Turn, since: DateTime<Utc>, place: Option<CallPlace>) {
        for event in &turn.events {
            tracing::debug!(practice = %self.handle.id(), workflow = %turn.workflow, ?event, "turn");
        }
        self.report.note(&turn.events);
        metrics::turned(&turn.events, Some(since), self.now());
        if turn.call.is_some() {
            self.report.calls += 1;
            let workflows = self.workflows.clone();
            let called = Calling {
                turn,
                since,
                place,
                deadline: held.deadline,
            };
            self.flights.call(workflows, &self.handle, called);
        }
    }

    /// A turn that met somebody else's change is decided anew, from what is there now.
    fn not_stored(&mut self, mut next: Next, error: CommandError) -> Result<(), CommandError> {
        let workflow = next.workflow();
        match error {
            CommandError::Store(StoreError::Conflict { .. }) if next.tries + 1 < TRIES => {
                next.tries += 1;
                self.flights.make_ready(next);
            }
            CommandError::Store(StoreError::Conflict { .. }) => {
                let what = "workflow";
                self.leave_out(workflow, &CommandError::Changed { what });
            }
            // Adopted for another occurrence before it was known whose it is.
            CommandError::Refused(taken @ Refusal::JobTaken { .. }) if next.taken.is_none() => {
                next.taken = Some(taken);
                self.flights.make_ready(next);
            }
            error if is_of_one_workflow(&error) => self.leave_out(workflow, &error),
            error => return Err(error),
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
            self.wait_for_a_connection();
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

/// Whether what was listed as due is all that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    All,
    First,
}

fn claim(due: &Due) -> Claim {
    match due.rank {
        Rank::Asked => Claim::First,
        Rank::Scheduled => Claim::Due,
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
