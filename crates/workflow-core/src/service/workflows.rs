//! Commands about workflows and their deployments.

use chrono::NaiveDate;

use super::command::put;
use super::levels::{Beside, TakeOver};
use super::new_workflow::checked_text;
use super::{By, CommandError, Committed, NewWorkflow, PracticeHandle};
use crate::audit::{Event, Subject};
use crate::billing::BillingLevel;
use crate::budget::BudgetChange;
use crate::canonical::Canonical;
use crate::deployment::Deployment;
use crate::ids::{ClientId, JobNumber, WorkflowId};
use crate::ports::gateway::Job;
use crate::ports::store::{Receipt, Record, Unit, Version, Versioned};
use crate::proposal::Proposal;
use crate::text::Reason;
use crate::tokens::TokenScope;
use crate::workflow::decide::{Adding, Decision, Refusal, Told};
use crate::workflow::{
    Occurrence, Origin, PausedDates, Placing, Settings, Workflow, WorkflowEvent,
};

impl PracticeHandle {
    /// Adds a workflow.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] with the field that has a fault, [`CommandError::NotFound`] for a
    /// client or proposal that the practice does not have, and any error of the store.
    pub async fn add(
        &self,
        by: impl Into<By>,
        new: NewWorkflow,
    ) -> Result<Committed<WorkflowId>, CommandError> {
        self.add_taking_over(by, new, TakeOver::Refuse).await
    }

    /// Adds a workflow, and takes its billing level over from whoever holds it, if told to.
    ///
    /// # Errors
    ///
    /// As [`PracticeHandle::add`].
    pub async fn add_taking_over(
        &self,
        by: impl Into<By>,
        new: NewWorkflow,
        take_over: TakeOver,
    ) -> Result<Committed<WorkflowId>, CommandError> {
        let by = &by.into();
        let once = by.once_for(&new);
        if let Some(receipt) = self.done_before(by, &new).await? {
            return added_before(receipt);
        }
        let proposal = self.named_proposal_of(&new).await?;
        let client = self.client_of(&new, proposal.as_ref())?;
        let today = self.ground().await?.zone.today(self.now());
        let adding = new.check(client, today)?;
        self.add_checked(by, adding, proposal, take_over, once)
            .await
    }

    /// The proposal that a new workflow names.
    pub(super) async fn named_proposal_of(
        &self,
        new: &NewWorkflow,
    ) -> Result<Option<Proposal>, CommandError> {
        let Some(id) = new.named_proposal() else {
            return Ok(None);
        };
        let found = self.proposal(id.clone()).await?;
        let found = found.ok_or_else(|| CommandError::not_found("proposal", id))?;
        Ok(Some(found.value))
    }

    pub(super) fn client_of(
        &self,
        new: &NewWorkflow,
        proposal: Option<&Proposal>,
    ) -> Result<ClientId, CommandError> {
        match (new.named_client(), proposal) {
            (Some(client), Some(proposal)) if client != proposal.client => Err(
                CommandError::not_found("proposal of this client", &proposal.id),
            ),
            (_, Some(proposal)) => Ok(proposal.client),
            (Some(client), None) => Ok(client),
            (None, None) => Err(CommandError::not_found("client", "(none named)")),
        }
    }

    async fn add_checked(
        &self,
        by: &By,
        adding: Adding,
        proposal: Option<Proposal>,
        take_over: TakeOver,
        once: Option<crate::ports::store::Once>,
    ) -> Result<Committed<WorkflowId>, CommandError> {
        let client = self.require_client(adding.client).await?;
        let ground = self.ground().await?;
        let placing = ground.placing(client.value.year_end, self.now());
        let id = WorkflowId::new(self.service.ports.ids.next());
        let decision = Workflow::add(id, adding, proposal.as_ref(), &placing)?;
        let beside = self
            .nominate(by, None, &decision.workflow, take_over)
            .await?;
        let mut unit = ground.guard(self.unit_of(by, Version::NONE, decision, beside));
        unit.once = once;
        let receipt = self.commit(unit).await?;
        if receipt.repeated {
            return added_before(receipt);
        }
        Ok(Committed::from(receipt, id))
    }

