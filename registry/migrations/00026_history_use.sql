-- What counts of the history for a VEN's quota are its own words. That it was taken
-- off an event, or told of it with other targets, was counted, too.

-- +goose Up
DELETE FROM quota_use WHERE kind = 'history';
INSERT INTO quota_use (ven_no, kind, amount, bytes)
SELECT ven_no, 'history', count(*), sum(150 + octet_length(opt_id) + octet_length(resources) + octet_length(target) + octet_length(error))
  FROM history WHERE what IN ('answered', 'optCreated', 'optReplaced', 'optCancelled') GROUP BY ven_no;
