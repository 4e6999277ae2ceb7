package simplehttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/lane"
)

// maxHeader is how many bytes the header of a request may have. A certificate with its chain fits.
const maxHeader = 32 << 10

// server answers requests.
type server struct {
	*base
	conns    *connections
	handler  RequestHandler
	lanes    *lane.Lanes
	rate     *core.Allowances // of requests, by identity
	answered prometheus.Counter
}

func newServer(b *base, conns *connections, h RequestHandler) *server {
	return &server{
		base: b, conns: conns, handler: h, lanes: lane.New(b.cfg.Budget, b.overBudget),
		rate:     core.NewAllowances(float64(b.cfg.Rate), 2*float64(b.cfg.Rate), b.clock),
		answered: b.metrics.answers.WithLabelValues("200"),
	}
}

// overBudget counts and logs that an identity's requests wait for its budget of work.
func (b *base) overBudget(who string) {
	b.metrics.paused.Inc()
	b.said.About(who, zerolog.WarnLevel).Str("identity", who).Msg("an identity's requests take more work than its share; they wait, and nobody else's do")
}

// serve answers what comes through the door until ctx ends. Requests that are under way then have some seconds to finish.
func (s *server) serve(ctx context.Context, d *door) error {
	web := &http.Server{
		Handler:                      http.HandlerFunc(s.take),
		ReadHeaderTimeout:            s.timing.header,
		ReadTimeout:                  s.timing.request,
		WriteTimeout:                 s.timing.answer,
		IdleTimeout:                  s.timing.linger,
		MaxHeaderBytes:               maxHeader,
		ErrorLog:                     stdlog.New(debugLog{s.log}, "", 0),
		Protocols:                    new(http.Protocols), // rule T3
		DisableGeneralOptionsHandler: true,
		ConnContext:                  remember,
		ConnState:                    noteState,
	}
	web.Protocols.SetHTTP1(true)
	opened := make(chan struct{})
	go func() {
		d.open()
		close(opened)
	}()
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(d) }()
	select {
	case err := <-failed:
		_ = d.Close()
		<-opened
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	_ = d.Close()
	s.conns.closeIdle() // net/http does not know of those that rest, and waits for those that have not sent anything yet
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timing.stop)
	defer cancel()
	err := web.Shutdown(bound)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn().Dur("waited", s.timing.stop).Msg("simpleHttp: requests were still under way; they are left unanswered")
		err = web.Close()
	}
	<-opened
	d.resting.Wait()
	return err
}

// debugLog takes what net/http says of broken connections, which peers cause.
type debugLog struct{ log zerolog.Logger }

func (l debugLog) Write(line []byte) (int, error) {
	l.log.Debug().Str("of", "net/http").Msg(string(line))
	return len(line), nil
}

type connKey struct{}

// remember puts a connection into the context of its requests.
func remember(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c.(*visit).below)
}

// connOf returns the connection that a request came over.
func connOf(r *http.Request) *conn { return r.Context().Value(connKey{}).(*conn) }

// take answers one request.
func (s *server) take(w http.ResponseWriter, r *http.Request) {
	c := connOf(r)
	if s.stopping.Load() || s.conns.crowded() || !c.proxy && c.vens != s.credentials.Load().vens {
		w.Header()["Connection"] = []string{"close"}
	}
	from, no := s.admit(r, c)
	who := from.Identity
	if who == "" {
		who = c.network
	}
	if no != nil {
		if no.why == rejectRate && !c.proxy {
			s.pause(r.Context(), no.after)
		}
		s.refuse(w, who, no)
		return
	}
	place, err := s.lanes.Enter(who, who)
	if err != nil {
		s.refuse(w, who, overBound(err))
		return
	}
	var work core.Work
	buffer := buffers.Get().(*buffer)
	defer buffers.Put(buffer)
	payload, coding, no := s.serveOne(core.Counting(s.working, &work), from, r, place, buffer)
	place.Leave(work.Took()) // before the answer is written, however slowly it is read
	if no != nil {
		s.refuse(w, who, no)
		return
	}
	s.answer(w, payload, coding)
	if coding == "" {
		buffer.keep(payload)
	}
}

// pause has a VEN that sends too many requests wait for being told so. It waits on its own connections only, and cannot keep the
// VTN busy with refusals. Those of a proxy are others' as well.
func (s *server) pause(ctx context.Context, d time.Duration) {
	over, stop := s.clock.After(d)
	defer stop()
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// admit finds out who sends a request, and whether it is one to read.
func (s *server) admit(r *http.Request, c *conn) (core.Peer, *refusal) {
	from, no := s.peer(r, c)
	switch {
	case no != nil:
		return from, no
	case !s.rate.Take(from.Identity): // before all that is refused: that takes work as well
		return from, &refusal{http.StatusServiceUnavailable, rejectRate, "too many requests; send fewer each second", time.Second, false}
	case !served(r.URL.Path):
		return from, &refusal{http.StatusNotFound, rejectPath, "no service is here; services are at /OpenADR2/Simple/2.0b/ and EiRegisterParty, EiEvent, EiReport, EiOpt or OadrPoll", 0, false}
	case c.old && !servedA(r.URL.Path):
		return from, &refusal{http.StatusNotFound, rejectPath, "this port is for VENs of 2.0a; send to /OpenADR2/Simple/EiEvent", 0, false}
	case r.Method != http.MethodPost:
		return from, &refusal{http.StatusNotImplemented, rejectMethod, "send a POST", 0, false}
	case r.ContentLength < 0:
		return from, &refusal{http.StatusLengthRequired, rejectChunked, "send a Content-Length; chunked bodies are not allowed", 0, true}
	case r.ContentLength > int64(s.cfg.Limits.Size):
		s.metrics.undecoded.WithLabelValues("too large").Inc()
		return from, s.tooLarge()
	}
	return from, nil
}

func (s *server) tooLarge() *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, "", fmt.Sprintf("a payload may have %d bytes", s.cfg.Limits.Size), 0, true}
}

