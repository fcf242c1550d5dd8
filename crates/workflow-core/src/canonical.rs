//! The core's own canonical encoding: what the audit chain's hash covers.
//!
//! It is independent of the `serde` feature, so that a store that keeps entries in a form of its
//! own still computes the same hash. The encoding is self-delimiting text: every struct field is
//! named, every string carries its length, and an absent (`None`, empty collection) field is left
//! out. So a later version may add an optional field and entries written before it still encode
//! to the same bytes.
//!
//! ```
//! use workflow_core::canonical::{Canonical, Encoder};
//! let mut encoder = Encoder::new();
//! Some("BAS".to_owned()).encode(&mut encoder);
//! assert_eq!(encoder.finish(), b"s3:BAS");
//! ```

use std::collections::{BTreeMap, BTreeSet};

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveTime, SecondsFormat, Timelike as _, Utc, Weekday,
};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A value with one canonical encoding.
///
/// Equal values encode to equal bytes on every platform and in every version that can read them.
pub trait Canonical {
    /// Appends the encoding of `self`.
    fn encode(&self, out: &mut Encoder);

    /// Whether a field that holds this value is left out of its struct.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Collects the bytes of one encoding.
#[derive(Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// An empty encoder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes collected.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// A string with its length in bytes.
    pub fn text(&mut self, text: &str) {
        self.length(text.len());
        self.raw(text);
    }

    /// A whole number.
    pub fn number(&mut self, number: i128) {
        self.raw("i");
        match u64::try_from(number) {
            Ok(number) => self.whole(number, 1),
            Err(_) => self.raw(&number.to_string()),
        }
        self.raw(";");
    }

    /// Opens the variant `name` of an enum; its fields follow, then [`Encoder::close`].
    pub fn open(&mut self, name: &str) {
        self.raw("<");
        self.raw(name);
        self.raw("|");
    }

    /// Closes what [`Encoder::open`] opened.
    pub fn close(&mut self) {
        self.raw(">");
    }

    /// A named field, left out when its value is absent.
    pub fn field<T: Canonical + ?Sized>(&mut self, name: &str, value: &T) {
        if !value.is_absent() {
            self.raw(name);
            self.raw("=");
            value.encode(self);
        }
    }

    /// What a string of that many bytes begins with.
    fn length(&mut self, bytes: usize) {
        self.raw("s");
        // A length fits, on every platform there is.
        self.whole(u64::try_from(bytes).unwrap_or(u64::MAX), 1);
        self.raw(":");
    }

    /// The digits of a number, with noughts before it until there are so many. By hand, since what
    /// is hashed is dates for the most part, and the formatter took longer than the hash.
    fn whole(&mut self, mut number: u64, least: usize) {
        let mut digits = [b'0'; 20];
        let mut first = digits.len();
        while number > 0 {
            first -= 1;
            // A digit.
            digits[first] += u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
        }
        let first = first.min(digits.len() - least);
        self.bytes.extend_from_slice(&digits[first..]);
    }

    /// A date whose year has four digits.
    fn plain_date(&mut self, year: u64, date: NaiveDate) {
        self.whole(year, 4);
        self.raw("-");
        self.whole(date.month().into(), 2);
        self.raw("-");
        self.whole(date.day().into(), 2);
    }

