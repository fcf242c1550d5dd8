//! The key that connections are encrypted under.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox};

/// The 32 bytes that the practices' connections to XPM are encrypted under.
///
/// Wiped from memory when it is dropped; `Debug` shows nothing of it. Whoever loses it has to
/// connect each practice again, and to make the secrets of webhooks anew: nothing else is encrypted
/// under it.
pub struct MasterKey(SecretBox<[u8; Self::BYTES]>);

impl MasterKey {
    /// How many bytes a key has.
    pub const BYTES: usize = 32;

    /// Takes a key as its bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// Takes a key as base64, with padding, as `openssl rand -base64 32` prints it. White space
    /// around it is passed over.
    ///
    /// ```
    /// use store_sqlite::MasterKey;
    ///
    /// assert!(MasterKey::from_base64("c2l4dGVlbiBieXRlcyB0d2ljZSBpcyB0aGlydHktMiE=\n").is_ok());
    /// let error = MasterKey::from_base64("dG9vIHNob3J0").unwrap_err();
    /// assert_eq!(error.to_string(), "the master key must be 32 bytes, this one has 9");
    /// ```
    ///
    /// # Errors
    ///
    /// [`KeyError`] when it is not base64, or not of 32 bytes. The message holds nothing of it.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let bytes = STANDARD
            .decode(text.trim())
            .map(Zeroizing::new)
            .map_err(|_| KeyError::NotBase64)?;
        let found = bytes.len();
        let exact: [u8; Self::BYTES] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| KeyError::WrongLength { found })?;
        Ok(Self::from_bytes(exact))
    }

    pub(crate) fn expose(&self) -> &[u8; Self::BYTES] {
        self.0.expose_secret()
    }
}

impl Clone for MasterKey {
    fn clone(&self) -> Self {
        Self::from_bytes(*self.expose())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It is not base64.
    #[error("the master key is not base64")]
    NotBase64,
    /// It is of another length.
    #[error(
        "the master key must be {} bytes, this one has {found}",
        MasterKey::BYTES
    )]
    WrongLength {
        /// How many bytes it has.
        found: usize,
    },
}
