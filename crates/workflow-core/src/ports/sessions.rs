//! The session store: who is signed in, for a host that signs people in itself.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::access::Account;
use crate::deployment::Digest;
use crate::ids::PracticeId;
use crate::text::Name;

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The identity provider, and its own key for the person.
    pub subject: Account,
    /// Their e-mail address, where the provider vouches for it.
    pub email: Option<Account>,
    /// The name that the provider has for them.
    pub name: Name,
    /// The practice that they chose to see.
    pub practice: Option<PracticeId>,
    /// When they signed in.
    pub begun_at: DateTime<Utc>,
    /// When it was last used, as far as it was noted.
    pub seen_at: DateTime<Utc>,
    /// When it ends unless it is used.
    pub idle_until: DateTime<Utc>,
    /// When it ends in any case.
    pub ends_at: DateTime<Utc>,
}

impl Session {
    /// The most sessions of one person: beginning one more ends the one that was begun first.
    pub const MOST: u32 = 20;

    /// Whether it has not ended by itself.
    #[must_use]
    pub fn stands_at(&self, now: DateTime<Utc>) -> bool {
        now < self.idle_until && now < self.ends_at
    }

    /// The accounts that the person may be known under: by which roles are given.
    pub fn accounts(&self) -> impl Iterator<Item = &Account> {
        std::iter::once(&self.subject).chain(&self.email)
    }
}

/// Keeps sessions, each under the SHA-256 of its token: whoever reads the store can be nobody.
///
/// Sessions are the installation's, and not a practice's: one person may see several.
///
/// **Cancelling** any method is allowed; what it was to change may have been changed.
#[async_trait]
pub trait SessionStore: Debug + Send + Sync + 'static {
    /// Begins a session under the digest of its token, and ends the one that it `replaces`.
    ///
    /// **Atomic**: both, and the end of what is too much: sessions that ended by themselves before
    /// this one began are forgotten, and of one person the newest [`Session::MOST`] are kept.
    ///
    /// # Errors
    ///
    /// [`SessionStoreError`] where the store does not answer.
    async fn begin_session(
        &self,
        token: &Digest,
        session: &Session,
        replaces: Option<&Digest>,
    ) -> Result<(), SessionStoreError>;

    /// The session of a token; `None` where there is none, or it has ended at `now`.
    ///
    /// # Errors
    ///
    /// As [`SessionStore::begin_session`].
    async fn session(
        &self,
        token: &Digest,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, SessionStoreError>;

    /// Notes that a session was used: when, and when it ends unless it is used again. It brings
    /// back none that has ended, and answers whether there is one.
    ///
    /// # Errors
    ///
    /// As [`SessionStore::begin_session`].
    async fn session_seen(
        &self,
        token: &Digest,
        seen_at: DateTime<Utc>,
        idle_until: DateTime<Utc>,
    ) -> Result<bool, SessionStoreError>;

    /// Notes which practice the person chose to see, and answers whether there is the session.
    ///
    /// # Errors
    ///
    /// As [`SessionStore::begin_session`].
    async fn choose_practice(
        &self,
        token: &Digest,
        practice: &PracticeId,
    ) -> Result<bool, SessionStoreError>;

    /// Ends a session. Ending what is not there does nothing.
    ///
    /// # Errors
    ///
    /// As [`SessionStore::begin_session`].
    async fn end_session(&self, token: &Digest) -> Result<(), SessionStoreError>;

    /// The sessions of an account that have not ended at `now`, by when they were begun.
    ///
    /// # Errors
    ///
    /// As [`SessionStore::begin_session`].
    async fn sessions_of(
        &self,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Digest, Session)>, SessionStoreError>;

    /// Ends all sessions of an account but the one that is to stay, and answers how many.
    ///
    /// # Errors
    ///
    /// As [`SessionStore::begin_session`].
    async fn end_sessions_of(
        &self,
        account: &Account,
        but: Option<&Digest>,
    ) -> Result<u64, SessionStoreError>;
}

/// Why a session store did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionStoreError {
    /// What is stored cannot be read.
    #[error("a stored session cannot be read: {reason}")]
    Damaged {
        /// What is wrong with it.
        reason: String,
    },
    /// The store did not answer.
    #[error("the session store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
