//! Short ways to write down the sample's proposals and workflows.

use chrono::NaiveDate;
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::Roll;
use workflow_core::proposal::InvoiceGrouping;
use workflow_core::timing::{DueBasis, DueDay, DueDays, Lead, LeadDays, PeriodSpan, PeriodWhich};
use workflow_core::workflow::MissedRuns;

use super::names::{ACCOUNTS, ADVISORY, BAS, BOOKKEEPING};
use super::{Shelf, template, uuid};
use crate::practice_file::wire;

/// The services that the sample's proposals sell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sold {
    Bas,
    Bookkeeping,
    Accounts,
    Advisory,
}

impl Sold {
    fn service(self) -> wire::Service {
        let (id, name, linked) = match self {
            Self::Bas => ("bas", "BAS lodgement", BAS),
            Self::Bookkeeping => ("books", "Monthly bookkeeping", BOOKKEEPING),
            Self::Accounts => ("accounts", "Annual accounts", ACCOUNTS),
            Self::Advisory => ("advice", "Quarterly advice", ADVISORY),
        };
        wire::Service {
            id: id.to_owned(),
            name: name.to_owned(),
            templates: vec![template(linked)],
        }
    }
}

/// A proposal for the client of that number.
pub(super) fn proposal(
    id: &str,
    client: usize,
    name: &str,
    state: wire::State,
    grouped: BillingLevel,
) -> wire::Proposal {
    wire::Proposal {
        id: id.to_owned(),
        client: uuid(Shelf::Client, client).to_string(),
        name: name.to_owned(),
        state,
        accepted_on: None,
        starts_on: None,
        invoices_grouped_by: match grouped {
            BillingLevel::Proposal => InvoiceGrouping::Proposal,
            BillingLevel::Client | BillingLevel::NonBilling => InvoiceGrouping::Client,
        },
        services: Vec::new(),
    }
}

impl wire::Proposal {
    pub(super) fn accepted(mut self, on: NaiveDate) -> Self {
        self.accepted_on = Some(on.to_string());
        self
    }

    pub(super) fn starts(mut self, on: NaiveDate) -> Self {
        self.starts_on = Some(on.to_string());
        self
    }

    pub(super) fn sells(mut self, sold: &[Sold]) -> Self {
        self.services = sold.iter().map(|sold| sold.service()).collect();
        self
    }
}

/// A workflow for the client of that number, by hand unless said otherwise.
pub(super) fn workflow(key: &str, client: usize, name: &str) -> wire::Workflow {
    let client = uuid(Shelf::Client, client).to_string();
    wire::Workflow {
        client: Some(client),
        ..blank(key, name)
    }
}

/// A workflow from a proposal, or for one service of it.
pub(super) fn from_proposal(
    key: &str,
    proposal: &str,
    service: Option<&str>,
    name: &str,
) -> wire::Workflow {
    wire::Workflow {
        proposal: Some(proposal.to_owned()),
        service: service.map(str::to_owned),
        ..blank(key, name)
    }
}

fn blank(key: &str, name: &str) -> wire::Workflow {
    wire::Workflow {
        key: key.to_owned(),
        client: None,
        proposal: None,
        service: None,
        name: name.to_owned(),
        description: None,
        category: None,
        budget: None,
        partner: None,
        manager: None,
        staff: Vec::new(),
        templates: Vec::new(),
        billing: BillingLevel::NonBilling,
        schedule: wire::Schedule::ByHand,
        timing: None,
        deploys_from: None,
        missed: MissedRuns::All,
        accepted_before: wire::AcceptedBefore::DeploysNothing,
    }
}

impl wire::Workflow {
    pub(super) fn templates(mut self, templates: &[usize]) -> Self {
        self.templates = templates.iter().map(|n| template(*n)).collect();
        self
    }

    pub(super) fn category(mut self, n: usize) -> Self {
        self.category = Some(uuid(Shelf::Category, n).to_string());
        self
    }

    pub(super) fn team(mut self, partner: &str, manager: &str, staff: &[&str]) -> Self {
        let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        self.partner = named(partner);
        self.manager = named(manager);
        self.staff = staff.iter().map(|key| (*key).to_owned()).collect();
        self
    }

    pub(super) fn described(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    pub(super) fn budget(mut self, amount: &str) -> Self {
        self.budget = Some(amount.to_owned());
        self
    }

    pub(super) fn billing(mut self, level: BillingLevel) -> Self {
        self.billing = level;
        self
    }

    pub(super) fn schedule(mut self, schedule: wire::Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// On a recurrence, said in a sentence.
    pub(super) fn every(self, sentence: &str) -> Self {
        let sentence = wire::Recurrence::Sentence(sentence.to_owned());
        self.schedule(wire::Schedule::Recurring(sentence))
    }

    /// On a recurrence, by its parts.
    pub(super) fn repeats(self, parts: wire::Parts) -> Self {
        let parts = wire::Recurrence::Parts(Box::new(parts));
        self.schedule(wire::Schedule::Recurring(parts))
    }

    pub(super) fn deploys_from(mut self, date: NaiveDate) -> Self {
        self.deploys_from = Some(date.to_string());
        self
    }

    pub(super) fn missed(mut self, missed: MissedRuns) -> Self {
        self.missed = missed;
        self
    }

    pub(super) fn deploys_if_accepted_before(mut self) -> Self {
        self.accepted_before = wire::AcceptedBefore::Deploys;
        self
    }

    fn timing(&mut self) -> &mut wire::Timing {
        self.timing.get_or_insert_default()
    }

    pub(super) fn rolls(mut self, roll: Roll) -> Self {
        self.timing().roll = roll;
        self
    }

    pub(super) fn lead(mut self, days: u16) -> Self {
        self.timing().lead = Lead::Days(LeadDays::new(days).unwrap_or_default());
        self
    }

    pub(super) fn due_after(mut self, days: u16) -> Self {
        let basis = DueBasis::AfterStart(DueDays::new(days).unwrap_or_default());
        let roll = Roll::Later;
        self.timing().due = Some(wire::Due { basis, roll });
        self
    }

    pub(super) fn due_on_day(mut self, months_after: u8, day: u8) -> Self {
        let roll = Roll::Later;
        self.timing().due = DueDay::new(day).ok().map(|day| wire::Due {
            basis: DueBasis::DayOfMonth { months_after, day },
            roll,
        });
        self
    }

    pub(super) fn period(mut self, span: PeriodSpan, which: PeriodWhich) -> Self {
        self.timing().period = Some(wire::Period { span, which });
        self
    }
}
