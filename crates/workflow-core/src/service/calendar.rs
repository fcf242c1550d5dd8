//! Changing a practice's working calendar: what it would move, and moving it.
//!
//! Whatever changes a practice (its calendar, its zone, its deploy time) goes through here, so that
//! the workflows whose next occurrence comes to lie elsewhere are placed anew in the same unit.
//! What is begun or deployed stays as it is.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::command::put;
use super::facts::Ground;
use super::{By, CommandError, Committed, PracticeHandle};
use crate::audit::{Change, Event, Line, Subject};
use crate::calendar::WorkingCalendar;
use crate::canonical::Canonical;
use crate::ids::{ClientId, WorkflowId};
use crate::ports::store::{Activity, Of, Put, Record, Unit, Version, Whose};
use crate::practice::{Client, Practice};
use crate::timing::Lead;
use crate::workflow::{CalendarMove, Placing, Workflow};

/// What a changed calendar would move. It is data: nothing has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarPreview {
    /// The practice's version that was looked at: give it to [`By::having_seen`], and the change is
    /// refused if the practice has changed since.
    pub seen: Version,
    /// The calendar as it is.
    pub before: WorkingCalendar,
    /// The calendar as it would be, with the version that it would get.
    pub after: WorkingCalendar,
    /// The last deploy day that was looked at.
    pub until: NaiveDate,
    /// What moves, by day, then by client; at most [`CalendarPreview::MOST`].
    pub moves: Vec<WorkflowMove>,
    /// How many more move than are listed.
    pub more: u64,
    /// Occurrences that stay where they are.
    pub unmoved: u64,
    /// Occurrences that would lie elsewhere, but are begun or deployed, and so keep their dates.
    pub frozen: u64,
}

impl CalendarPreview {
    /// The most moves that are listed.
    pub const MOST: usize = 10_000;
    /// The furthest that is looked ahead, in days.
    pub const MOST_DAYS: u64 = 731;

    /// How many occurrences move.
    #[must_use]
    pub fn moving(&self) -> u64 {
        self.moves.len() as u64 + self.more
    }
}

/// An occurrence of a workflow that a changed calendar moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowMove {
    /// The workflow.
    pub workflow: WorkflowId,
    /// What its jobs are called, tokens not resolved.
    pub name: String,
    /// The client.
    pub client: ClientId,
    /// The client's name.
    pub client_name: String,
    /// Where the occurrence was to be, and where it will be.
    pub dates: CalendarMove,
}

