//! What only a person can tell: whether a job template was applied whose reply was lost while the
//! job's tasks were changed.

use workflow_core::audit::Actor;
use workflow_core::deployment::{How, Phase, StepState};
use workflow_core::ids::WorkflowId;
use workflow_core::service::{CommandError, NewWorkflow};
use workflow_core::testing::{CallKind, Fate, HeldWhen, samples};
use workflow_core::workflow::Occurrence;
use workflow_core::workflow::decide::Told;

use super::world::{World, acme};

/// The second of three templates was applied or dropped, nobody knows; a person changed the job.
async fn untold(fate: Fate) -> (World, WorkflowId) {
    let world = World::begin().await;
    let templates = [1, 2, 3].map(|number| samples::uuid(7, number).to_string().parse().unwrap());
    for (template, task) in templates.iter().zip(["Collect", "Prepare", "Review"]) {
        world.gateway.set_tasks(*template, [task]);
    }
    let new = NewWorkflow::named("Accounts").templates(templates);
    let id = world.add(0, new.on_date(samples::day(0))).await;
    world.gateway.lose_reply(CallKind::ApplyTemplate, fate);
    let report = world.run_due().await;
    assert_eq!(report.lost, 1, "{report:?}");
    let number = world.gateway.jobs(&acme())[0].number.clone();
    world.gateway.edit(&acme(), &number, |job| {
        job.tasks = Some(vec!["Something else".to_owned()]);
    });
    let report = world.settle().await;
    assert_eq!((report.parked, report.deployed), (1, 0), "{report:?}");
    let waits = world.deployment(id).await;
    assert_eq!(*waits.phase(), Phase::Failed);
    assert_eq!(waits.untold_template(), Some((1, templates[1])));
    (world, id)
}

impl World {
    async fn tell(&self, id: WorkflowId, told: Told) -> Result<(), CommandError> {
        let mere = Actor::person("Mere");
        let practice = self.practice();
        let told = practice.tell(mere, id, Occurrence::Once, told).await;
        told.map(|_| ())
    }

    fn tasks(&self) -> Vec<String> {
        self.gateway.jobs(&acme())[0].tasks.clone().unwrap()
    }
}

#[tokio::test]
async fn a_template_that_a_person_saw_applied_is_not_sent_again() {
    let (world, id) = untold(Fate::CarriedOut).await;
    world.tell(id, Told::Applied).await.unwrap();
    let report = world.settle().await;
    assert_eq!(report.deployed, 1, "{report:?}");
    let deployed = world.deployment(id).await;
    assert_eq!(
        deployed.steps()[1].state,
        StepState::Done { how: How::Told }
    );
    assert_eq!(world.gateway.count(CallKind::ApplyTemplate), 2, "the third");
    assert_eq!(world.tasks(), ["Something else", "Review"]);
    world.assert_one_job_each(1);
    let verified = workflow_core::verify::verify(&world.store, &acme()).await;
    assert_eq!(verified.unwrap().first_break, None);
}

#[tokio::test]
async fn a_template_that_a_person_did_not_see_applied_is_sent_once_more() {
    let (world, id) = untold(Fate::Dropped).await;
    world.tell(id, Told::NotApplied).await.unwrap();
    // The reply to it is lost once more: by the tasks as the person saw them it is told apart.
    let lost = world
        .gateway
        .hold_next(CallKind::ApplyTemplate, HeldWhen::Before);
    drop(lost);
    world
        .gateway
        .lose_reply(CallKind::ApplyTemplate, Fate::CarriedOut);
    let report = world.settle().await;
    assert_eq!((report.deployed, report.lost), (1, 1), "{report:?}");
    assert_eq!(world.tasks(), ["Something else", "Prepare", "Review"]);
    world.assert_one_job_each(1);
    let verified = workflow_core::verify::verify(&world.store, &acme()).await;
    assert_eq!(verified.unwrap().first_break, None);
}

#[tokio::test]
async fn nobody_is_asked_twice_or_before_it_is_needed() {
    let (world, id) = untold(Fate::CarriedOut).await;
    let other = world.add_due(1..2).await[0];
    world.settle().await;
    let refused = world.tell(other, Told::Applied).await.unwrap_err();
    assert!(matches!(refused, CommandError::Refused(_)), "{refused:?}");
    world.tell(id, Told::Applied).await.unwrap();
    let calls = world.gateway.calls().len();
    let refused = world.tell(id, Told::NotApplied).await.unwrap_err();
    assert!(matches!(refused, CommandError::Refused(_)), "{refused:?}");
    assert_eq!(world.gateway.calls().len(), calls, "no call is spent on it");
}
