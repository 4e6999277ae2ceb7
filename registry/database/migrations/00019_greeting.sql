-- VENs that registered anew are told the VTN's own reports first, in a box of their
-- own that is there until then; what else they are told is held. See greeting.go.

-- +goose Up

-- So far a VEN was told after it had registered its reports. Whoever was not is owed it.
INSERT INTO outbox (box, ven_no, topic, rev, sent, settled, state, urgency, place, next_at, attempts, result, code, error)
SELECT r.ven_no * -256 - 109, r.ven_no, 109, (SELECT rev + 1 FROM change), 0, 0, 'idle', 4, 0, 0, 0, '', 0, ''
  FROM registration r
 WHERE r.ended_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM own_report o JOIN outbox x ON x.box = o.ven_no * 256 + 114
                    WHERE o.ven_no = r.ven_no AND o.report_request_id = '' AND o.registration_id = r.registration_id AND x.settled >= o.rev);
UPDATE change SET rev = rev + 1 WHERE EXISTS (SELECT 1 FROM outbox WHERE topic = 109);
UPDATE outbox SET state = 'held', attempts = 0, next_at = CAST({{seconds}} * 1000 AS BIGINT) + 1125000
 WHERE state <> 'off' AND topic <> 109 AND ven_no IN (SELECT m.ven_no FROM outbox m WHERE m.topic = 109);
DELETE FROM own_report WHERE report_request_id = '' AND ven_no IN (SELECT m.ven_no FROM outbox m WHERE m.topic = 109);
