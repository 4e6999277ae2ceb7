-- What counts for a VEN's quotas is counted anew where the counters were off.

-- +goose Up

-- Of the history those are its own words. That it was taken off an event, or told of
-- it with other targets, was counted, too.
DELETE FROM quota_use WHERE kind = 'history';
INSERT INTO quota_use (ven_no, kind, amount, bytes)
SELECT ven_no, 'history', count(*), sum(150 + octet_length(opt_id) + octet_length(resources) + octet_length(target) + octet_length(error))
  FROM history WHERE what IN ('answered', 'optCreated', 'optReplaced', 'optCancelled') GROUP BY ven_no;

-- Requests for METADATA are shorter now.
DELETE FROM quota_use WHERE kind = 'requests';
INSERT INTO quota_use (ven_no, kind, amount, bytes)
SELECT ven_no, 'requests', count(*), sum(1000 + octet_length(body)) FROM report_request GROUP BY ven_no;
