//! Nominations: one workflow at a time for each billing level.

use super::command::put;
use super::{By, CommandError, PracticeHandle};
use crate::audit::{Change, Event, Line, Subject};
use crate::billing::{Level, LevelOf, Nominee, Reference};
use crate::ids::WorkflowId;
use crate::ports::store::{Key, Put, Record, Version, Versioned};
use crate::workflow::Workflow;
use crate::workflow::decide::Refusal;

/// Whether a level that is held by another is taken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TakeOver {
    /// It is left alone, and the command is refused.
    #[default]
    Refuse,
    /// It is taken over.
    Replace,
}

/// Records to write and lines to add beside those of a workflow.
#[derive(Debug, Default)]
pub(super) struct Beside {
    pub(super) puts: Vec<Put>,
    pub(super) lines: Vec<Line>,
}

impl PracticeHandle {
    /// A billing level, with its reference and nominee.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn level(&self, of: LevelOf) -> Result<Option<Versioned<Level>>, CommandError> {
        Ok(match self.record(&Key::Level(of)).await? {
            Some(Versioned {
                version,
                value: Record::Level(value),
            }) => Some(Versioned { version, value }),
            _ => None,
        })
    }

    /// What it takes to nominate `workflow` for the level that it bills at, and to leave the one
    /// that it was nominated for before.
    pub(super) async fn nominate(
        &self,
        by: &By,
        before: Option<&Workflow>,
        workflow: &Workflow,
        take_over: TakeOver,
    ) -> Result<Beside, CommandError> {
        let mut beside = Beside::default();
        let left = before.and_then(Workflow::level);
        let taken = workflow.level().filter(|_| workflow.archived().is_none());
        if left == taken {
            return Ok(beside);
        }
        if let Some(of) = left
            && let Some(level) = self.level(of).await?
            && level.value.is_held_by(workflow.id())
        {
            self.change_nominee(by, &mut beside, level, None);
        }
        let Some(of) = taken else { return Ok(beside) };
        match self.level(of.clone()).await? {
            None => {
                let bits = self.service.ports.ids.next().as_u128();
                // The low bits of a UUID of version 7 are its random ones.
                let reference = Reference::generate(&of, (bits & u128::from(u64::MAX)) as u64);
                let nominee = Some(Nominee::Workflow(workflow.id()));
                let level = Level {
                    of: of.clone(),
                    reference,
                    nominee,
                };
                let event = Event::Level(Change::new(level.clone()));
                beside.lines.push(self.line(by, Subject::Level(of), event));
                beside.puts.push(put(Record::Level(level), Version::NONE));
            }
            Some(level) if level.value.is_held_by(workflow.id()) => {}
            Some(level) => {
                if let (Some(nominee), TakeOver::Refuse) = (&level.value.nominee, take_over) {
                    let nominee = self.in_words(nominee).await?;
                    let level = workflow.billing();
                    return Err(Refusal::LevelTaken { level, nominee }.into());
                }
                let nominee = Some(Nominee::Workflow(workflow.id()));
                self.displace(by, &mut beside, level.value.nominee.as_ref())
                    .await?;
                self.change_nominee(by, &mut beside, level, nominee);
            }
        }
        Ok(beside)
    }

    /// A workflow that loses its level to another becomes non-billing, and says so in its audit.
    async fn displace(
        &self,
        by: &By,
        beside: &mut Beside,
        nominee: Option<&Nominee>,
    ) -> Result<(), CommandError> {
        let Some(Nominee::Workflow(id)) = nominee else {
            return Ok(());
        };
        let Some(Versioned { version, value }) = self.workflow(*id).await? else {
            return Ok(());
        };
        let ground = self.ground().await?;
        let client = self.require_client(value.client()).await?;
        let placing = ground.placing(client.value.year_end, self.now());
        let decision =
            value.change_billing(crate::billing::BillingLevel::NonBilling, None, &placing)?;
        beside
            .lines
            .extend(self.workflow_lines(by, *id, decision.events));
        beside
            .puts
            .push(put(Record::Workflow(Box::new(decision.workflow)), version));
        Ok(())
    }

    fn change_nominee(
        &self,
        by: &By,
        beside: &mut Beside,
        level: Versioned<Level>,
        nominee: Option<Nominee>,
    ) {
        let Versioned {
            version,
            value: before,
        } = level;
        let after = Level {
            nominee,
            ..before.clone()
        };
        let subject = Subject::Level(after.of.clone());
        let event = Event::Level(Change::from(Some(before), after.clone()));
        beside.lines.push(self.line(by, subject, event));
        beside.puts.push(put(Record::Level(after), version));
    }

    async fn in_words(&self, nominee: &Nominee) -> Result<String, CommandError> {
        Ok(match nominee {
            Nominee::Job(number) => format!("job {number}"),
            Nominee::Workflow(id) => match self.workflow(*id).await? {
                Some(workflow) => format!("the workflow “{}”", workflow.value.settings().name),
                None => format!("the workflow {id}"),
            },
        })
    }

    pub(super) fn workflow_lines(
        &self,
        by: &By,
        id: WorkflowId,
        events: Vec<crate::workflow::WorkflowEvent>,
    ) -> Vec<Line> {
        events
            .into_iter()
            .map(|event| self.line(by, Subject::Workflow(id), Event::Workflow(event)))
            .collect()
    }
}
