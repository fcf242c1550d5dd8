//! The practice's connection to XPM: whether it stands and until when, and how far the listing of
//! XPM's directory came.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::directory::{Directory, Listed, PARTS};
use workflow_core::ports::gateway::DirectoryPart;
use workflow_core::practice::Link;

use crate::App;
use crate::error::Trouble;
use crate::flash::{Flash, done};
use crate::forms::Input;
use crate::host::{Role, checked_link};
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::words::{count, instant};

#[derive(Template)]
#[template(path = "connection.html")]
struct ConnectionPage {
    frame: Frame,
    /// Where an administrator connects or reconnects, and disconnects.
    connect: Option<String>,
    disconnect: Option<String>,
    is_connected: bool,
    lasts: String,
    /// What is kept of XPM; nothing before the first call.
    parts: Vec<PartView>,
    progress: String,
    /// Until when no further call is made today; empty where there is room.
    may_refresh: bool,
    people: String,
    is_administrator: bool,
}

struct PartView {
    name: &'static str,
    state: String,
    trouble: String,
}

pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let directory = desk.handle.directory().await?.map(|found| found.value);
    let is_administrator = visit.visitor.role >= Role::Administrator;
    let url = |given: Option<String>| given.filter(|_| is_administrator).and_then(checked_link);
    let is_connected = desk.is_connected();
    let was_connected = desk.practice.link != Link::NotConnected;
    let lasts = desk.handle.connected_until().await?;
    let lasts = lasts.map_or_else(String::new, |until| instant(until, &desk.zone));
    let id = visit.practice.id();
    let template = ConnectionPage {
        connect: url(app.host.connect_url(id)),
        disconnect: url(app.host.disconnect_url(id)).filter(|_| was_connected),
        is_connected,
        lasts,
        parts: parts(&desk, directory.as_ref()),
        progress: directory.as_ref().map_or_else(String::new, progress),
        may_refresh: is_connected && visit.may_edit(),
        people: format!("{}/people", visit.base),
        is_administrator,
        frame: Frame::of(&app, &visit, &desk, Part::Other, "Connection to XPM").await?,
    };
    page(StatusCode::OK, &template)
}

pub(crate) async fn refresh(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    if !desk.is_connected() {
        return Err(Trouble::new(
            StatusCode::CONFLICT,
            "The practice is not connected to XPM, so nothing can be listed. Connect it first.",
        ));
    }
    desk.handle.ask_refresh(visit.by(&input, "refresh")).await?;
    let to = format!("{}/connection", visit.base);
    Ok(done(Flash::Refreshing, &to))
}

fn parts(desk: &Desk, directory: Option<&Directory>) -> Vec<PartView> {
    let part = |part: DirectoryPart| {
        let Listed { at, trouble, .. } = directory.map(|of| of.listed(part)).unwrap_or_default();
        PartView {
            name: match part {
                DirectoryPart::Clients => "Clients",
                DirectoryPart::Staff => "Staff",
                DirectoryPart::Templates => "Job templates",
                DirectoryPart::Categories => "Categories",
            },
            state: at.map_or_else(
                || "not listed yet".to_owned(),
                |at| format!("as of {}", instant(at, &desk.zone)),
            ),
            trouble: trouble.map_or_else(String::new, |trouble| {
                let again = match desk.is_connected() {
                    true => format!("on {}", instant(trouble.retry_at, &desk.zone)),
                    false => "once the practice is connected".to_owned(),
                };
                let sentence = crate::error::as_sentence(&trouble.text);
                format!("{sentence} It is tried again {again}.")
            }),
        }
    };
    PARTS.map(part).into()
}

fn progress(directory: &Directory) -> String {
    let Some(paging) = directory.paging.get(&DirectoryPart::Clients) else {
        return String::new();
    };
    let rows = count(paging.rows as usize, "client", "clients");
    let pages = count(paging.pages as usize, "page", "pages");
    format!("XPM’s clients are being listed: {rows} on {pages} so far.")
}
