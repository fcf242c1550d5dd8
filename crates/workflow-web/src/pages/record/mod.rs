//! The practice's audit: filtered, paged, exported, and with its chain checked.

pub(crate) mod export;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::sync::atomic::{AtomicBool, Ordering};

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::audit::{Chain, Entry, Subject};
use workflow_core::deployment::Deployment;
use workflow_core::ids::WorkflowId;
use workflow_core::ports::store::Versioned;
use workflow_core::service::AuditFilter;
use workflow_core::verify::verify;

use crate::App;
use crate::error::{Trouble, core_sentence};
use crate::forms::audit::{kinds, query, read};
use crate::forms::{Choice, Input, Problems};
use crate::security::Visit;
use crate::views::audit::{EntryView, Telling};
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::shell::{called, workflow_url};
use crate::views::words::{day, instant};

/// Entries on one page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    frame: Frame,
    zone: String,
    input: Input,
    kinds: Vec<Choice>,
    problems: Problems,
    /// The workflow that the page is about.
    workflow: Option<(String, String)>,
    /// The same page about all workflows.
    all: String,
    /// The clients that may be meant, each with its page.
    offered: Vec<(String, String)>,
    entries: Vec<Line>,
    is_first: bool,
    is_filtered: bool,
    older: Option<String>,
    newest: String,
    /// The filter, for the exports.
    query: String,
    /// Said where the search ended before the beginning of the audit.
    looked_until: String,
    /// Whether what is shown follows one another in the chain.
    chain: Option<Held>,
}

/// Whether entries hold together.
struct Held {
    holds: bool,
    sentence: String,
}

/// An entry, with what it is about.
struct Line {
    entry: EntryView,
    about: String,
    url: Option<String>,
}

pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let mut problems = Problems::default();
    let asked = read(&input, &desk.handle, &mut problems).await?;
    let before = input.get("before").parse().ok();
    let base = format!("{}/audit", visit.base);
    let found = match problems.is_empty() {
        true => desk.handle.audit_page(&asked.filter, before, PAGE).await?,
        false => workflow_core::service::AuditPage::default(),
    };
    let is_filtered = asked.filter != AuditFilter::default();
    let chain = match is_filtered || found.entries.is_empty() {
        true => None,
        false => Some(held(&desk, &found.entries).await?),
    };
    let looked_until = match found.next {
        Some(next) if found.entries.len() < PAGE as usize => next.to_string(),
        _ => String::new(),
    };
    let newest = format!("{base}?{}", query(&input, None));
    let mut names = Names::new(&visit, &desk).await?;
    let mut entries = Vec::new();
    for entry in &found.entries {
        entries.push(names.line(entry).await?);
    }
    let workflow = match asked.filter.workflow {
        Some(id) => names.workflow(id).await?.map(|(name, url, _)| (name, url)),
        None => None,
    };
    let offered = asked.offered.iter().map(|client| {
        let id = client.id.to_string();
        let query = query(&input, Some(("client", &id)));
        (client.name.to_string(), format!("{base}?{query}"))
    });
    let status = match problems.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let template = RecordPage {
        frame: Frame::of(&app, &visit, &desk, Part::Audit, "Audit").await?,
        zone: desk.zone.to_string(),
        kinds: kinds(&input),
        workflow,
        all: format!("{base}?{}", query(&input, Some(("workflow", "")))),
        offered: offered.collect(),
        entries,
        is_first: before.is_none(),
        is_filtered,
        older: found.next.map(|next| format!("{newest}&before={next}")),
        newest,
        query: query(&input, None),
        looked_until,
        chain,
        input,
        problems,
    };
    page(status, &template)
}

/// Whether entries, the newest first, follow one another in the practice's chain.
async fn held(desk: &Desk, entries: &[Entry]) -> Result<Held, Trouble> {
    let (Some(newest), Some(oldest)) = (entries.first(), entries.last()) else {
        return Ok(Held {
            holds: true,
            sentence: String::new(),
        });
    };
    let practice = desk.handle.id().clone();
    let before = desk.handle.audit(None, Some(oldest.seq), 1).await?;
    let mut chain = match before.into_iter().next() {
        Some(before) => Chain::after(practice, before.seq, before.hash),
        None => Chain::start(practice),
    };
    let broken = entries
        .iter()
        .rev()
        .find_map(|entry| chain.follow(entry).err());
    Ok(match broken {
        None => Held {
            holds: true,
            sentence: format!(
                "Entries {} to {} follow one another in the chain.",
                oldest.seq, newest.seq
            ),
        },
        Some(broken) => Held {
            holds: false,
            sentence: format!(
                "The chain does not hold: {}",
                core_sentence(&broken.to_string())
            ),
        },
    })
}

