-- How much each VEN has stored of each kind, kept with what is stored; see quota.go
-- for what counts. The records of pushes are counted by their outbox, which is
-- written with them.

-- +goose Up

-- How much a VEN has stored of each kind that has a quota.
CREATE TABLE quota_use (
    ven_no BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    kind   TEXT NOT NULL,
    amount BIGINT NOT NULL,
    bytes  BIGINT NOT NULL,
    PRIMARY KEY (ven_no, kind)
) {{clustered}};

INSERT INTO quota_use (ven_no, kind, amount, bytes)
SELECT q.ven_no, 'values', count(*), sum(64 + coalesce(octet_length(x.quality), 0) + coalesce(octet_length(x.body), 0))
  FROM report_value x JOIN report_request q ON q.no = x.request_no GROUP BY q.ven_no;

INSERT INTO quota_use (ven_no, kind, amount, bytes)
SELECT c.ven_no, 'points', count(*), sum(c.size)
  FROM (SELECT ven_no, 200 + 3 * (octet_length(specifier_id) + octet_length(r_id)) + octet_length(body) AS size FROM report_point
        UNION ALL SELECT ven_no, 100 + 2 * octet_length(specifier_id) + octet_length(name) + octet_length(body) FROM report_specifier) AS c
 GROUP BY c.ven_no;

INSERT INTO quota_use (ven_no, kind, amount, bytes)
SELECT c.ven_no, 'opts', count(*), sum(c.size)
  FROM (SELECT ven_no, 200 + 2 * octet_length(opt_id) + octet_length(reason) + octet_length(body) AS size FROM opt
        UNION ALL SELECT ven_no, 64 + octet_length(opt_id) FROM opt_period) AS c
 GROUP BY c.ven_no;
CREATE INDEX opt_cancelled ON opt (ven_no, cancelled_at) WHERE cancelled_at IS NOT NULL;

-- Each of a VEN's words on an event has a number of its own, so that none needs to
-- be counted.
ALTER TABLE history ADD COLUMN nth BIGINT NOT NULL DEFAULT 0;
UPDATE history SET nth = n.nth
  FROM (SELECT no, row_number() OVER (PARTITION BY ven_no, event_no ORDER BY no) AS nth FROM history
         WHERE what IN ('answered', 'optCreated', 'optReplaced', 'optCancelled')) AS n
 WHERE n.no = history.no;

INSERT INTO quota_use (ven_no, kind, amount, bytes)
SELECT ven_no, 'history', count(*), sum(150 + octet_length(opt_id) + octet_length(resources) + octet_length(target) + octet_length(error))
  FROM history WHERE what IN ('answered', 'optCreated', 'optReplaced', 'optCancelled') GROUP BY ven_no;

INSERT INTO quota_use (ven_no, kind, amount, bytes)
SELECT ven_no, 'requests', count(*), sum(1000 + octet_length(body)) FROM report_request GROUP BY ven_no;

INSERT INTO quota_use (ven_no, kind, amount, bytes)
SELECT ven_no, 'registrations', count(*), sum(200 + octet_length(address)) FROM registration GROUP BY ven_no;

ALTER TABLE outbox ADD COLUMN pushes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN push_bytes BIGINT NOT NULL DEFAULT 0;
UPDATE outbox SET pushes = n.pushes, push_bytes = n.bytes
  FROM (SELECT box, count(*) AS pushes, sum(150 + octet_length(error)) AS bytes FROM push GROUP BY box) AS n
 WHERE n.box = outbox.box;
