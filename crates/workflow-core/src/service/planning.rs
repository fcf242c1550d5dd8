//! Making a plan: what a command would do to the workflows that a filter chooses.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::facts::Ground;
use super::workflows::edited;
use super::{CommandError, PracticeHandle};
use crate::ids::{ClientId, CommandKey, IdError};
use crate::plan::{Action, Conflict, Filter, Known, Plan, Quota, Row, State, Which, Work};
use crate::ports::store::{Activity, Versioned, Whose};
use crate::practice::Client;
use crate::workflow::{Handover, Placing, Workflow, WorkflowEvent};

/// The most occurrences of one workflow in one plan.
const MOST_OF_ONE: usize = 4_000;

impl PracticeHandle {
    /// What an action would do to the workflows that a filter chooses, and what it costs. Nothing
    /// happens, and no call is made.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use workflow_core::audit::Actor;
    /// # use workflow_core::plan::{Action, Filter, Outcome, Which};
    /// # use workflow_core::service::{NewWorkflow, Ports, Workflows};
    /// # use workflow_core::testing::{samples, CountingIds, ManualClock, MemoryGateway, MemoryStore};
    /// # use workflow_core::zone::{Zone, ZoneName, Zones};
    /// # #[derive(Debug)] struct Utc;
    /// # impl Zones for Utc { fn zone(&self, _: &ZoneName) -> Option<Zone> { Some(Zone::utc()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let workflows = Workflows::new(Ports {
    /// #     store: Arc::new(MemoryStore::new()), gateway: Arc::new(MemoryGateway::new()),
    /// #     clock: Arc::new(ManualClock::at(samples::minute(0))),
    /// #     ids: Arc::new(CountingIds::new(1)), zones: Arc::new(Utc),
    /// # });
    /// # let me = || Actor::person("Aroha");
    /// # let practice = workflows.set_up(me(), samples::practice(&"acme".parse()?)).await?.value;
    /// # practice.put_client(me(), samples::client(1, "Blue Gum Cafe")).await?;
    /// let accounts = NewWorkflow::named("Accounts for {client}").client(samples::client_id(1));
    /// practice.add(me(), accounts).await?;
    ///
    /// let plan = practice.plan(Action::Deploy(Which::Next), &Filter::default()).await?;
    /// let job = plan.rows()[0].deployment().unwrap();
    /// assert_eq!(job.name.as_deref(), Some("Accounts for Blue Gum Cafe"));
    /// assert_eq!((plan.quota().calls, plan.quota().day_left), (1, 1_000));
    ///
    /// let applied = practice.apply(me(), &plan).await?;
    /// assert!(matches!(applied.rows[0].outcome, Outcome::Done));
    /// let again = practice.apply(me(), &plan).await?;
    /// assert!(matches!(again.rows[0].outcome, Outcome::DoneBefore));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] for a workflow, a client or a person that is named and that the
    /// practice does not have, and where the practice was never set up; any error of the store.
    pub async fn plan(&self, action: Action, filter: &Filter) -> Result<Plan, CommandError> {
        let ground = self.ground().await?;
        let budget = self.budget().await?;
        let now = self.now();
        let chosen = self.candidates(&action, filter).await?;
        let known = self.known(chosen.iter()).await?;
        if let Action::ReplacePerson { to, .. } = &action
            && !known.people.contains_key(to)
        {
            return Err(CommandError::not_found("person", to));
        }
        let chooses = |workflow: &Workflow| filter.chooses(workflow, &known);
        let rows = match &action {
            Action::Deploy(which) => {
                let wanted: BTreeSet<_> = chosen
                    .iter()
                    .filter(|workflow| chooses(workflow))
                    .map(Workflow::id)
                    .collect();
                let mut rows = self.deploying(*which, &chosen, &ground, &known, &[]);
                rows.retain(|row| {
                    wanted.contains(&row.workflow)
                        && row
                            .deployment()
                            .is_some_and(|planned| filter.due_within(planned.due))
                });
                rows
            }
            other => {
                let wanted = chosen
                    .iter()
                    .filter(|workflow| chooses(workflow) && filter.chooses_next(workflow));
                let mut rows: Vec<Row> = wanted
                    .filter_map(|workflow| {
                        let client = known.clients.get(&workflow.client())?;
                        let placing = ground.placing(client.year_end, now);
                        changing(other, workflow, client, &placing, &known)
                    })
                    .collect();
                rows.sort_by(|a, b| {
                    let key = |row: &Row| (row.client_name.to_lowercase(), row.workflow);
                    key(a).cmp(&key(b))
                });
                rows
            }
        };
        if let Action::ReplacePerson { from, .. } = &action
            && rows.is_empty()
            && !known.people.contains_key(from)
        {
            return Err(CommandError::not_found("person", from));
        }
        let quota = Quota {
            calls: 0,
            minute_left: budget.minute_left(now),
            day_left: budget.day_left(now),
            day_limit: budget.day_limit,
        };
        let key = self.new_plan_key()?;
        Ok(Plan::new(key, self.id.clone(), now, action, quota, rows))
    }

