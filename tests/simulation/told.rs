//! What the audit tells of one workflow, followed entry by entry with the words of the product.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::WorkingCalendar;
use workflow_core::deployment::{Hold, JobOrder, Rank};
use workflow_core::timing::Dates;
use workflow_core::workflow::{
    Cell, Gate, Handover, MissedRuns, Occurrence, PausedDates, Plan, Schedule, Settings,
    WorkflowEvent,
};
use workflow_core::zone::Zone;

use crate::naive;
use crate::practice;

/// A workflow as its entries tell of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The plans that it had, in the order in which they came.
    pub(crate) ruled: Vec<Ruled>,
    /// The settings under which each occurrence was first sent.
    pub(crate) sent: BTreeMap<Occurrence, Settings>,
    pub(crate) adopted: BTreeSet<Occurrence>,
    pub(crate) gate: Gate,
    pub(crate) unconfirmed: bool,
    pub(crate) archived: bool,
    pub(crate) paused: Option<NaiveDate>,
    /// Days in which nothing was to be deployed, and the word for why.
    pub(crate) gaps: Vec<(NaiveDate, NaiveDate, &'static str)>,
    pub(crate) marks: BTreeMap<Occurrence, Mark>,
    /// Covered dates that a person wants all the same, and the day on which they said so.
    pub(crate) wanted: BTreeMap<Occurrence, NaiveDate>,
    pub(crate) begun: BTreeSet<Occurrence>,
    /// The spans that were begun, each with the schedule that it was begun under.
    pub(crate) cells: Vec<(Cell, Schedule)>,
    settings: Settings,
    handovers: Vec<Handover>,
    billing: BillingLevel,
}

/// A plan, and which nominal dates it took when it came.
#[derive(Clone, Debug)]
pub(crate) struct Ruled {
    /// The first of them.
    pub(crate) from: NaiveDate,
    pub(crate) plan: Plan,
    /// The day on which it came.
    pub(crate) since: NaiveDate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Skipped,
    Missed,
    Moved(NaiveDate),
    /// Another calendar gave its turn another date.
    Covered,
}

/// What holds for all workflows of the practice at an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub(crate) calendars: &'a [WorkingCalendar],
    pub(crate) zone: &'a Zone,
    pub(crate) at: DateTime<Utc>,
    pub(crate) slack: TimeDelta,
}

impl Around<'_> {
    fn today(&self) -> NaiveDate {
        self.zone.today(self.at)
    }
}

/// An occurrence that is begun.
struct Beginning<'a> {
    occurrence: Occurrence,
    rank: Rank,
    dates: &'a Dates,
    deploy_at: DateTime<Utc>,
    cell: Cell,
    held: Option<Hold>,
}

impl Told {
    pub(crate) fn added(event: &WorkflowEvent) -> Option<Self> {
        let WorkflowEvent::Added {
            settings,
            billing,
            plan,
            gate,
            duplicate_of,
            ..
        } = event
        else {
            return None;
        };
        Some(Self {
            ruled: vec![Ruled {
                from: NaiveDate::MIN,
                plan: (**plan).clone(),
                since: NaiveDate::MIN,
            }],
            settings: (**settings).clone(),
            handovers: Vec::new(),
            sent: BTreeMap::new(),
            adopted: BTreeSet::new(),
            billing: *billing,
            gate: *gate,
            unconfirmed: duplicate_of.is_some(),
            archived: false,
            paused: None,
            gaps: Vec::new(),
            marks: BTreeMap::new(),
            wanted: BTreeMap::new(),
            begun: BTreeSet::new(),
            cells: Vec::new(),
        })
    }

    /// The plan in force.
    pub(crate) fn plan(&self) -> &Plan {
        &self
            .ruled
            .last()
            .expect("the one that it was added with")
            .plan
    }

    /// The first date that the plan in force took.
    pub(crate) fn ruled_from(&self) -> NaiveDate {
        self.ruled.last().expect("there is one").from
    }

    /// The place of the plan that rules an occurrence: the last one that took its date.
    pub(crate) fn ruler(&self, occurrence: Occurrence) -> usize {
        let took = |ruled: &Ruled| match occurrence {
            // The date of a one-time workflow is only an attribute.
            Occurrence::Once => true,
            Occurrence::On(date) => ruled.from <= date,
        };
        self.ruled
            .iter()
            .rposition(took)
            .expect("the first took all")
    }

    pub(crate) fn plan_of(&self, occurrence: Occurrence) -> &Plan {
        &self.ruled[self.ruler(occurrence)].plan
    }

    pub(crate) fn moved_to(&self, occurrence: Occurrence) -> Option<NaiveDate> {
        match self.marks.get(&occurrence) {
            Some(Mark::Moved(to)) => Some(*to),
            _ => None,
        }
    }

