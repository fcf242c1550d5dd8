//! The conformance suite of stores: one function for each rule of the [`Store`] port.
//!
//! [`store_suite!`](crate::store_suite) makes one named test of each rule, in the crate of whoever
//! wrote the store and with the executor of their choice. A rule needs an empty store, uses the
//! port alone, and panics with what it saw where the store breaks it.

mod audit;
mod budget;
mod commits;
mod due;
mod isolation;
mod keys;
mod leases;
mod pages;
mod queries;
mod records;
pub mod reopening;
mod steps;
mod table;

use std::sync::Arc;

pub use self::table::{RULES, Rule};
use crate::ports::store::Store;

/// Every rule, under the name that its test bears.
pub mod rules {
    pub use super::audit::*;
    pub use super::budget::*;
    pub use super::commits::*;
    pub use super::due::*;
    pub use super::isolation::*;
    pub use super::keys::*;
    pub use super::leases::*;
    pub use super::pages::*;
    pub use super::queries::*;
    pub use super::records::*;
}

/// Something that holds a store for the length of a test.
///
/// Every store does, and so does a pair of a store and whatever must outlive it, such as the
/// temporary folder that it is in.
pub trait AsStore {
    /// The store.
    fn as_store(&self) -> &dyn Store;
}

impl<S: Store> AsStore for S {
    fn as_store(&self) -> &dyn Store {
        self
    }
}

impl<S: Store, G> AsStore for (S, G) {
    fn as_store(&self) -> &dyn Store {
        &self.0
    }
}

impl<S: Store> AsStore for Arc<S> {
    fn as_store(&self) -> &dyn Store {
        &**self
    }
}

impl AsStore for Arc<dyn Store> {
    fn as_store(&self) -> &dyn Store {
        &**self
    }
}
