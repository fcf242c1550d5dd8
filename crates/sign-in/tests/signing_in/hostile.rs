//! What a provider, or whoever stands in for it, sends: nothing but a sound ID token signs anybody
//! in, and the page says in a sentence why not.

use chrono::TimeDelta;
use sign_in::Emails;
use workflow_core::access::Role;
use xpm_sandbox::{IdTokenFault, Login};

use crate::world::{World, account, host};

/// What the page says of each fault.
fn sentence(fault: IdTokenFault) -> &'static str {
    match fault {
        IdTokenFault::Audience | IdTokenFault::OtherParty => "it was made for another application",
        IdTokenFault::Issuer => "another provider made it",
        IdTokenFault::Nonce | IdTokenFault::NoNonce => "it answers another sign-in",
        IdTokenFault::Expired | IdTokenFault::Future => "it has expired, or is of the future",
        IdTokenFault::Unsigned | IdTokenFault::PublicKeyAsSecret | IdTokenFault::ClientSecret => {
            "it is not signed, or in a way that proves nothing"
        }
        IdTokenFault::OtherKey | IdTokenFault::Changed => "its signature does not hold",
        IdTokenFault::AccessToken => "it belongs to another access token",
        IdTokenFault::Missing => "there is none",
        IdTokenFault::Garbage => "answer cannot be read",
    }
}

#[tokio::test]
async fn an_unsound_id_token_signs_nobody_in() {
    let world = World::new().await;
    world.grant("mara@acme.example", Role::Administrator).await;
    for fault in IdTokenFault::ALL {
        world.xero().spoil_id_tokens(Some(fault));
        let browser = world.browser();
        let page = browser.sign_in("mara", "/sign-in/begin").await;
        assert!([403, 502].contains(&page.status), "{fault:?}: {page:?}");
        assert!(
            page.body.contains(sentence(fault)),
            "{fault:?}: {}",
            page.body
        );
        assert_eq!(browser.session(), None, "{fault:?}");
        assert_eq!(browser.get("/overview").await.status, 303, "{fault:?}");
        // New keys are asked for at most every ten seconds.
        world.pass(TimeDelta::minutes(1));
    }
    world.xero().spoil_id_tokens(None);
    let browser = world.signed_in("mara").await;
    assert_eq!(browser.get("/overview").await.status, 200);
}

#[tokio::test]
async fn a_provider_that_changed_its_key_is_asked_for_the_new_one() {
    let world = World::new().await;
    world.grant("mara@acme.example", Role::Viewer).await;
    world.signed_in("mara").await;
    world.xero().change_signing_key();
    world.pass(TimeDelta::minutes(1));
    let browser = world.signed_in("mara").await;
    assert_eq!(browser.get("/overview").await.status, 200);
}

#[tokio::test]
async fn an_address_that_nobody_vouches_for_has_no_role() {
    let unverified = |verified| Login {
        email_verified: verified,
        ..Login::new("mallory", "Mallory", "mara@acme.example")
    };
    for (emails, verified, status) in [
        (Emails::Verified, Some(false), 403),
        (Emails::Verified, None, 403),
        (Emails::Verified, Some(true), 200),
        (Emails::AsGiven, Some(false), 403),
        (Emails::AsGiven, None, 200),
    ] {
        let world = World::with(|settings| settings.emails(emails)).await;
        world.grant("mara@acme.example", Role::Editor).await;
        world.xero().set_logins(vec![unverified(verified)]);
        let browser = world.signed_in("mallory").await;
        let page = browser.get("/sign-in/account").await;
        assert_eq!(page.status, status, "{emails}, {verified:?}");
    }
}

#[tokio::test]
async fn a_role_may_be_given_to_the_providers_own_key_for_a_person() {
    let world = World::new().await;
    let login = Login {
        email: None,
        email_verified: None,
        ..Login::new("8d1f|x", "Sam <b>Bold</b>", "")
    };
    world.xero().set_logins(vec![login]);
    let browser = world.browser();
    browser.sign_in("8d1f%7Cx", "/sign-in/begin").await;
    let page = browser.get("/sign-in/account").await;
    assert_eq!(page.status, 403);
    let subject = format!("{}|8d1f|x", world.issuer);
    assert!(
        page.body.contains(&format!("<code>{subject}</code>")),
        "{}",
        page.body
    );
    assert!(page.body.contains("Sam &lt;b&gt;Bold&lt;/b&gt;"));
    let granted = world.acme.grant(host(), account(&subject), Role::Viewer);
    granted.await.expect("a role");
    assert_eq!(browser.get("/overview").await.status, 200);
    // The same key at another provider is somebody else.
    let revoked = world.acme.revoke(host(), account(&subject)).await;
    revoked.expect("revoked");
    let elsewhere = account("https://identity.example|8d1f|x");
    let granted = world.acme.grant(host(), elsewhere, Role::Viewer).await;
    granted.expect("a role");
    assert_eq!(browser.get("/overview").await.status, 303);
}
