//! One Chromium for all the tests, driven by a ChromeDriver of its own on a free port, with a
//! profile that is gone afterwards.

use std::path::PathBuf;
use std::process::Stdio;

use tempfile::TempDir;
use thirtyfour::ChromeCapabilities;
use thirtyfour::prelude::*;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

/// What the browser is started with: nothing of it looks for anything outside this machine.
const FLAGS: [&str; 15] = [
    "--headless=new",
    "--no-sandbox",
    "--no-zygote",
    "--disable-crash-reporter",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=en-GB",
];

/// The window, in CSS pixels.
pub(crate) const WIDTH: u32 = 1280;
pub(crate) const HEIGHT: u32 = 900;

/// A browser, and the process that drives it.
#[derive(Debug)]
pub(crate) struct Chrome {
    driver: WebDriver,
    process: Child,
    port: u16,
    /// Kept open, so that the driver can go on writing.
    _says: BufReader<ChildStdout>,
    _profile: TempDir,
}

impl Chrome {
    /// Starts one.
    pub(crate) async fn start() -> Result<Self, String> {
        let (chromium, chromedriver) = (found("chromium")?, found("chromedriver")?);
        let profile = tempfile::tempdir().map_err(|error| format!("no profile: {error}"))?;
        adopt();
        let mut process = Command::new(chromedriver)
            .args(["--port=0", "--log-level=SEVERE"])
            .env("LANGUAGE", "en_GB")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("chromedriver did not start: {error}"))?;
        let says = process.stdout.take().ok_or("chromedriver says nothing")?;
        let mut says = BufReader::new(says);
        let port = port(&mut says).await?;
        let mut wants = ChromeCapabilities::new();
        let set = |error: WebDriverError| format!("the browser cannot be asked for: {error}");
        wants.set_binary(&chromium.to_string_lossy()).map_err(set)?;
        for flag in FLAGS {
            wants.add_arg(flag).map_err(set)?;
        }
        let own = [
            format!("--window-size={WIDTH},{HEIGHT}"),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        for flag in own {
            wants.add_arg(&flag).map_err(set)?;
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wants)
            .await
            .map_err(|error| format!("chromium did not start: {error}"))?;
        Ok(Self {
            driver,
            process,
            port,
            _says: says,
            _profile: profile,
        })
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Ends the browser and then the process that drives it, and waits for both, so that nothing
    /// of them is left.
    pub(crate) async fn quit(mut self) -> Result<(), String> {
        let quit = self.driver.quit().await;
        let ended = match shut_down(self.port).await {
            // It has to see its browser end before it does.
            Ok(()) => self.process.wait().await.map(drop),
            Err(_) => self.process.kill().await,
        };
        reap();
        quit.map_err(|error| format!("chromium did not quit: {error}"))?;
        ended.map_err(|error| format!("chromedriver did not end: {error}"))
    }
}

/// Takes leave of the helpers that the browser left behind when it ended: where the machine's first
/// process does not, they would stay in its table.
#[cfg(target_os = "linux")]
fn reap() {
    use rustix::process::{WaitOptions, wait};
    while wait(WaitOptions::empty()).is_ok() {}
}

#[cfg(not(target_os = "linux"))]
fn reap() {}

/// Lets what the browser leaves behind come to this process.
#[cfg(target_os = "linux")]
fn adopt() {
    // Where it cannot be had, the machine's first process takes them.
    let _adopted = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

#[cfg(not(target_os = "linux"))]
fn adopt() {}

/// Asks the driver to end.
async fn shut_down(port: u16) -> std::io::Result<()> {
    let mut asks = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    asks.write_all(request).await?;
    let mut answer = Vec::new();
    asks.read_to_end(&mut answer).await?;
    Ok(())
}

/// The port that the driver took.
async fn port(says: &mut BufReader<ChildStdout>) -> Result<u16, String> {
    let mut line = String::new();
    loop {
        line.clear();
        match says.read_line(&mut line).await {
            Ok(0) => return Err("chromedriver ended before it served".into()),
            Ok(_) => {}
            Err(error) => return Err(format!("chromedriver cannot be read: {error}")),
        }
        let Some((_, port)) = line.rsplit_once("successfully on port ") else {
            continue;
        };
        let port = port.trim().trim_end_matches('.');
        return port
            .parse()
            .map_err(|_| format!("chromedriver names no port: {line}"));
    }
}

/// A program on the path.
fn found(program: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .ok_or_else(|| {
            format!(
                "{program} is not installed: `cargo xtask test browser` installs Debian’s \
                 chromium and chromium-driver where it may, and elsewhere they are to be \
                 installed by hand"
            )
        })
}
