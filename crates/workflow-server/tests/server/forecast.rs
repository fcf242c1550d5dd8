//! `forecast`: what lies ahead as a table, and as a feed that calendar programs read.

use std::fs;

use crate::support::{good, ran, server};

#[test]
fn a_feed_holds_what_the_table_lists_and_is_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let (file, database) = (
        folder.path().join("practice.json"),
        folder.path().join("p.db"),
    );
    fs::write(&file, good(&["sample", "--today", "2026-11-22"])).unwrap();
    let imported = ran(server(&["import"])
        .arg(&file)
        .arg("--database")
        .arg(&database));
    assert_eq!(imported.code, Some(0), "{}", imported.err);
    let forecast = |more: &[&str]| {
        let mut command = server(&["forecast", "--until", "2027-03-31", "--database"]);
        let ran = ran(command.arg(&database).args(more));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        ran.out
    };
    let table = forecast(&[]);
    let count = table
        .lines()
        .filter(|line| line.trim_end().ends_with("deploys"))
        .count();
    assert!(count > 0, "{table}");
    assert!(
        table.ends_with(&format!("{count} jobs to come\n")),
        "{table}"
    );
    // Reasons add dates that are not deployed, and take none away.
    let reasons = forecast(&["--reasons"]);
    assert!(
        reasons.ends_with(&format!("{count} jobs to come\n")),
        "{reasons}"
    );
    assert!(reasons.lines().count() > table.lines().count(), "{reasons}");

    let feed = forecast(&["--ics", "-"]);
    let uids = |feed: &str| -> Vec<String> {
        let unfolded = feed.replace("\r\n ", "");
        let uids = unfolded.lines().filter(|line| line.starts_with("UID:"));
        uids.map(str::to_owned).collect()
    };
    let unique: std::collections::BTreeSet<_> = uids(&feed).into_iter().collect();
    assert_eq!(unique.len(), count);
    let ics = folder.path().join("feed.ics");
    forecast(&["--ics", ics.to_str().unwrap()]);
    assert_eq!(uids(&fs::read_to_string(&ics).unwrap()), uids(&feed));

    let nobody = "00000000-0000-4000-8000-000000000000";
    let mut command = server(&["forecast", "--until", "2027-03-31", "--client", nobody]);
    let refused = ran(command.arg("--database").arg(&database));
    assert_ne!(refused.code, Some(0));
    assert!(refused.err.contains("client"), "{}", refused.err);
}
