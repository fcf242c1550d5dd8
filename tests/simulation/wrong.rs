//! What is wrong on purpose: each of these has to be caught by the checker, or it proves nothing.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scheduler::Options;
use workflow_core::audit::{Chain, Entry, Event};
use workflow_core::budget::Budget;
use workflow_core::ids::{ClientId, HolderId, JobNumber, PracticeId, TemplateId};
use workflow_core::ports::gateway::{
    Answer, Class, CreateJob, DirectoryPage, DirectoryPart, GatewayError, Job, JobGateway, JobList,
    Linking, ListedClient, OwnNumbers, Team, WorstCase,
};
use workflow_core::ports::store::{
    Due, EntryQuery, Key, LeaseAnswer, LeaseRequest, Once, Page, Query, Receipt, Record, Store,
    StoreError, Unit, Versioned, Wake,
};
use workflow_core::testing::gateway_suite::passes_everything_on;
use workflow_core::workflow::WorkflowEvent;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Nothing,
    /// The store acknowledges the first intent of each occurrence, and forgets it.
    ForgetsIntents,
    /// The store lets whoever lost the lease go on.
    IgnoresFences,
    /// The store counts no call.
    ForgetsDebits,
    /// The store keeps a change without what the audit says of it.
    LosesLines,
    /// The store never lists some of what is due.
    HidesWhatIsDue,
    /// The gateway's look-ups show nothing: as if nobody looked before sending again.
    FindsNothing,
    /// The gateway repeats by itself whatever got no reply.
    Repeats,
    /// A look-up comes a second after the call, and not a settle time.
    SettlesAtOnce,
    /// The gateway does not keep to the numbers that jobs are sent with.
    IgnoresNumbers,
}

impl Wrong {
    /// All that is wrong.
    pub(crate) const ALL: [Self; 9] = [
        Self::ForgetsIntents,
        Self::IgnoresFences,
        Self::ForgetsDebits,
        Self::LosesLines,
        Self::HidesWhatIsDue,
        Self::FindsNothing,
        Self::Repeats,
        Self::SettlesAtOnce,
        Self::IgnoresNumbers,
    ];

    pub(crate) fn store(self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        match self {
            Self::ForgetsIntents
            | Self::IgnoresFences
            | Self::ForgetsDebits
            | Self::LosesLines
            | Self::HidesWhatIsDue => Arc::new(WrongStore { inner, wrong: self }),
            Self::Nothing
            | Self::FindsNothing
            | Self::Repeats
            | Self::SettlesAtOnce
            | Self::IgnoresNumbers => inner,
        }
    }

    pub(crate) fn gateway(self, inner: Arc<dyn JobGateway>) -> Arc<dyn JobGateway> {
        match self {
            Self::FindsNothing | Self::Repeats | Self::IgnoresNumbers => {
                Arc::new(WrongGateway { inner, wrong: self })
            }
            _ => inner,
        }
    }

    pub(crate) fn options(self, options: &mut Options) {
        if self == Self::SettlesAtOnce {
            options.call_timeout = TimeDelta::zero();
            options.server_bound = TimeDelta::zero();
            options.policy.settle = TimeDelta::seconds(1);
        }
    }
}

#[derive(Debug)]
struct WrongStore {
    inner: Arc<dyn Store>,
    wrong: Wrong,
}

/// Whether the unit holds the first intent of an occurrence.
fn begins(unit: &Unit) -> bool {
    unit.lines.iter().any(|line| match &line.event {
        Event::Workflow(WorkflowEvent::Intended { order, .. }) => order.is_some(),
        _ => false,
    })
}

#[async_trait]
impl Store for WrongStore {
    async fn commit(&self, practice: &PracticeId, mut unit: Unit) -> Result<Receipt, StoreError> {
        match self.wrong {
            Wrong::ForgetsIntents if begins(&unit) => {
                let mut chain = Chain::start(practice.clone());
                return Ok(Receipt {
                    entries: unit
                        .lines
                        .into_iter()
                        .map(|line| chain.link(line))
                        .collect(),
                    repeated: false,
                });
            }
            Wrong::IgnoresFences => unit.fence = None,
            Wrong::ForgetsDebits => unit.budget = None,
            Wrong::LosesLines if unit.lines.len() > 2 => drop(unit.lines.pop()),
            _ => {}
        }
        self.inner.commit(practice, unit).await
    }

    async fn receipt(
        &self,
        practice: &PracticeId,
        once: &Once,
    ) -> Result<Option<Receipt>, StoreError> {
        self.inner.receipt(practice, once).await
    }

