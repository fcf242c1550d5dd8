//! What reads alone can find out.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate, TimeDelta};
use workflow::xpm::{Probe, Probed, Seen, Verdict};

use super::caller::{Caller, Told, is_ok, said};
use super::jobs::NOBODY;
use super::report::Report;
use crate::failure::Failure;

/// The most calls that the reads make.
pub(super) const CALLS: u32 = 19;

/// Names no job.
const NO_JOB: &str = "doctor-no-such-job";

/// A job that exists, as far as it matters here.
#[derive(Debug)]
struct Known {
    number: String,
    uuid: String,
    client: String,
    closed: Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    Yes,
    No,
}

pub(super) async fn ask(caller: &mut Caller, report: &mut Report) -> Result<(), Failure> {
    scopes(caller, report).await?;
    pages(caller, report).await?;
    unknown(caller, report).await?;
    spans(caller, report).await?;
    match known_job(caller, report).await? {
        Some(job) => about(caller, report, &job).await,
        None => {
            let none = "the practice has no job of the last year";
            report.add("`job.api/client`, closed jobs", none, "not known");
            Ok(())
        }
    }
}

/// What the granted scopes open, and what every answer carries.
async fn scopes(caller: &mut Caller, report: &mut Report) -> Result<(), Failure> {
    let mut first = true;
    for (topic, call) in [
        ("scopes: templates", "template.api/list"),
        ("scopes: categories", "category.api/list"),
        ("scopes: task types", "task.api/list"),
        ("scopes: states of jobs", "jobstate.api/list"),
        ("scopes: invoices", "invoice.api/draft"),
    ] {
        let told = caller.ask(&Probe::get(call)).await?;
        let means = match &told {
            _ if is_ok(&told) => "the granted scopes open it",
            Ok(answer) if answer.status == 403 => "another scope is needed",
            Ok(answer) if answer.status == 404 => "there is no such endpoint",
            _ => "not known",
        };
        report.add(topic, said(&told), means);
        if let (true, Ok(answer)) = (first, &told) {
            envelope(answer, report);
            first = false;
        }
    }
    Ok(())
}

/// The form of an answer and its headers.
fn envelope(answer: &Probed, report: &mut Report) {
    let seen: Vec<String> = [
        "content-type",
        "x-minlimit-remaining",
        "x-daylimit-remaining",
        "x-appminlimit-remaining",
    ]
    .iter()
    .map(|name| format!("{name}: {}", answer.header(name).unwrap_or("absent")))
    .collect();
    let left = answer.observed.minute_left.is_some() && answer.observed.day_left.is_some();
    let means = match left {
        true => "what is left can be paced by",
        false => "what is left is not told: our own count is all there is",
    };
    report.add("headers of an answer", seen.join("; "), means);
    let begins = match answer.head.starts_with("<?xml") {
        true => "an XML declaration",
        false => "no XML declaration",
    };
    let method = match answer.head.contains("api-method=") {
        true => "with `api-method`",
        false => "without `api-method`",
    };
    let seen = format!("{begins}; root {method}");
    report.add("form of an answer", seen, "both are read");
}

async fn pages(caller: &mut Caller, report: &mut Report) -> Result<(), Failure> {
    let probe = Probe::get("client.api/paged-list").with("pageSize", "1");
    let told = caller.ask(&probe).await?;
    let next = told.as_ref().ok().and_then(|answer| {
        let links = answer.root()?.child("Pagination")?.child("Links")?;
        Some(links.word("Next")?.to_owned())
    });
    let means = match &next {
        Some(next) if next.contains("://") => "the next page is a link",
        Some(_) => "the next page is a token or a relative link",
        None if is_ok(&told) => "there is no next page: fewer than two clients",
        None => "not known",
    };
    report.add("`client.api/paged-list`, next page", said(&told), means);
    Ok(())
}

/// How what is not there is answered.
async fn unknown(caller: &mut Caller, report: &mut Report) -> Result<(), Failure> {
    for (topic, probe) in [
        (
            "`job.api/get`, unknown number",
            Probe::get("job.api/get").of(NO_JOB),
        ),
        (
            "`job.api/client`, unknown client",
            Probe::get("job.api/client")
                .of(NOBODY)
                .with("detailed", "true"),
        ),
    ] {
        let told = caller.ask(&probe).await?;
        let means = match &told {
            Ok(answer) => match &answer.verdict {
                Verdict::Error(words) if words.to_lowercase().contains("identifier") => {
                    "understood as: it is not there"
                }
                Verdict::Error(_) => "other words than those that are recorded: tell us",
                Verdict::Ok => "an empty answer, not a refusal: tell us",
                _ if answer.status == 404 => "understood as: it is not there",
                _ => "taken as a lost reply: tell us",
            },
            Err(_) => "not known",
        };
        report.add(topic, said(&told), means);
    }
    Ok(())
}

/// How a span that is too long, or has no beginning, is answered.
async fn spans(caller: &mut Caller, report: &mut Report) -> Result<(), Failure> {
    let today = caller.today();
    let year_ago = today.checked_sub_months(Months::new(12)).unwrap_or(today);
    for (topic, probe) in [
        ("`job.api/list`, exactly a year", list(year_ago, today)),
        (
            "`job.api/list`, no `from`",
            Probe::get("job.api/list").with("to", day(today)),
        ),
    ] {
        let told = caller.ask(&probe).await?;
        let means = match is_ok(&told) {
            true => "accepted",
            false => "refused, as the adapter takes it",
        };
        report.add(topic, said(&told), means);
    }
    Ok(())
}

