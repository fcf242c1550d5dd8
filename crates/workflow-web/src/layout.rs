//! The page that the tab's content stands in: the tab's own, or the host application's.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::App;

/// The page that the tab's content stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// The tab's own page, with its brand at the top.
    #[default]
    Own,
    /// A page of the host application, with its own head, navigation and footer.
    Host(HostPage),
}

/// A page of the host application with a place for the tab's content.
///
/// It is HTML that holds [`HostPage::HEAD`] once, within `<head>`, and [`HostPage::CONTENT`] once,
/// within `<body>`; [`HostPage::TITLE`] within `<title>` is filled in where it stands. What the tab
/// puts there begins with `<div class="workflow-tab">`, and its styles reach nothing else of the
/// page. Its colours, font and radius follow the custom properties that the page's own styles set,
/// such as `--workflow-accent`.
///
/// ```
/// use workflow_web::HostPage;
/// let page = HostPage::new(
///     "<!doctype html><html lang=\"en\"><head><title><!--workflow:title--></title>\
///      <!--workflow:head--></head>\
///      <body><nav><a href=\"/\">Home</a></nav><!--workflow:content--></body></html>",
/// )?;
/// # let _ = page;
/// assert!(HostPage::new("<html></html>").is_err());
/// # Ok::<(), workflow_web::HostPageError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPage {
    html: Arc<str>,
    policy: Option<HeaderValue>,
}

/// A page that has no place for the tab, or more than one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostPageError {
    /// A place is missing or there is more than one.
    #[error("page: {place} must stand in it once, and is there {found} times")]
    Place {
        /// Which one.
        place: &'static str,
        /// How often it is there.
        found: usize,
    },
    /// The policy cannot be sent.
    #[error("policy: it must be visible ASCII on one line")]
    Policy,
}

impl HostPage {
    /// Where the tab's stylesheet and script are linked.
    pub const HEAD: &'static str = "<!--workflow:head-->";
    /// Where the tab's content stands.
    pub const CONTENT: &'static str = "<!--workflow:content-->";
    /// Where the page's title stands, if the host shows it.
    pub const TITLE: &'static str = "<!--workflow:title-->";

    /// A page of the host.
    ///
    /// # Errors
    ///
    /// [`HostPageError::Place`] where [`HostPage::HEAD`] or [`HostPage::CONTENT`] is not in it
    /// exactly once.
    pub fn new(html: impl Into<String>) -> Result<Self, HostPageError> {
        let html = html.into();
        for place in [Self::HEAD, Self::CONTENT] {
            let found = html.matches(place).count();
            if found != 1 {
                return Err(HostPageError::Place { place, found });
            }
        }
        Ok(Self {
            html: html.into(),
            policy: None,
        })
    }

    /// The same under a Content-Security-Policy of the host's in place of the tab's, which allows
    /// no script but the tab's own and nothing from elsewhere. The tab itself needs
    /// `script-src 'self'`, `connect-src 'self'`, `style-src 'self'` and `form-action 'self'`.
    ///
    /// # Errors
    ///
    /// [`HostPageError::Policy`] where it cannot be sent as a header.
    pub fn with_policy(mut self, policy: &str) -> Result<Self, HostPageError> {
        let policy = HeaderValue::from_str(policy).map_err(|_| HostPageError::Policy)?;
        self.policy = Some(policy);
        Ok(self)
    }
}

impl Layout {
    pub(crate) fn is_hosts(&self) -> bool {
        matches!(self, Self::Host(_))
    }

    /// A page of the tab's own, which is mounted at `base`, as this layout has it; anything else as
    /// it is.
    pub(crate) async fn around(&self, response: Response, app: &App, base: &str) -> Response {
        let Self::Host(page) = self else {
            return response;
        };
        let kind = response.headers().get(header::CONTENT_TYPE);
        if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        // The tab made it itself, so it is all there.
        let own = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let (style, script) = (&app.scoped, &app.script);
        let head = format!(
            "<link rel=\"stylesheet\" href=\"{base}{style}\">\
             <script src=\"{base}{script}\" defer></script>"
        );
        let html = page.holding(&String::from_utf8_lossy(&own), &head);
        parts.headers.remove(header::CONTENT_LENGTH);
        if let Some(policy) = &page.policy {
            let name = header::CONTENT_SECURITY_POLICY;
            parts.headers.insert(name, policy.clone());
        }
        Response::from_parts(parts, Body::from(html))
    }
}

