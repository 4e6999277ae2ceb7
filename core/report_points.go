package core

import (
	"maps"
	"slices"
)

// maxPoints bounds how many data points are remembered, but for those of a batch.
const maxPoints = 1 << 19

// points remembers the numbers of the data points that data came of, so that
// each is looked up once. They stay the same while a request is active, because a
// VEN that registers its reports anew ends it (rule R2); but for a request for
// the registration itself, which no data comes of. Those of pending requests are
// known for one batch, as these may be asked anew. One goroutine uses it.
type points struct{ active, pending map[requestedPoint]int64 }

type requestedPoint struct {
	requestNo int64
	rID       string
}

func newPoints() *points {
	return &points{active: map[requestedPoint]int64{}, pending: map[requestedPoint]int64{}}
}

// no is the number of a data point, 0 for one that the request does not ask for.
func (p *points) no(r *ReportRequest, rID string) int64 {
	return p.of(r)[requestedPoint{r.No, rID}]
}

func (p *points) of(r *ReportRequest) map[requestedPoint]int64 {
	if r.State == ReportPending {
		return p.pending
	}
	return p.active
}

// learn looks up the data points that a batch speaks of, where they are not known.
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
	asked, err := askedFor(tx, unknown)
	if err != nil {
		return err
	}
	nos, err := tx.PointNos(slices.Collect(maps.Values(asked)))
	if err != nil {
		return err
	}
	for r, rIDs := range unknown {
		for _, rID := range rIDs {
			one := requestedPoint{r.No, rID}
			if no := nos[asked[one]]; no != 0 {
				p.of(r)[one] = no
			}
		}
	}
	return nil
}

// askedFor are the data points of these rIDs, as far as their requests ask for them.
func askedFor(tx ReportReader, rIDs map[*ReportRequest][]string) (map[requestedPoint]Point, error) {
	var requests []int64
	for r := range rIDs {
		requests = append(requests, r.No)
	}
	all, err := tx.RequestedRIDs(requests)
	if err != nil {
		return nil, err
	}
	asked := map[requestedPoint]Point{}
	for r, some := range rIDs {
		wanted := setOf(all[r.No])
		for _, rID := range some {
			if wanted[rID] {
				asked[requestedPoint{r.No, rID}] = Point{r.VENNo, r.SpecifierID, rID}
			}
		}
	}
	return asked, nil
}
