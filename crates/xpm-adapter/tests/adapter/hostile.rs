//! Answers that no honest server gives, over a real socket: each is a clear error or the right
//! value, in bounded memory and time.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use workflow_core::ports::gateway::{Answer, Class, Failure, GatewayError, Job, JobGateway};

use crate::support::{
    Raw, Tokens, builder, clock, connected, connection, failed, http, job_xml, new_job, ok,
    practice,
};

/// What a create comes to that is answered with these bytes.
async fn create(bytes: &[u8]) -> Result<Answer<Job>, GatewayError> {
    let raw = Raw::listen().await;
    let xpm = connected(&raw.root());
    let (practice, job) = (practice(), new_job());
    let answer = async {
        let (_, mut stream) = raw.request().await;
        // The other side may hang up before it has read all.
        drop(stream.write_all(bytes).await);
        drop(stream.shutdown().await);
    };
    tokio::join!(xpm.create_job(&practice, &job), answer).0
}

/// It is not known what became of the create, and this is said of it.
async fn is_lost(bytes: &[u8], said: &str) {
    let error = failed(create(bytes).await);
    assert!(
        matches!(error.failure, Failure::ReplyLost { .. }),
        "{error:?}"
    );
    assert_eq!(error.class(), Class::Uncertain);
    assert!(error.to_string().contains(said), "{error}");
}

async fn is_read(bytes: &[u8]) {
    let job = create(bytes).await.unwrap().value;
    assert_eq!(job.number.as_str(), "J000031");
}

/// A whole answer with that content type and those bytes.
fn answer(content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = http("200 OK", content_type, "");
    let length = format!("content-length: {}", body.len());
    let mut bytes = head.replace("content-length: 0", &length).into_bytes();
    bytes.extend(body);
    bytes
}

#[tokio::test]
async fn what_is_compressed_is_not_opened() {
    // The beginning of a gzip file. What it would open to is never known.
    let bomb = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xec\xc1\x01\x01";
    for encoding in ["gzip", "br", "deflate, gzip", "GZIP"] {
        let typed = format!("text/xml\r\ncontent-encoding: {encoding}");
        is_lost(&answer(&typed, bomb), "compressed").await;
    }
    let whole = ok(&job_xml());
    is_read(&answer(
        "text/xml\r\ncontent-encoding: identity",
        whole.as_bytes(),
    ))
    .await;
}

#[tokio::test]
async fn a_length_that_lies_is_no_answer() {
    let whole = http("200 OK", "text/xml", &ok(&job_xml()));
    let length = format!("content-length: {}", ok(&job_xml()).len());
    let with = |other: &str| whole.replace(&length, other).into_bytes();
    is_lost(&with("content-length: 40"), "could not be read").await;
    is_lost(&with("content-length: 4000"), "broke off").await;
    is_lost(&with("content-length: 0"), "no root element").await;
    is_lost(&with("content-length: -1"), "the connection broke").await;
    is_lost(
        &with("content-length: 10\r\ncontent-length: 20"),
        "the connection broke",
    )
    .await;
    is_lost(
        &with("content-length: 99999999999999999999"),
        "the connection broke",
    )
    .await;
}

#[tokio::test]
async fn headers_without_end_are_not_kept() {
    let whole = http("200 OK", "text/xml", &ok(&job_xml()));
    let (head, rest) = whole.split_once("\r\n").unwrap();
    let many: String = (0..5_000).map(|n| format!("x-{n}: y\r\n")).collect();
    is_lost(
        format!("{head}\r\n{many}{rest}").as_bytes(),
        "the connection broke",
    )
    .await;
    let long = format!("x-long: {}\r\n", "y".repeat(4 << 20));
    is_lost(
        format!("{head}\r\n{long}{rest}").as_bytes(),
        "the connection broke",
    )
    .await;
    // What an honest gateway may add is kept.
    let some: String = (0..60).map(|n| format!("x-{n}: y\r\n")).collect();
    is_read(format!("{head}\r\n{some}{rest}").as_bytes()).await;
}

#[tokio::test]
async fn a_body_that_drips_ends_with_the_time_out() {
    let raw = Raw::listen().await;
    let clock = clock();
    let tokens = Tokens::holding(Some(connection(&clock, "a", 30)));
    let xpm = builder(&raw.root(), tokens, clock)
        .time_out(Duration::from_millis(400))
        .connect_time_out(Duration::from_millis(300))
        .build()
        .unwrap();
    let drips = async {
        let (_, mut stream) = raw.request().await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut drops = tokio::time::interval(Duration::from_millis(5));
        // Until the other side hangs up: each byte comes in time, and the whole never does.
        let mut bytes = 0_u32;
        while stream.write_all(b" ").await.is_ok() {
            drops.tick().await;
            bytes += 1;
            assert!(bytes < 100_000, "the drip is read for ever");
        }
    };
    let (practice, job) = (practice(), new_job());
    let (result, ()) = tokio::join!(xpm.create_job(&practice, &job), drips);
    let error = failed(result);
    assert_eq!(error.class(), Class::Uncertain);
    assert!(error.to_string().contains("in time"), "{error}");
}

