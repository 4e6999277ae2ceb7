package main

import (
	"encoding/json"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// testCA makes certificates with certificates/make-test-ca, for the machine's folder ca.
func (m *machine) testCA(args ...string) {
	m.t.Helper()
	script, err := filepath.Abs("../../certificates/make-test-ca")
	if err != nil {
		m.t.Fatal(err)
	}
	c := exec.CommandContext(m.t.Context(), script, args...)
	c.Dir = m.dir
	if out, err := c.CombinedOutput(); err != nil {
		m.t.Fatalf("%v: %s", err, out)
	}
}

// withTLS are settings of a VTN that has the certificates of testCA.
func withTLS(more map[string]string) map[string]string {
	env := map[string]string{
		"VTN_XMPP_SECRET": "s", "VTN_HTTP_LISTEN": "127.0.0.1:0", "VTN_HTTP_CLIENT_CA_FILE": "ca/ven-ca.pem",
		"VTN_HTTP_CERT_FILE": "ca/vtn-rsa.crt,ca/vtn-ecc.crt", "VTN_HTTP_KEY_FILE": "ca/vtn-rsa.key,ca/vtn-ecc.key",
	}
	for name, value := range more {
		env[name] = value
	}
	return env
}

// The way of the README: test certificates, a VTN with simpleHttp, VENs by certificate, RSA and ECC, and curl.
func TestServeHTTP(t *testing.T) {
	rig.NeedPrograms(t, "openssl", "curl")
	m := newMachine(t, withTLS(nil))
	m.testCA("ca", "ven1")
	m.testCA("--ecc", "ca", "ven1", "ven2") // ven1 stays as it is
	s := m.serve()
	m.env["VTN_API_URL"] = s.api
	s.awaits(t, "simpleHttp listens")
	addr := regexp.MustCompile(`"address":"127\.0\.0\.1:(\d+)","tls":"profile","certificates":2`).FindStringSubmatch(s.said())
	if addr == nil {
		t.Fatal(s.said())
	}
	m.says(m.run("health", "--timeout=30s").stdout, "http", "store")
	pull := true
	register := m.write("register.xml", string(oadr.Append(nil, oadr.Form{}, &oadr.CreatePartyRegistration{RequestID: "r1", ProfileName: "2.0b", TransportName: "simpleHttp", VENName: "a VEN", HTTPPullModel: &pull})))
	for ven, key := range map[string]string{"ven1": "RSA 2048", "ven2": "ECC P-256"} {
		m.says(m.ok("", "certificate", "ca/"+ven+".crt"), key, "CN="+ven)
		m.says(m.ok("", "ven", "add", "--id="+ven, "--certificate=ca/"+ven+".crt"), ven)
		c := exec.CommandContext(t.Context(), "curl", "-sS", "--max-time", "20", "--cacert", "ca/vtn-ca.pem", "--cert", "ca/"+ven+".crt", "--key", "ca/"+ven+".key",
			"-H", "Content-Type: application/xml", "--data-binary", "@"+register, "https://localhost:"+addr[1]+"/OpenADR2/Simple/2.0b/EiRegisterParty")
		c.Dir = m.dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		m.says(string(out), "oadrCreatedPartyRegistration", "<requestID", "r1")
	}
	var v client.VEN
	if err := json.Unmarshal([]byte(m.ok("", "ven", "show", "ven2", "-o", "json")), &v); err != nil || v.Registration == nil || v.Registration.Transport != "simpleHttp" {
		t.Errorf("ven2 is %+v, %v", v, err)
	}
}

// What is wrong with the settings of simpleHttp is said at once, all of it.
func TestBadSettingsOfHTTP(t *testing.T) {
	rig.NeedPrograms(t, "openssl")
	m := newMachine(t, nil)
	m.testCA("ca")
	for name, test := range map[string]struct {
		env  map[string]string
		says []string
	}{
		"no certificate":        {map[string]string{"VTN_HTTP_CERT_FILE": "", "VTN_HTTP_KEY_FILE": ""}, []string{"VTN_HTTP_CERT_FILE, too"}},
		"too few keys":          {map[string]string{"VTN_HTTP_KEY_FILE": "ca/vtn-rsa.key"}, []string{"2 certificate files and 1 key files"}},
		"keys in another order": {map[string]string{"VTN_HTTP_KEY_FILE": "ca/vtn-ecc.key,ca/vtn-rsa.key"}, []string{"ca/vtn-rsa.crt with ca/vtn-ecc.key"}},
		"no file":               {map[string]string{"VTN_HTTP_CERT_FILE": "none,ca/vtn-ecc.crt"}, []string{"VTN_HTTP_CERT_FILE", "none"}},
		"no authority":          {map[string]string{"VTN_HTTP_CLIENT_CA_FILE": ""}, []string{"VTN_HTTP_CLIENT_CA_FILE is not set"}},
		"no authorities in it":  {map[string]string{"VTN_HTTP_CLIENT_CA_FILE": "ca/ven-ca.key"}, []string{"holds no certificate"}},
		"many": {map[string]string{"VTN_HTTP_LISTEN": "8443", "VTN_HTTP_LISTEN_OLD": "8444", "VTN_HTTP_TLS": "old", "VTN_HTTP_POLL": "soon", "VTN_HTTP_CONNECTIONS": "1", "VTN_HTTP_PROXIES": "nginx"},
			[]string{"VTN_HTTP_LISTEN", "VTN_HTTP_LISTEN_OLD", "VTN_HTTP_TLS", "VTN_HTTP_POLL", "VTN_HTTP_CONNECTIONS", "VTN_HTTP_PROXIES", "VTN_HTTP_PROXY_HEADER"}},
		"half a second":         {map[string]string{"VTN_HTTP_POLL": "PT0.5S"}, []string{"VTN_HTTP_POLL"}},
		"a header from nobody":  {map[string]string{"VTN_HTTP_PROXY_HEADER": "X-Cert"}, []string{"VTN_HTTP_PROXIES"}},
		"a header with a space": {map[string]string{"VTN_HTTP_PROXY_HEADER": "X Cert", "VTN_HTTP_PROXIES": "::1"}, []string{"no name of a header"}},
		"off":                   {map[string]string{"VTN_HTTP_LISTEN": ""}, []string{"VTN_HTTP_LISTEN is not set"}},
		"off, with one setting": {map[string]string{"VTN_HTTP_LISTEN": "", "VTN_HTTP_CERT_FILE": "", "VTN_HTTP_KEY_FILE": "", "VTN_HTTP_CLIENT_CA_FILE": "", "VTN_HTTP_PUSH_PRIVATE": "true"}, []string{"VTN_HTTP_LISTEN is not set"}},
	} {
		t.Run(name, func(t *testing.T) {
			refusing := &machine{t, m.dir, withTLS(test.env)}
			refusing.says(refusing.refused("serve"), test.says...)
		})
	}
}

// A port that another program has is refused by the name of its setting.
func TestPortOfHTTPIsTaken(t *testing.T) {
	rig.NeedPrograms(t, "openssl")
	m := newMachine(t, nil)
	m.testCA("ca")
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, name := range []string{"VTN_HTTP_LISTEN", "VTN_HTTP_LISTEN_OLD"} {
		refusing := &machine{t, m.dir, withTLS(map[string]string{"VTN_API_LISTEN": "127.0.0.1:0", name: other.Addr().String()})}
		refusing.says(refusing.refused("serve"), name+": listen tcp", "in use")
	}
}
