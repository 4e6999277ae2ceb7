package xmpp

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// TestPresenceByPrivilege: mod_privilege shows the component every account, and when a
// session ends cleanly, but not when it breaks off.
func TestPresenceByPrivilege(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	granted(t, c)
	v := login(t, s, "ven3", "r")
	v.send("<presence/>")
	until(t, r.appeared, "presence", v.jid)
	v.send("<presence type='unavailable'/>")
	until(t, r.vanished, "end", v.jid)
}

// TestPresenceByRosterItem: the roster item shows sessions that break off, too, and a
// probe finds who is there.
func TestPresenceByRosterItem(t *testing.T) {
	s := ejabberd(t)
	v := login(t, s, "ven1", "before")
	v.send("<presence/>")
	v.await("own presence", func(e stream.Element) bool { return e.Local() == "presence" })
	c, r := connect(t, s)
	if err := c.Probe(t.Context(), []string{"nobody@localhost", "ven1@localhost"}); err != nil {
		t.Fatal(err)
	}
	until(t, r.appeared, "answer to the probe", v.jid)
	v.conn.Close()
	until(t, r.vanished, "broken end", v.jid)
}

// TestDirectedPresence: a VEN may send presence to the component, probe it, and
// subscribe to it.
func TestDirectedPresence(t *testing.T) {
	s := ejabberd(t)
	c, r := connect(t, s)
	v := login(t, s, "ven4", "r")
	v.send("<presence to='%s'/>", c.service)
	until(t, r.appeared, "presence", v.jid)
	v.send("<presence type='probe' to='%s'/>", c.service)
	v.await("our presence", func(e stream.Element) bool {
		return e.Local() == "presence" && e.Attribute("from") == c.service && e.Attribute("type") == ""
	})
	v.conn.Close()
	until(t, r.vanished, "end", v.jid)
}

func TestProbeWithoutServer(t *testing.T) {
	c := New(Config{Domain: "vtn.example.org"}, nil)
	if err := c.Probe(t.Context(), []string{"ven1@example.org"}); err != core.ErrNotConnected {
		t.Errorf("got %v", err)
	}
}