    /// Follows an entry, and finds fault with what may not follow from those before.
    pub(crate) fn follow(&mut self, event: &WorkflowEvent, around: &Around<'_>) {
        match event {
            WorkflowEvent::Confirmed => self.unconfirmed = false,
            WorkflowEvent::SettingsChanged { after, .. } => self.settings = (**after).clone(),
            WorkflowEvent::BillingChanged { after, .. } => self.billing = *after,
            WorkflowEvent::PlanChanged { after, .. } => {
                let last = self.ruled.last_mut().expect("there is one");
                last.plan = (**after).clone();
            }
            WorkflowEvent::Rescheduled {
                after,
                from,
                unmoved,
                ..
            } => {
                self.ruled.push(Ruled {
                    from: *from,
                    plan: (**after).clone(),
                    since: around.today(),
                });
                for one in unmoved {
                    self.marks.remove(one);
                }
            }
            WorkflowEvent::Wanted { occurrence, .. } => {
                assert!(
                    !self.begun.contains(occurrence),
                    "wanted after it was begun"
                );
                self.wanted.insert(*occurrence, around.today());
            }
            WorkflowEvent::Covered { occurrence, .. } => {
                assert!(
                    !self.begun.contains(occurrence),
                    "covered after it was begun"
                );
                self.marks.insert(*occurrence, Mark::Covered);
            }
            WorkflowEvent::HandoverSet(handover) => self.handovers.push(handover.clone()),
            WorkflowEvent::HandedOver { on } => {
                self.settings = self.settings_on(*on);
                self.handovers.retain(|handover| handover.on > *on);
            }
            WorkflowEvent::Opened { on, starts } => {
                if let Gate::Closed { since, .. } = self.gate {
                    self.gaps.push((since, *on, "proposal closed"));
                }
                let starts = Some(*starts);
                self.gate = Gate::Open { starts };
            }
            WorkflowEvent::Closed { on, by } => {
                let (since, by) = (*on, *by);
                self.gate = Gate::Closed { since, by };
            }
            WorkflowEvent::Paused(pause) => self.paused = Some(pause.from),
            WorkflowEvent::Resumed { on, paused_dates } => {
                let from = self.paused.take().expect("it was paused");
                if *paused_dates == PausedDates::NotOwed {
                    self.gaps.push((from, *on, "paused"));
                }
            }
            WorkflowEvent::Skipped { occurrence, .. } => {
                assert!(
                    !self.begun.contains(occurrence),
                    "skipped after it was begun"
                );
                self.marks.insert(*occurrence, Mark::Skipped);
            }
            WorkflowEvent::Moved { occurrence, to, .. } => {
                assert!(!self.begun.contains(occurrence), "moved after it was begun");
                self.marks.insert(*occurrence, Mark::Moved(*to));
            }
            WorkflowEvent::Missed { occurrence } => self.miss(*occurrence, around),
            WorkflowEvent::Archived { .. } => self.archived = true,
            WorkflowEvent::Begun {
                occurrence,
                rank,
                dates,
                deploy_at,
                cell,
                held,
                ..
            } => self.begin(
                &Beginning {
                    occurrence: *occurrence,
                    rank: *rank,
                    dates,
                    deploy_at: *deploy_at,
                    cell: *cell,
                    held: *held,
                },
                around,
            ),
            WorkflowEvent::Intended {
                occurrence,
                step,
                order: Some(order),
                ..
            }
            | WorkflowEvent::LookUpOwed {
                occurrence,
                step,
                order: Some(order),
                ..
            } => {
                assert_eq!(*step, 0, "the first intent is that of the first step");
                self.freeze(*occurrence, order);
            }
            WorkflowEvent::Adopted { occurrence, .. } => {
                self.adopted.insert(*occurrence);
            }
            _ => {}
        }
    }

    /// The settings of what starts on that day.
    fn settings_on(&self, start: NaiveDate) -> Settings {
        let mut settings = self.settings.clone();
        let mut handovers: Vec<&Handover> = self.handovers.iter().collect();
        handovers.sort_by_key(|handover| handover.on);
        for Handover { from, to, .. } in handovers.into_iter().filter(|kept| kept.on <= start) {
            for part in [&mut settings.partner, &mut settings.manager] {
                part.take_if(|part| part == from)
                    .map(|_| *part = Some(to.clone()));
            }
            if settings.staff.remove(from) {
                settings.staff.insert(to.clone());
            }
        }
        settings
    }

    /// What an occurrence sends is what the settings say now.
    fn freeze(&mut self, occurrence: Occurrence, order: &JobOrder) {
        let settings = self.settings_on(order.create.start);
        assert_eq!(
            order.create.name,
            settings.name.text(),
            "sent as last edited"
        );
        assert_eq!(order.create.category, settings.category);
        let templates = settings.templates.as_slice();
        assert_eq!(order.create.template.as_ref(), templates.first());
        assert_eq!(
            order.templates.as_slice(),
            templates.get(1..).unwrap_or_default()
        );
        let linked = practice::linked_to;
        assert_eq!(order.team.partner, settings.partner.as_ref().map(linked));
        assert_eq!(order.team.manager, settings.manager.as_ref().map(linked));
        let staff: BTreeSet<_> = settings.staff.iter().map(linked).collect();
        assert_eq!(order.team.staff, staff);
        let bills = self.billing != BillingLevel::NonBilling && !self.archived;
        assert_eq!(
            order.create.reference.is_some(),
            bills,
            "{:?}",
            self.billing
        );
        let sent_before = self.sent.insert(occurrence, settings);
        assert!(
            sent_before.is_none(),
            "what {occurrence} sends was frozen twice"
        );
    }

    fn begin(&mut self, beginning: &Beginning<'_>, around: &Around<'_>) {
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

    fn miss(&mut self, occurrence: Occurrence, around: &Around<'_>) {
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

    /// The nominal date, where one is known beforehand.
    pub(crate) fn nominal(&self, occurrence: Occurrence) -> Option<NaiveDate> {
        match (occurrence, &self.plan().schedule, self.gate) {
            (Occurrence::On(date), ..) => Some(date),
            (_, Schedule::OnDate(date), _) => Some(*date),
            (_, Schedule::OnAcceptance, Gate::Open { starts }) => starts,
            _ => None,
        }
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
