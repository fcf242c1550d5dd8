//! Answers of XPM, of the gateway before it and of the sign-in service: valid ones, mutated ones,
//! and bytes.
//!
//! What must hold is said by an [`oracle`] that reads XML in a way of its own. Above all: a write
//! is done only where the body says OK with the job's number and UUID, and is definitely refused
//! only where nothing in the answer says that it was carried out.

mod check;
mod make;
mod mutate;
mod oracle;

use workflow_core::ids::JobNumber;
use workflow_core::ports::gateway::DirectoryPart;
use xpm_adapter::testing::{Endpoint, Response};

pub use self::check::check;
use crate::Dice;
use crate::harness::Target;

/// Answers of XPM, of the gateway before it and of the sign-in service.
pub static RESPONSES: Target = Target {
    name: "responses",
    kinds: &KINDS,
    show: |seed, case| {
        let Input { call, response, .. } = input(seed, case);
        let Response {
            status,
            headers,
            body,
        } = &response;
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.escape_ascii()))
            .collect();
        format!("{call:?} {status} {headers:?} \"{}\"", body.escape_ascii())
    },
    check: |seed, case| check(&input(seed, case)),
};

const KINDS: [&str; 16] = [
    "create a job",
    "apply a template",
    "assign people",
    "a job",
    "jobs",
    "clients that changed",
    "clients",
    "staff",
    "job templates",
    "categories",
    "tokens",
    "connections",
    "the gateway's JSON",
    "headers",
    "valid",
    "bytes",
];

/// What was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// The API.
    Api(Endpoint),
    /// The sign-in service, for tokens.
    Tokens,
    /// The list of connections.
    Connections,
}

/// An answer, and what was called.
#[derive(Clone, Debug)]
pub struct Input {
    /// What was called.
    pub call: Call,
    /// The answer.
    pub response: Response,
    /// Whether it is as it should be, and so has to be read.
    pub valid: bool,
}

/// The number of the job in answers about one job.
const NUMBER: &str = "J000031";

/// The input of a case. Equal seeds and numbers make equal inputs.
#[must_use]
pub fn input(seed: u64, case: u64) -> Input {
    let mut dice = Dice::of(seed, case);
    let kind = RESPONSES.kind(case);
    let mut response = Response {
        status: 200,
        headers: vec![header("content-type", "text/xml; charset=utf-8")],
        body: Vec::new(),
    };
    let call = match kind {
        10 => Call::Tokens,
        11 => Call::Connections,
        kind @ 0..=9 => api(kind),
        _ => match dice.below(14) {
            12 => Call::Tokens,
            13 => Call::Connections,
            kind => api((kind % 10) as usize),
        },
    };
    response.body = make::body(&call, &mut dice);
    if !matches!(call, Call::Api(_)) {
        response.headers = vec![header("content-type", "application/json; charset=utf-8")];
    }
    let mut valid = false;
    match KINDS[kind] {
        "valid" => valid = true,
        "headers" => mutate::headers(&mut response, &mut dice),
        "bytes" => response.body = mutate::bytes(&mut dice),
        "the gateway's JSON" => {
            make::problem(&mut response, &mut dice);
            mutate::body(&mut response.body, &mut dice);
        }
        _ => {
            if dice.one_in(4) {
                response.status = make::status(&mut dice);
            }
            if dice.one_in(8) {
                mutate::headers(&mut response, &mut dice);
            }
            if dice.one_in(3) {
                response.body = make::refusal(&mut dice);
            }
            mutate::body(&mut response.body, &mut dice);
        }
    }
    Input {
        call,
        response,
        valid,
    }
}

fn api(kind: usize) -> Call {
    let number = || {
        NUMBER
            .parse::<JobNumber>()
            .unwrap_or_else(|_| unreachable!("a job number"))
    };
    Call::Api(match kind {
        0 => Endpoint::CreateJob,
        1 | 2 => Endpoint::ChangeJob(number()),
        3 => Endpoint::Job,
        4 => Endpoint::Jobs,
        5 => Endpoint::Clients,
        6 => Endpoint::Directory(DirectoryPart::Clients, Some("c2".to_owned())),
        7 => Endpoint::Directory(DirectoryPart::Staff, None),
        8 => Endpoint::Directory(DirectoryPart::Templates, None),
        _ => Endpoint::Directory(DirectoryPart::Categories, None),
    })
}

fn header(name: &str, value: &str) -> (String, Vec<u8>) {
    (name.to_owned(), value.as_bytes().to_vec())
}
