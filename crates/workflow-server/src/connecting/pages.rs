//! The pages themselves: plain HTML in the tab's style, without a script.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use uuid::Uuid;
use workflow::xpm::{Tenant, Unchosen};

/// A page of one sentence, with a way back.
pub(super) fn said(status: StatusCode, sentence: &str) -> Response {
    let main = format!(
        "<p>{}</p><p><a href=\"/connection\">Back to the practice’s connection</a></p>",
        escaped(sentence)
    );
    page(status, "Connection to XPM", &main)
}

/// Which of the tenants that a consent covers is the practice.
pub(super) fn choice(
    status: StatusCode,
    unchosen: &Unchosen,
    token: Uuid,
    problem: &str,
) -> Response {
    let mut main = String::new();
    if !problem.is_empty() {
        main += &format!(
            "<p class=\"problem\" role=\"alert\">{}</p>",
            escaped(problem)
        );
    }
    main += &format!(
        "<form method=\"post\" action=\"/xpm/choose\">\
         <input type=\"hidden\" name=\"token\" value=\"{token}\">"
    );
    main += &options(
        "Which XPM practice is it?",
        "tenant",
        unchosen.tenants(),
        None,
    );
    if !unchosen.organisations().is_empty() {
        main += &options(
            "Which Xero organisation are its invoices in?",
            "organisation",
            unchosen.organisations(),
            Some("none, or decide later"),
        );
    }
    main += "<p><button class=\"button\" type=\"submit\">Connect</button></p></form>";
    page(status, "Choose the practice", &main)
}

/// Whether the connection is to end.
pub(super) fn disconnect(token: Uuid) -> Response {
    let main = format!(
        "<p>The consent is revoked at Xero, with everything that was authorised in the same \
         consent, and the tokens are forgotten here. Nothing is deployed until the practice is \
         connected again; what falls due meanwhile waits and is not lost.</p>\
         <form method=\"post\" action=\"/xpm/disconnect\">\
         <input type=\"hidden\" name=\"token\" value=\"{token}\">\
         <p><button class=\"button\" type=\"submit\">Disconnect from XPM</button> \
         <a href=\"/connection\">Cancel</a></p></form>"
    );
    page(StatusCode::OK, "Disconnect from XPM", &main)
}

fn options(legend: &str, name: &str, tenants: &[Tenant], none: Option<&str>) -> String {
    let mut all = format!("<fieldset class=\"card\"><legend>{legend}</legend>");
    let option = |value: &str, label: &str, checked: bool| {
        let checked = if checked { " checked" } else { "" };
        format!(
            "<p><label><input type=\"radio\" name=\"{name}\" value=\"{value}\"{checked}> \
             {label}</label></p>"
        )
    };
    for tenant in tenants {
        let label = match &tenant.name {
            Some(name) => format!("{} ({})", escaped(name), tenant.id),
            None => format!("{}, to which Xero gives no name", tenant.id),
        };
        all += &option(&tenant.id.to_string(), &label, tenants.len() == 1);
    }
    if let Some(none) = none {
        all += &option("", none, tenants.len() != 1);
    }
    all + "</fieldset>"
}

fn page(status: StatusCode, title: &str, main: &str) -> Response {
    let title = escaped(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/assets/tab.css\"></head><body>\
         <main class=\"wide\" id=\"main\"><div class=\"page-head\"><h1>{title}</h1></div>\
         {main}</main></body></html>\n"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-frame-options"), "DENY"),
    ];
    for (name, value) in headers {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

/// A text as HTML shows it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_elsewhere_is_shown_as_text() {
        assert_eq!(escaped("<b a='\"&'>"), "&lt;b a=&#39;&quot;&amp;&#39;&gt;");
    }
}
