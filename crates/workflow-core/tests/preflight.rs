//! The preflight names each cause once, with its first date and the jobs it hits.

use std::sync::Arc;

use chrono::TimeDelta;
use workflow_core::audit::Actor;
use workflow_core::billing::BillingLevel;
use workflow_core::budget::BudgetChange;
use workflow_core::ids::{CategoryId, TemplateId};
use workflow_core::plan::{Conflict, Effect, Preflight};
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::DirectoryPart;
use workflow_core::ports::store::{Store as _, Unit};
use workflow_core::practice::{DailyCalls, Link, Listing, Standing};
use workflow_core::proposal::InvoiceGrouping;
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{NewWorkflow, Ports, PracticeHandle, Workflows};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::text::Name;
use workflow_core::timing::{DueBasis, DueDay, DueRule, Timing};
use workflow_core::zone::{Zone, ZoneName, Zones};

#[derive(Debug)]
struct Utc;

impl Zones for Utc {
    fn zone(&self, _: &ZoneName) -> Option<Zone> {
        Some(Zone::utc())
    }
}

fn me() -> Actor {
    Actor::host("test")
}

struct World {
    store: MemoryStore,
    clock: ManualClock,
    practice: PracticeHandle,
}

impl World {
    /// Seven o'clock on 1 January 2026, connected, with two clients.
    async fn begin() -> Self {
        let clock = ManualClock::at(samples::minute(7 * 60));
        let store = MemoryStore::new();
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(MemoryGateway::new()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::new(1)),
            zones: Arc::new(Utc),
        });
        let mut acme = samples::practice(&samples::practice_id("acme"));
        let tenant = samples::uuid(0xA, 1);
        acme.link = Link::Connected { tenant };
        let practice = workflows.set_up(me(), acme).await.unwrap().value;
        for number in [1, 2] {
            let client = samples::client(number, &format!("Client {number}"));
            practice.put_client(me(), client).await.unwrap();
        }
        Self {
            store,
            clock,
            practice,
        }
    }

    async fn add(&self, new: NewWorkflow) {
        self.practice.add(me(), new).await.unwrap();
    }

    async fn preflight(&self) -> Preflight {
        self.practice.preflight(60).await.unwrap()
    }

    async fn spend(&self, calls: u32) {
        let debit = BudgetChange::debit(self.clock.now(), calls);
        let unit = Unit {
            budget: Some((debit, DailyCalls::Starter)),
            ..Unit::default()
        };
        self.store.commit(self.practice.id(), unit).await.unwrap();
    }
}

fn weekly(name: &str, client: u32) -> NewWorkflow {
    NewWorkflow::named(name)
        .client(samples::client_id(client))
        .recurring(Recurrence::weekly().from(samples::day(4)))
}

/// Cause, first day from 1 January, jobs and workflows of each finding.
fn told(preflight: &Preflight) -> Vec<(String, i64, u64, usize)> {
    let findings = preflight.findings.iter();
    findings
        .map(|found| {
            let first = (found.first - samples::day(0)).num_days();
            let workflows = found.workflows.len();
            (found.cause.to_string(), first, found.jobs, workflows)
        })
        .collect()
}

fn gone(part: DirectoryPart, number: u32) -> Listing {
    Listing {
        standing: Standing::Gone,
        ..samples::listing(part, number)
    }
}

#[tokio::test]
async fn nothing_is_found_where_nothing_is_wrong() {
    let world = World::begin().await;
    world.add(weekly("Books", 1)).await;
    let preflight = world.preflight().await;
    assert_eq!(
        (preflight.jobs, preflight.calls, preflight.failing),
        (8, 8, 0)
    );
    assert_eq!(preflight.findings, []);
    assert!(!preflight.fails());
    assert_eq!(
        preflight.until,
        samples::day(59),
        "sixty days, today included"
    );
}

