package core

import (
	"context"
	"errors"
)

// Transport carries pushes to VENs.
type Transport interface {
	// Name is the oadrTransportName, such as "xmpp" (rule N13).
	Name() string
	// Push hands a payload over and never waits for its outcome, which comes
	// through [VTN.Settle]. It fails at once with [ErrNotConnected], [ErrBusy]
	// or [ErrTooLarge] when it cannot take the payload. What it took and could not
	// hand over after all it settles with [NotPushed].
	Push(ctx context.Context, p Push) error
	// Probe asks whether somebody is at these identities; who is there comes
	// through [VTN.Appear]. It may do nothing.
	Probe(ctx context.Context, identities []string) error
	// Compare says how an address that a VEN registered (oadrTransportAddress, as
	// the VEN wrote it) relates to the address at which somebody was heard.
	Compare(registered string, heard Peer) AddressMatch
}

// AddressMatch says how a registered address relates to one that was heard.
type AddressMatch uint8

const (
	OtherIdentity AddressMatch = iota // it is not an address of the same identity
	OtherClient                       // it is another client of the same identity
	SameClient                        // it is the address that was heard
)

// Carrier is a [Transport] that puts payloads into something that has a limit of
// its own.
type Carrier interface {
	// Room is how many bytes a payload of events may have that fits for sure, by
	// [Push.Stanza].
	Room() map[string]int
	// Fits says whether just this payload does: [ErrTooLarge] where it does not.
	Fits(stanza string, payload []byte) error
}

// Push is one payload for one VEN.
type Push struct {
	Token Token
	To    string // the VEN's address: over XMPP a full JID (rule X5)
	// Stanza is how to carry it: a [Peer.Stanza], or what the operator set.
	Stanza string
	Bytes  []byte // the payload; the transport must not change or keep it past the call
}

// Why a push was not taken. Too large, it is no more until the next change; else
// it stays due.
var (
	ErrTooLarge     = errors.New("over the limit of a payload")
	ErrNotConnected = errors.New("transport is not connected")
	ErrBusy         = errors.New("over a limit, try again later")
)
