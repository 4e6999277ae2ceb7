package core_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// eiTarget finds the element that [oadr.Append] writes.
var eiTarget = regexp.MustCompile(`<eiTarget[^>]*/>|<eiTarget.*?</eiTarget>`)

// inPieces writes an opt with an eiTarget for each of these.
func inPieces(m *oadr.CreateOpt, targets []oadr.Target) []byte {
	one := *m
	one.Target = oadr.Target{}
	var all []string
	for _, t := range targets {
		piece := *m
		piece.Target = t
		all = append(all, eiTarget.FindString(string(oadr.Append(nil, oadr.Form{}, &piece))))
	}
	return []byte(strings.Replace(string(oadr.Append(nil, oadr.Form{}, &one)), eiTarget.FindString(string(oadr.Append(nil, oadr.Form{}, &one))), strings.Join(all, ""), 1))
}

// aims makes random targets, and what they name.
type aims struct{ *rand.Rand }

// target names some of each kind, among few names, so that opts meet. An empty
// name is none.
func (a aims) target() (t oadr.Target) {
	some := func(prefix string) (names []string) {
		for a.IntN(4) == 0 && len(names) < 3 {
			names = append(names, [...]string{prefix + "1", prefix + "2", prefix + " ü/.", ""}[a.IntN(4)])
		}
		return names
	}
	t = oadr.Target{
		Resources: some("r"), Groups: some("g"), GroupNames: some("gn"), Parties: some("p"), MeterAssets: some("m"), Pnodes: some("n"),
		AggregatedPnodes: some("a"), ServiceDeliveryPoints: some("s"),
	}
	if a.IntN(5) == 0 {
		t.TransportInterfaces = []oadr.TransportInterface{{PointOfReceipt: "x", PointOfDelivery: "y"}}
	}
	if a.IntN(5) == 0 {
		t.ServiceAreas = []oadr.XML{`<FeatureCollection xmlns="http://www.opengis.net/gml/3.2"><location/></FeatureCollection>`}
	}
	if a.IntN(3) == 0 {
		t.VENs = []string{"ven1"}
	}
	return t
}

// partsIn are the parts that targets name, for these device classes or all.
func partsIn(targets []oadr.Target, classes []string) map[core.Part]bool {
	parts := map[core.Part]bool{}
	add := func(kind core.TargetKind, names ...string) {
		for _, name := range names {
			for _, class := range append(classes, "")[:max(len(classes), 1)] {
				if name != "" {
					parts[core.Part{Kind: kind, Name: name, DeviceClass: class}] = true
				}
			}
		}
	}
	for _, t := range targets {
		add(core.TargetResource, t.Resources...)
		add(core.TargetGroup, t.Groups...)
		add(core.TargetGroupName, t.GroupNames...)
		add(core.TargetParty, t.Parties...)
		add(core.TargetMeterAsset, t.MeterAssets...)
		add(core.TargetPnode, t.Pnodes...)
		add(core.TargetAggregatedPnode, t.AggregatedPnodes...)
		add(core.TargetServiceDeliveryPoint, t.ServiceDeliveryPoints...)
		for _, i := range t.TransportInterfaces {
			add(core.TargetTransportInterface, i.PointOfReceipt+" to "+i.PointOfDelivery)
		}
		for _, x := range t.ServiceAreas {
			add(core.TargetServiceArea, string(x))
		}
	}
	if len(parts) == 0 {
		for _, class := range classes {
			parts[core.Part{Kind: core.TargetDeviceClass, Name: class}] = true
		}
	}
	return parts
}

// shownParts are all parts that a VEN's status speaks of.
func shownParts(s core.VENStatus) map[core.Part]string {
	parts := maps.Clone(s.PartOpts)
	if parts == nil {
		parts = map[core.Part]string{}
	}
	for name, opt := range s.ResourceOpts {
		parts[core.Part{Kind: core.TargetResource, Name: name}] = opt
	}
	for name, opt := range s.DeviceClassOpts {
		parts[core.Part{Kind: core.TargetDeviceClass, Name: name}] = opt
	}
	return parts
}

// says reports whether the parts that are shown have exactly the wanted opts. A part
// that is not shown has the opt of the part that it lies in, or of the whole VEN.
func says(shown map[core.Part]string, whole string, want map[core.Part]string) bool {
	for p := range shown {
		if _, named := want[p]; !named {
			return false
		}
	}
	for p, opt := range want {
		got, is := shown[p]
		if !is {
			got = whole
			for _, in := range []core.Part{{Kind: p.Kind, Name: p.Name}, {Kind: core.TargetDeviceClass, Name: p.DeviceClass}} {
				if of, is := shown[in]; is {
					got = of
				}
			}
		}
		if got != opt {
			return false
		}
	}
	return true
}

