//! What each page shows.

use axum::http::StatusCode;
use workflow_core::service::ScheduleRow;
use workflow_web::Role;

use crate::browser::{Browser, Seen};
use crate::support::sample::Sample;
use crate::support::world::mara;

async fn sample() -> (Sample, Browser) {
    let sample = Sample::new().await;
    let browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    (sample, browser)
}

/// Each workflow in the navigation column: its name and its status.
fn listed(page: &Seen) -> Vec<(String, String)> {
    page.all(".nav-name")
        .into_iter()
        .zip(page.all(".nav-status"))
        .collect()
}

#[tokio::test]
async fn the_clients_are_listed_with_what_their_workflows_are_up_to() {
    let (sample, mut browser) = sample().await;
    let page = browser.get("").await;
    assert_eq!(page.status, StatusCode::OK);
    let rows = page.all("table.clients tbody tr");
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[0], "Blue Gum Nursery 0 0 none");
    assert_eq!(rows[5], "Harbour Café Pty Ltd 9 5 3 need attention");
    let link = page.attr("table.clients tbody tr:last-child a", "href");
    assert_eq!(link, Some(format!("/clients/client/{}", sample.harbour)));
    let found = browser.get("?q=hArBoUr").await;
    assert_eq!(found.all("table.clients tbody tr").len(), 1);
    assert_eq!(found.attr("#q", "value").as_deref(), Some("hArBoUr"));
    let none = browser.get("?q=nobody").await;
    assert!(none.text().contains("No client’s name holds “nobody”."));
}

#[tokio::test]
async fn many_clients_are_paged_without_a_gap() {
    let (sample, mut browser) = sample().await;
    for number in 100..180 {
        let name = format!("Client {number}");
        sample.world.client(&sample.practice, number, &name).await;
    }
    let first = browser.get("?q=client%201").await;
    let next = first.attr("nav.pages a:last-child", "href").unwrap();
    let second = browser.get(next.strip_prefix("/clients").unwrap()).await;
    let names = [first.all("tbody th"), second.all("tbody th")].concat();
    let expected: Vec<_> = (100..180)
        .map(|number| format!("Client {number}"))
        .collect();
    assert_eq!(names, expected);
    assert_eq!(second.all("nav.pages a"), ["First page"]);
}

#[tokio::test]
async fn the_tab_finds_out_where_it_is_mounted() {
    let (sample, _) = sample().await;
    let host = workflow_web::LocalHost::new(sample.practice.id().clone(), mara());
    let tab = workflow_web::router(sample.world.workflows.clone(), host);
    let mut at_root = Browser::at("", tab.clone());
    let mut deep = Browser::at("/a/b", tab);
    for (browser, base) in [(&mut at_root, ""), (&mut deep, "/a/b")] {
        let path = if base.is_empty() { "/" } else { "" };
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        let links = page.all_attrs("a[href], link[href], form[action]");
        assert!(links.len() > 8);
        for link in links {
            let within = link.strip_prefix(base).unwrap_or_else(|| panic!("{link}"));
            assert!(!within.starts_with("//"), "{link}");
        }
        let client = format!("{base}/client/{}", sample.harbour);
        assert_eq!(page.attr("tbody tr:last-child a", "href"), Some(client));
    }
}

#[tokio::test]
async fn the_strip_tells_connection_quota_and_attention() {
    let (_, mut browser) = sample().await;
    let page = browser.get("").await;
    let strip = page.one(".strip");
    for part in [
        "Acme Accounting",
        "Connected to XPM",
        "of 1000 XPM calls left today",
        " left this minute",
    ] {
        assert!(strip.contains(part), "{part} in {strip}");
    }
    let links = page.all(".main-nav a");
    let expected = [
        "Overview",
        "Clients",
        "Upcoming",
        "Needs attention 3 deployments",
        "Plan",
        "Audit",
    ];
    assert_eq!(links, expected);
}

