//! Bringing one message to one address.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Body, Client};
use workflow_core::webhook::WebhookUrl;

/// How long making a connection may take, and the whole exchange.
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(15);

/// One message, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Where to.
    pub url: WebhookUrl,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
    /// JSON.
    pub body: String,
}

/// Brings messages to their addresses.
///
/// **Cancelling** it is allowed: the message may have arrived, and is sent again.
#[async_trait]
pub trait Courier: Debug + Send + Sync + 'static {
    /// Sends one message, and answers with the status that came back.
    ///
    /// # Errors
    ///
    /// A sentence, where none came back. It holds nothing of the address.
    async fn post(&self, post: &Post) -> Result<u16, String>;
}

/// Sends by HTTP: `https` alone but on this machine, with time limits, following no redirect and
/// reading nothing of the answer but its status.
#[derive(Clone, Debug)]
pub struct HttpCourier {
    client: Client,
}

/// The HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client for webhooks")]
pub struct HttpCourierError(#[source] reqwest::Error);

impl HttpCourier {
    /// One that waits fifteen seconds for an answer.
    ///
    /// # Errors
    ///
    /// [`HttpCourierError`] where the machine's own certificates or proxies cannot be read.
    pub fn new() -> Result<Self, HttpCourierError> {
        Self::within(WHOLE)
    }

    /// One that waits so long for an answer.
    ///
    /// # Errors
    ///
    /// As [`HttpCourier::new`].
    pub fn within(time: Duration) -> Result<Self, HttpCourierError> {
        let client = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT.min(time))
            .timeout(time)
            .user_agent(concat!("workflow-webhooks/", env!("CARGO_PKG_VERSION")))
            .build();
        let client = client.map_err(HttpCourierError)?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn post(&self, post: &Post) -> Result<u16, String> {
        let mut request = self
            .client
            .post(post.url.as_str())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in [
            ("webhook-id", &post.id),
            ("webhook-timestamp", &post.timestamp),
            ("webhook-signature", &post.signature),
        ] {
            request = request.header(HeaderName::from_static(name), value);
        }
        let sent = request.body(Body::from(post.body.clone())).send().await;
        match sent {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) if error.is_timeout() => Err("It did not answer in time.".to_owned()),
            Err(error) if error.is_connect() => Err("It could not be reached.".to_owned()),
            Err(error) => {
                tracing::debug!(error = %error.without_url(), "a webhook was not sent");
                Err("The exchange with it broke off.".to_owned())
            }
        }
    }
}
