//! Jobs with numbers of ours: one exact read settles what became of a create, and what has the
//! number without the marker is never taken for the job.

use workflow_core::audit::{Actor, Event};
use workflow_core::deployment::{Deployment, How, Phase, StepState};
use workflow_core::ids::{JobNumber, WorkflowId};
use workflow_core::numbering::JobNumbering;
use workflow_core::ports::gateway::{CreateJob, Failure, JobGateway as _, OwnNumbers};
use workflow_core::ports::store::{EntryQuery, Store as _};
use workflow_core::service::CommandError;
use workflow_core::testing::{CallKind, Fate, Request, Rows, samples};
use workflow_core::workflow::Occurrence;
use workflow_core::workflow::decide::Refusal;

use super::world::{World, acme};

fn ours() -> JobNumbering {
    let prefix = "WF-".parse().unwrap();
    JobNumbering::Own { prefix }
}

fn mere() -> Actor {
    Actor::person("Mere")
}

impl World {
    /// A practice that numbers its jobs itself.
    async fn numbering() -> Self {
        let world = Self::begin().await;
        world.set_numbering(ours()).await.unwrap();
        world
    }

    async fn set_numbering(&self, numbering: JobNumbering) -> Result<(), CommandError> {
        let practice = self.practice();
        practice.set_numbering(mere(), numbering).await.map(|_| ())
    }

    /// The number that the first due occurrence of a workflow has from the start.
    fn number_of(&self, deployment: &Deployment) -> JobNumber {
        ours().number(deployment.marker()).expect("a number")
    }

    /// Somebody else's job that has the number.
    async fn take(&self, number: &JobNumber, client: u32) {
        let job = CreateJob {
            client: samples::client_id(client),
            name: "By hand".to_owned(),
            description: "made by hand".to_owned(),
            start: samples::day(0),
            due: samples::day(1),
            reference: None,
            template: None,
            category: None,
            budget: None,
            number: Some(number.clone()),
        };
        self.gateway.create_job(&acme(), &job).await.unwrap();
    }

    fn sent(&self) -> Vec<CreateJob> {
        let calls = self.gateway.calls().into_iter();
        calls
            .filter_map(|call| match call.request {
                Request::CreateJob(job) => Some(*job),
                _ => None,
            })
            .collect()
    }

    async fn assert_verified(&self) {
        let verified = workflow_core::verify::verify(&self.store, &acme()).await;
        assert_eq!(verified.unwrap().first_break, None);
    }
}

/// A deployment whose reply was lost, and whose number a job of somebody else has by now.
async fn taken() -> (World, WorkflowId, JobNumber) {
    let world = World::numbering().await;
    let id = world.add_due(0..1).await[0];
    world.gateway.lose_reply(CallKind::CreateJob, Fate::Dropped);
    world.run_due().await;
    let number = world.number_of(&world.deployment(id).await);
    world.take(&number, 7).await;
    let report = world.settle().await;
    assert_eq!((report.deployed, report.parked), (0, 1), "{report:?}");
    (world, id, number)
}

#[tokio::test]
async fn a_job_has_the_number_that_its_occurrence_gives_it() {
    let world = World::numbering().await;
    let id = world.add_due(0..1).await[0];
    let report = world.run_due().await;
    assert_eq!((report.deployed, report.calls), (1, 1), "{report:?}");
    let deployed = world.deployment(id).await;
    let number = world.number_of(&deployed);
    assert_eq!(deployed.job().unwrap().number, number);
    assert!(number.as_str().starts_with("WF-"), "{number}");
    assert_eq!(world.gateway.jobs(&acme())[0].number, number);
    world.assert_verified().await;
}

#[tokio::test]
async fn a_lost_create_that_was_carried_out_is_found_by_one_exact_read() {
    let world = World::numbering().await;
    let id = world.add_due(0..1).await[0];
    world
        .gateway
        .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    let report = world.settle().await;
    assert_eq!((report.deployed, report.calls), (1, 2), "{report:?}");
    assert_eq!(world.gateway.count(CallKind::Job), 1);
    assert_eq!(world.gateway.count(CallKind::JobsOfClient), 0);
    let state = world.deployment(id).await.steps()[0].state;
    let how = How::FoundDone;
    assert_eq!(state, StepState::Done { how });
    world.assert_one_job_each(1);
}

#[tokio::test]
async fn a_lost_create_that_was_dropped_is_sent_again_with_the_same_number_after_two_looks() {
    let world = World::numbering().await;
    world.add_due(0..1).await;
    for _ in 0..2 {
        world.gateway.lose_reply(CallKind::CreateJob, Fate::Dropped);
    }
    let report = world.settle().await;
    assert_eq!((report.deployed, report.lost), (1, 2), "{report:?}");
    let sent = world.sent();
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter()
            .all(|job| *job == sent[0] && job.number.is_some())
    );
    // Twice: by its number, and a settle time later by its marker.
    assert_eq!(world.gateway.count(CallKind::Job), 2);
    assert_eq!(world.gateway.count(CallKind::JobsOfClient), 2);
    world.assert_one_job_each(1);
    world.assert_verified().await;
}

