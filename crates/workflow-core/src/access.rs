//! Who may sign in to a practice, and what they may do there.

use std::fmt;
use std::str::FromStr;

use crate::canonical::canonical;
use crate::ids::IdError;

/// What somebody may do in a practice. Each role may do all that the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Role {
    /// Reads.
    Viewer,
    /// Adds, edits and deploys.
    Editor,
    /// Connects the practice as well, and says who may do what.
    Administrator,
}
canonical!(
    enum Role {
        Viewer,
        Editor,
        Administrator,
    }
);

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Administrator];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Role {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.into_iter().find(|role| role.word() == text);
        found.ok_or_else(|| IdError::new("role", "must be viewer, editor or administrator", text))
    }
}

/// Whom an identity provider says that somebody is: an e-mail address, or the provider and its own
/// key for the person.
///
/// An address is kept in lower case, since providers give it in either. It is ASCII: letters that
/// look alike, or become alike in lower case, would make two people one.
///
/// ```
/// use workflow_core::access::Account;
/// let email: Account = "Mara@Acme.example".parse()?;
/// assert_eq!(email.as_str(), "mara@acme.example");
/// let subject = Account::subject("https://identity.example", "8d1f")?;
/// assert_eq!(subject.as_str(), "https://identity.example|8d1f");
/// assert_eq!(subject.as_str().parse::<Account>()?, subject);
/// assert!("mara".parse::<Account>().is_err());
/// # Ok::<(), workflow_core::ids::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Account(String);
canonical!(newtype Account);

/// What stands between an issuer and a subject.
const BAR: char = '|';

impl Account {
    /// The person whom that issuer knows under that key.
    ///
    /// # Errors
    ///
    /// [`IdError`] where the issuer is no address of the web, or the key is empty, longer than 255
    /// characters or holds anything but visible ASCII.
    pub fn subject(issuer: &str, subject: &str) -> Result<Self, IdError> {
        let web = issuer.starts_with("https://") || issuer.starts_with("http://");
        if !web || !is_visible(issuer, 500) || issuer.contains(BAR) {
            let reason = "must be an http or https address without a bar";
            return Err(IdError::new("issuer", reason, issuer));
        }
        if !is_visible(subject, 255) {
            let reason = "must be 1 to 255 visible ASCII characters";
            return Err(IdError::new("subject", reason, subject));
        }
        Ok(Self(format!("{issuer}{BAR}{subject}")))
    }

    /// The person with that e-mail address.
    ///
    /// # Errors
    ///
    /// [`IdError`] where it is none, or holds anything but visible ASCII.
    pub fn email(text: &str) -> Result<Self, IdError> {
        let parts = text.split_once('@');
        let whole = parts.is_some_and(|(name, host)| {
            let host_is_one = !host.is_empty() && !host.contains('@');
            !name.is_empty() && host_is_one
        });
        if !whole || !is_visible(text, 254) || text.contains([BAR, ':', '/', '<', '>', ',']) {
            let reason = "must be an e-mail address of visible ASCII characters";
            return Err(IdError::new("e-mail address", reason, text));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The text: an e-mail address, or the issuer, a bar and the subject.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an e-mail address.
    #[must_use]
    pub fn is_email(&self) -> bool {
        !self.0.contains(BAR)
    }
}

/// Whether a text is 1 to `most` visible ASCII characters.
fn is_visible(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl FromStr for Account {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.trim().split_once(BAR) {
            Some((issuer, subject)) => Self::subject(issuer, subject),
            None => Self::email(text.trim()),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({})", self.0)
    }
}

impl TryFrom<String> for Account {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.0
    }
}

/// What one account may do in a practice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Access {
    /// Whose it is.
    pub account: Account,
    /// What they may do; `None` once it was revoked.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub role: Option<Role>,
}
canonical!(struct Access { account, role });

#[cfg(feature = "proptest")]
pub use self::strategies::{arb_access, arb_account};

#[cfg(feature = "proptest")]
mod strategies {
    use proptest::option;
    use proptest::prelude::*;

    use super::{Access, Account, Role};

    /// Any account.
    pub fn arb_account() -> impl Strategy<Value = Account> + Clone {
        let email = "[a-z0-9.+-]{1,20}@[a-z]{1,10}\\.example";
        let subject = "https://[a-z]{1,10}\\.example\\|[!-~]{1,20}";
        prop_oneof![email, subject]
            .prop_filter_map("no account", |text: String| text.parse().ok())
            .boxed()
    }

    /// What any account may do.
    pub fn arb_access() -> impl Strategy<Value = Access> + Clone {
        let role = option::of(prop::sample::select(Role::ALL.to_vec()));
        (arb_account(), role)
            .prop_map(|(account, role)| Access { account, role })
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_account_is_refused_with_the_field_and_the_reason() {
        for text in [
            "",
            "mara",
            "@acme.example",
            "mara@",
            "a@b@c",
            "mara @acme.example",
            "Mara <mara@acme.example>",
            "mara@acme.example,theo@acme.example",
            "māra@acme.example",
            "\u{212A}im@acme.example",
            "ftp://identity.example|8d1f",
            "https://identity.example|",
            "https://identity.example|a b",
            "identity.example|8d1f",
        ] {
            assert!(text.parse::<Account>().is_err(), "{text:?}");
        }
        let long = format!("{}@acme.example", "a".repeat(250));
        assert!(long.parse::<Account>().is_err());
        let error = "mara".parse::<Account>().unwrap_err();
        assert_eq!(error.field(), "e-mail address");
    }

    #[test]
    fn a_bar_in_a_subject_stays_the_subjects() {
        let account = Account::subject("https://identity.example", "a|b").unwrap();
        assert_eq!(account.as_str().parse::<Account>().unwrap(), account);
        assert!(Account::subject("https://identity.example|a", "b").is_err());
        assert!(!account.is_email());
    }

    #[test]
    fn each_role_has_its_word_and_may_more_than_the_one_before() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse::<Role>().unwrap(), role);
        }
        assert!(Role::ALL.is_sorted());
        assert!("owner".parse::<Role>().is_err());
    }
}
