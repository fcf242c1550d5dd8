//! Two people at once: the second sees what the first did, with their own input kept; and what was
//! just done is taken back where it can be.

use axum::http::StatusCode;
use workflow_core::billing::BillingLevel;
use workflow_core::ids::WorkflowId;
use workflow_core::workflow::Occurrence;
use workflow_web::Role;

use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::date;

struct Two {
    sample: Sample,
    theo: Browser,
    priya: Browser,
}

impl Two {
    async fn new() -> Self {
        let sample = Sample::new().await;
        let (workflows, practice) = (&sample.world.workflows, sample.practice.id());
        let theo = Browser::named(workflows, practice, Role::Editor, "Theo Okafor");
        let priya = Browser::named(workflows, practice, Role::Editor, "Priya Raman");
        Self {
            sample,
            theo,
            priya,
        }
    }

    fn path(&self, id: WorkflowId, rest: &str) -> String {
        format!("/client/{}/workflow/{id}{rest}", self.sample.harbour)
    }
}

#[tokio::test]
async fn whoever_moves_second_sees_the_first_move_and_may_move_on_top_of_it() {
    let mut two = Two::new().await;
    let path = two.path(two.sample.bas, "/do/move?on=2027-03-31");
    let first = two.theo.get(&path).await;
    let second = two.priya.get(&path).await;
    two.theo
        .submit(&first, "/do/move", &[("to", "2027-04-07")])
        .await;
    let told = two
        .priya
        .submit(&second, "/do/move", &[("to", "2027-04-09")])
        .await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(
        told.one("#problems")
            .contains("Somebody else changed this since you opened it")
    );
    let meanwhile = told.one("section[aria-label='Changed meanwhile']");
    assert!(
        meanwhile.contains("Moved Wed 31 Mar 2027 from Wed 31 Mar 2027 to Wed 7 Apr 2027."),
        "{meanwhile}"
    );
    assert!(meanwhile.contains("Theo Okafor"));
    assert_eq!(told.attr("#f-to", "value").as_deref(), Some("2027-04-09"));
    let start =
        |explained: workflow_core::workflow::Explanation| explained.dates().unwrap().start();
    let on = Occurrence::On(date("2027-03-31"));
    let now = two
        .sample
        .practice
        .explain(two.sample.bas, on)
        .await
        .unwrap();
    assert_eq!(
        start(now),
        date("2027-04-07"),
        "nothing of the second was done"
    );
    let done = two.priya.submit(&told, "/do/move", &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let now = two
        .sample
        .practice
        .explain(two.sample.bas, on)
        .await
        .unwrap();
    assert_eq!(start(now), date("2027-04-09"));
}

#[tokio::test]
async fn whoever_skips_what_another_moved_is_told_before_it_is_too_late() {
    let mut two = Two::new().await;
    let id = two.sample.bas;
    let path = two.path(id, "/do/skip?on=2027-03-31");
    let skip = two.priya.get(&path).await;
    let other = two.theo.get(&two.path(id, "/do/move?on=2027-06-30")).await;
    two.theo
        .submit(&other, "/do/move", &[("to", "2027-07-05")])
        .await;
    // Another date is none of the second one's business.
    let move_it = two.theo.get(&two.path(id, "/do/move?on=2027-03-31")).await;
    two.theo
        .submit(&move_it, "/do/move", &[("to", "2027-04-06")])
        .await;
    let told = two
        .priya
        .submit(&skip, "/do/skip", &[("reason", "Not this time")])
        .await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert_eq!(
        told.all("section[aria-label='Changed meanwhile'] .entry")
            .len(),
        1
    );
    assert_eq!(
        told.attr("#f-reason", "value").as_deref(),
        Some("Not this time")
    );
}

#[tokio::test]
async fn whoever_pauses_second_keeps_the_reason_and_sees_the_first_pause() {
    let mut two = Two::new().await;
    let path = two.path(two.sample.monthly, "/do/pause");
    let first = two.theo.get(&path).await;
    let second = two.priya.get(&path).await;
    two.theo
        .submit(&first, "/do/pause", &[("reason", "Away")])
        .await;
    let told = two
        .priya
        .submit(&second, "/do/pause", &[("reason", "No bookkeeper")])
        .await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(
        told.text()
            .contains("Paused until somebody resumes it: Away.")
    );
    assert_eq!(
        told.attr("#f-reason", "value").as_deref(),
        Some("No bookkeeper")
    );
}

#[tokio::test]
async fn whoever_changes_billing_second_sees_the_first_change() {
    let mut two = Two::new().await;
    let path = two.path(two.sample.bas, "/billing");
    let first = two.theo.get(&path).await;
    let second = two.priya.get(&path).await;
    two.theo
        .submit(&first, "/billing", &[("billing", "non_billing")])
        .await;
    let same = two
        .priya
        .submit(&second, "/billing", &[("billing", "non_billing")])
        .await;
    assert_eq!(same.status, StatusCode::SEE_OTHER, "both want the same");
    two.theo
        .submit(
            &first,
            "/billing",
            &[("billing", "client"), ("once", "again")],
        )
        .await;
    let told = two
        .priya
        .submit(&second, "/billing", &[("once", "other")])
        .await;
    assert_eq!(
        told.status,
        StatusCode::SEE_OTHER,
        "it is as the second one wants it"
    );
    two.theo
        .submit(
            &first,
            "/billing",
            &[("billing", "non_billing"), ("once", "third")],
        )
        .await;
    let told = two
        .priya
        .submit(
            &second,
            "/billing",
            &[("billing", "client"), ("once", "fourth")],
        )
        .await;
    assert_eq!(told.status, StatusCode::CONFLICT, "{}", told.text());
    assert!(
        told.text()
            .contains("Billing level: Client level → became Non-billing")
    );
    assert!(
        told.has("input[name=billing][value=client][checked]"),
        "input is kept"
    );
    let done = two.priya.submit(&told, "/billing", &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let now = two
        .sample
        .practice
        .workflow(two.sample.bas)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(now.value.billing(), BillingLevel::Client);
}

#[tokio::test]
async fn a_form_of_one_s_own_that_is_sent_twice_tells_of_nobody() {
    let mut two = Two::new().await;
    let path = two.path(two.sample.bas, "/do/move?on=2027-03-31");
    let page = two.theo.get(&path).await;
    for _ in 0..2 {
        let done = two
            .theo
            .submit(&page, "/do/move", &[("to", "2027-04-07")])
            .await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_move_and_a_pause_are_taken_back_by_the_button_beside_them() {
    let mut two = Two::new().await;
    let id = two.sample.bas;
    let on = Occurrence::On(date("2027-03-31"));
    let page = two.theo.get(&two.path(id, "/do/move?on=2027-03-31")).await;
    let done = two
        .theo
        .submit(&page, "/do/move", &[("to", "2027-04-07")])
        .await;
    let told = two.theo.follow(&done).await;
    assert_eq!(told.one(".flash button"), "Move it back");
    let back = two.theo.submit(&told, "/do/move", &[]).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text());
    let now = two.sample.practice.explain(id, on).await.unwrap();
    assert_eq!(now.dates().unwrap().start(), date("2027-03-31"));

    let page = two
        .theo
        .get(&two.path(two.sample.monthly, "/do/pause"))
        .await;
    let done = two
        .theo
        .submit(&page, "/do/pause", &[("reason", "Away")])
        .await;
    let told = two.theo.follow(&done).await;
    assert_eq!(told.one(".flash button"), "Resume it");
    two.theo.submit(&told, "/do/resume", &[]).await;
    let now = two
        .sample
        .practice
        .workflow(two.sample.monthly)
        .await
        .unwrap()
        .unwrap();
    assert!(now.value.pause().is_none());

    let page = two
        .theo
        .get(&two.path(two.sample.by_hand, "/do/archive"))
        .await;
    let done = two.theo.submit(&page, "/do/archive", &[]).await;
    let told = two.theo.follow(&done).await;
    assert_eq!(told.one(".flash button"), "Duplicate it");
    // Without the word of what was just done there is nothing to take back.
    let path = two.path(id, "/schedule?moved=2027-03-31&was=2020-01-01");
    assert!(!two.theo.get(&path).await.has(".flash"));
}

#[tokio::test]
async fn a_level_that_would_be_refused_says_why_beside_it() {
    let mut two = Two::new().await;
    let page = two
        .theo
        .get(&two.path(two.sample.monthly, "/billing"))
        .await;
    let refusals = page.all(".refusal");
    assert_eq!(
        refusals,
        [
            "Refused unless it is taken over: nominated is “BAS {quarter}”.",
            "Not possible: the workflow was not made from a proposal.",
        ]
    );
    let page = two
        .theo
        .get(&two.path(two.sample.completed, "/billing"))
        .await;
    assert!(page.all(".refusal").contains(
        &"Not possible: the invoices of “Onboarding” are not grouped by proposal.".to_owned()
    ));
    let own = two.theo.get(&two.path(two.sample.bas, "/billing")).await;
    assert_eq!(own.all(".refusal").len(), 1, "the client level is its own");
}

#[tokio::test]
async fn a_workflow_from_a_proposal_says_what_was_filled_in_and_what_is_missing() {
    let mut two = Two::new().await;
    let mut proposal = two
        .sample
        .practice
        .proposal("P-1".parse().unwrap())
        .await
        .unwrap()
        .unwrap()
        .value;
    proposal.services[1].templates.clear();
    two.sample
        .practice
        .put_proposal(crate::support::world::mara(), proposal)
        .await
        .unwrap();
    let path = format!("/client/{}/new?proposal=P-1", two.sample.harbour);
    let page = two.theo.get(&path).await;
    let filled = page.one("section[aria-label='Filled in']");
    assert!(filled.starts_with(
        "Filled in from “Annual accounts 2026”: job name, job description, schedule, job templates. \
         Still empty: category, budget, partner, manager, staff."
    ), "{filled}");
    assert!(
        filled.ends_with("The service “Tax return” is linked to no job template."),
        "{filled}"
    );
    let plain = two
        .theo
        .get(&format!("/client/{}/new", two.sample.harbour))
        .await;
    assert!(!plain.has("section[aria-label='Filled in']"));
}
