//! The job gateway in memory: jobs that can be looked at, and replies that a test loses.

mod calls;
mod hold;
mod jobs;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

pub use self::calls::{Call, CallKind, Fate, Request};
use self::hold::Gate;
pub use self::hold::{HeldWhen, Hold};
use self::jobs::{Applied, Jobs};
use crate::deployment::{JobRef, Marker};
use crate::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use crate::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, DirectoryRow, Failure, GatewayError, Job,
    JobGateway, JobList, ListedClient, Observed, OwnNumbers, Team, WorstCase,
};
use crate::practice::Standing;

/// A job system in memory, as unforgiving as the real one: a repeated create makes a second job,
/// and a repeated template adds its tasks once more. A clone is a handle to the same one.
///
/// What is to go wrong is said beforehand, for the next call of a kind; every call is written
/// down.
///
/// ```
/// use workflow_core::ports::gateway::{CreateJob, JobGateway};
/// use workflow_core::testing::{CallKind, Fate, MemoryGateway, samples};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let gateway = MemoryGateway::new();
/// gateway.lose_reply(CallKind::CreateJob, Fate::CarriedOut);
/// let practice = "acme".parse()?;
/// let job = CreateJob {
///     client: samples::client_id(1),
///     name: "BAS".to_owned(),
///     description: "ref: 0123456789ABCDEF".to_owned(),
///     start: samples::day(0),
///     due: samples::day(9),
///     reference: None,
///     template: None,
///     category: None,
///     budget: None,
///     number: None,
/// };
/// assert!(gateway.create_job(&practice, &job).await.is_err());
/// assert_eq!(gateway.jobs(&practice).len(), 1, "it was carried out all the same");
/// assert!(gateway.duplicates().is_empty());
/// gateway.create_job(&practice, &job).await?;
/// assert_eq!(gateway.duplicates().len(), 1, "whoever does not look first makes a second job");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryGateway {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    today: NaiveDate,
    practices: BTreeMap<PracticeId, Jobs>,
    tasks: BTreeMap<TemplateId, Vec<String>>,
    directory: BTreeMap<(PracticeId, DirectoryPart), Vec<DirectoryRow>>,
    /// Clients that were changed, and when.
    changes: BTreeMap<PracticeId, Vec<(DateTime<Utc>, ListedClient)>>,
    rows: Rows,
    /// Why it takes no numbers of ours; `None` where it takes them.
    no_own_numbers: Option<String>,
    faults: BTreeMap<CallKind, VecDeque<Fault>>,
    /// Requests whose reply was lost and that take effect later.
    late: Vec<(PracticeId, Request)>,
    calls: Vec<Call>,
}

/// What goes wrong with one call.
#[derive(Debug)]
enum Fault {
    Fails(Failure),
    LosesReply(Fate),
    IsHeld(HeldWhen, Arc<Gate>),
}

/// How the rows of a list look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// With descriptions.
    #[default]
    Detailed,
    /// Without descriptions, so that no marker can be looked for in them.
    Summary,
    /// Without descriptions in the list of all jobs, and with them in that of a client's.
    SummaryWhereAll,
}

/// How many rows a page of the directory has.
const PAGE: usize = 100;

impl MemoryGateway {
    /// A job system without jobs, whose day is 1 January 1970 until it is set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the day on which jobs are created from now on, in the job system's own days.
    pub fn set_today(&self, today: NaiveDate) {
        self.lock().today = today;
    }

    /// Says which tasks a job template adds. One of which nothing was said adds one task, named
    /// after it.
    pub fn set_tasks<T: Into<String>>(
        &self,
        template: TemplateId,
        tasks: impl IntoIterator<Item = T>,
    ) {
        let tasks = tasks.into_iter().map(Into::into).collect();
        self.lock().tasks.insert(template, tasks);
    }

    /// Adds a row to a part of a practice's directory.
    pub fn add_row(&self, practice: &PracticeId, part: DirectoryPart, row: DirectoryRow) {
        let mut state = self.lock();
        if part == DirectoryPart::Clients {
            let client = ListedClient {
                row: row.clone(),
                standing: Standing::Current,
            };
            let changes = state.changes.entry(practice.clone()).or_default();
            changes.push((DateTime::UNIX_EPOCH, client));
        }
        let rows = state.directory.entry((practice.clone(), part));
        rows.or_default().push(row);
    }

    /// Adds or changes a client at that instant. One that is gone is in no page of the directory,
    /// and is told with what was changed.
    pub fn change_client(&self, practice: &PracticeId, client: ListedClient, at: DateTime<Utc>) {
        let mut state = self.lock();
        let part = (practice.clone(), DirectoryPart::Clients);
        let rows = state.directory.entry(part).or_default();
        rows.retain(|row| row.id != client.row.id);
        if client.standing == Standing::Current {
            rows.push(client.row.clone());
        }
        let changes = state.changes.entry(practice.clone()).or_default();
        changes.push((at, client));
    }

