package core

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

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

// noted returns what the journal is to say of a message: the values for each request.
func (u *update) noted() (noted []NotedReport) {
	for i := range u.values {
		v := &u.values[i]
		n := slices.IndexFunc(noted, func(r NotedReport) bool { return r.RequestNo == v.RequestNo })
		if n < 0 {
			n, noted = len(noted), append(noted, NotedReport{VENNo: u.ven.No, RequestNo: v.RequestNo})
		}
		noted[n].Values++
	}
	return noted
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
	var noted []NotedReport
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
		noted = append(noted, u.noted()...)
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
	tx.NoteReports(now, noted)
	return tx.ReportsHeard(heard, riding, now)
}
