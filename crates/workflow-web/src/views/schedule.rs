//! The Schedule tab: what has been and what will be deployed, a row each.

use std::collections::BTreeMap;

use workflow_core::deployment::{Deployment, Hold, OrderError, Phase, Step, StepKind};
use workflow_core::ids::PracticeId;
use workflow_core::service::ScheduleRow;
use workflow_core::timing::Dates;
use workflow_core::workflow::{
    ExplainedStep, Explanation, Mark, Occurrence, Why, WhyNot, Workflow,
};
use workflow_core::zone::Zone;

use crate::error::{as_sentence, core_sentence};
use crate::host::{Host, checked_link};
use crate::views::directory::Directory;
use crate::views::status::Tone;
use crate::views::words::{self, Day, count, day, instant};

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The occurrence as forms name it.
    pub(crate) occurrence: String,
    /// What the row's menu is called.
    pub(crate) called: String,
    pub(crate) nominal: Option<Day>,
    pub(crate) start: Option<Day>,
    pub(crate) due: Option<Day>,
    pub(crate) deploys: Option<Day>,
    /// The job's name, or why it cannot be made.
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) tone: Tone,
    /// What the state means, or what went wrong and what to do.
    pub(crate) sentence: String,
    pub(crate) job: Option<JobView>,
    pub(crate) ledger: Vec<LedgerLine>,
    /// How it comes to its dates, step by step.
    pub(crate) steps: Vec<String>,
    pub(crate) commands: Vec<Command>,
    /// Whether it lies before the first row that is still to come.
    pub(crate) is_past: bool,
}

/// A job in XPM.
#[derive(Clone, Debug)]
pub(crate) struct JobView {
    pub(crate) number: String,
    pub(crate) url: Option<String>,
}

/// One step of a deployment's ledger.
#[derive(Clone, Debug)]
pub(crate) struct LedgerLine {
    pub(crate) what: String,
    pub(crate) state: String,
    pub(crate) sends: String,
}

/// Something that a row's menu offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Done at once.
    Now {
        label: &'static str,
        path: &'static str,
    },
    /// Changes the recurrence from this date on.
    Change { label: &'static str },
    /// Asks for something first.
    Ask {
        label: &'static str,
        path: &'static str,
    },
}

const DEPLOY: Command = Command::Now {
    label: "Create workflow in XPM",
    path: "deploy",
};
const DEPLOY_COVERED: Command = Command::Now {
    label: "Deploy it although it is covered",
    path: "deploy-covered",
};
const CHANGE: Command = Command::Change {
    label: "Change from here on…",
};
const SKIP: Command = Command::Ask {
    label: "Skip…",
    path: "skip",
};
const MOVE: Command = Command::Ask {
    label: "Move…",
    path: "move",
};
const RETRY: Command = Command::Now {
    label: "Retry",
    path: "retry",
};
const DROP_NUMBER: Command = Command::Now {
    label: "Have XPM number the job",
    path: "drop-number",
};
const RELEASE: Command = Command::Now {
    label: "Release",
    path: "release",
};
const ADOPT: Command = Command::Ask {
    label: "Adopt a job by its number…",
    path: "adopt",
};
pub(crate) const APPLIED: Command = Command::Now {
    label: "The template was applied",
    path: "applied",
};
pub(crate) const NOT_APPLIED: Command = Command::Now {
    label: "The template was not applied",
    path: "not-applied",
};
const KEEP: Command = Command::Ask {
    label: "Keep one of the jobs…",
    path: "keep",
};
const GIVE_UP: Command = Command::Ask {
    label: "Give up…",
    path: "give-up",
};

/// What rows are made with.
#[derive(Debug)]
pub(crate) struct RowFacts<'a> {
    pub(crate) practice: &'a PracticeId,
    pub(crate) host: &'a dyn Host,
    pub(crate) zone: &'a Zone,
    pub(crate) directory: &'a Directory,
    pub(crate) names: &'a BTreeMap<Occurrence, Result<String, OrderError>>,
    /// How those that are to come come to their dates.
    pub(crate) steps: &'a BTreeMap<Occurrence, Vec<String>>,
    pub(crate) may_edit: bool,
    pub(crate) may_deploy: bool,
}

