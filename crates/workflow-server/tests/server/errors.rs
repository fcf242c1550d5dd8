//! Every failure is one clear sentence and an exit code: 2 for what was given, 1 for the rest.

use std::fs;

use crate::support::{Ran, Serving, fed, ran, refused, server};

const KEY: &str = "c2l4dGVlbiBieXRlcyB0d2ljZSBpcyB0aGlydHktMiE=";

/// A sample practice in a database of this folder.
fn imported(folder: &std::path::Path) -> String {
    let file = folder.join("practice.json");
    fs::write(&file, crate::support::good(&["sample"])).unwrap();
    let database = folder.join("p.db").to_str().unwrap().to_owned();
    crate::support::good(&["import", file.to_str().unwrap(), "--database", &database]);
    database
}

#[test]
fn what_is_missing_or_unknown_on_the_command_line_is_named() {
    for (args, words) in [
        (&["plan", "--until", "2026-12-31"][..], "give --database"),
        (&["plan", "--until", "soon", "--database", "x"], "soon"),
        (&["demo", "--faults", "2"], "from 0 to 1"),
        (&["audit", "verify", "--log", "a=b=c"], "log filter"),
        (
            &["--config", "/nowhere/w.toml", "sample"],
            "/nowhere/w.toml",
        ),
    ] {
        let Ran { code, out, err } = ran(&mut server(args));
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?}: {err}");
        assert!(err.contains(words), "{args:?}: {err}");
    }
}

#[test]
fn a_config_file_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.toml");
    fs::write(&path, "database = \"p.db\"\n\n[xpm]\nsecret = \"x\"\n").unwrap();
    let said = refused(
        &mut server(&["--config", path.to_str().unwrap(), "sample"]),
        2,
    );
    assert!(
        said.contains("w.toml, line 4: unknown field `secret`"),
        "{said}"
    );
}

#[test]
fn a_missing_folder_and_a_missing_database_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let sample = path("practice.json");
    fs::write(&sample, crate::support::good(&["sample"])).unwrap();
    let nowhere = path("nowhere/p.db");
    let said = refused(&mut server(&["import", &sample, "--database", &nowhere]), 2);
    assert!(
        said.contains("the folder") && said.contains("does not exist"),
        "{said}"
    );
    let missing = path("missing.db");
    let said = refused(&mut server(&["audit", "verify", "--database", &missing]), 2);
    assert!(said.contains("there is no database at"), "{said}");
    let other = path("other.db");
    fs::write(&other, "certainly no database").unwrap();
    let said = refused(&mut server(&["audit", "verify", "--database", &other]), 1);
    assert!(said.contains("is not an SQLite database"), "{said}");
}

#[test]
fn a_practice_that_is_not_there_is_named_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let database = imported(folder.path());
    let mut plan = server(&["plan", "--until", "2027-01-31", "--database", &database]);
    let said = refused(plan.args(["--practice", "acme"]), 2);
    assert!(
        said.contains("there is no practice acme; there is harbour"),
        "{said}"
    );
}

#[test]
fn only_its_owner_deploys_and_only_its_owner_connects() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = Serving::start(
        server(&["demo", "--data-dir", folder.path().to_str().unwrap()]).arg("--port=0"),
    );
    owner.told("The simulated XPM behind it: ");
    let database = folder
        .path()
        .join("workflow.db")
        .to_str()
        .unwrap()
        .to_owned();
    let with_xpm = |command: &str| {
        let mut command = server(&[command, "--database", &database, "--xpm-client-id", "app"]);
        command
            .env("WORKFLOW_KEY", KEY)
            .env("WORKFLOW_CLIENT_SECRET", "hidden-secret");
        command
    };
    let said = refused(&mut with_xpm("run-due"), 1);
    assert!(
        said.contains("is owned by") && said.contains("stop that one first"),
        "{said}"
    );
    let connect = fed(
        with_xpm("connect").args(["--practice", "harbour", "--refresh-token-stdin"]),
        "hidden-token\n",
    );
    assert_eq!(connect.code, Some(1));
    assert!(connect.err.contains("is owned by"), "{}", connect.err);
    // What needs no ownership works beside the owner.
    let planned = crate::support::good(&["plan", "--until", "2027-01-31", "--database", &database]);
    assert!(planned.contains(" calls, "), "{planned}");
    let mut verify = server(&["audit", "verify", "--database", &database]);
    assert_eq!(ran(&mut verify).code, Some(0));
    let ended = owner.terminated();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.err.contains("stopped: "), "{}", ended.err);
}

