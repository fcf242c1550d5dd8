//! From what is due to jobs in XPM: exactly one each, whatever XPM and the network do.

mod harness;

use harness::{World, client, template, today};
use workflow::audit::Actor;
use workflow::deployment::Phase;
use workflow::service::NewWorkflow;
use workflow::workflow::Occurrence;
use xpm_sandbox::{CallKind, Fault, FaultPlan};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_deployed_once_with_its_templates_and_people() {
    let world = World::begin(FaultPlan::none()).await;
    let workflow = world.add_weekly(0, 3).await;
    let report = world.settle().await;
    assert_eq!(
        (report.deployed, report.parked, report.lost),
        (3, 0, 0),
        "{report:?}"
    );
    world.assert_one_job_each(&[workflow], 3).await;
    let job = &world.jobs()[0];
    assert_eq!(
        job.name,
        format!("Payroll {}", job.start.format("%Y-%m-%d"))
    );
    assert!(
        job.partner.is_some() && job.manager.is_some() && job.assigned.len() == 2,
        "{job:?}"
    );
    // Create, one further template, assign: three calls for each, and not one more.
    assert_eq!(world.sandbox.state().calls_spent().total, 9);
    let again = world.settle().await;
    assert_eq!(again.calls, 0, "a second run finds nothing to do");
    world.assert_audit_is_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_template_and_a_team_cost_two_calls_and_no_team_costs_one() {
    let of = |person: &str| person.parse().unwrap();
    let bare = || NewWorkflow::named("Tax return").templates([template(1)]);
    let team = || bare().partner(of("person-1")).manager(of("person-2"));
    for (new, calls) in [
        (team().staff([of("person-1"), of("person-2")]), 2),
        (bare(), 1),
    ] {
        let world = World::begin(FaultPlan::none()).await;
        let new = new.client(client(1)).on_date(today());
        let practice = world.practice();
        let added = practice.add(Actor::host("test"), new).await.unwrap();
        practice
            .deploy_now(Actor::person("Mere"), added.value, None)
            .await
            .unwrap();
        let report = world.settle().await;
        assert_eq!((report.deployed, report.calls), (1, calls), "{report:?}");
        let spent = world.sandbox.state().calls_spent();
        assert_eq!(spent.total, calls, "{spent:?}");
        assert_eq!(world.jobs()[0].tasks.len(), 3, "the template's tasks");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_not_linked_fails_the_deployment_before_any_call_and_a_retry_cures_it() {
    let world = World::begin(FaultPlan::none()).await;
    let new = NewWorkflow::named("Tax return")
        .client(client(1))
        .manager("person-3".parse().unwrap())
        .on_date(today().succ_opt().unwrap());
    let practice = world.practice();
    let id = practice.add(Actor::host("test"), new).await.unwrap().value;
    practice
        .deploy_now(Actor::person("Mere"), id, None)
        .await
        .unwrap();
    let report = world.settle().await;
    assert_eq!(
        (report.deployed, report.parked, report.calls),
        (0, 1, 0),
        "{report:?}"
    );
    let failed = &practice.deployments_of(id).await.unwrap()[0].value;
    assert_eq!(*failed.phase(), Phase::Failed);
    let sentence = &failed.trouble().unwrap().sentence;
    assert!(sentence.contains("Person 3 is not linked"), "{sentence}");
    assert_eq!(
        practice
            .workflow(id)
            .await
            .unwrap()
            .unwrap()
            .value
            .status()
            .to_string(),
        "active, needs attention"
    );

    let mut settings = practice
        .workflow(id)
        .await
        .unwrap()
        .unwrap()
        .value
        .settings()
        .clone();
    settings.manager = Some("person-2".parse().unwrap());
    practice
        .edit(Actor::person("Mere"), id, settings)
        .await
        .unwrap();
    practice
        .retry(Actor::person("Mere"), id, Occurrence::Once)
        .await
        .unwrap();
    let report = world.settle().await;
    assert_eq!(report.deployed, 1, "{report:?}");
    assert_eq!(world.jobs().len(), 1);
    let status = practice
        .workflow(id)
        .await
        .unwrap()
        .unwrap()
        .value
        .status()
        .to_string();
    assert_eq!(status, "inactive, completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_lost_after_the_commit_is_found_again_and_makes_no_second_job() {
    let plan = FaultPlan::none().nth(1, CallKind::JobAdd, Fault::LostAfterCommit);
    let world = World::begin(plan).await;
    let workflow = world.add_weekly(2, 1).await;
    let report = world.settle().await;
    assert_eq!((report.deployed, report.lost), (1, 1), "{report:?}");
    world.assert_one_job_each(&[workflow], 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_arrived_is_looked_for_twice_and_sent_again() {
    let plan = FaultPlan::none().nth(1, CallKind::JobAdd, Fault::LostBeforeCommit);
    let world = World::begin(plan).await;
    let workflow = world.add_weekly(2, 1).await;
    let report = world.settle().await;
    assert_eq!((report.deployed, report.lost), (1, 1), "{report:?}");
    // Two creates, two look-ups, one template, one assignment.
    assert_eq!(report.calls, 6, "{report:?}");
    world.assert_one_job_each(&[workflow], 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_fifth_of_the_replies_disturbed_every_occurrence_ends_with_one_job_or_a_reason() {
    for seed in 0..3 {
        let world = World::begin(FaultPlan::mixed(seed, 0.2)).await;
        let mut workflows = Vec::new();
        // Few enough that the minute's sixty calls are not what the test waits for.
        for number in 0..4 {
            workflows.push(world.add_weekly(number, 3).await);
        }
        let report = world.settle().await;
        assert_eq!(report.troubled, [], "seed {seed}");
        assert!(report.lost > 0, "seed {seed} disturbed nothing: {report:?}");
        let open: Vec<_> = world.practice().attention().await.unwrap();
        world.assert_one_job_each(&workflows, 12 - open.len()).await;
        world.assert_audit_is_whole().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduler_that_is_dropped_at_any_moment_leaves_one_job_each_to_the_next() {
    let mut world = World::begin(FaultPlan::none()).await;
    let mut workflows = Vec::new();
    for number in 0..2 {
        workflows.push(world.add_weekly(number, 3).await);
    }
    for cut in 1..12_u64 {
        {
            let scheduler = world.scheduler();
            let running = scheduler.run_until_settled(chrono::TimeDelta::seconds(60));
            let cut = std::time::Duration::from_millis(cut * 7);
            let _cut_short = tokio::time::timeout(cut, running).await;
        }
        world = world.reopen(FaultPlan::none()).await;
    }
    world.settle().await;
    world.assert_one_job_each(&workflows, 6).await;
    world.assert_audit_is_whole().await;
}
