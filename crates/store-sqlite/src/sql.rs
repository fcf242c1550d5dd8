//! Every SQL statement, each beginning with a comment that names it.
//!
//! The statements are constants, so that their plans can be tested and a benchmark can run the
//! very same ones without the store.

/// Everything that opens and closes a transaction.
pub(crate) mod transaction {
    pub(crate) const BEGIN: &str = "/* begin */ BEGIN IMMEDIATE";
    pub(crate) const COMMIT: &str = "/* commit */ COMMIT";
    pub(crate) const ROLLBACK: &str = "/* rollback */ ROLLBACK";
    pub(crate) const CHECKPOINT: &str = "/* checkpoint */ PRAGMA wal_checkpoint(PASSIVE)";
    pub(crate) const EMPTY_LOG: &str = "/* empty_log */ PRAGMA wal_checkpoint(TRUNCATE)";
}

/// The guards of a unit, and what it writes beside records.
pub(crate) mod unit {
    pub(crate) const KEY: &str = "/* unit_key */ SELECT digest, after, upto FROM units \
         WHERE practice = ?1 AND key = ?2";
    pub(crate) const REMEMBER: &str = "/* unit_remember */ INSERT INTO units \
         (practice, key, digest, after, upto) VALUES (?1, ?2, ?3, ?4, ?5)";
    pub(crate) const HEAD: &str = "/* chain_head */ SELECT seq, hash FROM chains \
         WHERE practice = ?1";
    pub(crate) const START: &str = "/* chain_start */ INSERT INTO chains (practice, seq, hash) \
         VALUES (?1, 0, ?2) ON CONFLICT (practice) DO NOTHING";
    pub(crate) const ADVANCE: &str = "/* chain_advance */ UPDATE chains SET seq = ?2, hash = ?3 \
         WHERE practice = ?1";
    pub(crate) const ADD_ENTRY: &str = "/* entry_add */ INSERT INTO entries \
         (practice, seq, subject, at, hash, format, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    pub(crate) const REFERENCE: &str = "/* level_of_reference */ SELECT level FROM levels \
         WHERE practice = ?1 AND reference = ?2";
    pub(crate) const VACATE: &str = "/* level_vacate */ UPDATE levels SET reference = '~' || level \
         WHERE practice = ?1 AND level = ?2";
    pub(crate) const JOB: &str = "/* deployments_of_job */ SELECT workflow, occurrence \
         FROM deployments WHERE practice = ?1 AND job = ?2";
    pub(crate) const BUDGET: &str = "/* budget */ SELECT format, body FROM budgets \
         WHERE practice = ?1";
    pub(crate) const PUT_BUDGET: &str = "/* budget_put */ INSERT INTO budgets \
         (practice, format, body) VALUES (?1, ?2, ?3) \
         ON CONFLICT (practice) DO UPDATE SET format = excluded.format, body = excluded.body";
    pub(crate) const EARLIEST: &str = "/* wake_earliest */ SELECT min(at) FROM (\
         SELECT min(wake) AS at FROM workflows WHERE practice = ?1 AND wake IS NOT NULL \
         UNION ALL SELECT min(wake) FROM deployments \
         WHERE practice = ?1 AND rank = 0 AND wake IS NOT NULL \
         UNION ALL SELECT min(wake) FROM deployments \
         WHERE practice = ?1 AND rank = 1 AND wake IS NOT NULL)";
    pub(crate) const PUT_WAKE: &str = "/* wake_put */ INSERT INTO wakes (practice, at) \
         VALUES (?1, ?2) ON CONFLICT (practice) DO UPDATE SET at = excluded.at \
         WHERE at <> excluded.at";
    pub(crate) const FORGET_WAKE: &str = "/* wake_forget */ DELETE FROM wakes WHERE practice = ?1";
}

