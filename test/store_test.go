package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestMainJobOnPostgres registers a VEN, pushes an event, records the opt, and kills the VTN while an operator changes events.
func TestMainJobOnPostgres(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_RATE=1000", "VTN_STORE="+onPostgres(t))
	v := s.join(func(c *ven.Config) {
		c.Decide = func(oadr.Event) ven.Decision { return ven.Decision{OptType: oadr.OptOut} }
	})
	created := s.create(event(venID(v)))
	s.delivery(created.EventID, venID(v), "acknowledged")
	s.eventually("the opt", func() bool { return s.status(created.EventID, venID(v)).Opt == "optOut" })
	if _, err := s.CancelEvent(t.Context(), created.EventID); err != nil {
		t.Fatal(err)
	}
	s.converge([]*ven.VEN{v})
	killTheVTN(t, s, 1)
}

// TestAnEventIsStoredBeforeItIsAcknowledged kills the VTN when the first bytes of each 2xx arrive.
func TestAnEventIsStoredBeforeItIsAcknowledged(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	for name, store := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "vtn.db") },
		"postgres": onPostgres,
	} {
		t.Run(name, func(t *testing.T) {
			s := startAt(t, e, e.ComponentAddr, "VTN_STORE="+store(t))
			spec := event(venID(s.join()))
			for round := range 8 {
				spec.EventID = fmt.Sprintf("event-%d", round)
				body, err := json.Marshal(spec)
				if err != nil {
					t.Fatal(err)
				}
				conn := s.dialAPI()
				fmt.Fprintf(conn, "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
				status := make([]byte, len("HTTP/1.1 201"))
				_, err = io.ReadFull(conn, status)
				s.vtn.Kill()
				if err != nil || !bytes.HasSuffix(status, []byte(" 201")) {
					t.Fatalf("the event was answered %q (%v)", status, err)
				}
				s.restart()
				if _, err := s.GetEvent(t.Context(), spec.EventID); err != nil {
					t.Fatalf("%s was acknowledged: %v", spec.EventID, err)
				}
			}
		})
	}
}

// TestDatabaseAwayAndBack: /readyz reports it, and nothing is lost.
func TestDatabaseAwayAndBack(t *testing.T) {
	t.Parallel()
	dsn, err := url.Parse(onPostgres(t))
	if err != nil {
		t.Fatal(err)
	}
	p := proxied(t, dsn.Host)
	dsn.Host = p.Addr
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_STORE="+dsn.String())
	vens := s.fleet(2)
	s.create(event(venIDs(vens)...))
	s.converge(vens)
	p.Blackhole()
	s.eventually("the store to be found missing", func() bool { return !s.ready("store") })
	s.probes("the database away", false)
	s.saysTheStoreIsAway("too slow") // it hangs
	p.Heal()
	s.eventually("the store to be found again", func() bool { return s.ready("store") })
	p.Shut()
	p.Cut()
	s.saysTheStoreIsAway("away")
	p.Open()
	s.eventually("the store to be found again", func() bool { return s.ready("store") })
	s.create(event(venIDs(vens)...))
	s.converge(vens)
	p.Cut()
	s.eventually("the store after its connections were cut", func() bool { return s.ready("store") })
	s.create(event(venIDs(vens)...))
	s.converge(vens)
}
