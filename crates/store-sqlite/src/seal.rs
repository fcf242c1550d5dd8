//! Connections and other secrets under lock and key: XChaCha20-Poly1305 under the master key.
//!
//! The associated data name the practice, the rotation and the format, so that a sealed connection
//! is of no use in another practice's row, nor in place of a later one.

use chacha20poly1305::aead::{Aead, Generate, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use chrono::{DateTime, Utc};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use workflow_core::ids::PracticeId;
use workflow_core::ports::tokens::{
    AccessToken, Connection, Organisation, Rotation, TokenStoreError,
};

use crate::key::MasterKey;

/// The shape of what is sealed.
pub(crate) const FORMAT: i64 = 1;

/// A sealed connection, as it is stored.
#[derive(Debug)]
pub(crate) struct Sealed {
    pub(crate) nonce: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

/// What is sealed. Borrowed, so that no secret is copied on the way.
#[derive(Serialize)]
struct Open<'a> {
    tenant: Uuid,
    tenant_name: Option<&'a str>,
    access: Option<OpenAccess<'a>>,
    refresh: &'a str,
    refreshed_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organisation: Option<OpenOrganisation<'a>>,
}

#[derive(Serialize)]
struct OpenOrganisation<'a> {
    tenant: Uuid,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct OpenAccess<'a> {
    secret: &'a str,
    expires_at: DateTime<Utc>,
}

/// What is unsealed.
#[derive(Deserialize)]
struct Opened {
    tenant: Uuid,
    tenant_name: Option<String>,
    access: Option<OpenedAccess>,
    refresh: SecretString,
    refreshed_at: DateTime<Utc>,
    organisation: Option<OpenedOrganisation>,
}

#[derive(Deserialize)]
struct OpenedOrganisation {
    tenant: Uuid,
    name: Option<String>,
}

#[derive(Deserialize)]
struct OpenedAccess {
    secret: SecretString,
    expires_at: DateTime<Utc>,
}

/// Seals a connection.
///
/// The nonce is drawn from the operating system's generator: the one place in the workspace where
/// randomness is not an argument, since a nonce that repeats would give the tokens away.
pub(crate) fn seal(
    key: &MasterKey,
    practice: &PracticeId,
    rotation: Rotation,
    connection: &Connection,
) -> Result<Sealed, TokenStoreError> {
    let open = Open {
        tenant: connection.tenant,
        tenant_name: connection.tenant_name.as_deref(),
        access: connection.access.as_ref().map(|access| OpenAccess {
            secret: access.secret.expose_secret(),
            expires_at: access.expires_at,
        }),
        refresh: connection.refresh.expose_secret(),
        refreshed_at: connection.refreshed_at,
        organisation: connection.organisation.as_ref().map(|of| OpenOrganisation {
            tenant: of.tenant,
            name: of.name.as_deref(),
        }),
    };
    // Room for any token, so that the buffer does not grow and leave copies behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(16 * 1024));
    serde_json::to_writer(&mut *plain, &open).map_err(unavailable)?;
    let nonce = XNonce::try_generate().map_err(unavailable)?;
    let associated = associated(practice, rotation);
    let payload = Payload {
        msg: &plain,
        aad: &associated,
    };
    let bytes = cipher(key).encrypt(&nonce, payload).map_err(unavailable)?;
    let nonce = nonce.to_vec();
    Ok(Sealed { nonce, bytes })
}

/// Opens a sealed connection.
pub(crate) fn unseal(
    key: &MasterKey,
    practice: &PracticeId,
    rotation: Rotation,
    sealed: &Sealed,
) -> Result<Connection, TokenStoreError> {
    let nonce = XNonce::try_from(sealed.nonce.as_slice())
        .map_err(|_| closed("its nonce is not of 24 bytes"))?;
    let associated = associated(practice, rotation);
    let payload = Payload {
        msg: &sealed.bytes,
        aad: &associated,
    };
    let plain = cipher(key)
        .decrypt(&nonce, payload)
        .map(Zeroizing::new)
        .map_err(|_| closed("the master key is not the one it was encrypted under"))?;
    // The error is not passed on: it could hold a piece of what was decrypted.
    let opened: Opened =
        serde_json::from_slice(&plain).map_err(|_| closed("its content cannot be read"))?;
    Ok(Connection {
        tenant: opened.tenant,
        tenant_name: opened.tenant_name,
        access: opened.access.map(|access| AccessToken {
            secret: access.secret,
            expires_at: access.expires_at,
        }),
        refresh: opened.refresh,
        refreshed_at: opened.refreshed_at,
        organisation: opened.organisation.map(|of| Organisation {
            tenant: of.tenant,
            name: of.name,
        }),
    })
}

/// Seals a secret of a practice's, under its name.
pub(crate) fn seal_secret(
    key: &MasterKey,
    practice: &PracticeId,
    name: &str,
    secret: &SecretString,
) -> Result<Sealed, TokenStoreError> {
    let nonce = XNonce::try_generate().map_err(unavailable)?;
    let associated = associated_secret(practice, name);
    let payload = Payload {
        msg: secret.expose_secret().as_bytes(),
        aad: &associated,
    };
    let bytes = cipher(key).encrypt(&nonce, payload).map_err(unavailable)?;
    let nonce = nonce.to_vec();
    Ok(Sealed { nonce, bytes })
}

/// Opens a sealed secret.
pub(crate) fn unseal_secret(
    key: &MasterKey,
    practice: &PracticeId,
    name: &str,
    sealed: &Sealed,
) -> Result<SecretString, TokenStoreError> {
    let nonce = XNonce::try_from(sealed.nonce.as_slice())
        .map_err(|_| closed("its nonce is not of 24 bytes"))?;
    let associated = associated_secret(practice, name);
    let payload = Payload {
        msg: &sealed.bytes,
        aad: &associated,
    };
    let plain = cipher(key)
        .decrypt(&nonce, payload)
        .map(Zeroizing::new)
        .map_err(|_| closed("the master key is not the one it was encrypted under"))?;
    let text = std::str::from_utf8(&plain).map_err(|_| closed("its content cannot be read"))?;
    Ok(SecretString::from(text.to_owned()))
}

pub(crate) fn closed(reason: &'static str) -> TokenStoreError {
    TokenStoreError::Sealed { reason }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> TokenStoreError {
    TokenStoreError::Unavailable(Box::new(error))
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    let key: &Key = key.expose().into();
    XChaCha20Poly1305::new(key)
}

/// Lengths are part of it: a practice's name holds no NUL.
fn associated(practice: &PracticeId, rotation: Rotation) -> Vec<u8> {
    format!("connection {FORMAT}\0{practice}\0{}", rotation.0).into_bytes()
}

/// A secret is of no use under another name, in another practice, or as a connection.
fn associated_secret(practice: &PracticeId, name: &str) -> Vec<u8> {
    format!("secret {FORMAT}\0{practice}\0{name}").into_bytes()
}
