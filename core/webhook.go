package core

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/label"
)

// WebhookState says whether a webhook is sent entries.
type WebhookState string

// States of a webhook.
const (
	WebhookActive  WebhookState = "active"
	WebhookStopped WebhookState = "stopped" // it failed for too long; an operator has it go on
)

// Bounds of webhooks.
const (
	maxWebhooks       = 100
	maxWebhookURL     = 2000
	minWebhookSecret  = 16
	maxWebhookSecret  = 1000
	webhookSecretSize = 32 // bytes of one that the VTN makes
)

// WebhookSpec is what an operator says of a webhook.
type WebhookSpec struct {
	WebhookID   string
	URL         string
	Kinds       []JournalKind // empty: all
	Description string
	Secret      string // signs the requests; empty: the VTN makes one
}

// Webhook is a system of the operator that is sent the journal.
type Webhook struct {
	WebhookSpec
	State        WebhookState
	Position     int64 // the last entry that it took, or that was none for it
	CreatedAt    time.Time
	CreatedBy    string
	ChangedAt    time.Time
	SentAt       time.Time // when it last took something; zero: never
	Failures     int       // since then
	FailingSince time.Time // zero: it does not
	NextAt       time.Time // when to try again; zero: at once
	Error        string    // of the last failure
}

// WebhookService keeps webhooks. The package notify sends.
type WebhookService struct {
	*common
	journal *Journal
	changed func() // called after each change
}

// OnWebhooks has fn called after each change of webhooks. Call it before [VTN.Run].
func (s *WebhookService) OnWebhooks(fn func()) { s.changed = fn }

// CreateWebhook stores a webhook, which is sent what happens from now on. by names who
// wished it. The result has the secret, which is not shown again.
func (s *WebhookService) CreateWebhook(ctx context.Context, spec WebhookSpec, by string) (*Webhook, error) {
	if spec.WebhookID == "" {
		spec.WebhookID = newID("hook-", 10)
	}
	if spec.Secret == "" {
		raw := make([]byte, webhookSecretSize)
		_, _ = rand.Read(raw) // never fails
		spec.Secret = hex.EncodeToString(raw)
	}
	if err := checkWebhook(spec); err != nil {
		return nil, err
	}
	last, err := s.journal.JournalNow(ctx)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	w := &Webhook{WebhookSpec: spec, State: WebhookActive, Position: last, CreatedAt: now, CreatedBy: by, ChangedAt: now}
	err = s.reg.Update(ctx, func(tx Tx) error {
		all, err := tx.Webhooks("", maxWebhooks)
		switch {
		case err != nil:
			return err
		case slices.ContainsFunc(all, func(w *Webhook) bool { return w.WebhookID == spec.WebhookID }):
			return fmt.Errorf("%w: there is a webhook %s already", ErrConflict, spec.WebhookID)
		case len(all) >= maxWebhooks:
			return fmt.Errorf("%w: there are %d webhooks, more are not possible; delete one", ErrConflict, maxWebhooks)
		}
		return tx.PutWebhook(w)
	})
	if err != nil {
		return nil, err
	}
	s.log.Info().Str("webhookID", w.WebhookID).Str("by", by).Msg("webhook created")
	s.changed()
	return w, nil
}

// ModifyWebhook changes a webhook. change gets the spec with the secret. A new URL is tried
// at once.
func (s *WebhookService) ModifyWebhook(ctx context.Context, id string, change func(WebhookSpec) (WebhookSpec, error), by string) (*Webhook, error) {
	return s.change(ctx, id, by, "webhook modified", func(w *Webhook) error {
		spec, err := change(w.WebhookSpec)
		if err != nil {
			return err
		}
		if spec.WebhookID != id {
			return &InvalidError{[]Problem{{Field: "webhookID", Reason: "cannot be changed; create another webhook"}}}
		}
		if spec.URL != w.URL {
			w.NextAt = time.Time{}
		}
		w.WebhookSpec = spec
		return checkWebhook(spec)
	})
}

// ResumeWebhook has a webhook go on where it stopped, at once.
func (s *WebhookService) ResumeWebhook(ctx context.Context, id, by string) (*Webhook, error) {
	return s.change(ctx, id, by, "webhook resumed", func(w *Webhook) error {
		w.State, w.Failures, w.FailingSince, w.NextAt, w.Error = WebhookActive, 0, time.Time{}, time.Time{}, ""
		return nil
	})
}

