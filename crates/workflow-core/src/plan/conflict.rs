//! What stands in the way of something planned, and what to do about it.

use std::fmt;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::billing::BillingLevel;
use crate::canonical::canonical;
use crate::ids::{ClientId, PersonId, ProposalId};
use crate::ports::gateway::DirectoryPart;

/// What stands in the way. `Display` says what is wrong, [`Conflict::remedy`] what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Conflict {
    /// The practice is not connected to XPM.
    NotConnected,
    /// XPM no longer accepts the connection.
    LinkBroken {
        /// What the sign-in service said.
        reason: String,
    },
    /// The connection will have been unused for sixty days before it is used again.
    LinkExpires {
        /// The day on which it expires.
        on: NaiveDate,
    },
    /// The client was archived in XPM.
    ClientGone {
        /// Which client.
        client: ClientId,
        /// Its name.
        name: String,
    },
    /// XPM's directory, as last listed, does not have the client.
    ClientUnlisted {
        /// Which client.
        client: ClientId,
        /// Its name.
        name: String,
    },
    /// The practice has nobody with that key.
    UnknownPerson {
        /// The key.
        person: PersonId,
    },
    /// The person is not linked to a member of XPM's staff.
    Unlinked {
        /// Who.
        person: PersonId,
        /// The person's name.
        name: String,
    },
    /// The member of staff that the person is linked to is no longer in XPM.
    StaffGone {
        /// Who.
        person: PersonId,
        /// The person's name.
        name: String,
    },
    /// XPM no longer lists it.
    Gone {
        /// What kind of thing.
        part: DirectoryPart,
        /// Its UUID.
        id: Uuid,
        /// Its name as last seen.
        name: String,
    },
    /// XPM's directory, as last listed, does not have it.
    Unlisted {
        /// What kind of thing.
        part: DirectoryPart,
        /// Its UUID.
        id: Uuid,
    },
    /// The proposal's invoices are not grouped by proposal, so that its level is not allowed.
    LevelNotAllowed {
        /// Which proposal.
        proposal: ProposalId,
    },
    /// Another is nominated for the level, so the job carries no reference.
    LevelTaken {
        /// Which level.
        level: BillingLevel,
        /// Who is nominated, in words.
        nominee: String,
    },
    /// The due date would come before the start date.
    DueBeforeStart {
        /// The due date.
        due: NaiveDate,
        /// The start date.
        start: NaiveDate,
    },
    /// A text cannot be made, or comes out empty or too long.
    Text {
        /// Name or description.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another job to come has the same client, name and start date.
    SameJob {
        /// The other workflow's name.
        other: String,
    },
    /// The command would be refused for this workflow.
    Refused {
        /// Why.
        reason: String,
    },
    /// Deployments are open; they go on after the workflow is archived.
    Open {
        /// How many.
        deployments: u32,
    },
    /// The level has no nominee afterwards.
    LevelLeft {
        /// Which level.
        level: BillingLevel,
    },
    /// The calls of a day do not suffice.
    Quota {
        /// Calls that XPM grants in a day.
        limit: u32,
    },
}
canonical!(enum Conflict {
    NotConnected,
    LinkBroken { reason },
    LinkExpires { on },
    ClientGone { client, name },
    ClientUnlisted { client, name },
    UnknownPerson { person },
    Unlinked { person, name },
    StaffGone { person, name },
    Gone { part, id, name },
    Unlisted { part, id },
    LevelNotAllowed { proposal },
    LevelTaken { level, nominee },
    DueBeforeStart { due, start },
    Text { field, reason },
    SameJob { other },
    Refused { reason },
    Open { deployments },
    LevelLeft { level },
    Quota { limit },
});

/// What a conflict does to what is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It would fail or be held, as far as is known here: it is left out when the plan is applied.
    Stops,
    /// It can be done; a person should look first.
    Warns,
}

