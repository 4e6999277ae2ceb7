-- What of an event is one VEN's own. From revision rev on, until before gone
-- (NULL: still), its modificationNumber is the event's plus added; or the event
-- is cancelled for it alone: withdrawn is the number of that, before the one it
-- had, shown the event's number whose content it is told. Matched are the targets
-- it is told, as JSON, where they are not those that its labels match. Added can be
-- negative: what a VEN was not told while it was off counts nothing.
--
-- event_withdrawn and event.highest stay for a process of the version before that
-- still runs.

-- +goose Up

-- What of an event differs for one VEN, from revision rev until before gone (NULL:
-- still). Its modificationNumber is the event's plus added. Or the event is
-- cancelled for it alone: withdrawn is the number of that, before the number it had,
-- shown the event's number whose content it is told. matched are the targets that it
-- is told, as JSON, if they are not those that its labels match.
CREATE TABLE event_own (
    event_no  BIGINT NOT NULL REFERENCES event (no) ON DELETE CASCADE,
    ven_no    BIGINT NOT NULL REFERENCES ven (no) ON DELETE CASCADE,
    rev       BIGINT NOT NULL,
    gone      BIGINT,
    added     BIGINT NOT NULL,
    withdrawn BIGINT,
    before    BIGINT,
    shown     BIGINT,
    matched   TEXT NOT NULL,
    at        BIGINT,
    PRIMARY KEY (event_no, ven_no, rev)
) {{clustered}};
CREATE INDEX event_own_ven ON event_own (ven_no);

INSERT INTO event_own (event_no, ven_no, rev, added, withdrawn, before, shown, matched, at)
SELECT w.event_no, w.ven_no, w.rev, 0, w.modification,
       (SELECT max(r.modification) FROM event_revision r WHERE r.event_no = w.event_no AND r.modification < w.modification),
       (SELECT max(r.modification) FROM event_revision r WHERE r.event_no = w.event_no AND r.rev <= w.rev), '', NULL
  FROM event_withdrawn w;
