//! Commands about who may sign in to the practice, and what they may do there.

use super::{By, CommandError, Committed, PracticeHandle};
use crate::access::{Access, Account, Role};
use crate::ports::store::{Key, Of, Record};

impl PracticeHandle {
    /// Lets an account do what that role may, instead of what it might before.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn grant(
        &self,
        by: impl Into<By>,
        account: Account,
        role: Role,
    ) -> Result<Committed<()>, CommandError> {
        let role = Some(role);
        self.put_access(by.into(), Access { account, role }).await
    }

    /// Takes an account's role away.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where it has none, and any error of the store.
    pub async fn revoke(
        &self,
        by: impl Into<By>,
        account: Account,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        let account = &account;
        self.retrying(by, "role", || {
            let key = Key::Access(account.clone());
            self.try_put(by, ("revoke", account), key, |found| match found {
                Some(Record::Access(access)) if access.role.is_some() => {
                    let account = account.clone();
                    Ok(Record::Access(Access {
                        account,
                        role: None,
                    }))
                }
                _ => Err(CommandError::not_found("role of", account)),
            })
        })
        .await
    }

    /// What somebody may do who is known under any of these accounts: of several roles the one
    /// that may most; `None` where none of them has any.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn role_of<'a>(
        &self,
        accounts: impl IntoIterator<Item = &'a Account> + Send,
    ) -> Result<Option<Role>, CommandError> {
        let keys: Vec<Key> = accounts.into_iter().cloned().map(Key::Access).collect();
        let mut most = None;
        for key in keys {
            if let Some(Record::Access(access)) = self.record(&key).await?.map(|found| found.value)
            {
                most = most.max(access.role);
            }
        }
        Ok(most)
    }

    /// Every account that has a role, by account.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn accesses(&self) -> Result<Vec<Access>, CommandError> {
        let found = self.all_records(Of::Accesses).await?;
        let all = found.into_iter().filter_map(|found| match found.value {
            Record::Access(access) if access.role.is_some() => Some(access),
            _ => None,
        });
        Ok(all.collect())
    }
}
