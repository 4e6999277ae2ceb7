-- Systems of the operator that are sent the journal.

-- +goose Up

-- position is the last entry that the endpoint took. Who sends holds the row until
-- held_until.
CREATE TABLE webhook (
    webhook_id    TEXT PRIMARY KEY,
    url           TEXT NOT NULL,
    secret        TEXT NOT NULL,
    kinds         TEXT NOT NULL,
    description   TEXT NOT NULL,
    state         TEXT NOT NULL,
    position      BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    created_by    TEXT NOT NULL,
    changed_at    BIGINT NOT NULL,
    sent_at       BIGINT,
    failures      BIGINT NOT NULL,
    failing_since BIGINT,
    next_at       BIGINT,
    error         TEXT NOT NULL,
    holder        TEXT NOT NULL,
    held_until    BIGINT NOT NULL
) {{clustered}};
