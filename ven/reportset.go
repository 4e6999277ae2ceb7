package ven

import (
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Bounds of what a VTN can make a VEN keep.
const (
	maxOpenReports   = 100
	maxConfirmations = 32
)

// reportSet is what a VEN has to send about reports. It outlives sessions.
type reportSet struct {
	mu       sync.Mutex
	register *task // the list of reports is to be registered; nil: it is
	confirms []*confirmation
	open     []*openReport // in the order they came
}

// confirmation is the answer to what rode in a response, and so has to be a
// request of the VEN's own (rule R4).
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

// confirm makes a confirmation due. When there are too many that the VTN does
// not take, the oldest goes.
func (s *reportSet) confirm(m oadr.Message, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.confirms) == maxConfirmations {
		s.confirms = slices.Delete(s.confirms, 0, 1)
	}
	s.confirms = append(s.confirms, &confirmation{task{due: now}, m})
}

// take takes requests, all or none. One that is open already goes on (rule G6);
// one of its ID that asks for something else takes its place.
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
			return refuse(oadr.CodeInvalidData, "reportRequestID %.40q is there twice", o.ReportRequestID)
		case open[i].last || !reflect.DeepEqual(open[i].ReportRequest, o.ReportRequest):
			open[i] = o
		}
	}
	if len(open) > maxOpenReports {
		return refuse(oadr.CodeNotAllowed, "more than %d requests for reports would be open", maxOpenReports)
	}
	s.open = open
	return nil
}

// cancel ends requests, those that are wanted once more with an update that is
// due now (rule R8). What is unknown is refused, the rest is done.
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

// registered notes that the VTN has the list of reports. Requests from before
// are ended by it, but for the one that asked for the list and those that ask for it
// from time to time (rule R2).
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

// hurry makes up for what was put off.
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
	from, to := first.window(now)
	return work{open: first, from: from, to: to, last: first.last}, rest{}
}

// done notes that something need not be sent again. What came meanwhile stands:
// another registration, or a cancellation that wants a last update.
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

// end ends a request that the VTN knows no more.
func (s *reportSet) end(o *openReport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(o)
}

func (s *reportSet) drop(o *openReport) {
	s.open = slices.DeleteFunc(s.open, func(x *openReport) bool { return x == o })
}

// postpone puts off what did not get through.
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