    fn new_plan_key(&self) -> Result<CommandKey, CommandError> {
        let id = self.service.ports.ids.next();
        let key = format!("plan-{}", id.hyphenated()).parse();
        key.map_err(|_: IdError| CommandError::not_found("key for a plan", id))
    }

    /// The workflows that the filter may choose: for a plan that deploys with the others of the
    /// same clients, whose jobs may be the same.
    async fn candidates(
        &self,
        action: &Action,
        filter: &Filter,
    ) -> Result<Vec<Workflow>, CommandError> {
        let mut clients: BTreeSet<ClientId> = BTreeSet::new();
        for id in &filter.clients {
            clients.insert(self.require_client(*id).await?.value.id);
        }
        if !filter.workflows.is_empty() {
            let mut named = Vec::new();
            for id in &filter.workflows {
                named.push(self.require_workflow(*id).await?.value);
            }
            if !matches!(action, Action::Deploy(_)) {
                return Ok(named);
            }
            clients = named.iter().map(Workflow::client).collect();
        }
        let activity = Some(match filter.state {
            None
            | Some(
                State::Active
                | State::NeedsAttention
                | State::AwaitsAcceptance
                | State::Paused
                | State::AwaitsPerson
                | State::Dated,
            ) => Activity::Active,
            Some(
                State::Inactive
                | State::Completed
                | State::GivenUp
                | State::Ended
                | State::ProposalClosed
                | State::Archived,
            ) => Activity::Inactive,
        });
        self.workflows_among(&clients, activity).await
    }

    /// The workflows of some clients, or of all where none is named.
    async fn workflows_among(
        &self,
        clients: &BTreeSet<ClientId>,
        activity: Option<Activity>,
    ) -> Result<Vec<Workflow>, CommandError> {
        let mut found: Vec<Versioned<Workflow>> = Vec::new();
        if clients.is_empty() {
            found = self.all_workflows(Whose::Everybody, activity).await?;
        }
        for client in clients {
            let theirs = self.all_workflows(Whose::Client(*client), activity).await?;
            found.extend(theirs);
        }
        Ok(found.into_iter().map(|found| found.value).collect())
    }

    /// The rows of a plan as they would be made now for the same subjects, by subject. `done` are
    /// those that were done already.
    pub(super) async fn rows_again(
        &self,
        plan: &Plan,
        left: &[&Row],
        done: &[&Row],
    ) -> Result<(BTreeMap<crate::plan::RowSubject, Row>, Known), CommandError> {
        let ground = self.ground().await?;
        let mut workflows = match plan.action() {
            Action::Deploy(_) => {
                let clients: BTreeSet<ClientId> = left.iter().map(|row| row.client).collect();
                match clients.is_empty() {
                    true => Vec::new(),
                    false => {
                        self.workflows_among(&clients, Some(Activity::Active))
                            .await?
                    }
                }
            }
            _ => Vec::new(),
        };
        if workflows.is_empty() {
            for row in left {
                let found = self.workflow(row.workflow).await?;
                workflows.extend(found.map(|found| found.value));
            }
        }
        let known = self.known(workflows.iter()).await?;
        let rows = match plan.action() {
            Action::Deploy(which) => self.deploying(*which, &workflows, &ground, &known, done),
            action => workflows
                .iter()
                .filter_map(|workflow| {
                    let client = known.clients.get(&workflow.client())?;
                    let placing = ground.placing(client.year_end, self.now());
                    changing(action, workflow, client, &placing, &known)
                })
                .collect(),
        };
        let rows = rows.into_iter().map(|row| (row.subject(), row)).collect();
        Ok((rows, known))
    }

    /// The rows that deploy occurrences of these workflows, by deploy instant. `done` are jobs that
    /// were deployed as part of the same plan.
    fn deploying(
        &self,
        which: Which,
        workflows: &[Workflow],
        ground: &Ground,
        known: &Known,
        done: &[&Row],
    ) -> Vec<Row> {
        let mut rows = Vec::new();
        for workflow in workflows {
            let Some(client) = known.clients.get(&workflow.client()) else {
                continue;
            };
            let placing = ground.placing(client.year_end, self.now());
            rows.extend(deploying_one(which, workflow, client, &placing, known));
        }
        rows.sort_by_key(|row| {
            let when = row.deployment().map(|planned| {
                let day = planned.deploys_on;
                (day, planned.deploy_at, planned.occurrence)
            });
            (when, row.workflow)
        });
        find_same_jobs(&mut rows, done);
        rows
    }
}

