package main

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// registryFigures are of many registered VENs, of whom only the crowd is there.
type registryFigures struct {
	VENs       int     `json:"vens"`
	Start      float64 `json:"startMs"`    // from the start of the process until it is ready
	RSS        float64 `json:"rssMiB"`     // when it is ready
	PeakRSS    float64 `json:"peakRSSMiB"` // at the end
	Stored     float64 `json:"storedMs"`   // until an event for all is stored and marked: the API's answer
	Dispatch   float64 `json:"dispatchMs"` // until its first push is there
	OneOfMany  float64 `json:"oneMs"`      // until an event for one VEN is there, while the others are due
	StillDue   int     `json:"stillDue"`   // of those, at that moment
	AllSettled float64 `json:"allMs"`      // until each has an outcome
}

func (w *world) registry(ctx context.Context, r *report) error {
	n := w.registered
	if n == 0 {
		return nil
	}
	w.say("entering %d VENs", n)
	path, err := w.store(ctx, "registry", n)
	if err != nil {
		return err
	}
	var starts, rss, peaks, stored, first, one, all, due []float64
	for range min(3, w.pairs) {
		began := time.Now()
		v, err := w.startVTN(ctx, path, vtnDomain, w.server.ComponentAddr)
		if err != nil {
			return err
		}
		starts = append(starts, ms(time.Since(began)))
		now, _, err := rssOf(v.PID())
		if err != nil {
			return err
		}
		rss = append(rss, now)
		v.events = int(time.Since(w.began).Seconds() * 10) // a number no event of this store has

		if err := w.crowd.ask(ctx, "watch %d", anybody); err != nil {
			return err
		}
		began = time.Now()
		v.events++
		spec := event(fmt.Sprintf("%s%08d", v.prefix, v.events), client.Targets{All: true})
		if _, err := v.operator.CreateEvent(ctx, spec); err != nil {
			return err
		}
		stored = append(stored, ms(time.Since(began)))
		if err := w.crowd.hear(ctx, "pushed"); err != nil {
			return err
		}
		first = append(first, ms(time.Since(began)))

		last := w.most - 1 // of those that are there
		if err := w.crowd.ask(ctx, "watch %d", last); err != nil {
			return err
		}
		start := time.Now()
		v.events++
		if _, err := v.operator.CreateEvent(ctx, event(fmt.Sprintf("%s%08d", v.prefix, v.events), client.Targets{VENIDs: []string{venID(last)}})); err != nil {
			return err
		}
		if err := w.crowd.hear(ctx, "pushed"); err != nil {
			return err
		}
		one = append(one, ms(time.Since(start)))
		sent, err := v.counter(ctx, `vtn_pushes_total{result="sent"}`)
		if err != nil {
			return err
		}
		due = append(due, float64(n)-sent)
		if _, err := v.WaitLog(ctx, fmt.Sprintf(`"eventID":"%s","modificationNumber":0,"pushes":`, spec.EventID)); err != nil {
			return err
		}
		all = append(all, ms(time.Since(began)))
		_, peak, err := rssOf(v.PID())
		if err != nil {
			return err
		}
		peaks = append(peaks, peak)
		v.Close()
	}
	r.Registry = &registryFigures{n, median(starts), median(rss), median(peaks), median(stored), median(first), median(one), int(median(due)), median(all)}
	f := r.Registry
	w.say("%d VENs: ready in %.0f ms with %.0f MiB; an event for all is stored in %.0f ms, its first push there after %.0f ms; one for a single VEN after %.0f ms while %d are due; all settled in %.1f s, at most %.0f MiB",
		n, f.Start, f.RSS, f.Stored, f.Dispatch, f.OneOfMany, f.StillDue, f.AllSettled/1000, f.PeakRSS)
	return nil
}
