//! From the shape of a practice file to what the core imports: every field checked, every fault
//! noted.
//!
//! A file is complete in itself: whatever person, client, proposal, service, staff, job template or
//! category something names has to be listed in the file, so that a slip of the pen is found here
//! and not on the day of deployment.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde_json::value::RawValue;
use uuid::Uuid;
use workflow_core::ids::{ClientId, PersonId, ProposalId, ServiceId, StaffId, TemplateId};
use workflow_core::ports::gateway::{DirectoryPart, DirectoryRow};
use workflow_core::practice::{Client, Listing, Person, Standing};
use workflow_core::proposal::{Proposal, ProposalState, Service};
use workflow_core::service::Importing;
use workflow_core::timing::FinancialYearEnd;
use workflow_core::zone::{Zone, Zones};

use super::calendar::Beside;
use super::practice::practice;
use super::scope::{Reading, Scope};
use super::wire::{self, AnyVersion, Outline, State};
use super::{Checked, Places};

/// What the elements of a file may name, as far as the file has been read.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) zone: Option<Zone>,
    pub(super) people: BTreeSet<PersonId>,
    pub(super) listings: BTreeMap<(u8, Uuid), usize>,
    pub(super) clients: BTreeSet<ClientId>,
    pub(super) proposals: BTreeMap<ProposalId, BTreeSet<ServiceId>>,
}

/// Checks a whole file; `None` where a fault left nothing to import.
pub(super) fn file(
    reading: &mut Reading<'_>,
    zones: &dyn Zones,
    beside: &Beside,
) -> Option<Checked> {
    let text = reading.text();
    match serde_json::from_str::<AnyVersion>(text) {
        Err(error) => {
            reading.broken(&error);
            return None;
        }
        Ok(found) if found.version.as_ref().and_then(serde_json::Number::as_u64) != Some(1) => {
            let found = found.version.map_or("none".to_owned(), |n| n.to_string());
            reading.faults.push(super::Fault {
                line: 1,
                field: "version".to_owned(),
                reason: format!(
                    "this program reads version {}, the file says {found}",
                    wire::VERSION
                ),
            });
            return None;
        }
        Ok(_) => {}
    }
    let outline: Outline<'_> = match serde_json::from_str(text) {
        Ok(outline) => outline,
        Err(error) => {
            reading.broken(&error);
            return None;
        }
    };
    let mut known = Known::default();
    let practice = practice(reading, outline.practice, zones, beside, &mut known);
    let mut listings = Vec::new();
    for (name, part, rows) in [
        ("staff", DirectoryPart::Staff, outline.directory.staff),
        (
            "templates",
            DirectoryPart::Templates,
            outline.directory.templates,
        ),
        (
            "categories",
            DirectoryPart::Categories,
            outline.directory.categories,
        ),
    ] {
        for (n, raw) in rows.into_iter().enumerate() {
            listings.extend(listing(
                reading,
                format!("directory.{name}[{n}]"),
                raw,
                part,
                &mut known,
            ));
        }
    }
    let people = each(reading, "people", &outline.people, &mut known, person);
    let clients = each(reading, "clients", &outline.clients, &mut known, client);
    let proposals = each(
        reading,
        "proposals",
        &outline.proposals,
        &mut known,
        proposal,
    );
    let mut places = Places::default();
    let mut workflows = Vec::with_capacity(outline.workflows.len());
    let mut keys = BTreeMap::new();
    for (n, raw) in outline.workflows.iter().enumerate() {
        let Some((wire, mut scope)) = reading.element(format!("workflows[{n}]"), raw) else {
            continue;
        };
        places.workflows.push(scope.line());
        workflows.extend(super::workflow::workflow(
            &mut scope, wire, &known, &mut keys,
        ));
    }
    let mut by_id: Vec<_> = proposals.iter().enumerate().collect();
    by_id.sort_by(|(_, one), (_, other)| one.id.cmp(&other.id));
    places.proposals = by_id
        .into_iter()
        .filter_map(|(n, _)| Some((n, reading.line_of(outline.proposals.get(n)?, 0))))
        .collect();
    Some(Checked {
        importing: Importing {
            practice: practice?,
            people,
            listings,
            clients,
            proposals,
            workflows,
        },
        places,
    })
}

type Check<W, T> = fn(&mut Scope<'_, '_>, &W, &mut Known) -> Option<T>;

/// Checks each element of a list.
fn each<'t, W, T>(
    reading: &mut Reading<'t>,
    name: &str,
    list: &[&'t RawValue],
    known: &mut Known,
    check: Check<W, T>,
) -> Vec<T>
where
    W: serde::de::DeserializeOwned,
{
    let mut all = Vec::with_capacity(list.len());
    for (n, raw) in list.iter().enumerate() {
        if let Some((wire, mut scope)) = reading.element(format!("{name}[{n}]"), raw) {
            all.extend(check(&mut scope, &wire, known));
        }
    }
    all
}

fn listing<'t>(
    reading: &mut Reading<'t>,
    path: String,
    raw: &'t RawValue,
    part: DirectoryPart,
    known: &mut Known,
) -> Option<Listing> {
    let (wire, mut scope) = reading.element::<wire::Listing>(path, raw)?;
    let id: Uuid = uuid(&mut scope, "uuid", &wire.uuid)?;
    let name: workflow_core::text::Name = scope.parse("name", &wire.name)?;
    let line = scope.line();
    if let Some(first) = known.listings.insert((part as u8, id), line) {
        scope.fault(
            "uuid",
            format_args!("{id} is listed on line {first} already"),
        );
    }
    Some(Listing {
        part,
        row: DirectoryRow {
            id,
            name: name.into(),
            email: wire.email,
        },
        standing: Standing::Current,
    })
}

