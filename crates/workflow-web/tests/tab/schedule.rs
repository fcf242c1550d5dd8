//! The schedule: every kind of rule in its form, what it would deploy, a change of recurrence from
//! its effect to its application, and a year at a glance.

use axum::http::StatusCode;
use workflow_core::ids::WorkflowId;
use workflow_core::text::Reason;
use workflow_core::workflow::{MissedRuns, Occurrence};
use workflow_web::Role;

use crate::browser::{Browser, Seen};
use crate::support::sample::Sample;
use crate::support::world::{date, mara};

async fn sample() -> (Sample, Browser) {
    let sample = Sample::new().await;
    let browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    (sample, browser)
}

fn path(sample: &Sample, id: WorkflowId, rest: &str) -> String {
    format!("/client/{}/workflow/{id}{rest}", sample.harbour)
}

/// The sentence of the workflow's schedule as it is stored.
async fn stored(sample: &Sample, id: WorkflowId) -> String {
    let found = sample.practice.workflow(id).await.unwrap().unwrap();
    found.value.plan().schedule.to_string()
}

/// The button that applies a change, with what was seen.
fn seen(page: &Seen) -> String {
    page.attr("button[name=apply]", "value").expect("a button")
}

#[tokio::test]
async fn every_kind_of_rule_is_added_by_its_own_fields() {
    let (sample, mut browser) = sample().await;
    let from = ("from", "2027-01-31");
    let months = |position: &'static str| ("position", position);
    for (fields, sentence) in [
        (
            vec![("every", "daily"), ("every_days", "3")],
            "every 3 days",
        ),
        (
            vec![("every", "business_days"), ("every_business_days", "2")],
            "every 2 business days",
        ),
        (
            vec![
                ("every", "weekly"),
                ("every_weeks", "3"),
                ("weekdays", "fri"),
                ("weekdays", "mon"),
            ],
            "every 3 weeks on Monday and Friday",
        ),
        (
            vec![
                ("every", "twice_a_month"),
                ("first_day", "31"),
                ("second_day", "15"),
            ],
            "twice a month on the 15th and the 31st",
        ),
        (
            vec![
                ("every", "monthly"),
                ("every_months", "2"),
                months("day"),
                ("day", "30"),
            ],
            "every 2 months on the 30th",
        ),
        (
            vec![("every", "monthly"), months("last_day")],
            "every month on the last day",
        ),
        (
            vec![
                ("every", "monthly"),
                months("nth_weekday"),
                ("nth", "2"),
                ("weekday", "fri"),
            ],
            "every month on the second Friday",
        ),
        (
            vec![
                ("every", "quarterly"),
                months("last_weekday"),
                ("weekday", "tue"),
            ],
            "every quarter on the last Tuesday",
        ),
        (
            vec![
                ("every", "half_yearly"),
                months("nth_business_day"),
                ("business_day", "3"),
            ],
            "every half-year on the third business day",
        ),
        (
            vec![
                ("every", "yearly"),
                ("every_months", "2"),
                months("last_business_day"),
            ],
            "every 2 years on the last business day",
        ),
        (
            vec![("every", "rrule"), ("rrule", "FREQ=MONTHLY;BYDAY=2TU")],
            "by the rule \"FREQ=MONTHLY;BYDAY=2TU\"",
        ),
    ] {
        let page = browser.get(&format!("/client/{}/new", sample.empty)).await;
        let mut fields = fields.clone();
        fields.extend([
            ("name", "Any"),
            ("when", "recurring"),
            from,
            ("ends", "after"),
            ("times", "8"),
        ]);
        let answer = browser.submit(&page, "/new", &fields).await;
        let page = browser.follow(&answer).await;
        let rule = page.one(".wf-sub .muted").to_lowercase();
        let expected = format!("{sentence}, from 31 January 2027, 8 times.").to_lowercase();
        assert_eq!(rule, expected);
        // Its own form holds it again: saving it untouched changes nothing.
        let workflows = sample
            .practice
            .workflows_of(sample.empty, None)
            .await
            .unwrap();
        let added = &workflows.last().unwrap().value;
        let before = added.plan().clone();
        let form = format!("/client/{}/workflow/{}/plan", sample.empty, added.id());
        let form = browser.get(&form).await;
        let saved = browser.submit(&form, "/plan", &[]).await;
        let page = browser.follow(&saved).await;
        assert!(
            page.one(".flash").starts_with("Nothing was changed"),
            "{sentence}"
        );
        let after = sample.practice.workflow(added.id()).await.unwrap().unwrap();
        assert_eq!(*after.value.plan(), before);
    }
}

