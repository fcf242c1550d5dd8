//! What a message looks like on the wire: its JSON, and its signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use workflow_core::service::Message;
use workflow_core::workflow::Occurrence;

/// What a secret begins with, so that it is known for one.
const PREFIX: &str = "whsec_";

/// A text that is no secret of a webhook. It holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret must be base64 after {PREFIX}")]
pub struct SecretError;

/// The body of a message: JSON, with its fields in the order of their names.
#[must_use]
pub fn body(message: &Message) -> String {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    let at = message.at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    put("id", json!(message.id));
    put("type", json!(message.kind.to_string()));
    put("practice", json!(message.practice.as_str()));
    put("sequence", json!(message.seq));
    put("occurred_at", json!(at));
    put(
        "workflow",
        json!({
            "id": message.workflow.to_string(),
            "name": message.name,
            "client": message.client.to_string(),
        }),
    );
    if let Some(occurrence) = message.occurrence {
        put(
            "occurrence",
            json!(match occurrence {
                Occurrence::Once => "once".to_owned(),
                Occurrence::On(date) => date.to_string(),
            }),
        );
    }
    if let Some(job) = &message.job {
        let job = json!({"number": job.number.as_str(), "id": job.id.to_string()});
        put("job", job);
    }
    if let Some(sentence) = &message.sentence {
        put("message", json!(sentence));
    }
    Value::Object(fields).to_string()
}

/// The signature of a message that is sent at that time: HMAC-SHA256 over its id, the time in
/// seconds since 1970 and its body, joined by full stops; in base64, after its version.
///
/// It is the scheme of [Standard Webhooks](https://www.standardwebhooks.com), whose libraries
/// verify it.
///
/// ```
/// use chrono::DateTime;
/// use workflow_webhooks::sign;
/// let at = DateTime::from_timestamp(1_614_265_330, 0).ok_or("no time")?;
/// let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into();
/// let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
/// let signature = sign(&secret, id, at, r#"{"test": 2432232314}"#)?;
/// assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`SecretError`] where the secret is none.
pub fn sign(
    secret: &SecretString,
    id: &str,
    at: DateTime<Utc>,
    body: &str,
) -> Result<String, SecretError> {
    let text = secret.expose_secret().strip_prefix(PREFIX);
    let key = STANDARD.decode(text.ok_or(SecretError)?);
    let key = key.map_err(|_| SecretError)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| SecretError)?;
    for part in [id, ".", &at.timestamp().to_string(), ".", body] {
        mac.update(part.as_bytes());
    }
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    Ok(format!("v1,{signature}"))
}
