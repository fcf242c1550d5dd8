//! Answers as they should be, in every order and layout that XML allows.

use workflow_core::ports::gateway::DirectoryPart;
use xpm_adapter::testing::{Endpoint, Response};

use super::{Call, NUMBER, header};
use crate::Dice;

/// Words of every answer of the sign-in service that hold a secret; none may be in what is said.
pub(super) const SECRET: &str = "s3cr3tToken";

/// Texts as people write them, escaped.
const TEXTS: [&str; 10] = [
    "GST return",
    "M&#257;ori &amp; Co",
    "&lt;&lt;  x  &gt;&gt;",
    "two\nlines\r\nand more",
    "<![CDATA[<b>bold</b> & more]]>",
    "ref: 0123456789ABCDEF",
    "{\"a\":1}",
    "",
    "  ",
    "日本語 e\u{301} \u{202E}x",
];
const DATES: [&str; 8] = [
    "2009-10-23T00:00:00",
    "2026-11-22T00:00:00Z",
    "2026-11-22T10:00:00.1234567+13:00",
    "20261122",
    "0001-01-01T00:00:00",
    "",
    "2026-02-30",
    "soon",
];
/// What XPM is known to say, and what else may come in its place.
const REASONS: [&str; 12] = [
    "Invalid job identifier",
    "Invalid job template identifier",
    "Invalid staff identifier for add request",
    "DueDate is before StartDate",
    "ID is required",
    "Job number J1 is already in use",
    "An error occurred",
    "",
    "&lt;html&gt;&lt;b&gt;Server Error&lt;/b&gt;",
    "{\"Message\":\"It went wrong\"}",
    "<![CDATA[<script>alert({\"a\":1})</script>]]>",
    "Object reference not set to an instance of an object.\r\n   at Xpm.Api()",
];

pub(super) fn status(dice: &mut Dice) -> u16 {
    *dice.pick(&[
        100, 201, 204, 206, 301, 302, 307, 400, 401, 403, 404, 405, 408, 409, 413, 429, 500, 502,
        503, 504, 599,
    ])
}

/// The body that the call is answered with.
pub(super) fn body(call: &Call, dice: &mut Dice) -> Vec<u8> {
    let text = match call {
        Call::Tokens => tokens(dice),
        Call::Connections => connections(dice),
        Call::Api(endpoint) => {
            let inner = match endpoint {
                Endpoint::CreateJob | Endpoint::ChangeJob(_) | Endpoint::Job => job(NUMBER, dice),
                Endpoint::Jobs => list("Jobs", dice, |place, dice| {
                    job(&format!("J{place:06}"), dice)
                }),
                Endpoint::Clients => page(DirectoryPart::Clients, dice),
                Endpoint::Directory(part, _) => page(*part, dice),
            };
            envelope("<Status>OK</Status>", &inner, dice)
        }
    };
    text.into_bytes()
}

/// An `ERROR` envelope.
pub(super) fn refusal(dice: &mut Dice) -> Vec<u8> {
    let reason = dice.pick(&REASONS);
    let reason = format!("<ErrorDescription>{reason}</ErrorDescription>");
    let inner = match dice.below(8) {
        0 => String::new(),
        1 => format!("{reason}{reason}"),
        2 => format!("{reason}{}", job(NUMBER, dice)),
        _ => reason,
    };
    envelope("<Status>ERROR</Status>", &inner, dice).into_bytes()
}

/// The gateway's JSON, with its status.
pub(super) fn problem(response: &mut Response, dice: &mut Dice) {
    let detail = dice.pick(&[
        "\"TokenExpired: token expired at 04/29/2020 09:22:02\"",
        "\"AuthenticationUnsuccessful\"",
        "\"InsufficientPermissions\"",
        "\"ServiceNotAvailable\"",
        "null",
        "\"<html>{\\\"a\\\":1}\"",
        "{\"Message\":\"deep\"}",
        "17",
    ]);
    response.status = *dice.pick(&[401, 403, 429, 500, 503, 200]);
    response.headers = vec![header("content-type", "application/json")];
    response.body = format!(
        "{{\"Type\":null,\"Title\":\"Forbidden\",\"Status\":{},\"Detail\":{detail},\
         \"Instance\":\"5e1f8c1e-0000\",\"Extensions\":{{}}}}",
        response.status
    )
    .into_bytes();
}

fn envelope(status: &str, inner: &str, dice: &mut Dice) -> String {
    let declaration = match dice.below(4) {
        0 => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n",
        1 => "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-16\"?>",
        _ => "",
    };
    let (open, close) = match dice.below(4) {
        0 => (
            "<x:Response xmlns:x=\"u\" api-method='Add'>",
            "</x:Response >",
        ),
        _ => ("<Response api-method=\"Add\">", "</Response>"),
    };
    let (first, second) = if dice.one_in(4) {
        (inner, status)
    } else {
        (status, inner)
    };
    let unknown = match dice.below(4) {
        0 => "<WebUrl>https://x/?a=1&amp;b=2</WebUrl><!-- c --><?p i?>\n",
        _ => "",
    };
    format!("{declaration}{open}{first}{unknown}{second}{close}\n")
}