impl HostPage {
    /// The host's page with what is in a page of the tab's own. What people typed is escaped
    /// there, so the tags that are looked for are the tab's own.
    fn holding(&self, own: &str, head: &str) -> String {
        let title = between(own, "<title>", "</title>").unwrap_or_default();
        let content = between(own, "<body>", "</body>").unwrap_or(own);
        let content = format!("<div class=\"workflow-tab\">{content}</div>");
        // The content goes in last, so that nothing in it is taken for a place.
        let (before, after) = self.html.split_once(Self::CONTENT).unwrap_or_default();
        let filled = |part: &str| part.replace(Self::HEAD, head).replace(Self::TITLE, title);
        [&*filled(before), &*content, &*filled(after)].concat()
    }
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    rest.rsplit_once(to).map(|(inner, _)| inner)
}

/// The stylesheet with each of its custom properties following one of the host's, where that is
/// set: `--accent` follows `--workflow-accent`.
pub(crate) fn themed(style: &str) -> String {
    let line = |line: &str| {
        let trimmed = line.trim_start();
        let property = trimmed.strip_prefix("--").and_then(|rest| {
            let (name, value) = rest.split_once(": ")?;
            Some((name, value.strip_suffix(';')?))
        });
        match property {
            Some((name, value)) => format!("--{name}: var(--workflow-{name}, {value});\n"),
            None => format!("{line}\n"),
        }
    };
    style.lines().map(line).collect()
}

/// The stylesheet for a page of the host's, which it reaches nothing of but the tab's content.
pub(crate) fn scoped(style: &str) -> String {
    let line = |line: &str| {
        let trimmed = line.trim_start();
        for page in [":root {", "html {", "body {"] {
            if let Some(rest) = trimmed.strip_prefix(page) {
                return format!(":scope {{{rest}\n");
            }
        }
        format!("{line}\n")
    };
    let inner: String = style.lines().map(line).collect();
    format!("@scope (.workflow-tab) {{\n{inner}}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<head><title>Mine: <!--workflow:title--></title><!--workflow:head--></head>\
         <body><nav>My own</nav><!--workflow:content--><footer></footer></body>";

    #[test]
    fn a_page_has_one_place_for_the_head_and_one_for_the_content() {
        assert!(HostPage::new(PAGE).is_ok());
        for (html, place, found) in [
            ("<!--workflow:content-->", HostPage::HEAD, 0),
            ("<!--workflow:head-->", HostPage::CONTENT, 0),
            (
                "<!--workflow:head--><!--workflow:head--><!--workflow:content-->",
                HostPage::HEAD,
                2,
            ),
        ] {
            let refused = Err(HostPageError::Place { place, found });
            assert_eq!(HostPage::new(html), refused);
        }
        let policy = HostPage::new(PAGE).unwrap().with_policy("a\nb");
        assert_eq!(policy, Err(HostPageError::Policy));
    }

    #[test]
    fn the_content_stands_in_the_hosts_page_and_is_never_read_for_places() {
        let own = "<html><head><title>BAS</title></head><body><main><!--workflow:head--></main>\
                   </body></html>";
        let html = HostPage::new(PAGE).unwrap().holding(own, "<link>");
        assert_eq!(
            html,
            "<head><title>Mine: BAS</title><link></head>\
             <body><nav>My own</nav><div class=\"workflow-tab\"><main><!--workflow:head--></main>\
             </div><footer></footer></body>"
        );
    }

    #[test]
    fn every_custom_property_follows_the_hosts() {
        let themed = themed(crate::STYLE);
        let own = crate::STYLE
            .lines()
            .filter(|line| line.trim_start().starts_with("--"));
        let follows = themed
            .lines()
            .filter(|line| line.contains(": var(--workflow-"));
        assert_eq!(own.count(), follows.count());
        assert!(themed.contains("--accent: var(--workflow-accent, #1f5fbf);"));
    }

    #[test]
    fn what_styles_a_whole_page_styles_the_content_alone() {
        let scoped = scoped(crate::STYLE);
        assert!(scoped.starts_with("@scope (.workflow-tab) {"));
        for page in [":root {", "\nhtml {", "\nbody {"] {
            assert!(!scoped.contains(page), "{page}");
        }
        assert_eq!(scoped.matches('{').count(), scoped.matches('}').count());
    }
}
