package registry

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// Concerns is [core.EventReader.Concerns]. A VEN that was withdrawn from an event stays
// so, whatever its labels match, until [core.EventWriter.PutEventVersion] or
// [core.EventWriter.SetTargets].
//
// It first reads the targets of the events that are not over, which are few compared
// with the past events and with the VENs, and then which of the VENs they match. So
// what the VENs have in common is read once, and past events cost nothing.
func (t concernTx) Concerns(venNos []int64, now time.Time) (found []core.Concern, err error) {
	var hits []hit
	var versions map[ofVEN]core.EventVersion
	targeted, err := t.targetedNow(now)
	if err == nil {
		versions, err = versionTx(t).versionsOf(numbers(venNos), now)
	}
	if err == nil {
		hits, err = t.hits(targeted, versions, numbers(venNos))
	}
	if err == nil {
		var cancelled []bool
		found, cancelled = fold(hits, versions)
		err = t.addAnswers(found, cancelled)
	}
	if err != nil {
		return nil, fmt.Errorf("find what concerns %d VENs: %w", len(venNos), err)
	}
	return found, nil
}

// hit is one reason why an event concerns a VEN.
type hit struct {
	venNo, eventNo int64
	modification   uint32 // the event's
	cancelled      bool   // for this VEN or for all
	withdrawn      bool   // for this VEN
	by             core.Target
}

// targetedNow lists the events that are not over by their targets. It does not look
// up the VENs that these match.
func (t concernTx) targetedNow(now time.Time) (map[core.Target][]hit, error) {
	targeted := map[core.Target][]hit{}
	err := t.rows(`SELECT e.no, e.modification, e.cancelled_at IS NOT NULL, t.kind, t.value
  FROM event e JOIN event_target t ON t.event_no = e.no
 WHERE e.end_at > $1 OR e.end_at IS NULL`, []any{now.UnixMilli()}, func(scan func(...any) error) error {
		var h hit
		err := scan(&h.eventNo, &h.modification, &h.cancelled, &h.by.Kind, &h.by.Value)
		targeted[h.by] = append(targeted[h.by], h)
		return err
	})
	return targeted, err
}

// fewTargets is the number of targets up to which it is cheaper to look up the VENs
// of each target than the labels of each VEN.
const fewTargets = 4

