//! Where a page of a list ended, as an address carries it: with a digest beside it, so that what
//! no page of ours said never reaches the store.

use workflow_core::deployment::Digest;
use workflow_core::ports::store::Cursor;

/// How much of the digest there is.
const LENGTH: usize = 16;

fn digest(cursor: &str) -> String {
    let digest = Digest::of(&[b"cursor 1\0", cursor.as_bytes()]);
    digest.as_str().chars().take(LENGTH).collect()
}

/// A cursor as an address carries it.
pub(crate) fn shown(cursor: &Cursor) -> String {
    format!("{}~{}", digest(&cursor.0), cursor.0)
}

/// The cursor that an address carries; `None` for any other text.
pub(crate) fn given(text: &str) -> Option<Cursor> {
    let (claimed, cursor) = text.split_once('~')?;
    (claimed == digest(cursor)).then(|| Cursor(cursor.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cursor_that_was_shown_is_taken() {
        let cursor = Cursor("[\"harbour\",7]".into());
        let text = shown(&cursor);
        assert_eq!(given(&text), Some(cursor));
        for other in ["", "~", "harbour", "0000000000000000~[]", &text[1..]] {
            assert_eq!(given(other), None, "{other}");
        }
    }
}
