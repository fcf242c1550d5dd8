//! Handovers: somebody's part in a workflow goes to somebody else, for what starts on a day or
//! later.
//!
//! A handover is kept beside the settings, so that what starts before its day is still prepared
//! with whoever had the part then. Once nothing of before is left, it becomes part of the settings.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::{Placing, Settings, Workflow, WorkflowEvent};
use crate::canonical::canonical;
use crate::ids::PersonId;

/// Somebody's part goes to somebody else, for occurrences that start on a day or later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Handover {
    /// The first start date that is the new person's.
    pub on: NaiveDate,
    /// Who had the part.
    pub from: PersonId,
    /// Who has it from then on.
    pub to: PersonId,
}
canonical!(struct Handover { on, from, to });

impl Settings {
    /// The same with one person in the place of another, as partner, manager and staff.
    #[must_use]
    pub fn with_replaced(&self, from: &PersonId, to: &PersonId) -> Self {
        let mut settings = self.clone();
        for part in [&mut settings.partner, &mut settings.manager] {
            if part.as_ref() == Some(from) {
                *part = Some(to.clone());
            }
        }
        if settings.staff.remove(from) {
            settings.staff.insert(to.clone());
        }
        settings
    }

    /// Whether they name that person, as partner, manager or staff.
    #[must_use]
    pub fn name_person(&self, person: &PersonId) -> bool {
        self.people().any(|named| named == person)
    }
}

impl Workflow {
    /// The handovers that are still to come into the settings, by their day.
    #[must_use]
    pub fn handovers(&self) -> &[Handover] {
        &self.handovers
    }

    /// The settings of an occurrence that starts on that day: with the handovers up to then.
    #[must_use]
    pub fn settings_on(&self, start: NaiveDate) -> Cow<'_, Settings> {
        let mut settings = Cow::Borrowed(&self.settings);
        for handover in self.handovers.iter().filter(|kept| kept.on <= start) {
            if settings.name_person(&handover.from) {
                settings = Cow::Owned(settings.with_replaced(&handover.from, &handover.to));
            }
        }
        settings
    }

    /// Whether the person has a part in something that starts on that day or later.
    #[must_use]
    pub fn will_name(&self, person: &PersonId, on: NaiveDate) -> bool {
        let later = self.handovers.iter().map(|kept| kept.on.max(on));
        std::iter::once(on)
            .chain(later)
            .any(|day| self.settings_on(day).name_person(person))
    }

    pub(super) fn keep_handover(&mut self, handover: &Handover) {
        let after = self
            .handovers
            .partition_point(|kept| kept.on <= handover.on);
        self.handovers.insert(after, handover.clone());
    }

    /// Makes the handovers up to that day part of the settings.
    pub(super) fn hand_over(&mut self, on: NaiveDate) {
        self.settings = self.settings_on(on).into_owned();
        self.handovers.retain(|kept| kept.on > on);
    }

    /// The event that makes handovers part of the settings, once nothing of before their day is
    /// left to be prepared.
    ///
    /// What is deployed next comes first in time, and no job starts before it is deployed: so
    /// where the next one is deployed on that day or later, every later one starts after it too.
    pub(super) fn handed_over(&self, placing: &Placing<'_>) -> Option<WorkflowEvent> {
        let next = self.next.as_ref()?.dates.deploys_on();
        let past = |on: &NaiveDate| *on <= next && *on <= placing.today();
        let on = self.handovers.iter().map(|kept| kept.on).rfind(past)?;
        let begun_before = self.open.iter().any(|occurrence| {
            let nominal = self.nominal_of(*occurrence, placing);
            placing
                .place(&self.plan_of(*occurrence).timing, nominal, None)
                .is_none_or(|placed| placed.dates.start() < on)
        });
        (!begun_before).then_some(WorkflowEvent::HandedOver { on })
    }
}
