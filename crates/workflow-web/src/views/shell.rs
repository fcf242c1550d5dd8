//! What is around the pages of one client: tabs, and the navigation column with its toggle.

use chrono::NaiveDate;
use workflow_core::ids::{ClientId, WorkflowId};
use workflow_core::practice::{Client, Standing};
use workflow_core::proposal::Proposal;
use workflow_core::workflow::{Schedule, Workflow};

use crate::App;
use crate::error::Trouble;
use crate::forms::Input;
use crate::host::{HostTab, checked_link};
use crate::security::Visit;
use crate::views::desk::Desk;
use crate::views::status::StatusView;
use crate::views::words::count;

/// What is around the pages of one client.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(crate) client: String,
    /// Said where XPM no longer has the client.
    pub(crate) is_gone: bool,
    /// The client's page.
    pub(crate) url: String,
    pub(crate) tabs: Vec<HostTab>,
    pub(crate) active: Vec<NavItem>,
    pub(crate) inactive: Vec<NavItem>,
    /// The name of the workflow that is opened.
    pub(crate) opened: String,
    /// How many inactive workflows there are, shown or not.
    pub(crate) inactive_count: usize,
    pub(crate) shows_inactive: bool,
    /// Whether the page is the form that adds a workflow.
    pub(crate) is_adding: bool,
}

/// One workflow in the navigation column.
#[derive(Clone, Debug)]
pub(crate) struct NavItem {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) status: StatusView,
    pub(crate) is_open: bool,
}

/// The client's page, below the mount.
pub(crate) fn client_url(visit: &Visit, client: ClientId) -> String {
    format!("{}/client/{client}", visit.base)
}

/// A workflow's page, below the mount.
pub(crate) fn workflow_url(visit: &Visit, workflow: &Workflow) -> String {
    let (client, id) = (workflow.client(), workflow.id());
    format!("{}/client/{client}/workflow/{id}", visit.base)
}

/// A workflow's name as people know it: its client, proposal and service are in it, and what each
/// date fills in stands as it is written.
pub(crate) fn called(workflow: &Workflow, client: &Client, proposals: &[Proposal]) -> String {
    let origin = workflow.origin();
    let proposal = origin.proposal();
    let proposal = proposal.and_then(|id| proposals.iter().find(|one| one.id == *id));
    let service = proposal
        .zip(origin.service())
        .and_then(|(proposal, service)| proposal.service(service));
    workflow.settings().name.with_names(
        client.name.as_str(),
        proposal.map(|proposal| proposal.name.as_str()),
        service.map(|service| service.name.as_str()),
    )
}

impl Shell {
    pub(crate) async fn of(
        app: &App,
        visit: &Visit,
        desk: &Desk,
        client: &Client,
        input: &Input,
        open: Option<WorkflowId>,
    ) -> Result<Self, Trouble> {
        let shows_inactive = input.get("inactive") == "show";
        let keep = if shows_inactive { "?inactive=show" } else { "" };
        let (mut active, mut inactive) = (Vec::new(), Vec::new());
        let mut inactive_count = 0;
        let mut opened = String::new();
        let proposals = desk.handle.proposals(client.id).await?;
        for found in desk.handle.workflows_of(client.id, None).await? {
            let workflow = found.value;
            let status = StatusView::of(&workflow);
            let is_open = open == Some(workflow.id());
            inactive_count += usize::from(!status.is_active);
            let is_active = status.is_active;
            let name = called(&workflow, client, &proposals);
            if is_open {
                opened.clone_from(&name);
            }
            let item = NavItem {
                name,
                url: format!("{}{keep}", workflow_url(visit, &workflow)),
                status,
                is_open,
            };
            if is_active {
                active.push(item);
            } else if shows_inactive || is_open {
                inactive.push(item);
            }
        }
        let tabs = app.host.client_tabs(visit.practice.id(), client.id);
        let checked = |tab: HostTab| {
            let label = tab.label;
            checked_link(tab.url).map(|url| HostTab { label, url })
        };
        Ok(Self {
            client: client.name.to_string(),
            is_gone: client.standing == Standing::Gone,
            url: client_url(visit, client.id),
            tabs: tabs.into_iter().filter_map(checked).collect(),
            active,
            inactive,
            opened,
            inactive_count,
            shows_inactive,
            is_adding: false,
        })
    }