fn person(scope: &mut Scope<'_, '_>, wire: &wire::Person, known: &mut Known) -> Option<Person> {
    let id: Option<PersonId> = scope.parse("id", &wire.id);
    let name = scope.parse("name", &wire.name);
    let staff = match &wire.staff {
        None => Some(None),
        Some(text) => listed(scope, "staff", text, DirectoryPart::Staff, known)
            .map(|id| Some(StaffId::new(id))),
    };
    let id = id?;
    if !known.people.insert(id.clone()) {
        scope.fault("id", format_args!("there are two people {id}"));
    }
    Some(Person {
        id,
        name: name?,
        email: wire.email.clone(),
        staff: staff?,
    })
}

fn client(scope: &mut Scope<'_, '_>, wire: &wire::Client, known: &mut Known) -> Option<Client> {
    let id: Option<ClientId> = scope.parse("uuid", &wire.uuid);
    let name = scope.parse("name", &wire.name);
    let year_end = FinancialYearEnd::new(wire.financial_year_end);
    let year_end = scope.take("financial_year_end", year_end);
    let id = id?;
    if !known.clients.insert(id) {
        scope.fault("uuid", format_args!("there are two clients {id}"));
    }
    Some(Client {
        id,
        name: name?,
        year_end: year_end?,
        standing: Standing::Current,
    })
}

fn proposal(
    scope: &mut Scope<'_, '_>,
    wire: &wire::Proposal,
    known: &mut Known,
) -> Option<Proposal> {
    let id: Option<ProposalId> = scope.parse("id", &wire.id);
    let client = scope.parse("client", &wire.client).and_then(|client| {
        let is_known = known.clients.contains(&client);
        named(scope, "client", is_known, "client", client)
    });
    let name = scope.parse("name", &wire.name);
    let accepted_on = scope.date_if("accepted_on", wire.accepted_on.as_deref());
    let starts_on = scope.date_if("starts_on", wire.starts_on.as_deref());
    let state = accepted_on.and_then(|on| match (wire.state, on) {
        (State::Accepted, Some(on)) => Some(ProposalState::Accepted { on }),
        (State::Accepted, None) => {
            scope.fault(
                "accepted_on",
                "is missing: an accepted proposal has its day",
            );
            None
        }
        (_, Some(_)) => {
            scope.fault(
                "accepted_on",
                "only an accepted proposal has a day of acceptance",
            );
            None
        }
        (State::Draft, None) => Some(ProposalState::Draft),
        (State::Sent, None) => Some(ProposalState::Sent),
        (State::Declined, None) => Some(ProposalState::Declined),
        (State::Archived, None) => Some(ProposalState::Archived),
    });
    let services: Vec<_> = wire
        .services
        .iter()
        .enumerate()
        .map(|(n, service)| self::service(scope, n, service, known))
        .collect();
    let services: Option<Vec<Service>> = services.into_iter().collect();
    let id = id?;
    let ids = services.iter().flatten().map(|service| service.id.clone());
    if known.proposals.insert(id.clone(), ids.collect()).is_some() {
        scope.fault("id", format_args!("there are two proposals {id}"));
    }
    Some(Proposal {
        id,
        client: client?,
        name: name?,
        state: state?,
        starts_on: starts_on?,
        grouping: wire.invoices_grouped_by,
        services: services?,
    })
}

fn service(
    scope: &mut Scope<'_, '_>,
    n: usize,
    wire: &wire::Service,
    known: &Known,
) -> Option<Service> {
    let at = format!("services[{n}]");
    let id = scope.parse(&format!("{at}.id"), &wire.id);
    let name = scope.parse(&format!("{at}.name"), &wire.name);
    let templates = all_listed(
        scope,
        &format!("{at}.templates"),
        &wire.templates,
        DirectoryPart::Templates,
        known,
    )?;
    Some(Service {
        id: id?,
        name: name?,
        templates: templates.into_iter().map(TemplateId::new).collect(),
    })
}

fn uuid(scope: &mut Scope<'_, '_>, field: &str, text: &str) -> Option<Uuid> {
    let id = Uuid::parse_str(text).map_err(|_| format!("must be a UUID, got {text:?}"));
    scope.take(field, id)
}

/// The UUID of something that the file's directory has to list.
pub(super) fn listed(
    scope: &mut Scope<'_, '_>,
    field: &str,
    text: &str,
    part: DirectoryPart,
    known: &Known,
) -> Option<Uuid> {
    let id = uuid(scope, field, text)?;
    let what = match part {
        DirectoryPart::Staff => "member of staff",
        DirectoryPart::Templates => "job template",
        DirectoryPart::Categories => "category",
        DirectoryPart::Clients => "client",
    };
    let is_known = known.listings.contains_key(&(part as u8, id));
    named(scope, field, is_known, what, id)
}

/// As [`listed`], for a list.
pub(super) fn all_listed(
    scope: &mut Scope<'_, '_>,
    field: &str,
    texts: &[String],
    part: DirectoryPart,
    known: &Known,
) -> Option<Vec<Uuid>> {
    let all: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| listed(scope, &format!("{field}[{n}]"), text, part, known))
        .collect();
    all.into_iter().collect()
}

/// What a field names, provided that the file lists it.
pub(super) fn named<T: Display>(
    scope: &mut Scope<'_, '_>,
    field: &str,
    is_known: bool,
    what: &str,
    id: T,
) -> Option<T> {
    if is_known {
        return Some(id);
    }
    scope.fault(field, format_args!("there is no {what} {id} in this file"));
    None
}
