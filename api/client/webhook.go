package client

import (
	"context"
	"net/http"
	"time"
)

// WebhookSpec is what an operator says of a webhook.
type WebhookSpec struct {
	WebhookID   string   `json:"webhookID,omitempty" doc:"Made if it is left out"`
	URL         string   `json:"url" doc:"https, or http to this machine" example:"https://dr.example.org/journal"`
	Kinds       []string `json:"kinds,omitempty" nullable:"false" doc:"Entries of these kinds: event, ven, registration, delivery, opt, report, error, alarm; none: all"`
	Description string   `json:"description,omitempty"`
	Secret      string   `json:"secret,omitempty" doc:"Signs the requests, at least 16 bytes; made if it is left out. It is not shown again"`
}

// Webhook is a system of the operator that is sent the journal.
type Webhook struct {
	WebhookID    string     `json:"webhookID"`
	URL          string     `json:"url"`
	Kinds        []string   `json:"kinds" nullable:"false" doc:"None: all"`
	Description  string     `json:"description"`
	Secret       string     `json:"secret,omitempty" doc:"Only in the answer that creates the webhook"`
	State        string     `json:"state" enum:"active,stopped" doc:"stopped: it failed for a day, or answered 410; resume has it go on"`
	Position     int64      `json:"position" doc:"The last entry that it took, or that was not for it"`
	CreatedAt    time.Time  `json:"createdAt"`
	CreatedBy    string     `json:"createdBy"`
	ChangedAt    time.Time  `json:"changedAt"`
	SentAt       *time.Time `json:"sentAt,omitempty" doc:"When it last took something"`
	Failures     int        `json:"failures" doc:"In a row"`
	FailingSince *time.Time `json:"failingSince,omitempty"`
	NextAttempt  *time.Time `json:"nextAttempt,omitempty"`
	Error        string     `json:"error,omitempty" doc:"Of the last failure"`
}

// WebhookTest is what became of a test of a webhook.
type WebhookTest struct {
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

// WebhookClient is the part of a [Client] for webhooks.
type WebhookClient struct{ api *connection }

// CreateWebhook creates a webhook, which is sent what happens from then on. The result has
// its secret.
func (c *WebhookClient) CreateWebhook(ctx context.Context, spec WebhookSpec) (*Webhook, error) {
	return send[Webhook](ctx, c.api, http.MethodPost, "/webhooks", spec)
}

// ListWebhooks lists webhooks by ID. cursor is the Next of an earlier page, or empty;
// limit 0 is the server's choice.
func (c *WebhookClient) ListWebhooks(ctx context.Context, cursor string, limit int) (*Page[Webhook], error) {
	return send[Page[Webhook]](ctx, c.api, http.MethodGet, "/webhooks"+page(cursor, limit), nil)
}

// Webhook finds a webhook.
func (c *WebhookClient) Webhook(ctx context.Context, id string) (*Webhook, error) {
	return send[Webhook](ctx, c.api, http.MethodGet, path("webhooks", id), nil)
}

// ModifyWebhook changes the members of a [WebhookSpec] that patch has.
func (c *WebhookClient) ModifyWebhook(ctx context.Context, id string, patch any) (*Webhook, error) {
	return send[Webhook](ctx, c.api, http.MethodPatch, path("webhooks", id), patch)
}

// DeleteWebhook deletes a webhook.
func (c *WebhookClient) DeleteWebhook(ctx context.Context, id string) error {
	_, err := send[struct{}](ctx, c.api, http.MethodDelete, path("webhooks", id), nil)
	return err
}

// TestWebhook sends a webhook a request without entries.
func (c *WebhookClient) TestWebhook(ctx context.Context, id string) (*WebhookTest, error) {
	return send[WebhookTest](ctx, c.api, http.MethodPost, path("webhooks", id)+"/test", nil)
}

// ResumeWebhook has a webhook go on where it stopped.
func (c *WebhookClient) ResumeWebhook(ctx context.Context, id string) (*Webhook, error) {
	return send[Webhook](ctx, c.api, http.MethodPost, path("webhooks", id)+"/resume", nil)
}
