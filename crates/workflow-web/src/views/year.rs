//! A year at a glance: twelve months as pictures, each with a text that says the same.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use workflow_core::calendar::{DayKind, WorkingCalendar};
use workflow_core::deployment::Phase;
use workflow_core::service::{ForecastOf, ScheduleRow};
use workflow_core::workflow::{Window, Workflow};

use crate::error::Trouble;
use crate::views::desk::Desk;
use crate::views::schedule::why_not;
use crate::views::words::day;

/// How many years ahead may be looked at.
const AHEAD: i32 = 10;

/// The longest that a deploy day can lie away from its nominal date, roughly: a lead of 366
/// business days before it, or a person's move after it.
const AWAY: Days = Days::new(800);

/// A year of a workflow.
#[derive(Clone, Debug)]
pub(crate) struct YearView {
    pub(crate) year: i32,
    /// The years that its links lead to.
    pub(crate) before: Option<i32>,
    pub(crate) after: Option<i32>,
    pub(crate) months: Vec<MonthView>,
    pub(crate) legend: Vec<LegendLine>,
}

/// One month.
#[derive(Clone, Debug)]
pub(crate) struct MonthView {
    pub(crate) number: u32,
    pub(crate) name: String,
    /// What the picture shows, in words.
    pub(crate) description: String,
    pub(crate) days: Vec<DayView>,
}

/// One day of a month's picture.
#[derive(Clone, Debug)]
pub(crate) struct DayView {
    pub(crate) number: u32,
    /// The middle of its place in the picture.
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) mark: Option<Mark>,
    pub(crate) is_holiday: bool,
    pub(crate) is_weekend: bool,
    pub(crate) is_today: bool,
    /// What is to be known of it; empty where nothing is.
    pub(crate) title: String,
}

/// One line of what the marks mean.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LegendLine {
    /// The mark; `None` for a holiday.
    pub(crate) mark: Option<Mark>,
    pub(crate) label: &'static str,
    pub(crate) count: usize,
}

/// What a nominal date is marked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Deployed,
    Deploying,
    Waiting,
    Attention,
    LeftOut,
}

impl Mark {
    const ALL: [Self; 5] = [
        Self::Deployed,
        Self::Deploying,
        Self::Waiting,
        Self::Attention,
        Self::LeftOut,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Deployed => "Deployed",
            Self::Deploying => "Being deployed",
            Self::Waiting => "Waiting",
            Self::Attention => "Held, failed, uncertain or doubled",
            Self::LeftOut => "Skipped, paused or otherwise left out",
        }
    }

    fn of(phase: &Phase) -> Self {
        match phase {
            Phase::Deployed => Self::Deployed,
            Phase::Running => Self::Deploying,
            Phase::Failed | Phase::Held(_) | Phase::Uncertain | Phase::Duplicated => {
                Self::Attention
            }
            Phase::GivenUp { .. } => Self::LeftOut,
        }
    }
}

/// What is said of one nominal date.
#[derive(Clone, Debug)]
struct Marked {
    mark: Mark,
    sentence: String,
}

impl YearView {
    /// The year that was asked for, or the present one, of a workflow whose rows are these.
    pub(crate) async fn of(
        desk: &Desk,
        workflow: &Workflow,
        rows: &[ScheduleRow],
        asked: &str,
    ) -> Result<Self, Trouble> {
        let today = desk.today();
        let first = rows.iter().filter_map(nominal_of).min();
        let years = first.map_or(today.year(), |first| first.year().min(today.year()))
            ..=today.year() + AHEAD;
        let year = asked.parse().ok().filter(|year| years.contains(year));
        let year = year.unwrap_or(today.year());
        let marked = marked_in(desk, workflow, rows, year).await?;
        Ok(Self::drawn(
            &desk.practice.calendar,
            today,
            year,
            &years,
            &marked,
        ))
    }