    /// What a link keeps of the page's query.
    pub(crate) fn keep(&self) -> &'static str {
        if self.shows_inactive {
            "?inactive=show"
        } else {
            ""
        }
    }
}

/// The head of an opened workflow, beside its name: status, secondary tabs, menu.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: StatusView,
    /// The rule in words.
    pub(crate) rule: String,
    pub(crate) url: String,
    pub(crate) tab: Tab,
    pub(crate) may_edit: bool,
    pub(crate) may_deploy: bool,
    pub(crate) may_pause: bool,
    pub(crate) may_resume: bool,
    pub(crate) may_confirm: bool,
    pub(crate) may_archive: bool,
    /// The first date of a duplicate, which awaits confirmation.
    pub(crate) first: Option<String>,
    /// The occurrence that "Create workflow in XPM" deploys, for its label and its form.
    pub(crate) next: Option<(String, String)>,
    /// Sentences that say what a person has to know before anything else.
    pub(crate) notices: Vec<String>,
}

/// A secondary tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Settings,
    Schedule,
    Audit,
    /// A form of the workflow, which is in none of them.
    Form,
}

impl Head {
    pub(crate) fn of(visit: &Visit, desk: &Desk, workflow: &Workflow, tab: Tab) -> Self {
        let plan = workflow.plan();
        let open = workflow.open().count();
        let is_archived = workflow.archived().is_some();
        let mut notices = Vec::new();
        if let Some(pause) = workflow.pause().filter(|_| !is_archived) {
            let until = pause.until.map_or_else(
                || "until somebody resumes it".to_owned(),
                |until| format!("until {}", crate::views::words::day(until)),
            );
            notices.push(format!("Paused {until}: {}", pause.reason));
        }
        if open > 0 && tab != Tab::Schedule {
            let these = count(
                open,
                "deployment of this workflow is under way or waits",
                "deployments of this workflow are under way or wait",
            );
            notices.push(format!("{these} for a person. See Schedule."));
        }
        if let Some(on) = workflow.archived() {
            let on = crate::views::words::day(on);
            notices.push(format!(
                "Archived on {on}. Jobs already in XPM are closed there."
            ));
        }
        let next = workflow.next().map(|next| {
            let day = crate::views::words::day(next.dates.start());
            (next.occurrence.to_string(), day)
        });
        let is_over = !workflow.status().is_active() && open == 0;
        Self {
            status: StatusView::of(workflow),
            rule: crate::error::as_sentence(&plan.schedule.to_string()),
            url: workflow_url(visit, workflow),
            tab,
            may_edit: visit.may_edit(),
            may_deploy: !is_archived && !is_over && desk.is_connected(),
            may_pause: !is_archived
                && !is_over
                && !plan.schedule.is_one_time()
                && workflow.pause().is_none(),
            may_resume: !is_archived && workflow.pause().is_some(),
            may_confirm: workflow.awaits_confirmation() && !is_archived,
            may_archive: !is_archived,
            first: first_date(desk, workflow).map(crate::views::words::day),
            next,
            notices,
        }
    }
}

/// The nominal date with which a duplicate begins once it is confirmed.
fn first_date(desk: &Desk, workflow: &Workflow) -> Option<NaiveDate> {
    let plan = workflow.plan();
    match &plan.schedule {
        _ if !workflow.awaits_confirmation() => None,
        Schedule::Recurring(rule) => {
            rule.next_on_or_after(plan.deploys_from, &desk.practice.calendar)
        }
        Schedule::OnDate(date) => Some(*date),
        Schedule::ByHand | Schedule::OnAcceptance => None,
    }
}
