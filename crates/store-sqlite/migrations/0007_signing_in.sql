-- Who may sign in to a practice, and who is signed in.

-- What an account may do: `account` is an e-mail address, or an issuer, a bar and a subject.
CREATE TABLE accesses (
    practice TEXT NOT NULL REFERENCES chains (practice),
    account  TEXT NOT NULL,
    version  INTEGER NOT NULL CHECK (version > 0),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (practice, account)
) STRICT;

-- The installation's, and no practice's: one person may see several. A token is kept as its
-- SHA-256 alone.
CREATE TABLE sessions (
    token      TEXT NOT NULL PRIMARY KEY CHECK (length(token) = 64),
    subject    TEXT NOT NULL,
    email      TEXT,
    name       TEXT NOT NULL,
    practice   TEXT, -- the one that was chosen
    begun_at   INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    idle_until INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_subject ON sessions (subject, begun_at, token);
CREATE INDEX sessions_by_email ON sessions (email) WHERE email IS NOT NULL;
CREATE INDEX sessions_by_idleness ON sessions (idle_until);
CREATE INDEX sessions_by_end ON sessions (ends_at);