#[tokio::test]
async fn what_needs_attention_is_listed_with_what_happened() {
    let (_, mut browser) = sample().await;
    let page = browser.get("/attention").await;
    let mut rows = page.all("table.attention tbody tr");
    rows.sort();
    assert_eq!(rows.len(), 3);
    assert!(
        rows[0].contains("ASIC review") && rows[0].contains("uncertain"),
        "{}",
        rows[0]
    );
    assert!(rows[0].contains("It is looked up by itself on Mon 23 Nov 2026"));
    assert!(rows[1].contains("Payroll tax ") && rows[1].contains("failed"));
    assert!(rows[1].contains("XPM refused it: the client is archived in XPM: restore it there."));
    assert!(rows[2].contains("Superannuation ") && rows[2].contains("held"));
    assert!(
        rows.iter().all(|row| !row.contains('{')),
        "a job has no token in its name: {rows:?}"
    );
}

#[tokio::test]
async fn active_workflows_say_what_they_await_and_inactive_ones_are_shown_on_demand() {
    let (sample, mut browser) = sample().await;
    let path = format!("/client/{}", sample.harbour);
    let active = [
        ("BAS {quarter}", "active, next on 4 Jan 2027"),
        ("Bookkeeping {month}", "active, next on 30 Nov 2026"),
        ("Payroll tax {month}", "active, needs attention"),
        ("Superannuation {quarter}", "active, needs attention"),
        ("ASIC review", "active, needs attention"),
        ("Loan application support", "active, awaits a person"),
        ("Tax return {financial_year}", "active, next on 15 Feb 2027"),
        (
            "Management reports {month}",
            "active, paused until 1 Feb 2027",
        ),
        ("Annual accounts 2026", "active, awaits acceptance"),
    ];
    let inactive = [
        ("Onboarding", "inactive, completed"),
        ("Grant application", "inactive, given up"),
        ("Catch-up bookkeeping {month}", "inactive, ended"),
        ("Advisory meeting {quarter}", "inactive, proposal closed"),
        ("Fringe benefits tax {year}", "inactive, archived"),
    ];
    let owned = |rows: &[(&str, &str)]| -> Vec<(String, String)> {
        let row = |(name, status): &(&str, &str)| ((*name).to_owned(), (*status).to_owned());
        rows.iter().map(row).collect()
    };
    let hidden = browser.get(&path).await;
    assert_eq!(listed(&hidden), owned(&active));
    assert_eq!(
        hidden.attr(".toggle button", "aria-pressed").as_deref(),
        Some("false")
    );
    assert_eq!(hidden.one(".toggle button"), "Show inactive workflows (5)");
    let shown = browser.get(&format!("{path}?inactive=show")).await;
    assert_eq!(listed(&shown), [owned(&active), owned(&inactive)].concat());
    assert_eq!(
        shown.attr(".toggle button", "aria-pressed").as_deref(),
        Some("true")
    );
    assert!(
        shown
            .attr(".nav-list a", "href")
            .unwrap()
            .ends_with("?inactive=show")
    );
}

#[tokio::test]
async fn an_opened_inactive_workflow_stays_in_the_column() {
    let (sample, mut browser) = sample().await;
    let path = format!("/client/{}/workflow/{}", sample.harbour, sample.archived);
    let page = browser.get(&path).await;
    assert_eq!(
        page.one(".nav-list a[aria-current=page] .nav-name"),
        "Fringe benefits tax {year}"
    );
    assert_eq!(page.all(".nav-list a").len(), 10);
    let notice = page.all(".notice").join(" ");
    assert!(
        notice.contains("Jobs already in XPM are closed there."),
        "{notice}"
    );
}

