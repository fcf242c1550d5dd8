//! `sandbox`, `connect`, `run-due` and `serve` together: a real connection, end to end.

use std::fs;

use crate::support::{Page, Serving, fed, good, ran, server};

const KEY: &str = "c2l4dGVlbiBieXRlcyB0d2ljZSBpcyB0aGlydHktMiE=";

#[test]
fn connected_by_a_refresh_token_what_is_due_is_deployed_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut xpm = Serving::start(&mut server(&["sandbox"]));
    let root = xpm.told("API root");
    let token = xpm.told("refresh token");

    let config = settings(folder.path(), &root, "");

    let mut connect = server(&["--config", &config, "connect", "--practice", "harbour"]);
    let connected = fed(connect.arg("--refresh-token-stdin"), &token);
    assert_eq!(connected.code, Some(0), "{}", connected.err);
    assert!(
        connected.out.starts_with("harbour is connected to "),
        "{}",
        connected.out
    );

    let first = good(&["--config", &config, "run-due"]);
    assert!(
        first.starts_with("11 deployed, 2 waiting for a person, 0 replies lost"),
        "{first}"
    );
    let second = good(&["--config", &config, "run-due"]);
    assert!(
        second.starts_with("0 deployed, 0 waiting for a person"),
        "{second}"
    );

    // A token that was used up, much later, is refused in words.
    let mut bad = server(&["--config", &config, "connect", "--practice", "harbour"]);
    let refused = fed(bad.arg("--refresh-token-stdin"), "no-such-token");
    assert_eq!(refused.code, Some(1));
    assert!(
        refused
            .err
            .contains("the sign-in service answered invalid_grant"),
        "{}",
        refused.err
    );
    assert!(!refused.err.contains("no-such-token"), "{}", refused.err);

    let mut serving = Serving::start(&mut server(&["--config", &config, "serve"]));
    serving.told("The Workflow tab: ");
    let beside = ran(&mut server(&["--config", &config, "run-due"]));
    assert_eq!(beside.code, Some(1));
    assert!(beside.err.contains("is owned by"), "{}", beside.err);
    let ended = serving.terminated();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.err.contains("stopped: 0 deployed"), "{}", ended.err);

    let verified = good(&["--config", &config, "audit", "verify"]);
    assert!(verified.starts_with("harbour: "), "{verified}");
}

#[test]
fn the_demonstration_serves_the_tab_and_the_jobs_behind_it() {
    let mut demo = Serving::start(&mut server(&["demo"]));
    let tab = demo.told("The Workflow tab of Harbour Accounting: ");
    let xpm = demo.told("The simulated XPM behind it: ");
    let page = Page::get(&tab, &[]);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("Harbour Café Pty Ltd"), "{}", page.body);
    assert_eq!(Page::get(&xpm, &[]).status, 200);
    // Another site's page, whose name was made to lead to this machine, gets nothing.
    let stranger = Page::get(&tab, &[("host", "rebound.example")]);
    assert_eq!(stranger.status, 421);
    assert!(!stranger.body.contains("Harbour"), "{}", stranger.body);
    let ended = demo.terminated();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.err.contains("stopped: "), "{}", ended.err);
}

/// A database with the sample practice, and the settings for a simulated XPM at `root`.
pub(crate) fn settings(folder: &std::path::Path, root: &str, more: &str) -> String {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (file, database) = (path("practice.json"), path("p.db"));
    fs::write(&file, good(&["sample"])).unwrap();
    good(&["import", &file, "--database", &database]);
    fs::write(path("key"), KEY).unwrap();
    fs::write(path("secret"), "sandbox-secret\n").unwrap();
    let config = path("w.toml");
    let settings = format!(
        "database = {database:?}\nlisten = \"127.0.0.1:0\"\n{more}\n[xpm]\n\
         client_id = \"sandbox-app\"\nclient_secret_file = {:?}\nkey_file = {:?}\n\
         api = {root:?}\nidentity = {root:?}\nauthorize = \"{root}identity/connect/authorize\"\n",
        path("secret"),
        path("key"),
    );
    fs::write(&config, settings).unwrap();
    config
}

#[test]
fn an_administrator_connects_the_practice_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let mut xpm = Serving::start(&mut server(&["sandbox"]));
    let root = xpm.told("API root");
    let config = settings(folder.path(), &root, "");
    let mut serving = Serving::start(&mut server(&["--config", &config, "serve"]));
    // By the name of the machine that Xero sends the browser back to.
    let tab = serving
        .told("The Workflow tab: ")
        .replace("127.0.0.1", "localhost");
    let off = Page::get(&format!("{tab}xpm/connect"), &[]);
    assert_eq!(off.status, 303, "{off:?}");
    let cookie = off.header("set-cookie");
    assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let back = Page::get(off.header("location"), &[]);
    let back = back.header("location");
    assert!(back.starts_with("http://localhost:"), "{back}");

    // Without the cookie it is another browser.
    assert_eq!(Page::get(back, &[]).status, 400);
    let connected = Page::get(back, &[("cookie", cookie)]);
    assert_eq!(connected.status, 303, "{connected:?}");
    assert_eq!(connected.header("location"), "/connection");
    let again = Page::get(back, &[("cookie", cookie)]);
    assert_eq!(again.status, 400, "a consent is used once");
    // What the scheduler beside the tab has not deployed by now, the next pass does: what was due
    // before there was a connection waits for it, and not for a person.
    let stopped = serving.terminated();
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    let due = good(&["--config", &config, "run-due"]);
    let deployed = |report: &str| -> u32 {
        let words = report.split(" deployed").next().unwrap();
        words.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let beside = stopped
        .err
        .lines()
        .find(|line| line.starts_with("stopped: "));
    assert_eq!(deployed(beside.unwrap()) + deployed(&due), 11, "{due}");
}

#[test]
fn behind_a_proxy_people_are_named_and_administrators_alone_connect() {
    let folder = tempfile::tempdir().unwrap();
    let mut xpm = Serving::start(&mut server(&["sandbox"]));
    let root = xpm.told("API root");
    let more = "user_header = \"x-user\"\nadministrators = [\"Grace\"]\n\
                public_url = \"https://workflow.example\"\n";
    let config = settings(folder.path(), &root, more);
    let mut serving = Serving::start(&mut server(&["--config", &config, "serve"]));
    let tab = serving.told("The Workflow tab: ");
    assert_eq!(Page::get(&tab, &[]).status, 401);
    let two = [("x-user", "Mei"), ("x-user", "Grace")];
    assert_eq!(Page::get(&tab, &two).status, 401);
    assert_eq!(Page::get(&tab, &[("x-user", "Mei")]).status, 200);
    let connect = format!("{tab}xpm/connect");
    assert_eq!(Page::get(&connect, &[("x-user", "Mei")]).status, 403);
    let off = Page::get(&connect, &[("x-user", "Grace")]);
    assert_eq!(off.status, 303, "{off:?}");
    assert!(off.header("set-cookie").ends_with("; Secure"), "{off:?}");
}
