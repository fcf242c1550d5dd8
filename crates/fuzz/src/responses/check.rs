//! What must be true of every answer.

use chrono::DateTime;
use workflow_core::ports::gateway::{Answer, Class, Failure, GatewayError, Job, Observed};
use xpm_adapter::testing::{Decoded, Endpoint, Response, connections, decode, tokens};

use super::make::SECRET;
use super::oracle::{self, Said};
use super::{Call, Input};
use crate::{Broken, Verdict, holds, same};

/// Longest sentence: a text from elsewhere is cut at 300 characters, and is cited twice at most.
const LONGEST: usize = 1_000;

/// Holds an answer against what must be true of it.
///
/// # Errors
///
/// [`Broken`] names what does not hold.
pub fn check(input: &Input) -> Result<Verdict, Broken> {
    let verdict = match &input.call {
        Call::Api(endpoint) => api(endpoint, &input.response)?,
        Call::Tokens => sign_in(&input.response)?,
        Call::Connections => tenants(&input.response)?,
    };
    let refused = input.valid && verdict == Verdict::Refused;
    // The sign-in service may refuse, and be right.
    let may = input.call == Call::Tokens && contains(&input.response.body, "invalid_grant");
    holds("a valid answer is read", !refused || may, &input.call)?;
    Ok(verdict)
}

fn api(endpoint: &Endpoint, response: &Response) -> Result<Verdict, Broken> {
    let now = DateTime::UNIX_EPOCH;
    let said = oracle::read(&response.body);
    let is_write = matches!(endpoint, Endpoint::CreateJob | Endpoint::ChangeJob(_));
    match decode(endpoint, response.clone(), now) {
        Ok(answer) => {
            told(&answer.observed)?;
            accepted(endpoint, response, &said, &answer)?;
            Ok(Verdict::Accepted)
        }
        Err(error) => {
            told(&error.observed)?;
            sentence(&error.to_string())?;
            if is_write {
                refused(response, &said, &error)?;
            }
            Ok(Verdict::Refused)
        }
    }
}

fn accepted(
    endpoint: &Endpoint,
    response: &Response,
    said: &Said,
    answer: &Answer<Decoded>,
) -> Result<(), Broken> {
    if answer.value == Decoded::NoJob {
        let known = response.status == 404 || said.is_refusal();
        return holds("no job is a refusal or a 404", known, said);
    }
    let success = (200..300).contains(&response.status);
    holds("an answer has a success status", success, &response.status)?;
    holds("an answer is a whole envelope", said.whole, said)?;
    let ok = matches!(said.statuses.as_slice(), [one] if one.eq_ignore_ascii_case("OK"));
    holds("an answer says OK once", ok, said)?;
    let most = response.body.len();
    match &answer.value {
        Decoded::Job(job) => {
            same("the number", &vec![job.number.to_string()], &said.numbers)?;
            holds("there is one UUID", said.uuids.len() == 1, said)?;
            let uuid = uuid::Uuid::try_parse(&said.uuids[0]).ok();
            same("the UUID", &Some(job.id.uuid()), &uuid)?;
            if let Endpoint::ChangeJob(number) = endpoint {
                let asked = number.as_str().eq_ignore_ascii_case(job.number.as_str());
                holds("the job is the one asked for", asked, job)?;
            }
            holds("it holds no more than the body", size(job) <= most, job)
        }
        Decoded::Jobs(list) => {
            same("every job is listed", &list.jobs.len(), &said.listed)?;
            let complete = said.descriptions == said.listed;
            same("a list is complete", &list.is_complete(), &complete)?;
            let held: usize = list.jobs.iter().map(size).sum();
            holds("it holds no more than the body", held <= most, &held)
        }
        Decoded::Page(page) => {
            let held = page.rows.iter().map(|row| row.name.len()).sum::<usize>();
            holds("it holds no more than the body", held <= most, &held)?;
            let cursor = match endpoint {
                Endpoint::Directory(_, cursor) => cursor.as_ref(),
                _ => None,
            };
            let goes_on = page.next.is_none() || page.next.as_ref() != cursor;
            holds("a page leads to another", goes_on, page)
        }
        Decoded::Clients(clients) => {
            let names = clients.iter().map(|client| client.row.name.len());
            let held = names.sum::<usize>();
            holds("it holds no more than the body", held <= most, &held)
        }
        Decoded::NoJob => Ok(()),
    }
}

