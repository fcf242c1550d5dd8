//! What an answer about the directory changes: listings, clients, and who people are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Refresh;
use crate::audit::Line;
use crate::directory::{Directory, PARTS};
use crate::ids::{ClientId, StaffId};
use crate::ports::gateway::{DirectoryPart, DirectoryRow};
use crate::ports::store::{Key, Of, Put, Record, Unit, Versioned};
use crate::practice::{Client, Listing, Person, Practice, Standing};
use crate::service::calling::CallOutcome;
use crate::service::records::upsert;
use crate::service::{By, CommandError, PracticeHandle};
use crate::text::Name;
use crate::timing::FinancialYearEnd;
use crate::zone::ZoneName;

/// What an answer changes, as it is worked out: each record once.
pub(super) struct Taking<'a> {
    handle: &'a PracticeHandle,
    by: &'a By,
    year_end: FinancialYearEnd,
    changes: BTreeMap<Key, (Put, Line)>,
    rows: usize,
}

impl<'a> Taking<'a> {
    pub(super) fn new(handle: &'a PracticeHandle, by: &'a By, year_end: FinancialYearEnd) -> Self {
        Self {
            handle,
            by,
            year_end,
            changes: BTreeMap::new(),
            rows: 0,
        }
    }

    /// How many rows the answer had.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn into_unit(self, unit: &mut Unit) {
        for (put, line) in self.changes.into_values() {
            unit.puts.push(put);
            unit.lines.push(line);
        }
    }

    /// What an answer told.
    pub(super) async fn take_in(
        &mut self,
        directory: &mut Directory,
        refresh: &Refresh,
        outcome: &CallOutcome,
        now: DateTime<Utc>,
    ) -> Result<(), CommandError> {
        let part = refresh.call.part();
        match outcome {
            CallOutcome::Directory(Ok(answer)) => {
                let page = &answer.value;
                self.rows = page.rows.len();
                for row in &page.rows {
                    self.listing(part, row, Standing::Current).await?;
                }
                let times = (refresh.asked, now);
                let all = directory.had_page(part, times, &page.rows, page.next.as_deref());
                if let Some(all) = all {
                    self.gone_but(part, &all).await?;
                }
            }
            CallOutcome::Modified(Ok(answer)) => match &answer.value {
                None => directory.lists_anew(),
                Some(clients) => {
                    self.rows = clients.len();
                    for client in clients {
                        self.listing(part, &client.row, client.standing).await?;
                    }
                    directory.had_changes(refresh.asked, now);
                }
            },
            other => {
                if let Some(failure) = other.failure() {
                    directory.troubled(part, now, failure);
                }
            }
        }
        Ok(())
    }

    /// One row: its listing, and the client that it is.
    async fn listing(
        &mut self,
        part: DirectoryPart,
        row: &DirectoryRow,
        standing: Standing,
    ) -> Result<(), CommandError> {
        let before = self.handle.record(&Key::Listing(part, row.id)).await?;
        let named = match before.as_ref().map(|found| &found.value) {
            Some(Record::Listing(listing)) => Some(listing.row.name.clone()),
            _ => None,
        };
        let listing = Listing {
            part,
            row: row.clone(),
            standing,
        };
        self.change(before, &Record::Listing(listing));
        if part == DirectoryPart::Clients {
            self.client(row, standing, named.as_deref()).await?;
        }
        Ok(())
    }

    /// A client in use becomes one of the practice's. One that the practice has follows XPM: in its
    /// standing, and in its name unless the practice calls it something else.
    async fn client(
        &mut self,
        row: &DirectoryRow,
        standing: Standing,
        named: Option<&str>,
    ) -> Result<(), CommandError> {
        let id = ClientId::new(row.id);
        let before = self.handle.record(&Key::Client(id)).await?;
        let after = match before.as_ref().map(|found| &found.value) {
            Some(Record::Client(client)) => {
                let follows = named.is_some_and(|named| name_of(named, row.id) == client.name);
                let name = match follows {
                    true => name_of(&row.name, row.id),
                    false => client.name.clone(),
                };
                Client {
                    name,
                    standing,
                    ..client.clone()
                }
            }
            _ if standing == Standing::Gone => return Ok(()),
            _ => Client::new(id, name_of(&row.name, row.id), self.year_end),
        };
        self.change(before, &Record::Client(after));
        Ok(())
    }

    fn change(&mut self, before: Option<Versioned<Record>>, after: &Record) {
        let key = after.key();
        match upsert(before, after) {
            // A row that the answer has twice is as it stands the last time.
            None => drop(self.changes.remove(&key)),
            Some((put, subject, event)) => {
                let line = self.handle.line(self.by, subject, event);
                self.changes.insert(key, (put, line));
            }
        }
    }

    /// How many listings are new, changed or gone.
    pub(super) fn listings(&self) -> usize {
        let keys = self.changes.keys();
        keys.filter(|key| matches!(key, Key::Listing(..))).count()
    }

    /// What XPM no longer lists of a part.
    async fn gone_but(
        &mut self,
        part: DirectoryPart,
        there: &BTreeSet<Uuid>,
    ) -> Result<(), CommandError> {
        for found in self.handle.all_records(Of::Listings(part)).await? {
            let Record::Listing(listing) = &found.value else {
                continue;
            };
            if listing.standing == Standing::Current && !there.contains(&listing.row.id) {
                let standing = Standing::Gone;
                let after = Listing {
                    standing,
                    ..listing.clone()
                };
                self.change(Some(found), &Record::Listing(after));
            }
        }
        Ok(())
    }

    /// Everything that was ever listed.
    pub(super) async fn all_gone(&mut self) -> Result<(), CommandError> {
        for part in PARTS {
            self.gone_but(part, &BTreeSet::new()).await?;
        }
        Ok(())
    }

    /// Links people who have an e-mail address to the one member of staff who has the same. Says
    /// how many.
    pub(super) async fn link_people(&mut self) -> Result<usize, CommandError> {
        let found = self.handle.all_records(Of::People).await?;
        let mut people = Vec::new();
        for found in found {
            if let Record::Person(person) = &found.value {
                people.push((person.clone(), found));
            }
        }
        let staff = self.staff().await?;
        let mut linked = 0;
        for (person, staff) in matches(&people.iter().map(|(person, _)| person), &staff) {
            let before = people.iter().find(|(other, _)| other.id == person.id);
            let before = before.map(|(_, found)| found.clone());
            let staff = Some(staff);
            self.change(before, &Record::Person(Person { staff, ..person }));
            linked += 1;
        }
        Ok(linked)
    }

    /// XPM's staff as they are after this answer.
    async fn staff(&self) -> Result<Vec<DirectoryRow>, CommandError> {
        let part = DirectoryPart::Staff;
        let found = self.handle.all_records(Of::Listings(part)).await?;
        let mut all: BTreeMap<Key, Record> = found
            .into_iter()
            .map(|found| (found.value.key(), found.value))
            .collect();
        for (key, (put, _)) in &self.changes {
            all.insert(key.clone(), put.record.clone());
        }
        let current = all.into_values().filter_map(|record| match record {
            Record::Listing(listing) if listing.part == part => Some(listing),
            _ => None,
        });
        let current = current.filter(|listing| listing.standing == Standing::Current);
        Ok(current.map(|listing| listing.row).collect())
    }
}

