package core

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
)

// VENReports returns what a VEN can report, by reportSpecifierID. The error is [ErrNotFound] if
// the VEN does not exist.
func (v *ReportRecords) VENReports(ctx context.Context, venID string) (offers []ReportOffer, err error) {
	err = v.reg.Browse(ctx, func(r Reader) error {
		ven, err := r.VEN(venID)
		if err != nil {
			return err
		}
		offers, err = r.Offers(ven.No)
		return err
	})
	return offers, err
}

// ReportRequest returns a report request, [ErrNotFound] if it does not exist.
func (v *ReportRecords) ReportRequest(ctx context.Context, reportRequestID string) (r *ReportRequest, err error) {
	err = v.reg.Browse(ctx, func(reader Reader) error {
		r, err = reader.ReportRequest(reportRequestID)
		return err
	})
	return r, err
}

const (
	lookedAtOnce = 1000 // report requests that are read at a time to find those in a state
	lookedAt     = 20   // how many times in one call
)

// ReportRequests lists report requests, newest first; f.State is the state now.
// before is the next of an earlier call, 0 for the start; next is 0 at the end. If much does
// not fit the filter, a page may be shorter than its limit.
func (v *ReportRecords) ReportRequests(ctx context.Context, f ReportFilter, before int64, limit int) (requests []*ReportRequest, next int64, err error) {
	now := v.clock.Now()
	for _, id := range []string{f.VENID, f.SpecifierID, f.OrderID} {
		if id != "" && label.Check(id) != "" { // nothing has such an ID
			return nil, 0, nil
		}
	}
	err = v.reg.Browse(ctx, func(r Reader) error {
		if f.State == ReportActive || f.State == ReportCompleted {
			requests, next, err = requestsNow(r, f, before, limit, now)
		} else {
			requests, next, err = r.ReportRequests(f, before, limit)
		}
		return err
	})
	return requests, next, err
}

// requestsNow finds active or completed requests. Both are stored as active: time or data
// completes them.
func requestsNow(r ReportReader, f ReportFilter, before int64, limit int, now time.Time) (requests []*ReportRequest, next int64, err error) {
	want := f.State
	f.State = ReportActive
	for range lookedAt {
		some, next, err := r.ReportRequests(f, before, lookedAtOnce)
		if err != nil {
			return nil, 0, err
		}
		for _, one := range some {
			switch {
			case one.Status(now) != want:
			case len(requests) == limit:
				return requests, requests[limit-1].No, nil
			default:
				requests = append(requests, one)
			}
		}
		if before = next; next == 0 || len(some) < lookedAtOnce && len(requests) > 0 { // the requests are large
			break
		}
	}
	return requests, before, nil
}

// ReportOrders lists report orders, newest first. before is the next of an earlier
// call, 0 for the start; next is 0 at the end.
func (v *ReportRecords) ReportOrders(ctx context.Context, f ReportOrderFilter, before int64, limit int) (orders []*ReportOrder, next int64, err error) {
	err = v.reg.Browse(ctx, func(r Reader) error {
		orders, next, err = r.ReportOrders(f, before, limit)
		return err
	})
	return orders, next, err
}

// ReportOrder returns an order, [ErrNotFound] if it does not exist.
func (v *ReportRecords) ReportOrder(ctx context.Context, orderID string) (o *ReportOrder, err error) {
	err = v.reg.Browse(ctx, func(r Reader) error {
		o, err = r.ReportOrder(orderID)
		return err
	})
	return o, err
}

// Misfit is an offer that a standing order names but does not request, and the reason.
type Misfit struct {
	VENID       string
	SpecifierID string
	Problem
}

const (
	misfitsFound  = 10000 // offers that are looked at for one order
	misfitsListed = 100
)

// Misfits lists the misfits of an order that stands, by VEN and reportSpecifierID: the first
// hundred among ten thousand offers.
func (v *ReportRecords) Misfits(ctx context.Context, o *ReportOrder) (misfits []Misfit, err error) {
	if !o.Standing || !o.EndedAt.IsZero() {
		return nil, nil
	}
	now := v.clock.Now()
	err = v.reg.Browse(ctx, func(r Reader) error {
		matches, err := r.MatchingOffers(o.ReportSpec, 0, misfitsFound)
		misfits = nil
		for _, m := range o.meant(matches, now) {
			if problems := o.misfit(&m, now); problems != nil && len(misfits) < misfitsListed {
				misfits = append(misfits, Misfit{m.VENID, m.SpecifierID, problems[0]})
			}
		}
		return err
	})
	return misfits, err
}

// ReportStatus returns the state of a request now.
func (v *ReportRecords) ReportStatus(r *ReportRequest) ReportState { return r.Status(v.clock.Now()) }

// ReportData lists the values of a request, oldest first. It sets q.RequestNo. next is nil at
// the end. The error is [ErrNotFound] if the request does not exist.
func (v *ReportRecords) ReportData(ctx context.Context, reportRequestID string, q ValueQuery) (values []Value, next *ValueKey, err error) {
	err = v.reg.Browse(ctx, func(r Reader) error {
		request, err := r.ReportRequest(reportRequestID)
		if err != nil {
			return err
		}
		q.RequestNo = request.No
		values, next, err = page(r, q)
		return err
	})
	return values, next, err
}

// VENReportData lists the values of a VEN's report, whatever request they came for, as
// [ReportRecords.ReportData] does.
func (v *ReportRecords) VENReportData(ctx context.Context, venID, specifierID string, q ValueQuery) (values []Value, next *ValueKey, err error) {
	err = v.reg.Browse(ctx, func(r Reader) error {
		ven, err := r.VEN(venID)
		if err != nil {
			return err
		}
		q.RequestNo, q.VENNo, q.SpecifierID = 0, ven.No, specifierID
		values, next, err = page(r, q)
		return err
	})
	return values, next, err
}

// page reads one page of values; the newest are a single page.
func page(r Reader, q ValueQuery) (values []Value, next *ValueKey, err error) {
	values, more, err := r.Values(q)
	if err != nil || !more || q.Newest {
		return values, nil, err
	}
	key := values[len(values)-1].Key()
	return values, &key, nil
}
