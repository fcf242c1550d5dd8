//! The job gateway on the HTTP API of Xero Practice Manager (XPM), version 3.1.
//!
//! [`Xpm`] implements the port [`JobGateway`]: it makes one call at a time for one practice and says
//! how it ended. What XPM is known to promise, and what it does not, is in `docs/xpm.md`. The rules:
//!
//! - A write is sent once. Only an answer that proves that nothing was done lets it be repeated, and
//!   only the ledger repeats it. The one exception is an access token that was not accepted (401):
//!   the call was certainly not carried out, so it is sent once more with a new token, and
//!   [`Observed::calls`] says two.
//! - A refresh token is used by one at a time, and the one that replaces it is saved before the new
//!   access token is used.
//! - No token and no secret is in an error, a log line or a `Debug` text. Requests go to the
//!   configured addresses alone: no redirect and no link in an answer is followed.
//!
//! Everything is bounded: the time that a call may take, the size and the depth of what is read.
//!
//! ```no_run
//! use workflow_core::ids::PracticeId;
//! use workflow_core::ports::gateway::{Class, CreateJob, JobGateway};
//! use xpm_adapter::Xpm;
//!
//! async fn create(xpm: &Xpm, practice: &PracticeId, job: &CreateJob) {
//!     match xpm.create_job(practice, job).await {
//!         Ok(answer) => println!("{} exists", answer.value.number),
//!         // It may exist: look for its marker before anything is sent again.
//!         Err(error) if error.class() == Class::Uncertain => println!("not known: {error}"),
//!         Err(error) => println!("nothing was created: {error}"),
//!     }
//! }
//! ```

mod builder;
mod calls;
mod classify;
mod connect;
mod consent;
mod error;
mod exchange;
mod oauth;
mod probe;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod wire;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::ExposeSecret;
use tracing::Instrument;
use workflow_core::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use workflow_core::ports::clock::Clock;
use workflow_core::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, Failure, GatewayError, Job, JobGateway,
    JobList, Linking, ListedClient, Observed, OwnNumbers, Team, WorstCase,
};
use workflow_core::ports::tokens::TokenStore;

pub use builder::{BuildError, XpmBuilder};
pub use consent::{ConnectError, Disconnected, Pending, Tenant, Unchosen};
pub use error::XpmError;
pub use probe::{Probe, Probed, Seen, Verdict};

use calls::Call;
use classify::{Unwelcome, decode};
use error::Fail;
use exchange::{NoReply, Reply, exchange};
use token::{Bearer, Gate};
use wire::{Element, WireError};
use words::{means_no_such_job, refusal};

/// How long a refresh token lasts unused.
const REFRESH_LASTS: TimeDelta = TimeDelta::days(60);

/// The job gateway on XPM's HTTP API. A clone is cheap and shares everything.
///
/// It needs a tokio runtime with time and input/output enabled. Every method may be cancelled: see
/// the port for what that means for a write. A refresh of tokens that a cancelled call had begun
/// goes on by itself, so that no rotated token is lost.
#[derive(Clone)]
pub struct Xpm {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    api: Url,
    time_out: Duration,
    list_time_out: Duration,
    sign_in: oauth::SignIn,
    tokens: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    gates: Mutex<BTreeMap<PracticeId, Arc<Gate>>>,
}

impl fmt::Debug for Xpm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Xpm")
            .field("api", &self.inner.api.as_str())
            .field("time_out", &self.inner.time_out)
            .finish_non_exhaustive()
    }
}

impl Xpm {
    /// Begins to put an adapter together.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use workflow_core::ports::{clock::Clock, tokens::TokenStore};
    /// use xpm_adapter::{BuildError, Xpm};
    ///
    /// fn build(store: Arc<dyn TokenStore>, clock: Arc<dyn Clock>) -> Result<Xpm, BuildError> {
    ///     Xpm::builder()
    ///         .credentials("client-id", "client-secret".into())
    ///         .tokens(store)
    ///         .clock(clock)
    ///         .build()
    /// }
    ///
    /// // What is missing is named.
    /// let refused = Xpm::builder().build().unwrap_err();
    /// assert_eq!(refused.to_string(), "credentials must be given");
    /// ```
    pub fn builder() -> XpmBuilder {
        XpmBuilder::default()
    }

