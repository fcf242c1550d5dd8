//! Pages of records, and what a place between two pages is written as.

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Row, ToSql};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{
    Activity, Cursor, Of, Page, Query, Record, StoreError, Versioned, Whose,
};

use crate::batch::Stop;
use crate::rows::{self, Kind};
use crate::sql::find;

type Outcome<T> = Result<T, Stop<StoreError>>;

/// Answers a query.
pub(crate) fn find(db: &Connection, practice: &PracticeId, query: &Query) -> Outcome<Page> {
    let after = query.after.as_ref();
    let asked = Asked {
        db,
        practice,
        limit: i64::from(query.limit.clamp(1, Query::MOST)),
    };
    match &query.of {
        Of::Clients { named } => {
            let (name, id): (String, Id) = place(after)?;
            let named = named.as_ref().map(|text| text.to_lowercase());
            let keys: &[&dyn ToSql] = &[&name, &id, &named];
            asked.page(find::CLIENTS, Kind::Client, keys, |row| {
                written(&(name_at(row, 3)?, id_at(row, 4)?))
            })
        }
        Of::People => {
            let id: String = place(after)?;
            asked.page(find::PEOPLE, Kind::Person, &[&id], |row| {
                written(&name_at(row, 3)?)
            })
        }
        Of::Accesses => {
            let account: String = place(after)?;
            asked.page(find::ACCESSES, Kind::Access, &[&account], |row| {
                written(&name_at(row, 3)?)
            })
        }
        Of::Listings(part) => {
            let id: Id = place(after)?;
            let keys: &[&dyn ToSql] = &[&id, &rows::part(*part)];
            asked.page(find::LISTINGS, Kind::Listing, keys, by_id)
        }
        Of::Proposals { client } => {
            let id: String = place(after)?;
            let by_key = |row: &Row<'_>| written(&name_at(row, 3)?);
            match client {
                None => asked.page(find::PROPOSALS, Kind::Proposal, &[&id], by_key),
                Some(client) => {
                    let client = client.uuid();
                    let keys: &[&dyn ToSql] = &[&id, client.as_bytes()];
                    asked.page(find::PROPOSALS_OF_CLIENT, Kind::Proposal, keys, by_key)
                }
            }
        }
        Of::Workflows { whose, activity } => asked.workflows(whose, *activity, after),
        Of::Deployments { workflow } => {
            let occurrence: Number = place(after)?;
            let workflow = workflow.uuid();
            let keys: &[&dyn ToSql] = &[&occurrence, workflow.as_bytes()];
            asked.page(find::DEPLOYMENTS, Kind::Deployment, keys, |row| {
                written(&number_at(row, 3)?)
            })
        }
        Of::Attention => {
            let (workflow, occurrence): (Id, Number) = place(after)?;
            let keys: &[&dyn ToSql] = &[&workflow, &occurrence];
            asked.page(find::ATTENTION, Kind::Deployment, keys, |row| {
                written(&(id_at(row, 3)?, number_at(row, 4)?))
            })
        }
        Of::Deployed { from, to } => {
            let (day, workflow, occurrence): (Number, Id, Number) = place(after)?;
            let day = day.0.max(rows::day(*from));
            let keys: &[&dyn ToSql] = &[&day, &workflow, &occurrence, &rows::day(*to)];
            asked.page(find::DEPLOYED, Kind::Deployment, keys, |row| {
                written(&(number_at(row, 3)?, id_at(row, 4)?, number_at(row, 5)?))
            })
        }
        Of::Bearing { marker } => {
            let (workflow, occurrence): (Id, Number) = place(after)?;
            let keys: &[&dyn ToSql] = &[&workflow, &occurrence, &marker.as_str()];
            asked.page(find::BEARING, Kind::Deployment, keys, |row| {
                written(&(id_at(row, 3)?, number_at(row, 4)?))
            })
        }
    }
}

