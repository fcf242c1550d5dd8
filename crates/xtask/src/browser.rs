//! Chromium and ChromeDriver for the tests in a browser: found, or installed where that is
//! permitted.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Failed, Step, cargo, steps};

/// What the tests need, and the Debian packages that have it.
const NEEDED: [(&str, &[&str]); 3] = [
    ("chromium", &["chromium", "fonts-dejavu-core"]),
    ("chromedriver", &["chromium-driver"]),
    ("npm", &["npm"]),
];

/// The package of the tests in a browser.
pub(crate) const PACKAGE: &str = "workflow-browser-tests";

/// Runs the tests in a browser alone.
pub(crate) fn test() -> Result<(), Failed> {
    ensure()?;
    // The life of a connection is shown with the real binary, which the tests of another package do
    // not build. Both are selected in both steps, so that one set of features serves for all.
    let both = ["--package", PACKAGE, "--package", "workflow-server"];
    steps([
        Step::new(
            "the binary that a browser is shown",
            cargo(&["build", "--bin", "workflow-server", "--test", "browser"]).with(&both),
        ),
        Step::new(
            "the tab in a browser",
            cargo(&["test", "--test", "browser"]).with(&both),
        ),
    ])
}

/// Takes the pictures of the documentation anew.
pub(crate) fn pictures() -> Result<(), Failed> {
    ensure()?;
    steps([Step::new(
        "pictures of the documentation",
        cargo(&["test", "--package", PACKAGE, "--", "--ignored", "pictures"]),
    )])
}

/// Installs what is missing, or says what to install.
pub(crate) fn ensure() -> Result<(), Failed> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|(_, of)| *of).copied().collect();
    let install = format!("apt-get install {}", packages.join(" "));
    if !is_on_path("apt-get") || !is_root() {
        let programs: Vec<&str> = missing.iter().map(|(program, _)| *program).collect();
        return Err(Failed::Rule(format!(
            "the tests in a browser need {}: install them, on Debian by `{install}`",
            programs.join(", ")
        )));
    }
    eprintln!("── a browser: {install}");
    apt_get(&["update"])?;
    let mut words = vec!["install", "--yes", "--no-install-recommends"];
    words.extend(packages);
    apt_get(&words)
}

fn missing() -> Vec<(&'static str, &'static [&'static str])> {
    let needed = NEEDED.into_iter();
    needed.filter(|(program, _)| !is_on_path(program)).collect()
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut files = std::env::split_paths(&path).map(|folder: PathBuf| folder.join(program));
    files.any(|file| file.is_file())
}

/// Whether this is the user that may install packages.
fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| String::from_utf8_lossy(&id.stdout).trim() == "0")
}

fn apt_get(words: &[&str]) -> Result<(), Failed> {
    let command = format!("apt-get {}", words.join(" "));
    let status = Command::new("apt-get")
        .args(["--quiet", "--quiet"])
        .args(words)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed::Exit {
            name: "a browser".into(),
            command,
            status,
        }),
        Err(error) => Err(Failed::Start { command, error }),
    }
}
