//! The practice's working calendar: its holidays, what a change would move, and the change itself.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{Days, NaiveDate};
use workflow_core::calendar::{Holiday, WorkingCalendar};
use workflow_core::ports::store::Version;
use workflow_core::service::{CalendarPreview, CommandError};

use crate::App;
use crate::error::{Trouble, as_sentence, core_sentence};
use crate::flash::{Flash, done};
use crate::forms::read_when::read_date;
use crate::forms::{Choice, Fields, FormView, Input, Problems, Section};
use crate::host::Role;
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::words::{Day, day, iso};

/// How far ahead a change is looked at.
const AHEAD: u64 = 366;

/// Moves that are listed.
const LISTED: usize = 100;

#[derive(Template)]
#[template(path = "calendar.html")]
struct CalendarPage {
    frame: Frame,
    name: String,
    weekend: String,
    known_until: String,
    holidays: Vec<(Day, String)>,
    /// Nothing for whoever may not change it.
    form: Option<FormView>,
}

#[derive(Template)]
#[template(path = "calendar_change.html")]
struct ChangePage {
    frame: Frame,
    is_stale: bool,
    added: Vec<(Day, String)>,
    removed: Vec<(Day, String)>,
    known_until: String,
    until: Day,
    moving: u64,
    unmoved: u64,
    frozen: u64,
    moves: Vec<MoveView>,
    beyond: u64,
    hidden: Vec<(String, String)>,
    seen: String,
}

struct MoveView {
    client: String,
    workflow: String,
    url: String,
    before: String,
    after: String,
}

pub(crate) async fn form(State(app): State<App>, visit: Visit) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let input = opened(&desk.practice.calendar);
    let problems = Problems::default();
    show(&app, &visit, &desk, (StatusCode::OK, &input, &problems)).await
}

pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    if visit.visitor.role < Role::Administrator {
        return Err(Trouble::new(
            StatusCode::FORBIDDEN,
            "The working calendar moves dates of every client. Ask an administrator of the \
             practice to change it.",
        ));
    }
    let desk = Desk::of(&app, &visit).await?;
    let mut problems = Problems::default();
    if input.has("back") {
        return show(&app, &visit, &desk, (StatusCode::OK, &input, &problems)).await;
    }
    let before = desk.practice.calendar.clone();
    let new = changed(&before, &input, &mut problems);
    let Some(new) = new else {
        let shown = (StatusCode::UNPROCESSABLE_ENTITY, &input, &problems);
        return show(&app, &visit, &desk, shown).await;
    };
    let to = format!("{}/calendar", visit.base);
    let Ok(seen) = input.get("apply").parse() else {
        if new == before {
            return Ok(done(Flash::CalendarKept, &to));
        }
        return effect(&app, &visit, &desk, &input, new, false).await;
    };
    let by = visit.by(&input, "calendar").having_seen(Version(seen));
    match desk.handle.set_calendar(by, new.clone()).await {
        Ok(_) => Ok(done(Flash::CalendarChanged, &to)),
        Err(CommandError::Changed { .. }) => effect(&app, &visit, &desk, &input, new, true).await,
        Err(error) => Err(error.into()),
    }
}

fn opened(calendar: &WorkingCalendar) -> Input {
    let mut input = Input::default();
    if let Some(known) = calendar.known_until() {
        input.set("known_until", iso(known));
    }
    input
}

/// The calendar that a form asks for, or nothing where a field has a problem.
fn changed(
    before: &WorkingCalendar,
    input: &Input,
    problems: &mut Problems,
) -> Option<WorkingCalendar> {
    let removed: Vec<&str> = input.all("remove").collect();
    let kept = before.holidays().iter();
    let mut holidays: Vec<Holiday> = kept
        .filter(|holiday| !removed.contains(&iso(holiday.date()).as_str()))
        .cloned()
        .collect();
    let added = input.text("add");
    for line in added.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match holiday(line) {
            Ok(holiday) => holidays.push(holiday),
            Err(sentence) => problems.add("add", sentence),
        }
    }
    let known_until = read_date(input, "known_until", problems);
    if !problems.is_empty() {
        return None;
    }
    let new = before.clone().with_holidays(holidays);
    new.map_err(|error| problems.add("add", core_sentence(&error.to_string())))
        .ok()
        .map(|calendar| calendar.with_known_until(known_until))
}

