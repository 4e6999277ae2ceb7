package test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// TestSpec9Spec116Simple: SIMPLE is a level of 0 to 3.
func TestSpec9Spec116Simple(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		spec := event(p.id)
		spec.Signals[0].Intervals[0].Value = 3
		s.create(spec)
		if got := p.expect(oadr.KindDistributeEvent).Message.(*oadr.DistributeEvent).Events[0].Signals[0]; got.Type != "level" || got.Intervals[0].Value != 3 {
			t.Errorf("pushed %+v", got)
		}
		for _, value := range []float64{4, 1.5, -1} {
			spec.Signals[0].Intervals[0].Value = value
			s.refuses("level", spec)
		}
		spec.Signals[0].Type, spec.Signals[0].Intervals[0].Value = "delta", 1
		s.refuses("delta", spec)
	})
}

// Spec 100 to 110: what stands in the signals and the baseline of an event.
func TestSpec100Spec101Spec102Spec103Spec105Spec106Spec107Spec108Spec110Signals(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		halves := func(a, b float64) []client.Interval {
			return []client.Interval{{Duration: "PT30M", Value: a}, {Duration: "PT30M", Value: b}}
		}
		spec := event(p.id)
		spec.Signals = []client.Signal{
			{Name: "SIMPLE", Type: "level", Intervals: halves(1, 2)},
			{Name: "LOAD_DISPATCH", Type: "level", Intervals: halves(-10, 10)},
			{Name: "ELECTRICITY_PRICE", Type: "price", Unit: &client.Unit{Type: "currencyPerKWh", Currency: "EUR"}, Intervals: halves(0.25, 0.5)},
		}
		spec.Baseline = &client.Baseline{Start: spec.Start.Add(-24 * time.Hour), Duration: "PT1H", ID: "b", Name: "yesterday", Resources: []string{"hall", "boiler"}, Intervals: halves(40, 41)}
		s.create(spec)
		q := p.expect(oadr.KindDistributeEvent)
		q.ok()
		e := q.Message.(*oadr.DistributeEvent).Events[0]
		if len(e.Signals) != 3 || e.Baseline == nil || !slices.Equal(e.Baseline.Resources, []string{"hall", "boiler"}) {
			t.Fatalf("pushed %s", q.Raw)
		}
		if n := e.ActivePeriod.Notification; n == nil || *n != 0 {
			t.Errorf("x-eiNotification is %v", n)
		}
		ids, series := map[string]bool{}, [][]oadr.Interval{e.Baseline.Intervals}
		for i, signal := range e.Signals {
			ids[signal.ID] = true
			series = append(series, signal.Intervals)
			if (signal.CurrentValue == nil) != (i > 0) {
				t.Errorf("before it is active, the currentValue of %s is %v", signal.Name, signal.CurrentValue)
			}
		}
		if len(ids) != 3 || ids[""] {
			t.Errorf("signalIDs are %v", ids)
		}
		for _, intervals := range series {
			for i, n := range intervals {
				if len(intervals) != 2 || n.Start != nil || n.Duration != 30*time.Minute || n.UID != strconv.Itoa(i) {
					t.Errorf("intervals are %+v", intervals)
				}
			}
		}
		if floats, payloads := strings.Count(q.Raw, "<payloadFloat"), strings.Count(q.Raw, "<signalPayload"); payloads != 8 || floats != payloads+1 { // a currentValue, too
			t.Errorf("%d payloadFloats and %d signalPayloads in %s", floats, payloads, q.Raw)
		}
		spec.Signals[1].Intervals[1].Duration = "PT20M"
		s.refuses("a signal that is shorter", spec)
		spec.Signals[1].Intervals[1].Duration, spec.Baseline.Duration = "PT30M", "PT2H"
		s.refuses("a baseline that is longer", spec)
		spec.Baseline, spec.Start = nil, time.Now().UTC().Truncate(time.Second)
		s.create(spec)
		q = p.expect(oadr.KindDistributeEvent)
		q.ok()
		for i, want := range []float64{1, -10, 0.25} {
			if got := q.Message.(*oadr.DistributeEvent).Events[0].Signals[i]; got.CurrentValue == nil || *got.CurrentValue != want {
				t.Errorf("active, the currentValue of %s is %v, want %v", got.Name, got.CurrentValue, want)
			}
		}
	})
}

