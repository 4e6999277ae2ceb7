package simplehttp

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// soon makes the times of pushes short.
func soon(p *pushes) { p.bounds.connect, p.bounds.push = 300*time.Millisecond, 600*time.Millisecond }

// TestH20Unreachable: what never gets an answer is tried again.
func TestH20Unreachable(t *testing.T) {
	r := newPushRig(t)
	r.retried(r.push(pushTo("https://"+closedPort(t), "AA", 1)), "refused")
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	soon(r.pushes)
	r.retried(r.push(pushTo("https://"+silent.Addr().String(), "AA", 1)), "too long")
	r.bounds.connect, r.bounds.push = pushPatience, pushPatience
	plain := httpServer(t, "HTTP/1.1 200 OK\r\n\r\n")
	r.retried(r.push(pushTo("https://"+plain, "AA", 1)), "TLS")
}

// httpServer takes connections and says something, without TLS.
func httpServer(t *testing.T, says string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, says)
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

// TestH20Hangs: a VEN that hangs, before its answer or in it, is tried again; the time that it may take is shorter than the lease.
func TestH20Hangs(t *testing.T) {
	if all := defaultPushTiming; all.push >= core.Lease || all.connect >= all.push {
		t.Errorf("%+v does not fit a lease of %v", all, core.Lease)
	}
	r := newPushRig(t, soon)
	ends := make(chan struct{})
	for name, part := range map[string]func(http.ResponseWriter){
		"no answer": func(http.ResponseWriter) {},
		"the head of an answer": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(200)
			_ = http.NewResponseController(w).Flush()
		},
		"half an answer": func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "<oadrResponse>")
			_ = http.NewResponseController(w).Flush()
		},
	} {
		h := r.host(func(w http.ResponseWriter, req *http.Request) {
			_, _ = io.Copy(io.Discard, req.Body)
			part(w)
			<-ends
		})
		got := r.push(h.to(1))
		if !strings.Contains(got.is.Error, "too long") {
			t.Errorf("%s: %+v", name, got.is)
		}
		r.retried(got, "too long")
	}
	close(ends)
}

// TestH20HangingDNS: a name server that does not answer, or not about this name, costs one push its time and no more.
func TestH20HangingDNS(t *testing.T) {
	asked := make(chan struct{}, 100)
	r := newPushRig(t, soon, func(p *pushes) {
		p.dialer.Resolver = resolverAt(t, func([]byte) []byte { asked <- struct{}{}; return nil })
	})
	r.retried(r.push(pushTo("https://ven.example.:8443", "AA", 1)), "ven.example.:8443")
	<-asked
	r.bounds.connect, r.bounds.push = pushPatience, pushPatience // of the push to the host
	h := r.host(func(http.ResponseWriter, *http.Request) {})
	if err := r.Push(t.Context(), pushTo("https://ven.example.:8443", "AA", 2)); err != nil {
		t.Fatal(err)
	}
	p := h.to(1)
	p.Token.VENNo = 2
	if got := r.push(p); got.is.Result != core.Acknowledged || got.token != p.Token {
		t.Errorf("beside a hanging name: %+v", got)
	}
}

