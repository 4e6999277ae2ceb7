-- Who may operate the VTN, and who did what.

-- +goose Up

-- Users of the API and the console. password is an argon2id hash, empty where the
-- user has none.
CREATE TABLE person (
    name       TEXT PRIMARY KEY,
    role       TEXT NOT NULL,
    password   TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL
) {{clustered}};

-- Sessions and tokens of users. hash is that of the secret, which is not stored.
CREATE TABLE person_key (
    hash       TEXT PRIMARY KEY,
    id         TEXT NOT NULL,
    person     TEXT NOT NULL REFERENCES person (name) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    label      TEXT NOT NULL,
    role       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    used_at    BIGINT,
    UNIQUE (person, id)
) {{clustered}};
CREATE INDEX person_key_expires ON person_key (expires_at) WHERE expires_at IS NOT NULL;

-- Who wanted to change what, and the status of the answer, 0 while it is not known.
CREATE TABLE audit (
    no         {{numbered}},
    at         BIGINT NOT NULL,
    actor      TEXT NOT NULL,
    via        TEXT NOT NULL,
    address    TEXT NOT NULL,
    operation  TEXT NOT NULL,
    path       TEXT NOT NULL,
    request_id TEXT NOT NULL,
    status     INTEGER NOT NULL
);
CREATE INDEX audit_actor ON audit (actor, no);
CREATE INDEX audit_at ON audit (at);
