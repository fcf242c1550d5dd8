//! Clients, staff, templates and categories against the exact XML.

use crate::common::{AROHA, BEN, Fixture, GST, KAURI, TAX, error};
use uuid::Uuid;
use xpm_sandbox::Standing;

fn row(uuid: Uuid, name: &str, archived: &str) -> String {
    format!(
        "<Client><UUID>{uuid}</UUID><Name>{name}</Name><Email></Email><Address></Address>\
         <Phone></Phone><IsArchived>{archived}</IsArchived><IsDeleted>No</IsDeleted></Client>"
    )
}

#[tokio::test]
async fn short_lists_are_exact() {
    let xpm = Fixture::quiet().await;
    assert_eq!(
        xpm.get("template.api/list").await.body,
        format!(
            "<Response api-method=\"List\"><Status>OK</Status><Templates><Template>\
             <UUID>{GST}</UUID><Name>GST Return</Name></Template></Templates></Response>"
        )
    );
    assert_eq!(
        xpm.get("category.api/list").await.body,
        format!(
            "<Response api-method=\"List\"><Status>OK</Status><Categories><Category>\
             <UUID>{TAX}</UUID><Name>Tax</Name></Category></Categories></Response>"
        )
    );
    let ben = format!(
        "<Staff><UUID>{BEN}</UUID><Name>Ben O&apos;Leary</Name><Email>ben@example.nz</Email>\
         <Phone></Phone><Mobile></Mobile><Address></Address><PayrollCode></PayrollCode></Staff>"
    );
    let listed = xpm.get("staff.api/list").await.body;
    let start = "<Response api-method=\"List\"><Status>OK</Status><StaffList><Staff>";
    assert!(listed.starts_with(start), "{listed}");
    assert!(
        listed.ends_with(&format!("{ben}</StaffList></Response>")),
        "{listed}"
    );
    assert_eq!(
        xpm.get(&format!("staff.api/get/{BEN}")).await.body,
        format!("<Response api-method=\"Get\"><Status>OK</Status>{ben}</Response>")
    );
    let unknown = xpm.get(&format!("staff.api/get/{KAURI}")).await.body;
    assert_eq!(unknown, error("Get", "Invalid staff identifier"));
}

#[tokio::test]
async fn clients_are_listed_archived_ones_too_and_searched_without_them() {
    let xpm = Fixture::quiet().await;
    let old = Uuid::from_u128(2);
    let mut archived = xpm.state().client(KAURI).unwrap();
    (archived.uuid, archived.standing) = (old, Standing::Archived);
    xpm.state().put_client(archived).unwrap();
    let envelope = |method: &str, rows: &str| {
        format!("<Response api-method=\"{method}\"><Status>OK</Status>{rows}</Response>")
    };
    let both = [
        row(KAURI, "Kauri &amp; Sons", "No"),
        row(old, "Kauri &amp; Sons", "Yes"),
    ];
    assert_eq!(
        xpm.get("client.api/list").await.body,
        envelope("List", &format!("<Clients>{}</Clients>", both.concat()))
    );
    assert_eq!(
        xpm.get("client.api/search?query=KAURI%20%26").await.body,
        envelope("Search", &format!("<Clients>{}</Clients>", both[0]))
    );
    let nothing = xpm.get("client.api/search?query=zzz").await.body;
    assert_eq!(nothing, envelope("Search", "<Clients />"));
    let unasked = xpm.get("client.api/search").await.body;
    assert_eq!(unasked, error("Search", "query is required"));
}

#[tokio::test]
async fn a_client_read_alone_shows_its_managers() {
    let xpm = Fixture::quiet().await;
    let mut client = xpm.state().client(KAURI).unwrap();
    client.account_manager = Some(AROHA);
    xpm.state().put_client(client).unwrap();
    let answer = xpm.get(&format!("client.api/get/{KAURI}")).await;
    let manager = format!(
        "<IsDeleted>No</IsDeleted><AccountManager><UUID>{AROHA}</UUID><Name>Aroha Ngata</Name>\
         </AccountManager><Groups /><Relationships /><Contacts /></Client>"
    );
    assert!(answer.body.contains(&manager), "{}", answer.body);
    let unknown = xpm.get("client.api/get/nobody").await;
    assert_eq!(unknown.body, error("Get", "Invalid client identifier"));
}

#[tokio::test]
async fn modified_since_leaves_out_what_is_older() {
    let xpm = Fixture::quiet().await;
    let newer = xpm
        .get("client.api/list?modifiedsince=2026-11-10T09:00:01")
        .await;
    assert!(newer.body.contains("<Clients />"), "{}", newer.body);
    let equal = xpm
        .get("client.api/list?modifiedsince=2026-11-10T09:00:00")
        .await;
    assert!(equal.body.contains("Kauri"), "{}", equal.body);
    let bad = xpm.get("client.api/list?modifiedsince=yesterday").await;
    assert!(
        bad.body.contains("modifiedsince is not a valid date"),
        "{}",
        bad.body
    );
}

#[tokio::test]
async fn pages_follow_their_links_to_every_current_client_once() {
    let xpm = Fixture::quiet().await;
    xpm.state().reset().unwrap();
    xpm.state().seed_practice(120).unwrap();
    let tokens = xpm.state().issue_tokens().unwrap();
    let xpm = Fixture { tokens, ..xpm };
    let mut path = Some("client.api/paged-list?pageSize=50".to_owned());
    let mut pages = Vec::new();
    while let Some(at) = path {
        let answer = xpm.get(&at).await;
        pages.push(answer.body.matches("<Client>").count());
        assert!(
            !answer.body.contains("in liquidation"),
            "archived clients are left out"
        );
        path = answer.body.contains("<Next>").then(|| {
            let link = answer.text("Next").replace("&amp;", "&");
            link.strip_prefix(&xpm.running.api_url())
                .expect("a link into the API")
                .to_owned()
        });
    }
    assert_eq!(pages, [50, 50, 19]);
    for (query, reason) in [
        ("pageSize=501", "pageSize must be between 1 and 500"),
        ("pageSize=0", "pageSize must be between 1 and 500"),
        ("pageToken=what", "Invalid page token"),
    ] {
        let answer = xpm.get(&format!("client.api/paged-list?{query}")).await;
        assert_eq!(answer.body, error("List", reason));
    }
}
