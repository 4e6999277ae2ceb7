package ven

import (
	"crypto/tls"
	"net/http"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/signature"
)

// signing is a codec that signs with a certificate.
func signing(t *testing.T, c tls.Certificate) signature.Codec {
	t.Helper()
	s, err := signature.SignerOf(c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return signature.Codec{Limits: oadr.DefaultLimits, Signer: s, Rewritten: true}
}

// A VEN that signs registers so, signs all it sends, and takes nothing of the VTN that is
// not signed by that.
func TestS11S12VENThatSigns(t *testing.T) {
	vtn := startHTTPVTN(t)
	vtn.codec = signing(t, vtn.certificate)
	cfg := vtn.config("ven1")
	cfg.HTTP.Listen = "127.0.0.1:0"
	cfg.Form.Signed, cfg.Codec = true, signing(t, cfg.TLS.Certificates[0])
	cfg.VTNFingerprints = []string{fingerprint.Of(vtn.certificate.Certificate[0])}
	v := connect(t, cfg)
	if _, err := v.Register(timeout(t)); err != nil {
		t.Fatal(err)
	}
	if h := next(t, vtn.got); !h.form.Signed || !h.Message.(*oadr.CreatePartyRegistration).XMLSignature {
		t.Errorf("sent %+v", h)
	}
	at := "OpenADR2/Simple/2.0b/EiEvent"
	signed := oadr.Form{Signed: true}
	status, answer := vtn.pushIn(signed, v.Address(), at, pushOf("e-1", event("a", 0)))
	if r, ok := answer.(*oadr.Response); status != http.StatusOK || !ok || r.Response.Code != oadr.CodeOK {
		t.Errorf("answered %d %+v", status, answer)
	}
	if h := next(t, vtn.got); !h.form.Signed || h.Kind() != oadr.KindCreatedEvent {
		t.Errorf("sent %+v", h)
	}
	if status, _ = vtn.push(v.Address(), at, pushOf("e-2")); status != http.StatusForbidden {
		t.Errorf("an unsigned push is answered %d", status)
	}
	vtn.codec = signing(t, cfg.TLS.Certificates[0])
	if status, _ = vtn.pushIn(signed, v.Address(), at, pushOf("e-3")); status != http.StatusForbidden {
		t.Errorf("a push signed by another is answered %d", status)
	}
	if len(v.Events()) != 1 {
		t.Errorf("it holds %v", v.Events())
	}
}

// Signatures hold on the way through the XMPP server, in both directions.
func TestS12S14VENThatSignsOverXMPP(t *testing.T) {
	srv := startServer(t)
	vtn := startVTN(t, srv)
	shows := certificate(t, "vtn")
	vtn.codec = signing(t, shows)
	cfg := account(srv, "ven1")
	cfg.Form.Signed, cfg.Codec = true, signing(t, certificate(t, "ven1"))
	cfg.VTNFingerprints = []string{fingerprint.Of(shows.Certificate[0])}
	v := connect(t, cfg)
	if _, err := v.Register(timeout(t)); err != nil {
		t.Fatal(err)
	}
	if m := request[*oadr.CreatePartyRegistration](t, vtn); !m.XMLSignature {
		t.Errorf("sent %+v", m)
	}
	push := func(f oadr.Form) *stanza {
		return vtn.ask(vtn.service(), v.JID(), "set", newID(), vtn.codec.Append(nil, f, pushOf("e-1", event("a", 0))))
	}
	if s := push(oadr.Form{Signed: true}); s.kind != "result" {
		t.Errorf("answered %s", s.raw)
	} else if p, err := vtn.codec.Decode(s.children[0].raw); err != nil || p.Signature == nil {
		t.Errorf("answered %s: %v", s.raw, err)
	}
	if e := stanzaError(push(oadr.Form{})); e.Condition != "not-authorized" {
		t.Errorf("an unsigned push is answered %v", e)
	}
}
