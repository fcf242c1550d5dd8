//! What the buttons of the tab do.

use axum::http::StatusCode;
use workflow_core::ids::WorkflowId;
use workflow_core::practice::Link;
use workflow_core::workflow::{Occurrence, Status};
use workflow_web::Role;

use crate::browser::{Browser, Seen};
use crate::support::sample::Sample;
use crate::support::world::{ADOPTABLE, date, mara};

struct Tab {
    sample: Sample,
    browser: Browser,
}

impl Tab {
    async fn new() -> Self {
        let sample = Sample::new().await;
        let browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
        Self { sample, browser }
    }

    fn path(&self, id: WorkflowId, rest: &str) -> String {
        format!("/client/{}/workflow/{id}{rest}", self.sample.harbour)
    }

    async fn schedule(&mut self, id: WorkflowId) -> Seen {
        let path = self.path(id, "/schedule");
        self.browser.get(&path).await
    }

    /// Presses a button of a row of the Schedule tab and goes where that leads.
    async fn press(&mut self, id: WorkflowId, command: &str, on: &str) -> Seen {
        let page = self.schedule(id).await;
        let form = format!("/workflow/{id}/now/{command}");
        let answer = self.browser.submit(&page, &form, &[("on", on)]).await;
        self.browser.follow(&answer).await
    }

    /// Fills in the form of a command and sends it.
    async fn ask(&mut self, id: WorkflowId, command: &str, fields: &[(&str, &str)]) -> Seen {
        let path = self.path(id, &format!("/do/{command}"));
        let page = self.browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let command = command.split('?').next().unwrap();
        self.browser
            .submit(&page, &format!("/do/{command}"), fields)
            .await
    }

    async fn status(&self, id: WorkflowId) -> Status {
        self.sample
            .practice
            .workflow(id)
            .await
            .unwrap()
            .unwrap()
            .value
            .status()
    }
}

#[tokio::test]
async fn create_workflow_in_xpm_deploys_that_occurrence_ahead_of_its_date() {
    let mut tab = Tab::new().await;
    let id = tab.sample.bas;
    let page = tab.press(id, "deploy", "2027-03-31").await;
    assert!(page.one(".flash").starts_with("The deployment has begun."));
    assert_eq!(page.one("#on-2027-03-31 .badge"), "running");
    let again = tab.schedule(id).await;
    assert!(!again.has(".flash"), "what was done is told once");
    tab.sample.world.run(&tab.sample.practice.clone()).await;
    let page = tab.schedule(id).await;
    assert_eq!(page.one("#on-2027-03-31 .badge"), "deployed");
}

#[tokio::test]
async fn create_workflow_in_xpm_is_refused_where_the_job_exists() {
    let mut tab = Tab::new().await;
    let id = tab.sample.bas;
    let page = tab.schedule(id).await;
    let refused = tab
        .browser
        .submit(
            &page,
            &format!("/workflow/{id}/now/deploy"),
            &[("on", "2026-09-30")],
        )
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused
            .one("[role=alert]")
            .contains("has its job already: J000")
    );
    let back = refused.attr(".trouble a.primary", "href").unwrap();
    assert!(
        back.ends_with(&format!("/workflow/{id}/schedule")),
        "{back}"
    );
}

#[tokio::test]
async fn nothing_is_created_in_xpm_while_the_practice_is_not_connected() {
    let mut tab = Tab::new().await;
    let id = tab.sample.bas;
    let connected = tab.schedule(id).await;
    let practice = tab.sample.practice.clone();
    practice.set_link(mara(), Link::NotConnected).await.unwrap();
    let page = tab.schedule(id).await;
    assert!(!page.has("form[action$='/now/deploy']"));
    assert_eq!(
        page.all("#on-2027-03-31 .menu-list > *"),
        ["Skip…", "Move…", "Change from here on…"]
    );
    let form = format!("/workflow/{id}/now/deploy");
    let refused = tab.browser.submit(&connected, &form, &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.one("[role=alert]").contains("not connected to XPM"));
}

