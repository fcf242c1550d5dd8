//! The check of the practice itself.

use chrono::NaiveTime;
use serde_json::value::RawValue;
use workflow_core::ids::PracticeId;
use workflow_core::numbering::JobNumbering;
use workflow_core::practice::{Link, Practice};
use workflow_core::zone::Zones;

use super::calendar::{Beside, calendar};
use super::check::Known;
use super::scope::Reading;
use super::wire;

/// The practice of a file, checked; `None` where a fault was noted.
pub(super) fn practice<'t>(
    reading: &mut Reading<'t>,
    raw: &'t RawValue,
    zones: &dyn Zones,
    beside: &Beside,
    known: &mut Known,
) -> Option<Practice> {
    let (wire, mut scope) = reading.element::<wire::Practice>("practice", raw)?;
    let id: Option<PracticeId> = scope.parse("id", &wire.id);
    let name = scope.parse("name", &wire.name);
    let zone = scope.parse("time_zone", &wire.time_zone).and_then(|zone| {
        known.zone = zones.zone(&zone);
        if known.zone.is_none() {
            scope.fault("time_zone", format_args!("there is no time zone {zone}"));
        }
        known.zone.as_ref().map(|_| zone)
    });
    let deploy_time = match &wire.deploy_time {
        None => NaiveTime::from_hms_opt(6, 0, 0),
        Some(text) => {
            let time = NaiveTime::parse_from_str(text, "%H:%M");
            let time = time.map_err(|_| format!("must be a time such as 06:00, got {text:?}"));
            scope.take("deploy_time", time)
        }
    };
    let numbering = match &wire.job_numbering {
        wire::JobNumbering::Xpm => Some(JobNumbering::Xpm),
        wire::JobNumbering::Own(own) => scope
            .parse("job_numbering.own.prefix", &own.prefix)
            .map(|prefix| JobNumbering::Own { prefix }),
    };
    let calendar = calendar(&mut scope, &wire.calendar, beside);
    Some(Practice {
        id: id?,
        name: name?,
        zone: zone?,
        deploy_time: deploy_time?,
        calendar: calendar?,
        daily_calls: wire.daily_calls,
        link: Link::NotConnected,
        numbering: numbering?,
    })
}
