//! Rules of writes: a job is created as ordered, once for each call, and is then added to.

#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the gateway breaks it"
)]

use std::collections::BTreeSet;

use super::{Bench, bears, given, nobody, not_given};
use crate::ids::{JobNumber, StaffId};
use crate::ports::gateway::{Class, CreateJob, Job, OwnNumbers, Team};
use crate::testing::at_once;

/// A job that is read is as it was ordered, whatever characters are in its texts.
pub async fn a_created_job_is_as_it_was_ordered(bench: &Bench) {
    let created = bench.create(1).await;
    let job = bench.read(&created.number).await;
    let order = bench.order(bench.client, 1);
    assert_eq!((job.id, &job.name), (created.id, &order.name));
    assert_eq!((job.start, job.due), (Some(order.start), Some(order.due)));
    assert_eq!(job.reference, order.reference);
    assert!(job.client.is_none_or(|client| client == order.client));
    assert!(bears(&job, 1), "{job:?}");
    // Line ends may change on their way; the lines may not.
    let description = job.description.expect("a description");
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        lines(description.trim_end()),
        lines(order.description.trim_end())
    );
    assert!(job.tasks.is_some_and(|tasks| !tasks.is_empty()));
}

/// What was not ordered is not there: no reference, no tasks, nobody.
pub async fn what_was_not_ordered_is_not_there(bench: &Bench) {
    let order = CreateJob {
        reference: None,
        template: None,
        ..bench.order(bench.client, 1)
    };
    let created = given(bench.gateway.create_job(&bench.practice, &order).await);
    let job = bench.read(&created.number).await;
    assert_eq!(job.reference, None);
    assert_eq!(job.tasks.unwrap_or_default(), [""; 0]);
    assert_eq!(job.staff, BTreeSet::new());
}

/// One call makes one job: a gateway repeats nothing by itself.
pub async fn one_call_makes_one_job(bench: &Bench) {
    let created = bench.create(1).await;
    let jobs = bench.jobs_of(bench.client).await;
    let numbers: Vec<_> = jobs.iter().map(|job| &job.number).collect();
    assert_eq!(numbers, [&created.number]);
}

/// A repeat is a second job: no gateway may keep one back, or it would hide what it did.
pub async fn a_repeated_create_makes_a_second_job(bench: &Bench) {
    let (one, two) = (bench.create(1).await, bench.create(1).await);
    assert_ne!(one.number, two.number);
    assert_ne!(one.id, two.id);
    assert_eq!(bench.jobs_of(bench.client).await.len(), 2);
}

/// Several creates side by side make a job each, and each answer is about its own.
pub async fn creates_side_by_side_make_a_job_each(bench: &Bench) {
    let numbers = 1..=5;
    let creates = numbers.clone().map(|number| bench.create(number));
    let made: Vec<Job> = at_once(creates).await;
    for (number, job) in numbers.clone().zip(&made) {
        assert!(bears(&bench.read(&job.number).await, number), "{job:?}");
    }
    let listed = bench.jobs_of(bench.client).await;
    for number in numbers {
        let bearing = listed.iter().filter(|job| bears(job, number)).count();
        assert_eq!(bearing, 1, "marker {number} of {listed:?}");
    }
    let distinct: BTreeSet<_> = made
        .iter()
        .map(|job| (&job.number, job.id.uuid()))
        .collect();
    assert_eq!(distinct.len(), 5, "{made:?}");
}

