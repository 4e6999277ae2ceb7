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
	var rounds []registryFigures
	for range min(3, w.pairs) {
		round, err := w.registryRound(ctx, path)
		if err != nil {
			return err
		}
		rounds = append(rounds, round)
	}
	of := func(figure func(registryFigures) float64) float64 {
		var all []float64
		for _, round := range rounds {
			all = append(all, figure(round))
		}
		return median(all)
	}
	r.Registry = &registryFigures{
		VENs:       n,
		Start:      of(func(f registryFigures) float64 { return f.Start }),
		RSS:        of(func(f registryFigures) float64 { return f.RSS }),
		PeakRSS:    of(func(f registryFigures) float64 { return f.PeakRSS }),
		Stored:     of(func(f registryFigures) float64 { return f.Stored }),
		Dispatch:   of(func(f registryFigures) float64 { return f.Dispatch }),
		OneOfMany:  of(func(f registryFigures) float64 { return f.OneOfMany }),
		StillDue:   int(of(func(f registryFigures) float64 { return float64(f.StillDue) })),
		AllSettled: of(func(f registryFigures) float64 { return f.AllSettled }),
	}
	f := r.Registry
	w.say("%d VENs: ready in %.0f ms with %.0f MiB; an event for all is stored in %.0f ms, its first push there after %.0f ms; one for a single VEN after %.0f ms while %d are due; all settled in %.1f s, at most %.0f MiB",
		n, f.Start, f.RSS, f.Stored, f.Dispatch, f.OneOfMany, f.StillDue, f.AllSettled/1000, f.PeakRSS)
	return nil
}

// registryRound starts a VTN on the store and measures an event for all VENs, and one for a single VEN while the others are due.
func (w *world) registryRound(ctx context.Context, path string) (f registryFigures, err error) {
	began := time.Now()
	v, err := w.startVTN(ctx, path, vtnDomain, w.server.ComponentAddr)
	if err != nil {
		return f, err
	}
	defer v.Close()
	f.Start = ms(time.Since(began))
	if f.RSS, _, err = rssOf(v.PID()); err != nil {
		return f, err
	}
	v.events = int(time.Since(w.began).Seconds() * 10) // a number no event of this store has

	if err := w.crowd.ask(ctx, "watch %d", anybody); err != nil {
		return f, err
	}
	began = time.Now()
	v.events++
	spec := event(fmt.Sprintf("%s%08d", v.prefix, v.events), client.Targets{All: true})
	if _, err := v.operator.CreateEvent(ctx, spec); err != nil {
		return f, err
	}
	f.Stored = ms(time.Since(began))
	if err := w.crowd.hear(ctx, "pushed"); err != nil {
		return f, err
	}
	f.Dispatch = ms(time.Since(began))

	last := w.most - 1 // of those that are there
	if err := w.crowd.ask(ctx, "watch %d", last); err != nil {
		return f, err
	}
	start := time.Now()
	v.events++
	if _, err := v.operator.CreateEvent(ctx, event(fmt.Sprintf("%s%08d", v.prefix, v.events), client.Targets{VENIDs: []string{venID(last)}})); err != nil {
		return f, err
	}
	if err := w.crowd.hear(ctx, "pushed"); err != nil {
		return f, err
	}
	f.OneOfMany = ms(time.Since(start))
	sent, err := v.counter(ctx, `vtn_pushes_total{result="sent",transport="xmpp"}`)
	if err != nil {
		return f, err
	}
	f.StillDue = w.registered - int(sent)
	if _, err := v.WaitLog(ctx, fmt.Sprintf(`"eventID":"%s","modificationNumber":0,"pushes":`, spec.EventID)); err != nil {
		return f, err
	}
	f.AllSettled = ms(time.Since(began))
	_, f.PeakRSS, err = rssOf(v.PID())
	return f, err
}
