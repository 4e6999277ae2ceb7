package test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// prices returns an event of five-minute prices for a whole day, a number of days from now.
func prices(day int, eventID, venID string) client.EventSpec {
	spec := event(venID)
	spec.EventID, spec.MarketContext = eventID, "http://example.org/rtp"
	spec.Start = time.Now().UTC().Truncate(24 * time.Hour).Add(time.Duration(day) * 24 * time.Hour)
	spec.Duration = "P1D"
	signal := client.Signal{Name: "ELECTRICITY_PRICE", Type: "price", Unit: &client.Unit{Type: "currencyPerKWh", Currency: "EUR"}}
	for i := range 288 {
		signal.Intervals = append(signal.Intervals, client.Interval{Duration: "PT5M", Value: 0.05 + 0.00137*float64(i%97)})
	}
	spec.Signals = []client.Signal{signal}
	return spec
}

// TestE25DaysOfPrices: the API refuses an event that would make a VEN's events larger than a payload may be, and names the VEN. If
// a lowered limit makes stored events too large, the VEN receives those that fit, and the rest when there is room.
func TestE25DaysOfPrices(t *testing.T) {
	store := "VTN_STORE=sqlite:" + filepath.Join(t.TempDir(), "vtn.db")
	s := start(t, store)
	h := s.holder()
	id := venID(h.VEN)
	for day, eventID := range []string{"day1", "day2"} {
		s.create(prices(day+1, eventID, id))
		next(t, "a push", h.pushes)
		s.eventually("the answer", func() bool { return s.status(eventID, id).Opt == oadr.OptIn })
	}
	_, err := s.CreateEvent(t.Context(), prices(3, "day3", id))
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != 422 || len(p.Errors) != 1 || p.Errors[0].Rule != "E25" || !strings.Contains(p.Errors[0].Message, id) {
		t.Errorf("a third day: %v", err)
	}
	s.vtn.Close()

	s = start(t, store, "VTN_MAX_PAYLOAD=131072")
	s.cancel("day1")
	h.push("day1 1 cancelled")
	h.push("day2 0 far") // once it has answered
	s.delivery("day2", id, "acknowledged")
	if v, err := s.GetVEN(t.Context(), id); err != nil || len(v.EventsLeftOut) > 0 {
		t.Errorf("the VEN is shown as %+v, %v", v, err)
	}
	if w := s.status("day1", id); w.Delivery != "acknowledged" || w.LeftOut {
		t.Errorf("the cancellation is shown as %+v", w)
	}
}
