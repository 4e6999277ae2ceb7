package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// meHandlers are what everybody does for themselves.
type meHandlers struct{ people *people.People }

func (h *meHandlers) register(api huma.API) {
	add(api, forRole(operation("whoAmI", http.MethodGet, "/me", "Say who makes the request"), people.Viewer), nil, h.me)
	if h.people == nil {
		return
	}
	login := forRole(operation("signIn", http.MethodPost, pathLogin, "Begin a session by name and password, for browsers"), people.Nobody)
	login.Description = "The answer sets the cookie " + SessionCookie + ". The session ends after seven days, after twelve hours without a request, when the password changes, or by logout. Programs use a token instead."
	login.DefaultStatus = http.StatusOK
	login.Security = []map[string][]string{}
	add(api, login, bodyOf[client.Credentials](api), h.signIn)
	logout := forRole(operation("signOut", http.MethodPost, "/logout", "End the session"), people.Viewer)
	logout.DefaultStatus = http.StatusNoContent
	add(api, logout, nil, h.signOut)
	change := forRole(operation("changePassword", http.MethodPost, "/me/password", "Change your password; all your sessions end"), people.Viewer)
	change.DefaultStatus = http.StatusNoContent
	add(api, change, bodyOf[client.PasswordChange](api), h.changePassword)
}

func (h *meHandlers) me(ctx context.Context, _ *struct{}) (*answered[client.Me], error) {
	return answer(showMe(personOf(ctx))), nil
}

func showMe(who people.Person) client.Me {
	return client.Me{Name: who.Name, Role: string(who.Role), Via: who.Via, EndsAt: moment(who.Ends)}
}

// signedIn is the answer to a sign-in.
type signedIn struct {
	Cookie http.Cookie `header:"Set-Cookie"`
	Body   *client.Me
}

func (h *meHandlers) signIn(ctx context.Context, in *document) (*signedIn, error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	with, err := parse(members, func(o *object) client.Credentials {
		o.need("name", "password")
		return client.Credentials{Name: o.text("name"), Password: o.text("password")}
	})
	if err != nil {
		return nil, refuse(ctx, err)
	}
	secret, who, err := h.people.SignIn(ctx, with.Name, with.Password, requestOf(ctx).address)
	if failed := h.record(ctx, who, err); failed != nil {
		return nil, refuse(ctx, failed)
	}
	if err != nil {
		return nil, refuseSignIn(ctx, err)
	}
	out := showMe(who)
	return &signedIn{sessionCookie(ctx, secret, who.Ends), &out}, nil
}

// record records a sign-in whose password was compared.
func (h *meHandlers) record(ctx context.Context, who people.Person, err error) error {
	status := http.StatusOK
	if errors.Is(err, people.ErrWrong) {
		status = http.StatusUnauthorized
	} else if err != nil {
		return nil
	}
	r := requestOf(ctx)
	_, failed := h.people.Begin(ctx, people.Record{Actor: who.Name, Via: "none", Address: r.address, Operation: "signIn", Path: prefix + pathLogin, RequestID: r.id, Status: status})
	return failed
}

// refuseSignIn says why a name and password were not taken.
func refuseSignIn(ctx context.Context, err error) error {
	var wait *people.WaitError
	p := problemOf(ctx, err, "user")
	switch {
	case errors.Is(err, people.ErrWrong):
		p = newProblem(http.StatusUnauthorized, err.Error())
		zerolog.Ctx(ctx).Info().Str("from", requestOf(ctx).address).Msg("a sign-in failed")
	case errors.As(err, &wait):
		p = newProblem(http.StatusTooManyRequests, err.Error())
		p.header = http.Header{"Retry-After": {strconv.Itoa(int(wait.For/time.Second) + 1)}}
	}
	p.RequestID = requestID(ctx)
	return p
}

func (h *meHandlers) signOut(ctx context.Context, _ *struct{}) (*struct {
	Cookie http.Cookie `header:"Set-Cookie"`
}, error) {
	who := personOf(ctx)
	if who.Via == string(people.Session) {
		if err := h.people.SignOut(ctx, who); err != nil {
			return nil, refuse(ctx, err)
		}
	}
	gone := sessionCookie(ctx, "", time.Unix(1, 0))
	gone.MaxAge = -1
	return &struct {
		Cookie http.Cookie `header:"Set-Cookie"`
	}{gone}, nil
}

func (h *meHandlers) changePassword(ctx context.Context, in *document) (*struct{}, error) {
	members, err := decodeObject(in.RawBody)
	if err != nil {
		return nil, refuse(ctx, err)
	}
	to, err := parse(members, func(o *object) client.PasswordChange {
		o.need("present", "password")
		return client.PasswordChange{Present: o.text("present"), Password: o.text("password")}
	})
	if err != nil {
		return nil, refuse(ctx, err)
	}
	who := personOf(ctx)
	if who.Key == "" {
		return nil, refuse(ctx, newProblem(http.StatusConflict, who.Name+" is no user and has no password"))
	}
	if to.Password == "" {
		return nil, refuse(ctx, invalid("password", "must not be empty"))
	}
	err = h.people.ChangePassword(ctx, who.Name, to.Present, to.Password, requestOf(ctx).address)
	if errors.Is(err, people.ErrWrong) {
		err = invalid("present", "is not your password")
	}
	if err != nil {
		return nil, refuseSignIn(ctx, err)
	}
	return nil, nil
}
