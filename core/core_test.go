package core_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// t0 is when every test begins.
var t0 = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// wire is a core.Transport that hands pushes to the test.
type wire struct {
	name   string
	pushes chan core.Push
	probes chan []string
	sent   *oadrtest.Recorder
	down   atomic.Bool
	most   atomic.Int64 // bytes of the largest payload in a body, 0 for any

	greeted func(core.Push) // takes the VTN's own reports, but where the test does
	greets  atomic.Bool     // it does, but for its sentinels'
}

func (w *wire) Name() string { return w.name }

func (w *wire) Push(_ context.Context, p core.Push) error {
	if w.down.Load() { // one that was claimed before
		return core.ErrNotConnected
	}
	p.Bytes = append([]byte(nil), p.Bytes...)
	w.sent.Record(p.Bytes)
	if sentinel := strings.HasPrefix(p.To, "sentinel@") || strings.HasPrefix(p.To, "met@"); p.Token.Topic == core.TopicMetadata && (sentinel || !w.greets.Load()) {
		w.greeted(p)
		return nil
	}
	w.pushes <- p
	return nil
}

func (w *wire) Room() map[string]int {
	if most := int(w.most.Load()); most > 0 {
		return map[string]int{"body": most}
	}
	return nil
}

func (w *wire) Fits(stanza string, payload []byte) error {
	if most := int(w.most.Load()); stanza == "body" && most > 0 && len(payload) > most {
		return core.ErrTooLarge
	}
	return nil
}

func (w *wire) Probe(_ context.Context, identities []string) error {
	w.probes <- identities
	return nil
}

func (w *wire) Compare(registered string, heard core.Peer) core.AddressMatch {
	switch {
	case registered == heard.Address:
		return core.SameClient
	case strings.HasPrefix(registered, heard.Identity+"/"):
		return core.OtherClient
	}
	return core.OtherIdentity
}

// rig is a VTN on a real SQLite registry, with a clock of the test's and a
// transport that the test is the other end of.
type rig struct {
	*core.VTN
	t     *testing.T
	cfg   core.Config
	store string
	clock *coretest.Clock
	wire  *wire
	reg   core.Registry
	sent  *oadrtest.Recorder
	stop  func()

	between meanwhile
	before  countdown
}

// meanwhile is what happens once between what a handler read and its transaction,
// and how a test watches that.
type meanwhile struct {
	mu    sync.Mutex
	fn    func()
	watch func(core.Tx) core.Tx
}

// watched is the transaction as a handler gets it.
func (m *meanwhile) watched(tx core.Tx) core.Tx {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watch == nil {
		return tx
	}
	return m.watch(tx)
}

func (m *meanwhile) set(fn func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fn = fn
}

func (m *meanwhile) happen() {
	m.mu.Lock()
	fn := m.fn
	m.fn = nil
	m.mu.Unlock()
	if fn != nil {
		fn()
	}
}

// eventful is the registry with what happens meanwhile, and before one of its calls.
type eventful struct {
	core.Registry
	between *meanwhile
	before  *countdown
}

// countdown does something before the nth call of a registry.
type countdown struct {
	mu   sync.Mutex
	n    int
	fn   func()
	busy sync.Mutex // while it does
}

func (c *countdown) set(n int, fn func()) {
	c.mu.Lock()
	c.n, c.fn = n, fn
	c.mu.Unlock()
	c.busy.Lock() // what was set before is done
	defer c.busy.Unlock()
}

func (c *countdown) tick() {
	c.mu.Lock()
	c.n--
	fn := c.fn
	if c.n != 0 || fn == nil {
		c.mu.Unlock()
		return
	}
	c.fn = nil
	c.busy.Lock()
	defer c.busy.Unlock()
	c.mu.Unlock()
	fn()
}

func (e eventful) View(ctx context.Context, fn func(core.Reader) error) error {
	e.before.tick()
	return e.Registry.View(ctx, fn)
}

