package test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestCertificationOptSchedules follows one VEN's schedules, and what they say of an
// event tomorrow.
func TestCertificationOptSchedules(t *testing.T) {
	s := start(t)
	v := s.join()
	id := venID(v)
	spec := event(id)
	spec.Start = spec.Start.Add(23 * time.Hour)
	e := s.create(spec)
	s.opted(e.EventID, id, oadr.OptIn) // so it said of the event itself
	tell := func(t *testing.T, schedule ven.Schedule) string {
		t.Helper()
		optID, err := v.OptSchedule(t.Context(), schedule)
		if err != nil {
			t.Fatal(err)
		}
		return optID
	}
	// shown are the opts that stand; the event is opted out of by one, or none.
	shown := func(t *testing.T, count int, outBy string) []client.Opt {
		t.Helper()
		page := runJSON[client.Page[client.Opt]](s.in(t), "opt", "list", "--ven", id)
		if len(page.Items) != count {
			t.Fatalf("the operator sees %+v", page.Items)
		}
		got := s.in(t).status(e.EventID, id)
		if by := got.ScheduleOpt; (by != nil && by.Opt == oadr.OptOut) != (outBy != "") || outBy != "" && by.OptID != outBy {
			t.Errorf("of the event the schedules say %+v, want optOut by %q", by, outBy)
		}
		if got.Opt != oadr.OptIn {
			t.Errorf("the opt for the event itself is %s", got.Opt)
		}
		vens, err := s.EventVENsOptedOutBySchedule(t.Context(), e.EventID)
		if err != nil || (len(vens) == 1) != (outBy != "") {
			t.Errorf("opted out by schedule are %+v, %v", vens, err)
		}
		return page.Items
	}

	var optID string
	t.Run("P1 created", func(t *testing.T) {
		from := e.Start.Add(-time.Hour)
		optID = tell(t, ven.Schedule{Reason: "economic", MarketContext: e.MarketContext, Periods: []oadr.Available{{Start: from, Duration: 90 * time.Minute}, {Start: from.Add(48 * time.Hour), Duration: time.Hour}}})
		o := shown(t, 1, optID)[0]
		if o.OptID != optID || o.OptType != oadr.OptOut || o.Reason != "economic" || o.MarketContext != e.MarketContext || len(o.Periods) != 2 ||
			!o.Periods[0].Start.Equal(from) || !o.Periods[0].End.Equal(from.Add(90*time.Minute)) || len(o.Resources) != 0 {
			t.Errorf("on record is %+v", o)
		}
	})
	t.Run("P2 replaced", func(t *testing.T) {
		from := e.Start.Add(72 * time.Hour)
		if again := tell(t, ven.Schedule{OptID: optID, Periods: []oadr.Available{{Start: from, Duration: time.Hour}}}); again != optID {
			t.Errorf("replaced %s as %s", optID, again)
		}
		o := shown(t, 1, "")[0]
		if o.OptID != optID || o.MarketContext != "" || len(o.Periods) != 1 || !o.Periods[0].Start.Equal(from) {
			t.Errorf("on record is %+v", o)
		}
	})
	var open string
	t.Run("P4 open-ended", func(t *testing.T) {
		open = tell(t, ven.Schedule{Periods: []oadr.Available{{Start: e.Start.Add(-time.Minute)}}})
		all := shown(t, 2, open)
		if o := all[slices.IndexFunc(all, func(o client.Opt) bool { return o.OptID == open })]; len(o.Periods) != 1 || o.Periods[0].End != nil {
			t.Errorf("on record is %+v", o)
		}
		page, err := s.ListOpts(t.Context(), client.OptFilter{VENID: id, Active: true, At: e.Start.AddDate(50, 0, 0)}, "", 0)
		if err != nil || len(page.Items) != 1 || page.Items[0].OptID != open {
			t.Errorf("in force in fifty years are %+v, %v", page, err)
		}
	})
	t.Run("P3 cancelled", func(t *testing.T) {
		for _, one := range []string{open, optID} {
			if err := v.CancelOpt(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
		shown(t, 0, "")
		page, err := s.ListOpts(t.Context(), client.OptFilter{VENID: id, Cancelled: true}, "", 0)
		if err != nil || len(page.Items) != 2 || page.Items[0].CancelledAt == nil {
			t.Errorf("on record are %+v, %v", page, err)
		}
	})
	t.Run("P3 an unknown optID", func(t *testing.T) {
		for _, unknown := range []string{"nowhere", strings.ToUpper(optID) + "x", optID} { // the last is cancelled already
			var no *ven.ResponseError
			if err := v.CancelOpt(t.Context(), unknown); !errors.As(err, &no) || no.Kind != oadr.KindCanceledOpt || no.Code != oadr.CodeInvalidID {
				t.Errorf("cancelling %s is answered %v, want 452", unknown, err)
			}
		}
		shown(t, 0, "")
	})
	t.Run("P1 P5 refused", func(t *testing.T) {
		both := oadr.CreateOpt{OptType: oadr.OptOut, OptReason: "economic", Schedule: true, Availability: []oadr.Available{{Start: e.Start}}, Event: &oadr.QualifiedEventID{EventID: e.EventID}}
		neither, other := both, both
		neither.Schedule, neither.Availability, neither.Event = false, nil, nil
		other.Event, other.Target = nil, oadr.Target{VENs: []string{"another"}}
		for _, x := range []struct {
			name string
			opt  oadr.CreateOpt
			want oadr.Code
		}{{"both", both, oadr.CodeInvalidData}, {"neither", neither, oadr.CodeInvalidData}, {"another's venID", other, oadr.CodeInvalidID}} {
			var no *ven.ResponseError
			if _, err := v.CreateOpt(t.Context(), x.opt); !errors.As(err, &no) || no.Kind != oadr.KindCreatedOpt || no.Code != x.want {
				t.Errorf("%s: answered %v, want %d", x.name, err, x.want)
			}
		}
		shown(t, 0, "")
	})
}
