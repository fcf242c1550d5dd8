//! Strategies for workflows: their plans, their events, and the workflows that those make.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::{
    Cell, ClosedBy, Gate, Handover, MissedRuns, Next, Occurrence, Origin, Pause, PausedDates,
    PlacedBy, Plan, Schedule, Scope, Settings, Workflow, WorkflowEvent,
};
use crate::audit::Actor;
use crate::billing::arb_billing_level;
use crate::calendar::{WorkingCalendar, arb_date};
use crate::ids::{
    arb_category_id, arb_client_id, arb_person_id, arb_proposal_id, arb_service_id,
    arb_template_id, arb_workflow_id,
};
use crate::recurrence::arb_recurrence;
use crate::text::{arb_money, arb_text};
use crate::timing::{Dates, PlacingFacts, arb_financial_year_end, arb_timing};
use crate::tokens::{TokenScope, arb_text_template};

/// Any instant of this century, to the microsecond, with whole minutes among them.
pub fn arb_instant() -> impl Strategy<Value = DateTime<Utc>> + Clone {
    let minutes = 60_i64 * 24 * 365 * 30..60 * 24 * 365 * 80;
    let micros = prop_oneof![Just(0_i64), 0..60_000_000_i64];
    (minutes, micros).prop_map(|(minutes, micros)| {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes) + TimeDelta::microseconds(micros)
    })
}

/// The dates of any occurrence, on a calendar of weekends.
pub fn arb_dates() -> impl Strategy<Value = Dates> + Clone {
    (arb_timing(), arb_date(), arb_financial_year_end())
        .prop_filter_map("no dates", |(timing, nominal, financial_year_end)| {
            let calendar = &WorkingCalendar::new("Weekends", 1).ok()?;
            let facts = PlacingFacts {
                calendar,
                financial_year_end,
            };
            timing.place(nominal, &facts).ok()
        })
        .boxed()
}

/// Any occurrence.
pub fn arb_occurrence() -> impl Strategy<Value = Occurrence> + Clone {
    prop_oneof![Just(Occurrence::Once), arb_date().prop_map(Occurrence::On)]
}

/// Any origin of a workflow.
pub fn arb_origin() -> impl Strategy<Value = Origin> + Clone {
    let proposal = (arb_proposal_id(), option::of(arb_service_id()));
    prop_oneof![
        Just(Origin::Hand),
        proposal.prop_map(|(proposal, service)| Origin::Proposal { proposal, service }),
    ]
}

/// Any settings.
pub fn arb_settings() -> impl Strategy<Value = Settings> {
    (
        arb_text_template(TokenScope::Client),
        option::of(arb_text_template(TokenScope::Client)),
        option::of(arb_category_id()),
        option::of(arb_money()),
        option::of(arb_person_id()),
        option::of(arb_person_id()),
        btree_set(arb_person_id(), 0..3),
        vec(arb_template_id(), 0..3),
    )
        .prop_map(
            |(name, description, category, budget, partner, manager, staff, templates)| Settings {
                name,
                description,
                category,
                budget,
                partner,
                manager,
                staff,
                templates,
            },
        )
        .boxed()
}

/// Any schedule.
pub fn arb_schedule() -> impl Strategy<Value = Schedule> + Clone {
    prop_oneof![
        1 => Just(Schedule::OnAcceptance),
        1 => arb_date().prop_map(Schedule::OnDate),
        1 => Just(Schedule::ByHand),
        4 => arb_recurrence().prop_map(Schedule::Recurring).boxed(),
    ]
    .boxed()
}

/// Any plan.
pub fn arb_plan() -> impl Strategy<Value = Plan> + Clone {
    let missed = prop::sample::select(vec![
        MissedRuns::All,
        MissedRuns::Latest,
        MissedRuns::Skip,
        MissedRuns::Hold,
    ]);
    (arb_schedule(), arb_timing(), arb_date(), missed)
        .prop_map(|(schedule, timing, deploys_from, missed)| Plan {
            schedule,
            timing,
            deploys_from,
            missed,
        })
        .boxed()
}

/// What an occurrence of a plan covers.
pub fn arb_cell() -> impl Strategy<Value = Cell> + Clone {
    (arb_occurrence(), arb_date(), option::of(1_u64..400)).prop_map(|(occurrence, from, days)| {
        Cell {
            occurrence,
            from: occurrence.nominal().unwrap_or(from),
            until: days.map(|days| occurrence.nominal().unwrap_or(from) + chrono::Days::new(days)),
        }
    })
}

fn arb_next() -> impl Strategy<Value = Next> + Clone {
    let placed_by = (0_u32..9, any::<u64>());
    (arb_occurrence(), arb_dates(), arb_instant(), placed_by)
        .prop_map(|(occurrence, dates, deploy_at, (calendar, zone))| Next {
            occurrence,
            dates,
            deploy_at,
            placed_by: PlacedBy { calendar, zone },
        })
        .boxed()
}

/// Any event that adds a workflow.
pub fn arb_added() -> impl Strategy<Value = WorkflowEvent> {
    let gate = prop_oneof![
        Just(Gate::AwaitsAcceptance),
        option::of(arb_date()).prop_map(|starts| Gate::Open { starts }),
        (arb_date(), arb_closed_by()).prop_map(|(since, by)| Gate::Closed { since, by }),
    ];
    (
        arb_client_id(),
        arb_origin(),
        arb_settings().prop_map(Box::new),
        arb_billing_level(),
        arb_plan().prop_map(Box::new),
        gate,
        option::of(arb_workflow_id()),
    )
        .prop_map(
            |(client, origin, settings, billing, plan, gate, duplicate_of)| WorkflowEvent::Added {
                client,
                origin,
                settings,
                billing,
                plan,
                gate,
                duplicate_of,
            },
        )
        .boxed()
}

