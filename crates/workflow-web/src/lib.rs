//! workflow-web
