//! Commands about webhooks: where they are sent, their secrets, and what is parked.

mod outbox;
mod sending;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};

pub use self::outbox::{Message, OutboxReader};
pub use self::sending::{Next, Refusal};
use super::{By, CommandError, Committed, PracticeHandle, Workflows};
use crate::deployment::Digest;
use crate::ids::WebhookId;
use crate::ports::secrets::{SecretStore, SecretStoreError};
use crate::ports::store::{Key, Record, Version, Versioned};
use crate::webhook::{Outbox, Parked, Webhook, WebhookKind, WebhookUrl, Webhooks};

/// Why a command about webhooks did nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The application was put together without a place for secrets.
    #[error("webhooks: this application keeps no secrets, so it can sign none")]
    NoSecrets,
    /// The practice has as many endpoints as it may.
    #[error(
        "url must not be another one: a practice has {} endpoints at most",
        Webhooks::MOST
    )]
    TooMany,
    /// An endpoint of the practice has that address already.
    #[error("url must not be that of another endpoint of this practice")]
    Twice,
    /// It would be told of nothing.
    #[error("kinds must name one at least")]
    NoKinds,
    /// Nothing is parked.
    #[error("webhook {0} is not parked, so there is nothing to resume")]
    NotParked(WebhookId),
    /// The secret could not be kept or read.
    #[error("the secret of the webhook cannot be kept or read")]
    Secret(#[from] SecretStoreError),
}

impl WebhookError {
    /// The field that it is about.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::NoKinds => "kinds",
            Self::TooMany | Self::Twice => "url",
            Self::NoSecrets | Self::NotParked(_) | Self::Secret(_) => "webhook",
        }
    }
}

/// An endpoint to be added, or what one is to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWebhook {
    /// Where it is.
    pub url: WebhookUrl,
    /// What it is told of.
    pub kinds: BTreeSet<WebhookKind>,
}

/// What is told once of an endpoint that was added.
#[derive(Clone, Debug)]
pub struct AddedWebhook {
    /// Which one it is.
    pub id: WebhookId,
    /// What its messages are signed with; `None` where the command had been carried out before,
    /// since a secret is told once.
    pub secret: Option<SecretString>,
}

impl Workflows {
    /// The same service, which keeps secrets there: without a place for them there are no
    /// webhooks.
    #[must_use]
    pub fn keeping_secrets(mut self, secrets: Arc<dyn SecretStore>) -> Self {
        self.secrets = Some(secrets);
        self
    }
}

impl PracticeHandle {
    fn secrets(&self) -> Result<&dyn SecretStore, WebhookError> {
        self.service
            .secrets
            .as_deref()
            .ok_or(WebhookError::NoSecrets)
    }

    /// Whether webhooks can be signed here: see [`Workflows::keeping_secrets`].
    #[must_use]
    pub fn has_webhooks(&self) -> bool {
        self.service.secrets.is_some()
    }