fn arb_closed_by() -> impl Strategy<Value = ClosedBy> + Clone {
    prop_oneof![Just(ClosedBy::Declined), Just(ClosedBy::Archived)]
}

/// Any event that is about a workflow alone, other than that which adds it.
pub fn arb_workflow_change() -> impl Strategy<Value = WorkflowEvent> {
    let pause = (
        arb_date(),
        option::of(arb_date()),
        option::of(arb_instant()),
        arb_text(),
    );
    let pause = pause.prop_map(|(from, until, ends_at, reason)| Pause {
        from,
        until,
        ends_at,
        reason,
    });
    let owed = prop_oneof![Just(PausedDates::NotOwed), Just(PausedDates::Owed)];
    let boxed = || arb_settings().prop_map(Box::new);
    prop_oneof![
        Just(WorkflowEvent::Confirmed).boxed(),
        (boxed(), boxed())
            .prop_map(|(before, after)| WorkflowEvent::SettingsChanged { before, after })
            .boxed(),
        (arb_billing_level(), arb_billing_level())
            .prop_map(|(before, after)| WorkflowEvent::BillingChanged { before, after })
            .boxed(),
        (arb_plan().prop_map(Box::new), arb_plan().prop_map(Box::new))
            .prop_map(|(before, after)| WorkflowEvent::PlanChanged { before, after })
            .boxed(),
        (arb_date(), arb_date())
            .prop_map(|(on, starts)| WorkflowEvent::Opened { on, starts })
            .boxed(),
        (arb_date(), arb_closed_by())
            .prop_map(|(on, by)| WorkflowEvent::Closed { on, by })
            .boxed(),
        pause
            .prop_map(|pause| WorkflowEvent::Paused(Box::new(pause)))
            .boxed(),
        (arb_date(), owed)
            .prop_map(|(on, paused_dates)| WorkflowEvent::Resumed { on, paused_dates })
            .boxed(),
        (arb_occurrence(), arb_text())
            .prop_map(|(occurrence, reason)| WorkflowEvent::Skipped { occurrence, reason })
            .boxed(),
        (arb_occurrence(), arb_date(), arb_date())
            .prop_map(|(occurrence, from, to)| {
                WorkflowEvent::Moved {
                    occurrence,
                    from,
                    to,
                }
            })
            .boxed(),
        arb_occurrence()
            .prop_map(|occurrence| WorkflowEvent::Missed { occurrence })
            .boxed(),
        arb_date()
            .prop_map(|on| WorkflowEvent::Archived { on })
            .boxed(),
        (
            option::of(arb_next().prop_map(Box::new)),
            option::of(arb_date())
        )
            .prop_map(|(next, handled)| WorkflowEvent::NextPlaced { next, handled })
            .boxed(),
        (arb_occurrence(), arb_occurrence())
            .prop_map(|(occurrence, by)| WorkflowEvent::Covered { occurrence, by })
            .boxed(),
        arb_instant()
            .prop_map(|at| WorkflowEvent::DeployableSince { at })
            .boxed(),
        arb_rescheduled().boxed(),
        (arb_occurrence(), arb_occurrence(), arb_instant())
            .prop_map(|(occurrence, covered_by, at)| WorkflowEvent::Wanted {
                occurrence,
                covered_by,
                at,
            })
            .boxed(),
        (arb_date(), arb_person_id(), arb_person_id())
            .prop_map(|(on, from, to)| WorkflowEvent::HandoverSet(Handover { on, from, to }))
            .boxed(),
        arb_date()
            .prop_map(|on| WorkflowEvent::HandedOver { on })
            .boxed(),
    ]
}

/// Any scope of a change.
pub fn arb_scope() -> impl Strategy<Value = Scope> + Clone {
    prop_oneof![Just(Scope::NotDeployed), arb_date().prop_map(Scope::From)]
}

fn arb_rescheduled() -> impl Strategy<Value = WorkflowEvent> {
    let plan = || arb_plan().prop_map(Box::new);
    let by = prop_oneof![
        Just(Actor::Scheduler),
        Just(Actor::person("Aroha")),
        Just(Actor::host("import")),
    ];
    let when = (arb_scope(), arb_date(), arb_instant());
    let unmoved = vec(arb_occurrence(), 0..3);
    (plan(), plan(), when, by, unmoved).prop_map(
        |(before, after, (scope, from, at), by, unmoved)| WorkflowEvent::Rescheduled {
            before,
            after,
            scope,
            from,
            at,
            by,
            unmoved,
        },
    )
}

/// Any workflow that some events make, in any order: states that no command leads to are among
/// them.
pub fn arb_workflow() -> impl Strategy<Value = Workflow> {
    let begun = (arb_cell(), arb_dates(), arb_instant());
    (
        arb_workflow_id(),
        arb_added(),
        vec(arb_workflow_change(), 0..5),
        vec(begun, 0..3),
    )
        .prop_filter_map("not added", |(id, added, changes, begun)| {
            let mut workflow = Workflow::added(id, &added)?;
            for (cell, dates, deploy_at) in begun {
                let practice = "acme".parse().ok()?;
                let occurrence = cell.occurrence;
                workflow.apply(&WorkflowEvent::Begun {
                    occurrence,
                    dates,
                    deploy_at,
                    cell,
                    rank: crate::deployment::Rank::Scheduled,
                    marker: crate::deployment::Marker::of(&practice, id, occurrence),
                    held: None,
                });
            }
            changes.iter().for_each(|change| workflow.apply(change));
            Some(workflow)
        })
        .boxed()
}