    /// The longest that one write can take, from the call to its end: getting a token and sending,
    /// and both once more where the token is not accepted. A lease has to outlast it.
    #[must_use]
    pub fn longest_write(&self) -> Duration {
        self.inner.time_out * 4
    }

    /// Makes one call: sends it, and once more where the token was not accepted. `read` finds in an
    /// OK envelope what was asked for.
    async fn call<T: Send>(
        &self,
        practice: &PracticeId,
        call: Call<'_>,
        read: &Read<'_, T>,
    ) -> Result<Answer<T>, Unanswered> {
        let span = tracing::debug_span!("xpm", method = %call.method(), call = call.kind());
        let mut observed = Observed::default();
        let result = self.attempts(practice, call, read, &mut observed);
        match result.instrument(span).await {
            Ok(value) => Ok(Answer { value, observed }),
            Err(why) => Err(Unanswered { why, observed }),
        }
    }

    async fn attempts<T: Send>(
        &self,
        practice: &PracticeId,
        call: Call<'_>,
        read: &Read<'_, T>,
        observed: &mut Observed,
    ) -> Result<T, Unwelcome> {
        let body = call.body().map_err(|illegal| {
            Unwelcome::Failed(Fail::plain(Failure::Refused {
                text: format!("{illegal}; nothing was sent"),
            }))
        })?;
        let bearer = self.bearer(practice, None).await?;
        match self.send(call, body.clone(), &bearer, read, observed).await {
            Err(Unwelcome::Unauthorised(_)) => {
                let renewed = self.bearer(practice, Some(&bearer)).await?;
                self.send(call, body, &renewed, read, observed).await
            }
            result => result,
        }
    }

    async fn bearer(
        &self,
        practice: &PracticeId,
        rejected: Option<&Bearer>,
    ) -> Result<Bearer, Unwelcome> {
        let rejected = rejected.map(|bearer| &bearer.token);
        let bearer = self.inner.bearer(practice, rejected).await;
        bearer.map_err(Unwelcome::Failed)
    }

    async fn send<T: Send>(
        &self,
        call: Call<'_>,
        body: Option<String>,
        bearer: &Bearer,
        read: &Read<'_, T>,
        observed: &mut Observed,
    ) -> Result<T, Unwelcome> {
        let inner = &self.inner;
        let mut request = reqwest::Request::new(call.method(), call.url(&inner.api));
        *request.timeout_mut() = Some(call.time_out(inner.time_out, inner.list_time_out));
        let token = format!("Bearer {}", bearer.token.expose_secret());
        let mut token = HeaderValue::try_from(token).map_err(|_| {
            Unwelcome::Failed(Fail::plain(Failure::NotConnected {
                text: "the stored access token is not one".to_owned(),
            }))
        })?;
        token.set_sensitive(true);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, token);
        if let Ok(tenant) = HeaderValue::try_from(bearer.tenant.hyphenated().to_string()) {
            headers.insert("xero-tenant-id", tenant);
        }
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
            *request.body_mut() = Some(body.into());
        }
        match exchange(&inner.http, request, call.limit()).await {
            Ok(reply) => {
                observed.calls += 1;
                reply.observe(observed);
                log(&reply, observed);
                decode(&reply, inner.clock.now(), read)
            }
            Err(NoReply::NothingSent(broken)) => Err(Unwelcome::Failed(Fail::new(
                Failure::Unreachable { text: broken.text },
                broken.error,
            ))),
            Err(NoReply::Lost(broken)) => {
                observed.calls += 1;
                observed.correlation = None;
                Err(Unwelcome::Failed(Fail::new(
                    Failure::ReplyLost { text: broken.text },
                    broken.error,
                )))
            }
        }
    }
}

/// Finds what was asked for in the root of an OK envelope.
type Read<'r, T> = dyn Fn(&Element<'_>) -> Result<T, WireError> + Send + Sync + 'r;

