//! SIGKILL: what was acknowledged is in the file, whenever the process dies.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::common::{KAURI, furnish, job, quiet};
use xpm_sandbox::Records;

const DATA_FILE: &str = "XPM_SANDBOX_TEST_DATA_FILE";
const READY: &str = "listening on ";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that the test below kills; it serves until then"]
async fn served_until_killed() {
    let path = std::env::var_os(DATA_FILE).expect("the file to keep");
    let sandbox = quiet().data_file(path).build().unwrap();
    let running = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    println!("{READY}{}", running.base_url());
    std::future::pending::<()>().await;
}

/// Runs the test above in a process of its own and waits until it listens.
fn serve(path: &Path) -> (Child, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "killed::served_until_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(DATA_FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The harness may print its own words on the same line.
    let url = lines
        .map_while(Result::ok)
        .find_map(|line| line.split_once(READY).map(|(_, url)| url.trim().to_owned()));
    (child, url.expect("the child says where it listens"))
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("xpm.jsonl");
    furnish(&quiet().data_file(&path).build().unwrap().state());
    let mut acknowledged = Vec::new();
    for round in 0..5_usize {
        let (mut child, url) = serve(&path);
        let http = reqwest::Client::new();
        let sent = http
            .post(format!("{url}/_sandbox/tokens"))
            .send()
            .await
            .unwrap();
        let tokens: serde_json::Value = serde_json::from_str(&sent.text().await.unwrap()).unwrap();
        let add = async |marker: String| {
            let request = http
                .post(format!("{url}/practicemanager/3.1/job.api/add"))
                .bearer_auth(tokens["access_token"].as_str().unwrap())
                .header("xero-tenant-id", tokens["tenant_id"].as_str().unwrap())
                .body(job(&marker));
            let body = request.send().await.ok()?.text().await.ok()?;
            body.contains("<Status>OK</Status>").then_some(marker)
        };
        for n in 0..10 + round {
            acknowledged.push(add(format!("{round}-{n}")).await.expect("an answer"));
        }
        // A few are on their way when the process dies, each at another point.
        let flying =
            futures_util::future::join_all((0..8).map(|n| add(format!("{round}-flying-{n}"))));
        let kill = async {
            for _ in 0..round * 3 {
                tokio::task::yield_now().await;
            }
            child.kill().unwrap();
        };
        let (flown, ()) = tokio::join!(flying, kill);
        acknowledged.extend(flown.into_iter().flatten());
        child.wait().unwrap();
    }
    let Records { jobs, .. } = quiet().data_file(&path).build().unwrap().state().records();
    assert!(acknowledged.len() >= 60, "{}", acknowledged.len());
    for marker in acknowledged {
        let line = format!("ref: {marker}");
        let found = jobs
            .iter()
            .filter(|job| job.client == KAURI && job.last_line() == Some(&line));
        assert_eq!(found.count(), 1, "{marker}");
    }
}
