package fleet

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net"
	"testing"
	"time"

	"mellium.im/xmlstream"
	"mellium.im/xmpp"
	"mellium.im/xmpp/component"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

const (
	vens     = 10
	scripted = "scripted.localhost"
)

func TestMain(m *testing.M) {
	rig.Main(func(context.Context) int { return m.Run() })
}

// start gives a server with accounts ven0, ven1 … and options for them.
func start(t *testing.T) (*rig.Ejabberd, Options) {
	t.Helper()
	rig.NeedEjabberd(t)
	e, err := rig.StartEjabberd(t.Context(), rig.EjabberdOptions{Components: []string{"vtn.localhost", scripted}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	var accounts []rig.Account
	for i := range vens {
		accounts = append(accounts, rig.Account{User: fmt.Sprintf("ven%d", i), Password: "secret"})
	}
	if err := e.Register(t.Context(), accounts...); err != nil {
		t.Fatal(err)
	}
	pattern, err := Pattern("ven%d@"+e.Domain, 0, vens, "secret")
	if err != nil {
		t.Fatal(err)
	}
	return e, Options{
		Accounts: pattern, Server: e.ClientAddr, TLS: &tls.Config{RootCAs: e.CertPool}, VTN: "vtn@" + scripted,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), ConnectRate: 1000, Duration: time.Minute,
	}
}

// eager is a component that registers every VEN, pushes it an event at once and
// takes its answer.
func eager(t *testing.T, e *rig.Ejabberd) {
	t.Helper()
	conn, err := net.Dial("tcp", e.ComponentAddr)
	if err != nil {
		t.Fatal(err)
	}
	s, err := component.NewSession(t.Context(), jid.MustParse(scripted), []byte(e.Secret), conn)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Serve(xmpp.HandlerFunc(answer)); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
}

func answer(rw xmlstream.TokenReadEncoder, start *xml.StartElement) error {
	iq, err := stanza.NewIQ(*start)
	if err != nil || iq.Type != stanza.SetIQ {
		return nil
	}
	var raw bytes.Buffer
	e := xml.NewEncoder(&raw)
	if _, err := xmlstream.Copy(e, xmlstream.RemoveAttr(isDeclaration)(xmlstream.Inner(rw))); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	p, err := oadr.Decode(raw.Bytes(), oadr.DefaultLimits)
	if err != nil {
		return nil
	}
	m := answerTo(p.Message, iq.From.Localpart())
	if _, err := xmlstream.Copy(rw, iq.Result(payload(m))); err != nil || p.Message.Kind() != oadr.KindCreatePartyRegistration {
		return err
	}
	push := stanza.IQ{ID: "p-" + iq.From.Localpart(), Type: stanza.SetIQ, To: iq.From, From: iq.To}
	_, err = xmlstream.Copy(rw, push.Wrap(payload(event())))
	return err
}

// answerTo is what the eager VTN answers to a VEN.
func answerTo(request oadr.Message, venID string) oadr.Message {
	m := oadr.Answer(request, oadr.CodeOK, "OK", oadr.Party{
		VENID: venID, VTNID: "VTN",
		Profiles: []oadr.ProfileOffer{{Name: oadr.Profile20b, Transports: []string{oadr.TransportXMPP}}},
	})
	offered, _ := request.(*oadr.RegisterReport)
	switch m := m.(type) {
	case *oadr.DistributeEvent:
		m.Events = event().Events
	case *oadr.RegisteredReport:
		if len(offered.Reports) > 0 { // its usage, at once
			m.Requests = []oadr.ReportRequest{{ReportRequestID: "r-" + venID, Specifier: oadr.ReportSpecifier{
				ReportSpecifierID: "usage", Payloads: []oadr.SpecifierPayload{{RID: "load1", ReadingType: oadr.ReadingNotApplicable}, {RID: "load2", ReadingType: oadr.ReadingNotApplicable}},
			}}}
		}
	case *oadr.CreatedPartyRegistration:
		m.RegistrationID = "reg-" + venID
	}
	return m
}

// isDeclaration is an xmlns, which the encoder writes of itself.
func isDeclaration(_ xml.StartElement, a xml.Attr) bool { return a.Name.Local == "xmlns" }

func payload(m oadr.Message) xml.TokenReader {
	return xml.NewDecoder(bytes.NewReader(oadr.Append(nil, oadr.Form{}, m)))
}

func event() *oadr.DistributeEvent {
	return &oadr.DistributeEvent{RequestID: "r", VTNID: "VTN", Events: []oadr.Event{{
		Descriptor:       oadr.EventDescriptor{EventID: "e", MarketContext: "http://example.org/dr", CreatedDateTime: time.Now(), Status: oadr.StatusFar},
		ActivePeriod:     oadr.ActivePeriod{Start: time.Now().Add(time.Hour), Duration: time.Hour, Notification: new(time.Duration)},
		Signals:          []oadr.EventSignal{{Name: "SIMPLE", Type: "level", ID: "0", CurrentValue: new(0.0), Intervals: []oadr.Interval{{Duration: time.Hour, UID: "0", Value: 1}}}},
		ResponseRequired: oadr.ResponseAlways,
	}}}
}
