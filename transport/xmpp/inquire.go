package xmpp

import (
	"context"
	"strconv"
	"sync"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// pingPrefix begins the id of every ping and question of the component's own, and
// of nothing else.
const pingPrefix = "ping-"

func (c *Component) questionID() string { return pingPrefix + strconv.FormatUint(c.pings.Add(1), 36) }

// inquiries are the component's own questions that have no answer so far. An
// answer counts only from who was asked.
type inquiries struct {
	mu   sync.Mutex
	open map[string]*question // by id
}

// question is one to the server. Its answer may be read when it has one.
type question struct {
	to       string
	write    func(id string) []byte
	answered bool
	answer   stream.Element // good where answered, and as long as nobody else is asked with it
	done     chan struct{}
}

// inquire asks all these and waits until each has an answer, or patience ends.
func (c *Component) inquire(ctx context.Context, questions ...*question) {
	q := &c.inquiries
	stanzas := make([][]byte, len(questions))
	ids := make([]string, len(questions))
	q.mu.Lock()
	for i, x := range questions {
		ids[i] = c.questionID()
		x.done = make(chan struct{})
		q.open[ids[i]] = x
		stanzas[i] = x.write(ids[i])
	}
	q.mu.Unlock()
	for _, s := range stanzas { // when all are noted: the first answer may come at once
		c.send(s)
	}
	timer, stop := c.clock.After(c.timing.patience)
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

// answer takes the answer to a question. What it answers nobody waits for is
// passed over: a ping's has done its work by coming.
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