impl RowFacts<'_> {
    pub(crate) fn row(&self, workflow: &Workflow, row: &ScheduleRow) -> Row {
        let mut view = match row {
            ScheduleRow::Begun(deployment) => self.begun(deployment),
            ScheduleRow::Coming(next) => Row {
                state: "waiting".into(),
                tone: Tone::Good,
                sentence: moved_from(workflow, next.occurrence),
                commands: match next.occurrence {
                    Occurrence::On(_) => vec![DEPLOY, SKIP, MOVE, CHANGE],
                    Occurrence::Once => vec![DEPLOY, SKIP, MOVE],
                },
                ..self.blank(next.occurrence, Some(&next.dates))
            },
            ScheduleRow::NotOwed { occurrence, why } => Row {
                state: why.word().to_owned(),
                tone: Tone::Quiet,
                sentence: why_not(why, self.zone),
                is_past: true,
                commands: match **why {
                    WhyNot::Covered { .. } => vec![DEPLOY_COVERED],
                    _ => Vec::new(),
                },
                ..self.blank(*occurrence, None)
            },
        };
        if !self.may_edit {
            view.commands.clear();
        }
        if !self.may_deploy {
            view.commands.retain(|command| *command != DEPLOY);
        }
        view
    }

    fn blank(&self, occurrence: Occurrence, dates: Option<&Dates>) -> Row {
        let name = match self.names.get(&occurrence) {
            Some(Ok(name)) => name.clone(),
            Some(Err(error)) => core_sentence(&error.to_string()),
            None => String::new(),
        };
        let nominal = dates.map(Dates::nominal).or(occurrence.nominal());
        Row {
            occurrence: occurrence.to_string(),
            called: nominal.map_or_else(|| words::occurrence(occurrence), day),
            nominal: nominal.map(Day::from),
            start: dates.map(|dates| dates.start().into()),
            due: dates.map(|dates| dates.due().into()),
            deploys: dates.map(|dates| dates.deploys_on().into()),
            name,
            state: String::new(),
            tone: Tone::Quiet,
            sentence: String::new(),
            job: None,
            ledger: Vec::new(),
            steps: self.steps.get(&occurrence).cloned().unwrap_or_default(),
            commands: Vec::new(),
            is_past: false,
        }
    }

    fn begun(&self, deployment: &Deployment) -> Row {
        let phase = deployment.phase();
        let trouble = deployment.trouble().map(|trouble| {
            let mut sentence = as_sentence(&trouble.sentence);
            if let Some(correlation) = &trouble.correlation {
                sentence.push_str(&format!(" XPM’s support knows it as {correlation}."));
            }
            sentence
        });
        let (tone, sentence, commands) = match phase {
            Phase::Running => (
                Tone::Waits,
                trouble.unwrap_or_else(|| "It is being deployed now.".into()),
                Vec::new(),
            ),
            Phase::Uncertain => (Tone::Bad, self.uncertain(deployment, trouble), Vec::new()),
            Phase::Failed => (
                Tone::Bad,
                trouble.unwrap_or_else(|| "A person decides.".into()),
                match (deployment.untold_template(), deployment.droppable_number()) {
                    (Some(_), _) => vec![APPLIED, NOT_APPLIED, RETRY, ADOPT, GIVE_UP],
                    (None, Some(_)) => vec![RETRY, DROP_NUMBER, ADOPT, GIVE_UP],
                    (None, None) => vec![RETRY, ADOPT, GIVE_UP],
                },
            ),
            Phase::Duplicated => (Tone::Bad, duplicated(deployment), vec![KEEP]),
            Phase::Held(hold) => (Tone::Bad, held(*hold), vec![RELEASE, GIVE_UP]),
            Phase::Deployed => (Tone::Good, String::new(), Vec::new()),
            Phase::GivenUp { reason } => (Tone::Quiet, reason.to_string(), Vec::new()),
        };
        let job = deployment.job().map(|job| JobView {
            number: job.number.to_string(),
            url: self.host.job_url(self.practice, job).and_then(checked_link),
        });
        Row {
            state: phase.to_string(),
            tone,
            sentence,
            job,
            ledger: deployment
                .steps()
                .iter()
                .map(|step| self.ledger_line(step))
                .collect(),
            commands,
            is_past: phase.is_closed(),
            ..self.blank(deployment.occurrence(), Some(deployment.dates()))
        }
    }

    fn uncertain(&self, deployment: &Deployment, trouble: Option<String>) -> String {
        let looked_up = deployment.wake().map_or_else(
            || "A person decides.".to_owned(),
            |at| format!("It is looked up by itself on {}.", instant(at, self.zone)),
        );
        match trouble {
            Some(trouble) => format!("{trouble} {looked_up}"),
            None => looked_up,
        }
    }

    fn ledger_line(&self, step: &Step) -> LedgerLine {
        let what = match step.kind {
            StepKind::ApplyTemplate { template } => {
                let name = self.directory.template(template).name;
                format!("apply the job template {name}")
            }
            StepKind::Create | StepKind::Assign => step.kind.to_string(),
        };
        let mut sends = match step.sends {
            0 => "not sent".to_owned(),
            1 => "sent once".to_owned(),
            sends => format!("sent {sends} times"),
        };
        if step.lost > 0 {
            let lost = usize::try_from(step.lost).unwrap_or(usize::MAX);
            sends.push_str(&format!(", {} lost", count(lost, "reply", "replies")));
        }
        LedgerLine {
            what: as_sentence(&what),
            state: step.state.to_string(),
            sends,
        }
    }
}