#[tokio::test]
async fn a_practice_without_a_connection_says_so_and_lets_people_prepare() {
    let sample = Sample::disconnected().await;
    let path = format!("/client/{}", sample.harbour);
    let as_role = |role| Browser::of(&sample.world.workflows, sample.practice.id(), role);
    let page = as_role(Role::Administrator).get(&path).await;
    assert!(
        page.one(".notice.warn")
            .contains("Workflows can be prepared meanwhile")
    );
    assert_eq!(
        page.attr(".notice.warn a", "href").as_deref(),
        Some("/connect")
    );
    assert!(page.has("a.add"));
    let page = as_role(Role::Editor).get(&path).await;
    assert!(page.one(".notice.warn").contains("Ask an administrator"));
    assert!(!page.has(".notice.warn a"));
}

#[tokio::test]
async fn the_settings_tab_names_everything_and_flags_who_is_not_linked() {
    let (sample, mut browser) = sample().await;
    let path = format!("/client/{}/workflow/{}", sample.harbour, sample.bas);
    let page = browser.get(&path).await;
    let lines = page.all(".lines > div");
    for line in [
        "Job name BAS {quarter}",
        "Category Compliance",
        "Budget 1,250.00",
        "Partner Mara Lindqvist",
        "Manager Theo Okafor",
        "Staff Theo Okafor Priya Raman",
        "Job templates BAS Bookkeeping",
        "Schedule Every quarter on the last business day, from 31 March 2026.",
        "Off business days Later, to the next business day",
        "Lead 7 days' lead",
        "Due date On day 28 of the month after; off business days: later, to the next business day",
        "Period The quarter of the nominal date",
    ] {
        assert!(
            lines.iter().any(|found| found == line),
            "{line} in {lines:#?}"
        );
    }
    assert!(page.text().contains("nominated: this workflow"));
    assert!(page.body.contains("<code>CLI-"));
    let names = page.all(".more tbody tr");
    assert_eq!(names.len(), 12);
    assert_eq!(names[0], "Thu 31 Dec 2026 BAS Oct-Dec 2026");
    assert_eq!(page.all(".subtabs a"), ["Settings", "Schedule", "Audit"]);
    assert_eq!(page.one(".subtabs a[aria-current=page]"), "Settings");
    assert_eq!(page.all(".tabs a"), ["Invoices", "Workflow"]);

    let edit = browser.get(&format!("{path}/edit")).await;
    let choices = edit.all(".f-staff .choice");
    assert_eq!(choices[0], "Jonas Weber not linked to XPM");
}

#[tokio::test]
async fn templates_that_the_services_suggest_and_the_workflow_lacks_are_pointed_out() {
    let (sample, mut browser) = sample().await;
    let path = format!("/client/{}/workflow/{}", sample.harbour, sample.awaiting);
    let page = browser.get(&path).await;
    assert_eq!(
        page.one(".hint-line"),
        "The proposal’s services suggest job templates that this workflow lacks: Annual accounts."
    );
}

#[tokio::test]
async fn the_schedule_tab_shows_dates_states_jobs_and_errors() {
    let (sample, mut browser) = sample().await;
    let path = |id| format!("/client/{}/workflow/{id}/schedule", sample.harbour);
    let page = browser.get(&path(sample.bas)).await;
    let rows = page.all("table.schedule tbody tr:first-child");
    assert_eq!(rows.len(), 15);
    assert!(
        rows[0].starts_with(
            "Tue 31 Mar 2026 Tue 24 Mar 2026 Tue 31 Mar 2026 Tue 28 Apr 2026 deployed J0001"
        ),
        "{}",
        rows[0]
    );
    assert!(
        rows[3]
            .starts_with("Thu 31 Dec 2026 Mon 4 Jan 2027 Mon 11 Jan 2027 Thu 28 Jan 2027 waiting"),
        "{}",
        rows[3]
    );
    assert_eq!(
        page.all("#on-2026-12-31 .under-row > p"),
        ["BAS Oct-Dec 2026", "A person moved it to Mon 11 Jan 2027."]
    );
    assert_eq!(
        page.all("#on-2026-12-31 .menu-list > *"),
        [
            "Create workflow in XPM",
            "Skip…",
            "Move…",
            "Change from here on…"
        ]
    );
    assert!(!page.has("#on-2026-03-31 .menu-list"));
    assert_eq!(
        page.all("#on-2026-03-31 .ledger li"),
        [
            "Create the job. done sent once",
            "Apply the job template Bookkeeping. done sent once",
            "Assign people. done sent once",
        ]
    );

    let page = browser.get(&path(sample.failed)).await;
    assert_eq!(page.one("#on-2026-11-07 .badge"), "failed");
    assert_eq!(
        page.one("#on-2026-11-07 .sentence"),
        "XPM refused it: the client is archived in XPM: restore it there."
    );
    assert_eq!(
        page.all("#on-2026-11-07 .menu-list > *"),
        ["Retry", "Adopt a job by its number…", "Give up…"]
    );
    let page = browser.get(&path(sample.held)).await;
    assert_eq!(
        page.all("#on-2026-10-28 .menu-list > *"),
        ["Release", "Give up…"]
    );
    let page = browser.get(&path(sample.monthly)).await;
    assert_eq!(page.one("#on-2026-12-31 .badge"), "skipped");
    assert_eq!(
        page.one("#on-2026-12-31 .sentence"),
        "The client closes over Christmas."
    );
}

