//! What a person is asked about a deployment, end to end: from the page over the buttons to the job
//! system in memory.

use axum::http::StatusCode;
use workflow_core::ids::{ClientId, WorkflowId};
use workflow_core::numbering::JobNumbering;
use workflow_core::ports::gateway::{CreateJob, JobGateway as _};
use workflow_core::service::{NewWorkflow, PracticeHandle};
use workflow_core::testing::{CallKind, Fate, MemoryGateway, Request};
use workflow_web::Role;

use crate::browser::{Browser, Seen};
use crate::support::world::{World, date, mara, template};

/// A practice with one client and one workflow that was due on 2 March 2026.
struct Desk {
    world: World,
    gateway: MemoryGateway,
    practice: PracticeHandle,
    client: ClientId,
    id: WorkflowId,
    browser: Browser,
}

const APPLIED: &str = "/now/applied";
const NOT_APPLIED: &str = "/now/not-applied";

impl Desk {
    async fn begin(numbering: JobNumbering) -> Self {
        let gateway = MemoryGateway::new();
        for (at, task) in [(1, "Collect"), (2, "Prepare"), (3, "Review")] {
            gateway.set_tasks(template(at), [task]);
        }
        let world = World::over("2026-03-01T20:00:00Z", &gateway);
        let practice = world.practice("acme", "Acme Accounting").await;
        practice.set_numbering(mara(), numbering).await.unwrap();
        let client = world.client(&practice, 1, "Harbour Café Pty Ltd").await;
        let new = NewWorkflow::named("Annual accounts")
            .client(client)
            .templates([1, 2, 3].map(template))
            .on_date(date("2026-03-02"));
        let id = practice.add(mara(), new).await.unwrap().value;
        let browser = Browser::of(&world.workflows, practice.id(), Role::Editor);
        Self {
            world,
            gateway,
            practice,
            client,
            id,
            browser,
        }
    }

    /// The reply to the second of three job templates was lost, and a person changed the job's
    /// tasks before it was looked up.
    async fn untold(fate: Fate) -> Self {
        let desk = Self::begin(JobNumbering::Xpm).await;
        desk.gateway.lose_reply(CallKind::ApplyTemplate, fate);
        desk.world.run(&desk.practice).await;
        let number = desk.gateway.jobs(desk.practice.id())[0].number.clone();
        desk.gateway.edit(desk.practice.id(), &number, |job| {
            job.tasks = Some(vec!["Something else".to_owned()]);
        });
        let later = "2026-03-03T20:00:00Z";
        desk.world.run_until(&desk.practice, later).await;
        desk
    }

    async fn schedule(&mut self) -> Seen {
        let path = format!("/client/{}/workflow/{}/schedule", self.client, self.id);
        self.browser.get(&path).await
    }

    async fn press(&mut self, page: &Seen, form: &str) -> Seen {
        let answer = self.browser.submit(page, form, &[]).await;
        self.browser.follow(&answer).await
    }

    fn tasks(&self) -> Vec<String> {
        let jobs = self.gateway.jobs(self.practice.id());
        jobs[0].tasks.clone().unwrap()
    }

    fn sent(&self) -> Vec<CreateJob> {
        let calls = self.gateway.calls().into_iter();
        calls
            .filter_map(|call| match call.request {
                Request::CreateJob(job) => Some(*job),
                _ => None,
            })
            .collect()
    }
}

fn has_form(page: &Seen, form: &str) -> bool {
    page.has(&format!("form[action$='{form}']"))
}

#[tokio::test]
async fn a_template_that_was_applied_is_said_so_on_the_schedule_and_not_sent_again() {
    let mut desk = Desk::untold(Fate::CarriedOut).await;
    let page = desk.schedule().await;
    assert_eq!(page.one("#on-once .badge"), "failed");
    let sentence = page.one("#on-once .sentence");
    assert!(sentence.contains("tasks were changed"), "{sentence}");
    let buttons = page.all("#on-once .menu button");
    assert_eq!(
        buttons,
        [
            "The template was applied",
            "The template was not applied",
            "Retry"
        ]
    );
    let page = desk.press(&page, APPLIED).await;
    assert_eq!(
        page.one(".flash"),
        "The answer was noted. The deployment goes on by itself."
    );
    assert_eq!(page.one("#on-once .badge"), "running");
    desk.world.run(&desk.practice).await;
    let page = desk.schedule().await;
    assert_eq!(page.one("#on-once .badge"), "deployed");
    assert!(!has_form(&page, APPLIED) && !has_form(&page, NOT_APPLIED));
    // The second, whose reply was lost, and the third.
    assert_eq!(desk.gateway.count(CallKind::ApplyTemplate), 2);
    assert_eq!(desk.tasks(), ["Something else", "Review"]);
    assert_eq!(desk.gateway.duplicates(), []);
}

