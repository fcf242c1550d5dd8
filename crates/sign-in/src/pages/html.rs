//! What is around each of these pages.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};

/// A page that is being made.
#[derive(Debug)]
pub(super) struct Page {
    title: String,
    main: String,
}

impl Page {
    pub(super) fn new(title: &str) -> Self {
        Self {
            title: escaped(title),
            main: String::new(),
        }
    }

    /// Adds HTML. Texts in it are escaped by whoever makes it.
    pub(super) fn main(mut self, html: impl AsRef<str>) -> Self {
        self.main += html.as_ref();
        self
    }

    pub(super) fn respond(self, status: StatusCode) -> Response {
        let Self { title, main } = self;
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
             <link rel=\"stylesheet\" href=\"/assets/tab.css\"></head><body>\
             <main class=\"wide\" id=\"main\"><div class=\"page-head\"><h1>{title}</h1></div>\
             {main}</main></body></html>\n"
        );
        let mut response = (status, Html(html)).into_response();
        guarded(&mut response);
        response
    }
}

/// Sets the headers that every answer of these pages bears.
pub(super) fn guarded(response: &mut Response) {
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
}

/// A text as HTML shows it, in an attribute too.
pub(super) fn escaped(text: &str) -> String {
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

/// A hidden field of a form.
pub(super) fn hidden(name: &str, value: &str) -> String {
    let value = escaped(value);
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_elsewhere_is_shown_as_text() {
        let field = hidden("a", "\"><b>'&");
        assert!(field.ends_with("value=\"&quot;&gt;&lt;b&gt;&#39;&amp;\">"));
    }
}
