package containers

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
)

// asksAWebhook whose certificate is from an authority that nobody knows: it is refused until the authority's certificate is in
// secrets/webhook-ca.pem.
func (c *checkout) asksAWebhook() {
	c.t.Helper()
	project := regexp.MustCompile(`(?m)^COMPOSE_PROJECT_NAME=(.*)$`).FindStringSubmatch(c.read(".env"))[1]
	gateway := strings.TrimSpace(c.run("docker", "network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", project+"_operators"))
	dir := c.t.TempDir()
	c.in(dir, "bash", "-ec", `
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=own -keyout ca.key -out ca.crt
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=webhook -keyout key -out csr
		openssl x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile <(echo "subjectAltName=IP:$0") -out crt
	`, gateway)
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "crt"), filepath.Join(dir, "key"))
	if err != nil {
		c.t.Fatal(err)
	}
	l, err := tls.Listen("tcp", net.JoinHostPort(gateway, "0"), &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		c.t.Fatal(err)
	}
	var asked atomic.Int32
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"accept": true, "venID": "by-webhook"}`)
	})}
	go server.Serve(l)
	defer server.Close()

	settings := fmt.Sprintf("VTN_REGISTRATION=webhook\nVTN_WEBHOOK_URL=https://%s/\n", l.Addr())
	c.setting(settings)
	c.run("make", "up")
	v := c.logsIn("ven4")
	if _, err := v.Register(c.t.Context()); err == nil || asked.Load() > 0 {
		c.t.Errorf("an unknown authority is trusted: %v", err)
	}
	c.in(dir, "cp", "ca.crt", filepath.Join(c.dir, "secrets/webhook-ca.pem"))
	c.run("make", "up")
	r, err := v.Register(c.t.Context())
	if err != nil || r.VENID != "by-webhook" || asked.Load() != 1 {
		c.t.Errorf("registered as %+v, %v; asked %d times", r, err, asked.Load())
	}
	c.without(settings)
	c.run("make", "up")
}
