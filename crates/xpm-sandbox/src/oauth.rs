//! OAuth2 as Xero's identity service speaks it: codes, tokens, revocation, connections.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::gateway::Reply;
use crate::inner::Inner;
use crate::journal::JournalError;
use crate::ledger::{Consent, Ledger};
use crate::tokens::{ACCESS_LIFE, Issued};
use crate::world::{Change, Connection, OtherTenant};

/// The scopes that a token handed out without a consent has.
pub(crate) const ALL_SCOPES: &str = "openid profile email offline_access practicemanager practicemanager.job \
     practicemanager.client practicemanager.staff";

/// What is posted to the token endpoint.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct TokenRequest {
    pub(crate) grant_type: String,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
}

/// Who asks for tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// With the app's secret.
    Confidential,
    /// With the app's id alone, which is enough beside a code verifier.
    Public,
}

fn refused(error: &str) -> Reply {
    Reply::json(400, &serde_json::json!({ "error": error }))
}

/// Checks the app's credentials.
pub(crate) fn caller(inner: &Inner, id: &str, secret: Option<&str>) -> Result<Caller, Reply> {
    let known = id == inner.app.client_id;
    match secret {
        Some(secret) if known && secret == inner.app.client_secret => Ok(Caller::Confidential),
        None if known => Ok(Caller::Public),
        _ => Err(refused("invalid_client")),
    }
}

/// Exchanges a code or a refresh token.
pub(crate) fn token(inner: &Inner, request: &TokenRequest, caller: &Caller) -> Reply {
    let mut ledger = inner.ledger();
    let now = inner.now(&ledger);
    let issued = match request.grant_type.as_str() {
        "authorization_code" => exchange_code(inner, &mut ledger, request, caller, now),
        "refresh_token" => exchange_refresh(inner, &mut ledger, request, now),
        _ => Err(refused("unsupported_grant_type")),
    };
    match issued {
        Err(reply) => reply,
        Ok(issued) => {
            let mut body = serde_json::json!({
                "access_token": issued.access,
                "expires_in": ACCESS_LIFE.num_seconds(),
                "token_type": "Bearer",
                "scope": issued.scope,
            });
            if let Some(refresh) = issued.refresh {
                body["refresh_token"] = refresh.into();
            }
            Reply::json(200, &body).with("cache-control", "no-store")
        }
    }
}

