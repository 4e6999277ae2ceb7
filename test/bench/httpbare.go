package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// bareHTTP is the least there is to do over HTTP with net/http: a handler that answers fixed bytes, and a client that posts fixed
// bytes. TLS is the VTN's, with its certificates.
type bareHTTP struct {
	own  []tls.Certificate
	vens *x509.CertPool
	http *http.Client
	body []byte
}

func bareHTTPMain(args []string) int {
	b := &bareHTTP{vens: x509.NewCertPool()}
	if err := b.load(args[0]); err != nil {
		fmt.Fprintln(os.Stderr, "bench: barehttp:", err)
		return 1
	}
	return commands("barehttp", func(words []string) (err error) {
		switch words[0] {
		case "serve":
			var address string
			if address, err = b.serve(); err == nil {
				fmt.Println(address)
			}
			return err
		case "load": // what to post
			b.body, err = os.ReadFile(words[1])
		case "post": // to the first so many VENs, at a port, so many at once
			err = b.post(words[1:])
		}
		if err == nil {
			fmt.Println("ok")
		}
		return err
	})
}

func (b *bareHTTP) load(folder string) error {
	for _, name := range []string{"rsa", "ecc"} {
		c, err := tls.LoadX509KeyPair(filepath.Join(folder, name+".crt"), filepath.Join(folder, name+".key"))
		if err != nil {
			return err
		}
		b.own = append(b.own, c)
	}
	pem, err := os.ReadFile(filepath.Join(folder, "vens.pem"))
	if err == nil && !b.vens.AppendCertsFromPEM(pem) {
		err = errors.New("vens.pem has no certificate")
	}
	b.http = &http.Client{Transport: &http.Transport{
		MaxIdleConns: 0, MaxIdleConnsPerHost: 1, DisableCompression: true,
		TLSClientConfig: &tls.Config{Certificates: b.own, InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: profileSuites},
	}}
	return err
}

// serve answers each request with an oadrResponse of fixed bytes.
func (b *bareHTTP) serve() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	answer := oadr.Append(nil, oadr.Form{}, &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: "OK"}, VENID: venID(0)})
	length := []string{strconv.Itoa(len(answer))}
	server := &http.Server{
		Protocols: new(http.Protocols),
		TLSConfig: &tls.Config{Certificates: b.own, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: b.vens, MaxVersion: tls.VersionTLS12, CipherSuites: profileSuites},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header()["Content-Type"] = []string{"application/xml"}
			w.Header()["Content-Length"] = length
			_, _ = w.Write(answer)
		}),
	}
	server.Protocols.SetHTTP1(true)
	go func() { _ = server.ServeTLS(l, "", "") }()
	return l.Addr().String(), nil
}

// post posts the same bytes to each VEN once.
func (b *bareHTTP) post(words []string) error {
	var n, port, atOnce int
	if err := numbers(words, &n, &port, &atOnce); err != nil {
		return err
	}
	return someAtOnce(atOnce, 0, n, func(no int) error {
		return b.postOne(fmt.Sprintf("https://%s:%d/OpenADR2/Simple/2.0b/EiEvent", loopbackOf(no), port))
	})
}

func (b *bareHTTP) postOne(url string) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(b.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/xml")
	res, err := b.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d %w", url, res.StatusCode, err)
	}
	return nil
}