#[tokio::test]
async fn a_template_that_was_not_applied_is_said_so_where_it_needs_attention_and_sent_once_more() {
    let mut desk = Desk::untold(Fate::Dropped).await;
    let page = desk.browser.get("/attention").await;
    assert_eq!(
        page.all("table.attention button"),
        ["The template was applied", "The template was not applied"]
    );
    let page = desk.press(&page, NOT_APPLIED).await;
    assert!(page.one(".flash").starts_with("The answer was noted."));
    desk.world.run(&desk.practice).await;
    let page = desk.schedule().await;
    assert_eq!(page.one("#on-once .badge"), "deployed");
    assert_eq!(desk.gateway.count(CallKind::ApplyTemplate), 3);
    assert_eq!(desk.tasks(), ["Something else", "Prepare", "Review"]);
    let page = desk.browser.get("/attention").await;
    assert!(!page.has("table.attention"), "{}", page.text());
    let path = format!("/client/{}/workflow/{}/audit", desk.client, desk.id);
    let audit = desk.browser.get(&path).await.text();
    assert!(audit.contains("Said that XPM did not apply"), "{audit}");
}

#[tokio::test]
async fn an_answer_is_taken_once_and_from_nobody_who_only_reads() {
    let mut desk = Desk::untold(Fate::CarriedOut).await;
    let mut reader = Browser::of(&desk.world.workflows, desk.practice.id(), Role::Viewer);
    let path = format!("/client/{}/workflow/{}/schedule", desk.client, desk.id);
    let seen = reader.get(&path).await;
    assert!(!has_form(&seen, APPLIED) && !has_form(&seen, NOT_APPLIED));
    let attention = reader.get("/attention").await;
    assert!(!has_form(&attention, APPLIED));

    let page = desk.schedule().await;
    desk.press(&page, APPLIED).await;
    // The page of before still has the other button.
    let refused = desk.browser.submit(&page, NOT_APPLIED, &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    desk.world.run(&desk.practice).await;
    assert_eq!(desk.tasks(), ["Something else", "Review"]);
}

#[tokio::test]
async fn a_number_that_is_somebody_elses_is_shown_and_left_to_xpm_at_a_press() {
    let prefix = "WF-".parse().unwrap();
    let mut desk = Desk::begin(JobNumbering::Own { prefix }).await;
    desk.gateway.lose_reply(CallKind::CreateJob, Fate::Dropped);
    desk.world.run(&desk.practice).await;
    let sent = desk.sent().remove(0);
    let number = sent.number.clone().unwrap();
    let other = CreateJob {
        name: "Somebody’s own".to_owned(),
        description: "made by hand".to_owned(),
        ..sent
    };
    let practice = desk.practice.id().clone();
    desk.gateway.create_job(&practice, &other).await.unwrap();
    desk.world
        .run_until(&desk.practice, "2026-03-03T20:00:00Z")
        .await;

    let page = desk.schedule().await;
    assert_eq!(page.one("#on-once .badge"), "failed");
    let sentence = page.one("#on-once .sentence");
    assert!(sentence.contains(number.as_str()), "{sentence}");
    assert!(sentence.contains("Somebody’s own"), "{sentence}");
    let page = desk.press(&page, "/now/drop-number").await;
    assert!(page.one(".flash").starts_with("XPM numbers the job."));
    desk.world
        .run_until(&desk.practice, "2026-03-05T20:00:00Z")
        .await;
    let page = desk.schedule().await;
    assert_eq!(page.one("#on-once .badge"), "deployed");
    assert_ne!(page.one("#on-once .job"), number.as_str());
    assert!(!has_form(&page, "/now/drop-number"));
}
