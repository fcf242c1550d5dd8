//! What becomes of a job's neighbours when it is refused, when it fails, and when the commit does.

use rusqlite::Connection;
use tokio::sync::oneshot::{self, Receiver};

use super::{Job, Outage, Stop, Task, run};

type Answer = Receiver<Result<Result<i64, &'static str>, Outage>>;

fn connection() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE kept (number INTEGER PRIMARY KEY) STRICT;
             CREATE TABLE later (number INTEGER REFERENCES kept DEFERRABLE INITIALLY DEFERRED)",
        )
        .unwrap();
    connection
}

fn job<F>(run: F) -> (Job, Answer)
where
    F: FnMut(&Connection) -> Result<i64, Stop<&'static str>> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Task::new(run, reply)), answer)
}

/// Writes a number, and answers with how many there are.
fn writes(number: i64) -> (Job, Answer) {
    job(move |db| {
        db.execute("INSERT INTO kept VALUES (?1)", [number])?;
        Ok(count(db))
    })
}

fn count(db: &Connection) -> i64 {
    db.query_row("SELECT count(*) FROM kept", [], |row| row.get(0))
        .unwrap()
}

fn run_all<const N: usize>(
    db: &Connection,
    jobs: [(Job, Answer); N],
) -> [Result<Result<i64, &'static str>, Outage>; N] {
    let (jobs, answers): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
    run(db, jobs);
    assert!(db.is_autocommit(), "the transaction has ended");
    let answers: Vec<_> = answers
        .into_iter()
        .map(|mut answer| answer.try_recv().unwrap())
        .collect();
    answers.try_into().unwrap()
}

#[test]
fn jobs_see_what_their_neighbours_wrote() {
    let db = connection();
    let [one, two, three] = run_all(&db, [writes(1), writes(2), writes(3)]);
    assert_eq!(
        [one, two, three].map(|answer| answer.unwrap()),
        [Ok(1), Ok(2), Ok(3)]
    );
}

#[test]
fn a_refused_job_is_answered_alone() {
    let db = connection();
    let refused = job(|_| Err(Stop::Refused("no")));
    let [one, two, three] = run_all(&db, [writes(1), refused, writes(3)]);
    assert_eq!(
        [one, two, three].map(|answer| answer.unwrap()),
        [Ok(1), Err("no"), Ok(2)]
    );
    assert_eq!(count(&db), 2);
}

#[test]
fn a_surprise_fails_the_job_that_causes_it_and_leaves_nothing_of_it() {
    let db = connection();
    let half = job(|db| {
        db.execute("INSERT INTO kept VALUES (7)", [])?;
        db.execute("INSERT INTO kept VALUES (7)", [])?;
        Ok(0)
    });
    let [one, two, three] = run_all(&db, [writes(1), half, writes(3)]);
    assert!(matches!(two, Err(Outage::Sqlite(_))), "{two:?}");
    // Each of the others was written once, although it was begun twice.
    assert_eq!([one, three].map(|answer| answer.unwrap()), [Ok(1), Ok(2)]);
    assert_eq!(count(&db), 2);
}

#[test]
fn a_refusal_that_rested_on_a_neighbour_who_fails_is_taken_back() {
    let db = connection();
    let mut tries = 0;
    // It writes a row and then meets an error, but only together with others.
    let fails = job(|db| {
        db.execute("INSERT INTO kept VALUES (1)", [])?;
        db.execute("INSERT INTO nowhere VALUES (1)", [])?;
        Ok(0)
    });
    let minds = job(move |db| {
        tries += 1;
        if count(db) > 0 {
            return Err(Stop::Refused("there is one already"));
        }
        Ok(tries)
    });
    let [_, minds] = run_all(&db, [fails, minds]);
    assert_eq!(minds.unwrap(), Ok(1));
}

#[test]
fn when_the_commit_fails_nothing_is_known_and_nothing_is_run_again() {
    let db = connection();
    let (runs, counted) = std::sync::mpsc::channel();
    let breaks = job(move |db| {
        runs.send(()).unwrap();
        // A deferred reference is missed at the commit.
        db.execute("INSERT INTO later VALUES (404)", [])?;
        Ok(0)
    });
    let [one, two] = run_all(&db, [writes(1), breaks]);
    assert!(matches!(one, Err(Outage::Sqlite(_))), "{one:?}");
    assert!(matches!(two, Err(Outage::Sqlite(_))), "{two:?}");
    assert_eq!(counted.try_iter().count(), 1);
    assert_eq!(count(&db), 0);
}

#[test]
fn when_no_transaction_can_begin_everybody_is_told() {
    let db = connection();
    db.execute_batch("BEGIN").unwrap();
    let (job, mut answer) = writes(1);
    run(&db, vec![job]);
    assert!(matches!(answer.try_recv().unwrap(), Err(Outage::Sqlite(_))));
}

#[test]
fn whoever_no_longer_waits_spoils_nothing() {
    let db = connection();
    let (one, answer) = writes(1);
    drop(answer);
    let (two, mut answer) = writes(2);
    run(&db, vec![one, two]);
    assert_eq!(answer.try_recv().unwrap().unwrap(), Ok(2));
}
