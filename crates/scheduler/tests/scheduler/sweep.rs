//! The sweep: what only a look over all jobs of the last days can see.

use chrono::TimeDelta;
use workflow_core::audit::Actor;
use workflow_core::deployment::Phase;
use workflow_core::ids::{StaffId, TemplateId};
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::{Failure, JobGateway as _};
use workflow_core::practice::Person;
use workflow_core::service::{CommandError, NewWorkflow};
use workflow_core::testing::{CallKind, Fate, Request, samples};
use workflow_core::text::Reason;
use workflow_core::workflow::Occurrence;
use workflow_core::workflow::decide::Told;

use super::world::{World, acme, as_far_as_it_goes};

impl World {
    /// Seven o'clock on that day; the day before is over in XPM as well.
    async fn day(&self, day: i64) -> scheduler::Report {
        self.clock.advance_to(samples::minute((24 * day + 7) * 60));
        self.gateway.set_today(self.clock.now().date_naive());
        self.run_due().await
    }
}

#[tokio::test]
async fn a_request_that_takes_effect_too_late_is_found_in_the_night_and_a_person_decides() {
    let world = World::begin().await;
    world.gateway.set_today(samples::day(0));
    let id = world.add_due(0..1).await[0];
    world.gateway.lose_reply(CallKind::CreateJob, Fate::Late);
    let report = world.settle().await;
    assert_eq!((report.lost, report.deployed), (1, 1), "{report:?}");
    world.gateway.carry_out_late();

    let report = world.day(1).await;
    assert_eq!((report.duplicates, report.calls), (1, 1), "{report:?}");
    let found = world.deployment(id).await;
    assert_eq!(*found.phase(), Phase::Duplicated);
    assert_eq!(found.duplicates().len(), 2);
    let practice = world.practice();
    let status = practice.workflow(id).await.unwrap().unwrap();
    assert!(status.value.status().is_active());
    assert_eq!(practice.attention().await.unwrap().len(), 1);
    assert_eq!(world.run_due().await.calls, 0, "once a night");

    // Either of them may be kept, and no other.
    let mere = || Actor::person("Mere");
    let stray = "J999999".parse().unwrap();
    let refused = practice.keep_job(mere(), id, Occurrence::Once, stray).await;
    assert!(
        matches!(refused, Err(CommandError::Refused(_))),
        "{refused:?}"
    );
    let kept = found.duplicates()[1].number.clone();
    practice
        .keep_job(mere(), id, Occurrence::Once, kept.clone())
        .await
        .unwrap();
    let resolved = world.deployment(id).await;
    assert_eq!(*resolved.phase(), Phase::Deployed);
    assert_eq!(resolved.job().unwrap().number, kept);
    let status = practice.workflow(id).await.unwrap().unwrap();
    assert!(!status.value.status().is_active());

    // What is known is not found again.
    let report = world.day(2).await;
    assert_eq!((report.duplicates, report.calls), (0, 1), "{report:?}");
    let verified = workflow_core::verify::verify(&world.store, &acme()).await;
    assert_eq!(verified.unwrap().first_break, None);
}

#[tokio::test]
async fn what_was_made_after_the_backup_is_found_and_not_made_again() {
    // The one that was lost deployed three dates; the backup knows none of them.
    let lost = World::begin().await;
    lost.gateway.set_today(samples::day(0));
    lost.add_due(0..3).await;
    assert_eq!(lost.run_due().await.deployed, 3);

    let world = World::beside(&lost.gateway).await;
    let workflows = world.add_due(0..3).await;
    world.clock.advance(TimeDelta::hours(2));
    let taken_at = world.clock.now() - TimeDelta::hours(3);
    let host = Actor::host("restored");
    world.practice().restored(host, taken_at).await.unwrap();
    let report = world.settle().await;
    assert_eq!(report.deployed, 3, "{report:?}");
    world.assert_one_job_each(3);
    assert_eq!(world.gateway.count(CallKind::CreateJob), 3);
    for id in workflows {
        assert_eq!(*world.deployment(id).await.phase(), Phase::Deployed);
    }
}

