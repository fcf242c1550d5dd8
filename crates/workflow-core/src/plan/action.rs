//! What a plan does.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::canonical::canonical;
use crate::ids::{CategoryId, PersonId, TemplateId};
use crate::text::Money;
use crate::tokens::TextTemplate;
use crate::workflow::Settings;

/// What a plan does to each workflow that its filter chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Action {
    /// Deploys occurrences at once, ahead of their date if need be.
    Deploy(Which),
    /// Edits the settings: what is not deployed or begun is sent as they are then.
    Edit(Box<SettingsPatch>),
    /// Puts one person in the place of another, as partner, manager and staff.
    ReplacePerson {
        /// Who has the part.
        from: PersonId,
        /// Who gets it.
        to: PersonId,
        /// In what starts on that day or later; in all that is not begun, where none is given.
        on: Option<NaiveDate>,
    },
    /// Archives the workflow.
    Archive,
}
canonical!(
    enum Action {
        Deploy(which),
        Edit(patch),
        ReplacePerson { from, to, on },
        Archive,
    }
);

/// Which occurrences a plan deploys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Which {
    /// Those that deploy by themselves up to and including that day.
    Until(NaiveDate),
    /// The next one of each workflow, and that of a workflow by hand.
    Next,
}
canonical!(
    enum Which {
        Until(day),
        Next,
    }
);

/// A change of settings: what it does not name is kept.
///
/// ```
/// use workflow_core::plan::{Field, SettingsPatch};
/// let patch = SettingsPatch { partner: Field::Set("grace".parse()?), ..SettingsPatch::default() };
/// assert_ne!(patch, SettingsPatch::default());
/// # Ok::<(), workflow_core::ids::IdError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct SettingsPatch {
    /// The job's name; it cannot be cleared.
    pub name: Option<TextTemplate>,
    /// The job's description.
    pub description: Field<TextTemplate>,
    /// The job's category.
    pub category: Field<CategoryId>,
    /// The job's budget.
    pub budget: Field<Money>,
    /// The partner responsible.
    pub partner: Field<PersonId>,
    /// The manager responsible.
    pub manager: Field<PersonId>,
    /// The staff assigned, all of them.
    pub staff: Field<BTreeSet<PersonId>>,
    /// The job templates, all of them, in order.
    pub templates: Field<Vec<TemplateId>>,
}
canonical!(struct SettingsPatch {
    name, description, category, budget, partner, manager, staff, templates
});

/// What becomes of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Field<T> {
    /// It is kept.
    #[default]
    Keep,
    /// It is emptied.
    Clear,
    /// It is replaced.
    Set(T),
}

impl<T: crate::canonical::Canonical> crate::canonical::Canonical for Field<T> {
    fn encode(&self, out: &mut crate::canonical::Encoder) {
        match self {
            Self::Keep => out.open("Keep"),
            Self::Clear => out.open("Clear"),
            Self::Set(value) => {
                out.open("Set");
                out.field("value", value);
            }
        }
        out.close();
    }
}

impl<T: Clone> Field<T> {
    fn of(&self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

impl SettingsPatch {
    /// The settings after the change.
    #[must_use]
    pub fn of(&self, before: &Settings) -> Settings {
        let before = before.clone();
        Settings {
            name: self.name.clone().unwrap_or(before.name),
            description: self.description.of(before.description),
            category: self.category.of(before.category),
            budget: self.budget.of(before.budget),
            partner: self.partner.of(before.partner),
            manager: self.manager.of(before.manager),
            staff: self.staff.of(Some(before.staff)).unwrap_or_default(),
            templates: self
                .templates
                .of(Some(before.templates))
                .unwrap_or_default(),
        }
    }

    /// Whether it changes nothing whatever the settings are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
