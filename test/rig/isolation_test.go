package rig_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"mellium.im/xmpp"
)

// eachRelease runs a test with the machine's own ejabberd and with 24.12.
func eachRelease(t *testing.T, test func(*testing.T, rig.EjabberdOptions)) {
	t.Run("own", func(t *testing.T) {
		t.Parallel()
		test(t, rig.EjabberdOptions{})
	})
	t.Run("24.12", func(t *testing.T) {
		t.Parallel()
		test(t, rig.EjabberdOptions{Release: rig.NeedEjabberd2412(t)})
	})
}

// client is a VEN's session of which everything that arrives is kept.
type client struct {
	*xmpp.Session
	heard bytes.Buffer
}

// online logs in and shows the VTN its presence.
func online(t *testing.T, e *rig.Ejabberd, user string) *client {
	t.Helper()
	c := &client{Session: mustLogin(t, e, user, "secret")}
	c.say(t, "<presence/>")
	return c
}

func (c *client) say(t *testing.T, stanza string) {
	t.Helper()
	send(t, c.Session, stanza)
}

// until reads on to the text end, and returns what came with it.
func (c *client) until(t *testing.T, end string) string {
	t.Helper()
	if err := c.Conn().SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	b := make([]byte, 4096)
	for !strings.Contains(got.String(), end) {
		n, err := c.Conn().Read(b)
		got.Write(b[:n])
		c.heard.Write(b[:n])
		if err != nil {
			t.Fatalf("%s waits for %s: %v after %s", c.LocalAddr(), end, err, got.String())
		}
	}
	return got.String()
}

// through reads up to and with the tag that holds text.
func (c *component) through(t *testing.T, text string) string {
	t.Helper()
	var got strings.Builder
	for !strings.Contains(got.String(), text) {
		got.WriteString(c.until(t, ">"))
	}
	return got.String()
}

// stanzas are all kinds there are, to an address.
func stanzas(to string) []string {
	const reregister = "<oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'><oadrSignedObject><oadrRequestReregistration/></oadrSignedObject></oadrPayload>"
	var all []string
	add := func(kind, typ, inside string) {
		if typ != "" {
			typ = " type='" + typ + "'"
		}
		all = append(all, fmt.Sprintf("<%s%s id='n%d' to='%s'>%s</%[1]s>", kind, typ, len(all), to, inside))
	}
	for _, inside := range []string{
		reregister, "<ping xmlns='urn:xmpp:ping'/>", "<query xmlns='jabber:iq:version'/>", "<vCard xmlns='vcard-temp'/>",
		"<query xmlns='http://jabber.org/protocol/disco#info'/>", "<query xmlns='jabber:iq:last'/>",
	} {
		for _, typ := range []string{"get", "set", "result"} {
			add("iq", typ, inside)
		}
	}
	const failure = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
	add("iq", "error", failure)
	for _, typ := range []string{"", "normal", "chat", "headline", "groupchat"} {
		add("message", typ, reregister)
		add("message", typ, "<body>hello</body>")
		add("message", typ, "<composing xmlns='http://jabber.org/protocol/chatstates'/>")
	}
	add("message", "error", "<body>hello</body>"+failure)
	for _, typ := range []string{"", "subscribe", "probe", "subscribed", "unsubscribe", "unsubscribed", "unavailable"} {
		add("presence", typ, "<status>hello</status>")
	}
	add("presence", "error", failure)
	return all
}

