//! Strategies for lines of the audit.

use proptest::prelude::*;

use super::{Actor, Change, Event, Line, Subject};
use crate::access::arb_access;
use crate::billing::arb_level;
use crate::deployment::{arb_begun, arb_ledger_event};
use crate::ids::arb_workflow_id;
use crate::practice::{arb_client, arb_listing, arb_person, arb_practice};
use crate::proposal::arb_proposal;
use crate::text::arb_text;
use crate::workflow::{arb_added, arb_instant, arb_occurrence, arb_workflow_change};

/// Anybody who may have done something.
pub fn arb_actor() -> impl Strategy<Value = Actor> + Clone {
    prop_oneof![
        arb_text().prop_map(Actor::Person),
        Just(Actor::Scheduler),
        arb_text().prop_map(Actor::Host),
    ]
}

fn change<T>(value: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Change<T>>
where
    T: Clone + std::fmt::Debug + 'static,
{
    (value, any::<bool>())
        .prop_map(|(after, existed)| {
            let before = existed.then(|| after.clone());
            Change::from(before, after)
        })
        .boxed()
}

/// Any event of any subject, with that subject.
pub fn arb_event() -> impl Strategy<Value = (Subject, Event)> {
    let of_workflow = prop_oneof![
        1 => arb_added().boxed(),
        2 => arb_workflow_change().boxed(),
        1 => arb_occurrence().prop_flat_map(arb_begun).boxed(),
        3 => arb_occurrence().prop_flat_map(arb_ledger_event).boxed(),
    ];
    prop_oneof![
        1 => change(arb_practice()).prop_map(|c| (Subject::Practice, Event::Practice(c))),
        1 => change(arb_client()).prop_map(|c| (Subject::Client(c.after.id), Event::Client(c))),
        1 => change(arb_person())
            .prop_map(|c| (Subject::Person(c.after.id.clone()), Event::Person(c))),
        1 => change(arb_listing())
            .prop_map(|c| (Subject::Listing(c.after.part, c.after.row.id), Event::Listing(c))),
        1 => change(arb_proposal())
            .prop_map(|c| (Subject::Proposal(c.after.id.clone()), Event::Proposal(c))),
        1 => change(arb_level())
            .prop_map(|c| (Subject::Level(c.after.of.clone()), Event::Level(c))),
        1 => change(arb_access())
            .prop_map(|c| (Subject::Access(c.after.account.clone()), Event::Access(c))),
        6 => (arb_workflow_id(), of_workflow)
            .prop_map(|(id, event)| (Subject::Workflow(id), Event::Workflow(event))),
    ]
}

/// Any line of the audit.
pub fn arb_line() -> impl Strategy<Value = Line> {
    (arb_instant(), arb_actor(), arb_event()).prop_map(|(at, actor, (subject, event))| Line {
        at,
        actor,
        subject,
        event,
    })
}