    async fn get(
        &self,
        practice: &PracticeId,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, StoreError> {
        self.inner.get(practice, key).await
    }

    async fn get_all(
        &self,
        practice: &PracticeId,
        keys: &[Key],
    ) -> Result<Vec<Option<Versioned<Record>>>, StoreError> {
        self.inner.get_all(practice, keys).await
    }

    async fn find(&self, practice: &PracticeId, query: &Query) -> Result<Page, StoreError> {
        self.inner.find(practice, query).await
    }

    async fn due(
        &self,
        practice: &PracticeId,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        let mut due = self.inner.due(practice, now, limit).await?;
        if self.wrong == Wrong::HidesWhatIsDue {
            due.retain(|due| due.workflow.uuid().as_u128() % 3 != 0);
        }
        Ok(due)
    }

    async fn wakes(&self, limit: u32) -> Result<Vec<Wake>, StoreError> {
        self.inner.wakes(limit).await
    }

    async fn practices(
        &self,
        after: Option<PracticeId>,
        limit: u32,
    ) -> Result<Vec<PracticeId>, StoreError> {
        self.inner.practices(after, limit).await
    }

    async fn entries(
        &self,
        practice: &PracticeId,
        query: &EntryQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        self.inner.entries(practice, query).await
    }

    async fn budget(&self, practice: &PracticeId) -> Result<Option<Budget>, StoreError> {
        self.inner.budget(practice).await
    }

    async fn lease(
        &self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        self.inner.lease(practice, request).await
    }

    async fn release(&self, practice: &PracticeId, holder: &HolderId) -> Result<(), StoreError> {
        self.inner.release(practice, holder).await
    }
}

#[derive(Debug)]
struct WrongGateway {
    inner: Arc<dyn JobGateway>,
    wrong: Wrong,
}

impl WrongGateway {
    fn repeats<T>(&self, ended: &Result<T, GatewayError>) -> bool {
        let lost = |error: &GatewayError| error.class() == Class::Uncertain;
        self.wrong == Wrong::Repeats && ended.as_ref().is_err_and(lost)
    }
}

#[async_trait]
impl JobGateway for WrongGateway {
    fn worst_case(&self) -> WorstCase {
        self.inner.worst_case()
    }

    fn linking(&self) -> Linking {
        self.inner.linking()
    }

    fn own_numbers(&self) -> OwnNumbers {
        self.inner.own_numbers()
    }

    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        let kept = job.number.clone();
        let job = &CreateJob {
            number: kept.filter(|_| self.wrong != Wrong::IgnoresNumbers),
            ..job.clone()
        };
        let ended = self.inner.create_job(practice, job).await;
        if self.repeats(&ended) {
            return self.inner.create_job(practice, job).await;
        }
        ended
    }

    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        let ended = self.inner.apply_template(practice, job, template).await;
        if self.repeats(&ended) {
            return self.inner.apply_template(practice, job, template).await;
        }
        ended
    }

    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        self.inner.assign(practice, job, team).await
    }

    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        self.inner.job(practice, number).await
    }

    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        let mut list = self.inner.jobs_of_client(practice, client).await?;
        if self.wrong == Wrong::FindsNothing {
            list.value.jobs.clear();
        }
        Ok(list)
    }

    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.inner.jobs_created(practice, from, to).await
    }

    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        self.inner.directory(practice, part, cursor).await
    }

    async fn clients_modified_since(
        &self,
        practice: &PracticeId,
        since: DateTime<Utc>,
    ) -> Result<Answer<Option<Vec<ListedClient>>>, GatewayError> {
        self.inner.clients_modified_since(practice, since).await
    }

    async fn connected_until(&self, practice: &PracticeId) -> Option<DateTime<Utc>> {
        self.inner.connected_until(practice).await
    }
}

/// A gateway that could do wrong, and does none.
fn harmless(inner: Arc<dyn JobGateway>) -> Arc<dyn JobGateway> {
    let wrong = Wrong::Nothing;
    Arc::new(WrongGateway { inner, wrong })
}

mod suite {
    use workflow_core::testing::gateway_suite::Bench;

    use super::harmless;

    fn bench() -> Bench {
        let bench = Bench::memory();
        Bench {
            gateway: harmless(bench.gateway),
            ..bench
        }
    }

    workflow_core::gateway_suite!(#[tokio::test], bench());
}

/// Whatever is caught is what was made wrong, and not what was left out.
#[tokio::test]
async fn what_is_not_wrong_on_purpose_is_passed_on() {
    passes_everything_on(harmless).await;
    for wrong in [Wrong::Repeats, Wrong::IgnoresNumbers] {
        passes_everything_on(|inner| wrong.gateway(inner)).await;
    }
}
