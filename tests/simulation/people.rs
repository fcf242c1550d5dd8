//! The people of the simulation: at random instants somebody does something, through the service
//! as the tab does. What is refused changes nothing.

use std::time::Duration;

use chrono::{Days, NaiveDate, TimeDelta};
use workflow_core::audit::Actor;
use workflow_core::billing::{BillingLevel, LevelOf};
use workflow_core::ids::WorkflowId;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::store::{Of, Query, Record, StoreError, Whose};
use workflow_core::proposal::{Proposal, ProposalState};
use workflow_core::service::{CommandError, PracticeHandle, ScheduleRow, TakeOver, Workflows};
use workflow_core::testing::ManualClock;
use workflow_core::text::Reason;
use workflow_core::tokens::{TextTemplate, TokenScope};
use workflow_core::workflow::{Occurrence, PausedDates, Settings, Workflow};

use crate::dice::Dice;
use crate::gateway::Xpm;
use crate::mend::Beside;
use crate::practice::{self, Size, practice_id};

/// Somebody who acts until the people's time is over.
pub(crate) struct Person {
    pub(crate) workflows: Workflows,
    pub(crate) xpm: Xpm,
    pub(crate) clock: ManualClock,
    pub(crate) dice: Dice,
    pub(crate) size: Size,
    /// About how long between one act and the next.
    pub(crate) every: Duration,
    pub(crate) until: Duration,
}

impl Person {
    /// Acts, and acts again.
    pub(crate) async fn live(self) {
        loop {
            let wait = TimeDelta::from_std(self.dice.around(self.every)).unwrap();
            self.clock.sleep_until(self.clock.now() + wait).await;
            if self.clock.monotonic() >= self.until {
                return;
            }
            if let Err(error) = self.act().await {
                assert!(is_fine(&error), "a person was told: {error:?}");
            }
        }
    }

    pub(crate) fn handle(&self) -> PracticeHandle {
        self.workflows.practice(practice_id())
    }

    pub(crate) fn who(&self) -> Actor {
        let name = self.dice.pick::<&str>(&["Aroha", "Ben", "Mere"]);
        Actor::person(name)
    }

    async fn act(&self) -> Result<(), CommandError> {
        let (handle, dice) = (self.handle(), &self.dice);
        let today = handle.zone().await?.today(self.clock.now());
        match dice.below(30) {
            0 => practice::add(&handle, dice, self.size, today).await,
            1 => self.change_calendar(&handle, today).await,
            2 => self.change_proposal(&handle, today).await,
            3 => {
                let number = practice::PEOPLE - 1;
                let staff = dice.often(700).then(|| practice::staff(number));
                practice::put_person(&handle, number, staff).await
            }
            4..=7 => self.mend(&handle).await,
            8 => self.nominate_job(&handle).await,
            9 => {
                self.work_in_xpm();
                Ok(())
            }
            10..=12 => {
                let all = all_workflows(&handle, &self.workflows).await?;
                match all.as_slice() {
                    [] => Ok(()),
                    all => self.plan_and_apply(&handle, all, today).await,
                }
            }
            _ => {
                let all = all_workflows(&handle, &self.workflows).await?;
                match all.as_slice() {
                    [] => Ok(()),
                    all => self.steer(&handle, dice.pick(all), today).await,
                }
            }
        }
    }

    /// Does something about one workflow.
    async fn steer(
        &self,
        handle: &PracticeHandle,
        workflow: &Workflow,
        today: NaiveDate,
    ) -> Result<(), CommandError> {
        let (dice, id, who) = (&self.dice, workflow.id(), self.who());
        let reason = Reason::new("because").unwrap();
        match dice.below(20) {
            0 | 1 => {
                let settings = self.settings(workflow.settings());
                handle.edit(who, id, settings).await.map(|_| ())
            }
            2 | 3 => match self.coming(handle, id).await? {
                Some(one) => handle.skip(who, id, one, reason).await.map(|_| ()),
                None => Ok(()),
            },
            4 | 5 => match self.coming(handle, id).await? {
                Some(one) => {
                    let to = today + Days::new(dice.below(30));
                    handle.move_to(who, id, one, to).await.map(|_| ())
                }
                None => Ok(()),
            },
            6 => {
                let until = dice.often(600).then(|| today + Days::new(dice.below(15)));
                handle.pause(who, id, until, reason).await.map(|_| ())
            }
            7 | 8 => {
                let dates = *dice.pick(&[PausedDates::Owed, PausedDates::NotOwed]);
                handle.resume(who, id, dates).await.map(|_| ())
            }
            9 if dice.often(400) => handle.archive(who, id).await.map(|_| ()),
            9 | 10 => {
                let one = match dice.below(3) {
                    0 => self.coming(handle, id).await?,
                    _ => None,
                };
                handle.deploy_now(who, id, one).await.map(|_| ())
            }
            11 => {
                let level = *dice.pick(&[
                    BillingLevel::Client,
                    BillingLevel::Proposal,
                    BillingLevel::NonBilling,
                ]);
                let take_over = *dice.pick(&[TakeOver::Refuse, TakeOver::Replace]);
                handle
                    .set_billing(who, id, level, take_over)
                    .await
                    .map(|_| ())
            }
            12 if dice.often(500) => handle.duplicate(who, id).await.map(|_| ()),
            12 | 13 => handle.confirm(who, id).await.map(|_| ()),
            14 => self.change_plan(handle, workflow).await,
            15..=18 => self.change_recurrence(handle, workflow, today).await,
            _ => handle.schedule(id, 12).await.map(|_| ()),
        }
    }

