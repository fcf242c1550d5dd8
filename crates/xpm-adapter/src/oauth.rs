//! The sign-in service: tokens for codes, tokens for tokens, and revocation.
//!
//! Errors of the `oauth2` crate never leave this module: its parse error carries the whole body,
//! which may be a token. What leaves is the OAuth2 error code, or that no answer came.

use std::pin::Pin;
use std::time::Duration;

use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::error::XpmError;
use crate::exchange::{Broken, Reply, exchange};

/// The longest answer of the sign-in service. A token set has some three thousand bytes.
pub(crate) const ANSWER: usize = 64 << 10;
/// How long an access token lives where the answer does not say.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// A client of the sign-in service. `Debug` shows no secret.
#[derive(Clone)]
pub(crate) struct SignIn {
    http: reqwest::Client,
    client: Client,
    client_id: String,
    secret: SecretString,
    revocation: Url,
    time_out: Duration,
    scopes: Vec<Scope>,
}

/// New tokens.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) access: SecretString,
    /// How long the access token works, from now.
    pub(crate) lifetime: Duration,
    /// The next refresh token; `None` where the service keeps the old one.
    pub(crate) refresh: Option<SecretString>,
}

/// Why there are no new tokens.
#[derive(Debug)]
pub(crate) enum NoGrant {
    /// The service answered with an OAuth2 error code.
    Refused(String),
    /// No answer that can be used came back. The old refresh token goes on working for a while.
    NoAnswer(Broken),
}

/// What goes wrong below the `oauth2` crate.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.text)]
pub(crate) struct Below(Broken);

impl SignIn {
    pub(crate) fn new(
        http: reqwest::Client,
        client_id: String,
        secret: SecretString,
        authorize: &Url,
        identity: &Url,
        time_out: Duration,
        scopes: Vec<String>,
    ) -> Self {
        let under = |path: &str| {
            let mut url = identity.clone();
            url.set_path(&format!("{}{path}", identity.path()));
            url
        };
        let client = BasicClient::new(ClientId::new(client_id.clone()))
            .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            .set_auth_uri(AuthUrl::from_url(authorize.clone()))
            .set_token_uri(TokenUrl::from_url(under("connect/token")));
        Self {
            http,
            client,
            client_id,
            secret,
            revocation: under("connect/revocation"),
            time_out,
            scopes: scopes.into_iter().map(Scope::new).collect(),
        }
    }

    /// Where to send a person's browser, with the state and the verifier to keep meanwhile.
    pub(crate) fn authorize(&self, redirect: &Url) -> (Url, CsrfToken, PkceCodeVerifier) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let redirect = RedirectUrl::from_url(redirect.clone());
        let (url, state) = self
            .client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge)
            .set_redirect_uri(std::borrow::Cow::Owned(redirect))
            .url();
        (url, state, verifier)
    }

    /// Tokens for the code that a browser brought back.
    pub(crate) async fn exchange_code(
        &self,
        code: &SecretString,
        redirect: &Url,
        verifier: PkceCodeVerifier,
    ) -> Result<Grant, NoGrant> {
        let code = AuthorizationCode::new(code.expose_secret().to_owned());
        let redirect = RedirectUrl::from_url(redirect.clone());
        let answer = self
            .client
            .exchange_code(code)
            .set_pkce_verifier(verifier)
            .set_redirect_uri(std::borrow::Cow::Owned(redirect))
            .request_async(self)
            .await;
        granted(answer)
    }

    /// Tokens for a refresh token, which is used up by it.
    pub(crate) async fn refresh(&self, refresh: &SecretString) -> Result<Grant, NoGrant> {
        let refresh = RefreshToken::new(refresh.expose_secret().to_owned());
        let answer = self
            .client
            .exchange_refresh_token(&refresh)
            .request_async(self)
            .await;
        granted(answer)
    }

    /// Revokes a refresh token, and with it every connection that was authorised together with it.
    ///
    /// Written out here: the `oauth2` crate revokes over TLS alone, and loopback has none.
    pub(crate) async fn revoke(&self, refresh: &SecretString) -> Result<(), Broken> {
        let request = self
            .http
            .post(self.revocation.clone())
            .timeout(self.time_out)
            .basic_auth(&self.client_id, Some(self.secret.expose_secret()))
            .form(&[("token", refresh.expose_secret())])
            .build()
            .map_err(unsendable)?;
        let reply = exchange(&self.http, request, ANSWER)
            .await
            .map_err(|none| none.into_broken())?;
        if (200..300).contains(&reply.status) {
            return Ok(());
        }
        Err(answered(reply.status))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Below> {
        let mut request: reqwest::Request =
            request.try_into().map_err(unsendable).map_err(Below)?;
        *request.timeout_mut() = Some(self.time_out);
        let reply = exchange(&self.http, request, ANSWER)
            .await
            .map_err(|none| Below(none.into_broken()))?;
        response(reply)
    }
}