#[tokio::test]
async fn an_encoding_is_read_or_named() {
    let text = ok(&job_xml().replace("GST", "Māori"));
    let marked = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    for content_type in [
        "text/xml",
        "text/xml; charset=UTF-8",
        "text/xml;charset=\"utf8\"",
    ] {
        is_read(&answer(content_type, text.as_bytes())).await;
        is_read(&answer(content_type, &marked)).await;
    }
    // What calls itself otherwise, and is UTF-8 by its mark, is UTF-8.
    is_read(&answer("text/xml; charset=utf-16", &marked)).await;
    for (big, mark) in [(true, true), (false, true), (true, false), (false, false)] {
        let units = text.encode_utf16();
        let units = mark.then_some(0xFEFF).into_iter().chain(units);
        let bytes: Vec<u8> = units
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect();
        let said = if mark {
            "only UTF-8"
        } else {
            "could not be read"
        };
        is_lost(&answer("text/xml", &bytes), said).await;
        is_lost(&answer("text/xml; charset=utf-16", &bytes), "only UTF-8").await;
    }
    let latin: Vec<u8> = ok(&job_xml().replace("GST", "Caf\u{e9}"))
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    is_lost(
        &answer("text/xml; charset=ISO-8859-1", &latin),
        "only UTF-8",
    )
    .await;
    is_lost(&answer("text/xml", &latin), "not UTF-8").await;
    let declared = format!("<?xml version=\"1.0\" encoding=\"windows-1252\"?>{text}");
    is_lost(&answer("text/xml", declared.as_bytes()), "only UTF-8").await;
}

#[tokio::test]
async fn json_where_xml_is_due_is_named() {
    for body in [
        r#"{"status":"OK","job":{"id":"J000031"}}"#,
        r#"{"Type":null,"Title":"x","Status":200,"Detail":"y","Instance":"z"}"#,
        "[]",
    ] {
        is_lost(
            &answer("application/json", body.as_bytes()),
            "JSON where XML is due",
        )
        .await;
    }
}

#[tokio::test]
async fn tricks_with_entities_are_refused() {
    let bomb = "<!DOCTYPE r [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]>".to_owned();
    let external = "<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/x.dtd\">".to_owned();
    for (body, said) in [
        (bomb + &ok(&job_xml()), "document type"),
        (external + &ok(&job_xml()), "document type"),
        (ok("<Job>&xxe;</Job>"), "unknown entity"),
        (ok("<Job>&#xFFFFFFFFF;</Job>"), "well-formed"),
        (ok("<Job>&#0;</Job>"), "well-formed"),
    ] {
        is_lost(&answer("text/xml", body.as_bytes()), said).await;
    }
}

#[tokio::test]
async fn deep_and_wide_bodies_are_bounded() {
    let deep = ok(&("<a>".repeat(100_000) + &"</a>".repeat(100_000)));
    is_lost(&answer("text/xml", deep.as_bytes()), "deeper than").await;
    let wide = ok(&(job_xml() + &"<a/>".repeat(200_000)));
    is_read(&answer("text/xml", wide.as_bytes())).await;
    let long = job_xml().replace("GST", &"x".repeat(3 << 20));
    is_read(&answer("text/xml", ok(&long).as_bytes())).await;
}

#[tokio::test]
async fn unknown_elements_are_passed_over_and_repeated_ones_that_decide_are_not() {
    let within = |more: &str| job_xml().replace("</Job>", &format!("{more}</Job>"));
    let unknown = within("<Odd a='1'><ID>J9</ID></Odd><!-- <ID>J8</ID> --><?x <ID>?>");
    is_read(&answer("text/xml", ok(&unknown).as_bytes())).await;
    for repeated in [
        "<ID>J2</ID>",
        "<UUID>x</UUID>",
        "<Description/>",
        "<Tasks/>",
    ] {
        let body = ok(&within(repeated));
        is_lost(&answer("text/xml", body.as_bytes()), "more than once").await;
    }
    let two = ok(&(job_xml() + &job_xml()));
    is_lost(&answer("text/xml", two.as_bytes()), "Job more than once").await;
    let twice = ok(&("<Status>ERROR</Status>".to_owned() + &job_xml()));
    is_lost(
        &answer("text/xml", twice.as_bytes()),
        "Status more than once",
    )
    .await;
    let people = within("<Manager/><Manager/><Client><UUID>x</UUID></Client>");
    is_read(&answer("text/xml", ok(&people).as_bytes())).await;
}

#[tokio::test]
async fn the_answer_of_another_time_is_not_a_second_one() {
    // Two whole answers to one request: the second belongs to nobody.
    let whole = http("200 OK", "text/xml", &ok(&job_xml()));
    let whole = whole.replace("connection: close\r\n", "");
    is_read(format!("{whole}{whole}").as_bytes()).await;
    // An interim answer, then the real one.
    let early = format!("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n{whole}");
    is_read(early.as_bytes()).await;
}
