package simplehttp

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
)

// BenchmarkPoll measures requests over kept connections with TLS, beside those of a bare handler that answers the same bytes.
func BenchmarkPoll(b *testing.B) {
	https, err := authorities()
	if err != nil {
		b.Fatal(err)
	}
	answer := &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: "OK"}, VENID: "ven1"}
	bytes := oadr.Append(nil, oadr.Form{}, answer)
	b.Run("bare", func(b *testing.B) {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{https.RSA}})
		if err != nil {
			b.Fatal(err)
		}
		web := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/xml")
			w.Header().Set("Content-Length", fmt.Sprint(len(bytes)))
			_, _ = w.Write(bytes)
		})}
		go func() { _ = web.Serve(l) }()
		defer web.Close()
		cfg := https.Client(https.ECC)
		polls(b, l.Addr(), cfg)
	})
	b.Run("transport", func(b *testing.B) {
		vens, err := LoadAuthorities(https.File("vens.pem"))
		if err != nil {
			b.Fatal(err)
		}
		t := New(Config{Listen: "127.0.0.1:0", Certificates: []tls.Certificate{https.RSA}, ClientCAs: vens, TLS: TLSModern, Rate: 1e9, Budget: lane.Unlimited(core.SystemClock{})},
			vtn(func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) { return answer, nil }))
		addr, err := t.Listen()
		if err != nil {
			b.Fatal(err)
		}
		ctx, stop := context.WithCancel(b.Context())
		done := make(chan struct{})
		go func() { _ = t.Run(ctx); close(done) }()
		ven, err := https.VEN("ven1")
		if err != nil {
			b.Fatal(err)
		}
		polls(b, addr, https.Client(ven))
		stop()
		<-done
	})
}

// polls sends polls over some connections.
func polls(b *testing.B, addr net.Addr, cfg *tls.Config) {
	b.Helper()
	cfg.ServerName = "localhost"
	request := post(pollPath, poll("ven1"), isXML)
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c, err := tls.Dial("tcp", addr.String(), cfg)
		if err != nil {
			b.Error(err)
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		for pb.Next() {
			if _, err := io.WriteString(c, request); err != nil {
				b.Error(err)
				return
			}
			res, err := http.ReadResponse(r, nil)
			if err != nil || res.StatusCode != 200 {
				b.Errorf("%v, %v", res, err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
		}
	})
	b.ReportAllocs()
}
