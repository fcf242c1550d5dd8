//! A practice, the real store, the real adapter and the simulated XPM, on clocks that are set by
//! hand.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use scheduler::{DirectoryRefresh, Options, Report, Scheduler};
use secrecy::{ExposeSecret as _, SecretString};
use store_sqlite::{MasterKey, SqliteStore};
use tempfile::TempDir;
use workflow::audit::Actor;
use workflow::calendar::WorkingCalendar;
use workflow::ids::{ClientId, PracticeId, WorkflowId};
use workflow::ports::clock::Clock as _;
use workflow::ports::gateway::JobGateway as _;
use workflow::ports::tokens::TokenStore as _;
use workflow::practice::{Link, Practice};
use workflow::service::{NewWorkflow, Ports, PracticeHandle, Workflows};
use workflow::text::Name;
use workflow_core::testing::ManualClock;
use xpm_adapter::Xpm;
use xpm_sandbox::{CallKind, Limits, Running, Sandbox};

pub(crate) struct World {
    _folder: TempDir,
    pub(crate) sandbox: Running,
    pub(crate) store: SqliteStore,
    pub(crate) xpm: Xpm,
    pub(crate) ours: ManualClock,
    pub(crate) theirs: Arc<xpm_sandbox::ManualClock>,
    pub(crate) workflows: Workflows,
}

pub(crate) fn id() -> PracticeId {
    "harbour".parse().unwrap()
}

impl World {
    /// Seven in the morning: a practice with twenty clients in XPM, not connected.
    pub(crate) async fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now: DateTime<Utc> = "2026-11-23T07:00:00Z".parse().unwrap();
        let ours = ManualClock::at(now);
        let theirs = Arc::new(xpm_sandbox::ManualClock::at(now));
        let sandbox = Sandbox::builder()
            .seed(3)
            .limits(Limits::none())
            .clock(theirs.clone())
            .build()
            .unwrap();
        sandbox.state().seed_practice(20).unwrap();
        let sandbox = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let key = MasterKey::from_bytes([7; MasterKey::BYTES]);
        let store = SqliteStore::options()
            .key(key)
            .open(folder.path().join("practice.db"))
            .await
            .unwrap();
        let xpm = Xpm::builder()
            .credentials("sandbox-app", SecretString::from("sandbox-secret"))
            .tokens(Arc::new(store.clone()))
            .clock(Arc::new(ours.clone()))
            .api(sandbox.base_url())
            .identity(sandbox.base_url())
            .authorize(sandbox.authorize_url())
            .connect_time_out(Duration::from_secs(5))
            .time_out(Duration::from_secs(20))
            .build()
            .unwrap();
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(xpm.clone()),
            clock: Arc::new(ours.clone()),
            ids: workflow::system::ids(),
            zones: workflow::system::zones(),
        });
        let name = Name::new("Harbour Accounting").unwrap();
        let calendar = WorkingCalendar::new("weekends", 1).unwrap();
        let practice = Practice::new(id(), name, "UTC".parse().unwrap(), calendar);
        let host = Actor::host("test");
        workflows.set_up(host, practice).await.unwrap();
        Self {
            _folder: folder,
            sandbox,
            store,
            xpm,
            ours,
            theirs,
            workflows,
        }
    }

    pub(crate) fn practice(&self) -> PracticeHandle {
        self.workflows.practice(id())
    }

    pub(crate) fn forward(&self, by: TimeDelta) {
        self.ours.advance(by);
        self.theirs.forward(by);
    }

    /// One pass, as for cron.
    pub(crate) async fn run(&self) -> Report {
        self.run_with(DirectoryRefresh::Kept).await
    }

    pub(crate) async fn run_with(&self, directory: DirectoryRefresh) -> Report {
        let options = Options {
            directory,
            ..Options::for_gateway(self.xpm.worst_case())
        };
        let scheduler = Scheduler::new(self.workflows.clone()).with(options);
        scheduler.run_due().await.unwrap()
    }

    /// A person consents in a browser, and the host notes it.
    pub(crate) async fn connect(&self) {
        let redirect = "http://localhost:9/xpm/connected".parse().unwrap();
        let (url, pending) = self.xpm.authorize_url(&id(), &redirect);
        let browser = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let back = browser.get(url).send().await.unwrap();
        let back = back.headers()["location"].to_str().unwrap();
        let back: reqwest::Url = back.parse().unwrap();
        let query = |name: &str| {
            let mut pairs = back.query_pairs();
            pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
        };
        let (code, state) = (SecretString::from(query("code")), query("state"));
        let tenant = self.xpm.finish_authorization(pending, &code, &state).await;
        let tenant = tenant.unwrap().id;
        let link = Link::Connected { tenant };
        let mere = Actor::person("Mere");
        self.practice().set_link(mere, link).await.unwrap();
    }

    /// Something that is due at once, for one of XPM's clients.
    pub(crate) async fn add_due(&self, client: usize) -> WorkflowId {
        let practice = self.practice();
        let client = ClientId::new(self.sandbox.state().records().clients[client].uuid);
        if practice.client(client).await.unwrap().is_none() {
            let name = Name::new("Client").unwrap();
            let year_end = workflow::timing::FinancialYearEnd::MARCH;
            let client = workflow::practice::Client::new(client, name, year_end);
            practice
                .put_client(Actor::host("test"), client)
                .await
                .unwrap();
        }
        let today = self.ours.now().date_naive();
        let new = NewWorkflow::named("GST").client(client).on_date(today);
        let added = practice.add(Actor::person("Mere"), new).await;
        added.unwrap().value
    }

    pub(crate) fn refreshes(&self) -> u64 {
        let spent = self.sandbox.state().calls_spent();
        spent.by_kind.get(&CallKind::Token).copied().unwrap_or(0)
    }

    pub(crate) fn jobs(&self) -> usize {
        assert_eq!(self.sandbox.state().duplicates(), []);
        self.sandbox.state().jobs().len()
    }

    pub(crate) async fn link(&self) -> Link {
        self.practice().practice().await.unwrap().value.link
    }

    pub(crate) async fn refresh_token(&self) -> String {
        let (connection, _) = self.store.connection(&id()).await.unwrap().unwrap();
        connection.refresh.expose_secret().to_owned()
    }
}