#[tokio::test]
async fn a_sentence_is_a_rule_and_can_be_shown_as_fields() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(&format!("/client/{}/new", sample.empty)).await;
    let text = "Every quarter on the last business day, from 31 December 2026, 8 times";
    let typed = [
        ("name", "BAS {quarter}"),
        ("every", "sentence"),
        ("sentence", text),
    ];
    let mut asked = typed.to_vec();
    asked.push(("fill", "sentence"));
    let filled = browser.submit(&page, "/new", &asked).await;
    assert_eq!(filled.status, StatusCode::OK);
    let value = |name: &str| filled.attr(&format!("#f-{name}"), "value");
    assert_eq!(value("from").as_deref(), Some("2026-12-31"));
    assert_eq!(value("times").as_deref(), Some("8"));
    assert_eq!(value("name").as_deref(), Some("BAS {quarter}"));
    for (name, code) in [
        ("every", "quarterly"),
        ("position", "last_business_day"),
        ("ends", "after"),
    ] {
        let checked = filled.attr(&format!("[name={name}][checked]"), "value");
        assert_eq!(checked.as_deref(), Some(code));
    }
    let added = browser.submit(&page, "/new", &typed).await;
    let page = browser.follow(&added).await;
    assert_eq!(page.one(".wf-sub .muted"), format!("{text}."));

    let page = browser.get(&format!("/client/{}/new", sample.empty)).await;
    let blue = [
        ("every", "sentence"),
        ("sentence", "every blue moon"),
        ("fill", "sentence"),
    ];
    let refused = browser.submit(&page, "/new", &blue).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.one("#p-sentence"),
        "A unit such as month or quarter is expected at \"blue moon\"."
    );
    assert_eq!(
        refused.attr("#f-sentence", "value").as_deref(),
        Some("every blue moon")
    );
}

#[tokio::test]
async fn the_next_twelve_names_and_dates_are_shown_and_nothing_is_saved() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(&format!("/client/{}/new", sample.empty)).await;
    let fields = [
        ("name", "Close of {month}"),
        ("every", "monthly"),
        ("from", "2026-12-31"),
        ("roll", "earlier"),
        ("lead", "2"),
        ("look", "yes"),
    ];
    let shown = browser.submit(&page, "/new", &fields).await;
    assert_eq!(shown.status, StatusCode::OK);
    let rows = shown.all(".preview tbody tr");
    assert_eq!(rows.len(), 12);
    assert_eq!(
        rows[1],
        "Close of January 2027 Sun 31 Jan 2027 Wed 27 Jan 2027 Fri 29 Jan 2027 Fri 29 Jan 2027"
    );
    assert_eq!(
        shown.attr("#f-name", "value").as_deref(),
        Some("Close of {month}")
    );
    let none = sample
        .practice
        .workflows_of(sample.empty, None)
        .await
        .unwrap();
    assert!(none.is_empty());

    let unknown = [("name", "{moon}"), ("look", "yes")];
    let refused = browser.submit(&page, "/new", &unknown).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.one("#p-name").starts_with("Unknown token {moon}"));

    // A proposal that is not accepted yet is looked at as if it were.
    let page = browser
        .get(&format!("/client/{}/new", sample.harbour))
        .await;
    let accepted = [
        ("name", "{proposal}"),
        ("proposal", "P-1"),
        ("when", "on_acceptance"),
        ("look", "yes"),
    ];
    let shown = browser.submit(&page, "/new", &accepted).await;
    assert_eq!(
        shown.all(".preview tbody th"),
        ["Annual accounts 2026"],
        "{}",
        shown.text()
    );
}

