package core

import (
	"context"
	"errors"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Transport carries pushes to VENs.
type Transport interface {
	// Name is the oadrTransportName (rule N13).
	Name() string
	// Push hands a payload over and never waits for its outcome, which comes through
	// [Delivery.Settle]. It fails at once with [ErrNotConnected], [ErrBusy] or
	// [ErrTooLarge] if it cannot take the payload. If it took the payload and cannot
	// hand it over after all, it settles the push with [NotPushed].
	Push(ctx context.Context, p Push) error
	// Probe asks whether clients of these identities are online. Those that are come
	// through [Delivery.Appear]. Probe may do nothing.
	Probe(ctx context.Context, identities []string) error
	// Compare tells how an address that a VEN registered (its oadrTransportAddress, as it
	// was written) relates to the address at which a peer was heard.
	Compare(registered string, heard Peer) AddressMatch
}

// AddressMatch tells how a registered address relates to one that was heard.
type AddressMatch uint8

const (
	OtherIdentity AddressMatch = iota // it is not an address of the same identity
	OtherClient                       // it is another client of the same identity
	SameClient                        // it is the address that was heard
)

// Carrier is a [Transport] that wraps payloads in something with a limit of its own.
type Carrier interface {
	// Room returns the bytes of a payload of events that certainly fits, by [Push.Stanza].
	Room() map[string]int
	// Fits fails with [ErrTooLarge] if this payload does not fit.
	Fits(stanza string, payload []byte) error
}

// Requesting is a [Transport] over which VENs send requests and keep no connection, as
// simpleHttp. Such a VEN is reached at the address that it registered (rule H21), or it
// polls (rule H7). Its [Peer.Address] is its identity.
type Requesting interface {
	Transport
	// PollInterval is how often VENs are asked to poll (rule H13).
	PollInterval() time.Duration
}

// Evicting is a [Transport] whose peers show who they are once for a whole connection.
type Evicting interface {
	Transport
	// Evict closes the connections of an identity that was taken from a VEN (rule T9). It
	// never blocks.
	Evict(identity string)
}

// AddressChecker is a [Requesting] transport that knows which registered addresses it will
// never push to. A registration with one is refused.
type AddressChecker interface {
	// CheckAddress says in words for the VEN what is wrong with an address.
	CheckAddress(address string) error
}

// Encoder writes payloads, and signs those whose form says so (rule S12).
type Encoder interface {
	Append(dst []byte, f oadr.Form, m oadr.Message) []byte
}

// Push is one payload for one VEN.
type Push struct {
	Token Token
	To    string // the VEN's [Peer.Address] (rule X5), or the address that it registered (rule H18)
	// Identities are the VEN's names on a [Requesting] transport: only a host that is one
	// of them is told anything (rule T6).
	Identities []string
	Kind       oadr.Kind // of the message, which chooses the service's URL (rule H1)
	Profile    oadr.Profile
	// Stanza is how to carry it: a [Peer.Stanza], or what the operator set.
	Stanza string
	Bytes  []byte // the payload; the transport must not change or keep it past the call
}

// Why a transport did not take a push. After ErrTooLarge the push is dropped until the
// next change; otherwise it stays due.
var (
	ErrTooLarge     = errors.New("over the limit of a payload")
	ErrNotConnected = errors.New("transport is not connected")
	ErrBusy         = errors.New("over a limit, try again later")
)
