//! The directory as XPM writes it: clients, staff, job templates and categories.

use reqwest::Url;
use uuid::Uuid;
use workflow_core::ports::gateway::{DirectoryPage, DirectoryPart, DirectoryRow, ListedClient};
use workflow_core::practice::Standing;

use super::{Element, WireError};

/// One page. A row without a readable UUID cannot be chosen for anything, so it is left out, and
/// said so in the log; archived and deleted clients are left out too.
///
/// `cursor` is what the page was asked for with: a next page that is the same one would never end.
pub(crate) fn page(
    root: &Element<'_>,
    part: DirectoryPart,
    cursor: Option<&str>,
) -> Result<DirectoryPage, WireError> {
    let (list, item) = match part {
        DirectoryPart::Clients => ("Clients", "Client"),
        DirectoryPart::Staff => ("StaffList", "Staff"),
        DirectoryPart::Templates => ("Templates", "Template"),
        DirectoryPart::Categories => ("Categories", "Category"),
    };
    let mut page = DirectoryPage::default();
    let rows = rows(root, list, item)?;
    let current = rows
        .into_iter()
        .filter(|(_, standing)| *standing == Standing::Current);
    page.rows = current.map(|(row, _)| row).collect();
    if part == DirectoryPart::Clients {
        page.next = next(root)?;
    }
    if page.next.is_some() && page.next.as_deref() == cursor {
        return Err(WireError::Invalid {
            field: "Pagination/Links/Next",
            reason: "leads back to the same page",
        });
    }
    Ok(page)
}

/// The clients that were changed, those included that are archived or deleted by now.
pub(crate) fn clients(root: &Element<'_>) -> Result<Vec<ListedClient>, WireError> {
    let rows = rows(root, "Clients", "Client")?.into_iter();
    Ok(rows
        .map(|(row, standing)| ListedClient { row, standing })
        .collect())
}

fn rows(
    root: &Element<'_>,
    list: &'static str,
    item: &'static str,
) -> Result<Vec<(DirectoryRow, Standing)>, WireError> {
    let elements = root.one(list)?.ok_or(WireError::Missing(list))?;
    let mut rows = Vec::new();
    let mut unreadable = 0_usize;
    for element in elements.all(item) {
        match row(element) {
            Some(row) => rows.push((row, standing(element))),
            None => unreadable += 1,
        }
    }
    if unreadable > 0 {
        tracing::warn!(
            list,
            unreadable,
            "directory rows without a UUID were left out"
        );
    }
    Ok(rows)
}

fn row(element: &Element<'_>) -> Option<DirectoryRow> {
    let word = |name| element.word(name).ok().flatten();
    Some(DirectoryRow {
        id: Uuid::try_parse(word("UUID")?).ok()?,
        name: word("Name").unwrap_or_default().to_owned(),
        email: word("Email").map(str::to_owned),
    })
}

fn standing(element: &Element<'_>) -> Standing {
    let is_gone = ["IsArchived", "IsDeleted"].into_iter().any(|flag| {
        let value = element.word(flag).ok().flatten().unwrap_or("No");
        value.eq_ignore_ascii_case("yes") || value.eq_ignore_ascii_case("true")
    });
    if is_gone {
        Standing::Gone
    } else {
        Standing::Current
    }
}

