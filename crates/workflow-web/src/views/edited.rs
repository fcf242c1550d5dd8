//! What an edit of settings changed, field by field, in names.

use workflow_core::workflow::Settings;

use crate::views::directory::{Directory, Named};
use crate::views::words;

/// What something was and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) label: &'static str,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// What stands where nothing is set.
const NOTHING: &str = "none";

impl Directory {
    /// What an edit changed, by name.
    pub(crate) fn changes(&self, before: &Settings, after: &Settings) -> Vec<Changed> {
        let shown = |settings: &Settings| self.shown(settings);
        let pairs = shown(before).into_iter().zip(shown(after));
        pairs
            .filter(|((_, before), (_, after))| before != after)
            .map(|((label, before), (_, after))| Changed {
                label,
                before,
                after,
            })
            .collect()
    }

    fn shown(&self, settings: &Settings) -> [(&'static str, String); 8] {
        let directory = self;
        let person = |id| directory.person(id).name;
        let joined = |names: Vec<String>| match names.is_empty() {
            true => NOTHING.to_owned(),
            false => names.join(", "),
        };
        let staff = settings.staff.iter().map(person).collect();
        let template = |id: &workflow_core::ids::TemplateId| directory.template(*id);
        let templates = settings.templates.iter().map(template);
        let templates = templates.map(|Named { name, .. }| name).collect();
        let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
        [
            ("Job name", settings.name.text().to_owned()),
            (
                "Job description",
                or_nothing(settings.description.as_ref().map(ToString::to_string)),
            ),
            (
                "Category",
                or_nothing(settings.category.map(|id| directory.category(id).name)),
            ),
            ("Budget", or_nothing(settings.budget.map(words::money))),
            ("Partner", or_nothing(settings.partner.as_ref().map(person))),
            ("Manager", or_nothing(settings.manager.as_ref().map(person))),
            ("Staff", joined(staff)),
            ("Job templates", joined(templates)),
        ]
    }
}
