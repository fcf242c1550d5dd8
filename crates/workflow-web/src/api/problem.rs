//! What the API answers instead: problem details of RFC 9457, with the field and the reason.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use workflow_core::plan::{ApplyError, ChangedRow};
use workflow_core::ports::store::StoreError;
use workflow_core::service::CommandError;

use crate::error::{core_sentence, status_of};

/// The media type of problem details.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request did nothing: problem details of RFC 9457.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Which kind of problem it is; for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:workflow:problem:refused")]
    kind: String,
    /// The status's own name.
    #[schema(example = "Unprocessable Entity")]
    title: &'static str,
    /// The status, as in the answer itself.
    #[schema(example = 422)]
    status: u16,
    /// One sentence that says what is wrong and, where it helps, what to do.
    detail: String,
    /// The field that is at fault, as a path such as `schedule.recurring.sentence`; the name of a
    /// query parameter or of a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// In which rows a plan would come out otherwise by now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:workflow:problem:{kind}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            field: None,
            changed: Vec::new(),
        }
    }

    /// The same, of a field.
    pub(crate) fn of(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Another practice's things, and things that never were, are told apart by nobody.
    pub(crate) fn not_found(what: &str) -> Self {
        let detail = format!("There is no such {what} in this practice.");
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    /// A field of what was sent has a fault.
    pub(crate) fn fault(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", detail).of(field)
    }

    pub(crate) fn bad_request(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail).of(field)
    }

    /// Whether somebody else was faster.
    pub(crate) fn is_changed(&self) -> bool {
        self.kind.ends_with(":changed")
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(self)).into_response();
        let media_type = HeaderValue::from_static(MEDIA_TYPE);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, media_type);
        response
    }
}

/// The core's name of a field as this API spells it.
fn field(core: &str) -> &str {
    match core {
        "job templates" => "templates",
        "due date" => "timing.due",
        "recurrence" => "schedule.recurring",
        "new date" => "to",
        "resume date" => "until",
        "job number" => "number",
        "date" => "occurrence",
        other => other,
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let status = status_of(&error);
        if status.is_server_error() {
            tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
        }
        match &error {
            CommandError::Refused(refusal) => {
                let detail = core_sentence(&refusal.to_string());
                Self::new(status, "refused", detail).of(field(refusal.field()))
            }
            CommandError::Webhook(refusal) if !status.is_server_error() => {
                let detail = core_sentence(&refusal.to_string());
                Self::new(status, "refused", detail).of(refusal.field())
            }
            CommandError::NotFound { what, .. } => Self {
                status: status.as_u16(),
                ..Self::not_found(what)
            },
            CommandError::Changed { .. } => {
                let detail = core_sentence(&error.to_string());
                Self::new(status, "changed", detail)
            }
            CommandError::KeyReused(_) => {
                let detail = "This key was used for another command.";
                Self::new(status, "key-reused", detail).of("Idempotency-Key")
            }
            CommandError::Store(StoreError::Unavailable(_)) => Self::new(
                status,
                "unavailable",
                "The database did not answer, so it is not known whether this was done. Repeat it \
                 with the same Idempotency-Key, or look first.",
            ),
            CommandError::Store(_) => Self::new(
                status,
                "failed",
                "Something went wrong in the database, and nothing was changed. The log says more.",
            ),
            CommandError::Gateway(_) => {
                let detail = core_sentence(&error.to_string());
                Self::new(status, "job-system", detail)
            }
            other => Self::new(status, "failed", core_sentence(&other.to_string())),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        CommandError::from(error).into()
    }
}

impl From<ApplyError> for Problem {
    fn from(error: ApplyError) -> Self {
        let sentence = core_sentence(&error.to_string());
        match error {
            ApplyError::Command(error) => error.into(),
            ApplyError::Changed(rows) => Self {
                changed: rows.iter().map(ChangedRow::to_string).collect(),
                ..Self::new(StatusCode::CONFLICT, "changed", sentence)
            },
            ApplyError::OtherPractice { .. } => Self::not_found("plan"),
            _ => Self::fault("plan", sentence),
        }
    }
}
