//! Sending, over the memory store and a simulated receiver that refuses, does not answer, or takes
//! a message of which nobody hears: each thing arrives at least once, and in order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use serde_json::Value;
use workflow_core::audit::Actor;
use workflow_core::deployment::conclude::Policy;
use workflow_core::ids::{WebhookId, WorkflowId};
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::Failure;
use workflow_core::ports::secrets::SecretStore as _;
use workflow_core::ports::store::{LeaseAnswer, LeaseRequest, Store as _};
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{
    Ended, NewWebhook, NewWorkflow, Ports, PracticeHandle, Room, Task, TurnFacts, Workflows,
};
use workflow_core::testing::{
    CallKind, CountingIds, Fate, ManualClock, MemoryGateway, MemoryStore, samples,
};
use workflow_core::verify::verify;
use workflow_core::webhook::{TRIES, WebhookKind};
use workflow_core::zone::{Zone, ZoneName, Zones};
use workflow_webhooks::{Courier, Post, Sender, Sent, sign};

#[derive(Debug)]
struct UtcAlone;

impl Zones for UtcAlone {
    fn zone(&self, _: &ZoneName) -> Option<Zone> {
        Some(Zone::utc())
    }
}

/// What a receiver does with a message.
#[derive(Clone, Copy, Debug)]
enum Will {
    Take,
    Answer(u16),
    /// It takes the message, and its answer is lost.
    TakeUnheard,
    /// It takes the message, and whoever sent it is killed before it hears of that.
    Kill,
}

/// Receivers by address: what they will do next, then take; and what they took.
#[derive(Clone, Debug, Default)]
struct Receivers(Arc<Mutex<BTreeMap<String, Receiver>>>);

#[derive(Debug, Default)]
struct Receiver {
    will: VecDeque<Will>,
    took: Vec<Post>,
}

impl Receivers {
    fn will(&self, url: &str, will: &[Will]) {
        let mut all = self.0.lock().unwrap();
        all.entry(url.to_owned()).or_default().will.extend(will);
    }

    fn took(&self, url: &str) -> Vec<Post> {
        let all = self.0.lock().unwrap();
        all.get(url).map_or_else(Vec::new, |of| of.took.clone())
    }

    /// What arrived, without repeats: each message's sequence and type.
    fn told(&self, url: &str) -> Vec<(u64, String)> {
        let mut seen = BTreeSet::new();
        let first = self.took(url).into_iter();
        let first = first.filter(|post| seen.insert(post.id.clone()));
        let told = first.map(|post| {
            let body: Value = serde_json::from_str(&post.body).unwrap();
            assert_eq!(body["id"], post.id.as_str());
            let kind = body["type"].as_str().unwrap().to_owned();
            (body["sequence"].as_u64().unwrap(), kind)
        });
        told.collect()
    }

    fn kinds(&self, url: &str) -> Vec<String> {
        self.told(url).into_iter().map(|(_, kind)| kind).collect()
    }
}

#[async_trait]
impl Courier for Receivers {
    async fn post(&self, post: &Post) -> Result<u16, String> {
        let will = {
            let mut all = self.0.lock().unwrap();
            let of = all.entry(post.url.as_str().to_owned()).or_default();
            let will = of.will.pop_front().unwrap_or(Will::Take);
            if !matches!(will, Will::Answer(_)) {
                of.took.push(post.clone());
            }
            will
        };
        match will {
            Will::Take => Ok(204),
            Will::Answer(status) => Ok(status),
            Will::TakeUnheard => Err("It did not answer in time.".to_owned()),
            Will::Kill => std::future::pending().await,
        }
    }
}

const FIRST: &str = "https://one.example/hook";
const SECOND: &str = "https://two.example/hook";

struct World {
    store: MemoryStore,
    gateway: MemoryGateway,
    clock: ManualClock,
    workflows: Workflows,
    practice: PracticeHandle,
    receivers: Receivers,
}

fn mara() -> Actor {
    Actor::person("Mara Lindqvist")
}

