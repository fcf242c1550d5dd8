//! Identifiers and draws that depend on the seed alone, so that a run can be repeated.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// What a draw is for; two purposes never share a sequence.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// The practice's tenant.
    Tenant = 1,
    /// Anything created at run time, numbered by the counter in the journal.
    Record = 2,
    /// The `xero-correlation-id` of a reply.
    Correlation = 3,
    /// Whether a reply is disturbed.
    Reply = 4,
    /// Whether a new job is slow to appear.
    Lag = 5,
    /// Choices in the sample practice.
    Sample = 6,
    /// The identities of job states.
    State = 7,
}

/// The `n`th 64 bits of a purpose (splitmix64's finaliser over seed, purpose and number).
pub(crate) const fn draw(seed: u64, purpose: Purpose, n: u64) -> u64 {
    let stream = mix(seed ^ (purpose as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mix(stream.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The `n`th number of a purpose in `0.0..1.0`.
pub(crate) fn fraction(seed: u64, purpose: Purpose, n: u64) -> f64 {
    // 53 bits are what an f64 holds exactly.
    (draw(seed, purpose, n) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The `n`th UUID of a purpose.
pub(crate) fn uuid(seed: u64, purpose: Purpose, n: u64) -> Uuid {
    let high = draw(seed, purpose, n.wrapping_mul(2));
    let low = draw(seed, purpose, n.wrapping_mul(2).wrapping_add(1));
    let bits = (u128::from(high) << 64) | u128::from(low);
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

/// The `n`th opaque string of a purpose: 43 characters safe in a URL.
pub(crate) fn opaque(seed: u64, purpose: Purpose, n: u64) -> String {
    let mut bytes = [0_u8; 32];
    for (i, chunk) in (0_u64..).zip(bytes.chunks_mut(8)) {
        chunk
            .copy_from_slice(&draw(seed, purpose, n.wrapping_mul(4).wrapping_add(i)).to_be_bytes());
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_draws_and_another_differs() {
        assert_eq!(uuid(1, Purpose::Record, 0), uuid(1, Purpose::Record, 0));
        assert_ne!(uuid(1, Purpose::Record, 0), uuid(2, Purpose::Record, 0));
        assert_ne!(uuid(1, Purpose::Record, 0), uuid(1, Purpose::Record, 1));
        assert_ne!(uuid(1, Purpose::Record, 0), uuid(1, Purpose::Tenant, 0));
    }

    #[test]
    fn fractions_spread_evenly() {
        let low = (0..10_000)
            .filter(|&n| fraction(9, Purpose::Reply, n) < 0.2)
            .count();
        assert!(
            (1_850..2_150).contains(&low),
            "{low} of 10,000 draws below 0.2"
        );
    }
}
