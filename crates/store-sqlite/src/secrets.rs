//! The secret store: secrets are kept sealed, and written by the database's owner alone.

use async_trait::async_trait;
use rusqlite::{Connection as Db, OptionalExtension as _, params};
use secrecy::SecretString;
use workflow_core::ids::PracticeId;
use workflow_core::ports::secrets::{SecretStore, SecretStoreError};
use workflow_core::ports::tokens::TokenStoreError;

use crate::batch::{Outage, Stop};
use crate::commit::start;
use crate::seal::{self, Sealed, closed};
use crate::sql::owner;
use crate::store::SqliteStore;
use crate::tokens::{Outcome, answered, check_owner};

const NO_KEY: &str = "the store was opened without the master key";

/// Secrets are sealed as connections are, so they fail in the same ways.
fn failed(error: TokenStoreError) -> SecretStoreError {
    match error {
        TokenStoreError::Sealed { reason } => SecretStoreError::Sealed { reason },
        other => SecretStoreError::Unavailable(Box::new(other)),
    }
}

#[async_trait]
impl SecretStore for SqliteStore {
    async fn secret(
        &self,
        practice: &PracticeId,
        name: &str,
    ) -> Result<Option<SecretString>, SecretStoreError> {
        let (of, called) = (practice.clone(), name.to_owned());
        let read = move |db: &Db| one(db, &of, &called);
        let read = self.inner.engine.read(read).await;
        let found = answered(read.map(|answer| match answer {
            Ok(found) => Ok(Ok(found)),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Surprise(error)) => Err(Outage::from(error)),
        }));
        let Some(sealed) = found.map_err(failed)? else {
            return Ok(None);
        };
        let key = self.inner.key.as_ref();
        let key = key.ok_or(SecretStoreError::Sealed { reason: NO_KEY })?;
        let secret = seal::unseal_secret(key, practice, name, &sealed);
        secret.map(Some).map_err(failed)
    }

    async fn keep_secret(
        &self,
        practice: &PracticeId,
        name: &str,
        secret: &SecretString,
    ) -> Result<(), SecretStoreError> {
        let key = self.inner.key.as_ref();
        let key = key.ok_or(SecretStoreError::Sealed { reason: NO_KEY })?;
        let Sealed { nonce, bytes } =
            seal::seal_secret(key, practice, name, secret).map_err(failed)?;
        let (seat, of, name) = (self.inner.seat.clone(), practice.clone(), name.to_owned());
        let keep = move |db: &Db| -> Outcome<()> {
            check_owner(db, &seat)?;
            start(db, &of)?;
            let row = params![of.as_str(), name, seal::FORMAT, nonce, bytes];
            db.prepare_cached(owner::PUT_SECRET)?.execute(row)?;
            Ok(())
        };
        answered(Ok(self.inner.engine.write(keep).await)).map_err(failed)
    }

    async fn forget_secret(
        &self,
        practice: &PracticeId,
        name: &str,
    ) -> Result<(), SecretStoreError> {
        let (seat, of, name) = (self.inner.seat.clone(), practice.clone(), name.to_owned());
        let forget = move |db: &Db| -> Outcome<()> {
            check_owner(db, &seat)?;
            let mut statement = db.prepare_cached(owner::FORGET_SECRET)?;
            statement.execute(params![of.as_str(), name])?;
            Ok(())
        };
        answered(Ok(self.inner.engine.write(forget).await)).map_err(failed)
    }
}

fn sealed_in(format: i64, nonce: Vec<u8>, bytes: Vec<u8>) -> Result<Sealed, TokenStoreError> {
    match format {
        seal::FORMAT => Ok(Sealed { nonce, bytes }),
        _ => Err(closed("a newer program wrote it")),
    }
}

fn one(db: &Db, practice: &PracticeId, name: &str) -> Outcome<Option<Sealed>> {
    let mut statement = db.prepare_cached(owner::SECRET)?;
    let row = statement.query_row(params![practice.as_str(), name], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    });
    let row: Option<(i64, Vec<u8>, Vec<u8>)> = row.optional()?;
    let sealed = row.map(|(format, nonce, bytes)| sealed_in(format, nonce, bytes));
    Ok(sealed.transpose()?)
}

/// Every secret that is kept, with its practice and its name.
pub(crate) fn all(db: &Db) -> Outcome<Vec<(PracticeId, String, Sealed)>> {
    let mut statement = db.prepare_cached(owner::SECRETS)?;
    let mut found = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        let sealed = sealed_in(row.get(0)?, row.get(1)?, row.get(2)?)?;
        let practice: String = row.get(3)?;
        let practice = practice
            .parse()
            .map_err(|_| closed("its practice is none"))?;
        all.push((practice, row.get(4)?, sealed));
    }
    Ok(all)
}
