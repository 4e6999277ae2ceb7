package simplehttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// sClient connects with OpenSSL, which may be limited to a suite, and sends a query. It returns what openssl printed.
func (s *serving) sClient(c tls.Certificate, arguments ...string) string {
	s.t.Helper()
	folder := s.t.TempDir()
	if err := rig.WriteCertificate(folder, "ven", c); err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", append([]string{
		"s_client", "-connect", s.addr, "-ign_eof", "-CAfile", s.https.File("vtns.pem"),
		"-cert", filepath.Join(folder, "ven.crt"), "-key", filepath.Join(folder, "ven.key"),
	}, arguments...)...)
	cmd.Stdin = strings.NewReader(post(pollPath, query("r1"), isXML, "Connection: close"))
	out, _ := cmd.CombinedOutput()
	return string(out)
}

// T1, T2, T3: VENs that are limited to one of the profile's suites can connect, with either kind of key.
func TestT1T2T3SuitesOfTheProfile(t *testing.T) {
	rig.NeedPrograms(t, "openssl")
	t.Parallel()
	s := serve(t, ok)
	c := s.ven("ven1")
	for suite, kind := range map[string]string{"AES128-SHA256": "RSA", "ECDHE-ECDSA-AES128-SHA256": "ECDSA"} {
		out := s.sClient(c, "-tls1_2", "-cipher", suite)
		for _, want := range []string{"Cipher    : " + suite, "Verify return code: 0 (ok)", "HTTP/1.1 200 OK", fingerprint.Of(c.Certificate[0]), kind} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is missing in\n%s", suite, want, out)
			}
		}
	}
	for _, limit := range [][]string{{"-tls1_3"}, {"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"}, {"-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"}} {
		if out := s.sClient(c, limit...); strings.Contains(out, "HTTP/1.1") {
			t.Errorf("%v connected:\n%s", limit, out)
		}
	}
}

// T1: by setting, VENs with newer versions and suites connect, too, and those of the profile still do.
func TestT1Modern(t *testing.T) {
	rig.NeedPrograms(t, "openssl")
	t.Parallel()
	s := serve(t, ok, func(c *Config) { c.TLS = TLSModern })
	c := s.ven("ven1")
	for _, limit := range [][]string{{"-tls1_3"}, {"-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"}, {"-tls1_2", "-cipher", "AES128-SHA256"}, {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"}} {
		if out := s.sClient(c, limit...); !strings.Contains(out, "HTTP/1.1 200 OK") {
			t.Errorf("%v did not connect:\n%s", limit, out)
		}
	}
	if out := s.sClient(c, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"); strings.Contains(out, "HTTP/1.1") {
		t.Errorf("TLS 1.1 connected:\n%s", out)
	}
}

// A6: on a port of its own, VENs of 2.0a connect that know TLS 1.0 and one suite. Only their service is there.
func TestA6OldTLS(t *testing.T) {
	rig.NeedPrograms(t, "openssl")
	t.Parallel()
	s := serve(t, ok, func(c *Config) { c.ListenOld = "127.0.0.1:0" })
	c := s.ven("ven1")
	old := []string{"-tls1", "-cipher", "AES128-SHA:@SECLEVEL=0"}
	if out := s.sClient(c, old...); strings.Contains(out, "HTTP/1.1") {
		t.Errorf("TLS 1.0 connected to the usual port:\n%s", out)
	}
	s.addr = s.OldAddr().String()
	out := s.sClient(c, old...)
	for _, want := range []string{"Protocol  : TLSv1\n", "Cipher    : AES128-SHA\n", "HTTP/1.1 404"} { // the service of 2.0b is not there
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	p := s.dial(c)
	const service = "/any/OpenADR2/Simple/EiEvent"
	asks := string(oadr.Append(nil, oadr.Form{Profile: oadr.ProfileA}, &oadr.RequestEvent{RequestID: "r1", VENID: "ven1"}))
	p.send(post(service, asks, isXML)).reply().says(t, "2.0a", 200)
	p.send(post(service, query("r1"), isXML)).reply().says(t, "2.0b", 406, "2.0a") // nobody registers over TLS that can be broken
	if _, err := s.tryDial(tls.Certificate{}); err == nil {
		t.Error("somebody without a certificate connected")
	}
}

// T4: a client that takes both kinds of key is shown the first certificate.
func TestT4RSAFirst(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	p := s.dial(s.ven("ven1"))
	if shown := p.Conn.(*tls.Conn).ConnectionState().PeerCertificates[0]; shown.PublicKeyAlgorithm != x509.RSA {
		t.Errorf("it was shown %v", shown.PublicKeyAlgorithm)
	}
}

// T5, T6: only a certificate of the VENs' authority that is valid now gets through; it needs no extended key usage.
func TestT5T6Certificates(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	others, err := rig.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	issue := func(a *rig.Authority, change func(*x509.Certificate)) tls.Certificate {
		c, err := a.Issue("ven1", change)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	hour := time.Hour
	for name, test := range map[string]struct {
		tls.Certificate
		says string // in the log; empty: it gets through
	}{
		"none":                {tls.Certificate{}, "didn't provide a certificate"},
		"of nobody we know":   {issue(others, func(*x509.Certificate) {}), "VTN_HTTP_CLIENT_CA_FILE"},
		"of a VTN":            {s.https.RSA, "unknown authority"},
		"expired":             {s.ven("ven1", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-hour / 2) }), "expired"},
		"not valid yet":       {s.ven("ven1", func(c *x509.Certificate) { c.NotBefore = time.Now().Add(hour) }), "not yet valid"},
		"for servers only":    {issue(s.https.VENs, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), "key usage"},
		"as devices have it":  {s.ven("ven1"), ""},
		"for clients":         {issue(s.https.VENs, func(*x509.Certificate) {}), ""},
		"without common name": {s.ven(""), ""},
	} {
		p, err := s.tryDial(test.Certificate)
		if test.says == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			p.send(post(pollPath, query("r1"), isXML)).reply().says(t, name, 200)
			continue
		}
		if err == nil {
			if _, err = p.r.ReadByte(); err == nil {
				t.Errorf("%s: it got through", name)
			}
		}
		sometime(t, name+": the log says "+test.says, func() bool { return strings.Contains(s.log.String(), test.says) })
	}
	sometime(t, "six handshakes are counted as failed", func() bool { return s.rejected(rejectHandshake) == 6 })
	// Whoever knows RSA only speaks RSA.
	if p, err := s.tryDial(s.ven("ven1"), func(c *tls.Config) { c.CipherSuites = profileSuites[1:] }); err != nil {
		t.Error(err)
	} else {
		p.send(post(pollPath, query("r1"), isXML)).reply().says(t, "RSA only", 200)
	}
}

