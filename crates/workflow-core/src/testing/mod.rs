//! What tests of a store, a gateway or a whole application need: a store and a gateway in memory,
//! a clock that a test moves, identities that can be told beforehand, and the conformance suites.
//!
//! [`MemoryStore`] is the specification of the [`Store`](crate::ports::store::Store) port in code
//! that can be run: whoever writes another store runs [`store_suite!`](crate::store_suite) on it,
//! and compares it with the memory store by [`script`]s. [`wrong`] stores and [`wrong_gateway`]s prove
//! that the suites bite. Token stores and job gateways have suites of their own,
//! [`token_store_suite!`](crate::token_store_suite) and [`gateway_suite!`](crate::gateway_suite).

mod at_once;
mod clock;
mod gateway;
pub mod gateway_suite;
mod ids;
mod memory;
pub mod samples;
pub mod script;
pub mod store_suite;
pub mod token_suite;
pub mod wrong;
pub mod wrong_gateway;

pub(crate) use self::at_once::at_once;
pub use self::clock::ManualClock;
pub use self::gateway::{Call, CallKind, Fate, HeldWhen, Hold, MemoryGateway, Request, Rows};
pub use self::ids::CountingIds;
pub use self::memory::MemoryStore;
