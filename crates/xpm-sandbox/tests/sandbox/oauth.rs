//! Consent, tokens, connections and revocation.

use crate::common::{Answer, Fixture, read};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use reqwest::Client;
use reqwest::redirect::Policy;
use sha2::{Digest as _, Sha256};

const BACK: &str = "http://localhost:9999/callback?from=xero";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-0123456789";

fn browser() -> Client {
    Client::builder().redirect(Policy::none()).build().unwrap()
}

async fn authorise(xpm: &Fixture, extra: &[(&str, &str)]) -> Answer {
    let mut query = vec![
        ("response_type", "code"),
        ("client_id", "sandbox-app"),
        ("redirect_uri", BACK),
        (
            "scope",
            "offline_access practicemanager practicemanager.job",
        ),
        ("state", "a b&c"),
    ];
    for (name, value) in extra {
        query.retain(|(other, _)| other != name);
        query.push((name, value));
    }
    let request = browser().get(xpm.running.authorize_url()).query(&query);
    read(request.send().await.unwrap()).await.unwrap()
}

fn code(answer: &Answer) -> String {
    let location = answer.header("location").unwrap();
    let rest = location.strip_prefix(&format!("{BACK}&code=")).unwrap();
    rest.strip_suffix("&state=a%20b%26c").unwrap().to_owned()
}

async fn token(xpm: &Fixture, form: &[(&str, &str)]) -> Answer {
    let request = xpm.http.post(xpm.running.token_url()).form(form);
    let request = request.basic_auth("sandbox-app", Some("sandbox-secret"));
    read(request.send().await.unwrap()).await.unwrap()
}

async fn refresh(xpm: &Fixture, refresh_token: &str) -> Answer {
    token(
        xpm,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ],
    )
    .await
}

fn field(answer: &Answer, name: &str) -> String {
    answer.json()[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {}", answer.body))
        .to_owned()
}

#[tokio::test]
async fn a_consent_with_pkce_ends_in_tokens_once() {
    let mut xpm = Fixture::quiet().await;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let pkce = [
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let sent = authorise(&xpm, &pkce).await;
    assert_eq!(sent.status, 302);
    let code = code(&sent);
    // A native app has no secret; the verifier stands for it.
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", BACK),
        ("client_id", "sandbox-app"),
        ("code_verifier", VERIFIER),
    ];
    let request = xpm.http.post(xpm.running.token_url()).form(&form);
    let granted = read(request.send().await.unwrap()).await.unwrap();
    assert_eq!(granted.status, 200);
    assert_eq!(granted.json()["expires_in"], 1_800);
    assert_eq!(granted.json()["token_type"], "Bearer");
    assert!(granted.header("xero-correlation-id").is_some());
    xpm.tokens.access_token = field(&granted, "access_token");
    assert_eq!(xpm.get("job.api/current").await.status, 200);
    let claims = xpm.tokens.access_token.split('.').nth(1).unwrap();
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(),
        1_800
    );

    let again = read(
        xpm.http
            .post(xpm.running.token_url())
            .form(&form)
            .send()
            .await
            .unwrap(),
    );
    let again = again.await.unwrap();
    assert_eq!(
        (again.status, field(&again, "error").as_str()),
        (400, "invalid_grant")
    );
}

#[tokio::test]
async fn a_wrong_verifier_uri_or_secret_and_an_old_code_are_refused() {
    let xpm = Fixture::quiet().await;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let pkce = [
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let exchange = async |verifier: &str, uri: &str, wait: TimeDelta| {
        let code = code(&authorise(&xpm, &pkce).await);
        xpm.clock.forward(wait);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", uri),
            ("code_verifier", verifier),
        ];
        token(&xpm, &form).await.status
    };
    assert_eq!(exchange(VERIFIER, BACK, TimeDelta::zero()).await, 200);
    assert_eq!(exchange("wrong", BACK, TimeDelta::zero()).await, 400);
    assert_eq!(
        exchange(VERIFIER, "http://localhost/other", TimeDelta::zero()).await,
        400
    );
    assert_eq!(exchange(VERIFIER, BACK, TimeDelta::minutes(5)).await, 400);

    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*xpm.tokens.refresh_token),
    ];
    let request = xpm.http.post(xpm.running.token_url()).form(&form);
    let refused = request
        .basic_auth("sandbox-app", Some("wrong"))
        .send()
        .await
        .unwrap();
    let refused = read(refused).await.unwrap();
    assert_eq!(
        (refused.status, field(&refused, "error").as_str()),
        (400, "invalid_client")
    );
}

