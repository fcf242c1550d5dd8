//! A call carried out, and its answer in XPM's envelope.

use crate::api::{self, Call, Failure};
use crate::fields;
use crate::gateway::{Reply, server_error};
use crate::inferred::{Declaration, FileEnvelope, IdempotencyKey, RefusalStatus, UnknownRecord};
use crate::inner::Inner;
use crate::kind::CallKind;
use crate::wire;

/// Carries a call out and writes its envelope, or gives the answer to its key again.
pub(crate) fn execute(inner: &Inner, call: &Call, key: Option<&str>) -> Reply {
    let Some(key) = key.filter(|_| call.kind.is_write()) else {
        return carry_out(inner, call);
    };
    match inner.guesses().idempotency_key {
        IdempotencyKey::Ignored => carry_out(inner, call),
        IdempotencyKey::Refused => {
            Reply::problem(400, "Bad Request", "IdempotencyKeyNotSupported", "")
        }
        IdempotencyKey::Honoured => {
            let now = inner.now(&inner.ledger());
            let request = format!("{} {:?} {}", call.kind, call.argument, call.body);
            let execute = || carry_out(inner, call);
            inner.replays.once((key, &request), now, execute)
        }
    }
}

fn carry_out(inner: &Inner, call: &Call) -> Reply {
    let mut ledger = inner.ledger();
    let scene = inner.scene(&ledger);
    let guesses = scene.guesses;
    let method = call.kind.api_method();
    let xml = |status, body| match guesses.declaration {
        Declaration::None => Reply::xml(status, body),
        Declaration::Present => Reply::xml(
            status,
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{body}"),
        ),
    };
    match api::answer(&mut ledger, call, &scene) {
        Ok(content) => {
            let content = fields::filter(content, call.query.get("fields"));
            let bare = matches!(call.kind, CallKind::CostList | CallKind::DocumentList)
                && guesses.file_envelope == FileEnvelope::Bare;
            if bare {
                xml(200, wire::bare(&content))
            } else {
                xml(200, wire::ok(method, &content))
            }
        }
        Err(Failure::Refused(description)) => {
            let status = match guesses.refusal_status {
                // What is recorded of other calls is HTTP 200.
                _ if !has_unknown_refusals(call.kind) => 200,
                RefusalStatus::Ok => 200,
                RefusalStatus::BadRequest => 400,
                RefusalStatus::ServerError => 500,
            };
            xml(status, wire::error(method, &description))
        }
        Err(Failure::NotThere(description)) => match guesses.unknown_record {
            UnknownRecord::Envelope => xml(200, wire::error(method, &description)),
            UnknownRecord::NotFound => Reply::problem(404, "Not Found", "ResourceNotFound", ""),
            UnknownRecord::ServerError => xml(500, wire::error(method, &description)),
        },
        Err(Failure::NotXml(error)) => xml(500, wire::error(method, &error.to_string())),
        Err(Failure::Storage(error)) => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, kind = %call.kind, "a change could not be kept");
            server_error()
        }
    }
}

/// Whether no refusal of such a call is recorded.
const fn has_unknown_refusals(kind: CallKind) -> bool {
    !matches!(
        kind,
        CallKind::JobApplyTemplate | CallKind::JobAssign | CallKind::JobDelete | CallKind::JobState
    )
}
