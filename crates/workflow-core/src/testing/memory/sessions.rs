//! How the memory store keeps sessions.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::MemoryStore;
use crate::access::Account;
use crate::deployment::Digest;
use crate::ids::PracticeId;
use crate::ports::sessions::{Session, SessionStore, SessionStoreError};

fn is_of(session: &Session, account: &Account) -> bool {
    session.accounts().any(|of| of == account)
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn begin_session(
        &self,
        token: &Digest,
        session: &Session,
        replaces: Option<&Digest>,
    ) -> Result<(), SessionStoreError> {
        let all = &mut self.lock().sessions;
        all.retain(|of, kept| Some(of) != replaces && kept.stands_at(session.begun_at));
        all.insert(token.clone(), session.clone());
        let mut theirs: Vec<_> = all
            .iter()
            .filter(|(_, kept)| kept.subject == session.subject)
            .map(|(of, kept)| (kept.begun_at, of.clone()))
            .collect();
        theirs.sort();
        let too_many = theirs.len().saturating_sub(Session::MOST as usize);
        for (_, of) in theirs.into_iter().take(too_many) {
            all.remove(&of);
        }
        Ok(())
    }

    async fn session(
        &self,
        token: &Digest,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, SessionStoreError> {
        let found = self.lock().sessions.get(token).cloned();
        Ok(found.filter(|session| session.stands_at(now)))
    }

    async fn session_seen(
        &self,
        token: &Digest,
        seen_at: DateTime<Utc>,
        idle_until: DateTime<Utc>,
    ) -> Result<bool, SessionStoreError> {
        let mut all = self.lock();
        let session = all.sessions.get_mut(token);
        let session = session.filter(|session| session.stands_at(seen_at));
        let Some(session) = session else {
            return Ok(false);
        };
        session.seen_at = seen_at;
        session.idle_until = idle_until;
        Ok(true)
    }

    async fn choose_practice(
        &self,
        token: &Digest,
        practice: &PracticeId,
    ) -> Result<bool, SessionStoreError> {
        let mut all = self.lock();
        let session = all.sessions.get_mut(token);
        Ok(session
            .map(|session| session.practice = Some(practice.clone()))
            .is_some())
    }

    async fn end_session(&self, token: &Digest) -> Result<(), SessionStoreError> {
        self.lock().sessions.remove(token);
        Ok(())
    }

    async fn sessions_of(
        &self,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Digest, Session)>, SessionStoreError> {
        let all = self.lock();
        let theirs = all.sessions.iter();
        let mut theirs: Vec<_> = theirs
            .filter(|(_, session)| session.stands_at(now) && is_of(session, account))
            .map(|(token, session)| (token.clone(), session.clone()))
            .collect();
        theirs.sort_by(|(a, one), (b, other)| (one.begun_at, a).cmp(&(other.begun_at, b)));
        Ok(theirs)
    }

    async fn end_sessions_of(
        &self,
        account: &Account,
        but: Option<&Digest>,
    ) -> Result<u64, SessionStoreError> {
        let all = &mut self.lock().sessions;
        let before = all.len();
        all.retain(|token, session| Some(token) == but || !is_of(session, account));
        Ok((before - all.len()) as u64)
    }
}
