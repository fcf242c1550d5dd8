//! Connecting a practice to XPM, and disconnecting it.

use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;
use workflow_core::ids::PracticeId;
use workflow_core::ports::tokens::{Connection, Organisation, TokenStoreError};

use crate::Xpm;
use crate::consent::{ConnectError, Disconnected, Pending, Tenant, Unchosen};
use crate::error::XpmError;
use crate::exchange::{Broken, Reply, exchange};
use crate::oauth::{Grant, NoGrant};
use crate::words::one_line;

/// The longest list of connections.
pub(crate) const CONNECTIONS: usize = 1 << 20;
/// How often another writer may be first.
const ROUNDS: u32 = 3;

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
        let unchosen = self.consented(practice, refresh, grant).await?;
        self.settle(unchosen, tenant).await
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
    /// [`ConnectError::SeveralTenants`] where the consent covers several XPM practices or several
    /// Xero organisations; otherwise as [`Xpm::connect_with_refresh_token`]. A code works once:
    /// after an error other than [`ConnectError::SeveralTenants`] the person begins again.
    pub async fn finish_authorization(
        &self,
        pending: Pending,
        code: &SecretString,
        state: &str,
    ) -> Result<Tenant, ConnectError> {
        if !pending.expects(state) {
            return Err(ConnectError::WrongState);
        }
        let grant = self
            .inner
            .sign_in
            .exchange_code(code, &pending.redirect, pending.verifier)
            .await;
        let none = SecretString::default();
        let unchosen = self.consented(&pending.practice, &none, grant).await?;
        if unchosen.tenants.len() > 1 || unchosen.organisations.len() > 1 {
            return Err(ConnectError::SeveralTenants(Box::new(unchosen)));
        }
        self.settle(unchosen, None).await
    }

    /// Saves the connection of a consent that covers several tenants, for the one chosen, and for
    /// the organisation chosen beside it, if any.
    ///
    /// # Errors
    ///
    /// [`ConnectError::OtherTenant`] when the consent does not cover `tenant` or `organisation`;
    /// [`ConnectError::Store`] when the connection cannot be saved.
    pub async fn choose_tenant(
        &self,
        unchosen: Unchosen,
        tenant: Uuid,
        organisation: Option<Uuid>,
    ) -> Result<Tenant, ConnectError> {
        let of = |all: &[Tenant], asked: Uuid| {
            let found = all.iter().find(|tenant| tenant.id == asked).cloned();
            found.ok_or(ConnectError::OtherTenant { asked })
        };
        let chosen = of(&unchosen.tenants, tenant)?;
        let organisation = organisation
            .map(|asked| of(&unchosen.organisations, asked))
            .transpose()?;
        self.save(unchosen, chosen, organisation).await
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

    /// What new tokens reach.
    async fn consented(
        &self,
        practice: &PracticeId,
        refresh: &SecretString,
        grant: Result<Grant, NoGrant>,
    ) -> Result<Unchosen, ConnectError> {
        let grant = grant.map_err(|none| match none {
            NoGrant::Refused(code) => ConnectError::Refused { code },
            NoGrant::NoAnswer(broken) => no_answer(broken),
        })?;
        let (tenants, organisations) = self.tenants(&grant.access).await?;
        if tenants.is_empty() {
            return Err(ConnectError::NoTenant);
        }
        let blank = Connection {
            tenant: Uuid::nil(),
            tenant_name: None,
            access: None,
            refresh: refresh.clone(),
            refreshed_at: self.inner.clock.now(),
            organisation: None,
        };
        Ok(Unchosen {
            practice: practice.clone(),
            tenants,
            organisations,
            connection: self.inner.rotated(&blank, grant),
        })
    }

    /// Saves the connection where it is clear for which tenant. An organisation is kept where there
    /// is one alone.
    async fn settle(
        &self,
        unchosen: Unchosen,
        tenant: Option<Uuid>,
    ) -> Result<Tenant, ConnectError> {
        let organisation = match &unchosen.organisations[..] {
            [only] => Some(only.id),
            _ => None,
        };
        match (tenant, &unchosen.tenants[..]) {
            (Some(asked), _) => self.choose_tenant(unchosen, asked, organisation).await,
            (None, [only]) => {
                let only = only.id;
                self.choose_tenant(unchosen, only, organisation).await
            }
            (None, _) => Err(ConnectError::SeveralTenants(Box::new(unchosen))),
        }
    }

    async fn save(
        &self,
        unchosen: Unchosen,
        tenant: Tenant,
        organisation: Option<Tenant>,
    ) -> Result<Tenant, ConnectError> {
        let practice = &unchosen.practice;
        let connection = Connection {
            tenant: tenant.id,
            tenant_name: tenant.name.clone(),
            organisation: organisation.map(|of| Organisation {
                tenant: of.id,
                name: of.name,
            }),
            ..unchosen.connection
        };
        let tokens = &self.inner.tokens;
        let gate = self.inner.gate(practice);
        let mut state = gate.enter().await;
        let mut rounds = ROUNDS;
        loop {
            rounds -= 1;
            let expected = match tokens.connection(practice).await {
                Ok(found) => found.map(|(_, rotation)| rotation),
                // Its key was lost: nobody can use it any more, and it gives way.
                Err(TokenStoreError::Sealed { .. }) => {
                    let forgotten = tokens.forget_connection(practice).await;
                    forgotten.map_err(ConnectError::Store)?;
                    None
                }
                Err(error) => return Err(ConnectError::Store(error)),
            };
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

    /// The XPM tenants and the Xero organisations that an access token reaches.
    async fn tenants(
        &self,
        access: &SecretString,
    ) -> Result<(Vec<Tenant>, Vec<Tenant>), ConnectError> {
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
        listed(reply)
    }
}

/// The XPM practices and the Xero organisations among the connections of an answer.
pub(crate) fn listed(reply: Reply) -> Result<(Vec<Tenant>, Vec<Tenant>), ConnectError> {
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
    if reply.is_markup() {
        return Err(ConnectError::NoAnswer {
            text: "the list of connections is XML or a web page, where JSON is due".to_owned(),
            source: XpmError::Unreadable("markup where JSON is due".into()),
        });
    }
    let body = reply.body.map_err(no_answer)?;
    let items: Vec<Item> =
        serde_json::from_slice(&body).map_err(|error| ConnectError::NoAnswer {
            text: "the list of connections could not be read".to_owned(),
            source: XpmError::Unreadable(Box::new(error)),
        })?;
    let (mut practices, mut organisations) = (Vec::new(), Vec::new());
    for item in items {
        let of_its_kind = match item.tenant_type.as_str() {
            "PRACTICEMANAGER" => &mut practices,
            "ORGANISATION" => &mut organisations,
            _ => continue,
        };
        of_its_kind.push(Tenant {
            id: item.tenant_id,
            name: item.tenant_name.map(|name| one_line(&name)),
        });
    }
    Ok((practices, organisations))
}

fn no_answer(broken: Broken) -> ConnectError {
    ConnectError::NoAnswer {
        text: broken.text,
        source: broken.error,
    }
}
