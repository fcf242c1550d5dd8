//! Who numbers the practice's jobs, as a command.

use super::{By, CommandError, Committed, PracticeHandle};
use crate::ids::WorkflowId;
use crate::numbering::JobNumbering;
use crate::ports::gateway::OwnNumbers;
use crate::practice::Practice;
use crate::workflow::Occurrence;
use crate::workflow::decide::Refusal;

impl PracticeHandle {
    /// Says who numbers the jobs of what is sent from now on. What was begun keeps what its first
    /// intent froze, its number included.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] where the job system takes no numbers of ours, with its reason;
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn set_numbering(
        &self,
        by: impl Into<By>,
        numbering: JobNumbering,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        self.change_practice(by, &("numbering", &numbering), |found| match found {
            Some(practice) => Ok(Practice {
                numbering: numbering.clone(),
                ..practice.clone()
            }),
            None => Err(CommandError::not_found("practice", &self.id)),
        })
        .await
    }

    /// Has XPM number the job of an occurrence that could not be created with a number of ours:
    /// the number is somebody else's, or XPM refuses it. The job is looked for by its marker before
    /// it is sent; then it goes on by itself.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] unless its create failed with a number of ours,
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn drop_number(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
    ) -> Result<Committed<()>, CommandError> {
        self.change_deployment(by, id, occurrence, "drop number", |deployment| {
            Ok(vec![deployment.drop_number()?])
        })
        .await
    }

    /// Refuses a practice that comes to number its jobs here where the job system takes no such
    /// numbers.
    pub(super) fn require_numbering(
        &self,
        before: Option<&Practice>,
        after: &Practice,
    ) -> Result<(), Refusal> {
        let own = matches!(after.numbering, JobNumbering::Own { .. });
        if !own || before.is_some_and(|before| before.numbering == after.numbering) {
            return Ok(());
        }
        match self.service.ports.gateway.own_numbers() {
            OwnNumbers::Taken => Ok(()),
            OwnNumbers::NotTaken { reason } => Err(Refusal::NoOwnNumbers { reason }),
        }
    }
}
