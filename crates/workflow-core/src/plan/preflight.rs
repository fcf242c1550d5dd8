//! Preflight: what of the coming days will fail, and why, before it does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};

use super::check::{of_timing, text};
use super::{Conflict, Effect, Known};
use crate::budget::Budget;
use crate::deployment::token_facts;
use crate::ids::WorkflowId;
use crate::practice::Client;
use crate::timing::TimingError;
use crate::workflow::{Next, Workflow};

/// What of the coming days will fail, and why. It is made from what the practice knows, at no call
/// to XPM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preflight {
    /// The present day.
    pub from: NaiveDate,
    /// The last day that was looked at, by the day to deploy on.
    pub until: NaiveDate,
    /// How many jobs are to be deployed by then.
    pub jobs: u64,
    /// How many of them will fail or be held.
    pub failing: u64,
    /// Calls that they cost.
    pub calls: u64,
    /// What was found, what fails first, then by date; at most one for each cause.
    pub findings: Vec<Finding>,
    /// The days whose calls do not suffice.
    pub short_days: Vec<ShortDay>,
}

impl Preflight {
    /// Whether anything will fail or be held.
    #[must_use]
    pub fn fails(&self) -> bool {
        let mut effects = self.findings.iter().map(|found| found.cause.effect());
        effects.any(|effect| effect == Effect::Stops)
    }
}

/// One cause, and what it hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The cause. Where it differs from job to job, as a due date does, it is that of the first.
    pub cause: Conflict,
    /// The day on which it first hits.
    pub first: NaiveDate,
    /// How many jobs it hits.
    pub jobs: u64,
    /// The workflows whose jobs it hits.
    pub workflows: BTreeSet<WorkflowId>,
    /// The first job that it hits, by client and workflow; `None` where it hits none alone.
    pub example: Option<String>,
}

/// A day whose calls do not suffice. What is over goes on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortDay {
    /// The day.
    pub day: NaiveDate,
    /// Calls that are due on it, what is left of the days before included.
    pub calls: u64,
    /// Calls that may be spent on deployments on it.
    pub room: u64,
    /// Jobs that go on later.
    pub late: u64,
}

/// Collects what is found, job by job.
#[derive(Debug)]
pub(crate) struct Flight<'a> {
    known: &'a Known,
    from: NaiveDate,
    until: NaiveDate,
    jobs: Vec<(DateTime<Utc>, NaiveDate, u32)>,
    failing: u64,
    found: BTreeMap<(&'static str, String), Finding>,
    named: BTreeMap<(crate::ids::ClientId, NaiveDate, String), Vec<(WorkflowId, NaiveDate)>>,
}

impl<'a> Flight<'a> {
    pub(crate) fn new(known: &'a Known, from: NaiveDate, until: NaiveDate) -> Self {
        Self {
            known,
            from,
            until,
            jobs: Vec::new(),
            failing: 0,
            found: BTreeMap::new(),
            named: BTreeMap::new(),
        }
    }

    /// Looks at what a workflow is to deploy.
    pub(crate) fn look(
        &mut self,
        workflow: &Workflow,
        client: &Client,
        upcoming: &[(Next, Option<TimingError>)],
    ) {
        let always = if upcoming.is_empty() {
            Vec::new()
        } else {
            self.known.of_workflow(workflow, client)
        };
        let proposal = self.known.proposal_of(workflow);
        for (next, trouble) in upcoming {
            let settings = workflow.settings_on(next.dates.start());
            let mut conflicts = always.clone();
            conflicts.extend(self.known.of_people(&settings));
            conflicts.extend(trouble.as_ref().map(of_timing));
            let facts = token_facts(workflow, &next.dates, client, proposal);
            match text("name", &settings.name, &facts) {
                Ok(name) => {
                    let same = (client.id, next.dates.start(), name);
                    let day = next.dates.deploys_on();
                    self.named
                        .entry(same)
                        .or_default()
                        .push((workflow.id(), day));
                }
                Err(conflict) => conflicts.push(conflict),
            }
            let description = settings.description.as_ref();
            conflicts.extend(description.and_then(|one| text("description", one, &facts).err()));
            let day = next.dates.deploys_on().max(self.from);
            self.jobs.push((next.deploy_at, day, settings.calls()));
            let stops = |conflict: &Conflict| conflict.effect() == Effect::Stops;
            self.failing += u64::from(conflicts.iter().any(stops));
            for conflict in conflicts {
                self.hit(conflict, day, workflow, client);
            }
        }
    }

