//! Commands about what the practice knows: itself, its clients, people, directory and proposals.

use super::command::put;
use super::{By, CommandError, Committed, PracticeHandle};
use crate::access::Access;
use crate::audit::{Change, Event, Subject};
use crate::canonical::{Canonical, Encoder};
use crate::ids::ProposalId;
use crate::ports::store::{Key, Of, Put, Record, StoreError, Unit, Version, Versioned, Whose};
use crate::practice::{Client, Link, Listing, Person, Practice};
use crate::proposal::{Proposal, ProposalState};
use crate::workflow::Workflow;

impl PracticeHandle {
    pub(super) async fn put_practice(
        &self,
        by: By,
        practice: Practice,
    ) -> Result<Committed<()>, CommandError> {
        let record = Record::Practice(practice.clone());
        self.change_practice(&by, &Whole(&record), |_| Ok(practice.clone()))
            .await
    }

    /// Notes whether the practice is connected to XPM.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn set_link(
        &self,
        by: impl Into<By>,
        link: Link,
    ) -> Result<Committed<()>, CommandError> {
        let (by, link) = (&by.into(), &link);
        self.retrying(by, "record", || {
            self.try_put(by, ("link", link), Key::Practice, |found| match found {
                Some(Record::Practice(practice)) => {
                    let link = link.clone();
                    let practice = Practice {
                        link,
                        ..practice.clone()
                    };
                    Ok(Record::Practice(practice))
                }
                _ => Err(CommandError::not_found("practice", &self.id)),
            })
        })
        .await
    }

    /// Adds a client, or changes it to this.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn put_client(
        &self,
        by: impl Into<By>,
        client: Client,
    ) -> Result<Committed<()>, CommandError> {
        self.put_record(by.into(), Record::Client(client)).await
    }

    /// Adds one of the practice's people, or changes them to this.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn put_person(
        &self,
        by: impl Into<By>,
        person: Person,
    ) -> Result<Committed<()>, CommandError> {
        self.put_record(by.into(), Record::Person(person)).await
    }

    /// Adds a row of XPM's directory, or changes it to this.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn put_listing(
        &self,
        by: impl Into<By>,
        listing: Listing,
    ) -> Result<Committed<()>, CommandError> {
        self.put_record(by.into(), Record::Listing(listing)).await
    }

    pub(super) async fn put_access(
        &self,
        by: By,
        access: Access,
    ) -> Result<Committed<()>, CommandError> {
        self.put_record(by, Record::Access(access)).await
    }

    async fn put_record(&self, by: By, record: Record) -> Result<Committed<()>, CommandError> {
        let (by, record) = (&by, &record);
        self.retrying(by, "record", || {
            let command = Whole(record);
            self.try_put(by, command, record.key(), |_| Ok(record.clone()))
        })
        .await
    }

    /// Writes what `make` makes of what is there, so that nothing is overwritten that somebody
    /// else changed meanwhile.
    pub(super) async fn try_put(
        &self,
        by: &By,
        command: impl Canonical,
        key: Key,
        make: impl FnOnce(Option<&Record>) -> Result<Record, CommandError>,
    ) -> Result<Committed<()>, CommandError> {
        if let Some(receipt) = self.done_before(by, &command).await? {
            return Ok(Committed::from(receipt, ()));
        }
        let found = self.record(&key).await?;
        let version = found.as_ref().map_or(Version::NONE, |found| found.version);
        by.require_seen(version, "record")?;
        let before = found.map(|found| found.value);
        let after = make(before.as_ref())?;
        if before.as_ref() == Some(&after) {
            return self.nothing(by, &command, ()).await;
        }
        let Some((subject, event)) = change_of(before, after.clone()) else {
            return self.nothing(by, &command, ()).await;
        };
        let unit = Unit {
            once: by.once_for(&command),
            puts: vec![put(after, version)],
            lines: vec![self.line(by, subject, event)],
            ..Unit::default()
        };
        Ok(Committed::from(self.commit(unit).await?, ()))
    }

    /// Adds a proposal, or changes it to this; its workflows follow: acceptance opens them,
    /// declining or archiving closes them. Accepted twice is accepted once.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] for a client that the practice does not have, and any error of
    /// the store.
    pub async fn put_proposal(
        &self,
        by: impl Into<By>,
        proposal: Proposal,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        let proposal = &proposal;
        self.retrying(by, "proposal", || async move {
            if let Some(receipt) = self.done_before(by, &proposal).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let found = self.proposal(proposal.id.clone()).await?;
            self.try_put_proposal(by, &proposal, found, proposal.clone())
                .await
        })
        .await
    }

    async fn try_put_proposal(
        &self,
        by: &By,
        command: &impl Canonical,
        found: Option<Versioned<Proposal>>,
        proposal: Proposal,
    ) -> Result<Committed<()>, CommandError> {
        let version = found.as_ref().map_or(Version::NONE, |found| found.version);
        by.require_seen(version, "proposal")?;
        if found.as_ref().is_some_and(|found| found.value == proposal) && by.key.is_none() {
            return Ok(Committed::nothing(()));
        }
        self.require_client(proposal.client).await?;
        let change = Change::from(found.map(|found| found.value), proposal.clone());
        let subject = Subject::Proposal(proposal.id.clone());
        let mut unit = Unit {
            once: by.once_for(command),
            puts: vec![put(Record::Proposal(proposal.clone()), version)],
            lines: vec![self.line(by, subject, Event::Proposal(change))],
            ..Unit::default()
        };
        self.let_workflows_follow(by, &proposal, &mut unit).await?;
        Ok(Committed::from(self.commit(unit).await?, ()))
    }

    /// The client accepted a proposal, on that day.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where there is no such proposal, and any error of the store.
    pub async fn accept_proposal(
        &self,
        by: impl Into<By>,
        id: ProposalId,
        on: chrono::NaiveDate,
    ) -> Result<Committed<()>, CommandError> {
        let (by, id) = (&by.into(), &id);
        self.retrying(by, "proposal", || async move {
            let command = ("accept", id, on);
            if let Some(receipt) = self.done_before(by, &command).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let found = self
                .proposal(id.clone())
                .await?
                .ok_or_else(|| CommandError::not_found("proposal", id))?;
            if matches!(found.value.state, ProposalState::Accepted { .. }) {
                return self.nothing(by, &command, ()).await;
            }
            let accepted = Proposal {
                state: ProposalState::Accepted { on },
                ..found.value.clone()
            };
            self.try_put_proposal(by, &command, Some(found), accepted)
                .await
        })
        .await
    }

    async fn let_workflows_follow(
        &self,
        by: &By,
        proposal: &Proposal,
        unit: &mut Unit,
    ) -> Result<(), CommandError> {
        let ground = self.ground().await?;
        let year_end = self.require_client(proposal.client).await?.value.year_end;
        let placing = ground.placing(year_end, self.now());
        unit.unchanged.push(ground.seen());
        for Versioned { version, value } in self.workflows_of_proposal(&proposal.id).await? {
            let decision = value.follow(proposal, &placing);
            if decision.is_empty() {
                continue;
            }
            unit.lines
                .extend(self.workflow_lines(by, value.id(), decision.events));
            unit.puts
                .push(put(Record::Workflow(Box::new(decision.workflow)), version));
        }
        Ok(())
    }

    async fn workflows_of_proposal(
        &self,
        proposal: &ProposalId,
    ) -> Result<Vec<Versioned<Workflow>>, CommandError> {
        let whose = Whose::Proposal(proposal.clone());
        Ok(self.all_workflows(whose, None).await?)
    }

    pub(super) async fn all_workflows(
        &self,
        whose: Whose,
        activity: Option<crate::ports::store::Activity>,
    ) -> Result<Vec<Versioned<Workflow>>, StoreError> {
        let found = self.all_records(Of::Workflows { whose, activity }).await?;
        Ok(found
            .into_iter()
            .filter_map(|Versioned { version, value }| match value {
                Record::Workflow(value) => Some(Versioned {
                    version,
                    value: *value,
                }),
                _ => None,
            })
            .collect())
    }
}

