package rig_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp"

	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
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

// client is a VEN's session that keeps everything it receives.
type client struct {
	*xmpp.Session
	heard bytes.Buffer
}

func (c *client) say(t *testing.T, stanza string) {
	t.Helper()
	send(t, c.Session, stanza)
}

// until reads up to the text end, and returns what it read.
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
