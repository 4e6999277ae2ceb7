package core

import "time"

// VENFilter chooses VENs. Its zero value chooses those that are not deleted.
type VENFilter struct {
	Deleted bool // deleted VENs, too
}

// VENReader is the part of [Reader] that finds VENs.
type VENReader interface {
	VEN(venID string) (*VEN, error)
	VENByIdentity(id Identity) (*VEN, error)
	// Senders finds the VENs that identities are, without their identities and
	// labels: what a request needs. Identities that are no VEN's are left out.
	Senders(ids []Identity) (map[Identity]*VEN, error)
	// VENs lists by venID, after the cursor. next is empty at the end.
	VENs(f VENFilter, after string, limit int) (vens []*VEN, next string, err error)
	// Kept counts what there is of a VEN.
	Kept(venNo int64) (Kept, error)
	// UnknownTargets are those of targets that no VEN carries as a label.
	UnknownTargets(targets []Target) (map[Target]bool, error)
	// UnreachedTargets are those of targets that reach nobody now: no VEN that carries
	// the label has an identity and is registered, other than report-only.
	UnreachedTargets(targets []Target) (map[Target]bool, error)
}

// VENWriter is the part of [Tx] that changes VENs.
type VENWriter interface {
	// PutVEN stores a VEN with its identities and labels, new when No is 0
	// (which it sets), and opens its outbox. [ErrConflict], naming the value,
	// when the venID or an identity is taken. It leaves route and registration alone.
	// A VEN that was stored with an identity once is [VEN.Identified] for ever.
	PutVEN(v *VEN) error
	// DeleteVEN takes a VEN from all that is to come: its labels name it no more.
	// How it stands with events is kept, as are its opts, requests and data; its
	// venID and identities until MakeWay.
	DeleteVEN(no int64, at time.Time) error
	// MakeWay takes from deleted VENs the venID and the identities that v is to have:
	// such a VEN gets another venID and is told nothing more. It returns their
	// numbers.
	MakeWay(v *VEN, at time.Time) (ousted []int64, err error)
	// LeavePast keeps how a VEN stands with the events that ended before, and that
	// the labels it is about to lose name it for.
	LeavePast(v *VEN, before time.Time) error
}