#[tokio::test]
async fn a_recurrence_is_changed_after_its_effect_was_looked_at() {
    let (sample, mut browser) = sample().await;
    let form = browser.get(&path(&sample, sample.bas, "/plan")).await;
    assert_eq!(
        form.attr("#f-scope_date", "value").as_deref(),
        Some("2026-12-31")
    );
    let monthly = [("every", "monthly"), ("position", "last_business_day")];
    let effect = browser.submit(&form, "/plan", &monthly).await;
    assert_eq!(effect.status, StatusCode::OK, "{}", effect.text());
    let before = stored(&sample, sample.bas).await;
    assert!(
        before.starts_with("every quarter"),
        "nothing is changed yet"
    );
    assert_eq!(
        effect.all(".changes del, .changes ins"),
        [
            "Every quarter on the last business day, from 31 March 2026.",
            "Every month on the last business day, from 31 March 2026.",
        ]
    );
    let counts = effect.one(".diff-counts");
    for word in ["added", "covered", "kept", "frozen"] {
        assert!(counts.contains(word), "{word} in {counts}");
    }
    let rows = effect.all("table.diff tbody tr");
    let covered = rows.iter().find(|row| row.starts_with("covered")).unwrap();
    assert!(covered.contains("Mon 30 Nov 2026"), "{covered}");
    assert!(
        covered.contains("It deploys only if somebody asks for it."),
        "{covered}"
    );
    let frozen = rows.iter().find(|row| row.starts_with("frozen")).unwrap();
    assert!(
        frozen.contains("Out of reach: deployed, job J0001"),
        "{frozen}"
    );
    assert!(
        effect
            .all(".preview tbody th")
            .contains(&"BAS Jan-Mar 2027".to_owned())
    );

    let back = browser.submit(&effect, "/plan", &[("back", "yes")]).await;
    assert_eq!(
        back.attr("[name=every][checked]", "value").as_deref(),
        Some("monthly")
    );

    let apply = [("apply", &*seen(&effect))];
    let applied = browser.submit(&effect, "/plan", &apply).await;
    let page = browser.follow(&applied).await;
    assert!(page.one(".flash").starts_with("The schedule was changed."));
    assert!(stored(&sample, sample.bas).await.starts_with("every month"));
    // The same form sent again is done once.
    let again = browser.submit(&effect, "/plan", &apply).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());

    // What is covered waits for somebody to ask for it.
    let row = "#on-2026-11-30";
    let page = browser.get(&path(&sample, sample.bas, "/schedule")).await;
    assert_eq!(page.one(&format!("{row} .badge")), "covered");
    assert_eq!(
        page.all(&format!("{row} .menu-list > *")),
        ["Deploy it although it is covered"]
    );
    let asked = [("on", "2026-11-30")];
    let answer = browser.submit(&page, "/now/deploy-covered", &asked).await;
    let page = browser.follow(&answer).await;
    assert_eq!(page.one(&format!("{row} .badge")), "waiting");
}

#[tokio::test]
async fn a_stale_change_shows_what_happened_and_the_new_effect_and_loses_nothing() {
    let (sample, mut browser) = sample().await;
    let form = browser.get(&path(&sample, sample.monthly, "/plan")).await;
    let changed = [
        ("every", "weekly"),
        ("every_weeks", "2"),
        ("weekdays", "wed"),
        ("lead", "5"),
    ];
    let effect = browser.submit(&form, "/plan", &changed).await;
    let apply = seen(&effect);
    let on = Occurrence::On(date("2027-01-31"));
    let reason = Reason::new("On leave").unwrap();
    sample
        .practice
        .skip(mara(), sample.monthly, on, reason)
        .await
        .unwrap();

    let stale = browser.submit(&effect, "/plan", &[("apply", &apply)]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let notice = stale.one("section.notice");
    assert!(notice.contains("nothing was applied"), "{notice}");
    assert!(notice.contains("Mara Lindqvist"), "{notice}");
    assert_ne!(seen(&stale), apply);
    let before = stored(&sample, sample.monthly).await;
    assert!(before.starts_with("every month"));
    assert_eq!(
        stale.attr("input[name=lead]", "value").as_deref(),
        Some("5")
    );

    let applied = browser
        .submit(&stale, "/plan", &[("apply", &seen(&stale))])
        .await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text());
    let after = stored(&sample, sample.monthly).await;
    assert!(after.starts_with("every fortnight on Wednesday"), "{after}");
}

