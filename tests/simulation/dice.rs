//! Chance, all of it from one number: the same seed throws the same dice.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A stream of random numbers. A clone is the same stream.
#[derive(Clone, Debug)]
pub(crate) struct Dice(Arc<Mutex<u64>>);

impl Dice {
    /// A stream of its own for each purpose, so that one more throw for one of them changes
    /// nothing for the others.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let state = spread(seed ^ spread(purpose));
        Self(Arc::new(Mutex::new(state)))
    }

    /// Any number.
    pub(crate) fn any(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(*state)
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.any() % end
    }

    /// A number between `least` and `most`, either of them included.
    pub(crate) fn between(&self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// True so many times in a thousand.
    pub(crate) fn often(&self, in_a_thousand: u64) -> bool {
        self.below(1_000) < in_a_thousand
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&self, among: &'a [T]) -> &'a T {
        let len = u64::try_from(among.len()).unwrap_or(1);
        &among[usize::try_from(self.below(len)).unwrap_or(0)]
    }

    /// A time around `mean`: mostly shorter, at times a good deal longer.
    pub(crate) fn around(&self, mean: Duration) -> Duration {
        let doublings = self.any().leading_zeros().min(4);
        let most = u64::try_from(mean.as_millis()).unwrap_or(u64::MAX / 64) << doublings;
        Duration::from_millis(self.between(1, most.max(1)))
    }
}

fn spread(seed: u64) -> u64 {
    mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
