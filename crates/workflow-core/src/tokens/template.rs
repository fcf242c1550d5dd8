//! A checked text with tokens.

use std::fmt;
use std::str::FromStr;

use super::parse::{self, Segment};
use super::{TokenError, TokenScope, TokenUse};
use crate::canonical::{Canonical, Encoder};

/// A checked text with tokens. It is stored, shown and edited as the text that it was parsed from.
///
/// How long it may be is for the type that uses it to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct TextTemplate {
    text: String,
    pub(super) segments: Vec<Segment>,
}

impl TextTemplate {
    /// Checks `text` for a workflow that was made from `scope`.
    ///
    /// # Errors
    ///
    /// A [`TokenError`] that names the token and where it stands: one that is unknown, one that
    /// this workflow has nothing for, an offset or a format that it does not take, or a single
    /// brace.
    ///
    /// ```
    /// use workflow_core::tokens::{TextTemplate, TokenScope};
    /// let text = "Tax return {financial_year-1}, due {due:long}";
    /// assert_eq!(TextTemplate::parse(text, TokenScope::Client)?.to_string(), text);
    ///
    /// let refused = TextTemplate::parse("{service}", TokenScope::Proposal).unwrap_err();
    /// assert!(refused.to_string().contains("the workflow has no service of its own"));
    /// # Ok::<(), workflow_core::tokens::TokenError>(())
    /// ```
    pub fn parse(text: impl Into<String>, scope: TokenScope) -> Result<Self, TokenError> {
        let text = text.into();
        let segments = parse::segments(&text, scope)?;
        Ok(Self { text, segments })
    }

    /// A text that says just this, braces included: for a name that comes from elsewhere.
    ///
    /// ```
    /// use workflow_core::tokens::TextTemplate;
    /// assert_eq!(TextTemplate::literal("Books {2026}").to_string(), "Books {{2026}}");
    /// ```
    #[must_use]
    pub fn literal(text: &str) -> Self {
        let segments = match text {
            "" => Vec::new(),
            text => vec![Segment::Literal(text.to_owned())],
        };
        let text = text.replace('{', "{{").replace('}', "}}");
        Self { text, segments }
    }

    /// Checks the text again for a workflow made from something else, such as a duplicate by hand
    /// of one that came from a proposal.
    ///
    /// # Errors
    ///
    /// [`TokenError::NotHere`] for the first token that such a workflow has nothing for.
    ///
    /// ```
    /// use workflow_core::tokens::{TextTemplate, TokenScope};
    /// let name = TextTemplate::parse("{proposal}", TokenScope::Proposal)?;
    /// assert!(name.check(TokenScope::Service).is_ok());
    /// assert!(name.check(TokenScope::Client).is_err());
    /// # Ok::<(), workflow_core::tokens::TokenError>(())
    /// ```
    pub fn check(&self, scope: TokenScope) -> Result<(), TokenError> {
        parse::segments(&self.text, scope).map(drop)
    }

    /// The text, as it was parsed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tokens in it, in order, repeated ones repeatedly.
    pub fn tokens(&self) -> impl Iterator<Item = TokenUse> + '_ {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Token(token) => Some(*token),
            Segment::Literal(_) => None,
        })
    }
}

impl fmt::Display for TextTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for TextTemplate {
    type Err = TokenError;

    /// Reads a stored text, for which every token is known; [`TextTemplate::check`] says whether
    /// a given workflow has them all.
    fn from_str(text: &str) -> Result<Self, TokenError> {
        Self::parse(text, TokenScope::Service)
    }
}

impl TryFrom<String> for TextTemplate {
    type Error = TokenError;

    fn try_from(text: String) -> Result<Self, TokenError> {
        Self::parse(text, TokenScope::Service)
    }
}

impl From<TextTemplate> for String {
    fn from(template: TextTemplate) -> Self {
        template.text
    }
}

impl Canonical for TextTemplate {
    fn encode(&self, out: &mut Encoder) {
        out.text(&self.text);
    }
}
