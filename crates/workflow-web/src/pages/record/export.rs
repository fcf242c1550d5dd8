//! The audit as a file: CSV for a spreadsheet, JSON for a program.
//!
//! A file is sent as it is read, a page of entries at a time, so that its length costs no memory.
//! Where the store fails on the way the transfer breaks off, and what arrived is no whole file.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;
use workflow_core::audit::{Actor, Entry, Subject};
use workflow_core::service::{AuditFilter, AuditKind, PracticeHandle};
use workflow_core::zone::Zone;

use crate::App;
use crate::error::Trouble;
use crate::forms::audit::read;
use crate::forms::{Input, Problems};
use crate::security::Visit;
use crate::views::audit::Telling;
use crate::views::desk::Desk;
use crate::views::directory::Directory;
use crate::views::records;
use crate::views::words::iso;

/// Entries that are read at a time.
const CHUNK: u32 = 500;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

pub(crate) async fn csv(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    export(&app, &visit, &input, Format::Csv).await
}

pub(crate) async fn json(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    export(&app, &visit, &input, Format::Json).await
}

async fn export(
    app: &App,
    visit: &Visit,
    input: &Input,
    format: Format,
) -> Result<Response, Trouble> {
    let desk = Desk::of(app, visit).await?;
    let mut problems = Problems::default();
    let asked = read(input, &desk.handle, &mut problems).await?;
    if let Some((_, sentence)) = problems.list().into_iter().next() {
        return Err(Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, sentence));
    }
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let name = format!("audit-{}-{}.{ending}", desk.handle.id(), iso(desk.today()));
    let disposition = format!("attachment; filename=\"{}\"", plain(&name));
    let disposition = HeaderValue::from_str(&disposition)
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let file = File {
        handle: desk.handle.clone(),
        zone: desk.zone.clone(),
        directory: Directory::of(&desk.handle).await?,
        filter: asked.filter,
        format,
        at: Some(At::Head),
        is_first: true,
    };
    let body = Body::from_stream(stream::unfold(file, |mut file| async move {
        let next = file.next().await?;
        // The reason is in the log; whoever downloads sees that the file breaks off.
        let next = next.map_err(|trouble| std::io::Error::other(trouble.sentence));
        Some((next, file))
    }));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, body).into_response())
}

/// A file's name, in letters that need no quoting.
fn plain(name: &str) -> String {
    let letter = |letter: char| match letter {
        letter if letter.is_ascii_alphanumeric() || "-_.".contains(letter) => letter,
        _ => '_',
    };
    name.chars().map(letter).collect()
}

/// A file that is being sent.
struct File {
    handle: PracticeHandle,
    zone: Zone,
    directory: Directory,
    filter: AuditFilter,
    format: Format,
    /// Nothing where it has ended.
    at: Option<At>,
    is_first: bool,
}

/// What of a file comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Head,
    /// Entries before that place; the newest where there is none.
    Entries(Option<u64>),
    Foot,
}

impl File {
    /// The next part; nothing after the last one.
    async fn next(&mut self) -> Option<Result<Bytes, Trouble>> {
        let at = self.at.take()?;
        let part = match at {
            At::Head => {
                self.at = Some(At::Entries(None));
                self.head()
            }
            At::Entries(before) => match self.entries(before).await {
                Ok(part) => part,
                Err(trouble) => return Some(Err(trouble)),
            },
            At::Foot => match self.format {
                Format::Csv => return None,
                Format::Json => "\n]}\n".to_owned(),
            },
        };
        Some(Ok(Bytes::from(part)))
    }

    fn head(&self) -> String {
        match self.format {
            Format::Csv => "entry,at,who,kind of actor,about,kind,what,changes,hash\r\n".into(),
            Format::Json => {
                let practice = serde_json::Value::from(self.handle.id().as_str());
                format!("{{\"practice\":{practice},\"entries\":[")
            }
        }
    }

    async fn entries(&mut self, before: Option<u64>) -> Result<String, Trouble> {
        let page = self.handle.audit_page(&self.filter, before, CHUNK).await?;
        let mut out = String::new();
        for entry in &page.entries {
            match self.format {
                Format::Csv => out.push_str(&self.csv(entry)),
                Format::Json => {
                    out.push_str(if self.is_first { "\n" } else { ",\n" });
                    self.is_first = false;
                    out.push_str(&self.json(entry)?);
                }
            }
        }
        self.at = Some(match page.next {
            Some(next) => At::Entries(Some(next)),
            None => At::Foot,
        });
        Ok(out)
    }

    fn telling(&self) -> Telling<'_> {
        Telling {
            zone: &self.zone,
            directory: &self.directory,
            deployments: &[],
        }
    }

    fn csv(&self, entry: &Entry) -> String {
        let view = self.telling().entry(entry);
        let changes: Vec<String> = view
            .changes
            .iter()
            .map(|change| format!("{}: {} → {}", change.label, change.before, change.after))
            .collect();
        let line = &entry.line;
        let fields = [
            entry.seq.to_string(),
            view.iso,
            view.who,
            actor(&line.actor).to_owned(),
            about(entry),
            AuditKind::of(&line.event).to_string(),
            view.what,
            changes.join("; "),
            entry.hash.to_string(),
        ];
        let fields: Vec<String> = fields.iter().map(|field| cell(field)).collect();
        format!("{}\r\n", fields.join(","))
    }

    fn json(&self, entry: &Entry) -> Result<String, Trouble> {
        /// An entry as it is stored, with what the screens say of it.
        #[derive(Serialize)]
        struct Written<'a> {
            kind: String,
            about: String,
            what: String,
            #[serde(flatten)]
            entry: &'a Entry,
        }
        let written = Written {
            kind: AuditKind::of(&entry.line.event).to_string(),
            about: about(entry),
            what: self.telling().entry(entry).what,
            entry,
        };
        serde_json::to_string(&written).map_err(|_| {
            Trouble::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "An entry cannot be written.",
            )
        })
    }
}

/// What an entry is about, by its key.
fn about(entry: &Entry) -> String {
    match &entry.line.subject {
        Subject::Workflow(id) => format!("workflow {id}"),
        subject => records::about(subject, &entry.line.event),
    }
}

fn actor(actor: &Actor) -> &'static str {
    match actor {
        Actor::Person(_) => "person",
        Actor::Scheduler => "scheduler",
        Actor::Host(_) => "host application",
    }
}

/// A text as one cell: quoted, and no formula, whatever it begins with.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_runs_no_formula() {
        assert_eq!(cell("one, \"two\"\nthree"), "\"one, \"\"two\"\"\nthree\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert!(cell(formula).starts_with("\"'"), "{formula}");
        }
    }

    #[test]
    fn a_file_s_name_needs_no_quoting() {
        assert_eq!(plain("audit-a b\"c.csv"), "audit-a_b_c.csv");
    }
}
