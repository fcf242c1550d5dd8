//! What is wrong on purpose: each of these has to be caught, or the checker proves nothing.

use std::sync::Arc;

use scheduler::Options;
use workflow_core::ports::gateway::JobGateway;
use workflow_core::ports::store::Store;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Nothing,
}

impl Wrong {
    pub(crate) fn store(self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        store
    }

    pub(crate) fn gateway(self, gateway: Arc<dyn JobGateway>) -> Arc<dyn JobGateway> {
        gateway
    }

    pub(crate) fn options(self, _: &mut Options) {}
}
