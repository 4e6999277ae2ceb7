package fleet

import (
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

var _ ven.Meter = Meter{}

var midnight = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func TestMeterRepeatsItself(t *testing.T) {
	a, b := Meter{Seed: 1}, Meter{Seed: 2}
	if a.Demand("load1", midnight) != (Meter{Seed: 1}).Demand("load1", midnight.In(time.FixedZone("", 3600))) {
		t.Error("the same time has two values")
	}
	for name, other := range map[string]float64{
		"seed": b.Demand("load1", midnight), "load": a.Demand("load2", midnight), "time": a.Demand("load1", midnight.Add(time.Minute)),
	} {
		if other == a.Demand("load1", midnight) {
			t.Errorf("another %s makes no difference", name)
		}
	}
	if seedOf(1, "ven1@b") == seedOf(1, "ven2@b") || seedOf(1, "ven1@b") == seedOf(2, "ven1@b") {
		t.Error("two VENs have one seed")
	}
}

func TestMeterIsPlausible(t *testing.T) {
	m := Meter{Seed: 3}
	night, evening := 0.0, 0.0
	for n := range 1000 {
		at := midnight.Add(time.Duration(n) * 7 * time.Minute)
		d := m.Demand("load1", at)
		if d <= 0 || d > 11 {
			t.Fatalf("%v kW at %v", d, at)
		}
		night += m.Demand("load1", midnight.Add(6*time.Hour+time.Duration(n)*time.Second))
		evening += m.Demand("load1", midnight.Add(18*time.Hour+time.Duration(n)*time.Second))
	}
	if evening < 2*night {
		t.Errorf("the evening takes %v, the morning %v", evening, night)
	}
}

func TestMeterReadsStatusAndHistory(t *testing.T) {
	m := Meter{Seed: 3, Every: 10 * time.Minute}
	status, err := m.Read(t.Context(), statusReport, []string{"load1"}, midnight, 0)
	if err != nil || !status[0].Status.Online || status[0].Status.LoadControlState.Capacity.Current != m.Demand("load1", midnight) {
		t.Errorf("status %+v, %v", status, err)
	}
	for granularity, want := range map[time.Duration]int{0: 3, 5 * time.Minute: 5} {
		past, err := m.History(t.Context(), historyReport, []string{"load1", "load2"}, midnight, midnight.Add(25*time.Minute), granularity)
		if err != nil || len(past) != want || *past[want-1].Duration != 5*time.Minute || past[1].Payloads[1].Value != m.Demand("load2", past[1].Start) {
			t.Errorf("history by %v: %+v, %v", granularity, past, err)
		}
	}
}
