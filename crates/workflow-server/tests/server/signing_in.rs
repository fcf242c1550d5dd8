//! Signing in with the real binary: `serve` with an identity provider, and `role` beside it.

use std::fs;
use std::path::Path;

use xpm_sandbox::Login;

use crate::connection::{Xpm, settings};
use crate::support::{Page, Serving, good, ran, refused, server};

/// The settings for the simulated XPM, in which it signs people in as well.
fn signing_in(folder: &Path, xpm: &Xpm) -> String {
    let config = settings(folder, xpm);
    let (root, secret) = (xpm.running.base_url(), folder.join("secret"));
    let more = format!(
        "[sign_in]\nissuer = {root:?}\nclient_id = \"sandbox-app\"\n\
         client_secret_file = {:?}\nask = \"Grace\"\nattempts_of_one = 8\n",
        secret.to_str().unwrap()
    );
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text + &more).unwrap();
    config
}

/// The cookies that a page sets, as a browser sends them back.
fn cookie(page: &Page) -> String {
    let line = page.header("set-cookie");
    line.split(';').next().unwrap().to_owned()
}

/// Signs in, and answers the cookie of the session.
fn sign_in(tab: &str, person: &str) -> String {
    let off = Page::get(&format!("{tab}sign-in/begin"), &[]);
    let url = format!("{}&person={person}", off.header("location"));
    let back = Page::get(&url, &[]);
    let landed = Page::get(back.header("location"), &[("cookie", &cookie(&off))]);
    assert_eq!(landed.status, 303, "{landed:?}");
    cookie(&landed)
}

#[test]
fn people_sign_in_and_a_command_gives_and_takes_their_roles() {
    let folder = tempfile::tempdir().unwrap();
    let xpm = Xpm::start();
    let logins = vec![
        Login::new("mei", "Mei Tan", "mei@harbour.example"),
        Login::new("theo", "Theo Okafor", "theo@harbour.example"),
    ];
    xpm.state().set_logins(logins);
    let config = signing_in(folder.path(), &xpm);
    let role = |args: &[&str]| {
        let mut all = vec!["--config", config.as_str(), "role"];
        all.extend(args);
        good(&all)
    };
    assert_eq!(role(&["list"]), "nobody has a role in harbour\n");
    let mut serving = Serving::start(&mut server(&["--config", &config, "serve"]));
    let tab = serving.told("The Workflow tab: ");

    let off = Page::get(&tab, &[]);
    assert_eq!(off.header("location"), "/sign-in");
    let session = sign_in(&tab, "mei");
    let stranger = Page::get(&tab, &[("cookie", &session)]);
    assert_eq!(stranger.header("location"), "/sign-in/account");
    let told = Page::get(&format!("{tab}sign-in/account"), &[("cookie", &session)]);
    assert_eq!(told.status, 403);
    assert!(told.body.contains("Ask Grace to"), "{}", told.body);

    // Beside the server that owns the database.
    let given = role(&["grant", "Mei@Harbour.example", "administrator"]);
    assert_eq!(given, "harbour: mei@harbour.example is administrator now\n");
    let again = role(&["grant", "mei@harbour.example", "administrator"]);
    assert_eq!(
        again,
        "harbour: mei@harbour.example is administrator already\n"
    );
    let listed = role(&["list", "--json"]);
    assert!(
        listed.contains("\"account\": \"mei@harbour.example\""),
        "{listed}"
    );
    let page = Page::get(&tab, &[("cookie", &session)]);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.body.contains("Mei Tan (mei@harbour.example)"),
        "{}",
        page.body
    );
    // An administrator connects the practice that they see; nobody else does.
    let connect = format!("{tab}xpm/connect");
    assert_eq!(Page::get(&connect, &[("cookie", &session)]).status, 303);
    role(&["grant", "theo@harbour.example", "viewer"]);
    let theos = sign_in(&tab, "theo");
    assert_eq!(Page::get(&tab, &[("cookie", &theos)]).status, 200);
    assert_eq!(Page::get(&connect, &[("cookie", &theos)]).status, 403);

    let taken = role(&["revoke", "mei@harbour.example"]);
    let sentence =
        "harbour: mei@harbour.example has no role any more, and their session has ended\n";
    assert_eq!(taken, sentence);
    let gone = Page::get(&tab, &[("cookie", &session)]);
    assert_eq!(gone.header("location"), "/sign-in");
    refused(
        &mut server(&["--config", &config, "role", "revoke", "mei@harbour.example"]),
        2,
    );

    // Eight requests were let in within the five minutes: these were four, and four were before.
    let mut last = Page::get(&format!("{tab}sign-in/begin"), &[]);
    for _ in 0..8 {
        last = Page::get(&format!("{tab}sign-in/begin"), &[]);
    }
    assert_eq!(last.status, 429, "{last:?}");
    assert!(last.header("retry-after").parse::<u32>().unwrap() <= 301);

    let ended = serving.terminated();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended
            .err
            .contains("Nobody administers harbour yet: workflow-server role grant")
    );
    let token = theos.split_once('=').unwrap().1;
    for secret in ["sandbox-secret", token] {
        assert!(!ended.err.contains(secret), "a secret is in the log");
        let stored = fs::read(folder.path().join("p.db")).unwrap();
        let mut parts = stored.windows(secret.len());
        assert!(
            !parts.any(|part| part == secret.as_bytes()),
            "a secret is stored"
        );
    }
    good(&["--config", &config, "audit", "verify"]);
}

