//! Reading RRULE text. It comes from outside, so everything about it is checked.

use chrono::{NaiveDate, NaiveDateTime, Weekday};

use super::error::{RuleTextError, RuleTextFault as Fault, shortened};
use super::parts::{Frequency, NthDay, Parts, Skip, Until};
use super::{Reading, RuleText};

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const PARTS: [&str; 16] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYMONTH",
    "BYMONTHDAY",
    "BYDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYHOUR",
    "BYMINUTE",
    "BYSECOND",
    "BYSETPOS",
    "SKIP",
    "RSCALE",
];

type Result<T> = std::result::Result<T, RuleTextError>;

/// Reads the parts of a rule.
pub(super) fn parse(text: &str, reading: Reading) -> Result<Parts> {
    if text.len() > RuleText::MAX_BYTES {
        let bytes = text.len();
        return Err(RuleTextError::new("RRULE", Fault::TooLong { bytes }));
    }
    let mut values: [Option<&str>; PARTS.len()] = [None; PARTS.len()];
    let text = text.trim();
    let body = match text.get(..6) {
        Some(prefix) if prefix.eq_ignore_ascii_case("RRULE:") => &text[6..],
        _ => text,
    };
    if body.is_empty() {
        return Err(RuleTextError::new("RRULE", Fault::Empty));
    }
    for part in body.split(';') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let known = PARTS
            .iter()
            .position(|known| name.eq_ignore_ascii_case(known));
        let Some(known) = known else {
            let fault = if name.is_empty() {
                Fault::Empty
            } else {
                Fault::Unknown
            };
            let name = if name.is_empty() { "RRULE" } else { name };
            return Err(RuleTextError::new(name, fault));
        };
        if value.is_empty() {
            return Err(RuleTextError::new(PARTS[known], Fault::Empty));
        }
        if values[known].replace(value).is_some() {
            return Err(RuleTextError::new(PARTS[known], Fault::GivenTwice));
        }
    }
    let value = |name: &str| {
        let at = PARTS.iter().position(|part| *part == name)?;
        values[at]
    };
    let parts = read(value)?;
    if reading == Reading::Strict {
        forbid(&parts)?;
    }
    if parts.skip == Skip::Forward && !parts.positions.is_empty() && parts.several_times().is_some()
    {
        let other = "BYSETPOS and several times of day";
        return Err(RuleTextError::new("SKIP", Fault::NotWith { other }));
    }
    Ok(parts)
}

