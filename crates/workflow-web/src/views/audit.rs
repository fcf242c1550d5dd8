//! The Audit tab: each entry as a sentence, with before and after where it has them.

use workflow_core::audit::{Actor, Entry, Event};
use workflow_core::deployment::{Deployment, Found, How, StepKind, Then, Trouble as Wrong};
use workflow_core::ports::store::Versioned;
use workflow_core::workflow::{ClosedBy, Gate, Occurrence, PausedDates, Plan, WorkflowEvent};
use workflow_core::zone::Zone;

use crate::error::as_sentence;
use crate::views::directory::Directory;
use crate::views::edited::Changed;
use crate::views::records;
use crate::views::settings::missed;
use crate::views::status::Tone;
use crate::views::webhooks;
use crate::views::words::{self, day, instant};

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct EntryView {
    pub(crate) seq: u64,
    /// In the practice's time zone.
    pub(crate) at: String,
    /// For machines.
    pub(crate) iso: String,
    pub(crate) who: String,
    pub(crate) is_person: bool,
    pub(crate) what: String,
    pub(crate) changes: Vec<Changed>,
    pub(crate) tone: Tone,
}

/// What sentences are made with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Telling<'a> {
    pub(crate) zone: &'a Zone,
    pub(crate) directory: &'a Directory,
    /// The workflow's deployments, whose ledgers name the steps.
    pub(crate) deployments: &'a [Versioned<Deployment>],
}

