package simplehttp

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestT6Hosts: only a host with a certificate of the VEN is told anything.
func TestT6Hosts(t *testing.T) {
	r := newPushRig(t)
	other, err := rig.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		certificate tls.Certificate
		entered     string // empty: its fingerprint
		why         string
	}{
		"another VEN's":        {r.issue(r.vens, "ven"), "AA:BB", "AA:BB"},
		"of no authority":      {r.issue(other, "ven"), "", "not accepted"},
		"of the VTNs'":         {r.issue(r.vtns, "ven"), "", "not accepted"},
		"expired":              {r.issue(r.vens, "ven", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), "", "expired"},
		"not yet valid":        {r.issue(r.vens, "ven", func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(day), time.Now().Add(2*day) }), "", "not yet valid"},
		"of unknown extension": {r.issue(r.vens, "ven", func(c *x509.Certificate) { c.MaxPathLenZero = true }), "AA:BB", "AA:BB"},
	} {
		served := false
		h := r.hostWith(c.certificate, func(http.ResponseWriter, *http.Request) { served = true })
		p := h.to(1)
		if c.entered != "" {
			p.Identities = []string{c.entered}
		}
		got := r.push(p)
		r.retried(got, c.why)
		if served || got.from != peerOf(p.Identities[0]) {
			t.Errorf("%s: served %v, settled as %+v", name, served, got.from)
		}
	}
}

// TestT8TwoCertificates: while a VEN renews its certificate, both are its own, and the outcome says which it was.
func TestT8TwoCertificates(t *testing.T) {
	r := newPushRig(t)
	h := r.host(func(http.ResponseWriter, *http.Request) {})
	p := h.to(1)
	p.Identities = []string{"AA:BB", h.fingerprint}
	if got := r.push(p); got.is.Result != core.Acknowledged || got.from != peerOf(h.fingerprint) {
		t.Errorf("%+v", got)
	}
}

// TestT9RemovedCertificate: a kept connection is not used once its certificate is no more the VEN's, nor by another VEN.
func TestT9RemovedCertificate(t *testing.T) {
	r := newPushRig(t)
	served := 0
	h := r.host(func(http.ResponseWriter, *http.Request) { served++ })
	if got := r.push(h.to(1)); got.is.Result != core.Acknowledged {
		t.Fatal(got)
	}
	p := h.to(2)
	p.Identities = []string{"AA:BB"}
	r.retried(r.push(p), h.fingerprint)
	p.Token.VENNo = 2
	r.retried(r.push(p), h.fingerprint)
	if served != 1 {
		t.Errorf("served %d", served)
	}
}

// TestT6NoByteBeforeTheCheck: a host that is not the VEN's sees a handshake begin, and no more.
func TestT6NoByteBeforeTheCheck(t *testing.T) {
	r := newPushRig(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	clients := make(chan int, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		s := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{r.issue(r.vens, "thief")}, ClientAuth: tls.RequestClientCert, MaxVersion: tls.VersionTLS12, CipherSuites: profileSuites})
		_ = s.Handshake()
		n, _ := io.Copy(io.Discard, s)
		clients <- len(s.ConnectionState().PeerCertificates) + int(n)
	}()
	r.retried(r.push(pushTo("https://"+l.Addr().String(), "AA:BB", 1)), "AA:BB")
	if n := <-clients; n != 0 {
		t.Errorf("%d certificates and bytes", n)
	}
}

// TestT5PushShowsCertificate: the VTN shows its certificate, without which a VEN's server takes nothing.
func TestT5PushShowsCertificate(t *testing.T) {
	r := newPushRig(t)
	shown := make(chan string, 1)
	h := r.host(func(_ http.ResponseWriter, req *http.Request) {
		shown <- fingerprint.Of(req.TLS.PeerCertificates[0].Raw)
	})
	if got := r.push(h.to(1)); got.is.Result != core.Acknowledged || <-shown != fingerprint.Of(r.cfg.Certificates[0].Certificate[0]) {
		t.Errorf("%+v", got)
	}
	none := newPushRig(t, func(p *pushes) { p.credentials.Store(p.credentialsOf(nil, r.cfg.ClientCAs)) })
	none.retried(none.push(h.to(1)), "handshake failure") // Go says no more in TLS 1.2
}

// TestT1PushSuites: the VTN's client speaks each suite of the profile, with a server that speaks nothing else, and by default no
// others.
func TestT1PushSuites(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed: ./test/install openssl")
	}
	r := newPushRig(t)
	folder := t.TempDir()
	key := newRSAKey(t)
	ecc := r.issue(r.vens, "ecc")
	rsa, err := r.vens.IssueFor(key, "rsa", func(c *x509.Certificate) { c.ExtKeyUsage, c.KeyUsage = nil, c.KeyUsage|x509.KeyUsageKeyEncipherment })
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]tls.Certificate{"ecc": ecc, "rsa": rsa} {
		if err := rig.WriteCertificate(folder, name, c); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(folder+"/vtns.pem", r.vtns.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		suite, key string
		want       core.Result
	}{
		{"ECDHE-ECDSA-AES128-SHA256", "ecc", core.Acknowledged},
		{"AES128-SHA256", "rsa", core.Acknowledged},
		{"ECDHE-ECDSA-AES128-GCM-SHA256", "ecc", core.Retry},
	} {
		address := opensslServer(t, openssl, "-cert", folder+"/"+c.key+".crt", "-key", folder+"/"+c.key+".key", "-cipher", c.suite+":@SECLEVEL=0",
			"-tls1_2", "-Verify", "1", "-CAfile", folder+"/vtns.pem", "-verify_return_error")
		certificate := ecc
		if c.key == "rsa" {
			certificate = rsa
		}
		got := r.push(pushTo("https://"+address, fingerprint.Of(certificate.Certificate[0]), 1))
		if got.is.Result != c.want {
			t.Errorf("%s: %+v", c.suite, got.is)
		}
	}
}

// opensslServer runs "openssl s_server", answers the first request with an empty 200, and returns its address.
func opensslServer(t *testing.T, openssl string, args ...string) string {
	t.Helper()
	port, err := rig.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	cmd := exec.CommandContext(t.Context(), openssl, append([]string{"s_server", "-accept", address}, args...)...)
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	says := func(text string) bool {
		for end := time.Now().Add(pushPatience); !strings.Contains(out.text(), text) && time.Now().Before(end) && t.Context().Err() == nil; {
			time.Sleep(time.Millisecond)
		}
		return strings.Contains(out.text(), text)
	}
	if !says("ACCEPT") {
		t.Fatalf("openssl s_server does not start: %s", out.text())
	}
	go func() {
		if says("<oadrDistributeEvent/>") {
			_, _ = io.WriteString(in, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	}()
	return address
}
