//! The guard before the pages and the control interface, which ask for no password.
//!
//! They are meant for whoever sits at this machine. A page of another site must not reach them
//! through a browser: neither by a form that it sends (the origin is compared) nor by a name that it
//! lets point here (the host is compared, as long as loopback alone is served).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::inner::{Inner, Reach};

/// What pages may do: show their own style and send forms to where they came from.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

pub(super) async fn check(
    State(inner): State<Arc<Inner>>,
    request: Request,
    next: Next,
) -> Response {
    let refusal = refusal(inner.reach, request.method(), request.headers());
    let mut response = match refusal {
        Some(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why a request is refused, if it is.
fn refusal(reach: Reach, method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let host = text(header::HOST).unwrap_or_default();
    if reach == Reach::Loopback && !is_loopback(host) {
        return Some("The sandbox answers to the names of its own machine alone.");
    }
    if method == Method::GET || method == Method::HEAD {
        return None;
    }
    let origin = text(header::ORIGIN);
    let foreign = origin.is_some_and(|origin| origin != format!("http://{host}"));
    let site = headers.get("sec-fetch-site");
    let cross = site.is_some_and(|site| site != "same-origin" && site != "none");
    (foreign || cross).then_some("This was sent by a page of another site.")
}

/// Whether a `Host` header names this machine. Programs that send none are no browsers.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let ip = name.trim_start_matches('[').trim_end_matches(']');
    name.is_empty()
        || name.eq_ignore_ascii_case("localhost")
        || ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let each = pairs.iter().map(|(name, value)| {
            let name = header::HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        each.collect()
    }

    fn refused(reach: Reach, method: &Method, pairs: &[(&'static str, &'static str)]) -> bool {
        refusal(reach, method, &headers(pairs)).is_some()
    }

    #[test]
    fn another_name_is_refused_on_loopback() {
        for host in [
            "localhost:80",
            "127.0.0.1:7",
            "[::1]:7",
            "localhost",
            "127.0.0.9",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "evil.example:80",
            "127.0.0.1.evil.example",
            "localhost.evil",
            "10.0.0.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
        let foreign = [("host", "evil.example")];
        assert!(refused(Reach::Loopback, &Method::GET, &foreign));
        assert!(!refused(Reach::Network, &Method::GET, &foreign));
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        let good = [("host", "localhost:8"), ("origin", "http://localhost:8")];
        assert!(!refused(Reach::Loopback, &Method::POST, &good));
        assert!(!refused(
            Reach::Loopback,
            &Method::POST,
            &[("host", "localhost:8")]
        ));
        for bad in [
            [("host", "localhost:8"), ("origin", "http://evil.example")],
            [("host", "localhost:8"), ("origin", "null")],
            [("host", "localhost:8"), ("sec-fetch-site", "cross-site")],
        ] {
            for reach in [Reach::Loopback, Reach::Network] {
                assert!(refused(reach, &Method::POST, &bad), "{bad:?}");
                assert!(!refused(reach, &Method::GET, &bad), "{bad:?}");
            }
        }
    }
}
