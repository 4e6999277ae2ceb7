-- What VENs mean by their opts.

-- +goose Up

-- A schedule that ends after the year 9999 ends never: JSON has no later time.
UPDATE opt_period SET end_at = NULL WHERE end_at > 253402300799999;

-- What an opt is for beside resources, as JSON.
ALTER TABLE history ADD COLUMN target TEXT NOT NULL DEFAULT '{}';
