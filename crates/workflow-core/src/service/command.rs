//! How a command is committed: who gives it, its key, its versions, and another try when somebody
//! else was faster.

use super::{CommandError, PracticeHandle};
use crate::audit::{Actor, Entry, Event, Line, Subject};
use crate::canonical::{self, Canonical};
use crate::deployment::Digest;
use crate::ids::CommandKey;
use crate::ports::store::{Key, Once, Put, Receipt, Record, StoreError, Unit, Version, Versioned};

/// Who gives a command, and on what condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    pub(crate) actor: Actor,
    pub(crate) key: Option<CommandKey>,
    pub(crate) seen: Option<Version>,
}

impl By {
    /// The command is carried out once for this key, however often it is given.
    #[must_use]
    pub fn once(mut self, key: CommandKey) -> Self {
        self.key = Some(key);
        self
    }

    /// The command is refused with [`CommandError::Changed`] unless what it is about is still at
    /// the version that the caller saw.
    #[must_use]
    pub fn having_seen(mut self, version: Version) -> Self {
        self.seen = Some(version);
        self
    }

    /// What makes the command repeatable. Its digest is over the canonical encoding, which a later
    /// version keeps, so that an honest repeat is known after an upgrade.
    pub(crate) fn once_for(&self, command: &impl Canonical) -> Option<Once> {
        let key = self.key.clone()?;
        Some(Once {
            key,
            command: Digest::of(&[b"command 1\0", &canonical::bytes(command)]),
        })
    }

    pub(crate) fn require_seen(
        &self,
        found: Version,
        what: &'static str,
    ) -> Result<(), CommandError> {
        match self.seen {
            Some(seen) if seen != found => Err(CommandError::Changed { what }),
            _ => Ok(()),
        }
    }
}

impl From<Actor> for By {
    fn from(actor: Actor) -> Self {
        Self {
            actor,
            key: None,
            seen: None,
        }
    }
}

impl Actor {
    /// The command is carried out once for this key, however often it is given.
    ///
    /// ```
    /// use workflow_core::audit::Actor;
    /// let by = Actor::host("import").once("row-17".parse()?);
    /// # let _ = by;
    /// # Ok::<(), workflow_core::ids::IdError>(())
    /// ```
    #[must_use]
    pub fn once(self, key: CommandKey) -> By {
        By::from(self).once(key)
    }
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed<T> {
    /// What the command answers.
    pub value: T,
    /// The audit entries that it caused; empty where nothing had to change.
    pub entries: Vec<Entry>,
    /// Whether the command had been carried out before under its key, and nothing was done now.
    pub repeated: bool,
}

impl<T> Committed<T> {
    /// The same with another answer.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Committed<U> {
        let Self {
            value,
            entries,
            repeated,
        } = self;
        Committed {
            value: change(value),
            entries,
            repeated,
        }
    }

    pub(crate) fn nothing(value: T) -> Self {
        Self {
            value,
            entries: Vec::new(),
            repeated: false,
        }
    }

    pub(crate) fn from(receipt: Receipt, value: T) -> Self {
        Self {
            value,
            entries: receipt.entries,
            repeated: receipt.repeated,
        }
    }
}

/// How often a command is decided anew when somebody else was faster each time.
const TRIES: u32 = 8;

impl PracticeHandle {
    /// Runs `attempt` until it commits without meeting somebody else's change.
    ///
    /// A command that names the version it saw is not decided anew: its caller has to look.
    pub(super) async fn retrying<T, F>(
        &self,
        by: &By,
        what: &'static str,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, CommandError>
    where
        F: Future<Output = Result<T, CommandError>>,
    {
        for _ in 1..TRIES {
            match attempt().await {
                Err(CommandError::Store(StoreError::Conflict { .. })) if by.seen.is_none() => {}
                Err(CommandError::Store(StoreError::Conflict { .. })) => {
                    return Err(CommandError::Changed { what });
                }
                other => return other,
            }
        }
        match attempt().await {
            Err(CommandError::Store(StoreError::Conflict { .. })) => {
                Err(CommandError::Changed { what })
            }
            other => other,
        }
    }

    /// What the command did when it was given before under its key.
    pub(super) async fn done_before(
        &self,
        by: &By,
        command: &impl Canonical,
    ) -> Result<Option<Receipt>, CommandError> {
        match by.once_for(command) {
            Some(once) => Ok(self.store().receipt(&self.id, &once).await?),
            None => Ok(None),
        }
    }

    /// There was nothing to do. The key of such a command is kept all the same: given again, it
    /// does nothing then as well, whatever has changed meanwhile.
    pub(super) async fn nothing<T>(
        &self,
        by: &By,
        command: &impl Canonical,
        value: T,
    ) -> Result<Committed<T>, CommandError> {
        match by.once_for(command) {
            None => Ok(Committed::nothing(value)),
            once => {
                let unit = Unit {
                    once,
                    ..Unit::default()
                };
                Ok(Committed::from(self.commit(unit).await?, value))
            }
        }
    }

    pub(super) async fn commit(&self, unit: Unit) -> Result<Receipt, CommandError> {
        let receipt = self.store().commit(&self.id, unit).await?;
        if !receipt.repeated && !receipt.entries.is_empty() {
            self.service.listeners.tell(&self.id);
        }
        Ok(receipt)
    }

    pub(super) async fn record(
        &self,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, CommandError> {
        Ok(self.store().get(&self.id, key).await?)
    }

    /// Several records, each in the place of its key.
    pub(super) async fn records(
        &self,
        keys: &[Key],
    ) -> Result<Vec<Option<Versioned<Record>>>, CommandError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store().get_all(&self.id, keys).await?)
    }

    pub(super) fn line(&self, by: &By, subject: Subject, event: Event) -> Line {
        Line {
            at: self.now(),
            actor: by.actor.clone(),
            subject,
            event,
        }
    }
}

/// A put of a record that was read at `expected`.
pub(super) fn put(record: Record, expected: Version) -> Put {
    Put { record, expected }
}
