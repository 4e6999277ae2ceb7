package core

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// reportIntake stores the values that VENs report.
type reportIntake struct {
	*common
	signatures *signatures
	reports    interface {
		pushIgnored(ctx context.Context, ven *VEN, requests []*ReportRequest)
	}
	delivery interface {
		hear(ctx context.Context, ven *VEN, from Peer, p *oadr.Payload)
	}

	updates updates
	points  *points
}

func newReportIntake(c *common, s *signatures, reports *ReportService, delivery *Delivery) *reportIntake {
	return &reportIntake{common: c, signatures: s, reports: reports, delivery: delivery, updates: updates{enough: wake.New()}, points: newPoints()}
}

const (
	updateBatch  = 256                   // messages stored in one commit
	updateWeight = 5000                  // most of the messages in one commit, unless it is a single message; see [weightOf]
	updateQueue  = 4 << 10               // messages waiting
	updateGroup  = 40 * time.Millisecond // between commits while there are many messages
	futureValues = 366 * 24 * time.Hour  // how far ahead a value may be
)

// update is an oadrUpdateReport that waits to be stored.
type update struct {
	from    Peer
	p       *oadr.Payload
	m       *oadr.UpdateReport
	checked bool // its signature was found to be in order; otherwise it has none
	weight  int
	done    chan error // gets one value; unless that is an error, sender and reply are set by then

	worked time.Duration // time spent on it, counted for its sender
	sender *VEN          // nil if the account is no VEN
	ven    *VEN          // the sender, if it is registered
	no     error         // [ErrNotSigned]
	reply  oadr.Message
	values []Value
	took   []*ReportRequest
	ignore []*ReportRequest // those of them whose cancellation the VEN ignores
}

// weightOf returns the effort to store a message, in values. A Green Button feed counts as one
// value for each 50 bytes.
func weightOf(m *oadr.UpdateReport) int {
	n := valuesOf(m)
	for i := range m.Reports {
		for j := range m.Reports[i].Intervals {
			for _, feed := range m.Reports[i].Intervals[j].GreenButton {
				n += len(feed) / 50
			}
		}
	}
	return n
}

// updates gathers messages while others are being stored, and for 40 ms if there were several.
// Messages that come together are stored in one commit and answered after it. A message that
// comes alone is stored at once.
type updates struct {
	mu      sync.Mutex
	waiting []*update
	storing bool
	enough  wake.Signal // a whole batch is waiting
}

// updateReport stores the values that a VEN reports (rules R5 to R8). It answers when they are
// on disk.
func (in *reportIntake) updateReport(ctx context.Context, from Peer, p *oadr.Payload, m *oadr.UpdateReport) (oadr.Message, error) {
	u := &update{from: from, p: p, m: m, checked: ctx.Value(checkedKey{}) != nil, weight: weightOf(m), done: make(chan error, 1)}
	if !in.updates.add(u, in.storeUpdates) {
		return nil, ErrBusy
	}
	err := <-u.done
	Worked(ctx, u.worked)
	if err = cmp.Or(err, u.no); err != nil {
		return nil, err
	}
	if u.sender != nil && u.sender.minded() {
		in.delivery.hear(ctx, u.sender, from, p)
	}
	if u.reply == nil {
		return nil, ErrNotRegistered // G3
	}
	if len(u.ignore) > 0 {
		in.reports.pushIgnored(ctx, u.ven, u.ignore)
	}
	return u.reply, nil
}

// add queues a message, and reports whether there was room.
func (q *updates) add(u *update, store func([]*update)) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= updateQueue {
		return false
	}
	q.waiting = append(q.waiting, u)
	if len(q.waiting) == updateBatch {
		q.enough.Wake()
	}
	if !q.storing {
		q.storing = true
		go q.work(store)
	}
	return true
}

// work stores what waits until nothing does. It waits on the machine's own clock:
// this is about the disk, not a rule.
func (q *updates) work(store func([]*update)) {
	for batch, rest := q.next(); batch != nil; batch, rest = q.next() {
		next := time.After(updateGroup)
		store(batch)
		if len(batch) == 1 || rest {
			continue
		}
		select {
		case <-next:
		case <-q.enough:
		}
	}
}

// next is what one commit is to store: what waits longest, and whatever there is
// room for beside it, so that small messages do not wait for large ones. rest says
// that more were waiting.
func (q *updates) next() (batch []*update, rest bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	weight := 0
	var later []*update
	for _, u := range q.waiting {
		if len(batch) == updateBatch || len(batch) > 0 && weight+u.weight > updateWeight {
			later = append(later, u)
			continue
		}
		batch = append(batch, u)
		weight += u.weight
	}
	q.waiting, q.storing = later, len(batch) > 0
	return batch, len(later) > 0
}

