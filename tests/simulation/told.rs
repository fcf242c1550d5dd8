//! What the audit tells of one workflow, followed entry by entry with the words of the product.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::WorkingCalendar;
use workflow_core::deployment::JobOrder;
use workflow_core::workflow::{
    Cell, Gate, Handover, Occurrence, PausedDates, Plan, Schedule, Settings, WorkflowEvent,
};
use workflow_core::zone::Zone;

use crate::begun::Beginning;
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
                if part.as_ref() == Some(from) {
                    *part = Some(to.clone());
                }
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
