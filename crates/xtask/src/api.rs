//! The API under schemathesis: requests made from its own OpenAPI document, by the thousand.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::run::{Failed, cargo};

/// The version from PyPI.
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// What is a finding: an error of ours, or an answer that the document does not have.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,unsupported_method";

/// Serves the sample practice, and sends it as many requests for each operation.
pub(crate) fn fuzz(examples: u32, seed: u64) -> Result<(), Failed> {
    let program = installed()?;
    let mut server = Server::start()?;
    let base = &server.base;
    eprintln!("── {SCHEMATHESIS} on {base}/api");
    let mut command = Command::new(program);
    command
        .arg("run")
        .arg(format!("{base}/api/openapi.json"))
        .args(["--checks", CHECKS])
        // A stream of events has no end, so that its answer never comes.
        .args(["--exclude-path", "/events"])
        .args(["--max-examples", &examples.to_string()])
        .args(["--seed", &seed.to_string()])
        .args(["--no-color", "--continue-on-failure"]);
    let ran = finish("the API, fuzzed", command);
    server.end();
    ran
}

/// Schemathesis, in an environment of its own below `target`.
fn installed() -> Result<std::path::PathBuf, Failed> {
    let folder = Path::new("target").join(SCHEMATHESIS);
    let program = folder.join("bin/schemathesis");
    if !program.is_file() {
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(&folder);
        finish("an environment for Python", make)?;
        let mut install = Command::new(folder.join("bin/pip"));
        install.args(["install", "--quiet", SCHEMATHESIS]);
        finish("schemathesis", install)?;
    }
    Ok(program)
}

/// The sample practice, served on a port of its own.
struct Server {
    process: Child,
    base: String,
    /// Kept open, so that it can go on writing.
    _says: BufReader<ChildStdout>,
}

impl Server {
    fn start() -> Result<Self, Failed> {
        let cargo = cargo(&[
            "run",
            "--quiet",
            "--package",
            "workflow-web",
            "--example",
            "preview",
            "--",
            "0",
        ]);
        let start = |error| Failed::Start {
            command: cargo.to_string(),
            error,
        };
        let mut command = cargo.command();
        let mut process = command.stdout(Stdio::piped()).spawn().map_err(start)?;
        let silent = || Failed::Rule("the sample practice is not served".into());
        let says = process.stdout.take().ok_or_else(silent)?;
        let mut says = BufReader::new(says);
        let mut line = String::new();
        let read = says.read_line(&mut line);
        let mut server = Self {
            process,
            base: line.trim().to_owned(),
            _says: says,
        };
        if read.is_ok() && server.base.starts_with("http://") {
            return Ok(server);
        }
        server.end();
        Err(silent())
    }

    fn end(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn finish(name: &str, mut command: Command) -> Result<(), Failed> {
    let shown = format!("{command:?}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed::Exit {
            name: name.into(),
            command: shown,
            status,
        }),
        Err(error) => Err(Failed::Start {
            command: shown,
            error,
        }),
    }
}
