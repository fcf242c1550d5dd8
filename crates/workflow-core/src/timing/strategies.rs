//! Strategies for timings and what they are made of.

use proptest::prelude::*;

use super::{
    DueBasis, DueDay, DueDays, DueRule, FinancialYearEnd, Lead, LeadDays, Period, PeriodRule,
    PeriodSpan, PeriodWhich, Timing,
};
use crate::calendar::{arb_date, arb_roll};

/// Any lead, most of them short.
pub fn arb_lead() -> impl Strategy<Value = Lead> + Clone {
    let days = prop_oneof![4 => 0_u16..40, 1 => 0..=LeadDays::MAX.get()]
        .prop_filter_map("too long", |days| LeadDays::new(days).ok());
    prop_oneof![
        days.clone().prop_map(Lead::Days),
        days.prop_map(Lead::BusinessDays),
    ]
}

/// Any due rule, those included that give a date before the start date.
pub fn arb_due_rule() -> impl Strategy<Value = DueRule> + Clone {
    let basis = prop_oneof![
        (0..=DueDays::MAX.get())
            .prop_filter_map("too long", |days| DueDays::new(days).ok())
            .prop_map(DueBasis::AfterStart),
        (0_u8..=24, 1_u8..=31)
            .prop_filter_map("no day", |(months, day)| Some((
                months,
                DueDay::new(day).ok()?
            )))
            .prop_map(|(months_after, day)| DueBasis::DayOfMonth { months_after, day }),
        (0_u8..=24).prop_map(|months_after| DueBasis::LastDayOfMonth { months_after }),
        Just(DueBasis::StartDate),
    ];
    (basis, arb_roll()).prop_map(|(basis, roll)| DueRule { basis, roll })
}

/// Any period rule.
pub fn arb_period_rule() -> impl Strategy<Value = PeriodRule> + Clone {
    let which = prop_oneof![Just(PeriodWhich::Current), Just(PeriodWhich::Before)];
    (prop::sample::select(PeriodSpan::ALL.to_vec()), which)
        .prop_map(|(span, which)| PeriodRule { span, which })
}

/// Any month for the end of a financial year.
pub fn arb_financial_year_end() -> impl Strategy<Value = FinancialYearEnd> + Clone {
    (1_u8..=12).prop_filter_map("no month", |month| FinancialYearEnd::new(month).ok())
}

/// Any period of the dates that [`arb_date`] gives.
pub fn arb_period() -> impl Strategy<Value = Period> + Clone {
    (arb_date(), arb_period_rule(), arb_financial_year_end())
        .prop_filter_map("out of range", |(date, rule, end)| rule.period(date, end))
}

/// Any timing, those included that refuse some dates.
pub fn arb_timing() -> impl Strategy<Value = Timing> + Clone {
    (arb_roll(), arb_lead(), arb_due_rule(), arb_period_rule()).prop_map(
        |(roll, lead, due, period)| Timing {
            roll,
            lead,
            due,
            period,
        },
    )
}