// TestSpec104Table1: types, units and values are those of Table 1.
func TestSpec104Table1(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		hertz, volts := 50.0, 230.0
		kilowatts, kilowattHours := &client.Unit{Type: "powerReal", Scale: "k", Hertz: &hertz, Voltage: &volts}, &client.Unit{Type: "energyReal", Scale: "k"}
		euros := func(per string) *client.Unit { return &client.Unit{Type: "currency" + per, Currency: "EUR"} }
		celsius := &client.Unit{Type: "temperature", Units: "celsius"}
		spec := event(p.id)
		of := func(name, typ string, unit *client.Unit, value float64) client.Signal {
			return client.Signal{Name: name, Type: typ, Unit: unit, Intervals: []client.Interval{{Duration: "PT1H", Value: value}}}
		}
		spec.Signals = []client.Signal{
			of("SIMPLE", "level", nil, 3), of("ELECTRICITY_PRICE", "price", euros("PerKWh"), -1.5), of("ENERGY_PRICE", "priceRelative", euros("PerKWh"), 0.5),
			of("ENERGY_PRICE", "priceMultiplier", nil, 1.5), of("DEMAND_CHARGE", "price", euros("PerKW"), 7), of("BID_PRICE", "price", euros(""), 7), of("BID_LOAD", "setpoint", kilowatts, 7.5),
			of("BID_ENERGY", "setpoint", kilowattHours, 7.5), of("CHARGE_STATE", "delta", kilowattHours, -7.5), of("CHARGE_STATE", "multiplier", nil, 0.75),
			of("LOAD_DISPATCH", "setpoint", kilowatts, 7.5), of("LOAD_DISPATCH", "multiplier", nil, 7.5), of("LOAD_DISPATCH", "level", kilowatts, -10), of("LOAD_DISPATCH", "level", nil, 10),
			of("LOAD_CONTROL", "x-loadControlCapacity", nil, 0.5), of("LOAD_CONTROL", "x-loadControlLevelOffset", nil, -3), of("LOAD_CONTROL", "x-loadControlLevelOffset", celsius, 2),
			of("LOAD_CONTROL", "x-loadControlSetpoint", nil, 0.5), of("LOAD_CONTROL", "x-loadControlSetpoint", celsius, 20.5), of("LOAD_CONTROL", "x-loadControlPercentOffset", nil, -20.5),
			of("x-own", "level", celsius, 99.5),
		}
		s.create(spec)
		q := p.expect(oadr.KindDistributeEvent)
		q.ok()
		for i, got := range q.Message.(*oadr.DistributeEvent).Events[0].Signals {
			if want := spec.Signals[i]; got.Name != want.Name || got.Type != want.Type || (got.Unit == nil) != (want.Unit == nil) || got.Unit != nil && got.Unit.Type != want.Unit.Type || got.Intervals[0].Value != want.Intervals[0].Value {
				t.Errorf("pushed %+v in %+v, want %+v", got, got.Unit, want)
			}
		}
		for _, wrong := range []client.Signal{
			of("LOAD_DISPATCH", "level", nil, 50), of("LOAD_DISPATCH", "level", kilowatts, 1.5), of("LOAD_DISPATCH", "level", kilowattHours, 1), of("LOAD_DISPATCH", "setpoint", nil, 1),
			of("LOAD_CONTROL", "x-loadControlCapacity", nil, 5), of("LOAD_CONTROL", "x-loadControlLevelOffset", nil, 1.5), of("LOAD_CONTROL", "x-loadControlSetpoint", kilowatts, 1),
			of("CHARGE_STATE", "multiplier", nil, 3), of("CHARGE_STATE", "multiplier", kilowattHours, 1), of("ELECTRICITY_PRICE", "price", euros("PerKW"), 1), of("BID_PRICE", "price", nil, 1),
			of("LOAD_CONTROL", "level", nil, 1), of("BID_LOAD", "delta", kilowatts, 1), of("OTHER", "level", nil, 1),
		} {
			spec.Signals = []client.Signal{wrong}
			s.refuses(fmt.Sprintf("%+v", wrong), spec)
		}
	})
}

// TestSpec111Spec63DeviceClasses: the eiTarget of a signal holds device classes of the list only, or is absent.
func TestSpec111Spec63DeviceClasses(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		spec := event(p.id)
		classes := append(slices.Clone(oadr.DeviceClasses), "x-Toaster")
		spec.Signals = append(spec.Signals, spec.Signals[0])
		spec.Signals[1].DeviceClasses = classes
		s.create(spec)
		q := p.expect(oadr.KindDistributeEvent)
		q.ok()
		m := q.Message.(*oadr.DistributeEvent).Events[0]
		if m.Signals[0].Target != nil || !reflect.DeepEqual(m.Signals[1].Target, &oadr.Target{EndDeviceAssets: classes}) || !slices.Equal(m.Target.VENs, []string{p.id}) {
			t.Errorf("pushed %s", q.Raw)
		}
		for _, class := range []string{"Toaster", "thermostat", "THERMOSTAT", "x-", "Water Heater"} {
			spec.Signals[1].DeviceClasses = []string{class}
			s.refuses(class, spec)
		}
	})
}