#[tokio::test]
async fn somebody_elses_change_is_told_before_it_is_replaced() {
    let sample = Sample::new().await;
    let (workflows, practice) = (&sample.world.workflows, sample.practice.id());
    let mut one = Browser::named(workflows, practice, Role::Editor, "Theo Okafor");
    let mut other = Browser::named(workflows, practice, Role::Editor, "Priya Raman");
    let at = path(&sample, sample.bas, "/plan");
    let (of_one, of_other) = (one.get(&at).await, other.get(&at).await);
    let effect = one.submit(&of_one, "/plan", &[("lead", "14")]).await;
    let applied = one
        .submit(&effect, "/plan", &[("apply", &seen(&effect))])
        .await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER);

    let told = other.submit(&of_other, "/plan", &[("lead", "3")]).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    let notice = told.one("section.notice");
    assert!(
        notice.contains("Somebody else changed this schedule"),
        "{notice}"
    );
    assert!(
        notice.contains("Lead: 7 days' lead → became 14 days' lead"),
        "{notice}"
    );
    let applied = other
        .submit(&told, "/plan", &[("apply", &seen(&told))])
        .await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER);
    let found = sample.practice.workflow(sample.bas).await.unwrap().unwrap();
    assert_eq!(found.value.plan().timing.lead.to_string(), "3 days' lead");
}

#[tokio::test]
async fn a_change_reaches_from_one_date_on_or_one_date_alone() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(&path(&sample, sample.bas, "/schedule")).await;
    let links = page.all_attrs("#on-2027-06-30 .menu-list a");
    let change = links
        .iter()
        .find(|link| link.contains("/plan?from="))
        .unwrap();
    let form = browser.get(change.strip_prefix("/clients").unwrap()).await;
    assert_eq!(
        form.attr("[name=scope][checked]", "value").as_deref(),
        Some("from")
    );
    assert_eq!(
        form.attr("#f-scope_date", "value").as_deref(),
        Some("2027-06-30")
    );
    let yearly = [
        ("every", "yearly"),
        ("from", "2027-06-30"),
        ("position", "last_day"),
    ];
    let effect = browser.submit(&form, "/plan", &yearly).await;
    assert!(effect.text().contains("For 30 June 2027 and later ones."));
    let applied = browser
        .submit(&effect, "/plan", &[("apply", &seen(&effect))])
        .await;
    let page = browser.follow(&applied).await;
    // What is owed before it stays as it was.
    for (row, state) in [
        ("2026-12-31", "waiting"),
        ("2027-03-31", "waiting"),
        ("2027-06-30", "waiting"),
    ] {
        assert_eq!(page.one(&format!("#on-{row} .badge")), state);
    }
    assert!(!page.has("#on-2027-09-30"));

    let form = browser.get(&path(&sample, sample.monthly, "/plan")).await;
    let alone = [("scope", "one"), ("scope_date", "2027-01-31")];
    let led_on = browser.submit(&form, "/plan", &alone).await;
    let page = browser.follow(&led_on).await;
    assert_eq!(page.one(".form-head"), "Move Sun 31 Jan 2027");
    let dateless = [("scope", "from"), ("scope_date", "")];
    let refused = browser.submit(&form, "/plan", &dateless).await;
    assert_eq!(refused.one("#p-scope_date"), "Choose the nominal date.");
    let early = [
        ("scope", "from"),
        ("scope_date", "2026-08-31"),
        ("lead", "1"),
    ];
    let refused = browser.submit(&form, "/plan", &early).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.one("#p-scope").contains("were dealt with"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn timing_missed_runs_and_deploys_from_are_changed_beside_the_rule() {
    let (sample, mut browser) = sample().await;
    let form = browser.get(&path(&sample, sample.monthly, "/plan")).await;
    let fields = [
        ("lead", "3"),
        ("lead_unit", "business_days"),
        ("due", "last"),
        ("due_months", "1"),
        ("due_roll", "earlier"),
        ("period", "quarter"),
        ("period_which", "before"),
        ("missed", "hold"),
    ];
    let effect = browser.submit(&form, "/plan", &fields).await;
    let applied = browser
        .submit(&effect, "/plan", &[("apply", &seen(&effect))])
        .await;
    assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text());
    let found = sample
        .practice
        .workflow(sample.monthly)
        .await
        .unwrap()
        .unwrap();
    let plan = found.value.plan();
    assert_eq!(plan.missed, MissedRuns::Hold);
    assert_eq!(plan.timing.lead.to_string(), "3 business days' lead");
    let page = browser
        .get(&path(&sample, sample.monthly, "/schedule"))
        .await;
    let lines = page.all(".lines > div");
    for line in [
        "Due date On the last day of the month after; off business days: earlier, to the last business day before",
        "Period The quarter before the nominal date",
    ] {
        assert!(
            lines.iter().any(|found| found == line),
            "{line} in {lines:#?}"
        );
    }

    let form = browser.get(&path(&sample, sample.on_date, "/plan")).await;
    assert!(
        !form.has("[name=scope]"),
        "a one-time schedule has one date"
    );
    let later = [("when", "on_date"), ("date", "2027-03-01")];
    let effect = browser.submit(&form, "/plan", &later).await;
    let applied = browser
        .submit(&effect, "/plan", &[("apply", &seen(&effect))])
        .await;
    let page = browser.follow(&applied).await;
    assert_eq!(page.one(".wf-sub .badge"), "active, next on 1 Mar 2027");
}