// overBound refuses a request that there is no room for.
func overBound(err error) *refusal {
	if errors.Is(err, lane.ErrOverBudget) {
		return &refusal{http.StatusServiceUnavailable, rejectBudget, "your requests take more work than your share; send smaller or fewer ones, and try again in a while", 10 * time.Second, false}
	}
	return &refusal{http.StatusServiceUnavailable, rejectQueue, "too many requests are waiting; try again", time.Second, false}
}

// serveOne reads, decodes and handles one request, and returns its answer in the form it came in: the payload, compressed as the
// coding says.
func (s *server) serveOne(ctx context.Context, from core.Peer, r *http.Request, place *lane.Ticket, b *buffer) (answer []byte, coding string, no *refusal) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error().Str("identity", from.Identity).Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("a request could not be handled; please report this")
			answer, no = nil, &refusal{http.StatusInternalServerError, "", "the VTN failed; try again", 0, false}
		}
	}()
	charset, ok := charsetOf(r.Header)
	if !ok {
		return nil, "", &refusal{http.StatusNotAcceptable, rejectContentType, "send application/xml", 0, false}
	}
	raw, err := body(r, place.Room)
	if err != nil {
		return nil, "", unread(err)
	}
	s.metrics.in.Add(float64(len(raw)))
	if err := place.Turn(s.timing.turn); err != nil {
		return nil, "", overBound(err)
	}
	var p *oadr.Payload
	s.count(ctx, func() { p, err = s.decode(raw, r.Header.Get("Content-Encoding"), charset) })
	if err != nil {
		return nil, "", s.undecodable(from, err)
	}
	if connOf(r).old && p.Form.Profile != oadr.ProfileA { // its TLS can be broken
		return nil, "", &refusal{http.StatusNotAcceptable, rejectProfile, "this port is for VENs of 2.0a; send messages of 2.0b to the usual one", 0, false}
	}
	m, err := s.handler.Handle(ctx, from, p)
	if err != nil {
		return nil, "", failed(err)
	}
	if m == nil {
		return nil, "", nil
	}
	s.count(ctx, func() {
		coding = acceptedCoding(r.Header["Accept-Encoding"])
		answer = packed(s.cfg.Codec.Append(b.bytes, p.Form, m), coding)
	})
	return answer, coding, nil
}

// decode reads a body into a payload.
func (s *server) decode(raw []byte, coding, charset string) (*oadr.Payload, error) {
	raw, err := unpacked(raw, coding, s.cfg.Limits.Size)
	if err != nil {
		return nil, err
	}
	if raw, err = toUTF8(raw, charset); err != nil {
		return nil, fmt.Errorf("%w: %w", errEncoding, err)
	}
	return s.cfg.Codec.Decode(raw)
}

// unread refuses a request whose body could not be read.
func unread(err error) *refusal {
	switch {
	case errors.Is(err, lane.ErrQueueFull):
		n := overBound(err)
		n.ends = true
		return n
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &refusal{http.StatusRequestTimeout, "", "the request came too slowly", 0, true}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &refusal{http.StatusBadRequest, "", "the body is shorter than its Content-Length", 0, true}
	}
	return &refusal{http.StatusBadRequest, "", "the body could not be read", 0, true}
}

// failed refuses a request that was handled without an answer.
func failed(err error) *refusal {
	switch {
	case errors.Is(err, core.ErrNotRegistered):
		return &refusal{http.StatusForbidden, "", "not registered here: send an oadrCreatePartyRegistration first", 0, false}
	case errors.Is(err, core.ErrNotSigned): // S5
		return &refusal{http.StatusForbidden, "", err.Error(), 0, false}
	case errors.Is(err, core.ErrBusy):
		return &refusal{http.StatusServiceUnavailable, "", "over a limit; try again later", 5 * time.Second, false}
	}
	return &refusal{http.StatusInternalServerError, "", "the VTN failed; try again", 0, false}
}

// undecodable refuses a payload that could not be taken (rules G5, H2).
func (s *server) undecodable(from core.Peer, err error) *refusal {
	kind, n := "malformed", &refusal{http.StatusNotAcceptable, "", err.Error(), 0, false}
	switch {
	case errors.Is(err, oadr.ErrTooLarge):
		kind, n = "too large", s.tooLarge()
	case errors.Is(err, oadr.ErrTooDeep):
		kind, n.text = "too deep", fmt.Sprintf("a payload may have %d levels of elements", s.cfg.Limits.Depth)
	case errors.Is(err, oadr.ErrNotOpenADR):
		kind = "not OpenADR"
	case errors.Is(err, errEncoding):
		kind = "encoding"
	}
	s.metrics.undecoded.WithLabelValues(kind).Inc()
	return n
}