// TestX9VENsReachTheVTNAndNotEachOther is rule 515: nothing of any kind gets from one VEN to another, and all that VENs, VTN and
// server have to say to each other does.
func TestX9VENsReachTheVTNAndNotEachOther(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, o rig.EjabberdOptions) {
		e := startEjabberd(t, o)
		for _, user := range []string{"ven1", "ven2"} {
			if err := e.Register(t.Context(), rig.Account{User: user, Password: "secret", SeenBy: e.Components}); err != nil {
				t.Fatal(err)
			}
		}
		vtn := connect(t, e, e.Components[0])
		grantDelegation(t, vtn)
		ven1, ven2 := online(t, e, "ven1"), online(t, e, "ven2")
		vens := []*client{ven1, ven2}

		for i, from := range vens {
			to := vens[1-i]
			for _, address := range []string{to.LocalAddr().String(), to.LocalAddr().Bare().String(), to.LocalAddr().Bare().String() + "/other",
				strings.ToUpper(to.LocalAddr().Localpart()) + "@LOCALHOST/" + to.LocalAddr().Resourcepart()} {
				for _, stanza := range stanzas(address) {
					from.say(t, stanza)
				}
			}
			// When the VTN has this, the server is done with all before it.
			from.say(t, "<message to='vtn@vtn.localhost' id='last'/>")
			vtn.through(t, "id='last'")
			fmt.Fprintf(vtn, "<message from='vtn@vtn.localhost' to='%s' id='after'/>", to.LocalAddr())
			to.until(t, "id='after'")
			from.say(t, "<iq type='get' id='told' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
			told := from.until(t, "id='told'")
			if strings.Count(told, "<forbidden") < 50 {
				t.Errorf("%s is told of %d refused stanzas", from.LocalAddr(), strings.Count(told, "<forbidden"))
			}
		}
		for i, v := range vens {
			other := vens[1-i].LocalAddr().Bare().String()
			for _, stanza := range strings.Split(v.heard.String(), "<") {
				if strings.Contains(stanza, "from='"+other) && !strings.Contains(stanza, "type='error'") {
					t.Errorf("%s hears <%s", v.LocalAddr(), stanza)
				}
			}
			if strings.Contains(v.heard.String(), "item-not-found") {
				t.Errorf("an error of %s reached %s", other, v.LocalAddr())
			}
		}

		// What must work.
		const payload = "<oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'/>"
		for _, v := range vens {
			me, bare := v.LocalAddr().String(), v.LocalAddr().Bare().String()
			v.say(t, "<iq type='set' id='ask' to='vtn@vtn.localhost'>"+payload+"</iq>")
			vtn.through(t, "id='ask'")
			fmt.Fprintf(vtn, "<iq type='result' id='ask' from='vtn@vtn.localhost' to='%s'>"+payload+"</iq>", me)
			v.until(t, "id='ask'")
			fmt.Fprintf(vtn, "<iq type='set' id='push' from='vtn@vtn.localhost' to='%s'>"+payload+"</iq>", me)
			v.until(t, "id='push'")
			v.say(t, "<iq type='result' id='push' to='vtn@vtn.localhost'/>")
			vtn.through(t, "id='push'")
			fmt.Fprintf(vtn, "<message type='chat' id='chat' from='vtn@vtn.localhost' to='%s'><body>hello</body></message>", bare)
			v.until(t, "id='chat'")
			v.say(t, "<message id='back' to='vtn.localhost'><body>hello</body></message>")
			vtn.through(t, "id='back'")
			fmt.Fprintf(vtn, "<presence type='probe' from='vtn.localhost' to='%s'/>", bare)
			vtn.through(t, "from='"+me+"'")

			for _, ask := range []string{
				"<iq type='get' id='server' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
				"<iq type='get' id='info' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
				"<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>",
				"<iq type='get' id='own' to='" + bare + "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
				"<iq type='get' id='self' to='" + me + "'><query xmlns='jabber:iq:version'/></iq>", // to itself, and back
			} {
				v.say(t, ask)
				v.until(t, "id='"+attr(ask, "id")+"'")
			}
			v.say(t, "<iq type='get' id='deleg' to='localhost'>"+payload+"</iq>")
			forwarded := vtn.through(t, "</delegation></iq>")
			if !strings.Contains(forwarded, payload) {
				t.Errorf("delegated is %s", forwarded)
			}
			fmt.Fprintf(vtn, "<iq type='result' id='%s' from='vtn.localhost' to='localhost'><delegation xmlns='urn:xmpp:delegation:1'>"+
				"<forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='result' id='deleg' from='localhost' to='%s'>"+payload+"</iq></forwarded></delegation></iq>",
				attr(forwarded[:strings.Index(forwarded, "<delegation")], "id"), me)
			v.until(t, "id='deleg'")

			again := online(t, e, v.LocalAddr().Localpart()) // another session of the account
			again.say(t, "<message id='twin' to='"+me+"'><body>hello</body></message>")
			v.until(t, "id='twin'")
			if err := e.AddRosterItem(t.Context(), v.LocalAddr().Localpart(), "other.localhost"); err != nil {
				t.Fatal(err)
			}
			v.until(t, "other.localhost")
		}
	})
}

