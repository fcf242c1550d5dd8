//! The session store: rows of the installation, which owners and guests alike may write.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{Connection as Db, Row, params};
use workflow_core::access::Account;
use workflow_core::deployment::Digest;
use workflow_core::ids::PracticeId;
use workflow_core::ports::sessions::{Session, SessionStore, SessionStoreError};
use workflow_core::text::Name;

use crate::batch::{Outage, Stop};
use crate::rows::{instant, stamp};
use crate::sql::session;
use crate::store::SqliteStore;

type Outcome<T> = Result<T, Stop<SessionStoreError>>;

impl From<SessionStoreError> for Stop<SessionStoreError> {
    fn from(refusal: SessionStoreError) -> Self {
        Self::Refused(refusal)
    }
}

impl SqliteStore {
    async fn write_session<T, F>(&self, run: F) -> Result<T, SessionStoreError>
    where
        T: Send + 'static,
        F: FnMut(&Db) -> Outcome<T> + Send + 'static,
    {
        let answer = self.inner.engine.write(run).await;
        answer.unwrap_or_else(|outage| Err(failed(outage)))
    }

    async fn read_session<T, F>(&self, run: F) -> Result<T, SessionStoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Db) -> Outcome<T> + Send + 'static,
    {
        match self.inner.engine.read(run).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Stop::Refused(refusal))) => Err(refusal),
            Ok(Err(Stop::Surprise(error))) => Err(failed(error.into())),
            Err(outage) => Err(failed(outage)),
        }
    }
}

fn failed(outage: Outage) -> SessionStoreError {
    SessionStoreError::Unavailable(Box::new(outage))
}

#[async_trait]
impl SessionStore for SqliteStore {
    async fn begin_session(
        &self,
        token: &Digest,
        session: &Session,
        replaces: Option<&Digest>,
    ) -> Result<(), SessionStoreError> {
        let (token, new, replaces) = (token.clone(), session.clone(), replaces.cloned());
        self.write_session(move |db| {
            execute(db, session::FORGET, &[&stamp(new.begun_at)])?;
            if let Some(replaced) = &replaces {
                execute(db, session::END, &[&replaced.as_str()])?;
            }
            execute(
                db,
                session::BEGIN,
                params![
                    token.as_str(),
                    new.subject.as_str(),
                    new.email.as_ref().map(Account::as_str),
                    new.name.as_str(),
                    new.practice.as_ref().map(PracticeId::as_str),
                    stamp(new.begun_at),
                    stamp(new.seen_at),
                    stamp(new.idle_until),
                    stamp(new.ends_at),
                ],
            )?;
            let limit = params![new.subject.as_str(), Session::MOST];
            execute(db, session::END_OLDEST, limit)?;
            Ok(())
        })
        .await
    }

    async fn session(
        &self,
        token: &Digest,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, SessionStoreError> {
        let token = token.clone();
        self.read_session(move |db| {
            let mut statement = db.prepare_cached(session::GET)?;
            let mut found = statement.query([token.as_str()])?;
            let found = found.next()?.map(|row| read(row)).transpose()?;
            Ok(found.filter(|session| session.stands_at(now)))
        })
        .await
    }

    async fn session_seen(
        &self,
        token: &Digest,
        seen_at: DateTime<Utc>,
        idle_until: DateTime<Utc>,
    ) -> Result<bool, SessionStoreError> {
        let token = token.clone();
        self.write_session(move |db| {
            let seen = params![token.as_str(), stamp(seen_at), stamp(idle_until)];
            Ok(execute(db, session::SEEN, seen)? > 0)
        })
        .await
    }

    async fn choose_practice(
        &self,
        token: &Digest,
        practice: &PracticeId,
    ) -> Result<bool, SessionStoreError> {
        let (token, practice) = (token.clone(), practice.clone());
        self.write_session(move |db| {
            let chosen = params![token.as_str(), practice.as_str()];
            Ok(execute(db, session::CHOOSE, chosen)? > 0)
        })
        .await
    }

    async fn end_session(&self, token: &Digest) -> Result<(), SessionStoreError> {
        let token = token.clone();
        self.write_session(move |db| {
            execute(db, session::END, &[&token.as_str()])?;
            Ok(())
        })
        .await
    }

    async fn sessions_of(
        &self,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<Vec<(Digest, Session)>, SessionStoreError> {
        let account = account.clone();
        self.read_session(move |db| {
            let mut statement = db.prepare_cached(session::OF)?;
            let mut found = statement.query([account.as_str()])?;
            let mut all = Vec::new();
            while let Some(row) = found.next()? {
                let session = read(row)?;
                if session.stands_at(now) {
                    all.push((token_of(row)?, session));
                }
            }
            Ok(all)
        })
        .await
    }

    async fn end_sessions_of(
        &self,
        account: &Account,
        but: Option<&Digest>,
    ) -> Result<u64, SessionStoreError> {
        let (account, but) = (account.clone(), but.cloned());
        self.write_session(move |db| {
            let but = but.as_ref().map_or("", Digest::as_str);
            let ended = execute(db, session::END_OF, params![account.as_str(), but])?;
            Ok(u64::try_from(ended).unwrap_or(u64::MAX))
        })
        .await
    }
}

fn execute(db: &Db, sql: &str, row: &[&dyn rusqlite::ToSql]) -> rusqlite::Result<usize> {
    db.prepare_cached(sql)?.execute(row)
}

fn damaged(what: &str) -> Stop<SessionStoreError> {
    let reason = format!("its {what} is none");
    Stop::Refused(SessionStoreError::Damaged { reason })
}

/// Reads a session; its token is the last column.
fn read(row: &Row<'_>) -> Outcome<Session> {
    let account = |text: String, what| text.parse::<Account>().map_err(|_| damaged(what));
    let email: Option<String> = row.get(1)?;
    let practice: Option<String> = row.get(3)?;
    let name: String = row.get(2)?;
    let at = |column| -> rusqlite::Result<DateTime<Utc>> { Ok(instant(row.get(column)?)) };
    Ok(Session {
        subject: account(row.get(0)?, "subject")?,
        email: email.map(|text| account(text, "e-mail")).transpose()?,
        name: Name::new(name).map_err(|_| damaged("name"))?,
        practice: practice
            .map(|text| text.parse().map_err(|_| damaged("practice")))
            .transpose()?,
        begun_at: at(4)?,
        seen_at: at(5)?,
        idle_until: at(6)?,
        ends_at: at(7)?,
    })
}

fn token_of(row: &Row<'_>) -> Outcome<Digest> {
    let token: String = row.get(8)?;
    Digest::from_hex(&token).ok_or_else(|| damaged("token"))
}
