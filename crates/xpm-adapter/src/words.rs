//! Sentences: what XPM, its gateway and the network are known to say, and what to do about it.
//!
//! What is not known is passed on as it came, but as words alone: one bounded line without markup,
//! so that no XML and no JSON reaches a page, a terminal or the audit. `docs/xpm.md` shows the
//! tables of this file, and a test holds the two to each other.

use serde_json::Value;
use workflow_core::ports::gateway::Failure;

/// What somebody is known to say, and what it means to the people of a practice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// A part of the words, in lower case.
    pub(crate) says: &'static str,
    /// What it means, and what to do.
    pub(crate) means: &'static str,
}

const fn known(says: &'static str, means: &'static str) -> Known {
    Known { says, means }
}

/// XPM's business errors. The first line that fits counts.
pub(crate) const REFUSALS: [Known; 17] = [
    known(
        "staff identifier",
        "a person named for the job is not among XPM's staff; restore them in XPM and retry, and \
         name somebody else in the workflow's settings for later jobs",
    ),
    known(
        "template identifier",
        "the job template is not in XPM; restore it there and retry, and choose another in the \
         workflow's settings for later jobs",
    ),
    known(
        "job identifier",
        "the job is not in XPM any more; adopt another job by its number, or give up",
    ),
    known(
        "client identifier",
        "the client is not in XPM, or is archived there; restore it and retry, or give up",
    ),
    known(
        "category identifier",
        "the category is not in XPM; restore it there and retry, and choose another in the \
         workflow's settings for later jobs",
    ),
    known(
        "archived",
        "restore in XPM what is archived there and retry, or give up",
    ),
    known(
        "already in use",
        "another job has that number; adopt that job if it is this one, or give up",
    ),
    known(
        "duedate is before",
        "the due date lies before the start date; give this date up, and change the workflow's due \
         date for later jobs",
    ),
    known(
        "is required",
        "XPM wants what a job is not created with, such as a number where numbers are allocated \
         manually; change that in XPM's settings and retry, or make the job in XPM and adopt it by \
         its number",
    ),
    known(
        "valid date",
        "XPM cannot read a date; make the job in XPM and adopt it by its number, and report it to \
         whoever runs this software",
    ),
    known(
        "valid amount",
        "XPM does not take the budget; change it in the workflow's settings for later jobs, and \
         make this one in XPM and adopt it by its number",
    ),
    known(
        "too long",
        "shorten it in the workflow's settings for later jobs; make this one in XPM and adopt it \
         by its number",
    ),
    known(
        "permission",
        "the person who connected the practice may not do this in XPM; give them the permission \
         there and retry, or let somebody else connect the practice",
    ),
    known(
        "page token",
        "the list begins anew by itself; nothing has to be done",
    ),
    known(
        "task mode",
        "XPM did not understand the call; report it to whoever runs this software",
    ),
    known(
        "expected a",
        "XPM did not understand the call; report it to whoever runs this software",
    ),
    known(
        NO_REASON,
        "look at the client and its jobs in XPM, then retry, adopt the job by its number, or give \
         up",
    ),
];

/// What stands for the words where there are none.
pub(crate) const NO_REASON: &str = "no reason given";

/// Details of the gateway's own answers, which come before XPM sees the call.
pub(crate) const DETAILS: [Known; 4] = [
    known("tokenexpired", "the access token has expired"),
    known(
        "authenticationunsuccessful",
        "the access token, or the connection that it is for, is not known",
    ),
    known(
        "insufficientpermissions",
        "the connection lacks a permission for it",
    ),
    known("servicenotavailable", "XPM is not available at the moment"),
];

/// What the network says where no connection could be made.
pub(crate) const NETWORK: [Known; 8] = [
    known(
        "name or service not known",
        "the name of its server was not found; look at this machine's network",
    ),
    known(
        "lookup",
        "the name of its server was not found; look at this machine's network",
    ),
    known("refused", "the connection was refused"),
    known(
        "unreachable",
        "this machine has no way to it; look at this machine's network",
    ),
    known(
        "certificate",
        "its certificate is not trusted; look at this machine's clock, and at what stands between \
         it and the network",
    ),
    known("tls", "no secure connection could be made"),
    known("corrupt message", "no secure connection could be made"),
    known("reset", "the connection was reset before anything was sent"),
];

fn meaning(table: &[Known], words: &str) -> Option<&'static str> {
    let words = words.to_lowercase();
    let fits = table.iter().find(|known| words.contains(known.says));
    fits.map(|known| known.means)
}

/// XPM's words, and what to do where the words are known.
pub(crate) fn refusal(words: &str) -> Failure {
    Failure::Refused {
        text: match meaning(&REFUSALS, words) {
            Some(means) => format!("{words}: {means}"),
            None => words.to_owned(),
        },
    }
}

/// Whether the words of a refused read say that there is no such job. `Invalid job identifier` is
/// recorded of writes; in which words a read says it is not known.
pub(crate) fn means_no_such_job(words: &str) -> bool {
    let words = words.to_lowercase();
    let absent = ["not found", "does not exist", "no such"];
    words.contains("job identifier")
        || words.contains("job") && absent.iter().any(|absent| words.contains(absent))
}

/// A detail of the gateway's: what it means, where that is known, and itself in brackets.
pub(crate) fn gateway(detail: Option<&str>) -> String {
    match detail {
        None => "it gave no reason".to_owned(),
        Some(detail) => match meaning(&DETAILS, detail) {
            Some(means) => format!("{means} ({detail})"),
            None => detail.to_owned(),
        },
    }
}

