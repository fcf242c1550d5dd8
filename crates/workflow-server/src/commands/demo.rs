//! `demo`: a sample practice, a simulated XPM, the scheduler and the Workflow tab.
//!
//! What the demonstration holds is in its folder: the database, and the simulated XPM's journal.
//! So it can be killed at any instant and started again, and goes on where it was.

use std::io::IsTerminal as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use secrecy::SecretString;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use workflow::audit::Actor;
use workflow::deployment::Digest;
use workflow::ids::WorkflowId;
use workflow::ports::clock::IdSource;
use workflow::ports::tokens::{AccessToken, Connection, TokenStore as _};
use workflow::practice::Link;
use workflow::scheduler::{DirectoryRefresh, Options, Scheduler};
use workflow::service::{CommandError, PracticeHandle, Workflows};
use workflow::sqlite::{MasterKey, SqliteStore};
use workflow::system;
use workflow::text::Reason;
use workflow::webhooks::{HttpCourier, Sender};
use workflow::workflow::Occurrence;
use workflow::xpm::Xpm;
use xpm_sandbox::{Duplicate, FaultPlan, Running, Sandbox};

use super::import::{failed, import_sound};
use super::{sample, sandbox};
use crate::cli;
use crate::config::Times;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::sample::{Afterwards, PRACTICE, PRACTICE_NAME, Sample, What};
use crate::{host, open, out, stop};

/// How long nothing may become due before a run without a browser ends: longer than the minute
/// that a spent budget waits for.
const PATIENCE: TimeDelta = TimeDelta::seconds(65);

pub(crate) async fn run(args: cli::Demo) -> Result<(), Failure> {
    let folder = Folder::of(args.data_dir.clone())?;
    // The address is told at once; whoever is faster than the start waits for it.
    let listener = match args.headless {
        true => None,
        false => Some(listen(args.port).await?),
    };
    let stage = Stage::set_up(&args, folder.path()).await?;
    match listener {
        None => headless(&args, stage).await,
        Some(listener) => {
            if !args.no_browser {
                show(&listener);
            }
            attended(stage, listener).await
        }
    }
}

async fn listen(port: u16) -> Result<TcpListener, Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await;
    let listener = listener
        .map_err(|error| Failure::because(&format!("{address} cannot be listened on"), &error))?;
    let address = listener.local_addr().map_err(failed)?;
    out::print(&format!(
        "The Workflow tab of {PRACTICE_NAME}: http://{address}/\n"
    ))?;
    Ok(listener)
}

/// Opens the tab in the browser of whoever watches the terminal. Where there is none, the address
/// that was printed has to do.
fn show(listener: &TcpListener) {
    if let Ok(address) = listener.local_addr()
        && std::io::stdout().is_terminal()
        && let Err(error) = ::open::that_detached(format!("http://{address}/"))
    {
        tracing::debug!(%error, "no browser was opened");
    }
}

/// Where the demonstration is kept.
enum Folder {
    Given(PathBuf),
    Passing(tempfile::TempDir),
}