/// Who of the people that are not linked is which member of staff, by e-mail address alone: an
/// address that two of either have decides nothing, and nobody is linked to whom another is.
fn matches<'a>(
    people: &(impl Iterator<Item = &'a Person> + Clone),
    staff: &[DirectoryRow],
) -> Vec<(Person, StaffId)> {
    let taken: BTreeSet<StaffId> = people.clone().filter_map(|person| person.staff).collect();
    let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
    let mut found = Vec::new();
    for person in people.clone().filter(|person| person.staff.is_none()) {
        let Some(email) = person
            .email
            .as_deref()
            .filter(|email| !email.trim().is_empty())
        else {
            continue;
        };
        let has = |other: &Option<String>| other.as_deref().is_some_and(|other| same(other, email));
        let mut those = staff.iter().filter(|row| has(&row.email));
        let namesakes = people.clone().filter(|other| has(&other.email)).count();
        if let (Some(row), None, 1) = (those.next(), those.next(), namesakes) {
            let staff = StaffId::new(row.id);
            if !taken.contains(&staff) {
                found.push((person.clone(), staff));
            }
        }
    }
    found
}

/// A name as XPM has it, fit to be one of ours: in one line, and cut where it is too long.
fn name_of(text: &str, id: Uuid) -> Name {
    const LONGEST: usize = 200;
    let words = text.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ").chars().take(LONGEST).collect();
    let otherwise = || Name::new(format!("client {id}"));
    #[expect(clippy::expect_used, reason = "a UUID with a word before it is a name")]
    let name = Name::new(line).or_else(|_| otherwise()).expect("a name");
    name
}

