package core_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
)

// testVTN is a VTN on a real SQLite registry, with a clock that the test moves
// and a transport of which the test is the other end.
type testVTN struct {
	*core.VTN
	t     *testing.T
	cfg   core.Config
	store string
	clock *coretest.Clock
	wire  *wire
	web   *web // beside the wire, nil: none
	late  bool // the wire is not connected when the VTN runs
	reg   core.Registry
	sent  *oadrtest.Recorder
	stop  func()

	between  meanwhile
	before   countdown
	searched atomic.Int64 // how often VENs that are parked were listed, to look for them
}

// onVTN is anything that drives a testVTN: the rig or its steps.
type onVTN interface{ vtn() *testVTN }

func (r *testVTN) vtn() *testVTN { return r }

// arrivalsHandled waits until the VTN has handled all arrivals so far: it handles the
// sentinel's after them.
func (r *testVTN) arrivalsHandled() {
	r.t.Helper()
	sentinel := peer("met")
	if _, err := r.VEN(r.t.Context(), "met"); err != nil {
		r.join("met")
	}
	ven, err := r.VEN(r.t.Context(), "met")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, sign := range []struct {
		tell func(core.Peer)
		is   core.Presence
	}{{r.Vanish, core.PresenceUnavailable}, {r.Appear, core.PresenceAvailable}} {
		sign.tell(sentinel)
		r.waitFor(func() bool { return r.Presence(ven) == sign.is })
	}
}

// run runs a VTN on the test's database.
func (r *testVTN) run() {
	r.t.Helper()
	reg, err := registry.Open(r.t.Context(), r.store, zerolog.Nop())
	if err != nil {
		r.stop = func() {}
		r.t.Fatal(err)
	}
	r.reg = reg
	greets := r.wire != nil && r.wire.greets.Load()
	r.wire = &wire{name: "xmpp", pushes: make(chan core.Push, 100), probes: make(chan []string, 10), sent: r.sent}
	r.VTN = core.New(r.cfg, eventful{reg, &r.between, &r.before, &r.searched}, r.clock, zerolog.New(zerolog.NewTestWriter(r.t)).Level(zerolog.WarnLevel), nil)
	r.AddTransport(r.wire)
	if r.web != nil {
		r.AddTransport(r.web)
	}
	r.wire.greets.Store(greets)
	vtn := r.VTN
	r.wire.greeted = func(p core.Push) {
		account, _, _ := strings.Cut(p.To, "/")
		vtn.Settle(core.Peer{Transport: "xmpp", Identity: account, Address: p.To}, p.Token, core.Outcome{Result: core.Acknowledged, Code: 200})
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
		if err := reg.Close(); err != nil {
			r.t.Error(err)
		}
	}
	r.connect()
	r.awaitJournal()
}

// awaitJournal waits until the journal has written what it writes at a start.
func (r *testVTN) awaitJournal() {
	r.t.Helper()
	giveUp := time.After(30 * time.Second)
	for due := true; due; {
		err := r.reg.View(r.t.Context(), func(x core.Reader) (err error) {
			due, err = x.CompletedDue(r.clock.Now())
			return err
		})
		if err != nil {
			return // of a store that is away on purpose
		}
		select {
		case <-time.After(time.Millisecond):
		case <-giveUp:
			r.t.Fatal("the journal does not begin")
		}
	}
}

// connect has the transport connect, and waits until the VTN knows which VENs it then looks for.
func (r *testVTN) connect() {
	r.t.Helper()
	before := r.searched.Load()
	if !r.late {
		r.Connected("xmpp")
	}
	if r.web != nil {
		r.VTN.Connected(simpleHTTP)
	}
	r.waitFor(func() bool { return r.searched.Load() > before })
}

// greeted waits until a VEN has answered the greeting.
func (r *testVTN) greeted(venID string) {
	r.t.Helper()
	r.waitFor(func() bool {
		var greeted map[int64]int64
		if err := r.reg.View(r.t.Context(), func(reader core.Reader) error {
			ven, err := reader.VEN(venID)
			if err == nil {
				greeted, err = reader.Greeted([]int64{ven.No})
			}
			return err
		}); err != nil {
			r.t.Fatal(err)
		}
		return len(greeted) == 0
	})
}

// Disconnected and Connected change the state of the wire as well as the VTN's.
func (r *testVTN) Disconnected(transport string) {
	r.wire.down.Store(true)
	r.VTN.Disconnected(transport)
}

func (r *testVTN) Connected(transport string) {
	r.wire.down.Store(false)
	r.VTN.Connected(transport)
}

// restart ends the VTN and runs another on its database.
func (r *testVTN) restart() {
	r.t.Helper()
	r.stop()
	r.run()
}

// send hands a message over as if it came from the peer, through the codec.
func (r *testVTN) send(from core.Peer, m oadr.Message) (oadr.Message, error) {
	r.t.Helper()
	return r.sendRaw(from, oadr.Append(nil, oadr.Form{}, m))
}

func (r *testVTN) sendRaw(from core.Peer, raw []byte) (oadr.Message, error) {
	r.t.Helper()
	p, err := oadr.Decode(raw, oadr.DefaultLimits)
	if err != nil {
		r.t.Fatalf("decode %s: %v", raw, err)
	}
	reply, err := r.Handle(r.t.Context(), from, p)
	if reply != nil {
		r.sent.Record(oadr.Append(nil, p.Form, reply))
	}
	return reply, err
}