    fn drawn(
        calendar: &WorkingCalendar,
        today: NaiveDate,
        year: i32,
        years: &RangeInclusive<i32>,
        marked: &BTreeMap<NaiveDate, Marked>,
    ) -> Self {
        let months: Vec<_> = (1..=12)
            .filter_map(|month| month_view(calendar, today, year, month, marked))
            .collect();
        let days = || months.iter().flat_map(|month| &month.days);
        let mut legend: Vec<LegendLine> = Mark::ALL
            .into_iter()
            .map(|mark| LegendLine {
                mark: Some(mark),
                label: mark.label(),
                count: days().filter(|day| day.mark == Some(mark)).count(),
            })
            .collect();
        legend.push(LegendLine {
            mark: None,
            label: "Holiday",
            count: days().filter(|day| day.is_holiday).count(),
        });
        legend.retain(|line| line.count > 0);
        let other = |other: i32| Some(other).filter(|year| years.contains(year));
        Self {
            year,
            before: other(year - 1),
            after: other(year + 1),
            months,
            legend,
        }
    }
}

fn nominal_of(row: &ScheduleRow) -> Option<NaiveDate> {
    match row {
        ScheduleRow::Begun(deployment) => Some(deployment.dates().nominal()),
        ScheduleRow::Coming(next) => Some(next.dates.nominal()),
        ScheduleRow::NotOwed { occurrence, .. } => occurrence.nominal(),
    }
}

/// What there is to say of the nominal dates of a year.
async fn marked_in(
    desk: &Desk,
    workflow: &Workflow,
    rows: &[ScheduleRow],
    year: i32,
) -> Result<BTreeMap<NaiveDate, Marked>, Trouble> {
    let mut marked = BTreeMap::new();
    let bounds = NaiveDate::from_ymd_opt(year, 1, 1).zip(NaiveDate::from_ymd_opt(year, 12, 31));
    let Some((first, last)) = bounds else {
        return Ok(marked);
    };
    let window = Window::until(last.checked_add_days(AWAY).unwrap_or(last))
        .from(first.checked_sub_days(AWAY).unwrap_or(first))
        .with_reasons();
    let of = ForecastOf::Workflows(vec![workflow.id()]);
    let forecast = desk.handle.forecast(of, window).await?;
    for line in forecast.lines() {
        let dates = &line.ahead.next.dates;
        let (mark, sentence) = match &line.ahead.why_not {
            None => (
                Mark::Waiting,
                format!(
                    "waiting, deploys {}, starts {}",
                    day(dates.deploys_on()),
                    day(dates.start())
                ),
            ),
            Some(why) => (
                Mark::LeftOut,
                format!("{}. {}", why.word(), why_not(why, &desk.zone)),
            ),
        };
        marked.insert(dates.nominal(), Marked { mark, sentence });
    }
    for row in rows {
        let (mark, sentence) = match row {
            ScheduleRow::Begun(deployment) => {
                let phase = deployment.phase();
                let job = deployment.job();
                let job = job.map_or_else(String::new, |job| format!(", job {}", job.number));
                (Mark::of(phase), format!("{phase}{job}"))
            }
            ScheduleRow::NotOwed { why, .. } => (
                Mark::LeftOut,
                format!("{}. {}", why.word(), why_not(why, &desk.zone)),
            ),
            ScheduleRow::Coming(_) => continue,
        };
        if let Some(nominal) = nominal_of(row) {
            marked.insert(nominal, Marked { mark, sentence });
        }
    }
    marked.retain(|date, _| date.year() == year);
    Ok(marked)
}

/// The size of a day's place in the picture, in its units.
const SIZE: u32 = 20;

