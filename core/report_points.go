package core

import (
	"maps"
	"slices"
)

// maxPoints is how many data points are remembered beside those of the current batch.
const maxPoints = 1 << 19

// points remembers the numbers of the data points for which data came, so that each is
// looked up once. They stay the same while a request is active, because a VEN that registers
// its reports again ends it (rule R2). Only a request for the registration itself goes on,
// and no data comes for it. Pending requests may be sent again with other data points, so
// theirs are remembered for one batch. Only one goroutine uses it.
type points struct{ active, pending map[requestedPoint]int64 }

type requestedPoint struct {
	requestNo int64
	rID       string
}

func newPoints() *points {
	return &points{active: map[requestedPoint]int64{}, pending: map[requestedPoint]int64{}}
}

// no returns the number of a data point, 0 if the request does not ask for it.
func (p *points) no(r *ReportRequest, rID string) int64 {
	return p.of(r)[requestedPoint{r.No, rID}]
}

func (p *points) of(r *ReportRequest) map[requestedPoint]int64 {
	if r.State == ReportPending {
		return p.pending
	}
	return p.active
}

// learn looks up those data points of a batch that are not known yet.
func (p *points) learn(tx ReportReader, batch []*update, requests map[string]*ReportRequest) error {
	if clear(p.pending); len(p.active) > maxPoints {
		clear(p.active)
	}
	unknown := map[*ReportRequest][]string{}
	for _, u := range batch {
		for i := range u.m.Reports {
			r := requests[u.m.Reports[i].ReportRequestID]
			if u.ven == nil || r == nil || r.VENNo != u.ven.No {
				continue
			}
			for j := range u.m.Reports[i].Intervals {
				for _, payload := range u.m.Reports[i].Intervals[j].Payloads {
					if p.no(r, payload.RID) == 0 {
						unknown[r] = append(unknown[r], payload.RID)
					}
				}
			}
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	requested, err := requestedPoints(tx, unknown)
	if err != nil {
		return err
	}
	nos, err := tx.PointNos(slices.Collect(maps.Values(requested)))
	if err != nil {
		return err
	}
	for r, rIDs := range unknown {
		for _, rID := range rIDs {
			one := requestedPoint{r.No, rID}
			if no := nos[requested[one]]; no != 0 {
				p.of(r)[one] = no
			}
		}
	}
	return nil
}

// requestedPoints returns the data points of those rIDs that their requests ask for.
func requestedPoints(tx ReportReader, rIDs map[*ReportRequest][]string) (map[requestedPoint]Point, error) {
	var requests []int64
	for r := range rIDs {
		requests = append(requests, r.No)
	}
	all, err := tx.RequestedRIDs(requests)
	if err != nil {
		return nil, err
	}
	requested := map[requestedPoint]Point{}
	for r, some := range rIDs {
		wanted := setOf(all[r.No])
		for _, rID := range some {
			if wanted[rID] {
				requested[requestedPoint{r.No, rID}] = Point{r.VENNo, r.SpecifierID, rID}
			}
		}
	}
	return requested, nil
}
