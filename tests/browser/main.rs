//! The Workflow tab in a real browser.
//!
//! Each test bears the sentence of the product that it shows. They run one after another in one
//! Chromium, each over a practice of its own: the real router and the real scheduler on the memory
//! store, with a clock that the test moves; a connection's life is shown with the real binary and a
//! simulated XPM. A test that fails leaves a picture and the page's HTML
//! below `target/browser`.

mod axe;
mod chrome;
mod connection;
mod keyboard;
mod live;
mod pictures;
mod rules;
mod server;
mod signing_in;
#[path = "../../crates/workflow-web/tests/support/mod.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the tests of the tab without a browser use more of it"
)]
mod support;
mod tab;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};
use thirtyfour::WebDriver;
use tokio::runtime::{Builder, Runtime};

use crate::chrome::Chrome;

/// One test: what it is called, and what it does.
pub(crate) struct Test {
    name: &'static str,
    run: fn(WebDriver) -> BoxFuture<'static, ()>,
}

/// The tests of a module, each by the name of its function.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        /// The tests of this module.
        pub(crate) fn tests() -> Vec<$crate::Test> {
            vec![$($crate::Test {
                name: concat!(module_path!(), "::", stringify!($name)),
                run: |driver| Box::pin($name(driver)),
            }),*]
        }
    };
}
pub(crate) use tests;

/// The one browser, started by the first test that needs it.
struct Shared {
    runtime: Runtime,
    chrome: Mutex<Option<Chrome>>,
}

impl Shared {
    fn driver(&self) -> Result<WebDriver, Failed> {
        let mut held = self.chrome.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            *held = Some(self.runtime.block_on(Chrome::start())?);
        }
        let chrome = held.as_ref().ok_or("there is no browser")?;
        Ok(chrome.driver().clone())
    }

    fn run(&self, test: &Test) -> Result<(), Failed> {
        let driver = self.driver()?;
        self.runtime.block_on(driver.delete_all_cookies())?;
        let run = AssertUnwindSafe(|| self.runtime.block_on((test.run)(driver.clone())));
        match catch_unwind(run) {
            Ok(()) => Ok(()),
            Err(panic) => {
                let why = said(&*panic);
                let saved = self.runtime.block_on(save(&driver, test.name));
                Err(format!("{why}\n{saved}").into())
            }
        }
    }

    fn quit(&self) -> Result<(), String> {
        let mut held = self.chrome.lock().unwrap_or_else(PoisonError::into_inner);
        match held.take() {
            Some(chrome) => self.runtime.block_on(chrome.quit()),
            None => Ok(()),
        }
    }
}

/// What a panic says.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "it panicked".into())
}

/// The folder below `target` for what the tests leave.
pub(crate) fn below_target(folder: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = target.unwrap_or_else(|| workspace.join("target"));
    target.join(folder)
}

/// Saves a picture of the page as it is, and its HTML; says where.
async fn save(driver: &WebDriver, name: &str) -> String {
    let folder = below_target("browser");
    let file = |ending: &str| folder.join(format!("{}.{ending}", name.replace("::", "-")));
    let (picture, page) = (file("png"), file("html"));
    let saved = async {
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let shot = driver.screenshot(&picture).await;
        shot.map_err(|error| error.to_string())?;
        let html = driver.source().await.map_err(|error| error.to_string())?;
        std::fs::write(&page, html).map_err(|error| error.to_string())
    };
    match saved.await {
        Ok(()) => format!("saved: {} and {}", picture.display(), page.display()),
        Err(error) => format!("the page could not be saved: {error}"),
    }
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One window, so one test at a time.
    arguments.test_threads = Some(1);
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let chrome = Mutex::new(None);
    let shared = Arc::new(Shared { runtime, chrome });
    let trial = |test: Test| {
        let shared = shared.clone();
        let name = test.name.trim_start_matches("browser::");
        Trial::test(name, move || shared.run(&test))
    };
    let shown = [
        rules::tests(),
        live::tests(),
        keyboard::tests(),
        signing_in::tests(),
        axe::tests(),
        connection::tests(),
    ];
    let mut trials: Vec<Trial> = shown.into_iter().flatten().map(trial).collect();
    // `cargo xtask pictures` asks for these.
    let pictures = pictures::tests().into_iter().map(trial);
    trials.extend(pictures.map(|picture| picture.with_ignored_flag(true)));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Err(error) = shared.quit() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}
