package notify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/bodysign"
	"github.com/vtn-xmpp/vtn-xmpp/notify"
	"github.com/vtn-xmpp/vtn-xmpp/registry"
	"github.com/vtn-xmpp/vtn-xmpp/registry/registrytest"
)

// patience is how long a test waits for a state.
const patience = 150 * time.Second

// rig is a VTN with a notifier, on a store of its own.
type rig struct {
	t     *testing.T
	store string
	reg   *registry.Registry
	vtn   *core.VTN
	n     *notify.Notifier
	stop  func()
}

func start(t *testing.T, change ...func(*notify.Config)) *rig {
	t.Helper()
	return startOn(t, registrytest.SQLite(t), change...)
}

func startOn(t *testing.T, store string, change ...func(*notify.Config)) *rig {
	t.Helper()
	reg, err := registry.Open(t.Context(), store, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, store: store, reg: reg}
	r.vtn = core.New(core.Config{VTNID: "VTN"}, reg, core.SystemClock{}, zerolog.Nop(), nil)
	cfg := notify.Config{Private: true, Clock: core.SystemClock{}, Log: zerolog.Nop()}
	for _, c := range change {
		c(&cfg)
	}
	r.n = notify.New(cfg, r.vtn)
	ctx, stop := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	for _, run := range []func(context.Context) error{r.vtn.Run, r.n.Run} {
		parts.Go(func() {
			if err := run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	r.stop = sync.OnceFunc(func() {
		stop()
		parts.Wait()
		if err := reg.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(r.stop)
	return r
}

// note writes n entries of a kind.
func (r *rig) note(kind core.JournalKind, n int) {
	r.t.Helper()
	err := r.reg.Update(r.t.Context(), func(tx core.Tx) error {
		for i := range n {
			tx.Note(core.JournalEntry{At: time.Now(), Kind: kind, What: "test", VENID: fmt.Sprint("ven", i)})
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) create(url string, kinds ...core.JournalKind) *core.Webhook {
	r.t.Helper()
	w, err := r.vtn.CreateWebhook(r.t.Context(), core.WebhookSpec{WebhookID: "hook", URL: url, Kinds: kinds}, "test")
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// until waits until the webhook is as it should be.
func (r *rig) until(is func(*core.Webhook) bool) *core.Webhook {
	r.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		w, err := r.vtn.Webhook(r.t.Context(), "hook")
		if err != nil {
			r.t.Fatal(err)
		}
		if is(w) {
			return w
		}
		if time.Now().After(end) {
			r.t.Fatalf("the webhook is still %+v", w)
		}
	}
}

// endpoint is a system of the operator.
type endpoint struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	secret string
	status int // to answer; 0 is 200
	got    []int64
	missed []string
	tests  int
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{t: t}
	e.Server = httptest.NewServer(http.HandlerFunc(e.take))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) take(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		e.t.Error(err)
	}
	stamp, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get(bodysign.Header), "t="), ",")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || e.secret != "" && bodysign.Sign(e.secret, time.Unix(seconds, 0), raw) != r.Header.Get(bodysign.Header) || r.Header.Get("VTN-Webhook") != "hook" {
		e.t.Errorf("signed %q, %v", r.Header.Get(bodysign.Header), err)
	}
	var body struct {
		WebhookID string
		Test      bool
		Missed    *struct{ After, UpTo int64 }
		Entries   []struct{ No int64 }
	}
	if err := json.Unmarshal(raw, &body); err != nil || body.WebhookID != "hook" {
		e.t.Errorf("%s: %v", raw, err)
	}
	if e.status != 0 {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(e.status)
		return
	}
	if body.Missed != nil {
		e.missed = append(e.missed, fmt.Sprint(*body.Missed))
	}
	if body.Test {
		e.tests++
	}
	for _, entry := range body.Entries {
		e.got = append(e.got, entry.No)
	}
}

func (e *endpoint) answers(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

// until waits until an entry has come, and returns all that came.
func (e *endpoint) until(last int64) []int64 {
	e.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		e.mu.Lock()
		got := e.got[:len(e.got):len(e.got)]
		e.mu.Unlock()
		if len(got) > 0 && got[len(got)-1] >= last {
			return got
		}
		if time.Now().After(end) {
			e.t.Fatalf("%d entries came, not that of number %d", len(got), last)
		}
	}
}
