package client

import (
	"context"
	"net/http"
	"time"
)

// User is a person who may use the API.
type User struct {
	Name        string    `json:"name"`
	Role        string    `json:"role" enum:"viewer,operator,administrator" doc:"viewer: reads; operator: changes events, VENs and reports, too; administrator: changes users, too, and reads the audit log"`
	HasPassword bool      `json:"hasPassword" doc:"Whether the user can sign in by password"`
	CreatedAt   time.Time `json:"createdAt"`
	CreatedBy   string    `json:"createdBy"`
	ChangedAt   time.Time `json:"changedAt"`
}

// UserSpec is what an administrator says of a user.
type UserSpec struct {
	Name     string `json:"name" maxLength:"64" doc:"Letters, digits and . _ - @ +; capital letters become small ones"`
	Role     string `json:"role" enum:"viewer,operator,administrator"`
	Password string `json:"password,omitempty" minLength:"12" maxLength:"1000" doc:"Without one the user cannot sign in by password"`
}

// Key is a session or token of a user.
type Key struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"session,token"`
	Label     string     `json:"label,omitempty" doc:"What a token is for"`
	Role      string     `json:"role" enum:"viewer,operator,administrator" doc:"The most that a token may do, if its user may"`
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt *time.Time `json:"expiresAt" nullable:"true" doc:"null: never"`
	UsedAt    *time.Time `json:"usedAt" nullable:"true" doc:"The last use, to about a minute"`
}

// TokenSpec asks for a token.
type TokenSpec struct {
	Label    string `json:"label" maxLength:"255" doc:"What it is for"`
	Role     string `json:"role,omitempty" enum:"viewer,operator,administrator" doc:"The most that it may do; by default what its user may"`
	Duration string `json:"duration,omitempty" doc:"How long it lasts, such as P90D; by default it does not end"`
}

// NewToken is a token that was made.
type NewToken struct {
	Key
	Token string `json:"token" doc:"The secret. It is shown once, and not stored"`
}

// Credentials sign in a user.
type Credentials struct {
	Name     string `json:"name" maxLength:"64"`
	Password string `json:"password" maxLength:"1000"`
}

// PasswordChange changes the password of whoever asks.
type PasswordChange struct {
	Present  string `json:"present" maxLength:"1000"`
	Password string `json:"password" minLength:"12" maxLength:"1000"`
}

// Me is who makes a request.
type Me struct {
	Name   string     `json:"name" doc:"A user; or token: whoever has VTN_API_TOKEN; or local: whoever is on this machine, while there are neither users nor VTN_API_TOKEN"`
	Role   string     `json:"role" enum:"viewer,operator,administrator"`
	Via    string     `json:"via" enum:"session,token,none"`
	EndsAt *time.Time `json:"endsAt" nullable:"true" doc:"When the session or token ends"`
}

// AuditRecord says who wanted to change what.
type AuditRecord struct {
	No        int64     `json:"no"`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor" doc:"As name in /me; empty: not signed in"`
	Via       string    `json:"via" enum:"session,token,none,"`
	Address   string    `json:"address" doc:"Where the request came from"`
	Operation string    `json:"operation" doc:"operationId in /openapi.json"`
	Path      string    `json:"path"`
	RequestID string    `json:"requestID" doc:"As the log has it"`
	Status    int       `json:"status" doc:"HTTP status of the answer; 0: the VTN ended before it was known"`
}

// UserClient is the part of a [Client] for people.
type UserClient struct{ api *connection }

// SignIn begins a session, in which the client's further requests are made if it has no
// token.
func (c *UserClient) SignIn(ctx context.Context, with Credentials) (*Me, error) {
	return send[Me](ctx, c.api, http.MethodPost, "/login", with)
}

// SignOut ends the session.
func (c *UserClient) SignOut(ctx context.Context) error {
	_, err := send[struct{}](ctx, c.api, http.MethodPost, "/logout", nil)
	return err
}

