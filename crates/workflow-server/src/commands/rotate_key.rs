//! `rotate-key`: seals every stored connection under a new key.

use workflow::sqlite::{RekeyError, SqliteStore};

use crate::cli;
use crate::config::{Config, master_key};
use crate::failure::{Failure, joined};
use crate::{open, out};

pub(crate) async fn run(args: cli::RotateKey, config: &Config) -> Result<(), Failure> {
    let path = config.existing_database(&args.database)?;
    let new = config.key(args.key_file.as_ref())?;
    let former = master_key(
        "former key of stored tokens",
        "WORKFLOW_FORMER_KEY",
        args.former_key_file.as_ref(),
    )?;
    let opened = SqliteStore::options().key(new).open(&path).await;
    let store = opened.map_err(open::refused)?;
    let resealed = store.change_key(&former).await.map_err(|error| match &error {
        RekeyError::Unopened { practice } => Failure::input(format!(
            "{error}, so nothing was changed; give the right keys, or forget that connection with \
             `workflow-server disconnect --practice {practice}` and connect it again"
        )),
        _ => Failure::other(joined(&error)),
    })?;
    let (changed, before) = (resealed.changed.len(), resealed.unchanged.len());
    let of = |count: usize| match count {
        1 => "1 connection".to_owned(),
        count => format!("{count} connections"),
    };
    let mut report = format!("{} sealed under the new key", of(changed));
    if before > 0 {
        report += &format!("; {before} of before were under it already");
    }
    out::print(&format!("{report}\n"))
}
