-- What signatures count for, where that is not as for all VENs: off, asked, required.

-- +goose Up

ALTER TABLE ven ADD COLUMN signatures TEXT NOT NULL DEFAULT '';
