-- Which deployment a marker or a job is of: both are read out of the body, so that no row has to be
-- written anew. `job` is XPM's UUID of the job, once it is known. That no two deployments of a
-- practice share one is checked before each write, as it would be after the unit.

ALTER TABLE deployments ADD COLUMN marker TEXT
    GENERATED ALWAYS AS (json_extract(body, '$.marker')) VIRTUAL;
ALTER TABLE deployments ADD COLUMN job TEXT
    GENERATED ALWAYS AS (json_extract(body, '$.job.id')) VIRTUAL;
CREATE INDEX deployments_by_marker ON deployments (practice, marker, workflow, occurrence);
CREATE INDEX deployments_by_job ON deployments (practice, job) WHERE job IS NOT NULL;

-- How far each practice's sweep of XPM's jobs came.
CREATE TABLE sweeps (
    practice TEXT NOT NULL PRIMARY KEY REFERENCES chains (practice),
    version  INTEGER NOT NULL CHECK (version > 0),
    format   INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;
