//! Who is signed in: sessions, from their beginning to their end, and what their people may do.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use chrono::{DateTime, TimeDelta, Utc};
use workflow_core::access::{Account, Role};
use workflow_core::audit::Actor;
use workflow_core::deployment::Digest;
use workflow_core::ids::PracticeId;
use workflow_core::ports::sessions::{Session, SessionStore, SessionStoreError};
use workflow_core::service::{CommandError, Workflows};

use crate::arriving::{Arriving, is_secret, secret};
use crate::cookie;
use crate::host::SignInHost;
use crate::limiter::Limiter;
use crate::pages;
use crate::provider::{Identity, Provider};
use crate::settings::{Settings, SettingsError};
use crate::wire::Wire;

/// How often at most the use of a session is written down.
const NOTED: TimeDelta = TimeDelta::minutes(1);

/// Signing in. A clone is a handle to the same; `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct SignIn {
    pub(crate) inner: Arc<Inner>,
}

/// What the pages and the host work with.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) workflows: Workflows,
    pub(crate) sessions: Arc<dyn SessionStore>,
    pub(crate) provider: Provider,
    limiter: Mutex<Limiter>,
    pub(crate) arriving: Mutex<Arriving>,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    /// The digest of the session's token.
    pub(crate) token: Digest,
    pub(crate) session: Session,
    /// What a form has to bring back to be taken.
    pub(crate) form: String,
}

