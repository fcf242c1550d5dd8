//! What the database of a practice says, read in this process when no server has it open.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use workflow::deployment::{Phase, StepState};
use workflow::ids::PracticeId;
use workflow::ports::store::{EntryQuery, Of, Query, Record, Store};
use workflow::scheduler::{Options, Scheduler};
use workflow::service::Workflows;
use workflow::sqlite::{MasterKey, SqliteStore};
use workflow::system;
use workflow::workflow::WorkflowEvent;
use workflow::xpm::Xpm;
use workflow_core::audit::Event;
use workflow_core::deployment::Deployment;

use super::round::SETTLE_MS;
use super::tally::Moment;

fn practice() -> PracticeId {
    "harbour".parse().unwrap()
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build();
    runtime.unwrap().block_on(future)
}

/// What a practice's database holds at the end.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// The marker, the phase and the reason of each deployment.
    pub(super) deployments: Vec<(String, Phase, String)>,
    /// Lines of the audit by what happened.
    pub(super) events: BTreeMap<&'static str, usize>,
}

/// What the process that had this database open was doing when it died.
pub(super) fn moment(database: &Path) -> Moment {
    wait(async {
        let store = SqliteStore::open(database).await.unwrap();
        let all = deployments(&store).await;
        let states = || {
            all.iter()
                .flat_map(|one| one.steps())
                .map(|step| &step.state)
        };
        if states().any(|state| matches!(state, StepState::Intended { .. })) {
            return Moment::OpenIntent;
        }
        if states().any(|state| matches!(state, StepState::Uncertain)) {
            return Moment::Uncertain;
        }
        let now = system::clock().now();
        match store.due(&practice(), now, 1).await.unwrap().is_empty() {
            true => Moment::Idle,
            false => Moment::Due,
        }
    })
}

async fn deployments(store: &SqliteStore) -> Vec<Deployment> {
    let mut query = Query::of(Of::Deployed {
        from: chrono::NaiveDate::default(),
        to: chrono::NaiveDate::MAX,
    });
    let mut all = Vec::new();
    loop {
        let page = store.find(&practice(), &query).await.unwrap();
        for found in page.records {
            match found.value {
                Record::Deployment(deployment) => all.push(*deployment),
                other => panic!("asked for deployments, found {other:?}"),
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            return all;
        }
    }
}

/// The most passes in which what is left is finished.
const PASSES: usize = 5;

/// Deploys until nothing is due or uncertain any more, and returns why a pass ended before, where
/// one did: a busy machine may not answer in a fraction of a second. What is left after the last
/// pass is found by whoever reads the books.
pub(super) fn finish(database: &Path, key: &str, xpm: &str) -> Vec<String> {
    wait(async {
        let store = SqliteStore::options()
            .key(MasterKey::from_base64(key).unwrap())
            .open(database)
            .await
            .unwrap();
        let settle = TimeDelta::milliseconds(SETTLE_MS.into());
        let request = settle.to_std().unwrap() / 8;
        let gateway = Xpm::builder()
            .credentials("sandbox-app", "sandbox-secret".into())
            .tokens(Arc::new(store.clone()))
            .clock(system::clock())
            .api(xpm)
            .identity(xpm)
            .time_out(request)
            .list_time_out(request * 2)
            .connect_time_out(request.mul_f64(0.4))
            .build()
            .unwrap();
        let workflows = Workflows::new(system::ports(Arc::new(store), Arc::new(gateway)));
        let scheduler = Scheduler::new(workflows).with(Options::simulated(settle));
        // A minute's calls may be spent: the next minute's are waited for.
        let patience = TimeDelta::seconds(90);
        let mut troubles = Vec::new();
        for _ in 0..PASSES {
            let report = scheduler.run_until_settled(patience).await.unwrap();
            let troubled = report.troubled.iter();
            let before = troubles.len();
            troubles.extend(troubled.map(|(practice, why)| format!("{practice}: {why}")));
            if report.is_settled() {
                break;
            }
            let stuck = report.stuck.iter();
            troubles.extend(stuck.map(|practice| format!("{practice} is stuck")));
            if troubles.len() == before && report.unfinished == 0 {
                break;
            }
        }
        troubles
    })
}

pub(super) fn read(database: &Path) -> Books {
    wait(async {
        let store = SqliteStore::open(database).await.unwrap();
        let mut books = Books::default();
        for one in deployments(&store).await {
            let marker = one.marker().to_string();
            let why = one.why().to_string();
            books.deployments.push((marker, one.phase().clone(), why));
        }
        let mut query = EntryQuery::default();
        loop {
            let page = store.entries(&practice(), &query).await.unwrap();
            let Some(last) = page.last() else { break };
            query.after = Some(last.seq);
            for entry in &page {
                if let Event::Workflow(event) = &entry.line.event {
                    *books.events.entry(name(event)).or_default() += 1;
                }
            }
        }
        books
    })
}

fn name(event: &WorkflowEvent) -> &'static str {
    match event {
        WorkflowEvent::Intended { .. } => "intents",
        WorkflowEvent::ReplyLost { .. } => "uncertain",
        WorkflowEvent::LookedUp { .. } => "looked up",
        WorkflowEvent::Refused { .. } => "refused",
        WorkflowEvent::Deployed { .. } => "deployed",
        _ => "other",
    }
}

impl Books {
    /// Everything that should not be, given how many occurrences there were and the last lines of
    /// the jobs that XPM has.
    pub(super) fn faults(&self, occurrences: usize, lines: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        if self.deployments.len() != occurrences {
            faults.push(format!(
                "{} of {occurrences} occurrences have a deployment",
                self.deployments.len()
            ));
        }
        let mut known = 0;
        for (marker, phase, why) in &self.deployments {
            let jobs = lines.iter().filter(|line| line.contains(marker)).count();
            known += jobs;
            let good = match phase {
                Phase::Deployed => jobs == 1,
                Phase::Failed | Phase::Held(_) => jobs <= 1,
                Phase::Running | Phase::Uncertain | Phase::Duplicated | Phase::GivenUp { .. } => {
                    false
                }
            };
            if !good {
                faults.push(format!("{marker} is {phase} ({why}) and has {jobs} jobs"));
            }
        }
        if known != lines.len() {
            faults.push(format!(
                "XPM has {} jobs, and {known} of them are known",
                lines.len()
            ));
        }
        faults
    }
}
