//! `doctor` against the simulated XPM, whose guesses are answered one way and the other: the report
//! has to tell the difference.

use std::collections::BTreeMap;
use std::path::Path;

use uuid::Uuid;
use xpm_sandbox::{
    CallKind, Client, Fault, FaultPlan, Guesses, Job, JobState, Limits, Running, Sandbox, Standing,
};

use crate::served::settings;
use crate::support::{Ran, fed, good, ran, server};

const TEST_CLIENT: Uuid = Uuid::from_u128(0xC11);
const NAME: &str = "Rimu Test Client";
const PARTNER: Uuid = Uuid::from_u128(0x511);

/// A simulated XPM, a practice that is connected to it, and its settings.
struct World {
    xpm: Running,
    config: String,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start(guesses: &[(&str, &str)]) -> Self {
        let mut chosen = Guesses::default();
        for (name, choice) in guesses {
            chosen.set(name, choice).unwrap();
        }
        let sandbox = Sandbox::builder().seed(7).guesses(chosen);
        let sandbox = sandbox.build().unwrap();
        stock(&sandbox);
        let xpm = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = settings(folder.path(), &format!("{}/", xpm.base_url()), "");
        let token = xpm.state().issue_tokens().unwrap().refresh_token;
        let mut connect = server(&["--config", &config, "connect", "--practice", "harbour"]);
        let connected = fed(connect.arg("--refresh-token-stdin"), &token);
        assert_eq!(connected.code, Some(0), "{}", connected.err);
        Self {
            xpm,
            config,
            _folder: folder,
        }
    }

    fn doctor(&self, more: &[&str]) -> Ran {
        let mut command = server(&["--config", &self.config, "doctor"]);
        ran(command.args(more))
    }

    /// The calls that the practice has left today by its own count.
    fn left_today(&self) -> u64 {
        let plan = [
            "--config",
            &self.config,
            "plan",
            "--until",
            "2026-01-01",
            "--json",
        ];
        let plan: serde_json::Value = serde_json::from_str(&good(&plan)).unwrap();
        plan["calls_left_today"].as_u64().unwrap()
    }

    /// The calls of the XPM API so far.
    fn calls(&self) -> u64 {
        self.xpm.state().calls_spent().total
    }
}

/// A client with two jobs, of which one is closed, and a partner.
fn stock(sandbox: &Sandbox) {
    let state = sandbox.state();
    state
        .add_staff(PARTNER, "Tane Partner", "t@example.nz")
        .unwrap();
    state
        .put_client(Client {
            uuid: TEST_CLIENT,
            name: NAME.to_owned(),
            email: String::new(),
            standing: Standing::Current,
            account_manager: Some(PARTNER),
            job_manager: None,
            modified: state.now(),
        })
        .unwrap();
    state.add_client(Uuid::from_u128(0xC12), "Another").unwrap();
    for (n, job_state) in [(1_u64, JobState::Completed), (2, JobState::Planned)] {
        let day = state.now().date_naive();
        state
            .put_job(Job {
                number: format!("J{n:06}"),
                uuid: Uuid::from_u128(u128::from(n)),
                internal_id: n,
                name: "GST of somebody".to_owned(),
                description: "text".to_owned(),
                client: TEST_CLIENT,
                order_number: String::new(),
                state: job_state,
                start: day,
                due: day,
                budget: None,
                category: None,
                manager: None,
                partner: None,
                assigned: Vec::new(),
                tasks: Vec::new(),
                created: state.now(),
            })
            .unwrap();
    }
}

