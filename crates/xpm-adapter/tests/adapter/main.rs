//! The adapter against an HTTP server that says odd things: one module for each question.

mod calls;
mod connect;
mod failures;
mod hostile;
mod sandbox;
mod support;
mod tokens;