#[tokio::test]
async fn each_coming_date_says_how_it_came_about() {
    let (sample, mut browser) = sample().await;
    let page = browser.get(&path(&sample, sample.bas, "/schedule")).await;
    assert_eq!(
        page.all("#on-2027-03-31 .steps li"),
        [
            "31 March 2027 is in the rule every quarter on the last business day.",
            "For the quarter Jan-Mar 2027.",
            "Wed 31 Mar 2027 is a business day.",
            "7 days' lead: deploys Wed 24 Mar 2027 06:00 Australia/Sydney.",
            "Due on day 28 of April: Wed 28 Apr 2027.",
            "Named “BAS Jan-Mar 2027”.",
            "That is Tue 23 Mar 2027 19:00 UTC.",
        ]
    );
    assert!(page.all("dl.lines > div").contains(
        &"Schedule Every quarter on the last business day, from 31 March 2026.".to_owned()
    ));
    let asked = browser
        .get(&path(
            &sample,
            sample.bas,
            "/schedule?why=31%20March%202027",
        ))
        .await;
    assert_eq!(
        asked.one(".answer"),
        "Wed 31 Mar 2027. Waiting: Deploys on Wed 24 Mar 2027, 06:00."
    );
    assert_eq!(asked.all(".answer + .steps li").len(), 7);
}

