package core

// QuotaReader is the part of [Reader] that measures what VENs have stored.
type QuotaReader interface {
	// Uses returns how much of a kind VENs have stored, including what the transaction
	// did so far. In a [Tx] nobody else stores of that kind for these VENs until it
	// ends.
	Uses(kind QuotaKind, venNos []int64) (map[int64]Use, error)
	// NearQuota counts the VENs that have so many rows or bytes of a kind, or more,
	// deleted ones aside.
	NearQuota(kind QuotaKind, from Use) (int, error)
}

// QuotaWriter is the part of [Tx] that makes room for a VEN.
type QuotaWriter interface {
	// MakeRoom deletes some of the oldest and least important that a VEN has of a kind:
	// cancelled opts, report requests that ended without data, registrations that
	// ended, pushes that a later one of the same result repeats.
	MakeRoom(venNo int64, kind QuotaKind) error
}