#[tokio::test]
async fn any_date_can_be_asked_why_it_has_a_job_or_none() {
    let (sample, mut browser) = sample().await;
    let path = format!(
        "/client/{}/workflow/{}/schedule",
        sample.harbour, sample.monthly
    );
    for (date, answer) in [
        (
            "2026-12-31",
            "Thu 31 Dec 2026. Skipped: The client closes over Christmas.",
        ),
        (
            "2026-12-30",
            "Wed 30 Dec 2026. Not in the rule: The schedule gives no such date.",
        ),
        (
            "2027-01-31",
            "Sun 31 Jan 2027. Waiting: Deploys on Fri 29 Jan 2027, 06:00.",
        ),
        ("tomorrow", "Give a date such as 30 November 2026."),
    ] {
        let page = browser.get(&format!("{path}?why={date}")).await;
        assert_eq!(page.one(".answer"), answer);
    }
}

#[tokio::test]
async fn the_audit_tells_who_did_what_when_and_deployment_errors() {
    let (sample, mut browser) = sample().await;
    let path = |id| format!("/client/{}/workflow/{id}/audit", sample.harbour);
    let page = browser.get(&path(sample.failed)).await;
    let entries = page.all(".entry-what");
    assert!(
        entries.iter().any(|entry| entry.starts_with(
            "Sat 7 Nov 2026 failed: XPM refused it: the client is archived in XPM: restore it there."
        )),
        "{entries:#?}"
    );
    let page = browser.get(&path(sample.monthly)).await;
    assert!(
        page.all(".entry-what")
            .contains(&"Skipped Thu 31 Dec 2026: The client closes over Christmas.".to_owned())
    );
    let by = page.all(".entry-by");
    assert!(
        by.iter()
            .any(|by| by.starts_with("Mara Lindqvist · Mon 23 Nov 2026, 09:30 · entry "))
    );
    assert!(by.iter().any(|by| by.starts_with("Scheduler · ")));
    let page = browser.get(&path(sample.bas)).await;
    let entries = page.all(".entry-what");
    for step in ["Create the job for ", "Assign people for "] {
        let done = |entry: &String| entry.starts_with(step) && entry.contains(" is done: ");
        assert!(entries.iter().any(done), "{step}: {entries:#?}");
    }
}

