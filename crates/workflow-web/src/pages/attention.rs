//! What waits for a person or a look-up, across the practice.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::App;
use crate::error::Trouble;
use crate::forms::Input;
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::schedule::{APPLIED, Command, JobView, NOT_APPLIED, RowFacts};
use crate::views::shell::workflow_url;
use crate::views::status::Tone;
use crate::views::words::{count, day};
use workflow_core::service::ScheduleRow;
use workflow_core::sweep::{Stranger, Unchecked};

/// How many are listed on one page.
const PAGE: usize = 50;

/// So many job numbers are named in a sentence.
const NUMBERS: usize = 10;

#[derive(Template)]
#[template(path = "attention.html")]
struct AttentionPage {
    frame: Frame,
    rows: Vec<Row>,
    /// How many there are.
    count: usize,
    /// The place of the first one listed, from 1.
    first: usize,
    before: Option<usize>,
    after: Option<usize>,
    /// What the night's sweep found or could not compare, a sentence each.
    sweep: Vec<String>,
}

struct Row {
    client: String,
    /// The name of the job that there should be.
    job: String,
    url: String,
    called: String,
    state: String,
    tone: Tone,
    sentence: String,
    /// The job, where it exists already.
    made: Option<JobView>,
    /// The workflow's own address, for its commands.
    workflow: String,
    /// The occurrence as forms name it.
    occurrence: String,
    /// What can be answered at once.
    answers: Vec<Command>,
}

/// What the night's sweep could not compare, and what that means.
fn not_compared(unchecked: &Unchecked) -> String {
    let (from, to) = (day(unchecked.from), day(unchecked.to));
    let clients = match unchecked.clients.len() {
        0 => "The jobs of clients of which a reply was lost were looked through.".to_owned(),
        left => format!(
            "The jobs of {} of which a reply was lost are still to be looked through, in the \
             coming nights.",
            count(left, "client", "clients")
        ),
    };
    format!(
        "XPM lists jobs without their descriptions, so those made from {from} to {to} were not all \
         compared with what was deployed. {clients}"
    )
}

/// Jobs that bear a mark of ours and that the ledger does not know, and what to do about them.
fn not_known(strangers: &[Stranger]) -> String {
    let number = |stranger: &Stranger| stranger.job.number.to_string();
    let mut numbers: Vec<String> = strangers.iter().take(NUMBERS).map(number).collect();
    if let Some(more) = strangers
        .len()
        .checked_sub(NUMBERS)
        .filter(|more| *more > 0)
    {
        numbers.push(format!("{more} more"));
    }
    format!(
        "XPM has {} with a mark of ours that {} not in the record here: {}. {} copied in XPM, or made \
         before a backup of this record was restored. Look at {} in XPM, and delete what is not \
         wanted there; no date is deployed twice because of {}.",
        count(strangers.len(), "job", "jobs"),
        if strangers.len() == 1 { "is" } else { "are" },
        numbers.join(", "),
        if strangers.len() == 1 {
            "It was"
        } else {
            "They were"
        },
        if strangers.len() == 1 { "it" } else { "them" },
        if strangers.len() == 1 { "it" } else { "them" },
    )
}

pub(crate) async fn list(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let directory = Directory::of(&desk.handle).await?;
    let found = desk.handle.attention().await?;
    let count = found.len();
    let pages = count.div_ceil(PAGE).max(1);
    let at = input.get("page").parse::<usize>().unwrap_or(1);
    let at = at.clamp(1, pages);
    let mut rows = Vec::new();
    let mut names_of = BTreeMap::new();
    for found in found.into_iter().skip((at - 1) * PAGE).take(PAGE) {
        let deployment = found.value;
        let Some(workflow) = desk.handle.workflow(deployment.workflow()).await? else {
            continue;
        };
        let workflow = workflow.value;
        let client = desk.handle.client(workflow.client()).await?;
        let names = match names_of.entry(workflow.id()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(desk.handle.names(workflow.id(), 0).await?),
        };
        let facts = RowFacts {
            practice: visit.practice.id(),
            host: &*app.host,
            zone: &desk.zone,
            directory: &directory,
            names,
            steps: &BTreeMap::new(),
            may_edit: visit.may_edit(),
            may_deploy: false,
        };
        let view = facts.row(&workflow, &ScheduleRow::Begun(Box::new(deployment)));
        rows.push(Row {
            client: client.map_or_else(String::new, |found| found.value.name.to_string()),
            job: view.name,
            url: format!(
                "{}/schedule#on-{}",
                workflow_url(&visit, &workflow),
                view.occurrence
            ),
            workflow: workflow_url(&visit, &workflow),
            occurrence: view.occurrence,
            answers: {
                let mut answers = view.commands;
                answers.retain(|command| [APPLIED, NOT_APPLIED].contains(command));
                answers
            },
            called: view.called,
            state: view.state,
            tone: view.tone,
            sentence: view.sentence,
            made: view.job,
        });
    }
    let template = AttentionPage {
        frame: Frame::of(&app, &visit, &desk, Part::Attention, "Needs attention").await?,
        first: (at - 1) * PAGE + 1,
        before: (at > 1).then(|| at - 1),
        after: (at < pages).then_some(at + 1),
        count,
        rows,
        sweep: {
            let found = desk.handle.sweep_record().await?.map(|found| found.value);
            let strangers = found.iter().map(|sweep| &sweep.strangers);
            let strangers = strangers.filter(|all| !all.is_empty());
            let unchecked = found.iter().filter_map(|sweep| sweep.unchecked.as_ref());
            strangers
                .map(|strangers| not_known(strangers))
                .chain(unchecked.map(not_compared))
                .collect()
        },
    };
    page(StatusCode::OK, &template)
}
