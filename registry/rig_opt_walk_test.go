package registry_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// optWalk takes random steps with a VTN on a store, and the same steps with the model.
type optWalk struct {
	*world
	*rand.Rand
	vtn    *core.VTN
	clock  *coretest.Clock
	peer   core.Peer
	events []string
	model  optModel
	step   int
	answer map[string]oadr.EventResponse
	sent   []*oadr.CreateOpt
	forgot time.Time // when room was made last; opts that were over by then may be deleted
}

func (o *optWalk) say(m oadr.Message) oadr.Message {
	o.Helper()
	reply, err := o.vtn.Handle(ctx, o.peer, &oadr.Payload{Message: m})
	o.must(err)
	return reply
}

func (o *optWalk) pick(of ...string) string { return of[o.IntN(len(of))] }

// opt is a new oadrCreateOpt.
func (o *optWalk) opt() *oadr.CreateOpt {
	m := &oadr.CreateOpt{RequestID: "r", VENID: "ven-1", OptID: o.pick("a", "b", "c"), OptType: o.pick("optIn", "optOut"), OptReason: "economic", CreatedDateTime: o.clock.Now()}
	if o.IntN(6) == 0 { // by a clock that is wrong
		m.CreatedDateTime = m.CreatedDateTime.Add(-time.Duration(o.IntN(3600)) * time.Second)
	}
	target := [...]oadr.Target{{}, {VENs: []string{"ven-1"}}, {Resources: []string{"r1"}}, {Resources: []string{"r2"}}, {Resources: []string{"r2", "r1"}}, {Resources: []string{"r1", "r2"}},
		{Groups: []string{"g"}}, {Resources: []string{"r1"}, Parties: []string{"p"}}}
	m.Target = target[o.IntN(len(target))]
	if classes := o.pick("", "", "Thermostat", "x-custom", "both"); classes == "both" {
		m.DeviceClass = &oadr.Target{EndDeviceAssets: []string{"x-custom", "Thermostat"}}
	} else if classes != "" {
		m.DeviceClass = &oadr.Target{EndDeviceAssets: []string{classes}}
	}
	if o.IntN(3) == 0 {
		m.Event = &oadr.QualifiedEventID{EventID: o.pick(o.events...)}
		return m
	}
	m.Schedule, m.MarketContext = true, o.pick("", "", "http://example.org/a", "http://example.org/b")
	for range 1 + o.IntN(2) {
		m.Availability = append(m.Availability, oadr.Available{Start: o.now.Add(time.Duration(o.IntN(40)-8) * 15 * time.Minute), Duration: time.Duration(o.IntN(5)) * 30 * time.Minute})
	}
	return m
}

func (o *optWalk) create(m *oadr.CreateOpt) {
	o.Helper()
	if m.Event != nil {
		m.Event.ModificationNumber = o.event(m.Event.EventID).ModificationNumber
	}
	reply := o.say(m).(*oadr.CreatedOpt)
	if reply.Response.Code != oadr.CodeOK || reply.OptID != m.OptID {
		o.Fatalf("%+v is answered %+v", m, reply)
	}
	opt := &acceptedOpt{CreateOpt: *m, parts: namedParts(m), no: o.step, at: o.clock.Now()}
	o.model = o.model.create(opt)
}

// namedParts are the parts that an opt is for.
func namedParts(m *oadr.CreateOpt) map[core.Part]bool {
	var classes []string
	if m.DeviceClass != nil {
		classes = m.DeviceClass.EndDeviceAssets
	}
	parts := map[core.Part]bool{}
	add := func(kind core.TargetKind, names []string) {
		for _, name := range names {
			for _, class := range append(classes, "")[:max(1, len(classes))] {
				parts[core.Part{Kind: kind, Name: name, DeviceClass: class}] = true
			}
		}
	}
	add(core.TargetResource, m.Target.Resources)
	add(core.TargetGroup, m.Target.Groups)
	add(core.TargetParty, m.Target.Parties)
	if len(parts) == 0 {
		for _, class := range classes {
			parts[core.Part{Kind: core.TargetDeviceClass, Name: class}] = true
		}
	}
	return parts
}

func (o *optWalk) event(eventID string) *core.Event {
	o.Helper()
	e, err := o.vtn.Event(ctx, eventID)
	o.must(err)
	return e
}

