//! What a fault does to a call: drop, delay, apply late, cut or garble the reply.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures_util::stream;

use super::{Line, blocking, response};
use crate::faults::Fault;
use crate::gateway::{self, Reply};
use crate::inner::Inner;

/// A call whose fate is known and that is ready to be carried out.
#[derive(Debug)]
pub(super) struct Doomed {
    pub(super) inner: Arc<Inner>,
    pub(super) line: Line,
    pub(super) fault: Option<Fault>,
    pub(super) correlation: String,
}

impl Doomed {
    /// Carries out `execute`, or not, and answers as the fault says.
    pub(super) async fn run<F>(self, execute: F) -> Response
    where
        F: FnOnce() -> Reply + Send + 'static,
    {
        let Some(fault) = self.fault else {
            return response(apply(execute).await);
        };
        if let Some(reply) = gateway::fault_reply(&self.inner, fault, &self.correlation) {
            return response(reply);
        }
        match fault {
            Fault::LostBeforeCommit => self.lose(),
            Fault::LostAfterCommit => {
                apply(execute).await;
                self.lose()
            }
            Fault::AppliedLate { after_ms } => {
                self.apply_late(after_ms, execute);
                self.lose()
            }
            Fault::ErrorAfterCommit => {
                apply(execute).await;
                response(gateway::server_error())
            }
            Fault::CutBody => cut(apply(execute).await),
            Fault::GarbledBody => response(garble(apply(execute).await)),
            Fault::Slow { by_ms } => {
                let reply = apply(execute).await;
                pause(by_ms).await;
                response(reply)
            }
            _ => response(apply(execute).await),
        }
    }

    /// The response is never seen: the connection ends at its first byte.
    fn lose(&self) -> Response {
        self.line.cut();
        response(Reply::empty(500))
    }

    fn apply_late<F>(&self, after_ms: u64, execute: F)
    where
        F: FnOnce() -> Reply + Send + 'static,
    {
        self.inner.late.send_modify(|waiting| *waiting += 1);
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            pause(after_ms).await;
            apply(execute).await;
            inner.late.send_modify(|waiting| *waiting -= 1);
        });
    }
}

async fn apply<F>(execute: F) -> Reply
where
    F: FnOnce() -> Reply + Send + 'static,
{
    blocking(execute)
        .await
        .unwrap_or_else(gateway::server_error)
}

/// A delay of the simulated network, which passes in real time.
#[expect(
    clippy::disallowed_methods,
    reason = "the delay is what the fault plan asked for"
)]
async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// Promises the whole body, sends the first half and ends the connection.
fn cut(reply: Reply) -> Response {
    let length = reply.body.len();
    let half = reply.body.into_bytes()[..length / 2].to_vec();
    let parts = stream::unfold(Some(half), |part| async {
        match part {
            Some(part) => Some((Ok(part), None)),
            None => {
                // The first half must be on its way before the connection breaks.
                tokio::task::yield_now().await;
                Some((Err(std::io::Error::other("cut by a fault")), None))
            }
        }
    });
    let head = Reply {
        body: String::new(),
        ..reply
    }
    .with("content-length", length.to_string());
    response(head).map(|_| Body::from_stream(parts))
}

/// Ends the text in its middle with what no parser accepts.
fn garble(mut reply: Reply) -> Reply {
    let middle = reply
        .body
        .char_indices()
        .nth(reply.body.chars().count() / 2);
    reply.body.truncate(middle.map_or(0, |(at, _)| at));
    reply.body.push_str("</</<garbled &");
    reply
}
