//! What may be begun and what may be missed, by what was told of the workflow before.

use chrono::{DateTime, NaiveDate, Utc};
use workflow_core::deployment::{Hold, Rank};
use workflow_core::timing::Dates;
use workflow_core::workflow::{Cell, Gate, MissedRuns, Occurrence, Schedule};

use crate::naive;
use crate::told::{Around, Mark, Told};

/// An occurrence that is begun.
pub(crate) struct Beginning<'a> {
    pub(crate) occurrence: Occurrence,
    pub(crate) rank: Rank,
    pub(crate) dates: &'a Dates,
    pub(crate) deploy_at: DateTime<Utc>,
    pub(crate) cell: Cell,
    pub(crate) held: Option<Hold>,
}

impl Told {
    pub(crate) fn begin(&mut self, beginning: &Beginning<'_>, around: &Around<'_>) {
        let Beginning {
            occurrence,
            rank,
            dates,
            deploy_at,
            cell,
            held,
        } = *beginning;
        assert!(
            self.begun.insert(occurrence),
            "{occurrence} was begun twice"
        );
        let mark = self.marks.get(&occurrence).copied();
        let wanted = self.wanted.contains_key(&occurrence);
        assert!(
            !matches!(mark, Some(Mark::Skipped | Mark::Missed))
                && (wanted || mark != Some(Mark::Covered)),
            "{occurrence} was begun though it was {mark:?}"
        );
        assert!(
            !self.archived,
            "{occurrence} was begun after the workflow was archived"
        );
        assert!(
            matches!(self.gate, Gate::Open { .. }),
            "{occurrence} was begun without its proposal"
        );
        let missed_hold = held == Some(Hold::MissedRun);
        assert!(!missed_hold || self.plan().missed == MissedRuns::Hold);
        self.cover(occurrence, dates.nominal(), cell, around);
        if rank == Rank::Asked {
            return;
        }
        assert!(self.paused.is_none(), "{occurrence} was begun in a pause");
        assert!(
            !self.unconfirmed,
            "{occurrence} of a duplicate was begun unconfirmed"
        );
        assert!(
            deploy_at <= around.at + around.slack,
            "{occurrence} was begun before it was due"
        );
        if let Some(nominal) = self.nominal(occurrence) {
            let start = dates.start();
            let placed = around.calendars.iter().any(|calendar| {
                let timing = &self.plan_of(occurrence).timing;
                let moved_to = self.moved_to(occurrence);
                naive::place(timing, nominal, moved_to, calendar).0 == start
            });
            assert!(
                placed,
                "{occurrence} was to start on another day than {start}"
            );
        }
    }

    /// What is begun is in its rule, covers its span, and lies in no span of another rule, unless a
    /// person wants it all the same.
    fn cover(
        &mut self,
        occurrence: Occurrence,
        nominal: NaiveDate,
        cell: Cell,
        around: &Around<'_>,
    ) {
        let plan = self.plan_of(occurrence);
        let schedule = plan.schedule.clone();
        assert_eq!((cell.occurrence, cell.from), (occurrence, nominal));
        match (occurrence, schedule.recurrence()) {
            (Occurrence::On(date), Some(rule)) => {
                assert!(date >= plan.deploys_from, "{occurrence} was begun early");
                let given = around.calendars.iter().any(|calendar| {
                    let next = naive::after(rule, date, calendar);
                    naive::dates(rule, date, calendar).last() == Some(&date) && cell.until == next
                });
                assert!(
                    given,
                    "{occurrence} is in no rule, or covers another span: {cell:?}"
                );
            }
            (Occurrence::Once, None) => assert_eq!(cell.until, None),
            _ => panic!("{occurrence} was begun under {schedule}"),
        }
        let by_hand = schedule == Schedule::ByHand;
        if !by_hand && !self.wanted.contains_key(&occurrence) {
            let covering = self.covering(nominal, &schedule);
            assert_eq!(
                covering, None,
                "{occurrence} was begun though it is covered"
            );
        }
        self.cells.push((cell, schedule));
    }

    /// The span of another rule that was begun and covers a date.
    pub(crate) fn covering(&self, nominal: NaiveDate, schedule: &Schedule) -> Option<Cell> {
        let holds = |cell: &Cell| match cell.until {
            Some(until) => cell.from <= nominal && nominal < until,
            None => cell.from == nominal,
        };
        let found = self
            .cells
            .iter()
            .find(|(cell, under)| holds(cell) && !alike(under, schedule));
        found.map(|(cell, _)| *cell)
    }

    pub(crate) fn miss(&mut self, occurrence: Occurrence, around: &Around<'_>) {
        assert!(
            !self.begun.contains(&occurrence),
            "missed after it was begun"
        );
        let policy = self.plan().missed;
        let mark = self.marks.get(&occurrence).copied();
        self.marks.insert(occurrence, Mark::Missed);
        if self.follows_calendar(occurrence, around) {
            return;
        }
        assert!(
            matches!(policy, MissedRuns::Latest | MissedRuns::Skip),
            "{occurrence} was recorded as missed though the workflow says: {policy}"
        );
        // It was due, whatever else was.
        let nominal = self.nominal(occurrence).expect("it has a date");
        let due = around.calendars.iter().any(|calendar| {
            let timing = &self.plan_of(occurrence).timing;
            let (_, day) = naive::place(timing, nominal, moved_to(mark), calendar);
            naive::six_on(day, around.zone) <= around.at + around.slack
        });
        assert!(due, "{occurrence} was recorded as missed before it was due");
    }

    /// Whether what was missed under one calendar is told of the date that another one gives the
    /// same turn instead.
    fn follows_calendar(&self, occurrence: Occurrence, around: &Around<'_>) -> bool {
        let Some(rule) = self.plan_of(occurrence).schedule.recurrence() else {
            return false;
        };
        let before = around
            .calendars
            .get(1)
            .filter(|_| naive::follows_calendar(rule));
        before.is_some_and(|before| {
            let date = occurrence.nominal().expect("it repeats");
            naive::dates(rule, date, before).last() != Some(&date)
        })
    }
}

/// Dates of one rule never cover each other, wherever it ends.
pub(crate) fn alike(one: &Schedule, other: &Schedule) -> bool {
    match (one.recurrence(), other.recurrence()) {
        (Some(one), Some(other)) => (one.rule(), one.anchor()) == (other.rule(), other.anchor()),
        _ => one == other,
    }
}

pub(crate) fn moved_to(mark: Option<Mark>) -> Option<NaiveDate> {
    match mark {
        Some(Mark::Moved(to)) => Some(to),
        _ => None,
    }
}