    fn hit(&mut self, cause: Conflict, day: NaiveDate, workflow: &Workflow, client: &Client) {
        let example = || {
            let name = self.known.shown_name(workflow);
            Some(format!("{}, {name}", client.name))
        };
        match self.found.entry(group(&cause)) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(Finding {
                    cause,
                    first: day,
                    jobs: 1,
                    workflows: BTreeSet::from([workflow.id()]),
                    example: example(),
                });
            }
            std::collections::btree_map::Entry::Occupied(mut found) => {
                let found = found.get_mut();
                found.jobs += 1;
                found.workflows.insert(workflow.id());
                if day < found.first {
                    (found.first, found.cause, found.example) = (day, cause, example());
                }
            }
        }
    }

    /// Notes what hits every job of the practice from a day on.
    pub(crate) fn hits_all(&mut self, cause: Conflict, on: NaiveDate) {
        let hit = self.jobs.iter().filter(|(_, day, _)| *day >= on);
        let (mut jobs, mut first) = (0, None);
        for (_, day, _) in hit {
            jobs += 1;
            first = Some(first.map_or(*day, |first: NaiveDate| first.min(*day)));
        }
        if cause.effect() == Effect::Stops {
            self.failing = jobs;
        }
        let finding = Finding {
            first: first.unwrap_or(on),
            jobs,
            workflows: BTreeSet::new(),
            example: None,
            cause,
        };
        self.found.insert(group(&finding.cause), finding);
    }

    /// The first day on which something is to be deployed.
    pub(crate) fn first_day(&self) -> Option<NaiveDate> {
        self.jobs.iter().map(|(_, day, _)| *day).min()
    }

    /// All that was found, with the days whose calls do not suffice.
    pub(crate) fn end(mut self, budget: &Budget, now: DateTime<Utc>) -> Preflight {
        self.find_same_jobs();
        self.jobs.sort_unstable();
        let kept = u64::from(budget.day_limit / 20);
        let today = u64::from(budget.day_left(now)).saturating_sub(kept);
        let any_day = u64::from(budget.day_limit).saturating_sub(kept);
        let (short_days, late) = short_days(&self.jobs, self.from, today, any_day);
        if let Some(first) = short_days.first() {
            let limit = budget.day_limit;
            let quota = Conflict::Quota { limit };
            let finding = Finding {
                cause: quota,
                first: first.day,
                jobs: late,
                workflows: BTreeSet::new(),
                example: None,
            };
            self.found.insert(group(&finding.cause), finding);
        }
        let mut findings: Vec<Finding> = self.found.into_values().collect();
        findings.sort_by(|a, b| {
            let key = |found: &Finding| (found.cause.effect(), found.first);
            key(a).cmp(&key(b)).then_with(|| a.cause.cmp(&b.cause))
        });
        Preflight {
            from: self.from,
            until: self.until,
            jobs: self.jobs.len() as u64,
            failing: self.failing,
            calls: self
                .jobs
                .iter()
                .map(|(_, _, calls)| u64::from(*calls))
                .sum(),
            findings,
            short_days,
        }
    }

    fn find_same_jobs(&mut self) {
        let mut all: Option<Finding> = None;
        let named = std::mem::take(&mut self.named);
        for ((client, start, name), jobs) in named {
            if jobs.len() < 2 {
                continue;
            }
            let first = jobs.iter().map(|(_, day)| *day).min().unwrap_or(start);
            let first = first.max(self.from);
            let client = self.known.clients.get(&client);
            let client = client.map_or_else(String::new, |client| client.name.to_string());
            let found = all.get_or_insert_with(|| Finding {
                cause: Conflict::SameJob {
                    other: name.clone(),
                },
                first,
                jobs: 0,
                workflows: BTreeSet::new(),
                example: Some(format!("{client}, {name}")),
            });
            found.jobs += jobs.len() as u64;
            found.workflows.extend(jobs.iter().map(|(id, _)| *id));
            if first < found.first {
                found.first = first;
                found.example = Some(format!("{client}, {name}"));
                found.cause = Conflict::SameJob { other: name };
            }
        }
        if let Some(finding) = all {
            self.found.insert(group(&finding.cause), finding);
        }
    }
}

