package xmpp

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// pingPrefix begins the id of every question of the component's own, pings among
// them, and of nothing else.
const pingPrefix = "ping-"

// isQuestion reports whether an id is a question's.
func isQuestion(id string) bool { return strings.HasPrefix(id, pingPrefix) }

// inquiries asks the server the component's own questions.
type inquiries struct {
	*base
	out   sender
	pings atomic.Uint64 // ids that were given out

	mu   sync.Mutex
	open map[string]*question // those without an answer, by id
}

// sender sends stanzas.
type sender interface {
	send(stanza []byte)
}

func newInquiries(b *base, out sender) *inquiries {
	return &inquiries{base: b, out: out, open: map[string]*question{}}
}

// questionID is a new id.
func (q *inquiries) questionID() string {
	return pingPrefix + strconv.FormatUint(q.pings.Add(1), 36)
}

// ping returns a ping (XEP-0199), which asks the server for a sign of life.
func (q *inquiries) ping() []byte { return q.writePing(q.questionID()) }

func (q *inquiries) writePing(id string) []byte {
	return appendIQ(nil, "get", id, q.domain, q.alive(), []byte("<ping xmlns='"+nsPing+"'/>"))
}

// question is one to the server. Its answer may be read once inquire has returned.
type question struct {
	to       string
	write    func(id string) []byte
	answered bool
	answer   stream.Element // only where answered
	done     chan struct{}
}

// inquire asks all questions and waits until each has an answer, or for patience.
func (q *inquiries) inquire(ctx context.Context, questions ...*question) {
	stanzas := make([][]byte, len(questions))
	ids := make([]string, len(questions))
	q.mu.Lock()
	for i, x := range questions {
		ids[i] = q.questionID()
		x.done = make(chan struct{})
		q.open[ids[i]] = x
		stanzas[i] = x.write(ids[i])
	}
	q.mu.Unlock()
	for _, s := range stanzas { // when all are noted: the first answer may come at once
		q.out.send(s)
	}
	timer, stop := q.clock.After(q.timing.patience)
	defer stop()
	for _, x := range questions {
		select {
		case <-x.done:
			continue
		case <-timer:
		case <-ctx.Done():
		}
		break
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range ids {
		delete(q.open, id)
	}
}

// answer takes the answer to a question. It counts only from who was asked. An
// answer that nobody waits for is passed over: that to a ping has done its work by
// coming.
func (q *inquiries) answer(e stream.Element) {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := e.Attribute("id")
	x := q.open[id]
	if x == nil || x.to != e.Attribute("from") {
		return
	}
	delete(q.open, id)
	x.answer = stream.Parse(append([]byte(nil), e.Raw...)) // it is the reader's
	x.answered = true
	close(x.done)
}
