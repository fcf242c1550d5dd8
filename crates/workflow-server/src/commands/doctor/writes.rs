//! What only a write can find out: probe jobs for a client that is one for tests.
//!
//! Every probe job bears a marker of this run in its description, so that what was made is found
//! again whatever was answered. The marker is none of ours: no look-up and no sweep takes it for one.

use workflow::ids::ClientId;
use workflow::xpm::{Probe, Verdict};

use super::caller::{Caller, is_ok, said};
use super::jobs::{Dates, NOBODY, Numbers, Odd, Run, delete, found, number};
use super::reads::{self, list, of_client, rows};
use super::report::Report;
use crate::failure::Failure;

/// The most jobs that are made.
pub(super) const JOBS: u32 = 10;
/// After how many seconds the new job is looked for, again and again.
const LOOKS: [i64; 6] = [0, 1, 2, 4, 8, 15];

/// What becomes of the probe jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CleanUp {
    /// They stay, and are listed.
    Leave,
    /// They are deleted, and what was deleted is listed.
    Delete,
}

/// The most calls that the writes make, a renewed token included.
pub(super) const fn calls(clean_up: CleanUp) -> u32 {
    let asked = 1 + 1 + LOOKS.len() as u32 + 2 + 9 + 1 + 1 + 1;
    match clean_up {
        CleanUp::Leave => asked,
        CleanUp::Delete => asked + JOBS + 1,
    }
}

pub(super) async fn ask(
    caller: &mut Caller,
    report: &mut Report,
    client: ClientId,
    clean_up: CleanUp,
) -> Result<(), Failure> {
    let mut run = Run {
        client: client.to_string(),
        stamp: caller.now().timestamp().to_string(),
        today: caller.today(),
        numbers: Numbers::Given,
    };
    let managers = test_client(caller, report, &run).await?;
    // Whatever goes wrong from here on, what was made is said.
    let asked = probes(caller, report, &mut run, managers).await;
    let swept = sweep(caller, report, &run, clean_up).await;
    asked.and(swept)
}

/// Reads the client, which has to exist and be in use, and hides its name.
async fn test_client(
    caller: &mut Caller,
    report: &mut Report,
    run: &Run,
) -> Result<[Option<String>; 2], Failure> {
    let told = caller
        .ask(&Probe::get("client.api/get").of(&run.client))
        .await?;
    let client = told
        .as_ref()
        .ok()
        .and_then(|answer| answer.root()?.child("Client"));
    let Some(client) = client.filter(|_| is_ok(&told)) else {
        return Err(Failure::input(format!(
            "--write-probe: the client {} cannot be read: {}",
            run.client,
            said(&told)
        )));
    };
    for flag in ["IsArchived", "IsDeleted"] {
        if client
            .word(flag)
            .is_some_and(|word| word.eq_ignore_ascii_case("yes"))
        {
            let client = &run.client;
            return Err(Failure::input(format!(
                "--write-probe: the client {client} is archived or deleted"
            )));
        }
    }
    report.client(client.word("Name"));
    let staff = |role| reads::word(client.child(role)?, "UUID");
    Ok([staff("AccountManager"), staff("JobManager")])
}

async fn probes(
    caller: &mut Caller,
    report: &mut Report,
    run: &mut Run,
    managers: [Option<String>; 2],
) -> Result<(), Failure> {
    let plain = first(caller, report, run, managers).await?;
    if let Some(number) = &plain {
        created_day(caller, report, number).await?;
    }
    own_number(caller, report, run).await?;
    refusals(caller, report, run).await?;
    idempotency(caller, report, run).await
}

