//! The table of all rules, and the macros that make tests of them.

use std::fmt;
use std::pin::Pin;

use super::{Bench, rules};

/// A rule of the [`JobGateway`](crate::ports::gateway::JobGateway) port: its name, and what it does
/// with a bench.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The name that its test bears.
    pub name: &'static str,
    run: fn(&Bench) -> Holding<'_>,
}

type Holding<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

impl Rule {
    /// Holds a gateway to the rule.
    ///
    /// # Panics
    ///
    /// Where the gateway breaks it.
    pub async fn hold(&self, bench: &Bench) {
        (self.run)(bench).await;
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.name).finish()
    }
}

macro_rules! table {
    ([] $($rule:ident)*) => {
        /// Every rule.
        pub const RULES: &[Rule] = &[$(Rule {
            name: stringify!($rule),
            run: |bench| Box::pin(rules::$rule(bench)),
        },)*];
    };
}
crate::__gateway_rules!(table []);

/// Makes one named test of each rule of the [`JobGateway`] port, for a gateway of yours.
///
/// The first argument is the attribute that makes a test of an async function; the second an
/// expression that makes a [`Bench`], evaluated anew for each test; it may `.await`. Each function
/// of [`rules`](crate::testing::gateway_suite::rules) becomes a test of its name.
///
/// ```
/// mod memory {
///     use workflow_core::testing::gateway_suite::Bench;
///
///     workflow_core::gateway_suite!(#[tokio::test], Bench::memory());
/// }
/// ```
///
/// [`JobGateway`]: crate::ports::gateway::JobGateway
/// [`Bench`]: crate::testing::gateway_suite::Bench
#[macro_export]
macro_rules! gateway_suite {
    ($(#[$attribute:meta])+, $make:expr $(,)?) => {
        $crate::__gateway_rules!(__gateway_tests [$(#[$attribute])+ $make]);
    };
}

/// The tests of [`gateway_suite!`](crate::gateway_suite), one rule after the other.
#[doc(hidden)]
#[macro_export]
macro_rules! __gateway_tests {
    ($given:tt $($rule:ident)*) => {
        $($crate::__gateway_test!($given $rule);)*
    };
}

/// One test of [`gateway_suite!`](crate::gateway_suite).
#[doc(hidden)]
#[macro_export]
macro_rules! __gateway_test {
    ([$(#[$attribute:meta])+ $make:expr] $rule:ident) => {
        $(#[$attribute])+
        async fn $rule() {
            let bench = $make;
            $crate::testing::gateway_suite::rules::$rule(&bench).await;
        }
    };
}

/// The names of all rules, handed to another macro after what that one is given.
#[doc(hidden)]
#[macro_export]
macro_rules! __gateway_rules {
    (table $given:tt) => {
        $crate::__gateway_rules! { @ (table) $given }
    };
    ($then:ident $given:tt) => {
        $crate::__gateway_rules! { @ ($crate::$then) $given }
    };
    (@ ($($then:tt)+) $given:tt) => {
        $($then)+! {
            $given
            a_created_job_is_as_it_was_ordered
            what_was_not_ordered_is_not_there
            one_call_makes_one_job
            a_repeated_create_makes_a_second_job
            creates_side_by_side_make_a_job_each
            a_number_of_ours_is_kept
            a_number_that_exists_is_refused_and_makes_no_job
            a_template_adds_its_tasks_after_the_others
            people_are_assigned_beside_those_who_are
            nobody_else_is_assigned
            an_empty_team_changes_nothing
            a_write_is_answered_with_the_job_as_it_is_then
            a_write_to_no_job_is_refused_for_good
            what_is_not_known_is_refused_for_good
            a_refusal_is_a_sentence
            every_call_says_what_it_cost
            a_created_job_is_among_those_of_its_client
            a_client_has_its_own_jobs_alone
            a_listed_job_is_the_job_that_is_read
            a_read_changes_nothing
            a_job_is_created_on_one_day
            the_jobs_of_a_day_are_those_of_every_client
            a_number_that_is_not_known_is_no_job
            a_number_is_no_pattern_and_no_path
            one_practice_reaches_no_other
            the_directory_comes_to_an_end
            the_directory_lists_what_can_be_chosen
            a_page_that_is_asked_for_again_is_the_same
            what_was_changed_since_ever_is_every_client
        }
    };
}