impl Conflict {
    /// Whether what is planned can be done.
    #[must_use]
    pub fn effect(&self) -> Effect {
        match self {
            Self::NotConnected
            | Self::LinkBroken { .. }
            | Self::ClientGone { .. }
            | Self::UnknownPerson { .. }
            | Self::Unlinked { .. }
            | Self::StaffGone { .. }
            | Self::Gone { .. }
            | Self::ClientUnlisted { .. }
            | Self::Unlisted { .. }
            | Self::DueBeforeStart { .. }
            | Self::Text { .. }
            | Self::Refused { .. } => Effect::Stops,
            Self::LinkExpires { .. }
            | Self::LevelNotAllowed { .. }
            | Self::LevelTaken { .. }
            | Self::SameJob { .. }
            | Self::Open { .. }
            | Self::LevelLeft { .. }
            | Self::Quota { .. } => Effect::Warns,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotConnected | Self::LinkBroken { .. } => "connect the practice to XPM again",
            Self::LinkExpires { .. } => {
                "connect the practice again before that day, or let it deploy something before"
            }
            Self::ClientGone { .. } => "restore the client in XPM, or archive its workflows",
            Self::ClientUnlisted { .. } | Self::Unlisted { .. } => {
                "look whether XPM has it, and choose another in Settings where it has not"
            }
            Self::UnknownPerson { .. } => "choose somebody else in Settings",
            Self::Unlinked { .. } => {
                "link the person on the page People or in the practice file, or replace the person"
            }
            Self::StaffGone { .. } => "link the person to another member of staff, or replace them",
            Self::Gone { .. } => "choose another in Settings",
            Self::LevelNotAllowed { .. } => {
                "group the proposal's invoices by proposal, or choose another billing level"
            }
            Self::LevelTaken { .. } => "nominate one of the two for the level",
            Self::DueBeforeStart { .. } => "change the due rule, or move the date",
            Self::Text { .. } => "change the name or description in Settings",
            Self::SameJob { .. } => "skip one of the two, or name them apart",
            Self::Refused { .. } => "leave the workflow out, or cure what is refused",
            Self::Open { .. } => "look at the open deployments first",
            Self::LevelLeft { .. } => "nominate another for the level, or invoices reach no job",
            Self::Quota { .. } => {
                "nothing is lost, what is over goes on the next day; deploy some of it ahead"
            }
        }
    }
}

fn part_name(part: DirectoryPart) -> &'static str {
    match part {
        DirectoryPart::Clients => "client",
        DirectoryPart::Staff => "member of staff",
        DirectoryPart::Templates => "job template",
        DirectoryPart::Categories => "category",
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("the practice is not connected to XPM"),
            Self::LinkBroken { reason } => {
                write!(f, "XPM no longer accepts the connection: {reason}")
            }
            Self::LinkExpires { on } => {
                write!(
                    f,
                    "the connection expires unused on {on}, as far as is known here"
                )
            }
            Self::ClientGone { name, .. } => write!(f, "{name} is archived in XPM"),
            Self::ClientUnlisted { name, .. } => {
                write!(f, "XPM's clients, as last listed, do not have {name}")
            }
            Self::UnknownPerson { person } => {
                write!(f, "the practice has nobody with the key {person}")
            }
            Self::Unlinked { name, .. } => {
                write!(f, "{name} is not linked to a member of XPM's staff")
            }
            Self::StaffGone { name, .. } => {
                write!(
                    f,
                    "XPM no longer has the member of staff that {name} is linked to"
                )
            }
            Self::Gone { part, name, .. } => {
                write!(f, "XPM no longer has the {} {name}", part_name(*part))
            }
            Self::Unlisted { part, id } => {
                let part = part_name(*part);
                write!(f, "XPM's directory, as last listed, has no {part} {id}")
            }
            Self::LevelNotAllowed { proposal } => write!(
                f,
                "invoices of proposal {proposal} are not grouped by proposal, which its level needs"
            ),
            Self::LevelTaken { level, nominee } => {
                write!(
                    f,
                    "{nominee} is nominated for the {level}, so the job carries no reference"
                )
            }
            Self::DueBeforeStart { due, start } => {
                write!(f, "due date {due} is before the start date {start}")
            }
            Self::Text { field, reason } => write!(f, "{field}: {reason}"),
            Self::SameJob { other } => {
                write!(
                    f,
                    "another job to come has the same name and date: “{other}”"
                )
            }
            Self::Refused { reason } => f.write_str(reason),
            Self::Open { deployments: 1 } => f.write_str("1 deployment is open and goes on"),
            Self::Open { deployments } => write!(f, "{deployments} deployments are open and go on"),
            Self::LevelLeft { level } => {
                write!(f, "nobody is nominated for the {level} afterwards")
            }
            Self::Quota { limit } => write!(f, "a day's {limit} calls do not suffice"),
        }
    }
}
