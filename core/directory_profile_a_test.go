package core_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// The operator's entry is the registration of a VEN of 2.0a: it may ask for events at
// once, and nothing else.
func TestA4EntryIsTheRegistration(t *testing.T) {
	r := start(t, known)
	ven := r.enterA("ven1")
	is, err := r.VEN(t.Context(), "ven1")
	if err != nil || is.Registration == nil || is.Registration.Profile != "2.0a" || is.Registration.Transport != "xmpp" || is.Registration.Address != ven.Identity || is.Registration.HTTPPull {
		t.Fatalf("entered as %+v, %+v, %v", is, is.Registration, err)
	}
	e := r.create(simple(venIDs("ven1")...))
	got := sendA[*oadr.DistributeEvent](r, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
	wantCode(t, *got.Response, oadr.CodeOK, "q")
	if len(got.Events) != 1 || got.Events[0].Descriptor.EventID != e.EventID {
		t.Errorf("told %+v", got.Events)
	}
	confirmed := sendA[*oadr.Response](r, ven, answer("ven1", got.RequestID, e.EventID, 0, "optOut"))
	wantCode(t, confirmed.Response, oadr.CodeOK, "")
	r.wantDelivery(e, "ven1", core.DeliveryAcknowledged)
	if s := r.status(e.EventID, "ven1"); s.Opt != "optOut" {
		t.Errorf("its opt is %s", s.Opt)
	}
	wrong := sendA[*oadr.DistributeEvent](r, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven2"})
	wantCode(t, *wrong.Response, oadr.CodeInvalidID, "q")
	reply, err := r.sendRaw(ven, []byte(`<oadrPoll xmlns="`+oadr.NS20a+`"/>`))
	if m, ok := reply.(*oadr.Response); err != nil || !ok || m.Response.Code != oadr.CodeNotRecognized {
		t.Errorf("oadrPoll is answered with %+v, %v", reply, err)
	}
}

// Nobody is told 463, and nobody speaks 2.0a whom the operator did not enter for it.
func TestA4StrangersAreToldThatTheVENIsUnknown(t *testing.T) {
	r := start(t)
	r.join("ven2")
	for _, from := range []core.Peer{peer("stranger"), peer("ven2")} {
		got := sendA[*oadr.DistributeEvent](r, from, &oadr.RequestEvent{RequestID: "q", VENID: "ven2"})
		wantCode(t, *got.Response, oadr.CodeInvalidID, "q")
		refused := sendA[*oadr.Response](r, from, answer("ven2", "", "e", 0, "optIn"))
		wantCode(t, refused.Response, oadr.CodeInvalidID, "")
	}
	silent := start(t, func(c *core.Config) { c.StrangersError = true })
	if _, err := silent.sendRaw(peer("stranger"), oadr.Append(nil, formA, &oadr.RequestEvent{VENID: "v"})); !errors.Is(err, core.ErrNotRegistered) {
		t.Errorf("with StrangersError: %v", err)
	}
}

// In 2.0b a VEN that was entered for 2.0a is a stranger, until it registers.
func TestA4VENThatRegistersIsOf20bFromThenOn(t *testing.T) {
	r := start(t, known)
	ven := r.enterA("ven1")
	r.refusesStranger(ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
	if got := must[created](r, ven, &oadr.QueryRegistration{RequestID: "q"}); got.VENID != "" || got.RegistrationID != "" {
		t.Errorf("its query is answered with %+v", got)
	}
	if got := must[created](r, ven, registration()); got.Response.Code != oadr.CodeOK || got.VENID != "ven1" {
		t.Fatalf("its registration is answered with %+v", got)
	}
	r.set(ven)
	got := sendA[*oadr.DistributeEvent](r, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
	wantCode(t, *got.Response, oadr.CodeInvalidID, "q")
}

// The registration follows the entry.
func TestA4RegistrationFollowsTheEntry(t *testing.T) {
	r := start(t)
	ven := r.join("ven1")
	must[*oadr.CreatedOpt](r, ven, &oadr.CreateOpt{OptID: "o1", OptType: "optOut", OptReason: "economic", VENID: "ven1", CreatedDateTime: t0, RequestID: "r", Schedule: true,
		Availability: []oadr.Available{{Start: t0, Duration: time.Hour}}})
	registered := func() *core.Registration {
		t.Helper()
		is, err := r.VEN(t.Context(), "ven1")
		if err != nil {
			t.Fatal(err)
		}
		return is.Registration
	}
	before := registered().RegistrationID
	r.change("ven1", func(v *core.VEN) { v.Profile = "2.0a" })
	first := registered()
	if first == nil || first.Profile != "2.0a" || first.RegistrationID == before {
		t.Fatalf("changed to 2.0a it is registered as %+v", first)
	}
	if opts, _, err := r.Opts(t.Context(), core.OptQuery{VENID: "ven1"}, core.OptCursor{}, 10); err != nil || len(opts) != 0 {
		t.Errorf("its opts are %+v, %v", opts, err)
	}
	r.change("ven1", func(v *core.VEN) { v.Name = "else" })
	if is := registered(); is == nil || *is != *first {
		t.Errorf("after another change it is registered as %+v", is)
	}
	r.change("ven1", func(v *core.VEN) { v.Identities = append(v.Identities, accounts("a")...) }) // sorts before its name
	r.change("ven1", func(v *core.VEN) { v.Name = "again" })
	if is := registered(); is == nil || *is != *first {
		t.Errorf("with another identity it is registered as %+v", is)
	}
	r.change("ven1", func(v *core.VEN) { v.Identities = nil })
	if is := registered(); is != nil {
		t.Errorf("without an identity it is registered as %+v", is)
	}
	r.change("ven1", func(v *core.VEN) { v.Identities = accounts("ven1") })
	if is := registered(); is == nil || is.RegistrationID == first.RegistrationID {
		t.Errorf("with its identity again it is registered as %+v", is)
	}
	r.change("ven1", func(v *core.VEN) { v.Profile = "2.0b" })
	if is := registered(); is != nil {
		t.Errorf("changed to 2.0b it is registered as %+v", is)
	}
}

// 2.0a has no messages about registrations and reports, so none is owed or sent.
func TestA4NoNotices(t *testing.T) {
	r := start(t)
	ven := r.enterA("ven1")
	r.Appear(ven)
	p, _ := r.pushedA(ven)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged})
	for _, notify := range []func() error{
		func() error { _, err := r.CancelRegistration(t.Context(), "ven1", "operator"); return err },
		func() error { _, err := r.RequestReregistration(t.Context(), "ven1", "operator"); return err },
	} {
		if err := notify(); !errors.Is(err, core.ErrConflict) {
			t.Errorf("a notice: %v", err)
		}
	}
	var invalid *core.InvalidError
	if _, _, err := r.RequestReports(t.Context(), []core.ReportSpec{{Targets: venIDs("ven1"), SpecifierID: "METADATA"}}, "operator"); !errors.As(err, &invalid) || !strings.Contains(invalid.Problems[0].Reason, "2.0a, which has no reports") {
		t.Errorf("a report: %v", err)
	}
	if d := r.deleteVEN("ven1"); d.Notice != nil {
		t.Errorf("deleted with the notice %+v", d.Notice)
	}
	got := sendA[*oadr.DistributeEvent](r, ven, &oadr.RequestEvent{RequestID: "q", VENID: "ven1"})
	wantCode(t, *got.Response, oadr.CodeInvalidID, "q")
	r.quiet()
}

func TestA2A4EntriesThatCannotBe(t *testing.T) {
	r := start(t)
	for name, c := range map[string]struct {
		change func(*core.VEN)
		want   []string
	}{
		"another profile":       {func(v *core.VEN) { v.Profile = "2.0" }, []string{"profile"}},
		"two transports":        {func(v *core.VEN) { v.Identities = append(v.Identities, core.Identity{Transport: "y", Name: "x"}) }, []string{"identities[1].transport"}},
		"wrapped":               {func(v *core.VEN) { v.PayloadRoot = "oadrPayload" }, []string{"payloadRoot"}},
		"bare":                  {func(v *core.VEN) { v.PayloadRoot = "message" }, nil},
		"a URL over XMPP":       {func(v *core.VEN) { v.PushURL = "https://ven.example.org/" }, []string{"pushURL"}},
		"a URL without a name":  {func(v *core.VEN) { v.PushURL, v.Identities = "https://ven.example.org/", nil }, []string{"pushURL"}},
		"no URL":                {func(v *core.VEN) { v.PushURL, v.Identities[0].Transport = "ven.example.org", "y" }, []string{"pushURL"}},
		"without TLS":           {func(v *core.VEN) { v.PushURL, v.Identities[0].Transport = "http://ven.example.org/", "y" }, []string{"pushURL"}},
		"with a password":       {func(v *core.VEN) { v.PushURL, v.Identities[0].Transport = "https://a:b@ven.example.org/", "y" }, []string{"pushURL"}},
		"a URL":                 {func(v *core.VEN) { v.PushURL, v.Identities[0].Transport = "https://ven.example.org:8443/x", "y" }, nil},
		"a URL of one of 2.0b":  {func(v *core.VEN) { v.PushURL, v.Profile = "https://ven.example.org/", "2.0b" }, []string{"pushURL"}},
		"two names, for change": {func(v *core.VEN) { v.Identities = accounts("a", "b") }, nil},
	} {
		v := core.VEN{Profile: "2.0a", Identities: accounts(name)}
		c.change(&v)
		_, err := r.AddVEN(t.Context(), v)
		var invalid *core.InvalidError
		var fields []string
		if errors.As(err, &invalid) {
			for _, p := range invalid.Problems {
				fields = append(fields, p.Field)
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(fields, c.want) {
			t.Errorf("%s: %v, want problems with %v", name, err, c.want)
		}
	}
}

// A VEN of 2.0a that is online already when it is entered is looked for, and told.
func TestA4A5VENThatIsOnlineWhenItIsEntered(t *testing.T) {
	r := start(t)
	r.join("other")
	r.create(simple(core.Target{Kind: core.TargetAll}))
	r.pushedEvents()
	for len(r.wire.probes) > 0 {
		<-r.wire.probes
	}
	ven := r.enterA("ven1")
	if asked := <-r.wire.probes; !slices.Equal(asked, []string{ven.Identity}) {
		t.Fatalf("looked for %v", asked)
	}
	r.Appear(ven)
	if _, events := r.pushedA(ven); len(events) != 1 {
		t.Errorf("told %+v", events)
	}
}
