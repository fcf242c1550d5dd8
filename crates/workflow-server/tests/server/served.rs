//! `sandbox`, `connect`, `run-due` and `serve` together: a real connection, end to end.

use std::fs;

use crate::support::{Serving, fed, good, ran, server};

const KEY: &str = "c2l4dGVlbiBieXRlcyB0d2ljZSBpcyB0aGlydHktMiE=";

#[test]
fn connected_by_a_refresh_token_what_is_due_is_deployed_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut xpm = Serving::start(&mut server(&["sandbox"]));
    let root = xpm.told("API root");
    let token = xpm.told("refresh token");

    let (file, database) = (path("practice.json"), path("p.db"));
    fs::write(&file, good(&["sample"])).unwrap();
    good(&["import", &file, "--database", &database]);
    fs::write(path("key"), KEY).unwrap();
    fs::write(path("secret"), "sandbox-secret\n").unwrap();
    let config = path("w.toml");
    let settings = format!(
        "database = {database:?}\nlisten = \"127.0.0.1:0\"\n\n[xpm]\nclient_id = \"sandbox-app\"\n\
         client_secret_file = {:?}\nkey_file = {:?}\napi = {root:?}\nidentity = {root:?}\n",
        path("secret"),
        path("key"),
    );
    fs::write(&config, settings).unwrap();

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
        first.starts_with("12 deployed, 2 waiting for a person, 0 replies lost"),
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
