//go:build soak

package test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/testrand"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// hostile is a client that sends what it should not, as fast as the server and
// the VTN handle it.
type hostile struct {
	s       *stack
	account rig.Account
	random  *rand.Rand
	ven     bool // registers, once a session
	batch   int  // stanzas between two pings
	tokens  func() string
}

// gotThrough is the id of a hostile client's ping. Its answer shows that the VTN has
// handled everything before it.
const gotThrough = "g0tthr0ugh"

// run sends stanzas until take returns false.
func (h *hostile) run(take func(int) bool) error {
	for {
		session, err := h.s.login(h.account)
		if err != nil {
			return err
		}
		through := wake.New()
		go func() {
			defer close(through)
			watch(session.Conn(), through)
		}()
		if h.ven {
			fmt.Fprintf(session.Conn(), "<iq type='set' id='r' to='%s'>%s</iq>", serviceJID, oadr.Append(nil, oadr.Form{}, registration()))
		}
		alive := true
		for alive {
			if !take(h.batch) {
				return session.Conn().Close()
			}
			var b bytes.Buffer
			for range h.batch {
				b.WriteString(h.stanza())
			}
			if h.random.IntN(2000) < h.batch {
				// The client closes the connection inside this stanza, or the server ends the stream because of it.
				b.WriteString("<iq type='set' id='x' to='" + serviceJID + "'><oadrPayload xmlns='" + oadr.NS + "'><![CDATA[<oadr</iq>")
				if alive = h.random.IntN(2) == 0; alive {
					b.WriteString("]]></iq>")
				}
			} else {
				fmt.Fprintf(&b, "<iq type='get' id='%s' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>", gotThrough, serviceJID)
			}
			if _, err := session.Conn().Write(b.Bytes()); err != nil || !alive {
				break
			}
			if _, open := <-through; !open {
				break
			}
		}
		session.Conn().Close()
		for range through { // its reader has ended
		}
	}
}

// watch reads to the end, and wakes through for each answer to a ping.
func watch(r io.Reader, through wake.Signal) {
	buf := make([]byte, 16<<10)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		for range bytes.Count(buf[:kept+n], []byte(gotThrough)) {
			through.Wake()
		}
		// An id may be read in two parts.
		all := buf[:kept+n]
		if i := bytes.LastIndex(all, []byte(gotThrough)); i >= 0 {
			all = all[i+len(gotThrough):]
		}
		kept = copy(buf, all[max(0, len(all)-len(gotThrough)+1):])
		if err != nil {
			return
		}
	}
}

// stanza returns a random stanza that no VEN would send.
func (h *hostile) stanza() string {
	set := func(inside string) string {
		return fmt.Sprintf("<iq type='set' id='h%d' to='%s'>%s</iq>", h.random.Uint32(), serviceJID, inside)
	}
	oadrPayload := func(inside string) string {
		return set("<oadrPayload xmlns='" + oadr.NS + "'>" + inside + "</oadrPayload>")
	}
	noise := func(most int) string {
		b := make([]byte, h.random.IntN(most))
		for i := range b {
			b[i] = byte('a' + h.random.IntN(26))
		}
		return string(b)
	}
	switch h.random.IntN(14) {
	case 0:
		return oadrPayload("<oadrSignedObject><oadrSurprise>" + noise(200) + "</oadrSurprise></oadrSignedObject>")
	case 1:
		return oadrPayload(noise(2000))
	case 2: // within the limit of depth or beyond it
		deep := h.random.IntN(90)
		return oadrPayload(strings.Repeat("<d>", deep) + strings.Repeat("</d>", deep))
	case 3:
		return fmt.Sprintf("<iq type='set' id='%s' to='%s'><oadrPayload xmlns='%s'/></iq>", noise(8000), serviceJID, oadr.NS)
	case 4: // answers a push to another VEN, by a token that exists or is made up
		return fmt.Sprintf("<iq type='result' id='%s' to='%s'/>", h.tokens(), serviceJID)
	case 5:
		return fmt.Sprintf("<iq type='error' id='%s' to='%s'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", h.tokens(), serviceJID)
	case 6:
		return set(string(oadr.Append(nil, oadr.Form{}, createdEvent("nobody", response(h.tokens(), noise(30), h.random.Uint32(), oadr.OptOut)))))
	case 7:
		return fmt.Sprintf("<presence to='%s'%s/>", serviceJID, []string{"", " type='unavailable'", " type='subscribe'", " type='probe'"}[h.random.IntN(4)])
	case 8:
		return set("<query xmlns='urn:" + noise(300) + "'/>")
	case 9:
		return set(string(oadr.Append(nil, oadr.Form{}, &oadr.RequestEvent{RequestID: noise(100), VENID: noise(100)})))
	case 10:
		return fmt.Sprintf("<message to='%s'><body>%s</body></message>", serviceJID, noise(500))
	case 11:
		return fmt.Sprintf("<iq type='get' id='d' to='%s'><query xmlns='http://jabber.org/protocol/disco#items' node='%s'/></iq>", []string{serviceJID, vtnDomain, h.s.server.Domain}[h.random.IntN(3)], noise(100))
	case 12:
		return fmt.Sprintf("<iq type='result' id='%s' to='%s'><oadrPayload xmlns='%s'><oadrSignedObject><oadrCreatedEvent>%s</oadrCreatedEvent></oadrSignedObject></oadrPayload></iq>", h.tokens(), serviceJID, oadr.NS, noise(100))
	}
	return set(string(oadr.Append(nil, oadr.Form{}, &oadr.QueryRegistration{RequestID: noise(100)})))
}

