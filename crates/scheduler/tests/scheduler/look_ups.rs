//! One look-up for many, and whose a job is.

use workflow_core::audit::Actor;
use workflow_core::deployment::Phase;
use workflow_core::ids::{StaffId, TemplateId};
use workflow_core::ports::gateway::{CreateJob, Failure, JobGateway as _};
use workflow_core::practice::Person;
use workflow_core::service::{CommandError, NewWorkflow};
use workflow_core::testing::{CallKind, Fate, Request, samples};
use workflow_core::workflow::Occurrence;
use workflow_core::workflow::decide::Refusal;

use super::world::{World, acme};

#[tokio::test]
async fn one_list_of_a_clients_jobs_settles_all_that_is_uncertain_of_it() {
    let world = World::begin().await;
    let mut workflows = Vec::new();
    for number in 0..12 {
        let new = NewWorkflow::named(format!("Accounts {number}")).on_date(samples::day(0));
        workflows.push(world.add(number / 8, new).await);
        let fate = [Fate::CarriedOut, Fate::Dropped][number as usize % 2];
        world.gateway.lose_reply(CallKind::CreateJob, fate);
    }
    let report = world.settle().await;
    assert_eq!((report.lost, report.deployed), (12, 12), "{report:?}");
    // Of each of two clients: one look for all of them, and another for those not found.
    assert_eq!(world.gateway.count(CallKind::JobsOfClient), 4);
    assert_eq!(world.gateway.count(CallKind::CreateJob), 12 + 6);
    world.assert_one_job_each(12);
    for workflow in workflows {
        assert_eq!(*world.deployment(workflow).await.phase(), Phase::Deployed);
    }
}

#[tokio::test]
async fn a_list_that_fails_leaves_all_that_waited_for_it_uncertain() {
    let world = World::begin().await;
    let new = |number| NewWorkflow::named(format!("{number}")).on_date(samples::day(0));
    for number in 0..3 {
        world.add(0, new(number)).await;
        world
            .gateway
            .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    }
    let text = "the connection was reset".to_owned();
    let failure = Failure::ReplyLost { text };
    world.gateway.fail_next(CallKind::JobsOfClient, failure);
    let report = world.settle().await;
    assert_eq!((report.deployed, report.calls), (3, 3 + 2), "{report:?}");
    world.assert_one_job_each(3);
}

#[tokio::test]
async fn a_job_is_adopted_for_one_occurrence_alone() {
    let world = World::begin().await;
    let text = "the client is archived".to_owned();
    let mut workflows = Vec::new();
    for number in 0..3 {
        let new = NewWorkflow::named(format!("Accounts {number}")).on_date(samples::day(0));
        workflows.push(world.add(0, new).await);
        let failure = Failure::Refused { text: text.clone() };
        match number {
            0 => world
                .gateway
                .lose_reply(CallKind::CreateJob, Fate::CarriedOut),
            _ => world.gateway.fail_next(CallKind::CreateJob, failure),
        }
    }
    world.run_due().await;
    let number = world.gateway.jobs(&acme())[0].number.clone();
    let adopt = async |workflow| {
        let (mere, number) = (Actor::person("Mere"), number.clone());
        let practice = world.practice();
        practice
            .adopt(mere, workflow, Occurrence::Once, number)
            .await
    };
    adopt(workflows[1]).await.unwrap();
    let refused = adopt(workflows[2]).await.unwrap_err();
    let CommandError::Refused(Refusal::JobTaken { workflow, .. }) = &refused else {
        panic!("a taken job was expected, not {refused:?}");
    };
    assert_eq!(*workflow, workflows[1]);
    let untouched = world.deployment(workflows[2]).await;
    assert_eq!((untouched.phase(), untouched.job()), (&Phase::Failed, None));

    // The look-up of the one that made the job finds it, and it is somebody else's by now.
    world.settle().await;
    let maker = world.deployment(workflows[0]).await;
    assert_eq!((maker.phase(), maker.job()), (&Phase::Failed, None));
    let sentence = &maker.trouble().expect("a trouble").sentence;
    assert!(sentence.contains(number.as_str()), "{sentence}");
    world.assert_one_job_each(1);
}

#[tokio::test]
async fn the_job_that_it_has_is_not_adopted_and_another_gets_all_its_templates() {
    let world = World::begin().await;
    let (host, practice) = (Actor::host("test"), world.practice());
    let person = Person {
        staff: Some(StaffId::new(samples::uuid(5, 1))),
        ..samples::person(1)
    };
    practice.put_person(host, person).await.unwrap();
    let templates = [1, 2].map(|number| TemplateId::new(samples::uuid(7, number)));
    let new = NewWorkflow::named("Accounts").on_date(samples::day(0));
    let new = new.templates(templates).manager(samples::person(1).id);
    let id = world.add(0, new).await;
    let text = "no such staff".to_owned();
    let refused = Failure::Refused { text };
    world.gateway.fail_next(CallKind::Assign, refused);
    world.run_due().await;
    let failed = world.deployment(id).await;
    assert_eq!(*failed.phase(), Phase::Failed);
    let adopt = async |number| {
        let mere = Actor::person("Mere");
        practice.adopt(mere, id, Occurrence::Once, number).await
    };
    let own = failed.job().unwrap().number.clone();
    let refused = adopt(own).await.unwrap_err();
    let is_own = matches!(&refused, CommandError::Refused(Refusal::OwnJob { .. }));
    assert!(is_own, "{refused:?}");

    let calls = world.gateway.calls();
    let sent = calls.iter().find_map(|call| match &call.request {
        Request::CreateJob(create) => Some(create.clone()),
        _ => None,
    });
    let by_hand = CreateJob {
        description: "made by a person".to_owned(),
        ..*sent.unwrap()
    };
    let other = world.gateway.create_job(&acme(), &by_hand).await.unwrap();
    adopt(other.value.number.clone()).await.unwrap();
    world.settle().await;
    let deployed = world.deployment(id).await;
    assert_eq!(*deployed.phase(), Phase::Deployed);
    assert_eq!(deployed.job().unwrap().number, other.value.number);
    // One for each of the two jobs.
    assert_eq!(world.gateway.count(CallKind::ApplyTemplate), 2);
}
