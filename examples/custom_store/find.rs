//! How a document is read: pages of records, entries of the audit, and what is due.
//!
//! Everything is in memory, so each answer looks at all records of the practice. That is honest
//! for some thousands of them; a store for more keeps an index for each order below.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use workflow_core::audit::Entry;
use workflow_core::deployment::{Phase, Rank};
use workflow_core::ports::store::{
    Activity, Cursor, Due, EntryOrder, EntryQuery, Key, Of, Page, Query, Record, StoreError, Whose,
};
use workflow_core::workflow::Workflow;

use crate::documents::Document;

/// Where a record stands in the answer to a query: what the query sorts by, then the record's key.
///
/// The last one of a page is the page's cursor, so a page goes on at the right place whatever was
/// written meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Place {
    Plain(Key),
    Named(String, Key),
    Dated(NaiveDate, Key),
}

impl Document {
    /// A page of records, in the order that the query states.
    pub(crate) fn find(&self, query: &Query) -> Result<Page, StoreError> {
        let after = query.after.as_ref().map(read_cursor).transpose()?;
        let placed = self.records.iter();
        let placed =
            placed.filter_map(|(key, kept)| Some((place(&query.of, key, &kept.value)?, kept)));
        let mut found: Vec<_> = placed
            .filter(|(place, _)| after.as_ref().is_none_or(|after| place > after))
            .collect();
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        let limit = query.limit.clamp(1, Query::MOST) as usize;
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more);
        let next = last.map(|(place, _)| write_cursor(place)).transpose()?;
        let records = found.into_iter().map(|(_, kept)| kept.clone()).collect();
        Ok(Page { records, next })
    }

    /// Entries of the audit.
    pub(crate) fn entries(&self, query: &EntryQuery) -> Vec<Entry> {
        let limit = match query.limit {
            0 => Query::MOST,
            limit => limit.min(Query::MOST),
        };
        let wanted = |entry: &&Entry| {
            let subject = query.subject.as_ref();
            let beyond = query.after.is_none_or(|after| match query.order {
                EntryOrder::OldestFirst => entry.seq > after,
                EntryOrder::NewestFirst => entry.seq < after,
            });
            beyond && subject.is_none_or(|subject| *subject == entry.line.subject)
        };
        let found = self.entries.iter().filter(wanted);
        match query.order {
            EntryOrder::OldestFirst => found.take(limit as usize).cloned().collect(),
            EntryOrder::NewestFirst => found.rev().take(limit as usize).cloned().collect(),
        }
    }

    /// Everything that has an instant at which it falls due, past or to come.
    ///
    /// The core says when: [`Workflow::wake`] and
    /// [`Deployment::wake`](workflow_core::deployment::Deployment::wake).
    pub(crate) fn wakes(&self) -> impl Iterator<Item = Due> + '_ {
        self.records.values().filter_map(|kept| match &kept.value {
            Record::Workflow(workflow) => Some(Due {
                at: workflow.wake()?,
                rank: Rank::Scheduled,
                workflow: workflow.id(),
                deployment: None,
            }),
            Record::Deployment(deployment) if !deployment.phase().is_closed() => Some(Due {
                at: deployment.wake()?,
                rank: deployment.rank(),
                workflow: deployment.workflow(),
                deployment: Some(deployment.occurrence()),
            }),
            _ => None,
        })
    }
}

/// Where a record stands in the answer to a query; `None` where it is not in it.
fn place(of: &Of, key: &Key, record: &Record) -> Option<Place> {
    let by_key = || Place::Plain(key.clone());
    match (of, record) {
        (Of::Clients { named }, Record::Client(client)) => {
            let name = client.name.as_str().to_lowercase();
            let part = named.as_ref().map(|part| part.to_lowercase());
            let wanted = part.is_none_or(|part| name.contains(&part));
            wanted.then(|| Place::Named(name, key.clone()))
        }
        (Of::People, Record::Person(_)) | (Of::Accesses, Record::Access(_)) => Some(by_key()),
        (Of::Listings(part), Record::Listing(row)) => (row.part == *part).then(by_key),
        (Of::Proposals { client }, Record::Proposal(proposal)) => {
            let wanted = client.is_none_or(|client| proposal.client == client);
            wanted.then(by_key)
        }
        (Of::Workflows { whose, activity }, Record::Workflow(workflow)) => {
            (is_of(workflow, whose) && is_in(workflow, *activity)).then(by_key)
        }
        (Of::Deployments { workflow }, Record::Deployment(deployment)) => {
            (deployment.workflow() == *workflow).then(by_key)
        }
        (Of::Attention, Record::Deployment(deployment)) => match deployment.phase() {
            Phase::Failed | Phase::Held(_) | Phase::Uncertain | Phase::Duplicated => Some(by_key()),
            Phase::Running | Phase::Deployed | Phase::GivenUp { .. } => None,
        },
        (Of::Deployed { from, to }, Record::Deployment(deployment)) => {
            let day = deployment.deploy_at().date_naive();
            let wanted = (*from..=*to).contains(&day);
            wanted.then(|| Place::Dated(day, key.clone()))
        }
        (Of::Bearing { marker }, Record::Deployment(deployment)) => {
            (deployment.marker() == marker).then(by_key)
        }
        _ => None,
    }
}

fn is_of(workflow: &Workflow, whose: &Whose) -> bool {
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

fn read_cursor(cursor: &Cursor) -> Result<Place, StoreError> {
    serde_json::from_str(&cursor.0).map_err(bad_cursor)
}

fn write_cursor(place: &Place) -> Result<Cursor, StoreError> {
    serde_json::to_string(place).map(Cursor).map_err(bad_cursor)
}

#[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
fn bad_cursor(error: serde_json::Error) -> StoreError {
    StoreError::Damaged {
        what: "the cursor of a page".to_owned(),
        reason: error.to_string(),
    }
}
