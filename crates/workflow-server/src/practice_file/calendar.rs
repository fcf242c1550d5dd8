//! The check of the practice's working calendar, and the files of holidays that it may name.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Component, Path, PathBuf};

use chrono::NaiveDate;
use workflow_core::calendar::file::{self, Format};
use workflow_core::calendar::{Holiday, WorkingCalendar, published};

use super::recurrence::weekday;
use super::scope::Scope;
use super::wire::{self, Holidays};

/// Where the files lie that a practice file names.
#[derive(Clone, Debug)]
pub(crate) enum Beside {
    /// In that folder: the practice file's own.
    Folder(PathBuf),
    /// Nowhere: the text is no file, so that it may name none.
    Nothing,
}

impl Beside {
    /// The files beside this one; `-` is standard input, which lies nowhere.
    pub(crate) fn of(file: &Path) -> Self {
        match file.parent() {
            Some(folder) if file != Path::new("-") => Self::Folder(folder.to_owned()),
            _ => Self::Nothing,
        }
    }

    fn find(&self, name: &str) -> Result<PathBuf, String> {
        let path = Path::new(name);
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if name.is_empty() || !path.components().all(plain) {
            return Err(format!(
                "must be a file beside this one, or in a folder below, got {name:?}"
            ));
        }
        match self {
            Self::Folder(folder) => Ok(folder.join(path)),
            Self::Nothing => {
                Err("there is no folder to look in: give the practice file by its name".to_owned())
            }
        }
    }
}

/// The days of which files of holidays are read: what repeats for ever in them needs an end.
fn window() -> RangeInclusive<NaiveDate> {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    day(2020, 1, 1)..=day(2040, 12, 31)
}

/// The holidays of a file, from 2020 to 2040; or why they cannot be had, with the file's name.
pub(crate) fn holidays_of_file(path: &Path) -> Result<Vec<Holiday>, String> {
    use std::io::Read as _;

    let shown = path.display();
    let format = path.file_name().and_then(|name| name.to_str());
    let format = format
        .and_then(Format::of_file)
        .ok_or_else(|| format!("{shown} must end in .csv, .jsonl or .ics"))?;
    let cannot = |error: std::io::Error| format!("{shown} cannot be read: {error}");
    // One byte more than is read tells a file that is too large from one that just fits.
    let most = file::MOST_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(path).map_err(cannot)?;
    opened.take(most).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() > file::MOST_BYTES {
        let largest = file::MOST_BYTES >> 20;
        return Err(format!("{shown} is larger than {largest} MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("{shown}: line {line}: is no UTF-8 text")
    })?;
    file::read(&text, format, window()).map_err(|error| format!("{shown}: {error}"))
}

/// The region's published holidays, or how to find a region that has some.
fn region(code: &str) -> Result<published::Published, String> {
    published::find(code).ok_or_else(|| {
        format!("no holidays are known of the region {code:?}; `workflow-server calendar list` names those that are")
    })
}

/// The calendar of a practice file, checked; `None` where a fault was noted.
pub(super) fn calendar(
    scope: &mut Scope<'_, '_>,
    wire: &wire::Calendar,
    beside: &Beside,
) -> Option<WorkingCalendar> {
    let empty = wire::HolidaysFrom::default();
    let (code, at, list, from) = match &wire.holidays {
        Holidays::Region(code) => (Some(code), "calendar.holidays", None, &empty),
        Holidays::List(list) => (None, "calendar.holidays", Some(list), &empty),
        Holidays::From(from) => (from.region.as_ref(), "calendar.holidays.region", None, from),
    };
    let published = match code {
        None => None,
        Some(code) => Some(scope.take(at, region(code))?),
    };
    let region_name = published.as_ref().map(published::Published::name);
    let name = wire.name.clone().or(region_name);
    let name = name.ok_or("is missing, and there is no region to take it from");
    let calendar = scope.take("calendar.name", name);
    let calendar = calendar.and_then(|name| {
        let calendar = WorkingCalendar::new(name, wire.version);
        scope.take("calendar.name", calendar)
    });
    let list_at = match list {
        Some(_) => "calendar.holidays",
        None => "calendar.holidays.extra",
    };
    let extra = holidays(scope, list_at, list.unwrap_or(&from.extra));
    let read = match &from.file {
        None => Some(Vec::new()),
        Some(name) => {
            let found = beside.find(name);
            let read = found.and_then(|path| holidays_of_file(&path));
            scope.take("calendar.holidays.file", read)
        }
    };
    let mut days: BTreeMap<NaiveDate, Holiday> = BTreeMap::new();
    let known_until = published.as_ref().map(published::Published::known_until);
    let of_region = published.map_or_else(Vec::new, |found| found.holidays().to_vec());
    for holiday in of_region.into_iter().chain(read?) {
        days.entry(holiday.date()).or_insert(holiday);
    }
    let mut sound = true;
    for (n, text) in from.removed.iter().enumerate() {
        let field = format!("calendar.holidays.removed[{n}]");
        match scope.date(&field, text) {
            Some(date) if days.remove(&date).is_some() => {}
            Some(date) => {
                scope.fault(
                    &field,
                    format_args!("{date} is no holiday that could be removed"),
                );
                sound = false;
            }
            None => sound = false,
        }
    }
    let calendar = match &wire.weekend {
        None => calendar?,
        Some(names) => {
            let days: Vec<_> = names
                .iter()
                .enumerate()
                .map(|(n, name)| weekday(scope, &format!("calendar.weekend[{n}]"), name))
                .collect();
            let days: Vec<_> = days.into_iter().collect::<Option<_>>()?;
            scope.take("calendar.weekend", calendar?.with_weekend(days))?
        }
    };
    // A practice's own name for a day goes before the region's; a day of its own twice is a fault.
    let extra = extra.filter(|_| sound)?;
    for holiday in &extra {
        days.remove(&holiday.date());
    }
    let all = days.into_values().chain(extra);
    let calendar = scope.take("calendar.holidays", calendar.with_holidays(all))?;
    Some(calendar.with_known_until(known_until))
}

fn holidays(scope: &mut Scope<'_, '_>, at: &str, list: &[wire::Holiday]) -> Option<Vec<Holiday>> {
    let checked: Vec<Option<Holiday>> = list
        .iter()
        .enumerate()
        .map(|(n, holiday)| {
            let at = format!("{at}[{n}]");
            let date = scope.date(&format!("{at}.date"), &holiday.date)?;
            scope.take(&format!("{at}.name"), Holiday::new(date, &holiday.name))
        })
        .collect();
    checked.into_iter().collect()
}
