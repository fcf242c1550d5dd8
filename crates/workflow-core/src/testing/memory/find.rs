//! How the memory store finds records: it goes through those of the kind asked for, in the order
//! of their keys, and sorts where a query has another order.

use std::ops::Bound;

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::OfPractice;
use crate::deployment::{Deployment, Phase};
use crate::ids::WorkflowId;
use crate::ports::store::{Activity, Cursor, Key, Of, Page, Query, Record, Versioned, Whose};
use crate::workflow::{Occurrence, Workflow};

impl OfPractice {
    /// A page. The cursor says where its last record stands, so that a page goes on at the right
    /// place whatever was written meanwhile.
    pub(super) fn find(&self, query: &Query) -> Page {
        let limit = usize::try_from(query.limit.clamp(1, Query::MOST)).unwrap_or(1);
        let after = query.after.as_ref();
        let mut found: Vec<(Place, &Versioned<Record>)> = self
            .records
            .range(keys(&query.of))
            .filter_map(|(key, kept)| Some((place(&query.of, key, &kept.value)?, kept)))
            .filter(|(place, _)| after.is_none_or(|after| place.cursor().0 > after.0))
            .collect();
        // What is in order by its key alone is so already.
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more);
        Page {
            next: last.map(|(place, _)| place.cursor()),
            records: found.into_iter().map(|(_, kept)| kept.clone()).collect(),
        }
    }
}

/// The keys among which a query's records are.
fn keys(of: &Of) -> (Bound<Key>, Bound<Key>) {
    let (first, last) = (WorkflowId::new(Uuid::nil()), WorkflowId::new(Uuid::max()));
    let workflows = |from, to| (Key::Workflow(from), Key::Workflow(to));
    let deployments = |from, to| {
        let last = Occurrence::On(NaiveDate::MAX);
        (
            Key::Deployment(from, Occurrence::Once),
            Key::Deployment(to, last),
        )
    };
    let (from, to) = match of {
        Of::Workflows { .. } => workflows(first, last),
        Of::Deployments { workflow } => deployments(*workflow, *workflow),
        Of::Attention | Of::Deployed { .. } | Of::Bearing { .. } => deployments(first, last),
        Of::Clients { .. } | Of::People | Of::Listings(_) | Of::Proposals { .. } | Of::Accesses => {
            return (Bound::Unbounded, Bound::Unbounded);
        }
    };
    (Bound::Included(from), Bound::Included(to))
}

/// Where a record stands in the answer to a query.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    /// A client's name, lower-cased; empty elsewhere.
    name: String,
    /// The day on which a deployment was due, where the query sorts by it.
    day: Option<NaiveDate>,
    key: &'a Key,
}

impl<'a> Place<'a> {
    fn by(key: &'a Key) -> Self {
        let (name, day) = (String::new(), None);
        Self { name, day, key }
    }

    /// Parts are joined by NUL, which no part holds and which comes before every other character,
    /// so that cursors compare as places do.
    fn cursor(&self) -> Cursor {
        let day = self.day.map(number).unwrap_or_default();
        let key = match self.key {
            Key::Practice
            | Key::Sweep
            | Key::Directory
            | Key::Webhooks
            | Key::Outbox
            | Key::Level(_) => String::new(),
            Key::Client(id) => id.to_string(),
            Key::Person(id) => id.to_string(),
            Key::Listing(_, id) => id.to_string(),
            Key::Proposal(id) => id.to_string(),
            Key::Access(account) => account.to_string(),
            Key::Workflow(id) => id.to_string(),
            Key::Deployment(id, Occurrence::Once) => format!("{id}\0"),
            Key::Deployment(id, Occurrence::On(date)) => format!("{id}\0{}", number(*date)),
        };
        Cursor(format!("{}\0{day}\0{key}", self.name))
    }
}

/// A date as digits that sort as dates do, before the common era as well.
fn number(date: NaiveDate) -> String {
    let days = i64::from(date.num_days_from_ce()) + 1_000_000_000;
    format!("{days:010}")
}

/// Where a record stands in the answer to a query; `None` where it is not in it.
fn place<'a>(of: &Of, key: &'a Key, record: &Record) -> Option<Place<'a>> {
    let place = Place::by(key);
    match (of, record) {
        (Of::Clients { named }, Record::Client(client)) => {
            let name = client.name.as_str().to_lowercase();
            let wanted = named
                .as_ref()
                .is_none_or(|text| name.contains(&text.to_lowercase()));
            wanted.then_some(Place { name, ..place })
        }
        (Of::People, Record::Person(_)) | (Of::Accesses, Record::Access(_)) => Some(place),
        (Of::Listings(part), Record::Listing(listing)) => (listing.part == *part).then_some(place),
        (Of::Proposals { client }, Record::Proposal(proposal)) => {
            let wanted = client.is_none_or(|client| proposal.client == client);
            wanted.then_some(place)
        }
        (Of::Workflows { whose, activity }, Record::Workflow(workflow)) => {
            let wanted = belongs_to(workflow, whose) && is_in(workflow, *activity);
            wanted.then_some(place)
        }
        (Of::Deployments { workflow }, Record::Deployment(deployment)) => {
            (deployment.workflow() == *workflow).then_some(place)
        }
        (Of::Attention, Record::Deployment(deployment)) => {
            needs_attention(deployment).then_some(place)
        }
        (Of::Deployed { from, to }, Record::Deployment(deployment)) => {
            let day = deployment.deploy_at().date_naive();
            let wanted = *from <= day && day <= *to;
            let day = Some(day);
            wanted.then_some(Place { day, ..place })
        }
        (Of::Bearing { marker }, Record::Deployment(deployment)) => {
            (deployment.marker() == marker).then_some(place)
        }
        _ => None,
    }
}

fn belongs_to(workflow: &Workflow, whose: &Whose) -> bool {
    match whose {
        Whose::Everybody => true,
        Whose::Client(client) => workflow.client() == *client,
        Whose::Proposal(proposal) => workflow.origin().proposal() == Some(proposal),
    }
}

fn is_in(workflow: &Workflow, activity: Option<Activity>) -> bool {
    match activity {
        None => true,
        Some(Activity::Active) => workflow.status().is_active(),
        Some(Activity::Inactive) => !workflow.status().is_active(),
    }
}

fn needs_attention(deployment: &Deployment) -> bool {
    match deployment.phase() {
        Phase::Failed | Phase::Held(_) | Phase::Uncertain | Phase::Duplicated => true,
        Phase::Running | Phase::Deployed | Phase::GivenUp { .. } => false,
    }
}
