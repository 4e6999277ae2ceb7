package client

import (
	"context"
	"net/http"
	"time"
)

// VENSpec is a VEN as an operator enters it.
type VENSpec struct {
	VENID          string     `json:"venID,omitempty" doc:"Made by the VTN when left out; cannot be changed"`
	VENName        string     `json:"venName" required:"false"`
	Profile        string     `json:"profile,omitempty" default:"2.0b" enum:"2.0b,2.0a" doc:"A VEN of 2.0a does not register: entering it is its registration (A4)"`
	PushURL        string     `json:"pushURL,omitempty" doc:"Where a VEN of 2.0a is pushed to over simpleHttp. If the path is empty or ends in a slash, OpenADR2/Simple/EiEvent is appended. Left out: it polls" example:"https://ven.example.org:8443/"`
	PayloadRoot    string     `json:"payloadRoot,omitempty" enum:"oadrPayload,oadrSignedObject,message" doc:"The root element of what is pushed to the VEN, whatever it sends itself; left out: the root of its last request"`
	Stanza         string     `json:"stanza,omitempty" enum:"iq,message,body" doc:"The stanza that pushes are sent in: an IQ, a message with the payload as an element, or a message with the payload as the text of its body; left out: as its last request came"`
	Signatures     string     `json:"signatures,omitempty" enum:"off,asked,required" doc:"What its XML signatures count for: nobody looks at them; they are needed, and what is pushed is signed, if it registers with oadrXmlSignature; or in any case. Left out: VTN_SIGNATURES. It may sign with certificates whose fingerprints are its identities of the transport simpleHttp"`
	Identities     []Identity `json:"identities" required:"false" nullable:"false" doc:"The accounts that it may use; each belongs to one VEN"`
	Groups         []string   `json:"groups" required:"false" nullable:"false"`
	Resources      []string   `json:"resources" required:"false" nullable:"false"`
	Parties        []string   `json:"parties" required:"false" nullable:"false"`
	MarketContexts []string   `json:"marketContexts" required:"false" nullable:"false" doc:"URIs; they are compared in their normal form (RFC 3986, 6.2)"`
}

// Identity is a name a VEN is known by on one transport.
type Identity struct {
	Transport string `json:"transport,omitempty" default:"xmpp"`
	Identity  string `json:"identity" doc:"Over XMPP, the bare JID" example:"ven1@example.org"`
}

// VEN is a stored VEN.
type VEN struct {
	VENSpec
	CreatedAt     time.Time     `json:"createdAt"`
	Registration  *Registration `json:"registration,omitempty" doc:"Absent: not registered"`
	Presence      string        `json:"presence" enum:"unknown,available,unavailable"`
	LastSeen      *time.Time    `json:"lastSeen" nullable:"true"`
	LastNotice    *Notice       `json:"lastNotice,omitempty" doc:"The last notice about its registration"`
	EventsLeftOut []string      `json:"eventsLeftOut,omitempty" nullable:"false" doc:"eventIDs that are not sent to it, because its events are too many for one message (E25). Only if you read a single VEN"`
	Warnings      []Wrong       `json:"warnings,omitempty" doc:"Possible mistakes, in the answer to a change. The change is stored"`
	DeletedAt     *time.Time    `json:"deletedAt,omitempty" doc:"Absent if it is not deleted. Its groups and so on are those that it had"`
}

// VENDeleted is the result of deleting a VEN.
type VENDeleted struct {
	VENID     string    `json:"venID"`
	DeletedAt time.Time `json:"deletedAt"`
	Notice    *Notice   `json:"notice,omitempty" doc:"The end of its registration, pushed until the VEN answers; absent if it was not registered"`
	Kept      VENKept   `json:"kept"`
	KeptFor   string    `json:"keptFor" doc:"How long each of these is kept after it has ended" example:"P400D"`
}

// VENKept counts what is kept of a VEN.
type VENKept struct {
	Events         int `json:"events" doc:"Events that were for the VEN, each with its history"`
	Opts           int `json:"opts"`
	ReportRequests int `json:"reportRequests" doc:"Report requests, with their data"`
}

// Registration is a VEN's current registration.
type Registration struct {
	RegistrationID string    `json:"registrationID"`
	Profile        string    `json:"profile"`
	Transport      string    `json:"transport"`
	Address        string    `json:"address" doc:"As the VEN sent it"`
	HTTPPull       bool      `json:"httpPull"`
	ReportOnly     bool      `json:"reportOnly" doc:"It gets no events"`
	XMLSignature   bool      `json:"xmlSignature" doc:"The VEN says that it signs, and wants to be signed to"`
	RegisteredAt   time.Time `json:"registeredAt"`
}

// VENClient is the part of a [Client] for VENs.
type VENClient struct{ api *connection }

// AddVEN enters a VEN from its JSON: a [VENSpec], or a [json.RawMessage].
func (c *VENClient) AddVEN(ctx context.Context, spec any) (*VEN, error) {
	return send[VEN](ctx, c.api, http.MethodPost, "/vens", spec)
}

// GetVEN finds a VEN.
func (c *VENClient) GetVEN(ctx context.Context, venID string) (*VEN, error) {
	return send[VEN](ctx, c.api, http.MethodGet, path("vens", venID), nil)
}

// VENFilter chooses VENs. Its zero value chooses those that are not deleted.
type VENFilter struct {
	Deleted bool // deleted VENs, too
}

// ListVENs lists VENs by venID. cursor is the Next of an earlier page, or empty;
// limit 0 is the server's choice.
func (c *VENClient) ListVENs(ctx context.Context, f VENFilter, cursor string, limit int) (*Page[VEN], error) {
	return send[Page[VEN]](ctx, c.api, http.MethodGet, "/vens"+page(cursor, limit, flag("deleted", f.Deleted)...), nil)
}

// PatchVEN changes a VEN by a JSON merge patch (RFC 7396).
func (c *VENClient) PatchVEN(ctx context.Context, venID string, patch any) (*VEN, error) {
	return send[VEN](ctx, c.api, http.MethodPatch, path("vens", venID), patch)
}

// DeleteVEN deletes a VEN. Its history is kept.
func (c *VENClient) DeleteVEN(ctx context.Context, venID string) (*VENDeleted, error) {
	return send[VENDeleted](ctx, c.api, http.MethodDelete, path("vens", venID), nil)
}
