//! Proposals, add and deploy.

use thirtyfour::WebDriver;
use workflow_core::proposal::{Proposal, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{AcceptedBefore, ImportedWorkflow, Importing, NewWorkflow};

use super::begin;
use crate::tests;
use crate::world::{World, date, mara, template};

tests![
    a_workflow_is_made_from_a_proposal_one_for_the_proposal_or_one_for_each_service,
    name_and_description_are_filled_from_the_proposals_name_and_its_services,
    templates_come_from_the_service_links,
    templates_that_the_services_suggest_and_the_workflow_lacks_are_pointed_out,
    a_workflow_made_from_a_proposal_deploys_nothing_before_acceptance_whatever_its_schedule,
    acceptance_deploys_at_once_what_is_on_acceptance_and_what_is_due,
    the_start_date_is_the_acceptance_date_or_the_proposals_start_if_later,
    accepted_twice_is_accepted_once,
    declined_or_archived_nothing_further_deploys_and_each_later_date_is_recorded,
    accepted_again_it_goes_on_from_then,
    deploys_from_is_the_day_it_was_added_unless_set_and_dates_before_are_before_start,
    an_import_deploys_nothing_for_an_already_accepted_proposal_unless_the_file_says_so,
];

async fn a_workflow_is_made_from_a_proposal_one_for_the_proposal_or_one_for_each_service(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    world
        .propose("P-1", "Annual work", ProposalState::Sent)
        .await;
    for (source, service) in [
        ("Annual work (sent)", None),
        ("Annual work › Annual accounts", Some("S-1")),
        ("Annual work › Tax return", Some("S-2")),
    ] {
        tab.open_client(world.harbour).await;
        tab.press("Add workflow").await;
        tab.choose("Proposal", source).await;
        tab.press("Fill in from it").await;
        let name = tab.value("Job name").await;
        tab.send("Add workflow").await;
        tab.see("The workflow was added.").await;
        let added = world.named(&name).await;
        let origin = added.origin();
        assert_eq!(origin.proposal().map(|id| id.as_str()), Some("P-1"));
        assert_eq!(origin.service().map(|id| id.as_str()), service);
    }
    let all = world.practice.workflows_of(world.harbour, None).await;
    assert_eq!(all.expect("read").len(), 3);
}

async fn name_and_description_are_filled_from_the_proposals_name_and_its_services(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    world
        .propose("P-1", "Annual work", ProposalState::Sent)
        .await;
    tab.open_client(world.harbour).await;
    tab.press("Add workflow").await;
    tab.choose("Proposal", "Annual work (sent)").await;
    tab.press("Fill in from it").await;
    assert_eq!(tab.value("Job name").await, "Annual work");
    let description = tab.value("Job description").await;
    assert_eq!(description.trim(), "Annual accounts, Tax return");
}

async fn templates_come_from_the_service_links(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    world
        .propose("P-1", "Annual work", ProposalState::Sent)
        .await;
    tab.open_client(world.harbour).await;
    tab.press("Add workflow").await;
    tab.choose("Proposal", "Annual work (sent)").await;
    tab.press("Fill in from it").await;
    assert_eq!(
        tab.chosen_templates().await,
        ["Annual accounts", "Tax return"]
    );
    tab.choose("Proposal", "Annual work › Tax return").await;
    tab.press("Fill in from it").await;
    assert_eq!(tab.chosen_templates().await, ["Tax return"]);
}

async fn templates_that_the_services_suggest_and_the_workflow_lacks_are_pointed_out(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let proposal = world
        .propose("P-1", "Annual work", ProposalState::Sent)
        .await;
    let new = NewWorkflow::named("Annual work").proposal(proposal);
    let id = world.add(new.templates([template(1)])).await;
    tab.open_workflow(world.harbour, id, "").await;
    let hint = tab.text(".hint-line").await;
    assert!(
        hint.contains("that this workflow lacks: Tax return"),
        "{hint}"
    );
    assert!(!hint.contains("Annual accounts"), "{hint}");
}

async fn a_workflow_made_from_a_proposal_deploys_nothing_before_acceptance_whatever_its_schedule(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let proposal = world
        .propose("P-1", "Annual work", ProposalState::Sent)
        .await;
    let from = || NewWorkflow::named("Annual work").proposal(proposal.clone());
    let monthly = Recurrence::monthly().on_day(23).from(date("2026-11-23"));
    for new in [
        from().on_acceptance(),
        from().on_date(date("2026-11-24")),
        from().by_hand(),
        from().recurring(monthly),
    ] {
        let id = world.add(new).await;
        tab.open_workflow(world.harbour, id, "").await;
        let badge = tab.text(".wf-head .badge").await.to_lowercase();
        assert_eq!(badge, "active, awaits acceptance");
        // Not even by hand.
        let forced = world.practice.deploy_now(mara(), id, None).await;
        forced.expect_err("it awaits acceptance");
    }
    world.run_until("2026-12-24T22:30:00Z").await;
    assert_eq!(world.jobs(), []);
}

async fn acceptance_deploys_at_once_what_is_on_acceptance_and_what_is_due(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let proposal = world
        .propose("P-1", "Annual work", ProposalState::Sent)
        .await;
    let from = |name: &str| NewWorkflow::named(name).proposal(proposal.clone());
    let accepting = world.add(from("On acceptance").on_acceptance()).await;
    world.add(from("Due").on_date(date("2026-11-23"))).await;
    world.add(from("Later").on_date(date("2026-12-23"))).await;
    world.run().await;
    assert_eq!(world.jobs(), []);
    world.accept(&proposal, "2026-11-23").await;
    world.run().await;
    let mut names: Vec<_> = world.jobs().into_iter().map(|job| job.name).collect();
    names.sort();
    assert_eq!(names, ["Due", "On acceptance"]);
    tab.open_workflow(world.harbour, accepting, "/schedule")
        .await;
    let row = tab.row("Mon 23 Nov 2026").await;
    assert!(row.contains("eployed J"), "{row}");
}

async fn the_start_date_is_the_acceptance_date_or_the_proposals_start_if_later(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    for (key, starts_on, expected) in [
        ("P-1", None, "2026-11-23"),
        ("P-2", Some("2026-11-02"), "2026-11-23"),
        ("P-3", Some("2026-12-01"), "2026-12-01"),
    ] {
        let proposal = world
            .put(Proposal {
                starts_on: starts_on.map(date),
                ..world.proposal(key, key, ProposalState::Sent)
            })
            .await;
        let new = NewWorkflow::named(key).proposal(proposal.clone());
        let id = world.add(new.on_acceptance()).await;
        world.accept(&proposal, "2026-11-23").await;
        world.run_until("2026-11-23T01:00:00Z").await;
        tab.open_workflow(world.harbour, id, "/schedule").await;
        let css = "table.schedule td[data-label=Start] time";
        let start = tab.attributes(css, "datetime").await;
        assert_eq!(start, [expected], "{key}");
    }
}

async fn accepted_twice_is_accepted_once(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let proposal = world
        .propose("P-1", "Annual work", ProposalState::Sent)
        .await;
    let new = NewWorkflow::named("Annual work").proposal(proposal.clone());
    let id = world.add(new.on_acceptance()).await;
    world.accept(&proposal, "2026-11-23").await;
    world.run().await;
    world.accept(&proposal, "2026-11-24").await;
    world.run_until("2026-11-26T22:30:00Z").await;
    assert_eq!(world.jobs().len(), 1);
    tab.open_workflow(world.harbour, id, "/schedule").await;
    assert_eq!(tab.schedule().await.len(), 1);
    assert!(tab.row("Mon 23 Nov 2026").await.contains("eployed J"));
}

async fn declined_or_archived_nothing_further_deploys_and_each_later_date_is_recorded(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    for (key, state) in [
        ("P-1", ProposalState::Declined),
        ("P-2", ProposalState::Archived),
    ] {
        let proposal = world.propose(key, key, ProposalState::Sent).await;
        let monthly = Recurrence::monthly().last_day().from(date("2026-11-30"));
        let new = NewWorkflow::named(key).proposal(proposal.clone());
        let id = world.add(new.recurring(monthly)).await;
        world.accept(&proposal, "2026-11-23").await;
        world.propose(key, key, state).await;
        tab.open_workflow(world.harbour, id, "/schedule").await;
        tab.pick_date("Nominal date", "2026-12-31").await;
        tab.press("Ask").await;
        let answer = tab.text(".answer").await.to_lowercase();
        assert!(
            answer.contains("proposal") && answer.contains("closed"),
            "{answer}"
        );
    }
    world.run_until("2027-01-02T22:30:00Z").await;
    assert_eq!(world.jobs(), []);
}

async fn accepted_again_it_goes_on_from_then(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let proposal = world.propose("P-1", "Books", ProposalState::Sent).await;
    let monthly = Recurrence::monthly().last_day().from(date("2026-11-30"));
    let new = NewWorkflow::named("Books {month}").proposal(proposal.clone());
    let id = world.add(new.recurring(monthly)).await;
    world.accept(&proposal, "2026-11-23").await;
    world.propose("P-1", "Books", ProposalState::Declined).await;
    world.run_until("2026-12-02T22:30:00Z").await;
    world.accept(&proposal, "2026-12-03").await;
    world.run_until("2027-01-02T22:30:00Z").await;
    let names: Vec<_> = world.jobs().into_iter().map(|job| job.name).collect();
    assert_eq!(names, ["Books December 2026"]);
    tab.open_workflow(world.harbour, id, "/schedule").await;
    assert!(tab.row("Thu 31 Dec 2026").await.contains("eployed J"));
    tab.pick_date("Nominal date", "2026-11-30").await;
    tab.press("Ask").await;
    let answer = tab.text(".answer").await.to_lowercase();
    assert!(
        answer.contains("proposal") && answer.contains("closed"),
        "{answer}"
    );
}

async fn deploys_from_is_the_day_it_was_added_unless_set_and_dates_before_are_before_start(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let monthly = || Recurrence::monthly().last_day().from(date("2026-08-31"));
    let usual = world
        .add(NewWorkflow::named("Books").recurring(monthly()))
        .await;
    let set = NewWorkflow::named("Older books").deploys_from(date("2026-10-01"));
    let set = world.add(set.recurring(monthly())).await;
    for (id, from, on) in [
        (usual, "Mon 23 Nov 2026", "2026-10-31"),
        (set, "Thu 1 Oct 2026", "2026-09-30"),
    ] {
        tab.open_workflow(world.harbour, id, "").await;
        assert_eq!(tab.setting("Deploys from").await, from);
        tab.open_workflow(world.harbour, id, "/schedule").await;
        tab.pick_date("Nominal date", on).await;
        tab.press("Ask").await;
        let answer = tab.text(".answer").await.to_lowercase();
        assert!(answer.contains("before"), "{answer}");
    }
    world.run().await;
    let starts: Vec<_> = world.jobs().into_iter().map(|job| job.start).collect();
    assert_eq!(starts, [Some(date("2026-10-31"))]);
}

/// Imports two workflows on acceptance for a proposal that was accepted long ago.
async fn import(world: &World) {
    let practice = world.practice.practice().await.expect("read").value;
    let clients = world.practice.clients(None).await.expect("read");
    let accepted = world.proposal("P-1", "Annual work", ProposalState::Sent);
    let proposal = Proposal {
        state: ProposalState::Accepted {
            on: date("2026-07-01"),
        },
        ..accepted
    };
    let workflow = |key: &str, accepted_before| ImportedWorkflow {
        key: key.parse().expect("a key"),
        workflow: NewWorkflow::named(key)
            .proposal(proposal.id.clone())
            .on_acceptance(),
        accepted_before,
    };
    let importing = Importing {
        practice,
        people: Vec::new(),
        listings: Vec::new(),
        clients,
        workflows: vec![
            workflow("quiet", AcceptedBefore::DeploysNothing),
            workflow("loud", AcceptedBefore::Deploys),
        ],
        proposals: vec![proposal],
    };
    let imported = world.practice.import(mara(), importing, |_, _| {}).await;
    imported.expect("imported");
}

async fn an_import_deploys_nothing_for_an_already_accepted_proposal_unless_the_file_says_so(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    import(&world).await;
    world.run().await;
    let names: Vec<_> = world.jobs().into_iter().map(|job| job.name).collect();
    assert_eq!(names, ["loud"]);
    let quiet = world.named("quiet").await;
    tab.open_workflow(world.harbour, quiet.id(), "").await;
    let badge = tab.text(".wf-head .badge").await.to_lowercase();
    assert!(badge.starts_with("inactive"), "{badge}");
}
