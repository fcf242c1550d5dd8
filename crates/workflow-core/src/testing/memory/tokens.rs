//! How the memory store keeps connections. It encrypts nothing, since it writes nothing.

use async_trait::async_trait;

use super::MemoryStore;
use crate::ids::PracticeId;
use crate::ports::tokens::{Connection, Rotation, TokenStore, TokenStoreError};

#[async_trait]
impl TokenStore for MemoryStore {
    async fn connection(
        &self,
        practice: &PracticeId,
    ) -> Result<Option<(Connection, Rotation)>, TokenStoreError> {
        Ok(self.lock().connections.get(practice).cloned())
    }

    async fn save_connection(
        &self,
        practice: &PracticeId,
        connection: &Connection,
        expected: Option<Rotation>,
    ) -> Result<Rotation, TokenStoreError> {
        let mut all = self.lock();
        let found = all.connections.get(practice).map(|(_, rotation)| *rotation);
        if found != expected {
            return Err(TokenStoreError::Rotated);
        }
        let next = Rotation(found.unwrap_or_default().0 + 1);
        all.connections
            .insert(practice.clone(), (connection.clone(), next));
        Ok(next)
    }

    async fn forget_connection(&self, practice: &PracticeId) -> Result<(), TokenStoreError> {
        self.lock().connections.remove(practice);
        Ok(())
    }
}
