//! A million workflows that wait: one practice blocked on 200,000 that are due, and 999 others.

use std::path::Path;

use rusqlite::{Connection, params};
use workflow_core::audit::Chain;
use workflow_core::ids::PracticeId;
use workflow_core::testing::samples;

const BLOCKED: u32 = 200_000;
const OTHERS: u32 = 800_000;
const PRACTICES: u32 = 1_000;

pub(crate) fn practice(number: u32) -> PracticeId {
    samples::practice_id(&format!("practice-{number:04}"))
}

/// Fills a database that is already made. What is due is read from the indexes alone, so the
/// bodies are empty.
pub(crate) fn fill(path: &Path) {
    let mut db = Connection::open(path).expect("a connection");
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;")
        .expect("a pragma");
    let filling = db.transaction().expect("a transaction");
    for number in 0..PRACTICES {
        let practice = practice(number);
        let chain = Chain::start(practice.clone());
        let row = params![practice.as_str(), chain.hash().as_str()];
        filling
            .execute("INSERT INTO chains VALUES (?1, 0, ?2)", row)
            .expect("a chain");
        let due = if number == 0 {
            BLOCKED
        } else {
            OTHERS / (PRACTICES - 1)
        };
        // One in ten of the others is due, all of the blocked practice's are.
        let every = if number == 0 { 1 } else { 10 };
        let now = samples::minute(0).timestamp_nanos_opt();
        let minute = 60_000_000_000_i64;
        let row = params![practice.as_str(), due, every, now, minute];
        filling
            .execute(
                "WITH RECURSIVE numbers (n) AS \
                 (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2) \
                 INSERT INTO workflows (practice, id, version, client, active, wake, format, body) \
                 SELECT ?1, randomblob(16), 1, zeroblob(16), 1, \
                 ?4 + CASE WHEN n % ?3 = 0 THEN -n ELSE n END * ?5, 1, '{}' FROM numbers",
                row,
            )
            .expect("workflows");
    }
    filling
        .execute_batch(
            "INSERT INTO wakes SELECT practice, min(wake) FROM workflows GROUP BY practice",
        )
        .expect("wakes");
    filling.commit().expect("a commit");
}