// join enters a VEN called name, with labels, and registers it.
func (r *testVTN) join(name string, labels ...func(*core.VEN)) core.Peer {
	r.t.Helper()
	ven := core.VEN{VENID: name, Identities: []core.Identity{{Transport: "xmpp", Name: name + "@example.org"}}}
	for _, l := range labels {
		l(&ven)
	}
	if _, err := r.AddVEN(r.t.Context(), ven); err != nil {
		r.t.Fatal(err)
	}
	if got := must[*oadr.CreatedPartyRegistration](r, peer(name), registration()); got.Response.Code != oadr.CodeOK {
		r.t.Fatalf("registration of %s: %+v", name, got.Response)
	}
	if (name == "sentinel" || !r.wire.greets.Load()) && !r.wire.down.Load() {
		r.greeted(name)
	}
	return peer(name)
}

// pushedEvents waits for the next push, which must be of events.
func (r *testVTN) pushedEvents() (core.Push, *oadr.DistributeEvent) {
	r.t.Helper()
	return pushed[*oadr.DistributeEvent](r)
}

func (r *testVTN) venID(from core.Peer) string {
	r.t.Helper()
	return must[*oadr.CreatedPartyRegistration](r, from, &oadr.QueryRegistration{RequestID: "q"}).VENID
}

// waitFor waits until done, which something beside the test brings about.
func (r *testVTN) waitFor(done func() bool) {
	r.t.Helper()
	deadline := time.After(20 * time.Second)
	for !done() {
		select {
		case <-deadline:
			r.t.Fatal("it did not happen within 20 s")
		case <-time.After(time.Millisecond):
		}
	}
}

func (r *testVTN) deleteVEN(venID string) *core.Deletion {
	r.t.Helper()
	d, err := r.DeleteVEN(r.t.Context(), venID, "operator")
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

// pushedKinds are the messages of the next pushes, sorted.
func (r *testVTN) pushedKinds(n int) (kinds []oadr.Kind) {
	r.t.Helper()
	for range n {
		select {
		case p := <-r.wire.pushes:
			d, err := oadr.Decode(p.Bytes, oadr.DefaultLimits)
			if err != nil {
				r.t.Fatal(err)
			}
			kinds = append(kinds, d.Message.Kind())
		case <-time.After(20 * time.Second):
			r.t.Fatalf("%d pushes came: %v", len(kinds), kinds)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// answered hands over the VEN's answer in the result of a push.
func (r *testVTN) answered(ven core.Peer, p core.Push, m oadr.Message) {
	r.t.Helper()
	d, err := oadr.Decode(oadr.Append(nil, oadr.Form{}, m), oadr.DefaultLimits)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Answer(r.t.Context(), ven, p.Token, d)
}

// settled waits until the outcome of every push is stored.
func (r *testVTN) settled() {
	r.t.Helper()
	r.waitFor(func() bool {
		due, err := r.reg.NextDue(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		return len(due) == 0
	})
}

func (r *testVTN) code(from core.Peer, m oadr.Message, want oadr.Code) string {
	r.t.Helper()
	var got oadr.EIResponse
	switch reply, err := r.send(from, m); reply := reply.(type) {
	case *oadr.UpdatedReport:
		got = reply.Response
	case *oadr.RegisteredReport:
		got = reply.Response
	case *oadr.CreatedReport:
		got = reply.Response
	case *oadr.CanceledReport:
		got = reply.Response
	case *oadr.Response:
		got = reply.Response
	default:
		r.t.Fatalf("%s was answered with %#v, %v", m.Kind(), reply, err)
	}
	if got.Code != want {
		r.t.Errorf("%s was answered %d %q, want %d", m.Kind(), got.Code, got.Description, want)
	}
	return got.Description
}

// stored are the rows of each table of the database.
func (r *testVTN) stored() map[string]string {
	r.t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(r.store, "sqlite:"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	tables := query(r.t, db, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	all := map[string]string{}
	for _, table := range tables {
		rows := query(r.t, db, `SELECT * FROM "`+table+`"`)
		slices.Sort(rows)
		all[table] = strings.Join(rows, "\n")
	}
	return all
}

// change changes a VEN as an operator does.
func (r *testVTN) change(venID string, change func(*core.VEN)) {
	r.t.Helper()
	if _, err := r.ModifyVEN(r.t.Context(), venID, func(v *core.VEN) error { change(v); return nil }); err != nil {
		r.t.Fatal(err)
	}
}

// must sends a message that the VTN has to answer with a T.
func must[T oadr.Message](on onVTN, from core.Peer, m oadr.Message) T {
	r := on.vtn()
	r.t.Helper()
	reply, err := r.send(from, m)
	if err != nil {
		r.t.Fatalf("%s from %s: %v", m.Kind(), from.Identity, err)
	}
	answer, ok := reply.(T)
	if !ok {
		r.t.Fatalf("%s was answered with %#v", m.Kind(), reply)
	}
	return answer
}

// pushed waits for the next push, which must be a T.
func pushed[T oadr.Message](on onVTN) (core.Push, T) {
	r := on.vtn()
	r.t.Helper()
	return nextPush[T](r.t, r.wire.pushes)
}

// nextPush waits for the next push of a transport, which must be a T.
func nextPush[T oadr.Message](t testing.TB, pushes <-chan core.Push) (core.Push, T) {
	t.Helper()
	select {
	case p := <-pushes:
		d, err := oadr.Decode(p.Bytes, oadr.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		m, ok := d.Message.(T)
		if !ok {
			t.Fatalf("pushed %s to %s", d.Message.Kind(), p.To)
		}
		return p, m
	case <-time.After(20 * time.Second):
		t.Fatal("no push came")
		panic("unreachable")
	}
}
