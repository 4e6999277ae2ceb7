package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// Webhooks is what the API needs of a [VTN] for webhooks.
type Webhooks interface {
	CreateWebhook(ctx context.Context, spec core.WebhookSpec, by string) (*core.Webhook, error)
	ModifyWebhook(ctx context.Context, id string, change func(core.WebhookSpec) (core.WebhookSpec, error), by string) (*core.Webhook, error)
	ResumeWebhook(ctx context.Context, id, by string) (*core.Webhook, error)
	DeleteWebhook(ctx context.Context, id, by string) error
	Webhook(ctx context.Context, id string) (*core.Webhook, error)
	Webhooks(ctx context.Context, after string, limit int) (all []*core.Webhook, more bool, err error)
}

// TestWebhook sends a webhook a request without entries. failure says why it was not taken.
type TestWebhook func(ctx context.Context, id string) (failure, err error)

type webhookHandlers struct {
	vtn  Webhooks
	test TestWebhook // nil: webhooks cannot be tested
}

func (h *webhookHandlers) register(api huma.API) {
	create := operation("createWebhook", http.MethodPost, "/webhooks", "Have a system of yours sent what happens")
	create.Description = "The journal's entries from now on are posted to the URL, in order, at least once; docs/WEBHOOK.md describes the requests and their signature."
	add(api, forRole(create, people.Administrator), bodyOf[client.WebhookSpec](api), h.create)
	add(api, forRole(operation("listWebhooks", http.MethodGet, "/webhooks", "List webhooks by webhookID"), people.Administrator), nil, h.list)
	add(api, forRole(operation("getWebhook", http.MethodGet, "/webhooks/{webhookID}", "Show a webhook"), people.Administrator), nil, h.get)
	add(api, forRole(operation("patchWebhook", http.MethodPatch, "/webhooks/{webhookID}", "Change a webhook"), people.Administrator), patchOf[client.WebhookSpec](api), h.patch)
	remove := operation("deleteWebhook", http.MethodDelete, "/webhooks/{webhookID}", "Delete a webhook")
	remove.DefaultStatus = http.StatusNoContent
	add(api, forRole(remove, people.Administrator), nil, h.delete)
	test := operation("testWebhook", http.MethodPost, "/webhooks/{webhookID}/test", "Send a webhook a request without entries")
	test.DefaultStatus = http.StatusOK
	add(api, forRole(test, people.Administrator), nil, h.tryOut)
	resume := operation("resumeWebhook", http.MethodPost, "/webhooks/{webhookID}/resume", "Have a webhook go on where it stopped")
	resume.DefaultStatus = http.StatusOK
	add(api, forRole(resume, people.Administrator), nil, h.resume)
}

type webhookPath struct {
	WebhookID string `path:"webhookID"`
}

func (h *webhookHandlers) create(ctx context.Context, in *document) (*located[client.Webhook], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	spec, err := parse(members, readWebhook)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	w, err := h.vtn.CreateWebhook(ctx, spec, by(ctx))
	if err != nil {
		return nil, refuse(ctx, err)
	}
	out := showWebhook(w)
	out.Secret = w.Secret
	return &located[client.Webhook]{prefix + "/webhooks/" + url.PathEscape(w.WebhookID), &out}, nil
}

func (h *webhookHandlers) list(ctx context.Context, in *struct{ Paging }) (*answered[client.Page[client.Webhook]], error) {
	all, more, err := h.vtn.Webhooks(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	next := ""
	if more {
		next = all[len(all)-1].WebhookID
	}
	return answerPage(all, next, showWebhook), nil
}

func (h *webhookHandlers) get(ctx context.Context, in *webhookPath) (*answered[client.Webhook], error) {
	return answerWebhook(ctx, in.WebhookID)(h.vtn.Webhook(ctx, in.WebhookID))
}

func (h *webhookHandlers) patch(ctx context.Context, in *struct {
	WebhookID string `path:"webhookID"`
	RawBody   []byte `contentType:"application/json"`
}) (*answered[client.Webhook], error) {
	changes, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	return answerWebhook(ctx, in.WebhookID)(h.vtn.ModifyWebhook(ctx, in.WebhookID, func(spec core.WebhookSpec) (core.WebhookSpec, error) {
		stated := client.WebhookSpec{WebhookID: spec.WebhookID, URL: spec.URL, Description: spec.Description, Secret: spec.Secret}
		for _, kind := range spec.Kinds {
			stated.Kinds = append(stated.Kinds, string(kind))
		}
		members, err := patched(stated, changes)
		if err != nil {
			return spec, err
		}
		return parse(members, readWebhook)
	}, by(ctx)))
}

func (h *webhookHandlers) delete(ctx context.Context, in *webhookPath) (*struct{}, error) {
	if err := h.vtn.DeleteWebhook(ctx, in.WebhookID, by(ctx)); err != nil {
		return nil, refuseOf(ctx, err, webhookNamed(in.WebhookID))
	}
	return nil, nil
}

func (h *webhookHandlers) tryOut(ctx context.Context, in *webhookPath) (*answered[client.WebhookTest], error) {
	if h.test == nil {
		p := newProblem(http.StatusServiceUnavailable, "this process sends nothing to webhooks")
		p.RequestID = requestID(ctx)
		return nil, p
	}
	failure, err := h.test(ctx, in.WebhookID)
	if err != nil {
		return nil, refuseOf(ctx, err, webhookNamed(in.WebhookID))
	}
	out := client.WebhookTest{OK: failure == nil}
	if failure != nil {
		out.Error = excerpt.Of(failure.Error())
	}
	return answer(out), nil
}

func (h *webhookHandlers) resume(ctx context.Context, in *webhookPath) (*answered[client.Webhook], error) {
	return answerWebhook(ctx, in.WebhookID)(h.vtn.ResumeWebhook(ctx, in.WebhookID, by(ctx)))
}

// answerWebhook answers with a webhook, or with the error that there is in its place.
func answerWebhook(ctx context.Context, id string) func(*core.Webhook, error) (*answered[client.Webhook], error) {
	return func(w *core.Webhook, err error) (*answered[client.Webhook], error) {
		if err != nil {
			return nil, refuseOf(ctx, err, webhookNamed(id))
		}
		return answer(showWebhook(w)), nil
	}
}

func webhookNamed(id string) string { return "webhook " + strconv.Quote(excerpt.Of(id)) }

func readWebhook(o *object) core.WebhookSpec {
	o.need("url")
	spec := core.WebhookSpec{WebhookID: o.text("webhookID"), URL: o.text("url"), Description: o.text("description"), Secret: o.text("secret")}
	for _, kind := range o.texts("kinds") {
		spec.Kinds = append(spec.Kinds, core.JournalKind(kind))
	}
	return spec
}

// showWebhook shows all but the secret.
func showWebhook(w *core.Webhook) client.Webhook {
	out := client.Webhook{
		WebhookID: w.WebhookID, URL: w.URL, Kinds: []string{}, Description: w.Description, State: string(w.State), Position: w.Position,
		CreatedAt: w.CreatedAt.UTC(), CreatedBy: w.CreatedBy, ChangedAt: w.ChangedAt.UTC(), SentAt: moment(w.SentAt),
		Failures: w.Failures, FailingSince: moment(w.FailingSince), NextAttempt: moment(w.NextAt), Error: w.Error,
	}
	for _, kind := range w.Kinds {
		out.Kinds = append(out.Kinds, string(kind))
	}
	return out
}
