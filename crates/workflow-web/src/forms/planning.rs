//! The form that asks for a plan: what is to be done, and to which workflows.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use workflow_core::plan::{Action, Field as PatchField, Filter, SettingsPatch, State, Which};
use workflow_core::service::PracticeHandle;
use workflow_core::tokens::{TextTemplate, TokenScope};

use super::read_when::read_date;
use super::settings::{read_budget, read_one, read_people, read_templates};
use super::{Choice, Field, Fields, Group, Input, Problems, Section};
use crate::error::{Trouble, as_sentence};
use crate::views::directory::Directory;
use crate::views::words;

/// What the fields of a settings form are called in this one, so that both are read alike.
const PATCHED: [&str; 8] = [
    "name",
    "description",
    "category",
    "budget",
    "partner",
    "manager",
    "staff",
    "templates",
];

/// The settings that can be emptied.
const CLEARED: [(&str, &str); 7] = [
    ("description", "Job description"),
    ("category", "Category"),
    ("budget", "Budget"),
    ("partner", "Partner"),
    ("manager", "Manager"),
    ("staff", "Staff"),
    ("templates", "Job templates"),
];

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) action: Action,
    pub(crate) filter: Filter,
}

/// The form as it is opened.
pub(crate) fn opened(query: &Input, today: NaiveDate) -> Input {
    let mut input = query.clone();
    if input.filled("do").is_none() {
        input.set("do", "until");
    }
    if input.filled("until").is_none() {
        let month = today.checked_add_months(Months::new(1)).unwrap_or(today);
        input.set("until", words::iso(month));
    }
    input
}

/// The sections of the form.
pub(crate) fn sections(input: &Input, problems: &Problems, directory: &Directory) -> Vec<Section> {
    let fields = Fields { input, problems };
    let chosen = |name: &'static str| input.all(name).collect::<Vec<_>>();
    let any = |mut options: Vec<Choice>, label: &str| {
        options.insert(0, Choice::new("", label));
        options
    };
    let person = |name: &'static str, label: &str, none: &str| {
        let people = any(directory.people_choices(&chosen(name)), none);
        fields.searched(fields.select(name, label, "", people), "people")
    };
    let category = |name: &'static str, none: &str| {
        let categories = any(directory.category_choices(&chosen(name)), none);
        fields.searched(
            fields.select(name, "Category", "", categories),
            "categories",
        )
    };
    let templates = |name, label: &str| any(directory.template_choices(&chosen(name)), label);
    let group = |legend, class, fields: Vec<Field>| Group {
        legend,
        class,
        fields,
    };
    let actions = vec![
        Choice::new("until", "Deploy what is due by a day")
            .noting("Now, ahead of its date if need be."),
        Choice::new("next", "Deploy the next date of each")
            .noting("And that of a workflow by hand."),
        Choice::new("edit", "Change settings").noting("Of what is not deployed yet."),
        Choice::new("replace", "Replace a person").noting("As partner, manager and staff."),
        Choice::new("archive", "Archive").noting("Nothing further of them is deployed."),
    ];
    let states = State::ALL.map(|state| {
        let code = state.to_string();
        let label = as_sentence(&code.replace('-', " "));
        Choice::new(code, label.trim_end_matches('.'))
    });
    vec![
        Section {
            legend: "What is to be done",
            note: "Nothing happens before you have seen each row of it.",
            fields: vec![fields.radios("do", "What is to be done", "", actions)],
            groups: vec![
                group(
                    "Deploy what is due by a day",
                    "do-until",
                    vec![fields.date("until", "Up to and including", "By the day to deploy on.")],
                ),
                group(
                    "Change settings",
                    "do-edit",
                    vec![
                        fields.line("new_name", "Job name", "Empty to keep each as it is."),
                        fields.area("new_description", "Job description", "Empty to keep each."),
                        category("new_category", "Keep each"),
                        fields.line("new_budget", "Budget", "Empty to keep each."),
                        person("new_partner", "Partner", "Keep each"),
                        person("new_manager", "Manager", "Keep each"),
                        fields.searched(
                            fields.checks(
                                "new_staff",
                                "Staff, all of them",
                                "Nobody chosen keeps each.",
                                directory.people_choices(&chosen("new_staff")),
                            ),
                            "people",
                        ),
                        fields.searched(
                            fields.selects(
                                "new_templates",
                                "Job templates, all of them",
                                "Nothing chosen keeps each.",
                                &templates("new_templates", "—"),
                                (3, workflow_core::workflow::Settings::MOST_TEMPLATES),
                            ),
                            "templates",
                        ),
                        fields.checks(
                            "clear",
                            "Empty these",
                            "",
                            CLEARED.map(|(code, label)| Choice::new(code, label)).into(),
                        ),
                    ],
                ),
                group(
                    "Replace a person",
                    "do-replace",
                    vec![
                        person("from", "Who leaves", "Choose"),
                        person("to", "Who comes instead", "Choose"),
                        fields.date(
                            "on",
                            "In what starts from",
                            "Empty for all that is not begun.",
                        ),
                    ],
                ),
            ],
            ..Section::default()
        },
        Section {
            legend: "Of which workflows",
            note: "All that is said has to hold. Unless a state is chosen, active workflows are meant.",
            fields: vec![
                fields.line("client", "Client", "A part of the client’s name."),
                fields.line(
                    "workflow_name",
                    "Workflow",
                    "A part of the workflow’s name.",
                ),
                fields.select("state", "State", "", any(states.into(), "Active")),
                category("category", "Any"),
                fields.searched(
                    fields.select("template", "Job template", "", templates("template", "Any")),
                    "templates",
                ),
                person("partner", "Partner", "Anybody"),
                person("manager", "Manager", "Anybody"),
                person("staff", "Staff", "Anybody"),
                fields.select(
                    "billing",
                    "Billing level",
                    "",
                    vec![
                        Choice::new("", "Any"),
                        Choice::new("client", "Client level"),
                        Choice::new("proposal", "Proposal level"),
                        Choice::new("non-billing", "Non-billing"),
                    ],
                ),
                fields.date("due_from", "Due from", ""),
                fields.date("due_until", "Due until", ""),
            ],
            ..Section::default()
        },
    ]
}

