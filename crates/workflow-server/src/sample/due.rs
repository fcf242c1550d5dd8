//! The sample's workflows that are due on the day: most of them end with a job, some wait for a
//! person, each with a reason.

use chrono::NaiveDate;
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::Roll;
use workflow_core::timing::{PeriodSpan, PeriodWhich};
use workflow_core::workflow::MissedRuns;

use super::make::{from_proposal, workflow};
use super::names::{
    ACCOUNTS, ADVISORY, BAS, BOOKKEEPING, FBT, ONBOARDING, PAYROLL, PERSONAL_TAX, QUALITY, RETIRED,
};
use super::{after, before, quarter_end};
use crate::practice_file::wire::{On, Parts, Repeats, Schedule, Workflow};

pub(super) fn workflows(today: NaiveDate) -> Vec<Workflow> {
    let yesterday = before(today, 1);
    let mut all = deployed(today, yesterday);
    all.extend(troubled(today, yesterday));
    all
}

fn deployed(today: NaiveDate, yesterday: NaiveDate) -> Vec<Workflow> {
    let weekly = |from: NaiveDate| Parts {
        repeats: Some(Repeats::Weekly),
        from: from.to_string(),
        ..Parts::default()
    };
    let two_days_ago = before(today, 2);
    let (bas_on, bas_lead) = bas(today);
    vec![
        from_proposal("P-1001", "P-1001", None, "{proposal}: set up")
            .schedule(Schedule::OnAcceptance)
            .deploys_if_accepted_before()
            .deploys_from(before(today, 7))
            .billing(BillingLevel::Proposal)
            .templates(&[ONBOARDING, QUALITY])
            .team("grace", "priya", &["mei"])
            .budget("1200.00"),
        from_proposal("P-1001/books", "P-1001", Some("books"), "{service} {month}")
            .every(&format!("every month, from {two_days_ago}"))
            .deploys_from(two_days_ago)
            .templates(&[BOOKKEEPING])
            .category(1)
            .team("", "priya", &["mei", "liam"]),
        from_proposal(
            "P-1003/advice",
            "P-1003",
            Some("advice"),
            "Advice {quarter}",
        )
        .repeats(Parts {
            repeats: Some(Repeats::Quarterly),
            from: after(today, 5).to_string(),
            ..Parts::default()
        })
        .deploys_from(two_days_ago)
        .lead(14)
        .billing(BillingLevel::Proposal)
        .templates(&[ADVISORY])
        .period(PeriodSpan::Quarter, PeriodWhich::Before),
        workflow("smith/bas", 1, "BAS {quarter}")
            .described("Quarterly activity statement of {client}, due {due:long}.")
            .repeats(Parts {
                repeats: Some(Repeats::Quarterly),
                from: bas_on.to_string(),
                ..Parts::default()
            })
            .deploys_from(two_days_ago)
            .rolls(Roll::Later)
            .lead(bas_lead)
            .due_on_day(0, 28)
            .period(PeriodSpan::Quarter, PeriodWhich::Before)
            .billing(BillingLevel::Client)
            .templates(&[BAS])
            .category(0)
            .team("marcus", "tom", &["hannah"])
            .budget("850.00"),
        workflow("obrien/payroll", 2, "Payroll, week of {start}")
            .repeats(weekly(yesterday))
            .deploys_from(yesterday)
            .due_after(2)
            .billing(BillingLevel::Client)
            .templates(&[PAYROLL])
            .category(2)
            .team("", "sofia", &["yusuf"]),
        workflow("whitfield/return", 5, "Trust return {financial_year}")
            .schedule(Schedule::OnDate(yesterday.to_string()))
            .deploys_from(before(today, 10))
            .period(PeriodSpan::FinancialYear, PeriodWhich::Before)
            .due_after(60)
            .templates(&[ACCOUNTS, QUALITY]),
        workflow("coral/books", 12, "Bookkeeping {month}")
            .repeats(Parts {
                rrule: Some("FREQ=MONTHLY;SKIP=BACKWARD;RSCALE=GREGORIAN".to_owned()),
                from: yesterday.to_string(),
                ..Parts::default()
            })
            .deploys_from(yesterday)
            .templates(&[BOOKKEEPING]),
        workflow("merri/visits", 14, "Site visit {start}")
            .repeats(Parts {
                repeats: Some(Repeats::Daily),
                every: Some(2),
                from: before(today, 3).to_string(),
                times: Some(2),
                ..Parts::default()
            })
            .deploys_from(before(today, 3)),
        workflow("northcote/payroll", 15, "Payroll, week of {start}")
            .repeats(weekly(before(today, 15)))
            .deploys_from(before(today, 15))
            .missed(MissedRuns::Latest)
            .templates(&[PAYROLL]),
        workflow("chen/return", 21, "Individual return {financial_year}")
            .repeats(Parts {
                repeats: Some(Repeats::Yearly),
                on: Some(On::LastDay),
                from: after(today, 20).to_string(),
                ..Parts::default()
            })
            .deploys_from(two_days_ago)
            .rolls(Roll::Earlier)
            .lead(60)
            .due_after(30)
            .period(PeriodSpan::FinancialYear, PeriodWhich::Before)
            .templates(&[PERSONAL_TAX])
            .team("grace", "", &[]),
    ]
}

/// The day after `today`'s quarter, on which its activity statement is begun, and a lead in days
/// under which that job is deployed by now.
fn bas(today: NaiveDate) -> (NaiveDate, u16) {
    let on = after(quarter_end(today), 1);
    // Whole weeks, and one more: a holiday and a weekend may put the start off by four days.
    let weeks = (on - today).num_days() / 7 + 2;
    (on, u16::try_from(weeks * 7).unwrap_or_default())
}

/// Those that a person has to see to.
fn troubled(today: NaiveDate, yesterday: NaiveDate) -> Vec<Workflow> {
    vec![
        // Jordan is not linked to a member of XPM's staff.
        workflow("yarra/accounts", 3, "Annual accounts {financial_year}")
            .schedule(Schedule::OnDate(yesterday.to_string()))
            .deploys_from(before(today, 10))
            .period(PeriodSpan::FinancialYear, PeriodWhich::Before)
            .due_after(60)
            .templates(&[ACCOUNTS])
            .team("marcus", "tom", &["jordan"]),
        // XPM no longer has the job template.
        workflow("mudgee/fbt", 6, "FBT return {financial_year}")
            .schedule(Schedule::OnDate(yesterday.to_string()))
            .deploys_from(before(today, 10))
            .period(PeriodSpan::FinancialYear, PeriodWhich::Before)
            .due_after(28)
            .templates(&[RETIRED, FBT]),
        // Three weeks were missed, and this workflow holds such dates for a person.
        workflow("bendigo/payroll", 4, "Payroll, week of {start}")
            .repeats(Parts {
                repeats: Some(Repeats::Weekly),
                from: before(today, 17).to_string(),
                ..Parts::default()
            })
            .deploys_from(before(today, 17))
            .missed(MissedRuns::Hold)
            .templates(&[PAYROLL]),
    ]
}
