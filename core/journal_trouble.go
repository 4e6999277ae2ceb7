package core

import (
	"context"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const (
	troubleEvery = time.Minute      // how often one identity's refusals of a kind are told
	troubleWait  = time.Second      // how long refusals are gathered
	maxTroubles  = 100              // in one commit; what is beyond is not told
	maxTroubled  = 10000            // identities and kinds that are remembered
	troubleBound = 10 * time.Second // for storing them
)

// trouble is a message that was refused.
type trouble struct {
	by      Identity
	message string
	code    string
}

// troubles tells the journal of messages that were refused. Nothing is stored because of
// such a message, so it takes a transaction of its own; what nobody would read is left out:
// the same again within a minute, and what a flood has too many of.
type troubles struct {
	*common
	some wake.Signal

	mu      sync.Mutex
	noted   map[trouble]time.Time
	waiting []JournalEntry
	by      []Identity
}

func newTroubles(c *common) *troubles {
	return &troubles{common: c, some: wake.New(), noted: map[trouble]time.Time{}}
}

// refused notes that a message was refused.
func (t *troubles) refused(from Peer, p *oadr.Payload, code, reason string, number oadr.Code) {
	now := t.clock.Now()
	one := trouble{Identity{from.Transport, from.Identity}, string(p.Message.Kind()), code}
	if _, unknown := p.Message.(*oadr.Unknown); unknown {
		one.message = "unknown"
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if at, is := t.noted[one]; is && now.Sub(at) < troubleEvery && !now.Before(at) || len(t.waiting) >= maxTroubles {
		return
	}
	if len(t.noted) >= maxTroubled {
		clear(t.noted)
	}
	t.noted[one] = now
	t.waiting = append(t.waiting, JournalEntry{At: now, Kind: JournalError, What: "requestRefused",
		Body: JournalBody{Transport: from.Transport, Identity: excerpt.Of(from.Identity), Message: one.message, Code: int(number), Error: excerpt.Of(reason)}})
	t.by = append(t.by, one.by)
	t.some.Wake()
}

// run stores refusals until ctx ends.
func (t *troubles) run(ctx context.Context) {
	for {
		select {
		case <-t.some:
		case <-ctx.Done():
			return
		}
		select { // gather; no rule is about this wait
		case <-time.After(troubleWait):
		case <-ctx.Done():
		}
		t.mu.Lock()
		entries, by := t.waiting, t.by
		t.waiting, t.by = nil, nil
		t.mu.Unlock()
		if err := t.store(ctx, entries, by); err != nil && ctx.Err() == nil {
			t.failed(err).Int("entries", len(entries)).Msg("cannot tell the journal of refused messages; they are left out")
		}
	}
}

func (t *troubles) store(ctx context.Context, entries []JournalEntry, by []Identity) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), troubleBound)
	defer stop()
	return t.reg.Update(ctx, func(tx Tx) error {
		vens, err := tx.Senders(by)
		if err != nil {
			return err
		}
		for i, e := range entries {
			if ven := vens[by[i]]; ven != nil {
				e.VENID = ven.VENID
			}
			tx.Note(e)
		}
		return nil
	})
}