#[tokio::test]
async fn a_job_that_came_to_be_after_the_last_look_is_found_when_its_number_is_refused() {
    let world = World::numbering().await;
    let id = world.add_due(0..1).await[0];
    world.gateway.lose_reply(CallKind::CreateJob, Fate::Dropped);
    world.run_due().await;
    let uncertain = world.deployment(id).await;
    // Far later than XPM may take: after the second look, and before it is sent again.
    let first = world.sent().remove(0);
    let held = world.gateway.hold_next(
        CallKind::JobsOfClient,
        workflow_core::testing::HeldWhen::After,
    );
    let scheduler = world.scheduler();
    let mut run = std::pin::pin!(scheduler.run_until_settled(chrono::TimeDelta::hours(12)));
    while super::world::as_far_as_it_goes(&mut run).await.is_none() {
        if world.gateway.count(CallKind::JobsOfClient) == 1 {
            break;
        }
        world.clock.advance_to(world.clock.next_wake().unwrap());
    }
    held.arrived().await;
    world.gateway.create_job(&acme(), &first).await.unwrap();
    held.release();
    let report = world.finish(run).await;
    assert_eq!(report.deployed, 1, "{report:?}");
    let deployed = world.deployment(id).await;
    assert_eq!(deployed.job().unwrap().number, world.number_of(&uncertain));
    assert_eq!(world.sent().len(), 3, "the test's own among them");
    world.assert_one_job_each(1);
}

#[tokio::test]
async fn a_job_system_that_does_not_keep_to_our_numbers_makes_no_second_job() {
    let world = World::numbering().await;
    let reason = "it counts by itself".to_owned();
    let id = world.add_due(0..1).await[0];
    world
        .gateway
        .set_own_numbers(OwnNumbers::NotTaken { reason });
    world
        .gateway
        .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    let report = world.settle().await;
    assert_eq!(report.deployed, 1, "{report:?}");
    let deployed = world.deployment(id).await;
    assert_eq!(deployed.job().unwrap().number.as_str(), "J000001");
    world.assert_one_job_each(1);
}

#[tokio::test]
async fn lists_without_descriptions_hinder_nobody_who_looks_by_number() {
    let world = World::numbering().await;
    world.gateway.set_rows(Rows::Summary);
    world.add_due(0..2).await;
    world.gateway.lose_reply(CallKind::CreateJob, Fate::Dropped);
    world
        .gateway
        .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    let report = world.settle().await;
    assert_eq!((report.deployed, report.parked), (2, 0), "{report:?}");
    world.assert_one_job_each(2);
}

#[tokio::test]
async fn a_number_that_is_somebody_elses_is_never_adopted_and_a_person_is_shown_whose_it_is() {
    let (world, id, number) = taken().await;
    let waits = world.deployment(id).await;
    assert_eq!((waits.phase(), waits.job()), (&Phase::Failed, None));
    assert_eq!(waits.droppable_number(), Some(&number));
    let sentence = &waits.trouble().unwrap().sentence;
    assert!(sentence.contains(number.as_str()), "{sentence}");
    assert!(sentence.contains("By hand"), "{sentence}");

    // Another try reads whose it is anew, and sends nothing while it is somebody else's.
    let sent = world.sent().len();
    let practice = world.practice();
    practice.retry(mere(), id, Occurrence::Once).await.unwrap();
    let report = world.settle().await;
    assert_eq!((report.parked, report.calls), (1, 1), "{report:?}");
    assert_eq!(world.sent().len(), sent);
    world.assert_verified().await;
}

#[tokio::test]
async fn what_cannot_have_our_number_is_created_under_xpms_after_two_looks_for_its_marker() {
    let (world, id, number) = taken().await;
    let practice = world.practice();
    practice
        .drop_number(mere(), id, Occurrence::Once)
        .await
        .unwrap();
    let report = world.settle().await;
    assert_eq!((report.deployed, report.calls), (1, 3), "{report:?}");
    let deployed = world.deployment(id).await;
    assert_ne!(deployed.job().unwrap().number, number);
    assert_eq!(deployed.own_number(), None);
    assert_eq!(world.sent().last().unwrap().number, None);
    assert_eq!(world.gateway.jobs(&acme()).len(), 2);
    let again = practice.drop_number(mere(), id, Occurrence::Once).await;
    let again = again.unwrap_err();
    assert!(
        matches!(again, CommandError::Refused(Refusal::WrongPhase { .. })),
        "{again:?}"
    );
    world.assert_verified().await;
}

#[tokio::test]
async fn what_was_lost_under_a_number_and_turns_up_later_is_found_before_xpm_numbers_it() {
    let world = World::numbering().await;
    let id = world.add_due(0..1).await[0];
    world
        .gateway
        .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    world.run_due().await;
    // Somebody changes numbers in XPM: ours goes to another job, and the job has another.
    let number = world.number_of(&world.deployment(id).await);
    world.gateway.edit(&acme(), &number, |job| {
        job.number = "J000777".parse().unwrap();
    });
    world.take(&number, 7).await;
    assert_eq!(world.settle().await.parked, 1);
    let practice = world.practice();
    practice
        .drop_number(mere(), id, Occurrence::Once)
        .await
        .unwrap();
    assert_eq!(world.settle().await.deployed, 1);
    let deployed = world.deployment(id).await;
    assert_eq!(deployed.job().unwrap().number.as_str(), "J000777");
    world.assert_one_job_each(2);
}

