//! Plan and apply, bulk changes, the preflight and the working calendar, in the browser.

use axum::http::StatusCode;
use workflow_core::practice::Link;
use workflow_core::workflow::Status;
use workflow_web::Role;

use crate::browser::{Browser, Seen};
use crate::support::sample::Sample;
use crate::support::world::{date, mara};

async fn sample() -> (Sample, Browser) {
    as_role(Role::Editor).await
}

async fn as_role(role: Role) -> (Sample, Browser) {
    let sample = Sample::new().await;
    let browser = Browser::of(&sample.world.workflows, sample.practice.id(), role);
    (sample, browser)
}

const ALL_BAS: &str = "/plan/preview?do=until&until=2027-01-31&workflow_name=bas";

fn rows(page: &Seen) -> Vec<String> {
    page.all("table.planned tbody tr")
}

#[tokio::test]
async fn a_plan_shows_names_dates_people_references_conflicts_and_calls() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(ALL_BAS).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.one("h1"), "Deploy what is due by Sun 31 Jan 2027");
    let rows = rows(&page);
    assert_eq!(rows.len(), 5);
    let bas = rows.iter().find(|row| row.contains("Harbour")).unwrap();
    for part in [
        "BAS Oct-Dec 2026 Start Mon 11 Jan 2027, due Thu 28 Jan 2027; by itself Mon 4 Jan 2027",
        "Partner Mara Lindqvist",
        "Staff Theo Okafor, Priya Raman",
        "Reference CLI-",
    ] {
        assert!(bas.contains(part), "{part} in {bas}");
    }
    assert!(
        page.one(".lead")
            .contains("It costs 7 calls to XPM; 998 of 1000 are left today")
    );
    assert!(
        sample
            .practice
            .deployments_of(sample.bas)
            .await
            .unwrap()
            .len()
            == 3,
        "nothing has happened"
    );
}

#[tokio::test]
async fn the_rows_chosen_are_applied_and_each_tells_its_own_outcome() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(ALL_BAS).await;
    let place = page.attr("tr:last-child input[name=row]", "value").unwrap();
    let done = browser
        .submit(&page, "/plan/apply", &[("row", &place)])
        .await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert!(done.one(".flash").starts_with("1 of 1 row is done."));
    assert_eq!(
        done.all("tbody tr"),
        ["Harbour Café Pty Ltd BAS {quarter} Thu 31 Dec 2026 done"]
    );
    // Sent again, as by a second press of the button: nothing is done twice.
    let again = browser
        .submit(&page, "/plan/apply", &[("row", &place)])
        .await;
    assert!(again.one("tbody .badge").contains("done before"));
    let begun = sample.practice.deployments_of(sample.bas).await.unwrap();
    assert_eq!(begun.len(), 4);
}

#[tokio::test]
async fn a_plan_that_things_have_changed_under_is_refused_and_shown_anew() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(ALL_BAS).await;
    let moved = sample.practice.move_to(
        mara(),
        sample.bas,
        workflow_core::workflow::Occurrence::On(date("2026-12-31")),
        date("2027-01-18"),
    );
    moved.await.unwrap();
    let refused = browser.submit(&page, "/plan/apply", &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    let alert = refused.one("section[role=alert]");
    assert!(alert.starts_with("Things have changed since you looked, and nothing was done."));
    let differs =
        "Start date was Mon 11 Jan 2027, is Mon 18 Jan 2027; deploys on was Mon 4 Jan 2027";
    assert!(alert.contains(differs), "{alert}");
    assert_eq!(
        sample
            .practice
            .deployments_of(sample.bas)
            .await
            .unwrap()
            .len(),
        3
    );
    let applied = browser.submit(&refused, "/plan/apply", &[]).await;
    assert_eq!(applied.status, StatusCode::OK, "{}", applied.text());
    assert!(applied.one(".flash").starts_with("5 of 5 rows are done."));
}

#[tokio::test]
async fn a_plan_of_before_a_restart_is_applied_only_where_it_is_the_same() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(ALL_BAS).await;
    let tab = workflow_web::router(
        sample.world.workflows.clone(),
        crate::browser::SignedIn {
            name: "Alex Reed",
            role: Role::Editor,
            practice: sample.practice.id().clone(),
        },
    );
    browser.restart(tab.clone());
    let done = browser.submit(&page, "/plan/apply", &[]).await;
    assert!(
        done.one(".flash").starts_with("5 of 5 rows are done."),
        "{}",
        done.text()
    );
    browser.restart(tab);
    let again = browser.submit(&page, "/plan/apply", &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.text().contains("Nothing was done now"));
}

