//! The tab as a browser sees it: pages and forms over the memory store.

#[path = "../support/mod.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "shared with the preview, which uses what the tests do not"
)]
mod support;

mod api;
mod browser;
mod commands;
mod connection;
mod feeds;
mod forms;
mod isolation;
mod layout;
mod live;
mod pages;
mod pickers;
mod planning;
mod practice;
mod record;
mod schedule;
mod security;
mod style;
mod together;
mod told;
mod webhooks;
mod weight;
