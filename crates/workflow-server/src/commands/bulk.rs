//! `bulk` and `replace-person`: many workflows changed at once, each with its own outcome.

use workflow::ids::PracticeId;
use workflow::plan::{Action, Filter, Plan, Row, Work};
use workflow::service::PracticeHandle;

use super::apply::carry_out;
use super::choice::{filter, narrow_filter, patch};
use super::plan::{conflicts, unplanned, write};
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::table::Table;
use crate::{open, out};

pub(crate) async fn run(args: cli::Bulk, config: &Config) -> Result<(), Failure> {
    match args {
        cli::Bulk::Archive(args) => {
            let practice = opened(config, &args.database, args.practice).await?;
            let filter = narrow_filter(&practice, &args.choice).await?;
            go(&practice, Action::Archive, &filter, &args.carry).await
        }
        cli::Bulk::Edit(args) => {
            let practice = opened(config, &args.database, args.practice.clone()).await?;
            let filter = narrow_filter(&practice, &args.choice).await?;
            let patch = patch(&practice, &args).await?;
            let edit = Action::Edit(Box::new(patch));
            go(&practice, edit, &filter, &args.carry).await
        }
    }
}

pub(crate) async fn replace_person(
    args: cli::ReplacePerson,
    config: &Config,
) -> Result<(), Failure> {
    if args.from == args.to {
        return Err(Failure::input(format!(
            "to: {} would replace themselves",
            args.to
        )));
    }
    let practice = opened(config, &args.database, args.practice).await?;
    let filter = filter(&practice, &args.choice).await?;
    let (from, to, on) = (args.from, args.to, args.on);
    let replace = Action::ReplacePerson { from, to, on };
    go(&practice, replace, &filter, &args.carry).await
}

async fn opened(
    config: &Config,
    database: &cli::Database,
    named: Option<PracticeId>,
) -> Result<PracticeHandle, Failure> {
    let store = open::editor(&config.existing_database(database)?).await?;
    let workflows = open::unplugged(store);
    let named = named.or_else(|| config.practice.clone());
    open::practice(&workflows, named).await
}

async fn go(
    practice: &PracticeHandle,
    action: Action,
    filter: &Filter,
    carry: &cli::Carry,
) -> Result<(), Failure> {
    let plan = practice.plan(action, filter).await.map_err(unplanned)?;
    if let Some(file) = &carry.out {
        write(file, &plan)?;
    }
    let only_shown = carry.dry_run || carry.out.is_some();
    if !carry.json {
        out::print(&text(&plan))?;
    } else if only_shown {
        out::json(&plan)?;
    }
    if only_shown {
        return Ok(());
    }
    carry_out(practice, &plan, carry.by.as_deref(), carry.json).await
}

fn text(plan: &Plan) -> String {
    let mut table = Table::new(&["ROW", "CLIENT", "WORKFLOW", "CHANGE"]);
    for (place, row) in plan.rows().iter().enumerate() {
        table.row([
            (place + 1).to_string(),
            row.client_name.clone(),
            row.workflow_name.clone(),
            changes(row),
        ]);
    }
    let count = match plan.rows().len() {
        1 => "1 workflow".to_owned(),
        count => format!("{count} workflows"),
    };
    format!("{count} to change\n\n{}\n{}", table.text(), conflicts(plan))
}

fn changes(row: &Row) -> String {
    match &row.work {
        Work::Deploy(planned) => format!("deploy {}", planned.occurrence),
        Work::Archive => "archive".to_owned(),
        Work::HandOver(handover) => {
            let workflow::workflow::Handover { on, from, to } = handover;
            format!("{to} in the place of {from} in what starts from {on}")
        }
        Work::Edit { .. } => {
            let said = |text: String| match text.as_str() {
                "" => "nothing".to_owned(),
                _ => text,
            };
            let changed = row.changes().into_iter();
            let changed: Vec<String> = changed
                .map(|(field, before, after)| format!("{field} {} → {}", said(before), said(after)))
                .collect();
            changed.join("; ")
        }
    }
}
