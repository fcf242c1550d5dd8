//! workflow-core