fn moved_from(workflow: &Workflow, occurrence: Occurrence) -> String {
    match workflow.mark(occurrence) {
        Some(Mark::Moved { to }) => format!("A person moved it to {}.", day(*to)),
        _ => String::new(),
    }
}

fn duplicated(deployment: &Deployment) -> String {
    let jobs = deployment.duplicates().iter();
    let numbers: Vec<&str> = jobs.map(|job| job.number.as_str()).collect();
    format!(
        "XPM has more than one job for this date: {}. Say which one is kept, and close the other \
         in XPM.",
        numbers.join(" and ")
    )
}

fn held(hold: Hold) -> String {
    as_sentence(&hold.to_string())
}

/// How an occurrence comes to its dates, a step to a line. What became of it is left out where
/// that is told beside it.
pub(crate) fn steps(explanation: &Explanation) -> Vec<String> {
    let steps = explanation.steps().iter();
    steps
        .filter(|step| !matches!(step, ExplainedStep::Stands(_)))
        .map(|step| core_sentence(&step.to_string()))
        .collect()
}

/// Why a date has a job or has none, in a sentence.
pub(crate) fn why(why: &Why, zone: &Zone) -> String {
    match why {
        Why::Job(job) => format!("Deployed: job {} exists.", job.number),
        Why::NoJob(why) => {
            let sentence = why_not(why, zone);
            let word = as_sentence(why.word());
            format!("{} {sentence}", word.replace('.', ":"))
        }
    }
}

pub(crate) fn why_not(why: &WhyNot, zone: &Zone) -> String {
    match why {
        WhyNot::Waiting { until: Some(at) } => format!("Deploys on {}.", instant(*at, zone)),
        WhyNot::Waiting { until: None } => "A person deploys it.".into(),
        WhyNot::Deploying => "It is being deployed now.".into(),
        WhyNot::BeforeStart { from } => format!("The workflow deploys from {}.", day(*from)),
        WhyNot::Skipped(reason) | WhyNot::Paused(reason) | WhyNot::GivenUp(reason) => {
            as_sentence(reason.as_str())
        }
        WhyNot::AwaitsAcceptance => "The proposal is not accepted yet.".into(),
        WhyNot::ProposalClosed { since } => {
            format!("The proposal was declined or archived on {}.", day(*since))
        }
        WhyNot::Held(hold) => held(*hold),
        WhyNot::Missed => "Nothing ran then, and this workflow deploys none that is missed.".into(),
        WhyNot::Failed { sentence } => as_sentence(sentence),
        WhyNot::Uncertain {
            look_up_at: Some(at),
        } => format!(
            "A reply was lost; it is looked up on {}.",
            instant(*at, zone)
        ),
        WhyNot::Uncertain { look_up_at: None } => "A reply was lost; a person decides.".into(),
        WhyNot::Archived { on } => format!("The workflow was archived on {}.", day(*on)),
        WhyNot::Covered { by, job: Some(job) } => format!(
            "Job {} of {} covers this work.",
            job.number,
            words::occurrence(*by)
        ),
        WhyNot::Covered { by, job: None } => {
            format!("The job of {} covers this work.", words::occurrence(*by))
        }
        WhyNot::Removed { on, by } => {
            format!("The schedule was changed on {} by {by}.", day(*on))
        }
        WhyNot::Ended => "The recurrence has run out before it.".into(),
        WhyNot::NotInRule => "The schedule gives no such date.".into(),
        WhyNot::AwaitsConfirmation => {
            "A person has yet to confirm the first date of this duplicate.".into()
        }
    }
}