    /// Says how the rows of lists look from now on.
    pub fn set_rows(&self, rows: Rows) {
        self.lock().rows = rows;
    }

    /// Says whether it takes numbers of ours from now on. Where it does not, it gives a job the next
    /// of its own, whatever it is sent with.
    pub fn set_own_numbers(&self, own: OwnNumbers) {
        self.lock().no_own_numbers = match own {
            OwnNumbers::Taken => None,
            OwnNumbers::NotTaken { reason } => Some(reason),
        };
    }

    /// The next call of that kind for which nothing was said yet fails so, and is not carried
    /// out.
    pub fn fail_next(&self, kind: CallKind, failure: Failure) {
        self.add_fault(kind, Fault::Fails(failure));
    }

    /// The reply to the next call of that kind for which nothing was said yet is lost.
    pub fn lose_reply(&self, kind: CallKind, fate: Fate) {
        self.add_fault(kind, Fault::LosesReply(fate));
    }

    /// Holds the next call of that kind for which nothing was said yet, until the test lets it go.
    #[must_use = "dropping it lets the call go on"]
    pub fn hold_next(&self, kind: CallKind, when: HeldWhen) -> Hold {
        let (hold, gate) = Hold::new();
        self.add_fault(kind, Fault::IsHeld(when, gate));
        hold
    }

    /// Lets every request of [`Fate::Late`] take effect, in the order in which they were sent.
    pub fn carry_out_late(&self) {
        let mut state = self.lock();
        for (practice, request) in std::mem::take(&mut state.late) {
            drop(state.carry_out(&practice, &request));
        }
    }

    /// Changes a job as a person does in the job system itself; says whether there is such a job.
    pub fn edit(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
        edit: impl FnOnce(&mut Job),
    ) -> bool {
        let mut state = self.lock();
        let jobs = state.practices.get_mut(practice);
        let job = jobs.and_then(|jobs| jobs.get_mut(number));
        job.map(edit).is_some()
    }

    /// All jobs of a practice, in the order in which they were created.
    #[must_use]
    pub fn jobs(&self, practice: &PracticeId) -> Vec<Job> {
        let state = self.lock();
        let jobs = state.practices.get(practice);
        jobs.map(|jobs| jobs.all().cloned().collect())
            .unwrap_or_default()
    }

    /// Every marker that more than one job of a practice bears, with those jobs.
    #[must_use]
    pub fn duplicates(&self) -> Vec<(PracticeId, Marker, Vec<JobRef>)> {
        let state = self.lock();
        let of = |(practice, jobs): (&PracticeId, &Jobs)| {
            let twice = jobs.by_marker().into_iter();
            let twice = twice.filter(|(_, jobs)| jobs.len() > 1);
            let found = twice.map(|(marker, jobs)| (practice.clone(), marker, jobs));
            found.collect::<Vec<_>>()
        };
        state.practices.iter().flat_map(of).collect()
    }

    /// Every call that was made, in order, those included that failed.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// How many calls of that kind were made.
    #[must_use]
    pub fn count(&self, kind: CallKind) -> usize {
        let state = self.lock();
        let of_kind = state
            .calls
            .iter()
            .filter(|call| call.request.kind() == kind);
        of_kind.count()
    }