fn month_view(
    calendar: &WorkingCalendar,
    today: NaiveDate,
    year: i32,
    month: u32,
    marked: &BTreeMap<NaiveDate, Marked>,
) -> Option<MonthView> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let offset = first.weekday().num_days_from_monday();
    let mut said: BTreeMap<Mark, Vec<String>> = BTreeMap::new();
    let mut holidays = Vec::new();
    let mut days = Vec::new();
    for date in first.iter_days().take_while(|date| date.month() == month) {
        let place = offset + date.day() - 1;
        let of_date = marked.get(&date);
        let holiday = calendar.holiday_name(date);
        let short = date.format("%a %-d").to_string();
        let mut title = Vec::new();
        if let Some(Marked { mark, sentence }) = of_date {
            said.entry(*mark).or_default().push(short.clone());
            title.push(sentence.clone());
        }
        if let Some(name) = holiday {
            holidays.push(format!("{short} ({name})"));
            title.push(name.to_owned());
        }
        if date == today {
            title.push("today".to_owned());
        }
        days.push(DayView {
            number: date.day(),
            x: place % 7 * SIZE + SIZE / 2,
            y: place / 7 * SIZE + SIZE / 2 + SIZE,
            mark: of_date.map(|marked| marked.mark),
            is_holiday: holiday.is_some(),
            is_weekend: calendar.day_kind(date) == DayKind::Weekend,
            is_today: date == today,
            title: match title[..] {
                [] => String::new(),
                _ => format!("{}: {}", day(date), title.join("; ")),
            },
        });
    }
    let mut description: Vec<String> = said
        .iter()
        .map(|(mark, days)| format!("{}: {}.", mark.label(), days.join(", ")))
        .collect();
    if description.is_empty() {
        description.push("No date of this workflow.".to_owned());
    }
    if !holidays.is_empty() {
        let word = if holidays.len() == 1 {
            "Holiday"
        } else {
            "Holidays"
        };
        description.push(format!("{word}: {}.", holidays.join(", ")));
    }
    Some(MonthView {
        number: month,
        name: first.format("%B").to_string(),
        description: description.join(" "),
        days,
    })
}

/// The first letters of the weekdays and where they stand.
pub(crate) fn weekday_letters() -> [(u32, &'static str); 7] {
    let letter = |day: Weekday| match day {
        Weekday::Mon => "M",
        Weekday::Wed => "W",
        Weekday::Fri => "F",
        Weekday::Tue | Weekday::Thu => "T",
        Weekday::Sat | Weekday::Sun => "S",
    };
    let mut day = Weekday::Mon;
    std::array::from_fn(|_| {
        let of = (day.num_days_from_monday() * SIZE + SIZE / 2, letter(day));
        day = day.succ();
        of
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use workflow_core::calendar::Holiday;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_shows_each_of_its_days_once_and_says_what_is_marked() {
        let holiday = Holiday::new(date("2027-01-01"), "New Year’s Day").unwrap();
        let calendar = WorkingCalendar::new("Sample", 1).unwrap();
        let calendar = calendar.with_holidays([holiday]).unwrap();
        let mark = |mark, sentence: &str| Marked {
            mark,
            sentence: sentence.to_owned(),
        };
        let marked = BTreeMap::from([
            (date("2027-01-29"), mark(Mark::Waiting, "waiting")),
            (date("2028-02-29"), mark(Mark::LeftOut, "skipped")),
        ]);
        let drawn = |year| {
            let today = date("2027-01-04");
            YearView::drawn(&calendar, today, year, &(2026..=2028), &marked)
        };
        let year = drawn(2027);
        assert_eq!((year.before, year.after), (Some(2026), Some(2028)));
        let days: usize = year.months.iter().map(|month| month.days.len()).sum();
        assert_eq!(days, 365);
        let january = &year.months[0];
        assert_eq!(
            january.description,
            "Waiting: Fri 29. Holiday: Fri 1 (New Year’s Day)."
        );
        assert_eq!(year.months[1].description, "No date of this workflow.");
        // The first of January 2027 is a Friday, the last a Sunday of the fifth week.
        let (first, last) = (&january.days[0], &january.days[30]);
        assert_eq!((first.x, first.y), (90, 30));
        assert_eq!((last.x, last.y), (130, 110));
        assert_eq!(first.title, "Fri 1 Jan 2027: New Year’s Day");
        assert_eq!(january.days[3].title, "Mon 4 Jan 2027: today");
        let counted: Vec<_> = year
            .legend
            .iter()
            .map(|line| (line.label, line.count))
            .collect();
        assert_eq!(counted, [("Waiting", 1), ("Holiday", 1)]);

        let leap = drawn(2028);
        assert_eq!(leap.after, None);
        assert_eq!(leap.months[1].days.len(), 29);
        assert_eq!(leap.months[1].days[28].title, "Tue 29 Feb 2028: skipped");
    }
}
