-- What happened stays when a VEN is deleted, under its venID, until it is as old
-- as all that is kept. labels_before are those it had, which name it no more.

-- +goose Up

ALTER TABLE ven ADD COLUMN deleted_at BIGINT;
ALTER TABLE ven ADD COLUMN labels_before TEXT;
CREATE INDEX ven_deleted ON ven (deleted_at) WHERE deleted_at IS NOT NULL;

-- Events that a VEN is no longer among by its labels, since it was deleted or
-- they changed after the event was over: the modificationNumber it had there, and
-- the revision from which on a push told of it.
CREATE TABLE event_left (
    event_no     BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no       BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    modification BIGINT NOT NULL,
    rev          BIGINT NOT NULL,
    PRIMARY KEY (event_no, ven_no)
) {{clustered}};
CREATE INDEX event_left_ven ON event_left (ven_no);
