package registry

import (
	"database/sql"
	"fmt"
	"math"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/registry/database"
)

// EventVENs is [core.EventReader.EventVENs]. A VEN needs the last change of the event,
// and a revision after it got the first of the labels that the event targets. A VEN
// that was withdrawn needs the revision that withdrew it, not later changes of the
// event.
func (t eventVENTx) EventVENs(e *core.Event, f core.EventVENFilter, after string, limit int) (vens []core.EventVEN, next string, err error) {
	if vens, err = t.eventVENs(e, f, after, limit+1); err != nil {
		return nil, "", fmt.Errorf("list the VENs of event %q: %w", e.EventID, err)
	}
	p := part{limit: limit}
	for from := 0; from < len(vens); {
		some := vens[from:min(from+optsAtOnce, len(vens))]
		if err := t.addOpts(e, some); err != nil {
			return nil, "", fmt.Errorf("list the opts for event %q: %w", e.EventID, err)
		}
		for i := range some {
			if p.full() {
				return vens[:from], vens[from-1].VENID, nil
			}
			p.add(eventVENSize(&some[i]))
			from++
		}
	}
	return vens, "", nil
}

// optsAtOnce is the number of VENs whose opts are read together. Each VEN may have
// very many opts.
const optsAtOnce = 50

// eventVENSize is the approximate number of bytes stored of how a VEN stands with an
// event.
func eventVENSize(v *core.EventVEN) int {
	size := 300 + len(v.Error)
	for i := range v.Opts {
		size += optSize(&v.Opts[i])
	}
	for i := range v.Schedules {
		size += optSize(&v.Schedules[i].Opt)
	}
	return size
}

// carried selects the pushes f that contained the event c: those sent before its
// end, except while the event was omitted.
const carried = `f.box = c.ven_no` + eventsOutbox + ` AND (c.end_at IS NULL OR f.sent_at < c.end_at)
       AND (c.omitted_since IS NULL OR f.rev < c.omitted_since OR f.rev >= c.omitted_until)`

// labelledSince is the revision at which the VEN v got the first of the labels that
// the event e targets, 0 if it has none of them.
const labelledSince = `coalesce((SELECT min(l.rev) FROM event_target t JOIN label l ON l.kind = t.kind AND l.value = t.value
                                  WHERE t.event_no = e.no AND l.ven_no = v.no), 0)`

// targetedSince is the revision since which a VEN has been among the VENs of event
// number $1, by its targets or by former targets.
func targetedSince(d *database.Dialect, venNo string) string {
	return `coalesce((SELECT min(` + d.Greatest("l.rev", "t.rev") + `) FROM event_target_span t JOIN label l ON l.kind = t.kind AND l.value = t.value
         WHERE t.event_no = $1 AND l.ven_no = ` + venNo + ` AND (t.gone IS NULL OR l.rev < t.gone)), 0)`
}

// How schedules relate to an event that lasts from $2 until before $3. What comes
// after $3 does not change that.
const (
	// meetsEvent selects an opt o that has a period within the time of the event.
	meetsEvent = `EXISTS (SELECT 1 FROM opt_period p WHERE p.opt_no = o.no AND p.start_at < $3 AND (p.end_at > $2 OR p.end_at IS NULL))`
	// beforeItsEnd selects a schedule o that came before the end of the event and
	// was not replaced by then.
	beforeItsEnd = `o.event_no IS NULL AND o.received_at < $3 AND (o.replaced_at IS NULL OR o.replaced_at >= $3)`
	// standingSchedule selects a schedule that applies to the event.
	standingSchedule = beforeItsEnd + ` AND (o.cancelled_at IS NULL OR o.cancelled_at >= $3) AND ` + meetsEvent
)

// selectSchedules finds the schedules that decide on an event, including cancelled
// ones that took parts from older schedules.
func selectSchedules(d *database.Dialect) string {
	return `SELECT ` + meetsEvent + `, ` + optColumns + ` FROM opt o ` + withoutPeriods + `
 WHERE ` + beforeItsEnd + ` AND (o.cancelled_at IS NULL OR o.cancelled_at >= $3 OR o.blocks)
   AND ` + d.InList("o.ven_no", 1) + ` ORDER BY o.created_at, o.received_at, o.no`
}

