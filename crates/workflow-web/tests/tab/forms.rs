//! The forms: what is refused keeps what was typed, and says why beside the field.

use axum::http::StatusCode;
use workflow_core::billing::BillingLevel;
use workflow_core::workflow::Schedule;
use workflow_web::Role;

use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::{template, uuid_of};

async fn sample() -> (Sample, Browser) {
    let sample = Sample::new().await;
    let browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    (sample, browser)
}

#[tokio::test]
async fn an_edit_is_saved_and_told_in_the_audit() {
    let (sample, mut browser) = sample().await;
    let path = format!("/client/{}/workflow/{}", sample.harbour, sample.bas);
    let page = browser.get(&format!("{path}/edit")).await;
    assert!(
        page.one(".lead")
            .contains("An edit acts on what is not deployed yet.")
    );
    let answer = browser
        .submit(
            &page,
            "/edit",
            &[("budget", "1,300"), ("staff", "person-4")],
        )
        .await;
    let page = browser.follow(&answer).await;
    assert!(
        page.one(".flash")
            .contains("They act on what is not deployed yet.")
    );
    let lines = page.all(".lines > div");
    assert!(lines.contains(&"Budget 1,300.00".to_owned()));
    assert!(lines.contains(&"Staff Jonas Weber not linked to XPM".to_owned()));
    let page = browser.get(&format!("{path}/audit")).await;
    assert_eq!(
        page.all(".entry:first-child .changes li"),
        [
            "Budget: 1,250.00 → became 1,300.00",
            "Staff: Theo Okafor, Priya Raman → became Jonas Weber",
        ]
    );
    assert!(page.all(".entry-by")[0].starts_with("Alex Reed · "));
}

#[tokio::test]
async fn nothing_typed_is_lost_when_an_edit_is_refused() {
    let (sample, mut browser) = sample().await;
    let path = format!("/client/{}/workflow/{}/edit", sample.harbour, sample.bas);
    let page = browser.get(&path).await;
    let typed = [
        ("name", "BAS {quater}"),
        ("description", "first line\nsecond line"),
        ("budget", "lots"),
        ("manager", "person-3"),
        ("templates", &template(4).to_string()),
    ];
    let refused = browser.submit(&page, "/edit", &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .one("#p-name")
            .starts_with("Unknown token {quater} at character 5; known here: ")
    );
    assert!(
        refused
            .one("#p-budget")
            .starts_with("Budget must be an amount")
    );
    assert_eq!(
        refused.attr("#f-name", "value").as_deref(),
        Some("BAS {quater}")
    );
    assert_eq!(refused.attr("#f-budget", "value").as_deref(), Some("lots"));
    assert!(refused.body.contains("first line\nsecond line</textarea>"));
    assert_eq!(
        refused
            .attr("#f-manager option[selected]", "value")
            .as_deref(),
        Some("person-3")
    );
    assert_eq!(
        refused.one(".selects li:first-child option[selected]"),
        "Tax return"
    );
    assert_eq!(
        refused.attr("#f-name", "aria-invalid").as_deref(),
        Some("true")
    );
    let stored = sample.practice.workflow(sample.bas).await.unwrap().unwrap();
    assert_eq!(stored.value.settings().name.text(), "BAS {quarter}");

    let emptied = browser.submit(&page, "/edit", &[("name", "")]).await;
    assert_eq!(emptied.one("#p-name"), "Job name must not be empty.");
}