/// Why it cannot be told who somebody is, or what they may do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unknown {
    #[error("the sessions cannot be read")]
    Sessions(#[from] SessionStoreError),
    #[error("the roles cannot be read")]
    Roles(#[from] CommandError),
}

impl SignIn {
    /// Signing in as the settings say, over the practices and the sessions of these stores. The
    /// provider is asked when somebody first signs in.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] where the machine cannot speak TLS.
    pub fn new(
        settings: Settings,
        workflows: Workflows,
        sessions: Arc<dyn SessionStore>,
    ) -> Result<Self, SettingsError> {
        let wire = Wire::new().map_err(|_| SettingsError::tls())?;
        let inner = Inner {
            provider: Provider::new(&settings, wire),
            limiter: Mutex::new(Limiter::new(settings.limits)),
            arriving: Mutex::new(Arriving::new(settings.limits)),
            settings,
            workflows,
            sessions,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The pages: in, out, one's own account, and the roles of a practice; all below `/sign-in`.
    pub fn router(&self) -> Router {
        pages::router(Arc::clone(&self.inner))
    }

    /// The host that a tab beside the pages asks who acts.
    #[must_use]
    pub fn host(&self) -> SignInHost {
        SignInHost::new(Arc::clone(&self.inner))
    }
}

impl Inner {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.workflows.ports().clock.now()
    }

    /// Counts a request to sign in, or says how long to wait.
    pub(crate) fn admit(&self, parts: &Parts) -> Result<(), TimeDelta> {
        let (from, now) = (self.address_of(parts), self.now());
        // A count is changed in one step, so a panic elsewhere leaves none half-changed.
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.admit(from, now)
    }

    /// Where a request came from: as the proxy in front says, or the peer.
    fn address_of(&self, parts: &Parts) -> Option<IpAddr> {
        let said = self.settings.address_header.as_ref().and_then(|header| {
            // The last one is the proxy's own word; those before it came from outside.
            let line = parts.headers.get_all(header).iter().next_back()?;
            let last = line.to_str().ok()?.rsplit(',').next()?.trim();
            last.parse().ok()
        });
        let peer = || parts.extensions.get::<ConnectInfo<SocketAddr>>();
        said.or_else(|| peer().map(|peer| peer.0.ip()))
    }

    /// Begins a session in place of the one that the browser had, and answers its token.
    pub(crate) async fn begin(
        &self,
        identity: Identity,
        headers: &HeaderMap,
    ) -> Result<String, SessionStoreError> {
        let now = self.now();
        let Settings { idle, longest, .. } = self.settings;
        let session = Session {
            subject: identity.subject,
            email: identity.email,
            name: identity.name,
            practice: None,
            begun_at: now,
            seen_at: now,
            idle_until: now + idle,
            ends_at: now + longest,
        };
        let token = secret();
        let replaces = self.token_of(headers).map(digest);
        self.sessions
            .begin_session(&digest(&token), &session, replaces.as_ref())
            .await?;
        tracing::info!(subject = %session.subject, "somebody signed in");
        Ok(token)
    }

    pub(crate) fn token_of<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let transport = self.settings.transport();
        cookie::get(headers, cookie::SESSION, transport).filter(|token| is_secret(token))
    }

    /// Who sent a request, if they are signed in; their session goes on.
    pub(crate) async fn current(&self, headers: &HeaderMap) -> Result<Option<Current>, Unknown> {
        let Some(secret) = self.token_of(headers) else {
            return Ok(None);
        };
        let (token, now) = (digest(secret), self.now());
        let Some(session) = self.sessions.session(&token, now).await? else {
            return Ok(None);
        };
        if now >= session.seen_at + NOTED {
            let until = (now + self.settings.idle).min(session.ends_at);
            if !self.sessions.session_seen(&token, now, until).await? {
                return Ok(None);
            }
        }
        let form = Digest::of(&[b"sign-in form 1\0", secret.as_bytes()]);
        Ok(Some(Current {
            token,
            session,
            form: form.to_string(),
        }))
    }

    /// What somebody may do in a practice; nothing in one that is not served.
    pub(crate) async fn role_in(
        &self,
        practice: &PracticeId,
        session: &Session,
    ) -> Result<Option<Role>, Unknown> {
        let only = self.settings.practice.as_ref();
        if only.is_some_and(|only| only != practice) {
            return Ok(None);
        }
        let handle = self.workflows.practice(practice.clone());
        Ok(handle.role_of(session.accounts()).await?)
    }

    /// The practices that somebody has a role in, by id.
    pub(crate) async fn roles(
        &self,
        session: &Session,
    ) -> Result<Vec<(PracticeId, Role)>, Unknown> {
        let mut found = Vec::new();
        for practice in self.practices().await? {
            if let Some(role) = self.role_in(&practice, session).await? {
                found.push((practice, role));
            }
        }
        Ok(found)
    }

    async fn practices(&self) -> Result<Vec<PracticeId>, CommandError> {
        match &self.settings.practice {
            Some(only) => Ok(vec![only.clone()]),
            None => Ok(self.workflows.practices().await?),
        }
    }

    /// The practice that somebody sees, and their role in it: the one they chose, or the only one
    /// they have; none where they have none, or have to choose.
    pub(crate) async fn seen_by(
        &self,
        current: &Current,
    ) -> Result<Option<(PracticeId, Role)>, Unknown> {
        let session = &current.session;
        if let Some(chosen) = &session.practice
            && let Some(role) = self.role_in(chosen, session).await?
        {
            return Ok(Some((chosen.clone(), role)));
        }
        let mut all = self.roles(session).await?;
        match (all.pop(), all.is_empty()) {
            (Some((only, role)), true) => {
                self.sessions.choose_practice(&current.token, &only).await?;
                Ok(Some((only, role)))
            }
            _ => Ok(None),
        }
    }
}

/// What is kept of a token.
pub(crate) fn digest(token: &str) -> Digest {
    Digest::of(&[token.as_bytes()])
}

/// Who is named in the audit: the provider's name for the person, and who that is beyond doubt,
/// since anybody may choose a name.
pub(crate) fn actor(session: &Session) -> Actor {
    let account = session.email.as_ref().unwrap_or(&session.subject);
    let account = account.as_str();
    let bare = account
        .rsplit_once('|')
        .map_or(account, |(_, subject)| subject);
    let bare: String = bare.chars().take(100).collect();
    Actor::person(&format!("{} ({bare})", session.name))
}

/// Ends the sessions of whoever is known under that account and has no role in any practice any
/// more; answers how many. To be called after a role was revoked, by a page or by a command.
///
/// # Errors
///
/// What the stores answer, in words.
pub async fn end_sessions_without_role(
    workflows: &Workflows,
    sessions: &dyn SessionStore,
    account: &Account,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let now = workflows.ports().clock.now();
    let mut ended = 0;
    for (token, session) in sessions.sessions_of(account, now).await? {
        let mut has_role = false;
        for practice in workflows.practices().await? {
            let practice = workflows.practice(practice);
            has_role |= practice.role_of(session.accounts()).await?.is_some();
        }
        if !has_role {
            sessions.end_session(&token).await?;
            ended += 1;
        }
    }
    Ok(ended)
}
