-- The schema as it stands today, made from database/migrations by make schema: do
-- not edit. It is the same on both databases, but for what a comment says and that
-- WITHOUT ROWID is SQLite's alone. Times are epoch milliseconds UTC, bodies JSON.

-- Who wanted to change what, and the status of the answer, 0 while it is not known.
CREATE TABLE audit (
    no         BIGINT PRIMARY KEY /* given by the database; INTEGER on SQLite */,
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

-- The only revision line, and the last number given to a VEN or an event:
-- numbers are never used again, so an old push token never meets a new VEN.
CREATE TABLE change (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    rev BIGINT NOT NULL,
    no  BIGINT NOT NULL
);

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

-- The last answer of a VEN for an event.
CREATE TABLE event_answer (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    code         BIGINT NOT NULL,
    answered_at  BIGINT NOT NULL,
    opt_at       BIGINT,
    error        TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (event_no, ven_no)
) WITHOUT ROWID;
CREATE INDEX event_answer_ven ON event_answer (ven_no);

-- Events that a VEN is no longer among by its labels, since it was deleted or
-- they changed after the event was over: the modificationNumber it had there, and
-- the revision from which on a push told of it.
CREATE TABLE event_left (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
) WITHOUT ROWID;
CREATE INDEX event_left_ven ON event_left (ven_no);

-- Events that a VEN is told nothing of, for want of room in its message: no push of
-- a revision since on, until before that of until, had the event in it.
CREATE TABLE event_omitted (
    event_no BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no   BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    since    BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
) WITHOUT ROWID;
CREATE INDEX event_omitted_open ON event_omitted (until);
CREATE INDEX event_omitted_ven ON event_omitted (ven_no);

-- What of an event differs for one VEN, from revision rev until before gone (NULL:
-- still). Its modificationNumber is the event's plus added. Or the event is
-- cancelled for it alone: withdrawn is the number of that, before the number it had,
-- shown the event's number whose content it is told. matched are the targets that it
-- is told, as JSON, if they are not those that its labels match.
CREATE TABLE event_own (
    event_no  BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no    BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    rev       BIGINT NOT NULL,
    gone      BIGINT,
    added     BIGINT NOT NULL,
    withdrawn BIGINT,
    before    BIGINT,
    shown     BIGINT,
    matched   TEXT NOT NULL,
    at        BIGINT,
    PRIMARY KEY (event_no, ven_no, rev)
) WITHOUT ROWID;
CREATE INDEX event_own_ven ON event_own (ven_no);

-- Every version of an event under its modificationNumber. size and targets are
-- the bytes that it takes in a message.
CREATE TABLE event_revision (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    body         TEXT NOT NULL,
    changed_at   BIGINT NOT NULL,
    changed_by   TEXT NOT NULL,
    size         BIGINT NOT NULL DEFAULT 0,
    targets      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (event_no, modification)
);
CREATE INDEX event_revision_rev ON event_revision (rev);

-- What an event targets now.
CREATE TABLE event_target (
    event_no BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (event_no, kind, value)
);
CREATE INDEX event_target_label ON event_target (kind, value);

-- What an event targets and targeted: from revision rev on, until before gone,
-- NULL where it still does.
CREATE TABLE event_target_span (
    event_no BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    rev      BIGINT NOT NULL,
    gone     BIGINT,
    PRIMARY KEY (event_no, kind, value, rev)
) WITHOUT ROWID;

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

-- What each VEN said of an event, and when it was withdrawn from one or targeted
-- again. nth counts the rows of a VEN for an event.
CREATE TABLE history (
    no           BIGINT PRIMARY KEY /* given by the database; INTEGER on SQLite */,
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    at           BIGINT NOT NULL,
    what         TEXT NOT NULL,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    opt_id       TEXT NOT NULL,
    resources    TEXT NOT NULL,
    code         BIGINT NOT NULL,
    error        TEXT NOT NULL,
    target       TEXT NOT NULL DEFAULT '{}',
    nth          BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX history_event ON history (event_no, at);
CREATE INDEX history_ven ON history (ven_no, event_no, no);

-- The identities that a VEN is known by; none belongs to two VENs.
CREATE TABLE identity (
    transport TEXT NOT NULL,
    identity  TEXT NOT NULL,
    ven_no    BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    PRIMARY KEY (transport, identity)
) WITHOUT ROWID;
CREATE INDEX identity_ven ON identity (ven_no);

-- What happened, as numbered entries. A row holds one entry, or several alike: then
-- members is a list with an item for each, no is the number of the last, and those
-- before it count down. rev is the revision that a delivery told.
CREATE TABLE journal (
    no       BIGINT PRIMARY KEY /* INTEGER on SQLite */,
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

-- On PostgreSQL, rows that have no number so far: transactions that run side by side
-- would make numbers visible in any order. entries is how many a row holds.
CREATE TABLE journal_new (
    key      BIGINT PRIMARY KEY /* given by the database; INTEGER on SQLite */,
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

-- What a VEN can be targeted by, since revision rev. spelling is how a market
-- context was written, if that is not its normal form.
CREATE TABLE label (
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    ven_no   BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    rev      BIGINT NOT NULL,
    spelling TEXT,
    PRIMARY KEY (kind, value, ven_no)
) WITHOUT ROWID;
CREATE INDEX label_ven ON label (ven_no, kind, value);

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
) WITHOUT ROWID;
CREATE INDEX notice_standing ON notice (ven_no) WHERE ended_at IS NULL;

-- Opts of VENs. One without event_no is a schedule. key tells apart opts of one
-- optID; replaced_at says when newer opts had left nothing of a schedule, blocks
-- that it took parts of older ones.
CREATE TABLE opt (
    no           BIGINT PRIMARY KEY /* given by the database; INTEGER on SQLite */,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    opt_id       TEXT NOT NULL,
    key          TEXT NOT NULL,
    event_no     BIGINT REFERENCES event (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    reason       TEXT NOT NULL,
    body         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    received_at  BIGINT NOT NULL,
    cancelled_at BIGINT,
    replaced_at  BIGINT,
    blocks       BOOLEAN NOT NULL
);
CREATE INDEX opt_event ON opt (event_no);
CREATE INDEX opt_id ON opt (ven_no, opt_id, key);
CREATE INDEX opt_over ON opt (ven_no, coalesce(cancelled_at, replaced_at)) WHERE cancelled_at IS NOT NULL OR replaced_at IS NOT NULL;
CREATE INDEX opt_schedule ON opt (ven_no, opt, created_at) WHERE event_no IS NULL;
CREATE INDEX opt_standing ON opt (ven_no, opt, created_at) WHERE event_no IS NULL AND replaced_at IS NULL AND cancelled_at IS NULL;

-- The periods of a schedule; end_at is NULL where there is no end.
CREATE TABLE opt_period (
    opt_no   BIGINT NOT NULL REFERENCES opt (no) ON DELETE CASCADE,
    ven_no   BIGINT NOT NULL,
    opt_id   TEXT NOT NULL,
    place    INTEGER NOT NULL,
    start_at BIGINT NOT NULL,
    end_at   BIGINT,
    PRIMARY KEY (opt_no, place)
);
CREATE INDEX opt_period_ven ON opt_period (ven_no);

-- How a VEN stands with a topic. box is the VEN's number times 256 plus the topic.
-- place is its queue time; pushes and push_bytes count its rows in push.
CREATE TABLE outbox (
    box        BIGINT PRIMARY KEY /* INTEGER on SQLite */,
    ven_no     BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    topic      INTEGER NOT NULL,
    rev        BIGINT NOT NULL,
    sent       BIGINT NOT NULL,
    settled    BIGINT NOT NULL,
    state      TEXT NOT NULL,
    urgency    INTEGER NOT NULL,
    place      BIGINT NOT NULL,
    next_at    BIGINT,
    attempts   BIGINT NOT NULL,
    sent_at    BIGINT,
    settled_at BIGINT,
    result     TEXT NOT NULL,
    code       BIGINT NOT NULL,
    error      TEXT NOT NULL,
    pushes     BIGINT NOT NULL DEFAULT 0,
    push_bytes BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts = 0;
CREATE INDEX outbox_parked ON outbox (next_at) WHERE state = 'parked';
CREATE INDEX outbox_silent ON outbox (urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts > 0;
CREATE INDEX outbox_ven ON outbox (ven_no);

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

-- Users of the API and the console. password is an argon2id hash, empty where the
-- user has none.
CREATE TABLE person (
    name       TEXT PRIMARY KEY,
    role       TEXT NOT NULL,
    password   TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL
) WITHOUT ROWID;

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
) WITHOUT ROWID;
CREATE INDEX person_key_expires ON person_key (expires_at) WHERE expires_at IS NOT NULL;

-- Written to see whether the store can be written.
CREATE TABLE ping (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  BIGINT NOT NULL
);

-- One record of each settled push.
CREATE TABLE push (
    box        BIGINT NOT NULL REFERENCES outbox (box) ON DELETE CASCADE,
    rev        BIGINT NOT NULL,
    sent_at    BIGINT,
    settled_at BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    result     TEXT NOT NULL,
    code       BIGINT NOT NULL,
    error      TEXT NOT NULL,
    PRIMARY KEY (box, rev)
) WITHOUT ROWID;
CREATE INDEX push_settled ON push (settled_at);

-- How much a VEN has stored of each kind that has a quota.
CREATE TABLE quota_use (
    ven_no BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    kind   TEXT NOT NULL,
    amount BIGINT NOT NULL,
    bytes  BIGINT NOT NULL,
    PRIMARY KEY (ven_no, kind)
) WITHOUT ROWID;

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
CREATE INDEX registration_report_only ON registration (ven_no) WHERE report_only AND ended_at IS NULL;
CREATE UNIQUE INDEX registration_standing ON registration (ven_no) WHERE ended_at IS NULL;
CREATE INDEX registration_ven ON registration (ven_no);

-- Report orders of operators; a standing one also applies to VENs that come later.
CREATE TABLE report_order (
    no         BIGINT PRIMARY KEY /* INTEGER on SQLite */,
    order_id   TEXT NOT NULL UNIQUE,
    standing   BOOLEAN NOT NULL,
    body       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    ended_at   BIGINT
);
CREATE INDEX report_order_standing ON report_order (no) WHERE standing AND ended_at IS NULL;

-- What a standing report order targets.
CREATE TABLE report_order_target (
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    order_no BIGINT NOT NULL REFERENCES report_order (no) ON DELETE CASCADE,
    PRIMARY KEY (kind, value, order_no)
) WITHOUT ROWID;
CREATE INDEX report_order_target_order ON report_order_target (order_no);

-- Data points of offered reports. One with gone_at was offered until then; its
-- values may still be there.
CREATE TABLE report_point (
    no           BIGINT PRIMARY KEY /* INTEGER on SQLite */,
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
CREATE INDEX report_point_any ON report_point (ven_no, specifier_id, r_id, gone_at);
CREATE INDEX report_point_gone ON report_point (gone_at) WHERE gone_at IS NOT NULL;
CREATE UNIQUE INDEX report_point_offered ON report_point (ven_no, specifier_id, r_id) WHERE gone_at IS NULL;

-- Report requests to VENs. order_id names the order they come from. told_at,
-- data_at and ended_at say how far a request is.
CREATE TABLE report_request (
    no                BIGINT PRIMARY KEY /* INTEGER on SQLite */,
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
    error             TEXT NOT NULL,
    ride_until        BIGINT DEFAULT 0,
    rode              BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX report_request_ended ON report_request (ended_at);
CREATE INDEX report_request_open ON report_request (ven_no) WHERE state IN ('pending', 'active', 'cancelling') OR last_owed;
CREATE INDEX report_request_order ON report_request (order_id, no);
CREATE INDEX report_request_rev ON report_request (rev);
CREATE INDEX report_request_riding ON report_request (ride_until) WHERE state = 'cancelling' AND piggyback;
CREATE INDEX report_request_untold ON report_request (ven_no) WHERE state IN ('pending', 'cancelling');
CREATE INDEX report_request_ven ON report_request (ven_no, no);

-- Reports that a VEN offers.
CREATE TABLE report_specifier (
    ven_no        BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    specifier_id  TEXT NOT NULL,
    name          TEXT NOT NULL,
    body          TEXT NOT NULL,
    registered_at BIGINT NOT NULL,
    PRIMARY KEY (ven_no, specifier_id)
);

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
) WITHOUT ROWID;

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
    created_at      BIGINT NOT NULL,
    stanza          TEXT NOT NULL DEFAULT '',
    route_stanza    TEXT NOT NULL DEFAULT '',
    deleted_at      BIGINT,
    labels_before   TEXT,
    identified      BOOLEAN NOT NULL DEFAULT FALSE,
    signatures      TEXT NOT NULL DEFAULT '',
    push_url        TEXT NOT NULL DEFAULT ''
);
CREATE INDEX ven_deleted ON ven (deleted_at) WHERE deleted_at IS NOT NULL;

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
) WITHOUT ROWID;

-- Whom an event's targets name, and by which of them.
CREATE VIEW targeted (event_no, ven_no, kind, value) AS
    SELECT t.event_no, l.ven_no, t.kind, t.value
      FROM event_target t JOIN label l ON l.kind = t.kind AND l.value = t.value;
