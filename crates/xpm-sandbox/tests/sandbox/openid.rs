//! Signing in by OpenID Connect: discovery, the page that asks who it is, and a code that is
//! exchanged once, with its verifier, for an ID token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::common::{Answer, Fixture, quiet, read};

const BACK: &str = "http://localhost:9999/back";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";

async fn ask(xpm: &Fixture, scope: &str, person: Option<&str>) -> Answer {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", "sandbox-app"),
        ("redirect_uri", BACK),
        ("scope", scope),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    query.extend(person.map(|person| ("person", person)));
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let request = browser.get(xpm.running.authorize_url()).query(&query);
    read(request.send().await.unwrap()).await.unwrap()
}

async fn exchange(xpm: &Fixture, answer: &Answer, verifier: &str) -> Answer {
    let location = answer.header("location").unwrap();
    let (_, rest) = location.split_once("code=").unwrap();
    let code = rest.strip_suffix("&state=s").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", verifier),
    ];
    let request = xpm.http.post(xpm.running.token_url()).form(&form);
    let request = request.basic_auth("sandbox-app", Some("sandbox-secret"));
    read(request.send().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn the_discovery_document_leads_to_every_endpoint() {
    let xpm = Fixture::quiet().await;
    let issuer = xpm.running.base_url();
    let path = format!("{issuer}/.well-known/openid-configuration");
    let fetch = async |url: &str| {
        let answer = xpm.http.get(url).send().await.unwrap();
        read(answer).await.unwrap().json()
    };
    let document = fetch(&path).await;
    assert_eq!(document["issuer"], issuer);
    assert_eq!(
        document["authorization_endpoint"],
        xpm.running.authorize_url()
    );
    assert_eq!(document["token_endpoint"], xpm.running.token_url());
    let keys = fetch(document["jwks_uri"].as_str().unwrap()).await;
    assert_eq!(keys["keys"][0]["kty"], "RSA");
    let modulus = keys["keys"][0]["n"].as_str().unwrap();
    let modulus = URL_SAFE_NO_PAD.decode(modulus).unwrap();
    assert_eq!(modulus.len(), 256);
    assert!(
        modulus[0] >= 128 && modulus[255] % 2 == 1,
        "it is no modulus"
    );
}

#[tokio::test]
async fn who_signs_in_is_asked_and_no_practice_is_connected() {
    let xpm = Fixture::start(quiet()).await;
    xpm.state().revoke().unwrap();
    let asked = ask(&xpm, "openid profile email", None).await;
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains("Mei Tan") && asked.body.contains("person=mei"));
    let nobody = ask(&xpm, "openid profile email", Some("nobody")).await;
    assert_eq!(nobody.status, 200, "asked again");
    let sent = ask(&xpm, "openid profile email", Some("mei")).await;
    assert_eq!(sent.status, 302);
    let body = exchange(&xpm, &sent, VERIFIER).await.json();
    let token = body["id_token"].as_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["sub"], "mei");
    assert_eq!(claims["nonce"], "n");
    assert_eq!(claims["aud"], "sandbox-app");
    assert!(body.get("refresh_token").is_none());
    assert!(!xpm.state().overview().connected);
    assert_eq!(exchange(&xpm, &sent, VERIFIER).await.status, 400, "once");
    let other = ask(&xpm, "openid", Some("mei")).await;
    let refused = exchange(
        &xpm,
        &other,
        "another-verifier-that-is-long-enough-0123456789",
    )
    .await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn a_consent_to_xpm_connects_the_practice_and_asks_nobody_who_they_are() {
    let xpm = Fixture::start(quiet()).await;
    xpm.state().revoke().unwrap();
    let scope = "openid profile email offline_access practicemanager.job";
    let sent = ask(&xpm, scope, None).await;
    assert_eq!(sent.status, 302);
    let body = exchange(&xpm, &sent, VERIFIER).await.json();
    assert!(body.get("id_token").is_none() && body.get("refresh_token").is_some());
    assert!(xpm.state().overview().connected);
}
