package ven

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"mellium.im/xmpp/jid"

	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/address"
)

const (
	answerTimeout = 10 * time.Second // for an answer to a request
	writeTimeout  = 10 * time.Second // for the server to take a stanza
	loginTimeout  = 30 * time.Second // from the first packet to a bound resource
	byeTimeout    = 2 * time.Second  // for the server to close its side
)

// session is one stream to the server, from the login to its end. One goroutine reads
// it and one writes it; both end with the session. The reader waits neither for the
// writer nor for the handling of a request, so a busy VEN still gets its answers.
type session struct {
	wire    *wire
	cut     *cutter
	account jid.JID
	self    jid.JID // the full JID, once bound

	handle func(*session, *stanza) // takes each stanza that is no answer; must not wait
	out    chan []byte
	heard  atomic.Int64 // when the last stanza came, in Unix nanoseconds

	ended    chan struct{} // closed when the reader has ended
	endOnce  sync.Once
	cause    error // of the end, valid once ended is closed
	mu       sync.Mutex
	awaiting map[string]*ask // by the id of the request
}

// ask is a request, an IQ or a message, that waits for its answer. The answer has the
// same id and comes from the JID that was asked (X6).
type ask struct {
	to     string
	answer chan *stanza
}

// open logs in, binds a resource and starts reading.
func open(ctx context.Context, cfg *Config, account jid.JID, handle func(*session, *stanza)) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	w, err := login(ctx, cfg, account)
	if err != nil {
		return nil, err
	}
	s := &session{
		wire: w, cut: newCutter(w), account: account, handle: handle,
		out:      make(chan []byte, 64),
		ended:    make(chan struct{}),
		awaiting: map[string]*ask{},
	}
	go s.read()
	go s.write()
	if s.self, err = s.bind(ctx); err != nil {
		s.end(err)
		return nil, fmt.Errorf("bind a resource for %s: %w", account.Bare(), err)
	}
	return s, nil
}

// bind binds the resource of the account's JID or, if it has none, one that the server
// chooses (RFC 6120 section 7).
func (s *session) bind(ctx context.Context) (jid.JID, error) {
	var resource []byte
	if r := s.account.Resourcepart(); r != "" {
		resource = element(nsBind, "resource", r)
	}
	inside := append([]byte(`<bind xmlns='`+nsBind+`'>`), resource...)
	answer, err := s.ask(ctx, "set", "", append(inside, `</bind>`...))
	if err != nil {
		return jid.JID{}, err
	}
	var bound struct {
		JID string `xml:"jid"`
	}
	if len(answer.children) == 1 {
		err = xml.Unmarshal(answer.children[0].raw, &bound)
	}
	if err != nil || bound.JID == "" {
		return jid.JID{}, errors.New("the server's answer contains no JID")
	}
	self, err := asSent(bound.JID)
	if err == nil && !address.Same(self.Bare().String(), s.account.Bare().String()) {
		err = fmt.Errorf("%w: by its certificate the VEN is %s", ErrNotAuthorized, self.Bare())
	}
	return self, err
}

// ask sends an IQ get or set and waits for its answer. It returns an answer of type
// error as a *StanzaError.
func (s *session) ask(ctx context.Context, kind, to string, inside []byte) (*stanza, error) {
	return answered(s.exchange(ctx, kind, to, inside))
}

// request sends a payload in a kind of stanza, and waits for the answer as ask does.
func (s *session) request(ctx context.Context, kind Stanza, to string, payload []byte) (*stanza, error) {
	if kind == IQ {
		return s.ask(ctx, "set", to, payload)
	}
	id := newID()
	return answered(s.await(ctx, to, id, message(kind, to, id, payload)))
}

// answered turns an answer of type error into a *StanzaError.
func answered(answer *stanza, err error) (*stanza, error) {
	if err != nil {
		return nil, err
	}
	if answer.kind == "error" {
		return nil, stanzaError(answer)
	}
	return answer, nil
}

// exchange is ask, but returns an answer of type error as a stanza.
func (s *session) exchange(ctx context.Context, kind, to string, inside []byte) (*stanza, error) {
	id := newID()
	return s.await(ctx, to, id, iq(kind, to, id, inside))
}

