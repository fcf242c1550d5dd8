//! Connecting a practice to XPM, and disconnecting it.

use std::fmt;

use oauth2::{CsrfToken, PkceCodeVerifier};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;
use workflow_core::ids::PracticeId;
use workflow_core::ports::tokens::{Connection, TokenStoreError};

use crate::Xpm;
use crate::error::XpmError;
use crate::exchange::{Broken, Reply, exchange};
use crate::oauth::{Grant, NoGrant};
use crate::words::one_line;

/// The longest list of connections.
pub(crate) const CONNECTIONS: usize = 1 << 20;
/// How often another writer may be first.
const ROUNDS: u32 = 3;

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

/// A consent that covers several tenants, before one is chosen: pass it to [`Xpm::choose_tenant`].
/// It holds tokens, lives in memory only, and its `Debug` shows none of them.
#[derive(Debug)]
pub struct Unchosen {
    practice: PracticeId,
    tenants: Vec<Tenant>,
    connection: Connection,
}

impl Unchosen {
    /// The tenants to choose from.
    #[must_use]
    pub fn tenants(&self) -> &[Tenant] {
        &self.tenants
    }
}

/// A consent that a person was sent off to give: keep it, under the person's session, until the
/// browser comes back, and pass it to [`Xpm::finish_authorization`]. `Debug` shows no secret.
#[derive(Debug)]
pub struct Pending {
    practice: PracticeId,
    redirect: Url,
    state: CsrfToken,
    verifier: PkceCodeVerifier,
}

