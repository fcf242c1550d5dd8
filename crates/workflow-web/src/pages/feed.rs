//! Calendar feeds of what is to be deployed, which calendar programs read without a sign-in of their
//! own: the host says who may read one ([`Host::feed_reader`](crate::Host::feed_reader)).

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Days;
use workflow_core::ids::{ClientId, WorkflowId};
use workflow_core::service::{CommandError, ForecastOf};
use workflow_core::workflow::Window;

use crate::App;
use crate::host::{CalendarFeed, Unwelcome};

/// How many days ahead a feed of one workflow or one client looks.
const AHEAD: Days = Days::new(366);

/// How many days ahead a feed of the whole practice looks.
const PRACTICE_AHEAD: Days = Days::new(92);

pub(crate) async fn practice(State(app): State<App>, parts: Parts) -> Response {
    answer(&app, &parts, Some(CalendarFeed::Practice)).await
}

pub(crate) async fn client(
    State(app): State<App>,
    Path(client): Path<String>,
    parts: Parts,
) -> Response {
    let feed = client.parse().map(CalendarFeed::Client);
    answer(&app, &parts, feed.ok()).await
}

pub(crate) async fn workflow(
    State(app): State<App>,
    Path((client, workflow)): Path<(String, String)>,
    parts: Parts,
) -> Response {
    let of: (Option<ClientId>, Option<WorkflowId>) = (client.parse().ok(), workflow.parse().ok());
    let feed = match of {
        (Some(client), Some(workflow)) => Some(CalendarFeed::Workflow { client, workflow }),
        _ => None,
    };
    answer(&app, &parts, feed).await
}

async fn answer(app: &App, parts: &Parts, feed: Option<CalendarFeed>) -> Response {
    let Some(feed) = feed else {
        return plain(StatusCode::NOT_FOUND, NO_SUCH_FEED);
    };
    match written(app, parts, &feed).await {
        Ok(text) => {
            let headers = [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("text/calendar; charset=utf-8"),
                ),
                (
                    header::CONTENT_DISPOSITION,
                    HeaderValue::from_static("inline; filename=\"jobs-to-come.ics\""),
                ),
            ];
            (headers, text).into_response()
        }
        Err(refused) => refused,
    }
}

const NO_SUCH_FEED: &str = "There is no such calendar feed.";

fn plain(status: StatusCode, sentence: &'static str) -> Response {
    (status, sentence).into_response()
}

async fn written(app: &App, parts: &Parts, feed: &CalendarFeed) -> Result<String, Response> {
    let reader = app.host.feed_reader(parts, feed).await;
    let practice = reader.map_err(|unwelcome| match unwelcome {
        Unwelcome::SignIn { .. } => plain(
            StatusCode::UNAUTHORIZED,
            "This calendar feed is not open to whoever asked for it.",
        ),
        Unwelcome::Stranger => plain(
            StatusCode::FORBIDDEN,
            "This calendar feed is not open to whoever asked for it.",
        ),
        Unwelcome::Unknown => plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "Who may read this calendar feed cannot be told just now.",
        ),
    })?;
    let failed = |error: &CommandError| match error {
        CommandError::NotFound { .. } => plain(StatusCode::NOT_FOUND, NO_SUCH_FEED),
        error => {
            tracing::error!(error = error as &dyn std::error::Error, "a feed failed");
            plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The calendar feed could not be made. The log says more.",
            )
        }
    };
    let handle = app.workflows.practice(practice);
    let (of, ahead) = match feed {
        CalendarFeed::Practice => (ForecastOf::Practice, PRACTICE_AHEAD),
        CalendarFeed::Client(client) => (ForecastOf::Client(*client), AHEAD),
        CalendarFeed::Workflow { client, workflow } => {
            let found = handle.workflow(*workflow).await;
            let found = found.map_err(|error| failed(&error))?;
            if found.is_none_or(|found| found.value.client() != *client) {
                return Err(plain(StatusCode::NOT_FOUND, NO_SUCH_FEED));
            }
            (ForecastOf::Workflows(vec![*workflow]), AHEAD)
        }
    };
    let zone = handle.zone().await.map_err(|error| failed(&error))?;
    let today = zone.today(app.workflows.ports().clock.now());
    let until = today.checked_add_days(ahead).unwrap_or(today);
    let forecast = handle.forecast(of, Window::until(until)).await;
    let forecast = forecast.map_err(|error| failed(&error))?;
    let mut text = String::new();
    // A string takes whatever is written.
    let _ = forecast.write_icalendar(&mut text);
    Ok(text)
}
