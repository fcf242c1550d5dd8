//! What a person decides about a deployment that waits for one.

use super::Refusal;
use crate::deployment::{Deployment, Phase};
use crate::text::Reason;
use crate::workflow::WorkflowEvent;

impl Deployment {
    /// A person asks for another try of what failed.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`] unless it failed.
    pub fn retry(&self) -> Result<WorkflowEvent, Refusal> {
        self.require_phase("retry", &[Phase::Failed], "failed")?;
        Ok(WorkflowEvent::RetryAsked {
            occurrence: self.occurrence,
        })
    }

    /// A person releases what is held.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`] unless it is held.
    pub fn release(&self) -> Result<WorkflowEvent, Refusal> {
        if !matches!(self.phase, Phase::Held(_)) {
            return Err(self.wrong_phase("release", "held"));
        }
        Ok(WorkflowEvent::Released {
            occurrence: self.occurrence,
        })
    }

    /// A person gives it up. What is being sent, or uncertain, cannot be given up.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`] unless it failed or is held.
    pub fn give_up(&self, reason: Reason) -> Result<WorkflowEvent, Refusal> {
        if !matches!(self.phase, Phase::Failed | Phase::Held(_)) {
            return Err(self.wrong_phase("give up", "failed or held"));
        }
        Ok(WorkflowEvent::GivenUp {
            occurrence: self.occurrence,
            reason,
        })
    }

    /// Refuses adoption unless it failed.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`].
    pub fn require_adoptable(&self) -> Result<(), Refusal> {
        self.require_phase("adopt", &[Phase::Failed], "failed")
    }

    fn require_phase(
        &self,
        command: &'static str,
        phases: &[Phase],
        needs: &'static str,
    ) -> Result<(), Refusal> {
        if phases.contains(&self.phase) {
            Ok(())
        } else {
            Err(self.wrong_phase(command, needs))
        }
    }

    fn wrong_phase(&self, command: &'static str, needs: &'static str) -> Refusal {
        Refusal::WrongPhase {
            command,
            phase: self.phase.to_string(),
            needs,
        }
    }
}