fn exchange_code(
    inner: &Inner,
    ledger: &mut Ledger,
    request: &TokenRequest,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<Issued, Reply> {
    let consent = ledger.redeem(request.code.as_deref().unwrap_or_default(), now);
    let consent = consent.ok_or_else(|| refused("invalid_grant"))?;
    let verified = match (&consent.challenge, &request.code_verifier) {
        (Some(challenge), Some(verifier)) => {
            *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
        }
        (None, None) => *caller == Caller::Confidential,
        _ => false,
    };
    let same_uri = request.redirect_uri.as_deref() == Some(consent.redirect_uri.as_str());
    if !verified || !same_uri || consent.client_id != inner.app.client_id {
        return Err(refused("invalid_grant"));
    }
    connect(ledger, &inner.app.client_id, &consent.scope, now).map_err(|error| unkept(&error))
}

fn exchange_refresh(
    inner: &Inner,
    ledger: &mut Ledger,
    request: &TokenRequest,
    now: DateTime<Utc>,
) -> Result<Issued, Reply> {
    let old = request.refresh_token.as_deref().unwrap_or_default();
    let bearer = ledger.world().tokens.refreshable(old, now);
    let bearer = bearer.ok_or_else(|| refused("invalid_grant"))?;
    let mut issued = draw(
        ledger,
        &inner.app.client_id,
        bearer.auth_event,
        &bearer.scope,
        now,
    );
    issued.for_refresh = Some(old.to_owned());
    ledger
        .record(vec![Change::TokensIssued(issued.clone())])
        .map_err(|error| unkept(&error))?;
    Ok(issued)
}

fn unkept(error: &JournalError) -> Reply {
    let error: &dyn std::error::Error = error;
    tracing::error!(error, "tokens could not be kept");
    Reply::json(500, &serde_json::json!({ "error": "server_error" }))
}

/// Connects the practice under a new consent and hands out its first tokens.
pub(crate) fn connect(
    ledger: &mut Ledger,
    client_id: &str,
    scope: &str,
    now: DateTime<Utc>,
) -> Result<Issued, JournalError> {
    let auth_event = ledger.draw_uuid();
    // Consenting again renews the connection that is there.
    let (id, created) = match &ledger.world().connection {
        Some(connection) => (connection.id, connection.created),
        None => (ledger.draw_uuid(), now),
    };
    let connection = Connection {
        id,
        auth_event,
        created,
        updated: now,
    };
    let issued = draw(ledger, client_id, auth_event, scope, now);
    ledger.record(vec![
        Change::Connected(connection),
        Change::TokensIssued(issued.clone()),
    ])?;
    Ok(issued)
}

fn draw(
    ledger: &mut Ledger,
    client_id: &str,
    auth_event: Uuid,
    scope: &str,
    now: DateTime<Utc>,
) -> Issued {
    let claims = serde_json::json!({
        "nbf": now.timestamp(),
        "exp": (now + ACCESS_LIFE).timestamp(),
        "iss": "https://identity.xero.com",
        "aud": "https://identity.xero.com/resources",
        "client_id": client_id,
        "authentication_event_id": auth_event,
        "jti": ledger.draw_uuid(),
        "scope": scope.split_whitespace().collect::<Vec<_>>(),
    });
    let header = serde_json::json!({ "alg": "RS256", "typ": "JWT", "kid": "sandbox" });
    let encode = |json: &serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let access = format!(
        "{}.{}.{}",
        encode(&header),
        encode(&claims),
        ledger.draw_opaque()
    );
    let lasting = scope
        .split_whitespace()
        .any(|granted| granted == "offline_access");
    let refresh = lasting.then(|| ledger.draw_opaque());
    Issued {
        auth_event,
        scope: scope.to_owned(),
        access,
        refresh,
        for_refresh: None,
        at: now,
    }
}

/// Voids the consent of a refresh token. An unknown token is no error, as RFC 7009 says.
pub(crate) fn revoke(inner: &Inner, refresh: &str) -> Reply {
    let mut ledger = inner.ledger();
    let Some(consent) = ledger.world().tokens.consent_of(refresh) else {
        return Reply::empty(200);
    };
    match ledger.record(vec![Change::Revoked(consent)]) {
        Ok(()) => Reply::empty(200),
        Err(error) => unkept(&error),
    }
}

/// The tenants that the app reaches: the practice, or none.
pub(crate) fn connections(inner: &Inner, auth_event: Option<Uuid>) -> Reply {
    let ledger = inner.ledger();
    let shown = ledger
        .world()
        .connection
        .iter()
        .filter(|connection| auth_event.is_none_or(|wanted| wanted == connection.auth_event));
    let stamp = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    let practice = OtherTenant {
        id: ledger.tenant(),
        kind: "PRACTICEMANAGER".to_owned(),
        name: None,
    };
    let mut rows = Vec::new();
    for connection in shown {
        // The id of a connection is not that of its tenant; the practice's own is kept.
        let of = |id: Uuid, tenant: &OtherTenant| {
            serde_json::json!({
                "id": id,
                "authEventId": connection.auth_event,
                "tenantId": tenant.id,
                "tenantType": tenant.kind,
                "tenantName": tenant.name,
                "createdDateUtc": stamp(connection.created),
                "updatedDateUtc": stamp(connection.updated),
            })
        };
        rows.push(of(connection.id, &practice));
        let others = ledger.world().others.iter();
        rows.extend(others.map(|other| of(Uuid::from_u128(other.id.as_u128() ^ 1), other)));
    }
    Reply::json(200, &rows.into())
}

/// Ends a connection.
pub(crate) fn disconnect(inner: &Inner, id: &str) -> Reply {
    let mut ledger = inner.ledger();
    let wanted = Uuid::parse_str(id).ok();
    let known = ledger
        .world()
        .connection
        .as_ref()
        .map(|connection| connection.id);
    let Some(id) = wanted.filter(|_| wanted == known) else {
        return Reply::empty(404);
    };
    match ledger.record(vec![Change::Disconnected(id)]) {
        Ok(()) => Reply::empty(204),
        Err(error) => unkept(&error),
    }
}

/// Grants a consent at once and returns its code.
pub(crate) fn authorise(inner: &Inner, request: AuthoriseRequest) -> String {
    let mut ledger = inner.ledger();
    let at = inner.now(&ledger);
    ledger.consent(Consent {
        client_id: request.client_id,
        redirect_uri: request.redirect_uri,
        scope: request.scope,
        challenge: request.code_challenge,
        at,
    })
}

/// The query of the authorise endpoint.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct AuthoriseRequest {
    pub(crate) response_type: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) state: Option<String>,
    pub(crate) code_challenge: Option<String>,
    pub(crate) code_challenge_method: Option<String>,
}