/// What every page has in common.
struct Asked<'a> {
    db: &'a Connection,
    practice: &'a PracticeId,
    limit: i64,
}

impl Asked<'_> {
    fn workflows(
        &self,
        whose: &Whose,
        activity: Option<Activity>,
        after: Option<&Cursor>,
    ) -> Outcome<Page> {
        let id: Id = place(after)?;
        let active = activity.map(|activity| activity == Activity::Active);
        let kind = Kind::Workflow;
        match whose {
            Whose::Everybody if active.is_none() => self.page(find::WORKFLOWS, kind, &[&id], by_id),
            Whose::Everybody => {
                self.page(find::WORKFLOWS_BY_ACTIVITY, kind, &[&id, &active], by_id)
            }
            Whose::Client(client) => {
                let client = client.uuid();
                let keys: &[&dyn ToSql] = &[&id, &active, client.as_bytes()];
                self.page(find::WORKFLOWS_OF_CLIENT, kind, keys, by_id)
            }
            Whose::Proposal(proposal) => {
                let keys: &[&dyn ToSql] = &[&id, &active, &proposal.as_str()];
                self.page(find::WORKFLOWS_OF_PROPOSAL, kind, keys, by_id)
            }
        }
    }

    /// Reads one row more than the page has, to know whether another page follows.
    fn page(
        &self,
        sql: &str,
        kind: Kind,
        keys: &[&dyn ToSql],
        at: impl Fn(&Row<'_>) -> Result<String, StoreError>,
    ) -> Outcome<Page> {
        let practice = self.practice.as_str();
        let more = self.limit + 1;
        let first: [&dyn ToSql; 2] = [&practice, &more];
        let all: Vec<&dyn ToSql> = first.iter().chain(keys).copied().collect();
        let mut statement = self.db.prepare_cached(sql)?;
        let mut found = statement.query(all.as_slice())?;
        let full = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut records: Vec<Versioned<Record>> = Vec::new();
        let mut last = None;
        while let Some(row) = found.next()? {
            if records.len() == full {
                let next = last.map(Cursor);
                return Ok(Page { records, next });
            }
            records.push(kind.read(row)?);
            last = Some(at(row)?);
        }
        let next = None;
        Ok(Page { records, next })
    }
}

fn by_id(row: &Row<'_>) -> Result<String, StoreError> {
    written(&id_at(row, 3)?)
}

fn name_at(row: &Row<'_>, at: usize) -> Result<String, StoreError> {
    rows::text(row, at, "an index column").map(str::to_owned)
}

fn number_at(row: &Row<'_>, at: usize) -> Result<Number, StoreError> {
    rows::column(row, at, "an index column").map(Number)
}

fn id_at(row: &Row<'_>, at: usize) -> Result<Id, StoreError> {
    let bytes = rows::bytes(row, at, "an index column")?;
    let id = Uuid::from_slice(bytes).map_err(|error| rows::damaged("an index column", &error))?;
    Ok(Id(Some(id)))
}

/// An identity within a place; before every other where there is none.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Id(Option<Uuid>);

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let bytes = self.0.as_ref().map_or(&[][..], |id| id.as_bytes());
        Ok(ToSqlOutput::from(bytes))
    }
}

/// A number within a place; before every other where there is none.
#[derive(Debug, Serialize, Deserialize)]
struct Number(i64);

impl Default for Number {
    fn default() -> Self {
        Self(i64::MIN)
    }
}

impl ToSql for Number {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

/// The place that a cursor stands for; the very first where there is none.
fn place<T: DeserializeOwned + Default>(cursor: Option<&Cursor>) -> Result<T, StoreError> {
    let Some(cursor) = cursor else {
        return Ok(T::default());
    };
    serde_json::from_str(&cursor.0).map_err(|error| rows::damaged("a page's cursor", &error))
}

/// A place as a cursor holds it.
fn written<T: Serialize>(place: &T) -> Result<String, StoreError> {
    rows::json(place)
}
