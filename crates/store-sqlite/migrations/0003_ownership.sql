-- Who may deploy: the owner's epoch, the leases granted under it, and the connections to XPM.

-- Raised by each owner when it opens the file: what was granted under an older epoch was granted
-- to a process that is dead.
CREATE TABLE owner (
    only  INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO owner (only, epoch) VALUES (1, 0);

CREATE TABLE leases (
    practice   TEXT NOT NULL PRIMARY KEY REFERENCES chains (practice),
    fence      INTEGER NOT NULL, -- the number of the last lease that was granted
    holder     TEXT, -- NULL once it was given back
    epoch      INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A connection that was forgotten keeps its rotation, so that one made later cannot be mistaken
-- for it.
CREATE TABLE connections (
    practice TEXT NOT NULL PRIMARY KEY REFERENCES chains (practice),
    rotation INTEGER NOT NULL CHECK (rotation > 0),
    format   INTEGER NOT NULL,
    nonce    BLOB CHECK (length(nonce) = 24),
    sealed   BLOB,
    CHECK ((nonce IS NULL) = (sealed IS NULL))
) STRICT;
