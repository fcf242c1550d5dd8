//! One practice: its server's lives and deaths, its peaceful end, and what came of it.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::Duration;

use serde_json::{Value, json};

use super::books;
use super::plan::{Kill, Plan};
use super::tally::{Moment, Tally};
use crate::support::{Page, Serving, fed, good, piped, server};

const KEY: &str = "c2l4dGVlbiBieXRlcyB0d2ljZSBpcyB0aGlydHktMiE=";

/// How long a lost request may still take effect, in milliseconds.
pub(super) const SETTLE_MS: u32 = 1_200;

/// Occurrences of each workflow, all of them due.
const OCCURRENCES: usize = 2;

/// The practice's workflows at first, and one more after each second kill, so that there is work;
/// few enough that a minute's calls are enough for most practices.
const WORKFLOWS: usize = 4;

struct Round<'a> {
    plan: &'a Plan,
    folder: tempfile::TempDir,
    xpm: String,
    sample: Value,
    workflows: usize,
    tally: Tally,
}

pub(super) fn run(plan: &Plan) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let rate = format!("0.{:02}", plan.faults.min(99));
    let seed = (plan.seed % 1_000_000).to_string();
    let journal = folder.path().join("xpm.journal");
    let mut sandbox = server(&["sandbox", "--faults", &rate, "--seed", &seed]);
    let mut sandbox = Serving::start(sandbox.arg("--data-file").arg(&journal));
    let xpm = sandbox.told("API root");
    let token = sandbox.told("refresh token");
    let mut round = Round {
        plan,
        xpm,
        sample: serde_json::from_str(&good(&["sample"])).unwrap(),
        workflows: WORKFLOWS,
        tally: Tally::default(),
        folder,
    };
    round.settings();
    round.kill_an_import();
    round.import();
    // Time-outs follow from the settle time, and this is not what is tried here.
    let patient = ["--settle-ms", "120000", "--refresh-token-stdin"];
    let mut connect = round.server(&["connect", "--practice", "harbour"]);
    let connect = connect.args(patient);
    let connected = fed(connect, &token);
    assert_eq!(connected.code, Some(0), "{}", connected.err);
    for (number, kill) in plan.kills.iter().enumerate() {
        if !matches!(kill, Kill::Importing(_)) {
            round.life(*kill);
            if number % 2 == 0 {
                round.workflows += 1;
                round.import();
            }
        }
    }
    round.end();
    round.tally
}

impl Round<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn settings(&self) {
        fs::write(self.path("key"), KEY).unwrap();
        fs::write(self.path("secret"), "sandbox-secret\n").unwrap();
        let (xpm, secret, key) = (&self.xpm, self.text("secret"), self.text("key"));
        let settings = format!(
            "database = {:?}\nlisten = \"127.0.0.1:0\"\n[xpm]\nclient_id = \"sandbox-app\"\n\
             client_secret_file = {secret:?}\nkey_file = {key:?}\napi = {xpm:?}\n\
             identity = {xpm:?}\nauthorize = \"{xpm}identity/connect/authorize\"\n\
             settle_ms = {SETTLE_MS}\n",
            self.text("p.db"),
        );
        fs::write(self.path("w.toml"), settings).unwrap();
    }

    fn server(&self, args: &[&str]) -> Command {
        let mut command = server(&["--config", &self.text("w.toml")]);
        command.args(args);
        command
    }

    /// The practice file, with so many workflows as there are by now.
    fn practice_file(&self) -> String {
        let workflow = |number: usize| {
            let mut workflow = json!({
                "key": format!("chaos-{number:03}"),
                "client": self.sample["clients"][number % 40]["uuid"],
                "name": format!("Work {number} from {{start}}"),
                "schedule": { "recurring": {
                    "repeats": "daily", "from": "2026-03-02", "times": OCCURRENCES,
                }},
                "deploys_from": "2026-03-02",
                "missed": "all",
            });
            let templates = &self.sample["directory"]["templates"];
            // A third of them take one call, a third two, a third three.
            if !number.is_multiple_of(3) {
                workflow["templates"] = json!([templates[0]["uuid"]]);
                workflow["partner"] = json!("grace");
            }
            if number % 3 > 1 {
                workflow["templates"] = json!([templates[0]["uuid"], templates[1]["uuid"]]);
            }
            workflow
        };
        let mut file = self.sample.clone();
        file["proposals"] = json!([]);
        file["workflows"] = (0..self.workflows).map(workflow).collect();
        file.to_string()
    }

    fn import(&self) {
        fs::write(self.path("practice.json"), self.practice_file()).unwrap();
        let ended = self
            .server(&["import", &self.text("practice.json")])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{said}");
    }

    /// Kills the import that makes the database.
    fn kill_an_import(&mut self) {
        let Some(Kill::Importing(after)) = self.plan.kills.first() else {
            return;
        };
        fs::write(self.path("practice.json"), self.practice_file()).unwrap();
        let mut command = self.server(&["import", &self.text("practice.json")]);
        let mut process = Process::start(&mut command);
        // An import that was faster has ended by itself: the kill comes too late and says so.
        process.until(*after);
        let schema = match self.path("p.db").exists() {
            true => Moment::Importing,
            false => Moment::Starting,
        };
        process.kill();
        self.tally.killed(schema);
    }

    /// One life of the server, and its violent end.
    fn life(&mut self, kill: Kill) {
        let mut process = Process::start(&mut self.server(&["serve"]));
        let moment = match kill {
            Kill::Starting(after) => {
                process.until(after);
                Some(Moment::Starting)
            }
            Kill::Importing(after) | Kill::Serving(after) => {
                process.serving();
                process.until(after);
                None
            }
            Kill::Stopping(after, later) => {
                process.serving();
                process.until(after);
                process.ask_to_stop();
                process.until(later);
                Some(Moment::Stopping)
            }
        };
        let moment = match (process.kill(), moment) {
            (_, Some(moment)) => moment,
            (Died::Killed, None) => self.moment(),
            (Died::ByItself, None) => panic!("a server ended that nobody had asked to"),
        };
        self.tally.killed(moment);
    }

    /// What the server was doing, by a copy of what it left behind.
    fn moment(&self) -> Moment {
        let copy = tempfile::tempdir().unwrap();
        let database = copy.path().join("p.db");
        fs::copy(self.path("p.db"), &database).unwrap();
        let log = self.path("p.db-wal");
        if log.exists() {
            let bytes = fs::read(&log).unwrap();
            if ends_within_a_commit(&bytes) {
                return Moment::Committing;
            }
            fs::write(copy.path().join("p.db-wal"), bytes).unwrap();
        }
        books::moment(&database)
    }

    /// Lets what is left be finished, and looks at all that there is.
    fn end(&mut self) {
        let round = self.plan.round;
        for trouble in books::finish(&self.path("p.db"), KEY, &self.xpm) {
            eprintln!("round {round}, while finishing: {trouble}");
        }
        let settled = self.ask("settled").0;
        assert_eq!(settled, 204);
        let expected = self.workflows * OCCURRENCES;
        let state = self.json("state");
        let books = books::read(&self.path("p.db"));
        let tally = &mut self.tally;
        tally.practices += 1;
        tally.occurrences += expected;
        tally.count_books(&books);
        tally.count_xpm(&state);
        let jobs = self.json("jobs");
        let twice = self.json("duplicates");
        let lines: Vec<String> = jobs
            .as_array()
            .unwrap()
            .iter()
            .map(|job| last_line(job["description"].as_str().unwrap()))
            .collect();
        for fault in books.faults(expected, &lines) {
            self.tally.fault(round, &fault);
        }
        for twice in twice.as_array().unwrap() {
            self.tally.fault(round, &format!("made twice: {twice}"));
        }
        let refused = &state["calls"]["refused_by"];
        for (limit, count) in refused.as_object().unwrap() {
            let what = format!("{count} calls beyond XPM's limit: {limit}");
            self.tally.fault(round, &what);
        }
        let refused = &state["calls"]["refused"];
        self.tally.refused += refused.as_u64().unwrap() as usize;
        let verified = self.server(&["audit", "verify"]).output().unwrap();
        if !verified.status.success() {
            let said = String::from_utf8_lossy(&verified.stderr).into_owned();
            self.tally.fault(round, &format!("audit: {said}"));
        }
    }

    fn ask(&self, what: &str) -> (u16, String) {
        let root = self.xpm.trim_end_matches('/');
        let page = Page::get(&format!("{root}/_sandbox/{what}"), &[]);
        (page.status, page.body)
    }

    fn json(&self, what: &str) -> Value {
        let (status, body) = self.ask(what);
        assert_eq!(status, 200, "{what}: {body}");
        serde_json::from_str(&body).unwrap()
    }
}

