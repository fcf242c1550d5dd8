//! In which capacity a process has the database open.

use std::path::PathBuf;
use std::sync::Arc;

use workflow_core::ports::store::StoreError;

use crate::lock;

/// In which capacity a process has the database open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It may do everything: deploy and hold connections included.
    Owner,
    /// It reads and edits beside the owner, under versions.
    Guest,
}

/// The role with what it takes to keep to it.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    /// The epoch that this owner raised; `None` for a guest.
    pub(crate) epoch: Option<i64>,
    /// The lock file, where there is one: a database in memory has none.
    pub(crate) lock: Option<Arc<PathBuf>>,
}

impl Seat {
    pub(crate) fn role(&self) -> Role {
        if self.epoch.is_some() {
            Role::Owner
        } else {
            Role::Guest
        }
    }

    /// Who owns the database, in words.
    pub(crate) fn owner(&self) -> String {
        let named = self.lock.as_deref().map(|path| lock::owner(path));
        named.unwrap_or_else(|| "another opening of the store".to_owned())
    }

    pub(crate) fn not_owner(&self) -> StoreError {
        let owner = self.owner();
        StoreError::NotOwner { owner }
    }
}
