package core

import (
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// restart ends a VEN's open requests, because it registered its reports. Periodic requests
// for that registration itself go on (rule R2). It requests again what the VEN has not agreed
// to and still offers, and what standing orders want of the new offers. So a request in a lost
// answer is repeated (rule G6). It returns the requests that the answer holds; the others are
// pushed. answered is the reportRequestID that this registration answers, empty for none.
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
		if r.requestedJustNow(order, now) {
			due = now.Add(requestPause)
		}
		switch {
		case r.asksForThis(answered):
			if r.DataAt, r.LastOwed = now, false; r.State == ReportPending {
				r.State = ReportActive
			}
		case r.asksForMetadata() && r.ReportBack > 0 && r.State != ReportPending:
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
	made, err := s.requestAgain(&plan, ven, orders)
	if err != nil {
		return nil, err
	}
	for _, r := range plan.again {
		r.end(rev, now)
	}
	if err := s.quota.within(tx, ven, QuotaRequests, func() error { return tx.PutReportRequests(append(open, made...)) }); err != nil {
		return nil, err
	}
	for _, r := range plan.pushed {
		if err := tx.MarkReports(r.Rev, UrgencyFew, due); err != nil {
			return nil, err
		}
	}
	return plan.riding, nil
}

// requestPause is the least time between two pushes that repeat requests to a VEN. Without it,
// a VEN that registers its reports whenever it gets a request would get them without end.
const requestPause = 10 * time.Second

// requestedJustNow reports whether a push repeated the request within the pause. order is the
// standing order of the request, nil for none.
func (r *ReportRequest) requestedJustNow(order *ReportOrder, now time.Time) bool {
	recently := now.Sub(r.ToldAt) < requestPause
	switch {
	case r.Piggyback:
		return false
	case order != nil && r.CreatedAt.After(order.CreatedAt):
		return recently || now.Sub(r.CreatedAt) < requestPause
	}
	return recently && r.State == ReportPending
}

// requestAgain seats the requests of standing orders that fit a VEN, and returns the new ones.
// It ends orders whose time is over.
func (s *ReportService) requestAgain(plan *seats, ven *VEN, orders []*ReportOrder) (made []*ReportRequest, err error) {
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
					Msgf("a standing order requests no reports of this VEN: its %s %s", problems[0].Field, problems[0].Reason)
				continue
			}
			if len(plan.riding)+len(plan.pushed) >= maxOpenReports {
				s.lines.About(ven.VENID, zerolog.WarnLevel).Str("venID", ven.VENID).Int("requests", maxOpenReports).Str("orderID", o.OrderID).
					Msg("standing orders from this one on request no reports of this VEN, since so many are requested already; end some orders")
				return made, nil
			}
			r := o.request(m, plan.rev, plan.now)
			if o.Early && !r.mend(&m, s.cfg.Retention, plan.now) {
				continue
			}
			if s.tooLarge([]*ReportRequest{r}) != nil {
				s.lines.About(ven.VENID, zerolog.WarnLevel).Str("venID", ven.VENID).Str("orderID", o.OrderID).Str("reportSpecifierID", excerpt.Of(m.SpecifierID)).
					Msg("a standing order requests no reports of this VEN: the request would be larger than a payload may be; name fewer rIDs")
				continue
			}
			if old := plan.sameAs(r); old != nil {
				r, old.Piggyback = old, r.Piggyback
			} else {
				made = append(made, r)
			}
			if err := plan.seat(r); err != nil {
				return nil, err
			}
		}
	}
	return made, nil
}

// seats divides requests between an answer, as far as it has room (rule G5), and pushes.
type seats struct {
	tx             Tx
	next           Revisions
	room           int   // bytes left in the answer
	rev            int64 // of the answer
	now            time.Time
	again          []*ReportRequest // of standing orders, which the VEN has not agreed to
	riding, pushed []*ReportRequest
}

// seat puts a request into the answer if it is piggybacked and there is room. Otherwise it is
// pushed by itself, and the outcome tells whether it arrived.
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

// sameAs takes from s.again the request that asks for the same as r, nil for none.
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

// end ends the request without telling the VEN. Messages about it that are under way do not
// count any more.
func (r *ReportRequest) end(rev int64, now time.Time) {
	if r.LastOwed = false; r.State.open() {
		r.State, r.EndedAt, r.Rev = ReportEnded, now, rev
	}
}

// asksForThis reports whether a registration is what the request asks for (rule R3): it
// answers this request by name, or the request is pending and asks for it once.
func (r *ReportRequest) asksForThis(answered string) bool {
	return r.asksForMetadata() && (r.ReportRequestID == answered || r.State == ReportPending && r.ReportBack == 0)
}

func (r *ReportRequest) asksForMetadata() bool { return r.SpecifierID == oadr.SpecifierMetadata }

// offered holds the data points of a VEN's offers, to look up many requests. The VENNo of its
// keys is 0.
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

// fits reports whether the VEN still offers all that the request asks for, in such steps, and
// the time of the request is not over (rule R3).
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

// over reports whether the time of an order has passed.
func (o *ReportOrder) over(now time.Time) bool {
	begin := o.Start
	if begin.IsZero() {
		begin = o.CreatedAt
	}
	return isOver(begin, o.ReportBack, o.Duration, now)
}

// isOver reports whether the time of periodic reports has passed.
func isOver(begin time.Time, back, lasts time.Duration, now time.Time) bool {
	return back > 0 && lasts > 0 && now.After(begin.Add(lasts))
}

// endReports ends all reports that a VEN makes, and those that it requested of the VTN, with
// its registration (rules N6, N8, N9).
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
	vtnReports, err := tx.VTNReports([]int64{venNo})
	if err != nil {
		return err
	}
	for _, o := range vtnReports {
		if err := tx.DeleteVTNReport(o); err != nil {
			return err
		}
	}
	return tx.PutOffers(venNo, nil, now)
}
