//! Building a sandbox and serving it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::clock::{Clock, SystemClock};
use crate::fate::Faults;
use crate::faults::{FaultPlan, FaultPlanError};
use crate::inferred::{Guesses, OnBadTemplate, OnOwnNumber, ScopeRule};
use crate::inner::{App, Inner, Reach};
use crate::journal::JournalError;
use crate::ledger::Ledger;
use crate::limits::Limits;
use crate::state::SandboxState;
use crate::web::{self, Line, LoopbackListener};

/// A simulated XPM that is not served yet.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use xpm_sandbox::{FaultPlan, Limits, Sandbox};
///
/// let sandbox = Sandbox::builder()
///     .seed(7)
///     .limits(Limits::none())
///     .faults(FaultPlan::mixed(7, 0.2))
///     .build()?;
/// sandbox.state().seed_practice(40)?;
/// let running = sandbox.start("127.0.0.1:0".parse()?).await?;
/// assert_eq!(running.state().overview().clients, 40);
/// println!("point a client at {}", running.api_url());
/// running.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

/// Settings of a sandbox; every one has a default.
#[derive(Debug)]
pub struct SandboxBuilder {
    seed: u64,
    data_file: Option<PathBuf>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    app: App,
    faults: FaultPlan,
    guesses: Guesses,
    reach: Reach,
}

/// Why a sandbox cannot be built or started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The data file cannot be used.
    #[error("the state could not be loaded")]
    Journal(#[from] JournalError),
    /// The fault plan cannot be carried out.
    #[error("the fault plan is refused")]
    Faults(#[from] FaultPlanError),
    /// The address is not on loopback. The control interface asks for no password, so the sandbox
    /// serves this machine alone unless [`Reach::Network`] is asked for.
    #[error("address {0} is not on loopback")]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("address {address}: could not listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
}

impl Sandbox {
    /// Begins with the defaults: seed 0, in memory, Xero's limits, the machine's clock, no faults.
    #[must_use]
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            seed: 0,
            data_file: None,
            limits: Limits::xero(),
            clock: Arc::new(SystemClock),
            app: App {
                client_id: "sandbox-app".to_owned(),
                client_secret: "sandbox-secret".to_owned(),
            },
            faults: FaultPlan::none(),
            guesses: Guesses::default(),
            reach: Reach::default(),
        }
    }

    /// A handle on what the sandbox holds.
    #[must_use]
    pub fn state(&self) -> SandboxState {
        SandboxState::new(Arc::clone(&self.inner))
    }

    /// Serves the sandbox on a loopback address, or on any where its [`Reach`] says so; port 0 takes
    /// a free one.
    ///
    /// Must be called within a tokio runtime. Cancelling it before it is ready serves nothing.
    ///
    /// # Errors
    ///
    /// - [`SandboxError::NotLoopback`] for any other address, unless it was asked for.
    /// - [`SandboxError::Listen`] when the port is taken or may not be used.
    pub async fn start(self, address: SocketAddr) -> Result<Running, SandboxError> {
        if self.inner.reach == Reach::Loopback && !address.ip().is_loopback() {
            return Err(SandboxError::NotLoopback(address));
        }
        let failed = |source| SandboxError::Listen { address, source };
        let tcp = TcpListener::bind(address).await.map_err(failed)?;
        let address = tcp.local_addr().map_err(failed)?;
        // Links in replies need the address; a sandbox is started once, so this cannot clash.
        self.inner
            .base_url
            .get_or_init(|| format!("http://{address}"));
        let app = web::router(Arc::clone(&self.inner));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(
            LoopbackListener(tcp),
            app.into_make_service_with_connect_info::<Line>(),
        )
        .with_graceful_shutdown(async {
            // A dropped sender stops the server as well.
            let _ = stopped.await;
        });
        let task = tokio::spawn(async move {
            if let Err(error) = serving.await {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "the sandbox stopped serving");
            }
        });
        tracing::info!(%address, "the simulated XPM is ready");
        Ok(Running {
            address,
            state: self.state(),
            stop,
            task,
        })
    }
}

