//! Forecasts and explanations: what lies ahead, and how each date comes about.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};

use super::facts::Ground;
use super::{CommandError, PracticeHandle};
use crate::deployment::{OrderError, token_facts};
use crate::forecast::{Forecasted, Place, forecast};
use crate::icalendar::{self, Event, Feed};
use crate::ids::{ClientId, ProposalId, WorkflowId};
use crate::ports::store::{Activity, Of, Query, Record, Whose};
use crate::practice::Client;
use crate::proposal::Proposal;
use crate::workflow::{Explanation, Occurrence, Show, Window, Workflow};

/// Which workflows a forecast is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForecastOf {
    /// All of the practice.
    Practice,
    /// Those of one client.
    Client(ClientId),
    /// These.
    Workflows(Vec<WorkflowId>),
}

/// What lies ahead of some workflows of a practice, read from the store at one moment.
///
/// It holds the workflows, and no occurrence: [`PracticeForecast::lines`] finds them in order as
/// they are asked for, and [`PracticeForecast::page`] some at a time.
#[derive(Clone, Debug)]
pub struct PracticeForecast {
    ground: Ground,
    now: DateTime<Utc>,
    window: Window,
    clients: BTreeMap<ClientId, Client>,
    proposals: BTreeMap<ProposalId, Proposal>,
    workflows: Vec<Workflow>,
    /// What the workflows no longer remember to have begun.
    begun: BTreeSet<(WorkflowId, Occurrence)>,
}

/// One occurrence that lies ahead, with its client.
#[derive(Clone, Debug)]
pub struct ForecastLine<'a> {
    /// The workflow, the occurrence with its dates, and why it is not to be deployed if it is not.
    pub ahead: Forecasted<'a>,
    /// Whose work it is.
    pub client: &'a Client,
    /// The proposal that the workflow was made from.
    pub proposal: Option<&'a Proposal>,
}

impl ForecastLine<'_> {
    /// The job's name as the settings make it now.
    ///
    /// # Errors
    ///
    /// [`OrderError::Token`] where a token has nothing to stand for.
    pub fn name(&self) -> Result<String, OrderError> {
        let Forecasted { workflow, next, .. } = &self.ahead;
        let facts = token_facts(workflow, &next.dates, self.client, self.proposal);
        Ok(workflow.settings().name.render(&facts)?)
    }

    /// Its place in the order of the forecast.
    #[must_use]
    pub fn place(&self) -> Place {
        self.ahead.place()
    }
}

/// A page of a forecast.
#[derive(Clone, Debug)]
pub struct ForecastPage<'a> {
    /// The occurrences in order.
    pub lines: Vec<ForecastLine<'a>>,
    /// The last one's place, to ask for the next page by; `None` where the forecast ends here.
    pub next: Option<Place>,
}

impl PracticeForecast {
    /// The most occurrences of one page.
    pub const MOST: usize = Query::MOST as usize;

    /// The occurrences, by deploy instant, then by workflow and occurrence.
    pub fn lines(&self) -> impl Iterator<Item = ForecastLine<'_>> + '_ {
        let placed = self.workflows.iter().filter_map(|workflow| {
            let client = self.clients.get(&workflow.client())?;
            Some((workflow, self.ground.placing(client.year_end, self.now)))
        });
        forecast(placed, self.window).filter_map(|ahead| {
            let (workflow, occurrence) = (ahead.workflow.id(), ahead.next.occurrence);
            if ahead.why_not.is_some() && self.begun.contains(&(workflow, occurrence)) {
                return None;
            }
            let proposal = ahead.workflow.origin().proposal();
            Some(ForecastLine {
                client: self.clients.get(&ahead.workflow.client())?,
                proposal: proposal.and_then(|id| self.proposals.get(id)),
                ahead,
            })
        })
    }

