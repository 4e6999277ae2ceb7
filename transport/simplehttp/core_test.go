package simplehttp

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
)

// withCore runs a transport on a real VTN, which knows VENs only that it is told of.
func withCore(t *testing.T, change ...func(*core.Config)) (*core.VTN, *serving) {
	t.Helper()
	cfg := core.Config{VTNID: "VTN", Registration: core.RegistrationKnown}
	for _, f := range change {
		f(&cfg)
	}
	reg, err := registry.Open(t.Context(), registrytest.SQLite(t), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	vtn := core.New(cfg, reg, core.SystemClock{}, zerolog.Nop(), nil)
	s := newServing(t, vtn)
	vtn.AddTransport(s.Transport)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		_ = vtn.Run(ctx)
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		_ = reg.Close()
	})
	s.run()
	return vtn, s
}

// enter enters a VEN with certificates.
func enter(t *testing.T, vtn *core.VTN, venID string, fingerprints ...string) {
	t.Helper()
	ven := core.VEN{VENID: venID}
	for _, f := range fingerprints {
		ven.Identities = append(ven.Identities, core.Identity{Transport: Name, Name: f})
	}
	if _, err := vtn.AddVEN(t.Context(), ven); err != nil {
		t.Fatal(err)
	}
}

func xml(m oadr.Message) string { return string(oadr.Append(nil, oadr.Form{}, m)) }

// register is an oadrCreatePartyRegistration of a VEN that polls.
func register() string {
	pull := true
	return xml(&oadr.CreatePartyRegistration{RequestID: "r1", ProfileName: "2.0b", TransportName: Name, VENName: "a VEN", HTTPPullModel: &pull})
}

// T8, T9: a VEN has two certificates while it changes from one to the other; when the operator removes one, what is open with it
// ends, and it is a stranger's from then on.
func TestT8T9RemovedCertificate(t *testing.T) {
	t.Parallel()
	vtn, s := withCore(t)
	old, next := s.ven("ven1"), s.ven("ven1")
	oldID, nextID := fingerprint.Of(old.Certificate[0]), fingerprint.Of(next.Certificate[0])
	enter(t, vtn, "ven-1", oldID, nextID)
	with, renewed := s.dial(old), s.dial(next)
	with.send(post(pollPath, register(), isXML)).reply().says(t, "registers", 200, "<responseCode>200<", "ven-1")
	asks := post(pollPath, xml(&oadr.RequestEvent{RequestID: "r1", VENID: "ven-1"}), isXML)
	renewed.send(asks).reply().says(t, "asks with the next one", 200, "<responseCode>200<")
	if _, err := vtn.ModifyVEN(t.Context(), "ven-1", func(v *core.VEN) error {
		v.Identities = []core.Identity{{Transport: Name, Name: nextID}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	with.ends()
	s.dial(old).send(asks).reply().says(t, "the removed one", 200, "<responseCode>463<")
	renewed.send(asks).reply().says(t, "the one that stays", 200, "<responseCode>200<")
}

// H17: whoever is not registered is told so in OpenADR, or with 403 where the operator wants that; H12: another's venID.
func TestH12H17Strangers(t *testing.T) {
	t.Parallel()
	vtn, s := withCore(t)
	c := s.ven("ven1")
	v := s.dial(c)
	r := v.send(post(pollPath, xml(&oadr.RequestEvent{RequestID: "r1", VENID: "ven-1"}), isXML)).reply()
	r.says(t, "a stranger", 200, "<responseCode>463<")
	if kind := r.decoded(t).Message.Kind(); kind != oadr.KindDistributeEvent {
		t.Errorf("it is answered by %s", kind)
	}
	v.send(post(pollPath, register(), isXML)).reply().says(t, "registers unknown", 200, "oadrCreatedPartyRegistration", "<responseCode>463<")
	enter(t, vtn, "ven-1", fingerprint.Of(c.Certificate[0]))
	v.send(post(pollPath, register(), isXML)).reply().says(t, "registers", 200, "<responseCode>200<")
	v.send(post(pollPath, poll("ven-2"), isXML)).reply().says(t, "another's venID", 200, "oadrResponse", "<responseCode>452<")
	_, strict := withCore(t, func(c *core.Config) { c.StrangersError = true })
	strict.dial(strict.ven("ven1")).send(post(pollPath, poll("ven-1"), isXML)).reply().says(t, "VTN_STRANGERS=error", 403)
}

// A VEN that floods the VTN with heavy requests over all its connections is told to send fewer, and another is served all the while.
func TestFloodOfOneVEN(t *testing.T) {
	t.Parallel()
	vtn, s := withCore(t)
	s.lanes = lane.New(lane.NewShares(40, core.SystemClock{}), s.overBudget)
	bad, good := s.ven("ven1"), s.ven("ven2")
	enter(t, vtn, "ven-1", fingerprint.Of(bad.Certificate[0]))
	enter(t, vtn, "ven-2", fingerprint.Of(good.Certificate[0]))
	heavy := post(pollPath, "<oadrPayload xmlns='"+oadr.NS+"'>"+strings.Repeat("<a b='c'>&amp;</a>", 13_000), isXML)
	refused, stop := make(chan int, mostShare), make(chan struct{})
	var floods sync.WaitGroup
	for range mostShare - 1 {
		flood := s.dial(bad)
		floods.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := io.WriteString(flood, heavy); err != nil {
					return
				}
				res, err := http.ReadResponse(flood.r, nil)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				if res.StatusCode == http.StatusServiceUnavailable {
					select {
					case refused <- res.StatusCode:
					default:
					}
				}
			}
		})
	}
	<-refused
	v := s.dial(good)
	v.send(post(pollPath, register(), isXML)).reply().says(t, "registers", 200, "<responseCode>200<")
	for range 10 {
		v.send(post(pollPath, xml(&oadr.RequestEvent{RequestID: "r1", VENID: "ven-2"}), isXML)).reply().says(t, "the other", 200, "<responseCode>200<")
	}
	close(stop)
	floods.Wait()
}
