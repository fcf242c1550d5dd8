//! Strategies for scripts.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::steps::{
    Commit, Entries, Fencing, Find, Guess, Keyed, Lease, Practices, Put, Script, Step, What,
};

/// Any script of up to sixty calls, nearly half of them commits.
pub fn arb_script() -> impl Strategy<Value = Script> {
    vec(arb_step(), 1..60).prop_map(|steps| Script { steps })
}

fn arb_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => arb_commit().prop_map(|commit| Step::Commit(Box::new(commit))),
        1 => (arb_practice(), arb_what())
            .prop_map(|(practice, what)| Step::Get { practice, what }),
        1 => (arb_practice(), vec(arb_what(), 0..6))
            .prop_map(|(practice, whats)| Step::GetAll { practice, whats }),
        1 => (arb_practice(), arb_keyed())
            .prop_map(|(practice, keyed)| Step::Receipt { practice, keyed }),
        6 => arb_find().prop_map(Step::Find),
        4 => (arb_practice(), arb_minute(), 0_u8..6)
            .prop_map(|(practice, minute, limit)| Step::Due { practice, minute, limit }),
        1 => (0_u8..4).prop_map(|limit| Step::Wakes { limit }),
        1 => (option::of(arb_practice()), 0_u8..4)
            .prop_map(|(after, limit)| Step::Practices(Practices { after, limit })),
        2 => arb_entries().prop_map(Step::Entries),
        1 => arb_practice().prop_map(|practice| Step::Budget { practice }),
        5 => arb_lease().prop_map(Step::Lease),
        1 => (arb_practice(), 0_u8..3)
            .prop_map(|(practice, holder)| Step::Release { practice, holder }),
        1 => Just(Step::Reopen),
    ]
}

/// Most of what happens, happens in one practice.
fn arb_practice() -> impl Strategy<Value = u8> + Clone {
    prop_oneof![5 => Just(0_u8), 2 => Just(1_u8), 1 => Just(2_u8)]
}

/// Mostly one at which something may become due.
fn arb_minute() -> impl Strategy<Value = u8> + Clone {
    prop_oneof![3 => prop::sample::select(vec![4, 5, 5, 5, 6, 20, 60]), 1 => 0_u8..80]
}

fn arb_what() -> impl Strategy<Value = What> + Clone {
    (0_u8..8, 0_u8..8, any::<u8>()).prop_map(|(kind, number, variant)| What {
        kind,
        number,
        variant,
    })
}

/// Right, mostly: a unit with one wrong guess among many puts is refused whole.
fn arb_guess() -> impl Strategy<Value = Guess> + Clone {
    prop_oneof![
        24 => Just(Guess::Right),
        1 => Just(Guess::Older),
        1 => Just(Guess::Newer),
        1 => Just(Guess::Absent),
    ]
}

fn arb_keyed() -> impl Strategy<Value = Keyed> + Clone {
    (0_u8..3, prop_oneof![4 => Just(0_u8), 1 => Just(1_u8)])
        .prop_map(|(key, command)| Keyed { key, command })
}

fn arb_commit() -> impl Strategy<Value = Commit> {
    let fencing = prop_oneof![
        8 => Just(Fencing::None),
        6 => Just(Fencing::Last),
        1 => Just(Fencing::Before),
        1 => Just(Fencing::ToCome),
    ];
    let put = (arb_what(), arb_guess()).prop_map(|(what, guess)| Put { what, guess });
    (
        arb_practice(),
        option::weighted(0.25, arb_keyed()),
        fencing,
        vec((arb_what(), arb_guess()), 0..2),
        vec(put, 0..6),
        option::of((0_u8..80, 0_u8..5)),
        vec(0_u8..80, 0..4),
    )
        .prop_map(
            |(practice, keyed, fencing, unchanged, puts, debit, lines)| Commit {
                practice,
                keyed,
                fencing,
                unchanged,
                puts,
                debit,
                lines,
            },
        )
}

fn arb_find() -> impl Strategy<Value = Find> {
    (arb_practice(), 0..Find::QUERIES, 0_u8..27, 1_u8..6).prop_map(
        |(practice, query, about, limit)| Find {
            practice,
            query,
            about,
            limit,
        },
    )
}

fn arb_entries() -> impl Strategy<Value = Entries> {
    let place = option::of(0_u8..12);
    (arb_practice(), option::of(0_u8..3), place, 0_u8..2, 0_u8..5).prop_map(
        |(practice, subject, after, order, limit)| Entries {
            practice,
            subject,
            after,
            order,
            limit,
        },
    )
}

fn arb_lease() -> impl Strategy<Value = Lease> {
    (arb_practice(), 0_u8..3, 0_u8..40, 1_u8..15).prop_map(|(practice, holder, minute, minutes)| {
        Lease {
            practice,
            holder,
            minute,
            minutes,
        }
    })
}
