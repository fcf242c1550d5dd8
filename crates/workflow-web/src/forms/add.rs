//! The form that adds a workflow: by hand, or from a proposal or one of its services.

use chrono::NaiveDate;
use workflow_core::billing::BillingLevel;
use workflow_core::ids::{CategoryId, ClientId};
use workflow_core::proposal::{Proposal, Service};
use workflow_core::service::NewWorkflow;
use workflow_core::tokens::TextTemplate;
use workflow_core::workflow::Schedule;
use workflow_core::zone::Zone;

use super::read_when;
use super::settings::{self, People, read_budget, read_one, read_people, read_templates};
use super::when::{self, For, Offered};
use super::{Choice, Fields, Input, Problems, Refusable, Section};
use crate::views::directory::{Directory, Named};
use crate::views::words;

/// The fields of which the core refuses something in a new workflow.
pub(crate) const FIELDS: [Refusable; 9] = [
    Refusable::new("name", "name", "Job name"),
    Refusable::new("description", "description", "Job description"),
    Refusable::new("staff", "staff", "Staff"),
    Refusable::new("job templates", "templates", "Job templates"),
    Refusable::new("billing", "billing", "Billing level"),
    Refusable::new("schedule", "when", "Schedule"),
    Refusable::new("recurrence", "every", "Repeats"),
    Refusable::new("due date", "due", "Due date"),
    Refusable::new("proposal", "proposal", "Proposal"),
];

/// What parts a proposal's key from that of its service: no key holds it.
const PARTED: char = '\t';

/// What the form is made with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewForm<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) proposals: &'a [Proposal],
}

impl NewForm<'_> {
    /// The proposals and services to make a workflow from.
    pub(crate) fn sources(&self) -> Vec<Choice> {
        let mut all = vec![Choice::new("", "No proposal")];
        for proposal in self.proposals {
            let state = words::proposal_state(proposal.state);
            let label = format!("{} ({state})", proposal.name);
            all.push(Choice::new(proposal.id.as_str(), label));
            for service in &proposal.services {
                let value = format!("{}{PARTED}{}", proposal.id, service.id);
                all.push(Choice::new(
                    value,
                    format!("{} › {}", proposal.name, service.name),
                ));
            }
        }
        all
    }

    pub(crate) fn sections(&self, input: &Input, problems: &Problems) -> Vec<Section> {
        let fields = Fields { input, problems };
        let mut sections = Vec::new();
        let offered = match self.proposals {
            [] => Offered::No,
            _ => Offered::Yes,
        };
        if offered == Offered::Yes {
            sections.push(Section {
                legend: "Where it comes from",
                note: "A workflow from a proposal deploys nothing before the proposal is accepted.",
                fields: vec![
                    fields
                        .select("proposal", "Proposal", "", self.sources())
                        .with_button("proposal", "Fill in from it"),
                ],
                ..Section::default()
            });
        }
        sections.extend(settings::settings_sections(input, problems, self.directory));
        sections.extend(when::sections(fields, offered, For::New));
        sections.push(Section {
            legend: "Billing",
            fields: billing_fields(fields, &NotPossible::default()),
            ..Section::default()
        });
        sections
    }
}

/// Why a billing level is refused as things are; empty where it is not, or where nobody knows yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NotPossible {
    pub(crate) client: String,
    pub(crate) proposal: String,
}

/// The fields of a form about the billing level.
pub(crate) fn billing_fields(fields: Fields<'_>, not: &NotPossible) -> Vec<super::Field> {
    vec![
        fields.radios(
            "billing",
            "Billing level",
            "",
            vec![
                Choice::new("non_billing", "Non-billing").noting("Its jobs take no invoices."),
                Choice::new("client", "Client level")
                    .noting("Its jobs take all the client’s invoices.")
                    .refused(&not.client),
                Choice::new("proposal", "Proposal level")
                    .noting(
                        "Its jobs take the invoices of its proposal, if they are grouped by \
                         proposal.",
                    )
                    .refused(&not.proposal),
            ],
        ),
        fields.checks(
            "take_over",
            "If another workflow is nominated for that level",
            "",
            vec![Choice::new("yes", "Take the level over from it")],
        ),
    ]
}

pub(crate) fn billing_code(level: BillingLevel) -> &'static str {
    match level {
        BillingLevel::Client => "client",
        BillingLevel::Proposal => "proposal",
        BillingLevel::NonBilling => "non_billing",
    }
}

pub(crate) fn read_billing(input: &Input, problems: &mut Problems) -> BillingLevel {
    match input.get("billing") {
        "client" => BillingLevel::Client,
        "proposal" => BillingLevel::Proposal,
        "non_billing" => BillingLevel::NonBilling,
        _ => {
            problems.add("billing", "Choose a billing level.");
            BillingLevel::NonBilling
        }
    }
}

fn source<'a>(
    input: &Input,
    proposals: &'a [Proposal],
) -> Option<(&'a Proposal, Option<&'a Service>)> {
    let text = input.filled("proposal")?;
    let (proposal, service) = match text.split_once(PARTED) {
        Some((proposal, service)) => (proposal, Some(service)),
        None => (text, None),
    };
    let found = proposals
        .iter()
        .find(|found| found.id.as_str() == proposal)?;
    match service {
        None => Some((found, None)),
        Some(service) => {
            let service = found.services.iter().find(|of| of.id.as_str() == service)?;
            Some((found, Some(service)))
        }
    }
}

