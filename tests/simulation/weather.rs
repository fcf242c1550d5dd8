//! What goes wrong with calls, and when: rates for single calls, and spells in which all of them
//! fail.

use std::time::Duration;

use crate::dice::Dice;

/// The faults of one history.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    /// Of a thousand calls, so many with each fate; the rest goes well.
    rates: Vec<(u64, Fate)>,
    spells: Vec<Spell>,
    /// From then on nothing goes wrong any more.
    pub(crate) calm_from: Duration,
    /// How long a list may lack a job that exists, at the most.
    pub(crate) list_lag: Duration,
    /// Of a thousand answers, so many say nothing of what is left.
    pub(crate) silent: u64,
    /// Calls that others spend beside ours, of a thousand of ours.
    pub(crate) others: u64,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is carried out and answered, sooner or later.
    Answered,
    /// It is carried out, and the reply is lost, or cannot be read.
    LostAfter,
    /// It never arrived, and nobody knows.
    LostBefore,
    /// The reply is lost, and it is carried out later, though within the settle time.
    Late,
    /// It is refused over a limit that others used up.
    Limited,
    /// It is refused in XPM's own words.
    Refused,
    /// It is refused, and a create leaves its job behind all the same.
    RefusedAfter,
    /// No connection could be made.
    Unreachable,
    /// The connection may not do this.
    Forbidden,
    /// The rows of a list come without descriptions.
    Summary,
    /// The connection is no longer accepted.
    SignedOut,
}

/// A time in which every call ends the same way.
#[derive(Clone, Copy, Debug)]
struct Spell {
    from: Duration,
    until: Duration,
    fate: Fate,
}

const HOUR: Duration = Duration::from_secs(3_600);

impl Weather {
    /// Nothing goes wrong.
    pub(crate) fn fine() -> Self {
        Self {
            rates: Vec::new(),
            spells: Vec::new(),
            calm_from: Duration::ZERO,
            list_lag: Duration::ZERO,
            silent: 0,
            others: 0,
        }
    }

    /// Of a thousand calls, so many with each fate, until `calm_from`.
    pub(crate) fn with(rates: &[(u64, Fate)], calm_from: Duration) -> Self {
        Self {
            rates: rates.to_vec(),
            calm_from,
            ..Self::fine()
        }
    }

    /// The weather of a seed until `calm_from`: fine, changeable or foul.
    pub(crate) fn of(dice: &Dice, calm_from: Duration) -> Self {
        // Some seeds have one fault alone, often; most have some of each.
        let strength = *dice.pick(&[0, 5, 20, 60, 120]);
        let mut rates: Vec<(u64, Fate)> = Vec::new();
        for fate in [
            Fate::LostAfter,
            Fate::LostBefore,
            Fate::Late,
            Fate::Limited,
            Fate::Refused,
            Fate::RefusedAfter,
            Fate::Unreachable,
            Fate::Forbidden,
            Fate::Summary,
        ] {
            let rare = matches!(fate, Fate::Refused | Fate::RefusedAfter | Fate::Forbidden);
            let rate = dice.from_to(0, strength) / if rare { 4 } else { 1 };
            rates.push((rate, fate));
        }
        let mut spells = Vec::new();
        for _ in 0..dice.below(4) {
            let hours = calm_from.as_secs() / 3_600;
            let from = HOUR * u32::try_from(dice.below(hours)).unwrap_or(0);
            let hours = *dice.pick(&[1, 3, 12, 30, 90]);
            let fate = *dice.pick(&[
                Fate::Unreachable,
                Fate::LostBefore,
                Fate::LostAfter,
                Fate::SignedOut,
                Fate::Summary,
            ]);
            let until = (from + HOUR * hours).min(calm_from);
            spells.push(Spell { from, until, fate });
        }
        Self {
            rates,
            spells,
            calm_from,
            list_lag: Duration::from_secs(dice.below(2) * dice.below(100)),
            silent: *dice.pick(&[0, 0, 100, 500]),
            others: *dice.pick(&[0, 0, 200, 2_000]),
        }
    }

    /// What becomes of a call that is made at that time.
    pub(crate) fn fate(&self, dice: &Dice, at: Duration) -> Fate {
        let mut throw = dice.below(1_000);
        if at >= self.calm_from {
            return Fate::Answered;
        }
        let spell = self.spells.iter().find(|s| s.from <= at && at < s.until);
        if let Some(spell) = spell {
            return spell.fate;
        }
        for (rate, fate) in &self.rates {
            match throw.checked_sub(*rate) {
                Some(rest) => throw = rest,
                None => return *fate,
            }
        }
        Fate::Answered
    }

    /// Whether the calls of ours are all that is counted, and all of them are made.
    pub(crate) fn others_spend_nothing(&self) -> bool {
        let harmless = |fate: &Fate| !matches!(fate, Fate::Unreachable | Fate::Limited);
        self.others == 0
            && self
                .rates
                .iter()
                .all(|(rate, fate)| *rate == 0 || harmless(fate))
            && self.spells.iter().all(|spell| harmless(&spell.fate))
    }

    /// Whether somebody may be asked to connect the practice anew.
    pub(crate) fn accepts_connections(&self, at: Duration) -> bool {
        let signed_out = |s: &&Spell| s.fate == Fate::SignedOut && s.from <= at && at < s.until;
        at >= self.calm_from || self.spells.iter().find(signed_out).is_none()
    }
}