#[tokio::test]
async fn a_year_is_shown_month_by_month_and_said_in_words() {
    let (sample, mut browser) = sample().await;
    let page = browser
        .get(&path(&sample, sample.monthly, "/schedule"))
        .await;
    assert_eq!(page.one("#year"), "2026 at a glance");
    assert_eq!(page.all(".month").len(), 12);
    assert_eq!(page.all(".month svg[role=img]").len(), 12);
    let said = |page: &Seen, month: u32| page.one(&format!("#m{month}-d"));
    assert_eq!(said(&page, 10), "Deployed: Sat 31.");
    assert_eq!(said(&page, 11), "Waiting: Mon 30.");
    assert_eq!(
        said(&page, 12),
        "Skipped, paused or otherwise left out: Thu 31. Holidays: Fri 25 (Christmas Day), Mon 28 \
         (Boxing Day (additional day))."
    );
    let titles = page.all(".y-day title");
    let skipped = "Thu 31 Dec 2026: skipped. The client closes over Christmas.";
    assert!(titles.contains(&skipped.to_owned()), "{titles:?}");
    assert_eq!(
        page.all(".legend li"),
        [
            "Deployed 3",
            "Waiting 1",
            "Skipped, paused or otherwise left out 1",
            "Holiday 2"
        ]
    );
    let next = page.all_attrs(".years a");
    let next = next
        .last()
        .unwrap()
        .strip_prefix("/clients")
        .unwrap()
        .to_owned();
    let page = browser.get(next.split('#').next().unwrap()).await;
    assert_eq!(page.one("#year"), "2027 at a glance");
    assert_eq!(said(&page, 2), "Waiting: Sun 28.");

    let page = browser.get(&path(&sample, sample.held, "/schedule")).await;
    assert_eq!(
        said(&page, 10),
        "Held, failed, uncertain or doubled: Wed 28."
    );
    let page = browser
        .get(&path(&sample, sample.paused, "/schedule"))
        .await;
    assert!(said(&page, 12).starts_with("Skipped, paused or otherwise left out: Thu 10."));
    // A year that cannot be shown is the present one.
    for odd in ["1", "99999", "-1", "x"] {
        let page = browser
            .get(&path(&sample, sample.bas, &format!("/schedule?year={odd}")))
            .await;
        assert_eq!(page.one("#year"), "2026 at a glance");
    }
}

#[tokio::test]
async fn hostile_input_is_refused_or_shown_as_text() {
    let (sample, mut browser) = sample().await;
    let script = "\"><script>alert(1)</script>{{7*7}}";
    let page = browser.get(&format!("/client/{}/new", sample.empty)).await;
    for (every, field) in [
        ("rrule", "rrule"),
        ("sentence", "sentence"),
        ("monthly", "day"),
    ] {
        let fields = [("name", script), ("every", every), (field, script)];
        let refused = browser.submit(&page, "/new", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(!refused.body.contains("<script>"), "{field}");
        assert!(refused.has(&format!("#p-{field}")), "{field}");
    }
    for field in ["scope", "scope_date", "every", "from", "weekdays", "rrule"] {
        let form = browser.get(&path(&sample, sample.bas, "/plan")).await;
        let fields = [("every", "rrule"), ("scope", "from"), (field, script)];
        let refused = browser.submit(&form, "/plan", &fields).await;
        assert!(!refused.status.is_server_error(), "{field}");
        assert!(!refused.body.contains("<script>"), "{field}");
    }
    let long = "FREQ=DAILY;".repeat(2_000);
    let fields = [("name", "Any"), ("every", "rrule"), ("rrule", &*long)];
    let refused = browser.submit(&page, "/new", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let words = "every ".repeat(5_000);
    let fields = [
        ("name", "Any"),
        ("every", "sentence"),
        ("sentence", &*words),
    ];
    let refused = browser.submit(&page, "/new", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused
            .one("#p-sentence")
            .starts_with("A shorter sentence is expected")
    );
    for query in [
        "why=%3Cscript%3E",
        "year=%3Cscript%3E&past=%3C",
        "inactive=%3Cscript%3E",
    ] {
        let page = browser
            .get(&path(&sample, sample.bas, &format!("/schedule?{query}")))
            .await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.body.contains("<script>"), "{query}");
    }
    // What was seen is no more than a claim: a made-up one shows the effect and applies nothing.
    let form = browser.get(&path(&sample, sample.bas, "/plan")).await;
    let forged = format!("1-{}", "0".repeat(64));
    let fields = [("lead", "1"), ("apply", &*forged)];
    let stale = browser.submit(&form, "/plan", &fields).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let found = sample.practice.workflow(sample.bas).await.unwrap().unwrap();
    assert_eq!(found.value.plan().timing.lead.to_string(), "7 days' lead");
}