func (e eventful) ClaimVEN(ctx context.Context, topic core.Topic, venNo int64, now time.Time) (core.Claim, error) {
	e.before.tick()
	return e.Registry.ClaimVEN(ctx, topic, venNo, now)
}

func (e eventful) SetRoutes(ctx context.Context, routes map[int64]core.Route) error {
	e.before.tick()
	return e.Registry.SetRoutes(ctx, routes)
}

func (e eventful) Unpark(ctx context.Context, now time.Time, vens []int64, sign core.Sign) (int, error) {
	e.before.tick()
	return e.Registry.Unpark(ctx, now, vens, sign)
}

func (e eventful) Settle(ctx context.Context, now time.Time, s []core.Settlement, told func(core.Tx, core.Settlement) error) ([]core.Verdict, error) {
	e.before.tick()
	return e.Registry.Settle(ctx, now, s, told)
}

func (e eventful) Update(ctx context.Context, fn func(core.Tx) error) error {
	e.before.tick()
	e.between.happen()
	return e.Registry.Update(ctx, func(tx core.Tx) error { return fn(e.between.watched(tx)) })
}

func (e eventful) Change(ctx context.Context, fn func(core.Tx, int64) error) error {
	e.before.tick()
	e.between.happen()
	return e.Registry.Change(ctx, func(tx core.Tx, rev int64) error { return fn(e.between.watched(tx), rev) })
}

func (e eventful) Changes(ctx context.Context, fn func(core.Tx, core.Revisions) error) error {
	e.before.tick()
	e.between.happen()
	return e.Registry.Changes(ctx, func(tx core.Tx, next core.Revisions) error { return fn(e.between.watched(tx), next) })
}

func start(t *testing.T, change ...func(*core.Config)) *rig {
	t.Helper()
	cfg := core.Config{VTNID: "VTN", Registration: core.RegistrationOpen}
	for _, c := range change {
		c(&cfg)
	}
	r := &rig{t: t, cfg: cfg, store: registrytest.SQLite(t), clock: coretest.NewClock(t0), sent: &oadrtest.Recorder{}}
	t.Cleanup(func() {
		r.stop()
		if len(r.sent.Payloads()) > 0 {
			r.sent.Validate(t)
		}
	})
	r.run()
	return r
}

// run runs a VTN on the rig's store.
func (r *rig) run() {
	r.t.Helper()
	reg, err := registry.Open(r.t.Context(), r.store, zerolog.Nop())
	if err != nil {
		r.stop = func() {}
		r.t.Fatal(err)
	}
	r.reg = reg
	greets := r.wire != nil && r.wire.greets.Load()
	r.wire = &wire{name: "xmpp", pushes: make(chan core.Push, 100), probes: make(chan []string, 10), sent: r.sent}
	r.VTN = core.New(r.cfg, eventful{reg, &r.between, &r.before}, r.clock, zerolog.New(zerolog.NewTestWriter(r.t)).Level(zerolog.WarnLevel), nil)
	r.AddTransport(r.wire)
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
	r.Connected("xmpp")
}

