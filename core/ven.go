package core

import (
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// VEN is a virtual end node, as an operator entered it or as it registered.
type VEN struct {
	No          int64 // the registry's number, 0 before it is stored
	VENID       string
	Name        string
	Profile     string        // oadrProfileName: 2.0b; 2.0a if the operator entered it so (rule A4)
	PushURL     string        // where a VEN of 2.0a is pushed to over HTTP (rule A2); empty: it asks, or is pushed to another way
	PayloadRoot string        // the [oadr.Form] of all pushes; empty: that of its last request (rule X1)
	Stanza      string        // the [Peer.Stanza] of all pushes; empty: that of its last request
	Signatures  SignatureMode // empty: [Config.Signatures]
	Identities  []Identity
	Identified  bool // it has or had an identity, so no other sender becomes this VEN (rule N4)

	Groups, Resources, Parties, MarketContexts []string

	Route        Route // where it was last heard
	LabelsRev    int64 // revision of the last change of labels
	CreatedAt    time.Time
	DeletedAt    time.Time     // zero: it is not deleted; the labels of a deleted VEN target it no more
	Registration *Registration // nil: it is not registered
	Owed         bool          // it is to be told that its registration has ended (rule N9)
	LeftOut      []string      // eventIDs it is not told for want of room (rule E25); only [Directory.VEN] sets them
	LastNotice   *Notice       // nil: none; [VENReader.Senders] leaves it out
}

// Labels are the targets that name the VEN, with its venID (rule E1).
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

// reachedAs reports whether events target the VEN as they target another: both have the
// same labels, in whatever spelling.
func (v *VEN) reachedAs(other *VEN) bool {
	return slices.EqualFunc(v.Labels(), other.Labels(), func(a, b Target) bool { return a.Key() == b.Key() })
}

// Registration is a VEN's standing registration.
type Registration struct {
	RegistrationID string
	Profile        string // oadrProfileName
	Transport      string // oadrTransportName
	Address        string // oadrTransportAddress as the VEN wrote it; [VEN.Route] counts more (rule X5)
	HTTPPull       bool
	ReportOnly     bool // gets no events (rule E1)
	XMLSignature   bool // it signs and wants to be signed to (rule N14), see [SignaturesAsked]
	StartedAt      time.Time
}

// Route is where and how a VEN was last heard.
type Route struct {
	Transport string
	Identity  string
	Address   string
	Form      oadr.Form
	Stanza    string // see [Peer]
	SeenAt    time.Time
}

// Presence is whether a VEN is online, as far as is known.
type Presence string

// Presences.
const (
	PresenceUnknown     Presence = "unknown"
	PresenceAvailable   Presence = "available"
	PresenceUnavailable Presence = "unavailable"
)
