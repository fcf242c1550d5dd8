//! A practice of any size, for measuring.

use chrono::NaiveDate;
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::Roll;
use workflow_core::timing::{PeriodSpan, PeriodWhich};

use super::make::workflow;
use super::names::{ACCOUNTS, BAS, BOOKKEEPING, CLIENTS, PAYROLL, QUALITY};
use super::{after, client};
use crate::practice_file::wire;

/// So many clients, with the sample's names and a number.
pub(super) fn clients(count: usize) -> Vec<wire::Client> {
    let one = |n: usize| {
        let (name, year_end) = CLIENTS[n % CLIENTS.len()];
        client(n, &format!("{name} {:04}", n + 1), year_end)
    };
    (0..count).map(one).collect()
}

/// So many workflows, spread over the clients and over the days of the coming months.
pub(super) fn workflows(today: NaiveDate, clients: usize, count: usize) -> Vec<wire::Workflow> {
    let one = |n: usize| {
        let from = after(today, 1 + (n as u64 * 7) % 85);
        let made = workflow(&format!("w{n:05}"), n % clients.max(1), "");
        let made = match n % 4 {
            0 => wire::Workflow {
                name: "BAS {quarter}".to_owned(),
                ..made
            }
            .every(&format!("every quarter, from {from}"))
            .rolls(Roll::Later)
            .due_after(28)
            .period(PeriodSpan::Quarter, PeriodWhich::Before)
            .templates(&[BAS]),
            1 => wire::Workflow {
                name: "Bookkeeping {month}".to_owned(),
                ..made
            }
            .every(&format!("every month, from {from}"))
            .templates(&[BOOKKEEPING]),
            2 => wire::Workflow {
                name: "Payroll {start}".to_owned(),
                ..made
            }
            .every(&format!("every fortnight, from {from}"))
            .templates(&[PAYROLL]),
            _ => wire::Workflow {
                name: "Annual accounts {financial_year}".to_owned(),
                ..made
            }
            .every(&format!("every year, from {from}"))
            .due_after(60)
            .period(PeriodSpan::FinancialYear, PeriodWhich::Before)
            .templates(&[ACCOUNTS, QUALITY]),
        };
        // A client's first workflow is its billing job.
        let level = match n < clients {
            true => BillingLevel::Client,
            false => BillingLevel::NonBilling,
        };
        made.billing(level)
            .deploys_from(after(today, 1))
            .team("grace", "tom", &["mei"])
    };
    (0..count).map(one).collect()
}
