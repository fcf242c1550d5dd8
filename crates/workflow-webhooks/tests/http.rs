//! The real courier, to real receivers on this machine.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::post;
use chrono::DateTime;
use tokio::net::TcpListener;
use workflow_webhooks::{Courier, HttpCourier, Post, sign};

type Took = Arc<Mutex<Vec<(HeaderMap, String)>>>;

async fn take(State(took): State<Took>, headers: HeaderMap, body: String) -> StatusCode {
    took.lock().unwrap().push((headers, body));
    StatusCode::ACCEPTED
}

async fn receiver() -> (String, Took) {
    let took = Took::default();
    let app = Router::new()
        .route("/hook", post(take))
        .route("/moved", post(async || Redirect::temporary("/hook")))
        .route("/broken", post(async || StatusCode::BAD_GATEWAY))
        .route("/silent", post(async || std::future::pending::<()>().await))
        .with_state(took.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (at, took)
}

fn letter(url: &str) -> Post {
    Post {
        url: url.parse().unwrap(),
        id: "7-abc-deployed".into(),
        timestamp: "1614265330".into(),
        signature: "v1,c2lnbmF0dXJl".into(),
        body: r#"{"type":"deployed"}"#.into(),
    }
}

#[tokio::test]
async fn a_message_arrives_with_its_headers_and_its_body_as_they_were_signed() {
    let (at, took) = receiver().await;
    let courier = HttpCourier::new().unwrap();
    let post = letter(&format!("{at}/hook?of=acme"));
    assert_eq!(courier.post(&post).await, Ok(202));
    let (headers, body) = took.lock().unwrap().pop().unwrap();
    assert_eq!(body, post.body);
    for (name, value) in [
        ("content-type", "application/json"),
        ("webhook-id", &*post.id),
        ("webhook-timestamp", &*post.timestamp),
        ("webhook-signature", &*post.signature),
    ] {
        assert_eq!(headers[name], value);
    }
}

#[tokio::test]
async fn no_redirect_is_followed_and_every_status_is_told() {
    let (at, took) = receiver().await;
    let courier = HttpCourier::new().unwrap();
    for (path, status) in [("moved", 307), ("broken", 502), ("nowhere", 404)] {
        let post = letter(&format!("{at}/{path}"));
        assert_eq!(courier.post(&post).await, Ok(status), "{path}");
    }
    assert!(took.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_does_not_answer_or_is_not_there_is_said_without_its_address() {
    let (at, _) = receiver().await;
    let courier = HttpCourier::within(Duration::from_millis(300)).unwrap();
    let silent = courier.post(&letter(&format!("{at}/silent"))).await;
    assert_eq!(silent, Err("It did not answer in time.".into()));
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/secret-path", free.local_addr().unwrap());
    drop(free);
    let absent = courier.post(&letter(&nobody)).await;
    assert_eq!(absent, Err("It could not be reached.".into()));
}

#[test]
fn a_secret_that_is_none_signs_nothing_and_is_not_said() {
    let at = DateTime::UNIX_EPOCH;
    for text in ["", "whsec_not base64", "bm8gcHJlZml4"] {
        let refused = sign(&text.into(), "id", at, "{}").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the secret must be base64 after whsec_"
        );
    }
}
