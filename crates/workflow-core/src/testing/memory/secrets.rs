//! How the memory store keeps secrets. It encrypts nothing, since it writes nothing.

use async_trait::async_trait;
use secrecy::SecretString;

use super::MemoryStore;
use crate::ids::PracticeId;
use crate::ports::secrets::{SecretStore, SecretStoreError};

#[async_trait]
impl SecretStore for MemoryStore {
    async fn secret(
        &self,
        practice: &PracticeId,
        name: &str,
    ) -> Result<Option<SecretString>, SecretStoreError> {
        let key = (practice.clone(), name.to_owned());
        Ok(self.lock().secrets.get(&key).cloned())
    }

    async fn keep_secret(
        &self,
        practice: &PracticeId,
        name: &str,
        secret: &SecretString,
    ) -> Result<(), SecretStoreError> {
        let key = (practice.clone(), name.to_owned());
        self.lock().secrets.insert(key, secret.clone());
        Ok(())
    }

    async fn forget_secret(
        &self,
        practice: &PracticeId,
        name: &str,
    ) -> Result<(), SecretStoreError> {
        let key = (practice.clone(), name.to_owned());
        self.lock().secrets.remove(&key);
        Ok(())
    }
}