// activeTime returns the time of the event in epoch milliseconds. An open-ended event never
// ends.
func activeTime(e *core.Event) (start, end int64) {
	if e.Duration == 0 {
		return e.Start.UnixMilli(), math.MaxInt64
	}
	return e.Start.UnixMilli(), e.Start.Add(e.Duration).UnixMilli()
}

// vensOfEvent selects the numbers of the VENs that event number $1 is for, and of
// those it was for.
const vensOfEvent = `SELECT ven_no FROM targeted WHERE event_no = $1 UNION SELECT ven_no FROM event_left WHERE event_no = $1
  UNION SELECT ven_no FROM event_own WHERE event_no = $1 AND gone IS NULL AND withdrawn IS NOT NULL`

// shownState is the state of an outbox x as operators see it. An outbox held for a
// greeting that is parked is shown as parked.
const shownState = `CASE x.state WHEN 'held' THEN (SELECT coalesce(min(m.state), 'held') FROM outbox m WHERE m.box = x.ven_no` + metadataOutbox + ` AND m.state = 'parked') ELSE x.state END`

// selectEventVENs finds, for each VEN, the push that told it of the event: the first
// acknowledged push of what the VEN needs, otherwise the last refused one. If none
// was acknowledged, the VEN has what the last acknowledged push before brought.
func selectEventVENs(d *database.Dialect) string {
	return `SELECT c.ven_no, c.ven_id, c.profile, c.deleted_at, c.withdrawn, c.modification, c.before, c.needed, coalesce(c.omitted_until = ` + never + `, FALSE),
       CASE WHEN p.result = 'acknowledged' THEN NULL ELSE (SELECT coalesce(o.withdrawn, (SELECT max(r.modification) FROM event_revision r
           WHERE r.event_no = $1 AND r.rev <= l.rev) + coalesce(o.added, 0))
         FROM (SELECT f.rev FROM push f
           WHERE ` + carried + ` AND f.rev < c.needed AND f.rev >= ` + targetedSince(d, "c.ven_no") + ` AND f.result = 'acknowledged' ORDER BY f.rev DESC LIMIT 1) AS l
         LEFT JOIN event_own o ON o.event_no = $1 AND o.ven_no = c.ven_no AND o.rev <= l.rev AND (o.gone IS NULL OR o.gone > l.rev)) END,
       x.rev, x.sent, x.settled, ` + shownState + `, x.attempts, x.sent_at, x.next_at, x.code, x.error, c.seen_at, x.urgency >= ` + fmt.Sprint(polled) + `, c.route_address = '' AND x.urgency < ` + fmt.Sprint(polled) + `,
       p.result, p.attempts, p.sent_at, p.settled_at, p.code, p.error,
       a.modification, a.opt, a.opt_at, a.code, a.error, a.answered_at
  FROM (SELECT v.no AS ven_no, v.ven_id, v.profile, v.deleted_at, v.seen_at, v.route_address, w.withdrawn IS NOT NULL AS withdrawn, ` + lastNumber + ` AS modification, e.end_at, om.since AS omitted_since, om.until AS omitted_until,
                       ` + beforeCancelled + ` AS before, ` + neededFrom(d) + ` AS needed
                  FROM event e
                  JOIN ven v ON v.ven_id > $4
                  JOIN outbox x ON x.box = v.no` + eventsOutbox + `
                  LEFT JOIN event_own w ON w.event_no = e.no AND w.ven_no = v.no AND w.gone IS NULL
                  LEFT JOIN event_left g ON g.event_no = e.no AND g.ven_no = v.no
                  LEFT JOIN event_omitted om ON om.event_no = e.no AND om.ven_no = v.no
                 WHERE e.no = $1
                   AND v.no IN (` + vensOfEvent + `)
                   AND ` + notReportOnly + `
                   AND (NOT $6 OR w.withdrawn IS NULL AND EXISTS (SELECT 1 FROM opt o WHERE o.ven_no = v.no AND o.opt = 'optOut' AND ` + standingSchedule + `))
                 ORDER BY v.ven_id LIMIT $5) AS c
  JOIN outbox x ON x.box = c.ven_no` + eventsOutbox + `
  LEFT JOIN event_answer a ON a.event_no = $1 AND a.ven_no = c.ven_no
  LEFT JOIN push p ON p.box = x.box AND p.rev = coalesce(
       (SELECT f.rev FROM push f WHERE ` + carried + ` AND f.rev >= c.needed AND f.result = 'acknowledged' ORDER BY f.rev LIMIT 1),
       (SELECT f.rev FROM push f WHERE ` + carried + ` AND f.rev >= c.needed AND f.result = 'refused' ORDER BY f.rev DESC LIMIT 1))
 ORDER BY c.ven_id`
}

