//! Tests of how SQLite carries the statements out: by an index, and in its order.

use rusqlite::Connection;

use crate::schema;
use crate::sql::{audit, find, get, owner, put, ready, unit, version};

fn connection() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrations().to_latest(&mut connection).unwrap();
    connection
}

fn plan(connection: &Connection, statement: &str) -> Vec<String> {
    let explain = format!("EXPLAIN QUERY PLAN {statement}");
    let mut explained = connection.prepare(&explain).unwrap();
    let details = explained.raw_query().mapped(|row| row.get(3));
    details.collect::<Result<_, _>>().unwrap()
}

/// The read, the index that it has to go by, and nothing sorted afterwards.
const BY_INDEX: &[(&str, &str)] = &[
    (find::CLIENTS, "clients_by_name"),
    (find::PEOPLE, "sqlite_autoindex_people_1"),
    (find::LISTINGS, "sqlite_autoindex_listings_1"),
    (find::PROPOSALS, "sqlite_autoindex_proposals_1"),
    (find::PROPOSALS_OF_CLIENT, "proposals_by_client"),
    (find::WORKFLOWS, "sqlite_autoindex_workflows_1"),
    (find::WORKFLOWS_BY_ACTIVITY, "workflows_by_activity"),
    (find::WORKFLOWS_OF_CLIENT, "workflows_by_client"),
    (find::WORKFLOWS_OF_PROPOSAL, "workflows_by_proposal"),
    (find::DEPLOYMENTS, "sqlite_autoindex_deployments_1"),
    (find::ATTENTION, "deployments_attention"),
    (find::DEPLOYED, "deployments_by_day"),
    (find::BEARING, "deployments_by_marker"),
    (unit::JOB, "deployments_by_job"),
    (ready::WAKES, "wakes_by_instant"),
    (ready::PRACTICES, "sqlite_autoindex_practices_1"),
    (audit::OLDEST_FIRST, "sqlite_autoindex_entries_1"),
    (audit::NEWEST_FIRST, "sqlite_autoindex_entries_1"),
    (audit::OLDEST_FIRST_ABOUT, "entries_by_subject"),
    (audit::NEWEST_FIRST_ABOUT, "entries_by_subject"),
    (audit::BETWEEN, "sqlite_autoindex_entries_1"),
];

#[test]
fn pages_are_read_in_the_order_of_an_index() {
    let connection = connection();
    for (statement, index) in BY_INDEX {
        let plan = plan(&connection, statement);
        assert_eq!(plan.len(), 1, "{statement}: {plan:?}");
        assert!(plan[0].contains(index), "{statement}: {plan:?}");
        // Only the wakes, which are read from their beginning, are not searched.
        let scanned = plan[0].starts_with("SCAN");
        assert_eq!(scanned, *statement == ready::WAKES, "{statement}: {plan:?}");
    }
}

#[test]
fn what_is_due_is_read_up_to_the_limit_from_each_index() {
    let plan = plan(&connection(), ready::DUE);
    let searched: Vec<_> = plan
        .iter()
        .filter(|detail| detail.contains("_ready"))
        .collect();
    assert_eq!(searched.len(), 3, "{plan:?}");
    assert!(
        searched.iter().all(|detail| detail.starts_with("SEARCH")),
        "{plan:?}"
    );
    // The three parts, each cut at the limit, are put in order together and nothing else is.
    let sorted = plan.iter().filter(|detail| detail.contains("TEMP B-TREE"));
    assert_eq!(sorted.count(), 1, "{plan:?}");
    let tables = ["SCAN workflows", "SCAN deployments"];
    let scans = |detail: &String| tables.iter().any(|table| detail.starts_with(table));
    assert!(!plan.iter().any(scans), "{plan:?}");
}

#[test]
fn the_earliest_wake_is_the_first_of_each_index() {
    let plan = plan(&connection(), unit::EARLIEST);
    let searched = plan
        .iter()
        .filter(|detail| detail.starts_with("SEARCH") && detail.contains("_ready"));
    assert_eq!(searched.count(), 3, "{plan:?}");
    assert!(
        !plan.iter().any(|detail| detail.contains("TEMP")),
        "{plan:?}"
    );
}

#[test]
fn every_statement_is_named_and_sound() {
    let connection = connection();
    let statements = [
        unit::KEY,
        unit::REMEMBER,
        unit::HEAD,
        unit::START,
        unit::ADVANCE,
        unit::ADD_ENTRY,
        unit::REFERENCE,
        unit::VACATE,
        unit::BUDGET,
        unit::PUT_BUDGET,
        unit::EARLIEST,
        unit::PUT_WAKE,
        unit::FORGET_WAKE,
        version::PRACTICE,
        version::CLIENT,
        version::PERSON,
        version::LISTING,
        version::PROPOSAL,
        version::LEVEL,
        version::WORKFLOW,
        version::DEPLOYMENT,
        version::SWEEP,
        version::DIRECTORY,
        put::PRACTICE,
        put::CLIENT,
        put::PERSON,
        put::LISTING,
        put::PROPOSAL,
        put::LEVEL,
        put::WORKFLOW,
        put::DEPLOYMENT,
        put::SWEEP,
        put::DIRECTORY,
        get::PRACTICE,
        get::CLIENT,
        get::PERSON,
        get::LISTING,
        get::PROPOSAL,
        get::LEVEL,
        get::WORKFLOW,
        get::DEPLOYMENT,
        get::SWEEP,
        get::DIRECTORY,
        owner::RAISE,
        owner::EPOCH,
        owner::LEASE,
        owner::PUT_LEASE,
        owner::RELEASE,
        owner::CONNECTION,
        owner::PUT_CONNECTION,
        owner::FORGET_CONNECTION,
        owner::CONNECTIONS,
        owner::RESEAL,
        ready::DUE,
    ];
    let mut names = std::collections::BTreeSet::new();
    for statement in statements
        .iter()
        .chain(BY_INDEX.iter().map(|(statement, _)| statement))
    {
        connection.prepare(statement).unwrap();
        let name = statement
            .strip_prefix("/* ")
            .and_then(|rest| rest.split_once(" */"))
            .map(|(name, _)| name);
        let name = name.unwrap_or_else(|| panic!("no name: {statement}"));
        assert!(names.insert(name), "{name} names two statements");
    }
}
