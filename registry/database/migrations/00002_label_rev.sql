-- Since which revision a VEN has a label: so a label it gets today says nothing
-- of the events it was told of by another.

-- +goose Up

ALTER TABLE label ADD COLUMN rev BIGINT NOT NULL DEFAULT 0;
UPDATE label SET rev = (SELECT labels_rev FROM ven WHERE ven.no = label.ven_no);
