package core

import (
	"slices"
	"time"
)

// maxOrders bounds the standing orders that a registration of reports is looked
// at against.
const maxOrders = 10000

// restart ends a VEN's open requests, because it registered its reports (rule
// R2), and returns those that ride in the answer: what was never told and still
// fits, and what standing orders ask of the new offers. answered is the request
// for this very registration, if there was one.
func (v *VTN) restart(tx Tx, ven *VEN, answered string, offers []ReportOffer, rev int64, now time.Time) (riding []*ReportRequest, err error) {
	open, err := tx.OpenReports([]int64{ven.No})
	if err != nil {
		return nil, err
	}
	for _, r := range open {
		switch {
		case r.ReportRequestID == answered:
			r.State, r.DataAt = ReportActive, now // which completes what is asked once
		case r.State == ReportPending && r.ToldAt.IsZero() && r.offered(offers):
			r.ride(rev, now)
			riding = append(riding, r)
		default:
			r.end(rev, now)
		}
	}
	asked, err := v.askAgain(tx, ven, riding, rev, now)
	if err != nil {
		return nil, err
	}
	if err := tx.PutReportRequests(append(open, asked...)); err != nil {
		return nil, err
	}
	for _, r := range asked {
		if r.Piggyback {
			riding = append(riding, r)
		} else if err := tx.MarkReports(r.Rev, UrgencyFew, place(now, now)); err != nil {
			return nil, err
		}
	}
	return riding, nil
}

// askAgain makes the requests of standing orders that fit a VEN. What the answer
// has no room for is pushed, each by itself (rule G5).
func (v *VTN) askAgain(tx Tx, ven *VEN, riding []*ReportRequest, rev int64, now time.Time) (asked []*ReportRequest, err error) {
	orders, _, err := tx.ReportOrders(true, 0, maxOrders)
	if err != nil || len(orders) == 0 {
		return nil, err
	}
	whole, err := tx.VEN(ven.VENID)
	if err != nil {
		return nil, err
	}
	labels := whole.Labels()
	most := v.cfg.MaxPayload * 9 / 10
	room := most
	for _, r := range riding {
		room -= r.most()
	}
	for _, o := range slices.Backward(orders) { // oldest first
		if !o.fits(labels) || o.over(now) {
			continue
		}
		matches, err := tx.MatchingOffers(o.ReportSpec, ven.No, maxOpenReports)
		if err != nil {
			return nil, err
		}
		for _, m := range matches {
			known := slices.ContainsFunc(riding, func(r *ReportRequest) bool { return r.OrderID == o.OrderID && r.SpecifierID == m.SpecifierID })
			if known || m.refuses(o.Granularity) != "" || len(o.RIDs) > len(m.Points) {
				continue
			}
			r := o.request(m, rev, now)
			switch size := r.most(); {
			case size <= room:
				room -= size
				r.ride(rev, now)
			case size <= most:
				r.Piggyback = false
				if r.Rev, err = tx.NextRev(); err != nil {
					return nil, err
				}
			default:
				v.log.Warn().Str("venID", ven.VENID).Str("orderID", o.OrderID).Str("reportSpecifierID", clip(m.SpecifierID)).
					Msg("a standing order does not ask this VEN: the request might be larger than VTN_MAX_PAYLOAD; name fewer rIDs")
				continue
			}
			asked = append(asked, r)
		}
	}
	return asked, nil
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
		if err := tx.DeleteOwnReport(venNo, o.RequestID); err != nil {
			return err
		}
	}
	return tx.PutOffers(venNo, nil, now)
}