fn element(name: &str, text: &(impl AsRef<str> + ?Sized)) -> String {
    let text = text.as_ref();
    if text.is_empty() {
        return format!("<{name} />");
    }
    format!("<{name}>{text}</{name}>")
}

fn uuid(dice: &mut Dice) -> String {
    let (high, low) = (dice.any(), dice.any());
    let id = uuid::Uuid::from_u64_pair(high, low);
    match dice.below(4) {
        0 => id.hyphenated().to_string().to_uppercase(),
        1 => id.braced().to_string(),
        _ => id.hyphenated().to_string(),
    }
}

fn list(name: &str, dice: &mut Dice, item: impl Fn(u64, &mut Dice) -> String) -> String {
    let rows = *dice.pick(&[0, 1, 1, 2, 3, 12]);
    let rows: String = (0..rows).map(|place| item(place, dice)).collect();
    element(name, &rows)
}

fn job(number: &str, dice: &mut Dice) -> String {
    let person = |name: &str, dice: &mut Dice| {
        let inner = element("UUID", &uuid(dice)) + &element("Name", "Someone");
        element(name, &inner)
    };
    let mut parts = vec![
        element("ID", number),
        element("UUID", &uuid(dice)),
        element("Name", dice.pick(&TEXTS)),
    ];
    if !dice.one_in(4) {
        parts.push(element("Description", dice.pick(&TEXTS)));
    }
    for name in ["Client", "Manager", "Partner"] {
        if dice.one_in(2) {
            parts.push(person(name, dice));
        }
    }
    for name in ["StartDate", "DueDate"] {
        parts.push(element(name, dice.pick(&DATES)));
    }
    parts.push(element(
        "ClientOrderNumber",
        dice.pick(&["", "CLI-00000001"]),
    ));
    parts.push(element("State", "Planned"));
    if dice.one_in(2) {
        parts.push(list("Assigned", dice, |_, dice| person("Staff", dice)));
    }
    if dice.one_in(2) {
        parts.push(list("Tasks", dice, |_, dice| person("Task", dice)));
    }
    parts.push("<Milestones /><Notes />".to_owned());
    // By name, never by order.
    let from = dice.below(parts.len() as u64) as usize;
    if dice.one_in(3) {
        parts.rotate_left(from);
    }
    element("Job", &parts.concat())
}

fn page(part: DirectoryPart, dice: &mut Dice) -> String {
    let (name, item) = match part {
        DirectoryPart::Clients => ("Clients", "Client"),
        DirectoryPart::Staff => ("StaffList", "Staff"),
        DirectoryPart::Templates => ("Templates", "Template"),
        DirectoryPart::Categories => ("Categories", "Category"),
    };
    let rows = list(name, dice, |_, dice| {
        let inner = element("UUID", &uuid(dice))
            + &element("Name", dice.pick(&TEXTS))
            + &element("Email", "a@x.nz")
            + &element("IsArchived", dice.pick(&["No", "Yes"]));
        element(item, &inner)
    });
    let next = match dice.below(4) {
        0 => "https://api.xero.com/paged-list?pageSize=500&amp;pageToken=c3%2B",
        1 => "dG9r=",
        _ => "",
    };
    let links = element("First", "x") + &element("Next", next);
    rows + &element("Pagination", &element("Links", &links))
}

fn tokens(dice: &mut Dice) -> String {
    match dice.below(4) {
        0 => format!("{{\"error\":\"invalid_grant\",\"error_description\":\"{SECRET}\"}}"),
        _ => format!(
            "{{\"access_token\":\"{SECRET}a\",\"refresh_token\":\"{SECRET}r\",\
             \"token_type\":\"Bearer\",\"expires_in\":{}}}",
            dice.pick(&["1800", "0", "4294967296", "99999999999999999"])
        ),
    }
}

fn connections(dice: &mut Dice) -> String {
    let rows = *dice.pick(&[0, 1, 1, 2, 5]);
    let rows: Vec<String> = (0..rows)
        .map(|_| {
            let kind = dice.pick(&["PRACTICEMANAGER", "ORGANISATION", "PRACTICE"]);
            let name = dice.pick(&["null", "\"Acme <Tax> \\u0007\"", "\"A\""]);
            let id = uuid::Uuid::from_u64_pair(dice.any(), dice.any());
            format!(
                "{{\"id\":\"{id}\",\"tenantId\":\"{id}\",\"tenantType\":\"{kind}\",\
                 \"tenantName\":{name},\"createdDateUtc\":\"2026-11-22T00:00:00\"}}"
            )
        })
        .collect();
    format!("[{}]", rows.join(","))
}
