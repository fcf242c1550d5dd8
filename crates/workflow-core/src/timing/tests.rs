//! Dates, periods and explanations that are known.

use chrono::NaiveDate;

use super::{
    DueBasis, DueDay, DueDays, DueRule, FinancialYearEnd, Lead, LeadDays, PeriodRule, PeriodSpan,
    PeriodWhich, PlacingFacts, Roll, Timing, TimingError,
};
use crate::calendar::{Holiday, WorkingCalendar};

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn victoria() -> WorkingCalendar {
    let holidays = [
        (date(2026, 1, 1), "New Year's Day"),
        (date(2026, 1, 26), "Australia Day"),
        (date(2026, 12, 25), "Christmas Day"),
        (date(2026, 12, 28), "Boxing Day"),
        (date(2027, 1, 1), "New Year's Day"),
    ]
    .map(|(date, name)| Holiday::new(date, name).unwrap());
    WorkingCalendar::new("Victoria", 1)
        .unwrap()
        .with_holidays(holidays)
        .unwrap()
}

fn facts(calendar: &WorkingCalendar) -> PlacingFacts<'_> {
    PlacingFacts {
        calendar,
        financial_year_end: FinancialYearEnd::JUNE,
    }
}

fn explained(timing: Timing, nominal: NaiveDate) -> String {
    timing.explain(nominal, &facts(&victoria())).to_string()
}

fn due(basis: DueBasis, roll: Roll) -> Timing {
    Timing {
        roll: Roll::Later,
        due: DueRule { basis, roll },
        ..Timing::default()
    }
}

fn period(span: PeriodSpan, which: PeriodWhich) -> Timing {
    Timing {
        period: PeriodRule { span, which },
        ..Timing::default()
    }
}

#[test]
fn every_step_is_in_the_sentence() {
    let timing = Timing {
        roll: Roll::Later,
        lead: Lead::BusinessDays(LeadDays::new(1).unwrap()),
        due: DueRule {
            basis: DueBasis::AfterStart(DueDays::new(3).unwrap()),
            roll: Roll::Later,
        },
        period: PeriodRule {
            span: PeriodSpan::Quarter,
            which: PeriodWhich::Before,
        },
    };
    assert_eq!(
        explained(timing, date(2026, 12, 28)),
        "Mon 28 Dec (Boxing Day) rolls later to Tue 29 Dec; \
         1 business day's lead: deploys Thu 24 Dec; \
         due 3 days after the start: Fri 1 Jan 2027 (New Year's Day), \
         rolls later to Mon 4 Jan 2027; \
         for the quarter before: Jul-Sep 2026"
    );
}

#[test]
fn a_step_alone_writes_every_year() {
    let explanation = Timing::default().explain(date(2026, 11, 20), &facts(&victoria()));
    let steps: Vec<_> = explanation
        .steps()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        steps,
        [
            "Fri 20 Nov 2026 is a business day",
            "no lead: deploys Fri 20 Nov 2026",
            "due on the start date: Fri 20 Nov 2026",
            "for the month November 2026",
        ]
    );
}

#[test]
fn staying_where_it_is_is_said() {
    let sentence = explained(Timing::default(), date(2026, 11, 21));
    assert!(
        sentence.starts_with("Sat 21 Nov is not rolled; no lead: deploys Sat 21 Nov; "),
        "{sentence}"
    );
}

#[test]
fn staying_in_the_month_is_said() {
    let timing = Timing {
        roll: Roll::LaterSameMonth,
        ..Timing::default()
    };
    let sentence = explained(timing, date(2026, 10, 31));
    assert!(
        sentence.starts_with("Sat 31 Oct stays in its month and rolls earlier to Fri 30 Oct; "),
        "{sentence}"
    );
    let sentence = explained(timing, date(2026, 10, 24));
    assert!(
        sentence.starts_with("Sat 24 Oct rolls later to Mon 26 Oct; "),
        "{sentence}"
    );
}

