//! What a change of schedule or timing would do, in words and in a table.

use chrono::NaiveDate;
use workflow_core::service::ChangePreview;
use workflow_core::timing::Dates;
use workflow_core::workflow::{
    Deploys, DiffRow, Effect, Mark, MarkFate, Plan, ScheduleDiff, Side, Standing,
};
use workflow_core::zone::Zone;

use crate::views::status::Tone;
use crate::views::words::{self, Day, count, day};

/// How many lines are shown before the rest is folded away.
const UNFOLDED: usize = 24;

/// The effect of a change as a page shows it.
#[derive(Clone, Debug)]
pub(crate) struct DiffView {
    /// For which occurrences the change is.
    pub(crate) scope: String,
    /// What the plan says before and after, where it says something else.
    pub(crate) changes: Vec<Change>,
    /// How many dates are kept, moved and so on.
    pub(crate) counts: Vec<(Tone, String)>,
    /// What becomes due as soon as it is applied; empty where nothing does.
    pub(crate) at_once: String,
    /// The last nominal date that was looked at.
    pub(crate) until: Day,
    pub(crate) lines: Vec<DiffLine>,
    /// The lines that are folded away.
    pub(crate) folded: Vec<DiffLine>,
}

/// One thing that a plan says otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) label: &'static str,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// One date, or one that takes another's place.
#[derive(Clone, Debug)]
pub(crate) struct DiffLine {
    pub(crate) effect: &'static str,
    pub(crate) tone: Tone,
    pub(crate) before: Option<SideView>,
    pub(crate) after: Option<SideView>,
    /// What else is to be known.
    pub(crate) note: String,
}

/// An occurrence under one plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SideView {
    pub(crate) nominal: Day,
    /// When it deploys, and its start and due dates.
    pub(crate) dates: String,
}

impl DiffView {
    pub(crate) fn of(preview: &ChangePreview, zone: &Zone) -> Self {
        let diff = &preview.diff;
        let mut lines: Vec<_> = diff
            .rows
            .iter()
            .map(|row| line(preview, row, zone))
            .collect();
        let folded = lines.split_off(lines.len().min(UNFOLDED));
        let due = diff.due_at_once().count();
        let at_once = match due {
            0 => String::new(),
            due => format!(
                "{} due as soon as this is applied.",
                count(due, "date becomes", "dates become")
            ),
        };
        Self {
            scope: diff.scope.to_string(),
            changes: changes(&diff.before, &diff.after),
            counts: counts(diff),
            at_once,
            until: diff.until.into(),
            lines,
            folded,
        }
    }
}

fn changes(before: &Plan, after: &Plan) -> Vec<Change> {
    let told = |plan: &Plan| {
        let mut told = vec![("Schedule", words::schedule(&plan.schedule))];
        told.extend(words::timing(&plan.timing));
        told.push(("Deploys from", day(plan.deploys_from)));
        told.push(("Missed runs", plan.missed.to_string()));
        told
    };
    let pairs = told(before).into_iter().zip(told(after));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((label, before), (_, after))| Change {
            label,
            before,
            after,
        })
        .collect()
}

fn looks(effect: Effect) -> (&'static str, Tone) {
    match effect {
        Effect::Kept => ("kept", Tone::Quiet),
        Effect::Moved => ("moved", Tone::Waits),
        Effect::Added => ("added", Tone::Good),
        Effect::Removed => ("removed", Tone::Bad),
        Effect::Covered { .. } => ("covered", Tone::Waits),
        Effect::Frozen => ("frozen", Tone::Quiet),
    }
}

fn counts(diff: &ScheduleDiff) -> Vec<(Tone, String)> {
    let mut counted: Vec<(&'static str, Tone, usize)> = Vec::new();
    for row in &diff.rows {
        let (word, tone) = looks(row.effect);
        match counted.iter_mut().find(|(known, ..)| *known == word) {
            Some((.., times)) => *times += 1,
            None => counted.push((word, tone, 1)),
        }
    }
    let order = ["moved", "added", "removed", "covered", "kept", "frozen"];
    counted.sort_by_key(|(word, ..)| order.iter().position(|known| known == word));
    let counted = counted.into_iter();
    counted
        .map(|(word, tone, times)| (tone, format!("{times} {word}")))
        .collect()
}

fn line(preview: &ChangePreview, row: &DiffRow, zone: &Zone) -> DiffLine {
    let (effect, tone) = looks(row.effect);
    let before = row.before.as_ref().map(|side| view(side, zone));
    let after = row.after.as_ref().map(|side| view(side, zone));
    DiffLine {
        effect,
        tone,
        before,
        after,
        note: notes(preview, row).join(" "),
    }
}

fn view(side: &Side, zone: &Zone) -> SideView {
    let dates = side.dates.as_ref();
    let start = dates.map_or(side.nominal, Dates::start);
    let due = dates.map_or(start, Dates::due);
    // A date that is that of the step before it goes without saying.
    let unless = |word: &str, date: NaiveDate, same: NaiveDate| {
        (date != same).then(|| format!("{word} {}", day(date)))
    };
    let deploys = match side.deploys {
        Deploys::AtOnce => Some("deploys at once".to_owned()),
        Deploys::At(at) => unless("deploys", zone.local(at).date(), start),
        Deploys::ByHand => Some("a person deploys it".to_owned()),
        Deploys::Not => None,
    };
    let told = [
        deploys,
        unless("starts", start, side.nominal),
        unless("due", due, start),
    ];
    SideView {
        nominal: side.nominal.into(),
        dates: told.into_iter().flatten().collect::<Vec<_>>().join(", "),
    }
}

fn notes(preview: &ChangePreview, row: &DiffRow) -> Vec<String> {
    let mut notes = Vec::new();
    let sides = || row.before.iter().chain(&row.after);
    let job = |occurrence| {
        let begun = preview.begun.get(occurrence)?;
        Some(begun.job()?.number.to_string())
    };
    match row.effect {
        Effect::Covered { by } => {
            let called = words::occurrence(by);
            notes.push(match job(&by) {
                Some(number) => format!("Job {number} of {called} covers it."),
                None => format!("The job of {called} covers it."),
            });
            notes.push("It deploys only if somebody asks for it.".into());
        }
        Effect::Frozen => {
            let begun = sides().find(|side| side.standing == Standing::Begun);
            let begun = begun.and_then(|side| preview.begun.get(&side.occurrence));
            if let Some(deployment) = begun {
                let phase = deployment.phase().to_string();
                notes.push(match job(&deployment.occurrence()) {
                    Some(number) => format!("Out of reach: {phase}, job {number}."),
                    None => format!("Out of reach: {phase}."),
                });
            }
        }
        _ if sides().any(|side| side.standing == Standing::NotOwed) => {
            notes.push("Not to be deployed as things stand.".into());
        }
        _ => {}
    }
    if let Some((mark, fate)) = &row.mark {
        let what = match mark {
            Mark::Skipped { .. } => "The skip",
            Mark::Moved { .. } => "The move by a person",
            Mark::Missed | Mark::Begun | Mark::Covered { .. } => return notes,
        };
        notes.push(match fate {
            MarkFate::Kept => format!("{what} is kept."),
            MarkFate::Dropped => format!("{what} says nothing any more."),
        });
    }
    notes
}
