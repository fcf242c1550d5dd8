//! `preflight`: what of the coming days will fail, and what to do about it.

use std::process::ExitCode;

use chrono::NaiveDate;
use serde::Serialize;
use workflow::plan::{Effect, Finding, Preflight};

use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::{open, out};

/// What was found, as JSON.
#[derive(Serialize)]
struct Answer {
    practice: String,
    from: NaiveDate,
    until: NaiveDate,
    jobs: u64,
    failing: u64,
    calls: u64,
    findings: Vec<AnswerFinding>,
    short_days: Vec<AnswerDay>,
}

#[derive(Serialize)]
struct AnswerFinding {
    fails: bool,
    cause: String,
    remedy: &'static str,
    first: NaiveDate,
    jobs: u64,
    workflows: Vec<String>,
    example: Option<String>,
}

#[derive(Serialize)]
struct AnswerDay {
    day: NaiveDate,
    calls: u64,
    room: u64,
    late: u64,
}

/// Exit code 0 where nothing will fail, and 1 where something will.
pub(crate) async fn run(args: cli::Preflight, config: &Config) -> Result<ExitCode, Failure> {
    let store = open::guest(&config.database(&args.database)?).await?;
    let workflows = open::unplugged(store);
    let named = args.practice.or_else(|| config.practice.clone());
    let practice = open::practice(&workflows, named).await?;
    let turning = Progress::turning("looking ahead");
    let preflight = practice.preflight(args.days).await;
    drop(turning);
    let preflight = preflight.map_err(failed)?;
    let code = if preflight.fails() {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    };
    if args.json {
        out::json(&answer(practice.id().to_string(), &preflight))?;
    } else {
        out::print(&text(&preflight))?;
    }
    Ok(code)
}

fn answer(practice: String, preflight: &Preflight) -> Answer {
    let findings = preflight.findings.iter().map(|found| AnswerFinding {
        fails: found.cause.effect() == Effect::Stops,
        cause: found.cause.to_string(),
        remedy: found.cause.remedy(),
        first: found.first,
        jobs: found.jobs,
        workflows: found.workflows.iter().map(ToString::to_string).collect(),
        example: found.example.clone(),
    });
    let days = preflight.short_days.iter().map(|short| AnswerDay {
        day: short.day,
        calls: short.calls,
        room: short.room,
        late: short.late,
    });
    Answer {
        practice,
        from: preflight.from,
        until: preflight.until,
        jobs: preflight.jobs,
        failing: preflight.failing,
        calls: preflight.calls,
        findings: findings.collect(),
        short_days: days.collect(),
    }
}

fn text(preflight: &Preflight) -> String {
    let jobs = match preflight.jobs {
        1 => "1 job".to_owned(),
        jobs => format!("{jobs} jobs"),
    };
    let (from, until) = (preflight.from, preflight.until);
    let mut text = format!(
        "{jobs} from {from} to {until}, {} calls: {} will fail or be held\n",
        preflight.calls, preflight.failing
    );
    let of = |effect: Effect| -> Vec<&Finding> {
        let all = preflight.findings.iter();
        all.filter(|found| found.cause.effect() == effect).collect()
    };
    for (effect, title) in [
        (Effect::Stops, "Will fail"),
        (Effect::Warns, "Worth a look"),
    ] {
        let found = of(effect);
        if found.is_empty() {
            continue;
        }
        text += &format!("\n{title}\n");
        for found in found {
            let jobs = match found.jobs {
                1 => "1 job".to_owned(),
                jobs => format!("{jobs} jobs"),
            };
            text += &format!("  {} ({jobs}, from {})\n", found.cause, found.first);
            if let Some(example) = &found.example {
                text += &format!("    such as {example}\n");
            }
            text += &format!("    {}\n", found.cause.remedy());
        }
    }
    for short in &preflight.short_days {
        text += &format!(
            "  {}: {} calls due, {} to spend, {} jobs go on later\n",
            short.day, short.calls, short.room, short.late
        );
    }
    text
}
