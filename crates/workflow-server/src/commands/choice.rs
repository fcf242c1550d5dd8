//! Which workflows are meant, and by which names: what the command line says, looked up.

use std::collections::BTreeSet;

use uuid::Uuid;
use workflow::ids::{ClientId, PersonId, TemplateId, WorkflowId};
use workflow::plan::{Field, Filter, SettingsPatch};
use workflow::ports::gateway::DirectoryPart;
use workflow::service::PracticeHandle;
use workflow::tokens::TextTemplate;

use super::import::failed;
use crate::cli;
use crate::failure::{Failure, joined};

/// The filter that the flags say.
pub(crate) async fn filter(
    practice: &PracticeHandle,
    choice: &cli::Choice,
) -> Result<Filter, Failure> {
    let mut filter = Filter::default();
    filter.workflows.extend(&choice.workflow);
    for key in &choice.key {
        let id = WorkflowId::imported(practice.id(), key);
        if practice.workflow(id).await.map_err(failed)?.is_none() {
            let practice = practice.id();
            return Err(Failure::input(format!(
                "no workflow of {practice} has the key {key}"
            )));
        }
        filter.workflows.insert(id);
    }
    for client in &choice.client {
        filter.clients.insert(client_of(practice, client).await?);
    }
    for said in &choice.filter {
        let (field, value) = pair("filter", said)?;
        let value = match field {
            "client" => client_of(practice, value).await?.to_string(),
            "category" => listed(practice, DirectoryPart::Categories, field, value)
                .await?
                .to_string(),
            "template" => listed(practice, DirectoryPart::Templates, field, value)
                .await?
                .to_string(),
            "partner" | "manager" | "staff" => person(field, value)?.to_string(),
            _ => value.to_owned(),
        };
        filter = filter
            .with(field, &value)
            .map_err(|error| Failure::input(error.to_string()))?;
    }
    Ok(filter)
}

/// The filter of a command that changes workflows: it has to say something.
pub(crate) async fn narrow_filter(
    practice: &PracticeHandle,
    choice: &cli::Choice,
) -> Result<Filter, Failure> {
    let filter = filter(practice, choice).await?;
    if filter.is_empty() {
        return Err(Failure::input(
            "which workflows? give --client, --workflow, --key or --filter (`--filter \
             state=active` is all that are active)",
        ));
    }
    Ok(filter)
}

/// The change of settings that the flags say.
pub(crate) async fn patch(
    practice: &PracticeHandle,
    args: &cli::BulkEdit,
) -> Result<SettingsPatch, Failure> {
    let mut patch = SettingsPatch::default();
    let mut named = BTreeSet::new();
    for said in &args.set {
        let (field, value) = pair("set", said)?;
        once(&mut named, field)?;
        let text = || {
            let text = value.parse::<TextTemplate>();
            text.map_err(|error| Failure::input(format!("{field}: {error}")))
        };
        match field {
            "name" => patch.name = Some(text()?),
            "description" => patch.description = Field::Set(text()?),
            "category" => {
                let id = listed(practice, DirectoryPart::Categories, field, value).await?;
                patch.category = Field::Set(workflow::ids::CategoryId::new(id));
            }
            "budget" => {
                let budget = value.parse();
                let budget = budget
                    .map_err(|error| Failure::input(format!("budget: {}", joined(&error))))?;
                patch.budget = Field::Set(budget);
            }
            "partner" => patch.partner = Field::Set(known_person(practice, field, value).await?),
            "manager" => patch.manager = Field::Set(known_person(practice, field, value).await?),
            "staff" => {
                let mut staff = BTreeSet::new();
                for one in value.split(',') {
                    staff.insert(known_person(practice, field, one.trim()).await?);
                }
                patch.staff = Field::Set(staff);
            }
            "templates" => {
                let mut templates = Vec::new();
                for one in value.split(',') {
                    let part = DirectoryPart::Templates;
                    let id = listed(practice, part, field, one.trim()).await?;
                    templates.push(TemplateId::new(id));
                }
                patch.templates = Field::Set(templates);
            }
            other => return Err(no_field("set", other)),
        }
    }
    for field in &args.clear {
        once(&mut named, field)?;
        match field.as_str() {
            "description" => patch.description = Field::Clear,
            "category" => patch.category = Field::Clear,
            "budget" => patch.budget = Field::Clear,
            "partner" => patch.partner = Field::Clear,
            "manager" => patch.manager = Field::Clear,
            "staff" => patch.staff = Field::Clear,
            "templates" => patch.templates = Field::Clear,
            "name" => return Err(Failure::input("clear: a job has to have a name")),
            other => return Err(no_field("clear", other)),
        }
    }
    if patch.is_empty() {
        return Err(Failure::input(
            "what is to change? give --set FIELD=VALUE or --clear FIELD",
        ));
    }
    Ok(patch)
}

