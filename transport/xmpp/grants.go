package xmpp

import (
	"context"
	"errors"
	"strings"
	"sync"

	"mellium.im/xmpp/stanza"
)

// errRenewed ends a connection that is made anew to get the grants back.
var errRenewed = errors.New("the server no longer delegates to the component or shows it presence")

// grants is what the server lets the component do beside its own domain: answer
// what is delegated (XEP-0355) and see presence (XEP-0356). ejabberd gives both
// when a connection of the domain comes, and withdraws both, without a word, when
// any one ends, though others stand: perhaps minutes after that connection was
// replaced, when its own side of it times out. So it is asked.
type grants struct {
	mu                 sync.Mutex
	delegated, allowed grant
}

type grant struct {
	by     string // the domain that granted it; empty when it is not known to be
	shown  bool   // an answer has told of it, so one that does not says that it is gone
	silent bool   // it was granted again, and no answer told of it before: the server tells nothing
	gone   bool   // it was granted, and is not any more
}

// give notes that a domain of the server granted something.
func (g *grants) give(x *grant, by string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x.by, x.gone = by, false
}

// hear takes what the answer to a question says of a grant. Only a domain that
// has granted something can have withdrawn it. A grant may be withdrawn before
// any answer told of it, so it is missed once all the same.
func (g *grants) hear(x *grant, from string, granted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if granted {
		x.by, x.shown = from, true
	}
	x.gone = !granted && (x.shown || !x.silent) && x.by == from
}

// gone reports whether something is.
func (g *grants) gone() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.delegated.gone || g.allowed.gone
}

// held reports whether anything is known to be granted.
func (g *grants) held() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.delegated.by != "" || g.allowed.by != ""
}

// forget gives up what is gone: it is missed again when it was granted again.
func (g *grants) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, x := range []*grant{&g.delegated, &g.allowed} {
		if x.gone {
			x.by, x.gone, x.silent = "", false, !x.shown
		}
	}
}

func (g *grants) holder(x *grant) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return x.by
}

// keepGrants looks what the server grants when it has had the time to, then asks
// from time to time and whenever a connection is lost. A lost connection brings
// the grants back when it returns; where none is missing, one is made anew.
func (c *Component) keepGrants(ctx context.Context) {
	select {
	case <-c.taken:
	case <-ctx.Done():
	}
	looked, wait := false, c.timing.grace
	for ctx.Err() == nil {
		timer, stop := c.clock.After(wait)
		select {
		case <-timer:
		case <-c.lost:
		case <-ctx.Done():
		}
		stop()
		if !looked {
			looked, wait = c.lookAtGrants(ctx), c.timing.check
			if !looked || c.grants.gone() {
				wait = c.timing.grace
			}
			continue
		}
		if !c.withdrawn(ctx) {
			if c.grants.held() { // not merely given up
				wait = c.timing.check
			}
			continue
		}
		c.pause(ctx, c.timing.grace) // for a lost connection to return, and the server to grant
		if ctx.Err() != nil || !c.withdrawn(ctx) {
			continue
		}
		if n := c.lines.count(); n < c.cfg.Connections {
			select {
			case c.retry <- struct{}{}: // one that is away tries now, not when its turn comes
			default:
			}
			continue
		}
		c.grants.forget()
		c.renew(c.lines.eldest())
		wait = min(2*wait, 16*c.timing.check) // until it helps
	}
}

// withdrawn asks whether something that was granted is not any more. No answer
// says nothing.
func (c *Component) withdrawn(ctx context.Context) bool {
	if c.lines.count() == 0 || ctx.Err() != nil {
		return false
	}
	questions := []*question{c.askDelegated()}
	if c.grants.holder(&c.grants.allowed) != "" {
		questions = append(questions, c.askAllowed())
	}
	c.inquire(ctx, questions...)
	c.hearDelegated(questions[0])
	if len(questions) > 1 {
		c.hearAllowed(questions[1])
	}
	return c.grants.gone()
}

// askDelegated asks whether the server's domain is announced as a VTN.
func (c *Component) askDelegated() *question {
	host := c.grants.holder(&c.grants.delegated)
	if host == "" {
		host = c.server
	}
	return &question{to: host, write: func(id string) []byte {
		return appendIQ(nil, "get", id, c.domain, host, []byte("<query xmlns='"+nsInfo+"'/>"))
	}}
}

