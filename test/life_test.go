package test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
)

// TestServeWithoutAServerSaysSoAndRetriesUntilThereIsOne and needs no restart.
func TestServeWithoutAServerSaysSoAndRetriesUntilThereIsOne(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	e.Stop()
	s := startUnready(t, e, rig.VTNOptions{Domain: vtnDomain, Secret: e.Secret})
	const says = "no connection to the XMPP server, trying again"
	for _, want := range []string{e.ComponentAddr, `"retryIn"`} {
		if line := s.logged(says); !strings.Contains(line, want) {
			t.Errorf("the log does not say %s: %s", want, line)
		}
	}
	s.eventually("a second attempt", func() bool { return strings.Count(s.vtn.Output.Tail(100), says) > 1 })
	s.startServer()
	s.eventually("the VTN to be ready", func() bool { return s.ready("xmpp") })
	s.converge([]*ven.VEN{s.join()})
}

// startUnready starts a VTN without waiting until it is ready.
func startUnready(t *testing.T, e *rig.Ejabberd, o rig.VTNOptions) *stack {
	t.Helper()
	o.Binary, o.Server, o.Unready = binary, e.ComponentAddr, true
	o.Env = []string{"VTN_REGISTRATION=open", "VTN_LOG_LEVEL=trace", noSleep}
	vtn, err := rig.StartVTN(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(vtn.Close)
	s := newStack(t, e, vtn)
	s.eventually("the API to answer or the VTN to end", func() bool {
		_, err := s.Ready(t.Context())
		return err == nil || strings.Contains(vtn.Output.Tail(100), "not-authorized")
	})
	return s
}

// TestNotAuthorizedAtStartEndsServe, and the log names both settings that may be wrong, but not the secret.
func TestNotAuthorizedAtStartEndsServe(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	for name, o := range map[string]rig.VTNOptions{
		"wrong secret":           {Domain: vtnDomain, Secret: "a-wrong-component-secret"},
		"domain not among hosts": {Domain: "elsewhere.localhost", Secret: e.Secret},
	} {
		t.Run(name, func(t *testing.T) {
			s := startUnready(t, e, o)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if status, err := s.vtn.Wait(ctx); err != nil || status <= 0 {
				t.Errorf("it ended with %d (%v)", status, err)
			}
			said := s.vtn.Output.Tail(1000)
			for _, word := range []string{"not-authorized", "VTN_XMPP_SECRET", "VTN_XMPP_DOMAIN", "hosts"} {
				if !strings.Contains(said, word) {
					t.Errorf("it does not say %s:\n%s", word, said)
				}
			}
			if strings.Contains(said, o.Secret) {
				t.Error("the secret is in the output")
			}
		})
	}
}

// TestSecretIsInNoOutput at log level trace, whatever the VTN does.
func TestSecretIsInNoOutput(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr, "VTN_LOG_LEVEL=trace")
	v := s.join()
	s.create(event(venID(v)))
	s.converge([]*ven.VEN{v})
	s.vtn.Terminate()
	if strings.Contains(s.vtn.Output.Tail(2000), e.Secret) {
		t.Error("the secret is in the output")
	}
}

// TestReadyzTellsEachPartInEachPhase, while /healthz is 200 in all phases.
func TestReadyzTellsEachPartInEachPhase(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	e.Stop()
	path := filepath.Join(t.TempDir(), "vtn.db")
	s := startUnready(t, e, rig.VTNOptions{Domain: vtnDomain, Secret: e.Secret, Store: "sqlite:" + path})
	phase := func(name string, xmpp, store bool) {
		t.Helper()
		s.eventually(name, func() bool { return s.ready("xmpp") == xmpp && s.ready("store") == store })
		s.probes(name, xmpp && store)
	}
	phase("no server", false, true)
	s.startServer()
	phase("a server", true, true)
	release := lock(t, path)
	phase("a store that cannot be written", true, false)
	release()
	phase("a store that can be written again", true, true)
	e.Stop()
	phase("the server gone", false, true)
	s.startServer()
	phase("the server back", true, true)
}

