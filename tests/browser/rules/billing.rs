//! Billings.

use thirtyfour::WebDriver;
use workflow_core::billing::BillingLevel;
use workflow_core::ids::WorkflowId;
use workflow_core::proposal::{InvoiceGrouping, Proposal, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::service::NewWorkflow;

use super::begin;
use crate::tab::Tab;
use crate::tests;
use crate::world::{World, date};

tests![
    client_level_syncs_all_the_clients_invoices_to_the_one_nominated_job,
    proposal_level_syncs_each_proposals_invoices_so_a_client_may_have_several_billing_jobs,
    non_billing_is_neither,
    where_both_levels_apply_to_an_invoice_the_proposals_wins,
    a_workflow_may_be_changed_to_proposal_level_only_if_invoices_are_grouped_by_proposal,
    nominating_a_second_is_refused_naming_the_first_unless_asked_to_take_over,
    the_reference_belongs_to_the_level_and_never_changes,
    each_job_that_the_nominated_workflow_deploys_carries_the_reference,
    a_job_already_deployed_cannot_be_given_a_reference,
];

/// Chooses a billing level in the tab.
async fn set(world: &World, tab: &Tab, id: WorkflowId, level: &str) {
    tab.open_workflow(world.harbour, id, "/billing").await;
    tab.tick("Billing level", level).await;
    tab.send("Save billing level").await;
}

/// The reference of the opened workflow's one level that begins so, as the page shows it.
async fn shown_reference(tab: &Tab, prefix: &str) -> String {
    let all = tab.texts(".lines code").await;
    let found = all.iter().find(|shown| shown.starts_with(prefix));
    found
        .unwrap_or_else(|| panic!("no {prefix} in {all:?}"))
        .clone()
}

/// The references of XPM's jobs, in the order in which they were created.
fn references(world: &World) -> Vec<Option<String>> {
    let jobs = world.jobs().into_iter();
    jobs.map(|job| job.reference.map(|reference| reference.to_string()))
        .collect()
}

/// A workflow from an accepted proposal that deploys by hand.
async fn accepted(world: &World, key: &str) -> WorkflowId {
    let proposal = world.propose(key, key, ProposalState::Sent).await;
    let id = world
        .add(NewWorkflow::named(key).proposal(proposal.clone()))
        .await;
    world.accept(&proposal, "2026-11-23").await;
    id
}

async fn deploy(world: &World, id: WorkflowId) {
    let begun = world
        .practice
        .deploy_now(crate::world::mara(), id, None)
        .await;
    begun.expect("begun");
    world.run().await;
}

async fn client_level_syncs_all_the_clients_invoices_to_the_one_nominated_job(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(NewWorkflow::named("Accounts")).await;
    set(&world, &tab, id, "Client level").await;
    tab.see("takes all the client’s invoices").await;
    let reference = shown_reference(&tab, "CLI-").await;
    deploy(&world, id).await;
    assert_eq!(references(&world), [Some(reference)]);
}

async fn proposal_level_syncs_each_proposals_invoices_so_a_client_may_have_several_billing_jobs(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let mut shown = Vec::new();
    for key in ["P-1", "P-2"] {
        let id = accepted(&world, key).await;
        set(&world, &tab, id, "Proposal level").await;
        tab.see("takes the invoices of its proposal").await;
        shown.push(Some(shown_reference(&tab, "PROP-").await));
        deploy(&world, id).await;
    }
    assert_ne!(shown[0], shown[1]);
    assert_eq!(references(&world), shown);
}

async fn non_billing_is_neither(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(NewWorkflow::named("Accounts")).await;
    tab.open_workflow(world.harbour, id, "").await;
    tab.see("The jobs of this workflow take no invoices.").await;
    deploy(&world, id).await;
    assert_eq!(references(&world), [None]);
}

async fn where_both_levels_apply_to_an_invoice_the_proposals_wins(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let general = world.add(NewWorkflow::named("Accounts")).await;
    let special = accepted(&world, "P-1").await;
    set(&world, &tab, special, "Proposal level").await;
    let theirs = shown_reference(&tab, "PROP-").await;
    set(&world, &tab, general, "Client level").await;
    tab.see("but for those of a proposal that has a billing job of its own")
        .await;
    deploy(&world, general).await;
    deploy(&world, special).await;
    let found = references(&world);
    assert!(
        found[0]
            .as_deref()
            .is_some_and(|one| one.starts_with("CLI-"))
    );
    assert_eq!(found[1], Some(theirs));
}

async fn a_workflow_may_be_changed_to_proposal_level_only_if_invoices_are_grouped_by_proposal(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let grouped = Proposal {
        grouping: InvoiceGrouping::Client,
        ..world.proposal("P-1", "Accounts", ProposalState::Sent)
    };
    let proposal = world.put(grouped).await;
    let id = world
        .add(NewWorkflow::named("Accounts").proposal(proposal))
        .await;
    set(&world, &tab, id, "Proposal level").await;
    tab.see("Proposal level needs invoices grouped by proposal")
        .await;
    tab.see("those of proposal P-1 are grouped by client").await;
    assert_eq!(world.workflow(id).await.billing(), BillingLevel::NonBilling);
    world.propose("P-1", "Accounts", ProposalState::Sent).await;
    set(&world, &tab, id, "Proposal level").await;
    assert_eq!(world.workflow(id).await.billing(), BillingLevel::Proposal);
}

async fn nominating_a_second_is_refused_naming_the_first_unless_asked_to_take_over(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let first = world.add(NewWorkflow::named("Annual accounts")).await;
    let second = world.add(NewWorkflow::named("Bookkeeping")).await;
    set(&world, &tab, first, "Client level").await;
    set(&world, &tab, second, "Client level").await;
    tab.see("One thing is in the way.").await;
    tab.see("Annual accounts").await;
    assert_eq!(
        world.workflow(second).await.billing(),
        BillingLevel::NonBilling
    );
    let legend = "If another workflow is nominated for that level";
    tab.tick(legend, "Take the level over from it").await;
    tab.send("Save billing level").await;
    tab.see("The billing level was changed.").await;
    assert_eq!(world.workflow(second).await.billing(), BillingLevel::Client);
    assert_eq!(
        world.workflow(first).await.billing(),
        BillingLevel::NonBilling
    );
}

async fn the_reference_belongs_to_the_level_and_never_changes(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let first = world.add(NewWorkflow::named("Annual accounts")).await;
    let second = world.add(NewWorkflow::named("Bookkeeping")).await;
    set(&world, &tab, first, "Client level").await;
    let reference = shown_reference(&tab, "CLI-").await;
    set(&world, &tab, first, "Non-billing").await;
    set(&world, &tab, second, "Client level").await;
    assert_eq!(shown_reference(&tab, "CLI-").await, reference);
    world
        .practice
        .archive(crate::world::mara(), second)
        .await
        .expect("archived");
    set(&world, &tab, first, "Client level").await;
    assert_eq!(shown_reference(&tab, "CLI-").await, reference);
}

async fn each_job_that_the_nominated_workflow_deploys_carries_the_reference(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().on_day(23).from(date("2026-11-23"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    set(&world, &tab, id, "Client level").await;
    let reference = Some(shown_reference(&tab, "CLI-").await);
    world.run_until("2027-01-24T22:30:00Z").await;
    assert_eq!(references(&world), vec![reference; 3]);
}

async fn a_job_already_deployed_cannot_be_given_a_reference(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().on_day(23).from(date("2026-11-23"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    world.run().await;
    let calls = world.gateway.calls().len();
    tab.open_workflow(world.harbour, id, "/billing").await;
    tab.see("a job that is deployed already cannot be given a reference")
        .await;
    set(&world, &tab, id, "Client level").await;
    world.run().await;
    assert_eq!(references(&world), [None]);
    assert_eq!(world.gateway.calls().len(), calls);
}
