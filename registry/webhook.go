package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

const webhookColumns = `w.webhook_id, w.url, w.secret, w.kinds, w.description, w.state, w.position, w.created_at, w.created_by, w.changed_at, w.sent_at, w.failures, w.failing_since, w.next_at, w.error`

func (t webhookTx) webhooks(query string, args ...any) (all []*core.Webhook, err error) {
	err = t.rows(query, args, func(scan func(...any) error) error {
		w := new(core.Webhook)
		var kinds []byte
		if err := scan(&w.WebhookID, &w.URL, &w.Secret, &kinds, &w.Description, &w.State, &w.Position, at(&w.CreatedAt), &w.CreatedBy, at(&w.ChangedAt),
			at(&w.SentAt), &w.Failures, at(&w.FailingSince), at(&w.NextAt), &w.Error); err != nil {
			return err
		}
		all = append(all, w)
		return json.Unmarshal(kinds, &w.Kinds)
	})
	return all, err
}

// Webhook is [core.WebhookReader.Webhook].
func (t webhookTx) Webhook(id string) (*core.Webhook, error) {
	if !storable(id) {
		return nil, fmt.Errorf("%w: webhook %q", core.ErrNotFound, id)
	}
	all, err := t.webhooks(`SELECT `+webhookColumns+` FROM webhook w WHERE w.webhook_id = $1`+t.lockedWebhook(), id)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read webhook %s: %w", id, err)
	case len(all) == 0:
		return nil, fmt.Errorf("%w: webhook %q", core.ErrNotFound, id)
	}
	return all[0], nil
}

// lockedWebhook locks what a transaction that writes reads.
func (t webhookTx) lockedWebhook() string {
	if !t.Locks() {
		return ""
	}
	return t.ForUpdate("w")
}

// Webhooks is [core.WebhookReader.Webhooks].
func (t webhookTx) Webhooks(after string, limit int) ([]*core.Webhook, error) {
	all, err := t.webhooks(`SELECT `+webhookColumns+` FROM webhook w WHERE w.webhook_id > $1 ORDER BY w.webhook_id LIMIT $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return all, nil
}

// PutWebhook is [core.WebhookWriter.PutWebhook].
func (t webhookTx) PutWebhook(w *core.Webhook) error {
	kinds, err := list(w.Kinds)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO webhook (webhook_id, url, secret, kinds, description, state, position, created_at, created_by, changed_at, sent_at, failures, failing_since, next_at, error, holder, held_until)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, '', 0)
  ON CONFLICT (webhook_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, kinds = excluded.kinds, description = excluded.description, state = excluded.state,
    changed_at = excluded.changed_at, failures = excluded.failures, failing_since = excluded.failing_since, next_at = excluded.next_at, error = excluded.error`,
		w.WebhookID, w.URL, w.Secret, kinds, w.Description, string(w.State), w.Position, millis(w.CreatedAt), w.CreatedBy, millis(w.ChangedAt),
		millis(w.SentAt), w.Failures, millis(w.FailingSince), millis(w.NextAt), plain(w.Error))
	if err != nil {
		return fmt.Errorf("store webhook %s: %w", w.WebhookID, err)
	}
	return nil
}

// DeleteWebhook is [core.WebhookWriter.DeleteWebhook].
func (t webhookTx) DeleteWebhook(id string) error {
	n, err := int64(0), error(nil)
	if storable(id) {
		n, err = t.exec(`DELETE FROM webhook WHERE webhook_id = $1`, id)
	}
	return touched(n, err, "webhook %q", id)
}

// HoldWebhook is [core.WebhookKeeping.HoldWebhook].
func (r *transactions) HoldWebhook(ctx context.Context, id, holder string, now, until time.Time) (w *core.Webhook, err error) {
	err = r.lightly(ctx, "webhook", func(s *session) error {
		n, err := s.exec(`UPDATE webhook SET holder = $2, held_until = $4 WHERE webhook_id = $1 AND state = 'active' AND (holder = $2 OR held_until <= $3)`,
			id, holder, now.UnixMilli(), until.UnixMilli())
		if err := touched(n, err, "webhook %q", id); err != nil {
			return err
		}
		w, err = webhookTx{s}.Webhook(id)
		return err
	})
	return w, err
}

// AdvanceWebhook is [core.WebhookKeeping.AdvanceWebhook].
func (r *transactions) AdvanceWebhook(ctx context.Context, w *core.Webhook, holder string) error {
	return r.lightly(ctx, "webhook", func(s *session) error {
		n, err := s.exec(`UPDATE webhook SET state = $3, position = $4, sent_at = $5, failures = $6, failing_since = $7, next_at = $8, error = $9 WHERE webhook_id = $1 AND holder = $2`,
			w.WebhookID, holder, string(w.State), w.Position, millis(w.SentAt), w.Failures, millis(w.FailingSince), millis(w.NextAt), plain(w.Error))
		return touched(n, err, "webhook %q", w.WebhookID)
	})
}
