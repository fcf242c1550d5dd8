//! People: which of the practice's people is which member of XPM's staff.

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
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    people: Vec<PersonView>,
    /// Members of XPM's staff who are nobody of the practice.
    others: Vec<StaffView>,
    is_listed: bool,
    may_edit: bool,
    connection: String,
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

pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let mut people = desk.handle.people().await?;
    people.sort_by_cached_key(|person| person.name.as_str().to_lowercase());
    let mut staff = desk.handle.listings(DirectoryPart::Staff).await?;
    staff.sort_by_cached_key(|listing| listing.row.name.to_lowercase());
    let current = |listing: &&Listing| listing.standing == Standing::Current;
    let is_somebody = |listing: &&Listing| {
        let id = StaffId::new(listing.row.id);
        people.iter().any(|person| person.staff == Some(id))
    };
    let others = staff.iter().filter(current);
    let others = others.filter(|listing| !is_somebody(listing));
    let template = PeoplePage {
        others: others
            .map(|listing| StaffView {
                id: listing.row.id.to_string(),
                label: label(listing, &staff),
            })
            .collect(),
        is_listed: !staff.is_empty(),
        may_edit: visit.may_edit(),
        connection: format!("{}/connection", visit.base),
        people: people.iter().map(|person| view(person, &staff)).collect(),
        frame: Frame::of(&app, &visit, &desk, Part::Other, "People").await?,
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
    let to = format!("{}/people", visit.base);
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

fn view(person: &Person, staff: &[Listing]) -> PersonView {
    let linked = person
        .staff
        .map(|id| (id, staff.iter().find(|listing| listing.row.id == id.uuid())));
    let choices = staff
        .iter()
        .filter(|listing| {
            let is_theirs = person.staff == Some(StaffId::new(listing.row.id));
            listing.standing == Standing::Current || is_theirs
        })
        .map(|listing| ChoiceView {
            value: listing.row.id.to_string(),
            label: label(listing, staff),
            is_chosen: person.staff == Some(StaffId::new(listing.row.id)),
        });
    let mut choices: Vec<ChoiceView> = choices.collect();
    // What XPM never listed stays chosen, so that saving changes nothing by accident.
    if let Some((id, None)) = linked {
        choices.push(ChoiceView {
            value: id.to_string(),
            label: id.to_string(),
            is_chosen: true,
        });
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
            Some((_, Some(listing))) => label(listing, staff),
        },
        choices,
    }
}

/// A member of staff by name; two with one name are told apart by their e-mail address, and by the
/// end of XPM's UUID where that is the same as well.
fn label(listing: &Listing, all: &[Listing]) -> String {
    let row = &listing.row;
    let namesake = |other: &&Listing| {
        other.row.id != row.id && other.row.name.to_lowercase() == row.name.to_lowercase()
    };
    let email = row
        .email
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let same = all.iter().filter(namesake);
    let gone = match listing.standing {
        Standing::Current => "",
        Standing::Gone => ", no longer in XPM",
    };
    let tail = || {
        let id = row.id.simple().to_string();
        format!("…{}", &id[id.len() - 6..])
    };
    let told_apart = match email {
        Some(email)
            if same
                .clone()
                .all(|other| other.row.email.as_deref() != Some(email)) =>
        {
            format!(" ({email})")
        }
        Some(email) => format!(" ({email}, {})", tail()),
        None if same.clone().next().is_some() => format!(" ({})", tail()),
        None => String::new(),
    };
    format!("{}{told_apart}{gone}", row.name)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use workflow_core::ports::gateway::DirectoryRow;

    use super::*;

    #[test]
    fn two_with_one_name_are_told_apart() {
        let staff = |number, email: Option<&str>, standing| Listing {
            part: DirectoryPart::Staff,
            row: DirectoryRow {
                id: Uuid::from_u128(number),
                name: "Sam Lee".to_owned(),
                email: email.map(str::to_owned),
            },
            standing,
        };
        let (current, gone) = (Standing::Current, Standing::Gone);
        let all = [
            staff(1, Some("sam@x.nz"), current),
            staff(2, Some("office@x.nz"), current),
            staff(3, Some("office@x.nz"), gone),
            staff(4, None, current),
        ];
        let labels = all.iter().map(|one| label(one, &all)).collect::<Vec<_>>();
        assert_eq!(
            labels,
            [
                "Sam Lee (sam@x.nz)",
                "Sam Lee (office@x.nz, …000002)",
                "Sam Lee (office@x.nz, …000003), no longer in XPM",
                "Sam Lee (…000004)",
            ]
        );
        assert_eq!(label(&all[3], &all[3..]), "Sam Lee");
    }
}