#[test]
fn without_an_identity_provider_it_is_said_that_nobody_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let xpm = Xpm::start();
    let config = settings(folder.path(), &xpm);
    let mut serving = Serving::start(&mut server(&["--config", &config, "serve"]));
    let tab = serving.told("The Workflow tab: ");
    assert_eq!(Page::get(&tab, &[]).status, 200);
    assert_eq!(Page::get(&format!("{tab}sign-in"), &[]).status, 404);
    let ended = serving.terminated();
    assert!(ended.err.contains("Nobody signs in"), "{}", ended.err);
}

#[test]
fn settings_of_signing_in_that_cannot_be_used_are_refused_before_anything_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let xpm = Xpm::start();
    let config = settings(folder.path(), &xpm);
    let secret = folder.path().join("secret");
    let (secret, root) = (secret.to_str().unwrap(), xpm.running.base_url());
    let issuer = ["--sign-in-issuer", root.as_str()];
    let whole = [
        issuer[0],
        issuer[1],
        "--sign-in-client-id",
        "app",
        "--sign-in-secret-file",
        secret,
    ];
    let with = |more: &[&'static str]| {
        let mut all = whole.to_vec();
        all.extend(more);
        all
    };
    for (args, sentence) in [
        (issuer.to_vec(), "--sign-in-client-id"),
        (whole[..4].to_vec(), "WORKFLOW_SIGN_IN_SECRET"),
        (
            with(&["--user-header", "x-user"]),
            "either by an identity provider or by a proxy",
        ),
        (
            with(&["--public-url", "http://workflow.example"]),
            "signing in: the public URL must be",
        ),
        (
            with(&["--listen", "0.0.0.0:0"]),
            "give with --public-url the https address",
        ),
        (
            [
                &["--sign-in-issuer", "http://identity.example"],
                &whole[2..],
            ]
            .concat(),
            "signing in: the issuer must be an https address",
        ),
    ] {
        let said = refused(server(&["--config", &config, "serve"]).args(&args), 2);
        assert!(said.contains(sentence), "{args:?}: {said}");
    }
    for (line, sentence) in [
        ("idle_minutes = 0", "must be at least a minute"),
        (
            "address_header = \"a b\"",
            "address_header is not the name of a header",
        ),
        ("emails = \"all\"", "unknown variant `all`"),
        ("password = \"x\"", "unknown field `password`"),
    ] {
        let text = fs::read_to_string(&config).unwrap();
        let other = folder.path().join("other.toml");
        fs::write(&other, format!("{text}[sign_in]\n{line}\n")).unwrap();
        let mut serve = server(&["--config", other.to_str().unwrap(), "serve"]);
        let said = refused(serve.args(whole), 2);
        assert!(said.contains(sentence), "{line}: {said}");
    }
    let none = ran(&mut server(&[
        "--config", &config, "role", "grant", "mei", "editor",
    ]));
    assert_eq!(none.code, Some(2));
    assert!(none.err.contains("e-mail address must be"), "{}", none.err);
}
