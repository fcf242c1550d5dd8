//! The token store: connections are kept sealed, and saved by the database's owner alone.

use async_trait::async_trait;
use rusqlite::{Connection as Db, Row, params};
use workflow_core::ids::PracticeId;
use workflow_core::ports::tokens::{Connection, Rotation, TokenStore, TokenStoreError};

use crate::batch::{Outage, Stop};
use crate::commit::start;
use crate::lease::current_epoch;
use crate::rows;
use crate::seal::{self, Sealed, closed};
use crate::seat::Seat;
use crate::sql::owner;
use crate::store::SqliteStore;

pub(crate) type Outcome<T> = Result<T, Stop<TokenStoreError>>;

const NO_KEY: &str = "the store was opened without the master key";

impl From<TokenStoreError> for Stop<TokenStoreError> {
    fn from(refusal: TokenStoreError) -> Self {
        Self::Refused(refusal)
    }
}

/// Why a guest cannot change connections.
#[derive(Debug, thiserror::Error)]
#[error("{owner} owns the database, and only its owner may hold connections")]
struct NotOwner {
    owner: String,
}

#[async_trait]
impl TokenStore for SqliteStore {
    async fn connection(
        &self,
        practice: &PracticeId,
    ) -> Result<Option<(Connection, Rotation)>, TokenStoreError> {
        let of = practice.clone();
        let read = self.inner.engine.read(move |db| read(db, &of)).await;
        let found = answered(read.map(|answer| match answer {
            Ok(found) => Ok(Ok(found)),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Surprise(error)) => Err(Outage::from(error)),
        }))?;
        let Some((rotation, Some(sealed))) = found else {
            return Ok(None);
        };
        let key = self.inner.key.as_ref().ok_or_else(|| closed(NO_KEY))?;
        let connection = seal::unseal(key, practice, rotation, &sealed)?;
        Ok(Some((connection, rotation)))
    }

    async fn save_connection(
        &self,
        practice: &PracticeId,
        connection: &Connection,
        expected: Option<Rotation>,
    ) -> Result<Rotation, TokenStoreError> {
        let key = self.inner.key.clone().ok_or_else(|| closed(NO_KEY))?;
        let (seat, of) = (self.inner.seat.clone(), practice.clone());
        let connection = connection.clone();
        let save = move |db: &Db| -> Outcome<Rotation> {
            check_owner(db, &seat)?;
            let found = read(db, &of)?;
            let last = found
                .as_ref()
                .map_or(Rotation(0), |(rotation, _)| *rotation);
            let current = found.and_then(|(rotation, sealed)| sealed.map(|_| rotation));
            if current != expected {
                return Err(TokenStoreError::Rotated.into());
            }
            let next = Rotation(last.0 + 1);
            let sealed = seal::seal(&key, &of, next, &connection)?;
            start(db, &of)?;
            db.prepare_cached(owner::PUT_CONNECTION)?.execute(params![
                of.as_str(),
                rows::integer(next.0),
                seal::FORMAT,
                sealed.nonce,
                sealed.bytes,
            ])?;
            Ok(next)
        };
        answered(Ok(self.inner.engine.write(save).await))
    }

    async fn forget_connection(&self, practice: &PracticeId) -> Result<(), TokenStoreError> {
        let (seat, of) = (self.inner.seat.clone(), practice.clone());
        let forget = move |db: &Db| -> Outcome<()> {
            check_owner(db, &seat)?;
            let mut statement = db.prepare_cached(owner::FORGET_CONNECTION)?;
            statement.execute(params![of.as_str()])?;
            Ok(())
        };
        answered(Ok(self.inner.engine.write(forget).await))
    }
}

/// Makes one answer of the three ways in which a call can end.
pub(crate) fn answered<T>(
    answer: Result<Result<Result<T, TokenStoreError>, Outage>, Outage>,
) -> Result<T, TokenStoreError> {
    match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(outage)) | Err(outage) => Err(TokenStoreError::Unavailable(Box::new(outage))),
    }
}

pub(crate) fn check_owner(db: &Db, seat: &Seat) -> Outcome<()> {
    if seat.epoch == Some(current_epoch(db)?) {
        return Ok(());
    }
    let owner = seat.owner();
    Err(TokenStoreError::Unavailable(Box::new(NotOwner { owner })).into())
}

/// The rotation and what is sealed; `None` in its place where the connection was forgotten.
fn read(db: &Db, practice: &PracticeId) -> Outcome<Option<(Rotation, Option<Sealed>)>> {
    let mut statement = db.prepare_cached(owner::CONNECTION)?;
    let mut found = statement.query(params![practice.as_str()])?;
    found.next()?.map(sealed_in).transpose()
}

/// What a row of a connection holds.
pub(crate) fn sealed_in(row: &Row<'_>) -> Outcome<(Rotation, Option<Sealed>)> {
    let unreadable = |_| closed("its row cannot be read");
    let rotation: i64 = row.get(0).map_err(unreadable)?;
    let format: i64 = row.get(1).map_err(unreadable)?;
    let nonce: Option<Vec<u8>> = row.get(2).map_err(unreadable)?;
    let bytes: Option<Vec<u8>> = row.get(3).map_err(unreadable)?;
    if format != seal::FORMAT {
        return Err(closed("a newer program wrote it").into());
    }
    let rotation = u64::try_from(rotation).map_err(|_| closed("its rotation is negative"))?;
    let sealed = nonce
        .zip(bytes)
        .map(|(nonce, bytes)| Sealed { nonce, bytes });
    Ok((Rotation(rotation), sealed))
}
