//! A workflow as a caller writes it down, before it is checked.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::billing::BillingLevel;
use crate::canonical::canonical;
use crate::ids::{CategoryId, ClientId, PersonId, ProposalId, ServiceId, TemplateId};
use crate::recurrence::RecurrenceBuilder;
use crate::text::Money;
use crate::timing::Timing;
use crate::tokens::TextTemplate;
use crate::tokens::TokenScope;
use crate::workflow::decide::{Adding, Refusal};
use crate::workflow::{MissedRuns, Origin, Plan, Schedule, Settings};

/// A workflow to add. It is checked when it is added.
///
/// ```
/// use chrono::NaiveDate;
/// use workflow_core::recurrence::Recurrence;
/// use workflow_core::service::NewWorkflow;
/// # let client = "a0b1c2d3-0000-4000-8000-000000000001".parse()?;
/// let bas = NewWorkflow::named("BAS {quarter}")
///     .client(client)
///     .recurring(Recurrence::quarterly().from(NaiveDate::from_ymd_opt(2026, 7, 28).unwrap()));
/// # let _ = bas;
/// # Ok::<(), workflow_core::ids::IdError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NewWorkflow {
    name: String,
    description: Option<String>,
    client: Option<ClientId>,
    proposal: Option<(ProposalId, Option<ServiceId>)>,
    category: Option<CategoryId>,
    budget: Option<Money>,
    partner: Option<PersonId>,
    manager: Option<PersonId>,
    staff: BTreeSet<PersonId>,
    templates: Vec<TemplateId>,
    billing: BillingLevel,
    when: When,
    timing: Timing,
    deploys_from: Option<NaiveDate>,
    missed: MissedRuns,
}

canonical!(struct NewWorkflow {
    name, description, client, proposal, category, budget, partner, manager, staff, templates,
    billing, when, timing, deploys_from, missed
});

#[derive(Clone, Debug)]
enum When {
    ByHand,
    OnAcceptance,
    OnDate(NaiveDate),
    Recurring(Box<RecurrenceBuilder>),
}
canonical!(
    enum When {
        ByHand,
        OnAcceptance,
        OnDate(date),
        Recurring(rule),
    }
);

