//! Commands that ask for something first: a reason, a date, a job number, or a second thought.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::ids::JobNumber;
use workflow_core::practice::Client;
use workflow_core::service::{By, CommandError};
use workflow_core::text::Reason;
use workflow_core::timing::Dates;
use workflow_core::workflow::{Occurrence, PausedDates, Workflow, WorkflowEvent};

use super::meanwhile::{self, SEEN};
use crate::App;
use crate::error::{Trouble, as_sentence, status_of};
use crate::flash::{Flash, done};
use crate::forms::read_when::{chosen, read_date};
use crate::forms::{Choice, Field, Fields, FormView, Input, Problems, Refusable, Section, Weight};
use crate::security::Visit;
use crate::views::audit::EntryView;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::shell::{Head, Shell, Tab, workflow_url};
use crate::views::words;

/// A command that asks for something first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Skip,
    Move,
    Adopt,
    GiveUp,
    Keep,
    Pause,
    Resume,
    Archive,
}

impl Action {
    fn named(name: &str) -> Result<Self, Trouble> {
        Ok(match name {
            "skip" => Self::Skip,
            "move" => Self::Move,
            "adopt" => Self::Adopt,
            "give-up" => Self::GiveUp,
            "keep" => Self::Keep,
            "pause" => Self::Pause,
            "resume" => Self::Resume,
            "archive" => Self::Archive,
            _ => return Err(Trouble::not_found("command")),
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Move => "move",
            Self::Adopt => "adopt",
            Self::GiveUp => "give-up",
            Self::Keep => "keep",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Archive => "archive",
        }
    }

    /// Whether it is about one occurrence.
    fn is_about_occurrence(self) -> bool {
        matches!(
            self,
            Self::Skip | Self::Move | Self::Adopt | Self::GiveUp | Self::Keep
        )
    }

    fn heading(self, on: &str) -> String {
        match self {
            Self::Skip => format!("Skip {on}"),
            Self::Move => format!("Move {on}"),
            Self::Adopt => format!("Adopt a job for {on}"),
            Self::GiveUp => format!("Give up {on}"),
            Self::Keep => format!("Keep one of the jobs of {on}"),
            Self::Pause => "Pause this workflow".into(),
            Self::Resume => "Resume this workflow".into(),
            Self::Archive => "Archive this workflow".into(),
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Skip => "No job is made for it. It cannot be taken back.",
            Self::Move => {
                "It starts on another day and keeps its identity and its period. Deploy date and \
                 due date follow from the new start date."
            }
            Self::Adopt => {
                "If the job exists in XPM already, name it by its number. It is read from XPM \
                 once; what it still lacks (job templates, people) is added by itself."
            }
            Self::GiveUp => {
                "No further try is made and the occurrence is closed. A job that was made in XPM \
                 stays there. It cannot be taken back."
            }
            Self::Keep => {
                "XPM has more than one job for it. Name the one that is kept. Nothing is changed in \
                 XPM: close the other job there yourself."
            }
            Self::Pause => {
                "From today nothing of it is deployed. Dates in the pause are not owed, unless \
                 whoever resumes it says so."
            }
            Self::Resume => "It goes on from today.",
            Self::Archive => {
                "It is finished: nothing further of it is deployed, and its billing level has no \
                 nominee. Jobs that are already in XPM stay open; close them there. It cannot be \
                 taken back, but the workflow can be duplicated."
            }
        }
    }

    fn fields(self, input: &Input, problems: &Problems) -> Vec<Field> {
        let fields = Fields { input, problems };
        let reason = || fields.line("reason", "Reason", "It is kept in the audit.");
        match self {
            Self::Skip | Self::GiveUp => vec![reason()],
            Self::Move => vec![fields.date("to", "New start date", "")],
            Self::Adopt | Self::Keep => {
                vec![fields.line("number", "Job number", "Such as J000123.")]
            }
            Self::Pause => vec![
                reason(),
                fields.date(
                    "until",
                    "Resume on",
                    "Empty to pause until somebody resumes it.",
                ),
            ],
            Self::Resume => vec![fields.radios(
                "owed",
                "The dates in the pause",
                "",
                vec![
                    Choice::new("no", "Are not owed"),
                    Choice::new("yes", "Are owed: each is deployed"),
                ],
            )],
            Self::Archive => Vec::new(),
        }
    }

    fn submit(self) -> &'static str {
        match self {
            Self::Skip => "Skip it",
            Self::Move => "Move it",
            Self::Adopt => "Adopt the job",
            Self::GiveUp => "Give it up",
            Self::Keep => "Keep this job",
            Self::Pause => "Pause",
            Self::Resume => "Resume",
            Self::Archive => "Archive workflow",
        }
    }

