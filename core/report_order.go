package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

const (
	maxOpenReports = 1000   // of one VEN
	maxRequested   = 200000 // requests made by one order
	maxListed      = 100    // valid values named in an error
	maxRIDs        = 10000  // named by one order
)

// RequestReports requests reports of VENs. Each VEN is sent all its requests of one call in
// one message. When it returns, the requests are durable. The error is an [*InvalidError] if
// a spec is wrong or fits nothing that a VEN offers; then nothing is requested.
func (s *ReportService) RequestReports(ctx context.Context, specs []ReportSpec, by string) (orders []*ReportOrder, requests []*ReportRequest, err error) {
	now := s.clock.Now()
	if err := checkReportSpecs(specs); err != nil {
		return nil, nil, err
	}
	err = s.reg.Change(ctx, func(tx Tx, rev int64) error {
		orders, requests = nil, nil
		var problems []Problem
		for i, spec := range specs {
			o := &ReportOrder{OrderID: newID("ord-", 10), ReportSpec: spec, CreatedAt: now, CreatedBy: by}
			made, wrong, err := storeOrder(tx, o, field(specs, i), rev, now)
			if err != nil {
				return err
			}
			orders, requests, problems = append(orders, o), append(requests, made...), append(problems, wrong...)
		}
		if problems == nil {
			problems = s.tooLarge(requests)
		}
		if problems != nil {
			return &InvalidError{problems}
		}
		if err := tx.PutReportRequests(requests); err != nil {
			return err
		}
		return tx.MarkReports(rev, reportUrgency(requests), queueTime(now, now))
	})
	if err != nil {
		return nil, nil, err
	}
	for _, o := range orders {
		s.log.Info().Str("orderID", o.OrderID).Str("reportSpecifierID", o.SpecifierID).Bool("standing", o.Standing).Str("by", by).Msg("reports requested")
	}
	for _, r := range requests {
		s.log.Debug().Str("venID", r.VENID).Str("reportRequestID", r.ReportRequestID).Msg("report requested")
	}
	return orders, requests, nil
}

// tooLarge refuses requests that make the message to one VEN larger than a payload may be.
// It measures exactly only those messages that may be too large by a rough estimate.
func (s *ReportService) tooLarge(requests []*ReportRequest) []Problem {
	most, estimate := s.roomInPayload(), map[int64]int{}
	for _, r := range requests {
		estimate[r.VENNo] += r.most()
	}
	messages := map[int64]*oadr.CreateReport{}
	for _, r := range requests {
		if estimate[r.VENNo] <= most {
			continue
		}
		if messages[r.VENNo] == nil {
			messages[r.VENNo] = &oadr.CreateReport{VENID: r.VENID}
		}
		messages[r.VENNo].Requests = append(messages[r.VENNo].Requests, r.message())
	}
	for _, m := range messages {
		if n := len(oadr.Append(nil, oadr.Form{}, m)); n > most {
			return []Problem{{"requests", "G5", fmt.Sprintf("make a message of %d bytes for VEN %s, %d are possible; request less at once, or fewer rIDs", n, m.VENID, most)}}
		}
	}
	return nil
}

// roomInPayload returns how many bytes events or report requests may take. The rest, a tenth
// of the payload if that is enough, is for what surrounds them.
func (c *common) roomInPayload() int {
	around := len(oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: strings.Repeat("x", maxToken), VTNID: c.cfg.VTNID}))
	return c.cfg.MaxPayload - max(c.cfg.MaxPayload/10, around+c.spare()+c.signing())
}

// most returns a number of bytes that the request does not exceed in a message.
func (r *ReportRequest) most() int {
	n := 2000
	for _, id := range r.RIDs {
		n += 200 + 6*len(id)
	}
	return n
}

// reportUrgency puts few requests before many, as with events.
func reportUrgency(requests []*ReportRequest) Urgency {
	if len(requests) <= fewVENs {
		return UrgencyFew
	}
	return UrgencyNormal
}

// field returns the path of one of several specs in the JSON.
func field(specs []ReportSpec, i int) string {
	if len(specs) == 1 {
		return ""
	}
	return fmt.Sprintf("requests[%d].", i)
}

// storeOrder stores an order and makes its requests, or returns what is wrong with it.
func storeOrder(tx Tx, o *ReportOrder, at string, rev int64, now time.Time) (made []*ReportRequest, problems []Problem, err error) {
	if err := checkTargets(tx, o.Targets); err != nil {
		var invalid *InvalidError
		if errors.As(err, &invalid) {
			for _, p := range invalid.Problems {
				p.Field = at + p.Field
				problems = append(problems, p)
			}
			return nil, problems, nil
		}
		return nil, nil, err
	}
	matches, err := matching(tx, o.ReportSpec, now)
	if err != nil {
		return nil, nil, err
	}
	if problems, err = o.misses(tx, at, matches, now); err != nil || problems != nil {
		return nil, problems, err
	}
	if err := tx.PutReportOrder(o); err != nil {
		return nil, nil, err
	}
	for _, m := range matches {
		made = append(made, o.request(m, rev, now))
	}
	return made, nil, nil
}

// matching returns the offers that fit a spec. One offer must have all data points that the
// spec names.
func matching(tx ReportReader, s ReportSpec, now time.Time) ([]ReportMatch, error) {
	matches, err := tx.MatchingOffers(s, 0, maxRequested+1)
	return s.meant(slices.DeleteFunc(matches, func(m ReportMatch) bool { return s.lacks(&m) }), now), err
}

