package core

// QuotaKind is something of which a VEN can have only so much stored.
type QuotaKind string

// What a VEN's messages store. What operators give it counts for none of these.
const (
	QuotaValues        QuotaKind = "values"        // what it measured
	QuotaPoints        QuotaKind = "points"        // data points and reports that it registered, those gone included while they may have values
	QuotaOpts          QuotaKind = "opts"          // opts and their periods, those cancelled included
	QuotaHistory       QuotaKind = "history"       // what it said of events
	QuotaRequests      QuotaKind = "requests"      // report requests that registering its reports makes
	QuotaRegistrations QuotaKind = "registrations" // those ended included
	QuotaPushes        QuotaKind = "pushes"        // records of pushes that registering makes
)

// QuotaKinds are all there are.
var QuotaKinds = []QuotaKind{QuotaValues, QuotaPoints, QuotaOpts, QuotaHistory, QuotaRequests, QuotaRegistrations, QuotaPushes}

// Use is how much there is of a kind, or may be. Bytes are about those on disk.
type Use struct{ Rows, Bytes int64 }

// Quotas are how much each VEN may have stored of each kind.
type Quotas map[QuotaKind]Use

// DefaultQuotas are what VENs in the field never come near in 400 days: ten data
// points each minute, thirty opts a day.
func DefaultQuotas() Quotas {
	return Quotas{
		QuotaValues:        {10_000_000, 1_000_000_000},
		QuotaPoints:        {50_000, 50_000_000},
		QuotaOpts:          {20_000, 20_000_000},
		QuotaHistory:       {200_000, 50_000_000},
		QuotaRequests:      {20_000, 100_000_000},
		QuotaRegistrations: {1_000, 5_000_000},
		QuotaPushes:        {200_000, 50_000_000},
	}
}
