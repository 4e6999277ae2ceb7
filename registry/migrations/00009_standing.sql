-- Whom standing orders name, so that a VEN that registers its reports finds its own.

-- +goose Up

CREATE TABLE report_order_target (
    kind     TEXT NOT NULL,
    value    TEXT NOT NULL,
    order_no BIGINT NOT NULL REFERENCES report_order (no) ON DELETE CASCADE,
    PRIMARY KEY (kind, value, order_no)
) /* WITHOUT ROWID */;
CREATE INDEX report_order_target_order ON report_order_target (order_no);

INSERT INTO report_order_target (kind, value, order_no)
SELECT DISTINCT t.value ->> 'Kind', t.value ->> 'Value', o.no
  FROM report_order o, jsonb_array_elements(CAST(o.body AS JSONB) -> 'Targets') AS t
 WHERE o.standing AND o.ended_at IS NULL;
