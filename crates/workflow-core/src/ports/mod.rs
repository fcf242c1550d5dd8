//! What the core needs of the world, as traits that adapters implement.
//!
//! Every port is async where it does work elsewhere, dyn-compatible, and says on each method what
//! is atomic, what a repeat does, and which error means what.

pub mod clock;
pub mod gateway;
pub mod secrets;
pub mod sessions;
pub mod store;
#[cfg(feature = "proptest")]
mod strategies;
pub mod tokens;

#[cfg(feature = "proptest")]
pub use self::strategies::arb_record;
