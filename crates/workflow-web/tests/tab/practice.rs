//! The pages about the practice as a whole: overview, what is upcoming, search, and why there is no
//! job.

use axum::http::{StatusCode, header};
use workflow_web::Role;

use crate::browser::{Browser, Seen};
use crate::support::sample::Sample;

async fn sample() -> (Sample, Browser) {
    let sample = Sample::new().await;
    let browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    (sample, browser)
}

/// A link of a page, as the browser asks for it.
fn link(page: &Seen, selector: &str) -> String {
    let to = page.attr(selector, "href");
    let to = to.unwrap_or_else(|| panic!("{selector} on {}", page.text()));
    to.strip_prefix("/clients").unwrap().to_owned()
}

#[tokio::test]
async fn the_overview_counts_what_needs_attention_and_lists_what_is_due() {
    let (sample, mut browser) = sample().await;
    let page = browser.get("/overview").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.one("section[aria-labelledby=attention-head] dl"),
        "Failed 1 Uncertain 1 Held 1"
    );
    assert!(page.text().contains("Nothing is due today."));
    let day = chrono::TimeDelta::days(1);
    sample.world.clock.advance(day);
    let page = browser.get("/overview").await;
    let week = page.all("section[aria-labelledby=week-head] tbody tr");
    assert_eq!(
        week,
        [
            "Mon 30 Nov 2026 06:00 Bookkeeping November 2026 Harbour Café Pty Ltd Mon 30 Nov 2026 Mon 30 Nov 2026"
        ]
    );
    assert!(page.text().contains("costs 0 calls, this week 1."));
    sample.world.clock.advance(day * 6);
    let page = browser.get("/overview").await;
    let today = page.all("section[aria-labelledby=today-head] tbody tr th");
    assert_eq!(today, ["Bookkeeping November 2026"]);
    assert_eq!(page.one("#today-head"), "Due today 1");
    let row = browser
        .get(&link(&page, "section[aria-labelledby=today-head] th a"))
        .await;
    assert_eq!(row.status, StatusCode::OK);
    sample.world.run(&sample.practice).await;
    let page = browser.get("/overview").await;
    assert!(page.text().contains("1 deployed today"));
    assert!(page.text().contains("Nothing more is due today."));
}

#[tokio::test]
async fn a_month_is_a_calendar_and_each_day_has_its_list() {
    let (_, mut browser) = sample().await;
    let page = browser.get("/upcoming?month=2026-12").await;
    assert_eq!(page.one("#shown-head"), "December 2026 5 jobs");
    let days = page.all("table.calendar td.day:not(.bare)");
    assert_eq!(days.len(), 2);
    assert!(days[0].starts_with("7 Mon 7 Dec 2026 Payroll tax December 2026"));
    let holidays = page.all("table.calendar .day-note");
    assert_eq!(holidays, ["Christmas Day", "Boxing Day (additional day)"]);
    // Four jobs on the 31st: three are named, and the day's list has them all.
    assert!(
        days[1].ends_with("1 more on Thu 31 Dec 2026"),
        "{}",
        days[1]
    );
    let list = browser.get(&link(&page, "td.day p a")).await;
    assert_eq!(list.all("tbody tr").len(), 4);
    assert_eq!(list.one("#shown-head"), "Thu 31 Dec 2026");
    let before = browser.get(&link(&page, "nav.years a:first-child")).await;
    assert!(before.one("#shown-head").starts_with("November 2026"));
    assert_eq!(
        before.all("nav.years a").len(),
        1,
        "nothing lies before this month"
    );
}

#[tokio::test]
async fn the_list_of_a_month_is_paged_without_a_gap() {
    let (sample, mut browser) = sample().await;
    for number in 100..170 {
        let name = format!("Client {number}");
        let client = sample.world.client(&sample.practice, number, &name).await;
        let new = workflow_core::service::NewWorkflow::named("Visit {client}")
            .client(client)
            .on_date("2027-06-09".parse().unwrap());
        let by = crate::support::world::mara();
        sample.practice.add(by, new).await.unwrap();
    }
    let first = browser.get("/upcoming?month=2027-06&view=list").await;
    assert_eq!(first.all("tbody tr").len(), 50);
    let second = browser.get(&link(&first, "nav.pages a:last-child")).await;
    let names = [first.all("tbody th"), second.all("tbody th")].concat();
    let mut visits: Vec<_> = names
        .iter()
        .filter(|name| name.starts_with("Visit"))
        .collect();
    visits.dedup();
    assert_eq!(visits.len(), 70);
    assert_eq!(second.all("nav.pages a"), ["First page"]);
}

