//! What is read of files as other programs write them, and what is refused of hostile ones.

use chrono::{DateTime, NaiveDate};

use super::{Event, Feed, MOST_BYTES, MOST_EVENTS, read, write};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn calendar(inside: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{inside}END:VCALENDAR\n")
}

fn event(inside: &str) -> String {
    calendar(&format!("BEGIN:VEVENT\n{inside}END:VEVENT\n"))
}

/// First day, last day and name of what lies in 2026 and 2027.
fn days(text: &str) -> Vec<String> {
    read(text, date("2026-01-01")..=date("2027-12-31"))
        .unwrap()
        .iter()
        .map(|days| {
            format!(
                "{} {} {}",
                days.first(),
                days.last(),
                days.summary().unwrap_or("-")
            )
        })
        .collect()
}

fn refusal(text: &str) -> String {
    let refused = read(text, date("2026-01-01")..=date("2027-12-31"));
    refused.unwrap_err().to_string()
}

#[test]
fn spans_end_before_their_end() {
    let of = |dates: &str| days(&event(&format!("{dates}\nSUMMARY:X\n"))).join("; ");
    let one = "2026-12-24 2026-12-24 X";
    assert_eq!(of("DTSTART;VALUE=DATE:20261224"), one);
    assert_eq!(of("DTSTART:20261224"), one);
    assert_eq!(
        of("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261225"),
        one
    );
    assert_eq!(
        of("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261224"),
        one
    );
    assert_eq!(of("DTSTART;VALUE=DATE:20261224\nDURATION:P1D"), one);
    let two = "2026-12-24 2026-12-25 X";
    assert_eq!(
        of("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261226"),
        two
    );
    assert_eq!(of("DTSTART;VALUE=DATE:20261224\nDURATION:PT48H"), two);
    // A time: every day that it touches.
    assert_eq!(of("DTSTART:20261224T120000Z"), one);
    assert_eq!(of("DTSTART:20261224T120000\nDTEND:20261225T000000"), one);
    assert_eq!(of("DTSTART:20261224T120000\nDTEND:20261225T000100"), two);
    assert_eq!(
        of("DTSTART;TZID=\"A:B;C\":20261224T230000\nDURATION:PT2H"),
        two
    );
    assert_eq!(
        of("dtstart;value=date:20261224\ndtend;value=\"date\":20261226"),
        two
    );
}

#[test]
fn what_repeats_is_written_out_within_the_window() {
    let yearly = "DTSTART;VALUE=DATE:20201225\nSUMMARY:Christmas\n";
    let of = |rule: &str| days(&event(&format!("{yearly}{rule}\n")));
    let both = [
        "2026-12-25 2026-12-25 Christmas",
        "2027-12-25 2027-12-25 Christmas",
    ];
    assert_eq!(of("RRULE:FREQ=YEARLY"), both);
    assert_eq!(of("RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"), both);
    assert_eq!(of("RRULE:FREQ=YEARLY;COUNT=7"), both[..1]);
    assert_eq!(of("RRULE:FREQ=YEARLY;UNTIL=20261225"), both[..1]);
    assert_eq!(of("RRULE:FREQ=YEARLY;UNTIL=20261225T235959Z"), both[..1]);
    assert_eq!(
        of("RRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20261225,20301225"),
        both[1..]
    );
    assert_eq!(of("RDATE;VALUE=DATE:20261225,20271225"), both);
    let cup = "DTSTART;VALUE=DATE:20201103\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1TU\nSUMMARY:Cup\n";
    assert_eq!(
        days(&event(cup)),
        ["2026-11-03 2026-11-03 Cup", "2027-11-02 2027-11-02 Cup"]
    );
    // A span that begins before the window reaches into it.
    let turn = "DTSTART;VALUE=DATE:20201229\nDURATION:P5D\nRRULE:FREQ=YEARLY\nSUMMARY:Closed\n";
    assert_eq!(days(&event(turn))[0], "2025-12-29 2026-01-02 Closed");
}