/// The days on which not all that is due can be sent, in order, and how many jobs go on later than
/// their day. A job is sent whole or the next day; jobs go by the instant at which they are due.
fn short_days(
    jobs: &[(DateTime<Utc>, NaiveDate, u32)],
    today: NaiveDate,
    room_today: u64,
    room: u64,
) -> (Vec<ShortDay>, u64) {
    let mut due: BTreeMap<NaiveDate, VecDeque<(NaiveDate, u64)>> = BTreeMap::new();
    for (_, day, calls) in jobs {
        let job = (*day, u64::from(*calls));
        due.entry(*day).or_default().push_back(job);
    }
    let (mut short, mut all_late) = (Vec::new(), 0);
    while let Some((day, mut queue)) = due.pop_first() {
        let room = if day == today { room_today } else { room };
        let calls = queue.iter().map(|(_, calls)| calls).sum();
        let mut left = room;
        while let Some((_, next)) = queue.front().filter(|(_, next)| *next <= left) {
            left -= next;
            queue.pop_front();
        }
        if queue.is_empty() {
            continue;
        }
        let late = queue.len() as u64;
        all_late += queue.iter().filter(|(due, _)| *due == day).count() as u64;
        short.push(ShortDay {
            day,
            calls,
            room,
            late,
        });
        let Some(tomorrow) = day.succ_opt() else {
            break;
        };
        // A job that costs more than any day has would never end the queue.
        queue.retain(|(_, calls)| *calls <= room || day == today);
        let waiting = due.entry(tomorrow).or_default();
        for job in queue.into_iter().rev() {
            waiting.push_front(job);
        }
        if waiting.is_empty() {
            due.remove(&tomorrow);
        }
    }
    (short, all_late)
}

/// What findings are put together by: the thing at fault, or the kind of fault where it differs
/// from job to job.
fn group(cause: &Conflict) -> (&'static str, String) {
    match cause {
        Conflict::NotConnected | Conflict::LinkBroken { .. } => ("link", String::new()),
        Conflict::LinkExpires { .. } => ("link expires", String::new()),
        Conflict::ClientGone { client, .. } => ("client gone", client.to_string()),
        Conflict::ClientUnlisted { client, .. } => ("client unlisted", client.to_string()),
        Conflict::UnknownPerson { person } => ("person unknown", person.to_string()),
        Conflict::Unlinked { person, .. } => ("person unlinked", person.to_string()),
        Conflict::StaffGone { person, .. } => ("staff gone", person.to_string()),
        Conflict::Gone { id, .. } => ("gone", id.to_string()),
        Conflict::Unlisted { id, .. } => ("unlisted", id.to_string()),
        Conflict::LevelNotAllowed { proposal } => ("level not allowed", proposal.to_string()),
        Conflict::LevelTaken { .. } => ("level taken", String::new()),
        Conflict::DueBeforeStart { .. } => ("due before start", String::new()),
        Conflict::Text { field, .. } => ("text", field.clone()),
        Conflict::SameJob { .. } => ("same job", String::new()),
        Conflict::Refused { .. } => ("refused", String::new()),
        Conflict::Open { .. } => ("open", String::new()),
        Conflict::LevelLeft { .. } => ("level left", String::new()),
        Conflict::Quota { .. } => ("quota", String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_yo_opt(2027, number).unwrap()
    }

    fn job(number: u32, calls: u32) -> (DateTime<Utc>, NaiveDate, u32) {
        let at = day(number).and_time(chrono::NaiveTime::MIN).and_utc();
        (at, day(number), calls)
    }

    #[test]
    fn what_is_over_goes_on_the_next_day_and_may_make_that_one_short() {
        let jobs: Vec<_> = (0..4).map(|_| job(1, 3)).chain([job(2, 8)]).collect();
        let (short, late) = short_days(&jobs, day(1), 7, 12);
        assert_eq!(late, 3, "two of the first day, one of the second");
        let all: Vec<_> = short
            .iter()
            .map(|short| (short.day, short.calls, short.room, short.late))
            .collect();
        assert_eq!(all, [(day(1), 12, 7, 2), (day(2), 14, 12, 1)]);
        assert!(short_days(&jobs, day(1), 12, 12).0.is_empty());
    }

    #[test]
    fn a_job_that_no_day_has_room_for_does_not_go_on_for_ever() {
        let (short, _) = short_days(&[job(1, 50), job(3, 1)], day(1), 10, 20);
        let days: Vec<_> = short.iter().map(|short| short.day).collect();
        assert_eq!(days, [day(1), day(2)]);
    }
}
