-- Boxes and the records of pushes are found by one integer, the box's number:
-- the VEN's times 256, plus its topic's letter. An address on a route is one of
-- the VEN's own identities. Tables that are looked up by their whole key are
-- nothing but that key's tree.

-- +goose Up

ALTER TABLE push RENAME TO push_before;
ALTER TABLE outbox RENAME TO outbox_before;
DROP INDEX outbox_due;
DROP INDEX outbox_silent;
DROP INDEX push_settled;

-- How a VEN stands with a topic. box is the VEN's number times 256 plus the topic.
-- place is its queue time; pushes and push_bytes count its rows in push.
CREATE TABLE outbox (
    box        {{key}},
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
    error      TEXT NOT NULL
);
INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, next_at, attempts, sent_at, settled_at, result, code, error)
    SELECT ven_no * 256 + 101, ven_no, 101, rev, sent, settled, state, CASE urgency WHEN 2 THEN 3 ELSE urgency END,
           0, next_at, attempts, sent_at, settled_at, result, code, error
      FROM outbox_before WHERE topic = 'events';
-- Due, apart by whether the last push was answered: a crowd of silent VENs
-- costs the claims of the others nothing.
CREATE INDEX outbox_due ON outbox (topic, urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts = 0;
CREATE INDEX outbox_silent ON outbox (topic, urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts > 0;
CREATE INDEX outbox_parked ON outbox (next_at) WHERE state = 'parked';
CREATE INDEX outbox_ven ON outbox (ven_no);

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
) {{clustered}};
INSERT INTO push (box, rev, sent_at, settled_at, attempts, result, code, error)
    SELECT ven_no * 256 + 101, rev, sent_at, settled_at, attempts, result, code, error FROM push_before WHERE topic = 'events';
CREATE INDEX push_settled ON push (settled_at);
DROP TABLE push_before;
DROP TABLE outbox_before;

ALTER TABLE identity RENAME TO identity_before;
DROP INDEX identity_ven;
-- The identities that a VEN is known by; none belongs to two VENs.
CREATE TABLE identity (
    transport TEXT NOT NULL,
    identity  TEXT NOT NULL,
    ven_no    BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    PRIMARY KEY (transport, identity)
) {{clustered}};
INSERT INTO identity (transport, identity, ven_no) SELECT transport, identity, ven_no FROM identity_before;
CREATE INDEX identity_ven ON identity (ven_no);
DROP TABLE identity_before;
UPDATE ven SET route_address = '' WHERE route_address <> ''
   AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.transport = ven.route_transport AND i.identity = ven.route_identity AND i.ven_no = ven.no);

DROP VIEW targeted;
ALTER TABLE label RENAME TO label_before;
DROP INDEX label_ven;
-- What a VEN can be targeted by, since revision rev. spelling is how a market
-- context was written, if that is not its normal form.
CREATE TABLE label (
    kind   TEXT NOT NULL,
    value  TEXT NOT NULL,
    ven_no BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    rev    BIGINT NOT NULL,
    PRIMARY KEY (kind, value, ven_no)
) {{clustered}};
INSERT INTO label (kind, value, ven_no, rev) SELECT kind, value, ven_no, rev FROM label_before ORDER BY kind, value, ven_no;
CREATE INDEX label_ven ON label (ven_no, kind, value);
DROP TABLE label_before;
-- Whom an event's targets name, and by which of them.
CREATE VIEW targeted (event_no, ven_no, kind, value) AS
    SELECT t.event_no, l.ven_no, t.kind, t.value
      FROM event_target t JOIN label l ON l.kind = t.kind AND l.value = t.value;

ALTER TABLE event_answer RENAME TO event_answer_before;
DROP INDEX event_answer_ven;
-- The last answer of a VEN for an event.
CREATE TABLE event_answer (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    code         BIGINT NOT NULL,
    answered_at  BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
) {{clustered}};
INSERT INTO event_answer SELECT event_no, ven_no, modification, opt, code, answered_at FROM event_answer_before;
CREATE INDEX event_answer_ven ON event_answer (ven_no);
DROP TABLE event_answer_before;

CREATE INDEX registration_report_only ON registration (ven_no) WHERE report_only AND ended_at IS NULL;
