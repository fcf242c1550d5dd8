//! Wrong stores, each of which breaks one rule: they prove that the conformance suite bites.
//!
//! A [`WrongStore`] is a sound store but for one [`Fault`], and each fault names the rule that
//! catches it. Whoever adds a rule adds the fault that it is for.

mod leases;
mod reads;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::MemoryStore;
use crate::audit::Entry;
use crate::budget::{Budget, BudgetChange};
use crate::ids::{CommandKey, HolderId, PracticeId};
use crate::ports::store::{
    Due, EntryQuery, Key, LeaseAnswer, LeaseRequest, Once, Page, Query, Receipt, Record, Store,
    StoreError, Unit, Versioned, Wake,
};
use crate::practice::DailyCalls;

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $fault:ident => $rule:ident,)+) => {
        /// What is wrong with a store.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[doc = $doc])+ $fault,)+
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$fault,)+];

            /// The name of a rule that catches it.
            #[must_use]
            pub fn caught_by(self) -> &'static str {
                match self {
                    $(Self::$fault => stringify!($rule),)+
                }
            }
        }
    };
}

faults! {
    /// Writes over any version.
    IgnoresVersions => a_stale_version_is_refused,
    /// Does not look whether what was read is unchanged.
    IgnoresWhatWasRead => what_was_read_must_be_unchanged,
    /// Puts the first record of a unit before it has checked the guards of all.
    AppliesHalfAUnit => a_unit_is_all_or_nothing,
    /// Writes the lines of a unit that is refused.
    KeepsLinesOfARefusal => a_unit_is_all_or_nothing,
    /// Spends the calls of a unit that is refused.
    DebitsARefusal => a_unit_is_all_or_nothing,
    /// Lets a record be put twice in one unit, and keeps the last.
    PutsARecordTwice => a_record_is_put_once_in_a_unit,
    /// Reads and writes in two steps, so that of two writers the later one wins.
    LosesAnUpdate => of_several_writers_one_goes_through,
    /// Carries out a unit of any size.
    TakesAnySize => too_large_a_unit_is_refused,
    /// Refuses a unit that is as large as allowed.
    RefusesLargeUnits => the_largest_unit_is_carried_out,
    /// Puts the record of one practice into another.
    TakesAnotherPracticesRecord => a_practice_keeps_its_own_record,
    /// Lets two levels share a reference.
    SharesReferences => two_levels_cannot_share_a_reference,
    /// Lets two deployments share a job.
    SharesJobs => two_deployments_cannot_share_a_job,
    /// Carries out a keyed unit each time.
    ForgetsKeys => a_repeated_key_does_nothing,
    /// Answers a repeat without the entries of the first time.
    ForgetsReceipts => a_repeated_key_does_nothing,
    /// Gives no receipt when asked for it.
    KeepsNoReceipts => the_receipt_of_a_key_is_kept,
    /// Does not say that a repeat is one.
    HidesRepeats => a_repeated_key_does_nothing,
    /// Takes another command under a used key for a repeat.
    IgnoresTheCommand => a_key_stands_for_one_command,
    /// Uses up the key of a unit that is refused.
    BurnsTheKeyOfARefusal => a_refused_unit_leaves_its_key_free,
    /// Keeps one set of keys for all practices.
    SharesKeys => a_key_belongs_to_its_practice,
    /// Looks at the fence before the key, so that a repeat under a lost lease is refused.
    FencesARepeat => a_repeat_is_answered_whatever_has_changed,
    /// Lets anybody write under any fence.
    ForgetsTheFence => a_lost_lease_cannot_finish,
    /// Looks at the fence of a unit only where it puts records.
    FencesRecordsAlone => a_lost_lease_writes_nothing_of_any_kind,
    /// Lets nobody write beside the holder of the lease.
    FencesEdits => an_edit_needs_no_lease,
    /// Refuses only fences that are too low.
    TakesFencesToCome => a_fence_that_was_never_granted_is_refused,
    /// Gives each renewal a new fence.
    RaisesTheFenceOnRenewal => renewal_keeps_the_fence,
    /// Gives every holder the same fence.
    KeepsTheFenceForAll => an_expired_lease_passes_on_with_a_higher_fence,
    /// Takes a lease away from a holder who is alive.
    GrantsWhatIsHeld => a_lease_is_held_by_one,
    /// Keeps a lease for its holder after its end.
    NeverExpires => an_expired_lease_passes_on_with_a_higher_fence,
    /// Does not take a lease back.
    ForgetsReleases => a_released_lease_passes_on_with_a_higher_fence,
    /// Takes a lease back from anybody.
    ReleasesForAnybody => giving_back_what_is_not_held_does_nothing,
    /// Drops the last line of a unit that has several.
    DropsALine => lines_are_linked_in_the_order_given,
    /// Links the lines of a unit backwards.
    LinksBackwards => lines_are_linked_in_the_order_given,
    /// Leaves a place out of the chain.
    LeavesAGap => the_chain_has_no_gap,
    /// Changes a line after it was linked.
    RewritesALine => the_chain_has_no_gap,
    /// Gives all entries at once, however many there are.
    GivesAllEntries => entries_have_a_limit,
    /// Shows entries about anything.
    IgnoresTheSubject => entries_are_found_by_their_subject,
    /// Begins a page of entries with the last one of the page before.
    RepeatsAnEntry => entries_go_on_after_a_place,
    /// Replaces the budget instead of adding to it.
    OverwritesTheBudget => budget_changes_add_up,
    /// Keeps one budget for all practices.
    SharesTheBudget => a_budget_belongs_to_its_practice,
    /// Gives what it was asked for first, for ever.
    ReadsWhatWas => versions_rise_by_one,
    /// Takes keys that differ in their case for one.
    FoldsCase => keys_that_differ_in_case_are_different,
    /// Takes the same UUID in another part of the directory for the same row.
    MixesParts => what_was_never_put_is_not_there,
    /// Leaves out what is not there when it gets several records at once.
    ClosesUp => records_at_once_stand_in_the_places_of_their_keys,
    /// Gets records of other practices.
    LeaksOnGet => one_practice_never_sees_another,
    /// Finds records of other practices.
    LeaksOnFind => one_practice_never_sees_another,
    /// Finds in the wrong order.
    FindsBackwards => clients_are_in_order_of_their_lower_case_names,
    /// Begins a page with the last record of the one before.
    RepeatsBetweenPages => a_page_goes_on_where_it_ended,
    /// Leaves a record out between two pages.
    SkipsBetweenPages => a_page_goes_on_where_it_ended,
    /// Offers an empty page after the last.
    NeverEnds => the_last_page_says_so,
    /// Finds pages of any size.
    FindsTooMuch => a_page_goes_on_where_it_ended,
    /// Takes `%` for any text.
    TakesWildcards => clients_are_found_by_part_of_their_name,
    /// Compares names with their case.
    MindsCase => clients_are_found_by_part_of_their_name,
    /// Finds active workflows and others alike.
    IgnoresActivity => workflows_are_found_by_their_activity,
    /// Finds the workflows of every client.
    IgnoresWhose => workflows_are_found_by_whose_they_are,
    /// Leaves out what became due on the last day asked for.
    LeavesOutTheLastDay => deployments_are_found_by_their_day,
    /// Puts what a person asked for in line with the rest.
    IgnoresRank => asked_for_work_goes_first,
    /// Orders what is due by workflow instead of by instant.
    IgnoresTheInstant => due_work_is_in_order_of_its_instant,
    /// Gives out work a second early.
    IsEarly => what_is_not_yet_due_waits,
    /// Gives out work a second late.
    IsLate => what_is_not_yet_due_waits,
    /// Keeps whole seconds of an instant.
    RoundsInstants => instants_keep_their_microseconds,
    /// Cuts off what is due before it has put it in order.
    CutsBeforeItSorts => asked_for_work_goes_first,
    /// Gives out what waits for a person.
    GivesOutWhatFailed => what_waits_for_a_person_is_not_due,
    /// Gives out more work than there is room for.
    IgnoresRoom => due_work_is_no_more_than_asked_for,
    /// Lists a practice once for each thing to wake for.
    WakesTwice => a_practice_wakes_for_its_earliest,
    /// Lists practices that have nothing to wake for.
    WakesForNothing => nothing_wakes_for_nothing,
    /// Lists the latest practice first.
    WakesBackwards => a_practice_wakes_for_its_earliest,
    /// Lists the practice that a page goes on after again.
    RepeatsAPractice => practices_are_listed_by_id,
}

