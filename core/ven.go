package core

import (
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// VEN is one virtual end node: what the operator entered or it registered as.
type VEN struct {
	No          int64 // the registry's number, 0 before it is stored
	VENID       string
	Name        string
	Profile     string // oadrProfileName: 2.0b, 2.0a
	PayloadRoot string // a [oadr.Form] to push in always; empty: the one of its last request (rule X1)
	Stanza      string // a word of its transport's to push in always; empty: as it last spoke, see [Peer]
	Identities  []Identity
	Identified  bool // it has an identity or ever had one: nobody else takes it up (rule N4)

	Groups, Resources, Parties, MarketContexts []string

	Route        Route // where it was last heard from
	LabelsRev    int64 // revision of the last change of labels
	CreatedAt    time.Time
	DeletedAt    time.Time     // zero: it is not. Then its labels are those it had, and reach it no more
	Registration *Registration // nil when it is not registered
	Owed         bool          // not registered, but not told so far that it no longer is (rule N9)
	LeftOut      []string      // eventIDs it is not told for want of room (rule E25); from [VTN.VEN] alone
	LastNotice   *Notice       // nil for none, and with [Reader.Senders]
}

// Labels are what events can reach the VEN by, itself included (rule E1).
func (v *VEN) Labels() []Target {
	l := []Target{{Kind: TargetAll}, {TargetVENID, v.VENID}}
	for _, of := range []struct {
		kind   TargetKind
		values []string
	}{{TargetGroup, v.Groups}, {TargetResource, v.Resources}, {TargetParty, v.Parties}, {TargetMarketContext, v.MarketContexts}} {
		for _, value := range of.values {
			l = append(l, Target{of.kind, value})
		}
	}
	return l
}

// reachedAs says whether events reach the VEN as they reach another: their labels
// are the same, in whatever spelling.
func (v *VEN) reachedAs(other *VEN) bool {
	return slices.EqualFunc(v.Labels(), other.Labels(), func(a, b Target) bool { return a.Key() == b.Key() })
}

// Registration is a VEN's standing registration.
type Registration struct {
	RegistrationID string
	Profile        string // oadrProfileName
	Transport      string // oadrTransportName
	Address        string // oadrTransportAddress as the VEN gave it; [VEN.Route] is the truth (rule X5)
	HTTPPull       bool
	ReportOnly     bool // gets no events (rule E1)
	XMLSignature   bool // signs, and checks signatures, as it says; nothing is signed so far (rule N14)
	StartedAt      time.Time
}

// Route is where and how a VEN was last heard from.
type Route struct {
	Transport string
	Identity  string
	Address   string
	Form      oadr.Form
	Stanza    string // see [Peer]
	SeenAt    time.Time
}

// Presence is what is known of a VEN's connection.
type Presence string

// Presences.
const (
	PresenceUnknown     Presence = "unknown"
	PresenceAvailable   Presence = "available"
	PresenceUnavailable Presence = "unavailable"
)
