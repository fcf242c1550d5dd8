//! What the practice knows, as the audit tells it: what an entry is about, and what was changed.

use workflow_core::access::{Access, Role};
use workflow_core::audit::{Change, Event, Subject};
use workflow_core::billing::{Level, LevelOf, Nominee};
use workflow_core::ports::gateway::DirectoryPart;
use workflow_core::practice::{Client, Link, Listing, Person, Practice, Standing};
use workflow_core::proposal::{InvoiceGrouping, Proposal};

use crate::views::edited::Changed;
use crate::views::words;

/// What stands where nothing is set, or was there before.
const NOTHING: &str = "none";

/// A field's label and its text.
type Said = (&'static str, String);

/// What an event changed of something that is kept whole: nothing of what is new, whose name says
/// it, and nothing of a workflow, which is told by itself.
pub(crate) fn changes(event: &Event) -> Vec<Changed> {
    match event {
        Event::Practice(change) => changed(change, practice),
        Event::Client(change) => changed(change, client),
        Event::Person(change) => changed(change, person),
        Event::Listing(change) => changed(change, listing),
        Event::Proposal(change) => changed(change, proposal),
        Event::Level(change) => changed(change, level),
        Event::Access(change) => access(change),
        Event::Workflow(_) | Event::Sweep(_) | Event::Directory(_) | Event::Webhooks(_) => {
            Vec::new()
        }
    }
}

fn changed<T>(change: &Change<T>, said: impl Fn(&T) -> Vec<Said>) -> Vec<Changed> {
    let after = said(&change.after);
    let before = change.before.as_ref().map(|before| said(before));
    let Some(before) = before else {
        return Vec::new();
    };
    before
        .into_iter()
        .zip(after)
        .filter(|(before, after)| before != after)
        .map(|((label, before), (_, after))| Changed {
            label,
            before,
            after,
        })
        .collect()
}

fn standing(standing: Standing) -> String {
    match standing {
        Standing::Current => "in XPM".into(),
        Standing::Gone => "no longer in XPM".into(),
    }
}

fn practice(of: &Practice) -> Vec<Said> {
    let calendar = &of.calendar;
    vec![
        ("Name", of.name.to_string()),
        ("Time zone", of.zone.to_string()),
        ("Deploys at", of.deploy_time.format("%H:%M").to_string()),
        (
            "Working calendar",
            format!(
                "{}, version {}, {}",
                calendar.name(),
                calendar.version(),
                words::count(calendar.holidays().len(), "holiday", "holidays")
            ),
        ),
        ("Job numbers", of.numbering.to_string()),
        ("Calls a day", of.daily_calls.count().to_string()),
        ("Jobs", of.numbering.to_string()),
        (
            "Connection",
            match &of.link {
                Link::NotConnected => "not connected to XPM".into(),
                Link::Connected { .. } => "connected to XPM".into(),
                Link::Broken { reason } => format!("lost: {reason}"),
            },
        ),
    ]
}

fn client(of: &Client) -> Vec<Said> {
    vec![
        ("Name", of.name.to_string()),
        (
            "Financial year ends in month",
            of.year_end.month().to_string(),
        ),
        ("Standing", standing(of.standing)),
    ]
}

fn person(of: &Person) -> Vec<Said> {
    let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    vec![
        ("Name", of.name.to_string()),
        ("E-mail", or_nothing(of.email.clone())),
        (
            "Linked to XPM’s staff",
            or_nothing(of.staff.map(|staff| staff.to_string())),
        ),
    ]
}

fn listing(of: &Listing) -> Vec<Said> {
    vec![
        ("Name", of.row.name.clone()),
        ("Standing", standing(of.standing)),
    ]
}

fn proposal(of: &Proposal) -> Vec<Said> {
    let services: Vec<&str> = of.services.iter().map(|one| one.name.as_str()).collect();
    vec![
        ("Name", of.name.to_string()),
        ("State", words::proposal_state(of.state)),
        (
            "Starts on",
            of.starts_on.map_or_else(|| NOTHING.to_owned(), words::day),
        ),
        (
            "Invoices grouped",
            match of.grouping {
                InvoiceGrouping::Client => "by client".into(),
                InvoiceGrouping::Proposal => "by proposal".into(),
            },
        ),
        ("Services", services.join(", ")),
    ]
}

fn level(of: &Level) -> Vec<Said> {
    let nominee = match &of.nominee {
        None => "nobody".to_owned(),
        Some(Nominee::Job(number)) => format!("job {number}"),
        Some(Nominee::Workflow(id)) => format!("workflow {id}"),
    };
    vec![
        ("Reference", of.reference.to_string()),
        ("Nominated", nominee),
    ]
}

/// What an entry that is not about a workflow is about, in words.
pub(crate) fn about(subject: &Subject, event: &Event) -> String {
    match event {
        Event::Practice(change) => format!("Practice {}", change.after.name),
        Event::Client(change) => format!("Client {}", change.after.name),
        Event::Person(change) => format!("Person {}", change.after.name),
        Event::Listing(change) => {
            let part = part(change.after.part);
            format!("XPM’s {part} {}", change.after.row.name)
        }
        Event::Proposal(change) => format!("Proposal {}", change.after.name),
        Event::Level(change) => match &change.after.of {
            LevelOf::Client(_) => "Client level".to_owned(),
            LevelOf::Proposal(_) => "Proposal level".to_owned(),
        },
        Event::Sweep(_) => "Sweep".to_owned(),
        Event::Directory(_) => "Directory".to_owned(),
        Event::Webhooks(_) => "Webhooks".to_owned(),
        Event::Access(change) => format!("Role of {}", change.after.account),
        Event::Workflow(_) => match subject {
            Subject::Workflow(id) => format!("Workflow {id}"),
            _ => "Workflow".to_owned(),
        },
    }
}

/// Of a role the new one is said too: the account alone would not say what was given.
fn access(change: &Change<Access>) -> Vec<Changed> {
    let word = |access: Option<&Access>| {
        let role = access.and_then(|access| access.role);
        role.map_or(NOTHING, Role::word).to_owned()
    };
    vec![Changed {
        label: "Role",
        before: word(change.before.as_deref()),
        after: word(Some(&change.after)),
    }]
}

fn part(part: DirectoryPart) -> &'static str {
    match part {
        DirectoryPart::Clients => "client",
        DirectoryPart::Staff => "member of staff",
        DirectoryPart::Templates => "job template",
        DirectoryPart::Categories => "category",
    }
}