fn once<'a>(named: &mut BTreeSet<&'a str>, field: &'a str) -> Result<(), Failure> {
    if named.insert(field) {
        Ok(())
    } else {
        Err(Failure::input(format!("{field} is given more than once")))
    }
}

fn no_field(flag: &str, field: &str) -> Failure {
    Failure::input(format!(
        "{flag}: there is no field {field}; there is name, description, category, budget, partner, \
         manager, staff, templates"
    ))
}

fn pair<'a>(flag: &str, said: &'a str) -> Result<(&'a str, &'a str), Failure> {
    let pair = said.split_once('=');
    let pair = pair.map(|(field, value)| (field.trim(), value.trim()));
    pair.ok_or_else(|| Failure::input(format!("{flag} is written as FIELD=VALUE, this is {said}")))
}

fn person(field: &str, value: &str) -> Result<PersonId, Failure> {
    let person = value.parse::<PersonId>();
    person.map_err(|error| Failure::input(format!("{field}: {error}")))
}

async fn known_person(
    practice: &PracticeHandle,
    field: &str,
    value: &str,
) -> Result<PersonId, Failure> {
    let id = person(field, value)?;
    match practice.person(id.clone()).await.map_err(failed)? {
        Some(_) => Ok(id),
        None => Err(Failure::input(format!(
            "{field}: the practice has nobody with the key {id}"
        ))),
    }
}

/// A client by UUID, by name, or by a part of the name that one client alone has.
async fn client_of(practice: &PracticeHandle, said: &str) -> Result<ClientId, Failure> {
    if let Ok(id) = said.parse::<ClientId>() {
        return match practice.client(id).await.map_err(failed)? {
            Some(_) => Ok(id),
            None => Err(Failure::input(format!("client: there is no client {id}"))),
        };
    }
    let found = practice.clients(Some(said)).await.map_err(failed)?;
    let same = |name: &str| name.to_lowercase() == said.trim().to_lowercase();
    let mut exact = found.iter().filter(|client| same(client.name.as_str()));
    match (exact.next(), exact.next(), found.as_slice()) {
        (Some(one), None, _) | (None, None, [one]) => Ok(one.id),
        (None, None, []) => Err(Failure::input(format!(
            "client: there is no client with {said:?} in the name"
        ))),
        _ => Err(Failure::input(format!(
            "client: {} clients have {said:?} in the name; give a UUID",
            found.len()
        ))),
    }
}

/// A row of XPM's directory, by UUID or by name.
async fn listed(
    practice: &PracticeHandle,
    part: DirectoryPart,
    field: &str,
    said: &str,
) -> Result<Uuid, Failure> {
    if let Ok(id) = Uuid::parse_str(said) {
        return Ok(id);
    }
    let listings = practice.listings(part).await.map_err(failed)?;
    let same = |name: &str| name.trim().to_lowercase() == said.trim().to_lowercase();
    let mut found = listings.iter().filter(|listing| same(&listing.row.name));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.row.id),
        (None, _) => Err(Failure::input(format!(
            "{field}: XPM's directory, as last listed, has nothing named {said:?}"
        ))),
        (Some(_), Some(_)) => Err(Failure::input(format!(
            "{field}: XPM's directory has several named {said:?}; give a UUID"
        ))),
    }
}
