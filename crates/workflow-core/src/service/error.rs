//! What a command may answer instead of doing what it says.

use chrono::TimeDelta;

use crate::deployment::OrderError;
use crate::ids::CommandKey;
use crate::ports::gateway::GatewayError;
use crate::ports::store::StoreError;
use crate::workflow::decide::Refusal;
use crate::zone::ZoneName;

/// Why a command did nothing. In every case nothing was changed, but for
/// [`CommandError::Store`] with [`StoreError::Unavailable`], where it is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The command is against a rule; the caller has to ask for something else.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such thing in this practice.
    #[error("there is no {what} {id} in this practice")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// Its key.
        id: String,
    },
    /// Somebody else changed it since the caller looked. Look again, and decide again.
    #[error("somebody else changed this {what} meanwhile; nothing of yours was saved")]
    Changed {
        /// What kind of thing.
        what: &'static str,
    },
    /// The command key was used for another command.
    #[error("the command key {0} was used for another command")]
    KeyReused(CommandKey),
    /// There are no data for the practice's time zone.
    #[error("there are no data for the time zone {0}")]
    UnknownZone(ZoneName),
    /// The job's texts cannot be made.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// The job system did not give what the command needs.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// What a person asked for needs a call to the job system, and the practice may make none now.
    #[error("the practice may make no further call to XPM just now; try again {}", in_words(*.wait))]
    NoCallNow {
        /// For how long.
        wait: TimeDelta,
    },
    /// A command about webhooks is against a rule, or its secret could not be kept.
    #[error(transparent)]
    Webhook(#[from] super::WebhookError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
}

fn in_words(wait: TimeDelta) -> String {
    match wait.num_minutes() {
        ..1 => "in a minute".to_owned(),
        minutes @ 1..120 => format!("in {} minutes", minutes + 1),
        minutes => format!("in {} hours", minutes / 60 + 1),
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::KeyReused { key } => Self::KeyReused(key),
            StoreError::JobTaken {
                job,
                workflow,
                occurrence,
            } => Self::Refused(Refusal::JobTaken {
                number: job.number.to_string(),
                workflow,
                occurrence,
            }),
            other => Self::Store(other),
        }
    }
}

impl CommandError {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers have keys of many kinds"
    )]
    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound {
            what,
            id: id.to_string(),
        }
    }

    /// The field that a refusal is about; `None` where it is no refusal.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => Some(refusal.field()),
            Self::Webhook(error) => Some(error.field()),
            _ => None,
        }
    }
}
