package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
)

// send sends to one webhook until ctx ends, it is not active any more, or another process
// holds it. It holds the webhook while it does, so that entries stay in order.
func (n *Notifier) send(ctx context.Context, id string, changed wake.Signal) {
	for ctx.Err() == nil {
		select { // what follows reads how it is now
		case <-changed:
		default:
		}
		now := time.Now()
		w, err := n.vtn.HoldWebhook(ctx, id, n.holder, now, now.Add(holdFor))
		switch {
		case errors.Is(err, core.ErrNotFound):
			return
		case err != nil:
			n.await(ctx, listEvery, changed)
			continue
		}
		if wait := w.NextAt.Sub(now); wait > 0 && wait <= mostRetry+mostRetry/4 { // longer: a clock was set back
			n.await(ctx, min(wait, holdEvery), changed)
			continue
		}
		if err := n.sendSome(ctx, w, changed); err != nil && ctx.Err() == nil {
			n.cfg.Log.Debug().Err(err).Str("webhookID", id).Msg("a webhook waits for the store")
			n.await(ctx, listEvery, changed)
		}
	}
	n.release(id)
}

// release lets another process go on at once.
func (n *Notifier) release(id string) {
	ctx, stop := context.WithTimeout(context.Background(), time.Second)
	defer stop()
	now := time.Now()
	_, _ = n.vtn.HoldWebhook(ctx, id, n.holder, now, now) // otherwise it waits until the hold is over
}

// sendSome sends what there is until the webhook is to be held anew, was changed, or fails.
// The error is one of the store.
func (n *Notifier) sendSome(ctx context.Context, w *core.Webhook, changed wake.Signal) error {
	until := time.Now().Add(holdEvery)
	stored := w.Position
	for ctx.Err() == nil && time.Now().Before(until) && len(changed) == 0 {
		part, err := n.wait(ctx, w)
		if err != nil {
			return err
		}
		if part.Gone || len(part.Entries) > 0 { // it is sent as it is now, or not at all
			now, position := time.Now(), w.Position
			if w, err = n.vtn.HoldWebhook(ctx, w.WebhookID, n.holder, now, now.Add(holdFor)); err != nil {
				return ignoreMissing(err)
			}
			w.Position = position
		}
		b := newBatch(w, &part)
		if b.empty(&part) { // nothing of it is for this webhook
			w.Position = b.upTo
			continue
		}
		err = n.post(ctx, w, b.body)
		if ctx.Err() != nil {
			return nil // it may have been taken, and is sent again
		}
		if err != nil {
			n.failed(w, err)
			return ignoreMissing(n.vtn.AdvanceWebhook(ctx, w, n.holder))
		}
		n.sent.WithLabelValues("taken").Inc()
		w.Position, w.SentAt = b.upTo, time.Now()
		w.Failures, w.FailingSince, w.NextAt, w.Error = 0, time.Time{}, time.Time{}, ""
		if err := n.vtn.AdvanceWebhook(ctx, w, n.holder); err != nil {
			return ignoreMissing(err)
		}
		stored = w.Position
	}
	if w.Position == stored || ctx.Err() != nil {
		return nil
	}
	return ignoreMissing(n.vtn.AdvanceWebhook(ctx, w, n.holder))
}

// ignoreMissing ignores that a webhook was deleted, has stopped, or is another's to send to:
// [Notifier.send] finds out, too.
func ignoreMissing(err error) error {
	if errors.Is(err, core.ErrNotFound) {
		return nil
	}
	return err
}

// wait waits for entries, for a moment.
func (n *Notifier) wait(ctx context.Context, w *core.Webhook) (core.JournalPart, error) {
	ctx, stop := context.WithTimeout(ctx, lookEvery)
	defer stop()
	return n.vtn.JournalAfter(ctx, w.Position)
}

// failed notes a failure, and stops the webhook if it has failed for too long.
func (n *Notifier) failed(w *core.Webhook, err error) {
	n.sent.WithLabelValues("failed").Inc()
	now := time.Now()
	w.Failures++
	if w.Error = excerpt.Of(err.Error()); w.FailingSince.IsZero() {
		w.FailingSince = now
		n.cfg.Log.Warn().Err(err).Str("webhookID", w.WebhookID).Msg("a webhook failed; it is tried again, less and less often")
	}
	w.NextAt = now.Add(retryAfter(w.Failures))
	if errors.Is(err, errGone) || now.Sub(w.FailingSince) >= n.cfg.GiveUp {
		w.State = core.WebhookStopped
		n.cfg.Log.Error().Err(err).Str("webhookID", w.WebhookID).Time("failingSince", w.FailingSince).Msg("a webhook has stopped; mend it, then run vtn-xmpp webhook resume")
	}
}

// retryAfter is how long to wait after so many failures in a row: it doubles, and varies by
// up to a quarter.
func retryAfter(failures int) time.Duration {
	wait := min(firstRetry<<min(failures-1, 20), mostRetry)
	return wait + rand.N(wait/4)
}
