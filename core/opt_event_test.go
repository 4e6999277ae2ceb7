package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// optFor is an oadrCreateOpt of ven1 for an event.
func optFor(optID, optType, eventID string, modification uint32, change ...func(*oadr.CreateOpt)) *oadr.CreateOpt {
	m := &oadr.CreateOpt{OptID: optID, OptType: optType, OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r",
		Event: &oadr.QualifiedEventID{EventID: eventID, ModificationNumber: modification}}
	for _, c := range change {
		c(m)
	}
	return m
}

// targetsOf are the event targets of one kind with these values.
func targetsOf(kind core.TargetKind, values ...string) (all []core.Target) {
	for _, v := range values {
		all = append(all, core.Target{Kind: kind, Value: v})
	}
	return all
}

// thermostats limits an event's signal to two device classes.
func thermostats(s *core.EventSpec) { s.Signals[0].DeviceClasses = []string{"Thermostat", "x-own"} }

// optTargets are opts of VEN ven1 for an event, by what they name.
var optTargets = map[string]struct {
	resources []string // of the VEN
	targets   []core.Target
	event     func(*core.EventSpec)
	change    func(*oadr.CreateOpt)
	names     string // what the refusal names; empty if the opt is accepted
}{
	"a resource of the event's":            {[]string{"r1", "r2", "r3"}, targetsOf(core.TargetResource, "r1", "r2"), nil, resources("r2"), ""},
	"all of them":                          {[]string{"r1", "r2", "r3"}, targetsOf(core.TargetResource, "r1", "r2"), nil, resources("r2", "r1"), ""},
	"the whole VEN":                        {[]string{"r1", "r2", "r3"}, targetsOf(core.TargetResource, "r1", "r2"), nil, resources(), ""},
	"another resource of the VEN":          {[]string{"r1", "r2", "r3"}, targetsOf(core.TargetResource, "r1", "r2"), nil, resources("r1", "r3"), "resourceID r3"},
	"an unknown resource":                  {[]string{"r1", "r2", "r3"}, targetsOf(core.TargetResource, "r1", "r2"), nil, resources("zzz"), "resourceID zzz"},
	"another VEN's resource of the event":  {[]string{"r1"}, targetsOf(core.TargetResource, "r1", "r9"), nil, resources("r9"), "resourceID r9"},
	"of one for its context, spelt anew":   {[]string{"r1"}, targetsOf(core.TargetMarketContext, "HTTP://example.org:80/ven1"), nil, resources("r1"), ""},
	"a group, of an event for resources":   {[]string{"r1"}, targetsOf(core.TargetResource, "r1"), nil, groups("g"), "groupID g"},
	"any resource, of one for all":         {nil, targetsOf(core.TargetAll, ""), nil, resources("pump"), ""},
	"any group, of one for the venID":      {[]string{"r1"}, targetsOf(core.TargetVENID, "ven1"), nil, groups("floor-2"), ""},
	"an unknown one where some are known":  {[]string{"r1"}, targetsOf(core.TargetVENID, "ven1"), nil, resources("zzz"), "resourceID zzz"},
	"one of those known":                   {[]string{"r1"}, targetsOf(core.TargetVENID, "ven1"), nil, resources("r1"), ""},
	"by group and by resource":             {[]string{"r1", "r2"}, append(targetsOf(core.TargetGroup, "north"), targetsOf(core.TargetResource, "r1")...), nil, resources("r2"), ""},
	"a device class of the signal's":       {nil, targetsOf(core.TargetVENID, "ven1"), thermostats, classes("x-own"), ""},
	"another device class":                 {nil, targetsOf(core.TargetVENID, "ven1"), thermostats, classes("x-own", "Sauna"), "device class Sauna"},
	"a device class of a signal for all":   {nil, targetsOf(core.TargetVENID, "ven1"), nil, classes("Sauna"), ""},
	"a class in a resource":                {[]string{"r1"}, targetsOf(core.TargetResource, "r1"), thermostats, func(m *oadr.CreateOpt) { resources("r1")(m); classes("Thermostat")(m) }, ""},
	"a class in a resource of another":     {[]string{"r1", "r2"}, targetsOf(core.TargetResource, "r1"), thermostats, func(m *oadr.CreateOpt) { resources("r2")(m); classes("Thermostat")(m) }, "resourceID r2"},
	"a class alone, of one for a resource": {[]string{"r1"}, targetsOf(core.TargetResource, "r1"), thermostats, classes("Thermostat"), ""},
}