/// A plain job: who numbers it, whom it inherits, how soon it is listed.
async fn first(
    caller: &mut Caller,
    report: &mut Report,
    run: &mut Run,
    managers: [Option<String>; 2],
) -> Result<Option<String>, Failure> {
    let told = caller.ask(&run.add("plain", &Odd::default())).await?;
    let topic = "`job.api/add`, no number";
    let Some(made) = number(&told) else {
        let refused = matches!(&told, Ok(answer) if matches!(answer.verdict, Verdict::Error(_)));
        if refused {
            run.numbers = Numbers::Ours;
        }
        let means = match refused {
            true => {
                "perhaps the practice allocates numbers by hand (Allocate Manually); each \
                     further probe brings its own"
            }
            false => "not known",
        };
        report.add(topic, said(&told), means);
        return Ok(None);
    };
    report.add(topic, said(&told), "XPM numbers the job");
    let job = told
        .as_ref()
        .ok()
        .and_then(|answer| answer.root()?.child("Job"));
    let of_job = |role: &'static str| job.and_then(|job| reads::word(job.child(role)?, "UUID"));
    let (had, has) = (managers, [of_job("Partner"), of_job("Manager")]);
    let (seen, means) = match (had.iter().flatten().next(), had == has) {
        (None, _) => ("the client has neither partner nor manager", "not known"),
        (_, true) => ("the job has those of its client", "a new job inherits them"),
        (_, false) => (
            "the job has not those of its client",
            "a new job does not inherit them",
        ),
    };
    report.add("`job.api/add`, partner and manager", seen, means);
    listed(caller, report, run).await?;
    Ok(Some(made))
}

/// How soon the plain job is among its client's.
async fn listed(caller: &mut Caller, report: &mut Report, run: &Run) -> Result<(), Failure> {
    let (begun, marker) = (caller.monotonic(), run.marker("plain"));
    let topic = "`job.api/client`, how soon";
    for seconds in LOOKS {
        if seconds > 0 {
            caller.wait(seconds).await;
        }
        let told = caller.ask(&of_client(&run.client)).await?;
        if found(&told).contains_key(&marker) {
            let after = caller.monotonic().saturating_sub(begun).as_secs();
            let (seen, means) = match seconds {
                0 => ("at the first look".to_owned(), "no lag was seen"),
                _ => (
                    format!("after {after} seconds"),
                    "lists lag: keep the settle time longer",
                ),
            };
            report.add(topic, seen, means);
            return Ok(());
        }
    }
    let longest: i64 = LOOKS.iter().sum();
    let seen = format!("not within {longest} seconds");
    report.add(
        topic,
        seen,
        "look-ups would miss it: the settle time has to be much longer",
    );
    Ok(())
}

/// Which day XPM gives the plain job, where UTC and the practice differ at this hour.
async fn created_day(
    caller: &mut Caller,
    report: &mut Report,
    number: &str,
) -> Result<(), Failure> {
    let (utc, local) = (caller.now().date_naive(), caller.today());
    let topic = "`job.api/list`, day of creation";
    if utc == local {
        let seen = "it is the same day in UTC and in the practice's zone";
        report.add(topic, seen, "not known; ask again at another hour");
        return Ok(());
    }
    let mut on = Vec::new();
    for (name, day) in [("UTC", utc), ("the practice's zone", local)] {
        let told = caller.ask(&list(day, day)).await?;
        let there = rows(&told).iter().any(|row| row.word("ID") == Some(number));
        on.extend(there.then_some(name));
    }
    let means = match on.as_slice() {
        [zone] => format!("days are those of {zone}"),
        _ => "not known".to_owned(),
    };
    let seen = format!("listed on the day of: {}", on.join(", "));
    report.add(topic, seen, means);
    Ok(())
}

/// A job number of ours, and the same again.
async fn own_number(caller: &mut Caller, report: &mut Report, run: &Run) -> Result<(), Failure> {
    let own = Odd {
        number: Some(run.number("own")),
        ..Odd::default()
    };
    let told = caller.ask(&run.add("own number", &own)).await?;
    let kept = number(&told) == own.number;
    let means = match (&told, kept) {
        (_, true) => "a job number of ours is taken as given",
        (Ok(_), false) if is_ok(&told) => "the job got another number than ours",
        _ => "a job number of ours is refused",
    };
    report.add("`job.api/add`, a number of ours", said(&told), means);
    if !kept {
        return Ok(());
    }
    let told = caller.ask(&run.add("own number again", &own)).await?;
    let means = match number(&told) {
        Some(again) if Some(&again) == own.number.as_ref() => {
            "two jobs may have one number: it is no key"
        }
        Some(_) => "the second job got another number: it is no key",
        None => "a number that is taken is refused: it is a key",
    };
    report.add("`job.api/add`, a taken number", said(&told), means);
    Ok(())
}

