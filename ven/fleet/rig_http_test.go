package fleet

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"crypto/tls"
	"crypto/x509"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// startHTTP gives options for VENs with certificates, and an eager VTN: it answers each
// request of a VEN for events, and hands nothing out.
func startHTTP(t *testing.T) (*rig.HTTPS, Options) {
	t.Helper()
	h, err := rig.NewHTTPS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for i := range vens {
		name := fmt.Sprintf("ven%d", i)
		if err := h.VENs.IssueFiles(folder, name, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := rig.WriteCertificate(folder, "vtn-rsa", h.RSA); err != nil { // which is left out
		t.Fatal(err)
	}
	accounts, err := Folder(folder)
	if err != nil || len(accounts) != vens {
		t.Fatalf("%d accounts, %v", len(accounts), err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(answerHTTP))
	s.TLS = h.Client(h.RSA)
	s.TLS.Certificates = []tls.Certificate{h.RSA, h.ECC}
	s.TLS.ClientCAs, s.TLS.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	s.TLS.ClientCAs.AppendCertsFromPEM(h.VENs.PEM())
	s.Config.ErrorLog = log.New(t.Output(), "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return h, Options{
		Accounts: accounts, HTTP: &ven.HTTP{URL: s.URL, PollInterval: 50 * time.Millisecond}, TLS: h.Client(h.RSA),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), ConnectRate: 1000, Duration: time.Minute,
	}
}

func answerHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil {
		w.WriteHeader(http.StatusNotAcceptable)
		return
	}
	m := answerTo(p.Message, r.TLS.PeerCertificates[0].Subject.CommonName)
	_, _ = w.Write(oadr.Append(nil, p.Form, m))
}