    /// At most `limit` occurrences after a place, and [`PracticeForecast::MOST`] at most. The pages
    /// of one forecast hold each of its occurrences once.
    #[must_use]
    pub fn page(&self, after: Option<Place>, limit: usize) -> ForecastPage<'_> {
        let limit = limit.clamp(1, Self::MOST);
        let mut rest = self
            .lines()
            .skip_while(|line| after.is_some_and(|after| line.place() <= after));
        let lines: Vec<_> = rest.by_ref().take(limit).collect();
        let last = lines.last().map(ForecastLine::place);
        let next = rest.next().and(last);
        ForecastPage { lines, next }
    }

    /// Writes the occurrences as a feed of iCalendar events, one after the other: each on the day on
    /// which it deploys, in the practice's time zone, by the job's name and the client.
    ///
    /// An event keeps its UID for as long as its occurrence keeps its identity, so a calendar
    /// program that reads the feed again sees which of them were moved or renamed.
    ///
    /// # Errors
    ///
    /// Only what `out` answers; a [`String`] answers none.
    pub fn write_icalendar(&self, out: &mut impl fmt::Write) -> fmt::Result {
        let feed = Feed::named(format!("{}: jobs to come", self.ground.practice.name));
        icalendar::write(out, &feed, self.lines().map(|line| self.event(&line)))
    }

    /// One occurrence as an event.
    fn event(&self, line: &ForecastLine<'_>) -> Event {
        let Forecasted {
            workflow,
            next,
            why_not,
        } = &line.ahead;
        let (practice, occurrence) = (&self.ground.practice.id, next.occurrence);
        let uid = format!("{practice}/{}/{occurrence}@workflow", workflow.id());
        let (name, trouble) = match line.name() {
            Ok(name) => (name, None),
            Err(error) => (workflow.settings().name.text().to_owned(), Some(error)),
        };
        let word = why_not.as_ref().map(|why| format!("{}: ", why.word()));
        let client = &line.client.name;
        let summary = format!("{}{name} ({client})", word.unwrap_or_default());
        let date = |date: chrono::NaiveDate| date.format("%a %-d %b %Y");
        let local = self.ground.zone.local(next.deploy_at);
        let mut description = format!(
            "Deploys {} {} {}. Starts {}, due {}, for {}.",
            date(local.date()),
            local.format("%H:%M"),
            self.ground.zone,
            date(next.dates.start()),
            date(next.dates.due()),
            next.dates.period(),
        );
        let notes = [
            why_not.as_ref().map(ToString::to_string),
            trouble.map(|error| error.to_string()),
        ];
        for note in notes.into_iter().flatten() {
            description.push('\n');
            description.push_str(&note);
        }
        Event::on(local.date(), uid, self.now, summary).described(description)
    }

    /// The moment at which it was read.
    #[must_use]
    pub fn read_at(&self) -> DateTime<Utc> {
        self.now
    }
}

impl PracticeHandle {
    /// What lies ahead within a window of deploy days, of all workflows or of some.
    ///
    /// The workflows are read from the store page by page; their occurrences are found when they
    /// are asked for. With reasons, what was begun out of turn is asked of the store, one look-up
    /// for each date that might have been.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, or where the client or one
    /// of the workflows named does not exist, and any error of the store.
    pub async fn forecast(
        &self,
        of: ForecastOf,
        window: Window,
    ) -> Result<PracticeForecast, CommandError> {
        let ground = self.ground().await?;
        let activity = match window.show {
            Show::ToDeploy => Some(Activity::Active),
            Show::WithReasons => None,
        };
        let (mut clients, mut proposals) = (BTreeMap::new(), BTreeMap::new());
        let mut workflows = Vec::new();
        let whose = match of {
            ForecastOf::Practice => {
                self.read_clients(&mut clients).await?;
                self.read_proposals(None, &mut proposals).await?;
                Some(Whose::Everybody)
            }
            ForecastOf::Client(id) => {
                let client = self.require_client(id).await?.value;
                clients.insert(id, client);
                self.read_proposals(Some(id), &mut proposals).await?;
                Some(Whose::Client(id))
            }
            ForecastOf::Workflows(ids) => {
                let ids: BTreeSet<WorkflowId> = ids.into_iter().collect();
                for id in ids {
                    let workflow = self.require_workflow(id).await?.value;
                    let client = workflow.client();
                    if let Entry::Vacant(entry) = clients.entry(client) {
                        entry.insert(self.require_client(client).await?.value);
                    }
                    if let Some(proposal) = self.proposal_of(&workflow).await? {
                        proposals.insert(proposal.value.id.clone(), proposal.value);
                    }
                    workflows.push(workflow);
                }
                None
            }
        };
        if let Some(whose) = whose {
            let found = self.all_workflows(whose, activity).await?;
            workflows.extend(found.into_iter().map(|found| found.value));
        }
        let mut forecast = PracticeForecast {
            ground,
            now: self.now(),
            window,
            clients,
            proposals,
            workflows,
            begun: BTreeSet::new(),
        };
        if window.show == Show::WithReasons {
            forecast.begun = self.begun_behind(&forecast).await?;
        }
        Ok(forecast)
    }

