//! The pages: each loads what it shows, and each form is taken by the page that shows it.

pub(crate) mod actions;
pub(crate) mod add;
pub(crate) mod attention;
pub(crate) mod audit;
pub(crate) mod billing;
pub(crate) mod calendar;
pub(crate) mod client;
pub(crate) mod clients;
pub(crate) mod commands;
pub(crate) mod connection;
pub(crate) mod edit;
pub(crate) mod feed;
pub(crate) mod meanwhile;
pub(crate) mod overview;
pub(crate) mod people;
pub(crate) mod pick;
pub(crate) mod plan;
pub(crate) mod planning;
pub(crate) mod preflight;
pub(crate) mod record;
pub(crate) mod schedule;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod upcoming;
pub(crate) mod webhooks;
pub(crate) mod why;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::App;
use crate::error::Trouble;
use crate::layout::Layout;
use crate::security::Visit;
use crate::views::desk::page;
use crate::views::frame::Frame;

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'a> {
    frame: Frame,
    heading: &'static str,
    sentence: &'a str,
    /// The page to go back to.
    back: Option<String>,
}

fn heading(trouble: &Trouble) -> &'static str {
    match trouble.status.as_u16() {
        401 => "Sign in",
        403 => "Not allowed",
        404 => "Not found",
        413 | 415 | 422 => "This cannot be taken",
        409 => "This cannot be done now",
        500.. => "Something went wrong",
        _ => "This cannot be done",
    }
}

/// A page that says in one sentence why there is no other.
pub(crate) fn trouble(app: &App, visit: &Visit, trouble: &Trouble) -> Response {
    let heading = heading(trouble);
    let template = TroublePage {
        frame: Frame::of_trouble(app, visit, heading),
        heading,
        sentence: &trouble.sentence,
        back: visit
            .about
            .clone()
            .filter(|_| trouble.status != StatusCode::NOT_FOUND),
    };
    page(trouble.status, &template).unwrap_or_else(|_| trouble.status.into_response())
}

/// The same for somebody who was not let in.
pub(crate) fn turned_away(app: &App, base: &str, layout: &Layout, trouble: &Trouble) -> Response {
    let heading = heading(trouble);
    let template = TroublePage {
        frame: Frame::bare(app, base, layout, heading),
        heading,
        sentence: &trouble.sentence,
        back: None,
    };
    page(trouble.status, &template).unwrap_or_else(|_| trouble.status.into_response())
}

/// A path that leads nowhere.
pub(crate) async fn nowhere() -> Trouble {
    Trouble::not_found("page")
}
