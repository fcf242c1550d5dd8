//! The locks that connections of one machine hold on a file and on its shared memory.

use std::collections::BTreeSet;

/// Names a handle.
pub(crate) type Holder = u64;

/// How strongly a connection holds a file, as SQLite orders it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    #[default]
    Unlocked,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// Somebody else holds what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy;

/// The locks on one file.
#[derive(Debug, Default)]
pub(crate) struct FileLocks {
    readers: BTreeSet<Holder>,
    /// Who is about to write, or writes; at most one.
    writer: Option<(Holder, Level)>,
}

impl FileLocks {
    /// Raises a holder's level, one rule for each level as in SQLite's own documentation.
    pub(crate) fn raise(&mut self, holder: Holder, to: Level) -> Result<(), Busy> {
        let other = self.writer.filter(|(writer, _)| *writer != holder);
        let other = other.map(|(_, level)| level);
        match to {
            Level::Unlocked => {}
            Level::Shared => {
                if other >= Some(Level::Pending) {
                    return Err(Busy);
                }
                self.readers.insert(holder);
            }
            Level::Reserved | Level::Pending => {
                if other.is_some() {
                    return Err(Busy);
                }
                self.writer = Some((holder, to));
            }
            Level::Exclusive => {
                if other.is_some() {
                    return Err(Busy);
                }
                let alone = self.readers.iter().all(|reader| *reader == holder);
                let level = if alone { to } else { Level::Pending };
                self.writer = Some((holder, level));
                if !alone {
                    return Err(Busy);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn lower(&mut self, holder: Holder, to: Level) {
        if self.writer.is_some_and(|(writer, _)| writer == holder) {
            self.writer = None;
        }
        if to == Level::Unlocked {
            self.readers.remove(&holder);
        }
    }

    pub(crate) fn reserved(&self) -> bool {
        self.writer.is_some()
    }
}

/// How many locks shared memory has.
const SLOTS: usize = 8;

/// Whether a lock of shared memory is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    Shared,
    Exclusive,
}

/// The locks on one file's shared memory.
#[derive(Debug, Default)]
pub(crate) struct SharedLocks {
    slots: [Slot; SLOTS],
}

#[derive(Debug, Default)]
struct Slot {
    shared: BTreeSet<Holder>,
    exclusive: Option<Holder>,
}

impl SharedLocks {
    pub(crate) fn take(
        &mut self,
        holder: Holder,
        slots: std::ops::Range<usize>,
        hold: Hold,
    ) -> Result<(), Busy> {
        let free = self.slots[slots.clone()].iter().all(|slot| {
            let others = slot.shared.iter().any(|other| *other != holder);
            let taken = slot.exclusive.is_some_and(|other| other != holder);
            !taken && (hold == Hold::Shared || !others)
        });
        if !free {
            return Err(Busy);
        }
        for slot in &mut self.slots[slots] {
            match hold {
                Hold::Shared => _ = slot.shared.insert(holder),
                Hold::Exclusive => slot.exclusive = Some(holder),
            }
        }
        Ok(())
    }

    pub(crate) fn give(&mut self, holder: Holder, slots: std::ops::Range<usize>, hold: Hold) {
        for slot in &mut self.slots[slots] {
            match hold {
                Hold::Shared => _ = slot.shared.remove(&holder),
                Hold::Exclusive if slot.exclusive == Some(holder) => slot.exclusive = None,
                Hold::Exclusive => {}
            }
        }
    }

    pub(crate) fn give_all(&mut self, holder: Holder) {
        self.give(holder, 0..SLOTS, Hold::Shared);
        self.give(holder, 0..SLOTS, Hold::Exclusive);
    }
}