#[test]
fn a_due_month_is_counted_from_the_unrolled_date() {
    // Saturday 31 October starts on Monday 2 November; the month after is still November.
    let basis = DueBasis::DayOfMonth {
        months_after: 1,
        day: DueDay::new(31).unwrap(),
    };
    let dates = due(basis, Roll::None)
        .place(date(2026, 10, 31), &facts(&victoria()))
        .unwrap();
    assert_eq!(dates.start(), date(2026, 11, 2));
    assert_eq!(dates.due(), date(2026, 11, 30));
    assert!(
        explained(due(basis, Roll::None), date(2026, 10, 31))
            .contains("due on day 31 of November, which has 30: Mon 30 Nov"),
    );
}

#[test]
fn a_due_day_is_clamped_to_the_last_of_its_month() {
    let day = DueDay::new(31).unwrap();
    for (nominal, months_after, expected) in [
        (date(2027, 1, 29), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 31), 0, date(2026, 12, 31)),
        (date(2026, 10, 30), 14, date(2027, 12, 31)),
    ] {
        let basis = DueBasis::DayOfMonth { months_after, day };
        assert_eq!(basis.date(nominal, nominal), Some(expected), "{nominal}");
        let last = DueBasis::LastDayOfMonth { months_after };
        assert_eq!(last.date(nominal, nominal), Some(expected), "{nominal}");
    }
}

#[test]
fn a_due_date_rolls_another_way_than_the_start() {
    let timing = Timing {
        roll: Roll::Earlier,
        ..due(DueBasis::LastDayOfMonth { months_after: 0 }, Roll::Later)
    };
    let dates = timing
        .place(date(2026, 1, 26), &facts(&victoria()))
        .unwrap();
    assert_eq!(dates.start(), date(2026, 1, 23));
    assert_eq!(dates.due(), date(2026, 2, 2));
}

#[test]
fn a_due_date_before_the_start_is_refused_and_explained() {
    let basis = DueBasis::DayOfMonth {
        months_after: 0,
        day: DueDay::new(31).unwrap(),
    };
    let timing = due(basis, Roll::None);
    let calendar = victoria();
    let refusal = TimingError::DueBeforeStart {
        due: date(2026, 10, 31),
        start: date(2026, 11, 2),
    };
    let nominal = date(2026, 10, 31);
    assert_eq!(
        timing.place(nominal, &facts(&calendar)),
        Err(refusal.clone())
    );
    let explanation = timing.explain(nominal, &facts(&calendar));
    assert_eq!(explanation.outcome(), Err(&refusal));
    assert!(
        explanation
            .to_string()
            .ends_with("; refused: due date 2026-10-31 is before the start date 2026-11-02"),
        "{explanation}"
    );
    // On the day itself it is in time.
    assert!(timing.place(date(2026, 12, 31), &facts(&calendar)).is_ok());
}

#[test]
fn a_due_date_that_rolls_to_before_the_start_is_refused() {
    let timing = Timing {
        roll: Roll::None,
        ..due(DueBasis::StartDate, Roll::Earlier)
    };
    let placed = timing.place(date(2026, 11, 21), &facts(&victoria()));
    assert_eq!(
        placed,
        Err(TimingError::DueBeforeStart {
            due: date(2026, 11, 20),
            start: date(2026, 11, 21)
        })
    );
}

#[test]
fn a_move_is_taken_as_given() {
    let timing = due(DueBasis::AfterStart(DueDays::new(7).unwrap()), Roll::None);
    let calendar = victoria();
    let (nominal, to) = (date(2026, 10, 30), date(2026, 11, 21));
    let dates = timing.place_moved(nominal, to, &facts(&calendar)).unwrap();
    assert_eq!(dates.nominal(), nominal);
    assert_eq!(dates.start(), to, "a Saturday, and not rolled");
    assert_eq!(dates.due(), date(2026, 11, 28));
    let explanation = timing.explain_moved(nominal, to, &facts(&calendar));
    assert_eq!(
        explanation.deploying().to_string(),
        "Fri 30 Oct is a business day; a person moved it to Sat 21 Nov; no lead: deploys Sat 21 Nov"
    );
    assert_eq!(explanation.outcome(), Ok(&dates));
}

