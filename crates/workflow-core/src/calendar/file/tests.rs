//! What each format takes, and what it refuses and where.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::{FileError, Format, read};

fn window() -> RangeInclusive<NaiveDate> {
    "2026-01-01".parse().unwrap()..="2027-12-31".parse().unwrap()
}

fn days(text: &str, format: Format) -> Vec<String> {
    read(text, format, window())
        .unwrap()
        .iter()
        .map(|holiday| format!("{} {}", holiday.date(), holiday.name()))
        .collect()
}

fn refusal(text: &str, format: Format) -> String {
    read(text, format, window()).unwrap_err().to_string()
}

#[test]
fn csv_has_a_heading_or_none() {
    let expected = ["2026-12-24 Closed", "2026-12-25 Christmas Day"];
    for text in [
        "2026-12-25,Christmas Day\n2026-12-24,Closed\n",
        "\u{feff}Date,Name\r\n2026-12-24,Closed\r\n\r\n2026-12-25,Christmas Day",
        "name , region, date\nClosed,AU,2026-12-24\n\"Christmas Day\",AU, 2026-12-25 \n",
        "\"2026-12-24\",\"Closed\"\n\"2026-12-25\" , \"Christmas Day\"\n",
    ] {
        assert_eq!(days(text, Format::Csv), expected, "{text:?}");
    }
    assert_eq!(days("", Format::Csv), [""; 0]);
    assert_eq!(
        days("2026-12-24,\"a \"\"b\"\", c\"", Format::Csv),
        ["2026-12-24 a \"b\", c"]
    );
}

#[test]
fn csv_is_refused_with_its_line() {
    let cases = [
        (
            "2026-12-24\n",
            "line 1: must be a date and a name, with a comma between; there are 1 fields (a name with a comma stands in quotes)",
        ),
        ("date,name\n\n2026-12-24\n", "line 3: has no name"),
        (
            "2026-12-24,a\n2026-12-25,b,c\n",
            "line 2: must be a date and a name, with a comma between; there are 3 fields (a name with a comma stands in quotes)",
        ),
        (
            "2026-12-24,\"a\n",
            "line 1: a quote is not closed on its line",
        ),
        (
            "2026-12-24,\"a\"b\n",
            "line 1: after a closing quote must come a comma, or the end of the line",
        ),
        ("2026-12-24, \n", "line 1: holiday name is blank"),
        (
            "2026-02-30,x\n",
            "line 1: date must be a date such as 2026-12-25, got \"2026-02-30\"",
        ),
        (
            "2026-2-3,x\n",
            "line 1: date must be a date such as 2026-12-25, got \"2026-2-3\"",
        ),
        (
            "+2026-02-03,x\n",
            "line 1: date must be a date such as 2026-12-25, got \"+2026-02-03\"",
        ),
        (
            "1999-02-30,x\n",
            "line 1: date must be a date such as 2026-12-25, got \"1999-02-30\"",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text, Format::Csv), expected, "{text:?}");
    }
    let long = format!("2026-12-24,{}\n", "x".repeat(101));
    assert_eq!(
        refusal(&long, Format::Csv),
        "line 1: holiday name is longer than 100 characters"
    );
}

#[test]
fn names_on_one_date_are_joined_once() {
    let text = "2026-12-24,A\n2026-12-24,B\n2026-12-24,A\n";
    assert_eq!(days(text, Format::Csv), ["2026-12-24 A and B"]);
    let twice = "2026-12-24,A and B\n2026-12-24,A and B\n";
    assert_eq!(days(twice, Format::Csv), ["2026-12-24 A and B"]);
}

#[test]
fn what_lies_outside_of_the_window_is_left_out() {
    let text = "2025-12-31,A\n2026-01-01,B\n2027-12-31,C\n2028-01-01,D\n";
    assert_eq!(days(text, Format::Csv), ["2026-01-01 B", "2027-12-31 C"]);
}

#[test]
fn json_lines_are_read() {
    let text = "{\"date\":\"2026-12-24\",\"name\":\"Closed\"}\r\n\n \
                { \"name\" : \"M\\u0101ori \\ud83d\\ude00 \\\"x\\\"\" , \"date\" : \"2026-12-25\" } \n";
    assert_eq!(
        days(text, Format::JsonLines),
        ["2026-12-24 Closed", "2026-12-25 Māori 😀 \"x\""]
    );
}

#[test]
fn json_lines_are_refused_with_their_line() {
    let shape =
        "must be a JSON object, such as {\"date\": \"2026-12-25\", \"name\": \"Christmas Day\"}";
    let cases = [
        ("[]", shape),
        ("{}", shape),
        ("{\"date\":20261224}", shape),
        ("{\"date\":\"2026-12-24\"", shape),
        ("{\"date\":\"2026-12-24\"}", "has no name"),
        ("{\"name\":\"x\"}", "has no date"),
        ("{\"name\":\"x\",\"name\":\"x\"}", "name is given twice"),
        (
            "{\"day\":\"2026-12-24\"}",
            "there is no field \"day\", only date and name",
        ),
        (
            "{\"date\":\"2026-12-24\",\"name\":\"x\"}}",
            "has something after its object; one object stands on each line",
        ),
        ("{\"date\":\"2026-12-24", "a text is not closed"),
        (
            "{\"date\":\"\\x\"}",
            "a text holds an escape that JSON does not know",
        ),
        (
            "{\"date\":\"\\ud83d\"}",
            "a text holds an escape that JSON does not know",
        ),
        (
            "{\"date\":\"\\u00",
            "a text holds an escape that JSON does not know",
        ),
        (
            "{\"date\":\"2026-12-24\",\"name\":\"a\\nb\"}",
            "holiday name holds a control character",
        ),
    ];
    for (line, expected) in cases {
        let text = format!("\n{line}\n");
        assert_eq!(
            refusal(&text, Format::JsonLines),
            format!("line 2: {expected}"),
            "{line}"
        );
    }
}

#[test]
fn icalendar_gives_every_day_of_an_event() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20251230\n\
                DTEND;VALUE=DATE:20260103\nSUMMARY:Summer\\nshutdown\nEND:VEVENT\n\
                BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\nEND:VCALENDAR\n";
    assert_eq!(
        days(text, Format::ICalendar),
        [
            "2026-01-01 Summer shutdown and Holiday",
            "2026-01-02 Summer shutdown"
        ]
    );
    let refused = read("X", Format::ICalendar, window()).unwrap_err();
    assert_eq!(refused.line(), Some(1));
    assert!(matches!(refused, FileError::ICalendar(_)));
}

#[test]
fn what_is_too_large_is_refused() {
    let large = "2026-12-24,x\n".repeat(400_000);
    assert!(refusal(&large, Format::Csv).contains("more than 4194304"));
    let first: NaiveDate = "2000-01-01".parse().unwrap();
    let many: String = first
        .iter_days()
        .take(5_001)
        .map(|day| format!("{day},x\n"))
        .collect();
    let read = read(&many, Format::Csv, NaiveDate::MIN..=NaiveDate::MAX);
    assert_eq!(read, Err(FileError::TooMany));
}
