package main

import (
	"context"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// idleFigures are of one push while nothing else happens. The VTN's time is from
// the operator's request until the outcome is on disk: two commits and the round
// trip, which is all that the bare component does.
type idleFigures struct {
	P50     float64 `json:"p50ms"`
	P99     float64 `json:"p99ms"`
	BareP50 float64 `json:"bareP50ms"`
	BareP99 float64 `json:"bareP99ms"`
}

func (w *world) idle(ctx context.Context, r *report) error {
	const rounds = 60 // of a push each, for each pair
	path, err := w.store(ctx, "idle", w.most)
	if err != nil {
		return err
	}
	v, err := w.startVTN(ctx, path, vtnDomain, w.server.ComponentAddr)
	if err != nil {
		return err
	}
	defer v.Close()
	var times, bareTimes []float64
	for i := range rounds * w.pairs {
		no := i % w.most
		began := time.Now()
		if _, err := v.push(ctx, client.Targets{VENIDs: []string{venID(no)}}, 1); err != nil {
			return err
		}
		times = append(times, ms(time.Since(began)))
		if err := v.clear(ctx, 1); err != nil {
			return err
		}
		began = time.Now()
		if err := w.bare.ask(ctx, "one %d", no); err != nil {
			return err
		}
		bareTimes = append(bareTimes, ms(time.Since(began)))
	}
	r.Idle = &idleFigures{median(times), quantile(times, 0.99), median(bareTimes), quantile(bareTimes, 0.99)}
	w.say("idle: from the request to the outcome on disk %.2f ms (99 %%: %.2f ms), bare round trip %.2f ms (%.2f ms)",
		r.Idle.P50, r.Idle.P99, r.Idle.BareP50, r.Idle.BareP99)
	return nil
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }
