//! Active and inactive: the system decides, nobody sets it.

use thirtyfour::WebDriver;
use workflow_core::ids::WorkflowId;
use workflow_core::ports::gateway::Failure;
use workflow_core::proposal::ProposalState;
use workflow_core::recurrence::Recurrence;
use workflow_core::service::NewWorkflow;
use workflow_core::testing::{CallKind, Fate};
use workflow_core::text::Reason;
use workflow_core::workflow::{MissedRuns, Occurrence};

use super::begin;
use crate::tab::Tab;
use crate::tests;
use crate::world::{World, date, mara, staff, template};

tests![
    the_system_decides_whether_a_workflow_is_active_and_nobody_sets_it,
    recurring_with_further_occurrences_to_come_is_active_next_on_a_date,
    recurring_and_paused_is_active_paused_until,
    one_time_on_a_date_not_yet_deployed_is_active_next_on_that_date,
    one_time_by_hand_not_yet_deployed_is_active_awaits_a_person,
    from_a_proposal_that_is_not_accepted_yet_is_active_awaits_acceptance,
    a_deployment_that_failed_is_active_needs_attention_archived_or_not_until_given_up,
    a_deployment_that_is_uncertain_is_active_needs_attention,
    a_deployment_that_is_held_is_active_needs_attention_until_it_is_deployed,
    one_time_and_deployed_is_inactive_completed,
    one_time_and_skipped_is_inactive_given_up,
    a_recurrence_that_has_run_out_is_inactive_ended,
    a_declined_or_archived_proposal_is_inactive_proposal_closed,
    archived_with_nothing_open_is_inactive_archived,
    on_acceptance_is_inactive_as_soon_as_its_deployment_has_succeeded_and_found_under_the_inactive,
    the_system_never_manages_a_job_that_exists,
    finishing_a_deployment_templates_and_assignment_is_part_of_deploying,
];

/// How the opened workflow stands, as its head and the navigation column say it.
async fn stands(world: &World, tab: &Tab, id: WorkflowId) -> String {
    tab.open_workflow(world.harbour, id, "").await;
    let head = tab.text(".wf-head .badge").await.to_lowercase();
    let column = tab.text("nav.side a[aria-current=page] .nav-status").await;
    assert_eq!(column.to_lowercase(), head);
    head
}

/// Whether the navigation column shows it without being asked for the inactive ones.
async fn is_shown(world: &World, tab: &Tab, name: &str) -> bool {
    tab.open_client(world.harbour).await;
    let names = tab.texts("nav.side .nav-name").await;
    names.iter().any(|shown| shown == name)
}

fn reason(text: &str) -> Reason {
    Reason::new(text).expect("a reason")
}

fn refused() -> Failure {
    let text = "the client is archived in XPM: restore it there".to_owned();
    Failure::Refused { text }
}

async fn the_system_decides_whether_a_workflow_is_active_and_nobody_sets_it(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(NewWorkflow::named("Onboarding")).await;
    for part in ["/edit", "/billing", "/plan", ""] {
        tab.open_workflow(world.harbour, id, part).await;
        let script = "return [...document.querySelectorAll('.panel label, .panel legend, \
                      .panel button, .panel option')].map(e => e.textContent.trim())";
        let found = tab.driver().execute(script, Vec::new()).await;
        let labels: Vec<String> = found.expect("run").convert().expect("texts");
        assert!(labels.len() > 1, "{part}");
        for label in labels {
            let label = label.to_lowercase();
            assert!(
                !label.contains("active"),
                "{part} lets somebody set {label}"
            );
        }
    }
}

async fn recurring_with_further_occurrences_to_come_is_active_next_on_a_date(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().last_day().from(date("2026-11-30"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    assert_eq!(
        stands(&world, &tab, id).await,
        "active, next on 30 nov 2026"
    );
    world.run_until("2026-12-01T22:30:00Z").await;
    assert_eq!(
        stands(&world, &tab, id).await,
        "active, next on 31 dec 2026"
    );
}

async fn recurring_and_paused_is_active_paused_until(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().last_day().from(date("2026-11-30"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    tab.open_workflow(world.harbour, id, "").await;
    tab.open_menu("Commands for this workflow").await;
    tab.press("Pause").await;
    tab.fill("Reason", "Between bookkeepers").await;
    tab.pick_date("Resume on", "2027-02-01").await;
    tab.send("Pause").await;
    assert_eq!(
        stands(&world, &tab, id).await,
        "active, paused until 1 feb 2027"
    );
}

async fn one_time_on_a_date_not_yet_deployed_is_active_next_on_that_date(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let new = NewWorkflow::named("Tax return").on_date(date("2027-02-15"));
    let id = world.add(new).await;
    assert_eq!(
        stands(&world, &tab, id).await,
        "active, next on 15 feb 2027"
    );
}

async fn one_time_by_hand_not_yet_deployed_is_active_awaits_a_person(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(NewWorkflow::named("Loan application")).await;
    assert_eq!(stands(&world, &tab, id).await, "active, awaits a person");
}

async fn from_a_proposal_that_is_not_accepted_yet_is_active_awaits_acceptance(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let proposal = world.propose("P-1", "Accounts", ProposalState::Sent).await;
    let monthly = Recurrence::monthly().last_day().from(date("2026-11-30"));
    let new = NewWorkflow::named("Books")
        .proposal(proposal)
        .recurring(monthly);
    let id = world.add(new).await;
    assert_eq!(stands(&world, &tab, id).await, "active, awaits acceptance");
}

async fn a_deployment_that_failed_is_active_needs_attention_archived_or_not_until_given_up(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    world.gateway.fail_next(CallKind::CreateJob, refused());
    let new = NewWorkflow::named("Onboarding").on_date(date("2026-11-23"));
    let id = world.add(new).await;
    world.run().await;
    assert_eq!(stands(&world, &tab, id).await, "active, needs attention");
    tab.open_menu("Commands for this workflow").await;
    tab.press("Archive").await;
    tab.send("Archive workflow").await;
    assert_eq!(stands(&world, &tab, id).await, "active, needs attention");
    assert!(is_shown(&world, &tab, "Onboarding").await);
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.open_menu("Commands for Mon 23 Nov 2026").await;
    tab.press("Give up").await;
    tab.fill("Reason", "Done by the former accountant").await;
    tab.send("Give it up").await;
    assert_eq!(stands(&world, &tab, id).await, "inactive, archived");
}

async fn a_deployment_that_is_uncertain_is_active_needs_attention(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    world
        .gateway
        .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    let new = NewWorkflow::named("Onboarding").on_date(date("2026-11-23"));
    let id = world.add(new).await;
    world.run().await;
    assert_eq!(stands(&world, &tab, id).await, "active, needs attention");
    world.run_until("2026-11-23T22:30:00Z").await;
    assert_eq!(stands(&world, &tab, id).await, "inactive, completed");
    assert_eq!(world.jobs().len(), 1);
}

async fn a_deployment_that_is_held_is_active_needs_attention_until_it_is_deployed(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().on_day(10).from(date("2026-11-10"));
    let new = NewWorkflow::named("Books")
        .missed_runs(MissedRuns::Hold)
        .deploys_from(date("2026-11-01"))
        .recurring(monthly.times(1));
    let id = world.add(new).await;
    world.run().await;
    assert_eq!(stands(&world, &tab, id).await, "active, needs attention");
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.open_menu("Commands for Tue 10 Nov 2026").await;
    tab.press("Release").await;
    world.run().await;
    assert_eq!(world.jobs().len(), 1);
    assert_eq!(stands(&world, &tab, id).await, "inactive, ended");
}

async fn one_time_and_deployed_is_inactive_completed(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(NewWorkflow::named("Loan application")).await;
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.press("Create workflow in XPM").await;
    world.run().await;
    assert_eq!(stands(&world, &tab, id).await, "inactive, completed");
}

async fn one_time_and_skipped_is_inactive_given_up(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let new = NewWorkflow::named("Grant").on_date(date("2027-02-15"));
    let id = world.add(new).await;
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.open_menu("Commands for Mon 15 Feb 2027").await;
    tab.press("Skip").await;
    tab.fill("Reason", "The grant round was withdrawn").await;
    tab.send("Skip it").await;
    assert_eq!(stands(&world, &tab, id).await, "inactive, given up");
}

async fn a_recurrence_that_has_run_out_is_inactive_ended(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let two = Recurrence::monthly().last_day().from(date("2026-11-30"));
    let new = NewWorkflow::named("Catch-up").recurring(two.times(2));
    let id = world.add(new).await;
    world.run_until("2027-01-02T22:30:00Z").await;
    assert_eq!(stands(&world, &tab, id).await, "inactive, ended");
}

async fn a_declined_or_archived_proposal_is_inactive_proposal_closed(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    for (key, closed) in [
        ("P-1", ProposalState::Declined),
        ("P-2", ProposalState::Archived),
    ] {
        let proposal = world.propose(key, "Accounts", ProposalState::Sent).await;
        let new = NewWorkflow::named("Books")
            .proposal(proposal)
            .on_acceptance();
        let id = world.add(new).await;
        world.propose(key, "Accounts", closed).await;
        assert_eq!(stands(&world, &tab, id).await, "inactive, proposal closed");
    }
}

async fn archived_with_nothing_open_is_inactive_archived(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let yearly = Recurrence::yearly().from(date("2027-05-21"));
    let id = world.add(NewWorkflow::named("FBT").recurring(yearly)).await;
    tab.open_workflow(world.harbour, id, "").await;
    tab.open_menu("Commands for this workflow").await;
    tab.press("Archive").await;
    tab.send("Archive workflow").await;
    assert_eq!(stands(&world, &tab, id).await, "inactive, archived");
    assert!(!is_shown(&world, &tab, "FBT").await);
}

async fn on_acceptance_is_inactive_as_soon_as_its_deployment_has_succeeded_and_found_under_the_inactive(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let proposal = world
        .propose("P-1", "Onboarding", ProposalState::Sent)
        .await;
    let new = NewWorkflow::named("Onboarding").proposal(proposal.clone());
    world.add(new.on_acceptance()).await;
    assert!(is_shown(&world, &tab, "Onboarding").await);
    world.accept(&proposal, "2026-11-23").await;
    world.run().await;
    assert!(!is_shown(&world, &tab, "Onboarding").await);
    tab.press("Show inactive workflows").await;
    let heads = tab.texts("nav.side .side-head, nav.side .nav-name").await;
    assert_eq!(heads, ["Active 0", "Inactive 1", "Onboarding"]);
}

async fn the_system_never_manages_a_job_that_exists(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().on_day(23).from(date("2026-11-23"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    world.run().await;
    let (jobs, calls) = (world.jobs(), world.gateway.calls().len());
    assert_eq!(jobs.len(), 1);
    tab.open_workflow(world.harbour, id, "/edit").await;
    tab.fill("Job name", "Bookkeeping").await;
    tab.choose("Partner", "Theo Okafor").await;
    tab.choose_template(1, "BAS").await;
    tab.send("Save settings").await;
    tab.open_menu("Commands for this workflow").await;
    tab.press("Archive").await;
    tab.send("Archive workflow").await;
    world.run().await;
    assert_eq!(world.jobs(), jobs);
    assert_eq!(world.gateway.calls().len(), calls, "no call was made");
    // Nothing that the page offers is about the job.
    tab.open_workflow(world.harbour, id, "/schedule").await;
    assert!(
        tab.attributes("[aria-label=\'Commands for Mon 23 Nov 2026\']", "title")
            .await
            .is_empty()
    );
}

async fn finishing_a_deployment_templates_and_assignment_is_part_of_deploying(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let new = NewWorkflow::named("Accounts")
        .templates([template(1), template(4)])
        .partner("person-1".parse().expect("an id"))
        .manager("person-2".parse().expect("an id"))
        .staff(["person-3".parse().expect("an id")]);
    let id = world.add(new).await;
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.press("Create workflow in XPM").await;
    world.run().await;
    let job = world.jobs().pop().expect("a job");
    assert_eq!(job.tasks.map(|tasks| tasks.len()), Some(2));
    assert_eq!((job.partner, job.manager), (Some(staff(1)), Some(staff(2))));
    assert!(job.staff.contains(&staff(3)));
    // What the audit calls deployed has all of it.
    let found = world.practice.deployment(id, Occurrence::Once).await;
    let found = found.expect("read").expect("a deployment").value;
    assert!(found.steps().len() >= 3, "{found:?}");
    let skipped = world
        .practice
        .skip(mara(), id, Occurrence::Once, reason("late"));
    skipped.await.expect_err("it has its job");
}
