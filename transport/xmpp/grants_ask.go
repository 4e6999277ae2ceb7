package xmpp

import (
	"context"
	"strings"

	"mellium.im/xmpp/stanza"
)

// keep finds out what the server grants once it has had time to grant it. Then it
// asks from time to time and whenever a connection is lost. A lost connection brings
// the grants back when it returns. If all connections stand, one is made anew.
func (g *grants) keep(ctx context.Context) {
	select {
	case <-g.conns.taken:
	case <-ctx.Done():
	}
	looked, wait := false, g.timing.grace
	for ctx.Err() == nil {
		timer, stop := g.clock.After(wait)
		select {
		case <-timer:
		case <-g.conns.lost:
		case <-ctx.Done():
		}
		stop()
		if !looked {
			looked, wait = g.look(ctx), g.timing.check
			if !looked || g.gone() {
				wait = g.timing.grace
			}
			continue
		}
		if !g.withdrawn(ctx) {
			if g.held() { // not merely given up
				wait = g.timing.check
			}
			continue
		}
		g.pause(ctx, g.timing.grace) // for a lost connection to return, and the server to grant
		if ctx.Err() != nil || !g.withdrawn(ctx) {
			continue
		}
		if n := g.conns.lines.count(); n < g.cfg.Connections {
			select {
			case g.conns.retry <- struct{}{}: // one that is away tries now, not when its turn comes
			default:
			}
			continue
		}
		g.forget()
		g.conns.renew(g.conns.lines.eldest())
		wait = min(2*wait, 16*g.timing.check) // until it helps
	}
}

// withdrawn asks whether something that was granted is not any more. Without an
// answer nothing changes.
func (g *grants) withdrawn(ctx context.Context) bool {
	if g.conns.lines.count() == 0 || ctx.Err() != nil {
		return false
	}
	questions := []*question{g.askDelegated()}
	if g.holder(&g.allowed) != "" {
		questions = append(questions, g.askAllowed())
	}
	g.inquiries.inquire(ctx, questions...)
	g.hearDelegated(questions[0])
	if len(questions) > 1 {
		g.hearAllowed(questions[1])
	}
	return g.gone()
}

// askDelegated asks whether the server's domain is announced as a VTN.
func (g *grants) askDelegated() *question {
	host := g.holder(&g.delegated)
	if host == "" {
		host = g.server
	}
	return &question{to: host, write: func(id string) []byte {
		return appendIQ(nil, "get", id, g.domain, host, []byte("<query xmlns='"+nsInfo+"'/>"))
	}}
}

func (g *grants) hearDelegated(q *question) {
	query := q.answer.Child("query")
	if !q.answered || q.answer.Attribute("type") != "result" || len(query.Tag) == 0 {
		return
	}
	for x := range query.Children() {
		if x.Attribute("var") == featureOpenADR {
			g.confirm(&g.delegated, q.to)
			return
		}
	}
	g.miss(&g.delegated, q.to)
}

// askAllowed asks for privileges. It sends a message to the server itself, which has
// no effect: ejabberd denies it with forbidden if the component has privileges, and
// with item-not-found if it has none.
func (g *grants) askAllowed() *question {
	host := g.holder(&g.allowed)
	if host == "" {
		host = g.server
	}
	return &question{to: host, write: func(id string) []byte {
		return appendRest([]byte("<message"), "message", "", id, g.domain, host, nil)
	}}
}

func (g *grants) hearAllowed(q *question) {
	if !q.answered {
		return
	}
	switch stanza.Condition(condition(q.answer.Child("error"))) {
	case stanza.Forbidden:
		g.confirm(&g.allowed, q.to)
	case stanza.ItemNotFound:
		g.miss(&g.allowed, q.to)
	}
}

// readMe is where the settings for the server stand.
const readMe = `README.md, "Beside an ejabberd you already have"`

// What the log says of a grant that did not come.
const (
	adviseDelegation = "the XMPP server does not delegate OpenADR to the VTN: VENs that know only the server's domain do not find it. Put mod_delegation with its three namespaces, the acl and the access rule vtn into ejabberd.yml: " + readMe
	adviseDropped    = "the XMPP server does not let the VTN talk to its domain, so it cannot delegate OpenADR either: VENs that know only the server's domain do not find the VTN. ejabberd 24.10 to 24.12 is like that with mod_privilege: take mod_privilege out of ejabberd.yml there, roster items (ejabberd/add-ven) show presence: " + readMe
	advisePresence   = "the XMPP server does not show the VTN the presence of all VENs: one without a roster item (ejabberd/add-ven makes it) is pushed to only when it has sent something. Put mod_privilege into ejabberd.yml (but not in ejabberd 24.10 to 24.12; roster items are enough there): " + readMe
)

// look logs once what the server does not let the component do. It returns false if
// that could not be found out.
func (g *grants) look(ctx context.Context) bool {
	if g.conns.lines.count() == 0 || ctx.Err() != nil {
		return false
	}
	alive := &question{to: g.alive(), write: g.inquiries.writePing}
	delegated, allowed := g.askDelegated(), g.askAllowed()
	software := &question{to: g.server, write: func(id string) []byte {
		return appendIQ(nil, "get", id, g.domain, g.server, []byte("<query xmlns='"+nsVersion+"'/>"))
	}}
	g.inquiries.inquire(ctx, alive, delegated, allowed, software)
	switch {
	case ctx.Err() != nil, !alive.answered && !delegated.answered:
		return false
	case (!delegated.answered || !allowed.answered) && g.instances.others(): // perhaps they have the answers
		return false
	}
	g.hearDelegated(delegated)
	g.hearAllowed(allowed)
	log := g.log.With().Str("domain", g.domain).Str("server", g.server).Logger()
	switch {
	case g.holder(&g.delegated) != "":
	case delegated.answered:
		log.Warn().Msg(adviseDelegation)
	default:
		log.Warn().Msg(adviseDropped)
	}
	if g.holder(&g.allowed) == "" && !withoutPrivilege(software.answer.Child("query").Child("version").Text()) {
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
