//! Sends webhooks: what happens to a practice's deployments, to the endpoints that it set up.
//!
//! The audit is the outbox. [`Sender`] reads it on for each endpoint through the core's service,
//! signs each message ([`sign`]) and hands it to a [`Courier`], of which [`HttpCourier`] is the
//! real one. Each endpoint is told everything, in order, at least once: whoever is killed between
//! the sending and its note sends the same message, with the same id, again. An endpoint that does
//! not answer is tried again with growing waits, and is parked for a person to see; nothing is
//! passed over, and one endpoint never holds up another.

mod courier;
mod message;
mod sender;

pub use self::courier::{Courier, HttpCourier, HttpCourierError, Post};
pub use self::message::{SecretError, body, sign};
pub use self::sender::{Sender, Sent};
