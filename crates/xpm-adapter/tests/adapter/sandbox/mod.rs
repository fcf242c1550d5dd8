//! The adapter against the simulated XPM: each operation, tokens that expire, limits and faults.
//!
//! The sandbox shares no code with the adapter, so what agrees here was understood twice.

mod directory;
mod disturbed;
mod guesses;
mod operations;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use workflow_core::ids::ClientId;
use workflow_core::ports::clock::Clock;
use workflow_core::ports::gateway::{CreateJob, Job, JobGateway};
use xpm_adapter::Xpm;
use xpm_sandbox::{FaultPlan, Limits, ManualClock, Running, Sandbox, ScopeRule};

use crate::support::{HandClock, SECRET, Tokens, builder, clock, new_job, practice};

/// A running sandbox, and an adapter that is connected to it.
struct World {
    sandbox: Running,
    xpm: Xpm,
    tokens: Arc<Tokens>,
    ours: Arc<HandClock>,
    theirs: Arc<ManualClock>,
}

impl World {
    async fn start() -> Self {
        Self::with_limits(Limits::xero()).await
    }

    async fn with_limits(limits: Limits) -> Self {
        let world = Self::unconnected(limits).await;
        let issued = world.sandbox.state().issue_tokens().unwrap();
        let refresh = SecretString::from(issued.refresh_token);
        let connected = world
            .xpm
            .connect_with_refresh_token(&practice(), &refresh, None)
            .await;
        assert_eq!(connected.unwrap().id, issued.tenant_id);
        world
    }

    async fn unconnected(limits: Limits) -> Self {
        Self::unconnected_with(limits, ScopeRule::Lenient).await
    }

    async fn unconnected_with(limits: Limits, scopes: ScopeRule) -> Self {
        let ours = clock();
        let theirs = Arc::new(ManualClock::at(ours.now()));
        let sandbox = Sandbox::builder()
            .seed(7)
            .limits(limits)
            .scope_rule(scopes)
            .clock(theirs.clone())
            .app("client-id", &format!("client-{SECRET}"))
            .build()
            .unwrap();
        sandbox.state().seed_practice(12).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let sandbox = sandbox.start(address).await.unwrap();
        let tokens = Tokens::holding(None);
        let xpm = builder(&sandbox.base_url(), tokens.clone(), ours.clone())
            .time_out(Duration::from_secs(10))
            .connect_time_out(Duration::from_secs(5))
            .build()
            .unwrap();
        Self {
            sandbox,
            xpm,
            tokens,
            ours,
            theirs,
        }
    }

    /// Connects as a person does who consents in a browser.
    async fn connect_by_browser(&self) {
        let redirect = "http://127.0.0.1:9/back".parse().unwrap();
        let (url, pending) = self.xpm.authorize_url(&practice(), &redirect);
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
            let found = pairs.find(|(key, _)| key == name);
            found.unwrap().1.into_owned()
        };
        let (code, state) = (SecretString::from(query("code")), query("state"));
        let finished = self.xpm.finish_authorization(pending, &code, &state).await;
        assert_eq!(finished.unwrap().id, self.sandbox.state().tenant());
    }

    /// Both clocks go forward; forwarding only one is a test's own business.
    fn forward(&self, minutes: i64) {
        self.ours.forward(TimeDelta::minutes(minutes));
        self.theirs.forward(TimeDelta::minutes(minutes));
    }

    fn faults(&self, plan: FaultPlan) {
        self.sandbox.state().set_faults(plan).unwrap();
    }

    fn client(&self) -> ClientId {
        ClientId::new(self.sandbox.state().records().clients[0].uuid)
    }

    fn job(&self) -> CreateJob {
        CreateJob {
            client: self.client(),
            ..new_job()
        }
    }

    async fn create(&self) -> Job {
        let created = self.xpm.create_job(&practice(), &self.job()).await;
        created.unwrap().value
    }

    fn jobs(&self) -> usize {
        self.sandbox.state().jobs().len()
    }
}