#[test]
fn periods_are_named() {
    use PeriodSpan::{FinancialYear, Month, Quarter, Year};
    use PeriodWhich::{Before, Current};
    for (nominal, span, which, expected) in [
        (date(2026, 11, 22), Month, Current, "November 2026"),
        (date(2027, 1, 1), Month, Before, "December 2026"),
        (date(2026, 12, 31), Quarter, Current, "Oct-Dec 2026"),
        (date(2027, 3, 31), Quarter, Before, "Oct-Dec 2026"),
        (date(2026, 11, 22), Year, Current, "2026"),
        (date(2026, 11, 22), Year, Before, "2025"),
        (date(2026, 6, 30), FinancialYear, Current, "FY2026"),
        (date(2026, 7, 1), FinancialYear, Current, "FY2027"),
        (date(2026, 7, 1), FinancialYear, Before, "FY2026"),
    ] {
        let dates = period(span, which)
            .place(nominal, &facts(&victoria()))
            .unwrap();
        assert_eq!(dates.period().to_string(), expected, "{nominal} {span}");
    }
}

#[test]
fn a_period_is_that_of_the_unrolled_date() {
    let timing = Timing {
        roll: Roll::Later,
        ..period(PeriodSpan::Month, PeriodWhich::Current)
    };
    let dates = timing
        .place(date(2026, 10, 31), &facts(&victoria()))
        .unwrap();
    assert_eq!(dates.start(), date(2026, 11, 2));
    assert_eq!(dates.period().to_string(), "October 2026");
}

#[test]
fn a_financial_year_is_the_clients() {
    let timing = period(PeriodSpan::FinancialYear, PeriodWhich::Current);
    let calendar = victoria();
    for (year_end, from, to) in [
        (FinancialYearEnd::MARCH, date(2026, 4, 1), date(2027, 3, 31)),
        (FinancialYearEnd::JUNE, date(2026, 7, 1), date(2027, 6, 30)),
        (
            FinancialYearEnd::DECEMBER,
            date(2026, 1, 1),
            date(2026, 12, 31),
        ),
        (
            FinancialYearEnd::new(2).unwrap(),
            date(2026, 3, 1),
            date(2027, 2, 28),
        ),
    ] {
        let facts = PlacingFacts {
            calendar: &calendar,
            financial_year_end: year_end,
        };
        let period = timing.place(date(2026, 11, 22), &facts).unwrap().period();
        assert_eq!((period.from(), period.to()), (from, to));
    }
}

#[test]
fn the_ends_of_the_calendar_are_refused_and_no_panic() {
    let calendar = victoria();
    let timing = due(DueBasis::LastDayOfMonth { months_after: 1 }, Roll::None);
    let refused = timing.place(NaiveDate::MAX, &facts(&calendar)).unwrap_err();
    assert_eq!(
        refused,
        TimingError::OutOfRange {
            field: "due date",
            nominal: NaiveDate::MAX
        }
    );
    let timing = Timing {
        lead: Lead::Days(LeadDays::MAX),
        ..Timing::default()
    };
    let explanation = timing.explain(NaiveDate::MIN, &facts(&calendar));
    assert!(
        explanation
            .to_string()
            .contains("refused: deploy date is too far"),
        "{explanation}"
    );
}

#[cfg(feature = "serde")]
mod stored {
    use super::super::{Dates, Period};
    use super::*;

    #[test]
    fn the_stored_form_of_a_timing() {
        let timing = Timing {
            roll: Roll::LaterSameMonth,
            lead: Lead::BusinessDays(LeadDays::new(5).unwrap()),
            ..due(
                DueBasis::DayOfMonth {
                    months_after: 1,
                    day: DueDay::new(21).unwrap(),
                },
                Roll::Later,
            )
        };
        let timing = Timing {
            roll: Roll::LaterSameMonth,
            ..timing
        };
        let stored = serde_json::to_string(&timing).unwrap();
        assert_eq!(
            stored,
            r#"{"roll":"later_same_month","lead":{"business_days":5},"due":{"basis":{"day_of_month":{"months_after":1,"day":21}},"roll":"later"},"period":{"span":"month","which":"current"}}"#
        );
        assert_eq!(serde_json::from_str::<Timing>(&stored).unwrap(), timing);
    }