/// The version of one record.
pub(crate) mod version {
    pub(crate) const PRACTICE: &str =
        "/* practice_version */ SELECT version FROM practices WHERE practice = ?1";
    pub(crate) const CLIENT: &str =
        "/* client_version */ SELECT version FROM clients WHERE practice = ?1 AND id = ?2";
    pub(crate) const PERSON: &str =
        "/* person_version */ SELECT version FROM people WHERE practice = ?1 AND id = ?2";
    pub(crate) const LISTING: &str = "/* listing_version */ SELECT version FROM listings \
         WHERE practice = ?1 AND part = ?2 AND id = ?3";
    pub(crate) const PROPOSAL: &str =
        "/* proposal_version */ SELECT version FROM proposals WHERE practice = ?1 AND id = ?2";
    pub(crate) const LEVEL: &str =
        "/* level_version */ SELECT version FROM levels WHERE practice = ?1 AND level = ?2";
    pub(crate) const WORKFLOW: &str =
        "/* workflow_version */ SELECT version FROM workflows WHERE practice = ?1 AND id = ?2";
    pub(crate) const SWEEP: &str =
        "/* sweep_version */ SELECT version FROM sweeps WHERE practice = ?1";
    pub(crate) const DIRECTORY: &str =
        "/* directory_version */ SELECT version FROM directories WHERE practice = ?1";
    pub(crate) const OUTBOX: &str =
        "/* outbox_version */ SELECT version FROM outboxes WHERE practice = ?1";
    pub(crate) const WEBHOOKS: &str =
        "/* webhooks_version */ SELECT version FROM webhooks WHERE practice = ?1";
    pub(crate) const ACCESS: &str =
        "/* access_version */ SELECT version FROM accesses WHERE practice = ?1 AND account = ?2";
    pub(crate) const DEPLOYMENT: &str = "/* deployment_version */ SELECT version FROM deployments \
         WHERE practice = ?1 AND workflow = ?2 AND occurrence = ?3";
}

/// Writes one record. The version was checked before, in the same transaction.
pub(crate) mod put {
    pub(crate) const PRACTICE: &str = "/* practice_put */ INSERT INTO practices \
         (practice, version, format, body) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (practice) DO UPDATE SET \
         version = excluded.version, format = excluded.format, body = excluded.body";
    pub(crate) const CLIENT: &str = "/* client_put */ INSERT INTO clients \
         (practice, id, version, format, body, name) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (practice, id) DO UPDATE SET version = excluded.version, \
         format = excluded.format, body = excluded.body, name = excluded.name";
    pub(crate) const PERSON: &str = "/* person_put */ INSERT INTO people \
         (practice, id, version, format, body) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (practice, id) DO UPDATE SET version = excluded.version, \
         format = excluded.format, body = excluded.body";
    pub(crate) const LISTING: &str = "/* listing_put */ INSERT INTO listings \
         (practice, part, id, version, format, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (practice, part, id) DO UPDATE SET version = excluded.version, \
         format = excluded.format, body = excluded.body";
    pub(crate) const PROPOSAL: &str = "/* proposal_put */ INSERT INTO proposals \
         (practice, id, version, format, body, client) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (practice, id) DO UPDATE SET version = excluded.version, \
         format = excluded.format, body = excluded.body, client = excluded.client";
    pub(crate) const LEVEL: &str = "/* level_put */ INSERT INTO levels \
         (practice, level, version, format, body, reference) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (practice, level) DO UPDATE SET version = excluded.version, \
         format = excluded.format, body = excluded.body, reference = excluded.reference";
    pub(crate) const WORKFLOW: &str = "/* workflow_put */ INSERT INTO workflows \
         (practice, id, version, format, body, client, proposal, active, wake) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
         ON CONFLICT (practice, id) DO UPDATE SET version = excluded.version, \
         format = excluded.format, body = excluded.body, client = excluded.client, \
         proposal = excluded.proposal, active = excluded.active, wake = excluded.wake";
    pub(crate) const SWEEP: &str = "/* sweep_put */ INSERT INTO sweeps \
         (practice, version, format, body) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (practice) DO UPDATE SET \
         version = excluded.version, format = excluded.format, body = excluded.body";
    pub(crate) const DIRECTORY: &str = "/* directory_put */ INSERT INTO directories \
         (practice, version, format, body) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (practice) DO UPDATE SET \
         version = excluded.version, format = excluded.format, body = excluded.body";
    pub(crate) const OUTBOX: &str = "/* outbox_put */ INSERT INTO outboxes \
         (practice, version, format, body) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (practice) DO UPDATE SET \
         version = excluded.version, format = excluded.format, body = excluded.body";
    pub(crate) const WEBHOOKS: &str = "/* webhooks_put */ INSERT INTO webhooks \
         (practice, version, format, body) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (practice) DO UPDATE SET \
         version = excluded.version, format = excluded.format, body = excluded.body";
    pub(crate) const ACCESS: &str = "/* access_put */ INSERT INTO accesses \
         (practice, account, version, format, body) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (practice, account) DO UPDATE SET version = excluded.version, \
         format = excluded.format, body = excluded.body";
    pub(crate) const DEPLOYMENT: &str = "/* deployment_put */ INSERT INTO deployments \
         (practice, workflow, occurrence, version, format, body, phase, deploy_day, rank, wake) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
         ON CONFLICT (practice, workflow, occurrence) DO UPDATE SET version = excluded.version, \
         format = excluded.format, body = excluded.body, phase = excluded.phase, \
         deploy_day = excluded.deploy_day, rank = excluded.rank, wake = excluded.wake";
}

