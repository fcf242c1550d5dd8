//! What each way to fail is called, over a real socket. The table of statuses and bodies is tested
//! beside the classifier itself; here is what only a network can do.

use std::time::Duration;

use tokio::net::TcpListener;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};
use workflow_core::ids::{JobNumber, TemplateId};
use workflow_core::ports::gateway::{Class, Failure, GatewayError, JobGateway, Limit};
use xpm_adapter::XpmError;

use crate::support::{
    Raw, Tokens, builder, clock, connected, connection, failed, http, job_xml, new_job, ok,
    practice,
};

async fn create(root: &str) -> GatewayError {
    failed(connected(root).create_job(&practice(), &new_job()).await)
}

/// What becomes of a create to which these bytes are the answer.
async fn answered_with(bytes: &str) -> GatewayError {
    let raw = Raw::listen().await;
    let root = raw.root();
    let (error, ()) = tokio::join!(create(&root), raw.answer(bytes));
    error
}

fn is_lost(error: &GatewayError) {
    assert!(
        matches!(error.failure, Failure::ReplyLost { .. }),
        "{error:?}"
    );
    assert_eq!(error.class(), Class::Uncertain);
    assert_eq!(error.observed.calls, 1);
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    // Bound and let go of: nobody listens there now.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = create(&root).await;
    assert!(
        matches!(error.failure, Failure::Unreachable { .. }),
        "{error:?}"
    );
    assert_eq!(error.class(), Class::Backoff);
    assert_eq!(error.observed.calls, 0);
    assert!(
        error.to_string().to_lowercase().contains("refused"),
        "{error}"
    );
}

#[tokio::test]
async fn a_failed_handshake_sent_nothing() {
    let raw = Raw::listen().await;
    let root = raw.root().replace("http://", "https://");
    let clock = clock();
    let tokens = Tokens::holding(Some(connection(&clock, "a", 30)));
    let xpm = builder(&root, tokens, clock).build().unwrap();
    let (practice, job) = (practice(), new_job());
    let plain = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = raw.accept().await;
        let mut hello = [0; 64];
        stream.read_exact(&mut hello).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
    };
    let (result, ()) = tokio::join!(xpm.create_job(&practice, &job), plain);
    let error = failed(result);
    assert!(
        matches!(error.failure, Failure::Unreachable { .. }),
        "{error:?}"
    );
    assert_eq!(error.observed.calls, 0);
}

#[tokio::test]
async fn a_connection_dropped_after_the_request_loses_the_reply() {
    let raw = Raw::listen().await;
    let root = raw.root();
    let drops = async { drop(raw.request().await) };
    let (error, ()) = tokio::join!(create(&root), drops);
    is_lost(&error);
}

#[tokio::test]
async fn a_reset_after_the_request_loses_the_reply() {
    let raw = Raw::listen().await;
    let root = raw.root();
    let resets = async {
        let (_, stream) = raw.request().await;
        // No time to linger: the socket closes with a reset.
        stream.set_zero_linger().unwrap();
    };
    let (error, ()) = tokio::join!(create(&root), resets);
    is_lost(&error);
}

#[tokio::test]
async fn silence_loses_the_reply() {
    let raw = Raw::listen().await;
    let clock = clock();
    let tokens = Tokens::holding(Some(connection(&clock, "a", 30)));
    let xpm = builder(&raw.root(), tokens, clock)
        .time_out(Duration::from_millis(300))
        .connect_time_out(Duration::from_millis(200))
        .build()
        .unwrap();
    assert_eq!(xpm.longest_write(), Duration::from_millis(1_200));
    let (practice, job) = (practice(), new_job());
    // The connection is held open until the call has ended.
    let (result, held) = tokio::join!(xpm.create_job(&practice, &job), raw.request());
    drop(held);
    let error = failed(result);
    is_lost(&error);
    assert!(error.to_string().contains("in time"), "{error}");
}

#[tokio::test]
async fn a_body_that_is_cut_short_loses_the_reply() {
    let whole = http("200 OK", "text/xml", &ok(&job_xml()));
    let cut = &whole[..whole.len() - 20];
    is_lost(&answered_with(cut).await);
    // Without a length the end of the connection ends the body: then the XML is unfinished.
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", &ok(&job_xml())[..80]);
    let error = answered_with(&endless).await;
    is_lost(&error);
    assert!(
        error.to_string().contains("ends inside an element"),
        "{error}"
    );
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n<Resp";
    is_lost(&answered_with(chunked).await);
}

#[tokio::test]
async fn what_is_not_http_loses_the_reply() {
    is_lost(&answered_with("220 smtp ready\r\n\r\n").await);
    is_lost(&answered_with("HTTP/1.1 200 OK\r\nbad header\r\n\r\n").await);
}

