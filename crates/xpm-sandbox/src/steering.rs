//! What a test steers: limits, guesses, tokens, held calls; and the requests that it waits for.

use crate::holds::{Hold, HoldAt};
use crate::inferred::Guesses;
use crate::journal::JournalError;
use crate::kind::CallKind;
use crate::limits::Limits;
use crate::requests::Request;
use crate::state::SandboxState;
use crate::web::Consents;
use crate::world::Change;

impl SandboxState {
    /// The rate limits in force.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.inner.traffic().meter.limits()
    }

    /// Puts other rate limits in force; what was counted stays.
    pub fn set_limits(&self, limits: Limits) {
        self.inner.traffic().meter.set_limits(limits);
    }

    /// What is done where nobody knows what XPM does.
    #[must_use]
    pub fn guesses(&self) -> Guesses {
        self.inner.guesses()
    }

    /// Does otherwise from now on. It is not kept in the data file.
    pub fn set_guesses(&self, guesses: Guesses) {
        self.inner.set_guesses(guesses);
    }

    /// How the authorise endpoint gives a consent.
    #[must_use]
    pub fn consents(&self) -> Consents {
        self.inner.consents()
    }

    /// Has a person asked for each consent from now on, or nobody. It is not kept in the data file.
    pub fn set_consents(&self, consents: Consents) {
        self.inner.set_consents(consents);
    }

    /// Ends every access token that was handed out, as half an hour does.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn expire_access_tokens(&self) -> Result<(), JournalError> {
        self.record(vec![Change::AccessEnded(self.now())])
    }

    /// Voids every refresh token that was handed out, as sixty days do.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn expire_refresh_tokens(&self) -> Result<(), JournalError> {
        self.record(vec![Change::RefreshEnded])
    }

    /// Ends the connection and voids its tokens, as somebody does who disconnects the app in Xero.
    /// Without a connection nothing happens.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn revoke(&self) -> Result<(), JournalError> {
        let mut ledger = self.inner.ledger();
        let consent = ledger.world().connection.as_ref().map(|row| row.auth_event);
        match consent {
            Some(consent) => ledger.record(vec![Change::Revoked(consent)]),
            None => Ok(()),
        }
    }

    /// The last requests, the newest first; at most a thousand are kept.
    #[must_use]
    pub fn requests(&self, count: usize) -> Vec<Request> {
        self.inner.requests().last(count)
    }

    /// Waits until so many requests have ended since the start or the last reset, of one kind or of
    /// all, and returns how many have.
    pub async fn requests_reach(&self, kind: Option<CallKind>, count: u64) -> u64 {
        let mut told = self.inner.requests().subscribe();
        loop {
            let ended = self.inner.requests().ended_of(kind);
            // The sender lives as long as `self`, so waiting cannot fail.
            if ended >= count || told.changed().await.is_err() {
                return ended;
            }
        }
    }

    /// Holds the calls of a kind from now on, until [`SandboxState::release`].
    pub fn hold(&self, kind: CallKind, at: HoldAt) {
        self.inner.holds.hold(kind, at);
    }

    /// Lets the held calls of a kind go, or all, and holds no further ones.
    pub fn release(&self, kind: Option<CallKind>) {
        self.inner.holds.release(kind);
    }

    /// The kinds of call that are held, and how many wait.
    #[must_use]
    pub fn holds(&self) -> Vec<Hold> {
        self.inner.holds.all()
    }

    /// Waits until so many calls of a kind are held.
    pub async fn held(&self, kind: CallKind, count: usize) {
        self.inner.holds.reached(kind, count).await;
    }
}
