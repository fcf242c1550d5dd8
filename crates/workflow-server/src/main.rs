//! workflow-server
fn main() {}
