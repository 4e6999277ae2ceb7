package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// alarm reads the journal until an alarm comes.
func (r *rig) alarm(after int64) core.JournalEntry {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.t.Context(), 150*time.Second)
	defer stop()
	for {
		part, err := r.JournalAfter(ctx, after)
		if err != nil || len(part.Entries) == 0 {
			r.t.Fatalf("no alarm came: %v", err)
		}
		for _, e := range part.Entries {
			if after = e.No; e.Kind == core.JournalAlarm {
				return e
			}
		}
	}
}

// A connection that is lost for longer than a moment is an alarm, until it is back.
func TestAlarmOfALostConnection(t *testing.T) {
	r := start(t)
	r.Disconnected("xmpp")
	r.clock.Move(5 * time.Second)
	r.Connected("xmpp") // in time
	r.Disconnected("xmpp")
	r.clock.Move(15 * time.Second)
	raised := r.alarm(0)
	if raised.What != core.AlarmConnection || raised.Body.State != "raised" || raised.Body.Transport != "xmpp" || raised.Body.Since != "2026-11-24T12:00:05Z" {
		t.Errorf("raised %+v", raised)
	}
	r.Connected("xmpp")
	if cleared := r.alarm(raised.No); cleared.What != core.AlarmConnection || cleared.Body.State != "cleared" {
		t.Errorf("cleared %+v", cleared)
	}
}

// VENs that lack an event that starts soon are an alarm, until they are told.
func TestAlarmOfVENsThatLackAnEvent(t *testing.T) {
	r := start(t)
	r.join("ven1")
	e := r.create(at("e", 5*time.Minute, time.Hour))
	r.pushedEvents() // which is not answered
	counting := core.New(core.Config{VTNID: "VTN"}, r.reg, r.clock, zerolog.Nop(), prometheus.NewRegistry())
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- counting.Run(ctx) }()
	defer func() {
		stop()
		<-done
	}()
	// Each move lets it count once more, or lets the alarm stand a while longer.
	raised := make(chan core.JournalEntry, 1)
	go func() { raised <- r.alarm(0) }()
	var got core.JournalEntry
	for moves := 0; got.No == 0; moves++ {
		r.clock.Move(5 * time.Second)
		select {
		case got = <-raised:
		case <-time.After(50 * time.Millisecond):
		}
		if moves > 600 {
			t.Fatal("no alarm is raised")
		}
	}
	if got.What != core.AlarmLacking || got.Body.State != "raised" || got.Body.Count != 1 {
		t.Errorf("raised %+v", got)
	}
	go r.acknowledgeAll()
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	cleared := make(chan core.JournalEntry, 1)
	go func() { cleared <- r.alarm(got.No) }()
	for end := time.Now().Add(150 * time.Second); ; {
		r.clock.Move(5 * time.Second)
		select {
		case got = <-cleared:
			if got.What != core.AlarmLacking || got.Body.State != "cleared" {
				t.Errorf("cleared %+v", got)
			}
			return
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("the alarm is not cleared")
		}
	}
}