/// What the form asks for, or nothing where a field has a problem.
///
/// # Errors
///
/// Where the practice could not be read.
pub(crate) async fn read(
    input: &Input,
    handle: &PracticeHandle,
    problems: &mut Problems,
) -> Result<Option<Asked>, Trouble> {
    let action = read_action(input, problems);
    let filter = read_filter(input, handle, problems).await?;
    let Some(action) = action.filter(|_| problems.is_empty()) else {
        return Ok(None);
    };
    let is_bold = matches!(action, Action::Edit(_) | Action::Archive);
    if is_bold && filter.is_empty() {
        problems.add(
            "client",
            "Say which workflows are meant: a client, a name, a person, a state.",
        );
        return Ok(None);
    }
    Ok(Some(Asked { action, filter }))
}

fn read_action(input: &Input, problems: &mut Problems) -> Option<Action> {
    match input.get("do") {
        "until" => {
            let until = read_date(input, "until", problems);
            if until.is_none() {
                problems.add("until", "Choose the day up to which is deployed.");
            }
            Some(Action::Deploy(Which::Until(until?)))
        }
        "next" => Some(Action::Deploy(Which::Next)),
        "archive" => Some(Action::Archive),
        "edit" => {
            let patch = read_patch(input, problems);
            if problems.is_empty() && patch.is_empty() {
                problems.add("new_name", "Say what is to be changed.");
            }
            Some(Action::Edit(Box::new(patch)))
        }
        "replace" => {
            let from = read_one(input, "from", "person", problems);
            let to = read_one(input, "to", "person", problems);
            let on = read_date(input, "on", problems);
            for (field, person) in [("from", &from), ("to", &to)] {
                if person.is_none() {
                    problems.add(field, "Choose a person from the list.");
                }
            }
            if from.is_some() && from == to {
                problems.add("to", "Choose somebody else than who leaves.");
            }
            Some(Action::ReplacePerson {
                from: from?,
                to: to?,
                on,
            })
        }
        _ => {
            problems.add("do", "Choose what is to be done.");
            None
        }
    }
}

