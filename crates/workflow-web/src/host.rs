//! What the tab asks of the application that it is mounted in: who acts, for which practice, in
//! which role, and where links outside the tab go.

use std::fmt::{self, Debug};

use async_trait::async_trait;
use axum::http::header;
use axum::http::request::Parts;
use workflow_core::audit::Actor;
use workflow_core::deployment::JobRef;
use workflow_core::ids::{ClientId, PracticeId, WorkflowId};

use crate::layout::Layout;

/// What somebody may do in the tab. Each role may do all that the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Adds, edits and deploys.
    Editor,
    /// Connects the practice as well.
    Administrator,
}

/// Who acts, in which role, for which practice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Who is named in the audit.
    pub actor: Actor,
    /// What they may do.
    pub role: Role,
    /// The one practice that they reach.
    pub practice: PracticeId,
}

/// Why the host shows nothing to whoever sent a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unwelcome {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignIn {
        /// Where to sign in, if there is such a page.
        url: Option<String>,
    },
    /// Somebody is signed in who has no part in this practice.
    #[error("this account has no part in the practice")]
    Stranger,
    /// The host cannot say just now.
    #[error("who is signed in cannot be told just now")]
    Unknown,
}

/// The name that the pages bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// The product's name, shown at the top of each page.
    pub title: String,
    /// Where the name links to; `None` for the tab's own list of clients.
    pub home: Option<String>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            title: "Workflow".into(),
            home: None,
        }
    }
}

/// Another tab of a client's page, which the host serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostTab {
    /// Its label.
    pub label: String,
    /// Where it is.
    pub url: String,
}

/// A calendar feed of what is to be deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarFeed {
    /// Of the whole practice.
    Practice,
    /// Of one client.
    Client(ClientId),
    /// Of one workflow.
    Workflow {
        /// Whose it is.
        client: ClientId,
        /// Which one.
        workflow: WorkflowId,
    },
}

impl fmt::Display for CalendarFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Practice => f.write_str("practice"),
            Self::Client(client) => write!(f, "client {client}"),
            Self::Workflow { client, workflow } => write!(f, "workflow {client} {workflow}"),
        }
    }
}

impl CalendarFeed {
    /// Where it is, below the mount.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Practice => "/calendar.ics".into(),
            Self::Client(client) => format!("/client/{client}/calendar.ics"),
            Self::Workflow { client, workflow } => {
                format!("/client/{client}/workflow/{workflow}/calendar.ics")
            }
        }
    }
}

/// How the host is reached, which decides whether cookies are marked `Secure`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// By HTTPS, at least up to whatever ends it.
    #[default]
    Https,
    /// By plain HTTP on the machine itself.
    Loopback,
}

/// The application that the tab is mounted in.
///
/// [`Host::visitor`] is asked before any page is made or any form is taken, so that a host that
/// answers it rightly has nothing else to guard. Links that it gives are shown only where they
/// begin with `https://`, `http://` or a single `/`.
///
/// ```
/// use async_trait::async_trait;
/// use axum::http::request::Parts;
/// use workflow_core::audit::Actor;
/// use workflow_web::{Host, Role, Unwelcome, Visitor};
///
/// #[derive(Debug)]
/// struct MyHost;
///
/// #[async_trait]
/// impl Host for MyHost {
///     async fn visitor(&self, request: &Parts) -> Result<Visitor, Unwelcome> {
///         // A session layer in front of the tab left the user's name here.
///         let name = request.extensions.get::<String>();
///         let name = name.ok_or(Unwelcome::SignIn { url: Some("/login".into()) })?;
///         let practice = "acme".parse().map_err(|_| Unwelcome::Unknown)?;
///         Ok(Visitor { actor: Actor::person(name), role: Role::Editor, practice })
///     }
/// }
/// # let _ = MyHost;
/// ```
#[async_trait]
pub trait Host: Debug + Send + Sync + 'static {
    /// Who sent this request, and what they may do.
    ///
    /// # Errors
    ///
    /// [`Unwelcome`] where nothing is to be shown; the tab answers with a sign-in redirect, 401,
    /// 403 or 503.
    async fn visitor(&self, request: &Parts) -> Result<Visitor, Unwelcome>;

    /// The name that the pages bear.
    fn brand(&self) -> Brand {
        Brand::default()
    }

    /// The page that the tab's content stands in: unless the host says otherwise, the tab's own.
    /// The visitor is the one whom [`Host::visitor`] named, or nobody where nobody was let in.
    ///
    /// ```
    /// # use async_trait::async_trait;
    /// # use axum::http::request::Parts;
    /// use workflow_web::{Host, HostPage, Layout, Unwelcome, Visitor};
    ///
    /// #[derive(Debug)]
    /// struct MyHost {
    ///     page: HostPage,
    /// }
    ///
    /// #[async_trait]
    /// impl Host for MyHost {
    ///     # async fn visitor(&self, _: &Parts) -> Result<Visitor, Unwelcome> {
    ///     #     Err(Unwelcome::Stranger)
    ///     # }
    ///     fn layout(&self, _visitor: Option<&Visitor>) -> Layout {
    ///         Layout::Host(self.page.clone())
    ///     }
    /// }
    /// ```
    fn layout(&self, _visitor: Option<&Visitor>) -> Layout {
        Layout::Own
    }

    /// Where people see a job in XPM, if there is such a page.
    fn job_url(&self, _practice: &PracticeId, _job: &JobRef) -> Option<String> {
        None
    }

    /// Where an administrator connects the practice to XPM, if there is such a page.
    fn connect_url(&self, _practice: &PracticeId) -> Option<String> {
        None
    }

    /// Where an administrator ends the practice's connection to XPM, if there is such a page.
    fn disconnect_url(&self, _practice: &PracticeId) -> Option<String> {
        None
    }

    /// The tabs of a client's page that come before Workflow.
    fn client_tabs(&self, _practice: &PracticeId, _client: ClientId) -> Vec<HostTab> {
        Vec::new()
    }

    /// The address of a calendar feed as it is shown to people, who hand it to a calendar program;
    /// `path` is where the tab serves it. `None` shows no feed.
    ///
    /// A calendar program does not sign in, so a host that is reached by others than one person
    /// on one machine signs the address, such as with a [`FeedKey`](crate::FeedKey), and takes the
    /// signature in [`Host::feed_reader`].
    fn feed_url(&self, _practice: &PracticeId, _feed: &CalendarFeed, path: &str) -> Option<String> {
        Some(path.to_owned())
    }

    /// Whose feed this request may read. Unless a host says otherwise, it is that of whoever is
    /// signed in, so that nothing is shown to more people than the pages are.
    ///
    /// # Errors
    ///
    /// [`Unwelcome`] where nothing is to be shown.
    async fn feed_reader(
        &self,
        request: &Parts,
        _feed: &CalendarFeed,
    ) -> Result<PracticeId, Unwelcome> {
        Ok(self.visitor(request).await?.practice)
    }

    /// How the host is reached.
    fn transport(&self) -> Transport {
        Transport::Https
    }
}