/// The rows that deploy occurrences of one workflow, without what others make of them.
pub(super) fn deploying_one(
    which: Which,
    workflow: &Workflow,
    client: &Client,
    placing: &Placing<'_>,
    known: &Known,
) -> Vec<Row> {
    let (until, most) = match which {
        Which::Until(until) => (until, MOST_OF_ONE),
        Which::Next => (NaiveDate::MAX, 1),
    };
    let mut rows: Vec<Row> = workflow
        .upcoming_checked(placing, until, most)
        .iter()
        .map(|(next, trouble)| {
            let at = Some(next.deploy_at);
            Row::deploying(workflow, client, next, trouble.as_ref(), at, known)
        })
        .collect();
    if rows.is_empty()
        && which == Which::Next
        && let Some((next, trouble)) = workflow.by_hand(placing)
    {
        let row = Row::deploying(workflow, client, &next, trouble.as_ref(), None, known);
        rows.push(row);
    }
    rows
}

/// Two jobs of one client with one name and one start date are likely one too many.
fn find_same_jobs(rows: &mut [Row], done: &[&Row]) {
    type Same = (ClientId, NaiveDate, String);
    let same = |row: &Row| -> Option<Same> {
        let planned = row.deployment()?;
        Some((row.client, planned.start, planned.name.clone()?))
    };
    let mut found: BTreeMap<Same, Vec<(crate::plan::RowSubject, String)>> = BTreeMap::new();
    for row in rows.iter().chain(done.iter().copied()) {
        if let Some(same) = same(row) {
            let one = (row.subject(), row.workflow_name.clone());
            found.entry(same).or_default().push(one);
        }
    }
    for list in found.values_mut() {
        list.sort();
    }
    for row in rows {
        let Some(others) = same(row).and_then(|same| found.get(&same)) else {
            continue;
        };
        let subject = row.subject();
        if let Some((_, other)) = others.iter().find(|(other, _)| *other != subject) {
            let other = other.clone();
            row.conflicts.push(Conflict::SameJob { other });
        }
    }
}

/// The row that changes one workflow; `None` where there is nothing to change.
pub(super) fn changing(
    action: &Action,
    workflow: &Workflow,
    client: &Client,
    placing: &Placing<'_>,
    known: &Known,
) -> Option<Row> {
    if workflow.archived().is_some() {
        return None;
    }
    let row = |work| Row::of(workflow, client, known, work);
    match action {
        Action::Deploy(_) => None,
        Action::Edit(patch) => {
            let before = workflow.settings();
            let after = patch.of(before);
            if after == *before {
                return None;
            }
            let refused = edited(workflow, &after, placing).err();
            // What was so before is not the edit's fault.
            let had = known.of_settings(before);
            let mut conflicts = known.of_settings(&after);
            conflicts.retain(|conflict| !had.contains(conflict));
            conflicts.extend(refused.map(|refused| Conflict::Refused {
                reason: refused.to_string(),
            }));
            let (before, after) = (Box::new(before.clone()), Box::new(after));
            let mut row = row(Work::Edit { before, after });
            row.conflicts = conflicts;
            Some(row)
        }
        Action::ReplacePerson { from, to, on } => {
            let decision = workflow.replace_person(from, to, *on, placing);
            let work = decision.events.iter().find_map(|event| match event {
                WorkflowEvent::SettingsChanged { before, after } => Some(Work::Edit {
                    before: before.clone(),
                    after: after.clone(),
                }),
                WorkflowEvent::HandoverSet(Handover { on, from, to }) => {
                    Some(Work::HandOver(Handover {
                        on: *on,
                        from: from.clone(),
                        to: to.clone(),
                    }))
                }
                _ => None,
            })?;
            let mut row = row(work);
            row.conflicts.extend(known.of_person(to));
            Some(row)
        }
        Action::Archive => {
            let mut row = row(Work::Archive);
            let open = u32::try_from(workflow.open().count()).unwrap_or(u32::MAX);
            if open > 0 {
                row.conflicts.push(Conflict::Open { deployments: open });
            }
            if known.level_held(workflow).is_some() {
                let level = workflow.billing();
                row.conflicts.push(Conflict::LevelLeft { level });
            }
            Some(row)
        }
    }
}
