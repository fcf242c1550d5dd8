//! The sandbox seen from outside: a plain HTTP client against a served sandbox.

mod common;
mod control;
mod durability;
mod faults;
mod gateway;
mod jobs;
mod killed;
mod lists;
mod oauth;