// storeUpdates stores a batch and answers it. If that fails it tries each message
// alone, so that none keeps the others from being stored. If the store does not answer in
// time, all fail.
func (in *reportIntake) storeUpdates(batch []*update) {
	ctx, stop := context.WithTimeout(context.Background(), updateBound)
	defer stop()
	var work Work
	err := in.tryUpdates(Counting(ctx, &work), batch)
	shareWork(batch, work.Took())
	if err != nil && ctx.Err() == nil && len(batch) > 1 {
		for i := range batch {
			in.storeUpdates(batch[i : i+1])
		}
		return
	}
	for _, u := range batch {
		u.done <- err
	}
}

// shareWork divides the work on a batch among its messages, by weight.
func shareWork(batch []*update, took time.Duration) {
	all := 0
	for _, u := range batch {
		all += 1 + u.weight
	}
	for _, u := range batch {
		u.worked += took * time.Duration(1+u.weight) / time.Duration(all)
	}
}

// tryUpdates stores a batch, or nothing of it. It turns a panic into an error, so that no
// message stops the process.
func (in *reportIntake) tryUpdates(ctx context.Context, batch []*update) (err error) {
	defer func() {
		if p := recover(); p != nil {
			in.log.Error().Int("messages", len(batch)).Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("reports could not be stored; please report this")
			err = fmt.Errorf("reports could not be stored: %v", p)
		}
	}()
	return in.reg.Update(ctx, func(tx Tx) error { return in.takeUpdates(tx, batch) })
}

// updateBound is how long storing may take: longer than any VEN waits.
const updateBound = time.Minute

// takeUpdates decides the answer to each message of a batch, and stores the values of those that
// are valid.
func (in *reportIntake) takeUpdates(tx Tx, batch []*update) error {
	senders, err := sendersOf(tx, batch)
	if err != nil {
		return err
	}
	var ids []string
	var vens []int64
	for _, u := range batch {
		u.values, u.took, u.ignore = nil, nil, nil
		u.sender, u.ven, u.no = senders[Identity{u.from.Transport, u.from.Identity}], nil, nil
		u.sender.in20b() // 2.0a has no reports
		if !u.checked {
			u.no = in.signatures.check(u.sender, false, u.p)
		}
		if u.no == nil && u.sender != nil && u.sender.Registration != nil {
			u.ven = u.sender
		}
		if u.ven == nil {
			continue
		}
		if u.reply = in.inadmissible(u.ven, u.p); u.reply != nil {
			continue
		}
		vens = append(vens, u.ven.No)
		for i := range u.m.Reports {
			ids = append(ids, u.m.Reports[i].ReportRequestID)
		}
	}
	if len(vens) == 0 {
		return nil
	}
	requests, err := tx.ReportRequestsByID(ids)
	if err != nil {
		return err
	}
	if err := in.points.learn(tx, batch, requests); err != nil {
		return err
	}
	return in.storeValues(tx, batch, vens, requests)
}

// sendersOf finds the VENs that sent a batch.
func sendersOf(tx VENReader, batch []*update) (map[Identity]*VEN, error) {
	ids := make([]Identity, len(batch))
	for i, u := range batch {
		ids[i] = Identity{u.from.Transport, u.from.Identity}
	}
	return tx.Senders(ids)
}

// storeValues stores the values of those messages of a batch that have no reply yet, and sets
// their replies.
func (in *reportIntake) storeValues(tx Tx, batch []*update, vens []int64, requests map[string]*ReportRequest) error {
	now := in.clock.Now()
	uses, err := tx.Uses(QuotaValues, vens)
	if err != nil {
		return err
	}
	var values []Value
	var heard, riding []int64
	for _, u := range batch {
		if u.ven == nil || u.reply != nil {
			continue
		}
		if no := u.read(requests, in.points, span{now.Add(-in.cfg.Retention), now.Add(futureValues)}, now); no != nil {
			u.reply = in.answer(u.m, u.ven, no.code, no.reason)
			continue
		}
		then := uses[u.ven.No].plus(mostOf(u.values))
		if then.exceeds(in.quota.quotas[QuotaValues]) {
			no := in.quota.refuse(u.ven, QuotaValues)
			u.reply = in.answer(u.m, u.ven, no.code, no.reason)
			continue
		}
		uses[u.ven.No] = then
		in.quota.note(u.ven, QuotaValues, then)
		values = append(values, u.values...)
		reply := in.answer(u.m, u.ven, oadr.CodeOK, "OK").(*oadr.UpdatedReport)
		reply.Cancel = cancellation(u.ven, u.took)
		for _, r := range u.took {
			switch {
			case r.ignored():
				u.ignore = append(u.ignore, r)
			case r.rides(reply.Cancel):
				riding = append(riding, r.No)
				fallthrough
			case r.unheard():
				heard = append(heard, r.No)
			}
			r.LastOwed = false // as it will be stored
		}
		u.reply = reply
	}
	if err := tx.PutValues(latest(values)); err != nil {
		return err
	}
	return tx.ReportsHeard(heard, riding, now)
}