const (
	hostileClients, eagerClients = 200, 8
	memory, goroutines           = "process_resident_memory_bytes", "go_goroutines"
)

// TestSoakHostileStanzas has many clients, VENs among them, send what no VEN
// should: some as fast as they can, most of them slowly enough for the VTN to handle
// every stanza. The VTN's memory and goroutines do not grow, and honest VENs receive
// their events.
func TestSoakHostileStanzas(t *testing.T) {
	stanzas := int64(scaled(t, 1_000_000))
	progress := soak(t, "hostile stanzas")
	random := testrand.New(t)
	// The server's own limits are off, because the test is about the VTN's.
	e := ownServerWith(t, rig.EjabberdOptions{Replace: []string{
		"\n    shaper: c2s\n", "\n    shaper: none\n", "\n    stanza_rate: 100\n", "\n    stanza_rate: 1000000\n",
	}})
	s := startAt(t, e, e.ComponentAddr, "VTN_LOG_LEVEL=error", "VTN_WORK=5")
	vens := s.fleet(10)
	never := s.holder(inTurn(silent))
	f := &hostileFlood{s: s, stanzas: stanzas, failed: make(chan error, hostileClients), ended: make(chan struct{})}
	go f.keepTokens(never.pushes)
	quiet := s.counters()[goroutines]
	f.start(random)

	m := f.measure(s.operator(random, append(vens, never.VEN)), vens, progress)
	took := time.Since(progress.started)
	s.converge(vens)
	m.op.check()
	notAcknowledged(s, venID(never.VEN))
	s.eventually("the goroutines to end", func() bool { return s.counters()[goroutines] <= quiet+20 })

	// Memory is flat if the last tenth is about as much as the second; what Go's collector has not freed yet varies.
	tenth := max(1, len(m.sizes)/10)
	first, last := middle(m.sizes[min(tenth, len(m.sizes)-1):min(2*tenth, len(m.sizes))]), middle(m.sizes[len(m.sizes)-tenth:])
	if bound := first*1.25 + 32<<20; last > bound {
		t.Errorf("the memory grew from %.0f to %.0f MiB", first/(1<<20), last/(1<<20))
	}
	// One goroutine for each identity that is served, and one of the database's while it reads or writes.
	if bound := quiet + 2*hostileClients + 100; m.most > bound {
		t.Errorf("there were %.0f goroutines, the bound is %.0f", m.most, bound)
	}
	now := s.counters()
	rejected := 0.0
	for series, n := range now {
		if strings.HasPrefix(series, "vtn_xmpp_rejected_total") {
			rejected += n
		}
	}
	progress.sum("%d stanzas from %d clients (%.0f/s; %.0f rejected, %.0f of them by the rate), memory %.0f MiB in the second tenth and %.0f in the last, at most %.0f goroutines (%.0f before), %d changes reached 10 honest VENs",
		stanzas, hostileClients, float64(stanzas)/took.Seconds(), rejected, now[`vtn_xmpp_rejected_total{reason="rate"}`], first/(1<<20), last/(1<<20), m.most, quiet, m.events)
}

