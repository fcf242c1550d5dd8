//! The host's own page: its head, its navigation, who is signed in, and its footer.

use workflow::web::{HostPage, HostPageError};

/// What the host's pages look like. The tab follows the colours and the font that are set here.
pub(crate) const STYLE: &str = "
:root {
  --workflow-accent: #6b2fa0;
  --workflow-accent-soft: #f1e8f8;
  --workflow-font: Georgia, 'DejaVu Serif', serif;
  --workflow-radius: 2px;
}
body { margin: 0; font-family: Georgia, 'DejaVu Serif', serif; }
.bar { display: flex; gap: 1rem; padding: .75rem 1.25rem; background: #2b1a3d; color: #fff; }
.bar a { color: #fff; }
.bar form { margin-left: auto; }
footer { padding: 1rem 1.25rem; color: #5a6577; }
";

/// The host's page around some content; `head` is what the content needs in the head.
pub(crate) fn page(title: &str, head: &str, who: Option<&str>, content: &str) -> String {
    let who = match who {
        Some(name) => format!("<span>Signed in as {}</span>", escaped(name)),
        None => "<a href=\"/sign-in\">Sign in</a>".to_owned(),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} · Kea Practice</title>\n{head}\n\
         <link rel=\"stylesheet\" href=\"/kea.css\">\n</head>\n<body>\n\
         <nav class=\"bar\" aria-label=\"Kea Practice\"><a href=\"/\">Home</a>\
         <a href=\"/work\">Workflows</a>{who}</nav>\n{content}\n\
         <footer>Kea Practice, an example of a host application</footer>\n</body>\n</html>\n"
    )
}

/// The same page with a place for the tab.
pub(crate) fn around_the_tab(who: Option<&str>) -> Result<HostPage, HostPageError> {
    HostPage::new(page(
        HostPage::TITLE,
        HostPage::HEAD,
        who,
        HostPage::CONTENT,
    ))
}

/// A text as HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
