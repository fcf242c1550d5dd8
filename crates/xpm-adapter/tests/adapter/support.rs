//! What the tests stand on: a clock that is set by hand, a token store in memory that keeps a record
//! of what was done in which order, and a raw server for what no HTTP library would send.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use uuid::Uuid;
use workflow_core::ids::{ClientId, PracticeId};
use workflow_core::ports::clock::Clock;
use workflow_core::ports::gateway::{CreateJob, GatewayError};
use workflow_core::ports::tokens::{
    AccessToken, Connection, Organisation, Rotation, TokenStore, TokenStoreError,
};
use xpm_adapter::{Xpm, XpmBuilder};

/// Every secret of these tests holds this word, so that one look finds a leak.
pub(crate) const SECRET: &str = "s3cr3t";
pub(crate) const TENANT: Uuid = Uuid::from_u128(0x7e);
pub(crate) const JOB_UUID: &str = "8f3e8f4e-6f5b-4f0b-9f3e-8f4e6f5b4f0b";

#[derive(Debug)]
pub(crate) struct HandClock {
    now: Mutex<DateTime<Utc>>,
}

impl HandClock {
    pub(crate) fn forward(&self, by: TimeDelta) {
        *self.now.lock().unwrap() += by;
    }
}

#[async_trait]
impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        (self.now() - DateTime::UNIX_EPOCH).to_std().unwrap()
    }

    async fn sleep_until(&self, _until: DateTime<Utc>) {
        unreachable!("the adapter waits for nothing");
    }
}

pub(crate) fn clock() -> Arc<HandClock> {
    let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    Arc::new(HandClock { now: now.into() })
}

/// How the store behaves at the next save.
#[derive(Clone, Debug, Default)]
pub(crate) enum NextSave {
    #[default]
    Works,
    Fails,
    /// Somebody else saves this first.
    Loses(Connection),
}

#[derive(Debug)]
pub(crate) struct Tokens {
    kept: Mutex<Option<(Connection, Rotation)>>,
    next_save: Mutex<NextSave>,
    /// What is stored cannot be opened, until it is forgotten.
    sealed: AtomicBool,
    saved: watch::Sender<u64>,
    pub(crate) record: Mutex<Vec<String>>,
}

impl Tokens {
    pub(crate) fn holding(connection: Option<Connection>) -> Arc<Self> {
        Arc::new(Self::new(connection, false))
    }

    pub(crate) fn sealed() -> Arc<Self> {
        Arc::new(Self::new(None, true))
    }

    fn new(connection: Option<Connection>, sealed: bool) -> Self {
        Self {
            kept: Mutex::new(connection.map(|c| (c, Rotation(1)))),
            next_save: Mutex::default(),
            sealed: AtomicBool::new(sealed),
            saved: watch::Sender::new(0),
            record: Mutex::default(),
        }
    }

    pub(crate) fn next_save(&self, next: NextSave) {
        *self.next_save.lock().unwrap() = next;
    }

    pub(crate) fn note(&self, what: impl Into<String>) {
        self.record.lock().unwrap().push(what.into());
    }

    pub(crate) fn record(&self) -> Vec<String> {
        self.record.lock().unwrap().clone()
    }

    pub(crate) fn access(&self) -> Option<String> {
        let kept = self.kept.lock().unwrap();
        let access = kept.as_ref()?.0.access.as_ref()?;
        Some(access.secret.expose_secret().to_owned())
    }

    pub(crate) fn refresh(&self) -> Option<String> {
        let kept = self.kept.lock().unwrap();
        Some(kept.as_ref()?.0.refresh.expose_secret().to_owned())
    }

    pub(crate) fn organisation(&self) -> Option<Organisation> {
        self.kept.lock().unwrap().as_ref()?.0.organisation.clone()
    }

    pub(crate) fn tenant(&self) -> Option<Uuid> {
        Some(self.kept.lock().unwrap().as_ref()?.0.tenant)
    }

    /// Returns once `saves` saves have been made. The bound only keeps a failure from hanging.
    pub(crate) async fn until_saved(&self, saves: u64) {
        let mut saved = self.saved.subscribe();
        let saved = saved.wait_for(|n| *n >= saves);
        let saved = tokio::time::timeout(Duration::from_secs(60), saved).await;
        saved.expect("nothing was saved").unwrap();
    }
}

#[async_trait]
impl TokenStore for Tokens {
    async fn connection(
        &self,
        _practice: &PracticeId,
    ) -> Result<Option<(Connection, Rotation)>, TokenStoreError> {
        if self.sealed.load(Ordering::Relaxed) {
            let reason = "no key was given";
            return Err(TokenStoreError::Sealed { reason });
        }
        Ok(self.kept.lock().unwrap().clone())
    }

    async fn save_connection(
        &self,
        _practice: &PracticeId,
        connection: &Connection,
        expected: Option<Rotation>,
    ) -> Result<Rotation, TokenStoreError> {
        let mut kept = self.kept.lock().unwrap();
        match std::mem::take(&mut *self.next_save.lock().unwrap()) {
            NextSave::Works => {}
            NextSave::Fails => {
                return Err(TokenStoreError::Unavailable("the disk is full".into()));
            }
            NextSave::Loses(other) => {
                let next = kept.as_ref().map_or(0, |(_, r)| r.0) + 1;
                *kept = Some((other, Rotation(next)));
            }
        }
        if kept.as_ref().map(|(_, rotation)| *rotation) != expected {
            return Err(TokenStoreError::Rotated);
        }
        let next = Rotation(expected.map_or(0, |r| r.0) + 1);
        let access = connection.access.as_ref().map(|a| a.secret.expose_secret());
        self.note(format!("saved {}", access.unwrap_or_default()));
        *kept = Some((connection.clone(), next));
        self.saved.send_modify(|n| *n += 1);
        Ok(next)
    }