#[test]
fn one_turn_may_stand_elsewhere() {
    let text = calendar(
        "BEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY\nSUMMARY:A\n\
         END:VEVENT\nBEGIN:VEVENT\nUID:a\nRECURRENCE-ID;VALUE=DATE:20270101\n\
         DTSTART;VALUE=DATE:20270104\nSUMMARY:Later\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\n\
         DTSTART;VALUE=DATE:20260601\nSTATUS:CANCELLED\nSUMMARY:None\nEND:VEVENT\n",
    );
    assert_eq!(
        days(&text),
        ["2026-01-01 2026-01-01 A", "2027-01-04 2027-01-04 Later"]
    );
}

#[test]
fn a_file_as_other_programs_write_it() {
    let text = "\u{feff}BEGIN:VCALENDAR\r\nPRODID:-//x//y\r\nX-WR-CALNAME:Holidays\\, all\r\n\
        BEGIN:VTIMEZONE\r\nTZID:Pacific/Auckland\r\nBEGIN:STANDARD\r\nDTSTART:20070930T030000\r\n\
        RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260206\r\nDTEND;VALUE=DATE:20260207\r\n\
        SUMMARY;LANGUAGE=en-NZ:Waitangi\\; Day\\nof N\r\n ew \r\n\tZea\r\n land\\\\\r\n\
        DESCRIPTION:SUMMARY:not this\r\nBEGIN:VALARM\r\nDTSTART:rubbish\r\nTRIGGER:-PT1H\r\nEND:VALARM\r\n\
        END:VEVENT\r\n\r\nEND:VCALENDAR\r\n";
    assert_eq!(
        days(text),
        ["2026-02-06 2026-02-06 Waitangi; Day\nof New Zealand\\"]
    );
    assert_eq!(days(&calendar("")), [""; 0]);
    assert_eq!(
        days(&event("DTSTART:20260101\nSUMMARY: \n")),
        ["2026-01-01 2026-01-01 -"]
    );
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let start = "DTSTART;VALUE=DATE:20261224\n";
    let cases = [
        (
            "",
            "line 1: must be BEGIN:VCALENDAR, as the first line of an iCalendar file",
        ),
        (
            "date,name\n",
            "line 1: must be BEGIN:VCALENDAR, as the first line of an iCalendar file",
        ),
        (
            "BEGIN:VEVENT\n",
            "line 1: must be BEGIN:VCALENDAR, as the first line of an iCalendar file",
        ),
        (
            "BEGIN:VCALENDAR\n",
            "line 1: BEGIN:VCALENDAR has no END:VCALENDAR",
        ),
        (
            "BEGIN:VCALENDAR\nEND:VCALENDAR\nX:1\n",
            "line 3: stands outside of BEGIN:VCALENDAR and END:VCALENDAR",
        ),
        (
            "BEGIN:VCALENDAR\nEND:VEVENT\n",
            "line 2: END:VEVENT closes nothing that is open",
        ),
        (
            "BEGIN:VCALENDAR\nthis is no line\n",
            "line 2: must be a name, a colon and a value",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal(text), expected, "{text:?}");
    }
    let events = [
        ("SUMMARY:X\n".to_owned(), "line 3: the event has no DTSTART"),
        (
            "DTSTART:20260230\n".to_owned(),
            "line 4: DTSTART must be a date such as 20261225, or a time on it such as 20261225T090000, got \"20260230\"",
        ),
        (
            "DTSTART;VALUE=DATE:20260101T000000\n".to_owned(),
            "line 4: DTSTART must be a date such as 20261225, got \"20260101T000000\"",
        ),
        (
            "DTSTART:2026é101\n".to_owned(),
            "line 4: DTSTART must be a date such as 20261225, or a time on it such as 20261225T090000, got \"2026é101\"",
        ),
        (
            format!("{start}DTSTART:20261224\n"),
            "line 5: DTSTART is given, and so is DTSTART",
        ),
        (
            format!("{start}DTEND:20261223\n"),
            "line 5: DTEND is before DTSTART",
        ),
        (
            format!("{start}DTEND:20280101\n"),
            "line 5: the event lasts more than 366 days",
        ),
        (
            format!("{start}DTEND:20261225\nDURATION:P1D\n"),
            "line 6: DURATION is given, and so is DTEND",
        ),
        (
            format!("{start}DURATION:-P1D\n"),
            "line 5: DURATION must be a length of time such as P1D, got \"-P1D\"",
        ),
        (
            format!("{start}DURATION:P99999999999W\n"),
            "line 5: DURATION must be a length of time such as P1D, got \"P99999999999W\"",
        ),
        (
            format!("{start}EXDATE:20261224,\n"),
            "line 5: EXDATE must be a date such as 20261225, or a time on it such as 20261225T090000, got \"\"",
        ),
    ];
    for (inside, expected) in events {
        assert_eq!(refusal(&event(&inside)), expected, "{inside:?}");
    }
    let rule = refusal(&event(&format!("{start}RRULE:FREQ=HOURLY\n")));
    assert!(rule.starts_with("line 5: RRULE: FREQ"), "{rule}");
}