/// The financial year that is usual where the practice is; XPM does not tell a client's. The
/// practice file says it where it is another.
pub(super) fn usual_year_end(practice: &Practice) -> FinancialYearEnd {
    let zone = practice.zone.as_str();
    match zone.split('/').next() {
        Some("Australia") => FinancialYearEnd::JUNE,
        _ if is_of_new_zealand_or_the_united_kingdom(&practice.zone) => FinancialYearEnd::MARCH,
        _ => FinancialYearEnd::DECEMBER,
    }
}

fn is_of_new_zealand_or_the_united_kingdom(zone: &ZoneName) -> bool {
    let zones = [
        "Pacific/Auckland",
        "Pacific/Chatham",
        "Europe/London",
        "Europe/Belfast",
    ];
    zones.contains(&zone.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PersonId;

    fn person(id: &str, email: &str) -> Person {
        let id: PersonId = id.parse().unwrap();
        Person {
            name: Name::new(id.as_str()).unwrap(),
            id,
            email: Some(email.to_owned()),
            staff: None,
        }
    }

    fn staff(number: u128, email: &str) -> DirectoryRow {
        DirectoryRow {
            id: Uuid::from_u128(number),
            name: "Sam Lee".to_owned(),
            email: Some(email.to_owned()),
        }
    }

    #[test]
    fn an_e_mail_address_links_a_person_where_it_leaves_no_doubt() {
        let all = [
            staff(1, "Sam@Example.com "),
            staff(2, "lee@example.com"),
            staff(3, "office@example.com"),
            staff(4, "office@example.com"),
            staff(5, "both@example.com"),
        ];
        let people = [
            person("sam", " sam@example.com"),
            person("office", "office@example.com"),
            person("one", "both@example.com"),
            person("other", "both@example.com"),
            person("none", ""),
        ];
        let found = matches(&people.iter(), &all);
        let found: Vec<_> = found
            .iter()
            .map(|(person, staff)| (person.id.as_str(), staff.uuid().as_u128()))
            .collect();
        assert_eq!(found, [("sam", 1)]);
        // Whom somebody is linked to by hand, nobody else is linked to.
        let mut by_hand = person("hand", "elsewhere@example.com");
        by_hand.staff = Some(StaffId::new(Uuid::from_u128(1)));
        let people = [person("sam", "sam@example.com"), by_hand];
        assert_eq!(matches(&people.iter(), &all), []);
    }

    #[test]
    fn a_name_of_xpm_is_made_fit_to_be_ours() {
        let id = Uuid::from_u128(7);
        assert_eq!(name_of(" A\r\n\u{1}B  C ", id).as_str(), "A B C");
        assert_eq!(name_of(&"ā".repeat(300), id).as_str().chars().count(), 200);
        assert_eq!(name_of("\t", id).as_str(), format!("client {id}"));
    }
}
