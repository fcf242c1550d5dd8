//! The table of statuses and bodies, and what each is called.

use proptest::prelude::*;
use workflow_core::ports::gateway::Class;

use super::*;
use crate::words::refusal;

const OK: &str = "<Response><Status>OK</Status><Job/></Response>";
const ERROR: &str = "<Response><Status>ERROR</Status>\
    <ErrorDescription>Invalid staff identifier for add request</ErrorDescription></Response>";
const GATEWAY: &str = r#"{"Type":null,"Title":"Forbidden","Status":403,"Detail":"DETAIL","Instance":"1","Extensions":{}}"#;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn classify(reply: &Reply) -> Result<(), Unwelcome> {
    decode(reply, now(), |_| Ok(()))
}

fn failure(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
    match classify(&Reply::of(status, headers, body)) {
        Ok(()) => panic!("an OK answer to {status} {body}"),
        Err(Unwelcome::Unauthorised(fail) | Unwelcome::Failed(fail)) => fail.failure,
        Err(Unwelcome::Refused(words)) => refusal(&words),
    }
}

#[test]
fn an_ok_envelope_is_an_answer_only_with_a_success_status() {
    assert!(classify(&Reply::of(200, &[], OK)).is_ok());
    assert!(classify(&Reply::of(201, &[], OK)).is_ok());
    for status in [302, 400, 404, 500, 503] {
        assert_eq!(
            failure(status, &[], OK).class(),
            Class::Uncertain,
            "{status}"
        );
    }
}

#[test]
fn an_error_envelope_about_the_request_is_a_refusal_at_any_status() {
    for status in [200, 400, 403, 404, 409, 500, 503] {
        let refused = failure(status, &[], ERROR);
        let Failure::Refused { text } = refused else {
            panic!("{status}: {refused:?}");
        };
        assert!(text.starts_with("Invalid staff identifier for add request: a person"));
    }
    let silent = "<Response><Status>ERROR</Status></Response>";
    assert_eq!(failure(200, &[], silent), refusal("no reason given"));
}

#[test]
fn an_error_envelope_of_a_server_that_failed_half_way_proves_nothing() {
    let error = ERROR.replace("Invalid staff identifier for add request", "It went wrong");
    assert_eq!(failure(200, &[], &error), refusal("It went wrong"));
    assert_eq!(failure(400, &[], &error), refusal("It went wrong"));
    for status in [500, 503] {
        let failure = failure(status, &[], &error);
        assert_eq!(failure.class(), Class::Uncertain);
        assert!(failure.to_string().contains("It went wrong"), "{failure}");
    }
}

#[test]
fn an_answer_that_contradicts_itself_proves_nothing() {
    for status in [401, 403, 429] {
        assert_eq!(
            failure(status, &[], OK).class(),
            Class::Uncertain,
            "{status}"
        );
    }
    let broken = [
        "<Response><Status>OK</Sta",
        "<x:Response><Job/></x:Response>",
    ];
    for (status, body) in [401, 403, 429].into_iter().zip(broken.into_iter().cycle()) {
        assert_eq!(failure(status, &[], body).class(), Class::Uncertain);
    }
    let with_a_job = ERROR.replace("</Response>", "<Job><ID>J1</ID></Job></Response>");
    for status in [200, 400, 500] {
        assert_eq!(failure(status, &[], &with_a_job).class(), Class::Uncertain);
    }
    // The gateway's refusals come before XPM: an ERROR envelope takes nothing from them.
    assert!(matches!(
        failure(429, &[], ERROR),
        Failure::RateLimited { .. }
    ));
    assert!(matches!(
        classify(&Reply::of(401, &[], ERROR)),
        Err(Unwelcome::Unauthorised(_))
    ));
}

#[test]
fn several_reasons_are_all_said() {
    let two = ERROR.replace(
        "</Response>",
        "<ErrorDescription>&lt;b&gt;Other&lt;/b&gt;</ErrorDescription></Response>",
    );
    assert_eq!(
        failure(200, &[], &two),
        refusal("Invalid staff identifier for add request; Other")
    );
}

