package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// fanOutFigures are medians of pairs: the VTN, then the bare component.
type fanOutFigures struct {
	N          int     `json:"n"`
	Rate       float64 `json:"pushesPerSecond"`
	BareRate   float64 `json:"barePushesPerSecond"`
	Ratio      float64 `json:"ratio"`
	RatioLow   float64 `json:"ratioLowest"`
	RatioHigh  float64 `json:"ratioHighest"`
	Bytes      float64 `json:"bytesPerPush"`
	VTNCPU     float64 `json:"vtnCPUms"`        // processor time for 1,000 pushes,
	ServerCPU  float64 `json:"serverCPUms"`     // and the server's
	BareCPU    float64 `json:"bareCPUms"`       // the bare component's,
	BareServer float64 `json:"bareServerCPUms"` // and the server's then
	VTNRSS     float64 `json:"vtnRSSMiB"`       // after the last
}

// turns is how many fan-outs to so few VENs make one measurement, so that it is
// long enough to tell.
func turns(n int) int { return max(1, (2000+n-1)/n) }

// fanOuts measures fan-outs of each size, plain and with an oadrCreatedEvent
// from each VEN.
func (w *world) fanOuts(ctx context.Context, r *report) error {
	path, err := w.store(ctx, "fanout", w.most)
	if err != nil {
		return err
	}
	v, err := w.startVTN(ctx, path, vtnDomain, w.server.ComponentAddr)
	if err != nil {
		return err
	}
	defer v.Close()
	for _, opts := range []bool{false, true} {
		word := "off"
		if opts {
			word = "on"
		}
		if err := w.crowd.ask(ctx, "opts %s", word); err != nil {
			return err
		}
		for _, n := range w.sizes {
			f, err := w.fanOutPairs(ctx, v, n, opts)
			if err != nil {
				return fmt.Errorf("fan-out to %d VENs: %w", n, err)
			}
			if opts {
				r.FanOutWithOpts = append(r.FanOutWithOpts, f)
			} else {
				r.FanOut = append(r.FanOut, f)
			}
			w.say("fan-out to %5d VENs, opts %3s: ratio %.2f (%.0f to %.0f pushes/s), processor time for 1,000: VTN %.0f ms, bare %.0f ms, server %.0f ms",
				n, word, f.Ratio, f.Rate, f.BareRate, f.VTNCPU, f.BareCPU, f.ServerCPU)
		}
	}
	return w.crowd.ask(ctx, "opts off")
}

func (w *world) fanOutPairs(ctx context.Context, v *vtn, n int, opts bool) (fanOutFigures, error) {
	f := fanOutFigures{N: n}
	var rates, bareRates, ratios, cpus, bareCPUs, servers, bareServers []float64
	for pair := range w.pairs + 1 {
		one, err := w.vtnFanOut(ctx, v, n, opts, &f)
		if err != nil {
			return f, err
		}
		other, err := w.bareFanOut(ctx, n, opts)
		if err != nil {
			return f, err
		}
		if pair == 0 {
			continue // to warm up
		}
		rates, bareRates, ratios = append(rates, one.rate), append(bareRates, other.rate), append(ratios, one.rate/other.rate)
		cpus, bareCPUs = append(cpus, one.cpu), append(bareCPUs, other.cpu)
		servers, bareServers = append(servers, one.server), append(bareServers, other.server)
	}
	f.Rate, f.BareRate, f.Ratio = median(rates), median(bareRates), median(ratios)
	f.RatioLow, f.RatioHigh = slices.Min(ratios), slices.Max(ratios)
	f.VTNCPU, f.BareCPU, f.ServerCPU, f.BareServer = median(cpus), median(bareCPUs), median(servers), median(bareServers)
	return f, nil
}

// turn is one measurement: pushes per second, and milliseconds of processor time
// for 1,000 pushes.
type turn struct{ rate, cpu, server float64 }

// stopwatch adds up time and processor time of a component and of the server.
type stopwatch struct {
	pid, server         int
	wall                time.Duration
	cpu, serverCPU      time.Duration
	began               time.Time
	cpuFrom, serverFrom time.Duration
}

func (s *stopwatch) start() (err error) {
	if s.cpuFrom, err = cpuOf(s.pid); err != nil {
		return err
	}
	s.serverFrom, err = cpuOf(s.server)
	s.began = time.Now()
	return err
}

func (s *stopwatch) stop() error {
	s.wall += time.Since(s.began)
	cpu, err := cpuOf(s.pid)
	if err != nil {
		return err
	}
	server, err := cpuOf(s.server)
	s.cpu, s.serverCPU = s.cpu+cpu-s.cpuFrom, s.serverCPU+server-s.serverFrom
	return err
}

func (s *stopwatch) turn(pushes int) turn {
	per1000 := func(d time.Duration) float64 { return d.Seconds() * 1e3 * 1000 / float64(pushes) }
	return turn{float64(pushes) / s.wall.Seconds(), per1000(s.cpu), per1000(s.serverCPU)}
}

// vtnFanOut is from the operator's request to the last settlement on disk and,
// with opts, to the last answer to an oadrCreatedEvent, which is stored by then.
func (w *world) vtnFanOut(ctx context.Context, v *vtn, n int, opts bool, f *fanOutFigures) (turn, error) {
	s := stopwatch{pid: v.PID(), server: w.serverPID}
	for range turns(n) {
		if opts {
			if err := w.crowd.ask(ctx, "expect %d", n); err != nil {
				return turn{}, err
			}
		}
		if err := s.start(); err != nil {
			return turn{}, err
		}
		told, err := v.fanOut(ctx, group(n), n)
		if err == nil && opts {
			err = w.crowd.hear(ctx, "replied")
		}
		if err != nil {
			return turn{}, err
		}
		if err := s.stop(); err != nil {
			return turn{}, err
		}
		f.Bytes = float64(told.Bytes) / float64(told.Pushes)
		if opts { // the cancellation is answered as well
			if err := w.crowd.ask(ctx, "expect %d", n); err != nil {
				return turn{}, err
			}
		}
		if err := v.clear(ctx, n); err != nil {
			return turn{}, err
		}
		if opts {
			if err := w.crowd.hear(ctx, "replied"); err != nil {
				return turn{}, err
			}
		}
	}
	var err error
	f.VTNRSS, _, err = rssOf(v.PID())
	return s.turn(n * turns(n)), err
}

func (w *world) bareFanOut(ctx context.Context, n int, opts bool) (turn, error) {
	s := stopwatch{pid: w.bare.pid, server: w.serverPID}
	each := 0
	if opts {
		each = 1
	}
	for range turns(n) {
		if err := s.start(); err != nil {
			return turn{}, err
		}
		if err := w.bare.ask(ctx, "run %d %d", n, each); err != nil {
			return turn{}, err
		}
		if err := s.stop(); err != nil {
			return turn{}, err
		}
	}
	return s.turn(n * turns(n)), nil
}
