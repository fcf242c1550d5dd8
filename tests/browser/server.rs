//! The real binary with the real store, beside a simulated XPM in this process: both on ports of
//! their own, on the machine's clock.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chrono::{NaiveDate, Timelike as _};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use uuid::Uuid;
use workflow_core::ids::ClientId;
use xpm_sandbox::{CallKind, Consents, Limits, Running, Sandbox, SandboxState};

/// How long something may take before the test is given up: far longer than anything does.
const HANGS: Duration = Duration::from_secs(90);

const KEY: &str = "c2l4dGVlbiBieXRlcyB0d2ljZSBpcyB0aGlydHktMiE=";

/// A practice with one client, served by the binary, and the simulated XPM that it is to be
/// connected to.
pub(crate) struct Server {
    xpm: Running,
    child: Child,
    /// Kept open, so that the binary can go on writing.
    _says: Lines<BufReader<ChildStdout>>,
    _folder: TempDir,
    /// Where the tab is, by the machine's number.
    pub(crate) base: String,
    /// A client that XPM has.
    pub(crate) client: ClientId,
    /// The day that it is where the practice is.
    pub(crate) today: NaiveDate,
}

/// The binary beside this test, as `cargo` builds it.
fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("this test is a file");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("a target folder");
    let binary = folder.join(format!("workflow-server{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.is_file(),
        "{} is not there: `cargo xtask test browser` builds it, and so does `cargo build -p \
         workflow-server`",
        binary.display()
    );
    binary
}

/// The binary, with nothing of this environment's settings.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WORKFLOW_") {
            command.env_remove(name);
        }
    }
    command
}

impl Server {
    /// Serves a practice that is not connected. Where it is connected, a person consents on XPM's
    /// page, and the consent covers a second practice and two organisations.
    pub(crate) async fn start() -> Self {
        let sandbox = Sandbox::builder().seed(11).limits(Limits::none()).build();
        let sandbox = sandbox.expect("a sandbox");
        let state = sandbox.state();
        state.seed_practice(20).expect("a sample");
        state.set_consents(Consents::Asked);
        for (tenant, kind, name) in [
            (0xB0B, "PRACTICEMANAGER", Some("North & Co")),
            (0xC0, "ORGANISATION", Some("Harbour Ltd")),
            (0xC1, "ORGANISATION", None),
        ] {
            let covered = state.also_covers(Uuid::from_u128(tenant), kind, name);
            covered.expect("another tenant");
        }
        let known = state.records().clients.into_iter().next();
        let known = known.expect("a client");
        let now = state.now();
        // No midnight comes while the test runs.
        let (zone, ahead) = match now.hour() {
            23 => ("Asia/Kolkata", chrono::TimeDelta::minutes(330)),
            _ => ("UTC", chrono::TimeDelta::zero()),
        };
        let today = (now + ahead).date_naive();
        let xpm = sandbox.start(([127, 0, 0, 1], 0).into()).await;
        let xpm = xpm.expect("the sandbox serves");
        let folder = tempfile::tempdir().expect("a folder");
        let practice = json!({
            "version": 1,
            "practice": {
                "id": "harbour", "name": "Harbour Accounting", "time_zone": zone,
                "deploy_time": "00:00", "calendar": {"name": "Weekends", "holidays": []},
            },
            "clients": [
                {"uuid": known.uuid, "name": "Harbour Café", "financial_year_end": 3},
            ],
        });
        let config = settings(folder.path(), &practice, &xpm).await;
        let mut child = command(&["--config", &config, "serve"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut says = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let base = loop {
            let line = says.next_line().await.expect("it can be read");
            let line = line.expect("it serves before it ends");
            if let Some((_, url)) = line.split_once("The Workflow tab: ") {
                break url.trim_end_matches('/').to_owned();
            }
        };
        Self {
            xpm,
            child,
            _says: says,
            _folder: folder,
            base,
            client: ClientId::new(known.uuid),
            today,
        }
    }

    /// What steers the simulated XPM.
    pub(crate) fn xpm(&self) -> &SandboxState {
        self.xpm.state()
    }

    /// How many requests of a kind have been carried out.
    pub(crate) fn spent(&self, kind: CallKind) -> u64 {
        let spent = self.xpm().calls_spent();
        spent.by_kind.get(&kind).copied().unwrap_or(0)
    }

    /// Returns once so many requests of a kind have ended.
    pub(crate) async fn ended(&self, kind: CallKind, count: u64) {
        let ended = self.xpm().requests_reach(Some(kind), count);
        let ended = tokio::time::timeout(HANGS, ended).await;
        assert!(ended.is_ok(), "{kind} was not called {count} times");
    }

    /// How many jobs XPM has, none of them twice.
    pub(crate) fn jobs(&self) -> usize {
        assert_eq!(self.xpm().duplicates(), [], "no occurrence has two jobs");
        self.xpm().jobs().len()
    }

    /// Stops the binary and the sandbox.
    pub(crate) async fn stop(mut self) {
        self.child.kill().await.expect("it is stopped");
        self.xpm.shutdown().await;
    }
}

/// Imports the practice, and writes the settings to serve it with.
async fn settings(folder: &Path, practice: &serde_json::Value, xpm: &Running) -> String {
    let path = |name: &str| folder.join(name).to_str().expect("a path").to_owned();
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).expect("it is written");
        path(name)
    };
    let file = write("practice.json", &practice.to_string());
    let (secret, key) = (write("secret", "sandbox-secret"), write("key", KEY));
    let (database, root) = (path("practice.db"), xpm.base_url());
    let mut import = command(&["import", &file, "--database", &database]);
    let imported = import.output().await.expect("the binary runs");
    let said = String::from_utf8_lossy(&imported.stderr).into_owned();
    assert!(imported.status.success(), "{said}");
    let authorize = xpm.authorize_url();
    let settings = format!(
        "database = {database:?}\nlisten = \"127.0.0.1:0\"\n[xpm]\nclient_id = \"sandbox-app\"\n\
         client_secret_file = {secret:?}\nkey_file = {key:?}\napi = {root:?}\n\
         identity = {root:?}\nauthorize = {authorize:?}\n"
    );
    write("settings.toml", &settings)
}
