//! The name of a zone, checked so that it can safely be looked up in a directory of zone files.

use std::fmt;
use std::str::FromStr;

use crate::canonical::canonical;

/// The IANA name of a zone, such as `Pacific/Auckland`.
///
/// The form is checked, not the existence: a name may be stored before the data that know it are
/// installed.
///
/// ```
/// use workflow_core::zone::ZoneName;
/// let name: ZoneName = "Pacific/Auckland".parse()?;
/// assert_eq!(name.to_string(), "Pacific/Auckland");
/// assert!("../etc/passwd".parse::<ZoneName>().is_err());
/// # Ok::<(), workflow_core::zone::ZoneNameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct ZoneName(String);
canonical!(newtype ZoneName);

impl ZoneName {
    /// The longest name accepted, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Checks and keeps a name.
    ///
    /// # Errors
    /// [`ZoneNameError`] when the name is empty, too long, or has a part that is empty, begins
    /// with a dot or a hyphen, or holds other characters than letters, digits and `_`, `-`, `+`,
    /// `.`.
    pub fn new(name: impl Into<String>) -> Result<Self, ZoneNameError> {
        let name = name.into();
        if name.is_empty() {
            return Err(ZoneNameError::Empty);
        }
        if name.len() > Self::MAX_BYTES {
            return Err(ZoneNameError::TooLong { bytes: name.len() });
        }
        let sound = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'.'))
        };
        if name.split('/').all(sound) {
            Ok(Self(name))
        } else {
            Err(ZoneNameError::Malformed { name })
        }
    }

    /// The name of coordinated universal time, `UTC`.
    #[must_use]
    pub fn utc() -> Self {
        Self("UTC".to_owned())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ZoneName {
    type Err = ZoneNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl TryFrom<String> for ZoneName {
    type Error = ZoneNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<ZoneName> for String {
    fn from(name: ZoneName) -> Self {
        name.0
    }
}

/// Why a text is not the name of a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneNameError {
    /// There is no text at all.
    #[error("zone: the name is empty")]
    Empty,
    /// Longer than any zone's name.
    #[error("zone: the name has {bytes} bytes, more than {max}", max = ZoneName::MAX_BYTES)]
    TooLong {
        /// The length given, in bytes.
        bytes: usize,
    },
    /// A part that no zone's name has.
    #[error("zone: {name:?} is not of the form Area/Place")]
    Malformed {
        /// The name given.
        name: String,
    },
}
