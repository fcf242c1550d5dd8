//! What a form looks like: sections of labelled fields, each with its hint and its problem.

use workflow_core::service::CommandError;

use super::Input;
use crate::error::beside_field;

/// A field that the core refuses something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusable {
    /// The core's name for it.
    pub(crate) core: &'static str,
    /// Its name in the page.
    pub(crate) page: &'static str,
    /// Its label in the page.
    pub(crate) label: &'static str,
}

impl Refusable {
    pub(crate) const fn new(core: &'static str, page: &'static str, label: &'static str) -> Self {
        Self { core, page, label }
    }
}

/// What was wrong with a form, by the field's name in the page; under the empty name what belongs
/// to no field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Problems(Vec<(&'static str, String)>);

impl Problems {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes a problem; the first one of a field stays.
    pub(crate) fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        if self.of(field).is_none() {
            self.0.push((field, sentence.into()));
        }
    }

    /// Notes a refusal beside the field that it names, if it is one of these.
    pub(crate) fn refused(&mut self, error: &CommandError, fields: &[Refusable]) {
        let named = error.field().unwrap_or_default();
        let field = fields.iter().find(|field| field.core == named);
        let (page, label) = field.map_or(("", ""), |field| (field.page, field.label));
        self.add(page, beside_field(error, label));
    }

    pub(crate) fn of(&self, field: &str) -> Option<String> {
        let found = self.0.iter().find(|(found, _)| *found == field);
        found.map(|(_, sentence)| sentence.clone())
    }

    /// All of them, in the order in which they were found: where each is in the page, and the
    /// sentence.
    pub(crate) fn list(&self) -> Vec<(String, String)> {
        self.0
            .iter()
            .map(|(field, sentence)| ((*field).to_owned(), sentence.clone()))
            .collect()
    }
}

/// A form as a page shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FormView {
    /// Where it is sent.
    pub(crate) action: String,
    /// What goes with it unseen.
    pub(crate) hidden: Vec<(&'static str, String)>,
    pub(crate) problems: Vec<(String, String)>,
    pub(crate) sections: Vec<Section>,
    /// The label of its button.
    pub(crate) submit: String,
    /// Where "Cancel" leads.
    pub(crate) cancel: String,
    pub(crate) weight: Weight,
    /// Another button beside the first, which saves nothing.
    pub(crate) look: Option<Button>,
}

/// A button of a form that is not the one that it is for: it saves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Button {
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
    pub(crate) label: &'static str,
}

/// How much a form's button asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It can be changed again.
    #[default]
    Light,
    /// It cannot be taken back.
    Grave,
}

/// Fields that belong together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    /// What they are about.
    pub(crate) legend: &'static str,
    /// The class by which the stylesheet leaves it out where it does not apply.
    pub(crate) class: &'static str,
    pub(crate) note: &'static str,
    pub(crate) fields: Vec<Field>,
    /// Fields of which one group at a time applies.
    pub(crate) groups: Vec<Group>,
}

/// Fields of a section that apply with one of its choices.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// With which choice they apply.
    pub(crate) legend: &'static str,
    /// The class by which the stylesheet leaves it out where it does not apply.
    pub(crate) class: &'static str,
    pub(crate) fields: Vec<Field>,
}

/// One field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) problem: Option<String>,
    pub(crate) kind: Kind,
    /// A button beside it that fills the form in.
    pub(crate) button: Option<Button>,
    /// A search over what it offers, where that is long.
    pub(crate) find: Option<Find>,
}

/// A search over what a field offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Find {
    /// What was looked for.
    pub(crate) text: String,
    /// Where a script looks, below the mount.
    pub(crate) from: &'static str,
    /// How many of what it offers are left out.
    pub(crate) more: usize,
}

/// The most that a field offers without a search.
pub(crate) const OFFERED: usize = 40;

/// What the name of a field's search begins with.
const FIND: &str = "find_";

/// What the name of what was looked for before begins with.
const FOUND: &str = "found_";

impl Input {
    /// Whether the form was sent to search in a field, by its button or by the Enter key, and not
    /// to be saved.
    pub(crate) fn looks_for_something(&self) -> bool {
        let changed = |(name, value): (&str, &str)| {
            let field = name.strip_prefix(FIND);
            field.is_some_and(|field| value.trim() != self.get(&format!("{FOUND}{field}")))
        };
        self.get("fill") == "find" || self.pairs().any(changed)
    }

