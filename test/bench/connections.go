package main

import (
	"context"
	"errors"
	"time"
)

// connectionFigures compare one component connection with two.
type connectionFigures struct {
	N     int     `json:"n"`
	One   float64 `json:"onePushesPerSecond"`
	Two   float64 `json:"twoPushesPerSecond"`
	Ratio float64 `json:"ratio"`
}

func (w *world) connections(ctx context.Context, r *report) (err error) {
	n := w.most
	var vtns [2]*vtn
	for i, setup := range []struct{ name, domain, connections string }{{"one", vtnDomain, "1"}, {"two", twoDomain, "2"}} {
		path, err := w.store(ctx, setup.name, n)
		if err != nil {
			return err
		}
		vtns[i], err = w.startVTN(ctx, path, setup.domain, w.server.ComponentAddr, "VTN_XMPP_CONNECTIONS="+setup.connections)
		if err != nil {
			return err
		}
		defer vtns[i].Close()
	}
	var rates [2][]float64
	var ratios []float64
	for pair := range w.pairs + 1 {
		var rate [2]float64
		for i, v := range vtns {
			began := time.Now()
			_, err := v.fanOut(ctx, group(n), n)
			rate[i] = float64(n) / time.Since(began).Seconds()
			if err := errors.Join(err, v.clear(ctx, n)); err != nil {
				return err
			}
		}
		if pair > 0 {
			rates[0], rates[1], ratios = append(rates[0], rate[0]), append(rates[1], rate[1]), append(ratios, rate[1]/rate[0])
		}
	}
	r.Connections = &connectionFigures{n, median(rates[0]), median(rates[1]), median(ratios)}
	w.say("two component connections to one: ratio %.2f (%.0f to %.0f pushes/s)", r.Connections.Ratio, r.Connections.Two, r.Connections.One)
	return nil
}
