-- The audit, append-only; the keys that make units repeatable; and the call budgets.

CREATE TABLE entries (
    practice TEXT NOT NULL REFERENCES chains (practice),
    seq      INTEGER NOT NULL CHECK (seq > 0),
    subject  TEXT NOT NULL, -- such as `workflow:` and a UUID
    at       INTEGER NOT NULL,
    hash     TEXT NOT NULL CHECK (length(hash) = 64),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (practice, seq)
) STRICT;
CREATE INDEX entries_by_subject ON entries (practice, subject, seq);

CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only: an entry never changes');
END;

CREATE TRIGGER entries_never_go BEFORE DELETE ON entries
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only: an entry never goes');
END;

-- No gap, and no place taken twice, by INSERT OR REPLACE either.
CREATE TRIGGER entries_follow BEFORE INSERT ON entries
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries WHERE practice = NEW.practice)
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only: an entry follows the last one');
END;

CREATE TABLE units (
    practice TEXT NOT NULL REFERENCES chains (practice),
    key      TEXT NOT NULL,
    digest   TEXT NOT NULL CHECK (length(digest) = 64),
    after    INTEGER NOT NULL, -- its entries are those after this place
    upto     INTEGER NOT NULL, -- and up to this one
    PRIMARY KEY (practice, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE budgets (
    practice TEXT NOT NULL PRIMARY KEY REFERENCES chains (practice),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;
