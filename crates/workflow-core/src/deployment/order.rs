//! The order: what one occurrence sends, frozen by its first intent.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::billing::Reference;
use crate::canonical::canonical;
use crate::deployment::{Deployment, Rank, Step, StepKind};
use crate::ids::{PersonId, StaffId, TemplateId};
use crate::numbering::JobNumbering;
use crate::ports::gateway::{CreateJob, DirectoryPart, Team};
use crate::practice::{Client, Person, Standing};
use crate::proposal::Proposal;
use crate::timing::Dates;
use crate::tokens::{TokenError, TokenFacts};
use crate::workflow::{Gate, Workflow};

/// What one occurrence sends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct JobOrder {
    /// The job to create.
    pub create: CreateJob,
    /// The job templates to apply after the first.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub templates: Vec<TemplateId>,
    /// Whom to assign.
    pub team: Team,
}
canonical!(struct JobOrder { create, templates, team });

/// What an order is made from, beside the workflow.
#[derive(Clone, Debug)]
pub struct OrderFacts<'a> {
    /// The client.
    pub client: &'a Client,
    /// The proposal, where the workflow comes from one.
    pub proposal: Option<&'a Proposal>,
    /// The people that the settings name; whoever is missing is unknown to the practice.
    pub people: &'a [Person],
    /// What XPM no longer lists, of what the settings name.
    pub gone: &'a [(DirectoryPart, String)],
    /// The reference, where the workflow is nominated for a level.
    pub reference: Option<&'a Reference>,
    /// Who numbers the practice's jobs.
    pub numbering: &'a JobNumbering,
}

/// Why no order can be made. `Display` is a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrderError {
    /// Somebody that the settings name is not linked to XPM's staff.
    #[error(
        "{name} is not linked to a member of XPM's staff: link them in the practice file and import it \
         again, or choose somebody else in Settings, then retry"
    )]
    Unlinked {
        /// Who.
        name: String,
    },
    /// The settings name somebody that the practice does not know.
    #[error(
        "the practice has nobody with the key {person}: choose somebody else in Settings, then retry"
    )]
    UnknownPerson {
        /// The key.
        person: PersonId,
    },
    /// XPM no longer lists something that the settings name.
    #[error("XPM no longer has the {part} {name}: choose another in Settings, then retry")]
    Gone {
        /// What kind of thing.
        part: &'static str,
        /// Its name as last seen.
        name: String,
    },
    /// The proposal was declined or archived before anything was sent.
    #[error(
        "the proposal was closed on {since}, so nothing was sent: give this date up, or retry once \
         the proposal is accepted again"
    )]
    ProposalClosed {
        /// Since when.
        since: NaiveDate,
    },
    /// The workflow was archived before anything was sent.
    #[error("the workflow was archived on {on}, so nothing was sent: give this date up, or retry")]
    Archived {
        /// Since when.
        on: NaiveDate,
    },
    /// The client was archived in XPM.
    #[error("{name} is archived in XPM: restore the client there and retry, or give this date up")]
    ClientGone {
        /// The client's name.
        name: String,
    },
    /// A token has nothing to stand for.
    #[error("{0}: change the name or description in Settings, then retry")]
    Token(#[from] TokenError),
    /// The job's name came out empty or too long.
    #[error(
        "the job's {field} comes out as {length} characters, and must be 1 to {most}: shorten it in Settings, then retry"
    )]
    Length {
        /// Name or description.
        field: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        most: usize,
    },
}

impl JobOrder {
    /// The longest job name, in characters. XPM states no limit; this is ours.
    pub const LONGEST_NAME: usize = 250;

    /// The longest job description, in characters. XPM states no limit; this is ours.
    pub const LONGEST_DESCRIPTION: usize = 10_000;