#[test]
fn a_pass_over_a_practice_without_a_connection_fails_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("practice.json");
    std::fs::write(&file, crate::support::good(&["sample"])).unwrap();
    let database = folder.path().join("p.db").to_str().unwrap().to_owned();
    crate::support::good(&["import", file.to_str().unwrap(), "--database", &database]);
    let mut pass = server(&["run-due", "--database", &database, "--xpm-client-id", "app"]);
    pass.env("WORKFLOW_KEY", KEY)
        .env("WORKFLOW_CLIENT_SECRET", "hidden-secret");
    let passed = ran(&mut pass);
    assert_eq!(passed.code, Some(1), "{}", passed.err);
    assert!(passed.out.starts_with("0 deployed, "), "{}", passed.out);
    assert!(
        passed
            .err
            .contains("harbour is not connected to XPM: connect it"),
        "{}",
        passed.err
    );
}

#[test]
fn secrets_are_missing_wrong_or_empty_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("p.db").to_str().unwrap().to_owned();
    let run = || {
        let mut command = server(&["run-due", "--database", &database]);
        command.args(["--xpm-client-id", "app"]);
        command
    };
    let said = refused(&mut run(), 2);
    assert!(said.contains("client secret is missing"), "{said}");
    let said = refused(run().env("WORKFLOW_CLIENT_SECRET", " "), 2);
    assert!(said.contains("client secret is empty"), "{said}");
    let said = refused(run().args(["--client-secret-file", "/nowhere/secret"]), 2);
    assert!(said.contains("/nowhere/secret"), "{said}");
    let mut wrong = run();
    let wrong = wrong.env("WORKFLOW_CLIENT_SECRET", "hidden-secret");
    let said = refused(wrong.env("WORKFLOW_KEY", "hidden-key"), 2);
    assert!(said.contains("the master key is not base64"), "{said}");
    assert!(!said.contains("hidden"), "{said}");
    assert!(!folder.path().join("p.db").exists(), "nothing was made");
}

#[test]
fn an_unreachable_xpm_is_a_sentence_without_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let database = imported(folder.path());
    // A port that was free a moment ago, and that nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let root = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    let mut connect = server(&["connect", "--database", &database, "--practice", "harbour"]);
    connect
        .args(["--refresh-token-stdin", "--xpm-client-id", "app"])
        .args(["--xpm-api", &root, "--xpm-identity", &root])
        .env("WORKFLOW_KEY", KEY)
        .env("WORKFLOW_CLIENT_SECRET", "hidden-secret");
    let ran = fed(&mut connect, "hidden-token\n");
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(
        ran.err
            .contains("harbour was not connected: Xero could not be asked"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("hidden"), "{}", ran.err);
    let ran = fed(&mut connect, "\n");
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("no refresh token on standard input"),
        "{}",
        ran.err
    );
}

#[test]
fn the_tab_is_not_served_beyond_this_machine_without_a_sign_in() {
    let mut serve = server(&["serve", "--database", "p.db", "--listen", "0.0.0.0:0"]);
    serve
        .args(["--xpm-client-id", "app"])
        .env("WORKFLOW_KEY", KEY)
        .env("WORKFLOW_CLIENT_SECRET", "hidden-secret");
    let said = refused(&mut serve, 2);
    assert!(said.contains("--user-header"), "{said}");
}