impl SandboxBuilder {
    /// What ids and the sample practice depend on. A data file that exists keeps its own seed.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Keeps every change in this file, synced before the reply that acknowledges it.
    #[must_use]
    pub fn data_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_file = Some(path.into());
        self
    }

    /// The rate limits; [`Limits::xero`] by default.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The clock; the machine's by default.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The app that may connect; `sandbox-app` with `sandbox-secret` by default.
    #[must_use]
    pub fn app(mut self, client_id: &str, client_secret: &str) -> Self {
        self.app = App {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
        };
        self
    }

    /// The fault plan to begin with; none by default.
    #[must_use]
    pub fn faults(mut self, plan: FaultPlan) -> Self {
        self.faults = plan;
        self
    }

    /// Who is let in; programs on this machine alone by default.
    #[must_use]
    pub const fn reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// What to do where nobody knows what XPM does; see [`crate::inferred`].
    #[must_use]
    pub const fn guesses(mut self, guesses: Guesses) -> Self {
        self.guesses = guesses;
        self
    }

    /// Which scopes open the endpoints of categories and templates.
    #[must_use]
    pub const fn scope_rule(mut self, rule: ScopeRule) -> Self {
        self.guesses.scopes = rule;
        self
    }

    /// What adding a job with an unknown template does.
    #[must_use]
    pub const fn on_bad_template(mut self, what: OnBadTemplate) -> Self {
        self.guesses.bad_template = what;
        self
    }

    /// What adding a job with a number of the caller's own does.
    #[must_use]
    pub const fn on_own_number(mut self, what: OnOwnNumber) -> Self {
        self.guesses.own_number = what;
        self
    }

    /// Loads the data file, if there is one, and takes ownership of it.
    ///
    /// # Errors
    ///
    /// - [`SandboxError::Journal`] when the data file is in use elsewhere, cannot be read or is not
    ///   a sandbox's.
    /// - [`SandboxError::Faults`] when the fault plan cannot be carried out.
    pub fn build(self) -> Result<Sandbox, SandboxError> {
        let faults = Faults::new(self.faults)?;
        let ledger = match &self.data_file {
            Some(path) => Ledger::open(path, self.seed)?,
            None => Ledger::in_memory(self.seed),
        };
        let app = (self.app, self.reach);
        let inner = Inner::new(ledger, self.clock, app, self.limits, self.guesses, faults);
        Ok(Sandbox {
            inner: Arc::new(inner),
        })
    }
}

/// A sandbox that is being served. Dropping it stops the server, too, without waiting.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    state: SandboxState,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    /// The address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A handle on what it holds.
    #[must_use]
    pub const fn state(&self) -> &SandboxState {
        &self.state
    }

    /// `http://127.0.0.1:…`, where the page for people is. No slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// In place of `https://api.xero.com/practicemanager/3.1/`.
    #[must_use]
    pub fn api_url(&self) -> String {
        self.url("/practicemanager/3.1/")
    }

    /// In place of `https://login.xero.com/identity/connect/authorize`.
    #[must_use]
    pub fn authorize_url(&self) -> String {
        self.url("/identity/connect/authorize")
    }

    /// In place of `https://identity.xero.com/connect/token`.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.url("/connect/token")
    }

    /// In place of `https://identity.xero.com/connect/revocation`.
    #[must_use]
    pub fn revocation_url(&self) -> String {
        self.url("/connect/revocation")
    }

    /// In place of `https://api.xero.com/connections`.
    #[must_use]
    pub fn connections_url(&self) -> String {
        self.url("/connections")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Takes no further connections, lets held calls go and waits until open requests are answered.
    ///
    /// Calls that are still to be applied late are applied all the same, as long as the runtime
    /// lives; [`SandboxState::settled`] waits for them.
    pub async fn shutdown(self) {
        drop(self.stop);
        self.state.release(None);
        // The task ends by itself; that it panicked was reported when it did.
        let _ = self.task.await;
    }
}
