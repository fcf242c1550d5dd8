//! What an entry of the audit says about webhooks. An address is shown by its host alone: what
//! follows that may be for its owner to know.

use workflow_core::audit::Change;
use workflow_core::webhook::{Webhook, Webhooks};

/// What was changed, in sentences.
pub(crate) fn told(change: &Change<Webhooks>) -> String {
    let none = Webhooks::default();
    let before = change.before.as_deref().unwrap_or(&none);
    let after = &change.after;
    let mut said = Vec::new();
    for (id, now) in &after.endpoints {
        match before.endpoints.get(id) {
            None => said.push(format!("The webhook to {} was added.", now.url.host())),
            Some(was) => said.extend(one(was, now)),
        }
    }
    for (id, was) in &before.endpoints {
        if !after.endpoints.contains_key(id) {
            said.push(format!("The webhook to {} was taken out.", was.url.host()));
        }
    }
    match said.is_empty() {
        true => "Webhooks were looked at.".to_owned(),
        false => said.join(" "),
    }
}

fn one(was: &Webhook, now: &Webhook) -> Vec<String> {
    let host = now.url.host();
    let mut said = Vec::new();
    if was.url != now.url {
        said.push(format!(
            "The webhook to {} goes to {host} now.",
            was.url.host()
        ));
    }
    if was.kinds != now.kinds {
        let kinds: Vec<String> = now.kinds.iter().map(ToString::to_string).collect();
        let kinds = kinds.join(", ").replace('_', " ");
        said.push(format!("The webhook to {host} is told of: {kinds}."));
    }
    if was.secret_number != now.secret_number {
        said.push(format!("The webhook to {host} was given a new secret."));
    }
    match (&was.parked, &now.parked) {
        (None, Some(parked)) => {
            said.push(format!(
                "The webhook to {host} was parked. {}",
                parked.reason
            ));
        }
        (Some(_), None) => said.push(format!("The webhook to {host} was resumed.")),
        _ => {}
    }
    said
}
