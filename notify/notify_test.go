package notify_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/notify"
)

// all checks that each number from first to last came, in order; one that came may come
// again with those after it.
func all(t *testing.T, got []int64, first, last int64) {
	t.Helper()
	next := first
	for _, no := range got {
		if no > next {
			t.Fatalf("entry %d came where %d should", no, next)
		}
		next = max(next, no+1)
	}
	if next != last+1 {
		t.Errorf("the last is %d, want %d", next-1, last)
	}
}

func TestWebhookIsSentAllInOrder(t *testing.T) {
	t.Parallel()
	r, e := start(t), newEndpoint(t)
	r.note(core.JournalOpt, 3) // before
	w := r.create(e.URL)
	e.secret = w.Secret
	if len(w.Secret) != 64 {
		t.Errorf("the secret has %d letters", len(w.Secret))
	}
	r.note(core.JournalOpt, 1200)
	r.note(core.JournalAlarm, 2)
	got := e.until(1205)
	all(t, got, 4, 1205)
	if len(got) != 1202 {
		t.Errorf("%d entries came, want 1202", len(got))
	}
	r.until(func(w *core.Webhook) bool { return w.Position == 1205 && !w.SentAt.IsZero() })
	if failure, err := r.n.Test(t.Context(), "hook"); failure != nil || err != nil || e.tests != 1 {
		t.Errorf("%d tests came, %v, %v", e.tests, failure, err)
	}
}

func TestWebhookIsSentItsKinds(t *testing.T) {
	t.Parallel()
	r, e := start(t), newEndpoint(t)
	r.create(e.URL, core.JournalAlarm)
	r.note(core.JournalOpt, 5)
	r.note(core.JournalAlarm, 1)
	if got := e.until(6); len(got) != 1 {
		t.Errorf("%v came", got)
	}
	if _, err := r.vtn.ModifyWebhook(t.Context(), "hook", func(s core.WebhookSpec) (core.WebhookSpec, error) {
		s.Kinds = []core.JournalKind{core.JournalOpt}
		return s, nil
	}, "test"); err != nil {
		t.Fatal(err)
	}
	r.note(core.JournalAlarm, 1)
	r.note(core.JournalOpt, 1)
	e.until(8)
	if err := r.vtn.DeleteWebhook(t.Context(), "hook", "test"); err != nil {
		t.Fatal(err)
	}
}

// A webhook that fails is tried again, stops after a bound and says why. It goes on where
// it was.
func TestWebhookStopsAndIsResumed(t *testing.T) {
	t.Parallel()
	r, e := start(t, func(c *notify.Config) { c.GiveUp = 500 * time.Millisecond }), newEndpoint(t)
	e.answers(http.StatusFound)
	r.create(e.URL)
	r.note(core.JournalOpt, 3)
	w := r.until(func(w *core.Webhook) bool { return w.State == core.WebhookStopped })
	if w.Failures < 2 || !strings.Contains(w.Error, "302") || !strings.Contains(w.Error, "redirects") || w.Position != 0 || w.FailingSince.IsZero() {
		t.Errorf("it stopped as %+v", w)
	}
	e.answers(0)
	r.note(core.JournalOpt, 2)
	if _, err := r.vtn.ResumeWebhook(t.Context(), "hook", "test"); err != nil {
		t.Fatal(err)
	}
	all(t, e.until(5), 1, 5)
	e.answers(http.StatusGone)
	r.note(core.JournalOpt, 1)
	r.until(func(w *core.Webhook) bool { return w.State == core.WebhookStopped && w.Failures == 1 })
}

func TestWebhookGoesOnAfterFailures(t *testing.T) {
	t.Parallel()
	r, e := start(t), newEndpoint(t)
	e.answers(http.StatusInternalServerError)
	r.create(e.URL)
	r.note(core.JournalOpt, 3)
	r.until(func(w *core.Webhook) bool {
		return w.Failures == 1 && w.State == core.WebhookActive && !w.NextAt.IsZero()
	})
	e.answers(0)
	all(t, e.until(3), 1, 3)
	r.until(func(w *core.Webhook) bool { return w.Failures == 0 && w.Error == "" && w.Position == 3 })
}

// Entries that are no longer kept are said to be missed.
func TestWebhookIsToldWhatItMissed(t *testing.T) {
	t.Parallel()
	r, e := start(t), newEndpoint(t)
	e.answers(http.StatusGone)
	r.create(e.URL)
	r.note(core.JournalOpt, 1)
	r.until(func(w *core.Webhook) bool { return w.State == core.WebhookStopped })
	for range 3 {
		r.note(core.JournalOpt, 1)
	}
	if _, err := r.reg.PruneJournal(t.Context(), time.Now().Add(-time.Hour), 1, 100); err != nil {
		t.Fatal(err)
	}
	e.answers(0)
	if _, err := r.vtn.ResumeWebhook(t.Context(), "hook", "test"); err != nil {
		t.Fatal(err)
	}
	// The first entry may come all the same, if the process still has it in memory.
	got := e.until(4)
	if missed := fmt.Sprint(e.missed); missed != fmt.Sprintf("[{%d 3}]", len(got)-1) || len(got) > 2 {
		t.Errorf("%v came, missed %v", got, e.missed)
	}
}

// Processes that share a store, and those that come after one another, send all in order.
func TestWebhookMovesToAnotherProcess(t *testing.T) {
	t.Parallel()
	first, e := start(t), newEndpoint(t)
	second := startOn(t, first.store)
	first.create(e.URL)
	first.note(core.JournalOpt, 600)
	e.until(1)
	first.stop()
	second.note(core.JournalOpt, 600)
	all(t, e.until(1200), 1, 1200)
}

func TestWebhookReachesNoPrivateHost(t *testing.T) {
	t.Parallel()
	r, e := start(t, func(c *notify.Config) { c.Private = false }), newEndpoint(t)
	r.create(e.URL)
	r.note(core.JournalOpt, 1)
	w := r.until(func(w *core.Webhook) bool { return w.Failures > 0 })
	if !strings.Contains(w.Error, "VTN_NOTIFY_PRIVATE") || len(e.got) != 0 {
		t.Errorf("it failed with %q, %v came", w.Error, e.got)
	}
}

// An endpoint that answers without end, or not at all, is a failure.
func TestWebhookBoundsTheAnswer(t *testing.T) {
	t.Parallel()
	r := start(t)
	for want, answer := range map[string]http.HandlerFunc{
		"more than 65536 bytes": func(w http.ResponseWriter, _ *http.Request) {
			for range 100 {
				_, _ = w.Write(make([]byte, 1<<10))
			}
		},
		"deadline": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not see that the client is gone
			<-r.Context().Done()
		},
	} {
		s := httptest.NewServer(answer)
		defer s.Close()
		w, err := r.vtn.CreateWebhook(t.Context(), core.WebhookSpec{URL: s.URL}, "test")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), patience)
		defer stop()
		if want == "deadline" {
			ctx, stop = context.WithTimeout(ctx, 200*time.Millisecond)
			defer stop()
		}
		if failure, err := r.n.Test(ctx, w.WebhookID); err != nil || failure == nil || !strings.Contains(failure.Error(), want) {
			t.Errorf("%v, %v, want %s", failure, err, want)
		}
	}
}