func (o *optWalk) once() {
	o.Helper()
	o.step++
	o.clock.Move(time.Millisecond * time.Duration(1+o.IntN(200_000)))
	switch o.IntN(11) {
	case 10:
		if o.IntN(4) == 0 {
			o.forget()
		}
	case 0, 1:
		optID := o.pick("a", "b", "c")
		want := oadr.Code(oadr.CodeInvalidID)
		for _, opt := range o.model {
			if !opt.cancelled && opt.OptID == optID {
				opt.cancel(o.step, o.clock.Now())
				want = oadr.CodeOK
			}
		}
		if got := o.say(&oadr.CancelOpt{RequestID: "c", OptID: optID, VENID: "ven-1"}).(*oadr.CanceledOpt).Response.Code; got != want {
			o.Fatalf("cancelling %s is answered %d, want %d", optID, got, want)
		}
	case 2:
		if len(o.sent) > 0 {
			o.create(o.sent[len(o.sent)-1-o.IntN(min(5, len(o.sent)))])
		}
	case 3:
		eventID := o.pick(o.events...)
		a := oadr.EventResponse{Code: oadr.CodeOK, RequestID: "x", EventID: eventID, ModificationNumber: o.event(eventID).ModificationNumber, OptType: o.pick("optIn", "optOut")}
		o.say(&oadr.CreatedEvent{VENID: "ven-1", Response: oadr.EIResponse{Code: oadr.CodeOK}, Responses: []oadr.EventResponse{a}})
		o.answer[eventID] = a
	case 4:
		_, err := o.vtn.ModifyEvent(ctx, o.pick(o.events...), func(s core.EventSpec) (core.EventSpec, error) {
			s.Comment = fmt.Sprint("step ", o.step)
			return s, nil
		}, "test")
		if err != nil && !errors.Is(err, core.ErrConflict) { // the event is over
			o.Fatal(err)
		}
	default:
		m := o.opt()
		o.sent = append(o.sent, m)
		o.create(m)
	}
}

// forget deletes opts that are over, as a quota does.
func (o *optWalk) forget() {
	o.Helper()
	v := view(o.world, func(r core.Reader) (*core.VEN, error) { return r.VEN("ven-1") })
	o.must(o.Update(ctx, func(tx core.Tx) error { return tx.MakeRoom(v.No, core.QuotaOpts) }))
	for _, opt := range o.model {
		opt.cancelled = opt.cancelled || opt.over > 0
	}
	o.forgot = o.clock.Now()
}

// check compares what the VTN shows with what the model says.
func (o *optWalk) check() {
	o.Helper()
	known := map[core.Part]bool{}
	for _, opt := range o.model {
		maps.Copy(known, opt.parts)
	}
	for _, eventID := range o.events {
		e := o.event(eventID)
		if e.Duration > 0 && e.Start.Add(e.Duration).Before(o.forgot) {
			continue
		}
		vens, _, err := o.vtn.EventVENs(ctx, eventID, "", 10)
		o.must(err)
		s := vens[0]
		whole := core.OptNone
		if a, answered := o.answer[eventID]; answered && a.ModificationNumber == e.ModificationNumber {
			whole = a.OptType
		}
		shown := shownParts(s.Opt, s.ResourceOpts, s.DeviceClassOpts, s.PartOpts)
		for p := range known {
			want := whole
			if opt := o.model.ofEvent(e, p); opt != nil {
				want = opt.OptType
			}
			if got, sure := shown(p); got != want && (sure || o.model.ofEvent(e, p).names(p)) {
				o.Fatalf("step %d: for %v the opt for %s is %s, want %s: %+v", o.step, p, eventID, got, want, s)
			}
		}
		if opt := o.model.ofEvent(e, core.Part{}); opt != nil {
			whole = opt.OptType
		}
		if s.Opt != whole {
			o.Fatalf("step %d: the opt for %s is %s, want %s", o.step, eventID, s.Opt, whole)
		}
		o.model.check(o, e, s.ScheduleOpt)
	}
	opts, _, err := o.vtn.Opts(ctx, core.OptQuery{}, core.OptCursor{}, 1000)
	o.must(err)
	var lines []string
	for _, l := range opts {
		parts := map[core.Part]bool{}
		m := &oadr.CreateOpt{Target: l.Others}
		m.Target.Resources = l.Resources
		if m.DeviceClass = (&oadr.Target{EndDeviceAssets: l.DeviceClasses}); l.DeviceClasses == nil {
			m.DeviceClass = nil
		}
		maps.Copy(parts, namedParts(m))
		lines = append(lines, fmt.Sprint(l.OptID, " ", l.EventID, " ", l.OptType, " ", l.MarketContext, " ", l.CreatedAt.UnixMilli(), " ", len(l.Periods), partNames(parts)))
	}
	slices.Sort(lines)
	if want := o.model.listed(); !slices.Equal(lines, want) {
		o.Fatalf("step %d: listed\n%q, want\n%q", o.step, lines, want)
	}
}
