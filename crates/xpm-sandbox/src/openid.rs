//! Signing in by OpenID Connect, as Xero's identity service offers it: who there is, and the ID
//! tokens that are handed out, sound or spoilt.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::state::SandboxState;

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The provider's own key for the person: the `sub` claim.
    pub subject: String,
    /// Their name.
    pub name: String,
    /// Their e-mail address, where the provider tells it.
    pub email: Option<String>,
    /// Whether the provider vouches for the address; `None` leaves the claim out, as Xero does.
    pub email_verified: Option<bool>,
}

impl Login {
    /// Somebody whose address the provider vouches for.
    #[must_use]
    pub fn new(subject: &str, name: &str, email: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            name: name.to_owned(),
            email: Some(email.to_owned()),
            email_verified: Some(true),
        }
    }
}

/// What is wrong with the ID tokens that are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdTokenFault {
    /// It is for another application.
    Audience,
    /// It is for this application and for another one, which it was made for.
    OtherParty,
    /// It is another provider's.
    Issuer,
    /// It answers another sign-in.
    Nonce,
    /// It does not say which sign-in it answers.
    NoNonce,
    /// It has expired.
    Expired,
    /// It was made in the future.
    Future,
    /// It is not signed, and says so: `alg` is `none`.
    Unsigned,
    /// It is signed with the public key, as if that were a shared secret: `alg` is `HS256`.
    PublicKeyAsSecret,
    /// It is signed with the application's secret, which others than the provider know.
    ClientSecret,
    /// It is signed with a key of somebody else's, under the provider's key id.
    OtherKey,
    /// It was changed after it was signed.
    Changed,
    /// It belongs to another access token.
    AccessToken,
    /// There is none.
    Missing,
    /// It is no token.
    Garbage,
}

impl IdTokenFault {
    /// Every fault.
    pub const ALL: [Self; 15] = [
        Self::Audience,
        Self::OtherParty,
        Self::Issuer,
        Self::Nonce,
        Self::NoNonce,
        Self::Expired,
        Self::Future,
        Self::Unsigned,
        Self::PublicKeyAsSecret,
        Self::ClientSecret,
        Self::OtherKey,
        Self::Changed,
        Self::AccessToken,
        Self::Missing,
        Self::Garbage,
    ];
}

impl SandboxState {
    /// Who can sign in from now on.
    pub fn set_logins(&self, logins: Vec<Login>) {
        crate::lock(&self.inner.openid).logins = logins;
    }

    /// Who can sign in.
    #[must_use]
    pub fn logins(&self) -> Vec<Login> {
        crate::lock(&self.inner.openid).logins.clone()
    }

    /// Spoils the ID tokens that are handed out from now on, or hands out sound ones again.
    pub fn spoil_id_tokens(&self, fault: Option<IdTokenFault>) {
        crate::lock(&self.inner.openid).fault = fault;
    }

    /// Signs with a new key from now on, under a new key id, as providers do now and then.
    pub fn change_signing_key(&self) {
        let mut openid = crate::lock(&self.inner.openid);
        openid.key = OnceLock::new();
        openid.keys += 1;
    }
}

/// What the identity service knows beside the app's tokens.
#[derive(Debug)]
pub(crate) struct OpenId {
    pub(crate) logins: Vec<Login>,
    fault: Option<IdTokenFault>,
    key: OnceLock<Option<RsaKeyPair>>,
    /// How many keys there were before this one.
    keys: u32,
}

impl Default for OpenId {
    fn default() -> Self {
        Self {
            logins: vec![
                Login::new("grace", "Grace Nguyen", "grace@harbour.example"),
                Login::new("mei", "Mei Tan", "mei@harbour.example"),
                Login::new("theo", "Theo Okafor", "theo@harbour.example"),
            ],
            fault: None,
            key: OnceLock::new(),
            keys: 0,
        }
    }
}

/// What an ID token is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claims<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) client_secret: &'a str,
    pub(crate) nonce: Option<&'a str>,
    pub(crate) access_token: &'a str,
    pub(crate) now: DateTime<Utc>,
}