fn day(date: NaiveDate) -> String {
    date.format("%Y%m%d").to_string()
}

pub(super) fn list(from: NaiveDate, to: NaiveDate) -> Probe {
    let probe = Probe::get("job.api/list").with("from", day(from));
    probe.with("to", day(to)).with("detailed", "true")
}

/// A job to look at: a closed one where there is one.
async fn known_job(caller: &mut Caller, report: &mut Report) -> Result<Option<Known>, Failure> {
    let today = caller.today();
    let mut told = caller
        .ask(&list(today - TimeDelta::days(30), today))
        .await?;
    if rows(&told).is_empty() {
        told = caller
            .ask(&list(today - TimeDelta::days(364), today))
            .await?;
    }
    let listed = rows(&told);
    let described = listed
        .iter()
        .filter(|row| row.child("Description").is_some())
        .count();
    let means = match described == listed.len() {
        _ if listed.is_empty() => "not known",
        true => "a list with `detailed=true` is complete",
        false => "a list is incomplete, and look-ups by it prove nothing: tell us",
    };
    let seen = format!(
        "{}; {described} of {} rows with a description",
        said(&told),
        listed.len()
    );
    report.add("`job.api/list`, descriptions", seen, means);
    if listed.is_empty() {
        return Ok(None);
    }
    let open = caller.ask(&Probe::get("job.api/current")).await?;
    let open: BTreeSet<String> = rows(&open)
        .iter()
        .filter_map(|row| word(*row, "ID"))
        .collect();
    let mut known: Vec<Known> = listed
        .iter()
        .filter_map(|row| {
            let number = word(*row, "ID")?;
            let closed = match open.contains(&number) || open.is_empty() {
                true => Closed::No,
                false => Closed::Yes,
            };
            Some(Known {
                uuid: word(*row, "UUID")?,
                client: word(row.child("Client")?, "UUID")?,
                number,
                closed,
            })
        })
        .collect();
    for row in &listed {
        report.hide(row.word("Name"));
        report.hide(row.child("Client").and_then(|client| client.word("Name")));
    }
    let place = known.iter().position(|job| job.closed == Closed::Yes);
    Ok((!known.is_empty()).then(|| known.swap_remove(place.unwrap_or(0))))
}

/// What one job and its client's other jobs show.
async fn about(caller: &mut Caller, report: &mut Report, job: &Known) -> Result<(), Failure> {
    let of_client = of_client(&job.client);
    let told = caller.ask(&of_client).await?;
    let numbers: Vec<String> = rows(&told)
        .iter()
        .filter_map(|row| word(*row, "ID"))
        .collect();
    let topic = "`job.api/client`, closed jobs";
    match job.closed {
        Closed::No => report.add(
            topic,
            "no closed job of the last weeks was found",
            "not known",
        ),
        Closed::Yes if numbers.contains(&job.number) => {
            report.add(topic, said(&told), "it lists closed jobs too");
        }
        Closed::Yes => report.add(
            topic,
            said(&told),
            "it leaves closed jobs out: a look-up misses a job that was closed meanwhile",
        ),
    }
    let means = match numbers.as_slice() {
        [] | [_] => "not known: one job alone",
        numbers if numbers.is_sorted() => "the oldest first, by number",
        numbers if numbers.iter().rev().is_sorted() => "the newest first, by number",
        _ => "in no order of numbers",
    };
    let seen = format!("{} jobs of one client", numbers.len());
    report.add("`job.api/client`, order", seen, means);

    let told = caller.ask(&Probe::get("job.api/get").of(&job.uuid)).await?;
    let means = match is_ok(&told) {
        true => "a UUID is accepted where a job number is asked for",
        false => "a UUID is not accepted where a job number is asked for",
    };
    report.add("`job.api/get`, a UUID", said(&told), means);

    for (topic, call, root) in [
        ("`job.api/costs`, shape", "job.api/costs", "Costs"),
        (
            "`job.api/documents`, shape",
            "job.api/documents",
            "Documents",
        ),
        ("`invoice.api/job`, shape", "invoice.api/job", "Invoices"),
    ] {
        let told = caller.ask(&Probe::get(call).of(&job.number)).await?;
        let means = match &told {
            Ok(answer) if answer.verdict == Verdict::Bare(root.to_owned()) => "no envelope",
            Ok(answer) if answer.root().is_some_and(|seen| seen.child(root).is_some()) => {
                "in the envelope"
            }
            _ => "not known",
        };
        report.add(topic, said(&told), means);
    }
    Ok(())
}

pub(super) fn of_client(client: &str) -> Probe {
    let probe = Probe::get("job.api/client").of(client);
    probe.with("detailed", "true")
}

/// The jobs of an answer.
pub(super) fn rows(told: &Told) -> Vec<Seen<'_>> {
    told.as_ref()
        .map(|answer| answer.rows("Jobs", "Job"))
        .unwrap_or_default()
}

pub(super) fn word(row: Seen<'_>, name: &'static str) -> Option<String> {
    row.word(name).map(str::to_owned)
}