#[tokio::test]
async fn a_long_audit_is_paged_without_a_gap() {
    let (sample, mut browser) = sample().await;
    let path = format!(
        "/client/{}/workflow/{}/audit",
        sample.harbour, sample.monthly
    );
    let seq = |page: &Seen| -> Vec<u64> {
        let last = |by: String| by.rsplit(' ').next().unwrap().parse().unwrap();
        page.all(".entry-by").into_iter().map(last).collect()
    };
    let id = sample.monthly;
    // More than a page of entries: each skip is one.
    for row in sample.practice.schedule(id, 40).await.unwrap() {
        if let ScheduleRow::Coming(next) = row {
            let (by, reason) = (mara(), "not wanted".parse().unwrap());
            let skipped = sample.practice.skip(by, id, next.occurrence, reason).await;
            skipped.unwrap();
        }
    }
    let subject = Some(workflow_core::audit::Subject::Workflow(id));
    let all = sample.practice.audit(subject, None, 1_000).await.unwrap();
    let all: Vec<u64> = all.into_iter().map(|entry| entry.seq).collect();
    let first = browser.get(&path).await;
    let older = format!("{path}?before={}", seq(&first).last().unwrap());
    assert_eq!(seq(&first).len(), 50.min(all.len()));
    let second = browser.get(&older).await;
    let both = [seq(&first), seq(&second)].concat();
    assert_eq!(both[..], all[..both.len()]);
    assert!(all.len() > 50, "{}", all.len());
}

#[tokio::test]
async fn every_page_has_landmarks_a_skip_link_and_labels_for_its_controls() {
    let (sample, mut browser) = sample().await;
    let workflow = format!("/client/{}/workflow/{}", sample.harbour, sample.bas);
    let pages = [
        String::new(),
        "/attention".into(),
        "/overview".into(),
        "/plan".into(),
        "/plan/preview?do=until&until=2027-01-31".into(),
        "/plan/preview?do=replace&from=person-2&to=person-3&on=2027-01-01".into(),
        "/preflight".into(),
        "/calendar".into(),
        "/audit".into(),
        "/audit/check".into(),
        "/upcoming?month=2026-12".into(),
        "/upcoming?month=2026-12&view=list".into(),
        "/search?q=bas".into(),
        "/why?client=a&date=2026-12-31".into(),
        format!("/client/{}?why=2026-12-31", sample.harbour),
        format!("/client/{}/new", sample.harbour),
        workflow.clone(),
        format!("{workflow}/schedule"),
        format!("{workflow}/audit"),
        format!("{workflow}/edit"),
        format!("{workflow}/billing"),
        format!("{workflow}/plan"),
        format!("{workflow}/do/archive"),
        format!("{workflow}/do/skip?on=2026-12-31"),
    ];
    for path in pages {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.all("h1").len(), 1, "{path}");
        assert!(
            page.has("a.skip[href='#main']") && page.has("main#main"),
            "{path}"
        );
        assert!(page.has("html[lang]") && page.has("title"), "{path}");
        for table in page.all("table") {
            assert!(page.has("table caption"), "{table}");
        }
        assert_eq!(page.body.matches("<script").count(), 1, "{path}");
        for tag in ["<script>", "style=", " onclick"] {
            assert!(!page.body.contains(tag), "{tag} on {path}");
        }
        assert_controls_are_labelled(&page, &path);
        assert_headings_step_by_one(&page, &path);
    }
}

fn assert_controls_are_labelled(page: &Seen, path: &str) {
    let html = scraper::Html::parse_document(&page.body);
    let controls = crate::browser::css("input:not([type=hidden]), select, textarea");
    for control in html.select(&controls) {
        let value = control.value();
        let by_id = value
            .id()
            .is_some_and(|id| page.has(&format!("label[for='{id}']")));
        let around = control
            .ancestors()
            .filter_map(scraper::ElementRef::wrap)
            .any(|parent| parent.value().name() == "label");
        let labelled = by_id || around || value.attr("aria-label").is_some();
        assert!(labelled, "{} on {path}", control.html());
    }
}

fn assert_headings_step_by_one(page: &Seen, path: &str) {
    let html = scraper::Html::parse_document(&page.body);
    let mut before = 0;
    for heading in html.select(&crate::browser::css("h1, h2, h3, h4")) {
        let level: u32 = heading.value().name()[1..].parse().unwrap();
        assert!(level <= before + 1, "h{level} after h{before} on {path}");
        before = level;
    }
}
