package simplehttp

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"net/netip"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// anywhere is every address.
var anywhere = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}

// behind configures a VTN behind a proxy, without TLS of its own.
func behind(c *Config) {
	c.Certificates, c.Proxies, c.ProxyHeader = nil, anywhere, "X-Ssl-Cert"
}

// escaped writes a certificate as nginx and Envoy do.
func escaped(c tls.Certificate) string {
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

func hashOf(c tls.Certificate) string {
	sum := sha256.Sum256(c.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// T10: the certificate comes in a header, in the forms of nginx, Envoy, HAProxy and RFC 9440.
func TestT10Forms(t *testing.T) {
	t.Parallel()
	s := serve(t, ok, behind)
	c, other := s.ven("ven1"), s.ven("ven2")
	old := s.ven("ven3", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	others, err := rig.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := others.Issue("ven1")
	if err != nil {
		t.Fatal(err)
	}
	base := base64.StdEncoding.EncodeToString(c.Certificate[0])
	v := s.plain()
	for name, value := range map[string]string{
		"nginx":                    escaped(c),
		"nginx, unescaped plus":    strings.ReplaceAll(escaped(c), "%2B", "+"),
		"Envoy, hash":              "Hash=" + hashOf(c),
		"Envoy, all":               `By=spiffe://vtn;Hash=` + hashOf(c) + `;Cert="` + escaped(c) + `";Subject="CN=ven1,O=\"a;b,c=d\"";URI=`,
		"Envoy, certificate alone": `Cert="` + escaped(c) + `"`,
		"HAProxy":                  base,
		"RFC 9440":                 ":" + base + ":",
	} {
		v.send(post(pollPath, query("r1"), isXML, "X-SSL-Cert: "+value)).reply().says(t, name, 200, fingerprint.Of(c.Certificate[0]))
	}
	for name, value := range map[string]string{
		"none":                  "",
		"no certificate":        "hello",
		"half":                  base[:400],
		"half of RFC 9440":      ":" + base[:401] + ":",
		"empty of RFC 9440":     "::",
		"nginx, broken":         escaped(c)[:300],
		"nginx, no escape":      "-----BEGIN%ZZ",
		"Envoy, two elements":   "Hash=" + hashOf(c) + ",Hash=" + hashOf(other),
		"Envoy, two hashes":     "Hash=" + hashOf(c) + ";Hash=" + hashOf(other),
		"Envoy, contradiction":  `Hash=` + hashOf(other) + `;Cert="` + escaped(c) + `"`,
		"Envoy, neither":        `By=spiffe://vtn;URI=spiffe://ven`,
		"Envoy, no hash":        "Hash=" + hashOf(c)[:40],
		"Envoy, open quote":     `Hash=` + hashOf(c) + `;Subject="CN=ven1`,
		"Envoy, no value":       "Hash=" + hashOf(c) + ";Subject",
		"expired":               escaped(old),
		"of nobody we know":     escaped(unknown),
		"two headers":           base + "\r\nX-Ssl-Cert: " + base64.StdEncoding.EncodeToString(other.Certificate[0]),
		"fingerprint":           fingerprint.Of(c.Certificate[0]),
		"two certificates":      escaped(c) + "," + escaped(other),
		"another certificate's": `Cert="` + escaped(c) + `";Hash=` + hashOf(other),
	} {
		v.send(post(pollPath, query("r1"), isXML, "X-SSL-Cert: "+value)).reply().says(t, name, 403)
	}
	v.send(post(pollPath, query("r1"), isXML)).reply().says(t, "no header", 403)
}

// T10: the header is believed from listed addresses only.
func TestT10Strangers(t *testing.T) {
	t.Parallel()
	elsewhere := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	plain := serve(t, ok, behind, func(c *Config) { c.Proxies = elsewhere })
	c := plain.ven("ven1")
	forged := post(pollPath, query("r1"), isXML, "X-SSL-Cert: "+escaped(c))
	p, err := plain.tryPlain(forged)
	if err == nil {
		p.ends()
	}
	sometime(t, "it is counted", func() bool { return plain.rejected(rejectPlain) == 1 })
	mixed := serve(t, ok, func(c *Config) { c.Proxies, c.ProxyHeader = elsewhere, "X-Ssl-Cert" })
	own := mixed.ven("ven2")
	mixed.dial(own).send(forged).reply().says(t, "a forged header", 200, fingerprint.Of(own.Certificate[0]))
}

// tryPlain connects without TLS and sends, though the other end may close at any moment.
func (s *serving) tryPlain(text string) (*peer, error) {
	p := s.plain()
	_, err := p.Write([]byte(text))
	return p, err
}

// T10: with certificates of its own a VTN takes VENs beside a proxy, which may speak either way.
func TestT10BesideVENs(t *testing.T) {
	t.Parallel()
	s := serve(t, ok, func(c *Config) { c.Proxies, c.ProxyHeader = anywhere, "X-Ssl-Cert" })
	c, proxy := s.ven("ven1"), s.ven("the proxy")
	header := "X-SSL-Cert: " + escaped(c)
	id := fingerprint.Of(c.Certificate[0])
	s.plain().send(post(pollPath, query("r1"), isXML, header)).reply().says(t, "without TLS", 200, id)
	s.dial(proxy).send(post(pollPath, query("r1"), isXML, header)).reply().says(t, "with TLS", 200, id)
	s.dial(c).send(post(pollPath, query("r1"), isXML)).reply().says(t, "a VEN at the proxy's address", 200, id)
	s.dial(tls.Certificate{}).send(post(pollPath, query("r1"), isXML, header)).reply().says(t, "with TLS, no certificate", 200, id)
	s.dial(tls.Certificate{}).send(post(pollPath, query("r1"), isXML)).reply().says(t, "nobody", 403)
}

// T10: behind a real nginx, which ends TLS and hands the certificate on.
func TestT10Nginx(t *testing.T) {
	rig.NeedPrograms(t, "nginx", "curl")
	t.Parallel()
	s := serve(t, ok, behind, func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	nginx, err := rig.StartNginx(ctx, rig.NginxOptions{HTTPS: s.https, Upstream: "http://" + s.addr, Header: "X-SSL-Cert"})
	if err != nil {
		t.Fatal(err)
	}
	defer nginx.Close()
	c, forged := s.ven("ven1"), s.ven("ven2")
	out := s.curl(c, "https://"+nginx.Addr+pollPath, "-H", "X-SSL-Cert: "+escaped(forged))
	if !strings.Contains(out, "HTTP/1.1 200 OK") || !strings.Contains(out, fingerprint.Of(c.Certificate[0])) {
		t.Errorf("curl through nginx got\n%s\nnginx said\n%s", out, nginx.Output.Tail(20))
	}
}

// T1, H3, H5: Debian's curl connects as it is, with either kind of key.
func TestT1H3H5Curl(t *testing.T) {
	rig.NeedPrograms(t, "curl")
	t.Parallel()
	s := serve(t, ok)
	c := s.ven("ven1")
	for _, more := range [][]string{nil, {"--compressed"}, {"--http1.0"}, {"-H", "Expect: 100-continue"}, {"--ciphers", "ECDHE-ECDSA-AES128-SHA256"}, {"--ciphers", "AES128-SHA256"}} {
		if out := s.curl(c, "https://"+s.addr+pollPath, more...); !strings.Contains(out, " 200 OK") || !strings.Contains(out, fingerprint.Of(c.Certificate[0])) {
			t.Errorf("curl %v got\n%s", more, out)
		}
	}
	for status, more := range map[string][]string{
		"411": {"-H", "Transfer-Encoding: chunked"},
		"406": {"-H", "Content-Type: application/x-www-form-urlencoded"},
	} {
		if out := s.curl(c, "https://"+s.addr+pollPath, more...); !strings.Contains(out, "HTTP/1.1 "+status) {
			t.Errorf("curl %v got\n%s", more, out)
		}
	}
}

// curl posts a query and returns the answer with its header.
func (s *serving) curl(c tls.Certificate, url string, more ...string) string {
	s.t.Helper()
	folder := s.t.TempDir()
	if err := rig.WriteCertificate(folder, "ven", c); err != nil {
		s.t.Fatal(err)
	}
	arguments := append([]string{"-sS", "-i", "--max-time", "20", "--cacert", s.https.File("vtns.pem"), "--cert", filepath.Join(folder, "ven.crt"), "--key", filepath.Join(folder, "ven.key"),
		"--data-binary", query("r1")}, more...)
	if !strings.Contains(strings.Join(more, " "), "Content-Type") {
		arguments = append(arguments, "-H", isXML)
	}
	out, _ := exec.CommandContext(s.t.Context(), "curl", append(arguments, url)...).CombinedOutput()
	return string(out)
}
