//! What a script is made of. Small numbers stand for everything, so that steps meet one another
//! often and a failing script shrinks to few of them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::audit::Subject;
use crate::billing::LevelOf;
use crate::deployment::{Digest, Marker};
use crate::ids::{HolderId, PracticeId};
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{Activity, Of, Once, Record, Whose};
use crate::practice::{DailyCalls, Link, Standing};
use crate::proposal::ProposalState;
use crate::testing::samples::{self, Stage};
use crate::workflow::{Occurrence, Pause, WorkflowEvent};

/// Calls of a store, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The calls.
    pub steps: Vec<Step>,
}

/// One call of a store. A `practice` is 0, 1 or 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Commits a unit.
    Commit(Box<Commit>),
    /// Gets a record.
    Get {
        /// In which practice.
        practice: u8,
        /// Which one; its variant does not matter.
        what: What,
    },
    /// Gets several records at once.
    GetAll {
        /// In which practice.
        practice: u8,
        /// Which ones; their variants do not matter.
        whats: Vec<What>,
    },
    /// Asks what the unit of a key did.
    Receipt {
        /// In which practice.
        practice: u8,
        /// Under which key.
        keyed: Keyed,
    },
    /// Finds all pages of a query.
    Find(Find),
    /// Asks what is due.
    Due {
        /// In which practice.
        practice: u8,
        /// At which minute.
        minute: u8,
        /// At most how much.
        limit: u8,
    },
    /// Asks which practices have something to wake for.
    Wakes {
        /// At most how many.
        limit: u8,
    },
    /// Lists practices.
    Practices(Practices),
    /// Reads the audit.
    Entries(Entries),
    /// Reads the budget.
    Budget {
        /// In which practice.
        practice: u8,
    },
    /// Asks for a lease.
    Lease(Lease),
    /// Gives a lease back.
    Release {
        /// Of which practice.
        practice: u8,
        /// Whose.
        holder: u8,
    },
    /// Opens the store again, where that can be done.
    Reopen,
}

/// A unit to commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// In which practice.
    pub practice: u8,
    /// Under which key.
    pub keyed: Option<Keyed>,
    /// Under which fence.
    pub fencing: Fencing,
    /// What was read, and at which version it must still be.
    pub unchanged: Vec<(What, Guess)>,
    /// What to write.
    pub puts: Vec<Put>,
    /// How many calls to spend, and at which minute.
    pub debit: Option<(u8, u8)>,
    /// The minutes of the lines to write.
    pub lines: Vec<u8>,
}

/// The key of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// Which key.
    pub key: u8,
    /// Which command it stands for.
    pub command: u8,
}

impl Keyed {
    pub(super) fn once(self) -> Once {
        let key = format!("key {}", self.key);
        Once {
            key: key.parse().expect("a command key"),
            command: Digest::of(&[&[self.command]]),
        }
    }
}

/// The fence of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fencing {
    /// None.
    None,
    /// That of the lease that was granted last in that practice.
    Last,
    /// The one before it.
    Before,
    /// One that is still to come.
    ToCome,
}

/// A record to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// Which record, in which variant.
    pub what: What,
    /// At which version it is expected.
    pub guess: Guess,
}

/// A version, seen from the one that the record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// The one that it has.
    Right,
    /// The one before.
    Older,
    /// The one after.
    Newer,
    /// That of what does not exist.
    Absent,
}

/// A record: its kind, which one of that kind, and how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct What {
    /// The kind, of 8.
    pub kind: u8,
    /// Which one of the kind: it has its own key.
    pub number: u8,
    /// How it looks.
    pub variant: u8,
}

/// A query, and how large its pages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Find {
    /// In which practice.
    pub practice: u8,
    /// Which query.
    pub query: u8,
    /// What the query is about.
    pub about: u8,
    /// The size of a page.
    pub limit: u8,
}

/// A list of practices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Practices {
    /// After which one.
    pub after: Option<u8>,
    /// At most how many.
    pub limit: u8,
}

/// A read of the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entries {
    /// In which practice.
    pub practice: u8,
    /// About which subject.
    pub subject: Option<u8>,
    /// After which place.
    pub after: Option<u8>,
    /// Whether the newest come first, where it is odd.
    pub order: u8,
    /// At most how many.
    pub limit: u8,
}

/// A request for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Of which practice.
    pub practice: u8,
    /// By whom.
    pub holder: u8,
    /// At which minute.
    pub minute: u8,
    /// For how many minutes.
    pub minutes: u8,
}

/// The practice of that number. Their ids are not in the order of their numbers.
pub(super) fn practice(number: u8) -> PracticeId {
    samples::practice_id(["b", "a", "b-1"][usize::from(number % 3)])
}

pub(super) fn holder(number: u8) -> HolderId {
    samples::holder(&format!("holder {number}"))
}

/// The subject of that number.
pub(super) fn subject(number: u8) -> Subject {
    match number % 3 {
        0 => Subject::Client(samples::client_id(1)),
        1 => Subject::Client(samples::client_id(2)),
        _ => Subject::Workflow(samples::workflow_id(1)),
    }
}

