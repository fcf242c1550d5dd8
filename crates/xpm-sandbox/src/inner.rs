//! What all parts of a sandbox share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::api::Scene;
use crate::clock::Clock;
use crate::fate::Faults;
use crate::holds::Holds;
use crate::ids::{self, Purpose};
use crate::inferred::Guesses;
use crate::kind::CallKind;
use crate::ledger::Ledger;
use crate::limits::{Limits, Meter, RateLimit};
use crate::openid::OpenId;
use crate::replay::Replays;
use crate::requests::Requests;
use crate::web::Consents;

/// The app that may connect.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl std::fmt::Debug for App {
    /// Leaves out the secret: an embedder may use one that is worth something.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Who is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Programs on this machine, on a loopback address.
    #[default]
    Loopback,
    /// Other machines too. The control interface asks for no password, so this is for a network
    /// whose every machine may steer the sandbox.
    Network,
}

/// Counts of this run, none of them durable.
#[derive(Debug)]
pub(crate) struct Traffic {
    pub(crate) meter: Meter,
    pub(crate) faults: Faults,
    /// Calls of the API that got past the gateway, by kind.
    pub(crate) spent: BTreeMap<CallKind, u64>,
    /// Calls that a rate limit refused, by limit.
    pub(crate) refused: BTreeMap<RateLimit, u64>,
    replies: u64,
}

/// The shared state. Where both locks are held, the ledger's was taken first.
#[derive(Debug)]
pub(crate) struct Inner {
    clock: Arc<dyn Clock>,
    pub(crate) app: App,
    pub(crate) reach: Reach,
    guesses: Mutex<Guesses>,
    consents: Mutex<Consents>,
    seed: u64,
    ledger: Mutex<Ledger>,
    traffic: Mutex<Traffic>,
    requests: Mutex<Requests>,
    pub(crate) holds: Holds,
    pub(crate) openid: Mutex<OpenId>,
    pub(crate) replays: Replays,
    /// Calls whose connection was dropped and that are still to be applied.
    pub(crate) late: watch::Sender<usize>,
    pub(crate) base_url: OnceLock<String>,
}

impl Inner {
    pub(crate) fn new(
        ledger: Ledger,
        clock: Arc<dyn Clock>,
        (app, reach): (App, Reach),
        limits: Limits,
        guesses: Guesses,
        faults: Faults,
    ) -> Self {
        let seed = ledger.seed;
        let traffic = traffic(seed, limits, faults);
        Self {
            clock,
            app,
            reach,
            guesses: Mutex::new(guesses),
            consents: Mutex::default(),
            seed,
            ledger: Mutex::new(ledger),
            traffic: Mutex::new(traffic),
            requests: Mutex::default(),
            holds: Holds::default(),
            openid: Mutex::default(),
            replays: Replays::default(),
            late: watch::Sender::new(0),
            base_url: OnceLock::new(),
        }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        crate::lock(&self.ledger)
    }

    pub(crate) fn traffic(&self) -> MutexGuard<'_, Traffic> {
        crate::lock(&self.traffic)
    }

    pub(crate) fn requests(&self) -> MutexGuard<'_, Requests> {
        crate::lock(&self.requests)
    }

    pub(crate) fn guesses(&self) -> Guesses {
        *crate::lock(&self.guesses)
    }

    pub(crate) fn consents(&self) -> Consents {
        *crate::lock(&self.consents)
    }

    pub(crate) fn set_consents(&self, consents: Consents) {
        *crate::lock(&self.consents) = consents;
    }

    pub(crate) fn set_guesses(&self, guesses: Guesses) {
        *crate::lock(&self.guesses) = guesses;
    }

    /// The clock's time, moved on by what the control interface was asked for.
    pub(crate) fn now(&self, ledger: &Ledger) -> DateTime<Utc> {
        self.clock.now() + ledger.world().forwarded
    }

    pub(crate) fn scene(&self, ledger: &Ledger) -> Scene {
        Scene {
            now: self.now(ledger),
            base_url: self.base_url.get().cloned().unwrap_or_default(),
            guesses: self.guesses(),
        }
    }

    /// The id of the next reply.
    pub(crate) fn correlation(&self) -> String {
        let mut traffic = self.traffic();
        traffic.replies += 1;
        ids::uuid(self.seed, Purpose::Correlation, traffic.replies).to_string()
    }

    /// Forgets the counts and the requests of this run, switches faults off, and lets held calls
    /// go.
    pub(crate) fn clear_traffic(&self) {
        {
            let mut old = self.traffic();
            *old = traffic(self.seed, old.meter.limits(), Faults::default());
        }
        self.requests().clear();
        self.replays.clear();
        self.holds.release(None);
    }
}

fn traffic(seed: u64, limits: Limits, faults: Faults) -> Traffic {
    let phase = ids::draw(seed, Purpose::Tenant, 1);
    let meter = Meter::new(limits, phase);
    Traffic {
        meter,
        faults,
        spent: BTreeMap::new(),
        refused: BTreeMap::new(),
        replies: 0,
    }
}
