package xmpp

import (
	"context"
	"crypto/rand"
	"os"
	"strconv"
	"sync"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// nsInstance is of the greetings by which processes that serve one domain know of
// one another.
const nsInstance = "https://github.com/vtn-xmpp/vtn-xmpp/instance"

const (
	greetings  = 16  // at once: the server brings each to any of the connections
	maxMet     = 256 // other processes that are remembered
	forgetting = 3   // greetings without a word of another process until it is forgotten
)

// instance is a process that serves the domain.
type instance struct {
	process string // of its own
	store   string // one that it shares; empty where it shares none
	host    string
	pid     string
}

// instances are the processes that serve the domain beside this one. To a server
// such as ejabberd all their connections are one: it brings each stanza to any of
// them. So each process greets the domain, and whoever is greeted knows who else
// is there. Replicas share a store; anybody else takes stanzas away.
type instances struct {
	own instance

	mu      sync.Mutex
	met     map[string]int // others, by process: the round they were heard of last
	round   int
	back    int // greetings of this round that came back
	missing int // rounds in a row of which not all came back, though some did
	came    wake.Signal
}

func newInstances(store string) *instances {
	host, _ := os.Hostname()
	return &instances{
		own: instance{process: rand.Text(), store: store, host: host, pid: strconv.Itoa(os.Getpid())},
		met: map[string]int{}, came: wake.New(),
	}
}

// greet sends greetings of a round; those of none, 0, answer another process's.
func (c *Component) greet(round int) {
	own := c.instances.own
	b := []byte("<instance")
	b = stream.AppendAttribute(b, "xmlns", nsInstance)
	b = stream.AppendAttribute(b, "process", own.process)
	b = stream.AppendAttribute(b, "store", own.store)
	b = stream.AppendAttribute(b, "host", own.host)
	b = stream.AppendAttribute(b, "pid", own.pid)
	b = stream.AppendAttribute(b, "round", strconv.Itoa(round))
	b = append(b, "/>"...)
	for range greetings {
		c.send(appendRest([]byte("<message"), "message", "headline", c.questionID(), c.domain, c.domain+"/instance", b))
	}
}

// greeted takes a greeting. Nobody but a component of the domain has an address
// that it can come from.
func (c *Component) greeted(e stream.Element) {
	x := e.Child("instance")
	prefix, _ := x.Name()
	other := instance{excerpt.Of(x.Attribute("process")), excerpt.Of(x.Attribute("store")), excerpt.Of(x.Attribute("host")), excerpt.Of(x.Attribute("pid"))}
	i := c.instances
	if stream.Namespace(prefix, e, x) != nsInstance || other.process == "" {
		return
	}
	i.mu.Lock()
	if other.process == i.own.process {
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
	log := c.log.With().Str("domain", c.domain).Str("otherHost", other.host).Str("otherPID", other.pid).Logger()
	if i.own.store != "" && other.store == i.own.store {
		log.Info().Msg("another vtn-xmpp serves the domain with the same store: they are replicas")
	} else {
		log.Error().Msg("another vtn-xmpp serves VTN_XMPP_DOMAIN with a store of its own: the XMPP server brings each stanza to one of the two at random, and neither knows what the other was told. Stop one of them, give it another domain, or let both use one PostgreSQL (VTN_STORE)")
	}
	c.greet(0) // so that it knows, too
}

// others reports whether other processes are known.
func (i *instances) others() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.met) > 0
}

// keepInstances greets the domain when a connection comes, and from time to time.
func (c *Component) keepInstances(ctx context.Context) {
	i := c.instances
	for ctx.Err() == nil {
		if lines := c.lines.count(); lines > 0 {
			i.mu.Lock()
			i.round++
			i.back = 0
			round := i.round
			i.mu.Unlock()
			c.greet(round)
			c.pause(ctx, c.timing.echo)
			if c.lines.count() == lines {
				c.countGreetings()
			}
		}
		timer, stop := c.clock.After(c.timing.greet)
		select {
		case <-timer:
		case <-i.came:
		case <-ctx.Done():
		}
		stop()
	}
}

// countGreetings finds a stranger who does not greet: what should have come back
// went to it. A server that brings none back says nothing.
func (c *Component) countGreetings() {
	i := c.instances
	i.mu.Lock()
	defer i.mu.Unlock()
	for process, heard := range i.met {
		if i.round-heard > forgetting {
			delete(i.met, process)
		}
	}
	if i.back == 0 || i.back >= greetings || len(i.met) > 0 {
		i.missing = 0
		return
	}
	if i.missing++; i.missing == 2 { // once is an old connection whose end the server has not noticed
		c.log.Error().Str("domain", c.domain).Int("of", greetings).Int("cameBack", i.back).Msg("the XMPP server brings part of what is for VTN_XMPP_DOMAIN to a connection that is not this vtn-xmpp's: another program serves the domain, or an old connection hangs. Look which components are connected there, and end the other")
	}
}
