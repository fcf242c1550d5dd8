//! What lies ahead of the practice: a line for each job, and a month as a calendar.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate};
use workflow_core::forecast::Place;
use workflow_core::service::{ForecastLine, PracticeForecast};
use workflow_core::workflow::Occurrence;
use workflow_core::zone::Zone;

use crate::error::core_sentence;
use crate::security::Visit;
use crate::views::shell::{client_url, workflow_url};
use crate::views::words::{self, Day};

/// One job that is to be deployed.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) deploys: Day,
    /// The time of day at which it deploys, in the practice's zone.
    pub(crate) time: String,
    pub(crate) start: Day,
    pub(crate) due: Day,
    pub(crate) client: String,
    pub(crate) client_url: String,
    /// The job's name, or why it cannot be made.
    pub(crate) job: String,
    /// Where its row is.
    pub(crate) url: String,
    /// Whether it is due already.
    pub(crate) is_due: bool,
}

impl Line {
    pub(crate) fn of(
        visit: &Visit,
        zone: &Zone,
        now: DateTime<chrono::Utc>,
        line: &ForecastLine<'_>,
    ) -> Self {
        let (workflow, next) = (line.ahead.workflow, &line.ahead.next);
        let local = zone.local(next.deploy_at);
        Self {
            deploys: next.dates.deploys_on().into(),
            time: local.format("%H:%M").to_string(),
            start: next.dates.start().into(),
            due: next.dates.due().into(),
            client: line.client.name.to_string(),
            client_url: client_url(visit, line.client.id),
            job: name(line),
            url: format!(
                "{}/schedule#on-{}",
                workflow_url(visit, workflow),
                next.occurrence
            ),
            is_due: next.deploy_at <= now,
        }
    }
}

fn name(line: &ForecastLine<'_>) -> String {
    line.name()
        .unwrap_or_else(|error| core_sentence(&error.to_string()))
}

/// A place in a forecast as a link names it.
pub(crate) fn place_code(place: &Place) -> String {
    let at = place.deploy_at.timestamp();
    format!("{at}~{}~{}", place.workflow, place.occurrence)
}

/// The place that a link names; nothing where it names none.
pub(crate) fn read_place(code: &str) -> Option<Place> {
    let mut parts = code.splitn(3, '~');
    let at = parts.next()?.parse().ok()?;
    Some(Place {
        deploy_at: DateTime::from_timestamp(at, 0)?,
        workflow: parts.next()?.parse().ok()?,
        occurrence: parts.next()?.parse::<Occurrence>().ok()?,
    })
}

/// A month as a calendar: weeks from Monday to Sunday.
#[derive(Clone, Debug)]
pub(crate) struct MonthView {
    pub(crate) weeks: Vec<Vec<Cell>>,
    /// How many jobs deploy in it.
    pub(crate) jobs: usize,
}

/// One day of a calendar.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) day: Day,
    pub(crate) number: u32,
    /// Whether it lies in the month that is shown.
    pub(crate) is_inside: bool,
    pub(crate) is_today: bool,
    /// Neither a weekend day nor a holiday.
    pub(crate) is_working: bool,
    /// The holiday's name.
    pub(crate) holiday: String,
    /// The first jobs of the day, with where each is.
    pub(crate) jobs: Vec<CellJob>,
    /// How many more there are.
    pub(crate) more: usize,
}

/// One job in a calendar.
#[derive(Clone, Debug)]
pub(crate) struct CellJob {
    pub(crate) name: String,
    pub(crate) client: String,
    pub(crate) url: String,
}

/// Jobs that are named in one day of a calendar; the day's list has them all.
const NAMED: usize = 3;

/// The first day of the month that a text such as `2026-12` names.
pub(crate) fn read_month(text: &str) -> Option<NaiveDate> {
    let (year, month) = text.split_once('-')?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
        .filter(|first| first.format("%Y-%m").to_string() == text)
}

/// The first day of the month of a date.
pub(crate) fn month_of(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// The last day of a month, by its first.
pub(crate) fn last_of(first: NaiveDate) -> NaiveDate {
    let next = first.checked_add_months(Months::new(1));
    next.and_then(|next| next.pred_opt()).unwrap_or(first)
}

impl MonthView {
    /// The month that begins on `first`. What was due before it is shown on its first day.
    pub(crate) fn of(
        visit: &Visit,
        first: NaiveDate,
        today: NaiveDate,
        calendar: &workflow_core::calendar::WorkingCalendar,
        forecast: &PracticeForecast,
    ) -> Self {
        let last = last_of(first);
        let mut days: BTreeMap<NaiveDate, (Vec<CellJob>, usize)> = BTreeMap::new();
        let mut jobs = 0;
        for line in forecast.lines() {
            let day = line.ahead.next.dates.deploys_on().max(first);
            let (named, more) = days.entry(day).or_default();
            jobs += 1;
            if named.len() < NAMED {
                named.push(CellJob {
                    name: name(&line),
                    client: line.client.name.to_string(),
                    url: format!(
                        "{}/schedule#on-{}",
                        workflow_url(visit, line.ahead.workflow),
                        line.ahead.next.occurrence
                    ),
                });
            } else {
                *more += 1;
            }
        }
        let before = u64::from(first.weekday().num_days_from_monday());
        let mut day = first.checked_sub_days(Days::new(before)).unwrap_or(first);
        let mut weeks = Vec::new();
        while day <= last {
            let mut week = Vec::new();
            for _ in 0..7 {
                let is_inside = first <= day && day <= last;
                let (named, more) = days.remove(&day).filter(|_| is_inside).unwrap_or_default();
                week.push(Cell {
                    day: day.into(),
                    number: day.day(),
                    is_inside,
                    is_today: day == today,
                    is_working: calendar.is_business_day(day),
                    holiday: calendar.holiday_name(day).unwrap_or_default().to_owned(),
                    jobs: named,
                    more,
                });
                day = day.succ_opt().unwrap_or(NaiveDate::MAX);
            }
            weeks.push(week);
        }
        Self { weeks, jobs }
    }
}

/// Such as `December 2026`.
pub(crate) fn month_words(first: NaiveDate) -> String {
    first.format("%B %Y").to_string()
}

/// A month as links name it, such as `2026-12`.
pub(crate) fn month_code(first: NaiveDate) -> String {
    let mut code = words::iso(first);
    code.truncate(7);
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_anything_else_is_none() {
        let place = Place {
            deploy_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            workflow: "019b76da-a804-7007-8623-bceedbba1e02".parse().unwrap(),
            occurrence: "2026-12-31".parse().unwrap(),
        };
        assert_eq!(read_place(&place_code(&place)), Some(place));
        for code in [
            "",
            "1~2",
            "x~019b76da-a804-7007-8623-bceedbba1e02~once",
            "1~2~3",
        ] {
            assert_eq!(read_place(code), None, "{code}");
        }
    }

    #[test]
    fn a_month_is_read_as_it_is_written() {
        let december = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
        assert_eq!(read_month("2026-12"), Some(december));
        assert_eq!(month_code(december), "2026-12");
        assert_eq!(last_of(december), december.with_day(31).unwrap());
        for wrong in ["2026-13", "2026-1", "december", "2026-12-01", "-12", ""] {
            assert_eq!(read_month(wrong), None, "{wrong}");
        }
    }
}