#[test]
fn everything_that_proves_nothing_is_a_lost_reply() {
    let unavailable = GATEWAY.replace("DETAIL", "ServiceNotAvailable");
    for (status, body) in [
        (200, ""),
        (200, "<html><body>ok</body></html>"),
        (200, "<Response><Job/></Response>"),
        (200, "<Response><Status>MAYBE</Status></Response>"),
        (
            200,
            "<Response><Status>OK</Status><Status>ERROR</Status></Response>",
        ),
        (200, "<Response><Status>OK</Status><Job>"),
        (200, "{\"status\":\"OK\"}"),
        (204, ""),
        (400, "bad"),
        (404, ""),
        (408, ""),
        (500, ""),
        (502, "<html/>"),
        (503, unavailable.as_str()),
        (504, ""),
    ] {
        let failure = failure(status, &[], body);
        assert!(
            matches!(failure, Failure::ReplyLost { .. }),
            "{status} {body}: {failure:?}"
        );
    }
    let failure = failure(503, &[], &unavailable);
    assert!(
        failure
            .to_string()
            .contains("not available at the moment (HTTP status 503, ServiceNotAvailable)")
    );
}

#[test]
fn the_gateways_refusals_are_definite() {
    let expired = GATEWAY.replace("DETAIL", "TokenExpired: token expired at 04/29/2020");
    assert!(matches!(
        classify(&Reply::of(401, &[], &expired)),
        Err(Unwelcome::Unauthorised(_))
    ));
    let unknown = GATEWAY.replace("DETAIL", "AuthenticationUnsuccessful");
    assert!(matches!(
        failure(403, &[], &unknown),
        Failure::NotConnected { .. }
    ));
    let scope = GATEWAY.replace("DETAIL", "InsufficientPermissions");
    assert_eq!(
        failure(403, &[], &scope),
        Failure::Forbidden {
            text: words::gateway(Some("InsufficientPermissions"))
        }
    );
    assert!(matches!(
        failure(403, &[], "<html>"),
        Failure::Forbidden { .. }
    ));
}

#[test]
fn a_rate_limit_names_itself_and_its_wait() {
    let limited = |headers: &[(&'static str, &str)]| failure(429, headers, "");
    assert_eq!(
        limited(&[("retry-after", "22"), ("x-rate-limit-problem", "minute")]),
        Failure::RateLimited {
            limit: Limit::Minute,
            retry_after: Some(Duration::from_secs(22))
        }
    );
    assert_eq!(
        limited(&[("x-rate-limit-problem", "concurrent")]).class(),
        Class::Backoff
    );
    for (problem, expected) in [
        ("day", Limit::Day),
        ("appminute", Limit::Application),
        ("app-minute", Limit::Application),
        ("new", Limit::Minute),
    ] {
        let seen = limited(&[("x-rate-limit-problem", problem)]);
        assert!(matches!(seen, Failure::RateLimited { limit, .. } if limit == expected));
    }
    let unnamed = limited(&[("x-daylimit-remaining", "0")]);
    assert!(matches!(
        unnamed,
        Failure::RateLimited {
            limit: Limit::Day,
            ..
        }
    ));
}

#[test]
fn a_wait_is_seconds_or_a_date_and_never_longer_than_two_days() {
    let after = |text| failure(429, &[("retry-after", text)], "").class();
    let http_date = |at: DateTime<Utc>| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let ahead = http_date(now() + Duration::from_secs(90));
    assert_eq!(wait(&ahead, now()), Some(Duration::from_secs(90)));
    let past = http_date(now() - Duration::from_secs(90));
    assert_eq!(wait(&past, now()), Some(Duration::ZERO));
    assert_eq!(after("67000"), Class::After(Duration::from_secs(67_000)));
    assert_eq!(after("99999999999"), Class::After(LONGEST_WAIT));
    assert_eq!(after("soon"), Class::Backoff);
    assert_eq!(after("-1"), Class::Backoff);
}

proptest! {
    #[test]
    fn only_a_success_status_and_a_whole_ok_envelope_are_an_answer(
        status in 100_u16..600,
        cut in 0..OK.len(),
        junk in any::<String>(),
    ) {
        let whole = classify(&Reply::of(status, &[], OK));
        prop_assert_eq!(whole.is_ok(), (200..300).contains(&status));
        for body in [&OK[..cut], &junk] {
            prop_assert!(classify(&Reply::of(status, &[], body)).is_err());
        }
    }

    #[test]
    fn a_server_error_or_a_broken_answer_is_never_called_definite(
        status in prop_oneof![200_u16..400, 500_u16..600],
        junk in any::<String>(),
    ) {
        prop_assert_eq!(failure(status, &[], &junk).class(), Class::Uncertain);
    }
}