/// The audit line of a record that is kept whole.
fn change_of(before: Option<Record>, after: Record) -> Option<(Subject, Event)> {
    macro_rules! change {
        ($variant:ident, $after:expr) => {{
            let before = match before {
                Some(Record::$variant(before)) => Some(before),
                _ => None,
            };
            Event::$variant(Change::from(before, $after))
        }};
    }
    let subject = match after.key() {
        Key::Practice => Subject::Practice,
        Key::Client(id) => Subject::Client(id),
        Key::Person(id) => Subject::Person(id),
        Key::Listing(part, id) => Subject::Listing(part, id),
        Key::Proposal(id) => Subject::Proposal(id),
        Key::Level(of) => Subject::Level(of),
        Key::Sweep => Subject::Sweep,
        Key::Directory => Subject::Directory,
        Key::Access(account) => Subject::Access(account),
        Key::Webhooks => Subject::Webhooks,
        Key::Workflow(_) | Key::Deployment(..) | Key::Outbox => return None,
    };
    let event = match after {
        Record::Practice(after) => change!(Practice, after),
        Record::Client(after) => change!(Client, after),
        Record::Person(after) => change!(Person, after),
        Record::Listing(after) => change!(Listing, after),
        Record::Proposal(after) => change!(Proposal, after),
        Record::Level(after) => change!(Level, after),
        Record::Sweep(after) => change!(Sweep, after),
        Record::Directory(after) => change!(Directory, after),
        Record::Access(after) => change!(Access, after),
        Record::Webhooks(after) => change!(Webhooks, after),
        Record::Workflow(_) | Record::Deployment(_) | Record::Outbox(_) => return None,
    };
    Some((subject, event))
}

/// What it takes to write one record that is kept whole; nothing where it is so already.
pub(super) fn upsert(
    before: Option<Versioned<Record>>,
    after: &Record,
) -> Option<(Put, Subject, Event)> {
    let version = before.as_ref().map_or(Version::NONE, |found| found.version);
    let before = before.map(|found| found.value);
    if before.as_ref() == Some(after) {
        return None;
    }
    let (subject, event) = change_of(before, after.clone())?;
    Some((put(after.clone(), version), subject, event))
}

/// A record that is kept whole, as a command to put it.
struct Whole<'a>(&'a Record);

impl Canonical for Whole<'_> {
    fn encode(&self, out: &mut Encoder) {
        match self.0 {
            Record::Practice(practice) => ("practice", practice).encode(out),
            Record::Client(client) => ("client", client).encode(out),
            Record::Person(person) => ("person", person).encode(out),
            Record::Listing(listing) => ("listing", listing).encode(out),
            Record::Proposal(proposal) => ("proposal", proposal).encode(out),
            Record::Level(level) => ("level", level).encode(out),
            Record::Sweep(sweep) => ("sweep", sweep).encode(out),
            Record::Directory(directory) => ("directory", directory).encode(out),
            Record::Webhooks(webhooks) => ("webhooks", webhooks).encode(out),
            Record::Access(access) => ("access", access).encode(out),
            // These change by their own commands alone.
            Record::Outbox(outbox) => ("outbox", outbox).encode(out),
            Record::Workflow(workflow) => ("workflow", workflow.id()).encode(out),
            Record::Deployment(deployment) => {
                ("deployment", deployment.workflow(), deployment.occurrence()).encode(out);
            }
        }
    }
}
