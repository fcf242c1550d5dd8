//! When a process is killed: drawn from a seed.

use std::time::Duration;

/// Kills of one practice.
const KILLS_OF_ONE: usize = 10;

/// The lives of one practice's server, each ended by a kill.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) round: usize,
    /// What the faults of the simulated XPM depend on.
    pub(super) seed: u64,
    /// Of a hundred replies of the simulated XPM, how many go wrong.
    pub(super) faults: usize,
    pub(super) kills: Vec<Kill>,
}

/// When one process is killed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kill {
    /// So long after an import was started: it makes the file and its schema first.
    Importing(Duration),
    /// So long after the server was started.
    Starting(Duration),
    /// So long after the server had begun to serve.
    Serving(Duration),
    /// The server is asked to stop so long after it had begun to serve, and killed so much later.
    Stopping(Duration, Duration),
}

/// Numbers that look random and are the same in every run (xorshift).
struct Instants(u64);

impl Instants {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn milliseconds(&mut self, end: u64) -> Duration {
        Duration::from_micros(self.below(end * 1_000))
    }
}

impl Plan {
    /// How many practices share so many kills.
    pub(super) fn rounds(kills: usize) -> usize {
        kills.div_ceil(KILLS_OF_ONE)
    }

    pub(super) fn of(seed: u64, round: usize, kills: usize, faults: usize) -> Self {
        let seed = (seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(2 * round as u64 + 1);
        let mut instants = Instants(seed | 1);
        // The first few numbers of like seeds are alike.
        for _ in 0..16 {
            instants.below(2);
        }
        let left = (kills - round * KILLS_OF_ONE).min(KILLS_OF_ONE);
        let kills = (0..left).map(|kill| match (kill, instants.below(10)) {
            (0, _) => Kill::Importing(instants.milliseconds(120)),
            (_, 0) => Kill::Starting(instants.milliseconds(150)),
            (_, 1) => Kill::Stopping(instants.milliseconds(200), instants.milliseconds(30)),
            (_, 2) => Kill::Serving(instants.milliseconds(2_600)),
            _ => Kill::Serving(instants.milliseconds(350)),
        });
        Self {
            round,
            seed,
            faults,
            kills: kills.collect(),
        }
    }
}
