//! `calendar`: the published holidays, and changing a practice's working calendar.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use workflow::audit::Actor;
use workflow::service::{By, CalendarPreview, PracticeHandle};
use workflow::workflow::Next;
use workflow_core::calendar::published::{self, Published};
use workflow_core::calendar::{Holiday, WorkingCalendar};

use super::import::failed;
use crate::cli::{self, ChangingCalendar};
use crate::config::Config;
use crate::failure::Failure;
use crate::practice_file::holidays_of_file;
use crate::progress::Progress;
use crate::table::Table;
use crate::{open, out};

/// How many moves are printed one by one.
const SHOWN: usize = 100;

pub(crate) async fn run(args: cli::Calendar, config: &Config) -> Result<(), Failure> {
    match args {
        cli::Calendar::List => list(),
        cli::Calendar::Show { region, year } => show(&region, year),
        cli::Calendar::Set { region, changing } => {
            let published = find(&region)?;
            change(&changing, config, |before| {
                // How the practice's week goes is its own matter.
                let calendar = published.calendar(before.version());
                calendar.with_weekend(before.weekend().iter().copied())
            })
            .await
        }
        cli::Calendar::Import { file, changing } => {
            let read = holidays_of_file(&file).map_err(Failure::input)?;
            change(&changing, config, |before| {
                let of_practice = before
                    .holidays()
                    .iter()
                    .map(|day| (day.date(), day.clone()));
                let mut days: BTreeMap<NaiveDate, Holiday> = of_practice.collect();
                for holiday in &read {
                    // What the practice calls a day already stays what it is called.
                    days.entry(holiday.date())
                        .or_insert_with(|| holiday.clone());
                }
                before.clone().with_holidays(days.into_values())
            })
            .await
        }
    }
}

fn find(code: &str) -> Result<Published, Failure> {
    published::find(code).ok_or_else(|| {
        Failure::input(format!(
            "no holidays are known of the region {code:?}; `workflow-server calendar list` names those that are"
        ))
    })
}

fn list() -> Result<(), Failure> {
    let mut table = Table::new(&["REGION", "NAME", "COUNTRY"]);
    for region in published::regions() {
        let (code, name, country) = (region.code(), region.name(), region.country());
        table.row([code.to_owned(), name.to_owned(), country.to_owned()]);
    }
    out::print(&table.text())
}

fn show(code: &str, year: Option<i32>) -> Result<(), Failure> {
    let published = find(code)?;
    let years = published.years();
    if let Some(year) = year
        && !years.contains(&year)
    {
        return Err(Failure::input(format!(
            "the holidays of {} are known from {} to {}, not of {year}",
            published.name(),
            years.start(),
            years.end()
        )));
    }
    let mut table = Table::new(&["DATE", "", "HOLIDAY"]);
    let chosen = |day: &&Holiday| match year {
        Some(year) => chrono::Datelike::year(&day.date()) == year,
        None => true,
    };
    for day in published.holidays().iter().filter(chosen) {
        let date = day.date();
        table.row([
            date.to_string(),
            date.format("%a").to_string(),
            day.name().to_owned(),
        ]);
    }
    out::print(&format!(
        "{} ({}), {} to {}; from {}\n\n{}",
        published.name(),
        published.region().code(),
        years.start(),
        years.end(),
        published.source(),
        table.text()
    ))
}

/// Shows what a changed calendar moves, and changes it unless told not to.
async fn change(
    args: &ChangingCalendar,
    config: &Config,
    make: impl FnOnce(
        &WorkingCalendar,
    ) -> Result<WorkingCalendar, workflow_core::calendar::CalendarError>,
) -> Result<(), Failure> {
    let database = config.database(&args.database)?;
    let store = match args.dry_run {
        true => open::guest(&database).await?,
        false => open::editor(&database).await?,
    };
    let workflows = open::unplugged(store);
    let named = args.practice.clone().or_else(|| config.practice.clone());
    let practice: PracticeHandle = open::practice(&workflows, named).await?;
    let before = practice.practice().await.map_err(failed)?.value.calendar;
    let new = make(&before).map_err(|error| Failure::input(error.to_string()))?;
    let turning = Progress::turning("comparing");
    let preview = practice.preview_calendar(new, NaiveDate::MAX).await;
    drop(turning);
    let preview = preview.map_err(failed)?;
    out::print(&text(&preview))?;
    if preview.before == preview.after {
        return out::print("the calendar is so already: nothing was changed\n");
    }
    if args.dry_run {
        return out::print("nothing was changed\n");
    }
    let by = By::from(Actor::host("calendar")).having_seen(preview.seen);
    let set = practice.set_calendar(by, preview.after).await;
    let version = set.map_err(failed)?.value;
    out::print(&format!(
        "{}'s calendar is now version {version}\n",
        practice.id()
    ))
}

fn text(preview: &CalendarPreview) -> String {
    let mut table = Table::new(&["CLIENT", "NAME", "START", "DEPLOYS", "DUE"]);
    for found in preview.moves.iter().take(SHOWN) {
        let sides = [&found.dates.before, &found.dates.after];
        let day = |of: fn(&Next) -> NaiveDate| {
            let [before, after] = sides.map(|side| side.as_deref().map(of));
            let written =
                |day: Option<NaiveDate>| day.map_or("none".to_owned(), |day| day.to_string());
            if before == after {
                written(after)
            } else {
                format!("{} → {}", written(before), written(after))
            }
        };
        table.row([
            found.client_name.clone(),
            found.name.clone(),
            day(|next| next.dates.start()),
            day(|next| next.dates.deploys_on()),
            day(|next| next.dates.due()),
        ]);
    }
    let CalendarPreview {
        before,
        after,
        until,
        unmoved,
        frozen,
        ..
    } = preview;
    let moving = preview.moving();
    let mut text = format!(
        "{} (version {}) → {} (version {})\n{moving} dates move up to {until}, {unmoved} stay",
        before.name(),
        before.version(),
        after.name(),
        after.version(),
    );
    if *frozen > 0 {
        text.push_str(&format!(
            ", {frozen} would move but are begun or deployed and stay"
        ));
    }
    text.push('\n');
    if moving > 0 {
        text.push('\n');
        text.push_str(&table.text());
        let more = moving.saturating_sub(SHOWN as u64);
        if more > 0 {
            text.push_str(&format!("and {more} more\n"));
        }
        text.push('\n');
    }
    text
}
