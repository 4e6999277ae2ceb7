-- What a VEN that registers its reports finds: the standing orders that name it, and
-- the requests that it may still send data for.

-- +goose Up

-- What a standing report order targets.
CREATE TABLE report_order_target (
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    order_no BIGINT NOT NULL REFERENCES report_order (no) ON DELETE CASCADE,
    PRIMARY KEY (kind, value, order_no)
) {{clustered}};
CREATE INDEX report_order_target_order ON report_order_target (order_no);

INSERT INTO report_order_target (kind, value, order_no)
SELECT DISTINCT t.value ->> 'Kind', t.value ->> 'Value', o.no
  FROM report_order o, {{elements "o.body" "Targets"}} AS t
 WHERE o.standing AND o.ended_at IS NULL;

DROP INDEX report_request_open;
CREATE INDEX report_request_open ON report_request (ven_no) WHERE state IN ('pending', 'active', 'cancelling') OR last_owed;
