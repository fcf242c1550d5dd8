//! Where XPM's behaviour is not published and the sandbox guesses.
//!
//! The paths, fields, envelopes, limits and token lifetimes of the sandbox follow Xero's published
//! material and recordings of real traffic. What follows is not in either. Each line is a guess that
//! a first live connection should check; nothing in a client should lean on one. What is most likely
//! to matter is a switch of [`Guesses`]: run a client against each of its choices.
//!
//! | question | what the sandbox does |
//! |---|---|
//! | order of rows in `job.api/client`, `job.api/staff`, `job.api/list` | order of creation; see [`JobOrder`] |
//! | do lists of a client's jobs hold completed and cancelled ones | yes; see [`ClosedJobs`] |
//! | reading an unknown job, client or staff member | `ERROR`, `Invalid … identifier`; see [`UnknownRecord`] |
//! | is a job UUID accepted where a job number is asked for | no; see [`JobUuidInPath`] |
//! | HTTP status of a refusal that is not recorded | 200; see [`RefusalStatus`] |
//! | `job.api/add` for an archived or deleted client | `Invalid client identifier`; see [`OnInactiveClient`] |
//! | a missing name, client, start or due date | `… is required`; for dates see [`OnMissingDate`] |
//! | a date that is not `YYYYMMDD` | `… is not a valid date (YYYYMMDD)` |
//! | a due date before the start date | `DueDate is before StartDate`; see [`OnDueBeforeStart`] |
//! | an unknown category | `Invalid category identifier`; see [`OnUnknownCategory`] |
//! | a job number of the caller's own | kept; see [`OnOwnNumber`] |
//! | a custom job number that is taken | `Job number … is already in use`; see [`OnTakenNumber`] |
//! | length and characters of a custom job number | up to 50; none of `/ ? # %` |
//! | `job.api/add` without a number where numbers are allocated by hand | `ID is required`; see [`Numbering`] |
//! | an unknown template on `job.api/add` | refused, nothing created; see [`OnBadTemplate`] |
//! | does a job inherit the client's managers | no; see [`ClientManagers`] |
//! | `assign` with one bad operation among good ones | all refused |
//! | assigning somebody who is assigned already | accepted, no change; see [`OnRepeatedAssign`] |
//! | fields that a request should not have | ignored |
//! | a body that is not XML | HTTP 500 with an `ERROR` envelope |
//! | an unknown path, a known path under another verb | HTTP 404, 405, JSON like the gateway's |
//! | range of `job.api/list` | less than one year; for the day of creation see [`CreatedDay`] |
//! | interface codes of job states | `PLANNED`, `CONFIRMED`, `INPROGRESS`, `COMPLETED`, `CANCELLED` |
//! | elements of a summary row | a detailed one without budget, type, tasks, milestones, notes |
//! | `api-method` of calls that are not recorded | `Client`, `Staff`, `Tasks`, or what the verb would give |
//! | the reply to adding a task or a cost | `<UUID>` of it; to adding a note or document, the job |
//! | root of `job.api/costs` and `job.api/documents` | enveloped; see [`FileEnvelope`] |
//! | the next page of `client.api/paged-list` | a link; see [`NextPage`] |
//! | phase of the minute and day windows | fixed for a practice, from the seed |
//! | does a refused call count | no; see [`RefusedCalls`] |
//! | `retry-after` of the limit on calls in flight | none |
//! | lifetime of an authorisation code | five minutes, one use |
//! | a refresh token used a second time within its grace | a new pair; the pair of the first use dies |
//! | signature of an access token | looks like a JWT's, signs nothing |
//! | status of an unknown OAuth2 client | HTTP 400, `invalid_client` |
//! | which scopes an endpoint asks for | see [`ScopeRule`] |
//! | `Idempotency-Key` | ignored; see [`IdempotencyKey`] |
//! | an XML declaration before an answer | none; see [`Declaration`] |
//!
//! Not simulated: JSON answers (`Xero-Features`), time sheets, practice-wide costs, contacts, client
//! documents, client groups, writing staff, Xero's Accounting API.

mod switches;

pub use switches::*;
