//! What the simulated XPM holds, and the changes that make it so.
//!
//! Every change is plain data. The journal keeps changes, and reading it back applies them again,
//! so that the world after a restart is the world before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Category, Client, Duplicate, Job, Records, Staff, Template};
use crate::papers::{Invoice, Papers, Quote};
use crate::tokens::{Issued, Tokens};

/// One change of the world.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    /// A client is new or different.
    Client(Client),
    /// A staff member is new or different.
    Staff(Staff),
    /// A template is new or different.
    Template(Template),
    /// A category is new or different.
    Category(Category),
    /// A job is new or different.
    Job(Job),
    /// The job with this number is gone.
    JobRemoved(String),
    /// What is filed with a job is new or different.
    Papers(Papers),
    /// An invoice is new or different.
    Invoice(Invoice),
    /// A quote is new or different.
    Quote(Quote),
    /// The practice is connected to the app.
    Connected(Connection),
    /// The connection with this id has ended.
    Disconnected(Uuid),
    /// Tokens were handed out.
    TokensIssued(Issued),
    /// The tokens of this consent are void, and its connection has ended.
    Revoked(Uuid),
    /// Every access token handed out so far ends at this instant.
    AccessEnded(DateTime<Utc>),
    /// Every refresh token handed out so far is void.
    RefreshEnded,
    /// A consent covers this tenant too.
    AlsoCovered(OtherTenant),
    /// The clock was moved on by so many milliseconds.
    ClockForwarded(i64),
    /// Everything is as it was at first.
    Cleared,
}

/// A tenant that the app may reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: Uuid,
    pub(crate) auth_event: Uuid,
    pub(crate) created: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
}

/// A tenant beside the practice that a consent covers. It holds nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OtherTenant {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) name: Option<String>,
}

/// Records in order of addition, found by UUID.
#[derive(Debug, Clone)]
struct Shelf<T> {
    rows: Vec<T>,
    places: HashMap<Uuid, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T> Shelf<T> {
    fn put(&mut self, uuid: Uuid, row: T) {
        if let Some(&place) = self.places.get(&uuid) {
            self.rows[place] = row;
        } else {
            self.places.insert(uuid, self.rows.len());
            self.rows.push(row);
        }
    }

    fn get(&self, uuid: Uuid) -> Option<&T> {
        self.places.get(&uuid).map(|&place| &self.rows[place])
    }
}

/// The state of the simulated practice and of its consents.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    clients: Shelf<Client>,
    staff: Shelf<Staff>,
    templates: Shelf<Template>,
    categories: Shelf<Category>,
    jobs: BTreeMap<u64, Job>,
    job_by_number: HashMap<String, u64>,
    jobs_by_client: HashMap<Uuid, BTreeSet<u64>>,
    papers: BTreeMap<Uuid, Papers>,
    invoices: Shelf<Invoice>,
    quotes: Shelf<Quote>,
    /// The highest internal id ever given; a removed job's is not given again.
    last_internal_id: u64,
    pub(crate) connection: Option<Connection>,
    pub(crate) others: Vec<OtherTenant>,
    pub(crate) tokens: Tokens,
    pub(crate) forwarded: TimeDelta,
}