/// The form as it is opened: empty, or filled from a proposal and its services.
pub(crate) fn prefilled(query: &Input, proposals: &[Proposal], today: NaiveDate) -> Input {
    let mut input = Input::default();
    input.set("billing", billing_code(BillingLevel::NonBilling));
    input.set("proposal", query.get("proposal"));
    input = fill(input, proposals);
    when::defaults(&mut input, today);
    input
}

/// The same form with name, description and job templates of the proposal or service that it
/// names, in place of what was there.
pub(crate) fn fill(mut input: Input, proposals: &[Proposal]) -> Input {
    let Some((proposal, service)) = source(&input, proposals) else {
        return input;
    };
    let (name, description, services) = match service {
        Some(service) => (
            service.name.as_str(),
            proposal.name.to_string(),
            std::slice::from_ref(service),
        ),
        None => {
            let names: Vec<_> = proposal
                .services
                .iter()
                .map(|of| of.name.as_str())
                .collect();
            let services = &proposal.services[..];
            (proposal.name.as_str(), names.join(", "), services)
        }
    };
    input.set("name", TextTemplate::literal(name).text());
    input.set("description", TextTemplate::literal(&description).text());
    input.set("when", "on_acceptance");
    input.take("templates");
    push_templates(&mut input, services);
    input
}

/// What a proposal filled in, and what it left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    /// The proposal or service.
    pub(crate) from: String,
    pub(crate) filled: Vec<&'static str>,
    /// Settings that no proposal fills in, and that are empty.
    pub(crate) empty: Vec<&'static str>,
    /// What is missing in the proposal itself, a sentence each.
    pub(crate) missing: Vec<String>,
}

/// What the proposal or service that a form names filled in.
pub(crate) fn filled(
    input: &Input,
    proposals: &[Proposal],
    directory: &Directory,
) -> Option<Filled> {
    let (proposal, service) = source(input, proposals)?;
    let (from, services) = match service {
        Some(service) => (service.name.to_string(), std::slice::from_ref(service)),
        None => (proposal.name.to_string(), &proposal.services[..]),
    };
    let labels = [
        ("name", "job name"),
        ("description", "job description"),
        ("when", "schedule"),
        ("templates", "job templates"),
    ];
    let left = [
        ("category", "category"),
        ("budget", "budget"),
        ("partner", "partner"),
        ("manager", "manager"),
        ("staff", "staff"),
    ];
    let of = |all: &[(&str, &'static str)], is_filled: bool| {
        let meant = all
            .iter()
            .filter(|(name, _)| input.filled(name).is_some() == is_filled);
        meant.map(|(_, label)| *label).collect::<Vec<_>>()
    };
    let mut missing = Vec::new();
    if services.is_empty() {
        missing.push("The proposal has no services.".to_owned());
    }
    for service in services {
        if service.templates.is_empty() {
            let name = &service.name;
            missing.push(format!(
                "The service “{name}” is linked to no job template."
            ));
        }
        for template in &service.templates {
            let named = directory.template(*template);
            if !named.flag.is_empty() {
                let Named { name, flag } = named;
                missing.push(format!("The job template “{name}” is {flag}."));
            }
        }
    }
    Some(Filled {
        from,
        filled: of(&labels, true),
        empty: of(&left, false),
        missing,
    })
}

fn push_templates(input: &mut Input, services: &[Service]) {
    let mut seen = Vec::new();
    for template in services.iter().flat_map(|service| &service.templates) {
        if !seen.contains(template) {
            seen.push(*template);
            input.push("templates", template.to_string());
        }
    }
}

/// The workflow of a form, or nothing where a field has a problem.
pub(crate) fn read_new(
    input: &Input,
    client: ClientId,
    proposals: &[Proposal],
    zone: &Zone,
    problems: &mut Problems,
) -> Option<NewWorkflow> {
    let mut new = NewWorkflow::named(input.text("name")).client(client);
    if input.filled("description").is_some() {
        new = new.description(input.text("description"));
    }
    if input.filled("proposal").is_some() {
        match source(input, proposals) {
            Some((proposal, None)) => new = new.proposal(proposal.id.clone()),
            Some((proposal, Some(service))) => {
                new = new.service(proposal.id.clone(), service.id.clone());
            }
            None => problems.add("proposal", "Choose a proposal from the list."),
        }
    }
    if let Some(category) = read_one::<CategoryId>(input, "category", "category", problems) {
        new = new.category(category);
    }
    if let Some(budget) = read_budget(input, problems) {
        new = new.budget(budget);
    }
    let People {
        partner,
        manager,
        staff,
    } = read_people(input, problems);
    if let Some(partner) = partner {
        new = new.partner(partner);
    }
    if let Some(manager) = manager {
        new = new.manager(manager);
    }
    new = new
        .staff(staff)
        .templates(read_templates(input, problems))
        .billing(read_billing(input, problems))
        .missed_runs(read_when::read_missed(input, problems));
    match read_when::read_schedule(input, zone, None, problems) {
        Some(Schedule::ByHand) => new = new.by_hand(),
        Some(Schedule::OnAcceptance) => new = new.on_acceptance(),
        Some(Schedule::OnDate(date)) => new = new.on_date(date),
        Some(Schedule::Recurring(rule)) => new = new.recurring(rule),
        None => {}
    }
    if let Some(timing) = read_when::read_timing(input, problems) {
        new = new.timing(timing);
    }
    if let Some(from) = read_when::read_date(input, "deploys_from", problems) {
        new = new.deploys_from(from);
    }
    problems.is_empty().then_some(new)
}