    fn weight(self) -> Weight {
        match self {
            Self::Skip | Self::GiveUp | Self::Archive => Weight::Grave,
            Self::Move | Self::Adopt | Self::Keep | Self::Pause | Self::Resume => Weight::Light,
        }
    }

    /// The fields of which the core refuses something.
    fn refused_fields(self) -> &'static [Refusable] {
        match self {
            Self::Move => &const { [Refusable::new("due date", "to", "New start date")] },
            Self::Adopt | Self::Keep => {
                &const { [Refusable::new("job number", "number", "Job number")] }
            }
            Self::Pause => &const { [Refusable::new("resume date", "until", "Resume on")] },
            Self::Skip | Self::GiveUp | Self::Resume | Self::Archive => &[],
        }
    }
}

/// The occurrence that a form or a query names, if it names one.
pub(crate) fn occurrence_of(input: &Input) -> Result<Option<Occurrence>, Trouble> {
    input
        .filled("on")
        .map(|on| on.parse().map_err(|_| Trouble::not_found("occurrence")))
        .transpose()
}

#[derive(Template)]
#[template(path = "action.html")]
struct ActionPage {
    frame: Frame,
    shell: Shell,
    head: Head,
    heading: String,
    sentence: &'static str,
    form: FormView,
    /// What somebody else did since the form was made.
    meanwhile: Vec<EntryView>,
}

/// A command about one workflow, and about one occurrence where it is about one.
struct Asked {
    action: Action,
    workflow: Workflow,
    client: Client,
    occurrence: Option<Occurrence>,
}

impl Asked {
    async fn load(
        desk: &Desk,
        (client, workflow, action): (String, String, String),
        input: &Input,
    ) -> Result<Self, Trouble> {
        let action = Action::named(&action)?;
        let client = desk.client(&client).await?;
        let workflow = desk.workflow(&client, &workflow).await?.value;
        let occurrence = occurrence_of(input)?;
        if action.is_about_occurrence() && occurrence.is_none() {
            return Err(Trouble::not_found("occurrence"));
        }
        Ok(Self {
            action,
            workflow,
            client,
            occurrence,
        })
    }
}

pub(crate) async fn form(
    State(app): State<App>,
    visit: Visit,
    Path(path): Path<(String, String, String)>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let asked = Asked::load(&desk, path, &input).await?;
    let mut empty = Input::default();
    empty.set("owed", "no");
    let problems = Problems::default();
    let shown = Shown {
        status: StatusCode::OK,
        input: &empty,
        problems: &problems,
        seen: None,
        meanwhile: Vec::new(),
    };
    render(&app, &visit, &desk, &asked, shown).await
}

pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    Path(path): Path<(String, String, String)>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let asked = Asked::load(&desk, path, &input).await?;
    let mut problems = Problems::default();
    let on = asked
        .occurrence
        .map_or_else(String::new, |on| on.to_string());
    let by = visit.by(&input, &format!("{}:{on}", asked.action.name()));
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let id = asked.workflow.id();
    let is_about = |event: &WorkflowEvent| meanwhile::is_about(event, asked.occurrence);
    let others = meanwhile::by_others(&visit, &desk, id, &input, is_about).await?;
    if !others.is_empty() {
        problems.add("", meanwhile::OVERTAKEN);
        let shown = Shown {
            status: StatusCode::CONFLICT,
            input: &input,
            problems: &problems,
            seen: None,
            meanwhile: meanwhile::views(&desk, &others).await?,
        };
        return render(&app, &visit, &desk, &asked, shown).await;
    }
    // Where a move began, so that it can be taken back.
    let was = match (asked.action, asked.occurrence) {
        (Action::Move, Some(on)) => {
            let explained = desk.handle.explain(id, on).await?;
            explained.dates().map(Dates::start)
        }
        _ => None,
    };
    match carry_out(&desk, &asked, by, &input, &mut problems).await {
        Some(Ok(flash)) => {
            let url = workflow_url(&visit, &asked.workflow);
            let to = match (flash, asked.occurrence, was) {
                (Flash::Moved, Some(on), Some(was)) => {
                    format!("{url}/schedule?moved={on}&was={was}")
                }
                _ => format!("{url}/schedule"),
            };
            return Ok(done(flash, &to));
        }
        Some(Err(error @ CommandError::Refused(_))) => {
            status = status_of(&error);
            problems.refused(&error, asked.action.refused_fields());
        }
        Some(Err(CommandError::NotFound {
            what: "job in XPM",
            id,
        })) => {
            problems.add("number", format!("XPM has no job with the number {id}."));
        }
        Some(Err(error)) => return Err(error.into()),
        None => {}
    }
    let shown = Shown {
        status,
        input: &input,
        problems: &problems,
        seen: Some(input.get(SEEN)),
        meanwhile: Vec::new(),
    };
    render(&app, &visit, &desk, &asked, shown).await
}

