-- What is kept by key: one table for each kind of record.
--
-- `body` is the record as JSON, in the shape numbered by `format`. The columns beside it are
-- derived from it, for keys and indexes alone. Days are counted from 1970-01-01; instants are
-- nanoseconds since then, in UTC; identities of workflows and of what XPM lists are the 16 bytes
-- of their UUID.

-- "XPMW": tells this program's databases from others'.
PRAGMA application_id = 0x58504d57;

-- The head of each practice's chain of entries, and the one row that all others of the practice
-- refer to. `seq` 0 and the hash of the empty chain before the first entry.
CREATE TABLE chains (
    practice TEXT NOT NULL PRIMARY KEY,
    seq      INTEGER NOT NULL CHECK (seq >= 0),
    hash     TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT, WITHOUT ROWID;

CREATE TABLE practices (
    practice TEXT NOT NULL PRIMARY KEY REFERENCES chains (practice),
    version  INTEGER NOT NULL CHECK (version > 0),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;

CREATE TABLE clients (
    practice TEXT NOT NULL REFERENCES chains (practice),
    id       BLOB NOT NULL CHECK (length(id) = 16),
    version  INTEGER NOT NULL CHECK (version > 0),
    name     TEXT NOT NULL, -- lower-cased
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (practice, id)
) STRICT;
CREATE INDEX clients_by_name ON clients (practice, name, id);

CREATE TABLE people (
    practice TEXT NOT NULL REFERENCES chains (practice),
    id       TEXT NOT NULL,
    version  INTEGER NOT NULL CHECK (version > 0),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (practice, id)
) STRICT;

CREATE TABLE listings (
    practice TEXT NOT NULL REFERENCES chains (practice),
    part     TEXT NOT NULL CHECK (part IN ('clients', 'staff', 'templates', 'categories')),
    id       BLOB NOT NULL CHECK (length(id) = 16),
    version  INTEGER NOT NULL CHECK (version > 0),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (practice, part, id)
) STRICT;

CREATE TABLE proposals (
    practice TEXT NOT NULL REFERENCES chains (practice),
    id       TEXT NOT NULL,
    version  INTEGER NOT NULL CHECK (version > 0),
    client   BLOB NOT NULL CHECK (length(client) = 16),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (practice, id)
) STRICT;
CREATE INDEX proposals_by_client ON proposals (practice, client, id);

CREATE TABLE levels (
    practice  TEXT NOT NULL REFERENCES chains (practice),
    level     TEXT NOT NULL, -- `client:` and a UUID, or `proposal:` and the host's key
    version   INTEGER NOT NULL CHECK (version > 0),
    reference TEXT NOT NULL,
    format    INTEGER NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (practice, level)
) STRICT;
-- A reference ties invoices to one level: no two levels of a practice share one.
CREATE UNIQUE INDEX levels_by_reference ON levels (practice, reference);

CREATE TABLE workflows (
    practice TEXT NOT NULL REFERENCES chains (practice),
    id       BLOB NOT NULL CHECK (length(id) = 16),
    version  INTEGER NOT NULL CHECK (version > 0),
    client   BLOB NOT NULL CHECK (length(client) = 16),
    proposal TEXT,
    active   INTEGER NOT NULL CHECK (active IN (0, 1)),
    wake     INTEGER, -- when the scheduler has to look at it again
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (practice, id)
) STRICT;
CREATE INDEX workflows_by_client ON workflows (practice, client, id);
CREATE INDEX workflows_by_proposal ON workflows (practice, proposal, id)
    WHERE proposal IS NOT NULL;
CREATE INDEX workflows_by_activity ON workflows (practice, active, id);
CREATE INDEX workflows_ready ON workflows (practice, wake, id) WHERE wake IS NOT NULL;

CREATE TABLE deployments (
    practice   TEXT NOT NULL REFERENCES chains (practice),
    workflow   BLOB NOT NULL CHECK (length(workflow) = 16),
    occurrence INTEGER NOT NULL, -- the day of the nominal date; -2147483648 for `once`
    version    INTEGER NOT NULL CHECK (version > 0),
    phase      TEXT NOT NULL
        CHECK (phase IN ('running', 'uncertain', 'failed', 'held', 'deployed', 'given_up')),
    deploy_day INTEGER NOT NULL, -- the UTC day of `deploy_at`
    rank       INTEGER NOT NULL CHECK (rank IN (0, 1)), -- 0 where a person asked for it
    wake       INTEGER, -- when the scheduler has to look at it again
    format     INTEGER NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (practice, workflow, occurrence)
) STRICT;
CREATE INDEX deployments_by_day ON deployments (practice, deploy_day, workflow, occurrence);
CREATE INDEX deployments_attention ON deployments (practice, workflow, occurrence)
    WHERE phase IN ('failed', 'held', 'uncertain');
CREATE INDEX deployments_ready ON deployments (practice, rank, wake, workflow, occurrence)
    WHERE wake IS NOT NULL;

-- The earliest `wake` of each practice that has one, kept in the transaction that changes it: to
-- ask what to wake for costs the same with ten practices and with ten thousand.
CREATE TABLE wakes (
    practice TEXT NOT NULL PRIMARY KEY REFERENCES chains (practice),
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX wakes_by_instant ON wakes (at, practice);