impl Folder {
    fn of(given: Option<PathBuf>) -> Result<Self, Failure> {
        match given {
            None => {
                let made = tempfile::Builder::new().prefix("workflow-demo-").tempdir();
                let made = made.map_err(|error| {
                    Failure::because("no temporary folder could be made", &error)
                })?;
                Ok(Self::Passing(made))
            }
            Some(path) => {
                let shown = path.display();
                std::fs::create_dir_all(&path).map_err(|error| {
                    Failure::input(format!("the folder {shown} cannot be made: {error}"))
                })?;
                Ok(Self::Given(path))
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Given(path) => path,
            Self::Passing(folder) => folder.path(),
        }
    }
}

/// All that the demonstration runs on.
struct Stage {
    sandbox: Running,
    workflows: Workflows,
    practice: PracticeHandle,
    scheduler: Scheduler,
}

impl Stage {
    async fn set_up(args: &cli::Demo, folder: &Path) -> Result<Self, Failure> {
        let settle = TimeDelta::milliseconds(i64::from(args.settle_ms));
        let store = SqliteStore::options()
            .key(passing_key(&*system::ids()))
            .label("demo")
            .open(folder.join("workflow.db"))
            .await
            .map_err(open::refused)?;
        let sandbox = simulated_xpm(args, folder).await?;
        let times = Times::within(settle);
        let xpm = Xpm::builder()
            .credentials("sandbox-app", "sandbox-secret".into())
            .tokens(Arc::new(store.clone()))
            .clock(system::clock())
            .api(sandbox.base_url())
            .identity(sandbox.base_url())
            .authorize(sandbox.authorize_url())
            .time_out(times.request)
            .list_time_out(times.request * 2)
            .connect_time_out(times.connect)
            .build()
            .map_err(failed)?;
        let workflows = open::service(store.clone(), Arc::new(xpm));
        let practice = workflows.practice(PRACTICE.parse().map_err(failed)?);
        connect(&store, &practice, &sandbox).await?;
        fill(&workflows, &practice, &sandbox).await?;
        let options = Options {
            directory: match args.headless {
                true => DirectoryRefresh::Left,
                false => DirectoryRefresh::Kept,
            },
            ..Options::simulated(settle)
        };
        let scheduler = Scheduler::new(workflows.clone()).with(options);
        Ok(Self {
            sandbox,
            workflows,
            practice,
            scheduler,
        })
    }
}

/// A key for this run alone: the tokens of the simulated XPM are got anew at each start.
fn passing_key(ids: &dyn IdSource) -> MasterKey {
    // Each identity holds more than 60 random bits; eight of them are more than a key has.
    let drawn: [[u8; 16]; 8] = std::array::from_fn(|_| *ids.next().as_bytes());
    let digest = Digest::of(&[drawn.as_flattened()]);
    let mut key = [0; MasterKey::BYTES];
    for (byte, pair) in key.iter_mut().zip(digest.as_str().as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).unwrap_or_default();
        *byte = u8::from_str_radix(pair, 16).unwrap_or_default();
    }
    MasterKey::from_bytes(key)
}

async fn simulated_xpm(args: &cli::Demo, folder: &Path) -> Result<Running, Failure> {
    let plan = match args.faults {
        0.0 => FaultPlan::none(),
        rate => FaultPlan::mixed(args.seed, rate),
    };
    let built = Sandbox::builder()
        .seed(args.seed)
        .data_file(folder.join("xpm.journal"))
        .faults(plan)
        .build();
    let simulated = built.map_err(failed)?;
    sandbox::fill(&simulated)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    simulated.start(address).await.map_err(failed)
}

/// Gets tokens from the simulated XPM, without a browser.
async fn connect(
    store: &SqliteStore,
    practice: &PracticeHandle,
    sandbox: &Running,
) -> Result<(), Failure> {
    let tokens = sandbox.state().issue_tokens().map_err(failed)?;
    let now = system::clock().now();
    let connection = Connection {
        tenant: tokens.tenant_id,
        tenant_name: None,
        access: Some(AccessToken {
            secret: tokens.access_token.into(),
            expires_at: now + TimeDelta::minutes(30),
        }),
        refresh: SecretString::from(tokens.refresh_token),
        refreshed_at: now,
        organisation: None,
    };
    // The connection of an earlier run is sealed under that run's key.
    store
        .forget_connection(practice.id())
        .await
        .map_err(failed)?;
    let saved = store
        .save_connection(practice.id(), &connection, None)
        .await;
    saved.map_err(failed)?;
    Ok(())
}

/// Imports the sample practice on the first start, and does what a person did with it.
async fn fill(
    workflows: &Workflows,
    practice: &PracticeHandle,
    sandbox: &Running,
) -> Result<(), Failure> {
    let began = began(practice).await?;
    let today = match began {
        Some(day) => day,
        None => sample::today()?,
    };
    let sample = Sample::on(today);
    if began.is_none() {
        let text = serde_json::to_string(&sample.file).map_err(failed)?;
        import_sound(workflows, &text).await?;
    }
    let tenant = sandbox.state().tenant();
    let link = Link::Connected { tenant };
    let linked = practice.set_link(Actor::host("demo"), link).await;
    linked.map_err(failed)?;
    for one in sample.afterwards {
        after(practice, one).await?;
    }
    Ok(())
}