/// What a workflow is called, where it is, and its deployments, whose ledgers name the steps.
type Known = (String, String, Vec<Versioned<Deployment>>);

/// Names for what entries are about, each looked up once.
struct Names<'a> {
    visit: &'a Visit,
    desk: &'a Desk,
    directory: Directory,
    workflows: BTreeMap<WorkflowId, Option<Known>>,
}

impl<'a> Names<'a> {
    async fn new(visit: &'a Visit, desk: &'a Desk) -> Result<Self, Trouble> {
        Ok(Self {
            visit,
            desk,
            directory: Directory::of(&desk.handle).await?,
            workflows: BTreeMap::new(),
        })
    }

    async fn workflow(&mut self, id: WorkflowId) -> Result<Option<Known>, Trouble> {
        if let Place::Vacant(place) = self.workflows.entry(id) {
            place.insert(known(self.visit, self.desk, id).await?);
        }
        Ok(self.workflows.get(&id).cloned().flatten())
    }

    async fn line(&mut self, entry: &Entry) -> Result<Line, Trouble> {
        let workflow = match &entry.line.subject {
            Subject::Workflow(id) => self.workflow(*id).await?,
            _ => None,
        };
        let deployments = workflow.as_ref().map(|(_, _, found)| &found[..]);
        let telling = Telling {
            zone: &self.desk.zone,
            directory: &self.directory,
            deployments: deployments.unwrap_or_default(),
        };
        let view = telling.entry(entry);
        let (about, url) = match workflow {
            Some((name, url, _)) => (name, Some(format!("{url}/audit"))),
            None => (String::new(), None),
        };
        Ok(Line {
            entry: view,
            about,
            url,
        })
    }
}

async fn known(visit: &Visit, desk: &Desk, id: WorkflowId) -> Result<Option<Known>, Trouble> {
    let Some(found) = desk.handle.workflow(id).await? else {
        return Ok(None);
    };
    let workflow = found.value;
    let Some(client) = desk.handle.client(workflow.client()).await? else {
        return Ok(None);
    };
    let client = client.value;
    let proposal = match workflow.origin().proposal() {
        Some(id) => desk.handle.proposal(id.clone()).await?,
        None => None,
    };
    let proposals: Vec<_> = proposal.into_iter().map(|found| found.value).collect();
    let name = format!(
        "{}, {}",
        client.name,
        called(&workflow, &client, &proposals)
    );
    let deployments = desk.handle.deployments_of(id).await?;
    Ok(Some((name, workflow_url(visit, &workflow), deployments)))
}

#[derive(Template)]
#[template(path = "record_check.html")]
struct CheckPage {
    frame: Frame,
    holds: bool,
    entries: u64,
    records: u64,
    head: String,
    /// What does not hold.
    found: String,
    checked: String,
    today: String,
}

/// Frees the place of a check when it ends, also where it is given up.
struct Checking<'a>(&'a AtomicBool);

impl Drop for Checking<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The whole chain, from the first entry on, and whether what is stored is what it says.
pub(crate) async fn check(State(app): State<App>, visit: Visit) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    if app.checking.swap(true, Ordering::Acquire) {
        return Err(Trouble::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The audit is being checked just now. Ask again in a minute.",
        ));
    }
    let free = Checking(&app.checking);
    let report = verify(&*app.workflows.ports().store, desk.handle.id()).await?;
    drop(free);
    let template = CheckPage {
        frame: Frame::of(&app, &visit, &desk, Part::Audit, "The audit’s chain").await?,
        holds: report.first_break.is_none(),
        entries: report.entries,
        records: report.records,
        head: report.head.to_string(),
        found: report
            .first_break
            .map_or_else(String::new, |found| core_sentence(&found.to_string())),
        checked: instant(desk.now, &desk.zone),
        today: day(desk.today()),
    };
    page(StatusCode::OK, &template)
}