#[tokio::test]
async fn of_a_job_made_after_the_backup_a_person_tells_which_job_templates_it_has() {
    let templates = || [1, 2, 3].map(|number| TemplateId::new(samples::uuid(7, number)));
    let new = || {
        let new = NewWorkflow::named("Accounts").on_date(samples::day(0));
        new.templates(templates())
    };
    let lost = World::begin().await;
    lost.gateway.set_today(samples::day(0));
    lost.add(0, new()).await;
    assert_eq!(lost.run_due().await.deployed, 1);

    let world = World::beside(&lost.gateway).await;
    let id = world.add(0, new()).await;
    let (host, now) = (Actor::host("restored"), world.clock.now());
    let practice = world.practice();
    practice.restored(host, now).await.unwrap();
    for place in 1..3 {
        world.settle().await;
        let found = world.deployment(id).await;
        assert_eq!(*found.phase(), Phase::Failed, "{found:?}");
        let trouble = found.trouble().expect("it says why");
        assert!(trouble.sentence.contains("backup"), "{trouble:?}");
        let (step, template) = found.untold_template().expect("a person is asked");
        assert_eq!((usize::from(step), template), (place, templates()[place]));
        let (mere, told) = (Actor::person("Mere"), Told::Applied);
        let tell = practice.tell(mere, id, Occurrence::Once, told);
        tell.await.unwrap();
    }
    world.settle().await;
    assert_eq!(*world.deployment(id).await.phase(), Phase::Deployed);
    world.assert_one_job_each(1);
    assert_eq!(world.gateway.count(CallKind::ApplyTemplate), 2);
}

#[tokio::test]
async fn what_was_under_way_when_the_store_was_lost_is_looked_for_twice() {
    let lost = World::begin().await;
    lost.gateway.set_today(samples::day(0));
    lost.add_due(0..1).await;
    lost.gateway.lose_reply(CallKind::CreateJob, Fate::Late);
    assert_eq!(lost.run_due().await.lost, 1);

    let world = World::beside(&lost.gateway).await;
    let id = world.add_due(0..1).await[0];
    let (host, now) = (Actor::host("restored"), world.clock.now());
    world.practice().restored(host, now).await.unwrap();
    let scheduler = world.scheduler();
    let mut run = std::pin::pin!(scheduler.run_until_settled(TimeDelta::hours(12)));
    let report = loop {
        if let Some(report) = as_far_as_it_goes(&mut run).await {
            break report.unwrap();
        }
        // The list that the first look-up reads does not have it yet.
        if world.gateway.count(CallKind::JobsOfClient) == 1 {
            world.gateway.carry_out_late();
        }
        let wake = world.clock.next_wake().expect("it waits for time");
        world.clock.advance_to(wake);
    };
    assert_eq!(report.deployed, 1, "{report:?}");
    world.assert_one_job_each(1);
    assert_eq!(world.gateway.count(CallKind::CreateJob), 1);
    assert_eq!(*world.deployment(id).await.phase(), Phase::Deployed);
}

#[tokio::test]
async fn a_date_that_was_deployed_ahead_before_the_backup_was_lost_is_known_by_the_sweep() {
    let lost = World::begin().await;
    lost.gateway.set_today(samples::day(0));
    let ahead = || NewWorkflow::named("Accounts").on_date(samples::day(9));
    let id = lost.add(0, ahead()).await;
    let mere = Actor::person("Mere");
    lost.practice().deploy_now(mere, id, None).await.unwrap();
    assert_eq!(lost.run_due().await.deployed, 1);

    // Nobody says that a backup was restored: the sweep sees a job that nobody sent.
    let world = World::beside(&lost.gateway).await;
    let first = world.add(0, ahead()).await;
    assert_eq!(first, id, "the same workflow");
    world
        .add(1, NewWorkflow::named("Accounts").on_date(samples::day(0)))
        .await;
    world.run_due().await;
    let report = world.day(1).await;
    assert_eq!(report.troubled.len(), 1, "{report:?}");
    assert!(report.troubled[0].1.contains("restored"), "{report:?}");
    let report = world.day(9).await;
    assert_eq!(report.deployed, 1, "{report:?}");
    world.assert_one_job_each(2);
    let creates = world.gateway.calls().into_iter();
    let creates = creates.filter(|call| matches!(call.request, Request::CreateJob(_)));
    assert_eq!(creates.count(), 2);
}

