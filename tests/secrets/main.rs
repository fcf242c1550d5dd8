//! No secret is told: the whole chain (adapter, token store on SQLite, scheduler) runs over the
//! simulated XPM with everything logged, and neither the log, nor an error, nor the metrics, nor the
//! database holds a token, a code, the proof behind it, the application's secret or the key.

mod told;
mod wiretap;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use scheduler::{Options, Scheduler};
use secrecy::SecretString;
use store_sqlite::{MasterKey, SqliteStore};
use tempfile::TempDir;
use uuid::Uuid;
use workflow::audit::Actor;
use workflow::calendar::WorkingCalendar;
use workflow::ids::{ClientId, PracticeId};
use workflow::practice::{Client, Link, Practice, Standing};
use workflow::service::{NewWorkflow, Ports, PracticeHandle, Workflows};
use workflow::text::Name;
use workflow::timing::FinancialYearEnd;
use xpm_adapter::Xpm;
use xpm_sandbox::{CallKind, Fault, FaultPlan, Limits, Running, Sandbox};

use crate::told::Told;
use crate::wiretap::{Wiretap, redirect_of};

const APP: &str = "an-application";
const APP_SECRET: &str = "the-secret-of-the-application-7Yq";
const KEY: [u8; 32] = *b"the-key-that-seals-all-tokens-3Z";

fn practice_id() -> PracticeId {
    "harbour".parse().unwrap()
}

fn host() -> Actor {
    Actor::host("test")
}

struct Chain {
    told: Told,
    folder: TempDir,
    sandbox: Running,
    tap: Wiretap,
    xpm: Xpm,
    workflows: Workflows,
}

