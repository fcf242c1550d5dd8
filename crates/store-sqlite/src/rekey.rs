//! Changing the master key, and telling whether it is the right one.

use rusqlite::{Connection as Db, params};
use workflow_core::ids::PracticeId;
use workflow_core::ports::tokens::{Rotation, TokenStoreError};

use crate::batch::{Outage, Stop};
use crate::key::MasterKey;
use crate::seal::{self, Sealed, closed};
use crate::secrets;
use crate::sql::owner;
use crate::store::SqliteStore;
use crate::tokens::{Outcome, answered, check_owner, sealed_in};

/// What a change of the master key did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Practices whose connection was sealed under the former key and is now under the store's.
    pub changed: Vec<PracticeId>,
    /// Practices whose connection was under the store's key already.
    pub unchanged: Vec<PracticeId>,
}

/// Which stored connections the store's master key opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyCheck {
    /// Practices whose connection it opens.
    pub opens: Vec<PracticeId>,
    /// Practices whose connection it does not open.
    pub fails: Vec<PracticeId>,
}

/// Why the master key was not changed. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RekeyError {
    /// A connection opens with neither key.
    #[error("the connection of {practice} opens neither with the former key nor with the new one")]
    Unopened {
        /// Whose connection.
        practice: PracticeId,
    },
    /// A secret opens with neither key.
    #[error(
        "the secret {name} of {practice} opens neither with the former key nor with the new one"
    )]
    UnopenedSecret {
        /// Whose secret.
        practice: PracticeId,
        /// Under which name it is kept.
        name: String,
    },
    /// The store could not be read or written, or has no key.
    #[error("the key was not changed")]
    Store(#[source] TokenStoreError),
}

impl From<RekeyError> for Stop<RekeyError> {
    fn from(refusal: RekeyError) -> Self {
        Self::Refused(refusal)
    }
}

impl SqliteStore {
    /// Seals every connection that was sealed under the `former` master key under the key that the
    /// store was opened with. All of it is one transaction: whatever happens, either key opens all
    /// or the other does, and whoever does not know how it ended calls it again.
    ///
    /// ```
    /// use store_sqlite::{MasterKey, SqliteStore};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("practice.db");
    /// let (former, new) = (MasterKey::from_bytes([7; 32]), MasterKey::from_bytes([8; 32]));
    /// let store = SqliteStore::options().key(new).open(&path).await?;
    /// let resealed = store.change_key(&former).await?;
    /// assert!(resealed.changed.is_empty(), "nothing was connected");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RekeyError::Unopened`] for a connection that neither key opens; [`RekeyError::Store`] for a
    /// store that was opened without a key or as a guest, or that cannot be read or written.
    pub async fn change_key(&self, former: &MasterKey) -> Result<Resealed, RekeyError> {
        let key = self.inner.key.clone();
        let key = key.ok_or_else(|| RekeyError::Store(closed("the store has no master key")))?;
        let (seat, former) = (self.inner.seat.clone(), former.clone());
        let change = move |db: &Db| -> Result<Resealed, Stop<RekeyError>> {
            check_owner(db, &seat).map_err(widened)?;
            let mut resealed = Resealed::default();
            // All is opened before the first is written: what is refused has written nothing.
            let mut anew = Vec::new();
            for (practice, rotation, sealed) in all(db).map_err(widened)? {
                if seal::unseal(&key, &practice, rotation, &sealed).is_ok() {
                    resealed.unchanged.push(practice);
                    continue;
                }
                let Ok(open) = seal::unseal(&former, &practice, rotation, &sealed) else {
                    return Err(RekeyError::Unopened { practice }.into());
                };
                let sealed = seal::seal(&key, &practice, rotation, &open);
                anew.push((practice, sealed.map_err(RekeyError::Store)?));
            }
            let mut secrets = Vec::new();
            for (practice, name, sealed) in secrets::all(db).map_err(widened)? {
                if seal::unseal_secret(&key, &practice, &name, &sealed).is_ok() {
                    continue;
                }
                let Ok(open) = seal::unseal_secret(&former, &practice, &name, &sealed) else {
                    return Err(RekeyError::UnopenedSecret { practice, name }.into());
                };
                let sealed = seal::seal_secret(&key, &practice, &name, &open);
                secrets.push((practice, name, sealed.map_err(RekeyError::Store)?));
            }
            for (practice, name, Sealed { nonce, bytes }) in secrets {
                let row = params![practice.as_str(), name, seal::FORMAT, nonce, bytes];
                db.prepare_cached(owner::PUT_SECRET)?.execute(row)?;
            }
            for (practice, Sealed { nonce, bytes }) in anew {
                db.prepare_cached(owner::RESEAL)?.execute(params![
                    practice.as_str(),
                    nonce,
                    bytes
                ])?;
                resealed.changed.push(practice);
            }
            Ok(resealed)
        };
        match self.inner.engine.write(change).await {
            Ok(answer) => answer,
            Err(outage) => {
                let error = TokenStoreError::Unavailable(Box::new(outage));
                Err(RekeyError::Store(error))
            }
        }
    }

    /// Which stored connections open with the key that the store was opened with. Without a key
    /// none does.
    ///
    /// # Errors
    ///
    /// [`TokenStoreError::Unavailable`] when the store cannot be read, and
    /// [`TokenStoreError::Sealed`] where a row is none.
    pub async fn check_key(&self) -> Result<KeyCheck, TokenStoreError> {
        let read = self.inner.engine.read(all).await;
        let found = answered(read.map(|answer| match answer {
            Ok(found) => Ok(Ok(found)),
            Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
            Err(Stop::Surprise(error)) => Err(Outage::from(error)),
        }))?;
        let mut check = KeyCheck::default();
        for (practice, rotation, sealed) in found {
            let opens = self
                .inner
                .key
                .as_ref()
                .is_some_and(|key| seal::unseal(key, &practice, rotation, &sealed).is_ok());
            match opens {
                true => check.opens.push(practice),
                false => check.fails.push(practice),
            }
        }
        Ok(check)
    }
}

fn widened(stop: Stop<TokenStoreError>) -> Stop<RekeyError> {
    match stop {
        Stop::Refused(refusal) => Stop::Refused(RekeyError::Store(refusal)),
        Stop::Surprise(error) => Stop::Surprise(error),
    }
}

/// Every connection that is kept.
fn all(db: &Db) -> Outcome<Vec<(PracticeId, Rotation, Sealed)>> {
    let mut statement = db.prepare_cached(owner::CONNECTIONS)?;
    let mut found = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        let (rotation, sealed) = sealed_in(row)?;
        let practice: String = row.get(4)?;
        let practice = practice
            .parse()
            .map_err(|_| closed("its practice is none"))?;
        all.extend(sealed.map(|sealed| (practice, rotation, sealed)));
    }
    Ok(all)
}