#[tokio::test]
async fn a_sweep_that_fails_is_made_again_later() {
    let world = World::begin().await;
    world.gateway.set_today(samples::day(0));
    world.add_due(0..1).await;
    world.run_due().await;
    let failure = workflow_core::ports::gateway::Failure::Unreachable {
        text: "no route".to_owned(),
    };
    world.gateway.fail_next(CallKind::JobsCreated, failure);
    world.day(1).await;
    assert_eq!(world.practice().sweep_record().await.unwrap(), None);
    world.run_due().await;
    let swept = world.practice().sweep_record().await.unwrap().unwrap();
    assert_eq!(swept.value.through, samples::day(0));
    let (from, to) = (samples::day(0), samples::day(1));
    let list = world.gateway.jobs_created(&acme(), from, to).await;
    assert_eq!(list.unwrap().value.jobs.len(), 1);
}

#[tokio::test]
async fn whoever_made_a_job_after_the_backup_is_asked_about_at_every_step_though_nights_go_by() {
    let templates = || [1, 2, 3].map(|number| TemplateId::new(samples::uuid(7, number)));
    let new = || {
        let new = NewWorkflow::named("Accounts").on_date(samples::day(1));
        new.templates(templates())
    };
    let mere = || Actor::person("Mere");
    let lost = World::begin().await;
    lost.gateway.set_today(samples::day(0));
    let id = lost.add(0, new()).await;
    lost.practice().deploy_now(mere(), id, None).await.unwrap();
    assert_eq!(lost.run_due().await.deployed, 1);

    let world = World::beside(&lost.gateway).await;
    world.add(0, new()).await;
    let (host, now) = (Actor::host("restored"), world.clock.now());
    let practice = world.practice();
    practice.restored(host, now).await.unwrap();
    for place in 1..3 {
        // A sweep has seen the job by then, and the ledger has it.
        world.day(place).await;
        let found = world.deployment(id).await;
        let (step, _) = found.untold_template().expect("a person is asked");
        assert_eq!(i64::from(step), place, "{found:?}");
        let tell = practice.tell(mere(), id, Occurrence::Once, Told::Applied);
        tell.await.unwrap();
    }
    world.day(3).await;
    assert_eq!(*world.deployment(id).await.phase(), Phase::Deployed);
    assert_eq!(world.gateway.count(CallKind::ApplyTemplate), 2);
}

#[tokio::test]
async fn a_job_of_a_date_that_was_given_up_after_the_backup_is_told_of() {
    let ben = || samples::person(1);
    let new = || {
        let new = NewWorkflow::named("Accounts").on_date(samples::day(0));
        new.manager(ben().id)
    };
    let host = || Actor::host("test");
    let lost = World::begin().await;
    lost.gateway.set_today(samples::day(0));
    let linked = Person {
        staff: Some(StaffId::new(samples::uuid(5, 1))),
        ..ben()
    };
    lost.practice().put_person(host(), linked).await.unwrap();
    let id = lost.add(0, new()).await;
    assert_eq!(lost.run_due().await.deployed, 1);

    let world = World::beside(&lost.gateway).await;
    let practice = world.practice();
    let unlinked = Person {
        staff: None,
        ..ben()
    };
    practice.put_person(host(), unlinked).await.unwrap();
    world.add(0, new()).await;
    world.run_due().await;
    assert_eq!(*world.deployment(id).await.phase(), Phase::Failed);
    let mere = Actor::person("Mere");
    let reason = Reason::new("not wanted").unwrap();
    let given_up = practice.give_up(mere, id, Occurrence::Once, reason).await;
    given_up.unwrap();
    let report = world.day(1).await;
    assert_eq!(report.troubled.len(), 1, "{report:?}");
}

