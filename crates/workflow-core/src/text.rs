//! Short texts that people type: checked once, so that no later step meets an empty or endless one.

#[cfg(feature = "proptest")]
mod strategies;

use std::fmt;

#[cfg(feature = "proptest")]
pub use self::strategies::{arb_money, arb_text};
use crate::canonical::canonical;

/// A text that a person typed: 1 to `MAX` characters, trimmed, without control characters other
/// than line breaks and tabs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Text<const MAX: usize>(String);

/// A name of a client, a proposal, a service or a person: at most 200 characters.
pub type Name = Text<200>;

/// Why somebody did something: at most 500 characters.
pub type Reason = Text<500>;

/// Why a text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// It is too long.
    #[error("must be at most {max} characters, this one has {length}")]
    TooLong {
        /// The longest allowed, in characters.
        max: usize,
        /// Its length in characters.
        length: usize,
    },
    /// It holds a control character.
    #[error("must hold no control character, this one holds U+{0:04X}")]
    Control(u32),
}

impl<const MAX: usize> Text<MAX> {
    /// Checks and trims a text.
    ///
    /// ```
    /// use workflow_core::text::{Name, TextError};
    /// assert_eq!(Name::new(" Harbour Café ")?.as_str(), "Harbour Café");
    /// assert_eq!(Name::new("  "), Err(TextError::Empty));
    /// # Ok::<(), TextError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TextError`] when it is empty, too long, or holds a control character.
    pub fn new(text: impl AsRef<str>) -> Result<Self, TextError> {
        let text = text.as_ref().trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        let length = text.chars().count();
        if length > MAX {
            return Err(TextError::TooLong { max: MAX, length });
        }
        let control = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if let Some(c) = text.chars().find(control) {
            return Err(TextError::Control(u32::from(c)));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> crate::canonical::Canonical for Text<MAX> {
    fn encode(&self, out: &mut crate::canonical::Encoder) {
        out.text(&self.0);
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> std::str::FromStr for Text<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

/// An amount of money in the practice's currency: not negative, at most two decimal places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "rust_decimal::Decimal", into = "rust_decimal::Decimal")
)]
pub struct Money(rust_decimal::Decimal);
canonical!(newtype Money);

/// Why an amount was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an amount from 0 to 999,999,999.99 with at most two decimal places")]
pub struct MoneyError;

impl Money {
    /// Checks an amount.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] when it is negative, too large, or has more than two decimal places.
    pub fn new(amount: rust_decimal::Decimal) -> Result<Self, MoneyError> {
        let most = rust_decimal::Decimal::new(99_999_999_999, 2);
        let fits = !amount.is_sign_negative() && amount <= most && amount.normalize().scale() <= 2;
        if fits {
            Ok(Self(amount.normalize()))
        } else {
            Err(MoneyError)
        }
    }

    /// The amount.
    #[must_use]
    pub fn amount(self) -> rust_decimal::Decimal {
        self.0
    }
}

impl TryFrom<rust_decimal::Decimal> for Money {
    type Error = MoneyError;

    fn try_from(amount: rust_decimal::Decimal) -> Result<Self, MoneyError> {
        Self::new(amount)
    }
}

impl From<Money> for rust_decimal::Decimal {
    fn from(money: Money) -> Self {
        money.0
    }
}

impl std::str::FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let text = text.trim().replace(',', "");
        text.parse::<rust_decimal::Decimal>()
            .map_err(|_| MoneyError)
            .and_then(Self::new)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Money({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_whole_cents_and_not_negative() {
        assert_eq!("1,250.50".parse::<Money>().unwrap().to_string(), "1250.50");
        for refused in ["-1", "0.005", "1000000000", "ten", ""] {
            assert_eq!(refused.parse::<Money>(), Err(MoneyError), "{refused}");
        }
    }

    #[test]
    fn a_text_is_trimmed_and_bounded() {
        assert_eq!(Text::<3>::new(" abc ").unwrap().as_str(), "abc");
        assert_eq!(
            Text::<3>::new("abcd"),
            Err(TextError::TooLong { max: 3, length: 4 })
        );
        assert_eq!(Text::<9>::new("a\u{1b}b"), Err(TextError::Control(0x1b)));
    }
}