fn log(reply: &Reply, observed: &Observed) {
    let correlation = observed.correlation.as_deref().unwrap_or_default();
    tracing::debug!(status = reply.status, correlation, "answered");
}

/// Anything but an OK envelope.
struct Unanswered {
    why: Unwelcome,
    observed: Observed,
}

impl From<Unanswered> for GatewayError {
    fn from(unanswered: Unanswered) -> Self {
        let fail = match unanswered.why {
            Unwelcome::Unauthorised(fail) | Unwelcome::Failed(fail) => fail,
            Unwelcome::Refused(words) => Fail::plain(refusal(&words)),
        };
        fail.observed(unanswered.observed)
    }
}

impl Unanswered {
    /// Whether it says that there is no such job: in words, or by HTTP status 404.
    fn no_such_job(&self) -> bool {
        match &self.why {
            Unwelcome::Refused(words) => means_no_such_job(words),
            Unwelcome::Failed(fail) => {
                matches!(fail.source, Some(XpmError::Status { status: 404, .. }))
            }
            Unwelcome::Unauthorised(_) => false,
        }
    }
}

#[async_trait]
impl JobGateway for Xpm {
    fn worst_case(&self) -> WorstCase {
        WorstCase {
            call: self.longest_write(),
            ..WorstCase::default()
        }
    }

    /// `job.api/add` documents an `ID`. That one which exists is refused is an inference.
    fn own_numbers(&self) -> OwnNumbers {
        OwnNumbers::Taken
    }

    fn linking(&self) -> Linking {
        Linking::Needed
    }

    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        Ok(self.call(practice, Call::Add(job), &wire::job).await?)
    }

    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        let read = |root: &Element<'_>| wire::job_of_number(root, job);
        let call = Call::ApplyTemplate(job, template);
        Ok(self.call(practice, call, &read).await?)
    }

    /// An empty team has nothing to assign: the job is only read.
    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        if team.is_empty() {
            return Ok(self.call(practice, Call::Get(job), &wire::job).await?);
        }
        let read = |root: &Element<'_>| wire::job_of_number(root, job);
        Ok(self.call(practice, Call::Assign(job, team), &read).await?)
    }

    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        if !calls::fits_a_path(number) {
            return Ok(Answer {
                value: None,
                observed: Observed::default(),
            });
        }
        let read = |root: &Element<'_>| wire::job(root).map(Some);
        match self.call(practice, Call::Get(number), &read).await {
            Err(unanswered) if unanswered.no_such_job() => Ok(Answer {
                value: None,
                observed: unanswered.observed,
            }),
            answered => Ok(answered?),
        }
    }

    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        let call = Call::OfClient(client);
        Ok(self.call(practice, call, &wire::jobs).await?)
    }

    /// XPM answers for less than one year; a longer span, or one that ends before it begins, is
    /// refused without a call.
    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        if !(0..365).contains(&(to - from).num_days()) {
            let text = format!("the days {from} to {to} must be in order and less than a year");
            return Err(Fail::plain(Failure::Refused { text }).observed(Observed::default()));
        }
        let call = Call::Created(from, to);
        Ok(self.call(practice, call, &wire::jobs).await?)
    }

    /// Clients come in pages of 500; the other parts in one page, which knows no cursor.
    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        let cursor = cursor.as_deref();
        let read = |root: &Element<'_>| wire::page(root, part, cursor);
        let call = Call::Directory(part, cursor);
        Ok(self.call(practice, call, &read).await?)
    }

    async fn clients_modified_since(
        &self,
        practice: &PracticeId,
        since: DateTime<Utc>,
    ) -> Result<Answer<Option<Vec<ListedClient>>>, GatewayError> {
        let read = |root: &Element<'_>| wire::clients(root).map(Some);
        let call = Call::ClientsModified(since);
        Ok(self.call(practice, call, &read).await?)
    }

    /// Sixty days after the refresh token was issued. A connection that cannot be read is not known.
    async fn connected_until(&self, practice: &PracticeId) -> Option<DateTime<Utc>> {
        let found = self.inner.tokens.connection(practice).await.ok()??;
        found.0.refreshed_at.checked_add_signed(REFRESH_LASTS)
    }
}
