-- Where each practice's webhooks are sent, and how far the sending came.
CREATE TABLE webhooks (
    practice TEXT NOT NULL PRIMARY KEY REFERENCES chains (practice),
    version  INTEGER NOT NULL CHECK (version > 0),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;

CREATE TABLE outboxes (
    practice TEXT NOT NULL PRIMARY KEY REFERENCES chains (practice),
    version  INTEGER NOT NULL CHECK (version > 0),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;

-- What a practice shares with others, such as the secrets of its webhooks, encrypted as connections
-- are: `format` is that of what is sealed.
CREATE TABLE secrets (
    practice TEXT NOT NULL REFERENCES chains (practice),
    name     TEXT NOT NULL,
    format   INTEGER NOT NULL,
    nonce    BLOB NOT NULL CHECK (length(nonce) = 24),
    sealed   BLOB NOT NULL,
    PRIMARY KEY (practice, name)
) STRICT;
