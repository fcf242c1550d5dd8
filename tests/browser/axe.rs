//! axe-core over every page, in light and in dark: what keeps somebody from using the tab who
//! cannot see it well, or uses no mouse.
//!
//! axe-core comes from the npm registry when the test runs, at a pinned version and digest.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use thirtyfour::WebDriver;
use workflow_core::deployment::Digest;
use workflow_core::ports::gateway::{DirectoryPart, DirectoryRow};
use workflow_core::practice::{Listing, Standing};
use workflow_web::Role;

use crate::support::sample::Sample;
use crate::support::world::{mara, uuid_of};
use crate::tab::Tab;
use crate::{below_target, tests};

tests![
    every_page_is_free_of_what_axe_finds,
    every_page_has_enough_contrast_in_dark_colours,
    pages_that_say_what_is_wrong_are_free_of_what_axe_finds,
    what_is_wrong_on_purpose_is_found,
];

const VERSION: &str = "4.14.1";
/// SHA-256 of `axe.min.js` of that version.
const DIGEST: &str = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c";

/// The source of axe-core, from below `target` or, the first time, from the npm registry.
pub(crate) fn source() -> String {
    let folder = below_target("axe-core");
    let file = folder.join(format!("axe-{VERSION}.min.js"));
    let held = std::fs::read_to_string(&file).ok();
    let source = held.filter(|text| is_genuine(text)).unwrap_or_else(|| {
        let fetched = fetch(&folder).unwrap_or_else(|error| {
            panic!(
                "axe-core {VERSION} could not be fetched from the npm registry, and nothing is \
                 known of who can use these pages: {error}"
            )
        });
        std::fs::write(&file, &fetched).expect("axe-core is kept");
        fetched
    });
    assert!(
        is_genuine(&source),
        "axe-core {VERSION} is not the one that is pinned here"
    );
    source
}

fn is_genuine(source: &str) -> bool {
    Digest::of(&[source.as_bytes()]).as_str() == DIGEST
}

/// Fetches it with npm itself, which keeps to whatever registry the machine is told of.
fn fetch(folder: &PathBuf) -> Result<String, String> {
    let said = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(folder).map_err(said)?;
    run(Command::new("npm")
        .args(["pack", "--silent", &format!("axe-core@{VERSION}")])
        .arg("--pack-destination")
        .arg(folder))?;
    run(Command::new("tar")
        .arg("-xzf")
        .arg(folder.join(format!("axe-core-{VERSION}.tgz")))
        .arg("-C")
        .arg(folder)
        .arg("package/axe.min.js"))?;
    std::fs::read_to_string(folder.join("package/axe.min.js")).map_err(said)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output();
    let output = output.map_err(|error| format!("{command:?} did not start: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// What axe is asked about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rules {
    All,
    Contrast,
}

/// What axe finds on the page that is open, a line each.
pub(crate) async fn findings(tab: &Tab, source: &str, rules: Rules) -> Vec<String> {
    let options = match rules {
        Rules::All => json!({"resultTypes": ["violations"]}),
        Rules::Contrast => json!({"runOnly": ["color-contrast"]}),
    };
    tab.run(source, Vec::new()).await;
    let script = "const done = arguments[arguments.length - 1]; \
                  axe.run(document, arguments[0]).then(found => done(found.violations.map(one => \
                  one.id + ': ' + one.help + ' — ' + one.nodes.map(n => n.html).join(' | '))), \
                  error => done([String(error)]));";
    let found = tab.driver().execute_async(script, vec![options]).await;
    found.expect("axe runs").convert().expect("texts")
}

/// Where a link of the tab leads, as what kind of page it is: with identities and dates taken out.
fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let is_identity = |part: &&str| part.len() == 36 && part.matches('-').count() == 4;
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if is_identity(&part) { "…" } else { part })
        .collect();
    let names: BTreeSet<&str> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .collect();
    format!("{} {names:?}", parts.join("/"))
}

/// Every kind of page that links lead to, an address for each; and some workflows by name.
async fn pages(tab: &Tab, sample: &Sample) -> Vec<String> {
    let client = format!("/client/{}", sample.harbour);
    let mut waiting = VecDeque::from(["/".to_owned(), format!("{client}?inactive=show")]);
    for id in [
        sample.failed,
        sample.uncertain,
        sample.held,
        sample.awaiting,
    ] {
        waiting.push_back(format!("{client}/workflow/{id}/schedule"));
    }
    waiting.push_back(format!("/client/{}", sample.empty));
    waiting.push_back("/nowhere".into());
    waiting.push_back("/connection".into());
    waiting.push_back("/people".into());
    waiting.push_back("/people?q=mara&find=staff".into());
    let listed = waiting.len();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::new();
    while let Some(path) = waiting.pop_front() {
        if found.len() >= listed && seen.contains_key(&kind(&path)) {
            continue;
        }
        seen.insert(kind(&path), path.clone());
        tab.open(if path == "/" { "" } else { &path }).await;
        let links = tab.attributes("a[href^='/clients']", "href").await;
        for link in links {
            let below = link.trim_start_matches("/clients").split('#').next();
            let below = below.unwrap_or_default().to_owned();
            if !below.ends_with(".ics") && !seen.contains_key(&kind(&below)) {
                waiting.push_back(below);
            }
        }
        found.push(path);
    }
    found
}

