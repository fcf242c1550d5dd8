//! A sample practice: names as they occur in New Zealand and Australia, oddities included.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::{self, Purpose};
use crate::model::{Category, Client, Records, Staff, Standing, Template, TemplateTask};

const STAFF: [(&str, &str); 8] = [
    ("Aroha Ngata", "aroha@example.nz"),
    ("Ben O'Leary", "ben@example.nz"),
    ("Charlotte Wu", "charlotte@example.nz"),
    ("Hēmi Paraone", "hemi@example.nz"),
    ("Sarah Jones", "sarah.jones@example.nz"),
    // Two people with one name: only the UUID and the e-mail address tell them apart.
    ("Sarah Jones", "sarah.jones2@example.nz"),
    ("Priya Raman", "priya@example.nz"),
    ("Tom Fletcher", "tom@example.nz"),
];

const CATEGORIES: [&str; 6] = [
    "Compliance",
    "Bookkeeping",
    "Payroll",
    "Advisory",
    "Tax",
    "Company Secretarial",
];

const TEMPLATES: [(&str, &[&str]); 12] = [
    (
        "Annual Accounts",
        &[
            "Request records",
            "Prepare workpapers",
            "Draft accounts",
            "Review",
        ],
    ),
    (
        "Income Tax Return",
        &["Prepare return", "Review", "Sign-off by client", "File"],
    ),
    (
        "GST Return",
        &["Reconcile bank", "Check GST codes", "File return"],
    ),
    ("BAS", &["Reconcile bank", "Check GST codes", "Lodge BAS"]),
    (
        "Bookkeeping Monthly",
        &["Code transactions", "Reconcile bank", "Chase queries"],
    ),
    (
        "Payroll",
        &[
            "Collect timesheets",
            "Process pay run",
            "File payday report",
        ],
    ),
    (
        "FBT Return",
        &["Collect vehicle logs", "Prepare return", "File"],
    ),
    (
        "Management Report",
        &["Close month", "Prepare report", "Review", "Meet client"],
    ),
    (
        "Quarterly Advisory",
        &["Prepare agenda", "Meet client", "Write up actions"],
    ),
    (
        "Annual Return",
        &["Check company details", "File annual return"],
    ),
    ("Provisional Tax", &["Estimate", "Review", "Advise client"]),
    (
        "Onboarding",
        &["Engagement letter", "Link to tax agency", "Set up ledger"],
    ),
];

/// The first clients carry what a program may stumble over.
const ODD_CLIENTS: [&str; 12] = [
    "Smith & Sons Builders Ltd",
    "O'Brien's Bakery",
    "Tāmaki Whānau Trust",
    "Kauri Coast Dairy Ltd",
    // Two clients with one name.
    "Kauri Coast Dairy Ltd",
    "\"The Shed\" Men's Group Inc.",
    "A<B Analytics Pty Ltd",
    "Ōtautahi Café & Roastery",
    "Wagga Wagga Motors Pty Ltd",
    "J. & M. Pātea Partnership",
    "100% Merino Limited",
    // Archived.
    "Sunset Travel (in liquidation)",
];
const ARCHIVED: usize = 11;

const PLACES: [&str; 20] = [
    "Kaikōura",
    "Waikato",
    "Taupō",
    "Rangitoto",
    "Wānaka",
    "Manawatū",
    "Coromandel",
    "Otago",
    "Gippsland",
    "Barossa",
    "Mudgee",
    "Dubbo",
    "Yarra",
    "Fremantle",
    "Bendigo",
    "Noosa",
    "Hunter",
    "Whangārei",
    "Nelson",
    "Tasman",
];

const TRADES: [&str; 20] = [
    "Plumbing",
    "Orchards",
    "Electrical",
    "Vineyards",
    "Builders",
    "Dental",
    "Transport",
    "Engineering",
    "Landscapes",
    "Surveyors",
    "Physiotherapy",
    "Hardware",
    "Joinery",
    "Farms",
    "Roofing",
    "Consulting",
    "Fisheries",
    "Motels",
    "Veterinary",
    "Holdings",
];

const FORMS: [&str; 6] = [
    "Ltd",
    "Limited",
    "Pty Ltd",
    "Family Trust",
    "Partnership",
    "Investments Ltd",
];

