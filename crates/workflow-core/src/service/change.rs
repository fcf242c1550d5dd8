//! Changing what repeats: the effect first, and then the change that was looked at.

use std::collections::BTreeMap;

use super::levels::Beside;
use super::workflows::begun_already;
use super::{By, CommandError, Committed, PracticeHandle};
use crate::deployment::{Deployment, Digest};
use crate::ids::WorkflowId;
use crate::ports::store::Version;
use crate::workflow::{Occurrence, Plan, RecurrenceChange, ScheduleDiff, Standing};

/// What a person looked at before they applied a change: a version of the workflow, and what the
/// change would have done to it.
///
/// Its text form is for a hidden field of a form.
///
/// ```
/// use workflow_core::service::SeenChange;
/// let text = format!("7-{}", "a0".repeat(32));
/// let seen: SeenChange = text.parse()?;
/// assert_eq!(seen.to_string(), text);
/// assert!("7".parse::<SeenChange>().is_err());
/// # Ok::<(), workflow_core::service::SeenChangeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenChange {
    /// The version that the effect was computed on.
    pub version: Version,
    /// A digest of the effect.
    pub digest: Digest,
}

impl std::fmt::Display for SeenChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.version.0, self.digest)
    }
}

/// A text that is not of a [`SeenChange`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was seen must be a version and a digest, as a preview gave them")]
pub struct SeenChangeError;

impl std::str::FromStr for SeenChange {
    type Err = SeenChangeError;

    fn from_str(text: &str) -> Result<Self, SeenChangeError> {
        let (version, digest) = text.split_once('-').ok_or(SeenChangeError)?;
        Ok(Self {
            version: Version(version.parse().map_err(|_| SeenChangeError)?),
            digest: Digest::from_hex(digest).ok_or(SeenChangeError)?,
        })
    }
}

/// The effect of a change, and what it takes to apply it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePreview {
    /// The effect, date by date.
    pub diff: ScheduleDiff,
    /// What [`PracticeHandle::change_recurrence`] wants to be told.
    pub seen: SeenChange,
    /// The deployments of what is out of reach, or covers a date.
    pub begun: BTreeMap<Occurrence, Deployment>,
}

impl PracticeHandle {
    /// What a change of schedule or timing would do. Nothing is changed.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] as the change itself would be, [`CommandError::NotFound`], and any
    /// error of the store.
    pub async fn preview_change(
        &self,
        id: WorkflowId,
        change: &RecurrenceChange,
    ) -> Result<ChangePreview, CommandError> {
        let found = self.require_workflow(id).await?;
        let ground = self.ground().await?;
        let client = self.require_client(found.value.client()).await?.value;
        let placing = ground.placing(client.year_end, self.now());
        let mut diff = found.value.preview(change, &placing)?;
        let seen = SeenChange {
            version: found.version,
            digest: diff.digest(),
        };
        let mut begun = BTreeMap::new();
        for deployment in self.deployments_of(id).await? {
            let deployment = deployment.value;
            begun.insert(deployment.occurrence(), deployment);
        }
        let mut shown = Vec::new();
        for row in &mut diff.rows {
            for side in row.before.iter_mut().chain(&mut row.after) {
                match side.standing {
                    Standing::Begun => {
                        let deployment = begun.get(&side.occurrence);
                        side.dates = deployment.map(|deployment| *deployment.dates());
                        shown.push(side.occurrence);
                    }
                    Standing::Covered(by) => shown.push(by),
                    Standing::Owed | Standing::NotOwed => {}
                }
            }
        }
        begun.retain(|occurrence, _| shown.contains(occurrence));
        Ok(ChangePreview { diff, seen, begun })
    }

    /// Applies a change of schedule or timing whose effect was looked at, and no other effect.
    ///
    /// # Errors
    ///
    /// [`CommandError::Changed`] where anything about the workflow or the effect is no more as it
    /// was seen; look again. [`CommandError::Refused`], [`CommandError::NotFound`], and any error
    /// of the store.
    pub async fn change_recurrence(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        change: RecurrenceChange,
        seen: SeenChange,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into().having_seen(seen.version);
        let command = &("recurrence", change, seen.digest);
        self.retrying(by, "workflow", || async move {
            if let Some(receipt) = self.done_before(by, &(id, command)).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let (found, ground, year_end) = self.load(by, id).await?;
            let placing = ground.placing(year_end, self.now());
            let (_, change, digest) = command;
            if found.value.preview(change, &placing)?.digest() != *digest {
                let what = "effect of the change";
                return Err(CommandError::Changed { what });
            }
            let decision = found.value.change_recurrence(change, &by.actor, &placing)?;
            if decision.is_empty() {
                return self.nothing(by, &(id, command), ()).await;
            }
            let unit = self.unit_of(by, found.version, decision, Beside::default());
            let mut unit = ground.guard(unit);
            unit.once = by.once_for(&(id, command));
            Ok(Committed::from(self.commit(unit).await?, ()))
        })
        .await
    }

    /// Replaces the plan for all that is not deployed or begun, without a look at the effect: for
    /// whoever holds the truth elsewhere, as an import does.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Refused`], and any error of the store.
    pub async fn change_plan(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        plan: Plan,
    ) -> Result<Committed<()>, CommandError> {
        let by = by.into();
        let actor = by.actor.clone();
        self.change(by, id, plan, move |workflow, placing, plan| {
            workflow.change_plan(plan.clone(), &actor, placing)
        })
        .await
    }

    /// Wants a covered date deployed all the same: on its date, or at once where that has passed.
    /// *Create workflow in XPM* deploys it at once after that.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] for a date that is not covered, is not in the rule or has its job;
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn deploy_covered(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
    ) -> Result<Committed<()>, CommandError> {
        let by = by.into();
        let command = ("deploy covered", occurrence);
        if self.done_before(&by, &(id, &command)).await?.is_none()
            && let Some(found) = self.deployment(id, occurrence).await?
        {
            return Err(begun_already(&found.value).into());
        }
        self.change(by, id, command, |workflow, placing, (_, occurrence)| {
            workflow.deploy_covered(*occurrence, placing)
        })
        .await
    }
}
