//! The check of one workflow of a practice file.

use std::collections::BTreeMap;

use workflow_core::ids::{
    CategoryId, ClientId, CommandKey, PersonId, ProposalId, ServiceId, TemplateId,
};
use workflow_core::ports::gateway::DirectoryPart;
use workflow_core::service::{AcceptedBefore, ImportedWorkflow, NewWorkflow};
use workflow_core::text::Money;
use workflow_core::timing::{DueRule, PeriodRule, Timing};

use super::check::{Known, all_listed, listed, named};
use super::recurrence::recurrence;
use super::scope::Scope;
use super::wire::{self, Schedule};

/// A workflow of a file, checked; `None` where a fault was noted. `keys` has the line of each key.
pub(super) fn workflow(
    scope: &mut Scope<'_, '_>,
    wire: wire::Workflow,
    known: &Known,
    keys: &mut BTreeMap<CommandKey, usize>,
) -> Option<ImportedWorkflow> {
    let key: Option<CommandKey> = scope.parse("key", &wire.key);
    if let Some(key) = &key
        && let Some(first) = keys.insert(key.clone(), scope.line())
    {
        scope.fault(
            "key",
            format_args!("the workflow on line {first} has the key {key} too"),
        );
    }
    let new = NewWorkflow::named(&wire.name);
    let new = origin(scope, new, &wire, known);
    let people = people(scope, &wire, known);
    let category = match &wire.category {
        None => Some(None),
        Some(text) => listed(scope, "category", text, DirectoryPart::Categories, known)
            .map(|id| Some(CategoryId::new(id))),
    };
    let part = DirectoryPart::Templates;
    let templates = all_listed(scope, "templates", &wire.templates, part, known);
    let budget = scope.parse_if::<Money>("budget", wire.budget.as_deref());
    let deploys_from = scope.date_if("deploys_from", wire.deploys_from.as_deref());
    let timing = timing(wire.timing.as_ref());
    let new = schedule(scope, new?, &wire.schedule, known)?;
    let (partner, manager, staff) = people?;
    let mut new = new
        .templates(templates?.into_iter().map(TemplateId::new))
        .staff(staff)
        .billing(wire.billing)
        .missed_runs(wire.missed)
        .timing(timing);
    if let Some(description) = wire.description {
        new = new.description(description);
    }
    if let Some(category) = category? {
        new = new.category(category);
    }
    if let Some(budget) = budget? {
        new = new.budget(budget);
    }
    if let Some(partner) = partner {
        new = new.partner(partner);
    }
    if let Some(manager) = manager {
        new = new.manager(manager);
    }
    if let Some(date) = deploys_from? {
        new = new.deploys_from(date);
    }
    Some(ImportedWorkflow {
        key: key?,
        workflow: new,
        accepted_before: match wire.accepted_before {
            wire::AcceptedBefore::DeploysNothing => AcceptedBefore::DeploysNothing,
            wire::AcceptedBefore::Deploys => AcceptedBefore::Deploys,
        },
    })
}

fn origin(
    scope: &mut Scope<'_, '_>,
    new: NewWorkflow,
    wire: &wire::Workflow,
    known: &Known,
) -> Option<NewWorkflow> {
    match (&wire.client, &wire.proposal, &wire.service) {
        (Some(client), None, None) => {
            let client: ClientId = scope.parse("client", client)?;
            let is_known = known.clients.contains(&client);
            Some(new.client(named(scope, "client", is_known, "client", client)?))
        }
        (None, Some(proposal), service) => {
            let proposal: ProposalId = scope.parse("proposal", proposal)?;
            let services = known.proposals.get(&proposal);
            let is_known = services.is_some();
            let proposal = named(scope, "proposal", is_known, "proposal", proposal)?;
            let Some(service) = service else {
                return Some(new.proposal(proposal));
            };
            let service: ServiceId = scope.parse("service", service)?;
            let is_known = services.is_some_and(|services| services.contains(&service));
            let what = format!("service of the proposal {proposal}:");
            let service = named(scope, "service", is_known, &what, service)?;
            Some(new.service(proposal, service))
        }
        (None, None, Some(_)) => {
            scope.fault("service", "needs the proposal that it is a service of");
            None
        }
        (Some(_), _, _) => {
            scope.fault(
                "client",
                "is the proposal's where there is a proposal; leave one out",
            );
            None
        }
        (None, None, None) => {
            scope.fault(
                "client",
                "is missing: a workflow is for a client or from a proposal",
            );
            None
        }
    }
}

type People = (Option<PersonId>, Option<PersonId>, Vec<PersonId>);

fn people(scope: &mut Scope<'_, '_>, wire: &wire::Workflow, known: &Known) -> Option<People> {
    let mut person = |field: &str, text: &str| -> Option<PersonId> {
        let id: PersonId = scope.parse(field, text)?;
        let is_known = known.people.contains(&id);
        named(scope, field, is_known, "person", id)
    };
    let partner = wire.partner.as_deref().map(|text| person("partner", text));
    let manager = wire.manager.as_deref().map(|text| person("manager", text));
    let staff: Vec<_> = wire
        .staff
        .iter()
        .enumerate()
        .map(|(n, text)| person(&format!("staff[{n}]"), text))
        .collect();
    let partner = partner.map_or(Some(None), |found| found.map(Some))?;
    let manager = manager.map_or(Some(None), |found| found.map(Some))?;
    Some((partner, manager, staff.into_iter().collect::<Option<_>>()?))
}

fn schedule(
    scope: &mut Scope<'_, '_>,
    new: NewWorkflow,
    wire: &Schedule,
    known: &Known,
) -> Option<NewWorkflow> {
    Some(match wire {
        Schedule::ByHand => new.by_hand(),
        Schedule::OnAcceptance => new.on_acceptance(),
        Schedule::OnDate(date) => new.on_date(scope.date("schedule.on_date", date)?),
        Schedule::Recurring(rule) => new.recurring(recurrence(scope, rule, known.zone.as_ref())?),
    })
}

fn timing(wire: Option<&wire::Timing>) -> Timing {
    let Some(wire) = wire else {
        return Timing::default();
    };
    Timing {
        roll: wire.roll,
        lead: wire.lead,
        due: wire
            .due
            .as_ref()
            .map_or_else(DueRule::default, |due| DueRule {
                basis: due.basis,
                roll: due.roll,
            }),
        period: wire
            .period
            .as_ref()
            .map_or_else(PeriodRule::default, |period| PeriodRule {
                span: period.span,
                which: period.which,
            }),
    }
}
