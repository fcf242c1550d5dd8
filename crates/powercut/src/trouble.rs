//! What goes wrong with a disk while it is used: full, failing, or lying.

use crate::disk::Done;

/// What is wrong with a disk, and from when on.
///
/// Every write, every change of a size and every sync counts as one thing that is done.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    kind: Option<Kind>,
    /// Things that are still done well.
    spared: usize,
    met: usize,
}

/// A kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is no room: half of what is to be written still fits, and then nothing.
    Full,
    /// Writes fail and leave nothing.
    WritesFail,
    /// Syncs fail. What they were to make durable may be durable or not, and later syncs do not
    /// make up for it.
    SyncsFail,
    /// Syncs are answered well, and nothing is made durable.
    SyncsLie,
}

impl Kind {
    /// Those that the store is told of.
    pub const TOLD: [Self; 3] = [Self::Full, Self::WritesFail, Self::SyncsFail];
}

/// Why nothing, or not all, was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    /// How many bytes were written all the same.
    pub(crate) written: usize,
}

impl Trouble {
    /// Nothing is wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// All goes well so many times, and then never again.
    #[must_use]
    pub const fn after(spared: usize, kind: Kind) -> Self {
        Self {
            kind: Some(kind),
            spared,
            met: 0,
        }
    }

    /// Whether nothing is wrong, or will be.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.kind.is_none()
    }

    /// How often it was met.
    #[must_use]
    pub const fn met(&self) -> usize {
        self.met
    }

    fn strikes(&mut self, kinds: &[Kind]) -> Option<Kind> {
        let kind = self.kind?;
        if self.spared > 0 {
            self.spared -= 1;
            return None;
        }
        let struck = kinds.contains(&kind);
        self.met += usize::from(struck);
        struck.then_some(kind)
    }

    pub(crate) fn write(&mut self, bytes: usize) -> Result<(), Refusal> {
        match self.strikes(&[Kind::Full, Kind::WritesFail]) {
            None => Ok(()),
            Some(kind) => {
                let written = match kind {
                    // What fits is not the same each time.
                    Kind::Full if self.met == 1 => bytes / 2,
                    _ => 0,
                };
                Err(Refusal { kind, written })
            }
        }
    }

    pub(crate) fn sync(&mut self) -> Result<Done, Refusal> {
        match self.strikes(&[Kind::SyncsFail, Kind::SyncsLie]) {
            None => Ok(Done::OnThePlatter),
            Some(Kind::SyncsLie) => Ok(Done::Pretended),
            Some(kind) => Err(Refusal { kind, written: 0 }),
        }
    }
}
