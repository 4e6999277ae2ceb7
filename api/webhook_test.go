package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

func TestWebhooks(t *testing.T) {
	tried := errors.New("it answered 500")
	r := start(t, func(c *api.Config) {
		c.TestWebhook = func(context.Context, string) (error, error) { return tried, nil }
	})
	ctx := t.Context()
	w, err := r.CreateWebhook(ctx, client.WebhookSpec{WebhookID: "h", URL: "https://dr.example.org/x", Kinds: []string{"opt"}})
	if err != nil || len(w.Secret) < 32 || w.State != "active" || w.CreatedBy == "" {
		t.Fatalf("%+v, %v", w, err)
	}
	_, err = r.CreateWebhook(ctx, client.WebhookSpec{WebhookID: "h", URL: "https://dr.example.org/y"})
	refused(t, err, http.StatusConflict)
	for _, bad := range []string{`{"url":"http://dr.example.org/"}`, `{"url":"https://u:p@dr.example.org/"}`, `{"url":"x"}`, `{}`, `{"url":"https://a/","kinds":["opts"]}`,
		`{"url":"https://a/","secret":"short"}`, `{"url":"https://a/","webhook":1}`, `{"url":"https://a/","webhookID":"a\u0000"}`} {
		if a := r.do(http.MethodPost, "/api/v1/webhooks", bad); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", bad, a.status, a.body)
		}
	}
	shown, err := r.Webhook(ctx, "h")
	if err != nil || shown.Secret != "" || shown.URL != "https://dr.example.org/x" {
		t.Errorf("shown %+v, %v", shown, err)
	}
	changed, err := r.ModifyWebhook(ctx, "h", map[string]any{"kinds": []string{}, "description": "<b>"})
	if err != nil || len(changed.Kinds) != 0 || changed.Description != "<b>" || changed.URL != shown.URL {
		t.Errorf("changed %+v, %v", changed, err)
	}
	if _, err := r.CreateWebhook(ctx, client.WebhookSpec{WebhookID: "i", URL: "http://127.0.0.1:1/", Secret: strings.Repeat("s", 20)}); err != nil {
		t.Error(err)
	}
	page, err := r.ListWebhooks(ctx, "", 1)
	if err != nil || len(page.Items) != 1 || page.Items[0].WebhookID != "h" || page.Next == "" {
		t.Fatalf("listed %+v, %v", page, err)
	}
	if page, err = r.ListWebhooks(ctx, page.Next, 1); err != nil || len(page.Items) != 1 || page.Items[0].WebhookID != "i" || page.Next != "" {
		t.Errorf("then %+v, %v", page, err)
	}
	if result, err := r.TestWebhook(ctx, "h"); err != nil || result.OK || result.Error != tried.Error() {
		t.Errorf("tried: %+v, %v", result, err)
	}
	if _, err := r.ResumeWebhook(ctx, "h"); err != nil {
		t.Error(err)
	}
	if err := r.DeleteWebhook(ctx, "h"); err != nil {
		t.Error(err)
	}
	_, err = r.Webhook(ctx, "h")
	refused(t, err, http.StatusNotFound)
	refused(t, r.DeleteWebhook(ctx, "h"), http.StatusNotFound)
	_, err = r.ResumeWebhook(ctx, "h")
	refused(t, err, http.StatusNotFound)
}