/// What a form is shown with.
struct Shown<'a> {
    status: StatusCode,
    input: &'a Input,
    problems: &'a Problems,
    /// The latest entry that whoever fills the form in has seen; that of now where none is given.
    seen: Option<&'a str>,
    meanwhile: Vec<EntryView>,
}

/// Carries the command out, or notes what is wrong with the form.
async fn carry_out(
    desk: &Desk,
    asked: &Asked,
    by: By,
    input: &Input,
    problems: &mut Problems,
) -> Option<Result<Flash, CommandError>> {
    let handle = &desk.handle;
    let id = asked.workflow.id();
    let on = asked.occurrence;
    let done = match asked.action {
        Action::Skip => {
            let reason = reason(input, problems)?;
            handle
                .skip(by, id, on?, reason)
                .await
                .map(|_| Flash::Skipped)
        }
        Action::GiveUp => {
            let reason = reason(input, problems)?;
            handle
                .give_up(by, id, on?, reason)
                .await
                .map(|_| Flash::GivenUp)
        }
        Action::Move => {
            let to = read_date(input, "to", problems);
            if to.is_none() {
                problems.add("to", "Choose the new start date.");
            }
            handle.move_to(by, id, on?, to?).await.map(|_| Flash::Moved)
        }
        Action::Keep => {
            let number = job_number(input, problems)?;
            handle
                .keep_job(by, id, on?, number)
                .await
                .map(|_| Flash::Kept)
        }
        Action::Adopt => {
            let number = job_number(input, problems)?;
            handle
                .adopt(by, id, on?, number)
                .await
                .map(|_| Flash::Adopted)
        }
        Action::Pause => {
            let until = read_date(input, "until", problems);
            let reason = reason(input, problems)?;
            if !problems.is_empty() {
                return None;
            }
            handle
                .pause(by, id, until, reason)
                .await
                .map(|_| Flash::Paused)
        }
        Action::Resume => {
            let answers = [("no", PausedDates::NotOwed), ("yes", PausedDates::Owed)];
            let owed = chosen(input, "owed", answers, problems)?;
            handle.resume(by, id, owed).await.map(|_| Flash::Resumed)
        }
        Action::Archive => handle.archive(by, id).await.map(|_| Flash::Archived),
    };
    Some(done)
}

fn job_number(input: &Input, problems: &mut Problems) -> Option<JobNumber> {
    let number = input.get("number").parse::<JobNumber>();
    number
        .map_err(|error| problems.add("number", as_sentence(&error.to_string())))
        .ok()
}

fn reason(input: &Input, problems: &mut Problems) -> Option<Reason> {
    Reason::new(input.text("reason"))
        .map_err(|error| problems.add("reason", as_sentence(&format!("reason {error}"))))
        .ok()
}

async fn render(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    asked: &Asked,
    shown: Shown<'_>,
) -> Result<Response, Trouble> {
    let Shown {
        status,
        input,
        problems,
        seen,
        meanwhile,
    } = shown;
    let Asked {
        action,
        workflow,
        client,
        occurrence,
    } = asked;
    let url = workflow_url(visit, workflow);
    let called = occurrence.map_or_else(String::new, words::occurrence);
    let heading = action.heading(&called);
    let seen = match seen {
        Some(seen) => seen.to_owned(),
        None => meanwhile::latest(desk, workflow.id()).await?.to_string(),
    };
    let mut hidden = vec![(SEEN, seen)];
    hidden.extend(occurrence.map(|on| ("on", on.to_string())));
    let form = FormView {
        action: format!("{url}/do/{}", action.name()),
        hidden,
        problems: problems.list(),
        sections: vec![Section {
            legend: "",
            fields: action.fields(input, problems),
            ..Section::default()
        }],
        submit: action.submit().into(),
        cancel: format!("{url}/schedule"),
        weight: action.weight(),
        ..FormView::default()
    };
    let title = format!("{heading} · {} · {}", workflow.settings().name, client.name);
    let none = Input::default();
    let template = ActionPage {
        frame: Frame::of(app, visit, desk, Part::Clients, title).await?,
        shell: Shell::of(app, visit, desk, client, &none, Some(workflow.id())).await?,
        head: Head::of(visit, desk, workflow, Tab::Form),
        heading,
        sentence: action.sentence(),
        form,
        meanwhile,
    };
    page(status, &template)
}
