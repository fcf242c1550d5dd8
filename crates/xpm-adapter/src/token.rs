//! The access token of each practice: fresh, refreshed by one at a time, saved before it is used.
//!
//! A refresh token is used up by its use, so two refreshes at once would end in `invalid_grant`. One
//! gate for each practice lets one through; whoever waited takes what came of it, a failure too. A
//! refresh runs in a task of its own, so that a caller who is cancelled half-way does not lose the
//! token that is on its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;
use workflow_core::ids::PracticeId;
use workflow_core::ports::gateway::Failure;
use workflow_core::ports::tokens::{AccessToken, Connection, Rotation, TokenStoreError};

use crate::Inner;
use crate::error::{Fail, XpmError};
use crate::oauth::{Grant, NoGrant};

/// How long before its end a token is replaced.
const AHEAD: chrono::TimeDelta = chrono::TimeDelta::minutes(2);
/// How often another writer may be first before the caller is told to come back later.
const ROUNDS: u32 = 3;

/// What a call needs to be let in.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    pub(crate) token: SecretString,
    pub(crate) tenant: Uuid,
}

/// The gate of one practice.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// How many refreshes have ended: who waited meanwhile sees it rise.
    ended: AtomicU64,
    state: Arc<Mutex<GateState>>,
}

/// What is remembered between refreshes.
#[derive(Debug, Default)]
pub(crate) struct GateState {
    /// The failure of the last refresh, for those who waited for it.
    failed: Option<Failure>,
    /// A refresh token that was refused, and the error code: asking again would not help.
    dead: Option<(SecretString, String)>,
    /// Tokens that were received and could not be saved, and the refresh token that they replace.
    unsaved: Option<(SecretString, Connection)>,
}

impl GateState {
    /// Forgets what concerned another connection.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Gate {
    pub(crate) async fn enter(&self) -> OwnedMutexGuard<GateState> {
        Arc::clone(&self.state).lock_owned().await
    }
}

impl Inner {
    /// The gate of a practice.
    pub(crate) fn gate(&self, practice: &PracticeId) -> Arc<Gate> {
        let mut gates = match self.gates.lock() {
            Ok(gates) => gates,
            // The map is whole whatever happened to whoever held it.
            Err(poisoned) => poisoned.into_inner(),
        };
        Arc::clone(gates.entry(practice.clone()).or_default())
    }

    /// A token that works, as far as can be known; never the one that was just `rejected`.
    ///
    /// It takes no longer than one request may take: nothing of the caller's has been sent before
    /// it, so running out of time is a definite no.
    pub(crate) async fn bearer(
        self: &Arc<Self>,
        practice: &PracticeId,
        rejected: Option<&SecretString>,
    ) -> Result<Bearer, Fail> {
        let found = tokio::time::timeout(self.time_out, self.find_bearer(practice, rejected)).await;
        found.unwrap_or_else(|_| Err(later("no access token was ready in time")))
    }

    async fn find_bearer(
        self: &Arc<Self>,
        practice: &PracticeId,
        rejected: Option<&SecretString>,
    ) -> Result<Bearer, Fail> {
        let (connection, _) = self.connection(practice).await?;
        if let Some(bearer) = self.usable(&connection, rejected) {
            return Ok(bearer);
        }
        let gate = self.gate(practice);
        let ended = gate.ended.load(Ordering::Acquire);
        let state = gate.enter().await;
        let waited = gate.ended.load(Ordering::Acquire) > ended;
        if waited && let Some(failure) = &state.failed {
            return Err(Fail::plain(failure.clone()));
        }
        let refresh = Refresh {
            inner: Arc::clone(self),
            practice: practice.clone(),
            rejected: rejected.cloned(),
            gate,
        };
        match tokio::spawn(refresh.run(state)).await {
            Ok(result) => result,
            Err(_) => Err(later("the refresh of the access token was stopped")),
        }
    }

    async fn connection(&self, practice: &PracticeId) -> Result<(Connection, Rotation), Fail> {
        match self.tokens.connection(practice).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(Fail::plain(Failure::NotConnected {
                text: "it has no connection".to_owned(),
            })),
            Err(error) => Err(store(error)),
        }
    }

    /// The connection's access token, unless it was rejected or is about to end.
    fn usable(&self, connection: &Connection, rejected: Option<&SecretString>) -> Option<Bearer> {
        let access = connection.access.as_ref()?;
        let rejected = rejected.is_some_and(|rejected| same(rejected, &access.secret));
        (!rejected && access.expires_at - AHEAD > self.clock.now()).then(|| Bearer {
            token: access.secret.clone(),
            tenant: connection.tenant,
        })
    }

    /// The connection that follows from new tokens.
    pub(crate) fn rotated(&self, old: &Connection, grant: Grant) -> Connection {
        let now = self.clock.now();
        let lifetime = chrono::TimeDelta::from_std(grant.lifetime).unwrap_or(AHEAD);
        Connection {
            access: Some(AccessToken {
                secret: grant.access,
                expires_at: now.checked_add_signed(lifetime).unwrap_or(now),
            }),
            refresh: grant.refresh.unwrap_or_else(|| old.refresh.clone()),
            refreshed_at: now,
            ..old.clone()
        }
    }
}

