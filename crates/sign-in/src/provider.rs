//! The identity provider: what its discovery document says, where browsers are sent, and what the
//! ID token that comes back proves.
//!
//! Errors of the `openidconnect` crate go no further than the refusals that are made of them: some
//! carry a whole answer, which holds tokens. What leaves is a sentence.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
    CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::url::Url;
use openidconnect::{
    AccessTokenHash, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    DiscoveryError, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse as _,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use workflow_core::access::Account;
use workflow_core::text::Name;

use crate::refusal::{Checked, NotSignedIn, Untrue, refused};
use crate::settings::{Emails, Settings, is_safe};
use crate::wire::{NoAnswer, Wire};

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// How long a discovery document and its keys are taken for current.
const CURRENT: TimeDelta = TimeDelta::hours(1);
/// How long the provider is left alone after it did not answer, or was asked for new keys.
const PAUSE: TimeDelta = TimeDelta::seconds(10);
/// How far the provider's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// The signatures that are believed. None is made with a shared secret: whoever holds the
/// application's secret could then make ID tokens, and a public key could be passed off as one.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Who somebody is, as the provider says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) subject: Account,
    pub(crate) email: Option<Account>,
    pub(crate) name: Name,
}

/// What is kept while a browser is off to sign in. `Debug` shows no secret.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// The provider. `Debug` shows no secret.
#[derive(Debug)]
pub(crate) struct Provider {
    issuer: String,
    client_id: ClientId,
    client_secret: SecretString,
    redirect: String,
    emails: Emails,
    wire: Wire,
    known: Mutex<Known>,
}

/// What is known of it.
#[derive(Debug, Default)]
struct Known {
    metadata: Option<(Arc<CoreProviderMetadata>, DateTime<Utc>)>,
    asked_at: Option<DateTime<Utc>>,
}

/// How current what is known of the provider has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// What was asked within the hour.
    Current,
    /// Newer than this: it lacked a key.
    After(DateTime<Utc>),
}

impl Provider {
    pub(crate) fn new(settings: &Settings, wire: Wire) -> Self {
        Self {
            issuer: settings.issuer.clone(),
            client_id: ClientId::new(settings.client_id.clone()),
            client_secret: settings.client_secret.clone(),
            redirect: settings.redirect(),
            emails: settings.emails,
            wire,
            known: Mutex::default(),
        }
    }