/// A store that is sound but for one fault, or for none at all.
#[derive(Debug)]
pub struct WrongStore {
    sound: MemoryStore,
    fault: Option<Fault>,
    seen: Mutex<Seen>,
}

/// What a fault needs to remember.
#[derive(Debug, Default)]
struct Seen {
    practices: BTreeSet<PracticeId>,
    keys: BTreeMap<CommandKey, (PracticeId, Receipt)>,
    holders: BTreeMap<PracticeId, HolderId>,
    changes: BTreeMap<PracticeId, (BudgetChange, DailyCalls)>,
    records: BTreeMap<(PracticeId, Key), Versioned<Record>>,
}

impl WrongStore {
    /// An empty store with that fault.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..Self::sound()
        }
    }

    /// An empty store of the same make, without a fault: it shows that a rule is broken by the
    /// fault and not by how the fault is brought in.
    #[must_use]
    pub fn sound() -> Self {
        Self {
            sound: MemoryStore::new(),
            fault: None,
            seen: Mutex::default(),
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The other practices that were ever written to.
    fn others(&self, practice: &PracticeId) -> Vec<PracticeId> {
        let seen = self.seen();
        let others = seen.practices.iter().filter(|other| *other != practice);
        others.cloned().collect()
    }
}

#[async_trait]
impl Store for WrongStore {
    async fn commit(&self, practice: &PracticeId, unit: Unit) -> Result<Receipt, StoreError> {
        self.seen().practices.insert(practice.clone());
        self.wrong_commit(practice, unit).await
    }

    async fn receipt(
        &self,
        practice: &PracticeId,
        once: &Once,
    ) -> Result<Option<Receipt>, StoreError> {
        if self.is(Fault::KeepsNoReceipts) {
            return Ok(None);
        }
        self.sound.receipt(practice, once).await
    }

    async fn get(
        &self,
        practice: &PracticeId,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, StoreError> {
        self.wrong_get(practice, key).await
    }

    async fn get_all(
        &self,
        practice: &PracticeId,
        keys: &[Key],
    ) -> Result<Vec<Option<Versioned<Record>>>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(self.wrong_get(practice, key).await?);
        }
        if self.is(Fault::ClosesUp) {
            found.retain(Option::is_some);
        }
        Ok(found)
    }

    async fn find(&self, practice: &PracticeId, query: &Query) -> Result<Page, StoreError> {
        self.wrong_find(practice, query).await
    }

    async fn due(
        &self,
        practice: &PracticeId,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        self.wrong_due(practice, now, limit).await
    }

    async fn wakes(&self, limit: u32) -> Result<Vec<Wake>, StoreError> {
        self.wrong_wakes(limit).await
    }

    async fn practices(
        &self,
        after: Option<PracticeId>,
        limit: u32,
    ) -> Result<Vec<PracticeId>, StoreError> {
        let mut found = self.sound.practices(after.clone(), limit).await?;
        if self.is(Fault::RepeatsAPractice)
            && let Some(after) = after
        {
            found.insert(0, after);
            found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(found)
    }

    async fn entries(
        &self,
        practice: &PracticeId,
        query: &EntryQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        self.wrong_entries(practice, query).await
    }

    async fn budget(&self, practice: &PracticeId) -> Result<Option<Budget>, StoreError> {
        self.wrong_budget(practice).await
    }

    async fn lease(
        &self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        self.wrong_lease(practice, request).await
    }

    async fn release(&self, practice: &PracticeId, holder: &HolderId) -> Result<(), StoreError> {
        self.wrong_release(practice, holder).await
    }
}
