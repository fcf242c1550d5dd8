//! The sample practice: an accounting firm in Melbourne, the same for the same day.
//!
//! It has a workflow of every kind of schedule and billing level: some due on the day, some that
//! fail with a reason that a person can act on, some paused, skipped, moved or archived. What XPM
//! has of it is in [`Sample::xpm`], so that the simulated XPM knows the same UUIDs.

mod due;
mod generated;
mod make;
mod names;
mod ordinary;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use uuid::Uuid;
use workflow_core::billing::BillingLevel;

use self::make::{Sold, proposal};
use self::names::{CATEGORIES, CLIENTS, PEOPLE, RETIRED, TEMPLATES};
use crate::practice_file::wire;

/// The sample practice's key.
pub(crate) const PRACTICE: &str = "harbour";

/// The sample practice's name.
pub(crate) const PRACTICE_NAME: &str = "Harbour Accounting";

/// The time zone in which the sample practice's days begin and end.
pub(crate) const TIME_ZONE: &str = "Australia/Melbourne";

/// The sample practice.
#[derive(Debug)]
pub(crate) struct Sample {
    /// As a practice file.
    pub(crate) file: wire::File,
    /// What a person does once it is imported: it cannot be said in a file.
    pub(crate) afterwards: Vec<Afterwards>,
}

/// What a person does with an imported workflow.
#[derive(Debug)]
pub(crate) struct Afterwards {
    /// The workflow's key in the file.
    pub(crate) key: &'static str,
    /// What is done with it.
    pub(crate) what: What,
}

/// What is done with a workflow.
#[derive(Debug)]
pub(crate) enum What {
    /// It is paused until a day.
    Pause(NaiveDate, &'static str),
    /// It is archived.
    Archive,
    /// One occurrence is skipped.
    Skip(NaiveDate, &'static str),
    /// One occurrence is moved.
    Move(NaiveDate, NaiveDate),
}

/// What kind of record a UUID is for, so that no two kinds share one.
#[derive(Clone, Copy, Debug)]
enum Shelf {
    Staff = 1,
    Template = 2,
    Category = 3,
    Client = 4,
    TaskType = 5,
}

fn uuid(shelf: Shelf, n: usize) -> Uuid {
    let base = 0x5a4d_0000_0000_4000_8000_0000_0000_0000_u128;
    Uuid::from_u128(base | (shelf as u128) << 40 | n as u128)
}

fn template(n: usize) -> String {
    uuid(Shelf::Template, n).to_string()
}

fn after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(date)
}

fn before(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days)).unwrap_or(date)
}

/// The last day of the quarter of the calendar year that holds `date`.
fn quarter_end(date: NaiveDate) -> NaiveDate {
    let first = date.with_day(1).unwrap_or(date);
    let next = first.checked_add_months(Months::new(3 - date.month0() % 3));
    next.map_or(date, |next| before(next, 1))
}

impl Sample {
    /// The sample practice as it is on `today`, a civil date in its time zone.
    pub(crate) fn on(today: NaiveDate) -> Self {
        let (ordinary, afterwards) = ordinary::workflows(today);
        let mut workflows = due::workflows(today);
        workflows.extend(ordinary);
        Self {
            file: wire::File {
                version: wire::VERSION,
                practice: practice(),
                people: people(),
                directory: directory(),
                clients: CLIENTS
                    .iter()
                    .enumerate()
                    .map(|(n, (name, year_end))| client(n, name, *year_end))
                    .collect(),
                proposals: proposals(today),
                workflows,
            },
            afterwards,
        }
    }

    /// A practice of that size, the same for the same day: the sample practice's people and
    /// directory, and so many clients and workflows, none of them due before `today`.
    pub(crate) fn of_size(today: NaiveDate, clients: usize, workflows: usize) -> Self {
        let clients = generated::clients(clients);
        let workflows = generated::workflows(today, clients.len(), workflows);
        Self {
            file: wire::File {
                version: wire::VERSION,
                practice: practice(),
                people: people(),
                directory: directory(),
                clients,
                proposals: Vec::new(),
                workflows,
            },
            afterwards: Vec::new(),
        }
    }

    /// What XPM has of the practice: its staff, job templates, categories and clients. One job
    /// template that the practice file lists is gone from XPM.
    pub(crate) fn xpm(&self) -> xpm_sandbox::Records {
        let task_type = |template: usize, task: usize| uuid(Shelf::TaskType, template * 100 + task);
        xpm_sandbox::Records {
            clients: self.file.clients.iter().filter_map(xpm_client).collect(),
            staff: PEOPLE
                .iter()
                .enumerate()
                .take(PEOPLE.len() - 1)
                .map(|(n, (key, name))| xpm_sandbox::Staff {
                    uuid: uuid(Shelf::Staff, n),
                    name: (*name).to_owned(),
                    email: email(key),
                    mobile: String::new(),
                })
                .collect(),
            templates: TEMPLATES
                .iter()
                .enumerate()
                .filter(|(n, _)| *n != RETIRED)
                .map(|(n, (name, tasks))| xpm_sandbox::Template {
                    uuid: uuid(Shelf::Template, n),
                    name: (*name).to_owned(),
                    tasks: tasks
                        .iter()
                        .enumerate()
                        .map(|(task, name)| xpm_sandbox::TemplateTask {
                            task_type: task_type(n, task),
                            name: (*name).to_owned(),
                        })
                        .collect(),
                })
                .collect(),
            categories: CATEGORIES
                .iter()
                .enumerate()
                .map(|(n, name)| xpm_sandbox::Category {
                    uuid: uuid(Shelf::Category, n),
                    name: (*name).to_owned(),
                })
                .collect(),
            ..xpm_sandbox::Records::default()
        }
    }
}