/// A write that is called definitely refused was certainly not carried out.
fn refused(response: &Response, said: &Said, error: &GatewayError) -> Result<(), Broken> {
    if error.class() == Class::Uncertain {
        return Ok(());
    }
    let compressed = response
        .headers
        .iter()
        .any(|(name, value)| name == "content-encoding" && value != b"identity");
    // What is compressed says nothing to anybody.
    holds(
        "nothing says that it was carried out",
        compressed || !said.may_be_done(),
        error,
    )?;
    let denied = matches!(response.status, 401 | 403 | 429);
    let refused = said.whole && said.is_refusal();
    holds("a definite no was said", denied || refused, error)?;
    if response.status >= 500 {
        let words = said.reasons.join(" ").to_lowercase();
        let about = [
            "invalid",
            "required",
            "not found",
            "does not exist",
            "already",
        ];
        let about = about.iter().any(|known| words.contains(known));
        holds("a server error is about the request", about, error)?;
    }
    let expected = match response.status {
        429 => matches!(error.failure, Failure::RateLimited { .. }),
        401 => matches!(error.failure, Failure::NotConnected { .. }),
        _ => !matches!(
            error.failure,
            Failure::RateLimited { .. } | Failure::Unreachable { .. }
        ),
    };
    holds("a refusal is called what it is", expected, error)
}

/// What came beside an answer is bounded, and is words.
fn told(observed: &Observed) -> Result<(), Broken> {
    same("one request was made", &observed.calls, &1)?;
    observed.correlation.as_deref().map_or(Ok(()), sentence)
}

/// What a person reads: one line of a bounded length without markup and JSON.
fn sentence(text: &str) -> Result<(), Broken> {
    let is_line = !text.chars().any(char::is_control) && !text.trim().is_empty();
    holds("a sentence is one line", is_line, &text)?;
    holds(
        "a sentence is bounded",
        text.chars().count() <= LONGEST,
        &text,
    )?;
    holds(
        "a sentence has no markup",
        !text.contains(['<', '{', '}']),
        &text,
    )
}

/// The texts of a job.
fn size(job: &Job) -> usize {
    let tasks = job.tasks.iter().flatten().map(String::len).sum::<usize>();
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    job.name.len() + text(&job.description) + text(&job.reference) + job.state.len() + tasks
}

fn sign_in(response: &Response) -> Result<Verdict, Broken> {
    match tokens(response.clone()) {
        Ok(()) => {
            let known = contains(&response.body, "access_token");
            holds("tokens are in the answer", known, &response.status)?;
            holds(
                "tokens come as JSON",
                begins(response, b"{"),
                &response.status,
            )?;
            Ok(Verdict::Accepted)
        }
        Err(said) => {
            sentence(&said)?;
            holds("no token is said", !said.contains(SECRET), &said)?;
            Ok(Verdict::Refused)
        }
    }
}

fn tenants(response: &Response) -> Result<Verdict, Broken> {
    match connections(response.clone()) {
        Ok(tenants) => {
            same("the status of a list", &response.status, &200)?;
            holds(
                "a list comes as JSON",
                begins(response, b"["),
                &response.status,
            )?;
            let most = response.body.len() / 36;
            holds("tenants were listed", tenants.len() <= most, &tenants)?;
            Ok(Verdict::Accepted)
        }
        Err(error) => {
            sentence(&error.to_string())?;
            Ok(Verdict::Refused)
        }
    }
}

/// Whether the body begins like that, but for white space.
fn begins(response: &Response, with: &[u8]) -> bool {
    response.body.trim_ascii_start().starts_with(with)
}

fn contains(body: &[u8], word: &str) -> bool {
    body.windows(word.len()).any(|part| part == word.as_bytes())
}
