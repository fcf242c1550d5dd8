//! From the recurrence of a file to that of the core.

use chrono::Weekday;
use workflow_core::recurrence::{Recurrence, RecurrenceBuilder};
use workflow_core::zone::Zone;

use super::scope::Scope;
use super::wire::{self, On, Repeats};

/// Where the schedule's recurrence stands below a workflow.
const AT: &str = "schedule.recurring";

/// The recurrence of a file, checked; `None` where a fault was noted.
pub(super) fn recurrence(
    scope: &mut Scope<'_, '_>,
    wire: &wire::Recurrence,
    zone: Option<&Zone>,
) -> Option<Recurrence> {
    match wire {
        wire::Recurrence::Sentence(sentence) => scope.take(AT, Recurrence::from_sentence(sentence)),
        wire::Recurrence::Parts(parts) => from_parts(scope, parts, zone),
    }
}

fn from_parts(
    scope: &mut Scope<'_, '_>,
    parts: &wire::Parts,
    zone: Option<&Zone>,
) -> Option<Recurrence> {
    let at = |field: &str| format!("{AT}.{field}");
    let from = scope.date(&at("from"), &parts.from);
    let until = scope.date_if(&at("until"), parts.until.as_deref());
    if parts.until.is_some() && parts.times.is_some() {
        scope.fault(
            &at("times"),
            "a rule ends on a date or after so many, not both",
        );
        return None;
    }
    let builder: RecurrenceBuilder = match (&parts.rrule, parts.repeats) {
        (Some(rrule), None) => {
            for (field, given) in [("every", parts.every.is_some()), ("on", parts.on.is_some())] {
                if given {
                    scope.fault(&at(field), "the rule's text says this itself");
                    return None;
                }
            }
            let rule = match zone {
                Some(zone) => Recurrence::from_rrule_in(rrule, from?, zone),
                None => Recurrence::from_rrule(rrule, from?),
            };
            scope.take(&at("rrule"), rule)?.into()
        }
        (None, Some(repeats)) => repeating(scope, repeats, parts.on.as_ref())?.from(from?),
        (Some(_), Some(_)) => {
            scope.fault(&at("repeats"), "give either repeats or rrule, not both");
            return None;
        }
        (None, None) => {
            scope.fault(AT, "needs repeats, such as \"monthly\", or rrule");
            return None;
        }
    };
    let builder = match parts.every {
        Some(every) => builder.every(every),
        None => builder,
    };
    let builder = match (until?, parts.times) {
        (Some(until), _) => builder.until(until),
        (None, Some(times)) => builder.times(times),
        (None, None) => builder,
    };
    match builder.build() {
        Ok(recurrence) => Some(recurrence),
        Err(error) => {
            let known = ["every", "on", "from", "until", "times", "rrule"];
            let field = known.iter().find(|field| **field == error.field());
            let place = field.map_or_else(|| AT.to_owned(), |field| at(field));
            scope.fault(&place, error);
            None
        }
    }
}

fn repeating(
    scope: &mut Scope<'_, '_>,
    repeats: Repeats,
    on: Option<&On>,
) -> Option<RecurrenceBuilder> {
    let field = format!("{AT}.on");
    if let (Repeats::TwiceAMonth, Some(On::Days(first, second))) = (repeats, on) {
        return Some(Recurrence::twice_a_month(*first, *second));
    }
    let builder = match repeats {
        Repeats::Daily => Recurrence::daily(),
        Repeats::BusinessDays => Recurrence::business_days(),
        Repeats::Weekly => Recurrence::weekly(),
        Repeats::Fortnightly => Recurrence::fortnightly(),
        Repeats::TwiceAMonth => {
            scope.fault(
                &field,
                "twice a month needs two days, such as {\"days\": [1, 15]}",
            );
            return None;
        }
        Repeats::Monthly => Recurrence::monthly(),
        Repeats::Quarterly => Recurrence::quarterly(),
        Repeats::HalfYearly => Recurrence::half_yearly(),
        Repeats::Yearly => Recurrence::yearly(),
    };
    Some(match on {
        None => builder,
        Some(On::Weekdays(names)) => {
            let days: Option<Vec<Weekday>> = names
                .iter()
                .enumerate()
                .map(|(n, name)| weekday(scope, &format!("{field}.weekdays[{n}]"), name))
                .collect();
            builder.on(&days?)
        }
        Some(On::Days(..)) => {
            scope.fault(&field, "two days are for twice_a_month alone");
            return None;
        }
        Some(On::Day(day)) => builder.on_day(*day),
        Some(On::LastDay) => builder.last_day(),
        Some(On::NthWeekday { nth, weekday: name }) => {
            let at = format!("{field}.nth_weekday.weekday");
            builder.nth_weekday(*nth, weekday(scope, &at, name)?)
        }
        Some(On::LastWeekday(name)) => {
            builder.last_weekday(weekday(scope, &format!("{field}.last_weekday"), name)?)
        }
        Some(On::NthBusinessDay(nth)) => builder.nth_business_day(*nth),
        Some(On::LastBusinessDay) => builder.last_business_day(),
    })
}

/// A weekday by its English name.
pub(super) fn weekday(scope: &mut Scope<'_, '_>, field: &str, name: &str) -> Option<Weekday> {
    let day = match name {
        "monday" => Weekday::Mon,
        "tuesday" => Weekday::Tue,
        "wednesday" => Weekday::Wed,
        "thursday" => Weekday::Thu,
        "friday" => Weekday::Fri,
        "saturday" => Weekday::Sat,
        "sunday" => Weekday::Sun,
        _ => {
            scope.fault(
                field,
                format_args!("must be a weekday such as monday, got {name:?}"),
            );
            return None;
        }
    };
    Some(day)
}