#[tokio::test]
async fn a_hostile_body_loses_the_reply_and_costs_little() {
    let doctype = "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\">]>".to_owned() + &ok(&job_xml());
    for (body, said) in [
        (doctype, "document type"),
        (ok("<Job>&a;</Job>"), "unknown entity"),
        ("<a>".repeat(100_000), "deeper than"),
        (String::new(), "no root element"),
        ("\u{0}\u{1}".to_owned(), "no root element"),
    ] {
        let error = answered_with(&http("200 OK", "text/xml", &body)).await;
        is_lost(&error);
        assert!(error.to_string().contains(said), "{error}");
    }
    let latin = http("200 OK", "text/xml; charset=ISO-8859-1", &ok(&job_xml()));
    let error = answered_with(&latin).await;
    is_lost(&error);
    assert!(error.to_string().contains("only UTF-8"), "{error}");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_read() {
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n<Response>";
    let error = answered_with(announced).await;
    is_lost(&error);
    assert!(
        error.to_string().contains("more than 4194304 bytes"),
        "{error}"
    );
    // One that does not announce its length is cut off while it streams.
    let raw = Raw::listen().await;
    let root = raw.root();
    let floods = async {
        use tokio::io::AsyncWriteExt;
        let (_, mut stream) = raw.request().await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\n\r\n<Response>")
            .await
            .unwrap();
        let block = [b' '; 64 << 10];
        // Until the other side hangs up, which it does after four megabytes.
        let mut blocks = 0_u32;
        while stream.write_all(&block).await.is_ok() {
            blocks += 1;
            assert!(blocks < 100_000, "the flood is read for ever");
        }
    };
    let (error, ()) = tokio::join!(create(&root), floods);
    is_lost(&error);
    assert!(
        error.to_string().contains("more than 4194304 bytes"),
        "{error}"
    );
    let source = std::error::Error::source(&error).unwrap();
    let source = source.downcast_ref::<XpmError>();
    assert!(
        matches!(source, Some(XpmError::Status { .. })),
        "{source:?}"
    );
}

#[tokio::test]
async fn an_ok_envelope_without_its_job_loses_the_reply() {
    for inner in ["", "<Job/>", "<Job><ID>J1</ID></Job>", "<Jobs/>"] {
        let error = answered_with(&http("200 OK", "text/xml", &ok(inner))).await;
        is_lost(&error);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = MockServer::start().await;
    let moved = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {}/job.api/add\r\ncontent-length: 0\r\n\r\n",
        elsewhere.uri()
    );
    is_lost(&answered_with(&moved).await);
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_lost_reply_is_not_sent_again() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(503))
        .expect(1)
        .mount(&server)
        .await;
    is_lost(&create(&server.uri()).await);
}

#[tokio::test]
async fn a_rate_limit_comes_with_what_is_left() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(
            ResponseTemplate::new(429)
                .insert_header("retry-after", "22")
                .insert_header("x-rate-limit-problem", "minute")
                .insert_header("x-minlimit-remaining", "0")
                .insert_header("x-daylimit-remaining", "4539"),
        )
        .expect(1)
        .mount(&server)
        .await;
    let error = create(&server.uri()).await;
    assert_eq!(
        error.failure,
        Failure::RateLimited {
            limit: Limit::Minute,
            retry_after: Some(Duration::from_secs(22))
        }
    );
    assert_eq!(error.observed.minute_left, Some(0));
    assert_eq!(error.observed.day_left, Some(4539));
}

#[tokio::test]
async fn a_refusal_of_a_step_says_what_to_do() {
    let server = MockServer::start().await;
    let body = "<Response api-method=\"ApplyTemplate\"><Status>ERROR</Status>\
                <ErrorDescription>Invalid job template identifier</ErrorDescription></Response>";
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(200).set_body_string(body))
        .mount(&server)
        .await;
    let number: JobNumber = "J1".parse().unwrap();
    let template = TemplateId::new(uuid::Uuid::nil());
    let xpm = connected(&server.uri());
    let error = failed(xpm.apply_template(&practice(), &number, template).await);
    assert_eq!(error.class(), Class::Never);
    assert_eq!(
        error.to_string(),
        "XPM refused it: Invalid job template identifier: the job template is not in XPM; restore \
         it there and retry, and choose another in the workflow's settings for later jobs"
    );
}

#[tokio::test]
async fn a_text_that_xml_cannot_carry_is_refused_without_a_call() {
    let server = MockServer::start().await;
    let mut job = new_job();
    job.name = "GST\u{7}".to_owned();
    let error = failed(connected(&server.uri()).create_job(&practice(), &job).await);
    assert!(matches!(error.failure, Failure::Refused { .. }));
    assert_eq!(
        error.to_string(),
        "XPM refused it: the job name holds the character U+0007, which XML cannot carry; \
         nothing was sent"
    );
    assert_eq!(error.observed.calls, 0);
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}