impl World {
    async fn begin() -> Self {
        let (store, gateway) = (MemoryStore::new(), MemoryGateway::new());
        let clock = ManualClock::at(samples::minute(7 * 60));
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(gateway.clone()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::new(1)),
            zones: Arc::new(UtcAlone),
        })
        .keeping_secrets(Arc::new(store.clone()));
        let acme = samples::practice(&samples::practice_id("acme"));
        let practice = workflows.set_up(mara(), acme).await.unwrap().value;
        let client = samples::client(1, "Harbour Café");
        practice.put_client(mara(), client).await.unwrap();
        Self {
            store,
            gateway,
            clock,
            workflows,
            practice,
            receivers: Receivers::default(),
        }
    }

    async fn endpoint(&self, url: &str, kinds: &[WebhookKind]) -> WebhookId {
        let new = NewWebhook {
            url: url.parse().unwrap(),
            kinds: kinds.iter().copied().collect(),
        };
        self.practice
            .add_webhook(mara(), new)
            .await
            .unwrap()
            .value
            .id
    }

    fn sender(&self) -> Sender {
        Sender::new(self.workflows.clone(), Arc::new(self.receivers.clone()))
    }

    /// Sends what can be sent; where whoever sends is killed, says so.
    async fn send(&self) -> Option<Sent> {
        let sender = self.sender();
        let mut sending = std::pin::pin!(sender.send_due());
        // Everything in memory answers at once: what is not ready by then never is.
        for _ in 0..200 {
            let polled =
                std::future::poll_fn(|cx| std::task::Poll::Ready(sending.as_mut().poll(cx)));
            if let std::task::Poll::Ready(sent) = polled.await {
                return Some(sent);
            }
        }
        None
    }

    async fn by_hand(&self, name: &str) -> WorkflowId {
        let new = NewWorkflow::named(name).client(samples::client(1, "Harbour Café").id);
        self.practice.add(mara(), new).await.unwrap().value
    }

    /// Does what a scheduler would do until nothing is due.
    async fn run(&self) {
        let request = LeaseRequest {
            holder: samples::holder("test"),
            now: self.clock.now(),
            time: TimeDelta::days(3_650),
        };
        let lease = self.store.lease(self.practice.id(), &request).await;
        let LeaseAnswer::Granted(lease) = lease.unwrap() else {
            panic!("nobody else holds it");
        };
        let facts = TurnFacts {
            lease,
            policy: Policy::default(),
            retry_in: Arc::new(|_| TimeDelta::seconds(5)),
            room: Room::Free,
        };
        while let Some(due) = self.practice.due(1).await.unwrap().pop() {
            let mut task = Task::Due(due);
            loop {
                let turn = self.practice.turn(&task, &facts).await.unwrap();
                let (Some((step, call)), Some(occurrence)) = (turn.call, turn.occurrence) else {
                    break;
                };
                let outcome = call.make(&self.gateway, self.practice.id()).await;
                task = Task::Ended(Box::new(Ended {
                    workflow: turn.workflow,
                    occurrence,
                    step,
                    sent: Some(self.clock.now()),
                    outcome,
                }));
            }
        }
    }

    async fn deploy(&self, name: &str) -> WorkflowId {
        let id = self.by_hand(name).await;
        self.practice.deploy_now(mara(), id, None).await.unwrap();
        self.run().await;
        id
    }

    async fn parked(&self, id: WebhookId) -> Option<String> {
        let webhooks = self.practice.webhooks().await.unwrap().value;
        let parked = webhooks.endpoints[&id].parked.clone();
        parked.map(|parked| parked.reason)
    }

    /// Lets time pass until nothing waits.
    async fn settle(&self) {
        for _ in 0..100 {
            self.clock.advance(TimeDelta::hours(5));
            if self.send().await == Some(Sent::default()) {
                return;
            }
        }
        panic!("it does not settle");
    }
}

#[tokio::test]
async fn what_is_deployed_and_becomes_inactive_is_told_in_order_and_once() {
    let world = World::begin().await;
    world.deploy("Before it was there").await;
    world.endpoint(FIRST, &WebhookKind::ALL).await;
    let id = world.deploy("Onboarding").await;
    let sent = world.send().await.unwrap();
    assert_eq!((sent.taken, sent.refused), (2, 0));
    assert_eq!(
        world.receivers.kinds(FIRST),
        ["deployed", "became_inactive"]
    );
    let body: Value = serde_json::from_str(&world.receivers.took(FIRST)[0].body).unwrap();
    assert_eq!(body["workflow"]["id"], id.to_string());
    assert_eq!(body["workflow"]["name"], "Onboarding");
    assert_eq!(body["occurrence"], "once");
    let number = world
        .gateway
        .jobs(world.practice.id())
        .pop()
        .unwrap()
        .number;
    assert_eq!(body["job"]["number"], number.as_str());
    let body: Value = serde_json::from_str(&world.receivers.took(FIRST)[1].body).unwrap();
    assert_eq!(body["message"], "inactive, completed");
    assert_eq!(world.send().await, Some(Sent::default()), "nothing twice");
    assert_eq!(world.receivers.took(FIRST).len(), 2);
}