#[tokio::test]
async fn a_refused_create_is_looked_up_at_once_and_then_a_person_reads_xpms_own_words() {
    let world = World::numbering().await;
    let id = world.add_due(0..1).await[0];
    let text = "Invalid job number".to_owned();
    world
        .gateway
        .fail_next(CallKind::CreateJob, Failure::Refused { text });
    let report = world.run_due().await;
    assert_eq!((report.parked, report.calls), (1, 2), "{report:?}");
    let waits = world.deployment(id).await;
    assert_eq!(*waits.phase(), Phase::Failed);
    let sentence = &waits.trouble().unwrap().sentence;
    assert_eq!(sentence, "XPM refused it: Invalid job number");

    // Cured, it is looked up by number and by marker, and sent.
    let practice = world.practice();
    practice.retry(mere(), id, Occurrence::Once).await.unwrap();
    let report = world.run_due().await;
    assert_eq!((report.deployed, report.calls), (1, 3), "{report:?}");
    world.assert_one_job_each(1);
}

#[tokio::test]
async fn a_refusal_that_leaves_its_job_behind_makes_no_second_one() {
    let world = World::numbering().await;
    let id = world.add_due(0..1).await[0];
    let text = "the template is no longer there".to_owned();
    world
        .gateway
        .fail_next(CallKind::CreateJob, Failure::Refused { text });
    // The refusal is held back until the job is there all the same.
    let report = {
        let begun = world.workflows.clone();
        let scheduler = scheduler::Scheduler::new(begun);
        let held = world
            .gateway
            .hold_next(CallKind::Job, workflow_core::testing::HeldWhen::Before);
        let mut run = std::pin::pin!(scheduler.run_due());
        assert!(super::world::as_far_as_it_goes(&mut run).await.is_none());
        held.arrived().await;
        let sent = world.sent().remove(0);
        world.gateway.create_job(&acme(), &sent).await.unwrap();
        held.release();
        world.finish(run).await
    };
    assert_eq!((report.deployed, report.parked), (1, 0), "{report:?}");
    assert_eq!(*world.deployment(id).await.phase(), Phase::Deployed);
    world.assert_one_job_each(1);
}

#[tokio::test]
async fn what_was_begun_before_the_choice_keeps_what_its_first_intent_froze() {
    let world = World::begin().await;
    let id = world.add_due(0..1).await[0];
    world.gateway.lose_reply(CallKind::CreateJob, Fate::Dropped);
    world.run_due().await;
    world.set_numbering(ours()).await.unwrap();
    let later = world.add_due(1..2).await[0];
    world.gateway.lose_reply(CallKind::CreateJob, Fate::Dropped);
    world.run_due().await;
    world.set_numbering(JobNumbering::Xpm).await.unwrap();
    let report = world.settle().await;
    assert_eq!(report.deployed, 2, "{report:?}");
    let numbered: Vec<bool> = world
        .sent()
        .iter()
        .map(|job| job.number.is_some())
        .collect();
    assert_eq!(numbered.iter().filter(|own| **own).count(), 2);
    let first = world.deployment(id).await;
    assert_eq!(first.own_number(), None);
    assert_eq!(first.job().unwrap().number.as_str(), "J000001");
    let later = world.deployment(later).await;
    assert_eq!(later.job().unwrap().number, world.number_of(&later));
    world.assert_one_job_each(2);
    world.assert_verified().await;
}

#[tokio::test]
async fn numbering_is_refused_with_the_reason_where_the_job_system_takes_no_numbers() {
    let world = World::begin().await;
    let reason = "it counts by itself".to_owned();
    world
        .gateway
        .set_own_numbers(OwnNumbers::NotTaken { reason });
    let refused = world.set_numbering(ours()).await.unwrap_err();
    assert_eq!(refused.field(), Some("job numbering"));
    assert_eq!(refused.to_string(), "job numbering: it counts by itself");
    let found = world.practice().practice().await.unwrap();
    assert_eq!(found.value.numbering, JobNumbering::Xpm);
    let changed = workflow_core::practice::Practice {
        numbering: ours(),
        ..found.value
    };
    let refused = world.workflows.set_up(mere(), changed).await.unwrap_err();
    assert_eq!(refused.field(), Some("job numbering"));
}

#[tokio::test]
async fn the_choice_is_in_the_audit_and_made_once() {
    let world = World::numbering().await;
    world.set_numbering(ours()).await.unwrap();
    let entries = world
        .store
        .entries(&acme(), &EntryQuery::default())
        .await
        .unwrap();
    let chosen: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.line.event {
            Event::Practice(change) => Some(change.after.numbering.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(chosen, [JobNumbering::Xpm, ours()]);
}
