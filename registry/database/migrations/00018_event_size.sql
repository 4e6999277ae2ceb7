-- How many bytes an event takes in a VEN's message: size without its target, and
-- targets for all it targets. 0: not measured so far.

-- +goose Up

ALTER TABLE event_revision ADD COLUMN size BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event_revision ADD COLUMN targets BIGINT NOT NULL DEFAULT 0;

-- Events that a VEN is told nothing of, for want of room in its message: no push of
-- a revision since on, until before that of until, had the event in it.
CREATE TABLE event_omitted (
    event_no BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no   BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    since    BIGINT NOT NULL,
    until    BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
) {{clustered}};
CREATE INDEX event_omitted_ven ON event_omitted (ven_no);
CREATE INDEX event_omitted_open ON event_omitted (until);

-- Who was refused its events as too large is told what there is room for.
UPDATE change SET rev = rev + 1
 WHERE EXISTS (SELECT 1 FROM outbox WHERE topic = 101 AND state <> 'off' AND settled >= rev AND result = 'refused' AND error LIKE 'not sent: its oadrDistributeEvent has %');
UPDATE outbox SET rev = (SELECT rev FROM change), place = 0, next_at = CASE state WHEN 'idle' THEN 0 ELSE next_at END
 WHERE topic = 101 AND state <> 'off' AND settled >= rev AND result = 'refused' AND error LIKE 'not sent: its oadrDistributeEvent has %';