#[tokio::test]
async fn upcoming_deployments_of_one_client_leave_out_the_others() {
    let (sample, mut browser) = sample().await;
    let page = browser
        .get(&format!(
            "/upcoming?month=2026-12&view=list&client={}",
            sample.harbour
        ))
        .await;
    assert_eq!(page.all("tbody th"), ["Payroll tax December 2026"]);
    assert!(
        page.one(".lead")
            .starts_with("Of Harbour Café Pty Ltd alone.")
    );
    let all = browser.get(&link(&page, ".lead a")).await;
    assert_eq!(all.all("tbody th").len(), 5);
}

#[tokio::test]
async fn a_month_out_of_reach_and_a_broken_address_are_refused() {
    let (_, mut browser) = sample().await;
    for month in ["2026-10", "2028-12", "2026-13", "soon"] {
        let page = browser.get(&format!("/upcoming?month={month}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{month}");
        assert_eq!(
            page.one("[role=alert]"),
            "Choose a month from November 2026 to November 2028."
        );
    }
    let page = browser.get("/upcoming?view=list&after=nowhere").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_search_finds_workflows_by_their_words_and_their_clients() {
    let (sample, mut browser) = sample().await;
    let page = browser.get("/search?q=hArBoUr%20bas").await;
    assert_eq!(
        page.all("tbody tr"),
        ["BAS {quarter} Harbour Café Pty Ltd active, next on 4 Jan 2027"]
    );
    let workflow = browser.get(&link(&page, "tbody th a")).await;
    assert!(workflow.one("h2.wf-name, .wf-title h2").contains("BAS"));
    let page = browser.get("/search?q=nursery").await;
    assert_eq!(page.all(".plain li"), ["Blue Gum Nursery"]);
    let none = browser.get("/search?q=%3Cb%3E").await;
    assert!(
        none.text()
            .contains("No client and no workflow holds “<b>”.")
    );
    let nothing = browser.get("/search").await;
    assert!(nothing.text().contains("Type a part of a client’s name"));
    drop(sample);
}

#[tokio::test]
async fn why_there_is_no_job_is_asked_by_a_part_of_the_client_s_name() {
    let (sample, mut browser) = sample().await;
    let page = browser.get("/why?client=harbour&date=2026-12-31").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let to = page.headers[header::LOCATION].to_str().unwrap();
    let client = format!("/clients/client/{}?why=2026-12-31#why-head", sample.harbour);
    assert_eq!(to, client);
    let page = browser.follow(&page).await;
    let answers = page.all(".answers > div");
    assert!(
        answers.contains(&"BAS {quarter} Waiting: Deploys on Mon 4 Jan 2027, 06:00.".to_owned())
    );
    assert!(
        answers
            .contains(&"Bookkeeping {month} Skipped: The client closes over Christmas.".to_owned())
    );
    assert!(
        page.text()
            .contains("The schedules of the other 5 do not give that date.")
    );
    let several = browser.get("/why?client=e&date=2026-12-31").await;
    assert!(several.all(".plain a").len() > 1);
    let none = browser.get("/why?client=nobody&date=2026-12-31").await;
    assert_eq!(
        none.one("[role=status]"),
        "No client’s name holds “nobody”."
    );
}

#[tokio::test]
async fn one_workflow_can_be_asked_alone_and_a_date_that_is_none_is_refused() {
    let (sample, mut browser) = sample().await;
    let path = format!("/client/{}", sample.harbour);
    let page = browser
        .get(&format!("{path}?of={}&why=2026-12-30", sample.monthly))
        .await;
    assert_eq!(
        page.all(".answers > div"),
        ["Bookkeeping {month} Not in the rule: The schedule gives no such date."]
    );
    let page = browser.get(&format!("{path}?why=31.12.")).await;
    assert_eq!(
        page.one("#why-problem"),
        "Give a date such as 30 November 2026."
    );
    assert_eq!(page.attr("#why", "value").as_deref(), Some("31.12."));
}

#[tokio::test]
async fn the_pages_about_the_practice_show_nothing_of_another() {
    let (sample, _) = sample().await;
    let other = sample.world.practice("other", "Other Accounting").await;
    let mut browser = Browser::of(&sample.world.workflows, other.id(), Role::Administrator);
    for path in [
        "/overview",
        "/upcoming?month=2026-12",
        "/search?q=bas",
        "/why?client=harbour",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let text = page.text();
        assert!(
            !text.contains("Harbour") && !text.contains("BAS Oct"),
            "{path}: {text}"
        );
    }
    let theirs = format!("/upcoming?client={}", sample.harbour);
    assert_eq!(browser.get(&theirs).await.status, StatusCode::NOT_FOUND);
}
