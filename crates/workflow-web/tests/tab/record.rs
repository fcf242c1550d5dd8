//! The practice's audit: filtered, paged, exported, and with its chain checked.

use axum::http::{StatusCode, header};
use workflow_core::audit::{Chain, Entry};
use workflow_web::Role;

use crate::browser::{Browser, Seen};
use crate::support::sample::Sample;
use crate::support::world::mara;

async fn sample() -> (Sample, Browser) {
    let sample = Sample::new().await;
    let browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    (sample, browser)
}

fn seqs(page: &Seen) -> Vec<u64> {
    let last = |by: String| by.rsplit(' ').next().unwrap().parse().unwrap();
    page.all(".entry-by").into_iter().map(last).collect()
}

async fn stored(sample: &Sample) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    loop {
        let before = all.last().map(|entry| entry.seq);
        let page = sample.practice.audit(None, before, 1_000).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[tokio::test]
async fn the_whole_audit_is_paged_without_a_gap_and_each_page_is_checked() {
    let (sample, mut browser) = sample().await;
    let all: Vec<u64> = stored(&sample)
        .await
        .iter()
        .map(|entry| entry.seq)
        .collect();
    assert!(all.len() > 100);
    let mut seen = Vec::new();
    let mut path = "/audit".to_owned();
    loop {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        let chain = page.one(".chain.good");
        let these = seqs(&page);
        let expected = format!(
            "Entries {} to {} follow one another in the chain.",
            these.last().unwrap(),
            these[0]
        );
        assert_eq!(chain, expected);
        seen.extend(these);
        match page.attr("nav.pages a:last-child", "href") {
            Some(to) if to.contains("before=") => {
                path = to.strip_prefix("/clients").unwrap().to_owned();
            }
            _ => break,
        }
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn the_audit_is_filtered_by_workflow_client_person_kind_and_days() {
    let (sample, mut browser) = sample().await;
    let all = stored(&sample).await;
    let skipped = browser
        .get("/audit?kind=decision&by=mara&client=harbour")
        .await;
    let texts = skipped.all(".entry-what");
    assert!(
        texts.contains(&"Skipped Thu 31 Dec 2026: The client closes over Christmas.".to_owned())
    );
    assert!(
        texts.iter().all(|text| {
            ["Skipped", "Moved", "Paused"]
                .iter()
                .any(|word| text.starts_with(word))
        }),
        "{texts:?}"
    );
    assert!(
        skipped
            .all(".entry-about")
            .contains(&"Harbour Café Pty Ltd, Bookkeeping {month}".to_owned())
    );
    let of_one = browser
        .get(&format!("/audit?workflow={}", sample.failed))
        .await;
    let theirs = all.iter().filter(|entry| {
        entry.line.subject == workflow_core::audit::Subject::Workflow(sample.failed)
    });
    assert_eq!(seqs(&of_one).len(), theirs.count().min(50));
    assert!(
        of_one
            .one(".lead")
            .starts_with("Of Harbour Café Pty Ltd, Payroll tax {month} alone.")
    );
    let trouble = browser
        .get("/audit?kind=trouble&from=2026-11-07&until=2026-11-07")
        .await;
    assert_eq!(
        trouble.all(".entry-what"),
        [
            "Sat 7 Nov 2026 failed: XPM refused it: the client is archived in XPM: restore it there. A person decides."
        ]
    );
    let nobody = browser.get("/audit?by=nobody").await;
    assert!(nobody.text().contains("No entry is of that kind."));
    let other = browser.get("/audit?client=nursery").await;
    assert_eq!(
        other.all(".entry-what"),
        ["Client Blue Gum Nursery was added."]
    );
}

#[tokio::test]
async fn a_filter_with_a_fault_says_so_and_a_name_that_fits_several_offers_them() {
    let (sample, mut browser) = sample().await;
    for (query, field, says) in [
        (
            "client=nobody",
            "#p-client",
            "No client’s name holds “nobody”.",
        ),
        (
            "from=yesterday",
            "#p-from",
            "Give a date such as 30 November 2026.",
        ),
        (
            "kind=odd",
            "#p-kind",
            "Choose one of those that are offered.",
        ),
    ] {
        let page = browser.get(&format!("/audit?{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(page.one(field), says);
    }
    let page = browser.get("/audit?client=e&kind=practice").await;
    assert!(
        page.all(".filter .plain a")
            .contains(&"Blue Gum Nursery".to_owned())
    );
    let to = page.attr(".filter .plain a", "href").unwrap();
    let page = browser.get(to.strip_prefix("/clients").unwrap()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.has("option[value=practice][selected]"),
        "the rest of the filter is kept"
    );
    let unknown = format!("/audit?workflow={}", sample.harbour);
    assert_eq!(browser.get(&unknown).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_changed_record_says_what_it_was_and_what_it_is() {
    let (sample, mut browser) = sample().await;
    let mut client = sample
        .practice
        .client(sample.empty)
        .await
        .unwrap()
        .unwrap()
        .value;
    client.name = "Blue Gum Garden Centre".parse().unwrap();
    sample.practice.put_client(mara(), client).await.unwrap();
    let page = browser.get("/audit?client=garden").await;
    assert_eq!(
        page.all(".entry-what")[0],
        "Client Blue Gum Garden Centre was changed."
    );
    assert_eq!(
        page.all(".changes li"),
        ["Name: Blue Gum Nursery → became Blue Gum Garden Centre"]
    );
}

#[tokio::test]
async fn the_export_holds_every_entry_once_and_its_hashes_hold() {
    let (sample, mut browser) = sample().await;
    let all = stored(&sample).await;
    let file = browser.get("/audit.json").await;
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(
        file.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"audit-acme-2026-11-23.json\""
    );
    let read: serde_json::Value = serde_json::from_str(&file.body).unwrap();
    assert_eq!(read["practice"], "acme");
    let entries = read["entries"].as_array().unwrap();
    let entries: Vec<Entry> = entries
        .iter()
        .map(|entry| serde_json::from_value(entry.clone()).unwrap())
        .collect();
    assert_eq!(entries, all);
    let mut chain = Chain::start(sample.practice.id().clone());
    for entry in entries.iter().rev() {
        chain.follow(entry).unwrap();
    }
    let sheet = browser.get("/audit.csv?kind=decision").await;
    let lines: Vec<&str> = sheet.body.trim_end().split("\r\n").collect();
    assert_eq!(
        lines[0],
        "entry,at,who,kind of actor,about,kind,what,changes,hash"
    );
    let page = browser.get("/audit?kind=decision").await;
    assert_eq!(lines.len() - 1, seqs(&page).len());
    assert!(
        lines[1].contains("\"Mara Lindqvist\",\"person\""),
        "{}",
        lines[1]
    );
    let refused = browser.get("/audit.csv?client=nobody").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_export_of_more_than_a_page_of_the_store_is_whole() {
    let (sample, mut browser) = sample().await;
    for number in 1_000..1_700 {
        let name = format!("Client, \"{number}\"");
        sample.world.client(&sample.practice, number, &name).await;
    }
    let all = stored(&sample).await;
    let sheet = browser.get("/audit.csv").await;
    let lines: Vec<&str> = sheet.body.trim_end().split("\r\n").collect();
    assert_eq!(lines.len() - 1, all.len());
    for (line, entry) in lines[1..].iter().zip(&all) {
        assert!(line.starts_with(&format!("\"{}\",", entry.seq)), "{line}");
        assert!(line.ends_with(&format!("\"{}\"", entry.hash)), "{line}");
    }
}

#[tokio::test]
async fn the_whole_chain_is_checked_when_somebody_asks() {
    let (sample, mut browser) = sample().await;
    let page = browser.get("/audit/check").await;
    let all = stored(&sample).await;
    assert!(
        page.one(".flash").starts_with("The chain holds."),
        "{}",
        page.text()
    );
    assert!(
        page.one(".flash")
            .contains(&format!("{} entries", all.len()))
    );
    assert_eq!(page.one("code"), all[0].hash.to_string());
    let again = browser.get("/audit/check").await;
    assert_eq!(
        again.status,
        StatusCode::OK,
        "the place of the first check is free again"
    );
}

#[tokio::test]
async fn the_audit_of_another_practice_is_in_no_page_and_no_file() {
    let (sample, _) = sample().await;
    let other = sample.world.practice("other", "Other Accounting").await;
    let mut browser = Browser::of(&sample.world.workflows, other.id(), Role::Administrator);
    for path in ["/audit", "/audit.csv", "/audit.json"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            !page.body.contains("Harbour") && !page.body.contains("Acme"),
            "{path}"
        );
    }
    let theirs = format!("/audit.csv?workflow={}", sample.bas);
    assert_eq!(browser.get(&theirs).await.status, StatusCode::NOT_FOUND);
}