impl Telling<'_> {
    pub(crate) fn entry(&self, entry: &Entry) -> EntryView {
        let line = &entry.line;
        let (what, changes, tone) = match &line.event {
            Event::Workflow(event) => self.event(event),
            Event::Sweep(_) => (
                "The jobs in XPM were compared with what was deployed.".into(),
                Vec::new(),
                Tone::Quiet,
            ),
            Event::Directory(_) => (
                "XPM’s directory was listed, or somebody asked for it.".into(),
                Vec::new(),
                Tone::Quiet,
            ),
            Event::Webhooks(change) => (webhooks::told(change), Vec::new(), Tone::Quiet),
            event => {
                let is_new = is_new(event);
                let what = records::about(&line.subject, event);
                let what = match is_new {
                    true => format!("{what} was added."),
                    false => format!("{what} was changed."),
                };
                (what, records::changes(event), Tone::Quiet)
            }
        };
        EntryView {
            seq: entry.seq,
            at: instant(line.at, self.zone),
            iso: line.at.to_rfc3339(),
            who: match &line.actor {
                Actor::Scheduler => "Scheduler".into(),
                actor => actor.to_string(),
            },
            is_person: matches!(line.actor, Actor::Person(_)),
            what,
            changes,
            tone,
        }
    }

    /// Whether an entry is about what the settings form holds.
    pub(crate) fn changes_settings(entry: &Entry) -> bool {
        matches!(
            entry.line.event,
            Event::Workflow(WorkflowEvent::SettingsChanged { .. })
        )
    }

    /// Whether an entry is about what the schedule form holds.
    pub(crate) fn changes_plan(entry: &Entry) -> bool {
        matches!(
            entry.line.event,
            Event::Workflow(WorkflowEvent::PlanChanged { .. } | WorkflowEvent::Rescheduled { .. })
        )
    }

    fn event(&self, event: &WorkflowEvent) -> (String, Vec<Changed>, Tone) {
        match event {
            WorkflowEvent::SettingsChanged { before, after } => {
                let changes = self.directory.changes(before, after);
                ("Edited the settings.".into(), changes, Tone::Waits)
            }
            WorkflowEvent::BillingChanged { before, after } => {
                let level = |level| words::level(level).to_owned();
                let changes = changed("Billing level", level(*before), level(*after));
                ("Changed the billing level.".into(), changes, Tone::Waits)
            }
            WorkflowEvent::PlanChanged { before, after } => (
                "Changed the schedule.".into(),
                plan(before, after),
                Tone::Waits,
            ),
            WorkflowEvent::Rescheduled {
                before,
                after,
                from,
                ..
            } => {
                let what = format!("Changed the schedule for the dates from {} on.", day(*from));
                (what, plan(before, after), Tone::Waits)
            }
            WorkflowEvent::Added {
                settings,
                plan,
                gate,
                duplicate_of,
                ..
            } => {
                let how = match duplicate_of {
                    Some(_) => "Added as a duplicate",
                    None => "Added",
                };
                let waits = match gate {
                    Gate::AwaitsAcceptance => "; it awaits the proposal’s acceptance",
                    Gate::Open { .. } => "",
                    Gate::Closed { .. } => "; its proposal is closed",
                };
                let what = format!("{how}: “{}”, {}{waits}.", settings.name, plan.schedule);
                (what, Vec::new(), Tone::Waits)
            }
            other => {
                let (what, tone) = self.plain(other);
                (as_sentence(&what), Vec::new(), tone)
            }
        }
    }

    fn plain(&self, event: &WorkflowEvent) -> (String, Tone) {
        let on = words::occurrence;
        match event {
            WorkflowEvent::Added { .. }
            | WorkflowEvent::SettingsChanged { .. }
            | WorkflowEvent::BillingChanged { .. }
            | WorkflowEvent::PlanChanged { .. }
            | WorkflowEvent::Rescheduled { .. } => (String::new(), Tone::Quiet),
            WorkflowEvent::Wanted {
                occurrence,
                covered_by,
                ..
            } => {
                let (date, by) = (on(*occurrence), on(*covered_by));
                let text = format!("asked for {date} although the job of {by} covers it");
                (text, Tone::Waits)
            }
            WorkflowEvent::Confirmed => ("confirmed the first date".into(), Tone::Waits),
            WorkflowEvent::Opened { on, starts } => {
                let text = format!(
                    "the proposal was accepted: deploys from {}, what is on acceptance starts on {}",
                    day(*on),
                    day(*starts)
                );
                (text, Tone::Good)
            }
            WorkflowEvent::Closed { on, by } => {
                let by = match by {
                    ClosedBy::Declined => "declined",
                    ClosedBy::Archived => "archived",
                };
                let text = format!("the proposal was {by}: nothing deploys from {}", day(*on));
                (text, Tone::Quiet)
            }
            WorkflowEvent::Paused(pause) => {
                let until = pause.until.map_or_else(
                    || "until somebody resumes it".to_owned(),
                    |until| format!("until {}", day(until)),
                );
                (format!("paused {until}: {}", pause.reason), Tone::Waits)
            }
            WorkflowEvent::Resumed { on, paused_dates } => {
                let owed = match paused_dates {
                    PausedDates::NotOwed => "the dates in the pause are not owed",
                    PausedDates::Owed => "the dates in the pause are owed",
                };
                (format!("resumed from {}; {owed}", day(*on)), Tone::Good)
            }
            WorkflowEvent::Skipped { occurrence, reason } => (
                format!("skipped {}: {reason}", on(*occurrence)),
                Tone::Waits,
            ),
            WorkflowEvent::Moved {
                occurrence,
                from,
                to,
            } => {
                let (from, to) = (day(*from), day(*to));
                let text = format!("moved {} from {from} to {to}", on(*occurrence));
                (text, Tone::Waits)
            }
            WorkflowEvent::Missed { occurrence } => (
                format!("recorded {} as missed", on(*occurrence)),
                Tone::Quiet,
            ),
            WorkflowEvent::HandoverSet(handover) => {
                let (from, to) = (
                    self.directory.person(&handover.from).name,
                    self.directory.person(&handover.to).name,
                );
                let text = format!(
                    "put {to} in the place of {from} in what starts from {}",
                    day(handover.on)
                );
                (text, Tone::Waits)
            }
            WorkflowEvent::HandedOver { on } => (
                format!("made the handovers up to {} part of the settings", day(*on)),
                Tone::Quiet,
            ),
            WorkflowEvent::Archived { on } => (
                format!("archived the workflow on {}", day(*on)),
                Tone::Quiet,
            ),
            WorkflowEvent::NextPlaced { next, .. } => {
                let text = next.as_ref().map_or_else(
                    || "nothing is to be deployed by itself".to_owned(),
                    |next| {
                        let deploys = day(next.dates.deploys_on());
                        format!("placed the next one: deploys on {deploys}")
                    },
                );
                (text, Tone::Quiet)
            }
            WorkflowEvent::Covered { occurrence, by } => {
                let (covered, by) = (on(*occurrence), on(*by));
                let text = format!("the working calendar changed: {covered} is covered by {by}");
                (text, Tone::Quiet)
            }
            WorkflowEvent::DeployableSince { .. } => (
                "can be deployed from now on: what was due before was not missed".to_owned(),
                Tone::Quiet,
            ),
            deploying => self.deploying(deploying),
        }
    }

    fn deploying(&self, event: &WorkflowEvent) -> (String, Tone) {
        let Some(occurrence) = event.deployment() else {
            return (String::new(), Tone::Quiet);
        };
        let on = words::occurrence(occurrence);
        let wrong = |wrong: &Wrong| {
            let sentence = as_sentence(&wrong.sentence);
            match &wrong.correlation {
                Some(known) => format!("{sentence} XPM’s support knows it as {known}."),
                None => sentence,
            }
        };
        match event {
            WorkflowEvent::Begun { held: None, .. } => {
                (format!("began to deploy {on}"), Tone::Waits)
            }
            WorkflowEvent::Begun {
                held: Some(hold), ..
            } => (format!("held {on}: {hold}"), Tone::Bad),
            WorkflowEvent::Released { .. } => (format!("released {on}"), Tone::Waits),
            WorkflowEvent::Unprepared { trouble, .. } => (
                format!("{on} could not be prepared: {}", wrong(trouble)),
                Tone::Bad,
            ),
            WorkflowEvent::Intended { kind, .. } => (
                format!("asked XPM to {} for {on}", self.step(*kind)),
                Tone::Quiet,
            ),
            WorkflowEvent::Done { step, how, job, .. } => {
                let how = match how {
                    How::Answered => "XPM answered",
                    How::FoundDone => "its reply was lost, and it was found done",
                    How::Adopted => "a person named the job",
                    How::Told => "a person looked in XPM and said so",
                };
                let step = self.step_done(occurrence, *step);
                let text = format!("{step} for {on} is done: {how}, job {}", job.number);
                (text, Tone::Good)
            }
            WorkflowEvent::Refused { trouble, then, .. } => {
                let text = format!("{on} failed: {} {}", wrong(trouble), self.then(*then));
                (text, Tone::Bad)
            }
            WorkflowEvent::ReplyLost {
                trouble,
                look_up_at,
                ..
            } => {
                let at = instant(*look_up_at, self.zone);
                let text = format!("{on} is uncertain: {} Looked up on {at}", wrong(trouble));
                (text, Tone::Bad)
            }
            WorkflowEvent::LookedUp { found, then, .. } => {
                let (found, tone) = match found {
                    Found::Nothing => ("it was not carried out".to_owned(), Tone::Waits),
                    Found::Done => ("it was carried out".to_owned(), Tone::Good),
                    Found::Partly { what } => (what.clone(), Tone::Bad),
                    Found::Several { jobs } => (several(jobs), Tone::Bad),
                    Found::Unknown { trouble } => (wrong(trouble), Tone::Bad),
                    Found::NumberTaken { job, name } => {
                        let text = format!("the number {} is that of “{name}”", job.number);
                        (text, Tone::Bad)
                    }
                };
                let found = as_sentence(&found);
                let text = format!("looked {on} up: {found} {}", self.then(*then));
                (text, tone)
            }
            WorkflowEvent::Deployed { job, .. } => {
                (format!("deployed {on}: job {}", job.number), Tone::Good)
            }
            WorkflowEvent::RetryAsked { .. } => {
                (format!("asked for another try of {on}"), Tone::Waits)
            }
            WorkflowEvent::Adopted { job, .. } => {
                (format!("adopted job {} for {on}", job.number), Tone::Good)
            }
            WorkflowEvent::GivenUp { reason, .. } => {
                (format!("gave {on} up: {reason}"), Tone::Quiet)
            }
            WorkflowEvent::Postponed { trouble, .. } => {
                let text = format!("{on} was put off: {}", wrong(trouble));
                (text, Tone::Waits)
            }
            WorkflowEvent::ToldUndone { step, .. } => {
                let step = self.step_done(occurrence, *step);
                (
                    format!("said that XPM did not {step} for {on}"),
                    Tone::Waits,
                )
            }
            WorkflowEvent::NumberDropped { .. } => {
                (format!("had XPM number the job of {on}"), Tone::Waits)
            }
            WorkflowEvent::LookUpOwed { look_up_at, .. } => {
                let at = instant(*look_up_at, self.zone);
                let text = format!(
                    "{on} is looked up in XPM on {at}, before anything is sent: a backup was \
                     restored"
                );
                (text, Tone::Waits)
            }
            WorkflowEvent::DuplicateFound { jobs, .. } => {
                (format!("{on}: {}", as_sentence(&several(jobs))), Tone::Bad)
            }
            WorkflowEvent::DuplicateResolved { kept, .. } => {
                let text = format!("kept job {} for {on}", kept.number);
                (text, Tone::Good)
            }
            _ => (String::new(), Tone::Quiet),
        }
    }

    /// What the step of that place in an occurrence's ledger does.
    fn step_done(&self, occurrence: Occurrence, place: u8) -> String {
        let mut deployments = self.deployments.iter();
        let found = deployments.find(|found| found.value.occurrence() == occurrence);
        let step = found.and_then(|found| found.value.steps().get(usize::from(place)));
        step.map_or_else(
            || format!("step {}", place + 1),
            |step| self.step(step.kind),
        )
    }

    fn step(&self, kind: StepKind) -> String {
        match kind {
            StepKind::ApplyTemplate { template } => {
                format!(
                    "apply the job template {}",
                    self.directory.template(template).name
                )
            }
            StepKind::Create | StepKind::Assign => kind.to_string(),
        }
    }

    fn then(&self, then: Then) -> String {
        match then {
            Then::SendAgain { at } => format!("Sent again on {}", instant(at, self.zone)),
            Then::LookAgain { at } => format!("Looked up again on {}", instant(at, self.zone)),
            Then::AwaitPerson => "A person decides".into(),
            Then::Settled => "Nothing is sent again".into(),
        }
    }
}

