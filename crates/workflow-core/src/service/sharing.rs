//! One look-up for many: the answer to a list of a client's jobs, or to a read of one job, settles
//! every deployment that waits for the same.

use chrono::{DateTime, Utc};

use super::calling::{Call, CallOutcome};
use super::deploying::look_up;
use super::{CommandError, PracticeHandle};
use crate::deployment::Action;
use crate::ids::{ClientId, WorkflowId};
use crate::ports::gateway::{Answer, GatewayError, Observed};
use crate::ports::store::{Activity, Of, Query, Record, StoreError, Whose};
use crate::workflow::Occurrence;

/// A deployment that waits for the answer to a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The occurrence.
    pub occurrence: Occurrence,
    /// The step that is looked up.
    pub step: u8,
    /// Since when it waits.
    pub since: DateTime<Utc>,
}

impl CallOutcome {
    /// The outcome of a look-up for one more deployment; `None` of what is no look-up. The call
    /// itself is counted once, with the deployment that asked.
    #[must_use]
    pub fn shared(&self) -> Option<Self> {
        match self {
            Self::Written(_) | Self::Directory(_) | Self::Modified(_) => None,
            Self::Listed(result) => Some(Self::Listed(again(result))),
            Self::Read(result) => Some(Self::Read(again(result))),
        }
    }
}

fn again<T: Clone>(result: &Result<Answer<T>, GatewayError>) -> Result<Answer<T>, GatewayError> {
    let uncounted = |observed: &Observed| Observed {
        calls: 1,
        correlation: observed.correlation.clone(),
        ..Observed::default()
    };
    match result {
        Ok(answer) => Ok(Answer {
            value: answer.value.clone(),
            observed: uncounted(&answer.observed),
        }),
        Err(error) => Err(GatewayError {
            failure: error.failure.clone(),
            observed: uncounted(&error.observed),
            source: None,
        }),
    }
}

impl PracticeHandle {
    /// The other deployments of that client for which the same look-up is due now.
    pub(super) async fn waiting_for(
        &self,
        client: ClientId,
        call: &Call,
        asker: (WorkflowId, Occurrence),
    ) -> Result<Vec<Waiting>, CommandError> {
        let now = self.now();
        let mut query = Query::of(Of::Workflows {
            whose: Whose::Client(client),
            activity: Some(Activity::Active),
        });
        let mut waiting = Vec::new();
        loop {
            // What cannot be read goes without: it is looked up by itself, or waits for its cure.
            let page = match self.store().find(&self.id, &query).await {
                Err(StoreError::Damaged { .. }) => return Ok(waiting),
                page => page?,
            };
            for found in page.records {
                let Record::Workflow(workflow) = found.value else {
                    continue;
                };
                for occurrence in workflow.open() {
                    let place = (workflow.id(), occurrence);
                    if place == asker {
                        continue;
                    }
                    let deployment = match self.deployment(place.0, occurrence).await {
                        Err(CommandError::Store(StoreError::Damaged { .. })) => continue,
                        found => found?,
                    };
                    let Some(deployment) = deployment.map(|found| found.value) else {
                        continue;
                    };
                    if let Action::LookUp { step } = deployment.action(now)
                        && look_up(&deployment, step).is_some_and(|(_, same)| same == *call)
                    {
                        waiting.push(Waiting {
                            workflow: place.0,
                            occurrence,
                            step,
                            since: deployment.wake().unwrap_or(now),
                        });
                    }
                }
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(waiting),
            }
        }
    }
}
