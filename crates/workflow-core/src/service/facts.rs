//! What decisions need to know, loaded from the store.

use super::{CommandError, PracticeHandle};
use crate::deployment::Deployment;
use crate::ids::{ClientId, PersonId, ProposalId, WorkflowId};
use crate::ports::store::{Key, Record, Unit, Version, Versioned};
use crate::practice::{Client, Person, Practice};
use crate::proposal::Proposal;
use crate::timing::FinancialYearEnd;
use crate::workflow::{Occurrence, Placing, Workflow};
use crate::zone::Zone;

/// The practice and its zone.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    /// The version of the practice's record.
    pub(super) version: Version,
    pub(super) practice: Practice,
    pub(super) zone: Zone,
}

impl Ground {
    /// The unit, to be committed only while the practice is as it was seen: what was placed with
    /// its calendar must not be written after the calendar has changed.
    pub(super) fn guard(&self, mut unit: Unit) -> Unit {
        unit.unchanged.push(self.seen());
        unit
    }

    /// The practice's record at the version that was seen.
    pub(super) fn seen(&self) -> (Key, Version) {
        (Key::Practice, self.version)
    }

    pub(super) fn placing(
        &self,
        year_end: FinancialYearEnd,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Placing<'_> {
        Placing {
            calendar: &self.practice.calendar,
            zone: &self.zone,
            deploy_time: self.practice.deploy_time,
            year_end,
            now,
        }
    }
}

/// Takes a record for what its key says it is.
macro_rules! typed {
    ($(#[$doc:meta])* $name:ident, $variant:ident, $t:ty, $key:ty, $to_key:expr) => {
        $(#[$doc])*
        ///
        /// # Errors
        ///
        /// Any error of the store.
        pub async fn $name(&self, id: $key) -> Result<Option<Versioned<$t>>, CommandError> {
            let to_key: fn(&$key) -> Key = $to_key;
            Ok(match self.record(&to_key(&id)).await? {
                Some(Versioned { version, value: Record::$variant(value) }) => {
                    Some(Versioned { version, value: value.into() })
                }
                _ => None,
            })
        }
    };
}

impl PracticeHandle {
    typed!(
        /// A client.
        client, Client, Client, ClientId, |id| Key::Client(*id)
    );
    typed!(
        /// One of the practice's people.
        person, Person, Person, PersonId, |id| Key::Person(id.clone())
    );
    typed!(
        /// A proposal.
        proposal, Proposal, Proposal, ProposalId, |id| Key::Proposal(id.clone())
    );

    /// A workflow.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn workflow(
        &self,
        id: WorkflowId,
    ) -> Result<Option<Versioned<Workflow>>, CommandError> {
        Ok(match self.record(&Key::Workflow(id)).await? {
            Some(Versioned {
                version,
                value: Record::Workflow(value),
            }) => Some(Versioned {
                version,
                value: *value,
            }),
            _ => None,
        })
    }

    /// The deployment of an occurrence.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn deployment(
        &self,
        workflow: WorkflowId,
        occurrence: Occurrence,
    ) -> Result<Option<Versioned<Deployment>>, CommandError> {
        Ok(
            match self.record(&Key::Deployment(workflow, occurrence)).await? {
                Some(Versioned {
                    version,
                    value: Record::Deployment(value),
                }) => Some(Versioned {
                    version,
                    value: *value,
                }),
                _ => None,
            },
        )
    }

    /// The practice's own record.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where it was never set up, and any error of the store.
    pub async fn practice(&self) -> Result<Versioned<Practice>, CommandError> {
        self.practice_of(self.record(&Key::Practice).await?)
    }

    fn practice_of(
        &self,
        found: Option<Versioned<Record>>,
    ) -> Result<Versioned<Practice>, CommandError> {
        match found {
            Some(Versioned {
                version,
                value: Record::Practice(value),
            }) => Ok(Versioned { version, value }),
            _ => Err(CommandError::not_found("practice", &self.id)),
        }
    }

    /// The practice's time zone, with current data.
    ///
    /// # Errors
    ///
    /// [`CommandError::UnknownZone`] when there are none, and those of
    /// [`PracticeHandle::practice`].
    pub async fn zone(&self) -> Result<Zone, CommandError> {
        Ok(self.ground().await?.zone)
    }

    pub(super) async fn ground(&self) -> Result<Ground, CommandError> {
        self.ground_of(self.record(&Key::Practice).await?)
    }

    /// The ground, of what was read under the key of the practice's own record.
    pub(super) fn ground_of(
        &self,
        found: Option<Versioned<Record>>,
    ) -> Result<Ground, CommandError> {
        let Versioned {
            version,
            value: practice,
        } = self.practice_of(found)?;
        let zone = self.service.ports.zones.zone(&practice.zone);
        let zone = zone.ok_or_else(|| CommandError::UnknownZone(practice.zone.clone()))?;
        Ok(Ground {
            version,
            practice,
            zone,
        })
    }

    pub(super) async fn require_client(
        &self,
        id: ClientId,
    ) -> Result<Versioned<Client>, CommandError> {
        self.client(id)
            .await?
            .ok_or_else(|| CommandError::not_found("client", id))
    }

    pub(super) async fn require_workflow(
        &self,
        id: WorkflowId,
    ) -> Result<Versioned<Workflow>, CommandError> {
        self.workflow(id)
            .await?
            .ok_or_else(|| CommandError::not_found("workflow", id))
    }

    pub(super) async fn require_deployment(
        &self,
        workflow: WorkflowId,
        occurrence: Occurrence,
    ) -> Result<Versioned<Deployment>, CommandError> {
        self.deployment(workflow, occurrence)
            .await?
            .ok_or_else(|| CommandError::not_found("deployment of", occurrence))
    }

    pub(super) async fn proposal_of(
        &self,
        workflow: &Workflow,
    ) -> Result<Option<Versioned<Proposal>>, CommandError> {
        match workflow.origin().proposal() {
            Some(id) => self.proposal(id.clone()).await,
            None => Ok(None),
        }
    }
}
