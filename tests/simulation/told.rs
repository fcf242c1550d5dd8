//! What the audit tells of one workflow, followed entry by entry with the words of the product; and
//! from it, for each date, whether a job is owed and which reasons there may be for none.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::WorkingCalendar;
use workflow_core::deployment::{Hold, Rank};
use workflow_core::timing::Timing;
use workflow_core::workflow::{
    Gate, MissedRuns, Occurrence, PausedDates, Plan, Schedule, Settings, WorkflowEvent,
};
use workflow_core::zone::Zone;

use crate::naive;

/// A workflow as its entries tell of it.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) plan: Plan,
    pub(crate) settings: Settings,
    /// The settings under which each occurrence was first sent.
    pub(crate) sent: BTreeMap<Occurrence, Settings>,
    pub(crate) adopted: BTreeSet<Occurrence>,
    billing: BillingLevel,
    gate: Gate,
    unconfirmed: bool,
    archived: bool,
    paused: Option<NaiveDate>,
    /// Days in which nothing was to be deployed, and the word for why.
    gaps: Vec<(NaiveDate, NaiveDate, &'static str)>,
    marks: BTreeMap<Occurrence, Mark>,
    begun: BTreeSet<Occurrence>,
    /// The plans that it had before.
    plans: Vec<Plan>,
    /// The plans of the nominal dates before a day each, the earliest day first.
    until: Vec<(NaiveDate, Plan)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Skipped,
    Missed,
    Moved(NaiveDate),
}

