//! Running the binary.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The binary with these arguments, and with nothing of this environment's settings.
pub(crate) fn server(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workflow-server"));
    command.args(args).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WORKFLOW_") {
            command.env_remove(name);
        }
    }
    command
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("standard output is text"),
            err: String::from_utf8(output.stderr).expect("standard error is text"),
        }
    }
}

/// Runs the command to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    command.output().expect("the binary runs").into()
}

/// Runs the binary to its end, which has to be a good one.
pub(crate) fn good(args: &[&str]) -> String {
    let ran = ran(&mut server(args));
    assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
    ran.out
}

/// Runs the binary to its end, which has to be this exit code with one sentence.
pub(crate) fn refused(command: &mut Command, code: i32) -> String {
    let ran = ran(command);
    assert_eq!(ran.code, Some(code), "{} {}", ran.out, ran.err);
    assert_eq!(ran.out, "", "a refusal is not printed to standard output");
    let sentence = ran.err.trim_end();
    assert!(sentence.starts_with("workflow-server: "), "{sentence}");
    assert!(!sentence.contains('\n'), "one line: {sentence}");
    sentence.to_owned()
}

/// Runs the binary with this on its standard input.
pub(crate) fn fed(command: &mut Command, input: &str) -> Ran {
    let mut child = piped(command.stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().expect("a pipe");
    // A binary that refuses before it reads closes its end; that is no fault of the test.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("the binary ends").into()
}

/// Starts the binary with its output piped.
pub(crate) fn piped(command: &mut Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

/// A binary that serves, killed when dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Serving {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let out = child.stdout.take().expect("a pipe");
        Self {
            child,
            lines: BufReader::new(out).lines(),
        }
    }

    /// Reads standard output until a line holds `what`, and returns what follows it on that line.
    pub(crate) fn told(&mut self, what: &str) -> String {
        for line in self.lines.by_ref() {
            let line = line.expect("standard output is text");
            if let Some((_, rest)) = line.split_once(what) {
                return rest.trim().to_owned();
            }
        }
        panic!("standard output ended without {what:?}");
    }

    /// What the system says of its memory, in kilobytes, such as `VmRSS:`, what it holds now. Linux
    /// alone tells.
    pub(crate) fn memory_kb(&self, what: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("Linux tells");
        let mut lines = status.lines();
        let told = lines.find_map(|line| line.strip_prefix(what));
        let number = told.and_then(|text| text.trim().strip_suffix(" kB"));
        let number = number.and_then(|text| text.trim().parse().ok());
        number.expect("a number of kilobytes")
    }

    /// Asks it to stop as a service manager does, and waits for its end.
    pub(crate) fn terminated(mut self) -> Ran {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        assert!(asked.expect("kill runs").success());
        let mut err = String::new();
        let mut stderr = self.child.stderr.take().expect("a pipe");
        std::io::Read::read_to_string(&mut stderr, &mut err).expect("standard error is text");
        let status = self.child.wait().expect("the binary ends");
        Ran {
            code: status.code(),
            out: String::new(),
            err,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Of a binary that has ended already nothing is left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a demonstration without a browser printed as JSON.
#[derive(Debug)]
pub(crate) struct Demo(Value);

impl Demo {
    /// Runs the demonstration in this folder until nothing is due or uncertain any more.
    pub(crate) fn run(folder: &Path, more: &[&str]) -> Self {
        let ran = ran(
            server(&["demo", "--headless", "--json", "--settle-ms", "1200"])
                .arg("--data-dir")
                .arg(folder)
                .args(more),
        );
        assert_eq!(ran.code, Some(0), "{} {}", ran.out, ran.err);
        Self(serde_json::from_str(&ran.out).expect("the answer is JSON"))
    }

    fn list(&self, name: &str) -> &[Value] {
        self.0[name].as_array().expect("a list")
    }

    /// How many jobs the simulated XPM has.
    pub(crate) fn xpm_jobs(&self) -> u64 {
        self.0["xpm_jobs"].as_u64().expect("a number")
    }

    /// The job of each occurrence.
    pub(crate) fn jobs(&self) -> BTreeMap<String, String> {
        let jobs = self.list("jobs").iter();
        jobs.map(|made| (occurrence(made), text(&made["job"])))
            .collect()
    }

    /// Why each occurrence without a job has none.
    pub(crate) fn waiting(&self) -> BTreeMap<String, String> {
        let waiting = self.list("waiting").iter();
        waiting
            .map(|left| (occurrence(left), text(&left["why"])))
            .collect()
    }

    /// Fails where anything is left open, was made twice, or is unknown to one side.
    pub(crate) fn holds(&self) {
        assert_eq!(self.list("made_twice"), [] as [Value; 0]);
        let jobs = self.jobs();
        assert_eq!(
            self.list("jobs").len(),
            jobs.len(),
            "one row for each occurrence"
        );
        let numbers: std::collections::BTreeSet<_> = jobs.values().collect();
        assert_eq!(
            numbers.len(),
            jobs.len(),
            "each occurrence has a job of its own"
        );
        assert_eq!(self.xpm_jobs(), jobs.len() as u64, "no job is in XPM alone");
        for left in self.list("waiting") {
            let phase = text(&left["phase"]);
            assert!(phase == "failed" || phase == "held", "{left}");
            assert!(!text(&left["why"]).is_empty(), "{left}");
            assert!(!jobs.contains_key(&occurrence(left)), "{left}");
        }
    }
}

fn occurrence(row: &Value) -> String {
    format!("{} {}", text(&row["workflow"]), text(&row["occurrence"]))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Page {
    /// Asks a server at `http://host:port/…`, and follows no redirect.
    pub(crate) fn get(url: &str, headers: &[(&str, &str)]) -> Self {
        Self::ask("GET", url, headers, "")
    }

    /// Sends a form, and follows no redirect.
    pub(crate) fn post(url: &str, headers: &[(&str, &str)], form: &str) -> Self {
        let length = form.len().to_string();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let own = [kind, ("content-length", length.as_str())];
        let all: Vec<_> = headers.iter().copied().chain(own).collect();
        Self::ask("POST", url, &all, form)
    }

    fn ask(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let rest = url.strip_prefix("http://").expect("plain HTTP");
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut request = format!(
            "{method} {} HTTP/1.1\r\n",
            if path.is_empty() { "/" } else { path }
        );
        if !headers.iter().any(|(name, _)| *name == "host") {
            request += &format!("host: {authority}\r\n");
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += "connection: close\r\n\r\n";
        request += body;
        let address = authority.replace("localhost", "127.0.0.1");
        let mut stream = std::net::TcpStream::connect(address).expect("a server listens");
        stream
            .write_all(request.as_bytes())
            .expect("the request is taken");
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut stream, &mut answer).expect("the answer is text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Self {
            status: status.expect("a status"),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines();
        let found = lines.find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        });
        found.unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }
}
