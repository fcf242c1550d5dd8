//! The calls that the sandbox answers, by kind.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

macro_rules! call_kinds {
    ($( $(#[$doc:meta])* $kind:ident = $verb:literal $path:literal, $method:literal; )*) => {
        /// A kind of call, as faults and counts name it.
        ///
        /// Its text form is the path without the argument, such as `job.api/add`.
        ///
        /// ```
        /// use xpm_sandbox::CallKind;
        ///
        /// assert_eq!("job.api/add".parse(), Ok(CallKind::JobAdd));
        /// assert_eq!(CallKind::Token.to_string(), "connect/token");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        #[non_exhaustive]
        pub enum CallKind {
            $( $(#[$doc])* $kind, )*
        }

        impl CallKind {
            /// Every kind, in the order of the reference table.
            pub const ALL: &'static [Self] = &[$( Self::$kind, )*];

            /// The HTTP verb.
            #[must_use]
            pub const fn verb(self) -> &'static str {
                match self { $( Self::$kind => $verb, )* }
            }

            /// The path below the base, `{}` standing for the argument.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $( Self::$kind => $path, )* }
            }

            /// What the `api-method` attribute of the reply says.
            pub(crate) const fn api_method(self) -> &'static str {
                match self { $( Self::$kind => $method, )* }
            }
        }
    };
}

call_kinds! {
    /// Create a job.
    JobAdd = "POST" "job.api/add", "Add";
    /// Read one job by number.
    JobGet = "GET" "job.api/get/{}", "Get";
    /// All jobs of a client.
    JobsOfClient = "GET" "job.api/client/{}", "Client";
    /// All open jobs assigned to a staff member.
    JobsOfStaff = "GET" "job.api/staff/{}", "Staff";
    /// All open jobs.
    JobsCurrent = "GET" "job.api/current", "Current";
    /// The jobs created between two dates.
    JobList = "GET" "job.api/list", "List";
    /// Add a template's tasks to a job.
    JobApplyTemplate = "POST" "job.api/applytemplate", "ApplyTemplate";
    /// Change who is assigned to a job.
    JobAssign = "PUT" "job.api/assign", "Assign";
    /// Change the fields of a job.
    JobUpdate = "PUT" "job.api/update", "Update";
    /// Change the state of a job.
    JobState = "PUT" "job.api/state", "State";
    /// Remove a job.
    JobDelete = "POST" "job.api/delete", "Delete";
    /// The tasks of all open jobs.
    JobTasks = "GET" "job.api/tasks", "Tasks";
    /// Add a task to a job.
    TaskAdd = "POST" "job.api/task", "Task";
    /// Change a task of a job.
    TaskUpdate = "PUT" "job.api/task", "Task";
    /// Complete a task of a job.
    TaskComplete = "PUT" "job.api/task/{}/complete", "Complete";
    /// Open a completed task of a job again.
    TaskReopen = "PUT" "job.api/task/{}/reopen", "Reopen";
    /// Put the tasks of a job in another order.
    TaskReorder = "PUT" "job.api/reordertasks", "ReorderTasks";
    /// Add a note to a job.
    NoteAdd = "POST" "job.api/note", "Note";
    /// The documents of a job.
    DocumentList = "GET" "job.api/documents/{}", "Documents";
    /// Add a document to a job.
    DocumentAdd = "POST" "job.api/document", "Document";
    /// The costs of a job.
    CostList = "GET" "job.api/costs/{}", "Costs";
    /// Add a cost to a job.
    CostAdd = "POST" "job.api/cost", "Cost";
    /// Change a cost of a job.
    CostUpdate = "PUT" "job.api/cost", "Cost";
    /// Make a quote of a job.
    CreateQuote = "POST" "job.api/createquote/{}", "CreateQuote";
    /// Make an estimate of a job.
    CreateEstimate = "POST" "job.api/createestimate/{}", "CreateEstimate";
    /// The custom fields of a job.
    CustomFields = "GET" "job.api/get/{}/customfield", "CustomField";
    /// Change the custom fields of a job.
    CustomFieldsUpdate = "PUT" "job.api/update/{}/customfield", "CustomField";
    /// The states that a job may have.
    JobStateList = "GET" "jobstate.api/list", "List";
    /// All clients, archived and deleted ones too.
    ClientList = "GET" "client.api/list", "List";
    /// Current clients, page by page.
    ClientPagedList = "GET" "client.api/paged-list", "List";
    /// Clients by a part of the name.
    ClientSearch = "GET" "client.api/search", "Search";
    /// Read one client.
    ClientGet = "GET" "client.api/get/{}", "Get";
    /// Create a client.
    ClientAdd = "POST" "client.api/add", "Add";
    /// Change a client.
    ClientUpdate = "PUT" "client.api/update", "Update";
    /// Put a client away.
    ClientArchive = "PUT" "client.api/archive", "Archive";
    /// Remove a client.
    ClientDelete = "POST" "client.api/delete", "Delete";
    /// All staff.
    StaffList = "GET" "staff.api/list", "List";
    /// Read one staff member.
    StaffGet = "GET" "staff.api/get/{}", "Get";
    /// All job templates.
    TemplateList = "GET" "template.api/list", "List";
    /// All job categories.
    CategoryList = "GET" "category.api/list", "List";
    /// All task types.
    TaskTypeList = "GET" "task.api/list", "List";
    /// Read one task type.
    TaskTypeGet = "GET" "task.api/get/{}", "Get";
    /// The approved invoices that are not paid.
    InvoiceCurrent = "GET" "invoice.api/current", "Current";
    /// The draft invoices.
    InvoiceDraft = "GET" "invoice.api/draft", "Draft";
    /// The invoices of a job.
    InvoicesOfJob = "GET" "invoice.api/job/{}", "Job";
    /// The invoices dated between two dates.
    InvoiceList = "GET" "invoice.api/list", "List";
    /// Read one invoice by number.
    InvoiceGet = "GET" "invoice.api/get/{}", "Get";
    /// The quotes that are not accepted or declined.
    QuoteCurrent = "GET" "quote.api/current", "Current";
    /// The draft quotes.
    QuoteDraft = "GET" "quote.api/draft", "Draft";
    /// The quotes dated between two dates.
    QuoteList = "GET" "quote.api/list", "List";
    /// Read one quote by number.
    QuoteGet = "GET" "quote.api/get/{}", "Get";
    /// OAuth2: a code or a refresh token for tokens.
    Token = "POST" "connect/token", "";
    /// OAuth2: give up a refresh token.
    Revocation = "POST" "connect/revocation", "";
    /// The tenants that a token reaches.
    ConnectionList = "GET" "connections", "";
    /// End one connection.
    ConnectionDelete = "DELETE" "connections/{}", "";
}

impl CallKind {
    /// The path without the argument; the verb before it where another call has that path.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            // Their paths without the argument are those of others.
            Self::ConnectionDelete => "connections/delete",
            Self::TaskUpdate => "PUT job.api/task",
            Self::CostUpdate => "PUT job.api/cost",
            Self::TaskComplete => "job.api/task/complete",
            Self::TaskReopen => "job.api/task/reopen",
            Self::CustomFields => "job.api/get/customfield",
            Self::CustomFieldsUpdate => "job.api/update/customfield",
            _ => self.path().trim_end_matches("/{}"),
        }
    }

    /// Whether this is a call of the XPM API, and not of the identity service.
    #[must_use]
    pub const fn is_xpm(self) -> bool {
        !self.api_method().is_empty()
    }

    /// Whether the call may change what the practice holds.
    #[must_use]
    pub fn is_write(self) -> bool {
        self.verb() != "GET"
    }

    /// The call that `verb path` is, with the argument in its path.
    pub(crate) fn of(verb: &str, path: &str) -> Result<(Self, Option<String>), NoSuchCall> {
        let mut known_path = false;
        for &kind in Self::ALL.iter().filter(|kind| kind.is_xpm()) {
            let argument = match kind.path().split_once("{}") {
                Some((before, after)) => {
                    let inner = path.strip_prefix(before);
                    match inner.and_then(|rest| rest.strip_suffix(after)) {
                        Some(argument) if !argument.is_empty() && !argument.contains('/') => {
                            Some(argument.to_owned())
                        }
                        _ => continue,
                    }
                }
                None if kind.path() == path => None,
                None => continue,
            };
            if kind.verb() == verb {
                return Ok((kind, argument));
            }
            known_path = true;
        }
        Err(if known_path {
            NoSuchCall::Verb
        } else {
            NoSuchCall::Path
        })
    }
}