// await sends a stanza and waits for the one that answers its id.
func (s *session) await(ctx context.Context, to, id string, request []byte) (*stanza, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerTimeout, ErrNoAnswer)
	defer cancel()
	a := &ask{to: canonical(to), answer: make(chan *stanza, 1)}
	s.mu.Lock()
	s.awaiting[id] = a
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.awaiting, id)
		s.mu.Unlock()
	}()
	if err := s.send(ctx, request); err != nil {
		return nil, err
	}
	select {
	case answer := <-a.answer:
		return answer, nil
	case <-s.ended:
		return nil, fmt.Errorf("%w: %w", ErrNotConnected, s.cause)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// send queues a stanza for the writer.
func (s *session) send(ctx context.Context, b []byte) error {
	select {
	case s.out <- b:
		return nil
	case <-s.ended:
		return fmt.Errorf("%w: %w", ErrNotConnected, s.cause)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reply queues an answer, unless that is nil. It never waits: if the server takes
// nothing any more, the session ends.
func (s *session) reply(b []byte) {
	if b == nil {
		return
	}
	select {
	case s.out <- b:
	case <-s.ended:
	default:
		s.end(errors.New("the server does not take what it is sent"))
	}
}

func (s *session) write() {
	for {
		select {
		case b := <-s.out:
			if b == nil {
				return // everything before it is written
			}
			_ = s.wire.SetWriteDeadline(time.Now().Add(writeTimeout))
			if _, err := s.wire.Write(b); err != nil {
				s.end(err)
				return
			}
		case <-s.ended:
			return
		}
	}
}

func (s *session) read() {
	for {
		received, err := s.cut.next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the server closed the stream")
			}
			s.end(err)
			return
		}
		received.received = time.Now()
		s.heard.Store(received.received.UnixNano())
		switch {
		case received.name.Space == nsStreams:
			s.end(streamError(received))
			return
		case received.name.Local == "iq" && received.isAnswer():
			s.deliver(received)
		case received.name.Local == "message" && s.deliver(received):
		default:
			s.handle(s, received)
		}
	}
}

// deliver hands an answer to the request with its id, and reports whether there is one.
// An answer that is late, or not from the JID that was asked, has none.
func (s *session) deliver(answer *stanza) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.awaiting[answer.id]
	if a == nil || !s.comesFrom(answer.from, a.to) {
		return false
	}
	delete(s.awaiting, answer.id)
	a.answer <- answer
	return true
}

// comesFrom reports whether an answer's from is the JID that was asked. An empty
// address is the VEN's own server or account (RFC 6120 section 8.1.2.1).
func (s *session) comesFrom(from, asked string) bool {
	from = canonical(from)
	if from == asked {
		return true
	}
	own := func(j string) bool {
		return j == "" || j == s.account.Bare().String() || j == s.account.Domainpart()
	}
	return own(from) && own(asked) && (from == "" || asked == "")
}

// streamError is the error that the server sends before it closes the stream (RFC 6120
// section 4.9).
func streamError(s *stanza) error {
	condition := "undefined-condition"
	if len(s.children) > 0 {
		condition = s.children[0].name.Local
	}
	return fmt.Errorf("the server ends the stream: %s", condition)
}

// keepAlive pings a server that has been silent for a time (XEP-0199), and ends the
// session if it does not answer. A server that refuses the ping is alive.
func (s *session) keepAlive(quiet time.Duration) {
	for {
		idle := time.Since(time.Unix(0, s.heard.Load()))
		if idle < quiet {
			select {
			case <-time.After(quiet - idle):
				continue
			case <-s.ended:
				return
			}
		}
		_, err := s.exchange(context.Background(), "get", s.account.Domainpart(), element(nsPing, "ping", ""))
		if err != nil {
			s.end(fmt.Errorf("the server does not answer a ping: %w", err))
			return
		}
	}
}

// close says goodbye: it sends unavailable presence, so that the VTN knows at once,
// and ends the stream, which the server answers by ending its own.
func (s *session) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, byeTimeout)
	defer cancel()
	for _, b := range [][]byte{[]byte(`<presence type='unavailable'/>`), []byte(`</stream:stream>`), nil} {
		if s.send(ctx, b) != nil {
			break
		}
	}
	select {
	case <-s.ended:
	case <-ctx.Done():
	}
	s.end(errClosed)
}

// end ends the session. Only the first call counts; its cause is the session's.
func (s *session) end(cause error) {
	s.endOnce.Do(func() {
		s.cause = cause
		s.wire.tcp.Close()
		close(s.ended)
	})
}

// newID is an id that nobody can guess.
func newID() string { return rand.Text() }
