//! Connecting with the real binary: a consent that covers several tenants, a consent from the
//! command line, a second process, the end of a connection, a new key.

use std::fs;
use std::path::Path;

use uuid::Uuid;
use xpm_sandbox::{CallKind, Running, Sandbox, SandboxState};

use crate::support::{Page, Serving, fed, good, ran, refused, server};

const KEY: &str = "c2l4dGVlbiBieXRlcyB0d2ljZSBpcyB0aGlydHktMiE=";
const OTHER_KEY: &str = "dGhpcnR5LXR3byBieXRlcyBhcmUgdHdpY2UgMTYhISE=";

/// A simulated XPM in this process, whose insides the test sees.
pub(crate) struct Xpm {
    /// It lives as long as the test.
    _runtime: tokio::runtime::Runtime,
    pub(crate) running: Running,
}

impl Xpm {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let sandbox = Sandbox::builder().seed(5).build().unwrap();
        sandbox.state().seed_practice(20).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let running = runtime.block_on(sandbox.start(address)).unwrap();
        Self {
            _runtime: runtime,
            running,
        }
    }

    pub(crate) fn state(&self) -> &SandboxState {
        self.running.state()
    }

    fn refreshes(&self) -> u64 {
        let spent = self.state().calls_spent();
        spent.by_kind.get(&CallKind::Token).copied().unwrap_or(0)
    }

    fn token(&self) -> String {
        self.state().issue_tokens().unwrap().refresh_token
    }
}

/// A database with an empty practice, and the settings for the simulated XPM.
pub(crate) fn settings(folder: &Path, xpm: &Xpm) -> String {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let file = path("practice.json");
    let practice = r#"{"version":1,"practice":{"id":"harbour","name":"Harbour Accounting",
        "time_zone":"Pacific/Auckland","calendar":{"name":"NZ","holidays":[]}}}"#;
    fs::write(&file, practice).unwrap();
    let database = path("p.db");
    good(&["import", &file, "--database", &database]);
    fs::write(path("key"), KEY).unwrap();
    fs::write(path("secret"), "sandbox-secret\n").unwrap();
    let config = path("w.toml");
    let root = xpm.running.base_url();
    let settings = format!(
        "database = {database:?}\nlisten = \"127.0.0.1:0\"\n[xpm]\n\
         client_id = \"sandbox-app\"\nclient_secret_file = {:?}\nkey_file = {:?}\n\
         api = {root:?}\nidentity = {root:?}\nauthorize = \"{root}/identity/connect/authorize\"\n",
        path("secret"),
        path("key"),
    );
    fs::write(&config, settings).unwrap();
    config
}

fn connect_by_token(config: &str, token: &str, more: &[&str]) -> crate::support::Ran {
    let mut connect = server(&["--config", config, "connect", "--practice", "harbour"]);
    fed(connect.arg("--refresh-token-stdin").args(more), token)
}

/// The browser's cookie, as it sends it back.
fn cookie(page: &Page) -> String {
    let set = page.header("set-cookie");
    set.split(';').next().unwrap().to_owned()
}