impl Pending {
    /// The practice that is being connected.
    #[must_use]
    pub fn practice(&self) -> &PracticeId {
        &self.practice
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
    /// The consent covers several XPM practices: one must be chosen.
    #[error("the consent covers several XPM practices, choose one: {}", names(.0.tenants()))]
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

impl Xpm {
    /// Connects a practice with a refresh token that was got elsewhere: the token is refreshed, the
    /// practice's tenant is found, and the connection is saved, in place of any that was there.
    ///
    /// The token given is used up. Xero lets it work for 30 more minutes, so that a failure after
    /// the refresh can be mended by calling again with the same token.
    ///
    /// ```no_run
    /// # async fn connect(xpm: xpm_adapter::Xpm, token: secrecy::SecretString) {
    /// use xpm_adapter::ConnectError;
    ///
    /// let practice = "acme".parse().expect("a practice's name");
    /// match xpm.connect_with_refresh_token(&practice, &token, None).await {
    ///     Ok(tenant) => println!("connected to {tenant}"),
    ///     Err(ConnectError::SeveralTenants(unchosen)) => {
    ///         println!("choose one of {:?}", unchosen.tenants());
    ///     }
    ///     Err(error) => println!("not connected: {error}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConnectError::Refused`] when the token is not accepted; [`ConnectError::NoTenant`],
    /// [`ConnectError::SeveralTenants`] (where `tenant` is `None`) and [`ConnectError::OtherTenant`]
    /// when the consent covers no XPM practice, several, or not the one asked for;
    /// [`ConnectError::NoAnswer`] when Xero cannot be asked; [`ConnectError::Store`] when the
    /// connection cannot be saved.
    pub async fn connect_with_refresh_token(
        &self,
        practice: &PracticeId,
        refresh: &SecretString,
        tenant: Option<Uuid>,
    ) -> Result<Tenant, ConnectError> {
        let grant = self.inner.sign_in.refresh(refresh).await;
        self.settle(practice, refresh, grant, tenant).await
    }

    /// Where to send the browser of a person who connects a practice, and what to keep until it
    /// comes back to `redirect` with a code. Nothing is sent. The proof that the same party asks for
    /// the tokens (PKCE) and the state are new at each call.
    ///
    /// ```no_run
    /// # async fn connect(
    /// #     xpm: xpm_adapter::Xpm,
    /// #     code: secrecy::SecretString,
    /// #     state: String,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let practice = "acme".parse()?;
    /// let redirect = "https://practice.example/xpm/callback".parse()?;
    /// let (url, pending) = xpm.authorize_url(&practice, &redirect);
    /// // Keep `pending` with the person's session, send the browser to `url`, and when it comes
    /// // back to `redirect` with a code and a state:
    /// let tenant = xpm.finish_authorization(pending, &code, &state).await?;
    /// println!("connected to {tenant}");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn authorize_url(&self, practice: &PracticeId, redirect: &Url) -> (Url, Pending) {
        let (url, state, verifier) = self.inner.sign_in.authorize(redirect);
        let pending = Pending {
            practice: practice.clone(),
            redirect: redirect.clone(),
            state,
            verifier,
        };
        (url, pending)
    }

    /// Finishes what [`Xpm::authorize_url`] began, with the `code` and the `state` that the browser
    /// brought back, and saves the connection.
    ///
    /// # Errors
    ///
    /// [`ConnectError::WrongState`] when the state is not the pending one, and nothing is sent;
    /// otherwise as [`Xpm::connect_with_refresh_token`]. A code works once: after an error other
    /// than [`ConnectError::SeveralTenants`] the person begins again.
    pub async fn finish_authorization(
        &self,
        pending: Pending,
        code: &SecretString,
        state: &str,
    ) -> Result<Tenant, ConnectError> {
        if pending.state.secret() != state {
            return Err(ConnectError::WrongState);
        }
        let grant = self
            .inner
            .sign_in
            .exchange_code(code, &pending.redirect, pending.verifier)
            .await;
        let none = SecretString::default();
        self.settle(&pending.practice, &none, grant, None).await
    }

    /// Saves the connection of a consent that covers several tenants, for the one chosen.
    ///
    /// # Errors
    ///
    /// [`ConnectError::OtherTenant`] when the consent does not cover `tenant`;
    /// [`ConnectError::Store`] when the connection cannot be saved.
    pub async fn choose_tenant(
        &self,
        unchosen: Unchosen,
        tenant: Uuid,
    ) -> Result<Tenant, ConnectError> {
        let chosen = unchosen.tenants.into_iter().find(|t| t.id == tenant);
        let chosen = chosen.ok_or(ConnectError::OtherTenant { asked: tenant })?;
        self.save(&unchosen.practice, unchosen.connection, chosen)
            .await
    }

    /// Revokes a practice's consent at Xero and forgets its connection. The connection is forgotten
    /// even where Xero cannot be told.
    ///
    /// Xero revokes every tenant that was authorised in the same consent.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Store`] when the store cannot be read or written. A connection that cannot be
    /// decrypted is forgotten without being revoked.
    pub async fn disconnect(&self, practice: &PracticeId) -> Result<Disconnected, ConnectError> {
        let gate = self.inner.gate(practice);
        let mut state = gate.enter().await;
        let outcome = match self.inner.tokens.connection(practice).await {
            Ok(None) => return Ok(Disconnected::NotConnected),
            Ok(Some((connection, _))) => {
                match self.inner.sign_in.revoke(&connection.refresh).await {
                    Ok(()) => Disconnected::Revoked,
                    Err(broken) => Disconnected::OnlyForgotten {
                        reason: broken.text,
                    },
                }
            }
            Err(error @ TokenStoreError::Sealed { .. }) => Disconnected::OnlyForgotten {
                reason: error.to_string(),
            },
            Err(error) => return Err(ConnectError::Store(error)),
        };
        let forgotten = self.inner.tokens.forget_connection(practice).await;
        forgotten.map_err(ConnectError::Store)?;
        state.clear();
        Ok(outcome)
    }

    /// Finds the tenant of new tokens and saves both.
    async fn settle(
        &self,
        practice: &PracticeId,
        refresh: &SecretString,
        grant: Result<Grant, NoGrant>,
        tenant: Option<Uuid>,
    ) -> Result<Tenant, ConnectError> {
        let grant = grant.map_err(|none| match none {
            NoGrant::Refused(code) => ConnectError::Refused { code },
            NoGrant::NoAnswer(broken) => no_answer(broken),
        })?;
        let tenants = self.tenants(&grant.access).await?;
        let blank = Connection {
            tenant: Uuid::nil(),
            tenant_name: None,
            access: None,
            refresh: refresh.clone(),
            refreshed_at: self.inner.clock.now(),
        };
        let connection = self.inner.rotated(&blank, grant);
        let chosen = match (tenant, &tenants[..]) {
            (_, []) => return Err(ConnectError::NoTenant),
            (None, [only]) => only.clone(),
            (None, _) => {
                return Err(ConnectError::SeveralTenants(Box::new(Unchosen {
                    practice: practice.clone(),
                    tenants,
                    connection,
                })));
            }
            (Some(asked), tenants) => tenants
                .iter()
                .find(|tenant| tenant.id == asked)
                .cloned()
                .ok_or(ConnectError::OtherTenant { asked })?,
        };
        self.save(practice, connection, chosen).await
    }

    async fn save(
        &self,
        practice: &PracticeId,
        connection: Connection,
        tenant: Tenant,
    ) -> Result<Tenant, ConnectError> {
        let connection = Connection {
            tenant: tenant.id,
            tenant_name: tenant.name.clone(),
            ..connection
        };
        let tokens = &self.inner.tokens;
        let gate = self.inner.gate(practice);
        let mut state = gate.enter().await;
        let mut rounds = ROUNDS;
        loop {
            rounds -= 1;
            let found = tokens.connection(practice).await;
            let expected = found.map_err(ConnectError::Store)?.map(|(_, r)| r);
            match tokens
                .save_connection(practice, &connection, expected)
                .await
            {
                Ok(_) => {
                    state.clear();
                    return Ok(tenant);
                }
                // A person has just decided: the other writer's token gives way.
                Err(TokenStoreError::Rotated) if rounds > 0 => {}
                Err(error) => return Err(ConnectError::Store(error)),
            }
        }
    }

    /// The XPM tenants that an access token reaches.
    async fn tenants(&self, access: &SecretString) -> Result<Vec<Tenant>, ConnectError> {
        let mut url = self.inner.api.clone();
        url.set_path(&format!("{}connections", self.inner.api.path()));
        let request = self
            .inner
            .http
            .request(Method::GET, url)
            .timeout(self.inner.time_out)
            .bearer_auth(access.expose_secret())
            .header("accept", "application/json")
            .build()
            .map_err(|error| ConnectError::NoAnswer {
                text: "the request could not be made".to_owned(),
                source: XpmError::Connect(Box::new(error.without_url())),
            })?;
        let reply = exchange(&self.inner.http, request, CONNECTIONS)
            .await
            .map_err(|none| no_answer(none.into_broken()))?;
        practices(reply)
    }
}

/// The XPM practices among the connections of an answer.
pub(crate) fn practices(reply: Reply) -> Result<Vec<Tenant>, ConnectError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        tenant_id: Uuid,
        tenant_type: String,
        tenant_name: Option<String>,
    }
    if reply.status != 200 {
        return Err(ConnectError::NoAnswer {
            text: format!("HTTP status {} for the list of connections", reply.status),
            source: XpmError::Status {
                status: reply.status,
                detail: "no detail".to_owned(),
            },
        });
    }
    let body = reply.body.map_err(no_answer)?;
    let items: Vec<Item> =
        serde_json::from_slice(&body).map_err(|error| ConnectError::NoAnswer {
            text: "the list of connections could not be read".to_owned(),
            source: XpmError::Unreadable(Box::new(error)),
        })?;
    let practices = items
        .into_iter()
        .filter(|item| item.tenant_type == "PRACTICEMANAGER");
    let tenants = practices.map(|item| Tenant {
        id: item.tenant_id,
        name: item.tenant_name.map(|name| one_line(&name)),
    });
    Ok(tenants.collect())
}

fn no_answer(broken: Broken) -> ConnectError {
    ConnectError::NoAnswer {
        text: broken.text,
        source: broken.error,
    }
}
