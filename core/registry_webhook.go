package core

import (
	"context"
	"time"
)

// WebhookReader is the part of [Reader] that reads webhooks.
type WebhookReader interface {
	Webhook(id string) (*Webhook, error)
	// Webhooks lists up to limit webhooks after one, by ID.
	Webhooks(after string, limit int) ([]*Webhook, error)
}

// WebhookWriter is the part of [Tx] that writes webhooks.
type WebhookWriter interface {
	// PutWebhook stores a webhook. The position of one that is stored stays as it is.
	PutWebhook(w *Webhook) error
	DeleteWebhook(id string) error
}

// WebhookKeeping is the part of [Registry] for who sends to webhooks. What it writes may be
// lost with power: then entries are sent again.
type WebhookKeeping interface {
	// HoldWebhook returns a webhook that is active, and keeps other holders from it until
	// then. It returns [ErrNotFound] if there is no such webhook, or another holds it.
	HoldWebhook(ctx context.Context, id, holder string, now, until time.Time) (*Webhook, error)
	// AdvanceWebhook stores the position of a webhook, and what became of what it was
	// sent, if the holder holds it.
	AdvanceWebhook(ctx context.Context, w *Webhook, holder string) error
}