    async fn forget_connection(&self, _practice: &PracticeId) -> Result<(), TokenStoreError> {
        *self.kept.lock().unwrap() = None;
        self.sealed.store(false, Ordering::Relaxed);
        self.note("forgotten");
        Ok(())
    }
}

/// A connection whose access token ends in so many minutes.
pub(crate) fn connection(clock: &HandClock, name: &str, minutes: i64) -> Connection {
    Connection {
        tenant: TENANT,
        tenant_name: None,
        access: Some(AccessToken {
            secret: format!("access-{name}-{SECRET}").into(),
            expires_at: clock.now() + TimeDelta::minutes(minutes),
        }),
        refresh: format!("refresh-{name}-{SECRET}").into(),
        refreshed_at: clock.now(),
        organisation: None,
    }
}

pub(crate) fn builder(root: &str, tokens: Arc<Tokens>, clock: Arc<HandClock>) -> XpmBuilder {
    let secret = SecretString::from(format!("client-{SECRET}"));
    Xpm::builder()
        .credentials("client-id", secret)
        .tokens(tokens)
        .clock(clock)
        .api(root)
        .identity(root)
        .authorize(format!("{root}/identity/connect/authorize"))
}

/// An adapter that holds a good token, at a server.
pub(crate) fn connected(root: &str) -> Xpm {
    let clock = clock();
    let tokens = Tokens::holding(Some(connection(&clock, "a", 30)));
    builder(root, tokens, clock).build().unwrap()
}

pub(crate) fn practice() -> PracticeId {
    "acme".parse().unwrap()
}

pub(crate) fn new_job() -> CreateJob {
    CreateJob {
        client: ClientId::new(Uuid::from_u128(5)),
        name: "GST & returns".to_owned(),
        description: "Return\nref: wf-1".to_owned(),
        start: "2026-12-01".parse().unwrap(),
        due: "2026-12-28".parse().unwrap(),
        reference: Some("CLI-7".to_owned()),
        template: None,
        category: None,
        budget: None,
        number: None,
    }
}

/// One job, as the detailed answers have it.
pub(crate) fn job_xml() -> String {
    format!(
        "<Job><ID>J000031</ID><UUID>{JOB_UUID}</UUID><Name>GST</Name>\
         <Description>Return\nref: wf-1</Description><State>Planned</State>\
         <Assigned /><Tasks /></Job>"
    )
}

pub(crate) fn ok(inner: &str) -> String {
    format!("<Response api-method=\"Get\"><Status>OK</Status>{inner}</Response>")
}

/// Fails when a secret is anywhere in an error.
pub(crate) fn holds_no_secret(error: &(dyn std::error::Error + 'static)) {
    let mut link = Some(error);
    while let Some(error) = link {
        let text = format!("{error} {error:?}");
        assert!(!text.contains(SECRET), "{text}");
        link = error.source();
    }
}

/// The failure of a call, after a look for secrets.
pub(crate) fn failed<T: std::fmt::Debug>(result: Result<T, GatewayError>) -> GatewayError {
    let error = result.unwrap_err();
    holds_no_secret(&error);
    error
}

/// A server that says what it is told to, byte by byte.
pub(crate) struct Raw {
    listener: TcpListener,
}

impl Raw {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener }
    }

    pub(crate) fn root(&self) -> String {
        format!("http://{}", self.listener.local_addr().unwrap())
    }

    /// Takes the next connection, and reads nothing.
    pub(crate) async fn accept(&self) -> TcpStream {
        self.listener.accept().await.unwrap().0
    }

    /// Takes the next request; the connection is answered, or dropped, by the caller.
    pub(crate) async fn request(&self) -> (String, TcpStream) {
        let mut stream = self.accept().await;
        let mut request = Vec::new();
        let length = loop {
            let byte = stream.read_u8().await.unwrap();
            request.push(byte);
            if request.ends_with(b"\r\n\r\n") {
                break length(&String::from_utf8(request.clone()).unwrap());
            }
        };
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        request.extend(body);
        (String::from_utf8(request).unwrap(), stream)
    }

    /// Answers one request with these bytes and closes.
    pub(crate) async fn answer(&self, bytes: &str) {
        let (_, mut stream) = self.request().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
    }
}

fn length(head: &str) -> usize {
    let mut lines = head.lines();
    let found = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let length = name.eq_ignore_ascii_case("content-length");
        length.then(|| value.trim().parse().unwrap())
    });
    found.unwrap_or(0)
}

/// A whole HTTP answer.
pub(crate) fn http(status: &str, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The answer of the sign-in service with new tokens.
pub(crate) fn tokens_json(name: &str) -> String {
    format!(
        "{{\"access_token\":\"access-{name}-{SECRET}\",\"token_type\":\"Bearer\",\
         \"expires_in\":1800,\"refresh_token\":\"refresh-{name}-{SECRET}\"}}"
    )
}
