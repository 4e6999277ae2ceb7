package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/people"
)

// SessionCookie is the cookie that holds the key of a browser's session.
const SessionCookie = "vtn_session"

type personKey struct{}

// personOf is who makes the request that ctx belongs to.
func personOf(ctx context.Context) people.Person {
	p, _ := ctx.Value(personKey{}).(people.Person)
	return p
}

// by is the name of who makes the request, which is recorded with what they change.
func by(ctx context.Context) string { return personOf(ctx).Name }

// access finds out who makes a request.
type access struct {
	token  string         // VTN_API_TOKEN
	people *people.People // nil: there are no users
}

// who returns who makes a request. Without credentials that is [people.Local] while
// there is neither a token nor a user, otherwise nobody.
func (a *access) who(r *http.Request) (people.Person, *problem) {
	if header := r.Header.Get("Authorization"); header != "" {
		return a.bearer(r, header)
	}
	if c, err := r.Cookie(SessionCookie); err == nil && a.people != nil {
		return a.known(r, people.Session, c.Value)
	}
	open, p := a.isOpen(r)
	if open {
		return people.Person{Name: people.Local, Role: people.Administrator, Via: "none"}, nil
	}
	return people.Person{}, p
}

// isOpen reports whether the API asks nobody who they are. It does not while there is
// neither a token nor a user.
func (a *access) isOpen(r *http.Request) (bool, *problem) {
	if a.token != "" {
		return false, nil
	}
	if a.people == nil {
		return true, nil
	}
	any, err := a.people.Any(r.Context())
	if err != nil {
		return false, problemOf(r.Context(), err, "user")
	}
	return !any, nil
}

// bearer returns whose token a request carries.
func (a *access) bearer(r *http.Request, header string) (people.Person, *problem) {
	scheme, token, _ := strings.Cut(header, " ")
	switch {
	case token == "" || !strings.EqualFold(scheme, "Bearer"):
		return people.Person{}, nil
	case a.isToken(token):
		return people.Person{Name: people.Token, Role: people.Administrator, Via: "token"}, nil
	case a.people == nil:
		return people.Person{}, nil
	}
	return a.known(r, people.Bearer, token)
}

// isToken compares with VTN_API_TOKEN, in constant time.
func (a *access) isToken(sent string) bool {
	want, got := sha256.Sum256([]byte(a.token)), sha256.Sum256([]byte(sent))
	return a.token != "" && subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// known finds the user whom a key belongs to; nobody if it is not known.
func (a *access) known(r *http.Request, kind people.KeyKind, secret string) (people.Person, *problem) {
	who, err := a.people.Of(r.Context(), kind, secret)
	if errors.Is(err, people.ErrNoKey) {
		return people.Person{}, nil
	} else if err != nil {
		return people.Person{}, problemOf(r.Context(), err, "user")
	}
	return who, nil
}

// unauthorized answers differently for missing and for wrong credentials (RFC 6750
// section 3.1).
func (a *access) unauthorized(w http.ResponseWriter, r *http.Request) {
	challenge := `Bearer realm="vtn-xmpp"`
	detail := "the token is missing: send a user's token, or the one in the VTN's VTN_API_TOKEN_FILE or VTN_API_TOKEN, as \"Authorization: Bearer …\"; or sign in"
	switch scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); {
	case token == "":
		if _, err := r.Cookie(SessionCookie); err == nil {
			detail = "the session has ended: sign in again"
		}
	case !strings.EqualFold(scheme, "Bearer"):
		detail = fmt.Sprintf("the token is missing: send it as \"Authorization: Bearer …\", not %q", excerpt.Of(scheme))
	default:
		challenge += `, error="invalid_token"`
		detail = "the token is not this VTN's: send the one in its VTN_API_TOKEN_FILE or VTN_API_TOKEN, or a user's that has not ended, and check that this is the VTN you mean"
	}
	w.Header().Set("WWW-Authenticate", challenge)
	newProblem(http.StatusUnauthorized, detail).write(w, r)
}

// as makes r the request of a person, also in the log.
func (a *access) as(who people.Person, r *http.Request) *http.Request {
	ctx := context.WithValue(r.Context(), personKey{}, who)
	ctx = context.WithValue(ctx, admittedKey{}, &admitted{access: a, request: r, who: who, changes: a.changes(), at: time.Now()})
	if log := zerolog.Ctx(ctx); who.Name != "" {
		named := log.With().Str("actor", who.Name).Logger()
		ctx = named.WithContext(ctx)
	}
	return r.WithContext(ctx)
}

// changes counts the changes after which somebody may be let in no more.
func (a *access) changes() uint64 {
	if a.people == nil {
		return 0
	}
	return a.people.Changes()
}

type admittedKey struct{}

// admitted is somebody who was let in, for an answer that takes long.
type admitted struct {
	access  *access
	request *http.Request
	who     people.Person
	changes uint64 // when that was looked at last
	at      time.Time
}

func admittedTo(ctx context.Context) *admitted {
	a, _ := ctx.Value(admittedKey{}).(*admitted)
	return a
}

// askAgain is how long it may take until a change by another process counts, or the end
// of a session.
const askAgain = 15 * time.Second

// over reports whether the request would be refused now. A change in this process counts
// at once. While the store does not work, nobody is sent away.
func (a *admitted) over() bool {
	changes := a.access.changes()
	if changes == a.changes && time.Since(a.at) < askAgain {
		return false
	}
	a.changes, a.at = changes, time.Now()
	who, p := a.access.who(a.request)
	return p == nil && (who.Name != a.who.Name || !who.Role.Allows(people.Viewer))
}

// sessionCookie makes the cookie of a session, which no script can read and no other
// site can send.
func sessionCookie(ctx context.Context, secret string, ends time.Time) http.Cookie {
	return http.Cookie{Name: SessionCookie, Value: secret, Path: "/", Expires: ends, HttpOnly: true, Secure: requestOf(ctx).secure, SameSite: http.SameSiteStrictMode}
}

// addressOf is the address that a request came from, without the port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
