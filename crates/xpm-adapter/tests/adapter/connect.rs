//! Connecting and disconnecting a practice.

use std::sync::Arc;

use secrecy::SecretString;
use uuid::Uuid;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use xpm_adapter::{ConnectError, Disconnected, Xpm};

use crate::support::{
    NextSave, SECRET, TENANT, Tokens, builder, clock, connection, holds_no_secret, practice,
    tokens_json,
};

/// A server that gives the token `new`, for which these connections exist.
async fn server(connections: &str) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path("/connect/token"))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw(tokens_json("new"), "application/json"),
        )
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/connections"))
        .and(header(
            "authorization",
            format!("Bearer access-new-{SECRET}"),
        ))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw(connections.to_owned(), "application/json"),
        )
        .mount(&server)
        .await;
    server
}

fn item(tenant: Uuid, kind: &str, name: &str) -> String {
    format!(
        "{{\"id\":\"{}\",\"authEventId\":null,\"tenantId\":\"{tenant}\",\"tenantType\":\"{kind}\",\
         \"tenantName\":{name},\"createdDateUtc\":\"2026-11-22T00:00:00\"}}",
        Uuid::nil()
    )
}

fn xpm(server: &MockServer, tokens: &Arc<Tokens>) -> Xpm {
    builder(&server.uri(), Arc::clone(tokens), clock())
        .build()
        .unwrap()
}

fn given() -> SecretString {
    format!("refresh-given-{SECRET}").into()
}

#[tokio::test]
async fn the_one_practice_manager_tenant_is_chosen_and_saved() {
    let organisation = item(Uuid::from_u128(1), "ORGANISATION", "\"Books\"");
    let practice_manager = item(TENANT, "PRACTICEMANAGER", "null");
    let server = server(&format!("[{organisation},{practice_manager}]")).await;
    let tokens = Tokens::holding(None);
    let tenant = xpm(&server, &tokens)
        .connect_with_refresh_token(&practice(), &given(), None)
        .await
        .unwrap();
    assert_eq!((tenant.id, tenant.name), (TENANT, None));
    assert_eq!(tokens.tenant(), Some(TENANT));
    assert_eq!(tokens.refresh(), Some(format!("refresh-new-{SECRET}")));
}

#[tokio::test]
async fn several_tenants_are_named_and_one_is_chosen() {
    let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let both = [
        item(a, "PRACTICEMANAGER", "\"North\""),
        item(b, "PRACTICEMANAGER", "null"),
    ];
    let server = server(&format!("[{}]", both.join(","))).await;
    let tokens = Tokens::holding(None);
    let xpm = xpm(&server, &tokens);
    let error = xpm
        .connect_with_refresh_token(&practice(), &given(), None)
        .await
        .unwrap_err();
    holds_no_secret(&error);
    assert!(
        error
            .to_string()
            .ends_with(&format!("choose one: North ({a}), {b}")),
        "{error}"
    );
    assert_eq!(tokens.refresh(), None);
    let ConnectError::SeveralTenants(unchosen) = error else {
        panic!("{error:?}");
    };
    assert_eq!(unchosen.tenants().len(), 2);
    xpm.choose_tenant(*unchosen, b, None).await.unwrap();
    assert_eq!(tokens.tenant(), Some(b));
    let named = xpm
        .connect_with_refresh_token(&practice(), &given(), Some(a))
        .await;
    assert_eq!(named.unwrap().name.as_deref(), Some("North"));
    assert_eq!(tokens.tenant(), Some(a));
    let other = Uuid::from_u128(3);
    let error = xpm
        .connect_with_refresh_token(&practice(), &given(), Some(other))
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::OtherTenant { asked } if asked == other));
}

#[tokio::test]
async fn no_practice_or_no_answer_saves_nothing() {
    for (connections, said) in [
        ("[]", "covers no XPM practice"),
        ("{\"no\":\"list\"}", "could not be read"),
        ("[{\"tenantId\":7}]", "could not be read"),
    ] {
        let server = server(connections).await;
        let tokens = Tokens::holding(None);
        let error = xpm(&server, &tokens)
            .connect_with_refresh_token(&practice(), &given(), None)
            .await
            .unwrap_err();
        holds_no_secret(&error);
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(tokens.refresh(), None);
    }
}

