//! The secret store: what a practice shares with others, such as the keys that webhooks are signed
//! with.

use std::fmt::Debug;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::ids::PracticeId;

/// Keeps secrets of a practice, encrypted, each under a name.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SecretStore: Debug + Send + Sync + 'static {
    /// The secret of that name; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`SecretStoreError::Sealed`] when what is stored cannot be decrypted with the key given, or
    /// no key was given; [`SecretStoreError::Unavailable`] when the store cannot be read.
    async fn secret(
        &self,
        practice: &PracticeId,
        name: &str,
    ) -> Result<Option<SecretString>, SecretStoreError>;

    /// Keeps a secret under that name, durably, in place of what was kept there.
    ///
    /// # Errors
    ///
    /// [`SecretStoreError::Sealed`] without a key; [`SecretStoreError::Unavailable`] when the store
    /// cannot be written.
    async fn keep_secret(
        &self,
        practice: &PracticeId,
        name: &str,
        secret: &SecretString,
    ) -> Result<(), SecretStoreError>;

    /// Forgets the secret of that name. Forgetting what is not there does nothing.
    ///
    /// # Errors
    ///
    /// [`SecretStoreError::Unavailable`] when the store cannot be written.
    async fn forget_secret(
        &self,
        practice: &PracticeId,
        name: &str,
    ) -> Result<(), SecretStoreError>;
}

/// What a secret store may answer instead. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretStoreError {
    /// The stored secret cannot be opened with this key, or there is no key.
    #[error("the stored secret cannot be decrypted: {reason}")]
    Sealed {
        /// What is missing, for an operator.
        reason: &'static str,
    },
    /// The store did not answer.
    #[error("the secret store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