func (c *Component) hearDelegated(q *question) {
	query := q.answer.Child("query")
	if !q.answered || q.answer.Attribute("type") != "result" || len(query.Tag) == 0 {
		return
	}
	announced := false
	for x := range query.Children() {
		announced = announced || x.Attribute("var") == featureOpenADR
	}
	c.grants.hear(&c.grants.delegated, q.to, announced)
}

// askAllowed asks for privileges. A message to the server itself says nothing;
// ejabberd denies it with forbidden to who has privileges, and with
// item-not-found to others.
func (c *Component) askAllowed() *question {
	host := c.grants.holder(&c.grants.allowed)
	if host == "" {
		host = c.server
	}
	return &question{to: host, write: func(id string) []byte {
		return appendRest([]byte("<message"), "message", "", id, c.domain, host, nil)
	}}
}

func (c *Component) hearAllowed(q *question) {
	if !q.answered {
		return
	}
	switch stanza.Condition(condition(q.answer.Child("error"))) {
	case stanza.Forbidden:
		c.grants.hear(&c.grants.allowed, q.to, true)
	case stanza.ItemNotFound:
		c.grants.hear(&c.grants.allowed, q.to, false)
	}
}

// readMe is where the settings for the server stand.
const readMe = `README.md, "Beside an ejabberd you already have"`

// What an operator is told of a grant that did not come.
const (
	adviseDelegation = "the XMPP server does not delegate OpenADR to the VTN: VENs that know only the server's domain do not find it. Put mod_delegation with its three namespaces, the acl and the access rule vtn into ejabberd.yml: " + readMe
	adviseDropped    = "the XMPP server does not let the VTN talk to its domain, so it cannot delegate OpenADR either: VENs that know only the server's domain do not find the VTN. ejabberd 24.10 to 24.12 is like that with mod_privilege: take mod_privilege out of ejabberd.yml there, roster items (ejabberd/add-ven) show presence: " + readMe
	advisePresence   = "the XMPP server does not show the VTN the presence of all VENs: one without a roster item (ejabberd/add-ven makes it) is pushed to only when it has sent something. Put mod_privilege into ejabberd.yml (but not in ejabberd 24.10 to 24.12; roster items are enough there): " + readMe
)

// lookAtGrants tells once what the server does not let the component do. False
// says that this could not be found out.
func (c *Component) lookAtGrants(ctx context.Context) bool {
	if c.lines.count() == 0 || ctx.Err() != nil {
		return false
	}
	alive := &question{to: c.alive(), write: c.writePing}
	delegated, allowed := c.askDelegated(), c.askAllowed()
	software := &question{to: c.server, write: func(id string) []byte {
		return appendIQ(nil, "get", id, c.domain, c.server, []byte("<query xmlns='"+nsVersion+"'/>"))
	}}
	c.inquire(ctx, alive, delegated, allowed, software)
	switch {
	case ctx.Err() != nil, !alive.answered && !delegated.answered:
		return false
	case (!delegated.answered || !allowed.answered) && c.instances.others(): // perhaps they have the answers
		return false
	}
	c.hearDelegated(delegated)
	c.hearAllowed(allowed)
	log := c.log.With().Str("domain", c.domain).Str("server", c.server).Logger()
	switch {
	case c.grants.holder(&c.grants.delegated) != "":
	case delegated.answered:
		log.Warn().Msg(adviseDelegation)
	default:
		log.Warn().Msg(adviseDropped)
	}
	if c.grants.holder(&c.grants.allowed) == "" && !withoutPrivilege(software.answer.Child("query").Child("version").Text()) {
		log.Warn().Msg(advisePresence)
	}
	log.Debug().Msg("looked at what the XMPP server grants")
	return true
}

// withoutPrivilege reports whether an ejabberd of this version is to have no
// mod_privilege, see [adviseDropped].
func withoutPrivilege(version string) bool {
	return strings.HasPrefix(version, "24.10") || strings.HasPrefix(version, "24.12")
}

// renew ends a connection in order, so that it is made anew. The others go on.
func (c *Component) renew(l *line) {
	if l == nil {
		return
	}
	l.renewed.Store(true)
	c.part(l)
	c.hangUp(l)
}
