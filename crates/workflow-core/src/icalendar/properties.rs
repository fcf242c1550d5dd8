//! What holds for every text: nothing that is read panics, and what is written is read back.

use chrono::{DateTime, Days as DayCount, NaiveDate, Utc};
use proptest::prelude::*;

use super::{Event, Feed, read, write};
use crate::calendar::arb_date;

/// Texts with what has to be escaped, folded or kept whole.
fn arb_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        " ",
        ",",
        ";",
        "\\",
        "\n",
        "\\n",
        ":",
        "\"",
        "é",
        "日",
        "👩‍💼",
        "\t",
        "BEGIN:VEVENT",
        "=",
    ]);
    prop::collection::vec(pieces, 1..120)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("a name", |text| !text.trim().is_empty())
}

fn stamp() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        events in prop::collection::vec((arb_date(), 0_u64..30, arb_text(), arb_text()), 0..12),
        name in arb_text(),
    ) {
        let mut expected: Vec<_> = events
            .iter()
            .map(|(first, further, uid, summary)| {
                (*first, *first + DayCount::new(*further), summary.clone(), uid.clone())
            })
            .collect();
        let written = events.iter().map(|(first, further, uid, summary)| {
            Event::on(*first, uid.as_str(), stamp(), summary.as_str())
                .until(*first + DayCount::new(*further))
                .described(summary.as_str())
                .linked("https://example.com/?a=1;b,c")
        });
        let mut text = String::new();
        write(&mut text, &Feed::named(name), written).unwrap();
        for line in text.split_terminator("\r\n") {
            prop_assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
        }
        let mut found: Vec<_> = read(&text, NaiveDate::MIN..=NaiveDate::MAX)
            .unwrap()
            .iter()
            .map(|days| {
                let summary = days.summary().unwrap().to_owned();
                (days.first(), days.last(), summary, days.uid().unwrap().to_owned())
            })
            .collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), cuts in prop::collection::vec(0_usize..600, 0..6)) {
        let _ = read(&text, NaiveDate::MIN..=NaiveDate::MAX);
        // Near misses of a good file: pieces of it put together anew.
        let good = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:20260101\r\n\
                    DTEND;VALUE=DATE:20260103\r\nRRULE:FREQ=YEARLY;UNTIL=20300101T000000Z\r\n\
                    EXDATE;VALUE=DATE:20270101\r\nRDATE;TZID=\"A:B\":20260501T090000\r\n\
                    DURATION:P1DT1H\r\nSUMMARY:New Year\\, w\r\n ith a fold\r\nEND:VEVENT\r\n\
                    BEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n";
        let mut mixed = String::new();
        let mut from = 0;
        for cut in cuts {
            mixed.push_str(&good[from.min(cut % good.len())..cut % good.len()]);
            from = cut / 2 % good.len();
        }
        mixed.push_str(&text);
        mixed.push_str(&good[from..]);
        let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
        if let Ok(days) = read(&mixed, first..=first + DayCount::new(3_000)) {
            for days in days {
                prop_assert!(days.first() <= days.last());
            }
        }
    }
}