// lock prevents all other writes to a SQLite file until it is released.
func lock(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// TestSIGTERMAnswersTheAPIRequestUnderWay: the client receives the answer, and what it says is stored.
func TestSIGTERMAnswersTheAPIRequestUnderWay(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	v := s.join()
	spec := event(venID(v))
	spec.EventID = "under-way"
	body, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	conn := s.dialAPI()
	fmt.Fprintf(conn, "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(body))
	answers := bufio.NewReader(conn)
	// The VTN asks for the body: it is serving the request.
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the request is not under way: %q %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	ended := s.terminate()
	if _, err := conn.Write(body); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if said, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusCreated {
		t.Errorf("the request under way was answered %s: %s", res.Status, said)
	}
	ended()
	s.restart()
	if _, err := s.GetEvent(t.Context(), spec.EventID); err != nil {
		t.Error(err)
	}
	s.converge([]*ven.VEN{v})
}

// TestSIGTERMFinishesTheRequestsOfVENs: a registration that waits for the store is answered, and stored.
func TestSIGTERMFinishesTheRequestsOfVENs(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	path := filepath.Join(t.TempDir(), "vtn.db")
	s := startAt(t, e, e.ComponentAddr, "VTN_STORE=sqlite:"+path)
	v := s.connect(s.config(s.account()))
	// The VTN holds the request when it has read it.
	release := lock(t, path)
	before := s.counters()
	registered := make(chan error, 1)
	go func() {
		_, err := v.Register(t.Context())
		registered <- err
	}()
	s.grows(before, `vtn_xmpp_stanzas_total{kind="iq set"}`)
	ended := s.terminate()
	release()
	if err := next(t, "the answer to the registration", registered); err != nil {
		t.Fatal(err)
	}
	ended()
	s.restart()
	held, _ := v.Registration()
	got, err := s.GetVEN(t.Context(), held.VENID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Registration == nil || got.Registration.RegistrationID != held.RegistrationID {
		t.Errorf("the VEN was told %+v, on record is %+v", held, got.Registration)
	}
}

// TestSIGTERMKeepsTheOptsThatWereTaken: an oadrCreatedEvent that was answered 200 is stored.
func TestSIGTERMKeepsTheOptsThatWereTaken(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	taken := make(chan ven.Event, 10)
	v := s.join(func(c *ven.Config) {
		c.OnAnswer = func(e ven.Event) { taken <- e }
		c.Decide = func(oadr.Event) ven.Decision { return ven.Decision{OptType: oadr.OptOut} }
	})
	created := s.create(event(venID(v)))
	next(t, "the opt to be taken", taken)
	s.terminate()()
	s.restart()
	if got := s.status(created.EventID, venID(v)); got.Opt != "optOut" || got.Delivery != "acknowledged" {
		t.Errorf("after the restart %s is told as %+v", created.EventID, got)
	}
}

// TestSIGTERMLeavesTheServerInOrder: the server disconnects the component, and grants the next one presence and delegation, which
// it grants a domain only once.
func TestSIGTERMLeavesTheServerInOrder(t *testing.T) {
	t.Parallel()
	e := ownServer(t)
	s := startAt(t, e, e.ComponentAddr)
	v := s.join()
	for range 3 {
		s.terminate()()
		s.logged("left the XMPP server")
		if _, err := v.Query(t.Context()); err == nil {
			t.Error("the VTN answers after its end")
		}
		s.restart()
		s.delegated()
		s.presenceComes()
	}
	if log := e.Output.Tail(2000); strings.Contains(log, "already delegated") {
		t.Error("the server still had the component when it came back")
	}
}

// TestTwoVTNsSideBySide, each with its own ports, store and domain, do not affect each other.
func TestTwoVTNsSideBySide(t *testing.T) {
	t.Parallel()
	const otherDomain = "vtn2.localhost"
	e := ownServer(t, vtnDomain, otherDomain)
	one := startAt(t, e, e.ComponentAddr)
	two := startAt(t, e, e.ComponentAddr, "VTN_XMPP_DOMAIN="+otherDomain)
	v1 := []*ven.VEN{one.join()}
	v2 := []*ven.VEN{two.join(func(c *ven.Config) { c.VTN = "vtn@" + otherDomain })}

	one.create(event(venID(v1[0])))
	two.create(event(venID(v2[0])))
	one.converge(v1)
	two.converge(v2)
	for _, s := range []*stack{one, two} {
		if events, err := s.events(); err != nil || len(events) != 1 {
			t.Errorf("a VTN has %d events (%v), want its own", len(events), err)
		}
	}
	one.vtn.Kill()
	two.create(event(venID(v2[0])))
	two.converge(v2)
	one.restart()
	one.create(event(venID(v1[0])))
	one.converge(v1)
	one.terminate()()
	two.create(event(venID(v2[0])))
	two.converge(v2)
}