    /// Duplicates a workflow: the copy is non-billing, starts after the last covered cell, and
    /// deploys nothing until a person confirms its first date.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Refused`], and any error of the store.
    pub async fn duplicate(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
    ) -> Result<Committed<WorkflowId>, CommandError> {
        let by = &by.into();
        if let Some(receipt) = self.done_before(by, &("duplicate", id)).await? {
            return added_before(receipt);
        }
        let original = self.require_workflow(id).await?.value;
        let proposal = self.proposal_of(&original).await?.map(|found| found.value);
        let client = self.require_client(original.client()).await?;
        let ground = self.ground().await?;
        let adding = original.to_duplicate(&ground.placing(client.value.year_end, self.now()));
        let once = by.once_for(&("duplicate", id));
        self.add_checked(by, adding, proposal, TakeOver::Refuse, once)
            .await
    }

    /// Confirms the first date of a duplicate.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Refused`], and any error of the store.
    pub async fn confirm(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
    ) -> Result<Committed<()>, CommandError> {
        self.change(by, id, "confirm", |workflow, placing, _| {
            workflow.confirm(placing)
        })
        .await
    }

    /// Replaces the settings by what `edit` makes of them. What is deployed or begun is out of
    /// reach.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Refused`], and any error of the store.
    pub async fn edit(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        settings: Settings,
    ) -> Result<Committed<()>, CommandError> {
        self.change(by, id, settings, |workflow, placing, settings| {
            edited(workflow, settings, placing)
        })
        .await
    }

    /// Nominates a workflow for a billing level, or for none.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] with why the level is not allowed or who holds it,
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn set_billing(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        level: BillingLevel,
        take_over: TakeOver,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        self.retrying(by, "workflow", || async move {
            if let Some(receipt) = self.done_before(by, &("billing", id, level)).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let (found, ground, year_end) = self.load(by, id).await?;
            let proposal = self.proposal_of(&found.value).await?;
            let proposal = proposal.map(|found| found.value);
            let placing = ground.placing(year_end, self.now());
            let decision = found
                .value
                .change_billing(level, proposal.as_ref(), &placing)?;
            if decision.is_empty() {
                return self.nothing(by, &("billing", id, level), ()).await;
            }
            let before = Some(&found.value);
            let beside = self
                .nominate(by, before, &decision.workflow, take_over)
                .await?;
            let mut unit = ground.guard(self.unit_of(by, found.version, decision, beside));
            unit.once = by.once_for(&("billing", id, level));
            Ok(Committed::from(self.commit(unit).await?, ()))
        })
        .await
    }

    /// Skips one occurrence.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Refused`], and any error of the store.
    pub async fn skip(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
        reason: Reason,
    ) -> Result<Committed<()>, CommandError> {
        self.change(
            by,
            id,
            ("skip", occurrence, reason),
            |workflow, placing, (_, date, reason)| workflow.skip(*date, reason.clone(), placing),
        )
        .await
    }

    /// Moves one occurrence to another day; it keeps its identity.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Refused`], and any error of the store.
    pub async fn move_to(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
        to: NaiveDate,
    ) -> Result<Committed<()>, CommandError> {
        self.change(
            by,
            id,
            ("move", occurrence, to),
            |workflow, placing, (_, date, to)| workflow.move_to(*date, *to, placing),
        )
        .await
    }

    /// Pauses a recurring workflow from today, until a day or until it is resumed.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Refused`], and any error of the store.
    pub async fn pause(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        until: Option<NaiveDate>,
        reason: Reason,
    ) -> Result<Committed<()>, CommandError> {
        self.change(
            by,
            id,
            ("pause", until, reason),
            |workflow, placing, (_, until, reason)| {
                workflow.pause_until(*until, reason.clone(), placing)
            },
        )
        .await
    }

    /// Ends a pause.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Refused`], and any error of the store.
    pub async fn resume(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        paused_dates: PausedDates,
    ) -> Result<Committed<()>, CommandError> {
        self.change(
            by,
            id,
            ("resume", paused_dates),
            |workflow, placing, (_, dates)| workflow.resume(*dates, placing),
        )
        .await
    }

