//! The filter of the practice's audit: what is typed, and what it means.

use workflow_core::practice::Client;
use workflow_core::service::{AuditFilter, AuditKind, PracticeHandle};

use super::read_when::read_date;
use super::{Choice, Input, Problems};
use crate::error::Trouble;
use crate::host::percent_encoded;

/// The fields of the filter.
const FIELDS: [&str; 6] = ["workflow", "client", "by", "kind", "from", "until"];

/// How many clients are offered where the name fits several.
const OFFERED: u32 = 20;

/// What a filter asks for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) filter: AuditFilter,
    /// The clients that may be meant, where the name fits several.
    pub(crate) offered: Vec<Client>,
}

/// Reads the filter. Where there is a problem, the rest of it is read all the same.
pub(crate) async fn read(
    input: &Input,
    handle: &PracticeHandle,
    problems: &mut Problems,
) -> Result<Asked, Trouble> {
    let mut filter = AuditFilter {
        by: input.filled("by").map(str::to_owned),
        from: read_date(input, "from", problems),
        until: read_date(input, "until", problems),
        ..AuditFilter::default()
    };
    if let Some(kind) = input.filled("kind") {
        match kind.parse() {
            Ok(kind) => filter.kind = Some(kind),
            Err(_) => problems.add("kind", "Choose one of those that are offered."),
        }
    }
    if let Some(workflow) = input.filled("workflow") {
        let unknown = || Trouble::not_found("workflow");
        let id = workflow.parse().map_err(|_| unknown())?;
        handle.workflow(id).await?.ok_or_else(unknown)?;
        filter.workflow = Some(id);
    }
    let mut offered = Vec::new();
    if let Some(client) = input.filled("client") {
        let known = match client.parse() {
            Ok(id) => handle.client(id).await?.map(|found| found.value),
            Err(_) => None,
        };
        let found = match known {
            Some(client) => vec![client],
            None => handle.clients_page(Some(client), None, OFFERED).await?.0,
        };
        match &found[..] {
            [] => problems.add("client", format!("No client’s name holds “{client}”.")),
            [one] => filter.client = Some(one.id),
            _ => {
                problems.add("client", "Several clients are meant. Choose one of them.");
                offered = found;
            }
        }
    }
    Ok(Asked { filter, offered })
}

/// The kinds to choose from.
pub(crate) fn kinds(input: &Input) -> Vec<Choice> {
    let chosen = input.get("kind");
    let kind = |value: String, label: &str| Choice {
        chosen: value == chosen,
        ..Choice::new(value, label)
    };
    let mut all = vec![kind(String::new(), "Anything")];
    all.extend(AuditKind::ALL.map(|of| kind(of.to_string(), label(of))));
    all
}

fn label(kind: AuditKind) -> &'static str {
    match kind {
        AuditKind::Workflow => "Workflows added, confirmed, archived",
        AuditKind::Settings => "Settings and billing",
        AuditKind::Schedule => "Schedules",
        AuditKind::Decision => "Skipped, moved, paused, resumed",
        AuditKind::Deployment => "Deployments",
        AuditKind::Trouble => "What went wrong",
        AuditKind::Practice => "Practice, clients, people, XPM’s lists",
    }
}

/// The filter as a query, without the `?`; with one field set to something else, if one is named.
pub(crate) fn query(input: &Input, instead: Option<(&str, &str)>) -> String {
    let kept = FIELDS.iter().filter_map(|name| {
        let value = match instead {
            Some((field, value)) if field == *name => Some(value),
            _ => input.filled(name),
        };
        value.map(|value| format!("{name}={}", percent_encoded(value)))
    });
    kept.collect::<Vec<_>>().join("&")
}