func (t eventVENTx) eventVENs(e *core.Event, f core.EventVENFilter, after string, limit int) (vens []core.EventVEN, err error) {
	start, end := activeTime(e)
	err = t.rows(selectEventVENs(t.Dialect), []any{e.No, start, end, after, limit, f.OptOutSchedule}, func(scan func(...any) error) error {
		var (
			v                                 core.EventVEN
			p                                 core.SettledPush
			a                                 core.Answer
			held, answered, answerCode        sql.NullInt64
			attempts, code                    sql.NullInt64
			result, failure, optType, refusal sql.NullString
		)
		if err := scan(&v.VENNo, &v.VENID, &v.Profile, at(&v.VENDeletedAt), &v.Withdrawn, &v.ModificationNumber, orNone(&v.Before), &v.Needed, &v.Omitted, &held,
			&v.Rev, &v.Sent, &v.Settled, &v.State, &v.Attempts, at(&v.SentAt), at(&v.NextAt), &v.Code, &v.Error, at(&v.SeenAt), &v.Polled, &v.Unheard,
			&result, &attempts, at(&p.SentAt), at(&p.SettledAt), &code, &failure,
			&answered, &optType, at(&a.OptAt), &answerCode, &refusal, at(&a.At)); err != nil {
			return err
		}
		if result.Valid {
			p.Result, p.Attempts, p.Code, p.Error = readResult(result.String), int(attempts.Int64), int(code.Int64), failure.String
			v.Push = &p
		}
		switch acknowledged := result.Valid && p.Result == core.Acknowledged; {
		case acknowledged:
			v.Held = core.SomeNumber(v.ModificationNumber)
		case held.Valid:
			v.Held = core.SomeNumber(uint32(held.Int64))
		}
		if answered.Valid {
			a.EventNo, a.VENNo, a.ModificationNumber = e.No, v.VENNo, uint32(answered.Int64)
			a.OptType, a.Code, a.Error = optType.String, int(answerCode.Int64), refusal.String
			v.Answer = &a
		}
		vens = append(vens, v)
		return nil
	})
	return vens, err
}

// over is when the event ended or was cancelled. An opt that is cancelled later
// still applied to the event.
func over(e *core.Event) int64 {
	switch end := e.End(); {
	case !e.CancelledAt.IsZero() && (end.IsZero() || e.CancelledAt.Before(end)):
		return e.CancelledAt.UnixMilli()
	case !end.IsZero():
		return end.UnixMilli()
	}
	return math.MaxInt64
}

// addOpts gives each VEN its opts for the event, and its schedules that meet the
// event.
func (t eventVENTx) addOpts(e *core.Event, vens []core.EventVEN) error {
	index := make(map[int64]int, len(vens))
	nos := make([]int64, len(vens))
	for i, v := range vens {
		index[v.VENNo], nos[i] = i, v.VENNo
	}
	opts, err := optTx(t).opts(`o.event_no = $1 AND (o.cancelled_at IS NULL OR o.cancelled_at >= $3)
   AND `+t.InList("o.ven_no", 2), withPeriods, e.No, numbers(nos), over(e))
	if err != nil {
		return err
	}
	for _, o := range opts {
		v := &vens[index[o.VENNo]]
		v.Opts = append(v.Opts, o)
	}
	// Usually there are none at all, and the VENs need not be looked at.
	if some, err := t.exists(`opt WHERE event_no IS NULL AND replaced_at IS NULL`); err != nil || !some {
		return err
	}
	start, end := activeTime(e)
	met := map[int64]bool{}
	err = t.rows(selectSchedules(t.Dialect), []any{numbers(nos), start, end}, func(scan func(...any) error) (err error) {
		var s core.EventSchedule
		if s.Opt, err = scanOpt(scan, &s.Meets); err != nil {
			return err
		}
		v := &vens[index[s.VENNo]]
		v.Schedules = append(v.Schedules, s)
		met[s.VENNo] = met[s.VENNo] || s.Meets
		return nil
	})
	for i := range vens {
		if !met[vens[i].VENNo] {
			vens[i].Schedules = nil
		}
	}
	return err
}
