//! The pages for people: what the sandbox holds, and the forms that steer it.
//!
//! They are plain HTML that works without a script.

mod jobs;
mod steering;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

use crate::inner::Inner;

/// How many rows one page shows.
const PAGE: usize = 100;

pub(super) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/", get(jobs::overview))
        .route("/jobs/{number}", get(jobs::job))
        .route("/clients", get(steering::clients))
        .route("/calls", get(steering::calls))
        .route("/calls/{number}", get(steering::call))
        .route("/faults", get(steering::faults))
        .route("/guesses", get(steering::guesses))
        .route("/style.css", get(style))
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("../../../templates/style.css")).into_response()
}

/// What could not be done, and the way back.
#[derive(Debug, Template)]
#[template(path = "refused.html")]
struct Refused<'a> {
    here: &'a str,
    reason: &'a str,
}

pub(super) fn refused(status: StatusCode, back: &str, reason: &str) -> Response {
    let page = Refused { here: back, reason };
    (status, html(&page)).into_response()
}

fn html(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Which page of a list is shown, counted from 1.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Turn {
    page: Option<usize>,
}

/// A list that is shown page by page.
#[derive(Debug, Clone, Copy)]
struct Pages {
    page: usize,
    pages: usize,
}

impl Pages {
    fn of(rows: usize, turn: &Turn) -> Self {
        let pages = rows.div_ceil(PAGE).max(1);
        let page = turn.page.unwrap_or(1).clamp(1, pages);
        Self { page, pages }
    }

    const fn skip(self) -> usize {
        (self.page - 1) * PAGE
    }
}
