package registry_test

import (
	"fmt"
	"reflect"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func (w reportSteps) offer(specifierID string, points ...oadr.ReportDescription) core.ReportOffer {
	return core.ReportOffer{SpecifierID: specifierID, Name: "TELEMETRY_USAGE", CreatedAt: w.now, RegisteredAt: w.now, Points: points}
}

// registers replaces the reports that a VEN offers.
func (w reportSteps) registers(v *core.VEN, offers ...core.ReportOffer) {
	w.Helper()
	w.change(func(tx core.Tx, _ int64) error { return tx.PutOffers(v.No, offers, w.now) })
}

func (w reportSteps) offers(v *core.VEN) []core.ReportOffer {
	w.Helper()
	return view(w, func(r core.Reader) ([]core.ReportOffer, error) { return r.Offers(v.No) })
}

// point returns the number of a data point, 0 if there is none.
func (w reportSteps) point(v *core.VEN, specifierID, rID string) int64 {
	w.Helper()
	p := core.Point{VENNo: v.No, SpecifierID: specifierID, RID: rID}
	return view(w, func(r core.Reader) (map[core.Point]int64, error) { return r.PointNos([]core.Point{p}) })[p]
}

// request makes a new request that is not stored yet.
func (w reportSteps) request(v *core.VEN, specifierID string) *core.ReportRequest {
	w.requests++
	return &core.ReportRequest{ReportRequestID: fmt.Sprint("rr-", w.requests), OrderID: "order", VENNo: v.No, VENID: v.VENID, SpecifierID: specifierID,
		ReportName: "TELEMETRY_USAGE", RIDs: []string{"b", "a"}, Granularity: time.Minute, ReportBack: 5 * time.Minute, Start: w.now, Duration: time.Hour,
		State: core.ReportPending, CreatedAt: w.now, CreatedBy: "operator"}
}

// puts stores requests under a new revision.
func (w reportSteps) puts(requests ...*core.ReportRequest) int64 {
	w.Helper()
	return w.change(func(tx core.Tx, rev int64) error {
		for _, r := range requests {
			r.Rev = rev
		}
		return tx.PutReportRequests(requests)
	})
}

// requested makes and stores a new request.
func (w reportSteps) requested(v *core.VEN, specifierID string) *core.ReportRequest {
	w.Helper()
	r := w.request(v, specifierID)
	w.puts(r)
	return r
}

// heard records that data arrived.
func (w reportSteps) heard(requests ...*core.ReportRequest) {
	w.Helper()
	var nos []int64
	for _, r := range requests {
		nos = append(nos, r.No)
	}
	w.must(w.Update(ctx, func(tx core.Tx) error { return tx.ReportsHeard(nos, nos, w.now) }))
}

func (w reportSteps) find(id string) (r *core.ReportRequest, err error) {
	w.Helper()
	err = w.View(ctx, func(reader core.Reader) (err error) { r, err = reader.ReportRequest(id); return err })
	return r, err
}

// is checks the stored request.
func (w reportSteps) is(want *core.ReportRequest) {
	w.Helper()
	got, err := w.find(want.ReportRequestID)
	if err != nil || !reflect.DeepEqual(got, want) {
		w.Errorf("stored is\n%+v %v, want\n%+v", got, err, want)
	}
}

// rides cancels requests; each rides in an answer and is due as a push after a time.
func (w reportSteps) rides(after time.Duration, requests ...*core.ReportRequest) {
	w.Helper()
	for _, r := range requests {
		r.State, r.Piggyback, r.RideUntil = core.ReportCancelling, true, w.now.Add(after)
	}
	w.puts(requests...)
}

func (w reportSteps) stranded(limit int) string {
	w.Helper()
	return ids(view(w, func(r core.Reader) ([]*core.ReportRequest, error) { return r.StrandedCancellations(w.now, limit) }))
}

func (w reportSteps) nextStranded() time.Time {
	w.Helper()
	return view(w, core.Reader.NextStranded)
}

func (w reportSteps) putValues(values ...core.Value) {
	w.Helper()
	w.must(w.Update(ctx, func(tx core.Tx) error { return tx.PutValues(values) }))
}

func (w reportSteps) put1(v core.Value) {
	w.Helper()
	w.putValues(v)
}

func (w reportSteps) values(q core.ValueQuery) []core.Value {
	w.Helper()
	return view(w, func(r core.Reader) ([]core.Value, error) {
		values, _, err := r.Values(q)
		return values, err
	})
}

// measured makes a VEN with two requests for its data points p and q.
func (w reportSteps) measured() (v *core.VEN, r, s *core.ReportRequest, p, q int64) {
	w.Helper()
	v = venSteps(w).registered("ven-1")
	w.registers(v, w.offer("s", power("p"), power("q")))
	return v, w.requested(v, "s"), w.requested(v, "s"), w.point(v, "s", "p"), w.point(v, "s", "q")
}
