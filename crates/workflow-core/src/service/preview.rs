//! What a workflow deploys next, as it is or before a change of it is saved.

use chrono::{DateTime, NaiveDate, Utc};

use super::{CommandError, NewWorkflow, PracticeHandle};
use crate::audit::Actor;
use crate::deployment::{OrderError, token_facts};
use crate::ids::WorkflowId;
use crate::practice::Client;
use crate::proposal::{Proposal, ProposalState};
use crate::timing::Dates;
use crate::workflow::{
    Explanation, Occurrence, Placing, Plan, RecurrenceChange, Workflow, WorkflowEvent,
};

/// One job that a workflow would deploy by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewedJob {
    /// The occurrence.
    pub occurrence: Occurrence,
    /// The job's name, or why it cannot be made.
    pub name: Result<String, OrderError>,
    /// Its civil dates.
    pub dates: Dates,
    /// When it would become due.
    pub deploy_at: DateTime<Utc>,
    /// How it comes to its dates, its name and its instant.
    pub explanation: Explanation,
}

/// What a workflow would deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// When it deploys.
    pub plan: Plan,
    /// Its next jobs, by deploy instant; none where nothing deploys by itself.
    pub jobs: Vec<PreviewedJob>,
}

impl PracticeHandle {
    /// The next jobs of a workflow as it is, at most `coming` of them.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn preview(&self, id: WorkflowId, coming: usize) -> Result<Preview, CommandError> {
        let workflow = self.require_workflow(id).await?.value;
        let client = self.require_client(workflow.client()).await?.value;
        let proposal = self.proposal_of(&workflow).await?.map(|found| found.value);
        let ground = self.ground().await?;
        let placing = ground.placing(client.year_end, self.now());
        Ok(preview(
            &workflow,
            &client,
            proposal.as_ref(),
            &placing,
            coming,
        ))
    }

    /// The next jobs of a workflow that is not added yet, at most `coming` of them;
    /// nothing is saved. What comes from a proposal that is still open is shown as if the proposal
    /// were accepted now.
    ///
    /// # Errors
    ///
    /// The refusals of [`PracticeHandle::add`], but for those about who is nominated for a billing
    /// level; [`CommandError::NotFound`], and any error of the store.
    pub async fn preview_new(
        &self,
        new: NewWorkflow,
        coming: usize,
    ) -> Result<Preview, CommandError> {
        let proposal = self.named_proposal_of(&new).await?;
        let client = self.client_of(&new, proposal.as_ref())?;
        let client = self.require_client(client).await?.value;
        let ground = self.ground().await?;
        let placing = ground.placing(client.year_end, self.now());
        let adding = new.check(client.id, placing.today())?;
        let id = WorkflowId::new(self.service.ports.ids.next());
        let decision = Workflow::add(id, adding, proposal.as_ref(), &placing)?;
        let workflow = opened(decision.workflow, proposal.as_ref(), &placing);
        Ok(preview(
            &workflow,
            &client,
            proposal.as_ref(),
            &placing,
            coming,
        ))
    }

    /// The next jobs of a workflow if its recurrence were changed so, at most `coming` of them;
    /// nothing is saved.
    ///
    /// # Errors
    ///
    /// The refusals of [`PracticeHandle::change_recurrence`]; [`CommandError::NotFound`], and any
    /// error of the store.
    pub async fn preview_changed(
        &self,
        id: WorkflowId,
        change: &RecurrenceChange,
        by: &Actor,
        coming: usize,
    ) -> Result<Preview, CommandError> {
        let workflow = self.require_workflow(id).await?.value;
        let client = self.require_client(workflow.client()).await?.value;
        let proposal = self.proposal_of(&workflow).await?.map(|found| found.value);
        let ground = self.ground().await?;
        let placing = ground.placing(client.year_end, self.now());
        let changed = workflow.change_recurrence(change, by, &placing)?.workflow;
        let workflow = opened(changed, proposal.as_ref(), &placing);
        Ok(preview(
            &workflow,
            &client,
            proposal.as_ref(),
            &placing,
            coming,
        ))
    }
}

/// The workflow as it is once its proposal, which nobody has answered yet, is accepted today.
fn opened(mut workflow: Workflow, proposal: Option<&Proposal>, placing: &Placing<'_>) -> Workflow {
    let Some(proposal) = proposal else {
        return workflow;
    };
    if let ProposalState::Draft | ProposalState::Sent = proposal.state {
        let on = placing.today();
        let starts = proposal.start_when_accepted_on(on);
        workflow.apply(&WorkflowEvent::Opened { on, starts });
        if let Some(placed) = workflow.place_next(placing) {
            workflow.apply(&placed);
        }
    }
    workflow
}

fn preview(
    workflow: &Workflow,
    client: &Client,
    proposal: Option<&Proposal>,
    placing: &Placing<'_>,
    coming: usize,
) -> Preview {
    let next = workflow.upcoming(placing, NaiveDate::MAX, coming);
    let jobs = next.into_iter().map(|next| {
        let facts = token_facts(workflow, &next.dates, client, proposal);
        let name = workflow.settings().name.render(&facts);
        PreviewedJob {
            occurrence: next.occurrence,
            name: name.map_err(OrderError::from),
            dates: next.dates,
            deploy_at: next.deploy_at,
            explanation: workflow
                .explain(next.occurrence, placing)
                .named(workflow, client, proposal),
        }
    });
    Preview {
        plan: workflow.plan().clone(),
        jobs: jobs.collect(),
    }
}