    /// Archives a workflow: a person's decision that it is finished. Its billing level has no
    /// nominee then. Jobs already in XPM are closed there.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn archive(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        self.retrying(by, "workflow", || async move {
            if let Some(receipt) = self.done_before(by, &("archive", id)).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let (found, ground, year_end) = self.load(by, id).await?;
            let decision = found.value.archive(&ground.placing(year_end, self.now()));
            if decision.is_empty() {
                return self.nothing(by, &("archive", id), ()).await;
            }
            let before = Some(&found.value);
            let beside = self
                .nominate(by, before, &decision.workflow, TakeOver::Refuse)
                .await?;
            let mut unit = ground.guard(self.unit_of(by, found.version, decision, beside));
            unit.once = by.once_for(&("archive", id));
            Ok(Committed::from(self.commit(unit).await?, ()))
        })
        .await
    }

    /// *Create workflow in XPM*: begins an occurrence now, ahead of its date if need be, and so
    /// uses it up. `None` is the next one. The scheduler deploys it at once.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] where the job exists, the date is not owed or nothing may deploy;
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn deploy_now(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Option<Occurrence>,
    ) -> Result<Committed<Occurrence>, CommandError> {
        let by = &by.into();
        self.retrying(by, "workflow", || async move {
            if let Some(receipt) = self.done_before(by, &("deploy", id, occurrence)).await? {
                let begun = receipt
                    .entries
                    .iter()
                    .find_map(|entry| match &entry.line.event {
                        Event::Workflow(WorkflowEvent::Begun { occurrence, .. }) => {
                            Some(*occurrence)
                        }
                        _ => None,
                    });
                let begun = begun.or(occurrence).unwrap_or(Occurrence::Once);
                return Ok(Committed::from(receipt, begun));
            }
            let (found, ground, year_end) = self.load(by, id).await?;
            if let Some(occurrence) = occurrence
                && let Some(deployment) = self.deployment(id, occurrence).await?
            {
                return Err(begun_already(&deployment.value).into());
            }
            let placing = ground.placing(year_end, self.now());
            let once = by.once_for(&("deploy", id, occurrence));
            let (decision, occurrence) = found.value.deploy_now(&self.id, occurrence, &placing)?;
            let unit = self.unit_that_begins(by, found.version, decision);
            let mut unit = ground.guard(unit);
            unit.once = once;
            Ok(Committed::from(self.commit(unit).await?, occurrence))
        })
        .await
    }

    /// Asks for another try of a deployment that failed.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] unless it failed, [`CommandError::NotFound`], and any error of
    /// the store.
    pub async fn retry(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
    ) -> Result<Committed<()>, CommandError> {
        self.change_deployment(by, id, occurrence, "retry", |deployment| {
            Ok(vec![deployment.retry()?])
        })
        .await
    }

    /// Releases a deployment that is held.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] unless it is held, [`CommandError::NotFound`], and any error of
    /// the store.
    pub async fn release(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
    ) -> Result<Committed<()>, CommandError> {
        self.change_deployment(by, id, occurrence, "release", |deployment| {
            Ok(vec![deployment.release()?])
        })
        .await
    }

    /// Gives a deployment up that failed or is held.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] unless it failed or is held, [`CommandError::NotFound`], and any
    /// error of the store.
    pub async fn give_up(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
        reason: Reason,
    ) -> Result<Committed<()>, CommandError> {
        self.change_deployment(
            by,
            id,
            occurrence,
            ("give up", reason.clone()),
            |deployment| Ok(vec![deployment.give_up(reason.clone())?]),
        )
        .await
    }

    /// Names the job that an occurrence already has. It is read from XPM once, and has to be the
    /// same client's. What it still lacks (templates, people) goes on by itself.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] unless the deployment failed, for another client's job, for a
    /// job that another occurrence already has, or for the one that the ledger has already;
    /// [`CommandError::NotFound`] where XPM has no such job; [`CommandError::Gateway`] where XPM
    /// could not be asked; [`CommandError::NoCallNow`] where its call limits are used up; and any
    /// error of the store.
    pub async fn adopt(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
        number: JobNumber,
    ) -> Result<Committed<()>, CommandError> {
        let by = by.into();
        let command = ("adopt", number.clone());
        if let Some(receipt) = self.done_before(&by, &(id, occurrence, &command)).await? {
            return Ok(Committed::from(receipt, ()));
        }
        let found = self.require_deployment(id, occurrence).await?.value;
        found.require_adoptable()?;
        let job = self
            .read_job(&number)
            .await?
            .ok_or_else(|| CommandError::not_found("job in XPM", &number))?;
        if job.client.is_some_and(|client| client != found.client()) {
            return Err(Refusal::OtherClientsJob {
                number: number.to_string(),
            }
            .into());
        }
        self.change_deployment(by, id, occurrence, command, |deployment| {
            deployment.require_adoptable()?;
            deployment.require_other_than(&job)?;
            Ok(deployment.adopted(&job))
        })
        .await
    }

    /// A person looked at the job in XPM and says whether a job template was applied, where its
    /// reply was lost and the job's tasks were changed meanwhile, so that nothing else can tell
    /// ([`Deployment::untold_template`]). The job is read once, so that later job templates are
    /// told from what is there now. The deployment goes on by itself.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] unless the deployment waits for that answer;
    /// [`CommandError::NotFound`] where XPM no longer has the job; [`CommandError::Gateway`] where
    /// XPM could not be asked; and any error of the store.
    pub async fn tell(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
        told: Told,
    ) -> Result<Committed<()>, CommandError> {
        let by = by.into();
        let command = ("tell", told);
        if let Some(receipt) = self.done_before(&by, &(id, occurrence, &command)).await? {
            return Ok(Committed::from(receipt, ()));
        }
        let found = self.require_deployment(id, occurrence).await?.value;
        found.require_untold()?;
        let number = found.job().map(|job| job.number.clone());
        let number = number.ok_or_else(|| CommandError::not_found("job of", occurrence))?;
        let job = self
            .read_job(&number)
            .await?
            .ok_or_else(|| CommandError::not_found("job in XPM", &number))?;
        self.change_deployment(by, id, occurrence, command, |deployment| {
            deployment.tell(told, &job)
        })
        .await
    }

    /// Says which of several jobs that bear one marker is kept. The others are to be closed in
    /// XPM, which this never does.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] unless several jobs were found, or for a job that is none of
    /// them; [`CommandError::NotFound`], and any error of the store.
    pub async fn keep_job(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
        number: JobNumber,
    ) -> Result<Committed<()>, CommandError> {
        let command = ("keep", number.clone());
        self.change_deployment(by, id, occurrence, command, |deployment| {
            deployment.keep(&number)
        })
        .await
    }

    /// Reads a job for a person. The call counts as every other, since XPM counts it too, and is
    /// refused where it would be one too many.
    pub(super) async fn read_job(&self, number: &JobNumber) -> Result<Option<Job>, CommandError> {
        let _place = self.place_for_a_person().await?;
        let daily = self.practice().await?.value.daily_calls;
        let spend = |change| Unit {
            budget: Some((change, daily)),
            ..Unit::default()
        };
        let debit = BudgetChange::debit(self.now(), 1);
        self.commit(spend(debit)).await?;
        let answer = self.service.ports.gateway.job(&self.id, number).await;
        let told = match &answer {
            Ok(answer) => BudgetChange::told(self.now(), &answer.observed, None),
            Err(error) => BudgetChange::told(self.now(), &error.observed, Some(&error.failure)),
        };
        self.commit(spend(told)).await?;
        Ok(answer?.value)
    }

    pub(super) async fn change<C: Canonical>(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        command: C,
        decide: impl Fn(&Workflow, &Placing<'_>, &C) -> Result<Decision, Refusal>,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        let (command, decide) = (&command, &decide);
        self.retrying(by, "workflow", || async move {
            if let Some(receipt) = self.done_before(by, &(id, command)).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let (found, ground, year_end) = self.load(by, id).await?;
            let decision = decide(&found.value, &ground.placing(year_end, self.now()), command)?;
            if decision.is_empty() {
                return self.nothing(by, &(id, command), ()).await;
            }
            let mut unit =
                ground.guard(self.unit_of(by, found.version, decision, Beside::default()));
            unit.once = by.once_for(&(id, command));
            Ok(Committed::from(self.commit(unit).await?, ()))
        })
        .await
    }

    pub(super) async fn change_deployment(
        &self,
        by: impl Into<By>,
        id: WorkflowId,
        occurrence: Occurrence,
        command: impl Canonical,
        decide: impl Fn(&Deployment) -> Result<Vec<WorkflowEvent>, Refusal>,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        let (command, decide) = (&command, &decide);
        self.retrying(by, "deployment", || async move {
            if let Some(receipt) = self.done_before(by, &(id, occurrence, command)).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let (found, ground, year_end) = self.load(by, id).await?;
            let deployment = self.require_deployment(id, occurrence).await?;
            let events = decide(&deployment.value)?;
            let mut after = deployment.value.clone();
            for event in &events {
                after.apply(event);
            }
            let placing = ground.placing(year_end, self.now());
            let decision = found.value.decide(events, &placing);
            let mut unit =
                ground.guard(self.unit_of(by, found.version, decision, Beside::default()));
            unit.puts
                .push(put(Record::Deployment(Box::new(after)), deployment.version));
            unit.once = by.once_for(&(id, occurrence, command));
            Ok(Committed::from(self.commit(unit).await?, ()))
        })
        .await
    }

    pub(super) async fn load(
        &self,
        by: &By,
        id: WorkflowId,
    ) -> Result<
        (
            Versioned<Workflow>,
            super::facts::Ground,
            crate::timing::FinancialYearEnd,
        ),
        CommandError,
    > {
        let found = self.require_workflow(id).await?;
        by.require_seen(found.version, "workflow")?;
        let ground = self.ground().await?;
        let year_end = self
            .require_client(found.value.client())
            .await?
            .value
            .year_end;
        Ok((found, ground, year_end))
    }

    /// The unit of a decision that begins a deployment.
    pub(super) fn unit_that_begins(&self, by: &By, version: Version, decision: Decision) -> Unit {
        let (id, client) = (decision.workflow.id(), decision.workflow.client());
        let begun = decision
            .events
            .iter()
            .find_map(|event| Deployment::begun(id, client, event));
        let mut unit = self.unit_of(by, version, decision, Beside::default());
        unit.puts
            .extend(begun.map(|begun| put(Record::Deployment(Box::new(begun)), Version::NONE)));
        unit
    }

    pub(super) fn unit_of(
        &self,
        by: &By,
        version: Version,
        decision: Decision,
        beside: Beside,
    ) -> Unit {
        let mut lines = self.workflow_lines(by, decision.workflow.id(), decision.events);
        let mut puts = vec![put(Record::Workflow(Box::new(decision.workflow)), version)];
        lines.extend(beside.lines);
        puts.extend(beside.puts);
        Unit {
            puts,
            lines,
            ..Unit::default()
        }
    }
}