    /// Where to send a browser, and what to keep meanwhile.
    pub(crate) async fn ask(&self, now: DateTime<Utc>) -> Result<(Url, Question), NotSignedIn> {
        let (metadata, _) = self.metadata(Wanted::Current, now).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = self
            .client(&metadata)?
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("profile".to_owned()))
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        if !is_safe(&url) {
            return Err(NotSignedIn::NoAnswer(NoAnswer::Unsafe));
        }
        let question = Question {
            state,
            nonce,
            verifier,
        };
        Ok((url, question))
    }

    /// Who brought this code.
    pub(crate) async fn identify(
        &self,
        question: Question,
        code: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<Identity, NotSignedIn> {
        let (metadata, asked_at) = self.metadata(Wanted::Current, now).await?;
        let client = self.client(&metadata)?;
        let code = AuthorizationCode::new(code.expose_secret().to_owned());
        let request = client
            .exchange_code(code)
            .map_err(|_| NotSignedIn::Unreadable)?
            .set_pkce_verifier(question.verifier);
        let answer = request.request_async(&self.wire).await.map_err(refused)?;
        let token = answer.id_token().ok_or(Untrue::Missing)?;
        let nonce = &question.nonce;
        match self.checked(&client, token, &answer, nonce, now) {
            Err(Checked::UnknownKey) => {
                // Providers change their keys now and then.
                let wanted = Wanted::After(asked_at);
                let (metadata, _) = self.metadata(wanted, now).await?;
                let client = self.client(&metadata)?;
                let again = self.checked(&client, token, &answer, nonce, now);
                again.map_err(Checked::untrue)
            }
            checked => checked.map_err(Checked::untrue),
        }
        .map_err(NotSignedIn::IdToken)
    }

    /// What is known of the provider, asked for where it is not current, and when it was asked.
    async fn metadata(
        &self,
        wanted: Wanted,
        now: DateTime<Utc>,
    ) -> Result<(Arc<CoreProviderMetadata>, DateTime<Utc>), NotSignedIn> {
        // Whoever comes while it is being asked waits for the same answer.
        let mut known = self.known.lock().await;
        let is_recent = |at: DateTime<Utc>, within| at <= now && now < at + within;
        if let Some((metadata, at)) = &known.metadata {
            let enough = match wanted {
                Wanted::Current => is_recent(*at, CURRENT),
                Wanted::After(before) => *at > before,
            };
            // Keys that are a little old are better than none while the provider is away.
            let pausing = known.asked_at.is_some_and(|at| is_recent(at, PAUSE));
            if enough || pausing {
                return Ok((Arc::clone(metadata), *at));
            }
        } else if known.asked_at.is_some_and(|at| is_recent(at, PAUSE)) {
            return Err(NotSignedIn::Pausing);
        }
        known.asked_at = Some(now);
        match self.discovered().await {
            Ok(found) => {
                let found = Arc::new(found);
                known.metadata = Some((Arc::clone(&found), now));
                Ok((found, now))
            }
            Err(error) => {
                tracing::warn!(issuer = self.issuer, %error, "the identity provider was not discovered");
                match (&known.metadata, wanted) {
                    (Some((metadata, at)), Wanted::Current) => Ok((Arc::clone(metadata), *at)),
                    _ => Err(error),
                }
            }
        }
    }

    /// Reads the discovery document and the keys. An issuer may be written with a slash at its end.
    async fn discovered(&self) -> Result<CoreProviderMetadata, NotSignedIn> {
        let mut last = NotSignedIn::Unreadable;
        for issuer in [self.issuer.clone(), format!("{}/", self.issuer)] {
            let issuer = IssuerUrl::new(issuer).map_err(|_| NotSignedIn::Unreadable)?;
            match CoreProviderMetadata::discover_async(issuer, &self.wire).await {
                Ok(found) => return Ok(found),
                Err(DiscoveryError::Request(error)) => return Err(NotSignedIn::NoAnswer(error)),
                Err(DiscoveryError::Validation(_)) => last = NotSignedIn::Unreadable,
                Err(_) => return Err(NotSignedIn::Unreadable),
            }
        }
        Err(last)
    }

    fn client(&self, metadata: &Arc<CoreProviderMetadata>) -> Result<Client, NotSignedIn> {
        let metadata = (**metadata).clone();
        let methods = metadata.token_endpoint_auth_methods_supported();
        let in_body = methods.is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let secret = ClientSecret::new(self.client_secret.expose_secret().to_owned());
        let redirect = RedirectUrl::new(self.redirect.clone());
        let redirect = redirect.map_err(|_| NotSignedIn::Unreadable)?;
        let id = self.client_id.clone();
        let client = CoreClient::from_provider_metadata(metadata, id, Some(secret));
        Ok(client
            .set_redirect_uri(redirect)
            .set_auth_type(match in_body {
                true => AuthType::RequestBody,
                false => AuthType::BasicAuth,
            }))
    }

    fn checked(
        &self,
        client: &Client,
        token: &CoreIdToken,
        answer: &CoreTokenResponse,
        nonce: &Nonce,
        now: DateTime<Utc>,
    ) -> Result<Identity, Checked> {
        let verifier: CoreIdTokenVerifier<'_> = client
            .id_token_verifier()
            .set_allowed_algs(SIGNATURES)
            .set_time_fn(move || now)
            .set_issue_time_verifier_fn(move |at| match at <= now + AHEAD {
                true => Ok(()),
                false => Err(String::new()),
            });
        let claims = token.claims(&verifier, nonce);
        let claims = claims.map_err(|error| Checked::of(&error))?;
        let party = claims.authorized_party();
        if party.is_some_and(|party| **party != *self.client_id) {
            return Err(Checked::Untrue(Untrue::Audience));
        }
        if let Some(expected) = claims.access_token_hash() {
            let hash = || {
                let (alg, key) = (
                    token.signing_alg().ok()?,
                    token.signing_key(&verifier).ok()?,
                );
                AccessTokenHash::from_token(answer.access_token(), alg, key).ok()
            };
            if hash().as_ref() != Some(expected) {
                return Err(Checked::Untrue(Untrue::AccessToken));
            }
        }
        self.identity(claims).map_err(Checked::Untrue)
    }

    fn identity(&self, claims: &CoreIdTokenClaims) -> Result<Identity, Untrue> {
        let subject = Account::subject(&self.issuer, claims.subject().as_str());
        let subject = subject.map_err(|_| Untrue::Subject)?;
        let vouched_for = match (claims.email_verified(), self.emails) {
            (Some(verified), _) => verified,
            (None, emails) => emails == Emails::AsGiven,
        };
        let email = claims.email().filter(|_| vouched_for);
        let email = email.and_then(|email| Account::email(email.as_str()).ok());
        let names = [
            claims
                .name()
                .and_then(|name| name.get(None))
                .map(|name| name.as_str()),
            claims.preferred_username().map(|name| name.as_str()),
            email.as_ref().map(Account::as_str),
            Some(claims.subject().as_str()),
        ];
        let name = names.into_iter().flatten().find_map(shown);
        Ok(Identity {
            name: name.ok_or(Untrue::Subject)?,
            subject,
            email,
        })
    }
}

/// A name as it is shown: in one line, and not too long.
fn shown(name: &str) -> Option<Name> {
    let line = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).take(80).collect();
    Name::new(line).ok()
}