/// Why a request is none of the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSuchCall {
    /// The path is known under another verb.
    Verb,
    /// The path is not known.
    Path,
}

impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<CallKind> for String {
    fn from(kind: CallKind) -> Self {
        kind.name().to_owned()
    }
}

/// A text that names no kind of call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a kind of call; one is \"job.api/add\"")]
pub struct UnknownCallKind(String);

impl FromStr for CallKind {
    type Err = UnknownCallKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|kind| kind.name() == text);
        found.ok_or_else(|| UnknownCallKind(text.to_owned()))
    }
}

impl TryFrom<String> for CallKind {
    type Error = UnknownCallKind;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_kind() {
        for &kind in CallKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
    }

    #[test]
    fn paths_are_told_apart_by_verb_and_argument() {
        assert_eq!(
            CallKind::of("GET", "job.api/get/J1"),
            Ok((CallKind::JobGet, Some("J1".into())))
        );
        assert_eq!(
            CallKind::of("POST", "job.api/add"),
            Ok((CallKind::JobAdd, None))
        );
        assert_eq!(CallKind::of("GET", "job.api/add"), Err(NoSuchCall::Verb));
        assert_eq!(CallKind::of("GET", "job.api/get/"), Err(NoSuchCall::Path));
        assert_eq!(
            CallKind::of("GET", "job.api/get/J1/customfield"),
            Ok((CallKind::CustomFields, Some("J1".into())))
        );
        assert_eq!(
            CallKind::of("PUT", "job.api/task/7/complete"),
            Ok((CallKind::TaskComplete, Some("7".into())))
        );
        assert_eq!(
            CallKind::of("PUT", "job.api/task"),
            Ok((CallKind::TaskUpdate, None))
        );
        assert_eq!(
            CallKind::of("GET", "job.api/get/J1/other"),
            Err(NoSuchCall::Path)
        );
        assert_eq!(CallKind::of("POST", "connect/token"), Err(NoSuchCall::Path));
    }
}