#[test]
fn what_is_hostile_is_bounded() {
    let many = "BEGIN:VEVENT\nDTSTART:20260101\nEND:VEVENT\n".repeat(MOST_EVENTS + 1);
    assert!(refusal(&calendar(&many)).ends_with("there are more than 20000 events"));
    let large = calendar(&"X:1\n".repeat(MOST_BYTES / 4));
    assert!(refusal(&large).contains("more than 4194304"));
    let long = event(&format!(
        "DTSTART:20260101\nSUMMARY:{}\n",
        "x".repeat(70_000)
    ));
    assert_eq!(
        refusal(&long),
        "line 5: there are more than 65536 bytes in this line"
    );
    let folded = event(&format!("SUMMARY:x\n{}", " y\n".repeat(70_000)));
    assert_eq!(
        refusal(&folded),
        "line 4: there are more than 65536 bytes in this line"
    );
    let deep = calendar(&"BEGIN:X\n".repeat(50));
    assert!(refusal(&deep).contains("components within each other"));
    // Daily for ever, by many events: the sum is bounded too.
    let daily = "BEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=DAILY\nEND:VEVENT\n".repeat(50);
    assert!(refusal(&calendar(&daily)).ends_with("there are more than 20000 days of events"));
    let forever = read(
        &calendar("BEGIN:VEVENT\nDTSTART:20260101\nRRULE:FREQ=DAILY\nEND:VEVENT\n"),
        NaiveDate::MIN..=NaiveDate::MAX,
    );
    assert!(
        forever
            .unwrap_err()
            .to_string()
            .contains("more than 20000 days")
    );
}

#[test]
fn lines_are_folded_between_characters() {
    let summary = "é".repeat(100);
    let event = Event::on(
        date("2026-12-24"),
        "a",
        DateTime::UNIX_EPOCH,
        summary.as_str(),
    );
    let mut text = String::new();
    write(&mut text, &Feed::named("x"), [event]).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() <= 75));
    let at = lines
        .iter()
        .position(|line| line.starts_with("SUMMARY"))
        .unwrap();
    // Eight octets of "SUMMARY:", and 33 characters of two; then a space and 37 of them.
    assert_eq!(lines[at].len(), 74);
    assert_eq!(lines[at + 1], format!(" {}", "é".repeat(37)));
    assert_eq!(days(&text), [format!("2026-12-24 2026-12-24 {summary}")]);
}

#[test]
fn nothing_that_is_written_breaks_out_of_its_line() {
    let event = Event::on(
        date("2026-12-24"),
        "a\r\nEND:VEVENT",
        DateTime::UNIX_EPOCH,
        "b\r\rc\u{7}\u{0}d\u{85}",
    )
    .linked("https://x/\r\nATTACH:y");
    let mut text = String::new();
    write(&mut text, &Feed::named("x\ny"), [event]).unwrap();
    assert_eq!(text.matches("\r\nEND:VEVENT\r\n").count(), 1);
    assert!(text.contains("UID:a\\nEND:VEVENT\r\n") && text.contains("SUMMARY:b\\n\\nc  d \r\n"));
    assert!(text.contains("URL:https://x/ATTACH:y\r\n") && text.contains("X-WR-CALNAME:x\\ny\r\n"));
}

#[test]
fn an_event_that_cannot_be_written_is_left_out() {
    let far = Event::on(NaiveDate::MAX, "a", DateTime::UNIX_EPOCH, "b");
    let mut text = String::new();
    write(&mut text, &Feed::named("x"), [far]).unwrap();
    assert_eq!(days(&text), [""; 0]);
}
