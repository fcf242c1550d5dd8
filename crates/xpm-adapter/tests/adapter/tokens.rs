//! Access tokens: renewed ahead of their end and when they are not accepted, by one at a time, and
//! saved before they are used.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::io::AsyncWriteExt;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};
use workflow_core::ports::gateway::{Class, Failure, JobGateway};

use crate::support::{
    HandClock, NextSave, Raw, SECRET, Tokens, builder, clock, connection, failed, http, job_xml,
    new_job, ok, practice, tokens_json,
};

/// A server whose sign-in service gives the token `new`, and whose API knows only that one. Both
/// note in the store's record what they saw.
async fn server(tokens: &Arc<Tokens>) -> MockServer {
    let server = MockServer::start().await;
    let record = Arc::clone(tokens);
    Mock::given(method("POST"))
        .and(path("/connect/token"))
        .respond_with(move |_: &Request| {
            record.note("refreshed");
            ResponseTemplate::new(200).set_body_raw(tokens_json("new"), "application/json")
        })
        .mount(&server)
        .await;
    let record = Arc::clone(tokens);
    Mock::given(path("/practicemanager/3.1/job.api/add"))
        .respond_with(move |request: &Request| {
            let bearer = request.headers["authorization"].to_str().unwrap();
            record.note(format!("sent {bearer}"));
            if bearer == format!("Bearer access-new-{SECRET}") {
                ResponseTemplate::new(200).set_body_string(ok(&job_xml()))
            } else {
                let body = r#"{"Status":401,"Detail":"TokenExpired: token expired at 04/29/2020"}"#;
                ResponseTemplate::new(401).set_body_raw(body, "application/json")
            }
        })
        .mount(&server)
        .await;
    server
}

fn holding(name: &str, minutes: i64) -> (Arc<HandClock>, Arc<Tokens>) {
    let clock = clock();
    let tokens = Tokens::holding(Some(connection(&clock, name, minutes)));
    (clock, tokens)
}

#[tokio::test]
async fn a_token_about_to_end_is_replaced_and_saved_before_it_is_used() {
    let (clock, tokens) = holding("old", 1);
    let server = server(&tokens).await;
    let xpm = builder(&server.uri(), tokens.clone(), clock)
        .build()
        .unwrap();
    let answer = xpm.create_job(&practice(), &new_job()).await.unwrap();
    assert_eq!(answer.observed.calls, 1);
    assert_eq!(
        tokens.record(),
        [
            "refreshed".to_owned(),
            format!("saved access-new-{SECRET}"),
            format!("sent Bearer access-new-{SECRET}"),
        ]
    );
    assert_eq!(tokens.refresh(), Some(format!("refresh-new-{SECRET}")));
}

#[tokio::test]
async fn the_refresh_is_what_the_sign_in_service_expects() {
    let (clock, tokens) = holding("old", 0);
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/connect/token"))
        // client-id:client-s3cr3t
        .and(header("authorization", "Basic Y2xpZW50LWlkOmNsaWVudC1zM2NyM3Q="))
        .and(body_string_contains("grant_type=refresh_token"))
        .and(body_string_contains("refresh_token=refresh-old-s3cr3t"))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw(tokens_json("new"), "application/json"),
        )
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/practicemanager/3.1/job.api/add"))
        .respond_with(ResponseTemplate::new(200).set_body_string(ok(&job_xml())))
        .mount(&server)
        .await;
    let xpm = builder(&server.uri(), tokens, clock).build().unwrap();
    xpm.create_job(&practice(), &new_job()).await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_replaced_once_and_both_calls_are_counted() {
    let (clock, tokens) = holding("old", 30);
    let server = server(&tokens).await;
    let xpm = builder(&server.uri(), tokens.clone(), clock)
        .build()
        .unwrap();
    let answer = xpm.create_job(&practice(), &new_job()).await.unwrap();
    assert_eq!(answer.observed.calls, 2);
    assert_eq!(
        tokens.record(),
        [
            format!("sent Bearer access-old-{SECRET}"),
            "refreshed".to_owned(),
            format!("saved access-new-{SECRET}"),
            format!("sent Bearer access-new-{SECRET}"),
        ]
    );
}

#[tokio::test]
async fn a_new_token_that_is_not_accepted_either_ends_it() {
    let (clock, tokens) = holding("old", 30);
    let server = MockServer::start().await;
    Mock::given(path("/connect/token"))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw(tokens_json("new"), "application/json"),
        )
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/practicemanager/3.1/job.api/add"))
        .respond_with(ResponseTemplate::new(401))
        .expect(2)
        .mount(&server)
        .await;
    let xpm = builder(&server.uri(), tokens, clock).build().unwrap();
    let error = failed(xpm.create_job(&practice(), &new_job()).await);
    assert!(matches!(error.failure, Failure::NotConnected { .. }));
    assert_eq!(error.observed.calls, 2);
}