// greeted waits until a VEN has taken the VTN's own reports.
func (r *rig) greeted(venID string) {
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

// Disconnected and Connected are the VTN's, with the wire's end.
func (r *rig) Disconnected(transport string) {
	r.wire.down.Store(true)
	r.VTN.Disconnected(transport)
}

func (r *rig) Connected(transport string) {
	r.wire.down.Store(false)
	r.VTN.Connected(transport)
}

// restart ends the VTN and runs another on its store.
func (r *rig) restart() {
	r.t.Helper()
	r.stop()
	r.run()
}

func known(c *core.Config) { c.Registration = core.RegistrationKnown }

// peer is the account name@example.org with one client.
func peer(name string) core.Peer {
	return core.Peer{Transport: "xmpp", Identity: name + "@example.org", Address: name + "@example.org/client"}
}

// send hands a message over as if it came from the peer, through the codec.
func (r *rig) send(from core.Peer, m oadr.Message) (oadr.Message, error) {
	r.t.Helper()
	return r.sendRaw(from, oadr.Append(nil, oadr.Form{}, m))
}

func (r *rig) sendRaw(from core.Peer, raw []byte) (oadr.Message, error) {
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

// must is send for messages that the VTN has to answer with a T.
func must[T oadr.Message](r *rig, from core.Peer, m oadr.Message) T {
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

// registration is a usual oadrCreatePartyRegistration.
func registration() *oadr.CreatePartyRegistration {
	return &oadr.CreatePartyRegistration{RequestID: "r1", ProfileName: "2.0b", TransportName: "xmpp", VENName: "a VEN"}
}

// join enters a VEN called name, with labels, and registers it.
func (r *rig) join(name string, labels ...func(*core.VEN)) core.Peer {
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

func group(g string) func(*core.VEN) { return func(v *core.VEN) { v.Groups = append(v.Groups, g) } }

// pushed waits for the next push, which must be a T.
func pushed[T oadr.Message](r *rig) (core.Push, T) {
	r.t.Helper()
	select {
	case p := <-r.wire.pushes:
		d, err := oadr.Decode(p.Bytes, oadr.DefaultLimits)
		if err != nil {
			r.t.Fatal(err)
		}
		m, ok := d.Message.(T)
		if !ok {
			r.t.Fatalf("pushed %s to %s", d.Message.Kind(), p.To)
		}
		return p, m
	case <-time.After(20 * time.Second):
		r.t.Fatal("no push came")
		panic("unreachable")
	}
}

// pushedEvents waits for the next push, which must be of events.
func (r *rig) pushedEvents() (core.Push, *oadr.DistributeEvent) {
	r.t.Helper()
	return pushed[*oadr.DistributeEvent](r)
}

// simple is an event of one SIMPLE level that starts in an hour and lasts one.
func simple(targets ...core.Target) core.EventSpec {
	return core.EventSpec{
		MarketContext: "http://example.org/dr", Start: t0.Add(time.Hour), Duration: time.Hour,
		ResponseRequired: "always", Overlap: "refuse", Targets: targets,
		Signals: []core.Signal{{Name: "SIMPLE", Type: "level", Intervals: []core.Interval{{Duration: time.Hour, Value: 1}}}},
	}
}

func venIDs(ids ...string) (t []core.Target) {
	for _, id := range ids {
		t = append(t, core.Target{Kind: core.TargetVENID, Value: id})
	}
	return t
}

// create makes an event that must be right.
func (r *rig) create(spec core.EventSpec) *core.Event {
	r.t.Helper()
	e, err := r.CreateEvent(r.t.Context(), spec, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

// set is what a VEN gets when it asks for its events.
func (r *rig) set(from core.Peer) []oadr.Event {
	r.t.Helper()
	return must[*oadr.DistributeEvent](r, from, &oadr.RequestEvent{RequestID: "q", VENID: r.venID(from)}).Events
}

func (r *rig) venID(from core.Peer) string {
	r.t.Helper()
	return must[*oadr.CreatedPartyRegistration](r, from, &oadr.QueryRegistration{RequestID: "q"}).VENID
}

// status is how a VEN stands with an event.
func (r *rig) status(eventID, venID string) core.VENStatus {
	r.t.Helper()
	vens, _, err := r.EventVENs(r.t.Context(), eventID, "", 100)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, v := range vens {
		if v.VENID == venID {
			return v
		}
	}
	r.t.Fatalf("event %s does not list %s: %+v", eventID, venID, vens)
	return core.VENStatus{}
}

// answer is an oadrCreatedEvent for one event.
func answer(venID, requestID, eventID string, modification uint32, opt string) *oadr.CreatedEvent {
	return &oadr.CreatedEvent{
		Response: oadr.EIResponse{Code: oadr.CodeOK},
		VENID:    venID,
		Responses: []oadr.EventResponse{{
			Code: oadr.CodeOK, RequestID: requestID, EventID: eventID, ModificationNumber: modification, OptType: opt,
		}},
	}
}
