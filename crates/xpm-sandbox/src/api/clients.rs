//! Reading clients: all, page by page, by name, one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDateTime, Utc};

use super::render::{self, ClientExtent};
use super::{Answer, Call, Failure, Scene, fields};
use crate::inferred::NextPage;
use crate::model::{Client, Standing};
use crate::wire::Node;
use crate::world::World;

const PAGE_SIZE: usize = 50;
const MAX_PAGE_SIZE: usize = 500;

/// All clients, archived and deleted ones too.
pub(super) fn list(world: &World, call: &Call) -> Answer {
    let since = modified_since(call)?;
    let wanted = world
        .clients()
        .iter()
        .filter(|client| client.modified >= since);
    Ok(rows(world, call, wanted))
}

/// Current clients, up to `pageSize` at a time, with links to the first and the next page.
pub(super) fn paged_list(world: &World, call: &Call, scene: &Scene) -> Answer {
    let size = match call.parameter("pageSize") {
        None => PAGE_SIZE,
        Some(text) => {
            let size = text
                .parse()
                .ok()
                .filter(|size| (1..=MAX_PAGE_SIZE).contains(size));
            size.ok_or_else(|| Failure::refused("pageSize must be between 1 and 500"))?
        }
    };
    let skip = call.parameter("pageToken").map_or(Ok(0), position)?;
    let current = world
        .clients()
        .iter()
        .filter(|row| row.standing == Standing::Current);
    let mut rest = current.skip(skip);
    let page: Vec<&Client> = rest.by_ref().take(size).collect();
    let mut links = vec![Node::text("First", &link(call, scene, size, 0))];
    if rest.next().is_some() {
        let next = match scene.guesses.next_page {
            NextPage::Link => link(call, scene, size, skip + size),
            NextPage::Token => token(skip + size),
        };
        links.push(Node::text("Next", &next));
    }
    let mut content = rows(world, call, page.into_iter());
    content.push(Node::List("Pagination", vec![Node::List("Links", links)]));
    Ok(content)
}

/// Clients whose name holds the query, whatever the case; archived and deleted ones left out.
pub(super) fn search(world: &World, call: &Call) -> Answer {
    let query = call
        .parameter("query")
        .ok_or_else(|| Failure::refused("query is required"))?;
    let query = query.to_lowercase();
    let found = world.clients().iter().filter(|client| {
        client.standing == Standing::Current && client.name.to_lowercase().contains(&query)
    });
    Ok(rows(world, call, found))
}

pub(super) fn get(world: &World, call: &Call) -> Answer {
    let uuid = fields::uuid_read("client", call.argument())?;
    let client = world
        .client(uuid)
        .ok_or_else(|| fields::not_there("client"))?;
    Ok(vec![render::client(world, client, ClientExtent::Detailed)])
}

fn rows<'a>(world: &World, call: &Call, clients: impl Iterator<Item = &'a Client>) -> Vec<Node> {
    let extent = if call.detailed() {
        ClientExtent::Detailed
    } else {
        ClientExtent::Summary
    };
    let each = clients.map(|client| render::client(world, client, extent));
    vec![Node::List("Clients", each.collect())]
}

/// `yyyy-MM-ddTHH:mm:ss` in UTC; without it, since ever.
fn modified_since(call: &Call) -> Result<DateTime<Utc>, Failure> {
    let Some(text) = call.parameter("modifiedsince") else {
        return Ok(DateTime::<Utc>::MIN_UTC);
    };
    let parsed = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S");
    let refused = |_| Failure::refused("modifiedsince is not a valid date (yyyy-MM-ddTHH:mm:ss)");
    parsed.map(|at| at.and_utc()).map_err(refused)
}

/// A page token is the position, dressed so that nobody counts on it.
fn token(position: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("after:{position}"))
}

fn position(token: &str) -> Result<usize, Failure> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let position = text.and_then(|text| text.strip_prefix("after:")?.parse().ok());
    position.ok_or_else(|| Failure::refused("Invalid page token"))
}

fn link(call: &Call, scene: &Scene, size: usize, position: usize) -> String {
    let base = &scene.base_url;
    let path = call.kind.path();
    let start = format!("{base}/practicemanager/3.1/{path}?pageSize={size}");
    match position {
        0 => start,
        _ => format!("{start}&pageToken={}", token(position)),
    }
}