/// One refresh, with all that it needs to go on when its caller is gone.
struct Refresh {
    inner: Arc<Inner>,
    practice: PracticeId,
    rejected: Option<SecretString>,
    gate: Arc<Gate>,
}

impl Refresh {
    async fn run(self, mut state: OwnedMutexGuard<GateState>) -> Result<Bearer, Fail> {
        let result = self.rounds(&mut state).await;
        state.failed = result.as_ref().err().map(|fail| fail.failure.clone());
        self.gate.ended.fetch_add(1, Ordering::Release);
        result
    }

    async fn rounds(&self, state: &mut GateState) -> Result<Bearer, Fail> {
        for _ in 0..ROUNDS {
            let (connection, rotation) = self.inner.connection(&self.practice).await?;
            // Somebody else may have been here while this one waited.
            if let Some(bearer) = self.inner.usable(&connection, self.rejected.as_ref()) {
                return Ok(bearer);
            }
            if let Some(bearer) = self.once(state, &connection, rotation).await? {
                return Ok(bearer);
            }
        }
        Err(later("the connection keeps being replaced"))
    }

    /// One refresh of what is stored; `None` where the store has meanwhile something else.
    async fn once(
        &self,
        state: &mut GateState,
        connection: &Connection,
        rotation: Rotation,
    ) -> Result<Option<Bearer>, Fail> {
        let next = match state.unsaved.take() {
            Some((replaced, next)) if same(&replaced, &connection.refresh) => next,
            _ => match self.fetch(state, connection, rotation).await? {
                Some(next) => next,
                None => return Ok(None),
            },
        };
        let saved = self
            .inner
            .tokens
            .save_connection(&self.practice, &next, Some(rotation))
            .await;
        match saved {
            Ok(_) => Ok(self.accept(&next)),
            Err(TokenStoreError::Rotated) => Ok(None),
            Err(error) => {
                // The service has rotated: what it gave is the only token that will work for long.
                state.unsaved = Some((connection.refresh.clone(), next));
                Err(store(error))
            }
        }
    }

    async fn fetch(
        &self,
        state: &mut GateState,
        connection: &Connection,
        rotation: Rotation,
    ) -> Result<Option<Connection>, Fail> {
        if let Some((token, code)) = &state.dead
            && same(token, &connection.refresh)
        {
            return Err(ended(code));
        }
        match self.inner.sign_in.refresh(&connection.refresh).await {
            Ok(grant) => Ok(Some(self.inner.rotated(connection, grant))),
            Err(NoGrant::NoAnswer(broken)) => Err(Fail::new(
                Failure::Unreachable { text: broken.text },
                broken.error,
            )),
            Err(NoGrant::Refused(code)) if code == "invalid_grant" => {
                let (_, current) = self.inner.connection(&self.practice).await?;
                if current != rotation {
                    return Ok(None);
                }
                state.dead = Some((connection.refresh.clone(), code.clone()));
                Err(ended(&code))
            }
            Err(NoGrant::Refused(code)) => Err(ended(&code)),
        }
    }

    /// A token that was only just issued is used even where it is short-lived, but never where it
    /// is the one that was rejected.
    fn accept(&self, connection: &Connection) -> Option<Bearer> {
        let access = connection.access.as_ref()?;
        let rejected = self.rejected.as_ref();
        (!rejected.is_some_and(|rejected| same(rejected, &access.secret))
            && access.expires_at > self.inner.clock.now())
        .then(|| Bearer {
            token: access.secret.clone(),
            tenant: connection.tenant,
        })
    }
}

fn same(a: &SecretString, b: &SecretString) -> bool {
    a.expose_secret() == b.expose_secret()
}

/// The sign-in service will not renew the connection.
fn ended(code: &str) -> Fail {
    let text = match code {
        "invalid_grant" => "the connection has expired or was revoked".to_owned(),
        "invalid_client" | "unauthorized_client" => {
            format!("Xero does not accept this application's client id and secret ({code})")
        }
        other => format!("the sign-in service answered {other}"),
    };
    let code = code.to_owned();
    Fail::new(Failure::NotConnected { text }, XpmError::SignIn { code })
}

/// Nothing was sent, and the same may work later.
fn later(text: &str) -> Fail {
    Fail::plain(Failure::Unreachable {
        text: text.to_owned(),
    })
}

fn store(error: TokenStoreError) -> Fail {
    let text = error.to_string();
    let failure = match error {
        TokenStoreError::Sealed { .. } => Failure::NotConnected { text },
        _ => Failure::Unreachable { text },
    };
    Fail::new(failure, XpmError::Tokens(Box::new(error)))
}