impl What {
    /// The record that this stands for.
    pub(super) fn record(self, practice: u8) -> Record {
        let Self {
            kind,
            number,
            variant,
        } = self;
        let client = samples::client_id(u32::from(variant % 3));
        match kind % 8 {
            0 => {
                let mut record = samples::practice(&self::practice(practice));
                if variant.is_multiple_of(2) {
                    record.daily_calls = DailyCalls::Higher;
                    record.link = Link::Connected {
                        tenant: samples::uuid(7, u32::from(variant)),
                    };
                }
                Record::Practice(record)
            }
            1 => {
                let names = [
                    "Ocean",
                    "ocean view",
                    "Öl & Co",
                    "100%",
                    "OCEAN",
                    "öl",
                    "Zoë_1",
                ];
                let name = names[usize::from(variant) % names.len()];
                Record::Client(samples::client(u32::from(number), name))
            }
            2 => {
                let mut person = samples::person(u32::from(number));
                person.email = (variant % 2 == 1).then(|| format!("{variant}@example.com"));
                Record::Person(person)
            }
            3 => {
                let part = part(number);
                let mut listing = samples::listing(part, u32::from(number / 4));
                if variant % 2 == 1 {
                    listing.standing = Standing::Gone;
                }
                Record::Listing(listing)
            }
            4 => {
                let mut proposal = samples::proposal(u32::from(number), client);
                if variant % 2 == 1 {
                    proposal.state = ProposalState::Sent;
                }
                Record::Proposal(proposal)
            }
            5 => {
                let of = match number % 2 {
                    0 => LevelOf::Client(samples::client_id(u32::from(number))),
                    _ => LevelOf::Proposal(samples::proposal_id(u32::from(number))),
                };
                Record::Level(samples::level(of, u64::from(variant % 4)))
            }
            6 => Record::Workflow(Box::new(workflow(number, variant))),
            _ => {
                let occurrence = match number % 3 {
                    0 => Occurrence::Once,
                    days => Occurrence::On(samples::day(u32::from(days) * 31)),
                };
                let stage = Stage::ALL[usize::from(variant) % Stage::ALL.len()];
                let at = instant(variant / 9);
                let workflow = u32::from(number / 3);
                let begun = samples::deployment(workflow, occurrence, at, stage);
                Record::Deployment(Box::new(begun))
            }
        }
    }
}

/// Few instants, so that several things are due at once; some are not whole minutes, and one is
/// on the next day.
fn instant(variant: u8) -> DateTime<Utc> {
    let (minute, micros) = [
        (5, 0),
        (5, 0),
        (20, 0),
        (60, 0),
        (1_441, 0),
        (0, 0),
        (5, 500_000),
        (5, 1),
    ][usize::from(variant % 8)];
    samples::minute(minute) + TimeDelta::microseconds(micros)
}

fn part(number: u8) -> DirectoryPart {
    match number % 4 {
        0 => DirectoryPart::Clients,
        1 => DirectoryPart::Staff,
        2 => DirectoryPart::Templates,
        _ => DirectoryPart::Categories,
    }
}

fn workflow(number: u8, variant: u8) -> crate::workflow::Workflow {
    let id = u32::from(number);
    let client = samples::client_id(u32::from(number % 3));
    let mut workflow = match number % 2 {
        0 => samples::workflow(id, client),
        _ => samples::workflow_of_proposal(id, client, samples::proposal_id(id % 2)),
    };
    let at = instant(variant / 4);
    match variant % 4 {
        0 => {}
        1 => workflow.apply(&samples::next_placed(at)),
        2 => {
            workflow.apply(&samples::next_placed(at));
            workflow.apply(&WorkflowEvent::Paused(Box::new(Pause {
                from: samples::day(0),
                until: None,
                ends_at: (variant / 4).is_multiple_of(2).then_some(at),
                reason: "the client is away".parse().expect("a reason"),
            })));
        }
        _ => {
            workflow.apply(&samples::next_placed(at));
            workflow.apply(&WorkflowEvent::Archived {
                on: samples::day(1),
            });
        }
    }
    workflow
}

impl Find {
    /// How many queries there are.
    pub const QUERIES: u8 = 10;

    /// What the query looks for.
    pub(super) fn of(self) -> Of {
        let about = u32::from(self.about);
        match self.query % Self::QUERIES {
            0 => Of::Clients { named: None },
            1 => {
                let texts = ["ocean", "%", "ö", "_", "nobody"];
                let text = texts[usize::from(self.about) % texts.len()];
                Of::Clients {
                    named: Some(text.to_owned()),
                }
            }
            2 => Of::People,
            3 => Of::Listings(part(self.about)),
            4 => Of::Proposals {
                client: (about > 0).then(|| samples::client_id(about % 3)),
            },
            5 => Of::Workflows {
                whose: match about % 3 {
                    0 => Whose::Everybody,
                    1 => Whose::Client(samples::client_id(about / 3 % 3)),
                    _ => Whose::Proposal(samples::proposal_id(about / 3 % 2)),
                },
                activity: match about / 9 % 3 {
                    0 => None,
                    1 => Some(Activity::Active),
                    _ => Some(Activity::Inactive),
                },
            },
            6 => Of::Deployments {
                workflow: samples::workflow_id(about % 3),
            },
            7 => Of::Attention,
            8 => Of::Bearing {
                marker: Marker::of(
                    &samples::practice_id("acme"),
                    samples::workflow_id(about % 3),
                    Occurrence::Once,
                ),
            },
            _ => Of::Deployed {
                from: samples::day(about % 2),
                to: samples::day(about / 2 % 2),
            },
        }
    }
}
