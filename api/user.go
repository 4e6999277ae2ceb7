package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// userHandlers are what administrators do with users.
type userHandlers struct{ people *people.People }

func (h *userHandlers) register(api huma.API) {
	user := func(id, method, path, summary string) huma.Operation {
		return forRole(operation(id, method, path, summary), people.Administrator)
	}
	add(api, user("addUser", http.MethodPost, "/users", "Add a user"), bodyOf[client.UserSpec](api), h.addUser)
	add(api, user("listUsers", http.MethodGet, "/users", "List users by name"), nil, h.listUsers)
	add(api, user("getUser", http.MethodGet, "/users/{name}", "Show a user"), nil, h.getUser)
	patch := user("patchUser", http.MethodPatch, "/users/{name}", "Change a user's role or password")
	patch.Description = "Another password ends the user's sessions, but not the tokens; null takes the password away. Another role counts from the next request on."
	add(api, patch, patchOf[client.UserSpec](api), h.patchUser)
	add(api, user("deleteUser", http.MethodDelete, "/users/{name}", "Delete a user; all sessions and tokens end at once"), nil, h.deleteUser)
}

type userPath struct {
	Name string `path:"name" doc:"A user's name"`
}

func (h *userHandlers) addUser(ctx context.Context, in *document) (*located[client.User], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	spec, err := parse(members, func(o *object) client.UserSpec {
		o.need("name", "role")
		return client.UserSpec{Name: o.text("name"), Role: o.text("role"), Password: o.text("password")}
	})
	if err != nil {
		return nil, refuse(ctx, err)
	}
	u, err := h.people.AddUser(ctx, spec.Name, people.Role(spec.Role), spec.Password, by(ctx))
	if err != nil {
		return nil, refuse(ctx, err)
	}
	out := showUser(*u)
	return &located[client.User]{prefix + "/users/" + url.PathEscape(u.Name), &out}, nil
}

func (h *userHandlers) listUsers(ctx context.Context, in *Paging) (*answered[client.Page[client.User]], error) {
	users, more, err := h.people.Users(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	next := ""
	if more {
		next = users[len(users)-1].Name
	}
	return answerPage(users, next, showUser), nil
}

func (h *userHandlers) getUser(ctx context.Context, in *userPath) (*answered[client.User], error) {
	u, err := h.people.User(ctx, in.Name)
	if err != nil {
		return nil, refuseOf(ctx, err, userNamed(in.Name))
	}
	return answer(showUser(*u)), nil
}

func (h *userHandlers) patchUser(ctx context.Context, in *struct {
	Name    string `path:"name"`
	RawBody []byte `contentType:"application/json"`
}) (*answered[client.User], error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	change, err := parse(members, func(o *object) (c people.UserChange) {
		if o.set("role") {
			role := people.Role(o.text("role"))
			c.Role = &role
		}
		if _, named := members["password"]; named {
			password := o.text("password")
			c.Password = &password
		}
		return c
	})
	if err != nil {
		return nil, refuse(ctx, err)
	}
	u, err := h.people.ModifyUser(ctx, in.Name, change)
	if err != nil {
		return nil, refuseOf(ctx, err, userNamed(in.Name))
	}
	return answer(showUser(*u)), nil
}

func (h *userHandlers) deleteUser(ctx context.Context, in *userPath) (*struct{}, error) {
	if err := h.people.DeleteUser(ctx, in.Name); err != nil {
		return nil, refuseOf(ctx, err, userNamed(in.Name))
	}
	return nil, nil
}

func userNamed(name string) string { return "user " + strconv.Quote(excerpt.Of(name)) }

func showUser(u people.User) client.User {
	return client.User{Name: u.Name, Role: string(u.Role), HasPassword: u.Password != "", CreatedAt: u.CreatedAt.UTC(), CreatedBy: u.CreatedBy, ChangedAt: u.ChangedAt.UTC()}
}