impl PracticeHandle {
    /// What a calendar would move if it were the practice's: of each workflow the occurrences that
    /// are to be deployed by themselves up to the deploy day `until`, and at most
    /// [`CalendarPreview::MOST_DAYS`] ahead.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn preview_calendar(
        &self,
        new: WorkingCalendar,
        until: NaiveDate,
    ) -> Result<CalendarPreview, CommandError> {
        let ground = self.ground().await?;
        let before = ground.practice.calendar.clone();
        let new = new.following(&before);
        let changed = Ground {
            practice: Practice {
                calendar: new.clone(),
                ..ground.practice.clone()
            },
            ..ground.clone()
        };
        let now = self.now();
        let today = ground.zone.today(now);
        let furthest = today.checked_add_days(Days::new(CalendarPreview::MOST_DAYS));
        let until = furthest.map_or(until, |furthest| until.min(furthest));
        let mut preview = CalendarPreview {
            seen: ground.version,
            before,
            after: new,
            until,
            moves: Vec::new(),
            more: 0,
            unmoved: 0,
            frozen: 0,
        };
        if preview.before == preview.after {
            return Ok(preview);
        }
        let clients = self.clients_by_id().await?;
        let mut longest = 0;
        let workflows = self.all_workflows(Whose::Everybody, None).await?;
        let mut workflows: Vec<Workflow> = workflows.into_iter().map(|found| found.value).collect();
        for workflow in &workflows {
            let Some(client) = clients.get(&workflow.client()) else {
                continue;
            };
            longest = longest.max(lead_days(workflow.plan().timing.lead));
            let moves = workflow.calendar_moves(
                &ground.placing(client.year_end, now),
                &changed.placing(client.year_end, now),
                until,
            );
            preview.unmoved += moves.unmoved;
            preview
                .moves
                .extend(moves.moves.into_iter().map(|dates| WorkflowMove {
                    workflow: workflow.id(),
                    name: workflow.settings().name.text().to_owned(),
                    client: client.id,
                    client_name: client.name.to_string(),
                    dates,
                }));
        }
        preview.moves.sort_by(|a, b| {
            let key = |found: &WorkflowMove| (found.dates.first_day(), found.workflow);
            (key(a).0, &a.client_name, key(a).1).cmp(&(key(b).0, &b.client_name, key(b).1))
        });
        preview.more = preview.moves.len().saturating_sub(CalendarPreview::MOST) as u64;
        preview.moves.truncate(CalendarPreview::MOST);
        workflows.sort_by_key(Workflow::id);
        let frozen = Frozen {
            workflows: &workflows,
            clients: &clients,
            today,
            until,
        };
        preview.frozen = self.count_frozen(&frozen, &changed, longest).await?;
        Ok(preview)
    }

    /// How many deployments from today on would have other dates under the changed calendar.
    async fn count_frozen(
        &self,
        among: &Frozen<'_>,
        changed: &Ground,
        longest_lead: u64,
    ) -> Result<u64, CommandError> {
        // What starts from today on was deployed no earlier than the longest lead before it; a day
        // more, since the store counts days in UTC.
        let earliest = among.today.checked_sub_days(Days::new(longest_lead + 1));
        let of = Of::Deployed {
            from: earliest.unwrap_or(among.today),
            to: among.until,
        };
        let mut count = 0;
        for found in self.all_records(of).await? {
            let Record::Deployment(deployment) = found.value else {
                continue;
            };
            let at = among
                .workflows
                .binary_search_by_key(&deployment.workflow(), Workflow::id);
            let Some(workflow) = at.ok().and_then(|at| among.workflows.get(at)) else {
                continue;
            };
            let Some(client) = among.clients.get(&workflow.client()) else {
                continue;
            };
            let dates = deployment.dates();
            let placing = changed.placing(client.year_end, self.now());
            let ahead = dates.start().max(dates.due()) >= among.today;
            count += u64::from(
                ahead && workflow.is_frozen_against(deployment.occurrence(), dates, &placing),
            );
        }
        Ok(count)
    }

    /// Makes a calendar the practice's, under a version higher than that of the one before, and
    /// places anew what it moves. What is begun or deployed keeps its dates. The answer is the
    /// calendar's version; a calendar that is the same already changes nothing.
    ///
    /// All of it happens in one unit. An occurrence that comes to lie in the past is due now.
    ///
    /// # Errors
    ///
    /// [`CommandError::Changed`] where the practice is no longer at the version that
    /// [`By::having_seen`] names, [`CommandError::NotFound`] where the practice was never set up,
    /// and any error of the store.
    pub async fn set_calendar(
        &self,
        by: impl Into<By>,
        new: WorkingCalendar,
    ) -> Result<Committed<u32>, CommandError> {
        let by = &by.into();
        let set = self
            .change_practice(by, &("calendar", &new), |found| match found {
                Some(practice) => Ok(Practice {
                    calendar: new.clone(),
                    ..practice.clone()
                }),
                None => Err(CommandError::not_found("practice", &self.id)),
            })
            .await?;
        let version = self.practice().await?.value.calendar.version();
        Ok(set.map(|()| version))
    }

    /// Writes what `make` makes of the practice, with the workflows that it places elsewhere.
    ///
    /// That somebody changes a workflow meanwhile is no reason to refuse: it is decided anew. That
    /// the practice itself changed is, where the caller says which version it saw.
    pub(super) async fn change_practice(
        &self,
        by: &By,
        command: &impl Canonical,
        make: impl Fn(Option<&Practice>) -> Result<Practice, CommandError>,
    ) -> Result<Committed<()>, CommandError> {
        let unseen = By {
            seen: None,
            ..by.clone()
        };
        let make = &make;
        self.retrying(&unseen, "practice", || async move {
            if let Some(receipt) = self.done_before(by, command).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let found = match self.practice().await {
                Ok(found) => Some(found),
                Err(CommandError::NotFound { .. }) => None,
                Err(error) => return Err(error),
            };
            let version = found.as_ref().map_or(Version::NONE, |found| found.version);
            by.require_seen(version, "practice")?;
            let before = found.map(|found| found.value);
            let after = make(before.as_ref())?;
            let after = following(after, before.as_ref());
            if before.as_ref() == Some(&after) {
                return self.nothing(by, command, ()).await;
            }
            self.require_numbering(before.as_ref(), &after)?;
            let (mut puts, mut lines) = match &before {
                Some(before) => self.placed_anew(by, before, &after, &[]).await?,
                None => (Vec::new(), Vec::new()),
            };
            let event = Event::Practice(Change::from(before, after.clone()));
            lines.insert(0, self.line(by, Subject::Practice, event));
            puts.insert(0, put(Record::Practice(after), version));
            let unit = Unit {
                once: by.once_for(command),
                puts,
                lines,
                ..Unit::default()
            };
            Ok(Committed::from(self.commit(unit).await?, ()))
        })
        .await
    }

    /// The workflows that a changed practice places elsewhere, and their audit lines. `written` are
    /// puts of the same unit, whose workflows are taken from there; the answer replaces them.
    pub(super) async fn placed_anew(
        &self,
        by: &By,
        before: &Practice,
        after: &Practice,
        written: &[Put],
    ) -> Result<(Vec<Put>, Vec<Line>), CommandError> {
        let places = |practice: &Practice| {
            let Practice {
                zone,
                deploy_time,
                calendar,
                ..
            } = practice;
            (zone.clone(), *deploy_time, calendar.clone())
        };
        let (mut puts, mut lines) = (Vec::new(), Vec::new());
        if places(before) == places(after) {
            return Ok((puts, lines));
        }
        let zone = self.service.ports.zones.zone(&after.zone);
        let ground = Ground {
            version: Version::NONE,
            practice: after.clone(),
            zone: zone.ok_or_else(|| CommandError::UnknownZone(after.zone.clone()))?,
        };
        let written: BTreeMap<WorkflowId, &Workflow> = written
            .iter()
            .filter_map(|put| match &put.record {
                Record::Workflow(workflow) => Some((workflow.id(), &**workflow)),
                _ => None,
            })
            .collect();
        let clients = self.clients_by_id().await?;
        let active = Some(Activity::Active);
        for found in self.all_workflows(Whose::Everybody, active).await? {
            let id = found.value.id();
            let current = written.get(&id).copied().unwrap_or(&found.value);
            let Some(client) = clients.get(&current.client()) else {
                continue;
            };
            let placing: Placing<'_> = ground.placing(client.year_end, self.now());
            let decision = current.follow_calendar(&before.calendar, &placing);
            if !decision.is_empty() {
                lines.extend(self.workflow_lines(by, id, decision.events));
                let record = Record::Workflow(Box::new(decision.workflow));
                puts.push(put(record, found.version));
            }
        }
        Ok((puts, lines))
    }
}

/// What deployments are compared with.
struct Frozen<'a> {
    /// By id.
    workflows: &'a [Workflow],
    clients: &'a BTreeMap<ClientId, Client>,
    today: NaiveDate,
    until: NaiveDate,
}

/// The practice with its calendar's version following that of the one before.
pub(super) fn following(practice: Practice, before: Option<&Practice>) -> Practice {
    let Some(before) = before else {
        return practice;
    };
    let calendar = practice.calendar.clone().following(&before.calendar);
    Practice {
        calendar,
        ..practice
    }
}

/// No fewer days than a lead comes to.
fn lead_days(lead: Lead) -> u64 {
    match lead {
        Lead::Days(days) => u64::from(days.get()),
        // Two weekend days for five business days, and as much again for holidays.
        Lead::BusinessDays(days) => 2 * u64::from(days.get()) + 14,
    }
}
