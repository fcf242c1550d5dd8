//! The public holidays of Victoria, Australia, for the sample practice.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use crate::practice_file::wire;

/// The holidays of the year before `today`'s and of the three after that.
pub(super) fn around(today: NaiveDate) -> Vec<wire::Holiday> {
    let years = today.year() - 1..=today.year() + 2;
    years.flat_map(of_year).flatten().collect()
}

fn of_year(year: i32) -> Vec<Option<wire::Holiday>> {
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    let nth = |month, weekday, n| NaiveDate::from_weekday_of_month_opt(year, month, weekday, n);
    let easter = easter(year);
    let all = [
        (day(1, 1), "New Year's Day"),
        (day(1, 26), "Australia Day"),
        (nth(3, Weekday::Mon, 2), "Labour Day"),
        (
            easter.and_then(|sunday| sunday.checked_sub_days(Days::new(2))),
            "Good Friday",
        ),
        (
            easter.and_then(|sunday| sunday.checked_add_days(Days::new(1))),
            "Easter Monday",
        ),
        (day(4, 25), "Anzac Day"),
        (nth(6, Weekday::Mon, 2), "King's Birthday"),
        (nth(11, Weekday::Tue, 1), "Melbourne Cup Day"),
        (day(12, 25), "Christmas Day"),
        (day(12, 26), "Boxing Day"),
    ];
    // Easter Monday or Good Friday may fall on Anzac Day: one date has one name.
    let mut seen = std::collections::BTreeSet::new();
    let mut holiday = |(date, name): (Option<NaiveDate>, &str)| {
        let date = date.filter(|date| seen.insert(*date))?;
        Some(wire::Holiday {
            date: date.to_string(),
            name: name.to_owned(),
        })
    };
    all.into_iter().map(&mut holiday).collect()
}

/// Easter Sunday in the Gregorian calendar (the anonymous algorithm of 1876).
fn easter(year: i32) -> Option<NaiveDate> {
    let a = year % 19;
    let (b, c) = (year / 100, year % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let m = (a + 11 * h) / 319;
    let k = (2 * (b % 4) + 2 * (c / 4) - c % 4 - h + m + 32) % 7;
    let days = u64::try_from(h - m + k + 21).ok()?;
    // Counted from the first of March, the 22nd of which is the earliest Easter there is.
    NaiveDate::from_ymd_opt(year, 2, 1)?
        .checked_add_months(Months::new(1))?
        .checked_add_days(Days::new(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_calendars_have_it() {
        for (year, month, day) in [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28)] {
            assert_eq!(easter(year), NaiveDate::from_ymd_opt(year, month, day));
        }
    }

    #[test]
    fn no_date_has_two_names() {
        let all = around(NaiveDate::from_ymd_opt(2010, 1, 1).unwrap());
        let dates: std::collections::BTreeSet<_> = all.iter().map(|day| &day.date).collect();
        assert_eq!(dates.len(), all.len());
    }
}
