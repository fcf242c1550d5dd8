//! Commands that need nothing but a press of a button.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::workflow::Occurrence;
use workflow_core::workflow::decide::Told;

use super::actions::occurrence_of;
use crate::App;
use crate::error::Trouble;
use crate::flash::{Flash, done};
use crate::forms::Input;
use crate::security::Visit;
use crate::views::desk::Desk;
use crate::views::shell::workflow_url;

pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    Path((client, workflow, command)): Path<(String, String, String)>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let workflow = desk.workflow(&client, &workflow).await?.value;
    let id = workflow.id();
    let handle = &desk.handle;
    let occurrence: Option<Occurrence> = occurrence_of(&input)?;
    let named = || occurrence.ok_or_else(|| Trouble::not_found("occurrence"));
    let on = occurrence.map_or_else(String::new, |on| on.to_string());
    let by = visit.by(&input, &format!("{command}:{on}"));
    let url = workflow_url(&visit, &workflow);
    let schedule = format!("{url}/schedule");
    match command.as_str() {
        "deploy" if !desk.is_connected() => Err(Trouble::new(
            StatusCode::CONFLICT,
            "The practice is not connected to XPM, so no job can be created there. Connect it \
             first.",
        )),
        "deploy" => {
            handle.deploy_now(by, id, occurrence).await?;
            Ok(done(Flash::Deploying, &schedule))
        }
        "retry" => {
            handle.retry(by, id, named()?).await?;
            Ok(done(Flash::Retried, &schedule))
        }
        "drop-number" => {
            handle.drop_number(by, id, named()?).await?;
            Ok(done(Flash::NumberDropped, &schedule))
        }
        "release" => {
            handle.release(by, id, named()?).await?;
            Ok(done(Flash::Released, &schedule))
        }
        "deploy-covered" => {
            handle.deploy_covered(by, id, named()?).await?;
            Ok(done(Flash::Wanted, &schedule))
        }
        "applied" | "not-applied" => {
            let told = match command.as_str() {
                "applied" => Told::Applied,
                _ => Told::NotApplied,
            };
            handle.tell(by, id, named()?, told).await?;
            Ok(done(Flash::Told, &schedule))
        }
        "confirm" => {
            handle.confirm(by, id).await?;
            Ok(done(Flash::Confirmed, &schedule))
        }
        "duplicate" => {
            let copy = handle.duplicate(by, id).await?.value;
            let (base, client) = (&visit.base, client.id);
            let to = format!("{base}/client/{client}/workflow/{copy}");
            Ok(done(Flash::Duplicated, &to))
        }
        _ => Err(Trouble::not_found("command")),
    }
}
