package rig_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// online logs in and shows the VTN its presence.
func online(t *testing.T, e *rig.Ejabberd, user string) *client {
	t.Helper()
	c := &client{Session: mustLogin(t, e, user, "secret")}
	c.say(t, "<presence/>")
	return c
}

// through reads up to the end of the tag that contains text, and returns what it read.
func (c *component) through(t *testing.T, text string) string {
	t.Helper()
	var got strings.Builder
	for !strings.Contains(got.String(), text) {
		got.WriteString(c.until(t, ">"))
	}
	return got.String()
}

// stanzas returns stanzas of every kind to an address.
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

// emptyPayload is a payload without a message.
const emptyPayload = "<oadrPayload xmlns='http://openadr.org/oadr-2.0b/2012/07'/>"

// TestX9VENsReachTheVTNAndNotEachOther is rule 515: the server passes no stanza of any kind from one VEN to another, and passes all
// that VENs, the VTN and the server need to exchange.
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
		vens := []*client{online(t, e, "ven1"), online(t, e, "ven2")}
		for i, from := range vens {
			sendEveryStanza(t, vtn, from, vens[1-i])
		}
		for i, v := range vens {
			expectNothingFrom(t, vens[1-i], v)
		}
		for _, v := range vens {
			exchangeWithVTN(t, vtn, v)
			exchangeWithServer(t, v)
			delegateToVTN(t, vtn, v)
			exchangeWithOwnAccount(t, e, v)
		}
	})
}

// sendEveryStanza has one VEN send stanzas of every kind to every address of another, and checks that the server refuses them.
func sendEveryStanza(t *testing.T, vtn *component, from, to *client) {
	t.Helper()
	full, bare := to.LocalAddr().String(), to.LocalAddr().Bare().String()
	otherCase := strings.ToUpper(to.LocalAddr().Localpart()) + "@LOCALHOST/" + to.LocalAddr().Resourcepart()
	for _, address := range []string{full, bare, bare + "/other", otherCase} {
		for _, stanza := range stanzas(address) {
			from.say(t, stanza)
		}
	}
	// The server handles a client's stanzas in order: when the VTN has this message, the server has handled all before it.
	from.say(t, "<message to='vtn@vtn.localhost' id='last'/>")
	vtn.through(t, "id='last'")
	fmt.Fprintf(vtn, "<message from='vtn@vtn.localhost' to='%s' id='after'/>", full)
	to.until(t, "id='after'")
	from.say(t, "<iq type='get' id='end' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
	if refused := strings.Count(from.until(t, "id='end'"), "<forbidden"); refused < 50 {
		t.Errorf("the server refuses %d stanzas of %s, want at least 50", refused, from.LocalAddr())
	}
}

// expectNothingFrom checks that one VEN has received nothing from another, errors included.
func expectNothingFrom(t *testing.T, from, to *client) {
	t.Helper()
	sender := from.LocalAddr().Bare().String()
	for _, stanza := range strings.Split(to.heard.String(), "<") {
		if strings.Contains(stanza, "from='"+sender) && !strings.Contains(stanza, "type='error'") {
			t.Errorf("%s receives <%s", to.LocalAddr(), stanza)
		}
	}
	if strings.Contains(to.heard.String(), "item-not-found") {
		t.Errorf("%s receives an error stanza of %s", to.LocalAddr(), sender)
	}
}

// exchangeWithVTN passes requests, results, messages and presence between a VEN and the VTN.
func exchangeWithVTN(t *testing.T, vtn *component, v *client) {
	t.Helper()
	full, bare := v.LocalAddr().String(), v.LocalAddr().Bare().String()
	v.say(t, "<iq type='set' id='ask' to='vtn@vtn.localhost'>"+emptyPayload+"</iq>")
	vtn.through(t, "id='ask'")
	fmt.Fprintf(vtn, "<iq type='result' id='ask' from='vtn@vtn.localhost' to='%s'>"+emptyPayload+"</iq>", full)
	v.until(t, "id='ask'")
	fmt.Fprintf(vtn, "<iq type='set' id='push' from='vtn@vtn.localhost' to='%s'>"+emptyPayload+"</iq>", full)
	v.until(t, "id='push'")
	v.say(t, "<iq type='result' id='push' to='vtn@vtn.localhost'/>")
	vtn.through(t, "id='push'")
	fmt.Fprintf(vtn, "<message type='chat' id='chat' from='vtn@vtn.localhost' to='%s'><body>hello</body></message>", bare)
	v.until(t, "id='chat'")
	v.say(t, "<message id='back' to='vtn.localhost'><body>hello</body></message>")
	vtn.through(t, "id='back'")
	fmt.Fprintf(vtn, "<presence type='probe' from='vtn.localhost' to='%s'/>", bare)
	vtn.through(t, "from='"+full+"'")
}

// exchangeWithServer has a VEN ask the server, its account and itself.
func exchangeWithServer(t *testing.T, v *client) {
	t.Helper()
	full, bare := v.LocalAddr().String(), v.LocalAddr().Bare().String()
	for _, request := range []string{
		"<iq type='get' id='server' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
		"<iq type='get' id='info' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
		"<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>",
		"<iq type='get' id='own' to='" + bare + "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
		"<iq type='get' id='self' to='" + full + "'><query xmlns='jabber:iq:version'/></iq>", // comes back to the VEN
	} {
		v.say(t, request)
		v.until(t, "id='"+attr(request, "id")+"'")
	}
}

// delegateToVTN has a VEN ask the server something that the server delegates to the VTN.
func delegateToVTN(t *testing.T, vtn *component, v *client) {
	t.Helper()
	v.say(t, "<iq type='get' id='deleg' to='localhost'>"+emptyPayload+"</iq>")
	forwarded := vtn.through(t, "</delegation></iq>")
	if !strings.Contains(forwarded, emptyPayload) {
		t.Errorf("the delegated request has no payload: %s", forwarded)
	}
	fmt.Fprintf(vtn, "<iq type='result' id='%s' from='vtn.localhost' to='localhost'><delegation xmlns='urn:xmpp:delegation:1'>"+
		"<forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='result' id='deleg' from='localhost' to='%s'>"+emptyPayload+"</iq></forwarded></delegation></iq>",
		attr(forwarded[:strings.Index(forwarded, "<delegation")], "id"), v.LocalAddr())
	v.until(t, "id='deleg'")
}

// exchangeWithOwnAccount has another session of a VEN's account send it a message, and the server push it a roster item.
func exchangeWithOwnAccount(t *testing.T, e *rig.Ejabberd, v *client) {
	t.Helper()
	another := online(t, e, v.LocalAddr().Localpart())
	another.say(t, "<message id='twin' to='"+v.LocalAddr().String()+"'><body>hello</body></message>")
	v.until(t, "id='twin'")
	if err := e.AddRosterItem(t.Context(), v.LocalAddr().Localpart(), "other.localhost"); err != nil {
		t.Fatal(err)
	}
	v.until(t, "other.localhost")
}

// TestX9StaffReachVENs: accounts that ven_contacts names exchange messages with every VEN, while VENs still cannot reach each other.
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

// TestX9OtherDomainsAreLeftAlone: on a server that hosts people in another domain, as README describes, people reach each other, and
// VENs and people do not.
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
