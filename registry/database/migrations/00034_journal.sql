-- What happened, for programs that follow it.

-- +goose Up

-- What happened, as numbered entries. A row holds one entry, or several alike: then
-- members is a list with an item for each, no is the number of the last, and those
-- before it count down. rev is the revision that a delivery told.
CREATE TABLE journal (
    no       {{key}},
    at       BIGINT NOT NULL,
    kind     TEXT NOT NULL,
    what     TEXT NOT NULL,
    ven_id   TEXT NOT NULL,
    event_id TEXT NOT NULL,
    rev      BIGINT NOT NULL,
    body     TEXT NOT NULL,
    members  TEXT
);

-- On PostgreSQL, rows that have no number so far: transactions that run side by side
-- would make numbers visible in any order. entries is how many a row holds.
CREATE TABLE journal_new (
    key      {{numbered}},
    entries  BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    kind     TEXT NOT NULL,
    what     TEXT NOT NULL,
    ven_id   TEXT NOT NULL,
    event_id TEXT NOT NULL,
    rev      BIGINT NOT NULL,
    body     TEXT NOT NULL,
    members  TEXT
);

-- Who numbers rows locks this one. gone is the last number that is no longer kept;
-- completed is up to when entries tell of events that were over.
CREATE TABLE journal_head (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    gone      BIGINT NOT NULL,
    completed BIGINT NOT NULL
);
INSERT INTO journal_head (one, gone, completed) VALUES (1, 0, 0);

-- Which event a revision changed.
CREATE INDEX event_revision_rev ON event_revision (rev);