// opt makes an opt for random targets and device classes.
func (a aims) opt(i int, now time.Time) (m *oadr.CreateOpt, targets []oadr.Target, classes []string) {
	for range 1 + a.IntN(3) {
		targets = append(targets, a.target())
	}
	if a.IntN(6) == 0 {
		targets = []oadr.Target{{VENs: targets[0].VENs}}
	}
	classes = [][]string{nil, nil, {"Thermostat"}, {"Thermostat", "x-own"}}[a.IntN(4)]
	m = &oadr.CreateOpt{OptID: fmt.Sprint("o", i), OptType: [...]string{"optIn", "optOut"}[a.IntN(2)], OptReason: "economic", VENID: "ven1", RequestID: "r", CreatedDateTime: now}
	if classes != nil {
		if m.DeviceClass = (&oadr.Target{EndDeviceAssets: classes}); a.IntN(2) == 0 {
			m.DeviceClass, targets[0].EndDeviceAssets = nil, classes
		}
	}
	return m, targets, classes
}

// apply sets the opt of the parts that an opt names, and of the known parts that
// stand in them; all known parts if it names none.
func apply(of map[core.Part]string, named map[core.Part]bool, opt string) {
	for p := range of {
		if len(named) == 0 || named[core.Part{Kind: p.Kind, Name: p.Name}] || named[core.Part{Kind: core.TargetDeviceClass, Name: p.DeviceClass}] {
			of[p] = opt
		}
	}
	for p := range named {
		of[p] = opt
	}
}

// scheduledPartsOf are the opts of parts that a VEN's schedules say.
func scheduledPartsOf(o *core.ScheduleOpt) map[core.Part]string {
	got := map[core.Part]string{}
	for p, opt := range o.Parts {
		got[p] = opt.OptType
	}
	for name, opt := range o.Resources {
		got[core.Part{Kind: core.TargetResource, Name: name}] = opt.OptType
	}
	for name, opt := range o.DeviceClasses {
		got[core.Part{Kind: core.TargetDeviceClass, Name: name}] = opt.OptType
	}
	return got
}

// wantOptsInHistory checks that an event's history names the same parts as the opts
// that are listed for it.
func (r *rig) wantOptsInHistory(eventID string) {
	r.t.Helper()
	opts, _, err := r.Opts(r.t.Context(), core.OptQuery{}, core.OptCursor{}, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	history, _, err := r.EventHistory(r.t.Context(), eventID, "ven1", core.HistoryCursor{}, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, o := range opts {
		i := slices.IndexFunc(history, func(h core.HistoryEntry) bool { return h.OptID == o.OptID })
		if o.EventID == "" {
			continue
		}
		if i < 0 || !reflect.DeepEqual(history[i].Resources, o.Resources) || !reflect.DeepEqual(history[i].Others, o.Others) || !reflect.DeepEqual(history[i].DeviceClasses, o.DeviceClasses) {
			r.t.Errorf("the history has %+v of %+v", history, o)
		}
	}
}

// P5: an opt is for all that its targets name, in any number of eiTargets, and for
// nothing else; it is for the whole VEN only if they name nothing. For each part the
// newest opt counts. Events, schedules and the history agree.
func TestP5OptsAreForWhatTheyName(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3, rand.Uint64()} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := start(t)
			ven := r.join("ven1")
			e := r.create(at("e", time.Hour, time.Hour))
			a := aims{rand.New(rand.NewPCG(seed, 0))}
			whole, parts := core.OptNone, map[core.Part]string{}
			scheduledWhole, scheduledParts := core.OptNone, map[core.Part]string{}
			for i := range 40 {
				r.clock.Move(time.Second)
				m, targets, classes := a.opt(i, r.clock.Now())
				of := parts
				if m.Schedule = a.IntN(2) == 0; m.Schedule {
					m.Availability, of, m.OptType = span(0, 24), scheduledParts, "optOut"
				} else {
					m.Event = &oadr.QualifiedEventID{EventID: e.EventID}
				}
				named := partsIn(targets, classes)
				raw := inPieces(m, targets)
				reply, err := r.sendRaw(ven, raw)
				if err != nil {
					t.Fatal(err)
				}
				if len(named) == 0 && emptily(targets) {
					wantCode(t, reply.(*oadr.CreatedOpt).Response, oadr.CodeInvalidData, "r")
					continue
				}
				wantCode(t, reply.(*oadr.CreatedOpt).Response, oadr.CodeOK, "r")
				apply(of, named, m.OptType)
				switch {
				case len(named) > 0:
				case m.Schedule:
					scheduledWhole = m.OptType
				default:
					whole = m.OptType
				}
				s := r.status(e.EventID, "ven1")
				if s.Opt != whole || !says(shownParts(s), whole, parts) {
					t.Fatalf("the status is %s %v, want %s %v, after %s", s.Opt, shownParts(s), whole, parts, raw)
				}
				if o := s.ScheduleOpt; o != nil {
					if got := scheduledPartsOf(o); o.OptType != scheduledWhole || !says(got, scheduledWhole, scheduledParts) {
						t.Fatalf("schedules say %s %v, want %s %v, after %s", o.OptType, got, scheduledWhole, scheduledParts, raw)
					}
				}
			}
			r.wantOptsInHistory(e.EventID)
		})
	}
}

