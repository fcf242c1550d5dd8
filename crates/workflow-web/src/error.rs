//! What a page answers instead: a status, and one clear sentence.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use workflow_core::ports::store::StoreError;
use workflow_core::service::{CommandError, WebhookError};
use workflow_core::workflow::decide::Refusal;

use crate::views::words::with_days;

/// Why a page was not made or a form not taken. The guard renders it as a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) status: StatusCode,
    pub(crate) sentence: String,
}

impl Trouble {
    pub(crate) fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self { status, sentence }
    }

    /// What is said of an error that no page of its own tells.
    pub(crate) fn said(error: &CommandError) -> String {
        match error {
            CommandError::Store(_) => {
                "Something went wrong in the database. Look at it again before you repeat it."
                    .to_owned()
            }
            other => core_sentence(&other.to_string()),
        }
    }

    /// Another practice's things, and things that never were, are told apart by nobody.
    pub(crate) fn not_found(what: &str) -> Self {
        let sentence = format!("There is no such {what} in this practice.");
        Self::new(StatusCode::NOT_FOUND, sentence)
    }
}

/// The response carries the trouble; the guard, which knows the host and its brand, turns it into
/// a page.
impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<CommandError> for Trouble {
    fn from(error: CommandError) -> Self {
        let status = status_of(&error);
        if status.is_server_error() && !matches!(error, CommandError::NoCallNow { .. }) {
            tracing::error!(error = &error as &dyn std::error::Error, "a page failed");
        }
        match error {
            CommandError::NotFound {
                what: "practice", ..
            } => Self::new(
                status,
                "This practice was never set up, so there is nothing to show yet.",
            ),
            CommandError::NotFound { what, .. } => Self::not_found(what),
            CommandError::KeyReused(_) => Self::new(
                status,
                "This form was sent already, and with something else in it. Open the page again.",
            ),
            CommandError::Store(StoreError::Unavailable(_)) => Self::new(
                status,
                "The database did not answer, so it is not known whether this was done. Look at \
                 the page again before you repeat it.",
            ),
            CommandError::Store(_) => Self::new(
                status,
                "Something went wrong in the database, and nothing was changed. The log says more.",
            ),
            other => Self::new(status, core_sentence(&other.to_string())),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        CommandError::from(error).into()
    }
}

/// 409 where things stand in the way, 422 where what was typed has a fault.
pub(crate) fn status_of(error: &CommandError) -> StatusCode {
    match error {
        CommandError::Refused(refusal) => match refusal {
            Refusal::LevelTaken { .. }
            | Refusal::OnceUsed
            | Refusal::ChangeTooEarly { .. }
            | Refusal::Covered { .. }
            | Refusal::NotCovered { .. }
            | Refusal::Begun { .. }
            | Refusal::JobExists { .. }
            | Refusal::NotOwed { .. }
            | Refusal::AwaitsAcceptance
            | Refusal::ProposalClosed { .. }
            | Refusal::Archived
            | Refusal::AlreadyPaused { .. }
            | Refusal::NotPaused
            | Refusal::NothingToConfirm
            | Refusal::WrongPhase { .. } => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        },
        CommandError::NotFound { .. } => StatusCode::NOT_FOUND,
        CommandError::Changed { .. } | CommandError::KeyReused(_) => StatusCode::CONFLICT,
        CommandError::Webhook(WebhookError::NoKinds) => StatusCode::UNPROCESSABLE_ENTITY,
        CommandError::Webhook(WebhookError::Secret(_)) => StatusCode::INTERNAL_SERVER_ERROR,
        CommandError::Webhook(_) => StatusCode::CONFLICT,
        CommandError::Order(_) => StatusCode::UNPROCESSABLE_ENTITY,
        CommandError::Gateway(_) => StatusCode::BAD_GATEWAY,
        CommandError::NoCallNow { .. } => StatusCode::SERVICE_UNAVAILABLE,
        CommandError::Store(StoreError::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
        CommandError::Store(StoreError::NotOwner { .. }) => StatusCode::CONFLICT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A message fragment as a sentence: a capital at its beginning, a full stop at its end.
pub(crate) fn as_sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    let mut sentence: String = match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => return String::new(),
    };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// What the core says as a sentence, with its dates in words.
pub(crate) fn core_sentence(fragment: &str) -> String {
    as_sentence(&with_days(fragment))
}

/// What a refusal says beside its field: without the core's name of the field in front, or with
/// the field's label for it where the sentence needs a subject.
pub(crate) fn beside_field(error: &CommandError, label: &str) -> String {
    let message = error.to_string();
    let rest = error.field().and_then(|field| message.strip_prefix(field));
    let Some(rest) = rest else {
        return core_sentence(&message);
    };
    match rest.strip_prefix(": ") {
        Some(rest) => core_sentence(rest),
        None if label.is_empty() => core_sentence(&message),
        None => core_sentence(&format!("{label}{rest}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_becomes_a_sentence() {
        assert_eq!(
            as_sentence("name must not be empty"),
            "Name must not be empty."
        );
        assert_eq!(as_sentence("Done."), "Done.");
        assert_eq!(as_sentence(""), "");
    }

    #[test]
    fn a_refusal_beside_its_field_does_not_name_it_again() {
        let error = CommandError::from(Refusal::NoProposal);
        assert_eq!(
            beside_field(&error, "Billing level"),
            "Proposal level needs a workflow that was made from a proposal."
        );
    }

    #[test]
    fn what_stands_in_the_way_is_409_and_what_has_a_fault_is_422() {
        let archived = CommandError::from(Refusal::Archived);
        assert_eq!(status_of(&archived), StatusCode::CONFLICT);
        let fault = CommandError::from(Refusal::NoProposal);
        assert_eq!(status_of(&fault), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