fn last_line(description: &str) -> String {
    let mut lines = description.lines().rev();
    let last = lines.find(|line| !line.trim().is_empty());
    last.unwrap_or_default().trim().to_owned()
}

/// Whether a write-ahead log ends with frames that no commit follows.
fn ends_within_a_commit(log: &[u8]) -> bool {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4_096;
    if log.len() < HEADER {
        return false;
    }
    let salt = &log[16..24];
    let frames = log[HEADER..].chunks(FRAME);
    // What is left of an earlier log has another salt.
    let frames = frames.take_while(|frame| frame.len() >= 16 && &frame[8..16] == salt);
    let last = frames.last();
    last.is_some_and(|frame| frame.len() < FRAME || frame[4..8] == [0; 4])
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Died {
    Killed,
    ByItself,
}

/// A process with its standard output read as it comes.
struct Process {
    child: Child,
    lines: Receiver<String>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl Process {
    fn start(command: &mut Command) -> Self {
        let mut child = piped(command);
        let out = child.stdout.take().unwrap();
        let err = child.stderr.take().unwrap();
        let (said, lines): (Sender<String>, _) = channel();
        let reader = std::thread::spawn(move || {
            // Its log is of no interest, but a full pipe would hold it up.
            let drain = std::thread::spawn(move || {
                let mut err = err;
                let _ = std::io::copy(&mut err, &mut std::io::sink());
            });
            for line in std::io::BufRead::lines(std::io::BufReader::new(out)) {
                let Ok(line) = line else { break };
                // Whoever no longer listens needs no line.
                let _ = said.send(line);
            }
            let _ = drain.join();
        });
        Self {
            child,
            lines,
            reader: Some(reader),
        }
    }

    /// Waits until it serves.
    fn serving(&mut self) {
        let told = self
            .lines
            .iter()
            .any(|line| line.contains("The Workflow tab: "));
        assert!(told, "a server that was left alone serves");
    }

    /// Waits so long, or until its output ends.
    fn until(&mut self, after: Duration) {
        while let Ok(_line) = self.lines.recv_timeout(after) {}
    }

    fn ask_to_stop(&self) {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        assert!(asked.unwrap().success());
    }

    fn kill(mut self) -> Died {
        let alive = matches!(self.lines.try_recv(), Err(TryRecvError::Empty));
        // One that has ended already is none the worse for it.
        let _ = self.child.kill();
        let _ = self.child.wait().unwrap();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        match alive {
            true => Died::Killed,
            false => Died::ByItself,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A test that fails leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
