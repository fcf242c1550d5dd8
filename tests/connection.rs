//! The whole life of a connection to XPM, over the real store, the real adapter, the real scheduler
//! and the simulated XPM, on clocks that are set by hand: connected, used, expired, refreshed,
//! a lost refresh, revoked, connected again, disconnected.

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
use workflow::ports::gateway::{DirectoryPart, JobGateway as _};
use workflow::ports::tokens::TokenStore as _;
use workflow::practice::{Link, Practice};
use workflow::service::{NewWorkflow, Ports, PracticeHandle, Workflows};
use workflow::text::Name;
use workflow_core::testing::ManualClock;
use xpm_adapter::{Disconnected, Xpm};
use xpm_sandbox::{CallKind, Fault, FaultPlan, Limits, Running, Sandbox};

struct World {
    _folder: TempDir,
    sandbox: Running,
    store: SqliteStore,
    xpm: Xpm,
    ours: ManualClock,
    theirs: Arc<xpm_sandbox::ManualClock>,
    workflows: Workflows,
}

fn id() -> PracticeId {
    "harbour".parse().unwrap()
}

impl World {
    /// Seven in the morning: a practice with twenty clients in XPM, not connected.
    async fn begin() -> Self {
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

    fn practice(&self) -> PracticeHandle {
        self.workflows.practice(id())
    }

    fn forward(&self, by: TimeDelta) {
        self.ours.advance(by);
        self.theirs.forward(by);
    }

    /// One pass, as for cron.
    async fn run(&self) -> Report {
        let options = Options {
            directory: DirectoryRefresh::Kept,
            ..Options::for_gateway(self.xpm.worst_case())
        };
        let scheduler = Scheduler::new(self.workflows.clone()).with(options);
        scheduler.run_due().await.unwrap()
    }

    /// A person consents in a browser, and the host notes it.
    async fn connect(&self) {
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
    async fn add_due(&self, client: usize) -> WorkflowId {
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

    fn refreshes(&self) -> u64 {
        let spent = self.sandbox.state().calls_spent();
        spent.by_kind.get(&CallKind::Token).copied().unwrap_or(0)
    }

    fn jobs(&self) -> usize {
        assert_eq!(self.sandbox.state().duplicates(), []);
        self.sandbox.state().jobs().len()
    }

    async fn link(&self) -> Link {
        self.practice().practice().await.unwrap().value.link
    }

    async fn refresh_token(&self) -> String {
        let (connection, _) = self.store.connection(&id()).await.unwrap().unwrap();
        connection.refresh.expose_secret().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_life_of_a_connection() {
    let world = World::begin().await;
    let half_an_hour = TimeDelta::minutes(31);

    // Not connected: what is due waits, and nothing is sent.
    world.add_due(0).await;
    let report = world.run().await;
    assert_eq!((report.deployed, report.parked), (0, 0), "{report:?}");
    assert_eq!(world.sandbox.state().calls_spent().total, 0);
    assert_eq!(world.link().await, Link::NotConnected);

    // Connected: it is deployed, and the directory is listed, archived clients left out.
    world.connect().await;
    assert_eq!(world.refreshes(), 1, "a code for tokens");
    world.forward(TimeDelta::hours(1));
    let report = world.run().await;
    assert_eq!((report.deployed, world.jobs()), (1, 1), "{report:?}");
    let clients = world.practice().listings(DirectoryPart::Clients).await;
    assert_eq!(clients.unwrap().len(), 19);
    let staff = world.practice().listings(DirectoryPart::Staff).await;
    assert_eq!(staff.unwrap().len(), 8);

    // Expired, by our clock and then by theirs alone: one refresh each.
    for by_both in [true, false] {
        let before = world.refreshes();
        if by_both {
            world.forward(half_an_hour);
        } else {
            world.theirs.forward(half_an_hour);
        }
        world.add_due(1).await;
        assert_eq!(world.run().await.deployed, 1);
        assert_eq!(world.refreshes(), before + 1);
    }
    assert_eq!(world.jobs(), 3);

    // The reply to a refresh is lost after Xero has rotated: the old token goes on working.
    world.forward(half_an_hour);
    let lost = FaultPlan::none().nth(1, CallKind::Token, Fault::LostAfterCommit);
    world.sandbox.state().set_faults(lost).unwrap();
    let token = world.refresh_token().await;
    world.add_due(2).await;
    let report = world.run().await;
    assert_eq!((report.deployed, report.parked), (0, 0), "{report:?}");
    assert_eq!(
        world.refresh_token().await,
        token,
        "nothing was rotated here"
    );
    assert!(matches!(world.link().await, Link::Connected { .. }));
    world.forward(TimeDelta::minutes(10));
    assert_eq!(world.run().await.deployed, 1);
    assert_ne!(world.refresh_token().await, token);
    assert_eq!(world.jobs(), 4);

    // Revoked at Xero: the practice is shown as to be reconnected, and everything due is kept.
    let revoked = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(world.sandbox.revocation_url())
        .basic_auth("sandbox-app", Some("sandbox-secret"))
        .form(&[("token", world.refresh_token().await)])
        .send();
    assert!(revoked.await.unwrap().status().is_success());
    let waiting = [world.add_due(3).await, world.add_due(4).await];
    let report = world.run().await;
    assert_eq!((report.deployed, report.parked), (0, 0), "{report:?}");
    let Link::Broken { reason } = world.link().await else {
        panic!("{:?}", world.link().await);
    };
    assert_eq!(reason, "the connection has expired or was revoked");
    let preflight = world.practice().preflight(60).await.unwrap();
    assert!(preflight.fails(), "{preflight:?}");
    let (asked, spent) = (world.refreshes(), world.sandbox.state().calls_spent().total);
    for _ in 0..3 {
        world.forward(TimeDelta::days(1));
        assert_eq!(world.run().await.deployed, 0);
    }
    assert_eq!(world.refreshes(), asked, "nobody asks in vain");
    assert_eq!(world.sandbox.state().calls_spent().total, spent);

    // Connected again: all of it is deployed, and nobody had to ask.
    world.connect().await;
    world.forward(TimeDelta::hours(2));
    let report = world.run().await;
    assert_eq!((report.deployed, world.jobs()), (2, 6), "{report:?}");
    for workflow in waiting {
        let made = world.practice().deployments_of(workflow).await.unwrap();
        assert!(made[0].value.job().is_some());
    }

    // Disconnected: Xero is told, and the tokens are gone.
    let ended = world.xpm.disconnect(&id()).await.unwrap();
    assert_eq!(ended, Disconnected::Revoked);
    assert!(world.store.connection(&id()).await.unwrap().is_none());
    assert!(!world.sandbox.state().overview().connected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_practice_never_expires_while_the_server_runs() {
    let world = World::begin().await;
    world.connect().await;
    for _ in 0..100 {
        world.forward(TimeDelta::days(1));
        let report = world.run().await;
        assert!(report.calls <= 50, "a twentieth of a day: {report:?}");
    }
    let until = world.practice().connected_until().await.unwrap().unwrap();
    assert!(until > world.ours.now() + TimeDelta::days(58));
    world.add_due(0).await;
    assert_eq!(world.run().await.deployed, 1);

    // Where nothing runs for that long, preflight says so ahead, and then it has expired.
    world.forward(TimeDelta::days(50));
    let until = world.practice().connected_until().await.unwrap().unwrap();
    assert!(until < world.ours.now() + TimeDelta::days(14));
    world.forward(TimeDelta::days(11));
    world.add_due(1).await;
    assert_eq!(world.run().await.deployed, 0);
    assert!(matches!(world.link().await, Link::Broken { .. }));
}
