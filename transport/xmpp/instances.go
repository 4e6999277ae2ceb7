package xmpp

import (
	"context"
	"crypto/rand"
	"os"
	"strconv"
	"sync"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// nsInstance is the namespace of hellos, by which processes that serve one domain
// find each other.
const nsInstance = "https://github.com/vtn-xmpp/vtn-xmpp/instance"

const (
	hellos     = 16  // of a round: the server brings each to any of the connections
	maxMet     = 256 // other processes that are remembered
	forgetting = 3   // rounds without a hello of another process until it is forgotten
)

// instance is a process that serves the domain.
type instance struct {
	process string // of its own
	store   string // the store that it shares; empty if it shares none
	host    string
	pid     string
}

// instances are the processes that serve the domain beside this one. To a server
// such as ejabberd all their connections are one: it brings each stanza to any of
// them. So each process says hello to the domain, and whoever hears that knows who
// else is there. Replicas share a store; any other process takes stanzas away.
type instances struct {
	*base
	conns *connections
	ids   *inquiries // gives hellos their ids
	self  instance

	mu      sync.Mutex
	met     map[string]int // the others, by process: the round in which they last said hello
	round   int
	back    int // hellos of this round that came back
	missing int // rounds in a row of which not all came back, though some did
}

func newInstances(b *base, conns *connections, ids *inquiries) *instances {
	host, _ := os.Hostname()
	return &instances{
		base: b, conns: conns, ids: ids, met: map[string]int{},
		self: instance{process: rand.Text(), store: b.cfg.Store, host: host, pid: strconv.Itoa(os.Getpid())},
	}
}

// sayHello sends the hellos of a round. Those of round 0 answer another process's.
func (i *instances) sayHello(round int) {
	self := i.self
	b := []byte("<instance")
	b = stream.AppendAttribute(b, "xmlns", nsInstance)
	b = stream.AppendAttribute(b, "process", self.process)
	b = stream.AppendAttribute(b, "store", self.store)
	b = stream.AppendAttribute(b, "host", self.host)
	b = stream.AppendAttribute(b, "pid", self.pid)
	b = stream.AppendAttribute(b, "round", strconv.Itoa(round))
	b = append(b, "/>"...)
	for range hellos {
		i.conns.send(appendRest([]byte("<message"), "message", "headline", i.ids.questionID(), i.domain, i.domain+"/instance", b))
	}
}

// takeHello takes a hello. It comes from an address that only a component of the
// domain can have.
func (i *instances) takeHello(e stream.Element) {
	x := e.Child("instance")
	prefix, _ := x.Name()
	other := instance{excerpt.Of(x.Attribute("process")), excerpt.Of(x.Attribute("store")), excerpt.Of(x.Attribute("host")), excerpt.Of(x.Attribute("pid"))}
	if stream.Namespace(prefix, e, x) != nsInstance || other.process == "" {
		return
	}
	i.mu.Lock()
	if other.process == i.self.process {
		if x.Attribute("round") == strconv.Itoa(i.round) {
			i.back++
		}
		i.mu.Unlock()
		return
	}
	_, known := i.met[other.process]
	if !known && len(i.met) >= maxMet {
		clear(i.met)
	}
	i.met[other.process] = i.round
	i.mu.Unlock()
	if known {
		return
	}
	log := i.log.With().Str("domain", i.domain).Str("otherHost", other.host).Str("otherPID", other.pid).Logger()
	if i.self.store != "" && other.store == i.self.store {
		log.Info().Msg("another vtn-xmpp serves the domain with the same store: they are replicas")
	} else {
		log.Error().Msg("another vtn-xmpp serves VTN_XMPP_DOMAIN with a store of its own: the XMPP server brings each stanza to one of the two at random, and neither knows what the other was told. Stop one of them, give it another domain, or let both use one PostgreSQL (VTN_STORE)")
	}
	i.sayHello(0) // so that it knows, too
}

// others reports whether other processes are known.
func (i *instances) others() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.met) > 0
}

// keep says hello to the domain when a connection comes, and from time to time.
func (i *instances) keep(ctx context.Context) {
	for ctx.Err() == nil {
		if lines := i.conns.lines.count(); lines > 0 {
			i.mu.Lock()
			i.round++
			i.back = 0
			round := i.round
			i.mu.Unlock()
			i.sayHello(round)
			i.pause(ctx, i.timing.echo)
			if i.conns.lines.count() == lines {
				i.countBack()
			}
		}
		timer, stop := i.clock.After(i.timing.hello)
		select {
		case <-timer:
		case <-i.conns.joined:
		case <-ctx.Done():
		}
		stop()
	}
}

// countBack finds another program that does not say hello: the hellos that did not
// come back went to it. If the server brings none back, nothing follows.
func (i *instances) countBack() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for process, heard := range i.met {
		if i.round-heard > forgetting {
			delete(i.met, process)
		}
	}
	if i.back == 0 || i.back >= hellos || len(i.met) > 0 {
		i.missing = 0
		return
	}
	if i.missing++; i.missing == 2 { // once is an old connection whose end the server has not noticed
		i.log.Error().Str("domain", i.domain).Int("of", hellos).Int("cameBack", i.back).Msg("the XMPP server brings part of what is for VTN_XMPP_DOMAIN to a connection that is not this vtn-xmpp's: another program serves the domain, or an old connection hangs. Look which components are connected there, and end the other")
	}
}
