package core_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

const (
	simpleHTTP   = "simpleHttp"
	pollInterval = 10 * time.Second
)

// web is a core.Requesting transport that hands pushes to the test.
type web struct {
	pushes chan core.Push
	sent   *oadrtest.Recorder
}

func (w *web) Name() string                                { return simpleHTTP }
func (w *web) Probe(context.Context, []string) error       { return nil }
func (w *web) Compare(string, core.Peer) core.AddressMatch { return core.OtherIdentity }
func (w *web) PollInterval() time.Duration                 { return pollInterval }
func (w *web) CheckAddress(address string) error           { return checkedAddress(address) }
func (w *web) Push(_ context.Context, p core.Push) error {
	p.Bytes = append([]byte(nil), p.Bytes...)
	w.sent.Record(p.Bytes)
	w.pushes <- p
	return nil
}

func checkedAddress(address string) error {
	if address == "https://localhost/" {
		return errors.New("loopback is not allowed")
	}
	return nil
}

// startHTTP runs a VTN with simpleHttp beside XMPP.
func startHTTP(t *testing.T, change ...func(*core.Config)) *httpRig {
	t.Helper()
	cfg := core.Config{VTNID: "VTN", Registration: core.RegistrationOpen}
	for _, c := range change {
		c(&cfg)
	}
	sent := &oadrtest.Recorder{}
	r := newRig(&testVTN{t: t, cfg: cfg, store: registrytest.SQLite(t), clock: coretest.NewClock(t0), sent: sent, web: &web{make(chan core.Push, 100), sent}})
	t.Cleanup(func() {
		r.stop()
		if len(sent.Payloads()) > 0 {
			sent.Validate(t)
		}
	})
	r.run()
	return &httpRig{r}
}

// httpRig is a rig with VENs that speak HTTP.
type httpRig struct{ *rig }

// certificate is a peer that has a certificate with this fingerprint.
func certificate(name string) core.Peer {
	return core.Peer{Transport: simpleHTTP, Identity: name, Address: name}
}

// overHTTP is an oadrCreatePartyRegistration; without an address the VEN polls.
func overHTTP(address string) *oadr.CreatePartyRegistration {
	m, pulls := registration(), address == ""
	m.TransportName, m.TransportAddress, m.HTTPPullModel = simpleHTTP, address, &pulls
	return m
}

// enterHTTP enters a VEN with an account and a certificate, both with its name.
func (r *httpRig) enterHTTP(name string) (overXMPP, byCertificate core.Peer) {
	r.t.Helper()
	if _, err := r.AddVEN(r.t.Context(), core.VEN{VENID: name, Identities: []core.Identity{
		{Transport: "xmpp", Name: peer(name).Identity}, {Transport: simpleHTTP, Name: name}}}); err != nil {
		r.t.Fatal(err)
	}
	return peer(name), certificate(name)
}

// register registers a VEN anew.
func (r *httpRig) register(from core.Peer, m *oadr.CreatePartyRegistration) *oadr.CreatedPartyRegistration {
	r.t.Helper()
	got := must[*oadr.CreatedPartyRegistration](r, from, m)
	wantCode(r.t, got.Response, oadr.CodeOK, m.RequestID)
	return got
}

// pulls enters a VEN that polls, registers it, and answers the greeting.
func (r *httpRig) pulls(name string) core.Peer {
	r.t.Helper()
	_, ven := r.enterHTTP(name)
	r.register(ven, overHTTP(""))
	r.takesGreeting(ven)
	return ven
}

func (r *httpRig) takesGreeting(ven core.Peer) {
	r.t.Helper()
	m := polled[*oadr.RegisterReport](r, ven)
	must[*oadr.Response](r, ven, &oadr.RegisteredReport{Response: oadr.EIResponse{Code: 200, RequestID: m.RequestID}, VENID: ven.Identity})
}

// pushedTo enters a VEN that is pushed to at an address, and answers the greeting.
func (r *httpRig) pushedTo(name, address string) core.Peer {
	r.t.Helper()
	_, ven := r.enterHTTP(name)
	r.register(ven, overHTTP(address))
	p, _ := webPush[*oadr.RegisterReport](r)
	r.Settle(ven, p.Token, core.Outcome{Result: core.Acknowledged, Bare: true})
	r.greeted(name)
	return ven
}

// polled is the answer to a poll, which must be a T.
func polled[T oadr.Message](r *httpRig, ven core.Peer) T {
	r.t.Helper()
	return must[T](r, ven, &oadr.Poll{VENID: ven.Identity})
}

// idle checks that nothing is due to a VEN that polls (rule H7).
func (r *httpRig) idle(ven core.Peer) {
	r.t.Helper()
	m := polled[*oadr.Response](r, ven)
	wantCode(r.t, m.Response, oadr.CodeOK, "")
}

// webPush waits for the next push over HTTP, which must be a T.
func webPush[T oadr.Message](r *httpRig) (core.Push, T) {
	r.t.Helper()
	return nextPush[T](r.t, r.web.pushes)
}

// written is the last transaction in the store's file and its log.
func (r *httpRig) written() (sum [2][32]byte) {
	r.t.Helper()
	path := strings.TrimPrefix(r.store, "sqlite:")
	for i, name := range []string{path, path + "-wal"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			r.t.Fatal(err)
		}
		sum[i] = sha256.Sum256(raw)
	}
	return sum
}
