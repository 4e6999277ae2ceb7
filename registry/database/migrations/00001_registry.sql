-- What a VTN knows, the same on SQLite and PostgreSQL. Times are epoch
-- milliseconds UTC; durations are in the bodies. Bodies are JSON.

-- +goose Up

-- The only revision line, and the last number given to a VEN or an event:
-- numbers are never used again, so an old push token never meets a new VEN.
CREATE TABLE change (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    rev BIGINT NOT NULL,
    no  BIGINT NOT NULL
);
INSERT INTO change (one, rev, no) VALUES (1, 0, 0);

-- Written to see whether the store can be written.
CREATE TABLE ping (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  BIGINT NOT NULL
);
INSERT INTO ping (one, at) VALUES (1, 0);

-- A VEN with its last known route. labels_rev is the revision of the last change of
-- its labels; labels_before are the labels a deleted VEN had, as JSON.
CREATE TABLE ven (
    no              BIGINT PRIMARY KEY,
    ven_id          TEXT COLLATE "binary" NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    profile         TEXT NOT NULL,
    payload_root    TEXT NOT NULL,
    route_transport TEXT NOT NULL DEFAULT '',
    route_identity  TEXT NOT NULL DEFAULT '',
    route_address   TEXT NOT NULL DEFAULT '',
    route_form      TEXT NOT NULL DEFAULT '',
    seen_at         BIGINT,
    labels_rev      BIGINT NOT NULL,
    created_at      BIGINT NOT NULL
);

CREATE TABLE identity (
    transport TEXT NOT NULL,
    identity  TEXT NOT NULL,
    ven_no    BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    PRIMARY KEY (transport, identity)
);
CREATE INDEX identity_ven ON identity (ven_no);

-- Registrations of VENs; the standing one has no ended_at.
CREATE TABLE registration (
    registration_id TEXT PRIMARY KEY,
    ven_no          BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    profile         TEXT NOT NULL,
    transport       TEXT NOT NULL,
    address         TEXT NOT NULL,
    http_pull       BOOLEAN NOT NULL,
    report_only     BOOLEAN NOT NULL,
    xml_signature   BOOLEAN NOT NULL,
    started_at      BIGINT NOT NULL,
    ended_at        BIGINT
);
CREATE INDEX registration_ven ON registration (ven_no);
CREATE UNIQUE INDEX registration_standing ON registration (ven_no) WHERE ended_at IS NULL;

CREATE TABLE label (
    kind   TEXT NOT NULL,
    value  TEXT NOT NULL,
    ven_no BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    PRIMARY KEY (kind, value, ven_no)
);
CREATE INDEX label_ven ON label (ven_no);

-- Events as they are now. modification is the modificationNumber; highest is
-- kept for earlier versions of the program. end_at is NULL for an event that is open-ended.
CREATE TABLE event (
    no             BIGINT PRIMARY KEY,
    event_id       TEXT NOT NULL UNIQUE,
    modification   BIGINT NOT NULL,
    highest        BIGINT NOT NULL,
    rev            BIGINT NOT NULL,
    market_context TEXT NOT NULL,
    test           BOOLEAN NOT NULL,
    start_at       BIGINT NOT NULL,
    end_at         BIGINT,
    created_at     BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL,
    cancelled_at   BIGINT
);
CREATE INDEX event_end ON event (end_at);
CREATE INDEX event_market_context ON event (market_context, start_at);

-- Every version of an event under its modificationNumber. size and targets are
-- the bytes that it takes in a message.
CREATE TABLE event_revision (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    body         TEXT NOT NULL,
    changed_at   BIGINT NOT NULL,
    changed_by   TEXT NOT NULL,
    PRIMARY KEY (event_no, modification)
);

-- What an event targets now.
CREATE TABLE event_target (
    event_no BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (event_no, kind, value)
);
CREATE INDEX event_target_label ON event_target (kind, value);

-- Whom an event's targets name, and by which of them.
CREATE VIEW targeted (event_no, ven_no, kind, value) AS
    SELECT t.event_no, l.ven_no, t.kind, t.value
      FROM event_target t JOIN label l ON l.kind = t.kind AND l.value = t.value;

-- VENs for which alone an event is cancelled, since revision rev. Kept for earlier
-- versions of the program: today event_own says so.
CREATE TABLE event_withdrawn (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
);
CREATE INDEX event_withdrawn_ven ON event_withdrawn (ven_no);

CREATE TABLE event_answer (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    code         BIGINT NOT NULL,
    answered_at  BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
);
CREATE INDEX event_answer_ven ON event_answer (ven_no);

CREATE TABLE outbox (
    ven_no     BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    topic      TEXT NOT NULL,
    rev        BIGINT NOT NULL,
    sent       BIGINT NOT NULL,
    settled    BIGINT NOT NULL,
    state      TEXT NOT NULL,
    urgency    INTEGER NOT NULL,
    next_at    BIGINT,
    attempts   BIGINT NOT NULL,
    sent_at    BIGINT,
    settled_at BIGINT,
    result     TEXT NOT NULL,
    code       BIGINT NOT NULL,
    error      TEXT NOT NULL,
    PRIMARY KEY (ven_no, topic)
);
-- Due, apart by whether the last push was answered: a crowd of silent VENs
-- costs the claims of the others nothing.
CREATE INDEX outbox_due ON outbox (topic, urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts = 0;
CREATE INDEX outbox_silent ON outbox (topic, urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts > 0;

-- One record of each settled push.
CREATE TABLE push (
    ven_no     BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    topic      TEXT NOT NULL,
    rev        BIGINT NOT NULL,
    sent_at    BIGINT,
    settled_at BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    result     TEXT NOT NULL,
    code       BIGINT NOT NULL,
    error      TEXT NOT NULL,
    PRIMARY KEY (ven_no, topic, rev)
);
CREATE INDEX push_settled ON push (settled_at);

CREATE TABLE opt (
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    opt_id       TEXT NOT NULL,
    event_no     BIGINT REFERENCES event (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    reason       TEXT NOT NULL,
    body         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    cancelled_at BIGINT,
    PRIMARY KEY (ven_no, opt_id)
);
CREATE INDEX opt_event ON opt (event_no);

CREATE TABLE opt_period (
    ven_no   BIGINT NOT NULL,
    opt_id   TEXT NOT NULL,
    place    INTEGER NOT NULL,
    start_at BIGINT NOT NULL,
    end_at   BIGINT,
    PRIMARY KEY (ven_no, opt_id, place),
    FOREIGN KEY (ven_no, opt_id) REFERENCES opt (ven_no, opt_id) ON DELETE CASCADE
);