/// An answer as the `oauth2` crate reads it.
pub(crate) fn response(reply: Reply) -> Result<HttpResponse, Below> {
    // A service that is busy has refused nothing, whatever its body says.
    if reply.status == 429 || reply.status >= 500 {
        return Err(Below(answered(reply.status)));
    }
    if reply.is_markup() {
        return Err(Below(Broken {
            text: "the sign-in service's answer is XML or a web page, where JSON is due".to_owned(),
            error: XpmError::Unreadable("markup where JSON is due".into()),
        }));
    }
    let mut response = HttpResponse::new(reply.body.map_err(Below)?);
    *response.status_mut() = oauth2::http::StatusCode::from_u16(reply.status)
        .map_err(|_| Below(answered(reply.status)))?;
    let json = HeaderValue::from_static("application/json");
    let (name, value): (HeaderName, _) = match reply.headers.get("content-type") {
        Some(value) => (reqwest::header::CONTENT_TYPE, value.clone()),
        None => (reqwest::header::CONTENT_TYPE, json),
    };
    response.headers_mut().insert(name, value);
    Ok(response)
}

impl<'c> AsyncHttpClient<'c> for SignIn {
    type Error = Below;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Below>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

pub(crate) type Answer = Result<BasicTokenResponse, RequestTokenError<Below, BasicErrorResponse>>;

pub(crate) fn granted(answer: Answer) -> Result<Grant, NoGrant> {
    match answer {
        Ok(tokens) => Ok(Grant {
            access: tokens.access_token().secret().as_str().into(),
            lifetime: tokens.expires_in().unwrap_or(LIFETIME),
            refresh: tokens.refresh_token().map(|t| t.secret().as_str().into()),
        }),
        // The code alone: a description may repeat what was sent.
        Err(RequestTokenError::ServerResponse(error)) => {
            Err(NoGrant::Refused(known_code(error.error().as_ref())))
        }
        Err(RequestTokenError::Request(below)) => Err(NoGrant::NoAnswer(below.0)),
        // Both hold parts of the body: what was seen is said, and nothing of it is passed on.
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
            Err(NoGrant::NoAnswer(Broken {
                text: "the sign-in service's answer could not be read".to_owned(),
                error: XpmError::Unreadable("not a token answer".into()),
            }))
        }
    }
}

/// The error codes of OAuth2 (RFC 6749, 4.1.2.1 and 5.2).
const CODES: [&str; 9] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "access_denied",
    "server_error",
    "temporarily_unavailable",
];

/// One of the codes of OAuth2. Any other text may be anything, a part of a token too, and is not
/// passed on.
fn known_code(said: &str) -> String {
    let known = CODES.iter().find(|code| **code == said);
    known
        .copied()
        .unwrap_or("an_error_that_is_not_known")
        .to_owned()
}

fn answered(status: u16) -> Broken {
    Broken {
        text: format!("the sign-in service answered HTTP status {status}"),
        error: XpmError::Status {
            status,
            detail: "no detail".to_owned(),
        },
    }
}

fn unsendable(error: reqwest::Error) -> Broken {
    Broken {
        text: "the request could not be made".to_owned(),
        error: XpmError::Connect(Box::new(error.without_url())),
    }
}