/// Reads one record: version, format and body.
pub(crate) mod get {
    pub(crate) const PRACTICE: &str =
        "/* practice_get */ SELECT version, format, body FROM practices WHERE practice = ?1";
    pub(crate) const CLIENT: &str = "/* client_get */ SELECT version, format, body FROM clients \
         WHERE practice = ?1 AND id = ?2";
    pub(crate) const PERSON: &str = "/* person_get */ SELECT version, format, body FROM people \
         WHERE practice = ?1 AND id = ?2";
    pub(crate) const LISTING: &str = "/* listing_get */ SELECT version, format, body FROM listings \
         WHERE practice = ?1 AND part = ?2 AND id = ?3";
    pub(crate) const PROPOSAL: &str = "/* proposal_get */ SELECT version, format, body \
         FROM proposals WHERE practice = ?1 AND id = ?2";
    pub(crate) const LEVEL: &str = "/* level_get */ SELECT version, format, body FROM levels \
         WHERE practice = ?1 AND level = ?2";
    pub(crate) const WORKFLOW: &str = "/* workflow_get */ SELECT version, format, body \
         FROM workflows WHERE practice = ?1 AND id = ?2";
    pub(crate) const SWEEP: &str =
        "/* sweep_get */ SELECT version, format, body FROM sweeps WHERE practice = ?1";
    pub(crate) const DIRECTORY: &str =
        "/* directory_get */ SELECT version, format, body FROM directories WHERE practice = ?1";
    pub(crate) const OUTBOX: &str =
        "/* outbox_get */ SELECT version, format, body FROM outboxes WHERE practice = ?1";
    pub(crate) const WEBHOOKS: &str =
        "/* webhooks_get */ SELECT version, format, body FROM webhooks WHERE practice = ?1";
    pub(crate) const ACCESS: &str = "/* access_get */ SELECT version, format, body FROM accesses \
         WHERE practice = ?1 AND account = ?2";
    pub(crate) const DEPLOYMENT: &str = "/* deployment_get */ SELECT version, format, body \
         FROM deployments WHERE practice = ?1 AND workflow = ?2 AND occurrence = ?3";
}

/// Pages of records: version, format, body, then the columns of the place in the order.
///
/// `?1` is the practice and `?2` the limit; the place that the page before ended at comes next,
/// and what the query asks for last.
pub(crate) mod find {
    pub(crate) const CLIENTS: &str = "/* clients_find */ SELECT version, format, body, name, id \
         FROM clients WHERE practice = ?1 AND (name, id) > (?3, ?4) \
         AND (?5 IS NULL OR instr(name, ?5) > 0) ORDER BY name, id LIMIT ?2";
    pub(crate) const PEOPLE: &str = "/* people_find */ SELECT version, format, body, id \
         FROM people WHERE practice = ?1 AND id > ?3 ORDER BY id LIMIT ?2";
    pub(crate) const ACCESSES: &str = "/* accesses_find */ SELECT version, format, body, account \
         FROM accesses WHERE practice = ?1 AND account > ?3 ORDER BY account LIMIT ?2";
    pub(crate) const LISTINGS: &str = "/* listings_find */ SELECT version, format, body, id \
         FROM listings WHERE practice = ?1 AND part = ?4 AND id > ?3 ORDER BY id LIMIT ?2";
    pub(crate) const PROPOSALS: &str = "/* proposals_find */ SELECT version, format, body, id \
         FROM proposals WHERE practice = ?1 AND id > ?3 ORDER BY id LIMIT ?2";
    pub(crate) const PROPOSALS_OF_CLIENT: &str = "/* proposals_find_of_client */ \
         SELECT version, format, body, id FROM proposals \
         WHERE practice = ?1 AND client = ?4 AND id > ?3 ORDER BY id LIMIT ?2";
    pub(crate) const WORKFLOWS: &str = "/* workflows_find */ SELECT version, format, body, id \
         FROM workflows WHERE practice = ?1 AND id > ?3 ORDER BY id LIMIT ?2";
    pub(crate) const WORKFLOWS_BY_ACTIVITY: &str = "/* workflows_find_by_activity */ \
         SELECT version, format, body, id FROM workflows \
         WHERE practice = ?1 AND active = ?4 AND id > ?3 ORDER BY id LIMIT ?2";
    pub(crate) const WORKFLOWS_OF_CLIENT: &str = "/* workflows_find_of_client */ \
         SELECT version, format, body, id FROM workflows WHERE practice = ?1 AND client = ?5 \
         AND id > ?3 AND (?4 IS NULL OR +active = ?4) ORDER BY id LIMIT ?2";
    pub(crate) const WORKFLOWS_OF_PROPOSAL: &str = "/* workflows_find_of_proposal */ \
         SELECT version, format, body, id FROM workflows WHERE practice = ?1 AND proposal = ?5 \
         AND id > ?3 AND (?4 IS NULL OR +active = ?4) ORDER BY id LIMIT ?2";
    pub(crate) const DEPLOYMENTS: &str = "/* deployments_find */ \
         SELECT version, format, body, occurrence FROM deployments \
         WHERE practice = ?1 AND workflow = ?4 AND occurrence > ?3 ORDER BY occurrence LIMIT ?2";
    pub(crate) const ATTENTION: &str = "/* deployments_find_attention */ \
         SELECT version, format, body, workflow, occurrence FROM deployments \
         WHERE practice = ?1 AND phase IN ('failed', 'held', 'uncertain') \
         AND (workflow, occurrence) > (?3, ?4) ORDER BY workflow, occurrence LIMIT ?2";
    pub(crate) const DEPLOYED: &str = "/* deployments_find_by_day */ \
         SELECT version, format, body, deploy_day, workflow, occurrence FROM deployments \
         WHERE practice = ?1 AND deploy_day <= ?6 \
         AND (deploy_day, workflow, occurrence) > (?3, ?4, ?5) \
         ORDER BY deploy_day, workflow, occurrence LIMIT ?2";
    pub(crate) const BEARING: &str = "/* deployments_find_by_marker */ \
         SELECT version, format, body, workflow, occurrence FROM deployments \
         WHERE practice = ?1 AND marker = ?5 AND (workflow, occurrence) > (?3, ?4) \
         ORDER BY workflow, occurrence LIMIT ?2";
}