/// The day on which the sample was imported, by the practice's first audit entry.
async fn began(practice: &PracticeHandle) -> Result<Option<NaiveDate>, Failure> {
    let entries = practice.audit(None, Some(2), 1).await.map_err(failed)?;
    let Some(first) = entries.first() else {
        return Ok(None);
    };
    let zone = practice.zone().await.map_err(failed)?;
    Ok(Some(zone.today(first.line.at)))
}

/// Does once what a person does with a workflow of the sample.
async fn after(practice: &PracticeHandle, what: Afterwards) -> Result<(), Failure> {
    let key = what.key.parse().map_err(failed)?;
    let id = WorkflowId::imported(practice.id(), &key);
    let reason = |text: &str| Reason::new(text).map_err(failed);
    let by =
        Actor::person("Grace Nguyen").once(format!("demo {}", what.key).parse().map_err(failed)?);
    let done = match what.what {
        What::Pause(until, why) => practice.pause(by, id, Some(until), reason(why)?).await,
        What::Archive => practice.archive(by, id).await,
        What::Skip(date, why) => {
            practice
                .skip(by, id, Occurrence::On(date), reason(why)?)
                .await
        }
        What::Move(date, to) => practice.move_to(by, id, Occurrence::On(date), to).await,
    };
    match done {
        // Refused: it was done before, and time or a person has gone on since.
        Ok(_) | Err(CommandError::Refused(_)) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// What a run without a browser prints as JSON.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    outcome: Outcome,
    /// Jobs in the simulated XPM.
    xpm_jobs: usize,
    /// Jobs of one client with one marker: there should be none.
    made_twice: Vec<Duplicate>,
}

/// Deploys until nothing is due or uncertain any more, and says what came of it.
async fn headless(args: &cli::Demo, stage: Stage) -> Result<(), Failure> {
    let report = stage.scheduler.run_until_settled(PATIENCE).await;
    let report = report.map_err(failed)?;
    super::run_due::settled(&report)?;
    let state = stage.sandbox.state().clone();
    state.settled().await;
    let answer = Answer {
        outcome: Outcome::of(&stage.practice).await.map_err(failed)?,
        xpm_jobs: state.jobs().len(),
        made_twice: state.duplicates(),
    };
    stage.sandbox.shutdown().await;
    if args.json {
        out::json(&answer)?;
    } else {
        out::print(&answer.outcome.text())?;
    }
    match answer.made_twice.first() {
        None => Ok(()),
        Some(twice) => Err(Failure::other(format!(
            "a job was made twice: {}",
            twice.jobs.join(" and ")
        ))),
    }
}

/// Serves the tab, and deploys what becomes due, until it is asked to stop.
async fn attended(stage: Stage, listener: TcpListener) -> Result<(), Failure> {
    let Stage {
        sandbox,
        workflows,
        practice,
        scheduler,
    } = stage;
    let page = sandbox.base_url();
    let asked_to_stop = stop::asked();
    out::print(&format!(
        "The simulated XPM behind it: {page}/\n\nStop it with Ctrl-C.\n"
    ))?;
    let following = workflows.clone();
    let courier = HttpCourier::new().map_err(failed)?;
    let sender = Sender::new(workflows.clone(), Arc::new(courier));
    let tab = host::demo(workflows, practice.id().clone(), &page);
    let (stop, stopped) = watch::channel(false);
    let until = |mut stopped: watch::Receiver<bool>| async move {
        // A sender that is gone stops as well.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let serving = axum::serve(listener, tab).with_graceful_shutdown(until(stopped.clone()));
    let asked = async {
        asked_to_stop.await;
        stop.send_replace(true);
        // Whoever follows what happens would keep the server from stopping.
        following.stop_listening();
    };
    let telling = sender.run(until(stopped.clone()));
    let deploying = scheduler.run(until(stopped));
    let (served, report, (), _) = tokio::join!(serving, deploying, asked, telling);
    sandbox.shutdown().await;
    served.map_err(failed)?;
    out::note(&format!("stopped: {}", report.map_err(failed)?));
    Ok(())
}