#[tokio::test]
async fn people_and_directory_are_grouped_by_who_and_what_is_at_fault() {
    let world = World::begin().await;
    let practice = &world.practice;
    practice.put_person(me(), samples::person(1)).await.unwrap();
    let (listed, other) = (
        samples::listing(DirectoryPart::Templates, 1),
        gone(DirectoryPart::Templates, 2),
    );
    let (good, bad) = (
        TemplateId::new(listed.row.id),
        TemplateId::new(other.row.id),
    );
    for listing in [listed, other, gone(DirectoryPart::Categories, 3)] {
        practice.put_listing(me(), listing).await.unwrap();
    }
    let category = CategoryId::new(samples::uuid(0xD, 3));
    let nowhere = TemplateId::new(samples::uuid(0xD, 9));
    let unlinked = samples::person_id(1);
    world
        .add(
            weekly("Books", 1)
                .partner(unlinked.clone())
                .templates([good]),
        )
        .await;
    world
        .add(
            weekly("Payroll", 2)
                .staff([unlinked])
                .templates([good, bad]),
        )
        .await;
    world
        .add(weekly("Advice", 2).category(category).templates([nowhere]))
        .await;
    world
        .add(weekly("Visits", 1).manager(samples::person_id(7)))
        .await;
    let preflight = world.preflight().await;
    assert_eq!((preflight.jobs, preflight.failing), (32, 32));
    assert!(preflight.fails());
    let told = told(&preflight);
    for expected in [
        ("Person 1 is not linked to a member of XPM's staff", 16, 2),
        ("the practice has nobody with the key person 007", 8, 1),
        ("XPM no longer has the job template Row 2", 8, 1),
        ("XPM no longer has the category Row 3", 8, 1),
    ] {
        let (cause, jobs, workflows) = expected;
        assert!(
            told.contains(&(cause.to_owned(), 4, jobs, workflows)),
            "{cause}: {told:?}"
        );
    }
    let unlisted = |found: &Conflict| matches!(found, Conflict::Unlisted { .. });
    assert_eq!(
        preflight
            .findings
            .iter()
            .filter(|found| unlisted(&found.cause))
            .count(),
        1
    );
    assert_eq!(preflight.findings.len(), 5);
}

#[tokio::test]
async fn a_part_of_the_directory_that_was_never_listed_says_nothing() {
    let world = World::begin().await;
    let template = TemplateId::new(samples::uuid(0xD, 9));
    world.add(weekly("Books", 1).templates([template])).await;
    assert_eq!(world.preflight().await.findings, []);
    let clients = samples::listing(DirectoryPart::Clients, 5);
    world.practice.put_listing(me(), clients).await.unwrap();
    let preflight = world.preflight().await;
    let told = told(&preflight);
    assert_eq!(
        told,
        [(
            "XPM's clients, as last listed, do not have Client 1".to_owned(),
            4,
            8,
            1
        )]
    );
}

#[tokio::test]
async fn clients_levels_dates_and_texts_are_seen() {
    let world = World::begin().await;
    let practice = &world.practice;
    let mut proposal = samples::proposal(1, samples::client_id(2));
    proposal.grouping = InvoiceGrouping::Proposal;
    practice.put_proposal(me(), proposal.clone()).await.unwrap();
    let advice = NewWorkflow::named("Advice")
        .proposal(proposal.id.clone())
        .billing(BillingLevel::Proposal)
        .recurring(Recurrence::weekly().from(samples::day(4)));
    world.add(advice).await;
    proposal.grouping = InvoiceGrouping::Client;
    practice.put_proposal(me(), proposal).await.unwrap();
    let due = DueRule {
        basis: DueBasis::DayOfMonth {
            months_after: 0,
            day: DueDay::new(13).unwrap(),
        },
        ..DueRule::default()
    };
    let timing = Timing {
        due,
        ..Timing::default()
    };
    world.add(weekly("Return", 1).timing(timing)).await;
    world
        .add(weekly(&format!("{{client}}{}", "x".repeat(240)), 1))
        .await;
    world.add(weekly("Same", 2)).await;
    world.add(weekly("Same", 2)).await;
    let mut client = samples::client(1, "Client 1");
    client.name = Name::new("A name that makes it too long").unwrap();
    practice.put_client(me(), client.clone()).await.unwrap();
    let preflight = world.preflight().await;
    // 5 January and 2 February have passed when the 13th comes; all the others of a month do not.
    let due = preflight
        .findings
        .iter()
        .find(|found| matches!(found.cause, Conflict::DueBeforeStart { .. }))
        .unwrap();
    assert_eq!((due.first, due.jobs), (samples::day(18), 4));
    let kinds: Vec<(Effect, u64)> = preflight
        .findings
        .iter()
        .map(|found| (found.cause.effect(), found.jobs))
        .collect();
    assert_eq!(
        kinds,
        [
            (Effect::Stops, 8),
            (Effect::Stops, 4),
            (Effect::Warns, 8),
            (Effect::Warns, 16)
        ],
        "{preflight:?}"
    );
    let said = told(&preflight);
    assert!(
        said[0].0.contains("name: comes out as 269 characters"),
        "{said:?}"
    );
    assert!(
        said.iter()
            .any(|found| found.0.contains("of proposal P-001 are not grouped"))
    );

    client.standing = Standing::Gone;
    practice.put_client(me(), client).await.unwrap();
    let preflight = world.preflight().await;
    let gone = preflight
        .findings
        .iter()
        .find(|found| matches!(found.cause, Conflict::ClientGone { .. }));
    assert_eq!(gone.unwrap().jobs, 16, "both of the client's workflows");
    assert_eq!(preflight.failing, 16);
}

