-- Market contexts are compared in their normal form (RFC 3986, 6.2): so they stand
-- as values of labels and targets, and with events. Spelling is how a VEN's label is
-- written where that is not the value; events and orders have theirs in their
-- bodies. What there is, and what a process of the version before that still runs
-- writes, is brought into that form when a store is opened, and hourly.

-- +goose Up

ALTER TABLE label ADD COLUMN spelling TEXT;