/// What is refused, in which words; whether a job is left behind is seen afterwards.
async fn refusals(caller: &mut Caller, report: &mut Report, run: &Run) -> Result<(), Failure> {
    let element = |name: &str| format!("<{name}>{NOBODY}</{name}>");
    let dates = |dates| Odd {
        dates,
        ..Odd::default()
    };
    let more = |more| Odd {
        more,
        ..Odd::default()
    };
    for (topic, what, odd) in [
        (TEMPLATE, "unknown template", more(element("TemplateUUID"))),
        (DUE, "due before start", dates(Dates::DueBeforeStart)),
        (
            CLIENT,
            "unknown client",
            Odd {
                client: Some(NOBODY),
                ..Odd::default()
            },
        ),
        (DATES, "missing dates", dates(Dates::Missing)),
        (CATEGORY, "unknown category", more(element("CategoryUUID"))),
    ] {
        let told = caller.ask(&run.add(what, &odd)).await?;
        let means = match &told {
            _ if is_ok(&told) => "accepted",
            Ok(answer) if matches!(answer.verdict, Verdict::Error(_)) => "refused",
            _ => "taken as a lost reply",
        };
        report.add(topic, said(&told), means);
    }
    Ok(())
}

const TEMPLATE: &str = "`job.api/add`, unknown template";
const DUE: &str = "`job.api/add`, due before start";
const CLIENT: &str = "`job.api/add`, unknown client";
const DATES: &str = "`job.api/add`, missing dates";
const CATEGORY: &str = "`job.api/add`, unknown category";

/// The same create twice under one key.
async fn idempotency(caller: &mut Caller, report: &mut Report, run: &Run) -> Result<(), Failure> {
    let key = run.marker("key");
    let odd = Odd::default();
    let keyed = run.add("keyed", &odd).key(&key);
    let (one, two) = (caller.ask(&keyed).await?, caller.ask(&keyed).await?);
    let means = match (number(&one), number(&two)) {
        (Some(one), Some(two)) if one == two => {
            "honoured: the first answer is given again; tell us, it changes much"
        }
        (Some(_), Some(_)) => "ignored: two jobs",
        (Some(_), None) if run.numbers == Numbers::Ours => "not known: the number was taken",
        (Some(_), None) => "refused the second time",
        (None, _) => "refused",
    };
    let seen = format!("{}; then {}", said(&one), said(&two));
    report.add("`Idempotency-Key`", seen, means);
    Ok(())
}

/// Finds what was made, says what a refusal left behind, and deletes it where that was asked for.
async fn sweep(
    caller: &mut Caller,
    report: &mut Report,
    run: &Run,
    clean_up: CleanUp,
) -> Result<(), Failure> {
    let told = caller.ask(&of_client(&run.client)).await?;
    let all = found(&told);
    let left = match all.contains_key(&run.marker("unknown template")) {
        true => "a job is there: a refusal proves nothing",
        false => "no job is there",
    };
    report.add(
        "`job.api/add`, unknown template, afterwards",
        said(&told),
        left,
    );
    let ours = all
        .iter()
        .filter(|(marker, _)| marker.starts_with(&run.marker("")));
    let numbers: Vec<String> = ours.flat_map(|(_, numbers)| numbers.clone()).collect();
    if clean_up == CleanUp::Leave || numbers.is_empty() {
        report.made(
            "These probe jobs were made; a person deletes them in XPM:",
            numbers,
        );
        return Ok(());
    }
    let mut gone = Vec::new();
    for number in &numbers {
        let told = caller.ask(&delete(number)).await?;
        match is_ok(&told) {
            true => gone.push(number.clone()),
            false => report.add(
                "`job.api/delete`",
                said(&told),
                format!("{number} is still there"),
            ),
        }
    }
    if let Some(number) = gone.first() {
        let told = caller.ask(&delete(number)).await?;
        report.add("`job.api/delete`, again", said(&told), "the job is gone");
    }
    report.made("These probe jobs were made and deleted:", gone);
    Ok(())
}
