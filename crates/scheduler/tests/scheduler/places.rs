//! What a person asks for goes first across practices, also when every place is used.

use std::pin::pin;

use chrono::TimeDelta;
use scheduler::Options;
use workflow_core::audit::Actor;
use workflow_core::ids::PracticeId;
use workflow_core::practice::Practice;
use workflow_core::service::NewWorkflow;
use workflow_core::testing::{CallKind, HeldWhen, samples};

use super::world::{World, acme, as_far_as_it_goes, connected};

impl World {
    /// Another practice of the same store, with one workflow by hand and one that is due.
    async fn beside_it(&self, practice: &PracticeId) -> workflow_core::ids::WorkflowId {
        let host = || Actor::host("test");
        let set_up = Practice {
            link: connected(),
            ..samples::practice(practice)
        };
        let handle = self.workflows.set_up(host(), set_up).await.unwrap().value;
        let client = samples::client(1, "Client 1");
        handle.put_client(host(), client.clone()).await.unwrap();
        let due = NewWorkflow::named("Accounts").on_date(samples::day(0));
        handle.add(host(), due.client(client.id)).await.unwrap();
        let by_hand = NewWorkflow::named("Tax return").client(client.id);
        handle.add(host(), by_hand).await.unwrap().value
    }
}

#[tokio::test]
async fn a_practice_whose_person_asks_is_driven_beyond_the_places_and_no_other_is() {
    let world = World::begin().await;
    world.add_due(0..1).await;
    let (asking, waiting) = (samples::practice_id("beta"), samples::practice_id("gamma"));
    let asked = world.beside_it(&asking).await;
    world.beside_it(&waiting).await;
    let hold = || {
        let gateway = &world.gateway;
        gateway.hold_next(CallKind::CreateJob, HeldWhen::Before)
    };
    let (first, others) = (hold(), [hold(), hold(), hold()]);

    let scheduler = world.scheduler().with(Options {
        practices_at_once: 1,
        ..Options::default()
    });
    let mut running = pin!(scheduler.run_until_settled(TimeDelta::hours(1)));
    assert!(as_far_as_it_goes(&mut running).await.is_none());
    let callers = || {
        let calls = world.gateway.calls().into_iter();
        calls.map(|call| call.practice).collect::<Vec<_>>()
    };
    assert_eq!(callers(), [acme()]);

    let handle = world.workflows.practice(asking.clone());
    let mere = Actor::person("Mere");
    handle.deploy_now(mere, asked, None).await.unwrap();
    world.clock.advance(TimeDelta::seconds(1));
    assert!(as_far_as_it_goes(&mut running).await.is_none());
    // The first of its calls is the one that was asked for.
    let made = callers();
    assert_eq!(made.first(), Some(&acme()));
    assert!(made.len() > 1, "what a person asked for is sent");
    assert!(made[1..].iter().all(|caller| *caller == asking), "{made:?}");

    first.release();
    drop(others);
    let report = world.finish(running).await;
    assert_eq!(report.deployed, 4, "{report:?}");
    assert_eq!(world.gateway.jobs(&waiting).len(), 1);
    assert_eq!(world.gateway.jobs(&asking).len(), 2);
}