// hostileFlood is many hostile clients, which send a number of stanzas together.
type hostileFlood struct {
	s       *stack
	stanzas int64
	sent    atomic.Int64
	failed  chan error    // clients that could not log in
	ended   chan struct{} // closed when all clients have ended

	mu     sync.Mutex
	tokens []string // of the last pushes to an honest VEN
}

// keepTokens keeps the tokens of the last pushes to an honest VEN.
func (f *hostileFlood) keepTokens(pushes <-chan *oadr.DistributeEvent) {
	for m := range pushes {
		f.mu.Lock()
		f.tokens = append(f.tokens[max(0, len(f.tokens)-100):], m.RequestID)
		f.mu.Unlock()
	}
}

// token returns that of a push to an honest VEN, or one that is made up.
func (f *hostileFlood) token(random *rand.Rand) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.tokens) > 0 && random.IntN(2) == 0 {
		return f.tokens[random.IntN(len(f.tokens))]
	}
	return fmt.Sprintf("e%d-%d", random.IntN(300), random.IntN(3000))
}

// take reserves n stanzas, and returns false when all have been sent or the test ends.
func (f *hostileFlood) take(n int) bool {
	return f.sent.Add(int64(n)) <= f.stanzas+int64(n) && f.s.t.Context().Err() == nil
}

// start makes the clients' accounts, which the VTN has no roster items of, and has all clients send.
func (f *hostileFlood) start(random *rand.Rand) {
	f.s.t.Helper()
	var group []rig.Account
	for range hostileClients {
		group = append(group, rig.Account{User: fmt.Sprintf("ven%d", accounts.Add(1)), Password: "secret"})
	}
	if err := f.s.server.Register(f.s.t.Context(), group...); err != nil {
		f.s.t.Fatal(err)
	}
	var all sync.WaitGroup
	for i, a := range group {
		h := &hostile{s: f.s, account: a, random: rand.New(rand.NewPCG(random.Uint64(), 0)), ven: i%2 == 0, batch: 4}
		if i < eagerClients {
			h.batch = 100
		}
		h.tokens = func() string { return f.token(h.random) }
		all.Go(func() {
			if err := h.run(f.take); err != nil {
				f.failed <- err
			}
		})
	}
	go func() {
		all.Wait()
		close(f.ended)
	}()
}

// hostileMeasure is what the VTN took during a flood, and what the operator did.
type hostileMeasure struct {
	op     *operator
	sizes  []float64 // of the memory, in bytes, each second
	most   float64   // goroutines
	events int       // changes by the operator
}

// measure has the operator change something each second until the flood ends.
func (f *hostileFlood) measure(op *operator, vens []*ven.VEN, progress *soaking) *hostileMeasure {
	f.s.t.Helper()
	m := &hostileMeasure{op: op}
	for {
		select {
		case <-f.ended:
			return m
		case err := <-f.failed:
			f.s.t.Error("a hostile client:", err)
		case <-time.After(time.Second):
			gauge := func(name string) float64 { return f.s.counters()[name] }
			m.sizes = append(m.sizes, gauge(memory))
			m.most = max(m.most, gauge(goroutines))
			if err := op.act(f.s.t.Context()); err != nil {
				f.s.t.Fatal(err)
			}
			m.events++
			if m.events%10 == 0 {
				f.s.converge(vens)
			}
			progress.at("%d of %d stanzas, %d changes, resident %.0f MiB, %.0f goroutines", min(f.sent.Load(), f.stanzas), f.stanzas, m.events, m.sizes[len(m.sizes)-1]/(1<<20), gauge(goroutines))
		}
	}
}

// notAcknowledged checks that no hostile client has acknowledged an event for a VEN that acknowledges none.
func notAcknowledged(s *stack, id string) {
	s.t.Helper()
	for _, e := range must(s.events())(s.t) {
		for _, r := range must(s.EventVENs(s.t.Context(), e.EventID))(s.t) {
			if r.VENID == id && r.Delivery == "acknowledged" {
				s.t.Errorf("a hostile client acknowledged %s for %s", e.EventID, r.VENID)
			}
		}
	}
}

// middle returns the median of values.
func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// must returns the value of a call that must succeed.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
