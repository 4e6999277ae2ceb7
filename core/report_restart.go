package core

import (
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// restart ends a VEN's open requests, because it registered its reports, but for
// those that ask for just that from time to time (rule R2). It asks anew for what the
// VEN has not agreed to, as far as it still offers that, and for what standing orders
// want of the new offers: so what a lost answer asked is asked again (rule G6). It
// returns what rides in the answer; the rest is pushed. answered is the request for
// this very registration, if there was one.
func (s *ReportService) restart(tx Tx, next Revisions, ven *VEN, answered string, offers []ReportOffer, rev int64, now time.Time) (riding []*ReportRequest, err error) {
	open, err := tx.OpenReports([]int64{ven.No})
	if err != nil {
		return nil, err
	}
	orders, err := tx.StandingOrders(ven.No)
	if err != nil {
		return nil, err
	}
	plan := seats{tx: tx, next: next, room: s.roomInPayload(), rev: rev, now: now}
	due := queueTime(now, now)
	offered := offeredOf(offers)
	for _, r := range open {
		var order *ReportOrder
		if i := slices.IndexFunc(orders, func(o *ReportOrder) bool { return o.OrderID == r.OrderID }); i >= 0 {
			order = orders[i]
		}
		if r.askedJustNow(order, now) {
			due = now.Add(askPause)
		}
		switch {
		case r.asksForThis(answered):
			if r.DataAt, r.LastOwed = now, false; r.State == ReportPending {
				r.State = ReportActive
			}
		case r.asksForMetadata() && r.ReportBack > 0 && r.State != ReportPending: // it goes on
		case r.State == ReportPending && order != nil:
			plan.again = append(plan.again, r)
		case r.State == ReportPending && r.fits(offered, now):
			if err := plan.seat(r); err != nil {
				return nil, err
			}
		default:
			r.end(rev, now)
		}
	}
	asked, err := s.askAgain(&plan, ven, orders)
	if err != nil {
		return nil, err
	}
	for _, r := range plan.again {
		r.end(rev, now)
	}
	if err := s.quota.within(tx, ven, QuotaRequests, func() error { return tx.PutReportRequests(append(open, asked...)) }); err != nil {
		return nil, err
	}
	for _, r := range plan.pushed {
		if err := tx.MarkReports(r.Rev, UrgencyFew, due); err != nil {
			return nil, err
		}
	}
	return plan.riding, nil
}

// askPause is between two times that a VEN is asked anew by push: one that registers
// its reports whenever it is asked would be asked without pause.
const askPause = 10 * time.Second

// askedJustNow says whether a push asked for the request anew within the pause.
// order is the standing one that it belongs to, nil for none.
func (r *ReportRequest) askedJustNow(order *ReportOrder, now time.Time) bool {
	told := now.Sub(r.ToldAt) < askPause
	switch {
	case r.Piggyback:
		return false
	case order != nil && r.CreatedAt.After(order.CreatedAt):
		return told || now.Sub(r.CreatedAt) < askPause
	}
	return told && r.State == ReportPending
}

// askAgain seats the requests of standing orders that fit a VEN, and returns those
// that are new. An order whose time is over stands no more.
func (s *ReportService) askAgain(plan *seats, ven *VEN, orders []*ReportOrder) (asked []*ReportRequest, err error) {
	for _, o := range orders {
		if o.over(plan.now) {
			o.EndedAt = plan.now
			if err := plan.tx.PutReportOrder(o); err != nil {
				return nil, err
			}
			continue
		}
		matches, err := plan.tx.MatchingOffers(o.ReportSpec, ven.No, maxOpenReports)
		if err != nil {
			return nil, err
		}
		for _, m := range o.meant(matches, plan.now) {
			if problems := o.misfit(&m, plan.now); problems != nil {
				s.lines.About(ven.VENID, zerolog.WarnLevel).Str("venID", ven.VENID).Str("orderID", o.OrderID).Str("reportSpecifierID", excerpt.Of(m.SpecifierID)).
					Msgf("a standing order does not ask this VEN: its %s %s", problems[0].Field, problems[0].Reason)
				continue
			}
			if len(plan.riding)+len(plan.pushed) >= maxOpenReports {
				s.lines.About(ven.VENID, zerolog.WarnLevel).Str("venID", ven.VENID).Int("requests", maxOpenReports).Str("orderID", o.OrderID).
					Msg("standing orders from this one on do not ask this VEN, it is asked for so many reports; end some orders")
				return asked, nil
			}
			r := o.request(m, plan.rev, plan.now)
			if o.Early && !r.mend(&m, s.cfg.Retention, plan.now) {
				continue
			}
			if s.tooLarge([]*ReportRequest{r}) != nil {
				s.lines.About(ven.VENID, zerolog.WarnLevel).Str("venID", ven.VENID).Str("orderID", o.OrderID).Str("reportSpecifierID", excerpt.Of(m.SpecifierID)).
					Msg("a standing order does not ask this VEN: the request would be larger than a payload may be; name fewer rIDs")
				continue
			}
			if old := plan.sameAs(r); old != nil {
				r, old.Piggyback = old, r.Piggyback
			} else {
				asked = append(asked, r)
			}
			if err := plan.seat(r); err != nil {
				return nil, err
			}
		}
	}
	return asked, nil
}

// seats are what an answer has room for (rule G5), and the pushes after it.
type seats struct {
	tx             Tx
	next           Revisions
	room           int   // bytes left in the answer
	rev            int64 // the answer's
	now            time.Time
	again          []*ReportRequest // of standing orders, not agreed to so far
	riding, pushed []*ReportRequest
}

// seat has a request told: in the answer, where it is one that rides and there is
// room, else by a push of its own, which tells whether it arrived.
func (s *seats) seat(r *ReportRequest) (err error) {
	if size := r.most(); r.Piggyback && size <= s.room {
		s.room -= size
		s.riding = append(s.riding, r)
		r.Rev, r.ToldAt = s.rev, s.now
		return nil
	}
	s.pushed = append(s.pushed, r)
	r.Piggyback, r.ToldAt = false, time.Time{}
	r.Rev, err = s.next()
	return err
}

// sameAs takes the one of the requests to be asked again that asks the same, nil
// where there is none.
func (s *seats) sameAs(r *ReportRequest) *ReportRequest {
	i := slices.IndexFunc(s.again, func(old *ReportRequest) bool {
		return old.OrderID == r.OrderID && old.SpecifierID == r.SpecifierID && slices.Equal(old.RIDs, r.RIDs) &&
			old.Granularity == r.Granularity && old.ReportBack == r.ReportBack && old.Start.Equal(r.Start) && old.Duration == r.Duration
	})
	if i < 0 {
		return nil
	}
	old := s.again[i]
	s.again = slices.Delete(s.again, i, i+1)
	return old
}

// end ends the request without a word to the VEN. What is on its way about it
// does not count any more.
func (r *ReportRequest) end(rev int64, now time.Time) {
	if r.LastOwed = false; r.State.open() {
		r.State, r.EndedAt, r.Rev = ReportEnded, now, rev
	}
}

// asksForThis says whether the registration that answers a request, if any, is what
// this one asks for (rule R3): it names it, or it was to come once.
func (r *ReportRequest) asksForThis(answered string) bool {
	return r.asksForMetadata() && (r.ReportRequestID == answered || r.State == ReportPending && r.ReportBack == 0)
}

func (r *ReportRequest) asksForMetadata() bool { return r.SpecifierID == oadr.SpecifierMetadata }

// offered are the data points of a VEN's offers, to look many requests up in. The
// VENNo of their keys is 0.
type offered map[Point]*oadr.ReportDescription

func offeredOf(offers []ReportOffer) offered {
	all := offered{}
	for _, o := range offers {
		for i := range o.Points {
			all[Point{SpecifierID: o.SpecifierID, RID: o.Points[i].RID}] = &o.Points[i]
		}
	}
	return all
}

// fits says whether the VEN still offers all that the request asks for, as it is
// asked for, and its time is not over (rule R3).
func (r *ReportRequest) fits(offers offered, now time.Time) bool {
	if isOver(r.begin(), r.ReportBack, r.Duration, now) {
		return false
	}
	if r.asksForMetadata() {
		return true
	}
	for _, id := range r.RIDs {
		p := offers[Point{SpecifierID: r.SpecifierID, RID: id}]
		if p == nil {
			return false
		}
		if rate := p.SamplingRate; rate != nil && !reads(rate.MinPeriod, rate.MaxPeriod, r.Granularity) {
			return false
		}
	}
	return len(r.RIDs) > 0
}

// over says whether an order's time has passed.
func (o *ReportOrder) over(now time.Time) bool {
	begin := o.Start
	if begin.IsZero() {
		begin = o.CreatedAt
	}
	return isOver(begin, o.ReportBack, o.Duration, now)
}

// isOver says whether the time of periodic reports has passed.
func isOver(begin time.Time, back, lasts time.Duration, now time.Time) bool {
	return back > 0 && lasts > 0 && now.After(begin.Add(lasts))
}

// endReports ends all that a VEN reports and asked the VTN to, with its registration
// (rules N6, N8, N9).
func endReports(tx Tx, venNo, rev int64, now time.Time) error {
	open, err := tx.OpenReports([]int64{venNo})
	if err != nil {
		return err
	}
	for _, r := range open {
		r.end(rev, now)
	}
	if err := tx.PutReportRequests(open); err != nil {
		return err
	}
	own, err := tx.VTNReports([]int64{venNo})
	if err != nil {
		return err
	}
	for _, o := range own {
		if err := tx.DeleteVTNReport(o); err != nil {
			return err
		}
	}
	return tx.PutOffers(venNo, nil, now)
}
