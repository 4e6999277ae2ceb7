package xmpp

import (
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// BenchmarkSettle measures what the reader does for each answered push, apart from
// cutting.
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
