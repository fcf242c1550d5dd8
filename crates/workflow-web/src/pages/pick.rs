//! What a field offers, for the script that searches in it while somebody types.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::App;
use crate::error::Trouble;
use crate::forms::{Choice, Input, OFFERED};
use crate::security::Visit;
use crate::views::desk::Desk;
use crate::views::directory::Directory;

/// What holds the text.
#[derive(Serialize)]
struct Picked {
    options: Vec<Option>,
    /// How many more there are.
    more: usize,
}

/// One thing to choose.
#[derive(Serialize)]
struct Option {
    value: String,
    label: String,
    note: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    visit: Visit,
    Path(from): Path<String>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let directory = Directory::of(&desk.handle).await?;
    let mut all = match from.as_str() {
        "people" => directory.people_choices(&[]),
        "templates" => directory.template_choices(&[]),
        "categories" => directory.category_choices(&[]),
        _ => return Err(Trouble::not_found("list")),
    };
    let text = input.get("q").to_lowercase();
    all.retain(|choice| choice.label.to_lowercase().contains(&text));
    let more = all.len().saturating_sub(OFFERED);
    let option = |choice: Choice| Option {
        value: choice.value,
        label: choice.label,
        note: choice.note,
    };
    let options = all.into_iter().take(OFFERED).map(option).collect();
    Ok(Json(Picked { options, more }).into_response())
}