func (t concernTx) hits(targeted map[core.Target][]hit, versions map[ofVEN]core.EventVersion, vens string) (hits []hit, err error) {
	quiet, err := t.reportOnly(vens)
	if err != nil {
		return nil, err
	}
	add := func(venNo int64, events []hit) {
		if quiet[venNo] {
			return
		}
		for _, h := range events {
			h.venNo = venNo
			hits = append(hits, h)
		}
	}
	var ven integer
	if len(targeted) <= fewTargets {
		for to, events := range targeted {
			err := t.rows(`SELECT ven_no FROM label
 WHERE kind = $1 AND value = $2 AND `+t.InList("ven_no", 3),
				[]any{to.Kind, to.Value, vens}, func(scan func(...any) error) error {
					err := scan(&ven)
					add(int64(ven), events)
					return err
				})
			if err != nil {
				return nil, err
			}
		}
	} else {
		var to core.Target
		err := t.rows(`SELECT ven_no, kind, value FROM label
 WHERE `+t.InList("ven_no", 1), []any{vens}, func(scan func(...any) error) error {
			err := scan(&ven, (*string)(&to.Kind), &to.Value)
			add(int64(ven), targeted[to])
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for at, o := range versions {
		if o.Withdrawal != nil {
			add(at.venNo, []hit{{eventNo: at.eventNo, cancelled: true, withdrawn: true}})
		}
	}
	return hits, nil
}

func (t concernTx) reportOnly(vens string) (map[int64]bool, error) {
	if some, err := t.exists(`registration WHERE report_only AND ended_at IS NULL`); err != nil || !some {
		return nil, err
	}
	quiet := map[int64]bool{}
	err := t.rows(`SELECT r.ven_no FROM registration r
 WHERE r.report_only AND r.ended_at IS NULL AND `+t.InList("r.ven_no", 1),
		[]any{vens}, func(scan func(...any) error) error {
			var venNo int64
			err := scan(&venNo)
			quiet[venNo] = true
			return err
		})
	return quiet, err
}

// exists reports whether there is such a row.
func (t *session) exists(rows string) (some bool, err error) {
	err = t.row(`SELECT EXISTS (SELECT 1 FROM `+rows+`)`, nil, &some)
	return some, err
}

// fold makes one concern of the hits with the same VEN and event, and applies the
// version of the VEN. cancelled says of each whether its event is cancelled.
func fold(hits []hit, versions map[ofVEN]core.EventVersion) (found []core.Concern, cancelled []bool) {
	slices.SortFunc(hits, func(a, b hit) int {
		if by := cmp.Compare(a.venNo, b.venNo); by != 0 { // as mostly
			return by
		}
		return cmp.Or(cmp.Compare(a.eventNo, b.eventNo), cmp.Compare(a.by.Kind, b.by.Kind), cmp.Compare(a.by.Value, b.by.Value))
	})
	found, cancelled = make([]core.Concern, 0, len(hits)), make([]bool, 0, len(hits))
	for _, h := range hits {
		last := len(found) - 1
		if last < 0 || found[last].VENNo != h.venNo || found[last].EventNo != h.eventNo {
			found, cancelled = append(found, core.Concern{VENNo: h.venNo, EventNo: h.eventNo}), append(cancelled, false)
			last++
		}
		cancelled[last] = cancelled[last] || h.cancelled
		if !h.withdrawn {
			found[last].ModificationNumber = h.modification
			found[last].Matched = append(found[last].Matched, h.by)
		}
	}
	if len(versions) == 0 { // as usual
		return found, cancelled
	}
	for i := range found {
		c := &found[i]
		o, ok := versions[ofVEN{c.VENNo, c.EventNo}]
		if !ok {
			continue
		}
		c.ChangedAt = o.At
		if o.Matched != nil {
			c.Matched = o.Matched
		}
		if w := o.Withdrawal; w != nil {
			c.Withdrawn, c.WithdrawnRev, c.ModificationNumber, c.Shown, c.Matched = true, o.Rev, w.ModificationNumber, w.Shown, o.Matched
		} else {
			c.ModificationNumber = uint32(int64(c.ModificationNumber) + o.Added)
		}
	}
	return found, cancelled
}

// addAnswers adds what decides whether a VEN still has to be told of a cancelled
// event.
func (t concernTx) addAnswers(found []core.Concern, cancelled []bool) error {
	var vens, events []int64
	for i, c := range found {
		if cancelled[i] {
			vens, events = append(vens, c.VENNo), append(events, c.EventNo)
		}
	}
	if len(vens) == 0 {
		return nil
	}
	vens, events = slices.Compact(vens), distinct(events)
	answered := map[[2]int64]uint32{} // by VEN and event
	err := t.rows(`SELECT ven_no, event_no, modification FROM event_answer
 WHERE `+t.InList("event_no", 1)+` AND `+t.InList("ven_no", 2),
		[]any{numbers(events), numbers(vens)}, func(scan func(...any) error) error {
			var key [2]int64
			var modification uint32
			err := scan(&key[0], &key[1], &modification)
			answered[key] = modification
			return err
		})
	if err != nil {
		return err
	}
	settled := map[int64]int64{}
	err = t.rows(`SELECT ven_no, settled FROM outbox
 WHERE box IN (SELECT CAST(value AS BIGINT)`+eventsOutbox+` FROM `+t.Elements(1)+`)`, []any{numbers(vens)}, func(scan func(...any) error) error {
		var venNo, rev int64
		err := scan(&venNo, &rev)
		settled[venNo] = rev
		return err
	})
	if err != nil {
		return err
	}
	for i := range found {
		if !cancelled[i] {
			continue
		}
		c := &found[i]
		c.Settled = settled[c.VENNo]
		if modification, ok := answered[[2]int64{c.VENNo, c.EventNo}]; ok {
			c.Answered = core.SomeNumber(modification)
		}
	}
	return nil
}

func distinct(nos []int64) []int64 {
	slices.Sort(nos)
	return slices.Compact(nos)
}

// Concerned is [core.EventReader.Concerned]. As in Concerns, a withdrawal takes
// precedence.
func (t concernTx) Concerned(venNo int64, eventID string) (c core.Concerned, err error) {
	err = t.row(`SELECT e.no, `+versionNumber+`, e.cancelled_at IS NOT NULL OR w.withdrawn IS NOT NULL,
       `+beforeCancelled+`
  FROM (SELECT CAST($1 AS BIGINT) AS ven_no) AS x
  JOIN event e ON e.event_id = $2
  LEFT JOIN event_own w ON w.event_no = e.no AND w.ven_no = x.ven_no AND w.gone IS NULL
 WHERE (w.withdrawn IS NOT NULL OR EXISTS (SELECT 1 FROM event_target t JOIN label l ON l.kind = t.kind AND l.value = t.value
                                               WHERE t.event_no = e.no AND l.ven_no = x.ven_no))
   AND `+notReportOnly, []any{venNo, eventID}, &c.EventNo, &c.ModificationNumber, &c.Cancelled, orNone(&c.Before))
	if err != nil {
		return c, notFound(err, "event %.100q for VEN number %d", eventID, venNo)
	}
	return c, nil
}

func (t concernTx) MatchingEvents(venNo int64, now time.Time) (map[int64][]core.Target, error) {
	matching := map[int64][]core.Target{}
	err := t.rows(`SELECT e.no, l.kind, l.value FROM targeted l JOIN event e ON e.no = l.event_no
 WHERE l.ven_no = $1 AND (e.end_at > $2 OR e.end_at IS NULL) ORDER BY e.no, l.kind, l.value`,
		[]any{venNo, now.UnixMilli()}, func(scan func(...any) error) error {
			var no int64
			var by core.Target
			err := scan(&no, &by.Kind, &by.Value)
			matching[no] = append(matching[no], by)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("find the events of VEN number %d: %w", venNo, err)
	}
	return matching, nil
}