fn read<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Result<Parts> {
    let frequency = value("FREQ").ok_or_else(|| RuleTextError::new("FREQ", Fault::Missing))?;
    let mut parts = Parts::new(read_frequency(frequency)?);
    if let Some(text) = value("INTERVAL") {
        let interval = whole("INTERVAL", text)?;
        if interval == 0 {
            return Err(out_of_range("INTERVAL", text, "1 and more"));
        }
        // An interval beyond this leaves the years that can be written after its first turn.
        parts.interval = u32::try_from(interval).unwrap_or(u32::MAX);
    }
    if let Some(text) = value("COUNT") {
        parts.count = Some(whole("COUNT", text)?);
    }
    parts.until = value("UNTIL").map(read_until).transpose()?;
    if let Some(text) = value("WKST") {
        parts.week_start = read_weekday("WKST", text)?;
    }
    if let Some(text) = value("RSCALE")
        && !text.eq_ignore_ascii_case("GREGORIAN")
    {
        return Err(malformed("RSCALE", text, "GREGORIAN"));
    }
    if let Some(text) = value("SKIP") {
        parts.skip = match text.to_ascii_uppercase().as_str() {
            "OMIT" => Skip::Omit,
            "BACKWARD" => Skip::Backward,
            "FORWARD" => Skip::Forward,
            _ => return Err(malformed("SKIP", text, "OMIT, BACKWARD or FORWARD")),
        };
    }
    if let Some(text) = value("BYMONTH") {
        each("BYMONTH", text, "1 to 12", 1..=12, |n| {
            parts.months |= 1 << n
        })?;
    }
    if let Some(text) = value("BYMONTHDAY") {
        either_end("BYMONTHDAY", text, "1 to 31 or -31 to -1", 31, |n| {
            let bit = 1 << (n.unsigned_abs() - 1);
            if n > 0 {
                parts.month_days |= bit;
            } else {
                parts.month_days_back |= bit;
            }
        })?;
    }
    if let Some(text) = value("BYYEARDAY") {
        either_end("BYYEARDAY", text, "1 to 366 or -366 to -1", 366, |n| {
            parts.year_days.push(n);
        })?;
    }
    if let Some(text) = value("BYWEEKNO") {
        either_end("BYWEEKNO", text, "1 to 53 or -53 to -1", 53, |n| {
            if n > 0 {
                parts.weeks |= 1 << n;
            } else {
                parts.weeks_back |= 1 << -n;
            }
        })?;
    }
    if let Some(text) = value("BYSETPOS") {
        either_end("BYSETPOS", text, "1 to 366 or -366 to -1", 366, |n| {
            if !parts.positions.contains(&n) {
                parts.positions.push(n);
            }
        })?;
    }
    if let Some(text) = value("BYDAY") {
        read_days(text, &mut parts)?;
    }
    if let Some(text) = value("BYHOUR") {
        each("BYHOUR", text, "0 to 23", 0..=23, |n| parts.hours |= 1 << n)?;
    }
    if let Some(text) = value("BYMINUTE") {
        each("BYMINUTE", text, "0 to 59", 0..=59, |n| {
            parts.minutes |= 1 << n
        })?;
    }
    if let Some(text) = value("BYSECOND") {
        // Civil time here has no leap second: the 61st second is the 60th.
        each("BYSECOND", text, "0 to 60", 0..=60, |n| {
            parts.seconds |= 1 << n.min(59)
        })?;
    }
    Ok(parts)
}

/// Refuses what RFC 5545, section 3.3.10, says must not be.
fn forbid(parts: &Parts) -> Result<()> {
    use Frequency::{Daily, Monthly, Weekly, Yearly};
    let not_with = |part, other| Err(RuleTextError::new(part, Fault::NotWith { other }));
    if parts.count.is_some() && parts.until.is_some() {
        return not_with("UNTIL", "COUNT");
    }
    if !parts.nth_days.is_empty() {
        match parts.frequency {
            Daily => return not_with("BYDAY", "FREQ=DAILY when it counts weekdays"),
            Weekly => return not_with("BYDAY", "FREQ=WEEKLY when it counts weekdays"),
            Yearly if parts.names_weeks() => {
                return not_with("BYDAY", "BYWEEKNO when it counts weekdays");
            }
            Monthly | Yearly => {}
        }
    }
    if parts.frequency == Weekly && (parts.month_days | parts.month_days_back) != 0 {
        return not_with("BYMONTHDAY", "FREQ=WEEKLY");
    }
    if parts.frequency != Yearly {
        let other = "FREQ=DAILY, WEEKLY or MONTHLY";
        if !parts.year_days.is_empty() {
            return not_with("BYYEARDAY", other);
        }
        if parts.names_weeks() {
            return not_with("BYWEEKNO", other);
        }
    }
    let times = parts.hours != 0 || parts.minutes != 0 || parts.seconds != 0;
    if !parts.positions.is_empty() && !parts.names_days() && parts.months == 0 && !times {
        return Err(RuleTextError::new("BYSETPOS", Fault::NeedsAnother));
    }
    Ok(())
}

fn malformed(part: &str, value: &str, expected: &'static str) -> RuleTextError {
    let value = shortened(value);
    RuleTextError::new(part, Fault::Malformed { value, expected })
}

fn out_of_range(part: &str, value: &str, range: &'static str) -> RuleTextError {
    let value = shortened(value);
    RuleTextError::new(part, Fault::OutOfRange { value, range })
}

fn read_frequency(text: &str) -> Result<Frequency> {
    Ok(match text.to_ascii_uppercase().as_str() {
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        "HOURLY" | "MINUTELY" | "SECONDLY" => {
            return Err(RuleTextError::new("FREQ", Fault::WithinTheDay));
        }
        _ => return Err(malformed("FREQ", text, "DAILY, WEEKLY, MONTHLY or YEARLY")),
    })
}

