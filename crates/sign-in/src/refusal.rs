//! Why somebody was not signed in, in words for them; and which of the `openidconnect` crate's errors
//! it is.

use openidconnect::{
    ClaimsVerificationError, ErrorResponse, RequestTokenError, SignatureVerificationError,
};

use crate::wire::NoAnswer;

/// Why somebody was not signed in, as a sentence goes on that begins with "You were not signed in:".
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSignedIn {
    #[error(
        "the identity provider was asked a moment ago and did not answer; try again in a minute"
    )]
    Pausing,
    #[error("the identity provider cannot be asked: {0}; try again in a minute")]
    NoAnswer(#[source] NoAnswer),
    #[error("the identity provider's answer cannot be read, or is another provider's")]
    Unreadable,
    #[error("the identity provider refused it ({0}); begin again")]
    Refused(String),
    #[error("the identity provider's ID token was refused: {0}")]
    IdToken(#[from] Untrue),
}

/// What is wrong with an ID token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Untrue {
    #[error("there is none")]
    Missing,
    #[error("it has expired, or is of the future; are the clocks right?")]
    Time,
    #[error("it was made for another application")]
    Audience,
    #[error("another provider made it")]
    Issuer,
    #[error("it answers another sign-in")]
    Nonce,
    #[error("it is not signed, or in a way that proves nothing")]
    Unsigned,
    #[error("its signature does not hold")]
    Signature,
    #[error("it belongs to another access token")]
    AccessToken,
    #[error("it does not say who it is about")]
    Subject,
    #[error("it cannot be read")]
    Unreadable,
}

/// What came of checking an ID token.
#[derive(Debug)]
pub(crate) enum Checked {
    /// It is signed with a key that was not known when the provider was last asked.
    UnknownKey,
    Untrue(Untrue),
}

impl Checked {
    pub(crate) fn of(error: &ClaimsVerificationError) -> Self {
        use SignatureVerificationError as Signature;
        Self::Untrue(match error {
            ClaimsVerificationError::SignatureVerification(Signature::NoMatchingKey) => {
                return Self::UnknownKey;
            }
            ClaimsVerificationError::Expired(_) => Untrue::Time,
            ClaimsVerificationError::InvalidAudience(_) => Untrue::Audience,
            ClaimsVerificationError::InvalidIssuer(_) => Untrue::Issuer,
            ClaimsVerificationError::InvalidNonce(_) => Untrue::Nonce,
            ClaimsVerificationError::InvalidSubject(_) => Untrue::Subject,
            ClaimsVerificationError::SignatureVerification(
                Signature::NoSignature | Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_),
            ) => Untrue::Unsigned,
            ClaimsVerificationError::SignatureVerification(_) => Untrue::Signature,
            _ => Untrue::Unreadable,
        })
    }

    pub(crate) fn untrue(self) -> Untrue {
        match self {
            Self::UnknownKey => Untrue::Signature,
            Self::Untrue(untrue) => untrue,
        }
    }
}

/// Why a code was not exchanged. Only a word is taken from what came.
pub(crate) fn refused<T>(error: RequestTokenError<NoAnswer, T>) -> NotSignedIn
where
    T: ErrorResponse + std::fmt::Display + 'static,
{
    match error {
        RequestTokenError::Request(error) => NotSignedIn::NoAnswer(error),
        RequestTokenError::ServerResponse(answer) => {
            let said = answer.to_string();
            let word: String = said
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .take(40)
                .collect();
            NotSignedIn::Refused(word)
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => NotSignedIn::Unreadable,
    }
}
