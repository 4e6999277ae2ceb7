-- One optID may serve several opts, apart by event or schedule and by what they are
-- for: key stands for that (empty: stored before, with one opt for each optID). A
-- schedule takes what it is for from older ones of its kind, for good: replaced_at says
-- when newer ones had left nothing of it, blocks that it took parts of older ones.
--
-- A process of the version before reads on; what it is asked to store of opts fails.

-- +goose Up

ALTER TABLE opt_period RENAME TO opt_period_before;
ALTER TABLE opt RENAME TO opt_before;
DROP INDEX opt_event;
DROP INDEX opt_schedule;
DROP INDEX opt_cancelled;

-- Opts of VENs. One without event_no is a schedule. key tells apart opts of one
-- optID; replaced_at says when newer opts had left nothing of a schedule, blocks
-- that it took parts of older ones.
CREATE TABLE opt (
    no           {{numbered}},
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
-- In the order in which they count, which is that of their numbers until one comes.
INSERT INTO opt (ven_no, opt_id, key, event_no, modification, opt, reason, body, created_at, received_at, cancelled_at, blocks)
SELECT ven_no, opt_id, '', event_no, modification, opt, reason, body, created_at, received_at, cancelled_at, FALSE
  FROM opt_before ORDER BY created_at, received_at, ven_no, opt_id;
CREATE INDEX opt_id ON opt (ven_no, opt_id, key);
CREATE INDEX opt_event ON opt (event_no);
CREATE INDEX opt_schedule ON opt (ven_no, opt, created_at) WHERE event_no IS NULL;
CREATE INDEX opt_standing ON opt (ven_no, opt, created_at) WHERE event_no IS NULL AND replaced_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX opt_over ON opt (ven_no, coalesce(cancelled_at, replaced_at)) WHERE cancelled_at IS NOT NULL OR replaced_at IS NOT NULL;

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
INSERT INTO opt_period (opt_no, ven_no, opt_id, place, start_at, end_at)
SELECT o.no, o.ven_no, o.opt_id, p.place, p.start_at, p.end_at
  FROM opt o JOIN opt_period_before p ON p.ven_no = o.ven_no AND p.opt_id = o.opt_id ORDER BY o.no, p.place;
CREATE INDEX opt_period_ven ON opt_period (ven_no);
DROP TABLE opt_period_before;
DROP TABLE opt_before;

-- A newer schedule for the whole VEN has replaced those of its kind, unless it is for
-- the events of another market context alone; also where it was cancelled since.
UPDATE opt SET replaced_at = r.at
  FROM (SELECT w.no, CASE WHEN w.at < w.received_at THEN w.received_at ELSE w.at END AS at
          FROM (SELECT s.no, s.received_at,
                       CASE WHEN coalesce(s.by_any, s.by_own) < coalesce(s.by_own, s.by_any) THEN coalesce(s.by_any, s.by_own) ELSE coalesce(s.by_own, s.by_any) END AS at
                  FROM (SELECT c.no, c.received_at,
                               min(CASE WHEN c.whole AND c.market_context = '' THEN c.received_at END)
                                   OVER (PARTITION BY c.ven_no, c.opt ORDER BY c.no DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS by_any,
                               min(CASE WHEN c.whole THEN c.received_at END)
                                   OVER (PARTITION BY c.ven_no, c.opt, c.market_context ORDER BY c.no DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS by_own
                          FROM (SELECT no, ven_no, opt, received_at, coalesce({{json "body"}} ->> 'marketContext', '') AS market_context,
                                       {{json "body"}} ->> 'resources' IS NULL AND {{json "body"}} ->> 'deviceClasses' IS NULL
                                       AND {{json "body"}} ->> 'others' IS NULL AS whole
                                  FROM opt WHERE event_no IS NULL) AS c) AS s) AS w
         WHERE w.at IS NOT NULL) AS r
 WHERE r.no = opt.no AND (opt.cancelled_at IS NULL OR r.at < opt.cancelled_at);

-- What stands beside older ones may have taken parts of them.
UPDATE opt SET blocks = TRUE
  FROM (SELECT no, max(CASE WHEN replaced_at IS NULL AND cancelled_at IS NULL THEN 1 ELSE 0 END)
                       OVER (PARTITION BY ven_no, opt ORDER BY no ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS older
          FROM opt WHERE event_no IS NULL) AS b
 WHERE b.no = opt.no AND b.older = 1 AND opt.replaced_at IS NULL;
