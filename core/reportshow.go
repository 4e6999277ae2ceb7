package core

import (
	"context"
	"slices"
)

// VENReports lists what a VEN can report, by reportSpecifierID.
func (v *VTN) VENReports(ctx context.Context, venID string) (offers []ReportOffer, err error) {
	err = v.reg.View(ctx, func(r Reader) error {
		ven, err := r.VEN(venID)
		if err != nil {
			return err
		}
		offers, err = r.Offers(ven.No)
		return err
	})
	return offers, err
}

// ReportRequest finds a report request.
func (v *VTN) ReportRequest(ctx context.Context, reportRequestID string) (r *ReportRequest, err error) {
	err = v.reg.View(ctx, func(reader Reader) error {
		r, err = reader.ReportRequest(reportRequestID)
		return err
	})
	return r, err
}

// ReportRequests lists report requests, newest first. before is the next of an
// earlier call, 0 for the start; next is 0 at the end.
func (v *VTN) ReportRequests(ctx context.Context, f ReportFilter, before int64, limit int) (requests []*ReportRequest, next int64, err error) {
	err = v.reg.View(ctx, func(r Reader) error {
		requests, next, err = r.ReportRequests(f, before, limit)
		return err
	})
	return requests, next, err
}

// ReportOrders lists what reports were ordered, newest first: those that stand,
// or all.
func (v *VTN) ReportOrders(ctx context.Context, standing bool, before int64, limit int) (orders []*ReportOrder, next int64, err error) {
	err = v.reg.View(ctx, func(r Reader) error {
		orders, next, err = r.ReportOrders(standing, before, limit)
		return err
	})
	return orders, next, err
}

// ReportOrder finds an order.
func (v *VTN) ReportOrder(ctx context.Context, orderID string) (o *ReportOrder, err error) {
	err = v.reg.View(ctx, func(r Reader) error {
		o, err = r.ReportOrder(orderID)
		return err
	})
	return o, err
}

// ReportStatus is a request's state now.
func (v *VTN) ReportStatus(r *ReportRequest) ReportState { return r.Status(v.clock.Now()) }

// ReportData lists the values of a request, oldest first; q.RequestNos is left
// to it. next is nil at the end.
func (v *VTN) ReportData(ctx context.Context, reportRequestID string, q ValueQuery) (values []Value, next *ValueKey, err error) {
	return v.values(ctx, q, func(r Reader) ([]int64, error) {
		request, err := r.ReportRequest(reportRequestID)
		if err != nil {
			return nil, err
		}
		return []int64{request.No}, nil
	})
}

// maxDataRequests bounds over how many requests of a VEN its data is read.
const maxDataRequests = 1000

// VENReportData lists the values of one of a VEN's reports, whatever request
// they came for, oldest first; of the latest thousand requests.
func (v *VTN) VENReportData(ctx context.Context, venID, specifierID string, q ValueQuery) (values []Value, next *ValueKey, err error) {
	return v.values(ctx, q, func(r Reader) (nos []int64, err error) {
		if _, err := r.VEN(venID); err != nil {
			return nil, err
		}
		requests, _, err := r.ReportRequests(ReportFilter{VENID: venID, SpecifierID: specifierID}, 0, maxDataRequests)
		for _, one := range requests {
			nos = append(nos, one.No)
		}
		return nos, err
	})
}

func (v *VTN) values(ctx context.Context, q ValueQuery, of func(Reader) ([]int64, error)) (values []Value, next *ValueKey, err error) {
	limit := q.Limit
	q.Limit = limit + 1
	err = v.reg.View(ctx, func(r Reader) (err error) {
		if q.RequestNos, err = of(r); err != nil {
			return err
		}
		slices.Sort(q.RequestNos)
		values, err = r.Values(q)
		return err
	})
	if err == nil && len(values) > limit {
		values = values[:limit]
		key := values[limit-1].Key()
		next = &key
	}
	return values, next, err
}
