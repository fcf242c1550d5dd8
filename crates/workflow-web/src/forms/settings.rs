//! The settings part of a form: what a workflow's jobs are like.

use std::collections::BTreeSet;

use workflow_core::ids::{CategoryId, PersonId, TemplateId};
use workflow_core::text::Money;
use workflow_core::tokens::{TextTemplate, TokenScope};
use workflow_core::workflow::{Origin, Settings};

use super::{Choice, Fields, Input, Problems, Refusable, Section};
use crate::error::as_sentence;
use crate::views::directory::Directory;
use crate::views::words;

/// The fields of which the core refuses a setting.
pub(crate) const FIELDS: [Refusable; 4] = [
    Refusable::new("name", "name", "Job name"),
    Refusable::new("description", "description", "Job description"),
    Refusable::new("staff", "staff", "Staff"),
    Refusable::new("job templates", "templates", "Job templates"),
];

/// Settings as a form holds them.
pub(crate) fn settings_input(settings: &Settings) -> Input {
    let mut input = Input::default();
    input.push("name", settings.name.text());
    if let Some(description) = &settings.description {
        input.push("description", description.text());
    }
    if let Some(category) = settings.category {
        input.push("category", category.to_string());
    }
    if let Some(budget) = settings.budget {
        input.push("budget", words::money(budget));
    }
    for (name, person) in [
        ("partner", &settings.partner),
        ("manager", &settings.manager),
    ] {
        if let Some(person) = person {
            input.push(name, person.as_str());
        }
    }
    for person in &settings.staff {
        input.push("staff", person.as_str());
    }
    for template in &settings.templates {
        input.push("templates", template.to_string());
    }
    input
}

/// The sections of a form that edits settings.
pub(crate) fn settings_sections(
    input: &Input,
    problems: &Problems,
    directory: &Directory,
) -> Vec<Section> {
    let fields = Fields { input, problems };
    let none = |mut options: Vec<Choice>, label: &str| {
        options.insert(0, Choice::new("", label));
        options
    };
    let chosen = |name: &'static str| input.all(name).collect::<Vec<_>>();
    let people = |name| none(directory.people_choices(&chosen(name)), "Nobody");
    let staff = directory.people_choices(&chosen("staff"));
    let person =
        |name, label: &str| fields.searched(fields.select(name, label, "", people(name)), "people");
    let categories = directory.category_choices(&chosen("category"));
    let templates = directory.template_choices(&chosen("templates"));
    vec![
        Section {
            legend: "The job",
            fields: vec![
                fields.line(
                    "name",
                    "Job name",
                    "May hold tokens: {client}, {start}, {due}, {period}, {month}, {quarter}, \
                     {year}, {financial_year}; from a proposal also {proposal} and {service}.",
                ),
                fields.area(
                    "description",
                    "Job description",
                    "May hold the same tokens.",
                ),
                fields.searched(
                    fields.select("category", "Category", "", none(categories, "No category")),
                    "categories",
                ),
                fields.line(
                    "budget",
                    "Budget",
                    "In the practice’s currency, such as 1,250.00.",
                ),
            ],
            ..Section::default()
        },
        Section {
            legend: "People",
            note: "Whoever is not linked to XPM has to be linked before a job can be deployed.",
            fields: vec![
                person("partner", "Partner"),
                person("manager", "Manager"),
                fields.searched(fields.checks("staff", "Staff", "", staff), "people"),
            ],
            ..Section::default()
        },
        Section {
            legend: "Job templates",
            fields: vec![fields.searched(
                fields.selects(
                    "templates",
                    "Job templates",
                    "Applied in this order. Save to get more places.",
                    &none(templates, "—"),
                    (2, Settings::MOST_TEMPLATES),
                ),
                "templates",
            )],
            ..Section::default()
        },
    ]
}

/// What the workflow's texts may refer to.
pub(crate) fn scope_of(origin: &Origin) -> TokenScope {
    match (origin.proposal(), origin.service()) {
        (None, _) => TokenScope::Client,
        (Some(_), None) => TokenScope::Proposal,
        (Some(_), Some(_)) => TokenScope::Service,
    }
}

/// The settings of a form, or nothing where a field has a problem.
///
/// What the core refuses (an empty name, a token that is unknown) is left to it where it can see
/// it; here is refused what cannot be made into settings at all.
pub(crate) fn read_settings(
    input: &Input,
    scope: TokenScope,
    problems: &mut Problems,
) -> Option<Settings> {
    let mut template = |field: &'static str| {
        let text = input.text(field);
        TextTemplate::parse(text.trim(), scope)
            .map_err(|error| problems.add(field, as_sentence(&error.to_string())))
            .ok()
    };
    let name = template("name");
    let description = input.filled("description").map(|_| template("description"));
    let people = read_people(input, problems);
    let category = read_one::<CategoryId>(input, "category", "category", problems);
    let budget = read_budget(input, problems);
    let templates = read_templates(input, problems);
    if !problems.is_empty() {
        return None;
    }
    let People {
        partner,
        manager,
        staff,
    } = people;
    Some(Settings {
        name: name?,
        description: description.flatten(),
        category,
        budget,
        partner,
        manager,
        staff,
        templates,
    })
}

/// The people of a form.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) partner: Option<PersonId>,
    pub(crate) manager: Option<PersonId>,
    pub(crate) staff: BTreeSet<PersonId>,
}

pub(crate) fn read_people(input: &Input, problems: &mut Problems) -> People {
    let mut staff = BTreeSet::new();
    for person in input.all("staff").filter(|value| !value.is_empty()) {
        match person.parse() {
            Ok(person) => {
                staff.insert(person);
            }
            Err(_) => problems.add("staff", "Choose staff from the list."),
        }
    }
    People {
        partner: read_one(input, "partner", "partner", problems),
        manager: read_one(input, "manager", "manager", problems),
        staff,
    }
}

pub(crate) fn read_one<T: std::str::FromStr>(
    input: &Input,
    field: &'static str,
    what: &str,
    problems: &mut Problems,
) -> Option<T> {
    let value = input.filled(field)?;
    let read = value.parse().ok();
    if read.is_none() {
        problems.add(field, format!("Choose a {what} from the list."));
    }
    read
}

pub(crate) fn read_budget(input: &Input, problems: &mut Problems) -> Option<Money> {
    let value = input.filled("budget")?;
    value
        .parse()
        .map_err(|error| problems.add("budget", as_sentence(&format!("budget {error}"))))
        .ok()
}

pub(crate) fn read_templates(input: &Input, problems: &mut Problems) -> Vec<TemplateId> {
    let mut templates = Vec::new();
    for template in input.all("templates").filter(|value| !value.is_empty()) {
        match template.parse() {
            Ok(template) => templates.push(template),
            Err(_) => problems.add("templates", "Choose job templates from the list."),
        }
    }
    templates
}