// latest keeps the last of several values of the same key (rule G6).
func latest(values []Value) []Value {
	index := make(map[ValueKey]int, len(values))
	kept := values[:0]
	for _, one := range values {
		if i, ok := index[one.Key()]; ok {
			kept[i] = one
			continue
		}
		index[one.Key()] = len(kept)
		kept = append(kept, one)
	}
	return kept
}

// read reads all values of a message, or returns why none of it counts. Each report must answer
// an open request (rule R5).
func (u *update) read(requests map[string]*ReportRequest, points *points, kept span, now time.Time) *refusal {
	for i := range u.m.Reports {
		report := &u.m.Reports[i]
		r := requests[report.ReportRequestID]
		if r == nil || r.VENNo != u.ven.No || !r.takes() {
			return refuse(oadr.CodeInvalidID, "reportRequestID %s is not open", excerpt.Of(report.ReportRequestID))
		}
		if report.ReportSpecifierID != r.SpecifierID {
			return refuse(oadr.CodeInvalidID, "reportSpecifierID %s is not that of reportRequestID %s, which asks for %s", excerpt.Of(report.ReportSpecifierID), excerpt.Of(r.ReportRequestID), excerpt.Of(r.SpecifierID))
		}
		values, no := readValues(r, report, points, kept, now)
		if no != nil {
			return no
		}
		u.values, u.took = append(u.values, values...), append(u.took, r)
	}
	return nil
}

// span is a period, both ends included.
type span struct{ from, to time.Time }

func (s span) holds(t time.Time) bool { return !t.Before(s.from) && !t.After(s.to) }

// readValues reads one oadrReport (rules R6, R7). Each value must begin within kept, the period
// for which values are kept.
func readValues(r *ReportRequest, report *oadr.Report, points *points, kept span, now time.Time) ([]Value, *refusal) {
	var values []Value
	next := report.Start // where an interval without a dtstart begins
	for i := range report.Intervals {
		interval := &report.Intervals[i]
		start := interval.Start
		if start.IsZero() {
			start = next
		}
		switch {
		case start.IsZero():
			return nil, refuse(oadr.CodeCompliance, "dtstart is missing: interval %d has none, and what precedes it does not say when it begins", i)
		case !kept.holds(start):
			return nil, refuse(oadr.CodeInvalidData, "dtstart %s is not from %s to %s: older values are not kept, nor are values more than a year ahead",
				oadr.FormatTime(start), oadr.FormatTime(kept.from), oadr.FormatTime(kept.to))
		}
		var lasts time.Duration
		if interval.Duration != nil {
			lasts = *interval.Duration
		} else if len(report.Intervals) == 1 && report.Duration != nil {
			lasts = *report.Duration
		}
		if lasts == 0 {
			lasts = r.Granularity
		}
		if lasts > maxDuration {
			return nil, refuse(oadr.CodeInvalidData, "duration of an interval must not be longer than a hundred years")
		}
		if next = start.Add(lasts); lasts == 0 {
			next = time.Time{}
		}
		seen := make(map[string]bool, len(interval.Payloads))
		at := Value{RequestNo: r.No, Start: start.UTC().Truncate(time.Millisecond), Duration: lasts, ReceivedAt: now}
		for j := range interval.Payloads {
			p := &interval.Payloads[j]
			one := at
			one.RID, one.PointNo = p.RID, points.no(r, p.RID)
			if one.PointNo == 0 {
				return nil, refuse(oadr.CodeInvalidID, "rID %s is not among those that reportRequestID %s asks for", excerpt.Of(p.RID), excerpt.Of(r.ReportRequestID))
			}
			if seen[p.RID] {
				return nil, refuse(oadr.CodeInvalidData, "rID %s stands twice in one interval", excerpt.Of(p.RID))
			}
			seen[p.RID] = true
			one.Value, one.NoValue, one.Status = p.Value, p.NoValue && p.Status == nil, p.Status
			one.Quality, one.Confidence, one.Accuracy = p.Quality, p.Confidence, p.Accuracy
			values = append(values, one)
		}
		if len(interval.GreenButton) > 0 {
			at.GreenButton = interval.GreenButton
			values = append(values, at)
		}
	}
	return values, nil
}