impl NewWorkflow {
    /// A workflow by hand, whose jobs bear this name. It may hold tokens such as `{quarter}`.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: None,
            client: None,
            proposal: None,
            category: None,
            budget: None,
            partner: None,
            manager: None,
            staff: BTreeSet::new(),
            templates: Vec::new(),
            billing: BillingLevel::NonBilling,
            when: When::ByHand,
            timing: Timing::default(),
            deploys_from: None,
            missed: MissedRuns::default(),
        }
    }

    /// For this client. A workflow from a proposal is for the proposal's client.
    #[must_use]
    pub fn client(mut self, client: ClientId) -> Self {
        self.client = Some(client);
        self
    }

    /// Made from this proposal: it deploys nothing before acceptance.
    #[must_use]
    pub fn proposal(mut self, proposal: ProposalId) -> Self {
        self.proposal = Some((proposal, None));
        self
    }

    /// Made for one service of a proposal: it deploys nothing before acceptance.
    #[must_use]
    pub fn service(mut self, proposal: ProposalId, service: ServiceId) -> Self {
        self.proposal = Some((proposal, Some(service)));
        self
    }

    /// The job's description, which may hold tokens.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The job's category.
    #[must_use]
    pub fn category(mut self, category: CategoryId) -> Self {
        self.category = Some(category);
        self
    }

    /// The job's budget.
    #[must_use]
    pub fn budget(mut self, budget: Money) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The partner responsible.
    #[must_use]
    pub fn partner(mut self, partner: PersonId) -> Self {
        self.partner = Some(partner);
        self
    }

    /// The manager responsible.
    #[must_use]
    pub fn manager(mut self, manager: PersonId) -> Self {
        self.manager = Some(manager);
        self
    }

    /// The staff to assign.
    #[must_use]
    pub fn staff(mut self, staff: impl IntoIterator<Item = PersonId>) -> Self {
        self.staff.extend(staff);
        self
    }

    /// The job templates, applied in this order.
    #[must_use]
    pub fn templates(mut self, templates: impl IntoIterator<Item = TemplateId>) -> Self {
        self.templates.extend(templates);
        self
    }

    /// The level at which its jobs take invoices.
    #[must_use]
    pub fn billing(mut self, billing: BillingLevel) -> Self {
        self.billing = billing;
        self
    }

    /// Deploys once, when the proposal is accepted.
    #[must_use]
    pub fn on_acceptance(mut self) -> Self {
        self.when = When::OnAcceptance;
        self
    }

    /// Deploys once, on a date.
    #[must_use]
    pub fn on_date(mut self, date: NaiveDate) -> Self {
        self.when = When::OnDate(date);
        self
    }

    /// Deploys once, when a person says so. That is what a new workflow does unless told
    /// otherwise.
    #[must_use]
    pub fn by_hand(mut self) -> Self {
        self.when = When::ByHand;
        self
    }

    /// Deploys again and again.
    #[must_use]
    pub fn recurring(mut self, recurrence: impl Into<RecurrenceBuilder>) -> Self {
        self.when = When::Recurring(Box::new(recurrence.into()));
        self
    }

    /// Period, roll, lead and due date.
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Nominal dates before this one are never owed. Unless set, it is the day of adding.
    #[must_use]
    pub fn deploys_from(mut self, date: NaiveDate) -> Self {
        self.deploys_from = Some(date);
        self
    }

    /// What becomes of occurrences that were missed while nothing ran.
    #[must_use]
    pub fn missed_runs(mut self, missed: MissedRuns) -> Self {
        self.missed = missed;
        self
    }

    /// The client named, if one was.
    #[must_use]
    pub fn named_client(&self) -> Option<ClientId> {
        self.client
    }

    /// The proposal named, if one was.
    #[must_use]
    pub fn named_proposal(&self) -> Option<&ProposalId> {
        self.proposal.as_ref().map(|(proposal, _)| proposal)
    }

    /// The deploys-from date, if one was set.
    #[must_use]
    pub fn named_deploys_from(&self) -> Option<NaiveDate> {
        self.deploys_from
    }

    /// Checks what can be checked without the practice.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] that names the field.
    pub(crate) fn check(self, client: ClientId, today: NaiveDate) -> Result<Adding, Refusal> {
        let scope = match &self.proposal {
            None => TokenScope::Client,
            Some((_, None)) => TokenScope::Proposal,
            Some((_, Some(_))) => TokenScope::Service,
        };
        let origin = match self.proposal {
            None => Origin::Hand,
            Some((proposal, service)) => Origin::Proposal { proposal, service },
        };
        let schedule = match self.when {
            When::ByHand => Schedule::ByHand,
            When::OnAcceptance => Schedule::OnAcceptance,
            When::OnDate(date) => Schedule::OnDate(date),
            When::Recurring(rule) => {
                Schedule::Recurring(rule.build().map_err(Refusal::Recurrence)?)
            }
        };
        let settings = Settings {
            name: checked_text("name", &self.name, scope)?,
            description: self
                .description
                .filter(|text| !text.trim().is_empty())
                .map(|text| checked_text("description", &text, scope))
                .transpose()?,
            category: self.category,
            budget: self.budget,
            partner: self.partner,
            manager: self.manager,
            staff: self.staff,
            templates: self.templates,
        };
        Ok(Adding {
            client,
            origin,
            settings,
            billing: self.billing,
            plan: Plan {
                schedule,
                timing: self.timing,
                deploys_from: self.deploys_from.unwrap_or(today),
                missed: self.missed,
            },
            duplicate_of: None,
        })
    }
}

/// A name or description with tokens, checked for where it is used.
///
/// # Errors
///
/// [`Refusal::Token`] for an unknown token, [`Refusal::Text`] where it is empty, too long or holds
/// a control character.
pub(crate) fn checked_text(
    field: &'static str,
    text: &str,
    scope: TokenScope,
) -> Result<TextTemplate, Refusal> {
    let text = match field {
        "name" => crate::text::Text::<250>::new(text).map(String::from),
        _ => crate::text::Text::<10_000>::new(text).map(String::from),
    };
    let text = text.map_err(|error| Refusal::Text { field, error })?;
    TextTemplate::parse(text, scope).map_err(|error| Refusal::Token { field, error })
}