// TestH19HugeAnswers: of an answer that is too large, or never ends, no more is read than the largest that counts. Its status
// acknowledged the push.
func TestH19HugeAnswers(t *testing.T) {
	r := newPushRig(t)
	sent := make(chan int64, 1)
	for name, c := range map[string]struct {
		length string
		most   int64
	}{"100 MB": {"104857600", 100 << 20}, "without end": {"", 1 << 40}} {
		h := r.host(func(w http.ResponseWriter, req *http.Request) {
			_, _ = io.Copy(io.Discard, req.Body)
			if c.length != "" {
				w.Header().Set("Content-Length", c.length)
			}
			n, _ := io.CopyN(w, zeros{}, c.most)
			sent <- n
		})
		if got := r.push(h.to(1)); got.is.Result != core.Acknowledged {
			t.Errorf("%s: %+v", name, got)
		}
		if n := <-sent; n > 32<<20 { // the rest is what the kernel holds
			t.Errorf("%s: %d bytes went out", name, n)
		}
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestH20BadHeads: heads that are too large, of too many parts or of no HTTP are errors, and take no memory.
func TestH20BadHeads(t *testing.T) {
	r := newPushRig(t, soon)
	for name, head := range map[string]string{
		"too large":         "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n",
		"no HTTP":           "hello\r\n\r\n",
		"interim for ever":  strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 10_000),
		"another protocol":  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
		"two lengths":       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
		"closed in a chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nff\r\nx",
	} {
		h := r.host(func(w http.ResponseWriter, req *http.Request) {
			_, _ = io.Copy(io.Discard, req.Body)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, head)
			_ = conn.Close()
		})
		if got := r.push(h.to(1)); got.is.Result != core.Retry && got.is.Result != core.Refused {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestH4PushRequest: what a VEN's server gets.
func TestH4PushRequest(t *testing.T) {
	r := newPushRig(t)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1") // nobody asked for it
	got := make(chan *http.Request, 1)
	var body []byte
	h := r.host(func(_ http.ResponseWriter, req *http.Request) {
		body, _ = io.ReadAll(req.Body)
		got <- req.Clone(context.Background())
	})
	p := h.to(1)
	p.To += "/here"
	p.Bytes = []byte(strings.Repeat("x", 100_000))
	if is := r.push(p).is; is.Result != core.Acknowledged {
		t.Fatal(is)
	}
	req := <-got
	if req.Method != "POST" || req.URL.Path != "/here/OpenADR2/Simple/2.0b/EiEvent" || req.ContentLength != 100_000 || len(req.TransferEncoding) > 0 || len(body) != 100_000 {
		t.Errorf("%s %s, %d bytes, %v", req.Method, req.URL, req.ContentLength, req.TransferEncoding)
	}
	for name, want := range map[string]string{"Content-Type": "application/xml", "User-Agent": "vtn-xmpp/test", "Content-Encoding": "", "Accept-Encoding": "", "X-Idempotency-Key": ""} {
		if is := req.Header.Get(name); is != want {
			t.Errorf("%s: %q, want %q", name, is, want)
		}
	}
	if req.Host != strings.TrimPrefix(h.URL, "https://") {
		t.Errorf("Host: %s", req.Host)
	}
}

// TestPushKeepsConnections: pushes to a VEN use one connection; one that the VEN closed meanwhile costs nothing.
func TestPushKeepsConnections(t *testing.T) {
	r := newPushRig(t)
	h := r.host(answerWith(200, "application/xml", written(response(200))))
	for rev := range int64(10) {
		if got := r.push(h.to(rev)); got.is.Result != core.Acknowledged {
			t.Fatal(got)
		}
	}
	if n := h.accepted(); n != 1 {
		t.Errorf("%d connections", n)
	}
	h.CloseClientConnections()
	if got := r.push(h.to(11)); got.is.Result != core.Acknowledged {
		t.Errorf("after the VEN closed the connection: %+v", got)
	}
}

// TestPushEndsInOrder: when the transport stops, pushes under way may end, those that wait are dropped, and more are not taken.
func TestPushEndsInOrder(t *testing.T) {
	r := newPushRig(t, func(p *pushes) { p.bounds.stop = pushPatience })
	began, end := make(chan struct{}), make(chan struct{})
	h := r.host(func(http.ResponseWriter, *http.Request) { close(began); <-end })
	if err := r.Push(t.Context(), h.to(1)); err != nil {
		t.Fatal(err)
	}
	<-began
	waits := h.to(2)
	waits.Token.Topic = core.TopicReports
	if err := r.Push(t.Context(), waits); err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{})
	go func() { r.close(); close(closed) }()
	for r.Push(t.Context(), h.to(3)) != core.ErrNotConnected {
		time.Sleep(time.Millisecond) // until it closes
	}
	close(end)
	<-closed
	if got := r.next(); got.is.Result != core.Acknowledged || got.token != h.to(1).Token || len(r.settled) > 0 {
		t.Errorf("%+v, and %d more", got, len(r.settled))
	}
}

// TestPushGivesUp: a VEN that hangs does not keep the VTN from stopping.
func TestPushGivesUp(t *testing.T) {
	r := newPushRig(t, func(p *pushes) { p.bounds.stop = 10 * time.Millisecond })
	began := make(chan struct{})
	h := r.host(func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		close(began)
		<-req.Context().Done()
	})
	if err := r.Push(t.Context(), h.to(1)); err != nil {
		t.Fatal(err)
	}
	<-began
	r.close()
	r.retried(r.next(), "the VTN stops")
}
