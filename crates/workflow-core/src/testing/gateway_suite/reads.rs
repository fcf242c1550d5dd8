//! Rules of reads: what was created is found, by its number, its client and its day, and nothing
//! else is.

#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the gateway breaks it"
)]

use chrono::{Days, NaiveDate};

use super::{Bench, bears, given, nobody};
use crate::ids::{JobNumber, PracticeId};
use crate::ports::gateway::Job;

/// The list of a client's jobs is complete, and the marker is found in it.
pub async fn a_created_job_is_among_those_of_its_client(bench: &Bench) {
    assert_eq!(bench.jobs_of(bench.client).await, []);
    let created = bench.create(1).await;
    bench.create(2).await;
    let list = bench.gateway.jobs_of_client(&bench.practice, bench.client);
    let list = given(list.await);
    assert!(list.is_complete(), "{list:?}");
    let found: Vec<_> = list.jobs.iter().filter(|job| bears(job, 1)).collect();
    assert_eq!(found.len(), 1, "{list:?}");
    assert_eq!(
        (&found[0].number, found[0].id),
        (&created.number, created.id)
    );
    assert_eq!(list.jobs.len(), 2);
}

/// A client's list holds no other client's jobs.
pub async fn a_client_has_its_own_jobs_alone(bench: &Bench) {
    bench.create(1).await;
    let order = bench.order(bench.other_client, 2);
    given(bench.gateway.create_job(&bench.practice, &order).await);
    for (client, number) in [(bench.client, 1), (bench.other_client, 2)] {
        let jobs = bench.jobs_of(client).await;
        assert!(jobs.len() == 1 && bears(&jobs[0], number), "{jobs:?}");
    }
}

/// A job that is listed has the people, the tasks or no word of them, and the number that it has
/// when it is read alone.
pub async fn a_listed_job_is_the_job_that_is_read(bench: &Bench) {
    let created = bench.create(1).await;
    let listed = bench.jobs_of(bench.client).await;
    let [listed] = listed.as_slice() else {
        panic!("one job: {listed:?}");
    };
    let read = bench.read(&created.number).await;
    assert_eq!((&listed.number, listed.id), (&read.number, read.id));
    assert_eq!(
        (&listed.name, &listed.description),
        (&read.name, &read.description)
    );
    assert!(listed.tasks.is_none() || listed.tasks == read.tasks);
}

/// Reading changes nothing.
pub async fn a_read_changes_nothing(bench: &Bench) {
    let number = bench.create(1).await.number;
    let first = (bench.read(&number).await, bench.jobs_of(bench.client).await);
    let again = (bench.read(&number).await, bench.jobs_of(bench.client).await);
    assert_eq!(first, again);
}

/// The day on which the job system creates jobs now, and how many days it may be off: it is asked
/// for three days around the one that the machine is in, in whatever zone.
async fn created_on(bench: &Bench, around: NaiveDate) -> Vec<(NaiveDate, Vec<Job>)> {
    let mut found = Vec::new();
    for off in 0..=4 {
        let day = around - Days::new(2) + Days::new(off);
        let jobs = bench.gateway.jobs_created(&bench.practice, day, day);
        found.push((day, given(jobs.await).jobs));
    }
    found
}

/// A job is created on one day: a list from that day to that day holds it, both ends included, and
/// one of any other day does not.
pub async fn a_job_is_created_on_one_day(bench: &Bench) {
    let created = bench.create(1).await;
    let around = bench.today;
    let mut days = Vec::new();
    for (day, jobs) in created_on(bench, around).await {
        let holds = jobs.iter().any(|job| job.number == created.number);
        if holds {
            days.push(day);
        }
    }
    let [day] = days.as_slice() else {
        panic!("created on one day around {around}, and listed on {days:?}");
    };
    let (before, after) = (*day - Days::new(1), *day + Days::new(1));
    for (from, to, expected) in [
        (before, *day, 1),
        (*day, after, 1),
        (before, after, 1),
        (before - Days::new(30), before, 0),
    ] {
        let jobs = bench.gateway.jobs_created(&bench.practice, from, to);
        let jobs = given(jobs.await).jobs;
        let found = jobs.iter().filter(|job| job.number == created.number);
        assert_eq!(found.count(), expected, "from {from} to {to}");
    }
}

/// The jobs of a day are those of every client, with their descriptions.
pub async fn the_jobs_of_a_day_are_those_of_every_client(bench: &Bench) {
    bench.create(1).await;
    let order = bench.order(bench.other_client, 2);
    given(bench.gateway.create_job(&bench.practice, &order).await);
    let (from, to) = (bench.today - Days::new(2), bench.today + Days::new(2));
    let list = bench.gateway.jobs_created(&bench.practice, from, to);
    let list = given(list.await);
    assert!(list.is_complete(), "{list:?}");
    for number in [1, 2] {
        let found = list.jobs.iter().filter(|job| bears(job, number)).count();
        assert_eq!(found, 1, "{number} in {list:?}");
    }
}

/// A number that the job system does not know is no job, and no error.
pub async fn a_number_that_is_not_known_is_no_job(bench: &Bench) {
    bench.create(1).await;
    let job = bench.gateway.job(&bench.practice, &nobody()).await;
    assert_eq!(given(job), None);
}

/// A number is looked for as a whole: no part of one, no pattern and no path finds a job.
pub async fn a_number_is_no_pattern_and_no_path(bench: &Bench) {
    let created = bench.create(1).await.number;
    let text = created.as_str();
    let shorter: String = text.chars().take(text.chars().count() - 1).collect();
    for odd in [
        shorter,
        format!("{text}0"),
        format!("../{text}"),
        format!("./{text}"),
        format!("{text}/../{text}"),
        format!("{text}?x=1"),
        format!("{text}#x"),
        format!("{text}%00"),
        "..".to_owned(),
        "*".to_owned(),
        "%".to_owned(),
        "é <&>".to_owned(),
    ] {
        // What is no job number at all cannot be asked for.
        let Ok(number) = odd.parse::<JobNumber>() else {
            continue;
        };
        let job = bench.gateway.job(&bench.practice, &number).await;
        assert_eq!(given(job), None, "{odd:?}");
    }
}

/// A practice that is not connected reaches nothing: neither another's jobs, nor its own.
pub async fn one_practice_reaches_no_other(bench: &Bench) {
    let created = bench.create(1).await;
    let other: PracticeId = "somebody-else".parse().expect("a practice");
    let gateway = &bench.gateway;
    if let Ok(read) = gateway.job(&other, &created.number).await {
        assert_eq!(read.value, None);
    }
    if let Ok(list) = gateway.jobs_of_client(&other, bench.client).await {
        assert_eq!(list.value.jobs, []);
    }
    let applied = gateway.apply_template(&other, &created.number, bench.template);
    assert!(applied.await.is_err(), "another practice's job was changed");
    let order = bench.order(bench.client, 2);
    // Refused, or carried out elsewhere.
    drop(gateway.create_job(&other, &order).await);
    let jobs = bench.jobs_of(bench.client).await;
    assert!(jobs.len() == 1 && bears(&jobs[0], 1), "{jobs:?}");
}
