package registry

import (
	"database/sql"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// EventVENs: a VEN needs the event's last change, and one after it got the first
// of the labels that the event targets. A VEN taken off needs what it was told
// of that, not what became of the event afterwards.
func (t *tx) EventVENs(eventNo int64, after string, limit int) (vens []core.EventVEN, next string, err error) {
	if vens, err = t.eventVENs(eventNo, after, limit+1); err != nil {
		return nil, "", fmt.Errorf("list the VENs of event number %d: %w", eventNo, err)
	}
	if len(vens) > limit {
		vens = vens[:limit]
		next = vens[limit-1].VENID
	}
	if err = t.addOpts(eventNo, vens); err != nil {
		return nil, "", fmt.Errorf("list the opts for event number %d: %w", eventNo, err)
	}
	return vens, next, nil
}

// carried chooses the pushes f that had the event c in them: only those sent
// before its end.
const carried = `f.box = c.ven_no` + eventsBox + ` AND (c.end_at IS NULL OR f.sent_at < c.end_at)`

// selectEventVENs finds for each VEN the push that told: the first acknowledged
// one of what is needed, else the last refused one. Where there is none that was
// acknowledged, the VEN holds what the last before that brought.
const selectEventVENs = `SELECT c.ven_no, c.ven_id, c.withdrawn, c.modification, c.needed,
       (SELECT max(r.modification) FROM event_revision r
         WHERE r.event_no = $1 AND r.rev <= (SELECT f.rev FROM push f
           WHERE ` + carried + ` AND f.rev < c.needed AND f.rev >= c.joined AND f.result = 'acknowledged' ORDER BY f.rev DESC LIMIT 1)),
       x.rev, x.sent, x.settled, x.state, x.attempts, x.sent_at, x.code, x.error,
       p.result, p.attempts, p.sent_at, p.settled_at, p.code, p.error,
       a.modification, a.opt, a.code, a.answered_at
  FROM (SELECT c.*, CASE WHEN c.withdrawn_rev IS NULL THEN greatest(c.rev, c.joined) ELSE c.withdrawn_rev END AS needed
          FROM (SELECT v.no AS ven_no, v.ven_id, w.modification AS withdrawn, w.rev AS withdrawn_rev, e.modification, e.rev, e.end_at,
                       coalesce((SELECT min(l.rev) FROM event_target t JOIN label l ON l.kind = t.kind AND l.value = t.value
                                  WHERE t.event_no = $1 AND l.ven_no = v.no), 0) AS joined
                  FROM event e
                  JOIN ven v ON v.ven_id > $2
                  JOIN outbox x ON x.box = v.no` + eventsBox + `
                  LEFT JOIN event_withdrawn w ON w.event_no = e.no AND w.ven_no = v.no
                 WHERE e.no = $1
                   AND v.no IN (SELECT ven_no FROM targeted WHERE event_no = $1 UNION SELECT ven_no FROM event_withdrawn WHERE event_no = $1)
                   AND ` + notReportOnly + `
                 ORDER BY v.ven_id LIMIT $3) AS c) AS c
  JOIN outbox x ON x.box = c.ven_no` + eventsBox + `
  LEFT JOIN event_answer a ON a.event_no = $1 AND a.ven_no = c.ven_no
  LEFT JOIN push p ON p.box = x.box AND p.rev = coalesce(
       (SELECT f.rev FROM push f WHERE ` + carried + ` AND f.rev >= c.needed AND f.result = 'acknowledged' ORDER BY f.rev LIMIT 1),
       (SELECT f.rev FROM push f WHERE ` + carried + ` AND f.rev >= c.needed AND f.result = 'refused' ORDER BY f.rev DESC LIMIT 1))
 ORDER BY c.ven_id`

func (t *tx) eventVENs(eventNo int64, after string, limit int) (vens []core.EventVEN, err error) {
	err = t.rows(selectEventVENs, []any{eventNo, after, limit}, func(scan func(...any) error) error {
		var (
			v                                     core.EventVEN
			p                                     core.SettledPush
			a                                     core.Answer
			current                               int64
			withdrawn, held, answered, answerCode sql.NullInt64
			attempts, code                        sql.NullInt64
			result, failure, optType              sql.NullString
		)
		if err := scan(&v.VENNo, &v.VENID, &withdrawn, &current, &v.Needed, &held,
			&v.Rev, &v.Sent, &v.Settled, &v.State, &v.Attempts, at(&v.SentAt), &v.Code, &v.Error,
			&result, &attempts, at(&p.SentAt), at(&p.SettledAt), &code, &failure,
			&answered, &optType, &answerCode, at(&a.At)); err != nil {
			return err
		}
		v.Withdrawn = withdrawn.Valid
		if result.Valid {
			p.Result, p.Attempts, p.Code, p.Error = readResult(result.String), int(attempts.Int64), int(code.Int64), failure.String
			v.Push = &p
		}
		switch acknowledged := result.Valid && p.Result == core.Acknowledged; {
		case acknowledged && v.Withdrawn:
			v.Held = withdrawn.Int64
		case acknowledged:
			v.Held = current
		case held.Valid:
			v.Held = held.Int64
		default:
			v.Held = -1
		}
		if answered.Valid {
			a.EventNo, a.VENNo, a.ModificationNumber = eventNo, v.VENNo, uint32(answered.Int64)
			a.OptType, a.Code = optType.String, int(answerCode.Int64)
			v.Answer = &a
		}
		vens = append(vens, v)
		return nil
	})
	return vens, err
}

// addOpts gives each VEN its opts for the event.
func (t *tx) addOpts(eventNo int64, vens []core.EventVEN) error {
	place := make(map[int64]int, len(vens))
	nos := make([]int64, len(vens))
	for i, v := range vens {
		place[v.VENNo], nos[i] = i, v.VENNo
	}
	opts, err := t.opts(`WHERE o.event_no = $1 AND o.cancelled_at IS NULL
   AND o.ven_no IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements($2))`, eventNo, numbers(nos))
	for _, o := range opts {
		v := &vens[place[o.VENNo]]
		v.Opts = append(v.Opts, o)
	}
	return err
}
