//! "Why is there no job for …": the question asked of the practice, by a client's name and a date.
//! The answer is on the client's page.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::App;
use crate::error::Trouble;
use crate::forms::Input;
use crate::host::percent_encoded;
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::shell::client_url;

/// How many clients are offered where the name fits several.
const OFFERED: u32 = 20;

#[derive(Template)]
#[template(path = "why.html")]
struct WhyPage {
    frame: Frame,
    client: String,
    date: String,
    /// The clients whose name holds the text, each with its answer.
    offered: Vec<(String, String)>,
    has_more: bool,
}

pub(crate) async fn ask(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let (client, date) = (input.get("client").to_owned(), input.get("date").to_owned());
    let answer = |id| {
        let url = client_url(&visit, id);
        format!("{url}?why={}#why-head", percent_encoded(&date))
    };
    let (mut offered, mut has_more) = (Vec::new(), false);
    if !client.is_empty() {
        let (found, next) = desk
            .handle
            .clients_page(Some(&client), None, OFFERED)
            .await?;
        if let [one] = &found[..] {
            return Ok(Redirect::to(&answer(one.id)).into_response());
        }
        offered.extend(
            found
                .iter()
                .map(|one| (one.name.to_string(), answer(one.id))),
        );
        has_more = next.is_some();
    }
    let title = "Why is there no job?";
    let template = WhyPage {
        frame: Frame::of(&app, &visit, &desk, Part::Overview, title).await?,
        client,
        date,
        offered,
        has_more,
    };
    page(StatusCode::OK, &template)
}