    /// Where webhooks are sent.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn webhooks(&self) -> Result<Versioned<Webhooks>, CommandError> {
        Ok(match self.record(&Key::Webhooks).await? {
            Some(Versioned {
                version,
                value: Record::Webhooks(value),
            }) => Versioned { version, value },
            _ => Versioned {
                version: Version::NONE,
                value: Webhooks::default(),
            },
        })
    }

    /// How far the sending to each endpoint came.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn outbox(&self) -> Result<Versioned<Outbox>, CommandError> {
        Ok(match self.record(&Key::Outbox).await? {
            Some(Versioned {
                version,
                value: Record::Outbox(value),
            }) => Versioned { version, value },
            _ => Versioned {
                version: Version::NONE,
                value: Outbox::default(),
            },
        })
    }

    /// Adds an endpoint, which is told of what happens from now on. Its secret is told once, by
    /// this answer alone.
    ///
    /// # Errors
    ///
    /// [`CommandError::Webhook`] where the practice has as many as it may, where one has that
    /// address, where it would be told of nothing, and where the secret cannot be kept; any error
    /// of the store.
    pub async fn add_webhook(
        &self,
        by: impl Into<By>,
        new: NewWebhook,
    ) -> Result<Committed<AddedWebhook>, CommandError> {
        let (by, now) = (&by.into(), self.now());
        let command = ("add webhook", &new.url, &new.kinds);
        if let Some(receipt) = self.done_before(by, &command).await? {
            let id = added_by(&receipt.entries);
            let id = id.ok_or_else(|| CommandError::not_found("webhook", &new.url))?;
            return Ok(Committed::from(receipt, AddedWebhook { id, secret: None }));
        }
        let id = WebhookId::new(self.service.ports.ids.next());
        let secret = self.new_secret();
        // The secret comes first: an endpoint without one could be told nothing.
        self.keep(id, &secret).await?;
        let made = self
            .change_webhooks(by, command, |webhooks| {
                if webhooks.endpoints.len() >= Webhooks::MOST {
                    return Err(WebhookError::TooMany.into());
                }
                check(webhooks, None, &new)?;
                let webhook = Webhook {
                    url: new.url.clone(),
                    kinds: new.kinds.clone(),
                    secret_made_at: now,
                    secret_number: 1,
                    parked: None,
                };
                webhooks.endpoints.insert(id, webhook);
                Ok(())
            })
            .await;
        let is_made = made.as_ref().is_ok_and(|made| !made.repeated);
        if !is_made {
            // Nobody knows it.
            self.forget(id).await?;
        }
        let made = made?;
        let (id, secret) = match is_made {
            true => (Some(id), Some(secret)),
            false => (added_by(&made.entries), None),
        };
        let id = id.ok_or_else(|| CommandError::not_found("webhook", &new.url))?;
        Ok(made.map(|()| AddedWebhook { id, secret }))
    }

    /// Changes where an endpoint is and what it is told of. It goes on from where it was.
    ///
    /// # Errors
    ///
    /// As [`PracticeHandle::add_webhook`], and [`CommandError::NotFound`].
    pub async fn change_webhook(
        &self,
        by: impl Into<By>,
        id: WebhookId,
        new: NewWebhook,
    ) -> Result<Committed<()>, CommandError> {
        let command = ("change webhook", id, (&new.url, &new.kinds));
        let done = self
            .change_webhooks(&by.into(), command, |webhooks| {
                endpoint(webhooks, id)?;
                check(webhooks, Some(id), &new)?;
                let webhook = endpoint(webhooks, id)?;
                webhook.url = new.url.clone();
                webhook.kinds = new.kinds.clone();
                Ok(())
            })
            .await?;
        // What another address refused says nothing of this one.
        self.note_progress(id, |progress| {
            progress.tries = 0;
            progress.next_at = None;
        })
        .await?;
        Ok(done)
    }

    /// Gives an endpoint another secret, which is told once, by this answer alone; `None` where
    /// the command had been carried out before. What is sent from now on is signed with it.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Webhook`] where the secret cannot be kept, and
    /// any error of the store. Where it could not be kept, the former one is still used.
    pub async fn renew_webhook_secret(
        &self,
        by: impl Into<By>,
        id: WebhookId,
    ) -> Result<Committed<Option<SecretString>>, CommandError> {
        self.secrets()?;
        let now = self.now();
        let command = ("renew webhook secret", id);
        let made = self
            .change_webhooks(&by.into(), command, |webhooks| {
                let webhook = endpoint(webhooks, id)?;
                webhook.secret_made_at = now;
                webhook.secret_number = webhook.secret_number.saturating_add(1);
                Ok(())
            })
            .await?;
        if made.repeated {
            return Ok(made.map(|()| None));
        }
        let secret = self.new_secret();
        self.keep(id, &secret).await?;
        Ok(made.map(|()| Some(secret)))
    }

    /// Lets an endpoint that is parked be told what it missed, from where it was.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], [`CommandError::Webhook`] where it is not parked, and any error
    /// of the store.
    pub async fn resume_webhook(
        &self,
        by: impl Into<By>,
        id: WebhookId,
    ) -> Result<Committed<()>, CommandError> {
        let done = self
            .change_webhooks(&by.into(), ("resume webhook", id), |webhooks| {
                let webhook = endpoint(webhooks, id)?;
                let parked = webhook.parked.take();
                parked.ok_or(WebhookError::NotParked(id))?;
                Ok(())
            })
            .await?;
        self.note_progress(id, |progress| {
            progress.tries = 0;
            progress.next_at = None;
        })
        .await?;
        Ok(done)
    }

    /// Takes an endpoint out. It is told nothing further, and what it was not told is not kept
    /// for it.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn remove_webhook(
        &self,
        by: impl Into<By>,
        id: WebhookId,
    ) -> Result<Committed<()>, CommandError> {
        let done = self
            .change_webhooks(&by.into(), ("remove webhook", id), |webhooks| {
                let gone = webhooks.endpoints.remove(&id);
                gone.ok_or_else(|| CommandError::not_found("webhook", id))?;
                Ok(())
            })
            .await?;
        self.forget(id).await?;
        Ok(done)
    }

    /// Parks an endpoint, so that a person sees it.
    pub(crate) async fn park_webhook(
        &self,
        by: impl Into<By>,
        id: WebhookId,
        reason: String,
        since: DateTime<Utc>,
    ) -> Result<Committed<()>, CommandError> {
        let command = ("park webhook", id);
        self.change_webhooks(&by.into(), command, |webhooks| {
            // Whoever took it out meanwhile is right.
            if let Some(webhook) = webhooks.endpoints.get_mut(&id) {
                let reason = reason.clone();
                webhook.parked = Some(Parked { reason, since });
            }
            Ok(())
        })
        .await
    }

    async fn change_webhooks(
        &self,
        by: &By,
        command: impl crate::canonical::Canonical,
        change: impl Fn(&mut Webhooks) -> Result<(), CommandError>,
    ) -> Result<Committed<()>, CommandError> {
        let (command, change) = (&command, &change);
        self.retrying(by, "webhooks", || {
            self.try_put(by, command, Key::Webhooks, move |before| {
                let mut webhooks = match before {
                    Some(Record::Webhooks(webhooks)) => webhooks.clone(),
                    _ => Webhooks::default(),
                };
                change(&mut webhooks)?;
                Ok(Record::Webhooks(webhooks))
            })
        })
        .await
    }

    /// A secret as receivers of signed webhooks take it: what follows the prefix is base64.
    fn new_secret(&self) -> SecretString {
        let ids = &self.service.ports.ids;
        let drawn: Vec<[u8; 16]> = (0..4).map(|_| ids.next().into_bytes()).collect();
        let parts: Vec<&[u8]> = std::iter::once(&b"webhook secret 1\0"[..])
            .chain(drawn.iter().map(|bytes| &bytes[..]))
            .collect();
        SecretString::from(format!("whsec_{}", Digest::of(&parts)))
    }

    async fn keep(&self, id: WebhookId, secret: &SecretString) -> Result<(), WebhookError> {
        let name = name(id);
        Ok(self.secrets()?.keep_secret(&self.id, &name, secret).await?)
    }

    async fn forget(&self, id: WebhookId) -> Result<(), WebhookError> {
        match self.secrets() {
            Ok(secrets) => Ok(secrets.forget_secret(&self.id, &name(id)).await?),
            // Where none is kept there is none to forget.
            Err(_) => Ok(()),
        }
    }

    /// What an endpoint's messages are signed with.
    ///
    /// # Errors
    ///
    /// [`WebhookError::NoSecrets`] and [`WebhookError::Secret`].
    pub async fn webhook_secret(
        &self,
        id: WebhookId,
    ) -> Result<Option<SecretString>, WebhookError> {
        let found = self.secrets()?.secret(&self.id, &name(id)).await?;
        Ok(found.filter(|secret| !secret.expose_secret().is_empty()))
    }
}

fn name(id: WebhookId) -> String {
    format!("webhook:{id}")
}

fn endpoint(webhooks: &mut Webhooks, id: WebhookId) -> Result<&mut Webhook, CommandError> {
    let found = webhooks.endpoints.get_mut(&id);
    found.ok_or_else(|| CommandError::not_found("webhook", id))
}

fn check(webhooks: &Webhooks, id: Option<WebhookId>, new: &NewWebhook) -> Result<(), WebhookError> {
    if new.kinds.is_empty() {
        return Err(WebhookError::NoKinds);
    }
    let mut others = webhooks.endpoints.iter().filter(|(of, _)| Some(**of) != id);
    match others.any(|(_, other)| other.url == new.url) {
        true => Err(WebhookError::Twice),
        false => Ok(()),
    }
}

/// The endpoint that entries added.
fn added_by(entries: &[crate::audit::Entry]) -> Option<WebhookId> {
    entries.iter().find_map(outbox::added)
}