/// The change of settings that a form asks for: its fields are read as those of a settings form
/// are, and what is wrong with them is told beside them.
fn read_patch(input: &Input, problems: &mut Problems) -> SettingsPatch {
    let mut settings = Input::default();
    for name in PATCHED {
        for (found, value) in input.pairs() {
            if found.strip_prefix("new_") == Some(name) {
                settings.push(name, value);
            }
        }
    }
    let mut found = Problems::default();
    let mut template = |field: &'static str| {
        settings.filled(field)?;
        TextTemplate::parse(settings.text(field).trim(), TokenScope::Service)
            .map_err(|error| found.add(field, as_sentence(&error.to_string())))
            .ok()
    };
    let (name, description) = (template("name"), template("description"));
    let category = read_one(&settings, "category", "category", &mut found);
    let budget = read_budget(&settings, &mut found);
    let people = read_people(&settings, &mut found);
    let templates = read_templates(&settings, &mut found);
    for (field, sentence) in found.list() {
        let shown = SHOWN.iter().find(|(name, _)| *name == field);
        problems.add(shown.map_or("", |(_, shown)| *shown), sentence);
    }
    let cleared: BTreeSet<&str> = input.all("clear").collect();
    let mut patch = SettingsPatch {
        name,
        description: set(description),
        category: set(category),
        budget: set(budget),
        partner: set(people.partner),
        manager: set(people.manager),
        staff: set(Some(people.staff).filter(|staff| !staff.is_empty())),
        templates: set(Some(templates).filter(|templates| !templates.is_empty())),
    };
    let both = "It is to be emptied and to be set. Choose one.";
    macro_rules! clear {
        ($($field:ident, $shown:literal;)*) => {$(
            if cleared.contains(stringify!($field)) {
                match patch.$field {
                    PatchField::Keep => patch.$field = PatchField::Clear,
                    _ => problems.add($shown, both),
                }
            }
        )*};
    }
    clear! {
        description, "new_description";
        category, "new_category";
        budget, "new_budget";
        partner, "new_partner";
        manager, "new_manager";
        staff, "new_staff";
        templates, "new_templates";
    }
    patch
}

/// Where the page shows what is wrong with a setting.
const SHOWN: [(&str, &str); 8] = [
    ("name", "new_name"),
    ("description", "new_description"),
    ("category", "new_category"),
    ("budget", "new_budget"),
    ("partner", "new_partner"),
    ("manager", "new_manager"),
    ("staff", "new_staff"),
    ("templates", "new_templates"),
];

fn set<T>(value: Option<T>) -> PatchField<T> {
    value.map_or(PatchField::Keep, PatchField::Set)
}

async fn read_filter(
    input: &Input,
    handle: &PracticeHandle,
    problems: &mut Problems,
) -> Result<Filter, Trouble> {
    let mut filter = Filter::default();
    let plain: [(&'static str, &str); 8] = [
        ("workflow_name", "name"),
        ("state", "state"),
        ("category", "category"),
        ("template", "template"),
        ("partner", "partner"),
        ("manager", "manager"),
        ("staff", "staff"),
        ("billing", "billing"),
    ];
    for (field, core) in plain {
        if let Some(value) = input.filled(field) {
            match filter.clone().with(core, value) {
                Ok(with) => filter = with,
                Err(_) => problems.add(field, "Choose one of those that are offered."),
            }
        }
    }
    filter.due_from = read_date(input, "due_from", problems);
    filter.due_until = read_date(input, "due_until", problems);
    for workflow in input.all("workflow").filter(|id| !id.is_empty()) {
        match workflow.parse() {
            Ok(id) => {
                filter.workflows.insert(id);
            }
            Err(_) => problems.add("workflow_name", "There is no such workflow."),
        }
    }
    if let Some(client) = input.filled("client") {
        filter.clients = handle
            .clients(Some(client))
            .await?
            .into_iter()
            .map(|client| client.id)
            .collect();
        if filter.clients.is_empty() {
            problems.add("client", format!("No client’s name holds “{client}”."));
        }
    }
    Ok(filter)
}