#[tokio::test]
async fn whoever_edits_second_is_told_and_keeps_what_they_typed() {
    let sample = Sample::new().await;
    let (workflows, practice) = (&sample.world.workflows, sample.practice.id());
    let mut one = Browser::named(workflows, practice, Role::Editor, "Theo Okafor");
    let mut other = Browser::named(workflows, practice, Role::Editor, "Priya Raman");
    let path = format!("/client/{}/workflow/{}/edit", sample.harbour, sample.bas);
    let of_one = one.get(&path).await;
    let of_other = other.get(&path).await;
    let saved = one.submit(&of_one, "/edit", &[("budget", "1,111")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);

    let told = other
        .submit(&of_other, "/edit", &[("name", "BAS of {client}")])
        .await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(
        told.one(".problems")
            .contains("Somebody else changed these settings")
    );
    let meanwhile = told.one("section.notice");
    assert!(
        meanwhile.contains("Budget: 1,250.00 → became 1,111.00"),
        "{meanwhile}"
    );
    assert!(meanwhile.contains("Theo Okafor"), "{meanwhile}");
    assert_eq!(
        told.attr("#f-name", "value").as_deref(),
        Some("BAS of {client}")
    );
    let stored = sample.practice.workflow(sample.bas).await.unwrap().unwrap();
    assert_eq!(stored.value.settings().name.text(), "BAS {quarter}");

    let saved = other.submit(&told, "/edit", &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let stored = sample.practice.workflow(sample.bas).await.unwrap().unwrap();
    assert_eq!(stored.value.settings().name.text(), "BAS of {client}");
}

#[tokio::test]
async fn a_change_that_is_no_edit_disturbs_no_edit() {
    let (sample, mut browser) = sample().await;
    let path = format!("/client/{}/workflow/{}", sample.harbour, sample.bas);
    let form = browser.get(&format!("{path}/edit")).await;
    let schedule = browser.get(&format!("{path}/schedule")).await;
    let deployed = browser.submit(&schedule, "/now/deploy", &[]).await;
    assert_eq!(deployed.status, StatusCode::SEE_OTHER);
    let saved = browser.submit(&form, "/edit", &[("budget", "1,400")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let again = browser.submit(&form, "/edit", &[("budget", "1,400")]).await;
    assert_eq!(
        again.status,
        StatusCode::SEE_OTHER,
        "sent twice is saved once"
    );
}

#[tokio::test]
async fn a_taken_billing_level_names_its_holder_and_can_be_taken_over() {
    let (sample, mut browser) = sample().await;
    let path = |id| format!("/client/{}/workflow/{id}", sample.harbour);
    let page = browser
        .get(&format!("{}/billing", path(sample.monthly)))
        .await;
    let refused = browser
        .submit(&page, "/billing", &[("billing", "client")])
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(
        refused.one("#p-billing"),
        "The workflow “BAS {quarter}” is nominated for the client level already; take over to replace it."
    );
    let changes = [("take_over", "yes")];
    let answer = browser.submit(&refused, "/billing", &changes).await;
    let page = browser.follow(&answer).await;
    assert!(page.one(".level").starts_with("Client level."));
    let lost = browser.get(&path(sample.bas)).await;
    assert!(lost.one(".level").starts_with("Non-billing."));
    assert!(lost.text().contains("nominated: “Bookkeeping {month}”"));
}

#[tokio::test]
async fn proposal_level_is_refused_with_the_reason() {
    let (sample, mut browser) = sample().await;
    for (id, reason) in [
        (
            sample.bas,
            "Proposal level needs a workflow that was made from a proposal.",
        ),
        (
            sample.completed,
            "Proposal level needs invoices grouped by proposal, and those of proposal P-2 are grouped by client.",
        ),
    ] {
        let path = format!("/client/{}/workflow/{id}/billing", sample.harbour);
        let page = browser.get(&path).await;
        let refused = browser
            .submit(&page, "/billing", &[("billing", "proposal")])
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.one("#p-billing"), reason);
    }
}

#[tokio::test]
async fn a_recurring_workflow_is_added_with_all_that_the_form_holds() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(&format!("/client/{}/new", sample.empty)).await;
    assert!(!page.has("#f-proposal"), "this client has no proposal");
    let template = template(2).to_string();
    let category = uuid_of(3, 1).to_string();
    let fields = [
        ("name", "BAS {quarter}"),
        ("category", category.as_str()),
        ("budget", "900"),
        ("partner", "person-1"),
        ("staff", "person-2"),
        ("templates", template.as_str()),
        ("when", "recurring"),
        ("every", "quarterly"),
        ("from", "2026-12-31"),
        ("position", "last_business_day"),
        ("ends", "after"),
        ("times", "8"),
        ("roll", "later"),
        ("lead", "5"),
        ("lead_unit", "business_days"),
        ("due", "day"),
        ("due_day", "28"),
        ("due_months", "1"),
        ("due_roll", "later"),
        ("period", "quarter"),
        ("billing", "client"),
    ];
    let answer = browser.submit(&page, "/new", &fields).await;
    let page = browser.follow(&answer).await;
    assert_eq!(page.one(".flash"), "The workflow was added.");
    let lines = page.all(".lines > div");
    for line in [
        "Job templates BAS",
        "Category Advisory",
        "Schedule Every quarter on the last business day, from 31 December 2026, 8 times.",
        "Lead 5 business days' lead",
        "Due date On day 28 of the month after; off business days: later, to the next business day",
        "Deploys from Mon 23 Nov 2026",
    ] {
        assert!(
            lines.iter().any(|found| found == line),
            "{line} in {lines:#?}"
        );
    }
    let added = sample
        .practice
        .workflows_of(sample.empty, None)
        .await
        .unwrap();
    assert_eq!(added[0].value.billing(), BillingLevel::Client);
}

#[tokio::test]
async fn one_time_workflows_are_added_by_hand_and_on_a_date() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(&format!("/client/{}/new", sample.empty)).await;
    let by_hand = [("name", "Review"), ("when", "by_hand")];
    let answer = browser.submit(&page, "/new", &by_hand).await;
    let seen = browser.follow(&answer).await;
    assert_eq!(seen.one(".wf-sub .badge"), "active, awaits a person");

    let page = browser.get(&format!("/client/{}/new", sample.empty)).await;
    let on_date = [
        ("name", "Review"),
        ("when", "on_date"),
        ("date", "2027-01-04"),
    ];
    let answer = browser.submit(&page, "/new", &on_date).await;
    let seen = browser.follow(&answer).await;
    assert_eq!(seen.one(".wf-sub .badge"), "active, next on 4 Jan 2027");

    let again = browser.submit(&page, "/new", &[("name", "Another")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(
        again
            .one("[role=alert]")
            .contains("This form was sent already")
    );

    let page = browser.get(&format!("/client/{}/new", sample.empty)).await;
    let early = [
        ("name", "Review"),
        ("when", "on_date"),
        ("date", "2026-11-01"),
    ];
    let refused = browser.submit(&page, "/new", &early).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .one("#p-when")
            .contains("Sun 1 Nov 2026 is before the deploys-from date Mon 23 Nov 2026")
    );
    assert_eq!(
        refused.attr("#f-date", "value").as_deref(),
        Some("2026-11-01")
    );

    let dateless = [("name", "Review"), ("when", "on_date")];
    let refused = browser.submit(&page, "/new", &dateless).await;
    assert_eq!(refused.one("#p-date"), "Choose the date.");
}

#[tokio::test]
async fn a_workflow_from_a_proposal_is_filled_in_from_it() {
    let (sample, mut browser) = sample().await;
    let page = browser
        .get(&format!("/client/{}/new", sample.harbour))
        .await;
    let fields = [("proposal", "P-1"), ("fill", "proposal"), ("budget", "777")];
    let filled = browser.submit(&page, "/new", &fields).await;
    assert_eq!(filled.status, StatusCode::OK);
    assert_eq!(
        filled.attr("#f-name", "value").as_deref(),
        Some("Annual accounts 2026")
    );
    assert_eq!(filled.attr("#f-budget", "value").as_deref(), Some("777"));
    assert!(
        filled
            .body
            .contains("Annual accounts, Tax return</textarea>")
    );
    assert_eq!(
        filled.all(".selects option[selected]")[..2],
        ["Annual accounts", "Tax return"]
    );
    let answer = browser.submit(&filled, "/new", &[]).await;
    let page = browser.follow(&answer).await;
    assert_eq!(page.one(".wf-sub .badge"), "active, awaits acceptance");
    let added = sample
        .practice
        .workflows_of(sample.harbour, None)
        .await
        .unwrap();
    let added = &added.last().unwrap().value;
    assert_eq!(added.plan().schedule, Schedule::OnAcceptance);
    assert_eq!(added.origin().service(), None);

    let path = format!("/client/{}/new?proposal=P-1%09S-2", sample.harbour);
    let page = browser.get(&path).await;
    assert_eq!(page.attr("#f-name", "value").as_deref(), Some("Tax return"));
}

#[tokio::test]
async fn faults_of_a_new_workflow_are_beside_their_fields() {
    let (sample, mut browser) = sample().await;
    let page = browser
        .get(&format!("/client/{}/new", sample.harbour))
        .await;
    let base = [("name", "BAS"), ("from", "2026-12-31")];
    for (field, value, at, problem) in [
        (
            "lead",
            "400",
            "lead",
            "Lead is 400, and must be from 0 to 366.",
        ),
        (
            "lead",
            "-1",
            "lead",
            "The lead has to be a whole number, not negative and not too large.",
        ),
        ("from", "", "from", "Choose the date from which it repeats."),
        ("name", "", "name", "Job name must not be empty."),
        (
            "when",
            "on_acceptance",
            "when",
            "On acceptance needs a proposal, and this workflow was not made from one.",
        ),
        (
            "proposal",
            "P-9",
            "proposal",
            "Choose a proposal from the list.",
        ),
        (
            "budget",
            "-5",
            "budget",
            "Budget must be an amount from 0 to 999,999,999.99 with at most two decimal places.",
        ),
    ] {
        let mut fields = base.to_vec();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let refused = browser.submit(&page, "/new", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert_eq!(refused.one(&format!("#p-{at}")), problem);
    }
    let ended = [("name", "BAS"), ("ends", "on"), ("until", "2020-01-01")];
    let refused = browser.submit(&page, "/new", &ended).await;
    let ends = "Last date: the rule would never fire: it ends on ";
    assert!(
        refused.one("#p-until").starts_with(ends),
        "{}",
        refused.text()
    );
    let none = [("name", "BAS"), ("ends", "after"), ("times", "0")];
    let refused = browser.submit(&page, "/new", &none).await;
    assert!(
        refused.one("#p-times").starts_with("Number of dates: "),
        "{}",
        refused.text()
    );
    let due = [
        ("name", "BAS"),
        ("from", "2026-12-31"),
        ("due", "day"),
        ("due_day", "1"),
    ];
    let refused = browser.submit(&page, "/new", &due).await;
    assert!(
        refused.one("#p-due").contains("is before the start date"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn a_value_that_a_form_does_not_offer_is_not_taken_for_its_default() {
    let (sample, mut browser) = sample().await;
    let path = format!("/client/{}", sample.harbour);
    let page = browser.get(&format!("{path}/new")).await;
    let before = sample.practice.workflows_of(sample.harbour, None).await;
    let before = before.unwrap().len();
    for field in [
        "every",
        "position",
        "ends",
        "roll",
        "lead_unit",
        "due",
        "due_roll",
        "period",
        "period_which",
        "missed",
    ] {
        let fields = [("name", "BAS"), ("from", "2026-12-31"), (field, "odd")];
        let refused = browser.submit(&page, "/new", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(refused.has(&format!("#p-{field}")), "{field}");
    }
    let after = sample.practice.workflows_of(sample.harbour, None).await;
    assert_eq!(after.unwrap().len(), before);
}
