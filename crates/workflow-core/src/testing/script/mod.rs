//! Random scripts: sequences of calls of a store, on which two stores have to agree.
//!
//! [`run`] carries a [`Script`] out and writes down everything that the store answered. A store
//! that keeps the contract answers as [`MemoryStore`](super::MemoryStore) does, word for word,
//! cursors excepted.
//!
//! ```
//! use workflow_core::testing::MemoryStore;
//! use workflow_core::testing::script::{Practices, Script, Step, run};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let script = Script { steps: vec![Step::Practices(Practices { after: None, limit: 3 })] };
//! let (one, two) = (MemoryStore::new(), MemoryStore::new());
//! assert_eq!(run(&script, &one).await, run(&script, &two).await);
//! # });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod run;
mod steps;
#[cfg(feature = "proptest")]
mod strategies;

pub use self::run::{Observation, Refused, run, run_reopening};
pub use self::steps::{
    Commit, Entries, Fencing, Find, Guess, Keyed, Lease, Practices, Put, Script, Step, What,
};
#[cfg(feature = "proptest")]
pub use self::strategies::arb_script;