// Session begins a session, and returns the Set-Cookie of the answer, for a browser.
func (c *UserClient) Session(ctx context.Context, with Credentials) (cookie string, err error) {
	_, header, err := sendFor[Me](ctx, c.api, http.MethodPost, "/login", with)
	return header.Get("Set-Cookie"), err
}

// EndSession ends the session, and returns the Set-Cookie of the answer, for a browser.
func (c *UserClient) EndSession(ctx context.Context) (cookie string, err error) {
	_, header, err := sendFor[struct{}](ctx, c.api, http.MethodPost, "/logout", nil)
	return header.Get("Set-Cookie"), err
}

// Me says who the client is to the VTN.
func (c *UserClient) Me(ctx context.Context) (*Me, error) {
	return send[Me](ctx, c.api, http.MethodGet, "/me", nil)
}

// ChangePassword changes the password of whoever is signed in, and ends all their
// sessions.
func (c *UserClient) ChangePassword(ctx context.Context, to PasswordChange) error {
	_, err := send[struct{}](ctx, c.api, http.MethodPost, "/me/password", to)
	return err
}

// AddUser adds a user.
func (c *UserClient) AddUser(ctx context.Context, spec UserSpec) (*User, error) {
	return send[User](ctx, c.api, http.MethodPost, "/users", spec)
}

// ListUsers lists users by name.
// cursor is the Next of an earlier page, or empty; limit 0 is the server's choice.
func (c *UserClient) ListUsers(ctx context.Context, cursor string, limit int) (*Page[User], error) {
	return send[Page[User]](ctx, c.api, http.MethodGet, "/users"+page(cursor, limit), nil)
}

// User shows a user.
func (c *UserClient) User(ctx context.Context, name string) (*User, error) {
	return send[User](ctx, c.api, http.MethodGet, path("users", name), nil)
}

// PatchUser changes a user by a JSON merge patch of a [UserSpec] without its name.
func (c *UserClient) PatchUser(ctx context.Context, name string, patch any) (*User, error) {
	return send[User](ctx, c.api, http.MethodPatch, path("users", name), patch)
}

// DeleteUser deletes a user, whose sessions and tokens end at once.
func (c *UserClient) DeleteUser(ctx context.Context, name string) error {
	_, err := send[struct{}](ctx, c.api, http.MethodDelete, path("users", name), nil)
	return err
}

// ListKeys lists a user's sessions and tokens, the newest first.
func (c *UserClient) ListKeys(ctx context.Context, name string) (*Page[Key], error) {
	return send[Page[Key]](ctx, c.api, http.MethodGet, path("users", name)+"/tokens", nil)
}

// AddToken makes a token of a user for a program.
func (c *UserClient) AddToken(ctx context.Context, name string, spec TokenSpec) (*NewToken, error) {
	return send[NewToken](ctx, c.api, http.MethodPost, path("users", name)+"/tokens", spec)
}

// DeleteKey ends a session or token of a user.
func (c *UserClient) DeleteKey(ctx context.Context, name, id string) error {
	if id == "" {
		return errNoID
	}
	_, err := send[struct{}](ctx, c.api, http.MethodDelete, path("users", name)+path("tokens", id), nil)
	return err
}

// AuditFilter chooses records of the audit log. Empty fields choose all.
type AuditFilter struct {
	Actor, Operation string
	From, Until      time.Time
}

// ListAudit lists who changed what, the newest first.
// cursor is the Next of an earlier page, or empty; limit 0 is the server's choice.
func (c *UserClient) ListAudit(ctx context.Context, f AuditFilter, cursor string, limit int) (*Page[AuditRecord], error) {
	return send[Page[AuditRecord]](ctx, c.api, http.MethodGet, "/audit"+page(cursor, limit,
		"actor", f.Actor, "operation", f.Operation, "from", instant(f.From), "until", instant(f.Until)), nil)
}

// instant writes a time in a query; the zero time is empty.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