/// What holds for all workflows of the practice at an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub(crate) calendars: &'a [WorkingCalendar],
    pub(crate) zone: &'a Zone,
    pub(crate) at: DateTime<Utc>,
    pub(crate) slack: TimeDelta,
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
            plan: (**plan).clone(),
            settings: (**settings).clone(),
            sent: BTreeMap::new(),
            adopted: BTreeSet::new(),
            billing: *billing,
            gate: *gate,
            unconfirmed: duplicate_of.is_some(),
            archived: false,
            paused: None,
            gaps: Vec::new(),
            marks: BTreeMap::new(),
            begun: BTreeSet::new(),
            plans: Vec::new(),
            until: Vec::new(),
        })
    }

    /// Follows an entry, and finds fault with what may not follow from those before.
    pub(crate) fn follow(&mut self, event: &WorkflowEvent, around: &Around<'_>) {
        match event {
            WorkflowEvent::Confirmed => self.unconfirmed = false,
            WorkflowEvent::SettingsChanged { after, .. } => self.settings = (**after).clone(),
            WorkflowEvent::BillingChanged { after, .. } => self.billing = *after,
            WorkflowEvent::PlanChanged { after, .. } => {
                self.plans
                    .push(std::mem::replace(&mut self.plan, (**after).clone()));
            }
            WorkflowEvent::Rescheduled {
                after,
                from,
                unmoved,
                ..
            } => {
                let before = std::mem::replace(&mut self.plan, (**after).clone());
                self.plans.push(before.clone());
                // Dates before that day stay under the plans that they were under.
                self.until.retain(|(until, _)| until < from);
                self.until.push((*from, before));
                for one in unmoved {
                    self.marks.remove(one);
                }
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
                held,
                ..
            } => {
                let start = dates.start();
                self.begin(*occurrence, *rank, start, *deploy_at, *held, around);
            }
            WorkflowEvent::Intended {
                occurrence,
                step,
                order: Some(order),
                ..
            } => {
                assert_eq!(*step, 0, "the first intent is that of the first step");
                let settings = &self.settings;
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
                let bills = self.billing != BillingLevel::NonBilling && !self.archived;
                assert_eq!(
                    order.create.reference.is_some(),
                    bills,
                    "{:?}",
                    self.billing
                );
                let sent_before = self.sent.insert(*occurrence, settings.clone());
                assert!(
                    sent_before.is_none(),
                    "what {occurrence} sends was frozen twice"
                );
            }
            WorkflowEvent::Adopted { occurrence, .. } => {
                self.adopted.insert(*occurrence);
            }
            _ => {}
        }
    }

    fn begin(
        &mut self,
        occurrence: Occurrence,
        rank: Rank,
        start: NaiveDate,
        deploy_at: DateTime<Utc>,
        held: Option<Hold>,
        around: &Around<'_>,
    ) {
        assert!(
            self.begun.insert(occurrence),
            "{occurrence} was begun twice"
        );
        let mark = self.marks.get(&occurrence).copied();
        assert!(
            !matches!(mark, Some(Mark::Skipped | Mark::Missed)),
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
        assert!(!missed_hold || self.plan.missed == MissedRuns::Hold);
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
            let placed = around.calendars.iter().any(|calendar| {
                let moved_to = moved_to(mark);
                naive::place(self.timing_of(nominal), nominal, moved_to, calendar).0 == start
            });
            assert!(
                placed,
                "{occurrence} was to start on another day than {start}"
            );
        }
    }

    fn miss(&mut self, occurrence: Occurrence, around: &Around<'_>) {
        assert!(
            !self.begun.contains(&occurrence),
            "missed after it was begun"
        );
        let policy = self.plan.missed;
        assert!(
            matches!(policy, MissedRuns::Latest | MissedRuns::Skip),
            "{occurrence} was recorded as missed though the workflow says: {policy}"
        );
        // It was due, whatever else was.
        let mark = self.marks.insert(occurrence, Mark::Missed);
        let nominal = self.nominal(occurrence).expect("it has a date");
        let due = around.calendars.iter().any(|calendar| {
            let (_, day) = naive::place(self.timing_of(nominal), nominal, moved_to(mark), calendar);
            naive::six_on(day, around.zone) <= around.at + around.slack
        });
        assert!(due, "{occurrence} was recorded as missed before it was due");
    }

    /// The period, roll, lead and due rule of a nominal date.
    fn timing_of(&self, nominal: NaiveDate) -> &Timing {
        // The date of a one-time workflow is only an attribute.
        let repeats = self.plan.schedule.recurrence().is_some();
        let mut under = self.until.iter().filter(|_| repeats);
        let under = under.find(|(until, _)| nominal < *until);
        under.map_or(&self.plan.timing, |(_, plan)| &plan.timing)
    }

    /// The nominal date, where one is known beforehand.
    fn nominal(&self, occurrence: Occurrence) -> Option<NaiveDate> {
        match (occurrence, &self.plan.schedule, self.gate) {
            (Occurrence::On(date), ..) => Some(date),
            (_, Schedule::OnDate(date), _) => Some(*date),
            (_, Schedule::OnAcceptance, Gate::Open { starts }) => starts,
            _ => None,
        }
    }

    /// The occurrences that were due by `horizon` and were never begun, each with the words of
    /// which one has to be the reason; no word where a job is owed.
    pub(crate) fn not_begun(
        &self,
        horizon: DateTime<Utc>,
        calendars: &[WorkingCalendar],
        zone: &Zone,
    ) -> Vec<(Occurrence, Vec<&'static str>)> {
        let until = zone.today(horizon) + Days::new(40);
        let calendar = &calendars[0];
        let all: Vec<Occurrence> = match &self.plan.schedule {
            Schedule::Recurring(rule) => {
                let mut dates = naive::dates(rule, until, calendar);
                if naive::follows_calendar(rule) {
                    // A date that another calendar moved is another occurrence: those that all
                    // calendars give are enough to ask for.
                    for other in &calendars[1..] {
                        let given = naive::dates(rule, until, other);
                        dates.retain(|date| given.binary_search(date).is_ok());
                    }
                }
                dates.retain(|date| *date >= self.plan.deploys_from);
                dates.into_iter().map(Occurrence::On).collect()
            }
            _ => vec![Occurrence::Once],
        };
        let not_begun = all.into_iter().filter(|one| !self.begun.contains(one));
        not_begun
            .filter_map(|one| Some((one, self.reasons(one, horizon, calendar, zone)?)))
            .collect()
    }

    /// `None` where it was not due by then.
    fn reasons(
        &self,
        occurrence: Occurrence,
        horizon: DateTime<Utc>,
        calendar: &WorkingCalendar,
        zone: &Zone,
    ) -> Option<Vec<&'static str>> {
        let mark = self.marks.get(&occurrence).copied();
        let mut words = Vec::new();
        match mark {
            Some(Mark::Skipped) => return Some(vec!["skipped"]),
            Some(Mark::Missed) => return Some(vec!["missed"]),
            _ => {}
        }
        if self.archived {
            words.push("archived");
        }
        match self.gate {
            Gate::AwaitsAcceptance => words.push("waiting"),
            Gate::Closed { .. } => words.push("proposal closed"),
            Gate::Open { .. } => {}
        }
        if self.unconfirmed {
            words.push("waiting");
        }
        if self.paused.is_some() {
            words.push("paused");
        }
        let moved = moved_to(mark);
        let nominal = match (self.nominal(occurrence), moved, &self.plan.schedule) {
            (Some(nominal), _, _) | (None, Some(nominal), _) => nominal,
            (None, None, Schedule::ByHand) => {
                return Some(vec!["waiting", "archived", "proposal closed"]);
            }
            (None, None, _) => return Some(words),
        };
        let (_, deploys_on) = naive::place(self.timing_of(nominal), nominal, moved, calendar);
        let at_once = matches!(self.plan.schedule, Schedule::OnAcceptance);
        if !at_once && naive::six_on(deploys_on, zone) > horizon {
            return None;
        }
        if occurrence != Occurrence::Once {
            // A date that was passed over is not owed again because its deploy day was changed.
            let days = self.plans.iter().chain([&self.plan]).map(|plan| {
                let (_, deploys_on) = naive::place(&plan.timing, nominal, moved, calendar);
                deploys_on
            });
            for day in days {
                let over =
                    |(from, until, _): &&(NaiveDate, NaiveDate, &str)| *from <= day && day < *until;
                words.extend(self.gaps.iter().filter(over).map(|(_, _, word)| *word));
            }
        }
        Some(words)
    }

    /// Whether an occurrence may exist that its rule does not give: under another calendar it did.
    pub(crate) fn begun(&self) -> &BTreeSet<Occurrence> {
        &self.begun
    }
}

fn moved_to(mark: Option<Mark>) -> Option<NaiveDate> {
    match mark {
        Some(Mark::Moved(to)) => Some(to),
        _ => None,
    }
}
