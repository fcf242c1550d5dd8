//! The binary from outside: run as a person or a script runs it, and killed as a machine kills it.

mod calendar;
mod chaos;
mod connection;
mod demo;
mod doctor;
mod errors;
mod following;
mod forecast;
mod import;
mod killed;
mod million;
mod planning;
mod schema;
mod served;
mod signing_in;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
