//! Seeded dice: `SplitMix64`, so that a case is the same on every machine and in every version.

/// A source of numbers that its seed determines.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of one case.
    #[must_use]
    pub fn of(seed: u64, case: u64) -> Self {
        let mut dice = Self(seed);
        let mixed = dice.any() ^ case.wrapping_mul(0xD134_2543_DE82_EF95);
        Self(mixed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `most`; 0 where that is 0.
    pub fn below(&mut self, most: u64) -> u64 {
        self.any().checked_rem(most).unwrap_or(0)
    }

    /// A number within the range, its ends included.
    pub fn within(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1).unsigned_abs()) as i64
    }

    /// Whether one time in `times` has come.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    ///
    /// # Panics
    ///
    /// Where there is none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
}
