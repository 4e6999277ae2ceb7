package core_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// riding are the two ways to cancel in the answer to an update.
var riding = map[bool]core.ReportCancellation{false: {Piggyback: true}, true: {Piggyback: true, ToFollow: true}}

func TestR4R8CancellationRidesInUpdatedReport(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	request := r.running(ven, "ven1")
	r.cancels(riding[true], request)
	c := r.updated(ven, request)
	if c == nil || !c.ReportToFollow || !slices.Equal(c.ReportRequestIDs, []string{request.ReportRequestID}) {
		t.Fatalf("rides: %+v", c)
	}
	r.code(ven, &oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: c.RequestID}, VENID: "ven1"}, oadr.CodeOK)
	if got := r.state(request.ReportRequestID); got != core.ReportCancelled {
		t.Errorf("it is %s", got)
	}
	r.code(ven, update(request, t0.Add(time.Minute), 2), oadr.CodeOK)
	r.code(ven, update(request, t0.Add(2*time.Minute), 3), oadr.CodeInvalidID)
	r.clock.Move(time.Hour)
	r.quiet()
}

func TestSpec328R4ACancellationRidesWithItsOwnUpdate(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	a, b, c := r.running(ven, "ven1"), r.running(ven, "ven1"), r.running(ven, "ven1")
	r.cancels(core.ReportCancellation{Piggyback: true}, b)
	if got := r.updated(ven, a, c); got != nil {
		t.Errorf("with updates of others rides %+v", got)
	}
	if got := r.updated(ven, a, b, b); got == nil || !slices.Equal(got.ReportRequestIDs, []string{b.ReportRequestID}) {
		t.Errorf("with an update of its own rides %+v", got)
	}
}

// A message has one requestID and one reportToFollow: of several cancellations the
// oldest goes first, and the next with the next update.
func TestSpec328R4CancellationsOfOneChangeRideTogether(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	order, made, err := r.RequestReports(t.Context(), []core.ReportSpec{{Targets: venIDs("ven1"), ReportBack: 5 * time.Minute}}, "test")
	if err != nil || len(made) != 2 {
		t.Fatal(made, err)
	}
	p, _ := pushed[*oadr.CreateReport](r)
	r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
	other := r.running(ven, "ven1")
	telemetry := made[slices.IndexFunc(made, func(q *core.ReportRequest) bool { return q.SpecifierID == "telemetry" })]
	if _, err := r.CancelReportOrder(t.Context(), order[0].OrderID, riding[false], "test"); err != nil {
		t.Fatal(err)
	}
	r.cancels(riding[true], other)
	got := r.updated(ven, other, telemetry)
	if got == nil || got.ReportToFollow || !slices.Equal(got.ReportRequestIDs, []string{telemetry.ReportRequestID}) {
		t.Fatalf("first rides %+v", got)
	}
	r.code(ven, &oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: got.RequestID}, VENID: "ven1"}, oadr.CodeOK)
	if got := r.updated(ven, other); got == nil || !got.ReportToFollow || !slices.Equal(got.ReportRequestIDs, []string{other.ReportRequestID}) {
		t.Errorf("then rides %+v", got)
	}
	r.quiet()
}

func TestSpec335R4AnIgnoredCancellationIsPushed(t *testing.T) {
	for follow, how := range riding {
		t.Run(fmt.Sprintf("last report %v", follow), func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			request, other := r.running(ven, "ven1"), r.running(ven, "ven1")
			r.cancels(how, request)
			if got := r.updated(ven, request); got == nil {
				t.Fatal("nothing rides")
			}
			if got := r.updated(ven, other); got != nil { // which ignores nothing
				t.Errorf("with another's update rides %+v", got)
			}
			if follow { // which may be the last report
				if got := r.updated(ven, request); got != nil {
					t.Errorf("with the last report rides %+v", got)
				}
			}
			r.quiet()
			r.restart()
			if got := r.updated(ven, request); got != nil {
				t.Errorf("it rides again: %+v", got)
			}
			r.takesCancellation(ven, follow, request)
			r.quiet()
		})
	}
}

// No cancellation waits for ever: one that finds no update to ride with is pushed when
// the update is a minute late.
func TestR4ACancellationThatNeverRidesIsPushed(t *testing.T) {
	for name, c := range map[string]struct {
		spec  core.ReportSpec
		after time.Duration
	}{
		"periodic":       {periodic(), 6 * time.Minute},
		"not yet begun":  {core.ReportSpec{SpecifierID: "telemetry", ReportBack: 5 * time.Minute, Start: t0.Add(time.Hour)}, 66 * time.Minute},
		"to come once":   {core.ReportSpec{SpecifierID: "telemetry"}, time.Minute},
		"of its reports": {core.ReportSpec{SpecifierID: "METADATA", ReportBack: time.Hour}, 61 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			c.spec.Targets = venIDs("ven1")
			request := r.accepted(ven, c.spec)
			r.until(request.ReportRequestID, core.ReportActive)
			r.cancels(riding[false], request)
			r.restart()
			r.clock.Move(c.after - time.Second)
			r.quiet()
			r.clock.Move(time.Second)
			r.takesCancellation(ven, false, request)
		})
	}
}

// A cancellation is pushed, too, if the answer that it rode in was lost.
func TestR4ACancellationThatRodeIntoSilenceIsPushed(t *testing.T) {
	r := start(t)
	ven := r.reporting("ven1")
	a, b := r.running(ven, "ven1"), r.running(ven, "ven1")
	r.cancels(riding[false], a)
	r.cancels(riding[true], b)
	if got := r.updated(ven, a, b); got == nil {
		t.Fatal("nothing rides")
	}
	r.clock.Move(time.Hour)
	r.takesCancellation(ven, false, a)
	r.takesCancellation(ven, true, b)
}

