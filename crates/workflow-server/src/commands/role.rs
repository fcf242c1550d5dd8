//! `role`: who may do what in a practice, for whoever signs in. It works beside `serve`.

use serde::Serialize;
use workflow::access::Access;
use workflow::audit::Actor;
use workflow::service::{PracticeHandle, Workflows};
use workflow::sqlite::SqliteStore;

use super::import::failed;
use crate::cli::{OfRole, Role};
use crate::config::Config;
use crate::failure::Failure;
use crate::{open, out};

pub(crate) async fn run(args: Role, config: &Config) -> Result<(), Failure> {
    match args {
        Role::Grant { of, account, role } => {
            let (_, _, practice) = opened(of, config).await?;
            let granted = practice.grant(by(), account.clone(), role).await;
            let granted = granted.map_err(failed)?;
            let id = practice.id();
            out::print(&match granted.entries.is_empty() {
                true => format!("{id}: {account} is {role} already\n"),
                false => format!("{id}: {account} is {role} now\n"),
            })
        }
        Role::Revoke { of, account } => {
            let (store, workflows, practice) = opened(of, config).await?;
            let revoked = practice.revoke(by(), account.clone()).await;
            revoked.map_err(|error| Failure::input(error.to_string()))?;
            let ended = sign_in::end_sessions_without_role(&workflows, &store, &account).await;
            let ended = ended.map_err(|error| Failure::because("the sessions", &*error))?;
            let sessions = match ended {
                0 => String::new(),
                1 => ", and their session has ended".to_owned(),
                several => format!(", and their {several} sessions have ended"),
            };
            let id = practice.id();
            out::print(&format!("{id}: {account} has no role any more{sessions}\n"))
        }
        Role::List { of, json } => {
            let (_, _, practice) = opened(of, config).await?;
            let all = practice.accesses().await.map_err(failed)?;
            list(&practice, &all, json)
        }
    }
}

fn by() -> Actor {
    Actor::host("role")
}

async fn opened(
    of: OfRole,
    config: &Config,
) -> Result<(SqliteStore, Workflows, PracticeHandle), Failure> {
    let store = open::editor(&config.existing_database(&of.database)?).await?;
    let workflows = open::unplugged(store.clone());
    let named = of.practice.or_else(|| config.practice.clone());
    let practice = open::practice(&workflows, named).await?;
    Ok((store, workflows, practice))
}

/// An account's role, as JSON.
#[derive(Serialize)]
struct Row<'a> {
    account: &'a str,
    role: &'static str,
}

fn list(practice: &PracticeHandle, all: &[Access], json: bool) -> Result<(), Failure> {
    let rows = all.iter().filter_map(|access| {
        let role = access.role?.word();
        let account = access.account.as_str();
        Some(Row { account, role })
    });
    let rows: Vec<Row<'_>> = rows.collect();
    if json {
        return out::json(&rows);
    }
    if rows.is_empty() {
        let id = practice.id();
        return out::print(&format!("nobody has a role in {id}\n"));
    }
    let lines = rows
        .iter()
        .map(|row| format!("{:<13}  {}\n", row.role, row.account));
    out::print(&lines.collect::<String>())
}
