package fleet

import (
	"context"
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Meter simulates a meter of electrical loads. It is a [ven.Meter] whose values look
// real and are always the same for the same Seed, data point and time.
type Meter struct {
	Seed uint64
	// Every is the granularity of a history if the VTN requests none; 0: 15 minutes.
	Every time.Duration
}

// Demand is the demand of a load at start, in kW: low at night, highest in the early
// evening, and never quite the same.
func (m Meter) Demand(rID string, start time.Time) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(rID))
	load := m.Seed ^ h.Sum64()
	most := 1 + 9*fraction(load) // from 1 to 10 kW
	start = start.UTC()
	hour := float64(start.Hour()) + float64(start.Minute())/60
	daily := 0.6 + 0.4*math.Cos((hour-18)/24*2*math.Pi)
	noise := 0.9 + 0.2*fraction(load^uint64(start.Unix()))
	return math.Round(most*daily*noise*1000) / 1000
}

// fraction maps n to a number from 0 to 1, evenly (the finalizer of SplitMix64).
func fraction(n uint64) float64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return float64((n^n>>31)>>11) / (1 << 53)
}

// Read returns the demand of loads or, for the status report, their state.
func (m Meter) Read(_ context.Context, specifierID string, rIDs []string, start time.Time, _ time.Duration) ([]oadr.ReportPayload, error) {
	payloads := make([]oadr.ReportPayload, len(rIDs))
	for i, rID := range rIDs {
		payloads[i] = oadr.ReportPayload{RID: rID, Value: m.Demand(rID, start)}
		if specifierID == statusReport {
			payloads[i].Status = &oadr.ResourceStatus{Online: true, LoadControlState: &oadr.LoadControlState{
				Capacity: &oadr.LoadControl{Min: new(0.0), Max: new(10.0), Current: m.Demand(rID, start)},
			}}
		}
	}
	return payloads, nil
}

// History returns the demand of loads in the past.
func (m Meter) History(ctx context.Context, specifierID string, rIDs []string, from, to time.Time, granularity time.Duration) ([]oadr.ReportInterval, error) {
	if granularity == 0 {
		granularity = m.Every
	}
	if granularity == 0 {
		granularity = 15 * time.Minute
	}
	var intervals []oadr.ReportInterval
	for ; from.Before(to); from = from.Add(granularity) {
		span := min(granularity, to.Sub(from))
		payloads, err := m.Read(ctx, specifierID, rIDs, from, span)
		if err != nil {
			return nil, err
		}
		intervals = append(intervals, oadr.ReportInterval{Start: from, Duration: &span, Payloads: payloads})
	}
	return intervals, nil
}

// seedOf is the seed of one VEN of a fleet.
func seedOf(seed uint64, jid string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(strconv.AppendUint([]byte(jid+" "), seed, 10))
	return h.Sum64()
}