/// What an HTTP status means that proves nothing, and the gateway's detail where it gave one.
pub(crate) fn status(status: u16, detail: Option<&str>) -> String {
    let means = match (detail.and_then(|detail| meaning(&DETAILS, detail)), status) {
        (Some(means), _) => means,
        (None, 300..400) => "XPM pointed to another address, which is not followed",
        (None, 404 | 405) => "XPM does not know the call",
        (None, 408) => "XPM waited too long for the call",
        (None, 413) => "the call is too large for XPM",
        (None, 400..500) => "XPM did not accept the call",
        (None, 502 | 504) => "XPM's gateway got no answer from XPM",
        (None, 503) => "XPM is not available at the moment",
        (None, 500..600) => "XPM failed on its side",
        (None, _) => "XPM answered in a way that is not known",
    };
    match detail {
        Some(detail) => format!("{means} (HTTP status {status}, {detail})"),
        None => format!("{means} (HTTP status {status})"),
    }
}

/// What the network says where no connection could be made.
pub(crate) fn network(said: &str) -> String {
    let said = plain_text(said);
    match meaning(&NETWORK, &said) {
        Some(means) => format!("{means} ({said})"),
        None => said,
    }
}

/// How many characters of a text from elsewhere are shown.
const LONGEST: usize = 300;
/// How many bytes of it are looked at.
const LOOKED_AT: usize = 16 << 10;

/// What a text from elsewhere says, fit to be shown: one line of words of a bounded length, without
/// control characters, markup or JSON.
///
/// The result holds no `<` and no brace, whatever came.
pub(crate) fn plain_text(text: &str) -> String {
    let text = head(text);
    // What was escaped twice on its way is markup as well.
    let text = unescaped(&unescaped(text));
    let text = match text.trim_start().starts_with(['{', '[']) {
        true => said_in_json(&text),
        false => text,
    };
    let text = without_tags(&text);
    one_line(&text)
        .replace('<', "‹")
        .replace('{', "(")
        .replace('}', ")")
}

/// The name of an exchange, for XPM's support: a UUID as a rule. What cannot be one is none.
pub(crate) fn exchange(text: &str) -> Option<String> {
    let text = text.trim();
    let fits =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '|' | '/');
    let is_name = !text.is_empty() && text.len() <= 100 && text.chars().all(fits);
    is_name.then(|| text.to_owned())
}

/// A name from elsewhere: one line of a bounded length, and otherwise as it is.
pub(crate) fn one_line(text: &str) -> String {
    let mut out = String::new();
    for word in head(text).split(|c: char| c.is_control() || c.is_whitespace()) {
        let mut word = word.chars().filter(|c| !is_invisible(*c)).peekable();
        if word.peek().is_none() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word);
        if out.len() > LONGEST * 4 {
            break;
        }
    }
    match out.char_indices().nth(LONGEST) {
        Some((at, _)) => out[..at].to_owned() + "…",
        None => out,
    }
}

/// Characters that show nothing and change what others look like.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// The part of a text that is looked at.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(LOOKED_AT)]
}

/// Replaces the five predefined entities and the two that HTML adds most often.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entities = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&apos;", "'"),
            ("&#39;", "'"),
            ("&#60;", "<"),
            ("&#x3C;", "<"),
            ("&#x3c;", "<"),
            ("&nbsp;", " "),
            ("&amp;", "&"),
        ];
        let found = entities.iter().find(|(entity, _)| rest.starts_with(entity));
        let (entity, means) = found.unwrap_or(&("&", "&"));
        out.push_str(means);
        rest = &rest[entity.len()..];
    }
    out + rest
}

/// The words in a JSON text: those under a name that holds a reason, or else the first there are.
fn said_in_json(text: &str) -> String {
    const NAMES: [&str; 8] = [
        "detail",
        "errordescription",
        "error_description",
        "message",
        "title",
        "description",
        "error",
        "status",
    ];
    fn words(value: &Value) -> Option<&str> {
        match value {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            Value::Array(values) => values.iter().find_map(words),
            Value::Object(fields) => {
                let named = NAMES.iter().find_map(|name| {
                    let mut fields = fields.iter();
                    let same = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
                    same.and_then(|(_, value)| words(value))
                });
                named.or_else(|| fields.values().find_map(words))
            }
            _ => None,
        }
    }
    let value: Option<Value> = serde_json::from_str(text).ok();
    let said = value.as_ref().and_then(words);
    // A text that begins as JSON and is none is still no sentence.
    said.unwrap_or(NO_REASON).to_owned()
}

/// Drops what looks like a tag, and the content of scripts and styles. A `<` that begins no tag
/// stays for the caller.
fn without_tags(text: &str) -> String {
    // Of the same length: only ASCII letters change.
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(tag) = text[at..].find('<').map(|found| at + found) {
        out.push_str(&text[at..tag]);
        at = tag + 1;
        if !text[at..].starts_with(|c: char| c.is_alphabetic() || matches!(c, '/' | '!' | '?')) {
            out.push('<');
            continue;
        }
        // Words on both sides of a tag stay apart.
        out.push(' ');
        for (name, end) in [("script", "</script"), ("style", "</style")] {
            if lower[at..].starts_with(name) {
                at = lower[at..].find(end).map_or(text.len(), |end| at + end);
            }
        }
        // After a tag that has no end nothing is known to be words.
        at = text[at..].find('>').map_or(text.len(), |end| at + end + 1);
    }
    out + &text[at..]
}

#[cfg(test)]
mod tests;
