package core

import (
	"slices"
	"time"
)

// restart ends a VEN's open requests, because it registered its reports (rule
// R2), and returns those that ride in the answer: what it has not agreed to and
// still fits, and what standing orders ask of the new offers. It does not end
// what its last answer asked for: that may have been lost (rule G6). answered is
// the request for this very registration, if there was one.
func (v *VTN) restart(tx Tx, ven *VEN, answered string, offers []ReportOffer, rev int64, now time.Time) (riding []*ReportRequest, err error) {
	open, err := tx.OpenReports([]int64{ven.No})
	if err != nil {
		return nil, err
	}
	s := seats{tx: tx, room: v.roomInPayload(), rev: rev, now: now}
	for _, r := range open {
		switch {
		case r.ReportRequestID == answered:
			if r.DataAt = now; r.State == ReportPending { // which completes what is asked once
				r.State = ReportActive
			}
		case r.State == ReportPending && r.offered(offers):
			if err := s.seat(r); err != nil {
				return nil, err
			}
		default:
			r.end(rev, now)
		}
	}
	if err := tx.PutReportRequests(open); err != nil {
		return nil, err
	}
	if err := v.askAgain(&s, ven); err != nil {
		return nil, err
	}
	for _, r := range s.pushed {
		if err := tx.MarkReports(r.Rev, UrgencyFew, place(now, now)); err != nil {
			return nil, err
		}
	}
	return s.riding, nil
}

// askAgain makes the requests of standing orders that fit a VEN.
func (v *VTN) askAgain(s *seats, ven *VEN) error {
	orders, err := s.tx.StandingOrders(ven.No)
	if err != nil {
		return err
	}
	var asked []*ReportRequest
	for _, o := range orders {
		if o.over(s.now) {
			continue
		}
		matches, err := s.tx.MatchingOffers(o.ReportSpec, ven.No, maxOpenReports)
		if err != nil {
			return err
		}
		for _, m := range matches {
			if s.asks(o, m) || m.refuses(o.Granularity) != "" || len(o.RIDs) > len(m.Points) {
				continue
			}
			if len(s.riding)+len(s.pushed) >= maxOpenReports {
				v.log.Warn().Str("venID", ven.VENID).Int("requests", maxOpenReports).Str("orderID", o.OrderID).
					Msg("standing orders from this one on do not ask this VEN, it is asked for so many reports; end some orders")
				return s.tx.PutReportRequests(asked)
			}
			r := o.request(m, s.rev, s.now)
			if v.tooLarge([]*ReportRequest{r}) != nil {
				v.log.Warn().Str("venID", ven.VENID).Str("orderID", o.OrderID).Str("reportSpecifierID", clip(m.SpecifierID)).
					Msg("a standing order does not ask this VEN: the request would be larger than VTN_MAX_PAYLOAD; name fewer rIDs")
				continue
			}
			if err := s.seat(r); err != nil {
				return err
			}
			asked = append(asked, r)
		}
	}
	return s.tx.PutReportRequests(asked)
}

// seats are what an answer has room for (rule G5).
type seats struct {
	tx             Tx
	room           int // bytes left
	rev            int64
	now            time.Time
	riding, pushed []*ReportRequest
}

// seat has a request told: in the answer, or where that has no room by a push
// of its own.
func (s *seats) seat(r *ReportRequest) (err error) {
	if size := r.most(); size <= s.room {
		s.room -= size
		s.riding = append(s.riding, r)
		r.ride(s.rev, s.now)
		return nil
	}
	s.pushed = append(s.pushed, r)
	r.Piggyback = false
	r.Rev, err = s.tx.NextRev()
	return err
}

// asks says whether the order's request for an offer is among those told.
func (s *seats) asks(o *ReportOrder, m ReportMatch) bool {
	same := func(r *ReportRequest) bool { return r.OrderID == o.OrderID && r.SpecifierID == m.SpecifierID }
	return slices.ContainsFunc(s.riding, same) || slices.ContainsFunc(s.pushed, same)
}

// ride has a request told in an answer. Nothing tells whether that arrives; the
// VEN's oadrCreatedReport or its data will.
func (r *ReportRequest) ride(rev int64, now time.Time) {
	r.Rev, r.Piggyback, r.ToldAt = rev, true, now
}

// end ends the request without a word to the VEN. What is on its way about it
// does not count any more.
func (r *ReportRequest) end(rev int64, now time.Time) {
	r.State, r.EndedAt, r.Rev = ReportEnded, now, rev
}

// offered says whether the VEN still offers all that the request asks for.
func (r *ReportRequest) offered(offers []ReportOffer) bool {
	i := slices.IndexFunc(offers, func(o ReportOffer) bool { return o.SpecifierID == r.SpecifierID })
	if i < 0 {
		return false
	}
	ids := offers[i].rIDs()
	return !slices.ContainsFunc(r.RIDs, func(id string) bool { return !slices.Contains(ids, id) })
}

// over says whether an order's time has passed.
func (o *ReportOrder) over(now time.Time) bool {
	begin := o.Start
	if begin.IsZero() {
		begin = o.CreatedAt
	}
	return o.ReportBack > 0 && o.Duration > 0 && now.After(begin.Add(o.Duration))
}

// endReports ends all that a VEN reports, with its registration (rules N8, N9).
func (v *VTN) endReports(tx Tx, venNo, rev int64, now time.Time) error {
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
	own, err := tx.OwnReports([]int64{venNo})
	if err != nil {
		return err
	}
	for _, o := range own {
		if err := tx.DeleteOwnReport(o); err != nil {
			return err
		}
	}
	return tx.PutOffers(venNo, nil, now)
}