    #[test]
    fn a_stored_number_out_of_range_is_refused_with_its_field() {
        for (stored, expected) in [
            (r#"{"days":367}"#, "lead is 367"),
            (r#"{"business_days":1000}"#, "lead is 1000"),
        ] {
            let refused = serde_json::from_str::<Lead>(stored)
                .unwrap_err()
                .to_string();
            assert!(refused.contains(expected), "{refused}");
        }
        assert!(serde_json::from_str::<DueDay>("0").is_err());
        assert!(serde_json::from_str::<DueDays>("732").is_err());
        assert!(serde_json::from_str::<FinancialYearEnd>("13").is_err());
    }

    #[test]
    fn a_stored_period_is_a_whole_one() {
        let period = |span: &str, from: &str, to: &str| {
            serde_json::from_str::<Period>(&format!(
                r#"{{"span":"{span}","from":"{from}","to":"{to}"}}"#
            ))
        };
        assert!(period("month", "2028-02-01", "2028-02-29").is_ok());
        assert!(period("month", "2028-02-01", "2028-02-28").is_err());
        assert!(period("month", "2028-02-02", "2028-02-29").is_err());
        assert!(period("quarter", "2026-10-01", "2026-12-31").is_ok());
        assert!(period("year", "2026-07-01", "2027-06-30").is_err());
        assert!(period("financial_year", "2026-07-01", "2027-06-30").is_ok());
        let refused = period("quarter", "2026-11-01", "2027-01-31").unwrap_err();
        assert!(
            refused
                .to_string()
                .contains("period from 2026-11-01 to 2027-01-31 is not a quarter"),
            "{refused}"
        );
    }

    #[test]
    fn stored_dates_keep_their_order() {
        let dates = |deploys_on: &str, due: &str| {
            serde_json::from_str::<Dates>(&format!(
                r#"{{"nominal":"2026-11-21","start":"2026-11-23","due":"{due}",
                    "deploys_on":"{deploys_on}",
                    "period":{{"span":"month","from":"2026-11-01","to":"2026-11-30"}}}}"#
            ))
        };
        assert!(dates("2026-11-23", "2026-11-23").is_ok());
        let refused = dates("2026-11-23", "2026-11-22").unwrap_err();
        assert!(
            refused.to_string().contains("is before the start date"),
            "{refused}"
        );
        let refused = dates("2026-11-24", "2026-11-25").unwrap_err();
        assert!(
            refused.to_string().contains("is after the start date"),
            "{refused}"
        );
    }
}

#[test]
fn a_date_beyond_what_is_known_of_holidays_says_so() {
    let calendar = victoria().with_known_until(Some(date(2030, 12, 31)));
    let known = "holidays are known only until Tue 31 Dec 2030";
    let timing = Timing {
        roll: Roll::Later,
        ..due(DueBasis::AfterStart(DueDays::new(30).unwrap()), Roll::None)
    };
    let explain = |nominal| timing.explain(nominal, &facts(&calendar)).to_string();
    assert_eq!(
        explain(date(2031, 1, 4)),
        format!(
            "Sat 4 Jan rolls later to Mon 6 Jan; {known}; no lead: deploys Mon 6 Jan; \
             due 30 days after the start: Wed 5 Feb; for the month January 2031"
        )
    );
    // Only the due date lies beyond: it is said there, and once.
    let due_beyond = explain(date(2030, 12, 30));
    assert!(
        due_beyond.contains(&format!("Wed 29 Jan 2031; {known}; for the month")),
        "{due_beyond}"
    );
    assert_eq!(due_beyond.matches(known).count(), 1);
    assert!(!explain(date(2030, 11, 1)).contains("known"));
    let explanation = timing.explain(date(2031, 1, 4), &facts(&calendar));
    assert!(explanation.deploying().to_string().contains(known));
}