/// The page token of the next page. XPM gives a link; only its token is taken, and the link is never
/// followed: calls, and the bearer token with them, go to the configured address alone.
fn next(root: &Element<'_>) -> Result<Option<String>, WireError> {
    let Some(links) = root
        .one("Pagination")?
        .map(|p| p.one("Links"))
        .transpose()?
        .flatten()
    else {
        return Ok(None);
    };
    let Some(link) = links.word("Next")? else {
        return Ok(None);
    };
    // A relative link needs some base to be read against; which one does not matter.
    let url = Url::parse("https://relative.invalid/").and_then(|base| base.join(link));
    let linked = url.ok().and_then(|url| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(key, value)| {
            (key.eq_ignore_ascii_case("pageToken") && !value.is_empty()).then(|| value.into_owned())
        })
    });
    // Should it be the token itself, it is taken as it is.
    let bare = || (!link.contains(['/', '?', ':'])).then(|| link.to_owned());
    let token = linked.or_else(bare);
    token.map(Some).ok_or(WireError::Invalid {
        field: "Pagination/Links/Next",
        reason: "holds no pageToken",
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const ID: &str = "dea92ac7-0000-4000-8000-000000000001";

    fn clients(inner: &str) -> Result<DirectoryPage, WireError> {
        let text = format!("<Response><Status>OK</Status>{inner}</Response>");
        page(
            &parse(text.as_bytes(), None).unwrap(),
            DirectoryPart::Clients,
            None,
        )
    }

    #[test]
    fn a_page_of_clients_names_the_next_one_by_its_token() {
        let page = clients(&format!(
            "<Clients><Client><Name>Māori &amp; Co</Name><UUID>{ID}</UUID></Client>\
             <Client><Name>old</Name><UUID>{ID}</UUID><IsArchived>Yes</IsArchived></Client>\
             <Client><Name>odd</Name></Client></Clients>\
             <Pagination><Links><First>x</First>\
             <Next>https://evil.example/client.api/paged-list?pageSize=500&amp;pageToken=a%2Bb%3D</Next>\
             </Links></Pagination>"
        ))
        .unwrap();
        assert_eq!(page.rows.len(), 1);
        assert_eq!(page.rows[0].name, "Māori & Co");
        assert_eq!(page.next.as_deref(), Some("a+b="));
    }

    #[test]
    fn changed_clients_are_told_with_those_that_are_archived_or_deleted() {
        let text = format!(
            "<Response><Clients><Client><UUID>{ID}</UUID><Name>a</Name><IsArchived>No</IsArchived>\
             </Client><Client><UUID>{ID}</UUID><IsArchived>Yes</IsArchived></Client>\
             <Client><UUID>{ID}</UUID><IsDeleted>true</IsDeleted></Client></Clients></Response>"
        );
        let told = super::clients(&parse(text.as_bytes(), None).unwrap()).unwrap();
        let standings: Vec<_> = told.iter().map(|client| client.standing).collect();
        let (current, gone) = (Standing::Current, Standing::Gone);
        assert_eq!(standings, [current, gone, gone]);
    }

    #[test]
    fn the_last_page_has_no_next() {
        for end in [
            "",
            "<Pagination/>",
            "<Pagination><Links><Next /></Links></Pagination>",
        ] {
            assert_eq!(clients(&format!("<Clients />{end}")).unwrap().next, None);
        }
        let relative = "<Pagination><Links><Next>/c?pageToken=7</Next></Links></Pagination>";
        let next = clients(&format!("<Clients />{relative}")).unwrap().next;
        assert_eq!(next.as_deref(), Some("7"));
        let bare = "<Pagination><Links><Next>dG9r=</Next></Links></Pagination>";
        let next = clients(&format!("<Clients />{bare}")).unwrap().next;
        assert_eq!(next.as_deref(), Some("dG9r="));
        let none = "<Pagination><Links><Next>https://x/</Next></Links></Pagination>";
        assert!(clients(&format!("<Clients />{none}")).is_err());
        assert!(matches!(clients(""), Err(WireError::Missing("Clients"))));
    }

    #[test]
    fn staff_have_an_e_mail_address() {
        let text = format!(
            "<Response><StaffList><Staff><UUID>{ID}</UUID><Name>Ana</Name><Email>ana@x.nz</Email>\
             <Phone></Phone></Staff></StaffList></Response>"
        );
        let root = parse(text.as_bytes(), None).unwrap();
        let page = page(&root, DirectoryPart::Staff, None).unwrap();
        assert_eq!(page.rows[0].email.as_deref(), Some("ana@x.nz"));
        assert_eq!(page.next, None);
    }
}
