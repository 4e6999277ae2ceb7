package core_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

func TestE25EventsThatOneMessageDoesNotHold(t *testing.T) {
	r := start(t)
	r.join("ven1", group("g"))
	r.join("ven2", group("g"), group("h"))
	r.join("ven3", group("h"))
	g, h := core.Target{Kind: core.TargetGroup, Value: "g"}, core.Target{Kind: core.TargetGroup, Value: "h"}
	try := func(s core.EventSpec) error { _, err := r.CreateEvent(t.Context(), s, "test"); return err }
	modify := func(eventID string, change func(*core.EventSpec)) error {
		_, err := r.ModifyEvent(t.Context(), eventID, func(s core.EventSpec) (core.EventSpec, error) { change(&s); return s, nil }, "test")
		return err
	}
	r.create(prices(1, g))
	r.create(prices(2, h))
	full(t, try(prices(3, g)), "ven2 2")
	if _, err := r.Event(t.Context(), "day3"); !errors.Is(err, core.ErrNotFound) {
		t.Errorf("a refused event is stored: %v", err)
	}
	r.create(prices(3, venIDs("ven1")...))
	full(t, modify("day3", func(s *core.EventSpec) { s.Targets = venIDs("ven1", "ven2") }), "ven2 2")
	small := simple(g)
	small.EventID, small.Overlap = "small", "allow"
	r.create(small)
	full(t, modify("small", func(s *core.EventSpec) {
		p := prices(0)
		s.Signals, s.Duration = p.Signals, p.Duration
	}), "ven1 2", "ven2 2")
	if err := modify("day1", func(s *core.EventSpec) { s.Comment = "a word more" }); err != nil {
		t.Errorf("a longer comment, which fits: %v", err)
	}

	groups := func(ven string, g ...string) error {
		_, err := r.ModifyVEN(t.Context(), ven, func(v *core.VEN) error { v.Groups = g; return nil })
		return err
	}
	full(t, groups("ven1", "g", "h"), "ven1 2")
	if v, _ := r.VEN(t.Context(), "ven1"); len(v.Groups) != 1 {
		t.Errorf("refused, it has the groups %v", v.Groups)
	}
	_, err := r.AddVEN(t.Context(), core.VEN{VENID: "ven4", Groups: []string{"g", "h"}})
	if err != nil {
		t.Errorf("entered where there is room: %v", err)
	}
	r.cancel("day2") // makes room at once, though nobody has answered
	if err := groups("ven1", "g", "h"); err != nil {
		t.Errorf("with room again: %v", err)
	}

	// A VEN that is not to be told needs no room.
	r.join("ven5", group("g"))
	must[*oadr.CreatedPartyRegistration](r, peer("ven5"), func() *oadr.CreatePartyRegistration { m := registration(); m.ReportOnly = true; return m }())
	r.create(prices(5, venIDs("ven5")...))
	r.create(prices(6, venIDs("ven5")...))
	r.create(prices(7, venIDs("ven5")...))
	// An event that is over needs none.
	r.clock.Move(48 * time.Hour)
	if err := try(prices(8, g)); err != nil {
		t.Errorf("after the first day: %v", err)
	}
}

// A registration that would bring a VEN too many events is refused and changes nothing.
// If the labels stay the same, the VEN gets the events that there is room for.
func TestE25RegistrationThatOneMessageDoesNotHold(t *testing.T) {
	r, o := decided(t)
	r.join("keeper", group("g"), group("h")) // so that the groups are known
	r.join("ven1", group("g"))
	if _, err := r.ModifyVEN(t.Context(), "keeper", func(v *core.VEN) error { v.Groups = []string{"h"}; return nil }); err != nil {
		t.Fatal(err)
	}
	g, h := core.Target{Kind: core.TargetGroup, Value: "g"}, core.Target{Kind: core.TargetGroup, Value: "h"}
	r.create(prices(1, g))
	r.create(prices(2, g))
	r.create(prices(3, h))
	o.says(core.Decision{Accept: true, Groups: []string{"g", "h"}})
	for _, from := range []string{"ven1", "ven2"} {
		got := must[created](r, peer(from), registration())
		if got.Response.Code != oadr.CodeNotAllowed || !strings.Contains(got.Response.Description, "one message") {
			t.Errorf("%s: %+v", from, got.Response)
		}
	}
	if v, err := r.VEN(t.Context(), "ven1"); err != nil || len(v.Groups) != 1 || v.Registration == nil {
		t.Errorf("refused, ven1 is %+v, %v", v, err)
	}
	o.says(core.Decision{Accept: true})
	wantCode(t, must[created](r, peer("ven1"), registration()).Response, oadr.CodeOK, "r1")
}
