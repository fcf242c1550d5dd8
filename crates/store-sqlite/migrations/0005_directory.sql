-- How far the listing of XPM's directory came, for each practice.
CREATE TABLE directories (
    practice TEXT NOT NULL PRIMARY KEY REFERENCES chains (practice),
    version  INTEGER NOT NULL CHECK (version > 0),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;
