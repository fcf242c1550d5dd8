//! Strategies for deployments: their events, and the deployments that those make.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::{
    Deployment, Digest, Fence, Found, Hold, How, JobOrder, JobRef, Marker, Rank, StepKind, Then,
    Trouble,
};
use crate::ids::{
    arb_category_id, arb_client_id, arb_job_id, arb_job_number, arb_staff_id, arb_template_id,
    arb_workflow_id,
};
use crate::ports::gateway::{CreateJob, Team};
use crate::text::{Money, arb_money, arb_text};
use crate::workflow::{Cell, Occurrence, WorkflowEvent, arb_dates, arb_instant, arb_occurrence};

/// Any team.
pub fn arb_team() -> impl Strategy<Value = Team> + Clone {
    let somebody = || option::of(arb_staff_id());
    (somebody(), somebody(), btree_set(arb_staff_id(), 0..3))
        .prop_map(|(partner, manager, staff)| Team {
            partner,
            manager,
            staff,
        })
        .boxed()
}

/// Any order.
pub fn arb_job_order() -> impl Strategy<Value = JobOrder> + Clone {
    let create = (
        arb_client_id(),
        ("\\PC{1,20}", "\\PC{0,20}"),
        arb_dates(),
        option::of("CLI-[0-9]{8}"),
        option::of(arb_template_id()),
        option::of(arb_category_id()),
        option::of(arb_money()),
        option::of(arb_job_number()),
    );
    let create = create.prop_map(
        |(client, (name, description), dates, reference, template, category, budget, number)| {
            CreateJob {
                client,
                name,
                description,
                start: dates.start(),
                due: dates.due(),
                reference,
                template,
                category,
                budget: budget.map(Money::amount),
                number,
            }
        },
    );
    (create, vec(arb_template_id(), 0..3), arb_team())
        .prop_map(|(create, templates, team)| JobOrder {
            create,
            templates,
            team,
        })
        .boxed()
}

/// Any job, as it is referred to.
pub fn arb_job_ref() -> impl Strategy<Value = JobRef> + Clone {
    (arb_job_number(), arb_job_id()).prop_map(|(number, id)| JobRef { number, id })
}

/// Anything that went wrong.
pub fn arb_trouble() -> impl Strategy<Value = Trouble> + Clone {
    ("\\PC{1,20}", option::of("[a-z0-9]{8}"), arb_instant())
        .prop_map(|(sentence, correlation, at)| Trouble {
            sentence,
            correlation,
            at,
        })
        .boxed()
}

fn arb_then() -> impl Strategy<Value = Then> + Clone {
    prop_oneof![
        arb_instant().prop_map(|at| Then::SendAgain { at }),
        arb_instant().prop_map(|at| Then::LookAgain { at }),
        Just(Then::AwaitPerson),
        Just(Then::Settled),
    ]
}

fn arb_found() -> impl Strategy<Value = Found> + Clone {
    prop_oneof![
        Just(Found::Nothing),
        Just(Found::Done),
        "\\PC{1,12}".prop_map(|what| Found::Partly { what }),
        vec(arb_job_ref(), 2..4).prop_map(|jobs| Found::Several { jobs }),
        arb_trouble().prop_map(|trouble| Found::Unknown { trouble }),
        (arb_job_ref(), "\\PC{1,12}").prop_map(|(job, name)| Found::NumberTaken { job, name }),
    ]
    .boxed()
}

fn arb_how() -> impl Strategy<Value = How> + Clone {
    prop::sample::select(vec![How::Answered, How::FoundDone, How::Adopted, How::Told])
}

/// Any event that begins the deployment of that occurrence.
pub fn arb_begun(occurrence: Occurrence) -> impl Strategy<Value = WorkflowEvent> + Clone {
    let held = prop::sample::select(vec![
        None,
        Some(Hold::MissedRun),
        Some(Hold::DueBeforeStart),
    ]);
    let rank = prop_oneof![Just(Rank::Asked), Just(Rank::Scheduled)];
    (arb_workflow_id(), arb_dates(), arb_instant(), rank, held)
        .prop_filter_map(
            "no practice",
            move |(workflow, dates, deploy_at, rank, held)| {
                Some(WorkflowEvent::Begun {
                    occurrence,
                    dates,
                    deploy_at,
                    cell: Cell {
                        occurrence,
                        from: dates.nominal(),
                        until: None,
                    },
                    rank,
                    marker: Marker::of(&"acme".parse().ok()?, workflow, occurrence),
                    held,
                })
            },
        )
        .boxed()
}

