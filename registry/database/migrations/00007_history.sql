-- What each VEN said of an event over time, beside the last answer that counts;
-- since when and how long an event had a target; and what opts are looked for by.

-- +goose Up

-- What each VEN said of an event, and when it was withdrawn from one or targeted
-- again. nth counts the rows of a VEN for an event.
CREATE TABLE history (
    no           {{numbered}},
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    at           BIGINT NOT NULL,
    what         TEXT NOT NULL,
    modification BIGINT NOT NULL,
    opt          TEXT NOT NULL,
    opt_id       TEXT NOT NULL,
    resources    TEXT NOT NULL,
    code         BIGINT NOT NULL,
    error        TEXT NOT NULL
);
CREATE INDEX history_event ON history (event_no, at);
CREATE INDEX history_ven ON history (ven_no, event_no, no);

-- When the opt was given, which an answer to a cancellation leaves; why not,
-- where the code is not 200, and then there is no opt.
ALTER TABLE event_answer ADD COLUMN opt_at BIGINT;
ALTER TABLE event_answer ADD COLUMN error TEXT NOT NULL DEFAULT '';
UPDATE event_answer SET opt = '' WHERE code NOT BETWEEN 200 AND 299;
UPDATE event_answer SET opt_at = answered_at WHERE opt <> '';

-- created_at is what the VEN says.
ALTER TABLE opt ADD COLUMN received_at BIGINT NOT NULL DEFAULT 0;
UPDATE opt SET received_at = created_at;
CREATE INDEX opt_schedule ON opt (ven_no) WHERE event_no IS NULL AND cancelled_at IS NULL;

-- What an event targets and targeted: from revision rev on, until before gone,
-- NULL where it still does.
CREATE TABLE event_target_span (
    event_no BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    rev      BIGINT NOT NULL,
    gone     BIGINT,
    PRIMARY KEY (event_no, kind, value, rev)
) {{clustered}};
INSERT INTO event_target_span (event_no, kind, value, rev) SELECT event_no, kind, value, 0 FROM event_target;
