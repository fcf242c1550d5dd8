//! The conformance suite of job gateways: what the ledger relies on, whichever job system is
//! behind it.
//!
//! [`gateway_suite!`](crate::gateway_suite) makes one named test of each rule. What a gateway does
//! when its network fails is the adapter's own to test, where it can be made to fail.

use std::any::Any;
use std::sync::Arc;

use crate::ids::{ClientId, PracticeId, StaffId, TemplateId};
use crate::ports::gateway::JobGateway;

/// A gateway, and what its job system has to know for the rules: a client without jobs, a job
/// template with at least one task, and two members of staff.
#[derive(Debug)]
pub struct Bench {
    /// The gateway.
    pub gateway: Arc<dyn JobGateway>,
    /// A practice that is connected.
    pub practice: PracticeId,
    /// A client of the practice without jobs.
    pub client: ClientId,
    /// A job template with at least one task.
    pub template: TemplateId,
    /// Two members of staff.
    pub staff: [StaffId; 2],
    /// Whatever must outlive the gateway, such as a server.
    pub keep: Option<Box<dyn Any + Send + Sync>>,
}

/// Makes one named test of each rule of the [`JobGateway`] port, for a gateway of yours.
///
/// The first argument is the attribute that makes a test of an async function; the second an
/// expression that makes a [`Bench`], evaluated anew for each test. Each function of
/// [`rules`](crate::testing::gateway_suite::rules) becomes a test of its name.
///
/// ```
/// mod memory {
///     use std::sync::Arc;
///     use workflow_core::ids::{StaffId, TemplateId};
///     use workflow_core::testing::gateway_suite::Bench;
///     use workflow_core::testing::{MemoryGateway, samples};
///
///     fn bench() -> Bench {
///         Bench {
///             gateway: Arc::new(MemoryGateway::new()),
///             practice: samples::practice_id("acme"),
///             client: samples::client_id(1),
///             template: TemplateId::new(samples::uuid(1, 1)),
///             staff: [1, 2].map(|number| StaffId::new(samples::uuid(2, number))),
///             keep: None,
///         }
///     }
///     workflow_core::gateway_suite!(#[tokio::test], bench());
/// }
/// ```
#[macro_export]
macro_rules! gateway_suite {
    ($(#[$attribute:meta])+, $make:expr $(,)?) => {
        $crate::__gateway_tests! {
            [$(#[$attribute])+ $make]
            a_created_job_is_as_it_was_ordered
            a_created_job_is_among_those_of_its_client
            a_repeated_create_makes_a_second_job
            a_number_of_ours_is_kept
            a_number_that_exists_is_refused_and_makes_no_job
            a_template_adds_its_tasks_after_the_others
            people_are_assigned_beside_those_who_are
            a_number_that_is_not_known_is_no_job
            a_write_to_no_job_is_refused_for_good
            every_call_says_what_it_cost
            the_directory_comes_to_an_end
            what_was_changed_since_ever_is_every_client
        }
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

/// Every rule, under the name that its test bears.
pub mod rules {
    #![expect(
        clippy::missing_panics_doc,
        reason = "a rule panics where the gateway breaks it"
    )]

    use super::Bench;
    use crate::deployment::Marker;
    use crate::ids::JobNumber;
    use crate::ports::gateway::{
        Answer, Class, CreateJob, DirectoryPart, GatewayError, Job, OwnNumbers, Team,
    };
    use crate::practice::Standing;
    use crate::testing::samples;
    use crate::workflow::Occurrence;

    /// What a call must give.
    fn given<T>(answer: Result<Answer<T>, GatewayError>) -> T {
        answer.expect("the call succeeds").value
    }

    fn marker(number: u32) -> Marker {
        let practice = samples::practice_id("acme");
        Marker::of(&practice, samples::workflow_id(number), Occurrence::Once)
    }

    fn order(bench: &Bench, number: u32) -> CreateJob {
        CreateJob {
            client: bench.client,
            name: "Zoë's BAS <Q1> & \"more\"".to_owned(),
            description: marker(number).written_under("By the book"),
            start: samples::day(0),
            due: samples::day(30),
            reference: Some("CLI-00000001".to_owned()),
            template: Some(bench.template),
            category: None,
            budget: None,
            number: None,
        }
    }

    async fn create(bench: &Bench, number: u32) -> Job {
        let order = order(bench, number);
        given(bench.gateway.create_job(&bench.practice, &order).await)
    }

    async fn read(bench: &Bench, number: &JobNumber) -> Job {
        let job = given(bench.gateway.job(&bench.practice, number).await);
        job.expect("the job is there")
    }

    fn nobody() -> JobNumber {
        "J999999".parse().expect("a job number")
    }

    /// A job that is read is as it was ordered, whatever characters are in its name.
    pub async fn a_created_job_is_as_it_was_ordered(bench: &Bench) {
        let created = create(bench, 1).await;
        let job = read(bench, &created.number).await;
        let order = order(bench, 1);
        assert_eq!((job.id, &job.name), (created.id, &order.name));
        assert_eq!((job.start, job.due), (Some(order.start), Some(order.due)));
        assert_eq!(job.reference, order.reference);
        let description = job.description.expect("a description");
        assert!(marker(1).is_in(&description), "{description:?}");
        assert!(job.tasks.is_some_and(|tasks| !tasks.is_empty()));
    }

    /// The list of a client's jobs is complete, and the marker is found in it.
    pub async fn a_created_job_is_among_those_of_its_client(bench: &Bench) {
        let list = async || {
            let jobs = bench.gateway.jobs_of_client(&bench.practice, bench.client);
            given(jobs.await)
        };
        assert_eq!(list().await.jobs, []);
        let created = create(bench, 1).await;
        create(bench, 2).await;
        let list = list().await;
        assert!(list.is_complete());
        let bears = |job: &&Job| {
            let description = job.description.as_deref();
            description.is_some_and(|text| marker(1).is_in(text))
        };
        let found: Vec<_> = list.jobs.iter().filter(bears).collect();
        assert_eq!(found.len(), 1, "{list:?}");
        assert_eq!(
            (&found[0].number, found[0].id),
            (&created.number, created.id)
        );
    }

    /// A repeat is a second job: no gateway may keep one back, or it would hide what it did.
    pub async fn a_repeated_create_makes_a_second_job(bench: &Bench) {
        let (one, two) = (create(bench, 1).await, create(bench, 1).await);
        assert_ne!(one.number, two.number);
        assert_ne!(one.id, two.id);
    }

    /// An order with a number of ours; `None` where the gateway takes none.
    fn numbered(bench: &Bench, number: u32) -> Option<CreateJob> {
        let own: JobNumber = format!("SUITE-{number:010}").parse().expect("a job number");
        let order = CreateJob {
            number: Some(own),
            ..order(bench, number)
        };
        (bench.gateway.own_numbers() == OwnNumbers::Taken).then_some(order)
    }

    /// A job that was sent with a number of ours has it, and is read by it.
    pub async fn a_number_of_ours_is_kept(bench: &Bench) {
        let Some(order) = numbered(bench, 1) else {
            return;
        };
        let number = order.number.clone().expect("a number");
        let unknown = bench.gateway.job(&bench.practice, &number).await;
        assert_eq!(given(unknown), None);
        let created = given(bench.gateway.create_job(&bench.practice, &order).await);
        assert_eq!(created.number, number);
        let job = read(bench, &number).await;
        let description = job.description.expect("a description");
        assert!(marker(1).is_in(&description), "{description:?}");
    }

    /// A second job with a number of ours is refused for good, and is not there.
    pub async fn a_number_that_exists_is_refused_and_makes_no_job(bench: &Bench) {
        let Some(order) = numbered(bench, 1) else {
            return;
        };
        given(bench.gateway.create_job(&bench.practice, &order).await);
        let repeated = bench.gateway.create_job(&bench.practice, &order).await;
        let error = repeated.expect_err("the number exists");
        assert_eq!(error.class(), Class::Never, "{error}");
        let jobs = bench
            .gateway
            .jobs_of_client(&bench.practice, bench.client)
            .await;
        assert_eq!(given(jobs).jobs.len(), 1);
    }

    /// A template's tasks come after those that were there, so that it is seen to be applied.
    pub async fn a_template_adds_its_tasks_after_the_others(bench: &Bench) {
        let number = create(bench, 1).await.number;
        let before = read(bench, &number).await.tasks.expect("tasks");
        let applied = bench
            .gateway
            .apply_template(&bench.practice, &number, bench.template);
        given(applied.await);
        let after = read(bench, &number).await.tasks.expect("tasks");
        assert!(after.len() > before.len(), "{after:?} after {before:?}");
        assert!(after.starts_with(&before), "{after:?} after {before:?}");
    }

    /// Who is assigned is read back, beside those who were assigned before.
    pub async fn people_are_assigned_beside_those_who_are(bench: &Bench) {
        let number = create(bench, 1).await.number;
        let [first, second] = bench.staff;
        let teams = [
            Team {
                partner: Some(first),
                manager: None,
                staff: [first].into(),
            },
            Team {
                partner: None,
                manager: Some(second),
                staff: [second].into(),
            },
        ];
        for team in &teams {
            given(bench.gateway.assign(&bench.practice, &number, team).await);
        }
        let job = read(bench, &number).await;
        for team in &teams {
            let missing = team.missing_from(&job);
            assert!(missing.is_empty(), "{missing:?} of {job:?}");
        }
    }

    /// A number that the job system does not know is no job, and no error.
    pub async fn a_number_that_is_not_known_is_no_job(bench: &Bench) {
        let job = bench.gateway.job(&bench.practice, &nobody()).await;
        assert_eq!(given(job), None);
    }

    /// A write to a job that does not exist is refused, and is not to be repeated.
    pub async fn a_write_to_no_job_is_refused_for_good(bench: &Bench) {
        let number = nobody();
        let applied = bench
            .gateway
            .apply_template(&bench.practice, &number, bench.template);
        let error = applied.await.expect_err("no job");
        assert_eq!(error.class(), Class::Never, "{error}");
        let team = Team {
            partner: Some(bench.staff[0]),
            ..Team::default()
        };
        let assigned = bench.gateway.assign(&bench.practice, &number, &team);
        let error = assigned.await.expect_err("no job");
        assert_eq!(error.class(), Class::Never, "{error}");
    }

    /// Every call says how many requests it cost, those included that are refused.
    pub async fn every_call_says_what_it_cost(bench: &Bench) {
        let order = order(bench, 1);
        let created = bench.gateway.create_job(&bench.practice, &order).await;
        assert!(created.expect("a job").observed.calls >= 1);
        let read = bench.gateway.job(&bench.practice, &nobody()).await;
        assert!(read.expect("an answer").observed.calls >= 1);
        let number = nobody();
        let refused = bench
            .gateway
            .apply_template(&bench.practice, &number, bench.template);
        let error = refused.await.expect_err("no job");
        assert!(error.observed.calls >= 1, "{error:?}");
    }

    /// Every part of the directory comes to an end, and gives no row twice.
    pub async fn the_directory_comes_to_an_end(bench: &Bench) {
        for part in [
            DirectoryPart::Clients,
            DirectoryPart::Staff,
            DirectoryPart::Templates,
            DirectoryPart::Categories,
        ] {
            let mut seen = std::collections::BTreeSet::new();
            let mut cursor = None;
            for page in 0.. {
                assert!(page < 100, "{part:?} comes to no end");
                let read = bench.gateway.directory(&bench.practice, part, cursor);
                let read = given(read.await);
                for row in read.rows {
                    assert!(seen.insert(row.id), "{part:?} gives {row:?} twice");
                }
                cursor = read.next;
                if cursor.is_none() {
                    break;
                }
            }
        }
    }

    /// What was changed since ever holds each client of the pages, once.
    pub async fn what_was_changed_since_ever_is_every_client(bench: &Bench) {
        let (gateway, practice) = (&bench.gateway, &bench.practice);
        let ever = chrono::DateTime::UNIX_EPOCH;
        let Some(changed) = given(gateway.clients_modified_since(practice, ever).await) else {
            // A gateway that cannot tell says so, and its clients are listed page by page.
            return;
        };
        let mut known = std::collections::BTreeSet::new();
        for client in &changed {
            assert!(known.insert(client.row.id), "{client:?} is told twice");
        }
        let mut cursor = None;
        loop {
            let read = gateway.directory(practice, DirectoryPart::Clients, cursor);
            let page = given(read.await);
            for row in page.rows {
                let told = changed.iter().find(|client| client.row.id == row.id);
                let told = told.unwrap_or_else(|| panic!("{row:?} is not told"));
                assert_eq!((&told.row, told.standing), (&row, Standing::Current));
            }
            cursor = page.next;
            if cursor.is_none() {
                return;
            }
        }
    }
}