    /// The same without what was looked for.
    pub(crate) fn without_searches(self) -> Self {
        let kept = self.pairs().filter(|(name, _)| {
            !name.starts_with(FIND) && !name.starts_with(FOUND) && *name != "fill"
        });
        Self::new(
            kept.map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
}

/// Leaves out what does not hold the text, and what is too much; says how much. What is chosen
/// stays.
fn narrow(options: &mut Vec<Choice>, text: &str) -> usize {
    let before = options.len();
    let text = text.to_lowercase();
    let mut left = OFFERED;
    options.retain(|option| {
        if option.value.is_empty() || option.chosen {
            return true;
        }
        let holds = option.label.to_lowercase().contains(&text) && left > 0;
        left -= usize::from(holds);
        holds
    });
    before - options.len()
}

impl Field {
    /// The same with a button beside it that fills the form in from it.
    pub(crate) fn with_button(mut self, value: &'static str, label: &'static str) -> Self {
        let name = "fill";
        self.button = Some(Button { name, value, label });
        self
    }
}

/// What a field is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Line {
        value: String,
        /// The input's `type`.
        of: &'static str,
    },
    Area {
        value: String,
    },
    Select {
        options: Vec<Choice>,
    },
    /// Several selects of one name, in order: how a list is ordered without a script.
    Selects {
        rows: Vec<Vec<Choice>>,
    },
    Radios {
        options: Vec<Choice>,
    },
    Checks {
        options: Vec<Choice>,
    },
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    /// What to know before choosing it.
    pub(crate) note: String,
    /// Why choosing it would be refused as things are; empty where it would not be.
    pub(crate) refusal: String,
    pub(crate) chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            note: String::new(),
            refusal: String::new(),
            chosen: false,
        }
    }

    pub(crate) fn refused(mut self, refusal: &str) -> Self {
        refusal.clone_into(&mut self.refusal);
        self
    }

    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// Makes fields out of what was typed, or of what is stored, and of what was wrong with it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) input: &'a Input,
    pub(crate) problems: &'a Problems,
}

impl Fields<'_> {
    fn field(&self, name: &'static str, label: &str, hint: &str, kind: Kind) -> Field {
        Field {
            name,
            label: label.to_owned(),
            hint: hint.to_owned(),
            problem: self.problems.of(name),
            kind,
            button: None,
            find: None,
        }
    }

    /// The same field with a search, if it offers more than a person wants to look through.
    pub(crate) fn searched(&self, mut field: Field, from: &'static str) -> Field {
        let text = self.input.get(&format!("{FIND}{}", field.name)).to_owned();
        let length = match &field.kind {
            Kind::Select { options } | Kind::Checks { options } => options.len(),
            Kind::Selects { rows } => rows.first().map_or(0, Vec::len),
            Kind::Line { .. } | Kind::Area { .. } | Kind::Radios { .. } => 0,
        };
        if length <= OFFERED && text.is_empty() {
            return field;
        }
        let more = match &mut field.kind {
            Kind::Select { options } | Kind::Checks { options } => narrow(options, &text),
            Kind::Selects { rows } => {
                let left_out = rows.iter_mut().map(|options| narrow(options, &text));
                left_out.max().unwrap_or(0)
            }
            Kind::Line { .. } | Kind::Area { .. } | Kind::Radios { .. } => 0,
        };
        field.find = Some(Find { text, from, more });
        field
    }

    fn marked(&self, name: &str, options: Vec<Choice>) -> Vec<Choice> {
        let chosen: Vec<&str> = self.input.all(name).collect();
        let marked = |option: Choice| Choice {
            chosen: chosen.contains(&option.value.as_str()),
            ..option
        };
        options.into_iter().map(marked).collect()
    }

    pub(crate) fn line(&self, name: &'static str, label: &str, hint: &str) -> Field {
        let value = self.input.get(name).to_owned();
        self.field(name, label, hint, Kind::Line { value, of: "text" })
    }

    pub(crate) fn date(&self, name: &'static str, label: &str, hint: &str) -> Field {
        let value = self.input.get(name).to_owned();
        self.field(name, label, hint, Kind::Line { value, of: "date" })
    }

    pub(crate) fn number(&self, name: &'static str, label: &str, hint: &str) -> Field {
        let value = self.input.get(name).to_owned();
        self.field(
            name,
            label,
            hint,
            Kind::Line {
                value,
                of: "number",
            },
        )
    }

    pub(crate) fn area(&self, name: &'static str, label: &str, hint: &str) -> Field {
        let value = self.input.text(name);
        self.field(name, label, hint, Kind::Area { value })
    }

    pub(crate) fn select(
        &self,
        name: &'static str,
        label: &str,
        hint: &str,
        options: Vec<Choice>,
    ) -> Field {
        let options = self.marked(name, options);
        self.field(name, label, hint, Kind::Select { options })
    }

    pub(crate) fn radios(
        &self,
        name: &'static str,
        label: &str,
        hint: &str,
        options: Vec<Choice>,
    ) -> Field {
        let options = self.marked(name, options);
        self.field(name, label, hint, Kind::Radios { options })
    }

    pub(crate) fn checks(
        &self,
        name: &'static str,
        label: &str,
        hint: &str,
        options: Vec<Choice>,
    ) -> Field {
        let options = self.marked(name, options);
        self.field(name, label, hint, Kind::Checks { options })
    }

    /// As many selects as there are values, and `more` empty ones, at most `most`.
    pub(crate) fn selects(
        &self,
        name: &'static str,
        label: &str,
        hint: &str,
        options: &[Choice],
        (more, most): (usize, usize),
    ) -> Field {
        let chosen: Vec<&str> = self
            .input
            .all(name)
            .filter(|value| !value.is_empty())
            .collect();
        let rows = (0..(chosen.len() + more).min(most))
            .map(|at| {
                let value = chosen.get(at).copied().unwrap_or_default();
                let mark = |option: &Choice| Choice {
                    chosen: option.value == value,
                    ..option.clone()
                };
                options.iter().map(mark).collect()
            })
            .collect();
        self.field(name, label, hint, Kind::Selects { rows })
    }
}
