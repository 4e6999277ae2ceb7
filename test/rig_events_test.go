package test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// eventDesk is the operator's work with events and opts.
type eventDesk struct{ vens }

// create creates an event that the API must accept.
func (s *eventDesk) create(spec client.EventSpec) *client.Event {
	s.t.Helper()
	e, err := s.CreateEvent(s.t.Context(), spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// patchEvent changes an event by a patch that the API must accept.
func (s *eventDesk) patchEvent(eventID string, p patch) *client.Event {
	s.t.Helper()
	e, err := s.PatchEvent(s.t.Context(), eventID, p)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// comment changes an event, so that it is pushed again.
func (s *eventDesk) comment(e *client.Event, text string) {
	s.t.Helper()
	if _, err := s.PatchEvent(s.t.Context(), e.EventID, map[string]string{"comment": text}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *eventDesk) cancel(eventID string) *client.Event {
	s.t.Helper()
	e, err := s.CancelEvent(s.t.Context(), eventID)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// events lists all events.
func (s *eventDesk) events() ([]client.Event, error) {
	var events []client.Event
	for cursor := ""; ; {
		page, err := s.ListEvents(s.t.Context(), cursor, 0)
		if err != nil {
			return nil, err
		}
		events = append(events, page.Items...)
		if cursor = page.Next; cursor == "" {
			return events, nil
		}
	}
}

// status returns how a VEN stands with an event.
func (s *eventDesk) status(eventID, venID string) client.EventVEN {
	s.t.Helper()
	vens, err := s.EventVENs(s.t.Context(), eventID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range vens {
		if v.VENID == venID {
			return v
		}
	}
	s.t.Fatalf("event %s does not list %s: %+v", eventID, venID, vens)
	return client.EventVEN{}
}

// delivery waits until a VEN has this delivery of an event, and returns how it stands.
func (s *eventDesk) delivery(eventID, venID, want string) client.EventVEN {
	s.t.Helper()
	var last client.EventVEN
	s.eventually(fmt.Sprintf("delivery to %s to be %s", venID, want), func() bool {
		last = s.status(eventID, venID)
		return last.Delivery == want
	})
	return last
}

// opted waits for a VEN's opt for an event.
func (s *eventDesk) opted(eventID, venID, opt string) {
	s.t.Helper()
	s.eventually(venID+" to be "+opt+" for "+eventID, func() bool { return s.status(eventID, venID).Opt == opt })
}

// count counts the VENs of an event with this delivery.
func (s *eventDesk) count(e *client.Event, delivery string) (n int) {
	s.t.Helper()
	vens, err := s.EventVENs(s.t.Context(), e.EventID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, v := range vens {
		if v.Delivery == delivery {
			n++
		}
	}
	return n
}

// own is the modificationNumber that a VEN is to hold of an event: the event's, unless
// it was taken off and came back, or was not told of some changes.
func (s *eventDesk) own(eventID, venID string) uint32 {
	rows, err := s.EventVENs(s.t.Context(), eventID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range rows {
		if r.VENID == venID {
			return r.Current
		}
	}
	s.t.Fatalf("%s is not listed for %s", venID, eventID)
	return 0
}

// opts returns opts, as the API lists them.
func (s *eventDesk) opts(filter client.OptFilter) []client.Opt {
	s.t.Helper()
	page, err := s.ListOpts(s.t.Context(), filter, "", 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	return page.Items
}

// converge waits until each of these VENs holds exactly its events as the API shows them, and the API shows each as acknowledged.
func (s *eventDesk) converge(vens []*ven.VEN) {
	s.t.Helper()
	s.convergeWithin(vens, patience)
}

func (s *eventDesk) convergeWithin(vens []*ven.VEN, patience time.Duration) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		wrong := s.differences(vens)
		if len(wrong) == 0 {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("after %s the VENs and the registry still differ in %d things:\n%s", patience, len(wrong), strings.Join(wrong[:min(len(wrong), 50)], "\n"))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *eventDesk) differences(vens []*ven.VEN) (wrong []string) {
	s.t.Helper()
	events, err := s.events()
	if err != nil {
		return []string{err.Error()}
	}
	for _, v := range vens {
		wrong = append(wrong, s.holdings(v, events)...)
	}
	if len(wrong) > 0 {
		return wrong // the rest is worth asking only when this is right
	}
	for _, e := range events {
		rows, err := s.EventVENs(s.t.Context(), e.EventID)
		if err != nil {
			return []string{err.Error()}
		}
		missing := map[string]bool{} // those the registry must tell of, until it does
		for _, v := range vens {
			missing[venID(v)] = concerns(e, venID(v))
		}
		for _, r := range rows {
			if _, asked := missing[r.VENID]; !asked {
				continue
			}
			delete(missing, r.VENID)
			switch {
			case r.Delivery != "acknowledged":
				wrong = append(wrong, fmt.Sprintf("the delivery of %s to %s is %s after %d attempts, last error %q", e.EventID, r.VENID, r.Delivery, r.Attempts, r.LastError))
			case !r.Withdrawn && (r.ModificationNumber == nil || *r.ModificationNumber != r.Current):
				wrong = append(wrong, fmt.Sprintf("%s is said to hold another modificationNumber of %s than %d", r.VENID, e.EventID, r.Current))
			}
		}
		for id, due := range missing {
			if due {
				wrong = append(wrong, fmt.Sprintf("%s is not told to be for %s", e.EventID, id))
			}
		}
	}
	return wrong
}

// holdings describes what is wrong with the events that a VEN holds. It must hold each event that concerns it in its present
// state, and no other, except cancelled events.
func (s *eventDesk) holdings(v *ven.VEN, events []client.Event) (wrong []string) {
	held := map[string]oadr.EventDescriptor{}
	for _, e := range v.Events() {
		held[e.Descriptor.EventID] = e.Descriptor
	}
	for _, e := range events {
		d, holds := held[e.EventID]
		delete(held, e.EventID)
		switch over := e.Status == oadr.StatusCancelled || !concerns(e, venID(v)); {
		case over && (!holds || d.Status == oadr.StatusCancelled):
		case over:
			wrong = append(wrong, fmt.Sprintf("%s holds %s as %s, and it is cancelled for it", venID(v), e.EventID, d.Status))
		case !holds:
			wrong = append(wrong, fmt.Sprintf("%s does not hold %s", venID(v), e.EventID))
		case d.ModificationNumber == e.ModificationNumber && d.Status != oadr.StatusCancelled:
		default:
			if want := s.own(e.EventID, venID(v)); d.ModificationNumber != want || d.Status == oadr.StatusCancelled {
				wrong = append(wrong, fmt.Sprintf("%s holds modificationNumber %d of %s as %s, want %d", venID(v), d.ModificationNumber, e.EventID, d.Status, want))
			}
		}
	}
	for id := range held {
		wrong = append(wrong, fmt.Sprintf("%s holds %s, which there is not", venID(v), id))
	}
	return wrong
}

// deliver creates an event, then awaits and acknowledges its push, which may hold earlier events, too.
func (s *eventDesk) deliver(p *puppet, spec client.EventSpec) oadr.Event {
	s.t.Helper()
	s.create(spec)
	q := p.expect(oadr.KindDistributeEvent)
	q.ok()
	for _, e := range q.Message.(*oadr.DistributeEvent).Events {
		if e.Descriptor.EventID == spec.EventID {
			return e
		}
	}
	s.t.Fatalf("%s is not in %s", spec.EventID, q.Raw)
	return oadr.Event{}
}

// refuses creates an event that the API must refuse as invalid (422).
func (s *eventDesk) refuses(what string, spec client.EventSpec) {
	s.t.Helper()
	var p *client.Problem
	if _, err := s.CreateEvent(s.t.Context(), spec); !errors.As(err, &p) || p.Status != http.StatusUnprocessableEntity {
		s.t.Errorf("%s: answered %v, want 422", what, err)
	}
}

// conflicts checks that the API refuses a request that conflicts with the present state (409), and names the field and a rule.
func (s *eventDesk) conflicts(err error, field, rule string) {
	s.t.Helper()
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != http.StatusConflict || len(p.Errors) == 0 || p.Errors[0].Field != field || p.Errors[0].Rule != rule || p.Errors[0].Message == "" {
		s.t.Errorf("answered %v, want 409 with field %s and rule %s", err, field, rule)
	}
}

// for1 creates an event for a puppet, which acknowledges it.
func (s *eventDesk) for1(p *puppet, start time.Duration) *client.Event {
	s.t.Helper()
	spec := event(p.id)
	spec.Start = spec.Start.Add(start)
	e := s.create(spec)
	p.expect(oadr.KindDistributeEvent).ok()
	return e
}

// optedVEN is a puppet with two resources and a group, and an event for it from
// start on that it has.
func (s *eventDesk) optedVEN(start time.Duration) (*puppet, *client.Event) {
	s.t.Helper()
	p := s.puppet()
	s.patchVEN(p.id, patch{"resources": []string{"r1", "r2"}, "groups": []string{own(s.t, "g")}})
	p.expectEvents().ok()
	return p, s.for1(p, start)
}

// stand fails the test if a VEN's opts to an event are others; see [stands].
func (s *eventDesk) stand(e *client.Event, p *puppet, want string) {
	s.t.Helper()
	if got := stands(s.status(e.EventID, p.id)); got != want {
		s.t.Errorf("it stands %q, want %q", got, want)
	}
}
