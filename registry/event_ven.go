package registry

import (
	"database/sql"
	"fmt"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// EventVENs: a VEN taken off needs what it was told of that, not what became of
// the event afterwards.
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

func (t *tx) eventVENs(eventNo int64, after string, limit int) (vens []core.EventVEN, err error) {
	err = t.rows(`SELECT v.no, v.ven_id, w.modification, CASE WHEN w.rev IS NULL THEN greatest(e.rev, v.labels_rev) ELSE w.rev END,
       (SELECT max(r.modification) FROM event_revision r WHERE r.event_no = e.no AND r.rev <= x.settled),
       x.rev, x.sent, x.settled, x.state, x.result, x.attempts, x.sent_at, x.settled_at, x.code, x.error,
       a.modification, a.opt, a.code, a.answered_at, p.attempts
  FROM event e
  JOIN ven v ON v.ven_id > $2
  JOIN outbox x ON x.ven_no = v.no AND x.topic = 'events'
  LEFT JOIN event_withdrawn w ON w.event_no = e.no AND w.ven_no = v.no
  LEFT JOIN event_answer a ON a.event_no = e.no AND a.ven_no = v.no
  LEFT JOIN push p ON p.ven_no = v.no AND p.topic = x.topic AND p.rev = x.settled
 WHERE e.no = $1
   AND v.no IN (SELECT ven_no FROM targeted WHERE event_no = $1 UNION SELECT ven_no FROM event_withdrawn WHERE event_no = $1)
   AND `+notReportOnly+`
 ORDER BY v.ven_id LIMIT $3`, []any{eventNo, after, limit}, func(scan func(...any) error) error {
		var (
			v                                    core.EventVEN
			result                               string
			withdrawn, held, answered, opt, took sql.NullInt64
			optType                              sql.NullString
			a                                    core.Answer
		)
		if err := scan(&v.VENNo, &v.VENID, &withdrawn, &v.Needed, &held,
			&v.Rev, &v.Sent, &v.Settled, &v.State, &result, &v.Attempts, at(&v.SentAt), at(&v.SettledAt), &v.Code, &v.Error,
			&answered, &optType, &opt, at(&a.At), &took); err != nil {
			return err
		}
		v.Withdrawn = withdrawn.Valid
		v.Result = readResult(result)
		if v.Settled >= v.Needed && took.Valid {
			v.Attempts = int(took.Int64)
		}
		v.Held = -1
		switch {
		case withdrawn.Valid && v.Settled >= v.Needed:
			v.Held = withdrawn.Int64
		case held.Valid:
			v.Held = held.Int64
		}
		if answered.Valid {
			a.EventNo, a.VENNo, a.ModificationNumber = eventNo, v.VENNo, uint32(answered.Int64)
			a.OptType, a.Code = optType.String, int(opt.Int64)
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