#[tokio::test]
async fn a_lost_or_expiring_connection_hits_everything_from_its_day_on() {
    let world = World::begin().await;
    let far = NewWorkflow::named("Return")
        .client(samples::client_id(1))
        .recurring(Recurrence::yearly().from(samples::day(58)));
    world.add(far).await;
    assert_eq!(
        world.preflight().await.findings,
        [],
        "nobody knows when it was last used"
    );
    // The last call was fifty-nine days before.
    world.clock.set_wall(samples::minute(-58 * 24 * 60));
    world.spend(1).await;
    world.clock.set_wall(samples::minute(7 * 60));
    let preflight = world.preflight().await;
    assert_eq!(
        told(&preflight),
        [(
            "the connection expires unused on 2026-01-03, as far as is known here".to_owned(),
            58,
            1,
            0
        )]
    );
    assert!(!preflight.fails(), "it is a warning");
    // What is used before that day renews it.
    let soon = NewWorkflow::named("Soon")
        .client(samples::client_id(1))
        .on_date(samples::day(1));
    world.add(soon).await;
    assert_eq!(world.preflight().await.findings, []);

    let reason = "invalid_grant".to_owned();
    world
        .practice
        .set_link(me(), Link::Broken { reason })
        .await
        .unwrap();
    let preflight = world.preflight().await;
    assert!(preflight.fails());
    assert_eq!((preflight.findings[0].jobs, preflight.failing), (2, 2));
    world.clock.advance(TimeDelta::minutes(1));
    world
        .practice
        .set_link(me(), Link::NotConnected)
        .await
        .unwrap();
    let preflight = world.preflight().await;
    assert_eq!(preflight.findings[0].cause, Conflict::NotConnected);
}

#[tokio::test]
async fn days_whose_calls_do_not_suffice_are_named() {
    let world = World::begin().await;
    for number in 0..5 {
        world.add(weekly(&format!("Books {number}"), 1)).await;
    }
    let busy = samples::day(0);
    for number in 0..7 {
        let name = format!("Today {number}");
        let new = NewWorkflow::named(name)
            .client(samples::client_id(2))
            .on_date(busy);
        world.add(new).await;
    }
    assert_eq!(world.preflight().await.short_days, []);
    // Fifty of a day's thousand are kept for look-ups: five are left today.
    world.spend(945).await;
    let preflight = world.preflight().await;
    assert_eq!(preflight.short_days.len(), 1);
    let short = preflight.short_days[0];
    assert_eq!(
        (short.day, short.calls, short.room, short.late),
        (busy, 7, 5, 2)
    );
    let finding = &preflight.findings[0];
    assert_eq!(finding.cause, Conflict::Quota { limit: 1_000 });
    assert_eq!((finding.first, finding.jobs), (busy, 2));
    assert!(!preflight.fails(), "they go on the next day");
}