#[tokio::test]
async fn the_menu_of_a_workflow_by_hand_creates_its_one_job() {
    let mut tab = Tab::new().await;
    let id = tab.sample.by_hand;
    let page = tab.schedule(id).await;
    let answer = tab
        .browser
        .submit(&page, &format!("/workflow/{id}/now/deploy"), &[])
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    tab.sample.world.run(&tab.sample.practice.clone()).await;
    assert_eq!(tab.status(id).await.to_string(), "inactive, completed");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_carried_out_once() {
    let mut tab = Tab::new().await;
    let id = tab.sample.bas;
    let before = tab
        .sample
        .practice
        .workflows_of(tab.sample.harbour, None)
        .await
        .unwrap()
        .len();
    let page = tab.schedule(id).await;
    for _ in 0..2 {
        let form = format!("/workflow/{id}/now/duplicate");
        let answer = tab.browser.submit(&page, &form, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let after = tab
        .sample
        .practice
        .workflows_of(tab.sample.harbour, None)
        .await
        .unwrap()
        .len();
    assert_eq!(after, before + 1);
}

#[tokio::test]
async fn pressing_a_button_twice_is_pressing_it_once() {
    let mut tab = Tab::new().await;
    let id = tab.sample.bas;
    let page = tab.schedule(id).await;
    for _ in 0..2 {
        let form = format!("/workflow/{id}/now/deploy");
        let answer = tab.browser.submit(&page, &form, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    }
    let begun = tab.sample.practice.deployments_of(id).await.unwrap();
    assert_eq!(begun.len(), 4, "three before, and one now");
    let path = tab.path(id, "/do/skip?on=2027-06-30");
    let page = tab.browser.get(&path).await;
    for _ in 0..2 {
        let fields = [("reason", "On leave")];
        let answer = tab.browser.submit(&page, "/do/skip", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    }
}

#[tokio::test]
async fn a_duplicate_waits_until_its_first_date_is_confirmed() {
    let mut tab = Tab::new().await;
    let id = tab.sample.bas;
    let page = tab.schedule(id).await;
    let form = format!("/workflow/{id}/now/duplicate");
    let answer = tab.browser.submit(&page, &form, &[]).await;
    let page = tab.browser.follow(&answer).await;
    assert_eq!(page.one(".wf-sub .badge"), "active, awaits a person");
    assert!(
        page.text()
            .contains("It deploys nothing until you confirm its first date.")
    );
    let answer = tab.browser.submit(&page, "/now/confirm", &[]).await;
    let page = tab.browser.follow(&answer).await;
    assert!(page.one(".wf-sub .badge").starts_with("active, next on "));
}

#[tokio::test]
async fn archive_reminds_that_jobs_are_closed_in_xpm() {
    let mut tab = Tab::new().await;
    let id = tab.sample.bas;
    let path = tab.path(id, "/do/archive");
    let page = tab.browser.get(&path).await;
    assert!(
        page.one(".lead")
            .contains("Jobs that are already in XPM stay open; close them there.")
    );
    let answer = tab.browser.submit(&page, "/do/archive", &[]).await;
    let page = tab.browser.follow(&answer).await;
    assert!(
        page.one(".flash")
            .contains("Close the jobs that it made in XPM itself.")
    );
    assert_eq!(tab.status(id).await.to_string(), "inactive, archived");
    assert!(!page.has(".wf-head form[action$='/now/deploy']"));
}

#[tokio::test]
async fn skip_needs_a_reason_and_says_so_beside_the_field() {
    let mut tab = Tab::new().await;
    let id = tab.sample.monthly;
    let refused = tab.ask(id, "skip?on=2026-11-30", &[("reason", " ")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.one("#p-reason"), "Reason must not be empty.");
    assert_eq!(
        refused.attr("#f-reason", "aria-describedby").as_deref(),
        Some("p-reason")
    );
    let answer = tab
        .ask(id, "skip?on=2026-11-30", &[("reason", "On leave")])
        .await;
    let page = tab.browser.follow(&answer).await;
    assert_eq!(page.one("#on-2026-11-30 .sentence"), "On leave.");
    let refused = tab
        .ask(id, "skip?on=2026-11-30", &[("reason", "On leave")])
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused
            .one(".problems")
            .contains("was skipped and is not owed")
    );
    assert_eq!(
        refused.attr("#f-reason", "value").as_deref(),
        Some("On leave")
    );
}

#[tokio::test]
async fn a_moved_occurrence_keeps_its_identity() {
    let mut tab = Tab::new().await;
    let id = tab.sample.monthly;
    let refused = tab.ask(id, "move?on=2026-11-30", &[("to", "soon")]).await;
    assert_eq!(
        refused.one("#p-to"),
        "Give a date such as 30 November 2026."
    );
    let answer = tab
        .ask(id, "move?on=2026-11-30", &[("to", "2026-12-03")])
        .await;
    let page = tab.browser.follow(&answer).await;
    let row = page.one("#on-2026-11-30 tr:first-child");
    assert!(
        row.starts_with("Mon 30 Nov 2026 Thu 3 Dec 2026 Thu 3 Dec 2026"),
        "{row}"
    );
}

#[tokio::test]
async fn pause_and_resume() {
    let mut tab = Tab::new().await;
    let id = tab.sample.monthly;
    let fields = [("reason", "Between owners"), ("until", "2026-11-01")];
    let refused = tab.ask(id, "pause", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .one("#p-until")
            .contains("is not after Mon 23 Nov 2026"),
        "{}",
        refused.text()
    );
    let fields = [("reason", "Between owners"), ("until", "2027-01-15")];
    let answer = tab.ask(id, "pause", &fields).await;
    let page = tab.browser.follow(&answer).await;
    assert_eq!(
        page.one(".wf-sub .badge"),
        "active, paused until 15 Jan 2027"
    );
    assert!(page.text().contains("Between owners"));
    let refused = tab.ask(id, "resume", &[("owed", "odd")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has("#p-owed"), "{}", refused.text());
    let answer = tab.ask(id, "resume", &[]).await;
    let page = tab.browser.follow(&answer).await;
    assert_eq!(page.one(".wf-sub .badge"), "active, next on 30 Nov 2026");
}

#[tokio::test]
async fn a_failed_deployment_is_retried_adopted_or_given_up() {
    let mut tab = Tab::new().await;
    let id = tab.sample.failed;
    let page = tab.press(id, "retry", "2026-11-07").await;
    assert_eq!(page.one("#on-2026-11-07 .badge"), "running");

    let mut tab = Tab::new().await;
    let refused = tab
        .ask(id, "adopt?on=2026-11-07", &[("number", "J999999")])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.one("#p-number"),
        "XPM has no job with the number J999999."
    );
    let answer = tab
        .ask(id, "adopt?on=2026-11-07", &[("number", ADOPTABLE)])
        .await;
    tab.browser.follow(&answer).await;
    tab.sample.world.run(&tab.sample.practice.clone()).await;
    let page = tab.schedule(id).await;
    assert_eq!(page.one("#on-2026-11-07 .job"), ADOPTABLE);

    let mut tab = Tab::new().await;
    let answer = tab
        .ask(id, "give-up?on=2026-11-07", &[("reason", "Done by hand")])
        .await;
    let page = tab.browser.follow(&answer).await;
    assert_eq!(page.one("#on-2026-11-07 .badge"), "given up");
}

#[tokio::test]
async fn a_held_deployment_is_released() {
    let mut tab = Tab::new().await;
    let id = tab.sample.held;
    let page = tab.press(id, "release", "2026-10-28").await;
    assert_eq!(page.one("#on-2026-10-28 .badge"), "running");
    tab.sample.world.run(&tab.sample.practice.clone()).await;
    let held = Occurrence::On(date("2026-10-28"));
    let found = tab
        .sample
        .practice
        .deployment(id, held)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.value.phase().to_string(), "deployed");
}