#[tokio::test]
async fn a_copy_that_was_made_while_a_call_was_in_doubt_is_told_of_once_it_is_not() {
    let world = World::begin().await;
    world.gateway.set_today(samples::day(0));
    let templates = [1, 2].map(|number| TemplateId::new(samples::uuid(7, number)));
    let new = NewWorkflow::named("Accounts").on_date(samples::day(0));
    let id = world.add(0, new.templates(templates)).await;
    world
        .gateway
        .lose_reply(CallKind::ApplyTemplate, Fate::Dropped);
    world.run_due().await;
    assert_eq!(*world.deployment(id).await.phase(), Phase::Uncertain);
    let calls = world.gateway.calls();
    let sent = calls.iter().find_map(|call| match &call.request {
        Request::CreateJob(create) => Some(create.clone()),
        _ => None,
    });
    let copy = world.gateway.create_job(&acme(), &sent.unwrap()).await;
    assert!(copy.is_ok());

    // The nights see it, and it is too soon to say which job is the date's own.
    for night in 1..4 {
        let lost = Failure::ReplyLost {
            text: "reset".to_owned(),
        };
        world.gateway.fail_next(CallKind::Job, lost);
        let report = world.day(night).await;
        assert_eq!(report.duplicates, 0, "{report:?}");
        assert_eq!(*world.deployment(id).await.phase(), Phase::Uncertain);
    }
    world.settle().await;
    assert_eq!(*world.deployment(id).await.phase(), Phase::Deployed);
    // By now the copy is on none of the days that a sweep lists.
    let report = world.day(4).await;
    assert_eq!(report.duplicates, 1, "{report:?}");
    assert_eq!(*world.deployment(id).await.phase(), Phase::Duplicated);
    let swept = world.practice().sweep_record().await.unwrap().unwrap();
    assert_eq!(swept.value.strangers.len(), 1, "until a person has chosen");
}

#[tokio::test]
async fn a_job_template_of_its_own_does_not_tell_which_others_a_job_made_after_the_backup_has() {
    let template = |number| TemplateId::new(samples::uuid(7, number));
    let new = |templates: &[u32]| {
        let new = NewWorkflow::named("Accounts").on_date(samples::day(0));
        new.templates(templates.iter().map(|number| template(*number)))
    };
    let lost = World::begin().await;
    lost.gateway.set_today(samples::day(0));
    lost.add(0, new(&[1, 2])).await;
    assert_eq!(lost.run_due().await.deployed, 1);

    // What the backup holds has another template between the two.
    let world = World::beside(&lost.gateway).await;
    let id = world.add(0, new(&[1, 3, 2])).await;
    let (host, now) = (Actor::host("restored"), world.clock.now());
    let practice = world.practice();
    practice.restored(host, now).await.unwrap();
    for (asked, told) in [(3, Told::NotApplied), (2, Told::Applied)] {
        world.settle().await;
        let found = world.deployment(id).await;
        let (_, which) = found.untold_template().expect("a person is asked");
        assert_eq!(which, template(asked), "{found:?}");
        let mere = Actor::person("Mere");
        practice
            .tell(mere, id, Occurrence::Once, told)
            .await
            .unwrap();
    }
    world.settle().await;
    assert_eq!(*world.deployment(id).await.phase(), Phase::Deployed);
    // One by the ledger that was lost, and one by this one.
    assert_eq!(world.gateway.count(CallKind::ApplyTemplate), 2);
}
