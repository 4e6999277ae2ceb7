-- Reports by the profile's rules.

-- +goose Up

-- A request for METADATA names the data point 0.
UPDATE report_request SET body = replace(body, '"METADATA"', '"0"') WHERE specifier_id = 'METADATA';

-- Until when a cancellation waits for an update to ride in the answer to, and how many
-- came since it rode. What waits since before is pushed at once.
ALTER TABLE report_request ADD COLUMN ride_until BIGINT DEFAULT 0;
ALTER TABLE report_request ADD COLUMN rode BIGINT NOT NULL DEFAULT 0;
CREATE INDEX report_request_riding ON report_request (ride_until) WHERE state = 'cancelling' AND piggyback;
DROP INDEX report_request_cancelling;