/// Any event of the ledger of that occurrence, after it has begun.
pub fn arb_ledger_event(occurrence: Occurrence) -> impl Strategy<Value = WorkflowEvent> + Clone {
    let kind = prop_oneof![
        Just(StepKind::Create),
        arb_template_id().prop_map(|template| StepKind::ApplyTemplate { template }),
        Just(StepKind::Assign),
    ];
    let order = option::of(arb_job_order().prop_map(Box::new)).boxed();
    let intended = (0_u8..3, kind, any::<u8>(), "[a-z]{3}", order, arb_instant());
    let tasks = option::of(vec("\\PC{0,8}", 0..3));
    let missing = option::of(arb_team()).boxed();
    let call = prop_oneof![
        intended.prop_map(move |(step, kind, fence, request, order, overdue_at)| {
            WorkflowEvent::Intended {
                occurrence,
                step,
                kind,
                fence: Fence(u64::from(fence)),
                request: Digest::of(&[request.as_bytes()]),
                order,
                overdue_at,
            }
        }),
        (0_u8..3, arb_how(), arb_job_ref(), tasks).prop_map(move |(step, how, job, tasks)| {
            WorkflowEvent::Done {
                occurrence,
                step,
                how,
                job,
                tasks,
            }
        }),
        (0_u8..3, arb_trouble(), arb_then()).prop_map(move |(step, trouble, then)| {
            WorkflowEvent::Refused {
                occurrence,
                step,
                trouble,
                then,
            }
        }),
        (0_u8..3, arb_trouble(), arb_instant()).prop_map(move |(step, trouble, look_up_at)| {
            WorkflowEvent::ReplyLost {
                occurrence,
                step,
                trouble,
                look_up_at,
            }
        }),
        (0_u8..3, arb_found(), missing, arb_then()).prop_map(
            move |(step, found, missing, then)| WorkflowEvent::LookedUp {
                occurrence,
                step,
                found,
                missing,
                then,
            }
        ),
    ];
    let person = prop_oneof![
        Just(WorkflowEvent::Released { occurrence }),
        arb_trouble().prop_map(move |trouble| WorkflowEvent::Unprepared {
            occurrence,
            trouble
        }),
        arb_job_ref().prop_map(move |job| WorkflowEvent::Deployed { occurrence, job }),
        Just(WorkflowEvent::RetryAsked { occurrence }),
        Just(WorkflowEvent::NumberDropped { occurrence }),
        arb_job_ref().prop_map(move |job| WorkflowEvent::Adopted { occurrence, job }),
        arb_text().prop_map(move |reason| WorkflowEvent::GivenUp { occurrence, reason }),
        arb_job_ref().prop_map(move |kept| WorkflowEvent::DuplicateResolved { occurrence, kept }),
        vec(arb_job_ref(), 2..4)
            .prop_map(move |jobs| WorkflowEvent::DuplicateFound { occurrence, jobs }),
    ];
    let further = prop_oneof![
        (0_u8..3, arb_trouble(), arb_instant()).prop_map(move |(step, trouble, until)| {
            WorkflowEvent::Postponed {
                occurrence,
                step,
                trouble,
                until,
            }
        }),
        (0_u8..3, option::of(vec("\\PC{0,8}", 0..3))).prop_map(move |(step, tasks)| {
            WorkflowEvent::ToldUndone {
                occurrence,
                step,
                tasks,
            }
        }),
        (
            0_u8..3,
            option::of(arb_job_order().prop_map(Box::new)),
            arb_instant()
        )
            .prop_map(move |(step, order, look_up_at)| WorkflowEvent::LookUpOwed {
                occurrence,
                step,
                order,
                look_up_at,
            }),
    ];
    prop_oneof![3 => call.boxed(), 2 => person.boxed(), 1 => further.boxed()]
}

/// Any deployment that some events make, in any order: states that the protocol never leads to
/// are among them.
pub fn arb_deployment() -> impl Strategy<Value = Deployment> {
    let life = |occurrence| {
        let events = vec(arb_ledger_event(occurrence), 0..6);
        (arb_begun(occurrence), events)
    };
    let life = arb_occurrence().prop_flat_map(life);
    (arb_workflow_id(), arb_client_id(), life)
        .prop_filter_map("not begun", |(workflow, client, (begun, events))| {
            let mut deployment = Deployment::begun(workflow, client, &begun)?;
            events.iter().for_each(|event| deployment.apply(event));
            Some(deployment)
        })
        .boxed()
}
