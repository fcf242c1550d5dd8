//! What people change in what repeats, and in many workflows at once.

use chrono::{Days, NaiveDate, TimeDelta};
use workflow_core::ids::WorkflowId;
use workflow_core::plan::{
    Action, Applied, ApplyError, Field, Filter, Outcome, SettingsPatch, Which,
};
use workflow_core::ports::clock::Clock as _;
use workflow_core::service::{CommandError, PracticeHandle};
use workflow_core::workflow::{
    Effect, MissedRuns, Occurrence, Plan, RecurrenceChange, Schedule, Workflow,
};

use crate::people::{Person, is_fine};
use crate::practice;

impl Person {
    /// Changes when a workflow deploys: looks at the effect first, at times for a while, and then
    /// applies it for that date and later ones, or for all that is not deployed.
    pub(crate) async fn change_recurrence(
        &self,
        handle: &PracticeHandle,
        workflow: &Workflow,
        today: NaiveDate,
    ) -> Result<(), CommandError> {
        let (dice, id, who) = (&self.dice, workflow.id(), self.who());
        let plan = self.plan_like(workflow.plan(), today);
        let change = match self.coming(handle, id).await? {
            Some(Occurrence::On(date)) if dice.often(500) => {
                RecurrenceChange::from(plan, date + Days::new(dice.below(2) * dice.below(20)))
            }
            _ => RecurrenceChange::not_deployed(plan),
        };
        let preview = handle.preview_change(id, &change).await?;
        if dice.often(200) {
            self.wait(TimeDelta::minutes(90)).await;
        }
        handle
            .change_recurrence(who, id, change, preview.seen)
            .await?;
        let covered = preview.diff.rows.iter().filter_map(|row| {
            let covered = matches!(row.effect, Effect::Covered { .. });
            row.after.as_ref().filter(|_| covered)
        });
        let covered: Vec<Occurrence> = covered.map(|side| side.occurrence).collect();
        if !covered.is_empty() && dice.often(500) {
            // One of the first: the others lie far ahead.
            let first = &covered[..covered.len().min(4)];
            handle
                .deploy_covered(self.who(), id, *dice.pick(first))
                .await?;
        }
        Ok(())
    }

    /// Another plan: another rule or schedule, another timing, or both.
    fn plan_like(&self, before: &Plan, today: NaiveDate) -> Plan {
        let dice = &self.dice;
        let schedule = match dice.below(12) {
            0 => Schedule::OnDate(today + Days::new(dice.below(50))),
            1 => Schedule::ByHand,
            2..=4 => before.schedule.clone(),
            _ => {
                let rule = practice::rule(dice, today).build();
                rule.map_or(Schedule::ByHand, Schedule::Recurring)
            }
        };
        let timing = match dice.often(400) {
            true => practice::timing(dice),
            false => before.timing,
        };
        Plan {
            schedule,
            timing,
            ..before.clone()
        }
    }

    /// Changes what becomes of missed runs, or the timing alone, as an import does.
    pub(crate) async fn change_plan(
        &self,
        handle: &PracticeHandle,
        workflow: &Workflow,
    ) -> Result<(), CommandError> {
        let (dice, before) = (&self.dice, workflow.plan().clone());
        let plan = match dice.often(300) {
            true => Plan {
                missed: *dice.pick(&[
                    MissedRuns::All,
                    MissedRuns::Latest,
                    MissedRuns::Skip,
                    MissedRuns::Hold,
                ]),
                ..before
            },
            false => Plan {
                timing: practice::timing(dice),
                ..before
            },
        };
        let changed = handle.change_plan(self.who(), workflow.id(), plan);
        changed.await.map(|_| ())
    }

    /// Makes a plan for a client or for everybody, and applies it: at once or a while later, once
    /// or once more.
    pub(crate) async fn plan_and_apply(
        &self,
        handle: &PracticeHandle,
        all: &[Workflow],
        today: NaiveDate,
    ) -> Result<(), CommandError> {
        let dice = &self.dice;
        let action = self.action(today);
        let mut filter = Filter::default();
        match dice.below(4) {
            0 if action != Action::Archive => {}
            1 | 2 if action != Action::Archive => {
                filter
                    .clients
                    .insert(practice::client(dice.below(self.size.clients)));
            }
            _ => {
                let one: WorkflowId = dice.pick(all).id();
                filter.workflows.insert(one);
            }
        }
        let plan = handle.plan(action, &filter).await?;
        if dice.often(300) {
            self.wait(TimeDelta::minutes(60)).await;
        }
        let Some(first) = applied(handle.apply(self.who(), &plan).await)? else {
            return Ok(());
        };
        if !dice.often(300) {
            return Ok(());
        }
        let Some(again) = applied(handle.apply(self.who(), &plan).await)? else {
            return Ok(());
        };
        for (first, again) in first.rows.iter().zip(&again.rows) {
            let (first, again) = (&first.outcome, &again.outcome);
            assert!(
                !first.is_done() || matches!(again, Outcome::DoneBefore),
                "a row of a plan was {first}, and when it was applied again {again}"
            );
        }
        Ok(())
    }

    fn action(&self, today: NaiveDate) -> Action {
        let dice = &self.dice;
        let (from, to) = (practice::someone(dice), practice::someone(dice));
        match dice.below(9) {
            0 => Action::Deploy(Which::Next),
            1 | 2 => Action::Deploy(Which::Until(today + Days::new(dice.below(10)))),
            3 if dice.often(300) => Action::Archive,
            3..=5 => Action::Edit(Box::new(match dice.below(3) {
                0 => SettingsPatch {
                    partner: Field::Set(from),
                    manager: Field::Clear,
                    ..SettingsPatch::default()
                },
                1 => SettingsPatch {
                    templates: Field::Set(practice::templates(dice)),
                    ..SettingsPatch::default()
                },
                _ => SettingsPatch {
                    staff: Field::Set([from, to].into()),
                    ..SettingsPatch::default()
                },
            })),
            _ => Action::ReplacePerson {
                from,
                to,
                on: dice
                    .often(700)
                    .then(|| today + Days::new(dice.below(25)) - Days::new(dice.below(3))),
            },
        }
    }

    async fn wait(&self, most: TimeDelta) {
        let minutes = u64::try_from(most.num_minutes()).unwrap_or(1);
        let wait = TimeDelta::minutes(i64::try_from(self.dice.below(minutes)).unwrap_or(0));
        self.clock.sleep_until(self.clock.now() + wait).await;
    }
}

/// What became of each row; `None` where things had changed, and nothing was done.
fn applied(done: Result<Applied, ApplyError>) -> Result<Option<Applied>, CommandError> {
    match done {
        Ok(applied) => {
            for row in &applied.rows {
                if let Outcome::Failed(error) = &row.outcome {
                    assert!(is_fine(error), "a row of a plan failed: {error:?}");
                }
            }
            Ok(Some(applied))
        }
        Err(ApplyError::Changed(_) | ApplyError::TooLarge { .. }) => Ok(None),
        Err(ApplyError::Command(error)) => Err(error),
        Err(error) => panic!("a person was told: {error:?}"),
    }
}
