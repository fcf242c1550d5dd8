//! The tab without a mouse.

use thirtyfour::prelude::*;
use workflow_web::Role;

use crate::tab::Tab;
use crate::tests;
use crate::world::World;

tests![a_quarterly_workflow_is_added_deployed_now_and_its_audit_read_by_keyboard_alone];

/// More stops than any page has.
const STOPS: usize = 150;

/// A person at the keyboard.
struct Keys<'a> {
    tab: &'a Tab,
}

impl Keys<'_> {
    /// Presses a key, wherever the focus is.
    async fn press(&self, key: Key) {
        let focus = self.tab.driver().active_element().await.expect("a focus");
        focus.send_keys(key).await.expect("a key");
    }

    async fn write(&self, text: &str) {
        let focus = self.tab.driver().active_element().await.expect("a focus");
        focus.send_keys(text).await.expect("it can be typed into");
    }

    /// What has the focus, as a screen reader names it; and whether it is seen to have it: by its
    /// outline, or in the part of a date that the browser itself marks, or by the label or switch
    /// that stands for what is hidden.
    async fn focus(&self) -> (String, bool) {
        let script = "const e = document.activeElement; const style = getComputedStyle(e); \
                      const label = e.getAttribute('aria-label') \
                      || (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText || ''; \
                      const switched = e.parentElement.querySelector(':scope > label, .switch'); \
                      const box = e.getBoundingClientRect(); \
                      return [label.trim(), style.outlineStyle !== 'none' || e.type === 'date' \
                      || box.width < 2 && switched !== null]";
        let found = self.tab.run(script, Vec::new()).await;
        serde_json::from_value(found).expect("a name")
    }

    /// Goes on by Tab until something has the focus whose name begins so.
    async fn reach(&self, name: &str) {
        let mut passed = Vec::new();
        for _ in 0..STOPS {
            self.press(Key::Tab).await;
            let (found, is_seen) = self.focus().await;
            assert!(
                is_seen,
                "{found:?} does not show that it has the focus, after {passed:?}"
            );
            if found.starts_with(name) {
                return;
            }
            passed.push(found);
        }
        panic!("Tab never leads to {name}: {passed:?}");
    }

    /// Chooses one of several by the arrow keys.
    async fn choose(&self, name: &str) {
        for _ in 0..STOPS {
            let (found, _) = self.focus().await;
            if found.starts_with(name) {
                return;
            }
            self.press(Key::Down).await;
        }
        panic!("the arrow keys never lead to {name}");
    }

    /// Presses Enter on what leads to another page.
    async fn enter(&self) {
        let press = async { self.press(Key::Enter).await };
        self.tab.leaving(press).await;
    }
}

async fn a_quarterly_workflow_is_added_deployed_now_and_its_audit_read_by_keyboard_alone(
    driver: WebDriver,
) {
    let world = World::new().await;
    let practice = world.practice.id();
    let tab = Tab::serve(&driver, &world.workflows, practice, Role::Editor).await;
    let keys = Keys { tab: &tab };
    tab.open_client(world.harbour).await;
    keys.reach("Add workflow").await;
    keys.enter().await;
    keys.reach("Job name").await;
    keys.write("BAS {quarter}").await;
    keys.reach("Again and again").await;
    keys.choose("Again and again").await;
    keys.reach("Monthly").await;
    keys.choose("Quarterly").await;
    keys.reach("Add workflow").await;
    keys.enter().await;
    tab.see("The workflow was added.").await;
    tab.see("Every quarter").await;
    keys.reach("Commands for this workflow").await;
    keys.press(Key::Enter).await;
    keys.reach("Create workflow in XPM").await;
    keys.enter().await;
    tab.see("The deployment has begun.").await;
    world.run().await;
    let names: Vec<_> = world.jobs().into_iter().map(|job| job.name).collect();
    assert_eq!(names.len(), 1);
    keys.reach("Audit").await;
    keys.enter().await;
    let entries = tab.texts("ol.audit .entry").await;
    assert!(entries.len() >= 3, "{entries:#?}");
    let number = world.jobs().pop().expect("a job").number;
    let told = entries.iter().any(|entry| entry.contains(number.as_str()));
    assert!(told, "no entry names the job {number}: {entries:#?}");
}
