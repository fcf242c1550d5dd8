//! Settings: what the jobs of a workflow are like.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::canonical::canonical;
use crate::ids::{CategoryId, PersonId, TemplateId};
use crate::ports::gateway::DirectoryPart;
use crate::text::Money;
use crate::tokens::TextTemplate;

/// What the jobs of a workflow are like. An edit acts on what is not deployed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Settings {
    /// The job's name, which may hold tokens.
    pub name: TextTemplate,
    /// The job's description, which may hold tokens.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub description: Option<TextTemplate>,
    /// The job's category.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub category: Option<CategoryId>,
    /// The job's budget.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub budget: Option<Money>,
    /// The partner responsible.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub partner: Option<PersonId>,
    /// The manager responsible.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub manager: Option<PersonId>,
    /// The staff assigned.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "BTreeSet::is_empty")
    )]
    pub staff: BTreeSet<PersonId>,
    /// The job templates, applied in this order.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub templates: Vec<TemplateId>,
}
canonical!(struct Settings {
    name, description, category, budget, partner, manager, staff, templates
});

impl Settings {
    /// The most job templates that one workflow may apply.
    pub const MOST_TEMPLATES: usize = 20;

    /// The most staff that one workflow may assign.
    pub const MOST_STAFF: usize = 50;

    /// Settings with a name alone.
    #[must_use]
    pub fn named(name: TextTemplate) -> Self {
        Self {
            name,
            description: None,
            category: None,
            budget: None,
            partner: None,
            manager: None,
            staff: BTreeSet::new(),
            templates: Vec::new(),
        }
    }

    /// Everybody that the settings name.
    pub fn people(&self) -> impl Iterator<Item = &PersonId> {
        self.partner.iter().chain(&self.manager).chain(&self.staff)
    }

    /// Every row of XPM's lists that the settings name: the job templates, then the category.
    pub(crate) fn listed(&self) -> impl Iterator<Item = (DirectoryPart, Uuid)> {
        let templates = self.templates.iter().map(|id| id.uuid());
        let category = self.category.iter().map(|id| id.uuid());
        templates
            .map(|id| (DirectoryPart::Templates, id))
            .chain(category.map(|id| (DirectoryPart::Categories, id)))
    }

    /// How many calls one deployment costs: one to create the job with its first job template,
    /// one for each further template, and one to assign whoever is to be assigned.
    #[must_use]
    pub fn calls(&self) -> u32 {
        let further = self.templates.len().saturating_sub(1);
        let assign = u32::from(self.people().next().is_some());
        1 + u32::try_from(further).unwrap_or(u32::MAX - 2) + assign
    }
}
