package xmpp

import (
	"context"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// nobody is a handler that does nothing.
type nobody struct{}

func (nobody) Handle(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) {
	return nil, nil
}
func (nobody) Settle(core.Peer, core.Token, core.Outcome)                   {}
func (nobody) Answer(context.Context, core.Peer, core.Token, *oadr.Payload) {}
func (nobody) Appear(core.Peer)                                             {}
func (nobody) Vanish(core.Peer)                                             {}
func (nobody) Connected(string)                                             {}
func (nobody) Disconnected(string)                                          {}
func (nobody) Lost(string, []core.Token)                                    {}

// BenchmarkSettle is what the reader does for each answered push, cutting aside.
func BenchmarkSettle(b *testing.B) {
	c := New(Config{Domain: "vtn.example.org"}, nobody{})
	sent := token(1)
	peer, err := c.peer("ven1@example.org/client")
	if err != nil {
		b.Fatal(err)
	}
	stanza := []byte("<iq xml:lang='en' to='vtn@vtn.example.org' from='ven1@example.org/client' type='result' id='" + sent.String() + "'>" +
		string(oadr.Append(nil, oadr.Form{}, response(sent.String()))) + "</iq>")
	l := &line{}
	for b.Loop() {
		c.flights.start(sent, peer, l)
		if err := c.route(l, stanza); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(stanza)))
}