#[tokio::test]
async fn a_consent_that_cannot_be_is_explained_and_not_redirected() {
    let xpm = Fixture::quiet().await;
    for (name, value) in [
        ("client_id", "somebody"),
        ("response_type", "token"),
        ("redirect_uri", "javascript:alert(1)"),
        ("code_challenge", "plain-one"),
    ] {
        let refused = authorise(&xpm, &[(name, value)]).await;
        assert_eq!(refused.status, 400, "{name}");
        assert!(refused.body.starts_with(name), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_refresh_rotates_and_the_old_token_has_thirty_minutes_grace() {
    let mut xpm = Fixture::quiet().await;
    let old = xpm.tokens.refresh_token.clone();
    let first = refresh(&xpm, &old).await;
    assert_ne!(field(&first, "refresh_token"), old);
    xpm.clock.forward(TimeDelta::minutes(29));
    let lost = refresh(&xpm, &old).await;
    assert_eq!(lost.status, 200);
    xpm.tokens.access_token = field(&lost, "access_token");
    assert_eq!(xpm.get("staff.api/list").await.status, 200);
    let two_holders = refresh(&xpm, &field(&first, "refresh_token")).await;
    assert_eq!(field(&two_holders, "error"), "invalid_grant");
    xpm.clock.forward(TimeDelta::minutes(1));
    let too_late = refresh(&xpm, &old).await;
    assert_eq!(
        (too_late.status, field(&too_late, "error").as_str()),
        (400, "invalid_grant")
    );
    assert_eq!(
        refresh(&xpm, &field(&lost, "refresh_token")).await.status,
        200
    );
}

#[tokio::test]
async fn a_connection_names_no_tenant_and_can_be_ended() {
    let xpm = Fixture::quiet().await;
    let bearer = async |method, path: String| {
        let request = xpm
            .http
            .request(method, path)
            .bearer_auth(&xpm.tokens.access_token);
        read(request.send().await.unwrap()).await.unwrap()
    };
    let listed = bearer(reqwest::Method::GET, xpm.running.connections_url())
        .await
        .json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let connection = &listed[0];
    assert_eq!(connection["tenantType"], "PRACTICEMANAGER");
    assert!(connection["tenantName"].is_null());
    assert_eq!(connection["tenantId"], xpm.tokens.tenant_id.to_string());
    assert_ne!(connection["id"], connection["tenantId"]);
    let mine = format!(
        "{}?authEventId={}",
        xpm.running.connections_url(),
        connection["authEventId"].as_str().unwrap()
    );
    assert_eq!(bearer(reqwest::Method::GET, mine).await.json(), listed);

    let url = xpm.running.connections_url();
    let unknown = bearer(
        reqwest::Method::DELETE,
        format!("{url}/{}", xpm.tokens.tenant_id),
    )
    .await;
    assert_eq!(unknown.status, 404);
    let id = connection["id"].as_str().unwrap();
    assert_eq!(
        bearer(reqwest::Method::DELETE, format!("{url}/{id}"))
            .await
            .status,
        204
    );
    assert_eq!(
        bearer(reqwest::Method::GET, url).await.json(),
        serde_json::json!([])
    );
    assert_eq!(xpm.get("staff.api/list").await.status, 403);
    assert!(!xpm.state().overview().connected);

    let anonymous = xpm
        .http
        .get(xpm.running.connections_url())
        .send()
        .await
        .unwrap();
    assert_eq!(anonymous.status(), 401);
}

#[tokio::test]
async fn revoking_ends_tokens_and_connection() {
    let xpm = Fixture::quiet().await;
    let revoke = async || {
        let form = [("token", xpm.tokens.refresh_token.as_str())];
        let request = xpm.http.post(xpm.running.revocation_url()).form(&form);
        let request = request.basic_auth("sandbox-app", Some("sandbox-secret"));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(revoke().await, 200);
    assert_eq!(revoke().await, 200, "an unknown token is no error");
    assert_eq!(xpm.get("staff.api/list").await.status, 401);
    let refused = refresh(&xpm, &xpm.tokens.refresh_token).await;
    assert_eq!(field(&refused, "error"), "invalid_grant");
    assert!(!xpm.state().overview().connected);
}
