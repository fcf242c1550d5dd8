//! What holds for every timing, calendar and nominal date.

use proptest::prelude::*;

use super::{
    Lead, PeriodWhich, PlacingFacts, Roll, Step, Timing, TimingError, arb_financial_year_end,
    arb_period, arb_timing,
};
use crate::calendar::{arb_date, arb_working_calendar};
use crate::canonical;

proptest! {
    #[test]
    fn the_explanation_ends_in_the_dates_used(
        timing in arb_timing(), nominal in arb_date(), moved in prop::option::of(arb_date()),
        calendar in arb_working_calendar(), financial_year_end in arb_financial_year_end(),
    ) {
        let facts = PlacingFacts { calendar: &calendar, financial_year_end };
        let (explanation, placed) = match moved {
            None => (timing.explain(nominal, &facts), timing.place(nominal, &facts)),
            Some(to) => (
                timing.explain_moved(nominal, to, &facts),
                timing.place_moved(nominal, to, &facts),
            ),
        };
        prop_assert_eq!(explanation.outcome(), placed.as_ref());

        let said = |step: &&Step| matches!(step, Step::Beyond { .. });
        if let Ok(dates) = &placed {
            let beyond = calendar.is_beyond(dates.start()) || calendar.is_beyond(dates.due());
            prop_assert_eq!(explanation.steps().iter().filter(said).count(), usize::from(beyond));
        }

        // Each step hands on what the one before it gave.
        let steps: Vec<&Step> = explanation.steps().iter().filter(|step| !said(step)).collect();
        let (rolled, rest) = steps.split_first().unwrap();
        let Step::Start(roll) = rolled else {
            return Err(TestCaseError::fail(format!("a roll, not {rolled}")));
        };
        prop_assert_eq!(roll.from, nominal);
        let (start, rest) = match rest {
            [Step::Moved { start, .. }, rest @ ..] => (*start, rest),
            rest => (roll.to, rest),
        };
        prop_assert_eq!(start, moved.unwrap_or(roll.to));
        let [lead, due, period] = rest else {
            return Err(TestCaseError::fail(format!("lead, due and period, not {explanation}")));
        };
        match (&placed, lead, due, period) {
            (
                Ok(dates),
                Step::Lead { deploys_on, .. },
                Step::Due { roll, .. },
                Step::Period { period, .. },
            ) => {
                prop_assert_eq!(dates.nominal(), nominal);
                prop_assert_eq!(dates.start(), start);
                prop_assert_eq!(dates.deploys_on(), *deploys_on);
                prop_assert_eq!(dates.due(), roll.to);
                prop_assert_eq!(dates.period(), *period);
                let last_words = deploys_on.format("deploys %a %-d %b").to_string();
                prop_assert!(explanation.deploying().to_string().contains(&last_words));
            }
            (Err(TimingError::DueBeforeStart { due, start: refused }), _, Step::Due { roll, .. }, _) => {
                prop_assert_eq!((*due, *refused), (roll.to, start));
                prop_assert!(*due < start);
            }
            other => return Err(TestCaseError::fail(format!("{other:?}"))),
        }
    }

    #[test]
    fn a_start_date_is_a_business_day_or_not_rolled(
        timing in arb_timing(), nominal in arb_date(), calendar in arb_working_calendar(),
        financial_year_end in arb_financial_year_end(),
    ) {
        let facts = PlacingFacts { calendar: &calendar, financial_year_end };
        if let Ok(dates) = timing.place(nominal, &facts) {
            prop_assert!(timing.roll == Roll::None || calendar.is_business_day(dates.start()));
            prop_assert!(timing.due.roll == Roll::None || calendar.is_business_day(dates.due()));
            prop_assert!(dates.deploys_on() <= dates.start() && dates.start() <= dates.due());
        }
    }

    #[test]
    fn a_lead_counts_its_days(
        timing in arb_timing(), nominal in arb_date(), calendar in arb_working_calendar(),
        financial_year_end in arb_financial_year_end(),
    ) {
        let facts = PlacingFacts { calendar: &calendar, financial_year_end };
        if let Ok(dates) = timing.place(nominal, &facts) {
            let between = dates
                .deploys_on()
                .iter_days()
                .take_while(|date| *date < dates.start());
            let (counted, days) = match timing.lead {
                Lead::Days(days) => (between.count(), days),
                Lead::BusinessDays(days) => {
                    (between.filter(|date| calendar.is_business_day(*date)).count(), days)
                }
            };
            prop_assert_eq!(counted, usize::from(days.get()));
        }
    }

    #[test]
    fn a_period_holds_the_nominal_date_or_is_the_one_before(
        timing in arb_timing(), nominal in arb_date(),
        financial_year_end in arb_financial_year_end(),
    ) {
        let period = timing.period.period(nominal, financial_year_end).unwrap();
        let holding = match timing.period.which {
            PeriodWhich::Current => period,
            PeriodWhich::Before => period.offset(1).unwrap(),
        };
        prop_assert!(holding.from() <= nominal && nominal <= holding.to());
    }

    #[test]
    fn periods_follow_each_other_without_a_gap(period in arb_period(), by in -40_i32..40) {
        let next = period.offset(1).unwrap();
        prop_assert_eq!(period.to().succ_opt(), Some(next.from()));
        prop_assert_eq!(period.offset(by).unwrap().offset(-by), Some(period));
        prop_assert_eq!(period.offset(by).unwrap().offset(1), next.offset(by));
    }

    #[test]
    fn different_timings_have_different_encodings(one in arb_timing(), other in arb_timing()) {
        // Near ones, which differ in one field or not at all.
        for near in [
            Timing { roll: other.roll, ..one },
            Timing { lead: other.lead, ..one },
            Timing { due: other.due, ..one },
            Timing { period: other.period, ..one },
        ] {
            prop_assert_eq!(one == near, canonical::bytes(&one) == canonical::bytes(&near));
        }
    }

    #[cfg(feature = "serde")]
    #[test]
    fn what_is_stored_comes_back(
        timing in arb_timing(), nominal in arb_date(), calendar in arb_working_calendar(),
        financial_year_end in arb_financial_year_end(),
    ) {
        let stored = serde_json::to_string(&timing).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timing>(&stored).unwrap(), timing);
        let facts = PlacingFacts { calendar: &calendar, financial_year_end };
        if let Ok(dates) = timing.place(nominal, &facts) {
            let stored = serde_json::to_string(&dates).unwrap();
            prop_assert_eq!(serde_json::from_str::<super::Dates>(&stored).unwrap(), dates);
        }
    }
}
