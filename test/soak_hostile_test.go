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
)

// hostile is a client that sends what it should not, as fast as the server and
// the VTN take it.
type hostile struct {
	s       *stack
	account rig.Account
	random  *rand.Rand
	ven     bool // registers, once a session
	batch   int  // stanzas between two questions whether all has got through
	tokens  func() string
}

// gotThrough is the id of a hostile client's ping, whose answer says that the VTN
// has seen everything before it.
const gotThrough = "g0tthr0ugh"

// run sends stanzas until take refuses it more.
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
				// It ends in the midst of it, or the server ends the stream over it.
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

// watch reads to the end and tells of each ping that was answered.
func watch(r io.Reader, through wake.Signal) {
	buf := make([]byte, 16<<10)
	kept := 0
	for {
		n, err := r.Read(buf[kept:])
		for range bytes.Count(buf[:kept+n], []byte(gotThrough)) {
			through.Wake()
		}
		// The beginning of one may be at the end.
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

// stanza is anything but what a VEN sends.
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
	case 2: // within the limits, and past them
		deep := h.random.IntN(90)
		return oadrPayload(strings.Repeat("<d>", deep) + strings.Repeat("</d>", deep))
	case 3:
		return fmt.Sprintf("<iq type='set' id='%s' to='%s'><oadrPayload xmlns='%s'/></iq>", noise(8000), serviceJID, oadr.NS)
	case 4: // for a push of another VEN, known or made up
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

// TestSoakHostileStanzas has many clients, VENs among them, send what no VEN
// should: some as fast as they can, most of them slowly enough to be listened to.
// The VTN's memory and goroutines stay as they were, and honest VENs get their
// events.
func TestSoakHostileStanzas(t *testing.T) {
	stanzas := int64(scaled(t, 1_000_000))
	const clients, eager = 200, 8
	progress := soak(t, "hostile stanzas")
	random := testrand.New(t)
	// The server's own bounds are off: this is about the VTN's.
	e := ownServerWith(t, rig.EjabberdOptions{Replace: []string{
		"\n    shaper: c2s\n", "\n    shaper: none\n", "\n    stanza_rate: 100\n", "\n    stanza_rate: 1000000\n",
	}})
	s := startAt(t, e, e.ComponentAddr, "VTN_LOG_LEVEL=error")
	var mu sync.Mutex
	var asked []string
	vens := s.fleet(10)
	never := s.holder(inTurn(silent))
	go func() {
		for m := range never.pushes {
			mu.Lock()
			asked = append(asked[max(0, len(asked)-100):], m.RequestID)
			mu.Unlock()
		}
	}()
	var group []rig.Account
	for range clients {
		group = append(group, rig.Account{User: fmt.Sprintf("ven%d", accounts.Add(1)), Password: "secret"})
	}
	if err := s.server.Register(t.Context(), group...); err != nil {
		t.Fatal(err)
	}
	gauge := func(name string) float64 { return s.counters()[name] }
	const memory, goroutines = "process_resident_memory_bytes", "go_goroutines"
	quiet := gauge(goroutines)

	var sent atomic.Int64
	take := func(n int) bool { return sent.Add(int64(n)) <= stanzas+int64(n) && t.Context().Err() == nil }
	var all sync.WaitGroup
	failed := make(chan error, clients)
	for i, a := range group {
		h := &hostile{s: s, account: a, random: rand.New(rand.NewPCG(random.Uint64(), 0)), ven: i%2 == 0, batch: 4}
		if i < eager {
			h.batch = 100
		}
		h.tokens = func() string {
			mu.Lock()
			defer mu.Unlock()
			if len(asked) > 0 && h.random.IntN(2) == 0 {
				return asked[h.random.IntN(len(asked))]
			}
			return fmt.Sprintf("e%d-%d", h.random.IntN(300), h.random.IntN(3000))
		}
		all.Go(func() {
			if err := h.run(take); err != nil {
				failed <- err
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		all.Wait()
		close(ended)
	}()

	honest := append(vens, never.VEN)
	op := s.operator(random, honest)
	var sizes []float64
	most, events := 0.0, 0
	for flood := true; flood; {
		select {
		case <-ended:
			flood = false
		case err := <-failed:
			t.Error("a hostile client:", err)
		case <-time.After(time.Second):
			sizes = append(sizes, gauge(memory))
			most = max(most, gauge(goroutines))
			if err := op.act(t.Context()); err != nil {
				t.Fatal(err)
			}
			events++
			if events%10 == 0 {
				s.converge(vens)
			}
			progress.at("%d of %d stanzas, %d changes, resident %.0f MiB, %.0f goroutines", min(sent.Load(), stanzas), stanzas, events, sizes[len(sizes)-1]/(1<<20), gauge(goroutines))
		}
	}
	took := time.Since(progress.started)
	s.converge(vens)
	op.check()
	for _, ev := range must(s.events())(t) {
		for _, r := range must(s.EventVENs(t.Context(), ev.EventID))(t) {
			if r.VENID == venID(never.VEN) && r.Delivery == "acknowledged" {
				t.Errorf("a hostile client acknowledged %s for %s", ev.EventID, r.VENID)
			}
		}
	}
	s.eventually("the goroutines to end", func() bool { return gauge(goroutines) <= quiet+20 })

	// Flat: the last tenth against the second. Go's collector breathes.
	tenth := max(1, len(sizes)/10)
	first, last := middle(sizes[min(tenth, len(sizes)-1):min(2*tenth, len(sizes))]), middle(sizes[len(sizes)-tenth:])
	if bound := first*1.25 + 32<<20; last > bound {
		t.Errorf("the memory grew from %.0f to %.0f MiB", first/(1<<20), last/(1<<20))
	}
	// One for each identity that is served, and one of the database's while it reads or writes.
	if bound := quiet + 2*clients + 100; most > bound {
		t.Errorf("there were %.0f goroutines, the bound is %.0f", most, bound)
	}
	now := s.counters()
	rejected := 0.0
	for series, n := range now {
		if strings.HasPrefix(series, "vtn_xmpp_rejected_total") {
			rejected += n
		}
	}
	progress.sum("%d stanzas from %d clients (%.0f/s; %.0f rejected, %.0f of them by the rate), memory %.0f MiB in the second tenth and %.0f in the last, at most %.0f goroutines (%.0f before), %d changes reached 10 honest VENs",
		stanzas, clients, float64(stanzas)/took.Seconds(), rejected, now[`vtn_xmpp_rejected_total{reason="rate"}`], first/(1<<20), last/(1<<20), most, quiet, events)
}

func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// must is what a call that must succeed returned.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