/// What the scheduler asks for.
pub(crate) mod ready {
    /// Each part stops at the limit within its own index, so that what is not asked for is not
    /// touched, however many rows are due.
    pub(crate) const DUE: &str = "/* due */ SELECT rank, wake, workflow, occurrence FROM (\
         SELECT * FROM (SELECT rank, wake, workflow, occurrence FROM deployments \
         WHERE practice = ?1 AND rank = 0 AND wake IS NOT NULL AND wake <= ?2 \
         ORDER BY wake, workflow, occurrence LIMIT ?3) \
         UNION ALL SELECT * FROM (SELECT rank, wake, workflow, occurrence FROM deployments \
         WHERE practice = ?1 AND rank = 1 AND wake IS NOT NULL AND wake <= ?2 \
         ORDER BY wake, workflow, occurrence LIMIT ?3) \
         UNION ALL SELECT * FROM (SELECT 1, wake, id, NULL FROM workflows \
         WHERE practice = ?1 AND wake IS NOT NULL AND wake <= ?2 ORDER BY wake, id LIMIT ?3)) \
         ORDER BY rank, wake, workflow, occurrence LIMIT ?3";
    pub(crate) const WAKES: &str =
        "/* wakes */ SELECT practice, at FROM wakes ORDER BY at, practice LIMIT ?1";
    pub(crate) const PRACTICES: &str = "/* practices */ SELECT practice FROM practices \
         WHERE practice > ?1 ORDER BY practice LIMIT ?2";
}

/// Entries of the audit.
pub(crate) mod audit {
    pub(crate) const OLDEST_FIRST: &str = "/* entries */ SELECT seq, hash, format, body \
         FROM entries WHERE practice = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
    pub(crate) const NEWEST_FIRST: &str = "/* entries_newest */ SELECT seq, hash, format, body \
         FROM entries WHERE practice = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";
    pub(crate) const OLDEST_FIRST_ABOUT: &str = "/* entries_about */ \
         SELECT seq, hash, format, body FROM entries \
         WHERE practice = ?1 AND subject = ?4 AND seq > ?2 ORDER BY seq LIMIT ?3";
    pub(crate) const NEWEST_FIRST_ABOUT: &str = "/* entries_about_newest */ \
         SELECT seq, hash, format, body FROM entries \
         WHERE practice = ?1 AND subject = ?4 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";
    /// The entries of one unit, with nothing between.
    pub(crate) const BETWEEN: &str = "/* entries_of_unit */ SELECT seq, hash, format, body \
         FROM entries WHERE practice = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq";
}

