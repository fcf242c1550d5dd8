//! Strategies for practices and for whom and what they know.

use chrono::NaiveTime;
use proptest::option;
use proptest::prelude::*;

use super::{Client, DailyCalls, Link, Listing, Person, Practice, Standing};
use crate::calendar::arb_working_calendar;
use crate::ids::{arb_client_id, arb_person_id, arb_practice_id, arb_staff_id, arb_uuid};
use crate::numbering::arb_job_numbering;
use crate::ports::gateway::{DirectoryPart, DirectoryRow};
use crate::text::arb_text;
use crate::timing::arb_financial_year_end;
use crate::zone::ZoneName;

/// Any practice.
pub fn arb_practice() -> impl Strategy<Value = Practice> {
    let zones = [
        "UTC",
        "Pacific/Auckland",
        "Europe/London",
        "America/St_Johns",
    ];
    let zone = prop::sample::select(zones.to_vec())
        .prop_filter_map("no zone", |name| ZoneName::new(name).ok());
    let time = (0_u32..24 * 60).prop_filter_map("no time of day", |minute| {
        NaiveTime::from_hms_opt(minute / 60, minute % 60, 0)
    });
    let daily_calls = prop_oneof![Just(DailyCalls::Starter), Just(DailyCalls::Higher)];
    let link = prop_oneof![
        Just(Link::NotConnected),
        arb_uuid().prop_map(|tenant| Link::Connected { tenant }),
        "\\PC{0,20}".prop_map(|reason| Link::Broken { reason }),
    ];
    (
        arb_practice_id(),
        arb_text(),
        zone,
        time,
        arb_working_calendar(),
        daily_calls,
        link,
        arb_job_numbering(),
    )
        .prop_map(
            |(id, name, zone, deploy_time, calendar, daily_calls, link, numbering)| Practice {
                id,
                name,
                zone,
                deploy_time,
                calendar,
                daily_calls,
                link,
                numbering,
            },
        )
        .boxed()
}

fn arb_standing() -> impl Strategy<Value = Standing> + Clone {
    prop_oneof![Just(Standing::Current), Just(Standing::Gone)]
}

/// Any client.
pub fn arb_client() -> impl Strategy<Value = Client> + Clone {
    (
        arb_client_id(),
        arb_text(),
        arb_financial_year_end(),
        arb_standing(),
    )
        .prop_map(|(id, name, year_end, standing)| Client {
            id,
            name,
            year_end,
            standing,
        })
        .boxed()
}

/// Any person, linked to XPM's staff or not.
pub fn arb_person() -> impl Strategy<Value = Person> + Clone {
    (
        arb_person_id(),
        arb_text(),
        option::of("[a-z]{1,8}@example\\.com"),
        option::of(arb_staff_id()),
    )
        .prop_map(|(id, name, email, staff)| Person {
            id,
            name,
            email,
            staff,
        })
        .boxed()
}

/// Any part of the directory.
pub fn arb_directory_part() -> impl Strategy<Value = DirectoryPart> + Clone {
    prop::sample::select(vec![
        DirectoryPart::Clients,
        DirectoryPart::Staff,
        DirectoryPart::Templates,
        DirectoryPart::Categories,
    ])
}

/// Any row of the directory.
pub fn arb_listing() -> impl Strategy<Value = Listing> + Clone {
    let row = (arb_uuid(), "\\PC{0,20}", option::of("\\PC{1,20}"));
    let row = row.prop_map(|(id, name, email)| DirectoryRow { id, name, email });
    (arb_directory_part(), row, arb_standing())
        .prop_map(|(part, row, standing)| Listing {
            part,
            row,
            standing,
        })
        .boxed()
}
