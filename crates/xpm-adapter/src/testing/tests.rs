//! What comes where JSON is due: an error code that is none, XML, a web page.

use workflow_core::ports::gateway::{Class, Failure};

use super::*;

/// Nothing of an answer's body may be said that is a secret or that a page would take for markup.
const SECRET: &str = "s3cr3tToken";

fn answer(status: u16, content_type: &str, body: &str) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), content_type.into())],
        body: body.as_bytes().to_vec(),
    }
}

/// XML as XPM has it, as the sign-in service might, and what a proxy shows in its place.
fn markup() -> Vec<String> {
    let grant = format!(
        "<access_token>{SECRET}</access_token><token_type>Bearer</token_type>\
         <refresh_token>{SECRET}</refresh_token><error>invalid_grant</error>"
    );
    let inside = format!("<Status>OK</Status><Job><ID>{SECRET}</ID></Job>{grant}");
    let whole = format!("<Response>{inside}</Response>");
    vec![
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n{whole}"),
        format!("\u{FEFF}{whole}"),
        format!(" \n\t{whole}"),
        format!("<!DOCTYPE html><html><body>{grant}</body></html>"),
        // JSON within XML is XML.
        format!("<string>{{\"access_token\":\"{SECRET}\",\"token_type\":\"Bearer\"}}</string>"),
        whole,
    ]
}

const TYPES: [&str; 4] = [
    "text/xml; charset=utf-8",
    "application/xml",
    "text/html",
    "application/json",
];

fn is_plain(said: &str) {
    assert!(!said.contains(SECRET), "{said}");
    assert!(!said.contains(['<', '{', '\n']), "{said}");
}

/// What a service answers in the place of a code may be what it was sent.
#[test]
fn an_error_of_the_sign_in_service_is_a_known_code_or_none() {
    let said = |body: &str| tokens(answer(400, "application/json", body)).unwrap_err();
    assert_eq!(said(r#"{"error":"invalid_grant"}"#), "invalid_grant");
    for odd in ["", "s3cr3tToken", "invalid_grant s3cr3t", "<b>"] {
        let code = said(&format!(r#"{{"error":"{odd}"}}"#));
        assert_eq!(code, "an_error_that_is_not_known", "{odd}");
    }
}

/// Not even a refusal is read from it: a practice is asked to connect again where the sign-in
/// service says that its token is refused, and not where a proxy puts a page of its own.
#[test]
fn xml_where_tokens_are_due_is_named_and_refuses_nothing() {
    for body in markup() {
        for content_type in TYPES {
            for status in [200, 400, 401, 403, 404] {
                let said = tokens(answer(status, content_type, &body)).unwrap_err();
                assert!(
                    said.contains("where JSON is due"),
                    "{status} {body}: {said}"
                );
                is_plain(&said);
            }
            for status in [429, 500, 503] {
                let said = tokens(answer(status, content_type, &body)).unwrap_err();
                assert!(said.contains(&format!("HTTP status {status}")), "{said}");
                is_plain(&said);
            }
        }
    }
}

#[test]
fn xml_where_connections_are_due_is_named() {
    for body in markup() {
        for content_type in TYPES {
            let error = connections(answer(200, content_type, &body)).unwrap_err();
            assert!(matches!(error, ConnectError::NoAnswer { .. }), "{error:?}");
            let said = error.to_string();
            assert!(said.contains("where JSON is due"), "{said}");
            is_plain(&said);
            let error = connections(answer(403, content_type, &body)).unwrap_err();
            assert!(error.to_string().contains("HTTP status 403"), "{error}");
        }
    }
}

/// The gateway before XPM tells its refusals in JSON. Where it, or a proxy, tells them in a page,
/// the status alone counts, and no word of the page is passed on.
#[test]
fn xml_where_the_gateways_json_is_due_leaves_the_status_to_speak() {
    let page = format!(
        "<Problem><Detail>AuthenticationUnsuccessful {SECRET}</Detail>\
         <Instance>{SECRET}</Instance></Problem>"
    );
    let html = format!("<html><body>{page}</body></html>");
    for endpoint in [Endpoint::CreateJob, Endpoint::Job, Endpoint::Jobs] {
        for body in [&page, &html] {
            for content_type in TYPES {
                let failure = |status| {
                    let answer = answer(status, content_type, body);
                    let error = decode(&endpoint, answer, DateTime::UNIX_EPOCH).unwrap_err();
                    is_plain(&error.to_string());
                    assert_eq!(error.observed.correlation, None, "it is in JSON alone");
                    error.failure
                };
                assert!(matches!(failure(401), Failure::NotConnected { .. }));
                // Which 403 it is, only the gateway's own word tells.
                assert!(matches!(failure(403), Failure::Forbidden { .. }));
                assert!(matches!(failure(429), Failure::RateLimited { .. }));
                for status in [200, 500, 503] {
                    assert_eq!(failure(status).class(), Class::Uncertain, "{status}");
                }
            }
        }
    }
}
