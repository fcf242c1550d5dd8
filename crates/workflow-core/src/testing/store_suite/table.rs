//! The table of all rules, and the macros that make tests of them.

use std::fmt;
use std::pin::Pin;

use super::rules;
use crate::ports::store::Store;

/// A rule of the [`Store`] port: its name, and what it does to an empty store.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The name that its test bears.
    pub name: &'static str,
    run: fn(&dyn Store) -> Holding<'_>,
}

type Holding<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Rule {
    /// Holds an empty store to the rule.
    ///
    /// # Panics
    ///
    /// Where the store breaks it.
    pub async fn hold(&self, store: &dyn Store) {
        (self.run)(store).await;
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.name).finish()
    }
}

macro_rules! table {
    ([] $($rule:ident)*) => {
        /// Every rule that needs nothing beyond the port.
        pub const RULES: &[Rule] = &[$(Rule {
            name: stringify!($rule),
            run: |store| Box::pin(rules::$rule(store)),
        },)*];
    };
}
crate::__store_rules!(table []);

/// Makes one named test of each rule of the [`Store`] port, for a store of yours.
///
/// The first argument is the attribute that makes a test of an async function; the second an
/// expression that makes an empty store, alone or in a pair with whatever must outlive it; it is
/// evaluated anew for each test, and may `.await`. Each function of
/// [`rules`](crate::testing::store_suite::rules) becomes a test of its name.
///
/// ```
/// mod memory {
///     use workflow_core::testing::MemoryStore;
///     workflow_core::store_suite!(#[tokio::test], MemoryStore::new());
/// }
/// ```
///
/// A store that can be opened again, as after a kill, says how: by a function or closure that
/// takes what the expression made, and gives the same store in a new opening. The rules of
/// [`reopening`](crate::testing::store_suite::reopening) are then tested too.
///
/// ```
/// mod memory {
///     use workflow_core::testing::MemoryStore;
///     workflow_core::store_suite!(
///         #[tokio::test],
///         MemoryStore::new(),
///         reopen = async |store: MemoryStore| store.reopen(),
///     );
/// }
/// ```
#[macro_export]
macro_rules! store_suite {
    ($(#[$attribute:meta])+, $make:expr $(,)?) => {
        $crate::__store_rules!(__store_tests [$(#[$attribute])+ $make]);
    };
    ($(#[$attribute:meta])+, $make:expr, reopen = $reopen:expr $(,)?) => {
        $crate::__store_rules!(__store_tests [$(#[$attribute])+ $make]);
        $crate::__reopening_rules!(__reopening_tests [$(#[$attribute])+ $make, $reopen]);
    };
}

/// The tests of [`store_suite!`](crate::store_suite), one rule after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_tests {
    ($given:tt $($rule:ident)*) => {
        $($crate::__store_test!($given $rule);)*
    };
}

/// One test of [`store_suite!`](crate::store_suite).
#[doc(hidden)]
#[macro_export]
macro_rules! __store_test {
    ([$(#[$attribute:meta])+ $make:expr] $rule:ident) => {
        $(#[$attribute])+
        async fn $rule() {
            let made = $make;
            let store = $crate::testing::store_suite::AsStore::as_store(&made);
            $crate::testing::store_suite::rules::$rule(store).await;
        }
    };
}

/// The tests of what is there after a store was opened again.
#[doc(hidden)]
#[macro_export]
macro_rules! __reopening_tests {
    ($given:tt $($rule:ident)*) => {
        $($crate::__reopening_test!($given $rule);)*
    };
}

/// One test of what is there after a store was opened again.
#[doc(hidden)]
#[macro_export]
macro_rules! __reopening_test {
    ([$(#[$attribute:meta])+ $make:expr, $reopen:expr] $rule:ident) => {
        $(#[$attribute])+
        async fn $rule() {
            $crate::testing::store_suite::reopening::$rule($make, $reopen).await;
        }
    };
}

/// The names of all rules of reopening, handed to another macro after what that one is given.
#[doc(hidden)]
#[macro_export]
macro_rules! __reopening_rules {
    ($then:ident $given:tt) => {
        $crate::$then! {
            $given
            what_was_acknowledged_is_there
            a_lease_of_before_is_surely_dead
            a_lease_of_before_cannot_finish
            what_was_refused_is_not_there
        }
    };
}

/// The names of all rules, handed to another macro after what that one is given.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_rules {
    (table $given:tt) => {
        $crate::__store_rules! { @ (table) $given }
    };
    ($then:ident $given:tt) => {
        $crate::__store_rules! { @ ($crate::$then) $given }
    };
    (@ ($($then:tt)+) $given:tt) => {
        $($then)+! {
            $given
            a_unit_is_all_or_nothing
            a_stale_version_is_refused
            what_exists_is_not_made_again
            what_does_not_exist_is_not_changed
            versions_rise_by_one
            what_was_read_must_be_unchanged
            a_record_is_put_once_in_a_unit
            of_several_writers_one_goes_through
            a_refused_unit_spoils_no_other
            too_large_a_unit_is_refused
            the_largest_unit_is_carried_out
            a_practice_keeps_its_own_record
            two_levels_cannot_share_a_reference
            two_deployments_cannot_share_a_job
            a_deployment_is_found_by_its_marker
            guards_are_checked_in_order
            a_repeated_key_does_nothing
            a_repeat_is_answered_whatever_has_changed
            a_key_stands_for_one_command
            a_refused_unit_leaves_its_key_free
            a_key_belongs_to_its_practice
            a_key_needs_no_lines
            the_receipt_of_a_key_is_kept
            of_several_with_one_key_one_does_it
            a_lease_is_held_by_one
            renewal_keeps_the_fence
            an_expired_lease_passes_on_with_a_higher_fence
            a_released_lease_passes_on_with_a_higher_fence
            giving_back_what_is_not_held_does_nothing
            a_lost_lease_cannot_finish
            a_lost_lease_writes_nothing_of_any_kind
            a_fence_that_was_never_granted_is_refused
            a_released_lease_cannot_finish
            an_expired_lease_counts_until_it_is_taken
            an_edit_needs_no_lease
            a_lease_belongs_to_its_practice
            of_several_that_ask_one_is_granted
            a_budget_begins_with_its_first_change
            budget_changes_add_up
            no_call_is_lost_among_many
            a_budget_belongs_to_its_practice
            the_chain_has_no_gap
            the_chain_has_no_gap_among_many
            lines_are_linked_in_the_order_given
            entries_are_found_by_their_subject
            entries_go_on_after_a_place
            entries_about_one_subject_go_on_after_a_place
            entries_have_a_limit
            each_practice_has_a_chain_of_its_own
            every_record_comes_back_as_it_was_put
            records_at_once_stand_in_the_places_of_their_keys
            instants_keep_their_microseconds
            what_was_never_put_is_not_there
            keys_that_differ_in_case_are_different
            a_page_goes_on_where_it_ended
            the_last_page_says_so
            a_page_has_a_limit
            a_page_goes_on_although_something_was_added
            clients_are_in_order_of_their_lower_case_names
            workflows_are_in_the_order_they_were_added
            deployments_are_in_order_of_their_occurrence
            clients_are_found_by_part_of_their_name
            workflows_are_found_by_whose_they_are
            workflows_are_found_by_their_activity
            what_needs_attention_is_found
            deployments_are_found_by_their_day
            the_directory_is_found_by_its_parts
            a_changed_record_is_found_as_it_is_now
            asked_for_work_goes_first
            due_work_is_in_order_of_its_instant
            work_of_one_instant_is_in_order_of_its_workflow
            what_is_not_yet_due_waits
            what_waits_for_a_person_is_not_due
            a_paused_workflow_is_due_when_its_pause_ends
            due_work_is_no_more_than_asked_for
            what_was_put_off_is_no_longer_due
            a_practice_wakes_for_its_earliest
            nothing_wakes_for_nothing
            practices_are_listed_by_id
            one_practice_never_sees_another
            one_practice_never_touches_another
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::RULES;

    /// A rule that is not in the table would be tested by nobody.
    #[test]
    fn every_rule_is_in_the_table() {
        let sources = [
            include_str!("audit.rs"),
            include_str!("budget.rs"),
            include_str!("commits.rs"),
            include_str!("due.rs"),
            include_str!("isolation.rs"),
            include_str!("keys.rs"),
            include_str!("leases.rs"),
            include_str!("pages.rs"),
            include_str!("queries.rs"),
            include_str!("records.rs"),
        ];
        let written: BTreeSet<&str> = sources
            .iter()
            .flat_map(|source| source.split("\npub async fn ").skip(1))
            .filter_map(|rest| rest.split('(').next())
            .collect();
        let listed: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(written, listed);
        assert_eq!(listed.len(), RULES.len(), "no rule is listed twice");
    }
}
