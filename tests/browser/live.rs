//! What happens shows without a reload: in another window, to whoever types, and to whoever hears
//! the page read aloud.

use thirtyfour::WebDriver;
use workflow_core::ports::gateway::Failure;
use workflow_core::service::NewWorkflow;
use workflow_core::testing::CallKind;

use crate::rules::begin;
use crate::tab::Tab;
use crate::tests;
use crate::world::{World, date, mara};

tests![
    what_one_window_deploys_another_shows_without_a_reload,
    what_somebody_typed_stays_and_what_is_new_is_shown_when_they_say_so,
    a_menu_that_is_open_does_not_change_under_the_hand,
    a_page_that_was_out_of_sight_shows_what_happened_meanwhile,
];

/// Marks the page, so that it is known from one that was loaded anew; and waits until it follows
/// what happens.
async fn follow(tab: &Tab) {
    tab.run("window.stayed = true", Vec::new()).await;
    tab.comes("document.querySelector('main[data-live-open]') !== null")
        .await;
}

async fn stayed(tab: &Tab) {
    let stayed = tab.run("return window.stayed === true", Vec::new()).await;
    assert_eq!(stayed, true, "the page was loaded anew");
}

/// What the page has read aloud.
async fn said(tab: &Tab) -> String {
    let script = "return document.querySelector('main > p[role=status]').textContent";
    let said = tab.run(script, Vec::new()).await;
    said.as_str().unwrap_or_default().to_owned()
}

async fn what_one_window_deploys_another_shows_without_a_reload(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(NewWorkflow::named("Loan application")).await;
    tab.open_workflow(world.harbour, id, "/schedule").await;
    follow(&tab).await;
    let first = driver.window().await.expect("a window");
    let second = driver.new_window().await.expect("another window");
    driver.switch_to_window(second).await.expect("it is there");
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.press("Create workflow in XPM").await;
    world.run().await;
    driver.close_window().await.expect("it is closed");
    driver.switch_to_window(first).await.expect("it is there");
    let number = world.jobs().pop().expect("a job").number;
    tab.comes(&format!("document.body.innerText.includes('{number}')"))
        .await;
    stayed(&tab).await;
    let badge = tab.text(".wf-head .badge").await.to_lowercase();
    assert_eq!(badge, "inactive, completed");
    // It is not shown among the active ones any more.
    let heads = tab.texts("nav.side .side-head").await;
    assert_eq!(heads.first().map(String::as_str), Some("Active 0"));
    let said = said(&tab).await;
    assert!(
        said.contains("Loan application: inactive, completed"),
        "{said}"
    );
}

/// A deployment that fails, so that it needs attention.
async fn fails(world: &World) {
    let text = "the client is archived in XPM: restore it there".to_owned();
    let refused = Failure::Refused { text };
    world.gateway.fail_next(CallKind::CreateJob, refused);
    let new = NewWorkflow::named("Onboarding").on_date(date("2026-11-23"));
    world.add(new).await;
    world.run().await;
}

async fn what_somebody_typed_stays_and_what_is_new_is_shown_when_they_say_so(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    tab.open("/overview").await;
    follow(&tab).await;
    tab.fill("Search clients and workflows", "harb").await;
    fails(&world).await;
    // The count is outside of what they are at.
    tab.comes("document.querySelector('.main-nav .pill')?.innerText.startsWith('1')")
        .await;
    tab.comes("!document.querySelector('.live-held').hidden")
        .await;
    assert_eq!(tab.texts(".counts .bad").await, Vec::<String>::new());
    assert_eq!(tab.value("Search clients and workflows").await, "harb");
    tab.act("Show what is new").await;
    tab.comes("document.querySelector('.counts .bad')?.innerText === '1'")
        .await;
    assert_eq!(tab.value("Search clients and workflows").await, "harb");
    assert_eq!(tab.texts(".live-held").await, Vec::<String>::new());
    stayed(&tab).await;
}

async fn a_menu_that_is_open_does_not_change_under_the_hand(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(NewWorkflow::named("Loan application")).await;
    tab.open_workflow(world.harbour, id, "").await;
    follow(&tab).await;
    tab.open_menu("Commands for this workflow").await;
    let kept = world.practice.archive(mara(), id).await;
    kept.expect("archived");
    tab.comes("!document.querySelector('.live-held').hidden")
        .await;
    assert!(tab.offers("Archive").await);
    // Once it is closed, what is new shows by itself.
    tab.open_menu("Commands for this workflow").await;
    tab.comes("document.querySelector('.live-held').hidden")
        .await;
    assert!(!tab.offers("Archive").await);
    stayed(&tab).await;
}

async fn a_page_that_was_out_of_sight_shows_what_happened_meanwhile(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    tab.open("/attention").await;
    follow(&tab).await;
    let set = |hidden: bool| {
        format!(
            "Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }}); \
             document.dispatchEvent(new Event('visibilitychange'))"
        )
    };
    tab.run(&set(true), Vec::new()).await;
    fails(&world).await;
    tab.see("Nothing needs attention").await;
    tab.run(&set(false), Vec::new()).await;
    tab.comes("document.body.innerText.includes('Onboarding')")
        .await;
    stayed(&tab).await;
}
