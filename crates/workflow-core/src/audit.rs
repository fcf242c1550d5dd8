//! The audit: when, who, what, before and after. Append-only, one chain for each practice.
//!
//! Each entry carries a hash that covers its own content and the hash of the entry before it, so
//! that a line that was changed or taken out is found by [`Chain::follow`].

#[cfg(feature = "proptest")]
mod strategies;

use std::fmt;

use chrono::{DateTime, Utc};

#[cfg(feature = "proptest")]
pub use self::strategies::{arb_actor, arb_event, arb_line};
use crate::access::{Access, Account};
use crate::billing::{Level, LevelOf};
use crate::canonical::{self, canonical};
use crate::deployment::Digest;
use crate::directory::Directory;
use crate::ids::{ClientId, PersonId, PracticeId, ProposalId, WorkflowId};
use crate::ports::gateway::DirectoryPart;
use crate::practice::{Client, Listing, Person, Practice};
use crate::proposal::Proposal;
use crate::sweep::Sweep;
use crate::text::Name;
use crate::webhook::Webhooks;
use crate::workflow::WorkflowEvent;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Actor {
    /// A person.
    Person(Name),
    /// The scheduler.
    Scheduler,
    /// The host application, and which part of it.
    Host(Name),
}
canonical!(
    enum Actor {
        Person(name),
        Scheduler,
        Host(part),
    }
);

impl Actor {
    /// A person, by name. A name that is empty or too long becomes `somebody`.
    #[must_use]
    pub fn person(name: &str) -> Self {
        Self::Person(name_or(name, "somebody"))
    }

    /// The host application, and which part of it acts.
    ///
    /// ```
    /// use workflow_core::audit::Actor;
    /// assert_eq!(Actor::host("import").to_string(), "import");
    /// ```
    #[must_use]
    pub fn host(part: &str) -> Self {
        Self::Host(name_or(part, "host application"))
    }
}

#[expect(
    clippy::expect_used,
    reason = "both fallbacks are literals that pass the check"
)]
fn name_or(name: &str, otherwise: &str) -> Name {
    Name::new(name)
        .or_else(|_| Name::new(otherwise))
        .expect("the fallback is a name")
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(name) | Self::Host(name) => name.fmt(f),
            Self::Scheduler => f.write_str("scheduler"),
        }
    }
}

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Subject {
    /// The practice itself.
    Practice,
    /// A client.
    Client(ClientId),
    /// One of the practice's people.
    Person(PersonId),
    /// A row of XPM's directory.
    Listing(DirectoryPart, uuid::Uuid),
    /// A proposal.
    Proposal(ProposalId),
    /// A billing level.
    Level(LevelOf),
    /// A workflow or one of its deployments.
    Workflow(WorkflowId),
    /// The practice's sweep.
    Sweep,
    /// The listing of XPM's directory.
    Directory,
    /// Where webhooks are sent.
    Webhooks,
    /// What an account may do.
    Access(Account),
}
canonical!(
    enum Subject {
        Practice,
        Client(id),
        Person(id),
        Listing(part, id),
        Proposal(id),
        Level(of),
        Workflow(id),
        Sweep,
        Directory,
        Webhooks,
        Access(account),
    }
);

/// What happened: for all but workflows, what it was before and what it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Event {
    /// The practice was set up or changed.
    Practice(Change<Practice>),
    /// A client was added or changed.
    Client(Change<Client>),
    /// A person was added or changed.
    Person(Change<Person>),
    /// A row of XPM's directory was added or changed.
    Listing(Change<Listing>),
    /// A proposal was added or changed.
    Proposal(Change<Proposal>),
    /// A billing level was set up, or its nominee changed.
    Level(Change<Level>),
    /// Something happened to a workflow or to one of its deployments.
    Workflow(WorkflowEvent),
    /// A sweep was made, or a backup was restored.
    Sweep(Change<Sweep>),
    /// The listing of XPM's directory went on.
    Directory(Change<Directory>),
    /// Where webhooks are sent was changed, or an endpoint was parked.
    Webhooks(Change<Webhooks>),
    /// An account was given a role, another one, or none any more.
    Access(Change<Access>),
}
canonical!(
    enum Event {
        Practice(change),
        Client(change),
        Person(change),
        Listing(change),
        Proposal(change),
        Level(change),
        Workflow(event),
        Sweep(change),
        Directory(change),
        Webhooks(change),
        Access(change),
    }
);