/// Whether an event tells of something that there was not before.
fn is_new(event: &Event) -> bool {
    match event {
        Event::Practice(change) => change.before.is_none(),
        Event::Client(change) => change.before.is_none(),
        Event::Person(change) => change.before.is_none(),
        Event::Listing(change) => change.before.is_none(),
        Event::Proposal(change) => change.before.is_none(),
        Event::Level(change) => change.before.is_none(),
        Event::Sweep(change) => change.before.is_none(),
        Event::Directory(change) => change.before.is_none(),
        Event::Webhooks(change) => change.before.is_none(),
        Event::Access(change) => change.before.is_none(),
        Event::Workflow(event) => matches!(event, WorkflowEvent::Added { .. }),
    }
}

fn several(jobs: &[workflow_core::deployment::JobRef]) -> String {
    let numbers: Vec<&str> = jobs.iter().map(|job| job.number.as_str()).collect();
    format!("several jobs bear its marker: {}", numbers.join(", "))
}

fn changed(label: &'static str, before: String, after: String) -> Vec<Changed> {
    if before == after {
        return Vec::new();
    }
    vec![Changed {
        label,
        before,
        after,
    }]
}

fn plan(before: &Plan, after: &Plan) -> Vec<Changed> {
    let mut changes = changed(
        "Schedule",
        before.schedule.to_string(),
        after.schedule.to_string(),
    );
    let timing = words::timing(&before.timing)
        .into_iter()
        .zip(words::timing(&after.timing));
    for ((label, before), (_, after)) in timing {
        changes.extend(changed(label, before, after));
    }
    let from = |plan: &Plan| day(plan.deploys_from);
    changes.extend(changed("Deploys from", from(before), from(after)));
    changes.extend(changed(
        "Missed runs",
        missed(before.missed),
        missed(after.missed),
    ));
    changes
}
