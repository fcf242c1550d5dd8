//! Names for what settings hold by key: people, job templates, categories.

use workflow_core::ids::{CategoryId, PersonId, TemplateId};
use workflow_core::ports::gateway::DirectoryPart;
use workflow_core::practice::{Listing, Person, Standing};
use workflow_core::service::PracticeHandle;

use crate::error::Trouble;
use crate::forms::Choice;

/// A name, with what is wrong with it if anything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// Such as `not linked to XPM`; empty where nothing is wrong.
    pub(crate) flag: &'static str,
}

const UNLINKED: &str = "not linked to XPM";
const GONE: &str = "no longer in XPM";
const UNKNOWN: &str = "unknown to the practice";

/// The practice's people and what XPM lists.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    people: Vec<Person>,
    templates: Vec<Listing>,
    categories: Vec<Listing>,
}

impl Directory {
    pub(crate) async fn of(handle: &PracticeHandle) -> Result<Self, Trouble> {
        let mut people = handle.people().await?;
        let mut templates = handle.listings(DirectoryPart::Templates).await?;
        let mut categories = handle.listings(DirectoryPart::Categories).await?;
        people.sort_by_cached_key(|person| person.name.as_str().to_lowercase());
        templates.sort_by_cached_key(|listing| listing.row.name.to_lowercase());
        categories.sort_by_cached_key(|listing| listing.row.name.to_lowercase());
        Ok(Self {
            people,
            templates,
            categories,
        })
    }

    pub(crate) fn person(&self, id: &PersonId) -> Named {
        let found = self.people.iter().find(|person| person.id == *id);
        found.map_or_else(
            || unknown(id.as_str()),
            |person| Named {
                name: person.name.to_string(),
                flag: flag_of(person),
            },
        )
    }

    pub(crate) fn template(&self, id: TemplateId) -> Named {
        listed(&self.templates, id.uuid())
    }

    pub(crate) fn category(&self, id: CategoryId) -> Named {
        listed(&self.categories, id.uuid())
    }

    /// The people to choose from, and who is chosen already though the practice does not have
    /// them.
    pub(crate) fn people_choices(&self, chosen: &[&str]) -> Vec<Choice> {
        let choice = |person: &Person| {
            Choice::new(person.id.as_str(), person.name.as_str()).noting(flag_of(person))
        };
        with_unknown(self.people.iter().map(choice).collect(), chosen)
    }

    /// What XPM lists now, and what is chosen already though XPM no longer lists it.
    pub(crate) fn template_choices(&self, chosen: &[&str]) -> Vec<Choice> {
        choices(&self.templates, chosen)
    }

    /// As [`Directory::template_choices`], for categories.
    pub(crate) fn category_choices(&self, chosen: &[&str]) -> Vec<Choice> {
        choices(&self.categories, chosen)
    }
}

fn flag_of(person: &Person) -> &'static str {
    match person.staff {
        Some(_) => "",
        None => UNLINKED,
    }
}

fn listed(listings: &[Listing], id: uuid::Uuid) -> Named {
    let found = listings.iter().find(|listing| listing.row.id == id);
    found.map_or_else(
        || unknown(&id.to_string()),
        |listing| Named {
            name: listing.row.name.clone(),
            flag: match listing.standing {
                Standing::Current => "",
                Standing::Gone => GONE,
            },
        },
    )
}

fn unknown(key: &str) -> Named {
    Named {
        name: key.to_owned(),
        flag: UNKNOWN,
    }
}

fn choices(listings: &[Listing], chosen: &[&str]) -> Vec<Choice> {
    let all: Vec<Choice> = listings
        .iter()
        .map(|listing| {
            let choice = Choice::new(listing.row.id.to_string(), &listing.row.name);
            match listing.standing {
                Standing::Current => choice,
                Standing::Gone => choice.noting(GONE),
            }
        })
        .filter(|choice| choice.note.is_empty() || chosen.contains(&choice.value.as_str()))
        .collect();
    with_unknown(all, chosen)
}

/// The same with what is chosen and not among them, so that saving a form loses nothing.
fn with_unknown(mut all: Vec<Choice>, chosen: &[&str]) -> Vec<Choice> {
    for value in chosen {
        if !value.is_empty() && !all.iter().any(|choice| choice.value == *value) {
            all.push(Choice::new(*value, *value).noting(UNKNOWN));
        }
    }
    all
}
