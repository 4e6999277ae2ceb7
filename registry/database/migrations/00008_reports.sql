-- What VENs can report, what they are asked to, and what they measured.

-- +goose Up

-- Reports that a VEN offers.
CREATE TABLE report_specifier (
    ven_no        BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    specifier_id  TEXT NOT NULL,
    name          TEXT NOT NULL,
    body          TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    PRIMARY KEY (ven_no, specifier_id)
);

-- Data points of offered reports. One with gone_at was offered until then; its
-- values may still be there.
CREATE TABLE report_point (
    no           {{key}},
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    specifier_id TEXT NOT NULL,
    r_id         TEXT NOT NULL,
    place        INTEGER NOT NULL,
    report_type  TEXT NOT NULL,
    measurement  TEXT NOT NULL,
    min_ms       BIGINT NOT NULL,
    max_ms       BIGINT NOT NULL,
    body         TEXT NOT NULL,
    gone_at      BIGINT
);
CREATE UNIQUE INDEX report_point_offered ON report_point (ven_no, specifier_id, r_id) WHERE gone_at IS NULL;
CREATE INDEX report_point_any ON report_point (ven_no, specifier_id, r_id, gone_at);
CREATE INDEX report_point_gone ON report_point (gone_at) WHERE gone_at IS NOT NULL;

-- Report orders of operators; a standing one also applies to VENs that come later.
CREATE TABLE report_order (
    no         {{key}},
    order_id   TEXT NOT NULL UNIQUE,
    standing   BOOLEAN NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ended_at   BIGINT
);
CREATE INDEX report_order_standing ON report_order (no) WHERE standing AND ended_at IS NULL;

-- Report requests to VENs. order_id names the order they come from. told_at,
-- data_at and ended_at say how far a request is.
CREATE TABLE report_request (
    no                {{key}},
    report_request_id TEXT NOT NULL UNIQUE,
    order_id          TEXT NOT NULL,
    ven_no            BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    specifier_id      TEXT NOT NULL,
    granularity_ms    BIGINT NOT NULL,
    body              TEXT NOT NULL,
    state             TEXT NOT NULL,
    rev               BIGINT NOT NULL,
    piggyback         BOOLEAN NOT NULL,
    to_follow         BOOLEAN NOT NULL,
    last_owed         BOOLEAN NOT NULL,
    created_at        BIGINT NOT NULL,
    created_by        TEXT NOT NULL,
    told_at           BIGINT,
    data_at           BIGINT,
    ended_at          BIGINT,
    code              BIGINT NOT NULL,
    error             TEXT NOT NULL
);
CREATE INDEX report_request_ven ON report_request (ven_no, no);
CREATE INDEX report_request_order ON report_request (order_id, no);
CREATE INDEX report_request_rev ON report_request (rev);
CREATE INDEX report_request_untold ON report_request (ven_no) WHERE state IN ('pending', 'cancelling');
CREATE INDEX report_request_open ON report_request (ven_no) WHERE state IN ('pending', 'active', 'cancelling');
CREATE INDEX report_request_cancelling ON report_request (ven_no) WHERE state = 'cancelling';
CREATE INDEX report_request_ended ON report_request (ended_at);

-- The VTN's reports that VENs are due; an empty report_request_id is what the
-- VTN publishes by itself.
CREATE TABLE own_report (
    ven_no            BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    report_request_id TEXT NOT NULL,
    registration_id   TEXT NOT NULL,
    rev               BIGINT NOT NULL,
    every_ms          BIGINT NOT NULL,
    next_at           BIGINT,
    ends_at           BIGINT,
    PRIMARY KEY (ven_no, report_request_id)
);
CREATE INDEX own_report_next ON own_report (next_at) WHERE next_at IS NOT NULL;

-- point_no 0 is Green Button data, which names no data point. The order of the
-- key is the one that data is read in, and mostly comes in.
CREATE TABLE report_value (
    request_no  BIGINT NOT NULL REFERENCES report_request (no) ON DELETE CASCADE,
    start_at    BIGINT NOT NULL,
    point_no    BIGINT NOT NULL,
    duration_ms BIGINT NOT NULL,
    value       DOUBLE PRECISION NOT NULL,
    quality     TEXT,
    confidence  BIGINT,
    accuracy    DOUBLE PRECISION,
    body        TEXT,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (request_no, start_at, point_no)
) {{clustered}};
