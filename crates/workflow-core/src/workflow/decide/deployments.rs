//! What a person decides about a deployment that waits for one.

use super::Refusal;
use crate::canonical::canonical;
use crate::deployment::{Deployment, How, JobRef, Phase};
use crate::ids::JobNumber;
use crate::ports::gateway::Job;
use crate::text::Reason;
use crate::workflow::WorkflowEvent;

/// What a person saw of a job template in XPM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Its tasks are in the job.
    Applied,
    /// They are not.
    NotApplied,
}
canonical!(
    enum Told {
        Applied,
        NotApplied,
    }
);

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

    /// A person looked at the job in XPM and says whether a job template of whose application
    /// nothing else can tell was applied. `job` is the job as it is now.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`] unless it waits for that.
    pub fn tell(&self, told: Told, job: &Job) -> Result<Vec<WorkflowEvent>, Refusal> {
        let step = self.require_untold()?;
        Ok(match told {
            Told::Applied => self.done(step, How::Told, job),
            Told::NotApplied => vec![WorkflowEvent::ToldUndone {
                occurrence: self.occurrence,
                step,
                tasks: job.tasks.clone(),
            }],
        })
    }

    /// Refuses an answer unless a person is asked for it.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`].
    pub fn require_untold(&self) -> Result<u8, Refusal> {
        self.untold_template()
            .map(|(step, _)| step)
            .ok_or_else(|| self.wrong_phase("answer", "failed over a job template's lost reply"))
    }

    /// A person has XPM number the job, since it could not be created with a number of ours. What
    /// the first intent froze is changed in that alone, and its marker is looked for before it is
    /// sent.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`] unless its create failed with a number of ours.
    pub fn drop_number(&self) -> Result<WorkflowEvent, Refusal> {
        if self.droppable_number().is_none() {
            let needs = "failed at creating a job with a number of ours";
            return Err(self.wrong_phase("have XPM number the job", needs));
        }
        Ok(WorkflowEvent::NumberDropped {
            occurrence: self.occurrence,
        })
    }

    /// A person says which of the jobs that bear the marker is kept.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`] unless more than one bears it; [`Refusal::NoDuplicate`] for a job
    /// that is none of them.
    pub fn keep(&self, number: &JobNumber) -> Result<Vec<WorkflowEvent>, Refusal> {
        self.require_phase(
            "keep one job",
            &[Phase::Duplicated],
            "one with several jobs",
        )?;
        let kept = self
            .duplicates
            .iter()
            .find(|job| job.number == *number)
            .ok_or_else(|| Refusal::NoDuplicate {
                number: number.to_string(),
                jobs: numbers(&self.duplicates),
            })?
            .clone();
        let occurrence = self.occurrence;
        let job = kept.clone();
        let mut events = vec![WorkflowEvent::DuplicateResolved { occurrence, kept }];
        if self.current_step().is_none() {
            events.push(WorkflowEvent::Deployed { occurrence, job });
        }
        Ok(events)
    }

    /// Refuses adoption unless it failed.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`].
    pub fn require_adoptable(&self) -> Result<(), Refusal> {
        self.require_phase("adopt", &[Phase::Failed], "failed")
    }

    /// Refuses the adoption of the job that it has already: what a job template may have done to
    /// its tasks could not be told from what was there before.
    ///
    /// # Errors
    ///
    /// [`Refusal::OwnJob`].
    pub fn require_other_than(&self, job: &Job) -> Result<(), Refusal> {
        match &self.job {
            Some(own) if own.id == job.id => Err(Refusal::OwnJob {
                number: own.number.to_string(),
            }),
            _ => Ok(()),
        }
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

fn numbers(jobs: &[JobRef]) -> String {
    let numbers: Vec<&str> = jobs.iter().map(|job| job.number.as_str()).collect();
    numbers.join(" and ")
}
