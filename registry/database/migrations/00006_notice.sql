-- What operators told VENs of their registrations, each at a revision of the
-- VEN's box for that topic, and what became of it.

-- +goose Up

-- Notices of a registration that an operator asked for, each at a revision of the
-- VEN's outbox for that topic, and what became of it.
CREATE TABLE notice (
    ven_no          BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    rev             BIGINT NOT NULL,
    kind            TEXT NOT NULL,
    registration_id TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    created_by      TEXT NOT NULL,
    told_at         BIGINT,
    code            BIGINT NOT NULL,
    error           TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    ended_at        BIGINT,
    PRIMARY KEY (ven_no, rev)
) {{clustered}};
CREATE INDEX notice_standing ON notice (ven_no) WHERE ended_at IS NULL;