#[tokio::test]
async fn what_fails_and_what_is_uncertain_is_told_and_what_became_of_it() {
    let world = World::begin().await;
    world.endpoint(FIRST, &WebhookKind::ALL).await;
    let text = "the client is archived in XPM".to_owned();
    world
        .gateway
        .fail_next(CallKind::CreateJob, Failure::Refused { text });
    let failed = world.deploy("Refused").await;
    world
        .gateway
        .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    world.deploy("Lost").await;
    world.send().await.unwrap();
    assert_eq!(world.receivers.kinds(FIRST), ["failed", "uncertain"]);
    let body: Value = serde_json::from_str(&world.receivers.took(FIRST)[0].body).unwrap();
    let message = body["message"].as_str().unwrap();
    assert!(
        message.contains("the client is archived in XPM"),
        "{message}"
    );
    world.clock.advance(TimeDelta::hours(1));
    world.run().await;
    let once = workflow_core::workflow::Occurrence::Once;
    let reason = workflow_core::text::Reason::new("Done elsewhere").unwrap();
    let given_up = world.practice.give_up(mara(), failed, once, reason).await;
    given_up.unwrap();
    world.send().await.unwrap();
    let kinds = world.receivers.kinds(FIRST);
    assert_eq!(
        kinds[2..],
        ["deployed", "became_inactive", "became_inactive"]
    );
}

#[tokio::test]
async fn a_state_that_lasts_within_one_decision_alone_is_not_told() {
    let world = World::begin().await;
    world.endpoint(FIRST, &[WebhookKind::BecameInactive]).await;
    let id = world.by_hand("Onboarding").await;
    // For a moment within the decision it repeats and has no date yet.
    let workflow = world.practice.workflow(id).await.unwrap().unwrap().value;
    let monthly = Recurrence::monthly()
        .on_day(7)
        .from("2026-03-07".parse().unwrap());
    let mut plan = workflow.plan().clone();
    plan.schedule = workflow_core::workflow::Schedule::Recurring(monthly.build().unwrap());
    let planned = world.practice.change_plan(mara(), id, plan).await;
    planned.unwrap();
    assert!(
        world
            .practice
            .workflow(id)
            .await
            .unwrap()
            .unwrap()
            .value
            .status()
            .is_active()
    );
    world.send().await.unwrap();
    assert_eq!(world.receivers.kinds(FIRST), Vec::<String>::new());
    world.practice.archive(mara(), id).await.unwrap();
    world.send().await.unwrap();
    assert_eq!(world.receivers.kinds(FIRST), ["became_inactive"]);
}

#[tokio::test]
async fn an_endpoint_is_told_of_what_it_asked_for_alone() {
    let world = World::begin().await;
    world.endpoint(FIRST, &[WebhookKind::BecameInactive]).await;
    world
        .endpoint(SECOND, &[WebhookKind::Deployed, WebhookKind::Failed])
        .await;
    world.deploy("Onboarding").await;
    world.send().await.unwrap();
    assert_eq!(world.receivers.kinds(FIRST), ["became_inactive"]);
    assert_eq!(world.receivers.kinds(SECOND), ["deployed"]);
}

#[tokio::test]
async fn refused_unanswered_or_killed_in_between_each_arrives_at_least_once_and_in_order() {
    // Each way in which the first four sends may end, with what follows.
    let ways = [Will::Take, Will::Answer(500), Will::TakeUnheard, Will::Kill];
    for way in 0..ways.len().pow(4) {
        let world = World::begin().await;
        world.endpoint(FIRST, &WebhookKind::ALL).await;
        world.endpoint(SECOND, &WebhookKind::ALL).await;
        let will: Vec<Will> = (0..4)
            .map(|at| ways[way / ways.len().pow(at) % ways.len()])
            .collect();
        world.receivers.will(FIRST, &will);
        for name in ["One", "Two"] {
            world.deploy(name).await;
            world.send().await;
        }
        world.settle().await;
        let told = world.receivers.told(SECOND);
        assert_eq!(told.len(), 4, "{will:?}");
        assert_eq!(world.receivers.told(FIRST), told, "{will:?}");
        // In order, repeats included: none comes before one that it follows.
        let posts = world.receivers.took(FIRST);
        let place = |post: &Post| {
            told.iter().position(|(seq, kind)| {
                let body: Value = serde_json::from_str(&post.body).unwrap();
                body["sequence"] == *seq && body["type"] == kind.as_str()
            })
        };
        let places: Vec<_> = posts.iter().map(place).collect();
        assert!(places.is_sorted(), "{will:?}: {places:?}");
        let report = verify(&world.store, world.practice.id()).await.unwrap();
        assert_eq!(report.first_break, None);
    }
}

