package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api"
	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// running is start with the VTN running, as streams need it.
func running(t *testing.T, limits api.StreamLimits, change ...func(*api.Config)) *rig {
	t.Helper()
	r := start(t, append(change, func(c *api.Config) { c.Streams = limits })...)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.vtn.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return r
}

// noted writes entries of an alarm with these texts.
func (r *rig) noted(texts ...string) {
	r.t.Helper()
	err := r.reg.Update(r.t.Context(), func(tx core.Tx) error {
		for i, text := range texts {
			tx.Note(core.JournalEntry{At: noon, Kind: core.JournalAlarm, What: "store", VENID: fmt.Sprint("v", i%2), Body: core.JournalBody{Error: text}})
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

var errEnough = errors.New("enough")

// stream reads n messages, and calls ready at the first.
func (r *rig) stream(f client.StreamFilter, n int, ready func()) (got []client.StreamMessage) {
	r.t.Helper()
	ctx, stop := context.WithTimeout(r.t.Context(), 150*time.Second)
	defer stop()
	err := r.Stream(ctx, f, func(m client.StreamMessage) error {
		if got = append(got, m); len(got) == 1 && ready != nil {
			ready()
		}
		if len(got) == n {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		r.t.Fatalf("the stream ended after %d messages: %v", len(got), err)
	}
	return got
}

func TestStreamGoesOnWhereItWas(t *testing.T) {
	r := running(t, api.StreamLimits{})
	r.noted("before")
	got := r.stream(client.StreamFilter{}, 2, func() { r.noted("a") })
	if got[0].Entry != nil || got[0].Position != 1 || got[1].Entry == nil || got[1].Entry.Body.Error != "a" || got[1].Position != 2 {
		t.Fatalf("from now on: %+v", got)
	}
	r.noted("b", "c")
	got = r.stream(client.StreamFilter{After: &got[1].Position}, 3, nil)
	if got[1].Entry.Body.Error != "b" || got[2].Entry.Body.Error != "c" || got[2].Position != 4 {
		t.Errorf("after it: %+v %+v", got[1].Entry, got[2].Entry)
	}
	zero := int64(0)
	for _, f := range []client.StreamFilter{{VENID: "v1"}, {VENID: "v1", Kinds: []string{"alarm", "opt"}}} {
		f.After = &zero
		if got := r.stream(f, 2, nil); got[1].Entry.Body.Error != "c" {
			t.Errorf("%+v: %+v", f, got[1].Entry)
		}
	}
	resp := r.raw("/api/v1/stream", func(q *http.Request) { q.Header.Set("Last-Event-ID", "3") })
	lines := bufio.NewScanner(resp)
	var said []string
	for len(said) < 8 && lines.Scan() {
		said = append(said, lines.Text())
	}
	if want := []string{"retry: 2000", "id: 3", "event: ready", `data: {"no":3}`, "", "id: 4",
		`data: {"no":4,"at":"2026-11-24T12:00:00Z","kind":"alarm","what":"store","venID":"v1","body":{"error":"c"}}`, ""}; !reflect.DeepEqual(said, want) {
		t.Errorf("the stream is\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
}

// raw opens a stream and returns its body.
func (r *rig) raw(path string, change ...func(*http.Request)) net.Conn {
	r.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	req, err := http.NewRequest(http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range change {
		c(req)
	}
	if err := req.Write(conn); err != nil {
		r.t.Fatal(err)
	}
	return &body{Conn: conn, req: req}
}

// body reads the body of the answer on a connection.
type body struct {
	net.Conn
	req  *http.Request
	resp *http.Response
}

func (b *body) Read(p []byte) (int, error) {
	if b.resp == nil {
		var err error
		if b.resp, err = http.ReadResponse(bufio.NewReader(b.Conn), b.req); err != nil {
			return 0, err
		}
	}
	return b.resp.Body.Read(p)
}

func TestStreamTellsWhatIsGone(t *testing.T) {
	r := running(t, api.StreamLimits{})
	r.noted("a")
	r.noted("b")
	r.noted("c")
	if _, err := r.reg.PruneJournal(t.Context(), noon.Add(-time.Hour), 1, 10); err != nil {
		t.Fatal(err)
	}
	zero, beyond := int64(0), int64(99)
	for _, after := range []*int64{&zero, &beyond} {
		got := r.stream(client.StreamFilter{After: after}, 3, nil)
		if !got[1].Missed || got[1].Position != 2 || got[2].Entry.Body.Error != "c" {
			t.Errorf("after %d: %+v", *after, got)
		}
	}
}

// A client that reads nothing is dropped, and goes on where it was when it comes back.
func TestStreamOfAClientThatNeverReads(t *testing.T) {
	r := running(t, api.StreamLimits{PerActor: 1, Patience: 300 * time.Millisecond})
	const entries = 30000
	long := make([]string, entries)
	for i := range long {
		long[i] = strings.Repeat("x", 1000)
	}
	r.noted(long...)
	r.raw("/api/v1/stream?after=0") // which nobody reads
	refused := false
	end := time.Now().Add(150 * time.Second)
	for ; ; time.Sleep(20 * time.Millisecond) {
		a := r.head("/api/v1/stream?after=0")
		if a == http.StatusOK && refused {
			break
		}
		if refused = refused || a == http.StatusServiceUnavailable; time.Now().After(end) {
			t.Fatalf("the place is not free after 150 s; refused: %v", refused)
		}
	}
	zero := int64(0)
	if got := r.stream(client.StreamFilter{After: &zero}, entries+1, nil); got[entries].Position != entries {
		t.Errorf("the last is %d", got[entries].Position)
	}
}

// head opens a stream, closes it, and returns the status.
func (r *rig) head(path string) int {
	r.t.Helper()
	resp, err := http.Head(r.url + path)
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// Many streams are told of the same thing; those beyond the bound are refused.
func TestStreamsAreBounded(t *testing.T) {
	const most = 80
	r := running(t, api.StreamLimits{Most: most})
	var ready, all sync.WaitGroup
	for range most {
		ready.Add(1)
		all.Go(func() { r.stream(client.StreamFilter{}, 2, ready.Done) })
	}
	ready.Wait()
	a := r.do(http.MethodGet, "/api/v1/stream", "")
	if p := a.problem(t); p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Detail, "80 streams") {
		t.Errorf("one more: %+v", p)
	}
	r.noted("x")
	all.Wait()
	for _, wrong := range []string{"after=x", "after=-1", "kinds=opts", "x=1"} {
		if a := r.do(http.MethodGet, "/api/v1/stream?"+wrong, ""); a.status != http.StatusUnprocessableEntity && a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", wrong, a.status, a.body)
		}
	}
}

// The client's type reads all that core writes.
func TestJournalEntryHasOneForm(t *testing.T) {
	number := uint32(3)
	e := core.JournalEntry{No: 1, At: noon.Add(time.Millisecond), Kind: core.JournalDelivery, What: "refused", VENID: "v", EventID: "e", Body: core.JournalBody{
		ModificationNumber: &number, Revision: 1, Events: []core.JournalOther{{EventID: "f", ModificationNumber: 2}}, By: "b", Transport: "t", Profile: "p", Identity: "i", Message: "m",
		Opt: "o", OptID: "i", ReportRequestID: "r", Values: 1, Code: 2, Error: "<e>", State: "raised", Count: 3, Since: "s"}}
	body := reflect.ValueOf(e.Body)
	for i := range body.NumField() {
		if body.Field(i).IsZero() {
			t.Errorf("the test leaves out %s", body.Type().Field(i).Name)
		}
	}
	decoder := json.NewDecoder(strings.NewReader(string(e.JSON())))
	decoder.DisallowUnknownFields()
	var shown client.JournalEntry
	if err := decoder.Decode(&shown); err != nil {
		t.Fatal(err)
	}
	var again strings.Builder
	if err := client.WriteJSON(&again, shown); err != nil || strings.TrimSpace(again.String()) != string(e.JSON()) {
		t.Errorf("core writes\n%s\nthe API's type\n%s, %v", e.JSON(), again.String(), err)
	}
}

// Streams do not keep the server from stopping.
func TestStreamsEndWhenTheServerStops(t *testing.T) {
	r := running(t, api.StreamLimits{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := api.New(api.Config{}, r.vtn)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/api/v1/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	stop()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
	}
	if err := errors.Join(lines.Err(), <-done); err != nil { // not cut off
		t.Error(err)
	}
}

// TestStreamOfSomebodyWhoIsRemoved: what happens after a user is gone is not sent to them.
func TestStreamOfSomebodyWhoIsRemoved(t *testing.T) {
	r := running(t, api.StreamLimits{}, withToken("correct-horse"))
	for _, role := range []string{"administrator", "viewer"} {
		if _, err := r.AddUser(t.Context(), client.UserSpec{Name: "the-" + role, Role: role, Password: aPassword}); err != nil {
			t.Fatal(err)
		}
	}
	token, err := r.AddToken(t.Context(), "the-viewer", client.TokenSpec{Label: "a reader"})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/api/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	bearer(token.Token)(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	r.noted("before")
	for lines.Scan() && !strings.Contains(lines.Text(), "before") {
	}
	if err := r.DeleteUser(t.Context(), "the-viewer"); err != nil {
		t.Fatal(err)
	}
	r.noted("after")
	for lines.Scan() {
		if strings.Contains(lines.Text(), "after") {
			t.Fatal("a user who was removed is told")
		}
	}
}
