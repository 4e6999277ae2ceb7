package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// keyHandlers are for sessions and tokens. Users have their own, administrators
// everybody's.
type keyHandlers struct{ people *people.People }

func (h *keyHandlers) register(api huma.API) {
	key := func(id, method, path, summary string) huma.Operation {
		op := forRole(operation(id, method, path, summary), people.Viewer)
		op.Description = "Users may do this for themselves, administrators for everybody."
		return op
	}
	add(api, key("addToken", http.MethodPost, "/users/{name}/tokens", "Make a token of a user for a program"), bodyOf[client.TokenSpec](api), h.addToken)
	add(api, key("listKeys", http.MethodGet, "/users/{name}/tokens", "List a user's sessions and tokens, the newest first"), nil, h.listKeys)
	add(api, key("deleteKey", http.MethodDelete, "/users/{name}/tokens/{id}", "End a session or token of a user"), nil, h.deleteKey)
}

// mayManage refuses the keys of others to all but administrators.
func mayManage(ctx context.Context, name string) error {
	who := personOf(ctx)
	if who.Role.Allows(people.Administrator) || who.Name == name {
		return nil
	}
	p := newProblem(http.StatusForbidden, "these are another user's; that needs the role administrator")
	p.RequestID = requestID(ctx)
	return p
}

func (h *keyHandlers) addToken(ctx context.Context, in *struct {
	Name    string `path:"name"`
	RawBody []byte `contentType:"application/json"`
}) (*answered[client.NewToken], error) {
	if err := mayManage(ctx, in.Name); err != nil {
		return nil, err
	}
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	type asked struct {
		label string
		role  people.Role
		lasts time.Duration
	}
	spec, err := parse(members, func(o *object) asked {
		o.need("label")
		return asked{o.text("label"), people.Role(o.textOr("role", string(people.Administrator))), o.duration("duration")}
	})
	if err != nil {
		return nil, refuse(ctx, err)
	}
	secret, k, err := h.people.AddToken(ctx, in.Name, spec.label, spec.role, spec.lasts)
	if err != nil {
		return nil, refuseOf(ctx, err, userNamed(in.Name))
	}
	return answer(client.NewToken{Key: showKey(*k), Token: secret}), nil
}

func (h *keyHandlers) listKeys(ctx context.Context, in *userPath) (*answered[client.Page[client.Key]], error) {
	if err := mayManage(ctx, in.Name); err != nil {
		return nil, err
	}
	keys, err := h.people.Keys(ctx, in.Name)
	if err != nil {
		return nil, refuseOf(ctx, err, userNamed(in.Name))
	}
	return answerPage(keys, "", showKey), nil
}

func (h *keyHandlers) deleteKey(ctx context.Context, in *struct {
	Name string `path:"name"`
	ID   string `path:"id"`
}) (*struct{}, error) {
	if err := mayManage(ctx, in.Name); err != nil {
		return nil, err
	}
	if err := h.people.DeleteKey(ctx, in.Name, in.ID); err != nil {
		return nil, refuseOf(ctx, err, "session or token of "+userNamed(in.Name))
	}
	return nil, nil
}

func showKey(k people.Key) client.Key {
	return client.Key{ID: k.ID, Kind: string(k.Kind), Label: k.Label, Role: string(k.Role), CreatedAt: k.CreatedAt.UTC(), ExpiresAt: moment(k.ExpiresAt), UsedAt: moment(k.UsedAt)}
}
