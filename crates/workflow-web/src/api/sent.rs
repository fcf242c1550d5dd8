//! What a request holds: a JSON body of a limited size, read with the path of each fault; a query
//! whose every parameter is known.

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The largest body but for a plan, in bytes: settings with the longest texts, each character
/// escaped, and the rest.
pub(crate) const LARGEST: usize = 256 * 1024;

/// The largest plan to apply, in bytes.
pub(crate) const LARGEST_PLAN: usize = 16 * 1024 * 1024;

/// A JSON body of at most `MOST` bytes.
#[derive(Debug)]
pub(crate) struct Sent<T, const MOST: usize = LARGEST>(pub(crate) T);

impl<T, S, const MOST: usize> FromRequest<S> for Sent<T, MOST>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Send application/json.",
            )
            .of("Content-Type"));
        }
        let bytes = to_bytes(request.into_body(), MOST).await.map_err(|_| {
            let most = MOST / 1024;
            let detail = format!("This is larger than {most} KiB, and nothing was done.");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
        })?;
        read(&bytes).map(Self)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut json);
    let value = read.map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let path = if path == "." { "body".to_owned() } else { path };
        match inner.is_data() {
            true => Problem::fault(path, crate::error::as_sentence(&inner.to_string())),
            false => not_json(&inner),
        }
    })?;
    json.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Problem {
    let detail = format!("This is no JSON: {error}.");
    Problem::bad_request("body", detail)
}

/// The parameters of a query.
#[derive(Debug)]
pub(crate) struct Asked {
    pairs: Vec<(String, String)>,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let Query(pairs) = query.map_err(|_| {
            Problem::bad_request("query", "The query of the address is unreadable.")
        })?;
        Ok(Self { pairs })
    }
}

impl Asked {
    /// Refuses every parameter but these, and any that is given twice.
    pub(crate) fn only(self, known: &[&str]) -> Result<Self, Problem> {
        for (place, (name, _)) in self.pairs.iter().enumerate() {
            let name: String = name.chars().take(40).collect();
            if !known.contains(&&*name) {
                let detail = format!("There is no such parameter; there is {}.", known.join(", "));
                return Err(Problem::bad_request(name, detail));
            }
            if self.pairs[..place]
                .iter()
                .any(|(before, _)| *before == name)
            {
                return Err(Problem::bad_request(name, "It is given twice."));
            }
        }
        Ok(self)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.pairs.iter().filter(|(found, _)| found == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// A parameter as what it stands for.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        name: &str,
        must: &str,
    ) -> Result<Option<T>, Problem> {
        let parsed = self.get(name).map(str::parse);
        let fault = |_| Problem::bad_request(name, format!("It must be {must}."));
        parsed.transpose().map_err(fault)
    }

    /// How many are wanted: `usual` unless said otherwise, and at most `most`.
    pub(crate) fn limit(&self, name: &str, usual: u32, most: u32) -> Result<u32, Problem> {
        let must = format!("a whole number from 1 to {most}");
        let limit = self.parsed(name, &must)?.unwrap_or(usual);
        if (1..=most).contains(&limit) {
            return Ok(limit);
        }
        Err(Problem::bad_request(name, format!("It must be {must}.")))
    }
}