/// The findings of a report: what was seen and what it means, by topic.
fn findings(report: &str) -> BTreeMap<String, (String, String)> {
    let rows = report.lines().filter(|line| line.starts_with("| "));
    let rows = rows.skip(1).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 3, "{line}");
        (
            cells[0].to_owned(),
            (cells[1].to_owned(), cells[2].to_owned()),
        )
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_asked_before_somebody_agreed() {
    let world = World::start(&[]).await;
    let refused = world.doctor(&[]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(
        refused.err.contains("up to 19 calls to XPM"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("give --yes"), "{}", refused.err);
    assert_eq!((world.calls(), refused.out.as_str()), (0, ""));
    let client = TEST_CLIENT.to_string();
    let refused = world.doctor(&["--write-probe", &client]);
    assert!(
        refused.err.contains("It WRITES: up to 10 jobs"),
        "{}",
        refused.err
    );
    assert_eq!((refused.code, world.calls()), (Some(2), 0));
}

/// What is piped in is nobody's answer, whatever it says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_piped_in_is_no_answer() {
    let world = World::start(&[]).await;
    for piped in ["y\n", "yes\ny\n", ""] {
        let mut doctor = server(&["--config", &world.config, "doctor"]);
        let refused = fed(&mut doctor, piped);
        assert_eq!(refused.code, Some(2), "{piped:?}: {}", refused.err);
        assert!(refused.err.contains("give --yes"), "{}", refused.err);
        assert!(!refused.err.contains("Go on?"), "{}", refused.err);
    }
    assert_eq!(world.calls(), 0);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_at_the_terminal_is_told_and_asked_and_their_answer_counts() {
    use crate::terminal::at_a_terminal;

    let world = World::start(&[]).await;
    let ask = |answer: &str| {
        let doctor = server(&["--config", &world.config, "doctor"]);
        at_a_terminal(doctor, "Go on? [y/N] ", answer)
    };
    // No, anything else, nothing, and the end of what is typed (Control and D).
    for answer in ["n\n", "ja\n", "\n", "\u{4}"] {
        let refused = ask(answer);
        assert_eq!(refused.code, Some(1), "{answer:?}: {}", refused.err);
        let (told, rest) = refused.err.split_once("Go on?").unwrap();
        assert!(told.contains("up to 19 calls to XPM"), "{told}");
        assert!(rest.contains("nothing was asked of XPM"), "{rest}");
        assert_eq!((refused.out.as_str(), world.calls()), ("", 0), "{answer:?}");
    }
    let mut spent = 0;
    for answer in ["y\n", "  Yes \n"] {
        let told = ask(answer);
        assert_eq!(told.code, Some(0), "{answer:?}: {}", told.err);
        assert!(findings(&told.out).len() > 5, "{}", told.out);
        assert!(world.calls() > spent, "{answer:?}");
        spent = world.calls();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_alone_change_nothing_and_are_counted() {
    let world = World::start(&[]).await;
    let (before, left) = (world.xpm.state().records(), world.left_today());
    let told = world.doctor(&["--yes"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    assert_eq!(world.xpm.state().records(), before);
    let calls = world.calls();
    assert!(calls <= 19, "{calls}");
    assert!(
        told.out
            .contains(&format!("in {calls} calls of 19 announced")),
        "{}",
        told.out
    );
    let found = findings(&told.out);
    let means = |topic: &str| found.get(topic).map(|found| found.1.as_str());
    assert_eq!(
        means("scopes: templates"),
        Some("the granted scopes open it")
    );
    assert_eq!(
        means("`job.api/client`, closed jobs"),
        Some("it lists closed jobs too")
    );
    assert_eq!(
        means("`job.api/client`, order"),
        Some("the oldest first, by number")
    );
    let unknown = &found["`job.api/get`, unknown number"];
    assert_eq!(unknown.0, "HTTP 200, ERROR: Invalid job identifier");
    for secret in [
        NAME,
        "GST of somebody",
        "Another",
        "sandbox-secret",
        "Bearer",
    ] {
        assert!(!told.out.contains(secret), "{secret} in {}", told.out);
    }
    assert_eq!(
        left - world.left_today(),
        calls,
        "the practice's own count has them too"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_tell_one_answer_from_the_other() {
    let world = World::start(&[
        ("unknown-record", "not-found"),
        ("closed-jobs", "left-out"),
        ("job-uuid-in-path", "accept"),
        ("file-envelope", "bare"),
        ("next-page", "token"),
        ("declaration", "present"),
    ])
    .await;
    let told = world.doctor(&["--yes"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let found = findings(&told.out);
    for (topic, seen, means) in [
        (
            "`job.api/get`, unknown number",
            "HTTP 404",
            "it is not there",
        ),
        (
            "`job.api/client`, closed jobs",
            "OK",
            "leaves closed jobs out",
        ),
        ("`job.api/get`, a UUID", "OK", "a UUID is accepted"),
        (
            "`job.api/costs`, shape",
            "without an envelope",
            "no envelope",
        ),
        ("`client.api/paged-list`, next page", "OK", "a token"),
        ("form of an answer", "an XML declaration", "both are read"),
    ] {
        let (s, m) = &found[topic];
        assert!(s.contains(seen) && m.contains(means), "{topic}: {s}: {m}");
    }
}

/// Runs the probes that write, and cleans up.
fn probed(world: &World) -> (Ran, BTreeMap<String, (String, String)>) {
    let client = TEST_CLIENT.to_string();
    let told = world.doctor(&["--yes", "--write-probe", &client, "--clean-up"]);
    assert_eq!(told.code, Some(0), "{} {}", told.out, told.err);
    let found = findings(&told.out);
    (told, found)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_are_made_for_the_test_client_and_deleted_where_asked() {
    let world = World::start(&[]).await;
    let before = world.xpm.state().records();
    let (told, found) = probed(&world);
    assert_eq!(
        world.xpm.state().records(),
        before,
        "nothing is left, and nothing else is gone"
    );
    assert!(
        told.out
            .contains("These probe jobs were made and deleted: "),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("The client for tests is (a name)."),
        "{}",
        told.out
    );
    let means = |topic: &str| found.get(topic).map(|found| found.1.as_str());
    for (topic, expected) in [
        ("`job.api/add`, no number", "XPM numbers the job"),
        (
            "`job.api/add`, partner and manager",
            "a new job does not inherit them",
        ),
        ("`job.api/client`, how soon", "no lag was seen"),
        (
            "`job.api/add`, a number of ours",
            "a job number of ours is taken as given",
        ),
        (
            "`job.api/add`, a taken number",
            "a number that is taken is refused: it is a key",
        ),
        ("`job.api/add`, unknown template", "refused"),
        (
            "`job.api/add`, unknown template, afterwards",
            "no job is there",
        ),
        ("`job.api/add`, due before start", "refused"),
        ("`job.api/add`, unknown client", "refused"),
        ("`job.api/add`, missing dates", "refused"),
        ("`job.api/add`, unknown category", "refused"),
        ("`Idempotency-Key`", "ignored: two jobs"),
        ("`job.api/delete`, again", "the job is gone"),
    ] {
        assert_eq!(means(topic), Some(expected), "{topic}");
    }
    // The document says what each of them is for.
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/xpm.md");
    let document = std::fs::read_to_string(document).unwrap();
    for topic in found.keys() {
        assert!(
            document.contains(topic.as_str()),
            "docs/xpm.md lacks {topic}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_tell_one_answer_from_the_other() {
    let world = World::start(&[
        ("bad-template", "leave-job"),
        ("taken-number", "sequence"),
        ("due-before-start", "accept"),
        ("missing-date", "today"),
        ("unknown-category", "ignore"),
        ("client-managers", "inherited"),
        ("idempotency-key", "honoured"),
        ("refusal-status", "bad-request"),
    ])
    .await;
    let slow = Fault::Lag {
        for_ms: 0,
        for_lists: 1,
    };
    let plan = FaultPlan::none().nth(1, CallKind::JobAdd, slow);
    world.xpm.state().set_faults(plan).unwrap();
    let before = world.xpm.state().records();
    let (_, found) = probed(&world);
    assert_eq!(world.xpm.state().records(), before);
    for (topic, expected) in [
        (
            "`job.api/add`, partner and manager",
            "a new job inherits them",
        ),
        (
            "`job.api/client`, how soon",
            "lists lag: keep the settle time longer",
        ),
        (
            "`job.api/add`, a taken number",
            "the second job got another number: it is no key",
        ),
        ("`job.api/add`, unknown template", "refused"),
        (
            "`job.api/add`, unknown template, afterwards",
            "a job is there: a refusal proves nothing",
        ),
        ("`job.api/add`, due before start", "accepted"),
        ("`job.api/add`, missing dates", "accepted"),
        ("`job.api/add`, unknown category", "accepted"),
    ] {
        assert_eq!(found[topic].1, expected, "{topic}");
    }
    assert!(found["`Idempotency-Key`"].1.starts_with("honoured"));
    let (seen, _) = &found["`job.api/add`, unknown client"];
    assert_eq!(seen, "HTTP 400, ERROR: Invalid client identifier");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_by_hand_are_noticed_and_the_other_probes_bring_their_own() {
    let world = World::start(&[("numbering", "manual")]).await;
    let (_, found) = probed(&world);
    let (seen, means) = &found["`job.api/add`, no number"];
    assert_eq!(seen, "HTTP 200, ERROR: ID is required");
    assert!(means.contains("Allocate Manually"), "{means}");
    let category = &found["`job.api/add`, unknown category"];
    assert_eq!(category.0, "HTTP 200, ERROR: Invalid category identifier");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_of_ours_that_is_ignored_is_noticed() {
    let world = World::start(&[("own-number", "ignore")]).await;
    let (_, found) = probed(&world);
    let means = &found["`job.api/add`, a number of ours"].1;
    assert_eq!(means, "the job got another number than ours");
    assert!(!found.contains_key("`job.api/add`, a taken number"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_made_is_listed_where_it_stays_and_names_are_shown_where_asked() {
    let world = World::start(&[]).await;
    let client = TEST_CLIENT.to_string();
    let told = world.doctor(&["--yes", "--names", "--write-probe", &client]);
    assert_eq!(told.code, Some(0), "{} {}", told.out, told.err);
    assert!(
        told.out
            .contains(&format!("The client for tests is {NAME}.")),
        "{}",
        told.out
    );
    let (_, list) = told
        .out
        .split_once("a person deletes them in XPM: ")
        .expect("a list");
    let jobs = world.xpm.state().jobs();
    let made: Vec<_> = jobs
        .iter()
        .filter(|job| job.name.starts_with("PROBE"))
        .collect();
    assert_eq!(made.len(), 4, "{made:?}");
    for job in made {
        assert!(list.contains(&job.number), "{} in {list}", job.number);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_not_in_use_is_written_nothing() {
    let world = World::start(&[]).await;
    let state = world.xpm.state();
    let mut client = state.client(TEST_CLIENT).unwrap();
    client.standing = Standing::Archived;
    state.put_client(client).unwrap();
    let before = state.records();
    let archived = TEST_CLIENT.to_string();
    for (client, why) in [
        (archived.as_str(), "is archived or deleted"),
        ("00000000-0000-4000-8000-000000000001", "cannot be read"),
    ] {
        let refused = world.doctor(&["--yes", "--write-probe", client]);
        assert_eq!(refused.code, Some(2), "{}", refused.err);
        assert!(refused.err.contains(why), "{}", refused.err);
        assert!(
            refused.out.starts_with("### What XPM answered"),
            "the reads are told"
        );
    }
    assert_eq!(state.records(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spent_day_ends_it_with_what_was_learnt_so_far() {
    let world = World::start(&[]).await;
    // What is kept for look-ups is a twentieth of the day.
    let kept = u32::try_from(world.left_today() / 20).unwrap();
    let limits = Limits {
        day: Some(kept + 3),
        ..Limits::xero()
    };
    world.xpm.state().set_limits(limits);
    let told = world.doctor(&["--yes"]);
    assert_eq!(told.code, Some(1), "{}", told.err);
    assert!(
        told.err.contains("the practice's calls are spent until"),
        "{}",
        told.err
    );
    assert_eq!(world.calls(), 3);
    assert!(told.out.contains("| scopes: task types |"), "{}", told.out);
    assert!(
        !told.out.contains("| scopes: states of jobs |"),
        "{}",
        told.out
    );
}
