package core

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// maxFanOuts bounds the fan-outs that are followed at once. If there are more, the oldest
// is logged as it stands.
const maxFanOuts = 1000

// fanOut counts what became of the first attempts of all pushes of one change. Metrics
// count the attempts that follow.
type fanOut struct {
	rev          int64
	eventID      string // empty if the change was not one of an event
	modification uint32
	began        time.Time

	due     bool // outboxes may still be due
	flying  int
	pushes  int
	bytes   int
	results [Requeue]int // by Result; 0 is unanswered
}

// fanOuts follows each fan-out until every push of it has an outcome, and logs a line for
// it. It exists in memory alone.
type fanOuts struct {
	log   zerolog.Logger
	clock Clock

	mu   sync.Mutex
	open map[int64]*fanOut // by revision
}

func newFanOuts(log zerolog.Logger, clock Clock) *fanOuts {
	return &fanOuts{log: log, clock: clock, open: map[int64]*fanOut{}}
}

// begin notes a committed change of an event.
func (f *fanOuts) begin(e *Event, began time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.at(e.Rev)
	o.eventID, o.modification, o.began = e.EventID, e.ModificationNumber, began
}

// at finds or begins a fan-out: a change may be claimed before begin is called.
func (f *fanOuts) at(rev int64) *fanOut {
	o := f.open[rev]
	if o == nil {
		if len(f.open) >= maxFanOuts {
			f.end(f.open[slices.Min(slices.Collect(maps.Keys(f.open)))])
		}
		o = &fanOut{rev: rev, began: f.clock.Now(), due: true}
		f.open[rev] = o
	}
	return o
}

// sent counts a push.
func (f *fanOuts) sent(rev int64, bytes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.at(rev)
	o.flying++
	o.pushes++
	o.bytes += bytes
}

// landed counts the result of a push; 0 means no answer within the lease.
func (f *fanOuts) landed(rev int64, r Result) {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := f.open[rev]
	if o == nil || o.flying == 0 {
		return
	}
	o.flying--
	if r == Requeue { // the push does not count and is due again
		o.pushes--
		o.due = true
		return
	}
	o.results[r]++
	f.endIfDone(o)
}

// known lists the fan-outs that are followed now, for [fanOuts.claimed].
func (f *fanOuts) known() []*fanOut {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := make([]*fanOut, 0, len(f.open))
	for _, o := range f.open {
		known = append(known, o)
	}
	return known
}

// claimed notes that nothing of these fan-outs is due any more. They must have been known
// before the dispatcher looked for what is due.
func (f *fanOuts) claimed(known []*fanOut) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range known {
		if f.open[o.rev] == o {
			o.due = false
			f.endIfDone(o)
		}
	}
}

func (f *fanOuts) endIfDone(o *fanOut) {
	if !o.due && o.flying == 0 {
		f.end(o)
	}
}

func (f *fanOuts) end(o *fanOut) {
	delete(f.open, o.rev)
	l := f.log.Info()
	if o.eventID == "" { // a VEN that registered, or changed its labels
		l = f.log.Debug()
	}
	l.Str("eventID", o.eventID).Uint32("modificationNumber", o.modification).Int("pushes", o.pushes).
		Int("acknowledged", o.results[Acknowledged]).Int("refused", o.results[Refused]).Int("unreachable", o.results[Unreachable]).
		Int("retry", o.results[Retry]).Int("unanswered", o.results[0]).Int("bytes", o.bytes).
		Dur("took", f.clock.Now().Sub(o.began)).Msg("fan-out finished")
}
