//! A practice of 3,000 clients and 12,000 workflows: its import into SQLite, its plans, and the
//! preflight.
//!
//! `cargo bench -p workflow-tests --bench practice`

use std::hint::black_box;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;
use workflow::plan::{Action, Filter, Which};
use workflow::prelude::*;
use workflow::service::{AcceptedBefore, ImportedWorkflow, Importing};
use workflow::system;
use workflow_core::testing::MemoryGateway;

const CLIENTS: u32 = 3_000;
const WORKFLOWS_EACH: u32 = 4;

fn practice_id() -> PracticeId {
    "harbour".parse().unwrap()
}

fn start() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 7, 1).unwrap()
}

fn client_id(number: u32) -> ClientId {
    ClientId::new(Uuid::from_u128(u128::from(number) + 1))
}

/// Weekly, monthly, quarterly and yearly work for each client.
fn workflow(client: u32, number: u32) -> ImportedWorkflow {
    let from = start() + Days::new(u64::from(client % 28));
    let rule = match number {
        0 => Recurrence::weekly(),
        1 => Recurrence::monthly().last_business_day(),
        2 => Recurrence::quarterly().on_day(28),
        _ => Recurrence::yearly(),
    };
    let workflow = NewWorkflow::named("Work {period}")
        .client(client_id(client))
        .deploys_from(from)
        .recurring(rule.from(from));
    ImportedWorkflow {
        key: format!("{client}-{number}").parse().unwrap(),
        workflow,
        accepted_before: AcceptedBefore::DeploysNothing,
    }
}

fn importing() -> Importing {
    let calendar = WorkingCalendar::new("weekends", 1).unwrap();
    let zone = "Pacific/Auckland".parse().unwrap();
    let clients = (0..CLIENTS).map(|number| {
        let name = format!("Client {number}").parse().unwrap();
        Client::new(client_id(number), name, FinancialYearEnd::MARCH)
    });
    let each = |client| (0..WORKFLOWS_EACH).map(move |number| workflow(client, number));
    Importing {
        practice: Practice::new(practice_id(), "Harbour".parse().unwrap(), zone, calendar),
        people: Vec::new(),
        listings: Vec::new(),
        clients: clients.collect(),
        proposals: Vec::new(),
        workflows: (0..CLIENTS).flat_map(each).collect(),
    }
}

async fn open() -> (TempDir, PracticeHandle) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("practice.db"))
        .await
        .unwrap();
    let gateway = Arc::new(MemoryGateway::new());
    let workflows = Workflows::new(system::ports(Arc::new(store), gateway));
    (folder, workflows.practice(practice_id()))
}

async fn import(practice: &PracticeHandle, importing: Importing) {
    let import = practice.import(Actor::host("import"), importing, |_, _| {});
    let report = import.await.unwrap().value;
    assert!(
        report.added >= (CLIENTS * WORKFLOWS_EACH) as usize,
        "{report:?}"
    );
}

fn practice(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("practice of 3,000 clients and 12,000 workflows");
    group.sample_size(10);
    group.bench_function("import", |bencher| {
        bencher.iter_batched(
            || (runtime.block_on(open()), importing()),
            |((folder, practice), importing)| {
                runtime.block_on(import(&practice, importing));
                (folder, practice)
            },
            BatchSize::PerIteration,
        );
    });
    let (folder, practice) = runtime.block_on(open());
    runtime.block_on(import(&practice, importing()));
    group.bench_function("import again", |bencher| {
        bencher.iter_batched(
            importing,
            |importing| {
                let import = practice.import(Actor::host("import"), importing, |_, _| {});
                let report = runtime.block_on(import).unwrap().value;
                assert_eq!((report.added, report.changed), (0, 0), "{report:?}");
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("plan of a year", |bencher| {
        bencher.iter(|| {
            let plan = runtime
                .block_on(practice.plan_until(start() + Days::new(365)))
                .unwrap();
            assert!(plan.jobs.len() > 100_000, "{}", plan.jobs.len());
            black_box(plan)
        });
    });
    let until = |days| Action::Deploy(Which::Until(start() + Days::new(days)));
    group.bench_function("plan of two months with conflicts and digest", |bencher| {
        bencher.iter(|| {
            let everything = Filter::default();
            let plan = practice.plan(until(62), &everything);
            let plan = runtime.block_on(plan).unwrap();
            assert!(plan.rows().len() > 20_000, "{}", plan.rows().len());
            black_box(plan)
        });
    });
    group.bench_function("plan of one client", |bencher| {
        let filter = Filter {
            clients: [client_id(7)].into(),
            ..Filter::default()
        };
        bencher.iter(|| {
            let plan = practice.plan(until(62), &filter);
            let plan = runtime.block_on(plan).unwrap();
            assert!(plan.rows().len() > 5, "{}", plan.rows().len());
            black_box(plan)
        });
    });
    group.bench_function("preflight of sixty days", |bencher| {
        bencher.iter(|| {
            let preflight = runtime.block_on(practice.preflight(60)).unwrap();
            assert!(preflight.jobs > 20_000, "{}", preflight.jobs);
            black_box(preflight)
        });
    });
    drop(folder);
}

criterion_group!(benches, practice);
criterion_main!(benches);
