//! Commands of the API: what they do, once, and on what condition.

use axum::http::{StatusCode, header};
use serde_json::json;
use workflow_web::Role;

use super::{Program, by_hand};
use crate::support::sample::Sample;
use crate::support::world::{ADOPTABLE, date};

async fn editor(sample: &Sample) -> Program {
    Program::of(&sample.world.workflows, sample.practice.id(), Role::Editor)
}

#[tokio::test]
async fn a_workflow_is_added_read_and_edited() {
    let sample = Sample::new().await;
    let program = editor(&sample).await;
    let body = json!({
        "settings": {"name": "GST {quarter}", "budget": "450.50", "staff": ["person-1"]},
        "schedule": {"recurring": {"sentence": "every quarter on the last day, from 31 December 2026"}},
        "timing": {"roll": "later", "lead": {"days": 7}},
        "billing": "non_billing",
    });
    let added = program
        .post(&format!("/clients/{}/workflows", sample.empty), body)
        .await;
    assert_eq!(added.status, StatusCode::CREATED, "{added:?}");
    let at = added.headers[header::LOCATION].to_str().unwrap();
    let path = at.strip_prefix("/clients/api").unwrap().to_owned();
    let read = program.get(&path).await;
    assert_eq!(read.body, added.body["workflow"]);
    assert_eq!(read.etag(), added.etag());
    assert_eq!(read.body["settings"]["budget"], "450.50");
    assert_eq!(read.body["schedule"]["kind"], "recurring");
    assert_eq!(read.body["next"]["dates"]["deploys_on"], "2026-12-24");
    let settings = json!({"name": "GST return {quarter}"});
    let edited = program.with("if-match", read.etag());
    let edited = edited.put(&format!("{path}/settings"), settings).await;
    assert_eq!(edited.status, StatusCode::OK, "{edited:?}");
    assert_eq!(
        edited.body["workflow"]["settings"]["name"],
        "GST return {quarter}"
    );
    assert_eq!(edited.body["entries"][0]["actor"], "Alex Reed");
    assert_ne!(edited.etag(), read.etag());
    let all = program
        .get(&format!("/clients/{}/workflows?active=true", sample.empty))
        .await;
    assert_eq!(all.body["workflows"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn settings_are_replaced_only_by_somebody_who_says_what_they_saw() {
    let sample = Sample::new().await;
    let program = editor(&sample).await;
    let path = format!("/workflows/{}/settings", sample.by_hand);
    let settings = || json!({"name": "Loan support"});
    let blind = program.put(&path, settings()).await;
    assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(blind.field(), "If-Match");
    let seen = program
        .get(&format!("/workflows/{}", sample.by_hand))
        .await
        .etag();
    let first = program.with("if-match", &seen).put(&path, settings()).await;
    assert_eq!(first.status, StatusCode::OK);
    let other = json!({"name": "Mortgage support"});
    let second = program
        .with("if-match", &seen)
        .put(&path, other.clone())
        .await;
    assert_eq!(second.status, StatusCode::PRECONDITION_FAILED);
    let stored = sample
        .practice
        .workflow(sample.by_hand)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.value.settings().name.text(), "Loan support");
    let whatever = program.with("if-match", "*").put(&path, other).await;
    assert_eq!(whatever.status, StatusCode::OK);
}

#[tokio::test]
async fn a_command_is_carried_out_once_for_its_key() {
    let sample = Sample::new().await;
    let program = editor(&sample)
        .await
        .with("idempotency-key", "import 7, row 3");
    let path = format!("/clients/{}/workflows", sample.empty);
    let first = program.post(&path, by_hand("Loan")).await;
    let again = program.post(&path, by_hand("Loan")).await;
    assert_eq!(first.body["workflow"]["id"], again.body["workflow"]["id"]);
    assert_eq!(
        (&first.body["repeated"], &again.body["repeated"]),
        (&json!(false), &json!(true))
    );
    let other = program.post(&path, by_hand("Another loan")).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert_eq!(other.field(), "Idempotency-Key");
    // Somebody else's key of the same name is another.
    let workflows = &sample.world.workflows;
    let practice = sample.practice.id();
    let colleague = Program::named(workflows, practice, Role::Editor, "Theo Okafor");
    let colleague = colleague.with("idempotency-key", "import 7, row 3");
    let theirs = colleague.post(&path, by_hand("Another loan")).await;
    assert_eq!(theirs.status, StatusCode::CREATED);
    let all = sample
        .practice
        .workflows_of(sample.empty, None)
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn an_occurrence_is_skipped_moved_and_deployed_now() {
    let sample = Sample::new().await;
    let program = editor(&sample).await;
    let path = format!("/workflows/{}", sample.bas);
    let rows = program.get(&format!("{path}/schedule?coming=3")).await;
    let coming: Vec<_> = rows.body["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["state"] == "waiting")
        .map(|row| row["occurrence"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(coming.len(), 3);
    let on = |place: usize, what: &str| format!("{path}/occurrences/{}/{what}", coming[place]);
    let skipped = program
        .post(&on(1, "skip"), json!({"reason": "Not wanted"}))
        .await;
    assert_eq!(skipped.status, StatusCode::OK, "{skipped:?}");
    let moved = program
        .post(&on(2, "move"), json!({"to": "2027-07-12"}))
        .await;
    assert_eq!(moved.status, StatusCode::OK, "{moved:?}");
    let why = program.get(&format!("{path}/why?date={}", coming[1])).await;
    assert_eq!(why.body["reason"], "skipped");
    let deploy = json!({"occurrence": coming[0]});
    let begun = program
        .post(&format!("{path}/deploy-now"), deploy.clone())
        .await;
    assert_eq!(begun.status, StatusCode::OK, "{begun:?}");
    sample.world.run(&sample.practice).await;
    let why = program.get(&format!("{path}/why?date={}", coming[0])).await;
    assert!(why.body["job"]["number"].is_string(), "{why:?}");
    let again = program.post(&format!("{path}/deploy-now"), deploy).await;
    assert_eq!(
        (again.status, again.field()),
        (StatusCode::CONFLICT, "occurrence")
    );
    let audit = program.get(&format!("{path}/audit?limit=2")).await;
    assert_eq!(audit.body["entries"].as_array().unwrap().len(), 2);
    let older = audit.body["older"].as_u64().unwrap();
    let older = program.get(&format!("{path}/audit?before={older}")).await;
    assert!(!older.body["entries"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_workflow_is_paused_resumed_duplicated_confirmed_and_archived() {
    let sample = Sample::new().await;
    let program = editor(&sample).await;
    let path = format!("/workflows/{}", sample.monthly);
    let pause = json!({"reason": "Between bookkeepers", "until": "2027-02-01"});
    let paused = program.post(&format!("{path}/pause"), pause).await;
    assert_eq!(paused.body["workflow"]["pause"]["until"], "2027-02-01");
    let resumed = program
        .post(&format!("{path}/resume"), json!({"paused_dates": "owed"}))
        .await;
    assert!(resumed.body["workflow"]["pause"].is_null());
    let copy = program.post(&format!("{path}/duplicate"), json!({})).await;
    assert_eq!(copy.status, StatusCode::CREATED);
    assert_eq!(copy.body["workflow"]["awaits_confirmation"], true);
    let id = copy.body["workflow"]["id"].as_str().unwrap();
    let confirmed = program
        .post(&format!("/workflows/{id}/confirm"), json!({}))
        .await;
    assert_eq!(confirmed.body["workflow"]["awaits_confirmation"], false);
    let archived = program.post(&format!("{path}/archive"), json!({})).await;
    assert_eq!(
        archived.body["workflow"]["status"]["text"],
        "inactive, archived"
    );
    let billing = json!({"level": "client", "take_over": "replace"});
    let nominated = program.with("if-match", confirmed.etag());
    let nominated = nominated
        .put(&format!("/workflows/{id}/billing"), billing)
        .await;
    assert_eq!(
        nominated.body["workflow"]["billing"], "client",
        "{nominated:?}"
    );
}

#[tokio::test]
async fn what_needs_attention_is_retried_released_or_given_up_where_that_can_be() {
    let sample = Sample::new().await;
    let program = editor(&sample).await;
    let listed = program.get("/attention").await;
    let rows = listed.body["rows"].as_array().unwrap().clone();
    let one = |workflow: workflow_core::ids::WorkflowId, what: &str| {
        let id = workflow.to_string();
        let row = rows
            .iter()
            .find(|row| row["workflow"] == json!(id))
            .unwrap();
        let on = row["occurrence"].as_str().unwrap();
        format!("/workflows/{workflow}/occurrences/{on}/{what}")
    };
    let released = program.post(&one(sample.held, "release"), json!({})).await;
    assert_eq!(released.status, StatusCode::OK, "{released:?}");
    let retried = program.post(&one(sample.failed, "retry"), json!({})).await;
    assert_eq!(retried.status, StatusCode::OK, "{retried:?}");
    let again = program.post(&one(sample.failed, "retry"), json!({})).await;
    assert_eq!(
        (again.status, again.field()),
        (StatusCode::CONFLICT, "deployment")
    );
    let reason = json!({"reason": "Done elsewhere"});
    let running = program
        .post(&one(sample.uncertain, "give-up"), reason)
        .await;
    assert_eq!(
        (running.status, running.field()),
        (StatusCode::CONFLICT, "deployment")
    );
}

#[tokio::test]
async fn a_job_is_adopted_by_its_number_and_a_strange_one_is_not() {
    let sample = Sample::new().await;
    let program = editor(&sample).await;
    let listed = program.get("/attention").await;
    let rows = listed.body["rows"].as_array().unwrap();
    let id = sample.failed.to_string();
    let row = rows.iter().find(|row| row["workflow"] == json!(id));
    let on = row.unwrap()["occurrence"].as_str().unwrap();
    let path = format!("/workflows/{id}/occurrences/{on}/adopt");
    let strange = program.post(&path, json!({"number": "J999999"})).await;
    assert_eq!(strange.status, StatusCode::NOT_FOUND, "{strange:?}");
    let adopted = program.post(&path, json!({"number": ADOPTABLE})).await;
    assert_eq!(adopted.status, StatusCode::OK, "{adopted:?}");
}

#[tokio::test]
async fn nothing_is_deployed_now_while_the_practice_is_not_connected() {
    let sample = Sample::disconnected().await;
    let program = editor(&sample).await;
    let path = format!("/workflows/{}/deploy-now", sample.by_hand);
    let refused = program.post(&path, json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let practice = program.get("/practice").await;
    assert_eq!(practice.body["connected"], false);
    assert_eq!(practice.body["today"], json!(date("2026-11-23")));
}