    fn add_fault(&self, kind: CallKind, fault: Fault) {
        let mut state = self.lock();
        state.faults.entry(kind).or_default().push_back(fault);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a call: what was said of it happens, and it is written down.
    async fn call(&self, practice: &PracticeId, request: Request) -> Result<Applied, GatewayError> {
        let fault = {
            let mut state = self.lock();
            state.calls.push(Call {
                practice: practice.clone(),
                request: request.clone(),
            });
            let said = state.faults.get_mut(&request.kind());
            said.and_then(VecDeque::pop_front)
        };
        match fault {
            None => self.lock().carry_out(practice, &request),
            Some(Fault::Fails(failure)) => Err(GatewayError::new(failure)),
            Some(Fault::LosesReply(fate)) => {
                let mut state = self.lock();
                match fate {
                    Fate::CarriedOut => drop(state.carry_out(practice, &request)),
                    Fate::Dropped => {}
                    Fate::Late => state.late.push((practice.clone(), request)),
                }
                let text = "the connection was reset".to_owned();
                Err(GatewayError::new(Failure::ReplyLost { text }))
            }
            Some(Fault::IsHeld(HeldWhen::Before, gate)) => {
                gate.pass().await;
                self.lock().carry_out(practice, &request)
            }
            Some(Fault::IsHeld(HeldWhen::After, gate)) => {
                let applied = self.lock().carry_out(practice, &request);
                gate.pass().await;
                applied
            }
        }
    }

    async fn job_call(
        &self,
        practice: &PracticeId,
        request: Request,
    ) -> Result<Answer<Job>, GatewayError> {
        match self.call(practice, request).await? {
            Applied::Job(Some(job)) => Ok(answer(*job)),
            _ => Err(GatewayError::new(no_such_job())),
        }
    }

    async fn list_call(
        &self,
        practice: &PracticeId,
        request: Request,
    ) -> Result<Answer<JobList>, GatewayError> {
        let of_all = request.kind() == CallKind::JobsCreated;
        let mut list = JobList::default();
        if let Applied::Jobs(jobs) = self.call(practice, request).await? {
            list.jobs = jobs;
        }
        let leaves_out = match self.lock().rows {
            Rows::Detailed => false,
            Rows::Summary => true,
            Rows::SummaryWhereAll => of_all,
        };
        if leaves_out {
            for job in &mut list.jobs {
                job.description = None;
                job.tasks = None;
            }
        }
        Ok(answer(list))
    }
}

impl State {
    fn carry_out(
        &mut self,
        practice: &PracticeId,
        request: &Request,
    ) -> Result<Applied, GatewayError> {
        let Self {
            practices,
            tasks,
            directory,
            today,
            no_own_numbers,
            ..
        } = self;
        if let Request::Directory { part, cursor } = request {
            let rows = directory.get(&(practice.clone(), *part));
            return Ok(Applied::Rows(page(
                rows.map_or(&[], Vec::as_slice),
                cursor.as_deref(),
            )));
        }
        let jobs = practices.entry(practice.clone()).or_default();
        let mut request = request.clone();
        if let Request::CreateJob(create) = &mut request {
            create.number = create.number.take().filter(|_| no_own_numbers.is_none());
            if let Some(number) = &create.number
                && jobs.get_mut(number).is_some()
            {
                let text = format!("the job number {number} exists");
                return Err(GatewayError::new(Failure::Refused { text }));
            }
        }
        let applied = jobs.apply(&request, *today, |template| {
            let said = tasks.get(&template).cloned();
            said.unwrap_or_else(|| vec![format!("Task of {template}")])
        });
        applied.ok_or_else(|| GatewayError::new(no_such_job()))
    }
}

fn page(rows: &[DirectoryRow], cursor: Option<&str>) -> DirectoryPage {
    let from = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let rest = rows.get(from..).unwrap_or_default();
    let next = (rest.len() > PAGE).then(|| (from + PAGE).to_string());
    let rows = rest.iter().take(PAGE).cloned().collect();
    DirectoryPage { rows, next }
}

fn no_such_job() -> Failure {
    Failure::Refused {
        text: "there is no job with that number".to_owned(),
    }
}

fn answer<T>(value: T) -> Answer<T> {
    let observed = Observed {
        calls: 1,
        ..Observed::default()
    };
    Answer { value, observed }
}

#[async_trait]
impl JobGateway for MemoryGateway {
    /// It answers at once, and carries nothing out later by itself.
    fn worst_case(&self) -> WorstCase {
        WorstCase {
            call: std::time::Duration::ZERO,
            server: std::time::Duration::ZERO,
        }
    }

    fn own_numbers(&self) -> OwnNumbers {
        match self.lock().no_own_numbers.clone() {
            None => OwnNumbers::Taken,
            Some(reason) => OwnNumbers::NotTaken { reason },
        }
    }

    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        self.job_call(practice, Request::CreateJob(Box::new(job.clone())))
            .await
    }

    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        let job = job.clone();
        self.job_call(practice, Request::ApplyTemplate { job, template })
            .await
    }

    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        let (job, team) = (job.clone(), team.clone());
        self.job_call(practice, Request::Assign { job, team }).await
    }

    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        let request = Request::Job(number.clone());
        match self.call(practice, request).await? {
            Applied::Job(job) => Ok(answer(job.map(|job| *job))),
            Applied::Jobs(_) | Applied::Rows(_) => Ok(answer(None)),
        }
    }

    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.list_call(practice, Request::JobsOfClient(client))
            .await
    }

    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.list_call(practice, Request::JobsCreated { from, to })
            .await
    }

    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        let request = Request::Directory { part, cursor };
        match self.call(practice, request).await? {
            Applied::Rows(page) => Ok(answer(page)),
            Applied::Job(_) | Applied::Jobs(_) => Ok(answer(DirectoryPage::default())),
        }
    }

    async fn clients_modified_since(
        &self,
        practice: &PracticeId,
        since: DateTime<Utc>,
    ) -> Result<Answer<Option<Vec<ListedClient>>>, GatewayError> {
        self.call(practice, Request::ClientsModified { since })
            .await?;
        let state = self.lock();
        let mut latest = BTreeMap::new();
        for (at, client) in state.changes.get(practice).into_iter().flatten() {
            latest.insert(client.row.id, (*at, client.clone()));
        }
        let since = latest.into_values().filter(|(at, _)| *at >= since);
        Ok(answer(Some(since.map(|(_, client)| client).collect())))
    }
}
