package core

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// Delivery tells VENs what they are to know, and takes what becomes of it: it claims
// what is due, pushes it, settles outcomes, and knows where VENs are.
type Delivery struct {
	*common
	*connections
	*presence
	*dispatcher
	*settler
	*arrivals
	*searches
	*pushMatcher
	*handOuts

	window  *window
	fanOuts *fanOuts
}

// partTeller is what delivery needs where a VEN's events are too many for one message.
type partTeller interface {
	oneMessage(ctx context.Context, dst []byte, c Claim, m *oadr.DistributeEvent, before []string, in occasion) (payload []byte, part *oadr.DistributeEvent, err error)
	roomMade()
}

func newDelivery(c *common, sources sources, room partTeller, due wake.Signal) *Delivery {
	connections := &connections{connected: map[string]bool{}, once: map[string]bool{}, stranded: map[string]map[int64]bool{}}
	presence := newPresence(c.compare, c.pollInterval, c.clock.Now)
	fanOuts := newFanOuts(c.log, c.clock)
	dispatcher := &dispatcher{common: c, sources: sources, room: room, connections: connections, presence: presence, fanOuts: fanOuts, due: due}
	dispatcher.window = newWindow(c.cfg.InFlight, dispatcher.poke, func(f *flight, end lostBy) {
		if end == lostByLease {
			presence.unanswered(f.token.VENNo, f.to, f.word)
		}
		if !f.silent {
			fanOuts.landed(f.token.Rev, 0)
		}
	})
	searches := &searches{common: c, queue: make(chan search, searchQueue)}
	arrivals := &arrivals{
		common: c, presence: presence, window: dispatcher.window, searches: searches, dispatcher: dispatcher,
		queue: make(chan arrival, arrivalQueue),
	}
	settler := &settler{
		common: c, sources: sources, room: room, presence: presence, window: dispatcher.window, fanOuts: fanOuts, connections: connections,
		searches: searches, arrivals: arrivals, dispatcher: dispatcher, outcomes: newOutcomeQueue(),
	}
	arrivals.settler, dispatcher.settler = settler, settler
	searches.back = func(ctx context.Context, vens []int64) { arrivals.unpark(ctx, vens, SignHeard) }
	return &Delivery{
		common: c, connections: connections, presence: presence, dispatcher: dispatcher, settler: settler, arrivals: arrivals, searches: searches,
		pushMatcher: &pushMatcher{common: c, sources: sources, window: dispatcher.window, settler: settler},
		handOuts:    &handOuts{common: c, sources: sources, room: room, settler: settler},
		window:      dispatcher.window, fanOuts: fanOuts,
	}
}

// connections says which transports can carry pushes.
type connections struct {
	mu        sync.Mutex
	connected map[string]bool // by transport name
	once      map[string]bool // those that ever were
	// Numbers of the VENs that wait for their transport while others are connected, by
	// transport name.
	stranded map[string]map[int64]bool
}

// begin notes that a transport is connected, and returns the VENs that waited for it.
func (c *connections) begin(transport string) (stranded []int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.connected[transport], c.once[transport] = true, true
	stranded = slices.Collect(maps.Keys(c.stranded[transport]))
	delete(c.stranded, transport)
	return stranded
}

// awaits reports whether one of these transports was never connected.
func (c *connections) awaits(transports map[string]Transport) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range transports {
		if !c.once[name] {
			return true
		}
	}
	return false
}

// only reports whether others can carry pushes, but not this transport.
func (c *connections) only(others string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.connected) > 0 && !c.connected[others]
}

// strand notes that a VEN waits for a transport. It returns false if that is connected.
func (c *connections) strand(transport string, venNo int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connected[transport] {
		return false
	}
	if c.stranded[transport] == nil {
		c.stranded[transport] = map[int64]bool{}
	}
	c.stranded[transport][venNo] = true
	return true
}

func (c *connections) end(transport string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.connected, transport)
}

func (c *connections) anyConnected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.connected) > 0
}

// Connected tells that a transport can carry pushes from now on. Parked VENs
// are probed, and what is due is pushed.
func (d *Delivery) Connected(transport string) {
	if stranded := d.connections.begin(transport); len(stranded) > 0 {
		d.arrive(arrival{what: arrivalConnected, vens: stranded})
	}
	d.alarms.set(alarmKey{AlarmConnection, transport}, false, 0)
	d.lookFor(search{transport: transport})
	d.poke()
}

// Disconnected tells that a transport lost its connection: what was in flight
// is due again, and nobody is known to be there any more.
func (d *Delivery) Disconnected(transport string) {
	d.connections.end(transport)
	d.alarms.set(alarmKey{AlarmConnection, transport}, true, 0)
	d.presence.clear(transport)
	for _, f := range d.window.drain(transport) {
		d.record(f.ends(Outcome{Result: Requeue, Error: "connection lost"}))
	}
}

// Lost tells that a transport lost one of its connections while others stand:
// these pushes may not have arrived and are due again, and VENs may have come
// unnoticed. A push that did arrive is repeated, which does no harm.
func (d *Delivery) Lost(transport string, pushes []Token) {
	d.presence.doubt(transport)
	for _, t := range pushes {
		if f := d.window.land(t); f != nil {
			d.record(f.ends(Outcome{Result: Requeue, Error: "connection lost"}))
		}
	}
	d.lookFor(search{transport: transport})
	d.poke()
}

// back makes what waits for a VEN due.
func (d *Delivery) back(venNo int64) { d.arrive(arrival{what: arrivalBack, venNo: venNo}) }

// follow logs what becomes of the pushes of a committed change of an event.
func (d *Delivery) follow(e *Event, began time.Time) { d.fanOuts.begin(e, began) }
