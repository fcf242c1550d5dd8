//! The embedder's handle on what a sandbox holds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::fate::Faults;
use crate::faults::{FaultPlan, FaultPlanError};
use crate::inner::Inner;
use crate::journal::JournalError;
use crate::kind::CallKind;
use crate::limits::RateLimit;
use crate::model::{
    Category, Client, Duplicate, Job, Records, Staff, Standing, Template, TemplateTask,
};
use crate::oauth;
use crate::sample;
use crate::world::{Change, OtherTenant};

/// A cheap handle on a sandbox: reads what it holds and changes it as a person in XPM would.
///
/// The methods are not async. With a data file, those that change something wait for the disk;
/// from async code on a busy runtime, call them through `spawn_blocking`.
///
/// ```
/// use uuid::Uuid;
/// use xpm_sandbox::Sandbox;
///
/// let sandbox = Sandbox::builder().seed(7).build()?;
/// let state = sandbox.state();
/// let kauri = Uuid::from_u128(1);
/// state.add_client(kauri, "Kauri & Sons Ltd")?;
/// assert_eq!(state.client(kauri).map(|client| client.name), Some("Kauri & Sons Ltd".to_owned()));
/// assert!(state.jobs().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SandboxState {
    pub(crate) inner: Arc<Inner>,
}

/// Tokens that were handed out without a consent in a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestTokens {
    /// Good for thirty minutes on the sandbox's clock.
    pub access_token: String,
    /// Good for one refresh.
    pub refresh_token: String,
    /// The practice's tenant, for the `xero-tenant-id` header.
    pub tenant_id: Uuid,
}

/// How many calls got past the gateway since the start or the last reset.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CallsSpent {
    /// All calls of the XPM API; the identity service's are not counted.
    pub total: u64,
    /// Calls by kind, the identity service's too.
    pub by_kind: BTreeMap<CallKind, u64>,
    /// Calls that a rate limit refused; they are not among the others.
    pub refused: u64,
    /// The same by limit.
    pub refused_by: BTreeMap<RateLimit, u64>,
    /// Calls that a fault disturbed since the fault plan was set.
    pub disturbed: u64,
}

/// What a sandbox holds, in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// The sandbox's time.
    pub now: DateTime<Utc>,
    /// The practice's tenant.
    pub tenant_id: Uuid,
    /// Whether the practice is connected to the app.
    pub connected: bool,
    /// How many clients there are, archived and deleted ones too.
    pub clients: usize,
    /// How many staff there are.
    pub staff: usize,
    /// How many job templates there are.
    pub templates: usize,
    /// How many job categories there are.
    pub categories: usize,
    /// How many jobs there are.
    pub jobs: usize,
    /// Calls whose connection was dropped and that are still to be applied.
    pub late: usize,
    /// The calls of this run.
    pub calls: CallsSpent,
    /// The calls that are left to the practice.
    pub left: CallsLeft,
}

/// How many calls a practice has left; nothing where the limit is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct CallsLeft {
    /// In this minute.
    pub minute: Option<u32>,
    /// Today.
    pub day: Option<u32>,
    /// In this minute for the app, over all practices.
    pub app_minute: Option<u32>,
    /// Calls under way.
    pub in_flight: u32,
}

impl SandboxState {
    pub(crate) const fn new(inner: Arc<Inner>) -> Self {
        Self { inner }
    }

    pub(crate) fn record(&self, changes: Vec<Change>) -> Result<(), JournalError> {
        self.inner.ledger().record(changes)
    }

