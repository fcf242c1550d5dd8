//! The audit verified: what the port can tell, and what only the file can.

use rusqlite::Connection;
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{EntryQuery, Store, StoreError};
use workflow_core::verify::{Break, Report, verify};

use crate::commit::head;
use crate::store::SqliteStore;

impl SqliteStore {
    /// Follows a practice's chain, makes every record anew from its entries, and compares the end
    /// of the chain with the head that is kept beside it, so that entries cut off its end are
    /// missed. Others may read and write meanwhile.
    ///
    /// ```
    /// use store_sqlite::SqliteStore;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let store = SqliteStore::options().open_in_memory()?;
    /// let report = store.verify_audit(&"acme".parse()?).await?;
    /// assert_eq!((report.entries, report.first_break), (0, None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] when something stored cannot be read at all, and
    /// [`StoreError::Unavailable`]. What can be read and does not hold is in the report.
    pub async fn verify_audit(&self, practice: &PracticeId) -> Result<Report, StoreError> {
        let of = practice.clone();
        let head = self.read(move |db: &Connection| head(db, &of)).await?;
        let mut report = verify(self, practice).await?;
        let Some(head) = head.filter(|head| report.first_break.is_none() && head.seq() > 0) else {
            return Ok(report);
        };
        let last = EntryQuery {
            after: Some(head.seq() - 1),
            limit: 1,
            ..EntryQuery::default()
        };
        // The chain may have grown since the head was read; it never shrinks.
        match self.entries(practice, &last).await?.first() {
            Some(entry) if entry.hash == *head.hash() => {}
            Some(_) => {
                let changed = workflow_core::audit::BrokenChain::Changed { seq: head.seq() };
                report.first_break = Some(Break::Chain(changed));
            }
            None => {
                report.first_break = Some(Break::Cut {
                    last: report.entries,
                    written: head.seq(),
                });
            }
        }
        Ok(report)
    }
}