// TestX9StaffReachVENs: accounts that ven_contacts names speak with every VEN, which VENs still do not with each other.
func TestX9StaffReachVENs(t *testing.T) {
	t.Parallel()
	e := startEjabberd(t, rig.EjabberdOptions{Replace: []string{"\n    - allow: vtn\n", "\n    - allow: vtn\n    - allow:\n        user: staff@localhost\n"}})
	users := map[string]*client{"ven1": nil, "ven2": nil, "staff": nil}
	for user := range users {
		if err := e.Register(t.Context(), rig.Account{User: user, Password: "secret"}); err != nil {
			t.Fatal(err)
		}
		users[user] = online(t, e, user)
	}
	for _, way := range [][2]string{{"staff", "ven1"}, {"ven1", "staff"}, {"ven2", "staff"}} {
		from, to := users[way[0]], users[way[1]]
		from.say(t, "<message id='"+way[0]+way[1]+"' to='"+to.LocalAddr().String()+"'><body>hello</body></message>")
		to.until(t, "id='"+way[0]+way[1]+"'")
	}
	users["ven1"].say(t, "<message id='not' to='"+users["ven2"].LocalAddr().String()+"'><body>hello</body></message>")
	users["ven1"].until(t, "<forbidden")
}

// TestX9OtherDomainsAreLeftAlone where a server has people beside VENs, as README says, and VENs are kept from these, too.
func TestX9OtherDomainsAreLeftAlone(t *testing.T) {
	t.Parallel()
	const isolation = "\n  mod_ven_isolation:\n    access: ven_contacts\n    stanza_rate: 100\n    stanza_burst: 500\n"
	eachRelease(t, func(t *testing.T, o rig.EjabberdOptions) {
		o.Replace = []string{
			"\n  - DOMAIN\n", "\n  - DOMAIN\n  - people.example\n",
			isolation, "\n",
			"\nmodules:\n", "\nappend_host_config:\n  localhost:\n    modules:" + strings.ReplaceAll(isolation, "\n  ", "\n      ") + "\nmodules:\n",
		}
		e := startEjabberd(t, o)
		users := map[string]*client{"ven1@localhost": nil, "ven2@localhost": nil, "ann@people.example": nil, "bob@people.example": nil}
		for address := range users {
			user, host, _ := strings.Cut(address, "@")
			if _, err := e.Ctl(t.Context(), "register", user, host, "secret"); err != nil {
				t.Fatal(err)
			}
			users[address] = online(t, e, address)
		}
		say := func(from, to string) *client {
			users[from].say(t, "<message id='to"+to+"' to='"+users[to].LocalAddr().String()+"'><body>hello</body></message>")
			return users[from]
		}
		say("ann@people.example", "bob@people.example")
		users["bob@people.example"].until(t, "id='tobob@people.example'")
		say("ven1@localhost", "ven2@localhost").until(t, "<forbidden")
		say("ven1@localhost", "ann@people.example").until(t, "<forbidden")
		say("ann@people.example", "ven1@localhost").until(t, "<forbidden")
	})
}
