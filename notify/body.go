package notify

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// batch is what one request sends.
type batch struct {
	body    []byte
	entries int
	upTo    int64 // the position once it is taken
}

// newBatch takes the first entries of a part that are for a webhook. before is the
// webhook's position.
func newBatch(w *core.Webhook, part *core.JournalPart) batch {
	name, _ := json.Marshal(w.WebhookID) // a text has JSON
	b := batch{upTo: part.From}
	b.body = append(append(b.body, `{"webhookID":`...), name...)
	if part.Gone {
		b.body = append(b.body, `,"missed":{"after":`...)
		b.body = strconv.AppendInt(b.body, w.Position, 10)
		b.body = append(b.body, `,"upTo":`...)
		b.body = strconv.AppendInt(b.body, part.From, 10)
		b.body = append(b.body, '}')
	}
	b.body = append(b.body, `,"entries":[`...)
	for i := range part.Entries {
		e := &part.Entries[i]
		if len(w.Kinds) > 0 && !slices.Contains(w.Kinds, e.Kind) {
			b.upTo = e.No
			continue
		}
		raw := e.JSON()
		if b.entries == maxEntries || b.entries > 0 && len(b.body)+len(raw) > maxBody {
			break
		}
		if b.entries > 0 {
			b.body = append(b.body, ',')
		}
		b.body = append(b.body, raw...)
		b.entries++
		b.upTo = e.No
	}
	b.body = append(b.body, ']', '}')
	return b
}

// empty reports whether nothing of a part is for the webhook.
func (b *batch) empty(part *core.JournalPart) bool { return b.entries == 0 && !part.Gone }

// testBody is what a test sends: no entries.
func testBody(w *core.Webhook) []byte {
	b := newBatch(w, &core.JournalPart{})
	return append(b.body[:len(b.body)-1], `,"test":true}`...)
}
