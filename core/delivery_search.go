package core

import (
	"context"
	"errors"
)

// searches asks transports who is there.
type searches struct {
	*common
	queue chan search
	back  func(ctx context.Context, venNos []int64) // ends the parking of VENs
}

const (
	searchQueue = 16384  // searches that wait
	searchBatch = 500    // identities probed at once
	parkedLimit = 100000 // identities probed after a connect
)

// search is for one identity of a transport. Without an identity it is for all VENs that
// are parked.
type search struct{ transport, identity string }

// lookFor queues a search. It never blocks. If the queue is full, the VEN stays parked
// until the next try.
func (q *searches) lookFor(s search) {
	select {
	case q.queue <- s:
	default:
		q.metrics.ignored.WithLabelValues("search queue full").Inc()
	}
}

// runSearches probes VENs until ctx ends. A transport may send probes slowly, so nothing
// else waits for it.
func (q *searches) runSearches(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-q.queue:
			wanted, known := map[string][]string{}, map[search]bool{}
			for more := true; more; {
				for _, name := range q.identities(ctx, s) {
					if one := (search{s.transport, name}); !known[one] {
						known[one] = true
						wanted[s.transport] = append(wanted[s.transport], name)
					}
				}
				if more = len(wanted[s.transport]) < searchBatch; more {
					select {
					case s = <-q.queue:
					default:
						more = false
					}
				}
			}
			for transport, identities := range wanted {
				q.probe(ctx, transport, identities)
			}
		}
	}
}

func (q *searches) identities(ctx context.Context, s search) []string {
	if s.identity != "" {
		return []string{s.identity}
	}
	parked, err := q.reg.Parked(ctx, s.transport, parkedLimit)
	if err != nil && ctx.Err() == nil {
		q.failed(err).Msg("cannot list the VENs to look for; they are tried again later")
	}
	return parked
}

func (q *searches) probe(ctx context.Context, transport string, identities []string) {
	if len(identities) == 0 {
		return
	}
	if q.requesting(transport) != nil {
		q.end(ctx, transport, identities)
		return
	}
	if err := q.transports[transport].Probe(ctx, identities); err != nil && !errors.Is(err, context.Canceled) {
		q.log.Warn().Err(err).Int("vens", len(identities)).Msg("cannot ask who is there")
	}
}

// end ends the parking of VENs on a [Requesting] transport, where nobody can be asked who is
// there: a push finds out.
func (q *searches) end(ctx context.Context, transport string, identities []string) {
	ids := make([]Identity, len(identities))
	for i, name := range identities {
		ids[i] = Identity{transport, name}
	}
	var nos []int64
	err := q.reg.View(ctx, func(r Reader) error {
		vens, err := r.Senders(ids)
		for _, ven := range vens {
			nos = append(nos, ven.No)
		}
		return err
	})
	if err != nil {
		q.failed(err).Int("vens", len(ids)).Msg("cannot end the parking of VENs; they are tried again later")
		return
	}
	q.back(ctx, nos)
}