#[tokio::test]
async fn settings_of_many_are_changed_at_once() {
    let (sample, mut browser) = sample().await;
    let path = "/plan/preview?do=edit&new_partner=person-3&new_budget=850&client=harbour&workflow_name=bas&clear=manager";
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert_eq!(
        rows(&page),
        [
            "Harbour Café Pty Ltd BAS {quarter} Budget 1,250.00 → 850.00 Partner Mara Lindqvist → Priya Raman Manager Theo Okafor → none nothing"
        ]
    );
    let done = browser.submit(&page, "/plan/apply", &[]).await;
    assert!(
        done.one(".flash").starts_with("1 of 1 row is done."),
        "{}",
        done.text()
    );
    let after = sample
        .practice
        .workflow(sample.bas)
        .await
        .unwrap()
        .unwrap()
        .value;
    assert_eq!(after.settings().budget, Some("850".parse().unwrap()));
    assert_eq!(after.settings().manager, None);
}

#[tokio::test]
async fn a_bulk_change_has_to_say_what_and_of_which_workflows() {
    let (_, mut browser) = sample().await;
    for (query, field, says) in [
        ("do=archive", "#p-client", "Say which workflows are meant"),
        (
            "do=edit&client=harbour",
            "#p-new_name",
            "Say what is to be changed.",
        ),
        (
            "do=edit&client=harbour&new_budget=much",
            "#p-new_budget",
            "Budget",
        ),
        (
            "do=edit&client=harbour&new_partner=person-1&clear=partner",
            "#p-new_partner",
            "Choose one.",
        ),
        ("do=edit&client=harbour&new_name={x}", "#p-new_name", "{x}"),
        (
            "do=archive&client=nobody",
            "#p-client",
            "No client’s name holds “nobody”.",
        ),
        ("do=until&until=soon", "#p-until", "Give a date"),
        ("do=until", "#p-until", "Choose the day"),
        (
            "do=replace&from=person-1&to=person-1",
            "#p-to",
            "somebody else",
        ),
        ("do=replace&from=person-1", "#p-to", "Choose a person"),
        ("do=next&state=sleepy", "#p-state", "Choose one of those"),
        ("do=everything", "#p-do", "Choose what is to be done."),
        ("do=next&due_from=x", "#p-due_from", "Give a date"),
    ] {
        let page = browser.get(&format!("/plan/preview?{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        let problem = page.one(field);
        assert!(problem.contains(says), "{query}: {problem}");
    }
    let page = browser.get("/plan/preview?do=archive&client=nobody").await;
    assert_eq!(
        page.attr("#f-client", "value").as_deref(),
        Some("nobody"),
        "input is kept"
    );
}

#[tokio::test]
async fn a_person_is_replaced_from_a_day_on() {
    let (sample, mut browser) = sample().await;
    let path = "/plan/preview?do=replace&from=person-2&to=person-4&on=2027-03-01";
    let page = browser.get(path).await;
    assert_eq!(
        page.one("h1"),
        "Replace Theo Okafor by Jonas Weber in what starts from Mon 1 Mar 2027"
    );
    let row = &rows(&page)[0];
    assert!(row.contains("Theo Okafor → Jonas Weber"), "{row}");
    assert!(
        row.contains("Left out: Jonas Weber is not linked to a member of XPM"),
        "{row}"
    );
    drop(sample);
}

#[tokio::test]
async fn rows_that_would_fail_are_left_out_and_nothing_is_offered_where_all_would() {
    let (sample, mut browser) = sample().await;
    let new = workflow_core::service::NewWorkflow::named("Review")
        .client(sample.harbour)
        .partner("person-4".parse().unwrap());
    sample.practice.add(mara(), new).await.unwrap();
    let page = browser
        .get("/plan/preview?do=next&workflow_name=review&partner=person-4")
        .await;
    assert!(
        rows(&page)[0].contains("Left out: Jonas Weber is not linked"),
        "{}",
        rows(&page)[0]
    );
    assert!(page.text().contains("Every row would fail"));
    assert!(!page.has(".form-end button"));
}

#[tokio::test]
async fn a_viewer_sees_a_plan_and_applies_none_and_no_job_is_made_without_a_connection() {
    let (_, mut viewer) = as_role(Role::Viewer).await;
    let page = viewer.get(ALL_BAS).await;
    assert_eq!(rows(&page).len(), 5);
    assert!(!page.has(".form-end button") && !page.has("input[name=row]"));
    let refused = viewer.submit(&page, "/plan/apply", &[("row", "0")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let (sample, mut editor) = sample().await;
    let page = editor.get(ALL_BAS).await;
    sample
        .practice
        .set_link(mara(), Link::NotConnected)
        .await
        .unwrap();
    let refused = editor.submit(&page, "/plan/apply", &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(!editor.get(ALL_BAS).await.has(".form-end button"));
}

#[tokio::test]
async fn a_long_plan_is_paged_and_applied_whole() {
    let (sample, mut browser) = sample().await;
    for number in 100..160 {
        let name = format!("Client {number}");
        let client = sample.world.client(&sample.practice, number, &name).await;
        let new = workflow_core::service::NewWorkflow::named("Visit {client}").client(client);
        sample.practice.add(mara(), new).await.unwrap();
    }
    let page = browser
        .get("/plan/preview?do=archive&workflow_name=visit")
        .await;
    assert_eq!(rows(&page).len(), 50);
    let next = page.attr("nav.pages a", "href").unwrap();
    let second = browser.get(next.strip_prefix("/clients").unwrap()).await;
    assert_eq!(rows(&second).len(), 10);
    let done = browser.submit(&second, "/plan/apply", &[]).await;
    assert!(
        done.one(".flash").starts_with("60 of 60 rows are done."),
        "{}",
        done.text()
    );
    let left = browser
        .get("/plan/preview?do=archive&workflow_name=visit")
        .await;
    assert!(left.text().contains("Nothing is to be done"));
}

#[tokio::test]
async fn many_are_archived_and_the_audit_names_who_did_it() {
    let (sample, mut browser) = sample().await;
    let page = browser
        .get("/plan/preview?do=archive&client=harbour&workflow_name=loan")
        .await;
    let done = browser.submit(&page, "/plan/apply", &[]).await;
    assert!(done.one(".flash").starts_with("1 of 1 row is done."));
    let found = sample
        .practice
        .workflow(sample.by_hand)
        .await
        .unwrap()
        .unwrap();
    assert!(matches!(found.value.status(), Status::Inactive(_)));
    let subject = workflow_core::audit::Subject::Workflow(sample.by_hand);
    let last = sample.practice.audit(Some(subject), None, 1).await.unwrap();
    assert_eq!(last[0].line.actor.to_string(), "Alex Reed");
}

#[tokio::test]
async fn the_preflight_names_causes_with_what_they_hit_and_what_to_do() {
    let (sample, mut browser) = sample().await;
    let page = browser.get("/preflight").await;
    assert!(
        page.text().contains("None of them is known to fail."),
        "{}",
        page.text()
    );
    let new = workflow_core::service::NewWorkflow::named("Review {month}")
        .client(sample.harbour)
        .manager("person-4".parse().unwrap())
        .on_date(date("2026-12-10"));
    sample.practice.add(mara(), new).await.unwrap();
    let page = browser.get("/preflight?days=60").await;
    let row = page.one("section[aria-labelledby=failures-head] tbody tr");
    assert!(
        row.starts_with("Jonas Weber is not linked to a member of XPM"),
        "{row}"
    );
    assert!(
        row.contains("Thu 10 Dec 2026 1 job Harbour Café Pty Ltd, Review {month}"),
        "{row}"
    );
    assert_eq!(
        page.all(".findings .button"),
        ["Replace this person", "Link this person"]
    );
    let cure = page.attr(".findings .button", "href").unwrap();
    assert_eq!(cure, "/clients/plan?do=replace&from=person-4");
    let form = browser.get("/plan?do=replace&from=person-4").await;
    assert!(form.has("input[name=do][value=replace][checked]"));
    assert!(form.has("#f-from option[value='person-4'][selected]"));
    let soon = browser.get("/preflight?days=10").await;
    assert!(!soon.has("section[aria-labelledby=failures-head]"));
    for days in ["0", "367", "many"] {
        let page = browser.get(&format!("/preflight?days={days}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{days}");
    }
}

#[tokio::test]
async fn a_new_holiday_shows_what_it_moves_before_it_is_made() {
    let (sample, mut browser) = as_role(Role::Administrator).await;
    let page = browser.get("/calendar").await;
    let text = "2026-11-30 Founders’ Day\n\n2027-01-26 Australia Day";
    let effect = browser
        .submit(
            &page,
            "/calendar",
            &[("add", text), ("remove", "2026-12-28")],
        )
        .await;
    assert_eq!(effect.status, StatusCode::OK, "{}", effect.text());
    assert_eq!(
        effect.all(".changes li"),
        [
            "Added: Mon 30 Nov 2026 , Founders’ Day",
            "Added: Tue 26 Jan 2027 , Australia Day",
            "Taken out: Mon 28 Dec 2026 , Boxing Day (additional day)",
        ]
    );
    let moves = effect.all("table.diff tbody tr");
    assert!(
        moves[0].contains("Bookkeeping {month} deploys Mon 30 Nov 2026"),
        "{moves:?}"
    );
    assert!(moves[0].contains("deploys Fri 27 Nov 2026"), "{moves:?}");
    let before = sample.practice.practice().await.unwrap().value.calendar;
    assert_eq!(before.holidays().len(), 3, "nothing is changed yet");
    let seen = effect.attr("button[name=apply]", "value").unwrap();
    let back = browser
        .submit(&effect, "/calendar", &[("back", "yes")])
        .await;
    assert!(
        back.body.contains("2026-11-30 Founders’ Day"),
        "input is kept"
    );
    let done = browser
        .submit(&effect, "/calendar", &[("apply", &seen)])
        .await;
    let page = browser.follow(&done).await;
    assert!(
        page.one(".flash")
            .starts_with("The working calendar was changed.")
    );
    assert!(page.text().contains("Founders’ Day"));
    // Somebody else looked at the calendar of before.
    let stale = browser
        .submit(&effect, "/calendar", &[("apply", &seen), ("once", "other")])
        .await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.one("#p-add").contains("twice"), "it is there already");
}

#[tokio::test]
async fn a_calendar_with_a_fault_is_refused_and_an_editor_may_not_change_it() {
    let (_, mut browser) = as_role(Role::Administrator).await;
    let page = browser.get("/calendar").await;
    for (text, says) in [
        ("Monday off", "does not begin with a date"),
        ("2026-12-25 Again", "twice"),
        ("2027-02-30 Never", "does not begin with a date"),
        ("2027-02-08", "name"),
    ] {
        let refused = browser.submit(&page, "/calendar", &[("add", text)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(
            refused.one("#p-add").contains(says),
            "{text}: {}",
            refused.one("#p-add")
        );
        assert!(refused.one("#f-add").contains(text));
    }
    let same = browser.submit(&page, "/calendar", &[]).await;
    let same = browser.follow(&same).await;
    assert!(same.one(".flash").starts_with("Nothing was changed"));
    let (_, mut editor) = sample().await;
    let page = editor.get("/calendar").await;
    assert!(!page.has("form[action$='/calendar']"));
}

#[tokio::test]
async fn a_calendar_that_somebody_else_changed_is_shown_anew_before_it_is_changed_again() {
    let (sample, mut browser) = as_role(Role::Administrator).await;
    let page = browser.get("/calendar").await;
    let added = [("add", "2027-01-26 Australia Day")];
    let effect = browser.submit(&page, "/calendar", &added).await;
    let calendar = sample.practice.practice().await.unwrap().value.calendar;
    let other = calendar.with_known_until(Some(date("2027-12-31")));
    sample.practice.set_calendar(mara(), other).await.unwrap();
    let seen = effect.attr("button[name=apply]", "value").unwrap();
    let apply = [("apply", seen.as_str())];
    let stale = browser.submit(&effect, "/calendar", &apply).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let alert = stale.one("[role=alert]");
    assert!(
        alert.starts_with("Somebody changed the practice since you looked"),
        "{alert}"
    );
    let now = sample.practice.practice().await.unwrap().value.calendar;
    assert_eq!(now.holidays().len(), 3, "nothing was applied");
    assert!(
        stale.one(".changes").contains("Added: Tue 26 Jan 2027"),
        "input is kept"
    );
    let seen = stale.attr("button[name=apply]", "value").unwrap();
    let apply = [("apply", seen.as_str())];
    let done = browser.submit(&stale, "/calendar", &apply).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
}
