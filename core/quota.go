package core

// QuotaKind is a kind of records that a quota limits for each VEN.
type QuotaKind string

// Kinds of records. Messages of the VEN cause them; what an operator stores does not count.
const (
	QuotaValues        QuotaKind = "values"        // values of its reports
	QuotaPoints        QuotaKind = "points"        // data points and reports that it registered, and former ones that may have values
	QuotaOpts          QuotaKind = "opts"          // opts and their periods, with cancelled ones
	QuotaHistory       QuotaKind = "history"       // its answers and opts in the history of events
	QuotaRequests      QuotaKind = "requests"      // report requests that registering its reports makes
	QuotaRegistrations QuotaKind = "registrations" // registrations, with ended ones
	QuotaPushes        QuotaKind = "pushes"        // records of pushes that registering makes
)

// QuotaKinds lists all kinds.
var QuotaKinds = []QuotaKind{QuotaValues, QuotaPoints, QuotaOpts, QuotaHistory, QuotaRequests, QuotaRegistrations, QuotaPushes}

// Use is an amount of records. Bytes are about those on disk.
type Use struct{ Rows, Bytes int64 }

// Quotas are the most that each VEN may have of each kind.
type Quotas map[QuotaKind]Use

// DefaultQuotas are more than a VEN in the field stores in 400 days with ten data points
// each minute and thirty opts a day.
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