// lacks reports whether the spec names data points that the offer does not have.
func (s *ReportSpec) lacks(m *ReportMatch) bool {
	return s.SpecifierID != oadr.SpecifierMetadata && len(s.RIDs) > len(m.Points)
}

// misses returns why an order cannot be stored. If it names a single VEN, the reason says
// what that VEN offers.
func (o *ReportOrder) misses(tx Reader, at string, matches []ReportMatch, now time.Time) (problems []Problem, err error) {
	switch {
	case len(matches) > maxRequested:
		return []Problem{{at + "targets", "", fmt.Sprintf("make more than %d requests; name fewer", maxRequested)}}, nil
	case len(matches) == 0 && o.Standing && !o.onlyVEN(): // VENs that fit may come
		problems = o.unfit(o.ReportName, now)
	case len(matches) == 0:
		return o.offersInstead(tx, at)
	}
	for i := range matches {
		if problems = o.misfit(&matches[i], now); problems != nil {
			break
		}
	}
	for i := range problems {
		problems[i].Field = at + problems[i].Field
	}
	return problems, nil
}

// onlyVEN reports whether the order names one VEN, by its venID, and nobody else.
func (o *ReportOrder) onlyVEN() bool { return len(o.Targets) == 1 && o.Targets[0].Kind == TargetVENID }

// refuses returns which data point the VEN cannot report in such steps, empty for none.
func (m *ReportMatch) refuses(granularity time.Duration) string {
	for _, p := range m.Points {
		if !p.reads(granularity) {
			return fmt.Sprintf("VEN %s reads %s of report %s every %s to %s; use that, or PT0S to leave it to the VEN", m.VENID, excerpt.Of(p.RID), excerpt.Of(m.SpecifierID),
				oadr.FormatDuration(p.MinPeriod), oadr.FormatDuration(p.MaxPeriod))
		}
	}
	return ""
}

// offersInstead returns a problem that says what a VEN offers instead of what was ordered.
func (o *ReportOrder) offersInstead(tx Reader, at string) ([]Problem, error) {
	none := []Problem{{at + "targets", "R3", "no registered VEN among these offers such a report; see the VENs' reports"}}
	if !o.onlyVEN() {
		return none, nil
	}
	ven, err := tx.VEN(o.Targets[0].Value)
	if err != nil {
		return nil, err
	}
	if ven.Registration == nil {
		return []Problem{{at + "venID", "R3", fmt.Sprintf("VEN %s is not registered", ven.VENID)}}, nil
	}
	if ven.speaks(oadr.Profile20a) {
		return []Problem{{at + "venID", "A1", fmt.Sprintf("VEN %s is of 2.0a, which has no reports", ven.VENID)}}, nil
	}
	offers, err := tx.Offers(ven.No)
	if err != nil {
		return nil, err
	}
	var specifiers []string
	for i := range offers {
		f := &offers[i]
		if specifiers = append(specifiers, f.SpecifierID); f.SpecifierID != o.SpecifierID {
			continue
		}
		var problems []Problem
		for i, id := range o.RIDs {
			if !slices.Contains(f.rIDs(), id) {
				problems = append(problems, Problem{fmt.Sprintf("%srIDs[%d]", at, i), "R3",
					fmt.Sprintf("%q is not registered in report %s; there are: %s", excerpt.Of(id), excerpt.Of(f.SpecifierID), listed(f.rIDs()))})
			}
		}
		if problems == nil {
			problems = []Problem{{at + "reportSpecifierID", "R3", fmt.Sprintf("no data point of report %s fits; there are: %s", excerpt.Of(f.SpecifierID), listed(f.rIDs()))}}
		}
		return problems, nil
	}
	if len(specifiers) == 0 {
		return []Problem{{at + "venID", "R3", fmt.Sprintf("VEN %s has registered no reports", ven.VENID)}}, nil
	}
	if o.SpecifierID != "" {
		return []Problem{{at + "reportSpecifierID", "R3", fmt.Sprintf("VEN %s has registered no report %q; there are: %s", ven.VENID, excerpt.Of(o.SpecifierID), listed(specifiers))}}, nil
	}
	return []Problem{{at + "reportSpecifierID", "R3", fmt.Sprintf("no report of VEN %s fits; there are: %s", ven.VENID, listed(specifiers))}}, nil
}

// listed joins values, at most as many as a person would read.
func listed(values []string) string {
	if len(values) > maxListed {
		return strings.Join(values[:maxListed], ", ") + ", …"
	}
	return strings.Join(values, ", ")
}

// request returns the request of the order for one VEN's offer.
func (o *ReportOrder) request(m ReportMatch, rev int64, now time.Time) *ReportRequest {
	r := &ReportRequest{
		ReportRequestID: newID("rr-", 12),
		OrderID:         o.OrderID,
		VENNo:           m.VENNo,
		VENID:           m.VENID,
		SpecifierID:     m.SpecifierID,
		ReportName:      m.ReportName,
		Granularity:     o.Granularity,
		ReportBack:      o.ReportBack,
		Start:           o.Start,
		Duration:        o.Duration,
		State:           ReportPending,
		Rev:             rev,
		Piggyback:       o.Piggyback,
		CreatedAt:       now,
		CreatedBy:       o.CreatedBy,
	}
	if isHistory(m.ReportName) && !o.Early {
		r.Start, r.Duration = o.past(now)
	}
	for _, p := range m.Points {
		r.RIDs = append(r.RIDs, p.RID)
	}
	return r
}
