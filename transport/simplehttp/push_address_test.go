package simplehttp

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"testing"
)

// TestT6PrivateHosts: by default nothing connects to a private host, however it is named.
func TestT6PrivateHosts(t *testing.T) {
	r := newPushRig(t, func(p *pushes) { p.dialer.Control = reachOf(Config{}).Control })
	h := r.host(func(http.ResponseWriter, *http.Request) {})
	_, port, err := net.SplitHostPort(h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "127.1.2.3"} {
		got := r.push(pushTo("https://"+name+":"+port, h.fingerprint, 1))
		r.retried(got, "VTN_HTTP_PUSH_PRIVATE")
	}
	r.retried(r.push(pushTo("https://169.254.169.254:"+port, h.fingerprint, 1)), "no address of a VEN")
	if n := h.accepted(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// TestT6Rebinding: a name is judged by the address that is connected to. One that stands for a public address when somebody
// looks, and for this machine when the VTN connects, leads nowhere.
func TestT6Rebinding(t *testing.T) {
	first := true
	resolver := resolve(t, func() [4]byte {
		if first {
			first = false
			return [4]byte{192, 0, 2, 1}
		}
		return [4]byte{127, 0, 0, 1}
	})
	r := newPushRig(t, func(p *pushes) { p.dialer.Control, p.dialer.Resolver = reachOf(Config{}).Control, resolver })
	h := r.host(func(http.ResponseWriter, *http.Request) {})
	_, port, _ := net.SplitHostPort(h.Listener.Addr().String())
	if got, err := resolver.LookupHost(t.Context(), "ven.example."); err != nil || got[0] != "192.0.2.1" {
		t.Fatal(got, err)
	}
	r.retried(r.push(pushTo("https://ven.example.:"+port, h.fingerprint, 1)), "127.0.0.1 is a private")
	if n := h.accepted(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// resolve returns a resolver that asks a DNS server of its own, which has one address for every name.
func resolve(t *testing.T, address func() [4]byte) *net.Resolver {
	t.Helper()
	return resolverAt(t, func(query []byte) []byte {
		end := 12 + bytes.IndexByte(query[12:], 0) + 1 + 4 // of the question: name, type, class (RFC 1035 section 4.1)
		answer := bytes.Clone(query[:end])
		copy(answer[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
		if typeA := query[end-3] == 1; typeA {
			ip := address()
			answer[7] = 1
			answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
			answer = append(answer, ip[:]...)
		}
		return answer
	})
}

// resolverAt returns a resolver that asks a DNS server on this machine; answer returns nil for no answer.
func resolverAt(t *testing.T, answer func(query []byte) []byte) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		for buf := make([]byte, 4096); ; {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			if a := answer(buf[:n]); a != nil {
				_, _ = server.WriteTo(a, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}
