//! Seeded hostile input for what reads text from outside: recurrence rules, sentences, calendars,
//! zone data, names with tokens ([`RULES`]), and the answers of XPM ([`RESPONSES`]).
//!
//! A case is a number. With the seed it makes an input, always the same one, which is held against
//! what must be true of it: no panic, an end within a bounded number of steps, round trips, and
//! what a write may be said to have come to. [`harness::run`] runs millions of them on all cores,
//! and watches that none hangs.
//!
//! It needs no nightly toolchain and no instrumentation, so it finds what a grammar and its
//! mutations can reach.

mod calendars;
mod dice;
mod generate;
pub mod harness;
mod responses;
mod rules;
pub mod sizes;
mod texts;

use std::fmt;

use workflow_core::calendar::WorkingCalendar;
use workflow_core::recurrence::Recurrence;

pub use self::dice::Dice;
use self::harness::Target;
pub use self::responses::{RESPONSES, check as check_response, input as response};

/// Recurrence rules, sentences, calendars, zone data, names with tokens.
pub static RULES: Target = Target {
    name: "rules",
    kinds: &Kind::NAMES,
    show: |seed, case| format!("{:?}", input(seed, case)),
    check: |seed, case| check(seed, case, &input(seed, case)),
};

/// What one case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// RFC 5545 text by its grammar, with numbers at and beyond their limits.
    RuleText,
    /// Such a text with some of it changed.
    RuleTextMutated,
    /// Characters and words of such texts in any order, and any bytes at all.
    RuleTextSoup,
    /// A rule that the builder makes, printed and read.
    Built,
    /// A sentence with some of it changed.
    SentenceMutated,
    /// Words of sentences in any order.
    SentenceSoup,
    /// A working calendar, and all that is counted and rolled on it.
    Calendar,
    /// The bytes of a zone file with some of them changed.
    ZoneData,
    /// A name with tokens.
    Template,
    /// An iCalendar text with some of it changed.
    ICalendar,
    /// A file of holidays with some of it changed.
    HolidayFile,
}

impl Kind {
    /// Every kind; a case is of one by its number.
    pub const ALL: [Self; 11] = [
        Self::RuleText,
        Self::RuleTextMutated,
        Self::RuleTextSoup,
        Self::Built,
        Self::SentenceMutated,
        Self::SentenceSoup,
        Self::Calendar,
        Self::ZoneData,
        Self::Template,
        Self::ICalendar,
        Self::HolidayFile,
    ];

    /// What each is called, in the order of [`Kind::ALL`].
    const NAMES: [&'static str; 11] = [
        "rule text",
        "rule text, mutated",
        "rule text, soup",
        "rule built",
        "sentence, mutated",
        "sentence, soup",
        "calendar",
        "zone data",
        "name with tokens",
        "iCalendar",
        "file of holidays",
    ];

    /// The kind of a case.
    #[must_use]
    pub fn of(case: u64) -> Self {
        Self::ALL[(case % Self::ALL.len() as u64) as usize]
    }

    /// Its place in [`Kind::ALL`].
    #[must_use]
    pub fn place(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[self.place()])
    }
}

/// What a case is made of.
#[derive(Clone, Debug)]
pub enum Input {
    /// A text for the readers of rule texts, with the anchor.
    RuleText(String, chrono::NaiveDate),
    /// A rule.
    Built(Box<Recurrence>),
    /// A text for the reader of sentences.
    Sentence(String),
    /// A calendar, as its weekend and holidays.
    Calendar(Vec<chrono::Weekday>, Vec<(chrono::NaiveDate, String)>),
    /// Bytes for the reader of zone files, and a name.
    ZoneData(Vec<u8>, String),
    /// A text for the reader of names with tokens.
    Template(String),
    /// A text for the reader of iCalendar.
    ICalendar(String),
    /// A text for the readers of holiday files.
    HolidayFile(String),
}

/// How far an input came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was read, and all that was checked of it holds.
    Accepted,
    /// It was refused with a reason.
    Refused,
}

/// Something that must hold and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The input of a case. Equal seeds and numbers make equal inputs.
#[must_use]
pub fn input(seed: u64, case: u64) -> Input {
    generate::input(Kind::of(case), &mut Dice::of(seed, case))
}

/// Holds the input of a case against what must be true of it.
///
/// # Errors
///
/// [`Broken`] names what does not hold.
pub fn check(seed: u64, case: u64, input: &Input) -> Result<Verdict, Broken> {
    // What is asked of an input has dice of its own, so that an input can be made without it.
    let mut dice = Dice::of(!seed, case);
    match input {
        Input::RuleText(text, anchor) => rules::text(text, *anchor, &mut dice),
        Input::Built(rule) => rules::built(rule, &mut dice),
        Input::Sentence(text) => rules::sentence(text, &mut dice),
        Input::Calendar(weekend, holidays) => calendars::calendar(weekend, holidays, &mut dice),
        Input::ZoneData(bytes, name) => calendars::zone(bytes, name, &mut dice),
        Input::Template(text) => texts::template(text),
        Input::ICalendar(text) => texts::icalendar(text),
        Input::HolidayFile(text) => texts::holiday_file(text),
    }
}

/// A calendar to ask rules with: weekends alone, or with holidays.
fn some_calendar(dice: &mut Dice) -> WorkingCalendar {
    let (weekend, holidays) = generate::calendar(dice);
    calendars::build(&weekend, &holidays)
        .or_else(|_| calendars::build(&[chrono::Weekday::Sun], &[]))
        .unwrap_or_else(|_| unreachable!("a calendar of Sundays is sound"))
}

/// Breaks where the two differ, and says how.
fn same<T: PartialEq + fmt::Debug>(what: &str, one: &T, other: &T) -> Result<(), Broken> {
    if one == other {
        return Ok(());
    }
    Err(Broken(format!("{what}: {one:?} is not {other:?}")))
}

/// Breaks where it does not hold.
fn holds(what: &str, it: bool, of: &dyn fmt::Debug) -> Result<(), Broken> {
    if it {
        return Ok(());
    }
    Err(Broken(format!("{what}: {of:?}")))
}
