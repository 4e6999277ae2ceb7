package rig_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// TestNginxHandsTheCertificateOn, and lets nobody in without one.
func TestNginxHandsTheCertificateOn(t *testing.T) {
	t.Parallel()
	rig.NeedPrograms(t, "nginx")
	h, err := rig.NewHTTPS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cert, err := url.PathUnescape(r.Header.Get("X-Client-Cert"))
		fmt.Fprintln(w, r.URL.Path, cert, err)
	}))
	t.Cleanup(behind.Close)
	n, err := rig.StartNginx(t.Context(), rig.NginxOptions{HTTPS: h, Upstream: behind.URL, Header: "X-Client-Cert"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.VEN("ven1")
	if err != nil {
		t.Fatal(err)
	}
	ask := func(config *tls.Config) (int, string) {
		t.Helper()
		client := http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
		res, err := client.Get("https://" + n.Addr + "/a/b")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	if status, body := ask(h.Client(c)); status != http.StatusOK || !strings.HasPrefix(body, "/a/b -----BEGIN CERTIFICATE-----\n") {
		t.Errorf("answered %d: %s", status, body)
	}
	if status, _ := ask(&tls.Config{RootCAs: h.Client(c).RootCAs}); status != http.StatusBadRequest {
		t.Errorf("without a certificate it answers %d", status)
	}
}