/// A host with one practice and one actor, who is its administrator: for one person on their own
/// machine, such as in a demonstration.
///
/// It asks nobody to sign in, so serve it on loopback alone. A request that names another host
/// than this machine is turned away, since a foreign page can make its own name lead here.
#[derive(Clone, Debug)]
pub struct LocalHost {
    visitor: Visitor,
    brand: Brand,
    job_url: Option<String>,
    connect_url: Option<String>,
    disconnect_url: Option<String>,
}

impl LocalHost {
    /// That practice, seen by that actor.
    ///
    /// ```
    /// use workflow_core::audit::Actor;
    /// use workflow_web::LocalHost;
    /// let host = LocalHost::new("acme".parse()?, Actor::person("Alex Reed"))
    ///     .titled("Acme Accounting")
    ///     .jobs_at("http://127.0.0.1:9000/jobs/{number}");
    /// # let _ = host;
    /// # Ok::<(), workflow_core::ids::IdError>(())
    /// ```
    #[must_use]
    pub fn new(practice: PracticeId, actor: Actor) -> Self {
        let visitor = Visitor {
            actor,
            role: Role::Administrator,
            practice,
        };
        Self {
            visitor,
            brand: Brand::default(),
            job_url: None,
            connect_url: None,
            disconnect_url: None,
        }
    }

    /// The same with another name at the top of each page.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.brand.title = title.into();
        self
    }

    /// The same with links to jobs: `{number}` and `{id}` in the pattern stand for the job's.
    #[must_use]
    pub fn jobs_at(mut self, pattern: impl Into<String>) -> Self {
        self.job_url = Some(pattern.into());
        self
    }

    /// The same with a page that connects the practice to XPM.
    #[must_use]
    pub fn connect_at(mut self, url: impl Into<String>) -> Self {
        self.connect_url = Some(url.into());
        self
    }

    /// The same with a page that ends the practice's connection to XPM.
    #[must_use]
    pub fn disconnect_at(mut self, url: impl Into<String>) -> Self {
        self.disconnect_url = Some(url.into());
        self
    }
}

#[async_trait]
impl Host for LocalHost {
    async fn visitor(&self, request: &Parts) -> Result<Visitor, Unwelcome> {
        let named = request.headers.get(header::HOST);
        match named.map(|name| name.to_str().unwrap_or_default()) {
            Some(name) if !is_this_machine(name) => Err(Unwelcome::Stranger),
            _ => Ok(self.visitor.clone()),
        }
    }

    fn brand(&self) -> Brand {
        self.brand.clone()
    }

    fn job_url(&self, _practice: &PracticeId, job: &JobRef) -> Option<String> {
        let pattern = self.job_url.as_deref()?;
        let number = percent_encoded(job.number.as_str());
        let filled = pattern.replace("{id}", &job.id.to_string());
        Some(filled.replace("{number}", &number))
    }

    fn connect_url(&self, _practice: &PracticeId) -> Option<String> {
        self.connect_url.clone()
    }

    fn disconnect_url(&self, _practice: &PracticeId) -> Option<String> {
        self.disconnect_url.clone()
    }

    fn transport(&self) -> Transport {
        Transport::Loopback
    }
}

/// Whether a `Host` header names this machine, whatever the port.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]")
}

/// A link from the host, unless it would run a script or leave by a trick.
pub(crate) fn checked_link(url: String) -> Option<String> {
    let local = url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\");
    let absolute = url.starts_with("https://") || url.starts_with("http://");
    (local || absolute).then_some(url)
}

/// A text as one segment of a path, or as one value in a query.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_runs_no_script_and_leaves_by_no_trick() {
        for good in ["/jobs/1", "https://xpm.example/1", "http://127.0.0.1:9/x"] {
            assert_eq!(checked_link(good.into()).as_deref(), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "//evil.example",
            "/\\evil.example",
            "data:x",
            "",
        ] {
            assert_eq!(checked_link(bad.into()), None, "{bad}");
        }
    }

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        for own in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "[::1]:8080",
            "[::1]",
        ] {
            assert!(is_this_machine(own), "{own}");
        }
        for foreign in [
            "evil.example",
            "127.0.0.1.evil.example:80",
            "localhost.evil",
            "",
        ] {
            assert!(!is_this_machine(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_segment_is_encoded_byte_by_byte() {
        assert_eq!(percent_encoded("J 1/é"), "J%201%2F%C3%A9");
    }
}