    fn raw(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

/// The canonical bytes of one value.
#[must_use]
pub fn bytes<T: Canonical + ?Sized>(value: &T) -> Vec<u8> {
    let mut encoder = Encoder::new();
    value.encode(&mut encoder);
    encoder.finish()
}

macro_rules! whole_numbers {
    ($($t:ty),*) => {$(
        impl Canonical for $t {
            fn encode(&self, out: &mut Encoder) {
                out.number(i128::from(*self));
            }
        }
    )*};
}
whole_numbers!(u8, u16, u32, u64, i8, i16, i32, i64);

impl Canonical for bool {
    fn encode(&self, out: &mut Encoder) {
        out.number(i128::from(u8::from(*self)));
    }
}

macro_rules! as_text {
    ($($t:ty => |$v:ident| $text:expr),* $(,)?) => {$(
        impl Canonical for $t {
            fn encode(&self, out: &mut Encoder) {
                let $v = self;
                out.text(&$text);
            }
        }
    )*};
}
as_text! {
    str => |v| v,
    String => |v| v,
    Uuid => |v| v.hyphenated().encode_lower(&mut Uuid::encode_buffer()),
    NaiveTime => |v| v.format("%H:%M:%S").to_string(),
    Decimal => |v| v.normalize().to_string(),
    Weekday => |v| v.to_string(),
}

/// The year of a date, where it is written with four digits and no sign.
fn plain_year(date: NaiveDate) -> Option<u64> {
    u64::try_from(date.year())
        .ok()
        .filter(|year| *year <= 9_999)
}

impl Canonical for NaiveDate {
    fn encode(&self, out: &mut Encoder) {
        match plain_year(*self) {
            Some(year) => {
                out.length(10);
                out.plain_date(year, *self);
            }
            None => out.text(&self.format("%Y-%m-%d").to_string()),
        }
    }
}

impl Canonical for DateTime<Utc> {
    fn encode(&self, out: &mut Encoder) {
        let (date, time) = (self.date_naive(), self.time());
        // A leap second is written with its own second.
        let leaps = time.nanosecond() >= 1_000_000_000;
        let Some(year) = plain_year(date).filter(|_| !leaps) else {
            return out.text(&self.to_rfc3339_opts(SecondsFormat::Micros, true));
        };
        out.length(27);
        out.plain_date(year, date);
        for (before, number) in [
            ("T", time.hour()),
            (":", time.minute()),
            (":", time.second()),
        ] {
            out.raw(before);
            out.whole(number.into(), 2);
        }
        out.raw(".");
        out.whole((time.nanosecond() / 1_000).into(), 6);
        out.raw("Z");
    }
}

impl<T: Canonical> Canonical for Option<T> {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Some(value) => value.encode(out),
            None => out.raw("n"),
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Canonical + ?Sized> Canonical for &T {
    fn encode(&self, out: &mut Encoder) {
        (**self).encode(out);
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

impl<T: Canonical + ?Sized> Canonical for Box<T> {
    fn encode(&self, out: &mut Encoder) {
        (**self).encode(out);
    }

    fn is_absent(&self) -> bool {
        (**self).is_absent()
    }
}

fn list<T: Canonical>(items: impl Iterator<Item = T>, out: &mut Encoder) {
    out.raw("[");
    for item in items {
        item.encode(out);
    }
    out.raw("]");
}

impl<T: Canonical> Canonical for Vec<T> {
    fn encode(&self, out: &mut Encoder) {
        list(self.iter(), out);
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Canonical> Canonical for BTreeSet<T> {
    fn encode(&self, out: &mut Encoder) {
        list(self.iter(), out);
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<K: Canonical, V: Canonical> Canonical for BTreeMap<K, V> {
    fn encode(&self, out: &mut Encoder) {
        list(self.iter(), out);
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<A: Canonical, B: Canonical> Canonical for (A, B) {
    fn encode(&self, out: &mut Encoder) {
        out.raw("(");
        self.0.encode(out);
        self.1.encode(out);
        out.raw(")");
    }
}

impl<A: Canonical, B: Canonical, D: Canonical> Canonical for (A, B, D) {
    fn encode(&self, out: &mut Encoder) {
        out.raw("(");
        self.0.encode(out);
        self.1.encode(out);
        self.2.encode(out);
        out.raw(")");
    }
}

/// Implements [`Canonical`] for a struct, a newtype or an enum by naming every field.
///
/// A field that is forgotten does not compile, since the value is taken apart in full.
macro_rules! canonical {
    (struct $t:ident { $($field:ident),* $(,)? }) => {
        impl $crate::canonical::Canonical for $t {
            fn encode(&self, out: &mut $crate::canonical::Encoder) {
                let Self { $($field),* } = self;
                out.open("");
                $(out.field(stringify!($field), $field);)*
                out.close();
            }
        }
    };
    (newtype $t:ident) => {
        impl $crate::canonical::Canonical for $t {
            fn encode(&self, out: &mut $crate::canonical::Encoder) {
                $crate::canonical::Canonical::encode(&self.0, out);
            }
        }
    };
    // After `absent` stands the variant with which a field is left out of its struct: a field that
    // was added later, in a record that was written before.
    (enum $t:ident $(absent $absent:ident)? { $($variant:ident $(($($tuple:ident),*))? $({$($field:ident),* $(,)?})?),* $(,)? }) => {
        impl $crate::canonical::Canonical for $t {
            $(fn is_absent(&self) -> bool {
                matches!(self, Self::$absent)
            })?

            fn encode(&self, out: &mut $crate::canonical::Encoder) {
                match self {
                    $(Self::$variant $(($($tuple),*))? $({$($field),*})? => {
                        out.open(stringify!($variant));
                        $($(out.field(stringify!($tuple), $tuple);)*)?
                        $($(out.field(stringify!($field), $field);)*)?
                        out.close();
                    })*
                }
            }
        }
    };
}
pub(crate) use canonical;

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair {
        left: u32,
        right: Option<String>,
    }
    canonical!(struct Pair { left, right });

    enum Choice {
        Plain,
        Tuple(u32),
        Named { at: NaiveDate },
    }
    canonical!(enum Choice { Plain, Tuple(n), Named { at } });

    enum Later {
        AsEver,
        Otherwise,
    }
    canonical!(
        enum Later absent AsEver {
            AsEver,
            Otherwise,
        }
    );

    struct Older {
        left: u32,
        later: Later,
    }
    canonical!(struct Older { left, later });

    fn text<T: Canonical>(value: &T) -> String {
        String::from_utf8(bytes(value)).unwrap()
    }

    #[test]
    fn fields_are_named_and_absent_ones_left_out() {
        assert_eq!(
            text(&Pair {
                left: 1,
                right: None
            }),
            "<|left=i1;>"
        );
        let full = Pair {
            left: 1,
            right: Some("é".into()),
        };
        assert_eq!(text(&full), "<|left=i1;right=s2:é>");
    }

    #[test]
    fn a_choice_that_came_later_is_left_out_where_it_is_as_ever() {
        let older = |later| text(&Older { left: 1, later });
        assert_eq!(older(Later::AsEver), "<|left=i1;>");
        assert_eq!(older(Later::Otherwise), "<|left=i1;later=<Otherwise|>>");
    }

    #[test]
    fn variants_are_named() {
        assert_eq!(text(&Choice::Plain), "<Plain|>");
        assert_eq!(text(&Choice::Tuple(7)), "<Tuple|n=i7;>");
        let at = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
        assert_eq!(text(&Choice::Named { at }), "<Named|at=s10:2026-11-30>");
    }

    #[test]
    fn numbers_are_written_as_the_formatter_writes_them() {
        for number in [
            u64::MIN,
            1,
            9,
            10,
            99,
            100,
            1_234_567_890,
            u64::MAX - 1,
            u64::MAX,
        ] {
            assert_eq!(text(&number), format!("i{number};"));
        }
        for number in [i64::MIN, -10, -1, 0, i64::MAX] {
            assert_eq!(text(&number), format!("i{number};"));
        }
        for length in [0, 1, 9, 10, 999, 1_000] {
            let long = "x".repeat(length);
            assert_eq!(text(&long), format!("s{length}:{long}"));
        }
    }

    #[test]
    fn dates_and_instants_are_written_as_iso_8601_has_them_in_every_year() {
        let years = [-262_143, -1, 0, 999, 1_000, 2_026, 9_999, 10_000, 262_142];
        for year in years {
            let date = NaiveDate::from_ymd_opt(year, 2, 3).unwrap();
            let plain = date.format("%Y-%m-%d").to_string();
            assert_eq!(text(&date), text(&plain), "{year}");
            let leap = 1_999_999_999;
            for (second, nano) in [(0, 0), (7, 89_012_345), (59, 999_999_999), (59, leap)] {
                let at = date.and_hms_nano_opt(4, 5, second, nano).unwrap().and_utc();
                let plain = at.to_rfc3339_opts(SecondsFormat::Micros, true);
                assert_eq!(text(&at), text(&plain), "{at:?}");
            }
        }
    }

    #[test]
    fn a_list_of_lists_is_not_a_flat_list() {
        let nested = vec![vec!["a".to_owned()], vec!["b".to_owned()]];
        let flat = vec![vec!["a".to_owned(), "b".to_owned()], vec![]];
        assert_ne!(bytes(&nested), bytes(&flat));
    }
}
