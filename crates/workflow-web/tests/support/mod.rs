//! What the tests and the preview share.

pub mod sample;
pub mod world;
