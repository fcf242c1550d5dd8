//! XPM's staff as the page offers it: by names that tell them apart, and no more of them than a
//! list can hold.

use std::collections::{BTreeMap, BTreeSet};

use workflow_core::ids::StaffId;
use workflow_core::practice::{Listing, Standing};

/// The most members of staff that one list offers.
pub(super) const OFFERED: usize = 20;

/// XPM's staff, by name.
#[derive(Debug)]
pub(super) struct Staff {
    all: Vec<Listing>,
    /// Where those of one name stand, by their names in lower case.
    names: BTreeMap<String, Vec<usize>>,
    /// The words of each one's name.
    words: Vec<BTreeSet<String>>,
}

impl Staff {
    pub(super) fn new(mut all: Vec<Listing>) -> Self {
        all.sort_by_cached_key(|listing| listing.row.name.to_lowercase());
        let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, listing) in all.iter().enumerate() {
            let name = listing.row.name.to_lowercase();
            names.entry(name).or_default().push(at);
        }
        let words = all.iter().map(|listing| words(&listing.row.name));
        let words = words.collect();
        Self { all, names, words }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many are in XPM now.
    pub(super) fn count(&self) -> usize {
        let current = |listing: &&Listing| listing.standing == Standing::Current;
        self.all.iter().filter(current).count()
    }

    pub(super) fn get(&self, id: StaffId) -> Option<&Listing> {
        self.all.iter().find(|listing| listing.row.id == id.uuid())
    }

    /// Those in XPM now whose name or e-mail address holds a text, whatever its case.
    pub(super) fn holding<'a>(&'a self, text: &str) -> impl Iterator<Item = &'a Listing> {
        self.standing_and_holding(text).map(|(_, listing)| listing)
    }

    /// Whom a list offers for a person of that name: namesakes first, in a word or in all, and then
    /// by name.
    pub(super) fn offered<'a>(&'a self, name: &str, text: &str) -> Vec<&'a Listing> {
        let asked = words(name);
        let found: Vec<_> = self.standing_and_holding(text).collect();
        let shared = |at: usize| self.words[at].intersection(&asked).count();
        let mut found: Vec<_> = found
            .into_iter()
            .map(|(at, listing)| (std::cmp::Reverse(shared(at)), at, listing))
            .collect();
        found.sort_unstable_by_key(|(shared, at, _)| (*shared, *at));
        let offered = found.into_iter().take(OFFERED);
        offered.map(|(.., listing)| listing).collect()
    }

    fn standing_and_holding<'a>(
        &'a self,
        text: &str,
    ) -> impl Iterator<Item = (usize, &'a Listing)> {
        self.all.iter().enumerate().filter(move |(_, listing)| {
            let email = listing.row.email.as_deref().unwrap_or_default();
            listing.standing == Standing::Current && holds(&[&listing.row.name, email], text)
        })
    }

    /// One of them by name; two with one name are told apart.
    pub(super) fn label(&self, listing: &Listing) -> String {
        let named = self.names.get(&listing.row.name.to_lowercase());
        let namesakes: Vec<&Listing> = named
            .into_iter()
            .flatten()
            .map(|at| &self.all[*at])
            .collect();
        label(listing, &namesakes)
    }
}

/// Whether one of the texts holds another, whatever its case.
pub(super) fn holds(texts: &[&str], text: &str) -> bool {
    let text = text.to_lowercase();
    texts.iter().any(|of| of.to_lowercase().contains(&text))
}

/// The words of a name, but for initials.
fn words(name: &str) -> BTreeSet<String> {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| word.chars().count() > 1);
    words.map(str::to_lowercase).collect()
}

/// A member of staff by name; two with one name are told apart by their e-mail address, and by the
/// end of XPM's UUID where that is the same as well.
fn label(listing: &Listing, all: &[&Listing]) -> String {
    let row = &listing.row;
    let namesake = |other: &&&Listing| {
        other.row.id != row.id && other.row.name.to_lowercase() == row.name.to_lowercase()
    };
    let email = row
        .email
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let same = all.iter().filter(namesake);
    let gone = match listing.standing {
        Standing::Current => "",
        Standing::Gone => ", no longer in XPM",
    };
    let tail = || {
        let id = row.id.simple().to_string();
        format!("…{}", &id[id.len() - 6..])
    };
    let told_apart = match email {
        Some(email)
            if same
                .clone()
                .all(|other| other.row.email.as_deref() != Some(email)) =>
        {
            format!(" ({email})")
        }
        Some(email) => format!(" ({email}, {})", tail()),
        None if same.clone().next().is_some() => format!(" ({})", tail()),
        None => String::new(),
    };
    format!("{}{told_apart}{gone}", row.name)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use workflow_core::ports::gateway::{DirectoryPart, DirectoryRow};

    use super::*;

    #[test]
    fn two_with_one_name_are_told_apart() {
        let staff = |number, email: Option<&str>, standing| Listing {
            part: DirectoryPart::Staff,
            row: DirectoryRow {
                id: Uuid::from_u128(number),
                name: "Sam Lee".to_owned(),
                email: email.map(str::to_owned),
            },
            standing,
        };
        let (current, gone) = (Standing::Current, Standing::Gone);
        let all = [
            staff(1, Some("sam@x.nz"), current),
            staff(2, Some("office@x.nz"), current),
            staff(3, Some("office@x.nz"), gone),
            staff(4, None, current),
        ];
        let all: Vec<&Listing> = all.iter().collect();
        let labels = all.iter().map(|one| label(one, &all)).collect::<Vec<_>>();
        assert_eq!(
            labels,
            [
                "Sam Lee (sam@x.nz)",
                "Sam Lee (office@x.nz, …000002)",
                "Sam Lee (office@x.nz, …000003), no longer in XPM",
                "Sam Lee (…000004)",
            ]
        );
        assert_eq!(label(all[3], &all[3..]), "Sam Lee");
    }

    #[test]
    fn namesakes_are_offered_first_and_no_more_than_a_list_holds() {
        let named = |number: u128, name: String| Listing {
            part: DirectoryPart::Staff,
            row: DirectoryRow {
                id: Uuid::from_u128(number),
                name,
                email: Some(format!("{number}@x.nz")),
            },
            standing: Standing::Current,
        };
        let mut all: Vec<Listing> = (0..300)
            .map(|number| named(number, format!("Aroha {number:03} Brown")))
            .collect();
        all.push(named(900, "Zoe van Dyk".to_owned()));
        all.push(named(901, "Zoe Y. Xu".to_owned()));
        let staff = Staff::new(all);
        let offered = |name, text| {
            let offered = staff.offered(name, text);
            let names = offered.iter().map(|one| one.row.name.as_str());
            names.map(str::to_owned).collect::<Vec<_>>()
        };
        let for_zoe = offered("Zoë VAN DYK", "");
        assert_eq!(for_zoe.len(), OFFERED);
        assert_eq!(for_zoe[0], "Zoe van Dyk");
        assert_eq!(for_zoe[1], "Aroha 000 Brown");
        assert_eq!(offered("Y", "")[0], "Aroha 000 Brown", "no initial counts");
        assert_eq!(offered("", "xu"), ["Zoe Y. Xu"]);
        assert_eq!(offered("", "900@X.nz"), ["Zoe van Dyk"]);
        assert_eq!(staff.holding("299 brown").count(), 1);
    }
}