    /// Makes the order of one occurrence from the workflow as it is now.
    ///
    /// # Errors
    ///
    /// [`OrderError`] for whatever would certainly fail, before any call is spent on it.
    pub fn prepare(
        workflow: &Workflow,
        deployment: &Deployment,
        facts: &OrderFacts<'_>,
    ) -> Result<Self, OrderError> {
        check_wanted(workflow, deployment.rank())?;
        let (dates, marker) = (deployment.dates(), deployment.marker());
        if facts.client.standing == Standing::Gone {
            return Err(OrderError::ClientGone {
                name: facts.client.name.to_string(),
            });
        }
        if let Some((part, name)) = facts.gone.first() {
            let part = match part {
                DirectoryPart::Clients => "client",
                DirectoryPart::Staff => "member of staff",
                DirectoryPart::Templates => "job template",
                DirectoryPart::Categories => "category",
            };
            return Err(OrderError::Gone {
                part,
                name: name.clone(),
            });
        }
        let settings = workflow.settings_on(dates.start());
        let linked = |id: &PersonId| -> Result<StaffId, OrderError> {
            let person = facts
                .people
                .iter()
                .find(|person| person.id == *id)
                .ok_or_else(|| OrderError::UnknownPerson { person: id.clone() })?;
            person.staff.ok_or_else(|| OrderError::Unlinked {
                name: person.name.to_string(),
            })
        };
        let team = Team {
            partner: settings.partner.as_ref().map(linked).transpose()?,
            manager: settings.manager.as_ref().map(linked).transpose()?,
            staff: settings
                .staff
                .iter()
                .map(linked)
                .collect::<Result<BTreeSet<_>, _>>()?,
        };
        let tokens = token_facts(workflow, dates, facts.client, facts.proposal);
        let name = settings.name.render(&tokens)?;
        check_length("name", &name, Self::LONGEST_NAME)?;
        let description = settings
            .description
            .as_ref()
            .map(|text| text.render(&tokens));
        let description = description.transpose()?.unwrap_or_default();
        if !description.is_empty() {
            check_length("description", &description, Self::LONGEST_DESCRIPTION)?;
        }
        let create = CreateJob {
            client: workflow.client(),
            name,
            description: marker.written_under(&description),
            start: dates.start(),
            due: dates.due(),
            reference: facts.reference.map(ToString::to_string),
            template: settings.templates.first().copied(),
            category: settings.category,
            budget: settings.budget.map(crate::text::Money::amount),
            number: facts.numbering.number(marker),
        };
        let templates = settings.templates.iter().skip(1).copied().collect();
        Ok(Self {
            create,
            templates,
            team,
        })
    }

    /// The ledger that carries the order out.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let templates = self
            .templates
            .iter()
            .map(|t| StepKind::ApplyTemplate { template: *t });
        let assign = (!self.team.is_empty()).then_some(StepKind::Assign);
        std::iter::once(StepKind::Create)
            .chain(templates)
            .chain(assign)
            .map(Step::new)
            .collect()
    }
}

/// Until its first intent an occurrence is within reach of its proposal and of the archive, though
/// it was begun; a person who asks for it may have it of an archived workflow.
fn check_wanted(workflow: &Workflow, rank: Rank) -> Result<(), OrderError> {
    if let Gate::Closed { since, .. } = workflow.gate() {
        return Err(OrderError::ProposalClosed { since });
    }
    match (workflow.archived(), rank) {
        (Some(on), Rank::Scheduled) => Err(OrderError::Archived { on }),
        (Some(_), Rank::Asked) | (None, _) => Ok(()),
    }
}

fn check_length(field: &'static str, text: &str, most: usize) -> Result<(), OrderError> {
    let length = text.trim().chars().count();
    if (1..=most).contains(&length) {
        Ok(())
    } else {
        Err(OrderError::Length {
            field,
            length,
            most,
        })
    }
}

/// What the tokens in names and descriptions stand for.
pub(crate) fn token_facts<'a>(
    workflow: &Workflow,
    dates: &'a Dates,
    client: &'a Client,
    proposal: Option<&'a Proposal>,
) -> TokenFacts<'a> {
    let service = proposal
        .zip(workflow.origin().service())
        .and_then(|(proposal, service)| proposal.service(service));
    TokenFacts {
        client: client.name.as_str(),
        proposal: proposal.map(|proposal| proposal.name.as_str()),
        service: service.map(|service| service.name.as_str()),
        dates,
        financial_year_end: client.year_end,
    }
}
