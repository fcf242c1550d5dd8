//! Where XPM's behaviour is not published and the sandbox guesses.
//!
//! The paths, fields, envelopes, limits and token lifetimes of the sandbox follow Xero's published
//! material and recordings of real traffic. What follows is not in either. Each line is a guess that
//! a first live connection should check; nothing in a client should lean on one.
//!
//! | question | what the sandbox does |
//! |---|---|
//! | order of rows in `job.api/client`, `job.api/staff`, `job.api/list` | order of creation |
//! | do lists of a client's jobs hold completed and cancelled ones | yes |
//! | reading an unknown job, client or staff member | HTTP 200, `ERROR`, `Invalid … identifier` |
//! | is a job UUID accepted where a job number is asked for | no |
//! | `job.api/add` with an unknown, archived or deleted client | `Invalid client identifier` |
//! | a missing name, client, start or due date | `… is required` |
//! | a date that is not `YYYYMMDD` | `… is not a valid date (YYYYMMDD)` |
//! | a due date before the start date | `DueDate is before StartDate` |
//! | a custom job number that is taken | HTTP 200, `ERROR`, `Job number … is already in use`; see [`OnOwnNumber`] |
//! | length and characters of a custom job number | any, but those that a path cannot hold |
//! | an unknown template on `job.api/add` | refused, nothing created; see [`OnBadTemplate`] |
//! | does a job inherit the client's managers | no |
//! | `assign` with one bad operation among good ones | all refused |
//! | assigning somebody who is assigned already | accepted, no change |
//! | fields that a request should not have | ignored |
//! | a body that is not XML | HTTP 500 with an `ERROR` envelope |
//! | an unknown path, a known path under another verb | HTTP 404, 405, JSON like the gateway's |
//! | range of `job.api/list` | less than one year, the created date taken in UTC |
//! | interface codes of job states | `PLANNED`, `CONFIRMED`, `INPROGRESS`, `COMPLETED`, `CANCELLED` |
//! | elements of a summary row | a detailed one without budget, type, tasks, milestones, notes |
//! | `api-method` of `job.api/client` and `job.api/staff` | `Client`, `Staff` |
//! | phase of the minute and day windows | fixed for a practice, from the seed |
//! | does a refused call count | no |
//! | `retry-after` of the limit on calls in flight | none |
//! | lifetime of an authorisation code | five minutes, one use |
//! | a refresh token used a second time within its grace | a new pair; the pair of the first use dies |
//! | signature of an access token | looks like a JWT's, signs nothing |
//! | status of an unknown OAuth2 client | HTTP 400, `invalid_client` |
//! | which scopes an endpoint asks for | see [`ScopeRule`] |
//! | `Idempotency-Key` | ignored |
//!
//! Not simulated: JSON answers (`Xero-Features`), the `fields` parameter, time, costs, notes,
//! documents, custom fields, client groups, quotes, invoices, Xero's Accounting API.

/// What `job.api/add` does with a template that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBadTemplate {
    /// `ERROR`, and no job.
    #[default]
    Refuse,
    /// `ERROR`, and a job without tasks is left behind.
    LeaveJob,
}

/// What `job.api/add` does with a job number of the caller's own, its `ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnOwnNumber {
    /// The job has it; one that is taken is refused, and no job is made.
    #[default]
    Keep,
    /// It is ignored: the job has the next number of the sequence, and a repeat makes another job.
    Ignore,
}

/// The guesses that a sandbox goes by.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Guesses {
    pub(crate) scope_rule: ScopeRule,
    pub(crate) on_bad_template: OnBadTemplate,
    pub(crate) on_own_number: OnOwnNumber,
}

/// Which scopes open the endpoints of categories and templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScopeRule {
    /// Any `practicemanager` scope.
    #[default]
    Lenient,
    /// Only `practicemanager` or `practicemanager.read`, as Xero's OpenAPI file says. An app with
    /// granular scopes gets 403 `InsufficientPermissions`.
    AsPublished,
}
