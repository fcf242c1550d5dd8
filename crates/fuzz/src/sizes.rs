//! What reading an answer costs as it grows: time in proportion to its size, whatever is in it.

use std::fmt::Write as _;
use std::time::Instant;

use chrono::DateTime;
use xpm_adapter::testing::{Endpoint, Response, decode};

/// One shape of answer: its name, what is repeated in it, and what stands around that.
type Shape = (&'static str, &'static str, [&'static str; 2]);

const JOB: &str = "<Job><ID>J000001</ID><UUID>8f3e8f4e-6f5b-4f0b-9f3e-8f4e6f5b4f0b</UUID>\
    <Name>GST &amp; returns</Name><Description>By the book\nref: 0123456789ABCDEF</Description>\
    <Client><UUID>dea92ac7-0000-4000-8000-000000000001</UUID></Client><State>Planned</State>\
    <StartDate>2026-12-01T00:00:00</StartDate><Assigned /><Tasks /></Job>";
const JOBS: [&str; 2] = ["<Response><Status>OK</Status><Jobs>", "</Jobs></Response>"];
const TEXT: [&str; 2] = [
    "<Response><Status>OK</Status><Jobs/><Note>",
    "</Note></Response>",
];
const REASON: [&str; 2] = [
    "<Response><Status>ERROR</Status><ErrorDescription>",
    "</ErrorDescription></Response>",
];

const SHAPES: [Shape; 15] = [
    ("jobs", JOB, JOBS),
    ("empty elements", "<a/>", JOBS),
    ("elements in elements", "<a><b><c/></b></a>", JOBS),
    ("one text", "x", TEXT),
    ("entities", "&amp;", TEXT),
    ("character references", "&#65;", TEXT),
    ("carriage returns", "\r\n", TEXT),
    ("character data", "<![CDATA[x]]>", TEXT),
    ("comments", "<!-- x -->", TEXT),
    ("a comment without end", "<!--", TEXT),
    ("attributes", " a='1'", ["<Response><Jobs", "/></Response>"]),
    ("open elements", "<a>", TEXT),
    ("a reason with markup", "&lt;script&gt;", REASON),
    ("a reason in JSON", "{\"a\":", REASON),
    (
        "spaces",
        " ",
        ["", "<Response><Status>OK</Status><Jobs/></Response>"],
    ),
];

/// Reads each shape in four sizes, and prints how long it took.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "it measures")]
pub fn table() -> String {
    let sizes = [64 << 10, 512 << 10, 4 << 20, 32 << 20];
    let mut table = format!("{:<24}", "microseconds for each KiB");
    for size in sizes {
        let _ = write!(table, "{:>12}", format!("{} KiB", size >> 10));
    }
    table.push('\n');
    for (name, part, [before, after]) in SHAPES {
        let _ = write!(table, "{name:<24}");
        for size in sizes {
            let body = format!("{before}{}{after}", part.repeat(size / part.len()));
            let response = Response {
                status: 200,
                headers: Vec::new(),
                body: body.into_bytes(),
            };
            let began = Instant::now();
            let read = decode(&Endpoint::Jobs, response, DateTime::UNIX_EPOCH);
            let took = began.elapsed().as_secs_f64() * 1e6;
            drop(read);
            let _ = write!(table, "{:>12.2}", took / (size >> 10) as f64);
        }
        table.push('\n');
    }
    table
}