// Rule 206 of the profile: what an opt names must be the event's for that VEN. Else it
// is refused, naming that, and nothing is stored.
func TestE17Spec206TargetsOutsideTheEvent(t *testing.T) {
	for name, c := range optTargets {
		t.Run(name, func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1", group("north"), func(v *core.VEN) {
				v.Resources, v.MarketContexts = c.resources, []string{"http://example.org/ven1"}
			})
			r.join("other", func(v *core.VEN) { v.Resources = []string{"r9"} })
			spec := at("e", time.Hour, time.Hour)
			if spec.Targets = c.targets; c.event != nil {
				c.event(&spec)
			}
			r.create(spec)
			got := must[*oadr.CreatedOpt](r, ven, optFor("o", "optOut", "e", 0, c.change))
			opts, _, err := r.Opts(t.Context(), core.OptQuery{}, core.OptCursor{}, 10)
			if err != nil || (len(opts) == 1) != (c.names == "") {
				t.Errorf("stored are %+v, %v", opts, err)
			}
			if c.names == "" {
				wantCode(t, got.Response, oadr.CodeOK, "r")
				return
			}
			wantCode(t, got.Response, oadr.CodeTargetMismatch, "r")
			if !strings.Contains(got.Response.Description, c.names) || got.OptID != "o" {
				t.Errorf("answered %+v, want it to name %s", got, c.names)
			}
			if s := r.status("e", "ven1"); s.Opt != core.OptNone || s.ResourceOpts != nil || s.PartOpts != nil || s.DeviceClassOpts != nil {
				t.Errorf("its status is %+v", s)
			}
		})
	}
}

// An opt for an event that wants no answer is refused with 451, even if it is wrong in
// other ways; what is stored stays.
func TestP1Spec206NoOptWhereNoneIsWanted(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("e", time.Hour, time.Hour))
	wantCode(t, must[*oadr.CreatedOpt](r, ven, optFor("o", "optOut", "e", 0)).Response, oadr.CodeOK, "r")
	r.modify("e", func(s *core.EventSpec) { s.ResponseRequired = "never" })
	for _, m := range []*oadr.CreateOpt{optFor("p", "optIn", "e", 1), optFor("p", "optIn", "e", 7), optFor("p", "optIn", "e", 1, resources("zzz"))} {
		got := must[*oadr.CreatedOpt](r, ven, m).Response
		wantCode(t, got, oadr.CodeNotAllowed, "r")
		if !strings.Contains(got.Description, "oadrResponseRequired never") {
			t.Errorf("refused as %q", got.Description)
		}
	}
	if s := r.status("e", "ven1"); s.Opt != "optOut" {
		t.Errorf("the status is %s", s.Opt)
	}
	wantCode(t, must[*oadr.CreatedOpt](r, ven, optFor("p", "optIn", "unknown", 0)).Response, oadr.CodeInvalidID, "r")
}

// A VEN that was taken off an event can opt for the version that it holds, and the opt
// stays afterwards; an answer to a cancellation changes no opt (E23).
func TestE17E23OptsOutliveWithdrawalAndCancellation(t *testing.T) {
	r := start(t)
	ven := r.join("ven1", func(v *core.VEN) { v.Resources = []string{"r1", "r2"} })
	if _, err := r.AddVEN(t.Context(), core.VEN{VENID: "other"}); err != nil {
		t.Fatal(err)
	}
	spec := at("e", time.Hour, time.Hour)
	spec.Targets = []core.Target{{Kind: core.TargetResource, Value: "r1"}, {Kind: core.TargetVENID, Value: "other"}}
	e := r.create(spec)
	r.acknowledge(ven)
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	wantCode(t, must[*oadr.CreatedOpt](r, ven, optFor("o", "optOut", "e", 0, resources("r1"))).Response, oadr.CodeOK, "r")
	r.modify("e", func(s *core.EventSpec) { s.Targets = s.Targets[1:] })
	s := r.status("e", "ven1")
	if !s.Withdrawn || s.ResourceOpts["r1"] != "optOut" {
		t.Errorf("taken off, its status is %+v", s)
	}
	wantCode(t, must[*oadr.CreatedOpt](r, ven, optFor("p", "optIn", "e", s.Current, resources("r2"))).Response, oadr.CodeTargetMismatch, "r")
	must[response](r, ven, answer("ven1", "x", "e", s.Current, "optIn"))
	if s := r.status("e", "ven1"); s.Opt != core.OptNone || s.ResourceOpts["r1"] != "optOut" || len(s.ResourceOpts) != 1 {
		t.Errorf("the answer to its cancellation makes it %+v", s)
	}
}