// emptily reports whether targets have elements, all of them empty.
func emptily(targets []oadr.Target) bool {
	return slices.ContainsFunc(targets, func(t oadr.Target) bool { return !t.IsEmpty() }) &&
		!slices.ContainsFunc(targets, func(t oadr.Target) bool { return t.VENs != nil })
}

// P5: a target of the wrong kind is refused by name, and nothing is stored.
func TestP5TargetsThatCannotBe(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	e := r.create(at("e", time.Hour, time.Hour))
	long := strings.Repeat("x", 256)
	many := make([]string, 501)
	for i := range many {
		many[i] = fmt.Sprint("r", i)
	}
	for name, c := range map[string]struct {
		target oadr.Target
		class  *oadr.Target
		code   oadr.Code
	}{
		"another VEN":                      {oadr.Target{VENs: []string{"ven1", "ven2"}}, nil, oadr.CodeInvalidID},
		"a group in two lines":             {oadr.Target{Groups: []string{"a\nb"}}, nil, oadr.CodeInvalidData},
		"a party that is long":             {oadr.Target{Parties: []string{long}}, nil, oadr.CodeInvalidData},
		"a node that is long":              {oadr.Target{TransportInterfaces: []oadr.TransportInterface{{PointOfReceipt: long, PointOfDelivery: long}}}, nil, oadr.CodeInvalidData},
		"an empty resource alone":          {oadr.Target{Resources: []string{""}}, nil, oadr.CodeInvalidData},
		"an empty group alone":             {oadr.Target{Groups: []string{"", ""}}, nil, oadr.CodeInvalidData},
		"a resource as the device class":   {oadr.Target{}, &oadr.Target{Resources: []string{"r1"}}, oadr.CodeInvalidData},
		"device classes that do not meet":  {oadr.Target{EndDeviceAssets: []string{"Sauna"}}, &oadr.Target{EndDeviceAssets: []string{"Thermostat"}}, oadr.CodeInvalidData},
		"too many parts":                   {oadr.Target{Groups: many, Resources: many}, nil, oadr.CodeInvalidData},
		"an area for many device classes":  {oadr.Target{ServiceAreas: []oadr.XML{oadr.XML(`<FeatureCollection xmlns="http://www.opengis.net/gml/3.2">` + strings.Repeat("<a/>", 400) + `</FeatureCollection>`)}}, &oadr.Target{EndDeviceAssets: many}, oadr.CodeInvalidData},
		"too many parts by device classes": {oadr.Target{Groups: many}, &oadr.Target{EndDeviceAssets: []string{"a", "b"}}, oadr.CodeInvalidData},
	} {
		got := must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: "o", OptType: "optOut", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r",
			Event: &oadr.QualifiedEventID{EventID: e.EventID}, Target: c.target, DeviceClass: c.class})
		if got.Response.Code != c.code || got.Response.Description == "" {
			t.Errorf("%s: %+v, want code %d", name, got.Response, c.code)
		}
	}
	if opts, _, err := r.Opts(t.Context(), core.OptQuery{}, core.OptCursor{}, 10); len(opts) != 0 || err != nil {
		t.Errorf("stored are %+v, %v", opts, err)
	}
	must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: "o", OptType: "optOut", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r",
		Event: &oadr.QualifiedEventID{EventID: e.EventID}, Target: oadr.Target{EndDeviceAssets: []string{"Sauna", "Thermostat"}}, DeviceClass: &oadr.Target{EndDeviceAssets: []string{"Thermostat", "Pool_Pump"}}})
	if s := r.status("e", "ven1"); !maps.Equal(s.DeviceClassOpts, map[string]string{"Thermostat": "optOut"}) || s.Opt != core.OptNone {
		t.Errorf("device classes that meet stand at %s %v", s.Opt, s.DeviceClassOpts)
	}
}

// P5: what VENs in the field have sent.
func TestP5FieldOpts(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	r.create(at("opt", time.Hour, time.Hour))
	for _, file := range []string{"opt-group-only.xml", "opt-two-targets.xml"} {
		raw, err := os.ReadFile(filepath.Join(oadrtest.SharedDir(t), "field", file))
		if err != nil {
			t.Fatal(err)
		}
		if reply, err := r.sendRaw(ven, []byte(strings.ReplaceAll(string(raw), "VENID", "ven1"))); err != nil || reply.(*oadr.CreatedOpt).Response.Code != oadr.CodeOK {
			t.Fatalf("%s: %+v, %v", file, reply, err)
		}
	}
	want := map[core.Part]string{{Kind: core.TargetGroup, Name: "floor-2"}: "optOut", {Kind: core.TargetResource, Name: "pump"}: "optOut", {Kind: core.TargetResource, Name: "fan"}: "optOut"}
	if s := r.status("opt", "ven1"); s.Opt != core.OptNone || !maps.Equal(shownParts(s), want) {
		t.Errorf("the status is %s %v, want %v", s.Opt, shownParts(s), want)
	}
}
