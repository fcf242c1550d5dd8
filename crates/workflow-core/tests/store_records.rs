//! What a store has to keep: any record and any line survives being written down as JSON, and no
//! line can be changed without the chain telling.

use proptest::collection::vec;
use proptest::prelude::*;
use workflow_core::audit::{Chain, Line, arb_line};
use workflow_core::canonical;
use workflow_core::ids::PracticeId;
use workflow_core::ports::arb_record;
use workflow_core::ports::store::Record;
use workflow_core::text::Money;

fn acme() -> PracticeId {
    "acme".parse().expect("a practice")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_record_survives_being_written_down(record in arb_record()) {
        let text = serde_json::to_string(&record).expect("JSON");
        let back: Record = serde_json::from_str(&text).expect("the record");
        prop_assert_eq!(&back, &record);
        prop_assert_eq!(back.key(), record.key());
    }

    /// The hash covers the canonical bytes, so they have to be the same after a round.
    #[test]
    fn a_line_survives_being_written_down_to_the_byte(line in arb_line()) {
        let text = serde_json::to_string(&line).expect("JSON");
        let back: Line = serde_json::from_str(&text).expect("the line");
        prop_assert_eq!(canonical::bytes(&back), canonical::bytes(&line));
        prop_assert_eq!(back, line);
    }

    /// Two different lines have different bytes, or the hash would not tell them apart.
    #[test]
    fn different_lines_have_different_bytes(one in arb_line(), two in arb_line()) {
        let same = canonical::bytes(&one) == canonical::bytes(&two);
        prop_assert_eq!(same, one == two);
    }

    #[test]
    fn a_chain_tells_what_was_done_to_it(
        lines in vec(arb_line(), 2..6),
        other in arb_line(),
        at in any::<prop::sample::Index>(),
    ) {
        let mut chain = Chain::start(acme());
        let entries: Vec<_> = lines.into_iter().map(|line| chain.link(line)).collect();
        let whole = |entries: &[_]| {
            let mut chain = Chain::start(acme());
            entries.iter().all(|entry| chain.follow(entry).is_ok())
        };
        prop_assert!(whole(&entries));
        let at = at.index(entries.len());
        let mut changed = entries.clone();
        changed[at].line = other.clone();
        prop_assert_eq!(whole(&changed), entries[at].line == other);
        let mut taken_out = entries.clone();
        taken_out.remove(at);
        // The last one can be cut off without a trace within the chain.
        prop_assert_eq!(whole(&taken_out), at + 1 == entries.len());
        let mut swapped = entries.clone();
        swapped.swap(0, entries.len() - 1);
        prop_assert!(!whole(&swapped));
        let mut elsewhere = Chain::start("other".parse().expect("a practice"));
        prop_assert!(elsewhere.follow(&entries[0]).is_err());
    }

    #[test]
    fn money_is_whole_cents(money in workflow_core::text::arb_money()) {
        prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
    }
}