#[tokio::test]
async fn a_repeat_has_the_same_id_and_body_and_a_signature_of_its_time() {
    let world = World::begin().await;
    let id = world.endpoint(FIRST, &[WebhookKind::Deployed]).await;
    world.receivers.will(FIRST, &[Will::TakeUnheard]);
    world.deploy("Onboarding").await;
    world.send().await.unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    world.send().await.unwrap();
    let [first, second] = &world.receivers.took(FIRST)[..] else {
        panic!("it was sent twice");
    };
    assert_eq!((&first.id, &first.body), (&second.id, &second.body));
    assert_ne!(first.timestamp, second.timestamp);
    let secret = world.practice.webhook_secret(id).await.unwrap().unwrap();
    let signature = sign(&secret, &second.id, world.clock.now(), &second.body).unwrap();
    assert_eq!(second.signature, signature);
    assert_ne!(first.signature, second.signature);
}

#[tokio::test]
async fn an_endpoint_that_keeps_failing_is_parked_and_goes_on_where_it_was_when_resumed() {
    let world = World::begin().await;
    let id = world.endpoint(FIRST, &WebhookKind::ALL).await;
    world.endpoint(SECOND, &WebhookKind::ALL).await;
    let tries = usize::try_from(TRIES).unwrap();
    world.receivers.will(FIRST, &vec![Will::Answer(503); tries]);
    world.deploy("One").await;
    world.settle().await;
    let reason = world.parked(id).await.unwrap();
    assert_eq!(
        reason,
        format!("It answered 503. It was tried {TRIES} times.")
    );
    // Nothing is sent to it any more, and nothing of what happens is lost.
    world.deploy("Two").await;
    world.settle().await;
    assert_eq!(world.receivers.took(FIRST), []);
    assert_eq!(
        world.receivers.told(SECOND).len(),
        4,
        "the other one is not held up"
    );
    world.practice.resume_webhook(mara(), id).await.unwrap();
    world.send().await.unwrap();
    assert_eq!(world.receivers.told(FIRST), world.receivers.told(SECOND));
    assert_eq!(world.parked(id).await, None);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_or_has_no_secret_is_parked_at_once() {
    let world = World::begin().await;
    let gone = world.endpoint(FIRST, &WebhookKind::ALL).await;
    let bare = world.endpoint(SECOND, &WebhookKind::ALL).await;
    world.receivers.will(FIRST, &[Will::Answer(410)]);
    let name = format!("webhook:{bare}");
    world
        .store
        .forget_secret(world.practice.id(), &name)
        .await
        .unwrap();
    world.deploy("One").await;
    world.send().await.unwrap();
    assert!(world.parked(gone).await.unwrap().contains("410"));
    assert!(
        world
            .parked(bare)
            .await
            .unwrap()
            .contains("secret is missing")
    );
    let renewed = world.practice.renew_webhook_secret(mara(), bare).await;
    assert!(renewed.unwrap().value.is_some());
    world.practice.resume_webhook(mara(), bare).await.unwrap();
    world.send().await.unwrap();
    assert_eq!(world.receivers.told(SECOND).len(), 2);
}

#[tokio::test]
async fn an_endpoint_that_moves_or_is_taken_out_keeps_nothing_from_the_others() {
    let world = World::begin().await;
    let id = world.endpoint(FIRST, &WebhookKind::ALL).await;
    world.receivers.will(FIRST, &[Will::Answer(404)]);
    world.deploy("One").await;
    world.send().await.unwrap();
    let moved = NewWebhook {
        url: SECOND.parse().unwrap(),
        kinds: WebhookKind::ALL.into(),
    };
    let changed = world.practice.change_webhook(mara(), id, moved).await;
    changed.unwrap();
    world.send().await.unwrap();
    assert_eq!(
        world.receivers.told(SECOND).len(),
        2,
        "at once, from where it was"
    );
    world.practice.remove_webhook(mara(), id).await.unwrap();
    world.deploy("Two").await;
    world.send().await.unwrap();
    assert_eq!(world.receivers.told(SECOND).len(), 2);
    assert!(world.practice.webhook_secret(id).await.unwrap().is_none());
    // One that is added after it begins anew.
    world.endpoint(FIRST, &WebhookKind::ALL).await;
    world.deploy("Three").await;
    world.send().await.unwrap();
    assert_eq!(world.receivers.told(FIRST).len(), 2);
}

#[tokio::test]
async fn a_sender_that_runs_is_woken_by_what_happens_and_stops_when_asked() {
    let world = World::begin().await;
    world.endpoint(FIRST, &[WebhookKind::Deployed]).await;
    let (stop, stopped) = futures_util::future::abortable(std::future::pending::<()>());
    let sender = world.sender();
    let running = tokio::spawn(async move {
        sender
            .run(async {
                stop.await.expect_err("it is asked to stop");
            })
            .await
    });
    // Once it sleeps, it has looked at everything.
    world.clock.sleepers_reach(1).await;
    world.deploy("Onboarding").await;
    while world.receivers.took(FIRST).is_empty() {
        tokio::task::yield_now().await;
    }
    stopped.abort();
    assert_eq!(running.await.unwrap().taken, 1);
}