/// An order with a number of ours; `None` where the gateway takes none.
fn numbered(bench: &Bench, number: u32) -> Option<CreateJob> {
    let own: JobNumber = format!("SUITE-{number:010}").parse().expect("a job number");
    let order = CreateJob {
        number: Some(own),
        ..bench.order(bench.client, number)
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
    assert!(bears(&bench.read(&number).await, 1));
}

/// A second job with a number of ours is refused for good, and is not there.
pub async fn a_number_that_exists_is_refused_and_makes_no_job(bench: &Bench) {
    let Some(order) = numbered(bench, 1) else {
        return;
    };
    given(bench.gateway.create_job(&bench.practice, &order).await);
    let error = not_given(bench.gateway.create_job(&bench.practice, &order).await);
    assert_eq!(error.class(), Class::Never, "{error}");
    assert_eq!(bench.jobs_of(bench.client).await.len(), 1);
}

/// A template's tasks come after those that were there, so that it is seen to be applied.
pub async fn a_template_adds_its_tasks_after_the_others(bench: &Bench) {
    let number = bench.create(1).await.number;
    let before = bench.read(&number).await.tasks.expect("tasks");
    let applied = bench
        .gateway
        .apply_template(&bench.practice, &number, bench.template);
    given(applied.await);
    let after = bench.read(&number).await.tasks.expect("tasks");
    assert!(after.len() > before.len(), "{after:?} after {before:?}");
    assert!(after.starts_with(&before), "{after:?} after {before:?}");
}

fn teams(bench: &Bench) -> [Team; 2] {
    let [first, second] = bench.staff;
    [
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
    ]
}

/// Who is assigned is read back, beside those who were assigned before.
pub async fn people_are_assigned_beside_those_who_are(bench: &Bench) {
    let number = bench.create(1).await.number;
    for team in &teams(bench) {
        given(bench.gateway.assign(&bench.practice, &number, team).await);
    }
    let job = bench.read(&number).await;
    for team in &teams(bench) {
        let missing = team.missing_from(&job);
        assert!(missing.is_empty(), "{missing:?} of {job:?}");
    }
}

/// Nobody is assigned whom nobody named.
pub async fn nobody_else_is_assigned(bench: &Bench) {
    let number = bench.create(1).await.number;
    let [team, _] = teams(bench);
    given(bench.gateway.assign(&bench.practice, &number, &team).await);
    let job = bench.read(&number).await;
    assert_eq!((job.partner, job.manager), (team.partner, None));
    assert_eq!(job.staff, team.staff);
}

/// An empty team has nothing to assign: the job stays as it is, and is the answer.
pub async fn an_empty_team_changes_nothing(bench: &Bench) {
    let number = bench.create(1).await.number;
    let [team, _] = teams(bench);
    given(bench.gateway.assign(&bench.practice, &number, &team).await);
    let before = bench.read(&number).await;
    let nobody = Team::default();
    let answer = bench.gateway.assign(&bench.practice, &number, &nobody);
    assert_eq!(given(answer.await).number, number);
    assert_eq!(bench.read(&number).await, before);
}

/// The answer to a write shows the job as it is afterwards: the next step builds on it.
pub async fn a_write_is_answered_with_the_job_as_it_is_then(bench: &Bench) {
    let created = bench.create(1).await;
    same_job(&created, &bench.read(&created.number).await);
    let applied = bench
        .gateway
        .apply_template(&bench.practice, &created.number, bench.template);
    let applied = given(applied.await);
    same_job(&applied, &bench.read(&created.number).await);
    for team in &teams(bench) {
        let assigned = bench.gateway.assign(&bench.practice, &created.number, team);
        same_job(&given(assigned.await), &bench.read(&created.number).await);
    }
}

/// What is known of a job after a write, as far as the answer tells.
fn same_job(answer: &Job, read: &Job) {
    assert_eq!((&answer.number, answer.id), (&read.number, read.id));
    assert!(
        answer.tasks.is_none() || answer.tasks == read.tasks,
        "{answer:?}, {read:?}"
    );
    assert_eq!(
        (answer.partner, answer.manager),
        (read.partner, read.manager)
    );
    assert_eq!(answer.staff, read.staff);
}

/// A write to a job that does not exist is refused, and is not to be repeated.
pub async fn a_write_to_no_job_is_refused_for_good(bench: &Bench) {
    let number = nobody();
    let applied = bench
        .gateway
        .apply_template(&bench.practice, &number, bench.template);
    let error = not_given(applied.await);
    assert_eq!(error.class(), Class::Never, "{error}");
    let [team, _] = teams(bench);
    let assigned = bench.gateway.assign(&bench.practice, &number, &team);
    let error = not_given(assigned.await);
    assert_eq!(error.class(), Class::Never, "{error}");
}

/// What the job system does not know is refused for good, and changes nothing. Of a create it is
/// not known whether a job is left behind: the ledger looks.
pub async fn what_is_not_known_is_refused_for_good(bench: &Bench) {
    let Some(unknown) = bench.unknown else {
        return;
    };
    let order = bench.order(unknown.client, 1);
    let created = bench.gateway.create_job(&bench.practice, &order);
    let error = not_given(created.await);
    assert_eq!(error.class(), Class::Never, "{error}");
    let before = bench.create(2).await;
    let before = bench.read(&before.number).await;
    let applied = bench
        .gateway
        .apply_template(&bench.practice, &before.number, unknown.template);
    let error = not_given(applied.await);
    assert_eq!(error.class(), Class::Never, "{error}");
    let team = Team {
        staff: BTreeSet::<StaffId>::from([unknown.staff]),
        ..Team::default()
    };
    let assigned = bench.gateway.assign(&bench.practice, &before.number, &team);
    let error = not_given(assigned.await);
    assert_eq!(error.class(), Class::Never, "{error}");
    assert_eq!(bench.read(&before.number).await, before);
}

/// A refusal is one line for the people of the practice, without markup or JSON.
pub async fn a_refusal_is_a_sentence(bench: &Bench) {
    let number = nobody();
    let applied = bench
        .gateway
        .apply_template(&bench.practice, &number, bench.template);
    let text = not_given(applied.await).to_string();
    assert!(text.split_whitespace().count() > 2, "{text:?}");
    assert!(!text.contains(['<', '{', '\n', '\r']), "{text:?}");
}

/// Every call says how many requests it cost, those included that are refused.
pub async fn every_call_says_what_it_cost(bench: &Bench) {
    let (gateway, practice) = (&bench.gateway, &bench.practice);
    let order = bench.order(bench.client, 1);
    let created = gateway.create_job(practice, &order).await.expect("a job");
    let number = created.value.number;
    let [team, _] = teams(bench);
    let applied = gateway
        .apply_template(practice, &number, bench.template)
        .await;
    let assigned = gateway.assign(practice, &number, &team).await;
    let unknown = gateway.job(practice, &nobody()).await;
    let jobs = gateway.jobs_of_client(practice, bench.client).await;
    let refused = gateway
        .apply_template(practice, &nobody(), bench.template)
        .await;
    for (call, calls) in [
        ("create_job", created.observed.calls),
        ("apply_template", applied.expect("a job").observed.calls),
        ("assign", assigned.expect("a job").observed.calls),
        ("job", unknown.expect("an answer").observed.calls),
        ("jobs_of_client", jobs.expect("a list").observed.calls),
        ("a refusal", not_given(refused).observed.calls),
    ] {
        assert!(calls >= 1, "{call} cost {calls}");
    }
}
