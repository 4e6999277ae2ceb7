package main

import (
	"bytes"
	"crypto/tls"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// Renewed certificates are used without a restart; a key that does not fit changes nothing, and the log says which.
func TestServeRenews(t *testing.T) {
	rig.NeedPrograms(t, "openssl")
	m := newMachine(t, withTLS(map[string]string{"VTN_SIGN_CERT_FILE": "ca/vtn-ecc.crt", "VTN_SIGN_KEY_FILE": "ca/vtn-ecc.key"}))
	m.testCA("ca")
	m.testCA("next")
	s := m.serve()
	s.awaits(t, "simpleHttp listens")
	addr := regexp.MustCompile(`"address":"(127\.0\.0\.1:\d+)","tls":"profile"`).FindStringSubmatch(s.said())
	if addr == nil {
		t.Fatal(s.said())
	}
	shows := func(file string) bool { return m.shows(addr[1], file) }
	take := func(name string) {
		t.Helper()
		if err := os.Rename(filepath.Join(m.dir, "next", name), filepath.Join(m.dir, "ca", name)); err != nil {
			t.Fatal(err)
		}
	}
	if !shows("ca/vtn-rsa") {
		t.Error("it shows another certificate")
	}
	take("vtn-ecc.crt")
	s.hangUp(t)
	s.awaits(t, "renewed files cannot be used")
	m.says(s.said(), "ca/vtn-ecc.crt with ca/vtn-ecc.key", "private key does not match")
	s.awaitsLine(t, "renewed files cannot be used", "VTN_SIGN_CERT_FILE")
	if !shows("ca/vtn-rsa") {
		t.Error("it does not show its certificate any more")
	}
	for _, name := range []string{"vtn-ecc.key", "vtn-rsa.crt", "vtn-rsa.key", "ven-ca.pem"} {
		take(name)
	}
	s.hangUp(t)
	s.awaitsLine(t, "read files anew", "VTN_HTTP_CLIENT_CA_FILE")
	s.awaitsLine(t, "read files anew", "VTN_SIGN_CERT_FILE")
	if !shows("ca/vtn-rsa") {
		t.Error("it does not show the renewed certificate")
	}
}

// shows returns whether a VTN shows the certificate of a file.
func (m *machine) shows(addr, file string) bool {
	m.t.Helper()
	want, err := tls.LoadX509KeyPair(filepath.Join(m.dir, file+".crt"), filepath.Join(m.dir, file+".key"))
	if err != nil {
		m.t.Fatal(err)
	}
	var got []byte
	c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: rig.ProfileSuites,
		VerifyConnection: func(s tls.ConnectionState) error { got = s.PeerCertificates[0].Raw; return nil }})
	if err == nil {
		c.Close()
	}
	return bytes.Equal(got, want.Certificate[0])
}

// hangUp sends SIGHUP.
func (s *serving) hangUp(t *testing.T) {
	t.Helper()
	if err := s.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

// awaitsLine waits until a line of the log has both words.
func (s *serving) awaitsLine(t *testing.T, message, word string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	both := func(line string) bool { return strings.Contains(line, message) && strings.Contains(line, word) }
	for !slices.ContainsFunc(strings.Split(s.log.String(), "\n"), both) {
		if s.ended {
			t.Fatalf("it ended without saying %q of %s: %s", message, word, s.log.String())
		}
		s.more.Wait()
	}
}