fn whole(part: &str, text: &str) -> Result<u64> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed(part, text, "a whole number"));
    }
    // More digits than fit mean more than can ever be reached.
    Ok(text.parse().unwrap_or(u64::MAX))
}

fn integer(part: &str, text: &str, range: &'static str) -> Result<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if text.is_empty() {
        return Err(RuleTextError::new(part, Fault::Empty));
    }
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(malformed(part, text, "a whole number"));
    }
    text.parse().map_err(|_| out_of_range(part, text, range))
}

fn each(
    part: &str,
    list: &str,
    words: &'static str,
    range: std::ops::RangeInclusive<i32>,
    mut take: impl FnMut(i32),
) -> Result<()> {
    for item in list.split(',') {
        let number = integer(part, item, words)?;
        if !range.contains(&number) {
            return Err(out_of_range(part, item, words));
        }
        take(number);
    }
    Ok(())
}

fn either_end(
    part: &str,
    list: &str,
    words: &'static str,
    most: i32,
    mut take: impl FnMut(i32),
) -> Result<()> {
    for item in list.split(',') {
        let number = integer(part, item, words)?;
        if number == 0 || number.abs() > most {
            return Err(out_of_range(part, item, words));
        }
        take(number);
    }
    Ok(())
}

fn read_weekday(part: &str, text: &str) -> Result<Weekday> {
    WEEKDAYS
        .iter()
        .position(|name| text.eq_ignore_ascii_case(name))
        .and_then(|n| Weekday::try_from(n as u8).ok())
        .ok_or_else(|| malformed(part, text, "a weekday (MO to SU)"))
}

fn read_days(list: &str, parts: &mut Parts) -> Result<()> {
    for item in list.split(',') {
        if item.is_empty() {
            return Err(RuleTextError::new("BYDAY", Fault::Empty));
        }
        // Not every byte is the start of a character in text from outside.
        let split = item
            .len()
            .checked_sub(2)
            .and_then(|at| item.split_at_checked(at));
        let Some((nth, day)) = split else {
            return Err(malformed("BYDAY", item, "a weekday (MO to SU)"));
        };
        let weekday = read_weekday("BYDAY", day)
            .map_err(|_| malformed("BYDAY", item, "a weekday (MO to SU)"))?
            .num_days_from_monday();
        if nth.is_empty() {
            parts.weekdays |= 1 << weekday;
            continue;
        }
        let words = "1 to 53 or -53 to -1";
        let number = integer("BYDAY", nth, words)?;
        if number == 0 || number.abs() > 53 {
            return Err(out_of_range("BYDAY", item, words));
        }
        parts.nth_days.push(NthDay {
            nth: number,
            weekday,
        });
    }
    Ok(())
}

fn read_until(text: &str) -> Result<Until> {
    let fault = || {
        malformed(
            "UNTIL",
            text,
            "a date, or a date and time (YYYYMMDDTHHMMSSZ)",
        )
    };
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        let run = bytes
            .get(from..to)
            .filter(|run| run.iter().all(u8::is_ascii_digit));
        run.map(|run| run.iter().fold(0, |sum, b| sum * 10 + u32::from(b - b'0')))
    };
    let date = (|| {
        let year = digits(0, 4)?;
        NaiveDate::from_ymd_opt(year as i32, digits(4, 6)?, digits(6, 8)?)
    })()
    .ok_or_else(fault)?;
    if bytes.len() == 8 {
        return Ok(Until::Local(date.into()));
    }
    let local: NaiveDateTime = (|| {
        (bytes.get(8)?.eq_ignore_ascii_case(&b'T')).then_some(())?;
        date.and_hms_opt(digits(9, 11)?, digits(11, 13)?, digits(13, 15)?.min(59))
    })()
    .ok_or_else(fault)?;
    match &bytes[15..] {
        [] => Ok(Until::Local(local)),
        [b'Z' | b'z'] => Ok(Until::Instant(local.and_utc())),
        _ => Err(fault()),
    }
}
