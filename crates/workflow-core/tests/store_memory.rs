//! The memory store keeps the contract that it is the specification of.

use workflow_core::testing::MemoryStore;

workflow_core::store_suite!(
    #[tokio::test],
    MemoryStore::new(),
    reopen = async |store: MemoryStore| store.reopen(),
);

mod tokens {
    use workflow_core::testing::MemoryStore;

    workflow_core::token_store_suite!(#[tokio::test], MemoryStore::new());

    workflow_core::session_store_suite!(#[tokio::test], MemoryStore::new());
}
