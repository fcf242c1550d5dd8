//! Commands over the memory store: what a repeat does, and what an import leaves alone.

#[path = "common/world.rs"]
mod world;

use chrono::Datelike as _;
use workflow_core::audit::Actor;
use workflow_core::deployment::Phase;
use workflow_core::ids::WorkflowId;
use workflow_core::ports::gateway::{CreateJob, JobGateway as _};
use workflow_core::proposal::{Proposal, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{
    AcceptedBefore, By, Call, ImportedWorkflow, Importing, NewWorkflow, Room,
};
use workflow_core::testing::{CallKind, samples};
use world::{ONCE, World, host};

#[tokio::test]
async fn an_adoption_under_a_key_is_answered_again_and_its_call_is_counted() {
    let world = World::begin().await;
    let nobody = samples::person(1);
    let new = NewWorkflow::named("Accounts")
        .client(samples::client_id(1))
        .manager(nobody.id.clone())
        .on_date(samples::day(0));
    world.practice.put_person(host(), nobody).await.unwrap();
    let id = world.practice.add(host(), new).await.unwrap().value;
    world.turn(id, None, Room::Free).await;
    assert_eq!(world.phase(id).await, Phase::Failed);
    let job = CreateJob {
        client: samples::client_id(1),
        name: "Accounts".to_owned(),
        description: String::new(),
        start: samples::day(0),
        due: samples::day(9),
        reference: None,
        template: None,
        category: None,
        budget: None,
        number: None,
    };
    let made = world.gateway.create_job(world.practice.id(), &job).await;
    let number = made.unwrap().value.number;
    let adopt = || {
        let by = Actor::person("Mere").once("adopt-1".parse().unwrap());
        world.practice.adopt(by, id, ONCE, number.clone())
    };
    let first = adopt().await.unwrap();
    assert!(!first.repeated && !first.entries.is_empty());
    let again = adopt().await.unwrap();
    assert!(again.repeated);
    assert_eq!(again.entries, first.entries);
    assert_eq!(world.gateway.count(CallKind::Job), 1);
    assert_eq!(world.practice.budget().await.unwrap().day_used, 1);
}

#[tokio::test]
async fn an_acceptance_under_a_key_is_answered_again() {
    let world = World::begin().await;
    let proposal = Proposal {
        state: ProposalState::Sent,
        ..samples::proposal(1, samples::client_id(1))
    };
    let id = proposal.id.clone();
    world.practice.put_proposal(host(), proposal).await.unwrap();
    let accept = || {
        let by = host().once("accept-1".parse().unwrap());
        world
            .practice
            .accept_proposal(by, id.clone(), samples::day(0))
    };
    let first = accept().await.unwrap();
    let again = accept().await.unwrap();
    assert!(!first.entries.is_empty() && !first.repeated && again.repeated);
    assert_eq!(again.entries, first.entries);
}

#[tokio::test]
async fn what_was_begun_and_never_sent_is_within_reach_of_its_proposal() {
    let world = World::begin().await;
    let proposal = samples::proposal(1, samples::client_id(1));
    let state = |state| Proposal {
        state,
        ..proposal.clone()
    };
    let put = |proposal| world.practice.put_proposal(host(), proposal);
    put(proposal.clone()).await.unwrap();
    let new = NewWorkflow::named("Accounts").proposal(proposal.id.clone());
    let new = new.on_date(samples::day(0));
    let id = world.practice.add(host(), new).await.unwrap().value;
    // As many calls as allowed are under way, so it is begun and nothing is sent.
    world.turn(id, None, Room::Full).await;
    assert_eq!(world.phase(id).await, Phase::Running);
    put(state(ProposalState::Declined)).await.unwrap();
    let turn = world.turn(id, Some(ONCE), Room::Free).await;
    assert!(turn.call.is_none(), "{turn:?}");
    assert_eq!(world.phase(id).await, Phase::Failed);

    let on = samples::day(0);
    put(state(ProposalState::Accepted { on })).await.unwrap();
    world.practice.retry(host(), id, ONCE).await.unwrap();
    let turn = world.turn(id, Some(ONCE), Room::Free).await;
    assert!(matches!(turn.call, Some((0, Call::Create(_)))), "{turn:?}");
}

fn importing(workflow: NewWorkflow) -> Importing {
    Importing {
        practice: samples::practice(&samples::practice_id("acme")),
        people: Vec::new(),
        listings: Vec::new(),
        clients: Vec::new(),
        proposals: vec![samples::proposal(1, samples::client_id(1))],
        workflows: vec![ImportedWorkflow {
            key: "accounts".parse().unwrap(),
            workflow,
            accepted_before: AcceptedBefore::DeploysNothing,
        }],
    }
}

#[tokio::test]
async fn an_import_that_turns_a_workflow_to_on_acceptance_deploys_nothing_for_an_old_acceptance() {
    let world = World::begin().await;
    let new = NewWorkflow::named("Accounts").proposal(samples::proposal_id(1));
    let by_hand = importing(new.clone().by_hand());
    world
        .practice
        .import(host(), by_hand, |_, _| {})
        .await
        .unwrap();
    let on_acceptance = importing(new.on_acceptance());
    let import = world.practice.import(host(), on_acceptance, |_, _| {});
    import.await.unwrap();
    let acme = world.practice.id();
    let id = WorkflowId::imported(acme, &"accounts".parse().unwrap());
    let workflow = world.practice.workflow(id).await.unwrap().unwrap().value;
    assert_eq!(workflow.next(), None);
    assert_eq!(workflow.status().to_string(), "inactive, given up");
}

#[tokio::test]
async fn an_import_leaves_a_workflow_alone_that_was_archived_since() {
    let world = World::begin().await;
    let new = NewWorkflow::named("Accounts").client(samples::client_id(1));
    let import = || {
        let importing = importing(new.clone());
        world.practice.import(host(), importing, |_, _| {})
    };
    import().await.unwrap();
    let acme = world.practice.id();
    let id = WorkflowId::imported(acme, &"accounts".parse().unwrap());
    world.practice.archive(host(), id).await.unwrap();
    let again = import().await.unwrap();
    assert_eq!((again.value.added, again.value.changed), (0, 0));
}

/// A repeat that comes late must not undo what somebody did meanwhile.
#[tokio::test]
async fn a_command_that_found_nothing_to_do_uses_up_its_key() {
    let world = World::begin().await;
    let practice = &world.practice;
    let client = samples::client(1, "Client");
    let renamed = samples::client(1, "Client & Sons");
    let key = "form-7".parse().expect("a key");
    let under_key = By::from(host()).once(key);
    let first = practice.put_client(under_key.clone(), client.clone()).await;
    let first = first.unwrap();
    assert!(first.entries.is_empty() && !first.repeated, "{first:?}");
    practice.put_client(host(), renamed.clone()).await.unwrap();

    let again = practice.put_client(under_key.clone(), client.clone()).await;
    let again = again.unwrap();
    assert!(again.entries.is_empty() && again.repeated, "{again:?}");
    let kept = practice.client(client.id).await.unwrap().unwrap().value;
    assert_eq!(kept, renamed);
    let other = practice.put_client(under_key, renamed).await;
    assert!(other.is_err(), "the key stands for that command: {other:?}");
}

/// Business days are the calendar's, so a rule cannot know by itself that it has no date.
#[tokio::test]
async fn a_schedule_whose_rule_never_fires_under_the_calendar_is_refused() {
    let world = World::begin().await;
    let first = samples::day(0);
    let last = Recurrence::monthly().last_business_day().from(first);
    // The month's last business day lies after the first, on which this ends.
    let new = NewWorkflow::named("Payroll")
        .client(samples::client_id(1))
        .recurring(last.until(first));
    let refused = world.practice.add(host(), new).await.unwrap_err();
    assert_eq!(refused.field(), Some("recurrence"));
    let said = refused.to_string();
    assert!(
        said.contains("until: ") && said.contains("it ends on"),
        "{said}"
    );
}

/// A schedule that repeats seldom shows as many dates as one that repeats often.
#[tokio::test]
async fn the_next_twelve_dates_are_shown_however_far_apart_they_lie() {
    let world = World::begin().await;
    for years in [1, 5] {
        let rule = Recurrence::yearly().every(years).from(samples::day(0));
        let new = NewWorkflow::named("Audit of the accounts {year}")
            .client(samples::client_id(1))
            .recurring(rule);
        let id = world.practice.add(host(), new).await.unwrap().value;
        let rows = world.practice.schedule(id, 12).await.unwrap();
        let last = rows.last().unwrap().occurrence();
        assert_eq!(rows.len(), 12);
        assert_eq!(
            last.nominal().unwrap().year(),
            2026 + 11 * i32::try_from(years).unwrap()
        );
        assert_eq!(world.practice.names(id, 12).await.unwrap().len(), 12);
        assert_eq!(world.practice.preview(id, 12).await.unwrap().jobs.len(), 12);
    }
}
