//! The provider over HTTP: no redirect is followed, nothing takes long, and no answer is large.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::http::Response;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::settings::is_safe;

/// The largest answer, in bytes. A discovery document has some four thousand.
const LARGEST: usize = 256 * 1024;
/// How long one request may take.
const LONGEST: Duration = Duration::from_secs(10);

/// A client for the provider.
#[derive(Clone, Debug)]
pub(crate) struct Wire(reqwest::Client);

/// Why there is no answer. Never what was asked: that holds a code or a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("it is reached over plain HTTP")]
    Unsafe,
    #[error("it did not answer in time")]
    Late,
    #[error("it could not be reached")]
    Unreached,
    #[error("its answer is larger than 256 KiB")]
    Large,
}

impl Wire {
    /// # Errors
    ///
    /// Where the machine has no TLS.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(LONGEST)
            .build();
        client.map(Self)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let failed = |error: reqwest::Error| match error.is_timeout() {
            true => NoAnswer::Late,
            false => NoAnswer::Unreached,
        };
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        // The addresses come from the discovery document, which may say anything.
        if !is_safe(request.url()) {
            return Err(NoAnswer::Unsafe);
        }
        let mut answer = self.0.execute(request).await.map_err(failed)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(NoAnswer::Large);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Wire {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