/// A line such as `2027-04-26 ANZAC Day (observed)`.
fn holiday(line: &str) -> Result<Holiday, String> {
    let (date, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let date: NaiveDate = date
        .parse()
        .map_err(|_| format!("“{line}” does not begin with a date such as 2027-04-26."))?;
    Holiday::new(date, name.trim())
        .map_err(|error| format!("“{line}”: {}", as_sentence(&error.to_string())))
}

async fn show(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    (status, input, problems): (StatusCode, &Input, &Problems),
) -> Result<Response, Trouble> {
    let calendar = &desk.practice.calendar;
    let today = desk.today();
    let from = today.checked_sub_days(Days::new(31)).unwrap_or(today);
    let coming = || {
        calendar
            .holidays()
            .iter()
            .filter(move |one| one.date() >= from)
    };
    let fields = Fields { input, problems };
    let removable = coming().map(|holiday| {
        let label = format!("{}, {}", day(holiday.date()), holiday.name());
        Choice::new(iso(holiday.date()), label)
    });
    let form = FormView {
        action: format!("{}/calendar", visit.base),
        problems: problems.list(),
        sections: vec![Section {
            legend: "Change it",
            note: "What a change moves is shown before it is made.",
            fields: vec![
                fields.area(
                    "add",
                    "Add holidays",
                    "One on each line: its date and its name, such as 2027-04-26 ANZAC Day.",
                ),
                fields.checks("remove", "Take holidays out", "", removable.collect()),
                fields.date(
                    "known_until",
                    "Holidays are known until",
                    "Later dates are placed as if there were no further holidays, and say so.",
                ),
            ],
            ..Section::default()
        }],
        submit: "Show what this moves".into(),
        cancel: format!("{}/overview", visit.base),
        ..FormView::default()
    };
    let weekend: Vec<String> = calendar
        .weekend()
        .iter()
        .map(|day| weekday(*day).to_owned())
        .collect();
    let template = CalendarPage {
        frame: Frame::of(app, visit, desk, Part::Planning, "Working calendar").await?,
        name: calendar.name().to_owned(),
        weekend: match weekend.is_empty() {
            true => "none".into(),
            false => weekend.join(" and "),
        },
        known_until: known_until(calendar),
        holidays: coming()
            .map(|holiday| (holiday.date().into(), holiday.name().to_owned()))
            .collect(),
        form: (visit.visitor.role >= Role::Administrator).then_some(form),
    };
    page(status, &template)
}

fn known_until(calendar: &WorkingCalendar) -> String {
    calendar
        .known_until()
        .map_or_else(|| "nobody said".to_owned(), day)
}

fn weekday(day: chrono::Weekday) -> &'static str {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    match day {
        Mon => "Monday",
        Tue => "Tuesday",
        Wed => "Wednesday",
        Thu => "Thursday",
        Fri => "Friday",
        Sat => "Saturday",
        Sun => "Sunday",
    }
}

/// What the change would move.
async fn effect(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    input: &Input,
    new: WorkingCalendar,
    is_stale: bool,
) -> Result<Response, Trouble> {
    let today = desk.today();
    let until = today.checked_add_days(Days::new(AHEAD)).unwrap_or(today);
    let preview = desk.handle.preview_calendar(new, until).await?;
    let CalendarPreview { before, after, .. } = &preview;
    let beside = |all: &WorkingCalendar, other: &WorkingCalendar| {
        let only = all.holidays().iter();
        only.filter(|holiday| !other.holidays().contains(holiday))
            .map(|holiday| (Day::from(holiday.date()), holiday.name().to_owned()))
            .collect::<Vec<_>>()
    };
    let moves = preview.moves.iter().take(LISTED).map(|found| {
        let side = |next: &Option<Box<workflow_core::workflow::Next>>| {
            next.as_ref().map_or_else(
                || "not in the rule".to_owned(),
                |next| {
                    let dates = &next.dates;
                    format!(
                        "deploys {}, starts {}, due {}",
                        day(dates.deploys_on()),
                        day(dates.start()),
                        day(dates.due())
                    )
                },
            )
        };
        MoveView {
            client: found.client_name.clone(),
            workflow: found.name.clone(),
            url: format!(
                "{}/client/{}/workflow/{}/schedule",
                visit.base, found.client, found.workflow
            ),
            before: side(&found.dates.before),
            after: side(&found.dates.after),
        }
    });
    let moves: Vec<MoveView> = moves.collect();
    let asked = ["token", "once", "apply", "back"];
    let hidden = input
        .pairs()
        .filter(|(name, _)| !asked.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let known = match before.known_until() == after.known_until() {
        true => String::new(),
        false => format!("{} → {}", known_until(before), known_until(after)),
    };
    let template = ChangePage {
        frame: Frame::of(app, visit, desk, Part::Planning, "Working calendar").await?,
        is_stale,
        added: beside(after, before),
        removed: beside(before, after),
        known_until: known,
        until: preview.until.into(),
        moving: preview.moving(),
        unmoved: preview.unmoved,
        frozen: preview.frozen,
        beyond: preview.moving().saturating_sub(moves.len() as u64),
        moves,
        hidden: hidden.collect(),
        seen: preview.seen.0.to_string(),
    };
    let status = match is_stale {
        true => StatusCode::CONFLICT,
        false => StatusCode::OK,
    };
    page(status, &template)
}