    /// Adds or replaces a client that is in use.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn add_client(&self, uuid: Uuid, name: &str) -> Result<(), JournalError> {
        let modified = self.now();
        self.put_client(Client {
            uuid,
            name: name.to_owned(),
            email: String::new(),
            standing: Standing::Current,
            account_manager: None,
            job_manager: None,
            modified,
        })
    }

    /// Adds or replaces a client, as given.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn put_client(&self, client: Client) -> Result<(), JournalError> {
        self.record(vec![Change::Client(client)])
    }

    /// Adds or replaces a staff member.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn add_staff(&self, uuid: Uuid, name: &str, email: &str) -> Result<(), JournalError> {
        let (name, email) = (name.to_owned(), email.to_owned());
        self.record(vec![Change::Staff(Staff {
            uuid,
            name,
            email,
            mobile: String::new(),
        })])
    }

    /// Adds or replaces a job template whose tasks have these names, each a task type of its own.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn add_template(&self, uuid: Uuid, name: &str, tasks: &[&str]) -> Result<(), JournalError> {
        let mut ledger = self.inner.ledger();
        let tasks = tasks.iter().map(|task| TemplateTask {
            task_type: ledger.draw_uuid(),
            name: (*task).to_owned(),
        });
        let template = Template {
            uuid,
            name: name.to_owned(),
            tasks: tasks.collect(),
        };
        ledger.record(vec![Change::Template(template)])
    }

    /// Adds or replaces a job category.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn add_category(&self, uuid: Uuid, name: &str) -> Result<(), JournalError> {
        self.record(vec![Change::Category(Category {
            uuid,
            name: name.to_owned(),
        })])
    }

    /// Adds or replaces a job, as somebody does who works in XPM by hand.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn put_job(&self, job: Job) -> Result<(), JournalError> {
        self.record(vec![Change::Job(job)])
    }

    /// Removes a job, as somebody does who works in XPM by hand. An unknown number is no error.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn remove_job(&self, number: &str) -> Result<(), JournalError> {
        self.record(vec![Change::JobRemoved(number.to_owned())])
    }

    /// Adds or replaces all these records at once.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn load(&self, records: Records) -> Result<(), JournalError> {
        let Records {
            clients,
            staff,
            templates,
            categories,
            jobs,
            papers,
            invoices,
            quotes,
        } = records;
        let mut changes = Vec::new();
        changes.extend(clients.into_iter().map(Change::Client));
        changes.extend(staff.into_iter().map(Change::Staff));
        changes.extend(templates.into_iter().map(Change::Template));
        changes.extend(categories.into_iter().map(Change::Category));
        changes.extend(jobs.into_iter().map(Change::Job));
        changes.extend(papers.into_iter().map(Change::Papers));
        changes.extend(invoices.into_iter().map(Change::Invoice));
        changes.extend(quotes.into_iter().map(Change::Quote));
        self.record(changes)
    }

    /// Adds a sample practice with so many clients: 8 staff, 12 job templates, 6 categories.
    ///
    /// The same seed gives the same practice, and a larger one begins with the smaller. Two staff
    /// share a name; with 12 clients or more, two clients share one and another is archived.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn seed_practice(&self, clients: u32) -> Result<(), JournalError> {
        let (seed, now) = {
            let ledger = self.inner.ledger();
            (ledger.seed, self.inner.now(&ledger))
        };
        self.load(sample::practice(seed, clients, now))
    }

    /// Connects the practice, as a consent in a browser does, and hands out tokens with every
    /// `practicemanager` scope.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn issue_tokens(&self) -> Result<TestTokens, JournalError> {
        let mut ledger = self.inner.ledger();
        let now = self.inner.now(&ledger);
        let client_id = &self.inner.app.client_id;
        let issued = oauth::connect(&mut ledger, client_id, oauth::ALL_SCOPES, now)?;
        Ok(TestTokens {
            access_token: issued.access,
            refresh_token: issued.refresh.unwrap_or_default(),
            tenant_id: ledger.tenant(),
        })
    }

    /// Lets a consent cover one tenant more, as one does of somebody who works in several: `kind`
    /// is `PRACTICEMANAGER` or `ORGANISATION`. It is listed among the connections, and holds
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn also_covers(
        &self,
        tenant: Uuid,
        kind: &str,
        name: Option<&str>,
    ) -> Result<(), JournalError> {
        self.record(vec![Change::AlsoCovered(OtherTenant {
            id: tenant,
            kind: kind.to_owned(),
            name: name.map(str::to_owned),
        })])
    }

    /// The practice's tenant, for the `xero-tenant-id` header.
    #[must_use]
    pub fn tenant(&self) -> Uuid {
        self.inner.ledger().tenant()
    }

    /// All jobs in order of creation, those too that lag behind in lists.
    #[must_use]
    pub fn jobs(&self) -> Vec<Job> {
        self.inner.ledger().world().jobs().cloned().collect()
    }

    /// One job by number.
    #[must_use]
    pub fn job(&self, number: &str) -> Option<Job> {
        self.inner.ledger().world().job(number).cloned()
    }

    /// One client.
    #[must_use]
    pub fn client(&self, uuid: Uuid) -> Option<Client> {
        self.inner.ledger().world().client(uuid).cloned()
    }

    /// Everything that the practice holds.
    #[must_use]
    pub fn records(&self) -> Records {
        self.inner.ledger().world().records()
    }

    /// The groups of jobs that are for one client and whose descriptions end in the same line.
    ///
    /// A client program that marks each job by its last line has made no job twice when there are
    /// none. Jobs without a description are left out.
    #[must_use]
    pub fn duplicates(&self) -> Vec<Duplicate> {
        self.inner.ledger().world().duplicates()
    }

    /// What the sandbox holds, in figures.
    #[must_use]
    pub fn overview(&self) -> Overview {
        let calls = self.calls_spent();
        let ledger = self.inner.ledger();
        let world = ledger.world();
        Overview {
            now: self.inner.now(&ledger),
            tenant_id: ledger.tenant(),
            connected: world.connection.is_some(),
            clients: world.clients().len(),
            staff: world.staff().len(),
            templates: world.templates().len(),
            categories: world.categories().len(),
            jobs: world.job_count(),
            late: *self.inner.late.borrow(),
            calls,
            left: self.left(self.inner.now(&ledger)),
        }
    }

    fn left(&self, now: DateTime<Utc>) -> CallsLeft {
        let mut traffic = self.inner.traffic();
        let left = traffic.meter.remaining(now);
        CallsLeft {
            minute: left.minute,
            day: left.day,
            app_minute: left.app_minute,
            in_flight: traffic.meter.in_flight(),
        }
    }

    /// How many calls got past the gateway since the start or the last reset.
    #[must_use]
    pub fn calls_spent(&self) -> CallsSpent {
        let traffic = self.inner.traffic();
        let of_xpm = traffic.spent.iter().filter(|(kind, _)| kind.is_xpm());
        CallsSpent {
            total: of_xpm.map(|(_, calls)| calls).sum(),
            by_kind: traffic.spent.clone(),
            refused: traffic.refused.values().sum(),
            refused_by: traffic.refused.clone(),
            disturbed: traffic.faults.struck(),
        }
    }

    /// The fault plan in force.
    #[must_use]
    pub fn faults(&self) -> FaultPlan {
        self.inner.traffic().faults.plan().clone()
    }

    /// Puts a fault plan in force; its calls are counted from now on. It is not kept in the data
    /// file.
    ///
    /// # Errors
    ///
    /// [`FaultPlanError`] when the plan cannot be carried out; the old one stays in force then.
    pub fn set_faults(&self, plan: FaultPlan) -> Result<(), FaultPlanError> {
        let faults = Faults::new(plan)?;
        self.inner.traffic().faults = faults;
        Ok(())
    }

    /// The sandbox's time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.now(&self.inner.ledger())
    }

    /// Moves the sandbox's clock on, by a hundred years at most.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn forward_clock(&self, by: Duration) -> Result<(), JournalError> {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
        let ms = i64::try_from(by.min(CENTURY).as_millis()).unwrap_or_default();
        self.record(vec![Change::ClockForwarded(ms)])
    }

    /// Empties the sandbox: records, tokens, counts, requests, faults, holds and what was added to
    /// the clock. The sequence of ids begins again. Limits and guesses stay.
    ///
    /// # Errors
    ///
    /// [`JournalError`] when the data file cannot be written; what the sandbox holds is as before.
    pub fn reset(&self) -> Result<(), JournalError> {
        let mut ledger = self.inner.ledger();
        ledger.clear()?;
        self.inner.clear_traffic();
        Ok(())
    }

    /// Waits until no call is left to be applied late.
    pub async fn settled(&self) {
        let mut late = self.inner.late.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = late.wait_for(|waiting| *waiting == 0).await;
    }
}
