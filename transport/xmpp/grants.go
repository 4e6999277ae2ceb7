package xmpp

import (
	"errors"
	"strings"
	"sync"

	"github.com/vtn-xmpp/vtn-xmpp/internal/excerpt"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// errRenewed ends a connection that is made anew to get the grants back.
var errRenewed = errors.New("the server no longer delegates to the component or shows it presence")

// grants are what the server lets the component do beside its own domain: answer
// what is delegated (XEP-0355) and see presence (XEP-0356). ejabberd gives both
// when a connection of the domain comes, and withdraws both, without a word, when
// any connection ends, even if others stand. That may be minutes after that
// connection was replaced, when its own side of it times out. So the server is asked.
type grants struct {
	*base
	inquiries *inquiries
	conns     *connections
	instances *instances

	mu                 sync.Mutex
	delegated, allowed grant
}

type grant struct {
	by     string // the domain that granted it; empty when it is not known to be
	shown  bool   // an answer has shown it, so an answer that does not says that it is gone
	silent bool   // it was granted again, and no answer showed it before: the server's answers never do
	gone   bool   // it was granted, and is not any more
}

// give notes that a domain of the server granted something.
func (g *grants) give(x *grant, by string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x.by, x.gone = by, false
}

// confirm notes that an answer shows a grant.
func (g *grants) confirm(x *grant, from string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x.by, x.shown, x.gone = from, true, false
}

// miss notes that an answer does not show a grant. Only the domain that granted
// something can have withdrawn it. A grant may be withdrawn before any answer showed
// it, so even then it counts as gone, once.
func (g *grants) miss(x *grant, from string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	x.gone = (x.shown || !x.silent) && x.by == from
}

// gone reports whether something was granted and is not any more.
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

// forget gives up what is gone, until it is granted again.
func (g *grants) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, x := range []*grant{&g.delegated, &g.allowed} {
		if x.gone {
			x.by, x.gone, x.silent = "", false, !x.shown
		}
	}
}

// holder returns the domain that granted something, empty where none is known.
func (g *grants) holder(x *grant) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return x.by
}

// notice takes a server's word on what it lets the component do.
func (g *grants) notice(e stream.Element, from string) {
	for child := range e.Children() {
		prefix, local := child.Name()
		space := stream.Namespace(prefix, e, child)
		switch {
		case string(local) == "delegation" && strings.HasPrefix(space, nsDelegate):
			for d := range child.Children() {
				if to := d.Attribute("namespace"); to == oadr.NS || to == featureOpenADR { // with these it is announced
					g.give(&g.delegated, from)
				}
				g.log.Info().Str("namespace", excerpt.Of(d.Attribute("namespace"))).Msg("the XMPP server delegates requests to its own domain")
			}
		case string(local) == "privilege":
			g.give(&g.allowed, from)
			g.log.Info().Msg("the XMPP server granted privileges")
		}
	}
}