/// Ownership, leases and connections.
pub(crate) mod owner {
    pub(crate) const RAISE: &str =
        "/* epoch_raise */ UPDATE owner SET epoch = epoch + 1 WHERE only = 1 RETURNING epoch";
    pub(crate) const EPOCH: &str = "/* epoch */ SELECT epoch FROM owner WHERE only = 1";
    pub(crate) const LEASE: &str = "/* lease */ SELECT fence, holder, epoch, since, expires_at \
         FROM leases WHERE practice = ?1";
    pub(crate) const PUT_LEASE: &str = "/* lease_put */ INSERT INTO leases \
         (practice, fence, holder, epoch, since, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT (practice) DO UPDATE SET fence = excluded.fence, holder = excluded.holder, \
         epoch = excluded.epoch, since = excluded.since, expires_at = excluded.expires_at";
    pub(crate) const RELEASE: &str = "/* lease_release */ UPDATE leases SET holder = NULL \
         WHERE practice = ?1 AND holder = ?2 AND epoch = ?3";
    pub(crate) const CONNECTION: &str = "/* connection */ SELECT rotation, format, nonce, sealed \
         FROM connections WHERE practice = ?1";
    pub(crate) const PUT_CONNECTION: &str = "/* connection_put */ INSERT INTO connections \
         (practice, rotation, format, nonce, sealed) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (practice) DO UPDATE SET rotation = excluded.rotation, \
         format = excluded.format, nonce = excluded.nonce, sealed = excluded.sealed";
    pub(crate) const CONNECTIONS: &str = "/* connections */ SELECT rotation, format, nonce, sealed, \
         practice FROM connections WHERE sealed IS NOT NULL ORDER BY practice";
    pub(crate) const RESEAL: &str = "/* connection_reseal */ UPDATE connections \
         SET nonce = ?2, sealed = ?3 WHERE practice = ?1";
    pub(crate) const SECRET: &str = "/* secret */ SELECT format, nonce, sealed FROM secrets \
         WHERE practice = ?1 AND name = ?2";
    pub(crate) const PUT_SECRET: &str = "/* secret_put */ INSERT INTO secrets \
         (practice, name, format, nonce, sealed) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (practice, name) DO UPDATE SET \
         format = excluded.format, nonce = excluded.nonce, sealed = excluded.sealed";
    pub(crate) const FORGET_SECRET: &str =
        "/* secret_forget */ DELETE FROM secrets WHERE practice = ?1 AND name = ?2";
    pub(crate) const SECRETS: &str = "/* secrets */ SELECT format, nonce, sealed, practice, name \
         FROM secrets ORDER BY practice, name";
    pub(crate) const FORGET_CONNECTION: &str = "/* connection_forget */ UPDATE connections \
         SET nonce = NULL, sealed = NULL WHERE practice = ?1";
}

/// Who is signed in: subject, email, name, practice, the four instants, and the token.
pub(crate) mod session {
    pub(crate) const GET: &str = "/* session_get */ SELECT subject, email, name, practice, \
         begun_at, seen_at, idle_until, ends_at, token FROM sessions WHERE token = ?1";
    pub(crate) const BEGIN: &str = "/* session_begin */ INSERT OR REPLACE INTO sessions \
         (token, subject, email, name, practice, begun_at, seen_at, idle_until, ends_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    pub(crate) const SEEN: &str = "/* session_seen */ UPDATE sessions \
         SET seen_at = ?2, idle_until = ?3 \
         WHERE token = ?1 AND idle_until > ?2 AND ends_at > ?2";
    pub(crate) const CHOOSE: &str =
        "/* session_choose */ UPDATE sessions SET practice = ?2 WHERE token = ?1";
    pub(crate) const END: &str = "/* session_end */ DELETE FROM sessions WHERE token = ?1";
    pub(crate) const FORGET: &str =
        "/* sessions_forget */ DELETE FROM sessions WHERE idle_until <= ?1 OR ends_at <= ?1";
    pub(crate) const END_OLDEST: &str = "/* sessions_end_oldest */ DELETE FROM sessions \
         WHERE subject = ?1 AND token NOT IN (SELECT token FROM sessions WHERE subject = ?1 \
         ORDER BY begun_at DESC, token DESC LIMIT ?2)";
    pub(crate) const OF: &str = "/* sessions_of */ SELECT subject, email, name, practice, \
         begun_at, seen_at, idle_until, ends_at, token FROM sessions \
         WHERE subject = ?1 OR email = ?1 ORDER BY begun_at, token";
    pub(crate) const END_OF: &str = "/* sessions_end_of */ DELETE FROM sessions \
         WHERE (subject = ?1 OR email = ?1) AND token <> ?2";
}
