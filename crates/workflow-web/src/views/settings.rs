//! The Settings tab: what a workflow's jobs are like, its billing, and its rule in words.

use workflow_core::billing::{BillingLevel, Level, LevelOf, Nominee};
use workflow_core::proposal::{InvoiceGrouping, Proposal};
use workflow_core::workflow::{MissedRuns, Workflow};

use crate::error::{Trouble, as_sentence};
use crate::forms::add::NotPossible;
use crate::views::desk::Desk;
use crate::views::directory::{Directory, Named};
use crate::views::words::{self, day};

/// One line of a list of settings: several values where the setting has several.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) label: &'static str,
    /// In order; none where nothing is set.
    pub(crate) values: Vec<Named>,
    /// Whether the order matters.
    pub(crate) is_ordered: bool,
}

fn line(label: &'static str, values: impl IntoIterator<Item = Named>) -> Line {
    Line {
        label,
        values: values.into_iter().collect(),
        is_ordered: false,
    }
}

fn plain(text: impl Into<String>) -> Named {
    Named {
        name: text.into(),
        flag: "",
    }
}

/// What its jobs are like.
pub(crate) fn settings(workflow: &Workflow, directory: &Directory) -> Vec<Line> {
    let settings = workflow.settings();
    let description = settings.description.as_ref();
    let templates = settings.templates.iter().map(|id| directory.template(*id));
    vec![
        line("Job name", [plain(settings.name.text())]),
        line(
            "Job description",
            description.map(|text| plain(text.text())),
        ),
        line(
            "Category",
            settings.category.map(|id| directory.category(id)),
        ),
        line(
            "Budget",
            settings.budget.map(|budget| plain(words::money(budget))),
        ),
        line(
            "Partner",
            settings.partner.as_ref().map(|id| directory.person(id)),
        ),
        line(
            "Manager",
            settings.manager.as_ref().map(|id| directory.person(id)),
        ),
        line(
            "Staff",
            settings.staff.iter().map(|id| directory.person(id)),
        ),
        Line {
            is_ordered: true,
            ..line("Job templates", templates)
        },
    ]
}

/// When it deploys, in words.
pub(crate) fn plan(workflow: &Workflow, proposal: Option<&Proposal>) -> Vec<Line> {
    let plan = workflow.plan();
    let rule = as_sentence(&plan.schedule.to_string());
    let mut lines = vec![line("Schedule", [plain(rule)])];
    lines.extend(
        words::timing(&plan.timing)
            .into_iter()
            .map(|(label, value)| line(label, [plain(value)])),
    );
    lines.push(line("Deploys from", [plain(day(plan.deploys_from))]));
    if !plan.schedule.is_one_time() {
        lines.push(line("Missed runs", [plain(missed(plan.missed))]));
    }
    if let Some(proposal) = proposal {
        let state = words::proposal_state(proposal.state);
        lines.push(line(
            "Proposal",
            [plain(format!("{} ({state})", proposal.name))],
        ));
        let service = workflow
            .origin()
            .service()
            .and_then(|id| proposal.service(id));
        if let Some(service) = service {
            lines.push(line("Service", [plain(service.name.as_str())]));
        }
    }
    lines
}

pub(crate) fn missed(missed: MissedRuns) -> String {
    as_sentence(&missed.to_string())
}

/// A workflow's billing.
#[derive(Clone, Debug)]
pub(crate) struct BillingView {
    pub(crate) level: &'static str,
    /// What that means.
    pub(crate) sentence: &'static str,
    /// The levels that the client and the proposal have, with reference and nominee.
    pub(crate) levels: Vec<LevelView>,
}

/// One billing level.
#[derive(Clone, Debug)]
pub(crate) struct LevelView {
    pub(crate) label: &'static str,
    pub(crate) reference: String,
    pub(crate) nominee: String,
}

pub(crate) async fn billing(desk: &Desk, workflow: &Workflow) -> Result<BillingView, Trouble> {
    let mut levels = Vec::new();
    let mut wanted = vec![LevelOf::Client(workflow.client())];
    wanted.extend(workflow.origin().proposal().cloned().map(LevelOf::Proposal));
    for of in wanted {
        if let Some(found) = desk.handle.level(of).await? {
            levels.push(level_view(desk, workflow, &found.value).await?);
        }
    }
    let sentence = match workflow.billing() {
        BillingLevel::Client => {
            "Each job that this workflow deploys takes all the client’s invoices, but for those of \
             a proposal that has a billing job of its own."
        }
        BillingLevel::Proposal => {
            "Each job that this workflow deploys takes the invoices of its proposal."
        }
        BillingLevel::NonBilling => "The jobs of this workflow take no invoices.",
    };
    Ok(BillingView {
        level: words::level(workflow.billing()),
        sentence,
        levels,
    })
}

/// Why a level would be refused for a workflow as things are.
pub(crate) async fn not_possible(desk: &Desk, workflow: &Workflow) -> Result<NotPossible, Trouble> {
    let client = taken(desk, workflow, LevelOf::Client(workflow.client())).await?;
    let proposal = match workflow.origin().proposal() {
        None => "Not possible: the workflow was not made from a proposal.".to_owned(),
        Some(id) => {
            let found = desk.handle.proposal(id.clone()).await?;
            match found.map(|found| found.value) {
                Some(proposal) if proposal.grouping != InvoiceGrouping::Proposal => format!(
                    "Not possible: the invoices of “{}” are not grouped by proposal.",
                    proposal.name
                ),
                _ => taken(desk, workflow, LevelOf::Proposal(id.clone())).await?,
            }
        }
    };
    Ok(NotPossible { client, proposal })
}

/// Says whom a level would have to be taken over from; nothing where nobody has it.
async fn taken(desk: &Desk, workflow: &Workflow, of: LevelOf) -> Result<String, Trouble> {
    let Some(level) = desk.handle.level(of).await? else {
        return Ok(String::new());
    };
    let level = level.value;
    if level.nominee.is_none() || level.is_held_by(workflow.id()) {
        return Ok(String::new());
    }
    let nominee = level_view(desk, workflow, &level).await?.nominee;
    Ok(format!(
        "Refused unless it is taken over: nominated is {nominee}."
    ))
}

async fn level_view(desk: &Desk, workflow: &Workflow, level: &Level) -> Result<LevelView, Trouble> {
    let label = match level.of {
        LevelOf::Client(_) => "Client level",
        LevelOf::Proposal(_) => "Proposal level",
    };
    let is_this = level.is_held_by(workflow.id());
    let nominee = match &level.nominee {
        None => "nobody is nominated".to_owned(),
        Some(Nominee::Job(number)) => format!("job {number}"),
        Some(Nominee::Workflow(_)) if is_this => "this workflow".to_owned(),
        Some(Nominee::Workflow(id)) => match desk.handle.workflow(*id).await? {
            Some(other) => format!("“{}”", other.value.settings().name),
            None => "a workflow that is unknown".to_owned(),
        },
    };
    Ok(LevelView {
        label,
        reference: level.reference.to_string(),
        nominee,
    })
}
