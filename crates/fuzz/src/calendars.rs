//! What must be true of working calendars and of zone data.

use chrono::{DateTime, NaiveDate, Weekday};
use workflow_core::business_days::BusinessDays;
use workflow_core::calendar::{CalendarError, Holiday, Roll, WorkingCalendar};
use workflow_core::zone::{LocalTime, Zone, ZoneName};

use crate::{Broken, Dice, Verdict, generate, holds, same};

/// The calendar, or why it is refused.
pub(crate) fn build(
    weekend: &[Weekday],
    holidays: &[(NaiveDate, String)],
) -> Result<WorkingCalendar, CalendarError> {
    let holidays: Result<Vec<Holiday>, _> = holidays
        .iter()
        .map(|(date, name)| Holiday::new(*date, name.as_str()))
        .collect();
    WorkingCalendar::new("Fuzz", 1)?
        .with_weekend(weekend.iter().copied())?
        .with_holidays(holidays?)
}

pub(crate) fn calendar(
    weekend: &[Weekday],
    holidays: &[(NaiveDate, String)],
    dice: &mut Dice,
) -> Result<Verdict, Broken> {
    let calendar = match build(weekend, holidays) {
        Ok(calendar) => calendar,
        Err(error) => {
            holds("a refusal says why", !error.to_string().is_empty(), &error)?;
            return Ok(Verdict::Refused);
        }
    };
    let near = holidays.first().map(|(date, _)| *date);
    for date in near.into_iter().chain([generate::date(dice)]) {
        for roll in [Roll::None, Roll::Earlier, Roll::Later, Roll::LaterSameMonth] {
            let Some(rolled) = calendar.roll(date, roll) else {
                continue;
            };
            let sound = roll == Roll::None || calendar.is_business_day(rolled);
            holds(
                "a roll ends on a business day",
                sound,
                &(date, roll, rolled),
            )?;
            let again = calendar.roll(rolled, roll);
            same("a rolled date stays", &again, &Some(rolled))?;
        }
        let days = dice.below(300) as u16;
        if let Some(lead) = calendar.subtract_business_days(date, days) {
            let counted = calendar.count_business_days(lead, date);
            same(
                "a lead counts its business days",
                &counted,
                &u64::from(days),
            )?;
        }
    }
    Ok(Verdict::Accepted)
}

pub(crate) fn zone(bytes: &[u8], name: &str, dice: &mut Dice) -> Result<Verdict, Broken> {
    let name = ZoneName::new(name).unwrap_or_else(|_| ZoneName::utc());
    let zone = match Zone::from_tzif(name, bytes) {
        Ok(zone) => zone,
        Err(error) => {
            holds("a refusal says why", !error.to_string().is_empty(), &error)?;
            return Ok(Verdict::Refused);
        }
    };
    let date = generate::date(dice);
    let time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(dice.below(86_400) as u32, 0);
    let local = date.and_time(time.unwrap_or_default());
    let instant = zone.instant(local);
    let within = DateTime::from_timestamp(-8_000_000_000_000, 0) < Some(instant)
        && Some(instant) < DateTime::from_timestamp(8_000_000_000_000, 0);
    if within && zone.shows(local) != LocalTime::Never {
        same(
            "a local time that is shown comes back",
            &zone.local(instant),
            &local,
        )?;
    }
    let Some(later) = local.checked_add_signed(chrono::TimeDelta::days(1)) else {
        return Ok(Verdict::Accepted);
    };
    holds(
        "days follow each other",
        zone.instant(later) >= instant,
        &(local, instant),
    )?;
    Ok(Verdict::Accepted)
}