impl World {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Client(client) => self.clients.put(client.uuid, client),
            Change::Staff(staff) => self.staff.put(staff.uuid, staff),
            Change::Template(template) => self.templates.put(template.uuid, template),
            Change::Category(category) => self.categories.put(category.uuid, category),
            Change::Job(job) => self.put_job(job),
            Change::JobRemoved(number) => self.remove_job(&number),
            Change::Papers(papers) => {
                self.papers.insert(papers.job, papers);
            }
            Change::Invoice(invoice) => self.invoices.put(invoice.uuid, invoice),
            Change::Quote(quote) => self.quotes.put(quote.uuid, quote),
            Change::AccessEnded(at) => self.tokens.end_access(at),
            Change::RefreshEnded => self.tokens.end_refresh(),
            Change::Connected(connection) => self.connection = Some(connection),
            Change::Disconnected(id) => {
                self.connection.take_if(|connection| connection.id == id);
            }
            Change::TokensIssued(issued) => self.tokens.issue(issued),
            Change::Revoked(auth_event) => {
                self.tokens.revoke(auth_event);
                self.connection
                    .take_if(|connection| connection.auth_event == auth_event);
            }
            Change::AlsoCovered(other) => self.others.push(other),
            Change::ClockForwarded(ms) => self.forwarded += TimeDelta::milliseconds(ms),
            Change::Cleared => *self = Self::default(),
        }
    }

    fn put_job(&mut self, job: Job) {
        let id = job.internal_id;
        // A number is one job's: whoever loads another one under it replaces the first.
        if self
            .job_by_number
            .get(&job.number)
            .is_some_and(|&other| other != id)
        {
            self.remove_job(&job.number);
        }
        if let Some(before) = self.jobs.get(&id) {
            let (number, client) = (before.number.clone(), before.client);
            self.unlink(id, &number, client);
        }
        self.last_internal_id = self.last_internal_id.max(id);
        self.job_by_number.insert(job.number.clone(), id);
        self.jobs_by_client
            .entry(job.client)
            .or_default()
            .insert(id);
        self.jobs.insert(id, job);
    }

    fn remove_job(&mut self, number: &str) {
        if let Some(&id) = self.job_by_number.get(number)
            && let Some(job) = self.jobs.remove(&id)
        {
            self.unlink(id, number, job.client);
            self.papers.remove(&job.uuid);
        }
    }

    fn unlink(&mut self, id: u64, number: &str, client: Uuid) {
        self.job_by_number.remove(number);
        if let Some(ids) = self.jobs_by_client.get_mut(&client) {
            ids.remove(&id);
        }
    }

    pub(crate) fn clients(&self) -> &[Client] {
        &self.clients.rows
    }

    pub(crate) fn staff(&self) -> &[Staff] {
        &self.staff.rows
    }

    pub(crate) fn templates(&self) -> &[Template] {
        &self.templates.rows
    }

    pub(crate) fn categories(&self) -> &[Category] {
        &self.categories.rows
    }

    pub(crate) fn client(&self, uuid: Uuid) -> Option<&Client> {
        self.clients.get(uuid)
    }

    pub(crate) fn staff_member(&self, uuid: Uuid) -> Option<&Staff> {
        self.staff.get(uuid)
    }

    pub(crate) fn template(&self, uuid: Uuid) -> Option<&Template> {
        self.templates.get(uuid)
    }

    pub(crate) fn category(&self, uuid: Uuid) -> Option<&Category> {
        self.categories.get(uuid)
    }

    /// All jobs in order of creation.
    pub(crate) fn jobs(&self) -> impl DoubleEndedIterator<Item = &Job> {
        self.jobs.values()
    }

    pub(crate) fn job_count(&self) -> usize {
        self.jobs.len()
    }

    pub(crate) fn job(&self, number: &str) -> Option<&Job> {
        self.job_by_number
            .get(number)
            .and_then(|id| self.jobs.get(id))
    }

    pub(crate) fn job_of_uuid(&self, uuid: Uuid) -> Option<&Job> {
        self.jobs.values().find(|job| job.uuid == uuid)
    }

    /// What is filed with a job.
    pub(crate) fn papers(&self, job: Uuid) -> Papers {
        let found = self.papers.get(&job).cloned();
        found.unwrap_or_else(|| Papers::of(job))
    }

    pub(crate) fn all_papers(&self) -> impl Iterator<Item = &Papers> {
        self.papers.values()
    }

    pub(crate) fn invoices(&self) -> &[Invoice] {
        &self.invoices.rows
    }

    pub(crate) fn quotes(&self) -> &[Quote] {
        &self.quotes.rows
    }

    /// A client's jobs in order of creation.
    pub(crate) fn jobs_of(&self, client: Uuid) -> impl Iterator<Item = &Job> {
        let ids = self.jobs_by_client.get(&client).into_iter().flatten();
        ids.filter_map(|id| self.jobs.get(id))
    }

    /// The next internal id, and the number that a job without a custom one gets.
    pub(crate) fn next_job(&self) -> (u64, String) {
        let id = self.last_internal_id + 1;
        // A custom number may sit where the sequence has arrived.
        let numbers = (id..).map(|n| format!("J{n:06}"));
        let free = numbers
            .into_iter()
            .find(|number| !self.job_by_number.contains_key(number));
        (id, free.unwrap_or_default())
    }

    /// Jobs of one client that end in the same line, those without a description left out.
    pub(crate) fn duplicates(&self) -> Vec<Duplicate> {
        let mut groups: BTreeMap<(Uuid, &str), Vec<String>> = BTreeMap::new();
        for job in self.jobs.values() {
            if let Some(line) = job.last_line() {
                groups
                    .entry((job.client, line))
                    .or_default()
                    .push(job.number.clone());
            }
        }
        let shared = groups.into_iter().filter(|(_, jobs)| jobs.len() > 1);
        shared
            .map(|((client, line), jobs)| Duplicate {
                client,
                last_line: line.to_owned(),
                jobs,
            })
            .collect()
    }

    pub(crate) fn records(&self) -> Records {
        Records {
            clients: self.clients.rows.clone(),
            staff: self.staff.rows.clone(),
            templates: self.templates.rows.clone(),
            categories: self.categories.rows.clone(),
            jobs: self.jobs.values().cloned().collect(),
            papers: self.papers.values().cloned().collect(),
            invoices: self.invoices.rows.clone(),
            quotes: self.quotes.rows.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::model::JobState;

    fn job(internal_id: u64, number: &str, client: u128) -> Change {
        Change::Job(Job {
            number: number.to_owned(),
            uuid: Uuid::from_u128(internal_id.into()),
            internal_id,
            name: String::new(),
            description: "text\nmarker \n\n".to_owned(),
            client: Uuid::from_u128(client),
            order_number: String::new(),
            state: JobState::Planned,
            start: NaiveDate::MIN,
            due: NaiveDate::MIN,
            budget: None,
            category: None,
            manager: None,
            partner: None,
            assigned: Vec::new(),
            tasks: Vec::new(),
            created: DateTime::UNIX_EPOCH,
        })
    }

    fn numbers<'a>(jobs: impl Iterator<Item = &'a Job>) -> Vec<&'a str> {
        jobs.map(|job| job.number.as_str()).collect()
    }

    #[test]
    fn a_job_put_again_leaves_no_trace_of_what_it_was() {
        let mut world = World::default();
        world.apply(job(1, "J1", 1));
        world.apply(job(1, "J2", 2));
        assert!(world.job("J1").is_none());
        assert_eq!(numbers(world.jobs_of(Uuid::from_u128(1))), [""; 0]);
        assert_eq!(numbers(world.jobs_of(Uuid::from_u128(2))), ["J2"]);
        world.apply(job(5, "J2", 1));
        assert_eq!(numbers(world.jobs()), ["J2"]);
        assert_eq!(world.job("J2").map(|job| job.internal_id), Some(5));
        assert_eq!(world.next_job(), (6, "J000006".to_owned()));
    }

    #[test]
    fn duplicates_are_of_one_client_and_one_last_line() {
        let mut world = World::default();
        for (id, client) in [(1, 1), (2, 2), (3, 1)] {
            world.apply(job(id, &format!("J{id}"), client));
        }
        let found = world.duplicates();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].last_line.as_str(), &found[0].jobs[..]),
            ("marker", &["J1".to_owned(), "J3".to_owned()][..])
        );
        world.apply(Change::JobRemoved("J3".to_owned()));
        assert!(world.duplicates().is_empty());
    }
}