/// What a kind of record is numbered from, so that no two kinds share UUIDs.
#[derive(Debug, Clone, Copy)]
enum Shelf {
    Staff = 0,
    Category = 1_000,
    Template = 2_000,
    TaskType = 3_000,
    Client = 1_000_000,
}

/// The practice of a seed, with so many clients.
pub(crate) fn practice(seed: u64, clients: u32, now: DateTime<Utc>) -> Records {
    let uuid = |shelf: Shelf, n: usize| ids::uuid(seed, Purpose::Sample, shelf as u64 + n as u64);
    let staff = STAFF.iter().enumerate().map(|(n, (name, email))| Staff {
        uuid: uuid(Shelf::Staff, n),
        name: (*name).to_owned(),
        email: (*email).to_owned(),
        mobile: format!("021 555 {:04}", 100 + n),
    });
    let categories = CATEGORIES.iter().enumerate().map(|(n, name)| Category {
        uuid: uuid(Shelf::Category, n),
        name: (*name).to_owned(),
    });
    let mut types = TaskTypes::default();
    let templates = TEMPLATES
        .iter()
        .enumerate()
        .map(|(n, (name, tasks))| Template {
            uuid: uuid(Shelf::Template, n),
            name: (*name).to_owned(),
            tasks: tasks
                .iter()
                .map(|task| TemplateTask {
                    task_type: uuid(Shelf::TaskType, types.number(task)),
                    name: (*task).to_owned(),
                })
                .collect(),
        });
    let pick = |n: usize, choices: usize| -> usize {
        (ids::draw(seed, Purpose::Sample, n as u64) % choices as u64) as usize
    };
    let person = |n: usize| -> Option<Uuid> { Some(uuid(Shelf::Staff, pick(n, STAFF.len()))) };
    let clients = (0..clients as usize).map(|n| Client {
        uuid: uuid(Shelf::Client, n),
        name: client_name(n, pick),
        email: format!("office{n}@example.com"),
        standing: if n == ARCHIVED {
            Standing::Archived
        } else {
            Standing::Current
        },
        account_manager: person(3 * n),
        job_manager: person(3 * n + 1),
        modified: now,
    });
    Records {
        clients: clients.collect(),
        staff: staff.collect(),
        templates: templates.collect(),
        categories: categories.collect(),
        ..Records::default()
    }
}

fn client_name(n: usize, pick: impl Fn(usize, usize) -> usize) -> String {
    if let Some(odd) = ODD_CLIENTS.get(n) {
        return (*odd).to_owned();
    }
    let choice = |list: &[&'static str], salt: usize| list[pick(7 * n + salt, list.len())];
    let (place, trade, form) = (choice(&PLACES, 2), choice(&TRADES, 3), choice(&FORMS, 4));
    // The number keeps a name from being another's by chance.
    format!("{place} {trade} {n} {form}")
}

/// Tasks of one name in two templates are one task type.
#[derive(Debug, Default)]
struct TaskTypes(Vec<&'static str>);

impl TaskTypes {
    fn number(&mut self, name: &'static str) -> usize {
        if let Some(known) = self.0.iter().position(|other| *other == name) {
            return known;
        }
        self.0.push(name);
        self.0.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_repeats_its_practice_and_a_larger_one_begins_with_it() {
        let small = practice(3, 20, DateTime::UNIX_EPOCH);
        let large = practice(3, 200, DateTime::UNIX_EPOCH);
        assert_eq!(small.clients[..], large.clients[..20]);
        assert_eq!(small.templates, large.templates);
        assert_ne!(practice(4, 20, DateTime::UNIX_EPOCH).clients, small.clients);
    }

    #[test]
    fn uuids_are_distinct_and_two_names_are_not() {
        let records = practice(3, 500, DateTime::UNIX_EPOCH);
        let uuids: BTreeSet<_> = records.clients.iter().map(|client| client.uuid).collect();
        assert_eq!(uuids.len(), 500);
        let names: BTreeSet<_> = records.clients.iter().map(|client| &client.name).collect();
        assert_eq!(names.len(), 499);
        let staff: BTreeSet<_> = records.staff.iter().map(|staff| &staff.name).collect();
        assert_eq!((records.staff.len(), staff.len()), (8, 7));
        assert_eq!((records.templates.len(), records.categories.len()), (12, 6));
        let archived = records
            .clients
            .iter()
            .filter(|client| client.standing == Standing::Archived);
        assert_eq!(archived.count(), 1);
    }
}
