-- Claims take what is due of all topics together.

-- +goose Up

DROP INDEX outbox_due;
DROP INDEX outbox_silent;
CREATE INDEX outbox_due ON outbox (urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts = 0;
CREATE INDEX outbox_silent ON outbox (urgency, next_at)
    WHERE settled < rev AND next_at IS NOT NULL AND attempts > 0;