/// More members of XPM's staff than one list offers.
async fn list_staff(sample: &Sample) {
    for number in 100..130 {
        let row = DirectoryRow {
            id: uuid_of(4, number),
            name: format!("Member of staff {number}"),
            email: Some(format!("staff-{number}@x.nz")),
        };
        let (part, standing) = (DirectoryPart::Staff, Standing::Current);
        let listing = Listing {
            part,
            row,
            standing,
        };
        let put = sample.practice.put_listing(mara(), listing).await;
        put.expect("a member of staff");
    }
}

async fn assert_free(driver: &WebDriver, rules: Rules) {
    let source = source();
    let sample = Sample::new().await;
    list_staff(&sample).await;
    let practice = sample.practice.id();
    let tab = Tab::serve(
        driver,
        &sample.world.workflows,
        practice,
        Role::Administrator,
    )
    .await;
    let pages = pages(&tab, &sample).await;
    assert!(pages.len() > 20, "most pages were not reached: {pages:#?}");
    let mut all = Vec::new();
    for path in &pages {
        tab.open(if path == "/" { "" } else { path }).await;
        for finding in findings(&tab, &source, rules).await {
            all.push(format!("{path}: {finding}"));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

async fn every_page_is_free_of_what_axe_finds(driver: WebDriver) {
    assert_free(&driver, Rules::All).await;
}

async fn every_page_has_enough_contrast_in_dark_colours(driver: WebDriver) {
    let colours = |scheme: &str| {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        json!({"features": features})
    };
    let media = "Emulation.setEmulatedMedia";
    let set = driver.cdp().send_raw(media, colours("dark")).await;
    set.expect("dark colours");
    let dark = driver.execute(
        "return matchMedia('(prefers-color-scheme: dark)').matches",
        vec![],
    );
    let dark = dark.await.expect("a page").json().clone();
    assert_eq!(dark, Value::Bool(true));
    assert_free(&driver, Rules::Contrast).await;
    let set = driver.cdp().send_raw(media, colours("light")).await;
    set.expect("light colours");
}

async fn pages_that_say_what_is_wrong_are_free_of_what_axe_finds(driver: WebDriver) {
    let source = source();
    let sample = Sample::new().await;
    let practice = sample.practice.id();
    let tab = Tab::serve(
        &driver,
        &sample.world.workflows,
        practice,
        Role::Administrator,
    )
    .await;
    let client = format!("/client/{}", sample.harbour);
    let workflow = format!("{client}/workflow/{}", sample.monthly);
    let mut all = Vec::new();
    for (path, change, send) in [
        (format!("{client}/new"), None, "Add workflow"),
        (
            format!("{workflow}/edit"),
            Some(("Job name", "{nonsense}")),
            "Save settings",
        ),
        (
            format!("{workflow}/plan"),
            Some(("Lead", "999")),
            "Show what this changes",
        ),
        (
            format!("{workflow}/plan"),
            Some(("Lead", "3")),
            "Show what this changes",
        ),
        (format!("{workflow}/do/pause"), None, "Pause"),
    ] {
        tab.open(&path).await;
        if let Some((label, text)) = change {
            tab.fill(label, text).await;
        }
        tab.send(send).await;
        for finding in findings(&tab, &source, Rules::All).await {
            all.push(format!("{path}, sent: {finding}"));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

async fn what_is_wrong_on_purpose_is_found(driver: WebDriver) {
    let source = source();
    let (world, tab) = crate::rules::begin(&driver).await;
    tab.open_client(world.harbour).await;
    let wrong = "const main = document.querySelector('main'); \
                 main.append(document.createElement('button'), document.createElement('input')); \
                 const faint = document.createElement('p'); faint.textContent = 'faint'; \
                 faint.style.color = '#ddd'; main.append(faint);";
    tab.run(wrong, Vec::new()).await;
    let found = findings(&tab, &source, Rules::All).await;
    for rule in ["button-name", "label", "color-contrast"] {
        assert!(
            found.iter().any(|one| one.starts_with(rule)),
            "{rule}: {found:#?}"
        );
    }
}