// TestSpec512MarketContexts: market contexts are compared after normalisation, and
// sent as they are written.
func TestSpec512MarketContexts(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p, other := s.puppet(), s.puppet()
		mine := own(t, p.id)
		s.patchVEN(p.id, patch{"marketContexts": []string{"http://example.org/" + mine}})
		p.expectEvents().ok()
		s.patchVEN(other.id, patch{"marketContexts": []string{"http://example.org/" + strings.ToUpper(mine)}})
		spelled := "HTTP://Example.ORG:80/x/../%54" + strings.TrimPrefix(mine, "T")
		spec := event()
		spec.MarketContext, spec.Overlap, spec.Targets = spelled, "refuse", client.Targets{MarketContexts: []string{spelled}}
		e := s.create(spec)
		q := p.expectEvents(e.EventID + " 0 far")
		q.ok()
		if got := q.Message.(*oadr.DistributeEvent).Events[0].Descriptor.MarketContext; got != spelled {
			t.Errorf("sent is %q, want %q", got, spelled)
		}
		if vens, err := s.EventVENs(t.Context(), e.EventID); err != nil || len(vens) != 1 || vens[0].VENID != p.id {
			t.Errorf("it is for %+v, %v", vens, err)
		}
		spec.EventID, spec.MarketContext = "", "http://example.org/"+mine
		var problem *client.Problem
		if _, err := s.CreateEvent(t.Context(), spec); !errors.As(err, &problem) || problem.Status != http.StatusConflict {
			t.Errorf("overlapping in another spelling: %v", err)
		}
		schedule := p.optOf("s", oadr.OptOut, "", func(m *oadr.CreateOpt) {
			m.MarketContext, m.Availability = "http://EXAMPLE.org/"+mine, []oadr.Available{{Start: e.Start, Duration: time.Hour}}
		})
		p.says("oadrCreatedOpt 200", schedule)
		if got := s.status(e.EventID, p.id).ScheduleOpt; got == nil || got.Opt != oadr.OptOut {
			t.Errorf("its schedule says %+v", got)
		}
	})
}

// TestSpec512IDsInAnotherCase: IDs are compared case-sensitively.
func TestSpec512IDsInAnotherCase(t *testing.T) {
	eachWay(t, func(t *testing.T, s *stack) {
		p := s.puppet()
		s.patchVEN(p.id, patch{"groups": []string{"floor-" + p.id}, "resources": []string{"boiler-" + p.id}, "parties": []string{"acme-" + p.id}})
		p.expectEvents().ok()
		asked, _ := s.agrees(p, p.ofUsage())
		spec := event()
		spec.EventID = "e-" + p.id
		spec.Targets = client.Targets{Resources: []string{"boiler-" + p.id}}
		s.create(spec)
		q := p.expectEvents(spec.EventID + " 0 far")
		q.ok()
		upper := strings.ToUpper
		p.says("oadrDistributeEvent 452", &oadr.RequestEvent{RequestID: "r", VENID: upper(p.id)})
		p.says("oadrResponse 452", createdEvent(p.id, response(q.Message.Request(), upper(spec.EventID), 0, oadr.OptIn)))
		p.says("oadrCreatedOpt 452", p.optOf("o", oadr.OptIn, upper(spec.EventID)))
		p.says("oadrCreatedOpt 462", p.optOf("o", oadr.OptIn, spec.EventID, func(m *oadr.CreateOpt) { m.Target.Resources = []string{upper("boiler-" + p.id)} }))
		p.says("oadrCreatedOpt 200", p.optOf("o", oadr.OptIn, spec.EventID, func(m *oadr.CreateOpt) { m.Target.Resources = []string{"boiler-" + p.id} }))
		p.says("oadrCanceledOpt 452", &oadr.CancelOpt{RequestID: "c", OptID: "O", VENID: p.id})
		p.says("oadrCanceledPartyRegistration 452", &oadr.CancelPartyRegistration{RequestID: "c", RegistrationID: upper(p.registrationID), VENID: p.id})
		for _, spoil := range []func(*oadr.Report){
			func(r *oadr.Report) { r.ReportRequestID = upper(r.ReportRequestID) },
			func(r *oadr.Report) { r.ReportSpecifierID = upper(r.ReportSpecifierID) },
			func(r *oadr.Report) { r.Intervals[0].Payloads[0].RID = upper(r.Intervals[0].Payloads[0].RID) },
		} {
			report := reading(asked.ReportRequestID, time.Now(), 1)
			spoil(&report)
			p.says("oadrUpdatedReport 452", &oadr.UpdateReport{RequestID: "u", VENID: p.id, Reports: []oadr.Report{report}})
		}
		for _, targets := range []client.Targets{
			{VENIDs: []string{upper(p.id)}}, {Groups: []string{upper("floor-" + p.id)}}, {Resources: []string{upper("boiler-" + p.id)}}, {Parties: []string{upper("acme-" + p.id)}},
		} {
			spec.EventID, spec.Targets = "", targets
			s.refuses(fmt.Sprintf("%+v", targets), spec)
		}
	})
}
