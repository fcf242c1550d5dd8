//! People: which of the practice's people is which member of XPM's staff. Page by page, and searched.

mod staff;

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::ids::{PersonId, StaffId};
use workflow_core::ports::gateway::DirectoryPart;
use workflow_core::practice::{Listing, Person, Standing};

use crate::App;
use crate::error::Trouble;
use crate::flash::{Flash, done};
use crate::forms::Input;
use crate::host::percent_encoded;
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};

use self::staff::{OFFERED, Staff, holds};

/// How many people a page shows: each has a list of staff to choose from.
const PAGE: usize = 20;

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    looked_for: LookedFor,
    people: Vec<PersonView>,
    /// Members of XPM's staff who are nobody of the practice, as many as are shown.
    others: Vec<StaffView>,
    /// How many more there are.
    more_others: usize,
    /// How many members XPM's staff has, where that is more than a list offers.
    more_staff: Option<usize>,
    is_listed: bool,
    may_edit: bool,
    connection: String,
    previous: Option<String>,
    next: Option<String>,
}

/// What is looked for, and which page of it is shown.
struct LookedFor {
    /// A text in a person's name or e-mail address.
    person: String,
    /// A text in that of a member of staff.
    staff: String,
    /// From 1.
    page: usize,
}

impl LookedFor {
    fn of(input: &Input) -> Self {
        let page = input.get("page").parse().unwrap_or(1);
        Self {
            person: input.get("q").trim().to_owned(),
            staff: input.get("find").trim().to_owned(),
            page: std::cmp::max(page, 1),
        }
    }

    /// The address of a page of it.
    fn url(&self, base: &str, page: usize) -> String {
        let mut url = format!("{base}/people");
        let page = if page > 1 {
            page.to_string()
        } else {
            String::new()
        };
        let mut mark = '?';
        for (name, value) in [("q", &self.person), ("find", &self.staff), ("page", &page)] {
            if !value.is_empty() {
                url += &format!("{mark}{name}={}", percent_encoded(value));
                mark = '&';
            }
        }
        url
    }
}

struct PersonView {
    id: String,
    name: String,
    email: String,
    /// What is wrong with whom they are linked to; empty where nothing is.
    flag: &'static str,
    /// Whom they are linked to, as text.
    linked: String,
    choices: Vec<ChoiceView>,
}

struct ChoiceView {
    value: String,
    label: String,
    is_chosen: bool,
}

struct StaffView {
    id: String,
    label: String,
}

pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let looked_for = LookedFor::of(&input);
    let mut people = desk.handle.people().await?;
    people.sort_by_cached_key(|person| person.name.as_str().to_lowercase());
    let staff = Staff::new(desk.handle.listings(DirectoryPart::Staff).await?);
    let linked: BTreeSet<StaffId> = people.iter().filter_map(|person| person.staff).collect();
    let mut others: Vec<&Listing> = staff
        .holding(&looked_for.staff)
        .filter(|listing| !linked.contains(&StaffId::new(listing.row.id)))
        .collect();
    let more_others = others.len().saturating_sub(OFFERED);
    others.truncate(OFFERED);
    people.retain(|person| {
        let email = person.email.as_deref().unwrap_or_default();
        holds(&[person.name.as_str(), email], &looked_for.person)
    });
    let pages = people.len().div_ceil(PAGE).max(1);
    let page_of = looked_for.page.min(pages);
    let shown = people.iter().skip((page_of - 1) * PAGE).take(PAGE);
    let url = |to| looked_for.url(&visit.base, to);
    let template = PeoplePage {
        others: others
            .into_iter()
            .map(|listing| StaffView {
                id: listing.row.id.to_string(),
                label: staff.label(listing),
            })
            .collect(),
        more_others,
        more_staff: Some(staff.count()).filter(|count| *count > OFFERED),
        is_listed: !staff.is_empty(),
        may_edit: visit.may_edit(),
        connection: format!("{}/connection", visit.base),
        people: shown
            .map(|person| view(person, &staff, &looked_for.staff))
            .collect(),
        previous: (page_of > 1).then(|| url(page_of - 1)),
        next: (page_of < pages).then(|| url(page_of + 1)),
        frame: Frame::of(&app, &visit, &desk, Part::Other, "People").await?,
        looked_for,
    };
    page(StatusCode::OK, &template)
}

/// Links a person, or makes a member of staff one of the practice's people.
pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let looked_for = LookedFor::of(&input);
    let to = looked_for.url(&visit.base, looked_for.page);
    let staff = match input.filled("staff") {
        None => None,
        Some(id) => Some(
            id.parse::<StaffId>()
                .map_err(|_| Trouble::not_found("member of XPM’s staff"))?,
        ),
    };
    match (input.filled("person"), staff) {
        (Some(person), staff) => {
            let person: PersonId = person.parse().map_err(|_| Trouble::not_found("person"))?;
            let by = visit.by(&input, &format!("link:{person}"));
            desk.handle.link_person(by, person, staff).await?;
            Ok(done(Flash::Linked, &to))
        }
        (None, Some(staff)) => {
            let by = visit.by(&input, &format!("add:{staff}"));
            desk.handle.add_staff_member(by, staff).await?;
            Ok(done(Flash::PersonAdded, &to))
        }
        (None, None) => Err(Trouble::not_found("person")),
    }
}

fn view(person: &Person, staff: &Staff, text: &str) -> PersonView {
    let linked = person.staff.map(|id| (id, staff.get(id)));
    let choice = |listing: &Listing| ChoiceView {
        value: listing.row.id.to_string(),
        label: staff.label(listing),
        is_chosen: person.staff == Some(StaffId::new(listing.row.id)),
    };
    let mut choices: Vec<ChoiceView> = staff
        .offered(person.name.as_str(), text)
        .into_iter()
        .map(choice)
        .collect();
    // Who is chosen stays so, offered or not, and also whom XPM never listed: saving changes
    // nothing by accident.
    if let Some((id, listed)) = linked
        && !choices.iter().any(|choice| choice.is_chosen)
    {
        choices.push(listed.map_or_else(
            || ChoiceView {
                value: id.to_string(),
                label: id.to_string(),
                is_chosen: true,
            },
            choice,
        ));
    }
    PersonView {
        id: person.id.to_string(),
        name: person.name.to_string(),
        email: person.email.clone().unwrap_or_default(),
        flag: match linked {
            None => "not linked to XPM",
            Some((_, Some(listing))) if listing.standing == Standing::Gone => "no longer in XPM",
            Some(_) => "",
        },
        linked: match linked {
            None => String::new(),
            Some((id, None)) => id.to_string(),
            Some((_, Some(listing))) => staff.label(listing),
        },
        choices,
    }
}
