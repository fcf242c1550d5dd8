//! Identities that a test can tell beforehand.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::ports::clock::IdSource;

/// Identities in the shape of UUID version 7 that rise one by one. Two sources with different
/// seeds give different ones.
///
/// ```
/// use workflow_core::ports::clock::IdSource;
/// use workflow_core::testing::CountingIds;
///
/// let ids = CountingIds::new(1);
/// let (first, second) = (ids.next(), ids.next());
/// assert!(first < second && first.get_version_num() == 7);
/// assert_eq!(CountingIds::new(1).next(), first);
/// assert_ne!(CountingIds::new(2).next(), first);
/// ```
#[derive(Debug)]
pub struct CountingIds {
    seed: u64,
    count: AtomicU64,
}

/// 1 January 2026 in milliseconds since 1970.
const START: u64 = 1_767_225_600_000;

impl CountingIds {
    /// A source at its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let count = AtomicU64::new(0);
        Self { seed, count }
    }
}

impl IdSource for CountingIds {
    fn next(&self) -> Uuid {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let millis = u128::from(START + count);
        let spread = splitmix(self.seed.wrapping_add(splitmix(count)));
        // 48 bits of time, the version, 12 bits, the variant, 62 bits.
        let bits = millis << 80
            | 0x7 << 76
            | u128::from(self.seed & 0xfff) << 64
            | 0b10 << 62
            | u128::from(spread >> 2);
        Uuid::from_u128(bits)
    }
}

/// Spreads a small number over 64 bits, so that identities do not look alike.
fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
