//! Changing clients: add, update, archive, delete.

use super::render::{self, ClientExtent};
use super::{Answer, Call, Failure, Scene, fields};
use crate::ledger::Ledger;
use crate::model::{Client, Standing};
use crate::wire::Element;
use crate::world::Change;

/// Creates a client; two may have one name.
pub(super) fn add(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Client")?;
    let name = fields::required(&body, "Name")?.to_owned();
    let client = Client {
        uuid: ledger.draw_uuid(),
        name,
        email: fields::words(&body, "Email"),
        standing: Standing::Current,
        account_manager: None,
        job_manager: None,
        modified: scene.now,
    };
    keep(ledger, client)
}

/// Changes the fields that are present.
pub(super) fn update(ledger: &mut Ledger, call: &Call, scene: &Scene) -> Answer {
    let body = call.body("Client")?;
    let mut client = named(ledger, &body)?;
    for (name, field) in [("Name", &mut client.name), ("Email", &mut client.email)] {
        if let Some(text) = body.text_of(name) {
            text.clone_into(field);
        }
    }
    client.modified = scene.now;
    keep(ledger, client)
}

/// Puts a client away, or removes it; both remain in `client.api/list`.
pub(super) fn set(ledger: &mut Ledger, call: &Call, scene: &Scene, standing: Standing) -> Answer {
    let body = call.body("Client")?;
    let mut client = named(ledger, &body)?;
    client.standing = standing;
    client.modified = scene.now;
    ledger.record(vec![Change::Client(client)])?;
    Ok(vec![])
}

fn named(ledger: &Ledger, body: &Element) -> Result<Client, Failure> {
    let uuid = fields::uuid("client", fields::required(body, "UUID")?)?;
    let client = ledger.world().client(uuid).cloned();
    client.ok_or_else(|| fields::invalid("client"))
}

fn keep(ledger: &mut Ledger, client: Client) -> Answer {
    let shown = render::client(ledger.world(), &client, ClientExtent::Detailed);
    ledger.record(vec![Change::Client(client)])?;
    Ok(vec![shown])
}
