//! The token store: where a practice's connection to XPM is kept.

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use crate::ids::PracticeId;

/// A practice's connection to XPM: its tokens and the tenant they are for.
///
/// `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The XPM tenant that calls are made for.
    pub tenant: Uuid,
    /// The name that XPM gave for the tenant; it may give none.
    pub tenant_name: Option<String>,
    /// The current access token, if one was fetched yet.
    pub access: Option<AccessToken>,
    /// The refresh token: each use returns a new one, which replaces it.
    pub refresh: SecretString,
    /// When the refresh token was issued. Unused, it expires 60 days later.
    pub refreshed_at: DateTime<Utc>,
    /// The Xero organisation whose invoices go with the practice, where the consent covers one.
    pub organisation: Option<Organisation>,
}

/// A Xero organisation: the tenant of the Accounting API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// The tenant that calls about invoices are made for.
    pub tenant: Uuid,
    /// Its name; Xero may give none.
    pub name: Option<String>,
}

/// A short-lived access token.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The bearer token.
    pub secret: SecretString,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

/// Which rotation of a connection is meant: it rises by one at each save.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Rotation(pub u64);

/// Keeps connections, encrypted, one for each practice.
#[async_trait]
pub trait TokenStore: Debug + Send + Sync + 'static {
    /// The practice's connection and its rotation; `None` where the practice is not connected.
    ///
    /// # Errors
    ///
    /// [`TokenStoreError::Sealed`] when what is stored cannot be decrypted with the key given, or
    /// no key was given; [`TokenStoreError::Unavailable`] when the store cannot be read.
    async fn connection(
        &self,
        practice: &PracticeId,
    ) -> Result<Option<(Connection, Rotation)>, TokenStoreError>;

    /// Replaces the connection, durably, provided that its rotation is still `expected` (`None`:
    /// that there is none). Returns the new rotation.
    ///
    /// # Errors
    ///
    /// [`TokenStoreError::Rotated`] when another writer was first, and nothing is changed;
    /// [`TokenStoreError::Sealed`] without a key; [`TokenStoreError::Unavailable`] when the store
    /// cannot be written.
    async fn save_connection(
        &self,
        practice: &PracticeId,
        connection: &Connection,
        expected: Option<Rotation>,
    ) -> Result<Rotation, TokenStoreError>;

    /// Forgets the connection. Forgetting what is not there does nothing.
    ///
    /// # Errors
    ///
    /// [`TokenStoreError::Unavailable`] when the store cannot be written.
    async fn forget_connection(&self, practice: &PracticeId) -> Result<(), TokenStoreError>;
}

/// What a token store may answer instead. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenStoreError {
    /// The stored connection cannot be opened with this key, or there is no key.
    #[error("the stored connection cannot be decrypted: {reason}")]
    Sealed {
        /// What is missing, for an operator.
        reason: &'static str,
    },
    /// Somebody else replaced the connection first.
    #[error("the connection was replaced by another writer")]
    Rotated,
    /// The store did not answer.
    #[error("the token store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