/// A change of something that is kept whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Change<T> {
    /// What it was; `None` where it is new.
    #[cfg_attr(
        feature = "serde",
        serde(default = "Option::default", skip_serializing_if = "Option::is_none")
    )]
    pub before: Option<Box<T>>,
    /// What it is.
    pub after: Box<T>,
}

impl<T: canonical::Canonical> canonical::Canonical for Change<T> {
    fn encode(&self, out: &mut canonical::Encoder) {
        let Self { before, after } = self;
        out.open("");
        out.field("before", before);
        out.field("after", after);
        out.close();
    }
}

impl<T> Change<T> {
    /// Something new.
    pub fn new(after: T) -> Self {
        Self {
            before: None,
            after: Box::new(after),
        }
    }

    /// A change of what was there before, if anything was.
    pub fn from(before: Option<T>, after: T) -> Self {
        Self {
            before: before.map(Box::new),
            after: Box::new(after),
        }
    }
}

/// One line of the audit, before it has a place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Line {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What it is about.
    pub subject: Subject,
    /// What happened.
    pub event: Event,
}
canonical!(struct Line { at, actor, subject, event });

/// One line of the audit in its place in the practice's chain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Entry {
    /// Its place: 1, 2, 3 and so on, without a gap, for each practice.
    pub seq: u64,
    /// What it says.
    pub line: Line,
    /// Covers the practice, the place, the line, and the hash of the entry before it.
    pub hash: Digest,
}

/// The head of a practice's chain: where the next entry is linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    practice: PracticeId,
    seq: u64,
    hash: Digest,
}

impl Chain {
    /// The chain of a practice before its first entry.
    #[must_use]
    pub fn start(practice: PracticeId) -> Self {
        let hash = Digest::of(&[b"audit chain 1\0", practice.as_str().as_bytes()]);
        Self {
            practice,
            seq: 0,
            hash,
        }
    }

    /// A chain that goes on after an entry, as a store kept it.
    #[must_use]
    pub fn after(practice: PracticeId, seq: u64, hash: Digest) -> Self {
        Self {
            practice,
            seq,
            hash,
        }
    }

    /// The place of the last entry; 0 before the first.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The hash of the last entry.
    #[must_use]
    pub fn hash(&self) -> &Digest {
        &self.hash
    }

    /// Links a line at the head.
    pub fn link(&mut self, line: Line) -> Entry {
        let seq = self.seq + 1;
        let hash = self.hash_of(seq, &line);
        self.seq = seq;
        self.hash = hash.clone();
        Entry { seq, line, hash }
    }

    /// Checks that an entry is the next one, and moves on to it.
    ///
    /// # Errors
    ///
    /// [`BrokenChain`] when a place is missing or repeated, or the entry is not what was linked.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), BrokenChain> {
        if entry.seq != self.seq + 1 {
            return Err(BrokenChain::Gap {
                expected: self.seq + 1,
                found: entry.seq,
            });
        }
        if self.hash_of(entry.seq, &entry.line) != entry.hash {
            return Err(BrokenChain::Changed { seq: entry.seq });
        }
        self.seq = entry.seq;
        self.hash = entry.hash.clone();
        Ok(())
    }

    fn hash_of(&self, seq: u64, line: &Line) -> Digest {
        let place = seq.to_string();
        let content = canonical::bytes(line);
        Digest::of(&[
            self.hash.as_str().as_bytes(),
            b"\0",
            self.practice.as_str().as_bytes(),
            b"\0",
            place.as_bytes(),
            b"\0",
            &content,
        ])
    }
}

/// Where a chain does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    /// Entries are missing or repeated.
    #[error("entry {expected} is missing: entry {found} follows in its place")]
    Gap {
        /// The place that should follow.
        expected: u64,
        /// The place that does.
        found: u64,
    },
    /// An entry was changed after it was written.
    #[error("entry {seq} was changed after it was written, or one before it was")]
    Changed {
        /// Its place.
        seq: u64,
    },
}
