//! The practice's clients, with what their workflows are up to.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::practice::{Client, Standing};

use crate::App;
use crate::cursor;
use crate::error::Trouble;
use crate::forms::Input;
use crate::host::{CalendarFeed, percent_encoded};
use crate::security::Visit;
use crate::views::desk::{Desk, feed_url, page};
use crate::views::frame::{Frame, Part};
use crate::views::shell::client_url;
use crate::views::status::StatusView;

/// Clients on one page: each costs a small read.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "clients.html")]
struct ClientsPage {
    frame: Frame,
    search: String,
    rows: Vec<Row>,
    is_first: bool,
    next: Option<String>,
    /// The calendar feed of the practice.
    feed: Option<String>,
}

struct Row {
    name: String,
    url: String,
    is_gone: bool,
    active: usize,
    inactive: usize,
    attention: usize,
}

pub(crate) async fn list(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let search = input.get("q").to_owned();
    let after = input.filled("after").and_then(cursor::given);
    let is_first = after.is_none();
    let found = desk.handle.clients_page(Some(&search), after, PAGE).await?;
    let (clients, next) = found;
    let mut rows = Vec::new();
    for client in clients {
        rows.push(row(&visit, &desk, client).await?);
    }
    let next = next.map(|after| {
        let after = cursor::shown(&after);
        let (q, after) = (percent_encoded(&search), percent_encoded(&after));
        format!("?q={q}&after={after}")
    });
    let template = ClientsPage {
        frame: Frame::of(&app, &visit, &desk, Part::Clients, "Clients").await?,
        search,
        rows,
        is_first,
        next,
        feed: feed_url(&app, &visit, &CalendarFeed::Practice),
    };
    page(StatusCode::OK, &template)
}

async fn row(visit: &Visit, desk: &Desk, client: Client) -> Result<Row, Trouble> {
    let (mut active, mut inactive, mut attention) = (0, 0, 0);
    for found in desk.handle.workflows_of(client.id, None).await? {
        let status = StatusView::of(&found.value);
        active += usize::from(status.is_active);
        inactive += usize::from(!status.is_active);
        attention += usize::from(status.needs_attention);
    }
    Ok(Row {
        name: client.name.to_string(),
        url: client_url(visit, client.id),
        is_gone: client.standing == Standing::Gone,
        active,
        inactive,
        attention,
    })
}
