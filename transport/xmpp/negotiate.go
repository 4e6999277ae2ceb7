package xmpp

import (
	"bufio"
	"context"
	"net"

	"mellium.im/xmpp/component"
	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// negotiate opens the stream and authenticates (XEP-0114 section 3). It returns a
// reader of what the server sends from then on, and the opening tag of its stream.
//
// The session that mellium makes is dropped; from here on this package reads the
// stream. Mellium's decoder reads an io.ByteReader byte by byte, so it takes nothing
// that follows the handshake. Its context never ends, so no goroutine of it sets a
// deadline later.
func negotiate(conn net.Conn, domain, secret string) (*bufio.Reader, stream.Element, error) {
	addr, err := jid.Parse(domain)
	if err != nil {
		return nil, stream.Element{}, err
	}
	b := &byteConn{Conn: conn, r: bufio.NewReader(conn)}
	if _, err := component.NewSession(context.Background(), addr, []byte(secret), b); err != nil {
		return nil, stream.Element{}, err
	}
	return b.r, streamTag(b.seen), nil
}

// maxSeen is how much of the negotiation is kept.
const maxSeen = 4096

// byteConn is a connection that is read byte by byte and remembers the first bytes.
type byteConn struct {
	net.Conn
	r    *bufio.Reader
	seen []byte
}

func (b *byteConn) Read(p []byte) (int, error) { return b.r.Read(p) }

func (b *byteConn) ReadByte() (byte, error) {
	c, err := b.r.ReadByte()
	if err == nil && len(b.seen) < maxSeen {
		b.seen = append(b.seen, c)
	}
	return c, err
}

// streamTag finds the stream's opening tag in the first bytes of the server.
func streamTag(seen []byte) stream.Element {
	for i := range seen {
		if seen[i] == '<' && i+1 < len(seen) && seen[i+1] != '?' {
			return stream.Parse(seen[i:])
		}
	}
	return stream.Element{}
}