/// The settings replaced, their texts checked for what the workflow was made from.
pub(super) fn edited(
    workflow: &Workflow,
    settings: &Settings,
    placing: &Placing<'_>,
) -> Result<Decision, Refusal> {
    let scope = scope_of(workflow.origin());
    let name = checked_text("name", settings.name.text(), scope)?;
    let description = settings.description.as_ref();
    let description = description
        .map(|text| checked_text("description", text.text(), scope))
        .transpose()?;
    let settings = Settings {
        name,
        description,
        ..settings.clone()
    };
    workflow.change_settings(settings, placing)
}

fn scope_of(origin: &Origin) -> TokenScope {
    match origin {
        Origin::Hand => TokenScope::Client,
        Origin::Proposal { service: None, .. } => TokenScope::Proposal,
        Origin::Proposal {
            service: Some(_), ..
        } => TokenScope::Service,
    }
}

pub(super) fn begun_already(deployment: &Deployment) -> Refusal {
    let occurrence = deployment.occurrence();
    match deployment.job() {
        Some(job) => Refusal::JobExists {
            occurrence,
            job: job.number.to_string(),
        },
        None => Refusal::Begun { occurrence },
    }
}

/// Under a key that was used before, the answer is the workflow of the first time.
fn added_before(receipt: Receipt) -> Result<Committed<WorkflowId>, CommandError> {
    let id =
        receipt
            .entries
            .iter()
            .find_map(|entry| match (&entry.line.subject, &entry.line.event) {
                (Subject::Workflow(id), Event::Workflow(WorkflowEvent::Added { .. })) => Some(*id),
                _ => None,
            });
    let id = id.ok_or_else(|| CommandError::not_found("workflow added under", "this key"))?;
    Ok(Committed::from(receipt, id))
}
