//! Wrong gateways, each of which breaks one rule: they prove that the conformance suite bites.
//!
//! A [`WrongGateway`] is the gateway in memory but for one [`GatewayFault`], and each fault names
//! the rule that catches it. Whoever adds a rule adds the fault that it is for.

mod calls;

use std::sync::Mutex;

use super::gateway_suite::{Bench, Unknown};
use super::{MemoryGateway, samples};
use crate::ids::{JobNumber, PracticeId, StaffId, TemplateId};
use crate::ports::gateway::{DirectoryPart, DirectoryRow, Failure, GatewayError};

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $fault:ident => $rule:ident,)+) => {
        /// What is wrong with a gateway.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum GatewayFault {
            $($(#[doc = $doc])+ $fault,)+
        }

        impl GatewayFault {
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
    /// Escapes what is escaped already.
    EscapesTwice => a_created_job_is_as_it_was_ordered,
    /// Keeps the first line of a description, and not the marker in the last.
    CutsDescriptions => a_created_job_is_as_it_was_ordered,
    /// Puts the lines of a description into one.
    JoinsLines => a_created_job_is_as_it_was_ordered,
    /// Takes the start date for the due date.
    MixesUpDates => a_created_job_is_as_it_was_ordered,
    /// Leaves the reference out.
    DropsTheReference => a_created_job_is_as_it_was_ordered,
    /// Leaves the first template out.
    DropsTheTemplate => a_created_job_is_as_it_was_ordered,
    /// Gives a job a reference of its own.
    MakesUpAReference => what_was_not_ordered_is_not_there,
    /// Sends each create twice.
    SendsTwice => one_call_makes_one_job,
    /// Answers a repeated create with the first job.
    KeepsARepeatBack => a_repeated_create_makes_a_second_job,
    /// Of creates that are under way side by side, answers each with the last.
    MixesUpAnswers => creates_side_by_side_make_a_job_each,
    /// Numbers a job itself that has a number.
    NumbersItself => a_number_of_ours_is_kept,
    /// Makes a second job of a number, and answers with the first.
    TakesANumberTwice => a_number_that_exists_is_refused_and_makes_no_job,
    /// Says that a template was applied, and applies none.
    AppliesNothing => a_template_adds_its_tasks_after_the_others,
    /// Puts a template's tasks before the others.
    PutsTasksFirst => a_template_adds_its_tasks_after_the_others,
    /// Puts new staff in the place of those who were assigned.
    ReplacesStaff => people_are_assigned_beside_those_who_are,
    /// Leaves the manager out.
    DropsTheManager => people_are_assigned_beside_those_who_are,
    /// Makes the partner the manager as well.
    AssignsTheManager => nobody_else_is_assigned,
    /// Takes an empty team for an order to take everybody off.
    EmptiesTheTeam => an_empty_team_changes_nothing,
    /// Answers a write with the job as it was before.
    AnswersWithTheOld => a_write_is_answered_with_the_job_as_it_is_then,
    /// Calls a refusal a lost reply.
    DoubtsARefusal => a_write_to_no_job_is_refused_for_good,
    /// Says that a write to no job may work later.
    WaitsForAJob => a_write_to_no_job_is_refused_for_good,
    /// Assigns whoever is named.
    AssignsAnybody => what_is_not_known_is_refused_for_good,
    /// Applies a template before it looks whether there is one.
    ChangesBeforeItRefuses => what_is_not_known_is_refused_for_good,
    /// Passes the job system's markup on.
    PassesMarkupOn => a_refusal_is_a_sentence,
    /// Does not count what was refused.
    CountsNoRefusal => every_call_says_what_it_cost,
    /// Does not count reads.
    CountsNoRead => every_call_says_what_it_cost,
    /// Lists rows without descriptions.
    ListsSummaries => a_created_job_is_among_those_of_its_client,
    /// Lists all jobs but the newest.
    ListsLate => a_created_job_is_among_those_of_its_client,
    /// Lists the jobs of every client.
    ListsEveryClient => a_client_has_its_own_jobs_alone,
    /// Lists jobs under other names than it reads them.
    NamesOtherwise => a_listed_job_is_the_job_that_is_read,
    /// Counts in a job how often it was read.
    CountsReads => a_read_changes_nothing,
    /// Leaves the last day out.
    LeavesTheLastDayOut => a_job_is_created_on_one_day,
    /// Lists jobs whatever the days.
    ListsEveryDay => a_job_is_created_on_one_day,
    /// Lists the jobs of the days of one client alone.
    ListsOneClientsDays => the_jobs_of_a_day_are_those_of_every_client,
    /// Calls a job that is not there an error.
    RefusesToRead => a_number_that_is_not_known_is_no_job,
    /// Answers with any job where there is none of that number.
    MakesUpAJob => a_number_that_is_not_known_is_no_job,
    /// Finds a job by the beginning of its number.
    FindsByPrefix => a_number_is_no_pattern_and_no_path,
    /// Takes a number for a path, and finds the job at its end.
    FollowsPaths => a_number_is_no_pattern_and_no_path,
    /// Keeps one set of jobs for all practices.
    SharesJobs => one_practice_reaches_no_other,
    /// Goes on from the last page to the first.
    NeverEnds => the_directory_comes_to_an_end,
    /// Begins a page with the last row of the one before.
    RepeatsARow => the_directory_comes_to_an_end,
    /// Leaves the staff out.
    HidesStaff => the_directory_lists_what_can_be_chosen,
    /// Lists rows without names.
    ListsNoNames => the_directory_lists_what_can_be_chosen,
    /// Gives each page once.
    GivesAPageOnce => a_page_that_is_asked_for_again_is_the_same,
    /// Leaves clients out that were changed.
    ForgetsWhatChanged => what_was_changed_since_ever_is_every_client,
    /// Calls every client archived.
    ArchivesEverybody => what_was_changed_since_ever_is_every_client,
}

/// A gateway in memory that checks what it is given, and is sound but for one fault, or for none.
#[derive(Debug)]
pub struct WrongGateway {
    sound: MemoryGateway,
    fault: Option<GatewayFault>,
    known: Known,
    /// How many pages were given.
    pages: Mutex<u32>,
}

/// What the job system knows.
#[derive(Debug)]
struct Known {
    clients: [crate::ids::ClientId; 2],
    template: TemplateId,
    staff: [StaffId; 2],
}

impl WrongGateway {
    /// A bench of a gateway with that fault.
    #[must_use]
    pub fn bench(fault: GatewayFault) -> Bench {
        Self::bench_of(Some(fault))
    }

    /// A bench of a gateway of the same make, without a fault: it shows that a rule is broken by
    /// the fault and not by how the fault is brought in.
    #[must_use]
    pub fn sound_bench() -> Bench {
        Self::bench_of(None)
    }

    fn bench_of(fault: Option<GatewayFault>) -> Bench {
        let sound = MemoryGateway::new();
        sound.set_today(samples::day(0));
        let bench = Bench::of(sound.clone());
        let known = Known {
            clients: [bench.client, bench.other_client],
            template: bench.template,
            staff: bench.staff,
        };
        let mut rows = vec![(DirectoryPart::Templates, known.template.uuid())];
        rows.extend(known.clients.map(|id| (DirectoryPart::Clients, id.uuid())));
        rows.extend(known.staff.map(|id| (DirectoryPart::Staff, id.uuid())));
        let others = (100..250).map(|number| samples::uuid(2, number));
        rows.extend(others.map(|id| (DirectoryPart::Staff, id)));
        for (part, id) in rows {
            let row = DirectoryRow {
                id,
                name: format!("Row {id}"),
                email: None,
            };
            sound.add_row(&bench.practice, part, row);
        }
        let wrong = Self {
            sound,
            fault,
            known,
            pages: Mutex::default(),
        };
        Bench {
            unknown: Some(Unknown {
                client: samples::client_id(99),
                template: TemplateId::new(samples::uuid(1, 99)),
                staff: StaffId::new(samples::uuid(2, 99)),
            }),
            gateway: std::sync::Arc::new(wrong),
            ..bench
        }
    }

    fn is(&self, fault: GatewayFault) -> bool {
        self.fault == Some(fault)
    }

    /// The practice whose jobs are meant.
    fn practice(&self, practice: &PracticeId) -> PracticeId {
        if self.is(GatewayFault::SharesJobs) {
            return samples::practice_id("acme");
        }
        practice.clone()
    }

    fn refuse<T>(&self, what: &str) -> Result<T, GatewayError> {
        let text = format!("there is no such {what}");
        Err(self.wrongly(GatewayError::new(Failure::Refused { text })))
    }

    /// A refusal, as the fault has it.
    fn wrongly(&self, mut error: GatewayError) -> GatewayError {
        let Failure::Refused { text } = &error.failure else {
            return error;
        };
        let text = text.clone();
        match self.fault {
            Some(GatewayFault::DoubtsARefusal) => error.failure = Failure::ReplyLost { text },
            Some(GatewayFault::WaitsForAJob) => error.failure = Failure::Unreachable { text },
            Some(GatewayFault::PassesMarkupOn) => {
                let text = format!("<ErrorDescription>{text}</ErrorDescription>");
                error.failure = Failure::Refused { text };
            }
            Some(GatewayFault::CountsNoRefusal) => error.observed.calls = 0,
            _ => {}
        }
        error
    }

    /// The job that a number finds.
    fn found_by(&self, practice: &PracticeId, number: &JobNumber) -> JobNumber {
        let asked = number.as_str();
        let end = asked.rsplit('/').next().unwrap_or(asked);
        let numbers = self.sound.jobs(practice).into_iter().map(|job| job.number);
        let found = numbers.into_iter().find(|number| match self.fault {
            Some(GatewayFault::FindsByPrefix) => number.as_str().starts_with(asked),
            Some(GatewayFault::FollowsPaths) => number.as_str() == end,
            Some(GatewayFault::MakesUpAJob) => true,
            _ => false,
        });
        found.unwrap_or_else(|| number.clone())
    }
}
