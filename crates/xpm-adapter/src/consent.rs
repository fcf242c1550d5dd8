//! What a consent covers, what is kept while a person gives one, and why a practice could not be
//! connected.

use std::fmt;

use oauth2::{CsrfToken, PkceCodeVerifier};
use reqwest::Url;
use uuid::Uuid;
use workflow_core::ids::PracticeId;
use workflow_core::ports::tokens::{Connection, TokenStoreError};

use crate::error::XpmError;

/// An XPM tenant that a consent covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its UUID.
    pub id: Uuid,
    /// Its name; XPM often gives none.
    pub name: Option<String>,
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} ({})", self.id),
            None => self.id.fmt(f),
        }
    }
}

/// A consent that covers several tenants, before one is chosen: pass it to [`Xpm::choose_tenant`](crate::Xpm::choose_tenant).
/// It holds tokens, lives in memory only, and its `Debug` shows none of them.
#[derive(Debug)]
pub struct Unchosen {
    pub(crate) practice: PracticeId,
    pub(crate) tenants: Vec<Tenant>,
    pub(crate) organisations: Vec<Tenant>,
    pub(crate) connection: Connection,
}

impl Unchosen {
    /// The tenants to choose from.
    #[must_use]
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }

    /// The Xero organisations that the consent covers too: one of them may be kept for invoices.
    #[must_use]
    pub fn organisations(&self) -> &[Tenant] {
        &self.organisations
    }

    /// The practice that is being connected.
    #[must_use]
    pub fn practice(&self) -> &PracticeId {
        &self.practice
    }
}

/// A consent that a person was sent off to give: keep it, under the person's session, until the
/// browser comes back, and pass it to [`Xpm::finish_authorization`](crate::Xpm::finish_authorization). `Debug` shows no secret.
#[derive(Debug)]
pub struct Pending {
    pub(crate) practice: PracticeId,
    pub(crate) redirect: Url,
    pub(crate) state: CsrfToken,
    pub(crate) verifier: PkceCodeVerifier,
}

impl Pending {
    /// The practice that is being connected.
    #[must_use]
    pub fn practice(&self) -> &PracticeId {
        &self.practice
    }

    /// Whether an answer with this `state` is the one that is waited for.
    #[must_use]
    pub fn expects(&self, state: &str) -> bool {
        self.state.secret() == state
    }
}

/// Whether Xero was told that a practice disconnected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// There was no connection.
    NotConnected,
    /// The consent was revoked at Xero and the connection forgotten.
    Revoked,
    /// The connection was forgotten, but Xero could not be told: the consent ends there by itself
    /// after 60 days without use, or when a person removes it in Xero.
    OnlyForgotten {
        /// Why Xero could not be told.
        reason: String,
    },
}

/// Why a practice could not be connected or disconnected. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The sign-in service refused the code, the token or this application.
    #[error("the sign-in service answered {code}")]
    Refused {
        /// The OAuth2 error code, such as `invalid_grant`.
        code: String,
    },
    /// The `state` that came back is not the one that was sent: another consent was answered.
    #[error("the answer belongs to another consent; begin again")]
    WrongState,
    /// The person who consented has no XPM account that may connect applications.
    #[error(
        "the consent covers no XPM practice; the person needs the permission \
         \"Connect third-party add-ons\" in XPM"
    )]
    NoTenant,
    /// The tenant that was asked for is not covered by the consent.
    #[error("the consent does not cover the tenant {asked}")]
    OtherTenant {
        /// The tenant that was asked for.
        asked: Uuid,
    },
    /// The consent covers several XPM practices, of which one must be chosen, or, where a person
    /// can be asked, several Xero organisations.
    #[error("the consent covers several tenants, choose one: {}", names(.0.tenants()))]
    SeveralTenants(Box<Unchosen>),
    /// No answer that can be used came back. It may be tried again.
    #[error("Xero could not be asked: {text}")]
    NoAnswer {
        /// What happened.
        text: String,
        /// Why.
        #[source]
        source: XpmError,
    },
    /// The token store failed.
    #[error("the connection could not be kept")]
    Store(#[source] TokenStoreError),
}

fn names(tenants: &[Tenant]) -> String {
    let names: Vec<_> = tenants.iter().map(ToString::to_string).collect();
    names.join(", ")
}