func (s *WebhookService) change(ctx context.Context, id, by, what string, change func(*Webhook) error) (w *Webhook, err error) {
	err = s.reg.Update(ctx, func(tx Tx) error {
		if w, err = tx.Webhook(id); err != nil {
			return err
		}
		if err := change(w); err != nil {
			return err
		}
		w.ChangedAt = s.clock.Now()
		return tx.PutWebhook(w)
	})
	if err != nil {
		return nil, err
	}
	s.log.Info().Str("webhookID", id).Str("by", by).Msg(what)
	s.changed()
	return w, nil
}

// DeleteWebhook deletes a webhook.
func (s *WebhookService) DeleteWebhook(ctx context.Context, id, by string) error {
	if err := s.reg.Update(ctx, func(tx Tx) error { return tx.DeleteWebhook(id) }); err != nil {
		return err
	}
	s.log.Info().Str("webhookID", id).Str("by", by).Msg("webhook deleted")
	s.changed()
	return nil
}

// Webhook finds a webhook.
func (s *WebhookService) Webhook(ctx context.Context, id string) (w *Webhook, err error) {
	err = s.reg.View(ctx, func(r Reader) error {
		w, err = r.Webhook(id)
		return err
	})
	return w, err
}

// Webhooks lists webhooks by their IDs. after is the last of an earlier call.
func (s *WebhookService) Webhooks(ctx context.Context, after string, limit int) (all []*Webhook, more bool, err error) {
	err = s.reg.View(ctx, func(r Reader) error {
		all, err = r.Webhooks(after, limit+1)
		return err
	})
	if more = len(all) > limit; more {
		all = all[:limit]
	}
	return all, more, err
}

// HoldWebhook is [WebhookKeeping.HoldWebhook].
func (s *WebhookService) HoldWebhook(ctx context.Context, id, holder string, now, until time.Time) (*Webhook, error) {
	return s.reg.HoldWebhook(ctx, id, holder, now, until)
}

// AdvanceWebhook is [WebhookKeeping.AdvanceWebhook].
func (s *WebhookService) AdvanceWebhook(ctx context.Context, w *Webhook, holder string) error {
	return s.reg.AdvanceWebhook(ctx, w, holder)
}

// checkWebhook finds what is wrong with a webhook.
func checkWebhook(spec WebhookSpec) error {
	var p []Problem
	bad := func(field, reason string) { p = append(p, Problem{Field: field, Reason: reason}) }
	if reason := cmp.Or(label.Check(spec.WebhookID), label.CheckName(spec.WebhookID)); reason != "" {
		bad("webhookID", reason)
	}
	if err := checkWebhookURL(spec.URL); err != nil {
		bad("url", err.Error())
	}
	for i, kind := range spec.Kinds {
		if !slices.Contains(JournalKinds, kind) {
			bad(fmt.Sprintf("kinds[%d]", i), "is no kind of entries; GET /openapi.json lists them")
		}
	}
	if reason := label.CheckText(spec.Description, label.MaxSize); reason != "" {
		bad("description", reason)
	}
	switch n := len(spec.Secret); {
	case n < minWebhookSecret:
		bad("secret", fmt.Sprintf("is shorter than %d bytes; leave it out and the VTN makes one", minWebhookSecret))
	case n > maxWebhookSecret:
		bad("secret", fmt.Sprintf("is longer than %d bytes", maxWebhookSecret))
	case strings.ContainsFunc(spec.Secret, func(r rune) bool { return r < ' ' || r == '\uFFFD' }):
		bad("secret", "has characters that are not text")
	}
	if p != nil {
		return &InvalidError{p}
	}
	return nil
}

func checkWebhookURL(endpoint string) error {
	if len(endpoint) > maxWebhookURL {
		return fmt.Errorf("is longer than %d bytes", maxWebhookURL)
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return errors.New("is no URL such as https://dr.example.org/journal")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	here := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	switch {
	case u.User != nil:
		return errors.New("has a user or a password in it; requests are signed instead")
	case u.Scheme == "https", u.Scheme == "http" && here:
		return nil
	}
	return errors.New("must begin with https://; http is for this machine alone")
}
