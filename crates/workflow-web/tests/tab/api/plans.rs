//! Plan and apply by the API.

use axum::http::StatusCode;
use serde_json::json;
use workflow_web::Role;

use super::Program;
use crate::support::sample::Sample;
use crate::support::world::mara;

#[tokio::test]
async fn a_plan_is_looked_at_and_applied_once() {
    let sample = Sample::new().await;
    let program = Program::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let body = json!({
        "action": {"deploy": "next"},
        "filter": {"workflows": [sample.by_hand, sample.monthly]},
    });
    let planned = program.post("/plans", body).await;
    assert_eq!(planned.status, StatusCode::OK, "{planned:?}");
    assert_eq!(planned.body["rows"].as_array().unwrap().len(), 2);
    assert!(planned.body["calls"].as_u64().unwrap() >= 2);
    let plan = json!({"plan": planned.body["plan"]});
    let applied = program.post("/plans/apply", plan.clone()).await;
    assert_eq!(applied.body["done"], 2, "{applied:?}");
    let again = program.post("/plans/apply", plan).await;
    assert_eq!(again.body["rows"][0]["outcome"], "done before", "{again:?}");
}

#[tokio::test]
async fn a_plan_that_was_altered_or_overtaken_is_refused_whole() {
    let sample = Sample::new().await;
    let program = Program::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let body = json!({"action": "archive", "filter": {"workflows": [sample.by_hand]}});
    let planned = program.post("/plans", body).await.body["plan"].clone();
    let mut altered = planned.clone();
    altered["rows"][0]["client_name"] = json!("Somebody else");
    let refused = program.post("/plans/apply", json!({"plan": altered})).await;
    assert_eq!(
        (refused.status, refused.field()),
        (StatusCode::UNPROCESSABLE_ENTITY, "plan")
    );
    sample
        .practice
        .archive(mara(), sample.by_hand)
        .await
        .unwrap();
    let refused = program.post("/plans/apply", json!({"plan": planned})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(
        refused.body["changed"].as_array().unwrap().len(),
        1,
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_action_that_is_unknown_is_a_fault_of_its_field() {
    let sample = Sample::new().await;
    let program = Program::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    for (body, field) in [
        (json!({"action": "delete"}), "action"),
        (
            json!({"action": {"deploy": "next"}, "filter": {"partnr": "x"}}),
            "filter.partnr",
        ),
        (json!({}), "body"),
    ] {
        let got = program.post("/plans", body).await;
        assert_eq!(
            (got.status, got.field()),
            (StatusCode::UNPROCESSABLE_ENTITY, field),
            "{got:?}"
        );
    }
    let nobody = json!({"replace_person": {"from": "nobody", "to": "no-one", "on": null}});
    let got = program.post("/plans", json!({"action": nobody})).await;
    assert_eq!(got.status, StatusCode::NOT_FOUND);
}