// T5: in TLS 1.3 a client without a certificate notices when it reads.
func TestT5NoCertificateInTLS13(t *testing.T) {
	t.Parallel()
	s := serve(t, ok, func(c *Config) { c.TLS = TLSModern })
	p, err := s.tryDial(tls.Certificate{}, func(c *tls.Config) {
		c.CipherSuites, c.MinVersion, c.MaxVersion = nil, tls.VersionTLS13, tls.VersionTLS13
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.r.ReadByte(); err == nil {
		t.Error("it got through")
	}
}

// T5: a certificate that expires while its connection stands is good for no more requests.
func TestT5ExpiresWhileConnected(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(time.Now())
	s := serve(t, ok, func(c *Config) { c.Clock = clock })
	v := s.dial(s.ven("ven1", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(time.Hour) }))
	v.send(post(pollPath, query("r1"), isXML)).reply().says(t, "in time", 200)
	clock.Move(2 * time.Hour)
	v.send(post(pollPath, query("r1"), isXML)).reply().says(t, "too late", 403, "expired")
	v.ends()
}

// T9: removing a certificate closes its connections, and nobody else's.
func TestT9Evict(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	c1, c2 := s.ven("ven1"), s.ven("ven2")
	gone := []*peer{s.dial(c1), s.dial(c1)}
	stays := s.dial(c2)
	for _, p := range append(gone, stays) {
		p.send(post(pollPath, query("r1"), isXML)).reply().says(t, "before", 200)
	}
	s.Evict(fingerprint.Of(c1.Certificate[0]))
	for _, p := range gone {
		p.ends()
	}
	stays.send(post(pollPath, query("r1"), isXML)).reply().says(t, "another's", 200)
	if n := s.rejected(rejectEnded); n != 2 {
		t.Errorf("%d are counted", n)
	}
	sometime(t, "they are counted no more", func() bool { return s.conns.count() == 1 })
}

// A VTN without a certificate of each kind says so, and what that means.
func TestT1LackingCertificates(t *testing.T) {
	t.Parallel()
	https, err := authorities()
	if err != nil {
		t.Fatal(err)
	}
	for want, certificates := range map[string][]tls.Certificate{
		"":             {https.RSA, https.ECC},
		"an ECC key":   {https.RSA},
		"2048 bits: V": {https.ECC},
	} {
		if got := fmt.Sprint(lacking(certificates)); want == "" && got != "<nil>" || !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Files that cannot be used are named.
func TestLoadFiles(t *testing.T) {
	t.Parallel()
	https, err := authorities()
	if err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadCertificates([]string{https.File("rsa.crt")}, nil); err == nil || !strings.Contains(err.Error(), "a key for each") {
		t.Error(err)
	}
	if _, err := LoadCertificates([]string{https.File("rsa.crt")}, []string{https.File("ecc.key")}); err == nil || !strings.Contains(err.Error(), "ecc.key") {
		t.Error(err)
	}
	if _, err := LoadAuthorities(empty); err == nil || !strings.Contains(err.Error(), empty) {
		t.Error(err)
	}
	if _, err := LoadAuthorities(empty + "x"); err == nil {
		t.Error("a file that is not there was read")
	}
}