    fn settings(&self, before: &Settings) -> Settings {
        let dice = &self.dice;
        let text = |what: &str| {
            let text = format!("{what} {}", dice.below(1_000));
            TextTemplate::parse(text, TokenScope::Client).unwrap()
        };
        let mut settings = before.clone();
        match dice.below(5) {
            0 => settings.name = text("Work"),
            1 => settings.description = dice.often(700).then(|| text("About")),
            2 => settings.templates = practice::templates(dice),
            3 => settings.manager = dice.often(800).then(|| practice::someone(dice)),
            _ => settings.staff = [practice::someone(dice), practice::someone(dice)].into(),
        }
        settings
    }

    /// One of the next dates.
    pub(crate) async fn coming(
        &self,
        handle: &PracticeHandle,
        id: WorkflowId,
    ) -> Result<Option<Occurrence>, CommandError> {
        let rows = handle.schedule(id, 5).await?;
        let coming: Vec<Occurrence> = rows.iter().map(ScheduleRow::occurrence).collect();
        Ok((!coming.is_empty()).then(|| *self.dice.pick(&coming)))
    }

    async fn change_calendar(
        &self,
        handle: &PracticeHandle,
        today: NaiveDate,
    ) -> Result<(), CommandError> {
        let found = handle.practice().await?;
        let mut practice = found.value;
        let before = &practice.calendar;
        let mut off: Vec<NaiveDate> = before.holidays().iter().map(|day| day.date()).collect();
        // What is begun, or may be being begun, keeps its dates.
        off.push(today + Days::new(self.dice.between(15, 50)));
        off.sort_unstable();
        off.dedup();
        let Some(calendar) = practice::calendar(before.version() + 1, &off) else {
            return Ok(());
        };
        practice.calendar = calendar;
        let by = workflow_core::service::By::from(self.who()).having_seen(found.version);
        self.workflows.set_up(by, practice).await.map(|_| ())
    }

    async fn change_proposal(
        &self,
        handle: &PracticeHandle,
        today: NaiveDate,
    ) -> Result<(), CommandError> {
        let id = practice::proposal(self.dice.below(self.size.clients));
        let Some(found) = handle.proposal(id.clone()).await? else {
            return Ok(());
        };
        let state = match self.dice.below(5) {
            0 => ProposalState::Declined,
            1 => ProposalState::Archived,
            2 => ProposalState::Sent,
            _ => {
                return handle
                    .accept_proposal(self.who(), id, today)
                    .await
                    .map(|_| ());
            }
        };
        let proposal = Proposal {
            state,
            ..found.value
        };
        handle.put_proposal(self.who(), proposal).await.map(|_| ())
    }

    /// Nominates a job that exists for its client's level.
    async fn nominate_job(&self, handle: &PracticeHandle) -> Result<(), CommandError> {
        let dice = &self.dice;
        let of = practice::client(dice.below(self.size.clients));
        let jobs = self.xpm.world().jobs.of_client(of, self.clock.monotonic());
        if jobs.is_empty() || !dice.often(300) {
            return Ok(());
        }
        let number = dice.pick(&jobs).number.clone();
        let take_over = *dice.pick(&[TakeOver::Refuse, TakeOver::Replace]);
        let _allowed = Beside::one(&self.xpm);
        let level = LevelOf::Client(of);
        let nominated = handle.nominate_job(self.who(), level, number, take_over);
        nominated.await.map(|_| ())
    }
}

/// A command may be refused, and XPM may not answer; nothing else may go wrong.
pub(crate) fn is_fine(error: &CommandError) -> bool {
    matches!(
        error,
        CommandError::Refused(_)
            | CommandError::NotFound { .. }
            | CommandError::Changed { .. }
            | CommandError::Gateway(_)
            | CommandError::NoCallNow { .. }
            | CommandError::Store(StoreError::Conflict { .. })
    )
}

pub(crate) async fn all_workflows(
    handle: &PracticeHandle,
    workflows: &Workflows,
) -> Result<Vec<Workflow>, CommandError> {
    let query = Query::of(Of::Workflows {
        whose: Whose::Everybody,
        activity: None,
    });
    let page = workflows.ports().store.find(handle.id(), &query).await?;
    let found = page
        .records
        .into_iter()
        .filter_map(|found| match found.value {
            Record::Workflow(workflow) => Some(*workflow),
            _ => None,
        });
    Ok(found.collect())
}