#[tokio::test]
async fn those_who_ask_at_once_share_one_refresh() {
    let (clock, tokens) = holding("old", 30);
    clock.forward(TimeDelta::minutes(40));
    let server = server(&tokens).await;
    let xpm = builder(&server.uri(), tokens.clone(), clock)
        .build()
        .unwrap();
    let (practice, job) = (practice(), new_job());
    let call = || xpm.create_job(&practice, &job);
    let (a, b, c, d) = tokio::join!(call(), call(), call(), call());
    for result in [a, b, c, d] {
        assert_eq!(result.unwrap().observed.calls, 1);
    }
    let refreshed = tokens.record().iter().filter(|r| *r == "refreshed").count();
    assert_eq!(refreshed, 1);
}

/// How many tasks ask at once.
const CROWD: usize = 100;

/// What a crowd of tasks, each on whichever thread is free, brings about: all are let in.
async fn a_crowd_is_let_in(clock: Arc<HandClock>, tokens: &Arc<Tokens>) {
    let server = server(tokens).await;
    let xpm = builder(&server.uri(), Arc::clone(tokens), clock);
    let xpm = xpm.build().unwrap();
    let together = Arc::new(tokio::sync::Barrier::new(CROWD));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CROWD {
        let (xpm, together) = (xpm.clone(), Arc::clone(&together));
        tasks.spawn(async move {
            together.wait().await;
            xpm.create_job(&practice(), &new_job()).await
        });
    }
    for result in tasks.join_all().await {
        assert_eq!(result.unwrap().value.number.as_str(), "J000031");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_many_tasks_find_the_token_ended_one_refresh_is_sent() {
    let (clock, tokens) = holding("old", 30);
    clock.forward(TimeDelta::minutes(40));
    a_crowd_is_let_in(clock, &tokens).await;
    let record = tokens.record();
    let times = |what: &str| record.iter().filter(|noted| *noted == what).count();
    assert_eq!(times("refreshed"), 1);
    assert_eq!(times(&format!("saved access-new-{SECRET}")), 1);
    assert_eq!(times(&format!("sent Bearer access-new-{SECRET}")), CROWD);
    assert_eq!(record.len(), CROWD + 2, "{record:?}");
}

/// The token is good by our clock and by nobody else's: each finds out for itself, and whoever is
/// late takes what the first one got.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_many_tasks_are_turned_away_with_a_token_one_refresh_is_sent() {
    let (clock, tokens) = holding("old", 30);
    a_crowd_is_let_in(clock, &tokens).await;
    let record = tokens.record();
    let times = |what: &str| record.iter().filter(|noted| *noted == what).count();
    assert_eq!(times("refreshed"), 1);
    assert_eq!(times(&format!("sent Bearer access-new-{SECRET}")), CROWD);
}

#[tokio::test]
async fn those_who_waited_for_a_refresh_that_failed_share_its_failure() {
    let (clock, tokens) = holding("old", 0);
    let server = MockServer::start().await;
    Mock::given(path("/connect/token"))
        .respond_with(ResponseTemplate::new(503))
        .expect(1)
        .mount(&server)
        .await;
    let xpm = builder(&server.uri(), tokens, clock).build().unwrap();
    let (practice, job) = (practice(), new_job());
    let call = || xpm.create_job(&practice, &job);
    let (a, b, c) = tokio::join!(call(), call(), call());
    for result in [a, b, c] {
        let error = failed(result);
        assert!(
            matches!(error.failure, Failure::Unreachable { .. }),
            "{error:?}"
        );
        assert_eq!(error.class(), Class::Backoff);
        assert_eq!(error.observed.calls, 0);
    }
}

#[tokio::test]
async fn a_dead_refresh_token_disconnects_and_is_not_asked_about_again() {
    let (clock, tokens) = holding("old", 0);
    let server = MockServer::start().await;
    let body = format!("{{\"error\":\"invalid_grant\",\"error_description\":\"{SECRET}\"}}");
    Mock::given(path("/connect/token"))
        .respond_with(ResponseTemplate::new(400).set_body_raw(body, "application/json"))
        .expect(1)
        .mount(&server)
        .await;
    let xpm = builder(&server.uri(), tokens, clock).build().unwrap();
    for _ in 0..3 {
        let error = failed(xpm.create_job(&practice(), &new_job()).await);
        assert!(
            matches!(error.failure, Failure::NotConnected { .. }),
            "{error:?}"
        );
        assert!(
            error.to_string().contains("has expired or was revoked"),
            "{error}"
        );
        assert_eq!(error.observed.calls, 0);
    }
}

#[tokio::test]
async fn a_lost_refresh_reply_is_survived_with_the_old_token() {
    let (clock, tokens) = holding("old", 0);
    let raw = Raw::listen().await;
    let xpm = builder(&raw.root(), tokens.clone(), clock).build().unwrap();
    let (practice, job) = (practice(), new_job());
    let lost = async { drop(raw.request().await) };
    let (result, ()) = tokio::join!(xpm.create_job(&practice, &job), lost);
    let error = failed(result);
    assert!(
        matches!(error.failure, Failure::Unreachable { .. }),
        "{error:?}"
    );
    assert_eq!(tokens.refresh(), Some(format!("refresh-old-{SECRET}")));
    let answers = async {
        let (request, mut stream) = raw.request().await;
        assert!(request.contains("refresh_token=refresh-old-"), "{request}");
        let answer = http("200 OK", "application/json", &tokens_json("new"));
        stream.write_all(answer.as_bytes()).await.unwrap();
        drop(stream);
        raw.answer(&http("200 OK", "text/xml", &ok(&job_xml())))
            .await;
    };
    let (result, ()) = tokio::join!(xpm.create_job(&practice, &job), answers);
    assert_eq!(result.unwrap().value.number.as_str(), "J000031");
}

#[tokio::test]
async fn an_unreadable_refresh_reply_is_survived_and_shows_nothing() {
    let (clock, tokens) = holding("old", 0);
    let server = MockServer::start().await;
    let body = format!("{{\"access_token\":\"access-{SECRET}\",\"token_type\":7");
    Mock::given(path("/connect/token"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(body, "application/json"))
        .mount(&server)
        .await;
    let xpm = builder(&server.uri(), tokens, clock).build().unwrap();
    let error = failed(xpm.create_job(&practice(), &new_job()).await);
    assert_eq!(error.class(), Class::Backoff, "{error:?}");
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_lose_the_token_on_its_way() {
    let (clock, tokens) = holding("old", 0);
    let raw = Raw::listen().await;
    let xpm = builder(&raw.root(), tokens.clone(), clock).build().unwrap();
    let caller = tokio::spawn(async move { xpm.create_job(&practice(), &new_job()).await });
    let (_, mut stream) = raw.request().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    let answer = http("200 OK", "application/json", &tokens_json("new"));
    stream.write_all(answer.as_bytes()).await.unwrap();
    tokens.until_saved(1).await;
    assert_eq!(tokens.refresh(), Some(format!("refresh-new-{SECRET}")));
}

#[tokio::test]
async fn a_token_that_cannot_be_saved_is_not_used_and_is_saved_first_next_time() {
    let (clock, tokens) = holding("old", 0);
    let server = server(&tokens).await;
    let xpm = builder(&server.uri(), tokens.clone(), clock)
        .build()
        .unwrap();
    tokens.next_save(NextSave::Fails);
    let error = failed(xpm.create_job(&practice(), &new_job()).await);
    assert!(
        matches!(error.failure, Failure::Unreachable { .. }),
        "{error:?}"
    );
    assert_eq!(tokens.record(), ["refreshed"]);
    xpm.create_job(&practice(), &new_job()).await.unwrap();
    assert_eq!(
        tokens.record(),
        [
            "refreshed".to_owned(),
            format!("saved access-new-{SECRET}"),
            format!("sent Bearer access-new-{SECRET}"),
        ]
    );
}

#[tokio::test]
async fn when_another_writer_was_first_its_token_is_used() {
    let (clock, tokens) = holding("old", 0);
    let server = server(&tokens).await;
    tokens.next_save(NextSave::Loses(connection(&clock, "new", 30)));
    let xpm = builder(&server.uri(), tokens.clone(), clock)
        .build()
        .unwrap();
    xpm.create_job(&practice(), &new_job()).await.unwrap();
    assert_eq!(
        tokens.record(),
        [
            "refreshed".to_owned(),
            format!("sent Bearer access-new-{SECRET}"),
        ]
    );
    assert_eq!(tokens.access(), Some(format!("access-new-{SECRET}")));
}

#[tokio::test]
async fn without_a_connection_or_a_key_nothing_is_sent() {
    let server = MockServer::start().await;
    for (tokens, said) in [
        (Tokens::holding(None), "it has no connection"),
        (Tokens::sealed(), "no key was given"),
    ] {
        let xpm = builder(&server.uri(), tokens, clock()).build().unwrap();
        let error = failed(xpm.create_job(&practice(), &new_job()).await);
        assert!(
            matches!(error.failure, Failure::NotConnected { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(error.observed.calls, 0);
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn wrong_credentials_are_the_operators_to_mend() {
    let (clock, tokens) = holding("old", 0);
    let server = MockServer::start().await;
    let body = r#"{"error":"invalid_client"}"#;
    Mock::given(path("/connect/token"))
        .respond_with(ResponseTemplate::new(401).set_body_raw(body, "application/json"))
        .mount(&server)
        .await;
    let xpm = builder(&server.uri(), tokens, clock).build().unwrap();
    let error = failed(xpm.create_job(&practice(), &new_job()).await);
    assert!(
        error.to_string().contains("client id and secret"),
        "{error}"
    );
}

/// Everything that any crate logs, at every level, while a token expires and a job is created; and
/// what the tests beside this one log meanwhile.
#[tokio::test]
async fn no_log_line_holds_a_secret() {
    #[derive(Clone, Default)]
    struct Lines(Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (clock, tokens) = holding("old", 30);
    let server = server(&tokens).await;
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For all threads: a subscriber of one thread misses what another thread met first.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let xpm = builder(&server.uri(), tokens, clock).build().unwrap();
    xpm.create_job(&practice(), &new_job()).await.unwrap();
    tracing::info!(?xpm, "the adapter itself");
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("job.api/add") && logged.contains("status=401"),
        "{logged}"
    );
    assert!(!logged.contains(SECRET), "{logged}");
}