fn xpm_client(client: &wire::Client) -> Option<xpm_sandbox::Client> {
    Some(xpm_sandbox::Client {
        uuid: Uuid::parse_str(&client.uuid).ok()?,
        name: client.name.clone(),
        email: String::new(),
        standing: xpm_sandbox::Standing::Current,
        account_manager: None,
        job_manager: None,
        modified: chrono::DateTime::UNIX_EPOCH,
    })
}

fn practice() -> wire::Practice {
    wire::Practice {
        id: PRACTICE.to_owned(),
        name: PRACTICE_NAME.to_owned(),
        time_zone: TIME_ZONE.to_owned(),
        deploy_time: Some("06:00".to_owned()),
        daily_calls: workflow_core::practice::DailyCalls::Higher,
        job_numbering: wire::JobNumbering::Xpm,
        calendar: wire::Calendar {
            name: None,
            version: 1,
            weekend: None,
            holidays: wire::Holidays::Region("AU-VIC".to_owned()),
        },
    }
}

fn email(key: &str) -> String {
    format!("{key}@harbour.example")
}

fn people() -> Vec<wire::Person> {
    let last = PEOPLE.len() - 1;
    let person = |(n, (key, name)): (usize, &(&str, &str))| wire::Person {
        id: (*key).to_owned(),
        name: (*name).to_owned(),
        email: Some(email(key)),
        staff: (n != last).then(|| uuid(Shelf::Staff, n).to_string()),
    };
    PEOPLE.iter().enumerate().map(person).collect()
}

fn directory() -> wire::Directory {
    let row = |shelf, n, name: &str, email| wire::Listing {
        uuid: uuid(shelf, n).to_string(),
        name: name.to_owned(),
        email,
    };
    let staff = PEOPLE.iter().enumerate().take(PEOPLE.len() - 1);
    let templates = TEMPLATES.iter().enumerate();
    let categories = CATEGORIES.iter().enumerate();
    wire::Directory {
        staff: staff
            .map(|(n, (key, name))| row(Shelf::Staff, n, name, Some(email(key))))
            .collect(),
        templates: templates
            .map(|(n, (name, _))| row(Shelf::Template, n, name, None))
            .collect(),
        categories: categories
            .map(|(n, name)| row(Shelf::Category, n, name, None))
            .collect(),
    }
}

fn client(n: usize, name: &str, year_end: u8) -> wire::Client {
    wire::Client {
        uuid: uuid(Shelf::Client, n).to_string(),
        name: name.to_owned(),
        financial_year_end: year_end,
    }
}

/// Proposals in each state. Their numbers are their places in the keys of workflows.
fn proposals(today: NaiveDate) -> Vec<wire::Proposal> {
    use wire::State::{Accepted, Archived, Declined, Draft, Sent};
    let yesterday = before(today, 1);
    vec![
        proposal(
            "P-1001",
            0,
            "Full service",
            Accepted,
            BillingLevel::Proposal,
        )
        .accepted(yesterday)
        .sells(&[Sold::Bas, Sold::Bookkeeping, Sold::Accounts]),
        proposal("P-1002", 1, "Compliance", Accepted, BillingLevel::Client)
            .accepted(before(today, 90))
            .sells(&[Sold::Bas, Sold::Accounts]),
        proposal(
            "P-1003",
            3,
            "Compliance and advice",
            Accepted,
            BillingLevel::Proposal,
        )
        .accepted(before(today, 2))
        .sells(&[Sold::Advisory, Sold::Accounts]),
        proposal("P-1004", 5, "Trust returns", Sent, BillingLevel::Client).sells(&[Sold::Accounts]),
        proposal("P-1005", 8, "Payroll", Draft, BillingLevel::Client).sells(&[Sold::Bookkeeping]),
        proposal("P-1006", 12, "Motel group", Declined, BillingLevel::Client)
            .sells(&[Sold::Accounts]),
        proposal(
            "P-1007",
            13,
            "Clean-up of the ledger",
            Archived,
            BillingLevel::Client,
        )
        .sells(&[Sold::Bookkeeping]),
        proposal(
            "P-1008",
            20,
            "Growth package",
            Accepted,
            BillingLevel::Proposal,
        )
        .accepted(before(today, 30))
        .starts(after(today, 14))
        .sells(&[Sold::Bas, Sold::Advisory]),
        proposal(
            "P-1009",
            24,
            "Payroll and BAS",
            Sent,
            BillingLevel::Proposal,
        )
        .sells(&[Sold::Bas, Sold::Bookkeeping]),
    ]
}

#[cfg(test)]
mod tests;
