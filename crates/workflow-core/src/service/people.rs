//! Commands about who of the practice's people is which member of XPM's staff.

use super::{By, CommandError, Committed, PracticeHandle};
use crate::ids::{PersonId, StaffId};
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{Key, Record};
use crate::practice::{Listing, Person, Standing};
use crate::text::Name;

impl PracticeHandle {
    /// Links a person to a member of XPM's staff, or to none. It acts on what is not deployed yet.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] for a person whom the practice does not have, and for staff that
    /// XPM, as last listed, does not have or no longer has; any error of the store.
    pub async fn link_person(
        &self,
        by: impl Into<By>,
        person: PersonId,
        staff: Option<StaffId>,
    ) -> Result<Committed<()>, CommandError> {
        if let Some(staff) = staff {
            self.require_staff(staff).await?;
        }
        let found = self.person(person.clone()).await?;
        let found = found.ok_or_else(|| CommandError::not_found("person", &person))?;
        let linked = Person {
            staff,
            ..found.value
        };
        // Whoever changed the person meanwhile must not be overwritten.
        let by = match by.into() {
            by if by.seen.is_some() => by,
            by => by.having_seen(found.version),
        };
        self.put_person(by, linked).await
    }

    /// Makes a member of XPM's staff one of the practice's people, under a key made of XPM's UUID.
    ///
    /// # Errors
    ///
    /// As [`PracticeHandle::link_person`].
    pub async fn add_staff_member(
        &self,
        by: impl Into<By>,
        staff: StaffId,
    ) -> Result<Committed<PersonId>, CommandError> {
        let row = self.require_staff(staff).await?.row;
        let id: PersonId = format!("xpm-{staff}")
            .parse()
            .map_err(|_| CommandError::not_found("key for the member of staff", staff))?;
        let name = Name::new(&row.name).or_else(|_| Name::new(id.as_str()));
        let name =
            name.map_err(|_| CommandError::not_found("name of the member of staff", staff))?;
        let person = Person {
            id: id.clone(),
            name,
            email: row.email,
            staff: Some(staff),
        };
        let added = self.put_person(by, person).await?;
        Ok(added.map(|()| id))
    }

    async fn require_staff(&self, staff: StaffId) -> Result<Listing, CommandError> {
        let key = Key::Listing(DirectoryPart::Staff, staff.uuid());
        match self.record(&key).await?.map(|found| found.value) {
            Some(Record::Listing(listing)) if listing.standing == Standing::Current => Ok(listing),
            _ => Err(CommandError::not_found("member of XPM's staff", staff)),
        }
    }
}