// ridingWith has a VEN update two requests, and checks that no cancellation but
// theirs rides in the answer.
func (r *rig) ridingWith(ven core.Peer, cancelled map[string]bool, one, other *core.ReportRequest) *oadr.CancelReport {
	r.t.Helper()
	m := update(one, t0, 1)
	m.Reports = append(m.Reports, update(other, t0, 1).Reports...)
	c := must[*oadr.UpdatedReport](r, ven, m).Cancel
	if c == nil {
		return nil
	}
	for _, id := range c.ReportRequestIDs {
		if !cancelled[id] || id != one.ReportRequestID && id != other.ReportRequestID {
			r.t.Fatalf("with updates of %s and %s rides %+v", one.ReportRequestID, other.ReportRequestID, c)
		}
	}
	return c
}

// Whatever the operator does, whether the VEN obeys or not: a cancellation rides only
// with an update of its request, updates count until the VEN confirms it, and in the
// end the VEN does.
func TestR4R8RandomCancellations(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			r := start(t)
			ven := r.reporting("ven1")
			var requests []*core.ReportRequest
			for range 4 {
				requests = append(requests, r.running(ven, "ven1"))
			}
			cancelled := map[string]bool{}
			confirm := func(m *oadr.CancelReport) {
				r.code(ven, &oadr.CanceledReport{Response: oadr.EIResponse{Code: oadr.CodeOK, RequestID: m.RequestID}, VENID: "ven1"}, oadr.CodeOK)
			}
			takePushes := func() {
				for len(r.wire.pushes) > 0 {
					p, m := pushed[*oadr.CancelReport](r)
					if rnd.IntN(3) == 0 {
						r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
						confirm(m)
					} else {
						r.answered(ven, p, &oadr.CanceledReport{Response: ok(p), VENID: "ven1"})
					}
				}
			}
			for range 40 {
				one := requests[rnd.IntN(len(requests))]
				switch rnd.IntN(4) {
				case 0:
					r.cancels(core.ReportCancellation{Piggyback: rnd.IntN(4) > 0, ToFollow: rnd.IntN(2) == 0}, one)
					cancelled[one.ReportRequestID] = true
				case 1:
					r.clock.Move(time.Duration(rnd.IntN(180)) * time.Second)
					takePushes()
				default:
					c := r.ridingWith(ven, cancelled, one, requests[rnd.IntN(len(requests))])
					if c != nil && rnd.IntN(2) == 0 {
						confirm(c)
					}
				}
			}
			r.waitFor(func() bool {
				r.clock.Move(time.Minute)
				takePushes()
				return !slices.ContainsFunc(requests, func(q *core.ReportRequest) bool {
					return cancelled[q.ReportRequestID] && r.state(q.ReportRequestID) != core.ReportCancelled
				})
			})
			for _, q := range requests {
				if !cancelled[q.ReportRequestID] {
					r.code(ven, update(q, t0, 1), oadr.CodeOK)
				}
			}
		})
	}
}

// A VEN that cannot cancel all reports of a cancellation may cancel none of them (rule
// 336 of the profile): the VTN cancels each of those that it still has alone.
func TestSpec336R8ACancellationThatWasNotWhollyPossible(t *testing.T) {
	for name, answer := range map[string]func(*rig, core.Peer, core.Push, *oadr.CanceledReport){
		"in the result": func(r *rig, ven core.Peer, p core.Push, m *oadr.CanceledReport) { r.answered(ven, p, m) },
		"by a request of its own": func(r *rig, ven core.Peer, p core.Push, m *oadr.CanceledReport) {
			r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
			r.code(ven, m, oadr.CodeOK)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.reporting("ven1")
			orders, made, err := r.RequestReports(t.Context(), []core.ReportSpec{{Targets: venIDs("ven1"), ReportBack: 5 * time.Minute}}, "test")
			if err != nil || len(made) != 2 {
				t.Fatal(made, err)
			}
			p, _ := pushed[*oadr.CreateReport](r)
			r.answered(ven, p, &oadr.CreatedReport{Response: ok(p), VENID: "ven1"})
			other := r.running(ven, "ven1")
			if _, err := r.CancelReportOrder(t.Context(), orders[0].OrderID, core.ReportCancellation{}, "test"); err != nil {
				t.Fatal(err)
			}
			p, m := pushed[*oadr.CancelReport](r)
			if len(m.ReportRequestIDs) != 2 {
				t.Fatalf("pushed %+v", m)
			}
			no := ok(p)
			no.Code = oadr.CodeInvalidID
			answer(r, ven, p, &oadr.CanceledReport{Response: no, Pending: []string{made[1].ReportRequestID, other.ReportRequestID}, VENID: "ven1"})
			r.until(made[0].ReportRequestID, core.ReportCancelled)
			p, m = pushed[*oadr.CancelReport](r)
			if !slices.Equal(m.ReportRequestIDs, []string{made[1].ReportRequestID}) {
				t.Fatalf("then pushed %+v", m)
			}
			no = ok(p)
			no.Code = oadr.CodeInvalidID // a refusal of this one alone ends it, too
			answer(r, ven, p, &oadr.CanceledReport{Response: no, Pending: []string{made[1].ReportRequestID, other.ReportRequestID}, VENID: "ven1"})
			r.until(made[1].ReportRequestID, core.ReportCancelled)
			if got := r.state(other.ReportRequestID); got != core.ReportActive {
				t.Errorf("another is %s", got)
			}
			r.quiet()
		})
	}
}
