//! For which occurrences a change of schedule is: the part of a form that asks.

use workflow_core::workflow::{Occurrence, Scope, Workflow};

use super::read_when::{NOT_OFFERED, missing, read_date};
use super::{Choice, Fields, Input, Problems, Section};
use crate::views::words;

/// What a form asks to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// One occurrence alone, which is moved or skipped.
    One(Occurrence),
    /// Those in scope.
    Several(Scope),
}

/// What the form starts with: the date that a link named, or the next one.
pub(crate) fn prefill(input: &mut Input, query: &Input, workflow: &Workflow) {
    let named = query.filled("from");
    let next = workflow.next().and_then(|next| next.occurrence.nominal());
    input.set("scope", if named.is_some() { "from" } else { "all" });
    if let Some(date) = named.map(str::to_owned).or(next.map(words::iso)) {
        input.set("scope_date", date);
    }
}

/// The section that asks; none where there is one occurrence at most.
pub(crate) fn section(fields: Fields<'_>, workflow: &Workflow) -> Option<Section> {
    if workflow.plan().schedule.is_one_time() {
        return None;
    }
    let scopes = vec![
        Choice::new("all", "All that is not deployed")
            .noting("From today, or from the first date that is overdue."),
        Choice::new("from", "One date and later ones")
            .noting("What is owed before it stays as it was."),
        Choice::new("one", "One date alone")
            .noting("It is moved; the rest of this form does not matter then."),
    ];
    Some(Section {
        legend: "Which occurrences change",
        note: "What is deployed or begun is never changed.",
        fields: vec![
            fields.radios("scope", "Which occurrences change", "", scopes),
            fields.date(
                "scope_date",
                "Nominal date",
                "The first or only one to change.",
            ),
        ],
        ..Section::default()
    })
}

/// What a form asks to be changed, or nothing where a field has a problem.
pub(crate) fn read(input: &Input, problems: &mut Problems) -> Option<Asked> {
    let scope = match input.get("scope") {
        "" | "all" => return Some(Asked::Several(Scope::NotDeployed)),
        scope @ ("from" | "one") => scope,
        _ => return missing(problems, "scope", NOT_OFFERED),
    };
    let date = read_date(input, "scope_date", problems)
        .or_else(|| missing(problems, "scope_date", "Choose the nominal date."))?;
    Some(match scope {
        "one" => Asked::One(Occurrence::On(date)),
        _ => Asked::Several(Scope::From(date)),
    })
}
