//! How the memory store finds records: it looks at all of them, and sorts what it keeps.

use chrono::Datelike;

use super::OfPractice;
use crate::deployment::{Deployment, Phase};
use crate::ports::store::{Activity, Cursor, Of, Page, Query, Record, Versioned, Whose};
use crate::workflow::{Occurrence, Workflow};

impl OfPractice {
    /// A page. The cursor is the sort key of the last record in it, so that a page goes on at the
    /// right place whatever was written meanwhile.
    pub(super) fn find(&self, query: &Query) -> Page {
        let limit = usize::try_from(query.limit.clamp(1, Query::MOST)).unwrap_or(1);
        let after = query.after.as_ref().map(|cursor| cursor.0.as_str());
        let mut found: Vec<(String, &Versioned<Record>)> = self
            .records
            .values()
            .filter_map(|kept| Some((sort_key(&query.of, &kept.value)?, kept)))
            .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after))
            .collect();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().map(|(key, _)| Cursor(key.clone()));
        Page {
            next: last.filter(|_| more),
            records: found.into_iter().map(|(_, kept)| kept.clone()).collect(),
        }
    }
}

/// Where a record stands in the answer to a query; `None` where it is not in it.
///
/// Parts are joined by NUL, which no part holds and which comes before every other character, so
/// that the keys compare as the parts one after the other.
fn sort_key(of: &Of, record: &Record) -> Option<String> {
    match (of, record) {
        (Of::Clients { named }, Record::Client(client)) => {
            let name = client.name.as_str().to_lowercase();
            let wanted = named
                .as_ref()
                .is_none_or(|text| name.contains(&text.to_lowercase()));
            wanted.then(|| format!("{name}\0{}", client.id))
        }
        (Of::People, Record::Person(person)) => Some(person.id.to_string()),
        (Of::Listings(part), Record::Listing(listing)) => {
            (listing.part == *part).then(|| listing.row.id.to_string())
        }
        (Of::Proposals { client }, Record::Proposal(proposal)) => {
            let wanted = client.is_none_or(|client| proposal.client == client);
            wanted.then(|| proposal.id.to_string())
        }
        (Of::Workflows { whose, activity }, Record::Workflow(workflow)) => {
            let wanted = belongs_to(workflow, whose) && is_in(workflow, *activity);
            wanted.then(|| workflow.id().to_string())
        }
        (Of::Deployments { workflow }, Record::Deployment(deployment)) => {
            (deployment.workflow() == *workflow).then(|| place(deployment))
        }
        (Of::Attention, Record::Deployment(deployment)) => {
            needs_attention(deployment.phase()).then(|| place(deployment))
        }
        (Of::Deployed { from, to }, Record::Deployment(deployment)) => {
            let day = deployment.deploy_at().date_naive();
            let wanted = *from <= day && day <= *to;
            wanted.then(|| format!("{}\0{}", number(day), place(deployment)))
        }
        (Of::Bearing { marker }, Record::Deployment(deployment)) => {
            (deployment.marker() == marker).then(|| place(deployment))
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

fn needs_attention(phase: &Phase) -> bool {
    match phase {
        Phase::Failed | Phase::Held(_) | Phase::Uncertain | Phase::Duplicated => true,
        Phase::Running | Phase::Deployed | Phase::GivenUp { .. } => false,
    }
}

/// By workflow, then by occurrence: the one occurrence of a one-time workflow before any date.
fn place(deployment: &Deployment) -> String {
    let occurrence = match deployment.occurrence() {
        Occurrence::Once => String::new(),
        Occurrence::On(date) => number(date),
    };
    format!("{}\0{occurrence}", deployment.workflow())
}

/// A date as digits that sort as dates do, before the common era as well.
fn number(date: chrono::NaiveDate) -> String {
    let days = i64::from(date.num_days_from_ce()) + 1_000_000_000;
    format!("{days:010}")
}