    /// Which of the dates that are not to be deployed have a deployment after all: a person asked
    /// for it, and the workflow has dealt with it since.
    async fn begun_behind(
        &self,
        forecast: &PracticeForecast,
    ) -> Result<BTreeSet<(WorkflowId, Occurrence)>, CommandError> {
        let behind = |line: &ForecastLine<'_>| {
            let Forecasted { workflow, next, .. } = &line.ahead;
            let forgotten =
                workflow.is_behind(next.occurrence) && workflow.mark(next.occurrence).is_none();
            (line.ahead.why_not.is_some() && forgotten).then(|| (workflow.id(), next.occurrence))
        };
        let asked: Vec<_> = forecast.lines().filter_map(|line| behind(&line)).collect();
        let mut begun = BTreeSet::new();
        for (workflow, occurrence) in asked {
            if self.deployment(workflow, occurrence).await?.is_some() {
                begun.insert((workflow, occurrence));
            }
        }
        Ok(begun)
    }

    async fn read_clients(
        &self,
        clients: &mut BTreeMap<ClientId, Client>,
    ) -> Result<(), CommandError> {
        for found in self.all_records(Of::Clients { named: None }).await? {
            if let Record::Client(client) = found.value {
                clients.insert(client.id, client);
            }
        }
        Ok(())
    }

    async fn read_proposals(
        &self,
        client: Option<ClientId>,
        proposals: &mut BTreeMap<ProposalId, Proposal>,
    ) -> Result<(), CommandError> {
        for found in self.all_records(Of::Proposals { client }).await? {
            if let Record::Proposal(proposal) = found.value {
                proposals.insert(proposal.id.clone(), proposal);
            }
        }
        Ok(())
    }

    /// How an occurrence comes to its dates, its name and its instant, and what became of it. It is
    /// named by itself or by its nominal date; for a one-time workflow any date stands for its one
    /// occurrence.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn explain(
        &self,
        id: WorkflowId,
        occurrence: impl Into<Occurrence>,
    ) -> Result<Explanation, CommandError> {
        let occurrence = occurrence.into();
        let workflow = self.require_workflow(id).await?.value;
        let occurrence = if workflow.plan().schedule.is_one_time() {
            Occurrence::Once
        } else {
            occurrence
        };
        let ground = self.ground().await?;
        let client = self.require_client(workflow.client()).await?.value;
        let proposal = self.proposal_of(&workflow).await?.map(|found| found.value);
        let placing = ground.placing(client.year_end, self.now());
        let explanation =
            workflow
                .explain(occurrence, &placing)
                .named(&workflow, &client, proposal.as_ref());
        Ok(match self.deployment(id, occurrence).await? {
            Some(found) => explanation.begun(&found.value, &ground.zone),
            None => explanation,
        })
    }
}
