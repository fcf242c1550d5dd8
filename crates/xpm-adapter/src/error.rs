//! What may go wrong inside the adapter, beneath the failures that the port names.
//!
//! No variant holds a token, a secret, a request body or an address with a query: errors travel
//! into logs and audit entries. Network errors are stripped of their address when they are wrapped.

use std::error::Error;

use workflow_core::ports::gateway::{Failure, GatewayError, Observed};

pub(crate) use crate::words::plain_text;

/// The adapter's own error: the source of a [`GatewayError`], for an engineer to read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum XpmError {
    /// No connection could be made, so nothing was sent.
    #[error("no connection could be made")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// The request, or part of it, went out and the exchange did not come to its end.
    #[error("the exchange broke off")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
    /// The body is larger than the adapter reads.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body is compressed, though nothing of the kind was asked for.
    #[error("the body is compressed")]
    Compressed,
    /// The body is not what the call answers with.
    #[error("the body cannot be read")]
    Unreadable(#[source] Box<dyn Error + Send + Sync>),
    /// The HTTP status, and the gateway's word for it where it gave one.
    #[error("HTTP status {status}, {detail}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The gateway's own word, such as `ServiceNotAvailable`, or `no detail`.
        detail: String,
    },
    /// The token store failed.
    #[error("the token store failed")]
    Tokens(#[source] Box<dyn Error + Send + Sync>),
    /// The sign-in service answered with an OAuth2 error code, such as `invalid_grant`.
    #[error("the sign-in service answered {code}")]
    SignIn {
        /// The OAuth2 error code.
        code: String,
    },
}

/// A failure on its way to the port: what the port says, and why.
#[derive(Debug)]
pub(crate) struct Fail {
    pub(crate) failure: Failure,
    pub(crate) source: Option<XpmError>,
}

impl Fail {
    pub(crate) fn new(failure: Failure, source: XpmError) -> Self {
        Self {
            failure,
            source: Some(source),
        }
    }

    /// A failure that has no cause beneath it.
    pub(crate) fn plain(failure: Failure) -> Self {
        Self {
            failure,
            source: None,
        }
    }

    pub(crate) fn observed(self, observed: Observed) -> GatewayError {
        GatewayError {
            failure: self.failure,
            observed,
            source: self
                .source
                .map(|source| Box::new(source) as Box<dyn Error + Send + Sync>),
        }
    }
}
