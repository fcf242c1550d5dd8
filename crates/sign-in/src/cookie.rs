//! Cookies: the session's, and the one that names a browser which is off to sign in.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use workflow_web::Transport;

/// The cookie that holds a session's token.
pub(crate) const SESSION: &str = "workflow_session";
/// The cookie that names a browser which is off to sign in.
pub(crate) const ARRIVING: &str = "workflow_sign_in";

/// A cookie's name on the wire: over HTTPS with the prefix by which browsers refuse one that was
/// planted by another site of the same domain, or over plain HTTP.
fn on_the_wire(name: &str, transport: Transport) -> String {
    match transport {
        Transport::Https => format!("__Host-{name}"),
        Transport::Loopback => name.to_owned(),
    }
}

/// The value of a cookie. Where a browser sends two of one name nobody can tell which is ours.
pub(crate) fn get<'h>(headers: &'h HeaderMap, name: &str, transport: Transport) -> Option<&'h str> {
    let name = on_the_wire(name, transport);
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(found, _)| *found == name)
        .map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// Sets a cookie until the browser is closed. `Lax`, since people come back from the provider's
/// site, and follow links from their mail.
pub(crate) fn set(response: &mut Response, name: &str, value: &str, transport: Transport) {
    add(response, name, value, transport, "");
}

/// Takes a cookie away.
pub(crate) fn clear(response: &mut Response, name: &str, transport: Transport) {
    add(response, name, "", transport, "; Max-Age=0");
}

fn add(response: &mut Response, name: &str, value: &str, transport: Transport, age: &str) {
    let secure = match transport {
        Transport::Https => "; Secure",
        Transport::Loopback => "",
    };
    let name = on_the_wire(name, transport);
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    #[test]
    fn a_cookie_is_read_under_its_name_on_the_wire_alone() {
        let mut headers = HeaderMap::new();
        let line = "a=b; workflow_session=plain; __Host-workflow_session=safe";
        headers.insert(header::COOKIE, HeaderValue::from_static(line));
        assert_eq!(get(&headers, SESSION, Transport::Https), Some("safe"));
        assert_eq!(get(&headers, SESSION, Transport::Loopback), Some("plain"));
        let twice = HeaderValue::from_static("__Host-workflow_session=planted");
        headers.append(header::COOKIE, twice);
        assert_eq!(get(&headers, SESSION, Transport::Https), None);
    }

    #[test]
    fn over_https_a_cookie_is_bound_to_this_host() {
        let mut response = ().into_response();
        set(&mut response, SESSION, "x", Transport::Https);
        clear(&mut response, SESSION, Transport::Loopback);
        let lines: Vec<_> = response
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .collect();
        assert_eq!(
            lines,
            [
                "__Host-workflow_session=x; Path=/; HttpOnly; SameSite=Lax; Secure",
                "workflow_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
            ]
        );
    }
}
