package registry_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// journal reads all entries after a number, in parts of a size, and checks that their
// numbers leave none out.
func (w *world) journal(after int64, size int) (all []core.JournalEntry) {
	w.Helper()
	w.must(w.NumberJournal(ctx))
	for at := after; ; {
		entries := view(w, func(r core.Reader) ([]core.JournalEntry, error) { return r.JournalAfter(at, size) })
		if len(entries) == 0 {
			return all
		}
		for _, e := range entries {
			if at++; e.No != at {
				w.Fatalf("entry %d follows %d", e.No, at-1)
			}
		}
		all = append(all, entries...)
	}
}

// told writes entries in one word each.
func told(entries []core.JournalEntry) string {
	var words []string
	for _, e := range entries {
		word := fmt.Sprintf("%s:%s:%s", e.What, e.VENID, e.EventID)
		for _, other := range e.Body.Events {
			word += "+" + other.EventID
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func (w *world) note(what string) {
	w.Helper()
	w.must(w.Update(ctx, func(tx core.Tx) error {
		tx.Note(core.JournalEntry{At: w.now, Kind: core.JournalAlarm, What: what})
		return nil
	}))
}

// span is the last number that is gone, and the newest.
func (w *world) span() string {
	w.Helper()
	return view(w, func(r core.Reader) (string, error) {
		gone, last, err := r.JournalSpan()
		return fmt.Sprint(gone, " ", last), err
	})
}

// settled settles the claims of these VENs with a result, in one batch.
func (w *world) settled(claims []core.Claim, result core.Result, vens ...string) {
	w.Helper()
	var batch []core.Settlement
	for _, c := range claims {
		if strings.Contains(strings.Join(vens, " "), c.VENID) {
			batch = append(batch, core.Settlement{Token: c.Token(), By: jid(c.VENID), Outcome: core.Outcome{Result: result}})
		}
	}
	_, err := w.Settle(ctx, w.now, batch, nil)
	w.must(err)
	w.pass(time.Second)
}