#[tokio::test]
async fn a_refused_token_says_so_and_no_more() {
    let server = MockServer::start().await;
    let body = format!("{{\"error\":\"invalid_grant\",\"error_description\":\"{SECRET}\"}}");
    Mock::given(path("/connect/token"))
        .respond_with(ResponseTemplate::new(400).set_body_raw(body, "application/json"))
        .mount(&server)
        .await;
    let tokens = Tokens::holding(None);
    let error = xpm(&server, &tokens)
        .connect_with_refresh_token(&practice(), &given(), None)
        .await
        .unwrap_err();
    holds_no_secret(&error);
    assert_eq!(
        error.to_string(),
        "the sign-in service answered invalid_grant"
    );
}

#[tokio::test]
async fn a_persons_decision_replaces_what_another_writer_saved() {
    let server = server(&format!("[{}]", item(TENANT, "PRACTICEMANAGER", "null"))).await;
    let clock = clock();
    let tokens = Tokens::holding(Some(connection(&clock, "old", 30)));
    tokens.next_save(NextSave::Loses(connection(&clock, "other", 30)));
    xpm(&server, &tokens)
        .connect_with_refresh_token(&practice(), &given(), None)
        .await
        .unwrap();
    assert_eq!(tokens.refresh(), Some(format!("refresh-new-{SECRET}")));
}

