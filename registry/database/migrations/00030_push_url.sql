-- Where a VEN of 2.0a, which does not register, is pushed to over HTTP.

-- +goose Up

ALTER TABLE ven ADD COLUMN push_url TEXT NOT NULL DEFAULT '';
