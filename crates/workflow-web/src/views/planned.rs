//! A plan as a page shows it: a row for each thing that would be done.

use chrono::{DateTime, NaiveDate, Utc};
use workflow_core::plan::{
    Action, Conflict, Difference, Effect, Named, Plan, PlannedDeployment, Row, Which, Who, Work,
};
use workflow_core::workflow::Handover;
use workflow_core::zone::Zone;

use crate::error::core_sentence;
use crate::security::Visit;
use crate::views::directory::Directory;
use crate::views::words::{self, Day, count, day};

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct RowView {
    /// Its place in the plan.
    pub(crate) place: usize,
    pub(crate) client: String,
    pub(crate) workflow: String,
    pub(crate) url: String,
    /// The job's name, where it deploys one.
    pub(crate) job: String,
    pub(crate) dates: Option<DatesView>,
    /// People and billing, or what is changed, a part to a line.
    pub(crate) parts: Vec<(&'static str, String)>,
    pub(crate) conflicts: Vec<ConflictView>,
    /// Whether it is left out, since it would fail.
    pub(crate) is_stopped: bool,
    /// Whether it is chosen.
    pub(crate) is_chosen: bool,
}

/// The dates of a job.
#[derive(Clone, Debug)]
pub(crate) struct DatesView {
    pub(crate) start: Day,
    pub(crate) due: Day,
    pub(crate) deploys: Day,
}

/// What stands in the way of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConflictView {
    pub(crate) sentence: String,
    pub(crate) remedy: String,
    pub(crate) stops: bool,
}

impl From<&Conflict> for ConflictView {
    fn from(conflict: &Conflict) -> Self {
        Self {
            sentence: core_sentence(&conflict.to_string()),
            remedy: core_sentence(conflict.remedy()),
            stops: conflict.effect() == Effect::Stops,
        }
    }
}

/// What a plan does, as a heading.
pub(crate) fn heading(action: &Action, directory: &Directory) -> String {
    match action {
        Action::Deploy(Which::Until(until)) => format!("Deploy what is due by {}", day(*until)),
        Action::Deploy(Which::Next) => "Deploy the next date of each".into(),
        Action::Edit(_) => "Change settings".into(),
        Action::ReplacePerson { from, to, on } => {
            let (from, to) = (directory.person(from).name, directory.person(to).name);
            match on {
                Some(on) => format!("Replace {from} by {to} in what starts from {}", day(*on)),
                None => format!("Replace {from} by {to}"),
            }
        }
        Action::Archive => "Archive".into(),
    }
}

/// What a plan costs against what is left.
pub(crate) fn cost(plan: &Plan) -> String {
    let quota = plan.quota();
    if quota.calls == 0 {
        return "It costs no call to XPM.".into();
    }
    let calls = usize::try_from(quota.calls).unwrap_or(usize::MAX);
    let calls = count(calls, "call", "calls");
    let left = format!(
        "{} of {} are left today, {} this minute",
        quota.day_left, quota.day_limit, quota.minute_left
    );
    match quota.days() {
        0 | 1 => format!("It costs {calls} to XPM; {left}."),
        days => format!(
            "It costs {calls} to XPM; {left}. What is over goes on the next day: it takes {days} \
             days."
        ),
    }
}

impl RowView {
    pub(crate) fn of(visit: &Visit, directory: &Directory, place: usize, row: &Row) -> Self {
        let mut view = Self {
            place,
            client: row.client_name.clone(),
            workflow: row.workflow_name.clone(),
            url: format!(
                "{}/client/{}/workflow/{}",
                visit.base, row.client, row.workflow
            ),
            job: String::new(),
            dates: None,
            parts: Vec::new(),
            conflicts: row.conflicts.iter().map(ConflictView::from).collect(),
            is_stopped: row.is_stopped(),
            is_chosen: !row.is_stopped(),
        };
        match &row.work {
            Work::Deploy(planned) => {
                view.job = planned.name.clone().unwrap_or_default();
                view.dates = Some(DatesView {
                    start: planned.start.into(),
                    due: planned.due.into(),
                    deploys: planned.deploys_on.into(),
                });
                view.parts = parts(planned);
            }
            Work::Edit { before, after } => {
                let changes = directory.changes(before, after);
                view.parts = changes
                    .into_iter()
                    .map(|change| {
                        (
                            change.label,
                            format!("{} → {}", change.before, change.after),
                        )
                    })
                    .collect();
            }
            Work::HandOver(Handover { on, from, to }) => {
                let (from, to) = (directory.person(from).name, directory.person(to).name);
                view.parts = vec![("From", day(*on)), ("People", format!("{from} → {to}"))];
            }
            Work::Archive => {}
        }
        view
    }
}

fn parts(planned: &PlannedDeployment) -> Vec<(&'static str, String)> {
    let name = |who: &Who| who.name.clone();
    let names = |all: &[Named]| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    let staff: Vec<String> = planned.staff.iter().map(name).collect();
    let mut parts = Vec::new();
    let mut part = |label, text: Option<String>| parts.extend(text.map(|text| (label, text)));
    part("Partner", planned.partner.as_ref().map(name));
    part("Manager", planned.manager.as_ref().map(name));
    let some = |list: Vec<String>| Some(list.join(", ")).filter(|text| !text.is_empty());
    part("Staff", some(staff));
    part("Templates", some(names(&planned.templates)));
    part(
        "Category",
        planned.category.as_ref().map(|one| one.name.clone()),
    );
    part("Budget", planned.budget.map(words::money));
    part(
        "Reference",
        planned.reference.as_ref().map(ToString::to_string),
    );
    parts
}

/// In what a row would come out otherwise, as a sentence.
pub(crate) fn differences(all: &[Difference], zone: &Zone) -> String {
    let said = |text: &str| match (text.parse::<NaiveDate>(), text.parse::<DateTime<Utc>>()) {
        (Ok(date), _) => day(date),
        (_, Ok(at)) => words::instant(at, zone),
        _ if text.is_empty() => "nothing".to_owned(),
        _ => format!("“{text}”"),
    };
    let texts: Vec<String> = all
        .iter()
        .map(|found| {
            let (planned, now) = (said(&found.planned), said(&found.now));
            format!("{} was {planned}, is {now}", found.field)
        })
        .collect();
    core_sentence(&texts.join("; "))
}
