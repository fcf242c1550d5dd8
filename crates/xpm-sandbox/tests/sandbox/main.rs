//! The sandbox seen from outside: a plain HTTP client against a served sandbox.

mod common;
mod control;
mod documented;
mod durability;
mod faults;
mod files;
mod gateway;
mod guesses;
mod jobs;
mod killed;
mod lists;
mod oauth;
mod openid;
mod pages;
mod recorded;
mod steering;
