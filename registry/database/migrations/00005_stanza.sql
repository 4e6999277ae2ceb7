-- The kind of stanza a VEN is to be pushed to in, and the one it last spoke in.
-- Empty is as it last spoke, and the usual one.

-- +goose Up

ALTER TABLE ven ADD COLUMN stanza TEXT NOT NULL DEFAULT '';
ALTER TABLE ven ADD COLUMN route_stanza TEXT NOT NULL DEFAULT '';
