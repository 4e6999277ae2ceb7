package fleet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestTroubleOfEachKind fails in each way a VEN may, at a real server where there must be one. What tells by its kind that trying
// again does not help ends the run by itself.
func TestTroubleOfEachKind(t *testing.T) {
	e, o := start(t)
	closed, err := rig.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind   TroubleKind
		change func(*Options)
		ends   bool
	}{
		{TroubleDNS, func(o *Options) { o.Server = "server.invalid:5222" }, true},
		{TroubleNetwork, func(o *Options) { o.Server = fmt.Sprintf("127.0.0.1:%d", closed) }, false},
		{TroubleCertificate, func(o *Options) { o.TLS = nil }, true},
		{TroubleCertificate, func(o *Options) {
			o.TLS = &tls.Config{RootCAs: e.CertPool, ServerName: "other.example"}
		}, true},
		{TroubleLogin, func(o *Options) { o.Accounts[0].Password = "wrong" }, true},
		{TroubleDiscovery, func(o *Options) { o.VTN = "" }, false},
		{TroubleVTN, func(o *Options) { o.VTN = "vtn@" + scripted }, false}, // nobody is connected as that
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			o := o
			o.Accounts = append([]Account(nil), o.Accounts[:2]...)
			o.Accounts[1] = o.Accounts[0]
			c.change(&o)
			o.Accounts[1] = o.Accounts[0]
			o.Every, o.Log = 10*time.Millisecond, nil
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if !c.ends {
				o.OnProgress = func(p Progress) {
					if len(p.Troubles) > 0 && p.Troubles[0].VENs == 2 {
						cancel()
					}
				}
			}
			o.Duration = 0
			p, err := Run(ctx, o)
			if (err != nil) != c.ends || c.ends && (p.Failed != 2 || ctx.Err() != nil) {
				t.Errorf("ended with %v, %d given up", err, p.Failed)
			}
			if len(p.Troubles) != 1 || p.Troubles[0].Kind != c.kind || p.Troubles[0].VENs != 2 || p.Troubles[0].Err == nil {
				t.Errorf("the troubles are %+v", p.Troubles)
			}
		})
	}
}

// TestTroubleIsOver when the VEN is registered, and there is another when its server goes.
func TestTroubleIsOver(t *testing.T) {
	e, o := start(t)
	o.Accounts = o.Accounts[:1]
	o.Every, o.Log, o.Duration = 10*time.Millisecond, nil, 0
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	proxy, err := rig.StartProxy(ctx, o.Server)
	if err != nil {
		t.Fatal(err)
	}
	o.Server = proxy.Addr
	kinds := make(chan TroubleKind, 10)
	last := TroubleKind("none yet")
	o.OnProgress = func(p Progress) {
		var now TroubleKind
		if len(p.Troubles) > 0 {
			now = p.Troubles[0].Kind
		}
		if now != last && (now != "" || p.Registered > 0) {
			kinds <- now
			last = now
		}
	}
	ended := make(chan error, 1)
	go func() {
		_, err := Run(ctx, o)
		ended <- err
	}()
	expect := func(want TroubleKind) {
		t.Helper()
		select {
		case got := <-kinds:
			if got != want {
				t.Fatalf("the trouble is %q, want %q", got, want)
			}
		case err := <-ended:
			t.Fatalf("ended with %v, want the trouble %q", err, want)
		}
	}
	expect(TroubleVTN)
	eager(t, e)
	expect("")
	proxy.Close()
	expect(TroubleNetwork)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTroublesAreCountedByKind(t *testing.T) {
	dns := fmt.Errorf("connect: %w", &net.OpError{Op: "dial", Err: &net.DNSError{IsTemporary: true}})
	got := sumTroubles([]error{dns, nil, ven.ErrNoVTN, fmt.Errorf("found: %w", ven.ErrNoVTN), errors.New("something")})
	want := []Trouble{{TroubleDiscovery, 2, ven.ErrNoVTN}, {TroubleDNS, 1, dns}, {TroubleOther, 1, errors.New("something")}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if hopeless(dns) {
		t.Error("a DNS server that does not answer now is given up")
	}
}
