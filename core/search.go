package core

import (
	"context"
	"errors"
)

const (
	searchQueue = 16384  // VENs waiting to be looked for
	searchBatch = 500    // VENs asked for at once
	parkedLimit = 100000 // VENs asked for after a connect
)

// search is for one identity of a transport, or for everybody parked when it
// names none.
type search struct{ transport, identity string }

// lookFor has somebody probed. It never blocks; what is lost waits for the next
// try of a parked VEN.
func (v *VTN) lookFor(s search) {
	select {
	case v.searches <- s:
	default:
		v.metrics.ignored.WithLabelValues("search queue full").Inc()
	}
}

// runSearches probes for VENs. A transport may send probes slowly, so nothing
// else waits for them.
func (v *VTN) runSearches(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-v.searches:
			wanted := map[string][]string{}
			for more := true; more; {
				wanted[s.transport] = append(wanted[s.transport], v.identities(ctx, s)...)
				if more = len(wanted[s.transport]) < searchBatch; more {
					select {
					case s = <-v.searches:
					default:
						more = false
					}
				}
			}
			for transport, identities := range wanted {
				v.probe(ctx, transport, identities)
			}
		}
	}
}

func (v *VTN) identities(ctx context.Context, s search) []string {
	if s.identity != "" {
		return []string{s.identity}
	}
	parked, err := v.reg.Parked(ctx, s.transport, parkedLimit)
	if err != nil && ctx.Err() == nil {
		v.failed(err).Msg("cannot list the VENs to look for; they are tried again later")
	}
	return parked
}

func (v *VTN) probe(ctx context.Context, transport string, identities []string) {
	if len(identities) == 0 {
		return
	}
	if err := v.transports[transport].Probe(ctx, identities); err != nil && !errors.Is(err, context.Canceled) {
		v.log.Warn().Err(err).Int("vens", len(identities)).Msg("cannot ask who is there")
	}
}
