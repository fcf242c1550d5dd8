//! Answers decoded without a network, for whoever feeds the adapter with hostile ones: the fuzzer
//! and the benchmarks. What is here runs the code that every call runs, from the moment that the
//! status, the headers and the body have arrived.
//!
//! ```
//! use workflow_core::ports::gateway::Class;
//! use xpm_adapter::testing::{Decoded, Endpoint, Response, decode};
//!
//! let now = chrono::DateTime::UNIX_EPOCH;
//! let busy = Response { status: 503, headers: Vec::new(), body: b"<html>busy".to_vec() };
//! let error = decode(&Endpoint::CreateJob, busy, now).unwrap_err();
//! assert_eq!(error.class(), Class::Uncertain, "the job may have been created");
//!
//! let none = b"<Response><Status>OK</Status><Jobs/></Response>".to_vec();
//! let none = Response { status: 200, headers: Vec::new(), body: none };
//! let answer = decode(&Endpoint::Jobs, none, now).unwrap();
//! assert!(matches!(answer.value, Decoded::Jobs(list) if list.jobs.is_empty()));
//! ```

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use oauth2::basic::BasicClient;
use oauth2::{ClientId, HttpRequest, RefreshToken, TokenUrl};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use workflow_core::ids::JobNumber;
use workflow_core::ports::gateway::{
    Answer, DirectoryPage, DirectoryPart, GatewayError, Job, JobList, ListedClient, Observed,
};

use crate::calls::{LIST, ONE};
use crate::classify::decode as classify;
use crate::connect::{CONNECTIONS, listed};
use crate::consent::{ConnectError, Tenant};
use crate::exchange::{Reply, not_to_be_read};
use crate::oauth::{ANSWER, NoGrant, granted, response};
use crate::wire::{self, Element};
use crate::{Read, Unanswered};

/// An answer as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers. One that HTTP has no place for is left out, since it could not have arrived.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `job.api/add`.
    CreateJob,
    /// `job.api/applytemplate` or `job.api/assign`, for the job of that number.
    ChangeJob(JobNumber),
    /// `job.api/get`.
    Job,
    /// `job.api/client` or `job.api/list`.
    Jobs,
    /// `client.api/list`, for what was changed.
    Clients,
    /// A part of the directory, with the cursor that it was asked for with.
    Directory(DirectoryPart, Option<String>),
}

/// What an answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A job that was created, changed or read.
    Job(Box<Job>),
    /// There is no such job.
    NoJob,
    /// A list of jobs.
    Jobs(JobList),
    /// A page of the directory.
    Page(DirectoryPage),
    /// Clients that were changed.
    Clients(Vec<ListedClient>),
}

/// What an answer means to the call that it answers.
///
/// A 401 is what it is the second time: the adapter renews the access token and calls once more
/// before it says so.
///
/// # Errors
///
/// Any [`GatewayError`], as the port's methods give it.
pub fn decode(
    endpoint: &Endpoint,
    response: Response,
    now: DateTime<Utc>,
) -> Result<Answer<Decoded>, GatewayError> {
    let reply = reply(response, limit(endpoint));
    let mut observed = Observed {
        calls: 1,
        ..Observed::default()
    };
    reply.observe(&mut observed);
    let job = |job| Decoded::Job(Box::new(job));
    let read: &Read<'_, Decoded> = &|root: &Element<'_>| {
        Ok(match endpoint {
            Endpoint::CreateJob | Endpoint::Job => job(wire::job(root)?),
            Endpoint::ChangeJob(number) => job(wire::job_of_number(root, number)?),
            Endpoint::Jobs => Decoded::Jobs(wire::jobs(root)?),
            Endpoint::Clients => Decoded::Clients(wire::clients(root)?),
            Endpoint::Directory(part, cursor) => {
                Decoded::Page(wire::page(root, *part, cursor.as_deref())?)
            }
        })
    };
    match classify(&reply, now, read) {
        Ok(value) => Ok(Answer { value, observed }),
        Err(why) => {
            let unanswered = Unanswered { why, observed };
            if *endpoint == Endpoint::Job && unanswered.no_such_job() {
                return Ok(Answer {
                    value: Decoded::NoJob,
                    observed: unanswered.observed,
                });
            }
            Err(unanswered.into())
        }
    }
}

/// Whether an answer of the sign-in service holds new tokens.
///
/// # Errors
///
/// What the people of the practice are told: the service's error code, or that no answer that can
/// be used came.
pub fn tokens(answer: Response) -> Result<(), String> {
    let reply = Mutex::new(Some(reply(answer, ANSWER)));
    let token_url = TokenUrl::new("https://identity.invalid/connect/token".to_owned());
    let token_url = token_url.map_err(|_| "no address".to_owned())?;
    let client = BasicClient::new(ClientId::new("client".to_owned())).set_token_uri(token_url);
    let send = |_: HttpRequest| {
        let taken = reply.lock().map_or(None, |mut reply| reply.take());
        response(taken.unwrap_or_else(|| self::reply(Response::default(), 0)))
    };
    let answered = client
        .exchange_refresh_token(&RefreshToken::new("refresh".to_owned()))
        .request(&send);
    match granted(answered) {
        Ok(_) => Ok(()),
        Err(NoGrant::Refused(code)) => Err(code),
        Err(NoGrant::NoAnswer(broken)) => Err(broken.text),
    }
}

/// The XPM practices among the connections of an answer.
///
/// # Errors
///
/// [`ConnectError::NoAnswer`] where the answer is no list of connections.
pub fn connections(response: Response) -> Result<Vec<Tenant>, ConnectError> {
    listed(reply(response, CONNECTIONS)).map(|(practices, _)| practices)
}

fn limit(endpoint: &Endpoint) -> usize {
    match endpoint {
        Endpoint::CreateJob | Endpoint::ChangeJob(_) | Endpoint::Job => ONE,
        Endpoint::Jobs | Endpoint::Clients | Endpoint::Directory(..) => LIST,
    }
}

fn reply(response: Response, limit: usize) -> Reply {
    let headers: HeaderMap = response
        .headers
        .iter()
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_bytes(value).ok()?))
        })
        .collect();
    let length = Some(response.body.len() as u64);
    let body = not_to_be_read(&headers, length, limit).map_or(Ok(response.body), Err);
    Reply {
        status: response.status,
        headers,
        body,
    }
}

#[cfg(test)]
mod tests;
