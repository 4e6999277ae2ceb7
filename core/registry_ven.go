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
	// Senders finds the VENs that have these identities, as far as a request needs
	// them: without their identities and labels. Identities of no VEN are left out.
	Senders(ids []Identity) (map[Identity]*VEN, error)
	// Named lists the names that these VENs have on a transport, by No.
	Named(venNos []int64, transport string) (map[int64][]string, error)
	// VENs lists by venID, after the cursor; next is empty at the end.
	VENs(f VENFilter, after string, limit int) (vens []*VEN, next string, err error)
	// Kept counts what is stored of a VEN.
	Kept(venNo int64) (Kept, error)
	// UnknownTargets returns the targets that no VEN has as a label.
	UnknownTargets(targets []Target) (map[Target]bool, error)
	// UnreachedTargets returns the targets by which events reach nobody now: no VEN with
	// the label has an identity and a registration that is not report-only.
	UnreachedTargets(targets []Target) (map[Target]bool, error)
}

// VENWriter is the part of [Tx] that changes VENs.
type VENWriter interface {
	// PutVEN stores a VEN with its identities and labels. A VEN whose No is 0 is new: it
	// gets a number and an outbox. Route and registration stay as they are. A VEN that
	// was ever stored with an identity stays [VEN.Identified]. Returns [ErrConflict],
	// which names the value, if the venID or an identity is taken.
	PutVEN(v *VEN) error
	// DeleteVEN removes a VEN's labels, so nothing that is to come reaches it. Its
	// record with events, opts, requests and data is kept, its venID and identities
	// until MakeWay.
	DeleteVEN(no int64, at time.Time) error
	// MakeWay takes the venID and the identities that v is to have from deleted VENs.
	// Such a VEN gets another venID and is told nothing more. Returns their numbers.
	MakeWay(v *VEN, at time.Time) (ousted []int64, err error)
	// LeavePast keeps a VEN's record with the events that ended before and that target
	// it only by labels that it is about to lose.
	LeavePast(v *VEN, before time.Time) error
}
