//! The world together with its journal: a change is durable before it is visible.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::ids::{self, Purpose};
use crate::journal::{Journal, JournalError};
use crate::model::Job;
use crate::openid::Login;
use crate::world::{Change, World};

/// How long an authorisation code may be exchanged.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(5);

/// A consent that was given and not yet exchanged for tokens.
#[derive(Debug, Clone)]
pub(crate) struct Consent {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    /// The S256 challenge, where one was sent.
    pub(crate) challenge: Option<String>,
    /// Who signed in, where that is all that was asked for.
    pub(crate) login: Option<Login>,
    /// What the ID token has to bring back.
    pub(crate) nonce: Option<String>,
    pub(crate) at: DateTime<Utc>,
}

/// A created job that lists do not show yet.
#[derive(Debug, Clone, Copy)]
struct Hidden {
    until: DateTime<Utc>,
    lists: u32,
}

/// What the sandbox holds, durable and passing.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) seed: u64,
    ids: u64,
    world: World,
    journal: Option<Journal>,
    codes: BTreeMap<String, Consent>,
    hidden: BTreeMap<String, Hidden>,
}

impl Ledger {
    pub(crate) fn in_memory(seed: u64) -> Self {
        Self::new(seed, 0, World::default(), None)
    }

    pub(crate) fn open(path: &std::path::Path, seed: u64) -> Result<Self, JournalError> {
        let loaded = Journal::open(path, seed)?;
        Ok(Self::new(
            loaded.seed,
            loaded.ids,
            loaded.world,
            Some(loaded.journal),
        ))
    }

    fn new(seed: u64, ids: u64, world: World, journal: Option<Journal>) -> Self {
        Self {
            seed,
            ids,
            world,
            journal,
            codes: BTreeMap::new(),
            hidden: BTreeMap::new(),
        }
    }

    pub(crate) const fn world(&self) -> &World {
        &self.world
    }

    /// Makes changes durable, then visible; all of them or none.
    pub(crate) fn record(&mut self, changes: Vec<Change>) -> Result<(), JournalError> {
        if let Some(journal) = &mut self.journal {
            journal.append(self.ids, &changes)?;
        }
        changes
            .into_iter()
            .for_each(|change| self.world.apply(change));
        Ok(())
    }

    /// Empties the world and begins the sequence of ids again.
    pub(crate) fn clear(&mut self) -> Result<(), JournalError> {
        let drawn = std::mem::take(&mut self.ids);
        if let Err(error) = self.record(vec![Change::Cleared]) {
            self.ids = drawn;
            return Err(error);
        }
        self.codes.clear();
        self.hidden.clear();
        Ok(())
    }

    /// A new UUID.
    pub(crate) fn draw_uuid(&mut self) -> Uuid {
        self.ids += 1;
        ids::uuid(self.seed, Purpose::Record, self.ids)
    }

    /// A new opaque string of 43 characters.
    pub(crate) fn draw_opaque(&mut self) -> String {
        self.ids += 1;
        ids::opaque(self.seed, Purpose::Record, self.ids)
    }

    /// The practice's tenant.
    pub(crate) fn tenant(&self) -> Uuid {
        ids::uuid(self.seed, Purpose::Tenant, 0)
    }

    /// Keeps a consent and returns its code.
    pub(crate) fn consent(&mut self, consent: Consent) -> String {
        let code = self.draw_opaque();
        self.codes.retain(|_, old| consent.at < old.at + CODE_LIFE);
        self.codes.insert(code.clone(), consent);
        code
    }

    /// Takes the consent of a code, which is good once and for five minutes.
    pub(crate) fn redeem(&mut self, code: &str, now: DateTime<Utc>) -> Option<Consent> {
        self.codes
            .remove(code)
            .filter(|consent| now < consent.at + CODE_LIFE)
    }

    /// Keeps a job out of lists for a while.
    pub(crate) fn hide(&mut self, number: &str, until: DateTime<Utc>, lists: u32) {
        self.hidden
            .insert(number.to_owned(), Hidden { until, lists });
    }

    /// What a list of jobs shows: those that are wanted, without those that lag behind.
    pub(crate) fn list(
        &mut self,
        client: Option<Uuid>,
        now: DateTime<Utc>,
        wanted: impl Fn(&Job) -> bool,
    ) -> Vec<Job> {
        let mut found: Vec<Job> = match client {
            Some(client) => self
                .world
                .jobs_of(client)
                .filter(|job| wanted(job))
                .cloned()
                .collect(),
            None => self
                .world
                .jobs()
                .filter(|job| wanted(job))
                .cloned()
                .collect(),
        };
        if !self.hidden.is_empty() {
            found.retain(|job| !self.still_hidden(&job.number, now));
        }
        found
    }

    fn still_hidden(&mut self, number: &str, now: DateTime<Utc>) -> bool {
        let Some(hidden) = self.hidden.get_mut(number) else {
            return false;
        };
        if now >= hidden.until && hidden.lists == 0 {
            self.hidden.remove(number);
            return false;
        }
        hidden.lists = hidden.lists.saturating_sub(1);
        true
    }
}
