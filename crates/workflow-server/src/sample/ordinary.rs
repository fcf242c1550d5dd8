//! The sample's workflows whose time is yet to come, or that wait for a person.

use chrono::NaiveDate;
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::Roll;
use workflow_core::timing::{PeriodSpan, PeriodWhich};

use super::make::{from_proposal, workflow};
use super::names::{
    ACCOUNTS, ADVISORY, ASIC, BAS, BOOKKEEPING, CLIENTS, COMPANY_TAX, PAYROLL, QUALITY, REPORT,
};
use super::{Afterwards, What, after, quarter_end};
use crate::practice_file::wire::{On, Parts, Repeats, Schedule, Workflow};

pub(super) fn workflows(today: NaiveDate) -> (Vec<Workflow>, Vec<Afterwards>) {
    let mut all = of_each_kind(today);
    all.extend(from_proposals(today));
    all.extend((0..CLIENTS.len()).map(|n| yearly(today, n)));
    (all, afterwards(today))
}

/// The yearly return of each client, in one of the weeks to come.
fn yearly(today: NaiveDate, n: usize) -> Workflow {
    let (templates, name): (&[usize], _) = match n % 3 {
        0 => (&[COMPANY_TAX, QUALITY], "Company return {financial_year}"),
        1 => (&[ACCOUNTS], "Annual accounts {financial_year}"),
        _ => (&[ASIC], "ASIC annual review {year}"),
    };
    let managers = ["tom", "priya", "sofia", "daniel"];
    let staff = ["mei", "liam", "hannah", "yusuf", "ella"];
    workflow(&format!("yearly/{n}"), n, name)
        .repeats(Parts {
            repeats: Some(Repeats::Yearly),
            from: after(today, 40 + 7 * n as u64).to_string(),
            ..Parts::default()
        })
        .deploys_from(today)
        .rolls(Roll::Later)
        .lead(21)
        .due_after(45)
        .period(PeriodSpan::FinancialYear, PeriodWhich::Before)
        .templates(templates)
        .category(0)
        .team(
            "grace",
            managers[n % managers.len()],
            &[staff[n % staff.len()]],
        )
}

fn from_proposals(today: NaiveDate) -> Vec<Workflow> {
    let on_acceptance = |key: &str, name: &str| {
        from_proposal(key, key, None, name)
            .schedule(Schedule::OnAcceptance)
            .deploys_from(today)
            .templates(&[ACCOUNTS])
    };
    vec![
        // Accepted long before the import: its work is in XPM already.
        on_acceptance("P-1002", "{proposal}: set up"),
        on_acceptance("P-1004", "{proposal} for {client}"),
        on_acceptance("P-1005", "{proposal}: set up"),
        on_acceptance("P-1006", "{proposal}: set up"),
        on_acceptance("P-1007", "{proposal}"),
        from_proposal("P-1008/bas", "P-1008", Some("bas"), "{service} {quarter}")
            .every(&format!(
                "every quarter on the last business day, from {}",
                quarter_end(after(today, 35))
            ))
            .deploys_from(after(today, 35))
            .period(PeriodSpan::Quarter, PeriodWhich::Current)
            .due_on_day(1, 28)
            .billing(BillingLevel::Proposal)
            .templates(&[BAS]),
        from_proposal("P-1009/books", "P-1009", Some("books"), "{service} {month}")
            .every(&format!(
                "every month on the 1st, from {}",
                after(today, 20)
            ))
            .deploys_from(after(today, 20))
            .templates(&[BOOKKEEPING]),
    ]
}

fn of_each_kind(today: NaiveDate) -> Vec<Workflow> {
    let repeats = |repeats, from: NaiveDate, on| Parts {
        repeats: Some(repeats),
        from: from.to_string(),
        on,
        ..Parts::default()
    };
    let soon = after(today, 12);
    vec![
        workflow("harbour/adhoc", 0, "Ad hoc advice {start}").templates(&[ADVISORY]),
        workflow("kensington/move", 13, "Move to the new ledger")
            .schedule(Schedule::OnDate(soon.to_string()))
            .deploys_from(today),
        workflow("mudgee/daily", 6, "Cash count {start}")
            .repeats(repeats(Repeats::BusinessDays, soon, None))
            .deploys_from(soon),
        workflow("fremantle/payroll", 7, "Payroll {start}")
            .repeats(repeats(Repeats::Fortnightly, soon, None))
            .deploys_from(soon)
            .templates(&[PAYROLL]),
        workflow("noosa/debtors", 8, "Debtors' run {start}")
            .repeats(repeats(
                Repeats::Weekly,
                soon,
                Some(On::Weekdays(vec![
                    "tuesday".to_owned(),
                    "friday".to_owned(),
                ])),
            ))
            .deploys_from(soon),
        workflow("gippsland/books", 9, "Bookkeeping, half of {month}")
            .repeats(repeats(Repeats::TwiceAMonth, soon, Some(On::Days(15, 31))))
            .deploys_from(soon)
            .templates(&[BOOKKEEPING])
            .billing(BillingLevel::Client),
        workflow("barossa/report", 10, "Management report {month}")
            .repeats(repeats(Repeats::Monthly, soon, Some(On::NthBusinessDay(5))))
            .deploys_from(soon)
            .period(PeriodSpan::Month, PeriodWhich::Before)
            .templates(&[REPORT]),
        workflow("dandenong/bas", 11, "BAS {quarter}")
            .repeats(repeats(
                Repeats::Quarterly,
                quarter_end(soon),
                Some(On::LastBusinessDay),
            ))
            .deploys_from(soon)
            .period(PeriodSpan::Quarter, PeriodWhich::Current)
            .due_on_day(1, 28)
            .templates(&[BAS])
            .billing(BillingLevel::Client),
        workflow("analytics/advice", 18, "Board meeting {month}")
            .repeats(repeats(
                Repeats::Monthly,
                soon,
                Some(On::NthWeekday {
                    nth: 2,
                    weekday: "tuesday".to_owned(),
                }),
            ))
            .deploys_from(soon)
            .templates(&[ADVISORY]),
        workflow("roasters/returns", 19, "Half-year review to {period:long}")
            .repeats(repeats(
                Repeats::HalfYearly,
                soon,
                Some(On::LastWeekday("friday".to_owned())),
            ))
            .deploys_from(soon),
        workflow("ringwood/books", 32, "Bookkeeping {month}")
            .every(&format!("every month, from {soon}"))
            .deploys_from(soon)
            .templates(&[BOOKKEEPING]),
        workflow("torquay/books", 33, "Bookkeeping {month}")
            .every(&format!("every month, from {soon}"))
            .deploys_from(soon)
            .templates(&[BOOKKEEPING]),
        workflow("wodonga/books", 34, "Bookkeeping {month}")
            .every(&format!("every month, from {soon}"))
            .deploys_from(soon)
            .templates(&[BOOKKEEPING]),
        workflow("ararat/books", 35, "Bookkeeping {month}")
            .every(&format!("every month, from {soon}"))
            .deploys_from(soon)
            .templates(&[BOOKKEEPING]),
    ]
}

fn afterwards(today: NaiveDate) -> Vec<Afterwards> {
    let soon = after(today, 12);
    vec![
        Afterwards {
            key: "ringwood/books",
            what: What::Pause(after(today, 60), "the shop is being rebuilt"),
        },
        Afterwards {
            key: "torquay/books",
            what: What::Archive,
        },
        Afterwards {
            key: "wodonga/books",
            what: What::Skip(soon, "the client did this month's books"),
        },
        Afterwards {
            key: "ararat/books",
            what: What::Move(soon, after(soon, 3)),
        },
    ]
}
