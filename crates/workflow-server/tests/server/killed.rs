//! SIGKILL at seeded instants: whatever was under way, each occurrence ends with one job.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::support::{Demo, good, piped, server};

/// How often each folder's demonstration is killed.
const KILLS: u64 = 5;

/// Instants that look random and are the same in every run (xorshift).
struct Instants(u64);

impl Instants {
    fn next(&mut self) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(40 + self.0 % 1_100)
    }
}

#[test]
fn killed_at_any_instant_each_occurrence_ends_with_one_job() {
    let undisturbed = tempfile::tempdir().unwrap();
    let undisturbed = Demo::run(undisturbed.path(), &[]);
    let mut killed = 0;
    for seed in 1..=5 {
        let folder = tempfile::tempdir().unwrap();
        let mut instants = Instants(0x9e37_79b9_7f4a_7c15 ^ seed);
        for kill in 0..KILLS {
            // Each life meets other faults, or the same call would be lost in each of them.
            killed += u32::from(life(folder.path(), seed * KILLS + kill, instants.next()));
        }
        let demo = Demo::run(folder.path(), &[]);
        demo.holds();
        assert!(
            demo.jobs().keys().eq(undisturbed.jobs().keys()),
            "seed {seed}"
        );
        assert!(
            demo.waiting().keys().eq(undisturbed.waiting().keys()),
            "seed {seed}"
        );
        let database = folder.path().join("workflow.db");
        let verified = good(&["audit", "verify", "--database", database.to_str().unwrap()]);
        assert!(verified.starts_with("harbour: "), "{verified}");
    }
    assert!(
        killed >= 15,
        "most lives were cut short, or nothing was tried: {killed}"
    );
}

/// Runs the demonstration, and kills it at that instant of its life; whether it was alive then.
fn life(folder: &std::path::Path, seed: u64, instant: Duration) -> bool {
    let mut command = server(&[
        "demo",
        "--headless",
        "--settle-ms",
        "1200",
        "--faults",
        "0.2",
    ]);
    let command = command.arg("--data-dir").arg(folder);
    let mut child = piped(command.args(["--seed", &seed.to_string()]));
    // Its standard output ends with its life.
    let mut out = child.stdout.take().unwrap();
    let (ended, end) = channel();
    let reader = std::thread::spawn(move || {
        let _ = std::io::copy(&mut out, &mut std::io::sink());
        let _ = ended.send(());
    });
    let alive = end.recv_timeout(instant) == Err(RecvTimeoutError::Timeout);
    if alive {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    reader.join().unwrap();
    assert!(
        alive || status.success(),
        "a life ended by itself, and not well"
    );
    alive
}