fn encoded(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

impl OpenId {
    /// Made when it is first needed, which takes a moment; nothing where the machine makes none.
    fn key(&self) -> Option<&RsaKeyPair> {
        let made = self
            .key
            .get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).ok());
        made.as_ref()
    }

    fn key_id(&self) -> String {
        format!("sandbox-{}", self.keys)
    }

    /// The public keys, as a JWK set.
    pub(crate) fn jwks(&self) -> Value {
        let key = self.key().and_then(|key| {
            // RFC 8017's RSAPublicKey of 2,048 bits and the exponent 65,537 has one layout.
            let modulus = key.public_key().as_ref().get(9..265)?;
            let modulus = URL_SAFE_NO_PAD.encode(modulus);
            Some(json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id(),
                "n": modulus, "e": "AQAB",
            }))
        });
        json!({ "keys": Vec::from_iter(key) })
    }

    /// The ID token of somebody who signed in; nothing where the fault in force leaves it out.
    pub(crate) fn id_token(&self, login: &Login, of: &Claims<'_>) -> Option<String> {
        let fault = self.fault;
        if fault == Some(IdTokenFault::Missing) {
            return None;
        }
        if fault == Some(IdTokenFault::Garbage) {
            return Some("no.token".to_owned());
        }
        let claims = self.claims(login, of);
        let token = |alg: &str, sign: &dyn Fn(&str) -> Option<String>| {
            let header = json!({ "alg": alg, "typ": "JWT", "kid": self.key_id() });
            let signed = format!("{}.{}", encoded(&header), encoded(&claims));
            let signature = sign(&signed)?;
            Some(format!("{signed}.{signature}"))
        };
        let mac = |key: &[u8], text: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, key);
            URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes()))
        };
        match fault {
            Some(IdTokenFault::Unsigned) => token("none", &|_| Some(String::new())),
            Some(IdTokenFault::PublicKeyAsSecret) => {
                let key = self.key()?.public_key().as_ref();
                token("HS256", &|text| Some(mac(key, text)))
            }
            Some(IdTokenFault::ClientSecret) => token("HS256", &|text| {
                Some(mac(of.client_secret.as_bytes(), text))
            }),
            Some(IdTokenFault::OtherKey) => {
                let other = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
                token("RS256", &|text| signature(&other, text))
            }
            Some(IdTokenFault::Changed) => {
                let sound = token("RS256", &|text| signature(self.key()?, text))?;
                let mut parts: Vec<&str> = sound.split('.').collect();
                let mut changed = claims.clone();
                changed["sub"] = "somebody-else".into();
                let changed = encoded(&changed);
                *parts.get_mut(1)? = &changed;
                Some(parts.join("."))
            }
            _ => token("RS256", &|text| signature(self.key()?, text)),
        }
    }

    fn claims(&self, login: &Login, of: &Claims<'_>) -> Value {
        // RFC: the left half of the access token's digest.
        let hash = digest::digest(&digest::SHA256, of.access_token.as_bytes());
        let half = hash.as_ref().get(..16).unwrap_or_default();
        let mut claims = json!({
            "iss": of.issuer,
            "aud": of.client_id,
            "sub": login.subject,
            "iat": of.now.timestamp(),
            "nbf": of.now.timestamp(),
            "exp": (of.now + TimeDelta::minutes(5)).timestamp(),
            "at_hash": URL_SAFE_NO_PAD.encode(half),
            "name": login.name,
        });
        if let Some(nonce) = of.nonce {
            claims["nonce"] = nonce.into();
        }
        if let Some(email) = &login.email {
            claims["email"] = email.as_str().into();
        }
        if let Some(verified) = login.email_verified {
            claims["email_verified"] = verified.into();
        }
        match self.fault {
            Some(IdTokenFault::Audience) => claims["aud"] = "another-app".into(),
            Some(IdTokenFault::OtherParty) => {
                claims["aud"] = json!([of.client_id, "another-app"]);
                claims["azp"] = "another-app".into();
            }
            Some(IdTokenFault::Issuer) => claims["iss"] = "https://identity.example".into(),
            Some(IdTokenFault::Nonce) => claims["nonce"] = "another-nonce".into(),
            Some(IdTokenFault::NoNonce) => {
                claims.as_object_mut().map(|all| all.remove("nonce"));
            }
            Some(IdTokenFault::Expired) => {
                let before = of.now - TimeDelta::minutes(10);
                claims["iat"] = before.timestamp().into();
                claims["nbf"] = before.timestamp().into();
                claims["exp"] = (before + TimeDelta::minutes(5)).timestamp().into();
            }
            Some(IdTokenFault::Future) => {
                let later = of.now + TimeDelta::days(1);
                claims["iat"] = later.timestamp().into();
                claims["exp"] = (later + TimeDelta::minutes(5)).timestamp().into();
            }
            Some(IdTokenFault::AccessToken) => {
                claims["at_hash"] = URL_SAFE_NO_PAD.encode([7_u8; 16]).into();
            }
            _ => {}
        }
        claims
    }
}

fn signature(key: &RsaKeyPair, text: &str) -> Option<String> {
    let mut signature = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
        .ok()?;
    Some(URL_SAFE_NO_PAD.encode(signature))
}

/// Whether a consent is to sign in alone, and connects no practice.
pub(crate) fn is_sign_in(scope: &str) -> bool {
    let of_xero = ["practicemanager", "accounting", "offline_access"];
    let mut scopes = scope.split_whitespace();
    scopes.clone().any(|scope| scope == "openid")
        && !scopes.any(|scope| of_xero.iter().any(|of| scope.starts_with(of)))
}