/// The value of a hidden field of that name.
fn hidden(page: &Page, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.body.split_once(&start).expect("a hidden field");
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn of_several_tenants_a_person_chooses_one_and_an_organisation_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let xpm = Xpm::start();
    let other = Uuid::from_u128(0xB0B);
    let company = Uuid::from_u128(0xC0);
    let state = xpm.state();
    state
        .also_covers(other, "PRACTICEMANAGER", Some("<b>North & Co</b>"))
        .unwrap();
    state
        .also_covers(company, "ORGANISATION", Some("Harbour Ltd"))
        .unwrap();
    state
        .also_covers(Uuid::from_u128(0xC1), "ORGANISATION", None)
        .unwrap();
    let config = settings(folder.path(), &xpm);
    let mut serving = Serving::start(&mut server(&["--config", &config, "serve"]));
    let tab = serving.told("The Workflow tab: ");

    // By another name of this machine the browser is first led to the one that Xero sends it to.
    let by_number = Page::get(&format!("{tab}xpm/connect"), &[]);
    let by_name = by_number.header("location").to_owned();
    assert_eq!(
        by_name,
        format!("{tab}xpm/connect").replace("127.0.0.1", "localhost")
    );
    let off = Page::get(&by_name, &[]);
    let browser = cookie(&off);
    let back = Page::get(off.header("location"), &[]);
    let asked = Page::get(back.header("location"), &[("cookie", &browser)]);
    assert_eq!(asked.status, 200, "{asked:?}");
    assert!(
        asked.body.contains("&lt;b&gt;North &amp; Co&lt;/b&gt;"),
        "{}",
        asked.body
    );
    assert!(
        asked.body.contains("to which Xero gives no name"),
        "{}",
        asked.body
    );
    assert!(
        asked
            .header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    let tenant = state.tenant();

    // Nothing chosen: asked again, in words; the consent is not lost.
    let (browser, token) = (cookie(&asked), hidden(&asked, "token"));
    let choose = |browser: &str, body: &str| {
        Page::post(&format!("{tab}xpm/choose"), &[("cookie", browser)], body)
    };
    let again = choose(&browser, &format!("token={token}&tenant="));
    assert_eq!(again.status, 422, "{again:?}");
    assert!(again.body.contains("Choose one of the practices."));
    let (browser, token) = (cookie(&again), hidden(&again, "token"));
    let body = format!("token={token}&tenant={tenant}&organisation={company}");
    // Another browser chooses nothing.
    assert_eq!(choose("workflow_connect=nobody", &body).status, 400);
    let chosen = choose(&browser, &body);
    assert_eq!(chosen.status, 303, "{chosen:?}");
    assert_eq!(chosen.header("location"), "/connection");
    let shown = Page::get(&format!("{tab}connection"), &[]);
    assert!(shown.body.contains("Connected to XPM"), "{}", shown.body);
    assert_eq!(choose(&browser, &body).status, 400, "a choice is made once");

    // Disconnecting is asked for, confirmed, and told to Xero.
    assert!(
        shown.body.contains("href=\"/xpm/disconnect\""),
        "{}",
        shown.body
    );
    let ask = Page::get(&format!("{tab}xpm/disconnect"), &[]);
    let (browser, token) = (cookie(&ask), hidden(&ask, "token"));
    let end = |browser: &str, body: &str| {
        Page::post(
            &format!("{tab}xpm/disconnect"),
            &[("cookie", browser)],
            body,
        )
    };
    assert_eq!(end("", &format!("token={token}")).status, 400);
    assert!(xpm.state().overview().connected);
    let ask_again = Page::get(&format!("{tab}xpm/disconnect"), &[]);
    assert_eq!(
        end(&browser, "token=00000000-0000-0000-0000-000000000000").status,
        400
    );
    let (browser, token) = (cookie(&ask_again), hidden(&ask_again, "token"));
    let ended = end(&browser, &format!("token={token}"));
    assert_eq!(ended.status, 303, "{ended:?}");
    assert!(!xpm.state().overview().connected);
    let shown = Page::get(&format!("{tab}connection"), &[]);
    assert!(
        shown.body.contains("Not connected to XPM"),
        "{}",
        shown.body
    );
}

#[test]
fn from_the_command_line_a_browser_on_this_machine_consents() {
    let folder = tempfile::tempdir().unwrap();
    let xpm = Xpm::start();
    let config = settings(folder.path(), &xpm);
    let connect = [
        "--config",
        &config,
        "connect",
        "--practice",
        "harbour",
        "--no-browser",
        "--redirect-port",
        "0",
    ];
    let mut connecting = Serving::start(&mut server(&connect));
    let url = connecting.told("Consent in a browser on this machine: ");
    let back = Page::get(&url, &[]);
    let back = back.header("location").to_owned();
    // An answer to another consent is turned away, and this one is still waited for.
    let (start, _) = back.split_once("code=").unwrap();
    let foreign = Page::get(&format!("{start}code=x&state=other"), &[]);
    assert_eq!(foreign.status, 400, "{foreign:?}");
    let brought = Page::get(&back, &[]);
    assert_eq!(brought.status, 200, "{brought:?}");
    let told = connecting.told("harbour is connected to ");
    assert_eq!(told, xpm.state().tenant().to_string());

    // Where the consent covers several, nobody sits at the terminal and none is named: refused.
    let other = Uuid::from_u128(0xB0B);
    xpm.state()
        .also_covers(other, "PRACTICEMANAGER", None)
        .unwrap();
    let several = connect_by_token(&config, &xpm.token(), &[]);
    assert_eq!(several.code, Some(2), "{}", several.err);
    assert!(several.err.contains("give --tenant"), "{}", several.err);
    let tenant = xpm.state().tenant().to_string();
    let named = connect_by_token(&config, &xpm.token(), &["--tenant", &tenant]);
    assert_eq!(named.code, Some(0), "{}", named.err);

    let ended = good(&["--config", &config, "disconnect", "--practice", "harbour"]);
    assert_eq!(
        ended,
        "harbour is disconnected, and the consent is revoked\n"
    );
    let again = good(&["--config", &config, "disconnect", "--practice", "harbour"]);
    assert_eq!(again, "harbour was not connected\n");
}

#[test]
fn a_second_process_is_refused_before_it_can_refresh_anything() {
    let folder = tempfile::tempdir().unwrap();
    let xpm = Xpm::start();
    let config = settings(folder.path(), &xpm);
    let connected = connect_by_token(&config, &xpm.token(), &[]);
    assert_eq!(connected.code, Some(0), "{}", connected.err);
    let mut serving = Serving::start(&mut server(&["--config", &config, "serve"]));
    serving.told("The Workflow tab: ");
    // The tokens that both would refresh have ended.
    let token = xpm.token();
    let before = xpm.refreshes();
    for command in [
        &["run-due"][..],
        &["serve"],
        &["disconnect", "--practice", "harbour"],
    ] {
        let sentence = refused(server(&["--config", &config]).args(command), 1);
        assert!(sentence.contains("is owned by"), "{sentence}");
    }
    let second = connect_by_token(&config, &token, &[]);
    assert_eq!(second.code, Some(1), "{}", second.err);
    assert!(second.err.contains("is owned by"), "{}", second.err);
    let rotating =
        ran(server(&["--config", &config, "rotate-key"]).env("WORKFLOW_FORMER_KEY", KEY));
    assert_eq!(rotating.code, Some(1), "{}", rotating.err);
    assert_eq!(
        xpm.refreshes(),
        before,
        "nobody but the owner asked for a token"
    );
}

#[test]
fn the_key_is_changed_and_the_old_one_opens_nothing_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let xpm = Xpm::start();
    let config = settings(folder.path(), &xpm);
    let connected = connect_by_token(&config, &xpm.token(), &[]);
    assert_eq!(connected.code, Some(0), "{}", connected.err);
    let key = folder.path().join("key");
    let rotate = || server(&["--config", &config, "rotate-key"]);

    let sentence = refused(&mut rotate(), 2);
    assert!(sentence.contains("WORKFLOW_FORMER_KEY"), "{sentence}");
    fs::write(&key, OTHER_KEY).unwrap();
    // A key that is not the one of before: nothing is changed, and the practice is named.
    let wrong = "c29tZXRoaW5nIGVsc2UgdGhhdCBpcyAzMiBsb25nISE=";
    let sentence = refused(rotate().env("WORKFLOW_FORMER_KEY", wrong), 2);
    assert!(
        sentence.contains("the connection of harbour opens neither"),
        "{sentence}"
    );
    // Serving with the new key alone would take what is stored for lost.
    let sentence = refused(&mut server(&["--config", &config, "run-due"]), 2);
    assert!(
        sentence.contains("opens no stored connection (harbour)"),
        "{sentence}"
    );

    let done = ran(rotate().env("WORKFLOW_FORMER_KEY", KEY));
    assert_eq!(
        done.out, "1 connection sealed under the new key\n",
        "{}",
        done.err
    );
    let again = ran(rotate().env("WORKFLOW_FORMER_KEY", KEY));
    assert_eq!(
        again.out,
        "0 connections sealed under the new key; 1 of before were under it already\n"
    );
    good(&["--config", &config, "run-due"]);
    assert!(
        xpm.state().calls_spent().total > 0,
        "the directory was listed"
    );

    fs::write(&key, KEY).unwrap();
    refused(&mut server(&["--config", &config, "run-due"]), 2);
    // Where a key is lost, the practice is connected anew.
    let anew = connect_by_token(&config, &xpm.token(), &[]);
    assert_eq!(anew.code, Some(0), "{}", anew.err);
    good(&["--config", &config, "run-due"]);
    // No key and no token is in what is stored.
    let stored = fs::read(folder.path().join("p.db")).unwrap();
    for secret in [KEY, OTHER_KEY, "sandbox-secret"] {
        let found = stored
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{secret}");
    }
}
