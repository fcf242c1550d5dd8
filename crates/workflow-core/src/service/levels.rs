//! Nominations: one workflow at a time for each billing level.

use super::command::put;
use super::{By, CommandError, Committed, PracticeHandle};
use crate::audit::{Change, Event, Line, Subject};
use crate::billing::{Level, LevelOf, Nominee, Reference};
use crate::ids::{ClientId, JobNumber, WorkflowId};
use crate::ports::store::{Key, Put, Record, Unit, Version, Versioned};
use crate::proposal::InvoiceGrouping;
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

    /// Nominates a job that exists, by its number: invoices of the level carry the number then,
    /// since a job that was deployed cannot be given a reference. The job is read from XPM once.
    ///
    /// # Errors
    ///
    /// [`CommandError::Refused`] where the proposal's invoices are not grouped by proposal, where
    /// the level has a nominee that is not taken over, or for another client's job;
    /// [`CommandError::NotFound`] for a client, proposal or job that there is not;
    /// [`CommandError::Gateway`] where XPM could not be asked; [`CommandError::NoCallNow`] where its
    /// call limits are used up; and any error of the store.
    pub async fn nominate_job(
        &self,
        by: impl Into<By>,
        of: LevelOf,
        number: JobNumber,
        take_over: TakeOver,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        let command = &("nominate job", of.clone(), number.clone());
        if let Some(receipt) = self.done_before(by, command).await? {
            return Ok(Committed::from(receipt, ()));
        }
        let client = self.client_that_may_bill(&of).await?;
        let job = self
            .read_job(&number)
            .await?
            .ok_or_else(|| CommandError::not_found("job in XPM", &number))?;
        if job.client.is_some_and(|found| found != client) {
            let number = number.to_string();
            return Err(Refusal::OtherClientsJob { number }.into());
        }
        let (of, nominee) = (&of, &Nominee::Job(number));
        self.retrying(by, "billing level", || async move {
            let mut beside = Beside::default();
            match self.level(of.clone()).await? {
                None => self.set_up_level(by, &mut beside, of, nominee.clone()),
                Some(level) if level.value.nominee.as_ref() == Some(nominee) => {
                    return self.nothing(by, command, ()).await;
                }
                Some(level) => {
                    if let (Some(held_by), TakeOver::Refuse) = (&level.value.nominee, take_over) {
                        let nominee = self.in_words(held_by).await?;
                        let level = of.level();
                        return Err(Refusal::LevelTaken { level, nominee }.into());
                    }
                    self.displace(by, &mut beside, level.value.nominee.as_ref())
                        .await?;
                    self.change_nominee(by, &mut beside, level, Some(nominee.clone()));
                }
            }
            let unit = Unit {
                once: by.once_for(command),
                puts: beside.puts,
                lines: beside.lines,
                ..Unit::default()
            };
            Ok(Committed::from(self.commit(unit).await?, ()))
        })
        .await
    }

    /// The client of a level, where the level is allowed.
    async fn client_that_may_bill(&self, of: &LevelOf) -> Result<ClientId, CommandError> {
        match of {
            LevelOf::Client(id) => Ok(self.require_client(*id).await?.value.id),
            LevelOf::Proposal(id) => {
                let found = self.proposal(id.clone()).await?;
                let found = found.ok_or_else(|| CommandError::not_found("proposal", id))?;
                match found.value.grouping {
                    InvoiceGrouping::Proposal => Ok(found.value.client),
                    InvoiceGrouping::Client => {
                        let proposal = id.clone();
                        Err(Refusal::GroupedByClient { proposal }.into())
                    }
                }
            }
        }
    }

    fn set_up_level(&self, by: &By, beside: &mut Beside, of: &LevelOf, nominee: Nominee) {
        let bits = self.service.ports.ids.next().as_u128();
        // The low bits of a UUID of version 7 are its random ones.
        let reference = Reference::generate(of, (bits & u128::from(u64::MAX)) as u64);
        let level = Level {
            of: of.clone(),
            reference,
            nominee: Some(nominee),
        };
        let event = Event::Level(Change::new(level.clone()));
        beside
            .lines
            .push(self.line(by, Subject::Level(of.clone()), event));
        beside.puts.push(put(Record::Level(level), Version::NONE));
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
                let nominee = Nominee::Workflow(workflow.id());
                self.set_up_level(by, &mut beside, &of, nominee);
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
        // What was decided at once happened at once.
        let at = self.now();
        let line = |event| Line {
            at,
            ..self.line(by, Subject::Workflow(id), Event::Workflow(event))
        };
        events.into_iter().map(line).collect()
    }
}
