//! What happens to answers on their way: some of it changed, cut, doubled, moved, encoded otherwise.

use xpm_adapter::testing::Response;

use super::{header, make};
use crate::Dice;

/// What answers are made of, for soup and splices.
const WORDS: [&str; 58] = [
    "<Response>",
    "</Response>",
    "<Status>",
    "</Status>",
    "<Status>OK</Status>",
    "<Status>ERROR</Status>",
    "<Status>ok</Status>",
    "<Status/>",
    "OK",
    "ERROR",
    "<Job>",
    "</Job>",
    "<Job/>",
    "<Jobs>",
    "</Jobs>",
    "<Jobs />",
    "<ID>",
    "</ID>",
    "<ID>J000031</ID>",
    "<ID>J000032</ID>",
    "<UUID>",
    "</UUID>",
    "<UUID>00000000-0000-0000-0000-000000000001</UUID>",
    "<Description>",
    "</Description>",
    "<ErrorDescription>",
    "</ErrorDescription>",
    "<Clients/>",
    "<Pagination><Links><Next>",
    "<a>",
    "</a>",
    "<a/>",
    "<",
    ">",
    "/>",
    "&",
    "&amp;",
    "&lt;",
    "&gt;",
    "&#0;",
    "&#x41;",
    "&#65;",
    "&#99999999999;",
    "&#xD800;",
    "&nbsp;",
    "&xxe;",
    "<!DOCTYPE r [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]>",
    "<!ENTITY a \"aaaaaaaa\">",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>",
    "<?xml version=\"1.0\" encoding=\"utf-16\"?>",
    "{\"Status\":\"OK\"}",
    "\"",
    "\u{0}",
    "\u{FEFF}",
];

/// Changes some of a body, or nothing.
pub(super) fn body(body: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..dice.below(5) {
        once(body, dice);
    }
    match dice.below(40) {
        0 => encode_as_utf_16(body, dice),
        1 => encode_as_latin_1(body),
        2 => {
            // Deeper than any answer, also deeper than the reader goes.
            let depth = dice.below(60) as usize;
            let inner = std::mem::take(body);
            body.extend("<a>".repeat(depth).bytes());
            body.extend(inner);
            body.extend("</a>".repeat(depth).bytes());
        }
        3 => {
            let from = dice.below(body.len() as u64 + 1) as usize;
            let many = dice
                .pick(&["<a/>", "&amp;", " ", "<Job>", "x"])
                .repeat(2_000);
            body.splice(from..from, many.into_bytes());
        }
        _ => {}
    }
}

fn once(body: &mut Vec<u8>, dice: &mut Dice) {
    let at = |dice: &mut Dice, body: &[u8]| dice.below(body.len() as u64 + 1) as usize;
    let from = at(dice, body);
    let span = (dice.below(40) as usize).min(body.len() - from);
    match dice.below(10) {
        0 if from < body.len() => body[from] ^= 1 << dice.below(8),
        1 if from < body.len() => body[from] = dice.below(256) as u8,
        2 => drop(body.drain(from..from + span)),
        3 => {
            let doubled = body[from..from + span].to_vec();
            body.splice(from..from, doubled);
        }
        4 => body.truncate(from),
        5 => {
            let moved: Vec<u8> = body.drain(from..from + span).collect();
            let to = at(dice, body);
            body.splice(to..to, moved);
        }
        // Between two tags, where a word makes more of a difference than within one.
        6 | 7 => {
            let places: Vec<usize> = (0..body.len()).filter(|at| body[*at] == b'<').collect();
            let to = if places.is_empty() {
                from
            } else {
                *dice.pick(&places)
            };
            body.splice(to..to, dice.pick(&WORDS).bytes());
        }
        8 => drop(body.splice(from..from + span, dice.pick(&WORDS).bytes())),
        _ => drop(body.splice(from..from, dice.pick(&WORDS).bytes())),
    }
}

fn encode_as_utf_16(body: &mut Vec<u8>, dice: &mut Dice) {
    let text = String::from_utf8_lossy(body).into_owned();
    let big = dice.one_in(2);
    let mark = if dice.one_in(2) { "\u{FEFF}" } else { "" };
    let units = mark.encode_utf16().chain(text.encode_utf16());
    *body = units
        .flat_map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        })
        .collect();
}

fn encode_as_latin_1(body: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(body).into_owned();
    *body = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect();
}

/// Changes the headers, and at times the status.
pub(super) fn headers(response: &mut Response, dice: &mut Dice) {
    if dice.one_in(2) {
        response.status = *dice.pick(&[200, 401, 403, 429, 500, 503]);
    }
    let numbers = ["0", "60", "-1", "4294967296", "", "x", "1e3", " 7 "];
    for _ in 0..dice.below(6) {
        let (name, value) = match dice.below(10) {
            0 => ("x-minlimit-remaining", *dice.pick(&numbers)),
            1 => ("x-daylimit-remaining", *dice.pick(&numbers)),
            2 => ("x-appminlimit-remaining", *dice.pick(&numbers)),
            3 => (
                "retry-after",
                *dice.pick(&[
                    "22",
                    "0",
                    "-1",
                    "18446744073709551615",
                    "Sun, 22 Nov 2026 22:00:00 GMT",
                    "Sun, 99 Nov 99999 22:00:00 GMT",
                    "soon",
                ]),
            ),
            4 => (
                "x-rate-limit-problem",
                *dice.pick(&["minute", "DAY", "concurrent", "appminute", "<b>", ""]),
            ),
            5 => (
                "xero-correlation-id",
                *dice.pick(&["c-1", "<script>", "{\"a\":1}", "", "\u{e9}"]),
            ),
            6 => (
                "content-type",
                *dice.pick(&[
                    "text/xml; charset=ISO-8859-1",
                    "text/xml; charset=\"utf-8\"",
                    "text/xml;charset",
                    "application/json",
                    "text/xml; charset=<b>",
                ]),
            ),
            7 => (
                "content-encoding",
                *dice.pick(&["gzip", "identity", "br, gzip"]),
            ),
            8 => ("content-length", *dice.pick(&numbers)),
            _ => ("x-many", "y"),
        };
        let times = if dice.one_in(10) { 300 } else { 1 };
        for _ in 0..times {
            response.headers.push(header(name, value));
        }
    }
    if dice.one_in(8) {
        let bytes = (0..dice.below(20)).map(|_| dice.below(256) as u8).collect();
        response
            .headers
            .push(("xero-correlation-id".to_owned(), bytes));
    }
}

/// Words of answers in any order, or any bytes at all.
pub(super) fn bytes(dice: &mut Dice) -> Vec<u8> {
    if dice.one_in(2) {
        return (0..dice.below(200))
            .map(|_| dice.below(256) as u8)
            .collect();
    }
    let mut body = Vec::new();
    for _ in 0..dice.below(40) {
        body.extend(dice.pick(&WORDS).bytes());
    }
    if dice.one_in(4) {
        let whole = make::refusal(dice);
        body.extend(whole);
    }
    body
}
