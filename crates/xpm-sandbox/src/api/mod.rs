//! The XPM API itself: a call in, the content of an envelope out.
//!
//! Nothing here knows of HTTP, tokens, limits or faults; those are the gateway's.

mod assign;
mod billing;
mod clients;
mod fields;
mod files;
mod jobs;
mod lists;
mod render;
mod tasks;
mod write_clients;
mod write_jobs;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::inferred::{CreatedDay, Guesses};
use crate::journal::JournalError;
use crate::kind::CallKind;
use crate::ledger::Ledger;
use crate::model::{Progress, Standing};
use crate::papers::{InvoiceStatus, QuoteKind};
use crate::wire::{Element, Node, XmlError};

/// A call of the API, past the gateway.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) kind: CallKind,
    /// What stands in the path.
    pub(crate) argument: Option<String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) body: String,
    /// How long a job that this call creates stays out of lists.
    pub(crate) lag: Option<(TimeDelta, u32)>,
    /// Whether lists of jobs show descriptions.
    pub(crate) descriptions: Descriptions,
}

/// Whether lists of jobs show descriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Descriptions {
    Shown,
    LeftOut,
}

/// What a call depends on besides itself.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) now: DateTime<Utc>,
    /// Where pages for people are.
    pub(crate) base_url: String,
    pub(crate) guesses: Guesses,
}

impl Scene {
    /// The day of an instant, as lists of created jobs go by it.
    fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        let ahead = match self.guesses.created_day {
            CreatedDay::Utc => TimeDelta::zero(),
            CreatedDay::Practice => TimeDelta::hours(13),
        };
        (at + ahead).date_naive()
    }
}

/// Why a call is answered with an error.
#[derive(Debug)]
pub(crate) enum Failure {
    /// HTTP 200 with `ERROR` and this description.
    Refused(String),
    /// What was to be read is not there; how that is answered is a guess.
    NotThere(String),
    /// HTTP 500: the body is not XML.
    NotXml(XmlError),
    /// HTTP 500: the change could not be made durable.
    Storage(JournalError),
}

impl Failure {
    fn refused(description: impl Into<String>) -> Self {
        Self::Refused(description.into())
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Storage(error)
    }
}

type Answer = Result<Vec<Node>, Failure>;

impl Call {
    fn argument(&self) -> &str {
        self.argument.as_deref().unwrap_or_default()
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn detailed(&self) -> bool {
        self.parameter("detailed")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The root element of the body, which must have this name.
    fn body(&self, root: &str) -> Result<Element, Failure> {
        let element = crate::wire::parse(&self.body).map_err(Failure::NotXml)?;
        if element.name != root {
            return Err(Failure::refused(format!("Expected a {root} element")));
        }
        Ok(element)
    }
}

/// Carries out a call.
pub(crate) fn answer(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    match call.kind {
        CallKind::JobAdd => write_jobs::add(ledger, call, scene),
        CallKind::JobUpdate => write_jobs::update(ledger, call, scene),
        CallKind::JobState => write_jobs::state(ledger, call),
        CallKind::JobDelete => write_jobs::delete(ledger, call),
        CallKind::JobApplyTemplate => write_jobs::apply_template(ledger, call, scene),
        CallKind::JobAssign => assign::assign(ledger, call, scene),
        CallKind::JobGet => jobs::get(ledger, call, scene),
        CallKind::JobsOfClient => jobs::of_client(ledger, call, scene),
        CallKind::JobsOfStaff => jobs::of_staff(ledger, call, scene),
        CallKind::JobsCurrent => jobs::current(ledger, call, scene),
        CallKind::JobList => jobs::list(ledger, call, scene),
        CallKind::JobTasks => tasks::list(ledger, call, scene),
        CallKind::TaskAdd => tasks::add(ledger, call),
        CallKind::TaskUpdate => tasks::update(ledger, call),
        CallKind::TaskComplete => tasks::set(ledger, call, scene, Progress::Completed),
        CallKind::TaskReopen => tasks::set(ledger, call, scene, Progress::Open),
        CallKind::TaskReorder => tasks::reorder(ledger, call, scene),
        CallKind::NoteAdd => files::add_note(ledger, call, scene),
        CallKind::DocumentList => files::documents(ledger.world(), call),
        CallKind::DocumentAdd => files::add_document(ledger, call, scene),
        CallKind::CostList => files::costs(ledger.world(), call),
        CallKind::CostAdd => files::add_cost(ledger, call),
        CallKind::CostUpdate => files::update_cost(ledger, call),
        CallKind::CreateQuote => billing::quote(ledger, call, scene, QuoteKind::Quote),
        CallKind::CreateEstimate => billing::quote(ledger, call, scene, QuoteKind::Estimate),
        CallKind::CustomFields => files::custom_fields(ledger.world(), call),
        CallKind::CustomFieldsUpdate => files::update_custom_fields(ledger, call),
        CallKind::JobStateList => Ok(lists::job_states(ledger.seed)),
        CallKind::ClientList => clients::list(ledger.world(), call),
        CallKind::ClientPagedList => clients::paged_list(ledger.world(), call, scene),
        CallKind::ClientSearch => clients::search(ledger.world(), call),
        CallKind::ClientGet => clients::get(ledger.world(), call),
        CallKind::ClientAdd => write_clients::add(ledger, call, scene),
        CallKind::ClientUpdate => write_clients::update(ledger, call, scene),
        CallKind::ClientArchive => write_clients::set(ledger, call, scene, Standing::Archived),
        CallKind::ClientDelete => write_clients::set(ledger, call, scene, Standing::Deleted),
        CallKind::StaffList => Ok(lists::staff(ledger.world())),
        CallKind::StaffGet => lists::staff_member(ledger.world(), call),
        CallKind::TemplateList => Ok(lists::templates(ledger.world())),
        CallKind::CategoryList => Ok(lists::categories(ledger.world())),
        CallKind::TaskTypeList => Ok(lists::task_types(ledger.world())),
        CallKind::TaskTypeGet => lists::task_type(ledger.world(), call),
        CallKind::InvoiceCurrent => Ok(billing::invoices_of(ledger.world(), call, |row| {
            row.status == InvoiceStatus::Approved
        })),
        CallKind::InvoiceDraft => Ok(billing::invoices_of(ledger.world(), call, |row| {
            row.status == InvoiceStatus::Draft
        })),
        CallKind::InvoicesOfJob => billing::invoices_of_job(ledger.world(), call),
        CallKind::InvoiceList => billing::invoices(ledger.world(), call),
        CallKind::InvoiceGet => billing::invoice(ledger.world(), call),
        // A quote is a draft until a person sends it, and the sandbox has no such person.
        CallKind::QuoteCurrent => Ok(billing::quotes_of(ledger.world(), |_| false)),
        CallKind::QuoteDraft => Ok(billing::quotes_of(ledger.world(), |_| true)),
        CallKind::QuoteList => billing::quotes(ledger.world(), call),
        CallKind::QuoteGet => billing::quote_read(ledger.world(), call),
        CallKind::Token
        | CallKind::Revocation
        | CallKind::ConnectionList
        | CallKind::ConnectionDelete => Err(Failure::refused("Not a call of the XPM API")),
    }
}
