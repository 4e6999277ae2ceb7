package ven

import (
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Bounds on what a VTN can make a VEN keep.
const (
	maxOpenReports   = 100
	maxConfirmations = 32
)

// reportSet is what a VEN has to send for its reports. It outlives sessions.
type reportSet struct {
	mu       sync.Mutex
	register *task // nil: the list of reports is registered
	confirms []*confirmation
	open     []*openReport // in the order they came
}

// confirmation is the answer to a request that came in an answer of the VTN. It is
// sent as a request (rule R4).
type confirmation struct {
	task
	oadr.Message
}

// announce makes the list of reports due.
func (s *reportSet) announce(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.register = &task{due: now}
}

// confirm makes a confirmation due. If there are too many, the oldest is dropped.
func (s *reportSet) confirm(m oadr.Message, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.confirms) == maxConfirmations {
		s.confirms = slices.Delete(s.confirms, 0, 1)
	}
	s.confirms = append(s.confirms, &confirmation{task{due: now}, m})
}

// take accepts requests, all or none. If the same request is open already it goes on
// (rule G6); a different one with the same ID replaces it.
func (s *reportSet) take(fresh []*openReport) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := slices.Clone(s.open)
	for _, o := range fresh {
		i := slices.IndexFunc(open, func(x *openReport) bool { return x.ReportRequestID == o.ReportRequestID })
		switch {
		case i < 0:
			open = append(open, o)
		case slices.Contains(fresh, open[i]):
			return refuse(oadr.CodeInvalidData, "reportRequestID %.40q appears twice", o.ReportRequestID)
		case open[i].last || !reflect.DeepEqual(open[i].ReportRequest, o.ReportRequest):
			open[i] = o
		}
	}
	if len(open) > maxOpenReports {
		return refuse(oadr.CodeNotAllowed, "there would be more than %d open requests for reports", maxOpenReports)
	}
	s.open = open
	return nil
}

// cancel ends requests. If a report is to follow, one more update is due now (rule R8).
// It refuses unknown IDs, and ends the others nevertheless.
func (s *reportSet) cancel(m *oadr.CancelReport, now time.Time) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	var no *refusal
	for _, id := range m.ReportRequestIDs {
		i := slices.IndexFunc(s.open, func(o *openReport) bool { return o.ReportRequestID == id })
		switch {
		case i < 0:
			no = refuse(oadr.CodeInvalidID, "there is no reportRequestID %.40q", id)
		case m.ReportToFollow && s.open[i].report != nil:
			o := s.open[i]
			o.last, o.due = true, now
			o.hurry()
		default:
			s.open = slices.Delete(s.open, i, i+1)
		}
	}
	return no
}

// pending lists the requests that are open.
func (s *reportSet) pending() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, o := range s.open {
		if !o.last {
			ids = append(ids, o.ReportRequestID)
		}
	}
	return ids
}

// registered records that the VTN has the list of reports. That ends the requests that
// came before its answer, except the one it serves, reportRequestID, and those for the
// list from time to time (rule R2).
func (s *reportSet) registered(answered time.Time, reportRequestID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = slices.DeleteFunc(s.open, func(o *openReport) bool {
		return o.ReportRequestID != reportRequestID && o.received.Before(answered) && (o.report != nil || o.back == 0)
	})
}

// clear drops everything: the registration has ended.
func (s *reportSet) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.register, s.confirms, s.open = nil, nil, nil
}

// hurry makes due again what was postponed.
func (s *reportSet) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.register != nil {
		s.register.hurry()
	}
	for _, c := range s.confirms {
		c.hurry()
	}
	for _, o := range s.open {
		o.hurry()
	}
}

// work is one thing to send.
type work struct {
	register *task
	confirm  *confirmation
	open     *openReport
	from, to time.Time // of the update
	last     bool
}

// next is what to send now: confirmations come first. If that is the zero work
// there is nothing to send, and until says for how long.
func (s *reportSet) next(now time.Time) (w work, until rest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := func(t *task) bool {
		left := t.when().Sub(now)
		if left > 0 {
			until.shorten(left)
		}
		return left <= 0
	}
	for _, c := range s.confirms {
		if due(&c.task) {
			return work{confirm: c}, rest{}
		}
	}
	if s.register != nil && due(s.register) {
		return work{register: s.register}, rest{}
	}
	var first *openReport
	for _, o := range s.open {
		if due(&o.task) && (first == nil || o.when().Before(first.when())) {
			first = o
		}
	}
	if first == nil {
		return work{}, until
	}
	from, to := first.covered(now)
	return work{open: first, from: from, to: to, last: first.last}, rest{}
}

// done records that something was sent. What came meanwhile stays due: another
// registration, or the last update of a cancelled request.
func (s *reportSet) done(w work) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case w.register != nil:
		if s.register == w.register {
			s.register = nil
		}
	case w.confirm != nil:
		s.confirms = slices.DeleteFunc(s.confirms, func(c *confirmation) bool { return c == w.confirm })
	case w.open.last && !w.last:
		w.open.from = w.to
	case w.open.sent(w.to):
		s.drop(w.open)
	}
}

// end ends a request that the VTN does not know any more.
func (s *reportSet) end(o *openReport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(o)
}

func (s *reportSet) drop(o *openReport) {
	s.open = slices.DeleteFunc(s.open, func(x *openReport) bool { return x == o })
}

// postpone makes due later what did not get through.
func (s *reportSet) postpone(w work, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case w.register != nil:
		w.register.postpone(now)
	case w.confirm != nil:
		w.confirm.postpone(now)
	default:
		w.open.postpone(now)
	}
}