#[tokio::test]
async fn a_browser_brings_back_a_code() {
    let server = MockServer::start().await;
    Mock::given(path("/connect/token"))
        .and(body_string_contains("grant_type=authorization_code"))
        .and(body_string_contains("code=code-s3cr3t"))
        .and(body_string_contains("code_verifier="))
        .and(body_string_contains(
            "redirect_uri=https%3A%2F%2Fhost.example%2Fback",
        ))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw(tokens_json("new"), "application/json"),
        )
        .expect(1)
        .mount(&server)
        .await;
    let connections = format!("[{}]", item(TENANT, "PRACTICEMANAGER", "null"));
    Mock::given(path("/connections"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(connections, "application/json"))
        .mount(&server)
        .await;
    let tokens = Tokens::holding(None);
    let xpm = xpm(&server, &tokens);
    let redirect = "https://host.example/back".parse().unwrap();
    let code = SecretString::from(format!("code-{SECRET}"));

    let (url, pending) = xpm.authorize_url(&practice(), &redirect);
    assert_eq!(url.path(), "/identity/connect/authorize");
    let query = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    assert_eq!(query("response_type").as_deref(), Some("code"));
    assert_eq!(query("client_id").as_deref(), Some("client-id"));
    assert_eq!(query("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(query("redirect_uri").as_deref(), Some(redirect.as_str()));
    assert!(
        query("scope")
            .unwrap()
            .starts_with("offline_access practicemanager.job ")
    );
    let state = query("state").unwrap();
    assert!(!format!("{pending:?}").contains(&state));
    assert_eq!(pending.practice(), &practice());

    let tenant = xpm.finish_authorization(pending, &code, &state).await;
    assert_eq!(tenant.unwrap().id, TENANT);
    assert_eq!(tokens.refresh(), Some(format!("refresh-new-{SECRET}")));

    let (_, pending) = xpm.authorize_url(&practice(), &redirect);
    let replayed = xpm.finish_authorization(pending, &code, &state).await;
    assert!(matches!(replayed, Err(ConnectError::WrongState)));
}

#[tokio::test]
async fn disconnecting_revokes_and_forgets() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/connect/revocation"))
        .and(header(
            "authorization",
            "Basic Y2xpZW50LWlkOmNsaWVudC1zM2NyM3Q=",
        ))
        .and(body_string_contains("token=refresh-old-s3cr3t"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let tokens = Tokens::holding(Some(connection(&clock(), "old", 30)));
    let xpm = xpm(&server, &tokens);
    let done = xpm.disconnect(&practice()).await.unwrap();
    assert_eq!(done, Disconnected::Revoked);
    assert_eq!(tokens.refresh(), None);
    let again = xpm.disconnect(&practice()).await.unwrap();
    assert_eq!(again, Disconnected::NotConnected);
}

#[tokio::test]
async fn disconnecting_works_without_xero() {
    let server = MockServer::start().await;
    Mock::given(path("/connect/revocation"))
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    let tokens = Tokens::holding(Some(connection(&clock(), "old", 30)));
    let done = xpm(&server, &tokens).disconnect(&practice()).await.unwrap();
    assert_eq!(
        done,
        Disconnected::OnlyForgotten {
            reason: "the sign-in service answered HTTP status 503".to_owned()
        }
    );
    assert_eq!(tokens.record(), ["forgotten"]);
}

#[tokio::test]
async fn an_organisation_is_kept_for_invoices_where_there_is_one_or_one_is_chosen() {
    let [practice_manager, one, other] = [1, 2, 3].map(Uuid::from_u128);
    let items = |organisations: &[Uuid]| {
        let mut items = vec![item(practice_manager, "PRACTICEMANAGER", "null")];
        items.push(item(Uuid::from_u128(9), "PRACTICE", "\"Xero HQ\""));
        let all = organisations.iter();
        items.extend(all.map(|id| item(*id, "ORGANISATION", "\"Acme Ltd\"")));
        format!("[{}]", items.join(","))
    };
    let server_with_one = server(&items(&[one])).await;
    let tokens = Tokens::holding(None);
    let connected = xpm(&server_with_one, &tokens)
        .connect_with_refresh_token(&practice(), &given(), None)
        .await;
    assert_eq!(connected.unwrap().id, practice_manager);
    let kept = tokens.organisation().unwrap();
    assert_eq!((kept.tenant, kept.name.as_deref()), (one, Some("Acme Ltd")));

    // Nobody can be asked: the practice is connected, and no organisation is guessed.
    let server_with_two = server(&items(&[one, other])).await;
    let tokens = Tokens::holding(None);
    let xpm = xpm(&server_with_two, &tokens);
    let connected = xpm
        .connect_with_refresh_token(&practice(), &given(), None)
        .await;
    assert_eq!(connected.unwrap().id, practice_manager);
    assert_eq!(tokens.organisation(), None);

    // A person can be asked.
    let redirect = "https://host.example/back".parse().unwrap();
    let ask = || async {
        let (url, pending) = xpm.authorize_url(&practice(), &redirect);
        let mut pairs = url.query_pairs();
        let state = pairs
            .find(|(key, _)| key == "state")
            .unwrap()
            .1
            .into_owned();
        let code = SecretString::from("code");
        match xpm.finish_authorization(pending, &code, &state).await {
            Err(ConnectError::SeveralTenants(unchosen)) => *unchosen,
            other => panic!("{other:?}"),
        }
    };
    let unchosen = ask().await;
    assert_eq!(unchosen.tenants().len(), 1);
    assert_eq!(unchosen.organisations().len(), 2);
    let chosen = xpm.choose_tenant(unchosen, practice_manager, Some(other));
    chosen.await.unwrap();
    assert_eq!(tokens.organisation().unwrap().tenant, other);
    let foreign = xpm.choose_tenant(ask().await, practice_manager, Some(practice_manager));
    let foreign = foreign.await.unwrap_err();
    assert!(
        matches!(foreign, ConnectError::OtherTenant { .. }),
        "{foreign}"
    );
    assert_eq!(
        tokens.organisation().unwrap().tenant,
        other,
        "nothing changed"
    );
    let none = xpm.choose_tenant(ask().await, practice_manager, None);
    none.await.unwrap();
    assert_eq!(tokens.organisation(), None);
}

#[tokio::test]
async fn a_connection_whose_key_was_lost_gives_way_to_a_new_one() {
    let items = item(TENANT, "PRACTICEMANAGER", "null");
    let server = server(&format!("[{items}]")).await;
    let tokens = Tokens::sealed();
    let xpm = xpm(&server, &tokens);
    let connected = xpm
        .connect_with_refresh_token(&practice(), &given(), None)
        .await;
    assert_eq!(connected.unwrap().id, TENANT);
    assert_eq!(tokens.record()[0], "forgotten");
    assert!(tokens.refresh().is_some());
}
