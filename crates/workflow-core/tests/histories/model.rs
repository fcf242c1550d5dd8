//! An independent and naive model of what changes: every rule that ever was, from which nominal
//! date on, and every cell that was begun. It forgets nothing and is asked date by date.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use workflow_core::business_days::BusinessDays;
use workflow_core::deployment::Rank;
use workflow_core::workflow::{Cell, Occurrence, Plan, Schedule, WorkflowEvent};

#[derive(Debug)]
pub(crate) struct Model {
    /// Plans in the order in which they came, each with the first nominal date that it took.
    plans: Vec<(NaiveDate, Plan)>,
    begun: Vec<(Cell, Schedule)>,
    wanted: BTreeSet<Occurrence>,
    skipped: BTreeSet<Occurrence>,
}

impl Model {
    pub(crate) fn of(plan: Plan) -> Self {
        Self {
            plans: vec![(NaiveDate::MIN, plan)],
            begun: Vec::new(),
            wanted: BTreeSet::new(),
            skipped: BTreeSet::new(),
        }
    }

    /// The plan that rules a date: the last that took it.
    fn ruler(&self, date: NaiveDate) -> usize {
        let took = |(from, _): &(NaiveDate, Plan)| *from <= date;
        self.plans.iter().rposition(took).unwrap()
    }

    fn plan_in_force(&self) -> &Plan {
        &self.plans.last().unwrap().1
    }

    pub(crate) fn gives(&self, date: NaiveDate, calendar: &impl BusinessDays) -> bool {
        gives(&self.plans[self.ruler(date)].1, date, calendar)
    }

    /// Whether a rule gave the date until a change took it.
    pub(crate) fn gave(&self, date: NaiveDate, calendar: &impl BusinessDays) -> bool {
        let mut before: Vec<usize> = Vec::new();
        for (place, (from, _)) in self.plans.iter().enumerate() {
            if *from <= date {
                before.push(place);
            }
        }
        before.pop();
        before
            .iter()
            .any(|place| gives(&self.plans[*place].1, date, calendar))
    }

    /// Takes in what happened, and checks that it may.
    pub(crate) fn take(&mut self, event: &WorkflowEvent, calendar: &impl BusinessDays) {
        match event {
            WorkflowEvent::Rescheduled { after, from, .. } => {
                self.plans.push((*from, (**after).clone()));
            }
            WorkflowEvent::PlanChanged { after, .. } => {
                self.plans.last_mut().unwrap().1 = (**after).clone();
            }
            WorkflowEvent::Wanted { occurrence, .. } => {
                self.wanted.insert(*occurrence);
            }
            WorkflowEvent::Skipped { occurrence, .. } | WorkflowEvent::Missed { occurrence } => {
                self.skipped.insert(*occurrence);
            }
            WorkflowEvent::Begun {
                occurrence,
                cell,
                rank,
                dates,
                ..
            } => self.begin(*occurrence, *cell, *rank, dates.nominal(), calendar),
            _ => {}
        }
    }

    fn begin(
        &mut self,
        occurrence: Occurrence,
        cell: Cell,
        rank: Rank,
        nominal: NaiveDate,
        calendar: &impl BusinessDays,
    ) {
        let schedule = match occurrence {
            Occurrence::Once => {
                let schedule = &self.plan_in_force().schedule;
                assert!(schedule.is_one_time(), "{occurrence} under {schedule}");
                schedule.clone()
            }
            Occurrence::On(date) => {
                assert!(self.gives(date, calendar), "{occurrence} is in no rule");
                self.plans[self.ruler(date)].1.schedule.clone()
            }
        };
        assert!(
            !self.skipped.contains(&occurrence),
            "{occurrence} was skipped"
        );
        let by_hand = occurrence == Occurrence::Once && schedule == Schedule::ByHand;
        if !by_hand && !self.wanted.contains(&occurrence) {
            let other = |schedule_of_cell: &Schedule| !alike(schedule_of_cell, &schedule);
            let covering = self
                .begun
                .iter()
                .find(|(cell, under)| holds(cell, nominal) && other(under));
            assert_eq!(covering, None, "{occurrence} is covered, {rank:?}");
        }
        self.begun.push((cell, schedule));
    }

    /// The covered dates that are still to be had, each with one that covers it.
    pub(crate) fn covering(&self, date: NaiveDate) -> BTreeMap<Occurrence, Cell> {
        let schedule = &self.plans[self.ruler(date)].1.schedule;
        let covering = self
            .begun
            .iter()
            .filter(|(cell, under)| holds(cell, date) && !alike(under, schedule));
        covering.map(|(cell, _)| (cell.occurrence, *cell)).collect()
    }
}

fn gives(plan: &Plan, date: NaiveDate, calendar: &impl BusinessDays) -> bool {
    let Schedule::Recurring(rule) = &plan.schedule else {
        return false;
    };
    date >= plan.deploys_from && rule.dates(date..=date, calendar).next().is_some()
}

fn holds(cell: &Cell, date: NaiveDate) -> bool {
    match cell.until {
        Some(until) => cell.from <= date && date < until,
        None => cell.from == date,
    }
}

/// Dates of one rule never cover each other, wherever it ends.
fn alike(one: &Schedule, other: &Schedule) -> bool {
    match (one, other) {
        (Schedule::Recurring(one), Schedule::Recurring(other)) => {
            (one.rule(), one.anchor()) == (other.rule(), other.anchor())
        }
        _ => one == other,
    }
}
