//! Applying a plan: exactly its rows, each once, or nothing where things have changed.

use super::levels::{Beside, TakeOver};
use super::planning::{changing, deploying_one};
use super::workflows::edited;
use super::{By, CommandError, PracticeHandle};
use crate::audit::Actor;
use crate::plan::{
    Action, Applied, AppliedRow, ApplyError, ChangedRow, Known, Outcome, Plan, Row, Which, Work,
};
use crate::ports::store::{Unit, Version};
use crate::workflow::{Occurrence, Placing, Workflow};

impl PracticeHandle {
    /// Does what a plan says, row by row: each in a unit of its own, with its own audit entries
    /// and its own outcome.
    ///
    /// Before the first row is done, all that are not done yet are made again and compared: where
    /// one would come out otherwise, nothing is done at all. Rows with a conflict that stops them
    /// are left out. A row that was done when the plan was applied before is not done again, so a
    /// plan may be applied again after a crash or a lost answer, and goes on where it was.
    ///
    /// What is deployed is begun here; the scheduler sends it, within the quota.
    ///
    /// May be cancelled: each row has then been done whole or not at all.
    ///
    /// # Errors
    ///
    /// [`ApplyError::Changed`] with each row that has changed and in what,
    /// [`ApplyError::OtherPractice`], [`ApplyError::TooLarge`], and [`ApplyError::Command`] where
    /// what it needs could not be read. In every case nothing was done.
    pub async fn apply(&self, actor: Actor, plan: &Plan) -> Result<Applied, ApplyError> {
        if plan.practice() != self.id() {
            return Err(ApplyError::OtherPractice {
                plan: plan.practice().clone(),
                asked: self.id().clone(),
            });
        }
        let (most, found) = (Plan::MOST_TO_APPLY, plan.rows().len());
        if found > most {
            return Err(ApplyError::TooLarge { most, found });
        }
        let mut orders: Vec<(By, &Row)> = Vec::new();
        let (mut left, mut done) = (Vec::new(), Vec::new());
        for row in plan.rows() {
            let key = plan
                .row_key(row)
                .map_err(|_| CommandError::not_found("key for", row.workflow))?;
            let by = By::from(actor.clone()).once(key);
            match self.done_before(&by, &command(row)).await? {
                Some(_) => done.push(row),
                None => left.push(row),
            }
            orders.push((by, row));
        }
        let (again, known) = self.rows_again(plan, &left, &done).await?;
        let mut changed = Vec::new();
        for row in &left {
            let differences = match again.get(&row.subject()) {
                Some(now) => row.differences(now),
                None => row.is_no_more(self.why_no_row(row).await?),
            };
            if !differences.is_empty() {
                changed.push(ChangedRow {
                    workflow: row.workflow,
                    workflow_name: row.workflow_name.clone(),
                    client_name: row.client_name.clone(),
                    occurrence: row.occurrence(),
                    differences,
                });
            }
        }
        if !changed.is_empty() {
            return Err(ApplyError::Changed(changed));
        }
        let mut rows = Vec::new();
        for (by, row) in orders {
            let outcome = match self.apply_row(&by, plan.action(), row, &known).await {
                Ok(outcome) => outcome,
                Err(error) => Outcome::Failed(error),
            };
            rows.push(AppliedRow {
                workflow: row.workflow,
                occurrence: row.occurrence(),
                outcome,
            });
        }
        Ok(Applied { rows })
    }

    /// Why a row that was planned would not be planned now.
    async fn why_no_row(&self, row: &Row) -> Result<String, CommandError> {
        let Some(found) = self.workflow(row.workflow).await? else {
            return Ok("the workflow is gone".to_owned());
        };
        let Some(planned) = row.deployment() else {
            return Ok(match found.value.archived() {
                Some(on) => format!("archived on {on}"),
                None => "nothing to change any more".to_owned(),
            });
        };
        let date = match planned.occurrence {
            Occurrence::On(date) => date,
            Occurrence::Once => planned.start,
        };
        let why = self.why(row.workflow, date).await?.to_string();
        Ok(format!("{why} ({})", found.value.status()))
    }

    async fn apply_row(
        &self,
        by: &By,
        action: &Action,
        row: &Row,
        known: &Known,
    ) -> Result<Outcome, CommandError> {
        self.retrying(by, "workflow", || async move {
            if self.done_before(by, &command(row)).await?.is_some() {
                return Ok(Outcome::DoneBefore);
            }
            if row.is_stopped() {
                return Ok(Outcome::LeftOut(row.conflicts.clone()));
            }
            let (found, ground, year_end) = self.load(by, row.workflow).await?;
            let placing = ground.placing(year_end, self.now());
            let workflow = &found.value;
            let differences = match again(action, row, workflow, &placing, known) {
                Some(now) => row.alone().differences(&now.alone()),
                None => row.is_no_more(self.why_no_row(row).await?),
            };
            if !differences.is_empty() {
                return Ok(Outcome::Changed(differences));
            }
            let mut unit = self
                .unit_of_row(by, action, row, workflow, found.version, &placing)
                .await?;
            unit.unchanged.push(ground.seen());
            unit.once = by.once_for(&command(row));
            let receipt = self.commit(unit).await?;
            Ok(match receipt.repeated {
                true => Outcome::DoneBefore,
                false => Outcome::Done,
            })
        })
        .await
    }

    async fn unit_of_row(
        &self,
        by: &By,
        action: &Action,
        row: &Row,
        workflow: &Workflow,
        version: Version,
        placing: &Placing<'_>,
    ) -> Result<Unit, CommandError> {
        Ok(match (&row.work, action) {
            (Work::Deploy(planned), _) => {
                let occurrence = Some(planned.occurrence);
                let (decision, _) = workflow.deploy_now(&self.id, occurrence, placing)?;
                self.unit_that_begins(by, version, decision)
            }
            (Work::Edit { .. } | Work::HandOver(_), Action::ReplacePerson { from, to, on }) => {
                let decision = workflow.replace_person(from, to, *on, placing);
                self.unit_of(by, version, decision, Beside::default())
            }
            (Work::Edit { after, .. }, _) => {
                let decision = edited(workflow, after, placing)?;
                self.unit_of(by, version, decision, Beside::default())
            }
            (Work::HandOver(handover), _) => {
                let (from, to, on) = (&handover.from, &handover.to, Some(handover.on));
                let decision = workflow.replace_person(from, to, on, placing);
                self.unit_of(by, version, decision, Beside::default())
            }
            (Work::Archive, _) => {
                let decision = workflow.archive(placing);
                let before = Some(workflow);
                let beside = self
                    .nominate(by, before, &decision.workflow, TakeOver::Refuse)
                    .await?;
                self.unit_of(by, version, decision, beside)
            }
        })
    }
}

/// What stands for a row's command under its key.
fn command(row: &Row) -> (&'static str, String) {
    ("plan row", row.digest().to_string())
}

/// The row as it would be made of the workflow as it is now, without what others make of it.
fn again(
    action: &Action,
    row: &Row,
    workflow: &Workflow,
    placing: &Placing<'_>,
    known: &Known,
) -> Option<Row> {
    let client = known.clients.get(&workflow.client())?;
    let (Action::Deploy(which), Some(planned)) = (action, row.deployment()) else {
        return changing(action, workflow, client, placing, known);
    };
    // Nothing that deploys after it has to be looked at.
    let which = match which {
        Which::Until(until) => Which::Until(planned.deploys_on.min(*until)),
        Which::Next => Which::Next,
    };
    deploying_one(which, workflow, client, placing, known)
        .into_iter()
        .find(|now| now.subject() == row.subject())
}