impl Chain {
    async fn begin(told: Told) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::builder()
            .limits(Limits::none())
            .app(APP, APP_SECRET)
            .build()
            .unwrap();
        let client = Uuid::from_u128(0xC000);
        sandbox.state().add_client(client, "Client & Sons").unwrap();
        let sandbox = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let tap = Wiretap::on(sandbox.address()).await;
        let store = SqliteStore::options()
            .key(MasterKey::from_bytes(KEY))
            .open(folder.path().join("practice.db"))
            .await
            .unwrap();
        let time_out = Duration::from_secs(1);
        let xpm = Xpm::builder()
            .credentials(APP, SecretString::from(APP_SECRET))
            .tokens(Arc::new(store.clone()))
            .clock(workflow::system::clock())
            .api(tap.url())
            .identity(tap.url())
            .authorize(format!("{}/identity/connect/authorize", tap.url()))
            .connect_time_out(time_out / 2)
            .time_out(time_out)
            .list_time_out(time_out)
            .build()
            .unwrap();
        told.debug(&store);
        told.debug(&xpm);
        let workflows = Workflows::new(Ports {
            store: Arc::new(store),
            gateway: Arc::new(xpm.clone()),
            clock: workflow::system::clock(),
            ids: workflow::system::ids(),
            zones: workflow::system::zones(),
        });
        let name = Name::new("Harbour Accounting").unwrap();
        let calendar = WorkingCalendar::new("weekends", 1).unwrap();
        let zone = "Pacific/Auckland".parse().unwrap();
        let practice = Practice::new(practice_id(), name, zone, calendar);
        workflows.set_up(host(), practice).await.unwrap();
        let chain = Self {
            told,
            folder,
            sandbox,
            tap,
            xpm,
            workflows,
        };
        let client = Client {
            id: ClientId::new(client),
            name: Name::new("Client & Sons").unwrap(),
            year_end: FinancialYearEnd::MARCH,
            standing: Standing::Current,
        };
        chain.practice().put_client(host(), client).await.unwrap();
        chain
    }

    fn practice(&self) -> PracticeHandle {
        self.workflows.practice(practice_id())
    }

    /// A person consents in the browser. The code and the state that come back.
    async fn consent(&self) -> (xpm_adapter::Pending, String, String) {
        let redirect = "https://practice.example/xpm/connected".parse().unwrap();
        let (url, pending) = self.xpm.authorize_url(&practice_id(), &redirect);
        self.told.debug(&pending);
        let path = format!("{}?{}", url.path(), url.query().unwrap());
        let back = redirect_of(self.tap.address(), &path).await;
        let (_, query) = back.split_once("code=").unwrap();
        let (code, state) = query.split_once("&state=").unwrap();
        (pending, code.to_owned(), state.to_owned())
    }

    /// Something that is due now, carried out as far as it goes.
    async fn deploy(&self, name: &str) -> scheduler::Report {
        let today = workflow::system::clock().now().date_naive() - TimeDelta::days(2);
        let new = NewWorkflow::named(name)
            .client(ClientId::new(Uuid::from_u128(0xC000)))
            .deploys_from(today)
            .on_date(today);
        self.practice().add(host(), new).await.unwrap();
        let options = Options::simulated(TimeDelta::seconds(6));
        let scheduler = Scheduler::new(self.workflows.clone()).with(options);
        self.told.debug(&scheduler);
        let report = scheduler.run_until_settled(TimeDelta::seconds(60)).await;
        let report = report.unwrap();
        self.told.debug(&report);
        self.told.text(report.to_string());
        report
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_a_log_an_error_the_metrics_or_the_database() {
    let told = Told::default();
    let log = told.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    metrics::set_global_recorder(told.clone()).unwrap();
    let chain = Chain::begin(told.clone()).await;
    let state = chain.sandbox.state().clone();
    let mut codes = Vec::new();

    // Connected by a person, after a consent that was somebody else's and one that failed.
    let (pending, code, _) = chain.consent().await;
    let secret = SecretString::from(code.clone());
    codes.push(code);
    let wrong = chain.xpm.finish_authorization(pending, &secret, "another");
    told.error(&wrong.await.unwrap_err());
    let (pending, code, consent) = chain.consent().await;
    let (other, _, other_consent) = chain.consent().await;
    let secret = SecretString::from(code.clone());
    codes.push(code);
    let tenant = chain.xpm.finish_authorization(pending, &secret, &consent);
    let tenant = tenant.await.unwrap();
    let used = chain
        .xpm
        .finish_authorization(other, &secret, &other_consent);
    told.error(&used.await.unwrap_err());
    let given = SecretString::from("a-refresh-token-that-nobody-gave");
    let id = practice_id();
    let refused = chain.xpm.connect_with_refresh_token(&id, &given, None);
    told.error(&refused.await.unwrap_err());
    let link = Link::Connected { tenant: tenant.id };
    chain.practice().set_link(host(), link).await.unwrap();

    // Deployed; then once more with a token that is refused and renewed.
    assert_eq!(chain.deploy("Accounts").await.deployed, 1);
    let expired = FaultPlan::none().nth(1, CallKind::JobAdd, Fault::ExpiredToken);
    state.set_faults(expired).unwrap();
    assert_eq!(chain.deploy("Tax return").await.deployed, 1);

    // The renewal fails on the way, and is made later.
    let failing = FaultPlan::none()
        .nth(1, CallKind::JobAdd, Fault::ExpiredToken)
        .nth(2, CallKind::JobAdd, Fault::ExpiredToken)
        .nth(3, CallKind::JobAdd, Fault::ExpiredToken)
        .nth(1, CallKind::Token, Fault::LostBeforeCommit)
        .nth(2, CallKind::Token, Fault::GarbledBody);
    state.set_faults(failing).unwrap();
    assert_eq!(chain.deploy("Payroll").await.deployed, 1);

    // The consent is withdrawn.
    state.set_faults(FaultPlan::none()).unwrap();
    let spent = chain.tap.said_after("\"refresh_token\":\"", &['"']);
    state.reset().unwrap();
    let report = chain.deploy("Review").await;
    assert_eq!(report.deployed, 0, "{report:?}");
    let practice = chain.practice().practice().await.unwrap().value;
    assert!(matches!(practice.link, Link::Broken { .. }), "{practice:?}");
    told.debug(&practice);
    let all = workflow::ports::store::EntryQuery::default();
    let entries = chain.workflows.ports().store.entries(&id, &all);
    told.debug(&entries.await.unwrap());
    told.debug(&chain.xpm.disconnect(&practice_id()).await.unwrap());
    told.files(chain.folder.path());

    // What must not be told is known from the line.
    let access = chain.tap.said_after("\"access_token\":\"", &['"']);
    let refresh = chain.tap.said_after("\"refresh_token\":\"", &['"']);
    let verifiers = chain.tap.said_after("code_verifier=", &['&', ' ', '\r']);
    let basic = chain.tap.said_after("authorization: Basic ", &['\r']);
    assert!(access.len() >= 3, "{} access tokens", access.len());
    assert!(refresh.len() >= 3 && refresh.len() >= spent.len());
    assert!(!verifiers.is_empty() && !basic.is_empty());
    let mut secrets: Vec<(&str, Vec<u8>)> = vec![
        ("the application's secret", APP_SECRET.into()),
        ("the key", KEY.to_vec()),
        ("the key in Base64", base64(&KEY).into_bytes()),
        ("the key in hexadecimal", hex(&KEY).into_bytes()),
        (
            "the token that was given",
            b"a-refresh-token-that-nobody-gave".to_vec(),
        ),
    ];
    for (name, found) in [
        ("an access token", access),
        ("a refresh token", refresh),
        ("a PKCE verifier", verifiers),
        ("the application's sign-in", basic),
        ("an authorisation code", codes),
    ] {
        secrets.extend(found.into_iter().map(|secret| (name, secret.into_bytes())));
    }
    assert_eq!(told.leaks(&secrets), [] as [&str; 0]);

    // Everything was listened to, and a secret that is told is found.
    for words in ["answered", "a call failed", "workflow_calls_total", "turn"] {
        assert!(told.contains(words), "{words:?} was not told");
    }
    assert!(told.len() > 10_000);
    for (name, secret) in &secrets {
        let leaking = Told::default();
        leaking.text([b"level=TRACE token=".as_slice(), secret].concat());
        assert_eq!(leaking.leaks(&secrets), [*name]);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = bytes.chunks(3).map(|group| {
        let mut three = [0; 3];
        three[..group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        let digits = (0..=group.len()).map(|at| {
            let digit = (bits >> (18 - 6 * at)) & 63;
            char::from(ALPHABET[digit as usize])
        });
        digits.collect::<String>()
    });
    groups.collect()
}
