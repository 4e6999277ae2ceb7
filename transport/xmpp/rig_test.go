package xmpp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wake"
	"github.com/vtn-xmpp/vtn-xmpp/internal/xmltext"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// patience is how long a test waits for what must come. A test that passes never uses
// it up.
const patience = 30 * time.Second

// sometime waits until done returns true.
func sometime(t *testing.T, what string, done func() bool) {
	t.Helper()
	if !within(patience, done) {
		t.Fatalf("waited for %s", what)
	}
}

// within waits for d at most until done returns true, and returns what it returned last.
func within(d time.Duration, done func() bool) bool {
	for end := time.Now().Add(d); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

const password = "pencil and paper"

var (
	suite  context.Context // ends after all tests
	shared = sync.OnceValues(func() (*rig.Ejabberd, error) {
		return startEjabberd(suite)
	})
)

func TestMain(m *testing.M) {
	rig.Main(func(ctx context.Context) int {
		suite = ctx
		return m.Run()
	})
}

// startEjabberd starts a server with accounts ven1 to ven5, the first two of
// them with a roster item for the component.
func startEjabberd(ctx context.Context) (*rig.Ejabberd, error) {
	s, err := rig.StartEjabberd(ctx, rig.EjabberdOptions{Erl: "+sss 4096"})
	if err != nil {
		return nil, err
	}
	accounts := []rig.Account{}
	for i := range 5 {
		a := rig.Account{User: "ven" + strconv.Itoa(i+1), Password: password}
		if i < 2 {
			a.SeenBy = []string{s.Components[0]}
		}
		accounts = append(accounts, a)
	}
	return s, s.Register(ctx, accounts...)
}

// ejabberd returns the server that tests share.
func ejabberd(t *testing.T) *rig.Ejabberd {
	t.Helper()
	rig.NeedEjabberd(t)
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ejabberdOfOwn starts a server that the test may stop.
func ejabberdOfOwn(t *testing.T) *rig.Ejabberd {
	t.Helper()
	rig.NeedEjabberd(t)
	ctx, cancel := context.WithCancel(suite)
	t.Cleanup(cancel)
	s, err := startEjabberd(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func config(s *rig.Ejabberd) Config {
	return Config{
		Server:  s.ComponentAddr,
		Domain:  s.Components[0],
		Secret:  s.Secret,
		VTNID:   "VTN",
		Limits:  oadr.DefaultLimits,
		Rate:    1000,
		Version: "1.2.3",
	}
}

// connect runs a component at the server, until the test ends.
func connect(t *testing.T, s *rig.Ejabberd) (*Component, *recorder) {
	t.Helper()
	r := newRecorder()
	c := New(config(s), r)
	run(t, c, r)
	return c, r
}

// recorder is a handler that records its calls.
type recorder struct {
	handle       func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error)
	requests     chan core.Peer
	settled      chan settled
	answers      chan answer
	appeared     chan core.Peer
	vanished     chan core.Peer
	connected    chan string
	disconnected chan string
	lost         chan []core.Token
}

type settled struct {
	from  core.Peer
	token core.Token
	core.Outcome
}

type answer struct {
	from  core.Peer
	token core.Token
	kind  oadr.Kind
}

func newRecorder() *recorder {
	return &recorder{
		handle: func(_ context.Context, _ core.Peer, p *oadr.Payload) (oadr.Message, error) {
			return response(p.Message.Request()), nil
		},
		requests:     make(chan core.Peer, 10_000),
		settled:      make(chan settled, 10_000),
		answers:      make(chan answer, 10_000),
		appeared:     make(chan core.Peer, 10_000),
		vanished:     make(chan core.Peer, 10_000),
		connected:    make(chan string, 100),
		disconnected: make(chan string, 100),
		lost:         make(chan []core.Token, 100),
	}
}

func response(requestID string) *oadr.Response {
	return &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: requestID}}
}

func (r *recorder) Handle(ctx context.Context, from core.Peer, p *oadr.Payload) (oadr.Message, error) {
	r.requests <- from
	return r.handle(ctx, from, p)
}

func (r *recorder) Settle(from core.Peer, t core.Token, o core.Outcome) {
	r.settled <- settled{from, t, o}
}

func (r *recorder) Answer(_ context.Context, from core.Peer, t core.Token, p *oadr.Payload) {
	r.answers <- answer{from, t, p.Message.Kind()}
}

func (r *recorder) Appear(from core.Peer)              { r.appeared <- from }
func (r *recorder) Vanish(from core.Peer)              { r.vanished <- from }
func (r *recorder) Connected(name string)              { r.connected <- name }
func (r *recorder) Disconnected(name string)           { r.disconnected <- name }
func (r *recorder) Lost(_ string, pushes []core.Token) { r.lost <- pushes }

// receive returns the next value of a channel, and fails the test if none comes.
func receive[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case x := <-c:
		return x
	case <-time.After(patience):
		t.Fatalf("no %s came", what)
		panic("unreachable")
	}
}

// testLog keeps the lines of a log.
type testLog struct {
	mu    sync.Mutex
	lines []string
	added wake.Signal
}

func newTestLog() *testLog { return &testLog{added: wake.New()} }

func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(p))
	l.added.Wake()
	return len(p), nil
}

func (l *testLog) logger() zerolog.Logger { return zerolog.New(l).Level(zerolog.DebugLevel) }

// run runs a component until the test ends or stop is called, and waits until it is
// connected, unless r is nil. Run must then end without an error.
func run(t *testing.T, c *Component, r *recorder) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	var once sync.Once
	stop = func() {
		t.Helper()
		once.Do(func() {
			cancel()
			if err := receive(t, ended, "end of Run"); err != nil {
				t.Errorf("Run ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	if r != nil {
		receive(t, r.connected, "connection")
	}
	return stop
}

// nobody is a handler that does nothing.
type nobody struct{}

func (nobody) Handle(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) {
	return nil, nil
}
func (nobody) Settle(core.Peer, core.Token, core.Outcome)                   {}
func (nobody) Answer(context.Context, core.Peer, core.Token, *oadr.Payload) {}
func (nobody) Appear(core.Peer)                                             {}
func (nobody) Vanish(core.Peer)                                             {}
func (nobody) Connected(string)                                             {}
func (nobody) Disconnected(string)                                          {}
func (nobody) Lost(string, []core.Token)                                    {}

// wait waits for a line in the log.
func (l *testLog) wait(t *testing.T, text string) string {
	t.Helper()
	timeout := time.After(patience)
	for {
		l.mu.Lock()
		for _, line := range l.lines {
			if strings.Contains(line, text) {
				l.mu.Unlock()
				return line
			}
		}
		l.mu.Unlock()
		select {
		case <-l.added:
		case <-timeout:
			t.Fatalf("the log has no %q", text)
		}
	}
}

// forget drops the lines there are.
func (l *testLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = nil
}

// count returns how many lines contain the text.
func (l *testLog) count(text string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

func counted(c *Component, reason string) float64 {
	return testutil.ToFloat64(c.metrics.rejected.WithLabelValues(reason))
}

// connection returns both ends of a connection over loopback.
func connection(t *testing.T) (near, far net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if near, err = net.Dial("tcp", listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = listener.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

// client is a VEN's session with the server, written by hand so that tests can
// send what no library would.
type client struct {
	t        *testing.T
	conn     net.Conn
	jid      string
	incoming chan stream.Element
}

// login opens a session of an account of the server.
func login(t *testing.T, s *rig.Ejabberd, user, resource string) *client {
	t.Helper()
	raw, err := net.Dial("tcp", s.ClientAddr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	if err := raw.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	v := &client{t: t, conn: raw}
	open := func() (*stream.Cutter, stream.Element) {
		v.send("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='" + s.Domain + "'>")
		r := bufio.NewReader(v.conn)
		for {
			tag, err := r.ReadBytes('>')
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(tag, []byte("<stream:stream")) {
				break
			}
		}
		c := stream.NewCutter(r, stream.Limits{Size: 4 << 20, Depth: 100_000})
		return c, v.read(c)
	}
	c, _ := open()
	v.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
	if e := v.read(c); e.Local() != "proceed" {
		t.Fatalf("no TLS: %s", e.Raw)
	}
	v.conn = tls.Client(raw, &tls.Config{ServerName: s.Domain, RootCAs: s.CertPool})
	c, _ = open()
	v.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password)) + "</auth>")
	if e := v.read(c); e.Local() != "success" {
		t.Fatalf("no login for %s: %s", user, e.Raw)
	}
	c, _ = open()
	v.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + string(xmltext.AppendValue(nil, resource)) + "</resource></bind></iq>")
	v.jid = v.read(c).Child("bind").Child("jid").Text()
	if v.jid == "" {
		t.Fatal("no resource was bound")
	}
	if err := raw.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	v.incoming = make(chan stream.Element, 10_000)
	go func() {
		defer close(v.incoming)
		for {
			raw, err := c.Next()
			if err != nil {
				return
			}
			v.incoming <- stream.Parse(bytes.Clone(raw))
		}
	}()
	return v
}

func (v *client) read(c *stream.Cutter) stream.Element {
	v.t.Helper()
	raw, err := c.Next()
	if err != nil {
		v.t.Fatal(err)
	}
	return stream.Parse(bytes.Clone(raw))
}

func (v *client) send(stanza string, args ...any) {
	v.t.Helper()
	if len(args) > 0 {
		stanza = fmt.Sprintf(stanza, args...)
	}
	if _, err := v.conn.Write([]byte(stanza)); err != nil {
		v.t.Fatal(err)
	}
}

// await returns the next stanza that comes in and fits.
func (v *client) await(what string, fits func(stream.Element) bool) stream.Element {
	v.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e, ok := <-v.incoming:
			if !ok {
				v.t.Fatalf("%s: the server ended the session of %s, waiting for %s", v.t.Name(), v.jid, what)
			}
			if fits(e) {
				return e
			}
		case <-timeout:
			v.t.Fatalf("%s got no %s", v.jid, what)
		}
	}
}

// ask sends an IQ and returns the answer to it.
func (v *client) ask(typ, to, child string) stream.Element {
	v.t.Helper()
	ids++
	id := fmt.Sprintf("ask%d", ids)
	v.send("<iq type='" + typ + "' id='" + id + "' to='" + to + "'>" + child + "</iq>")
	return v.await("answer to "+id, func(e stream.Element) bool { return e.Local() == "iq" && e.Attribute("id") == id })
}

// ids counts the ids that were given to stanzas.
var ids int

// push returns the next IQ set that comes in.
func (v *client) push() stream.Element {
	v.t.Helper()
	return v.await("push", func(e stream.Element) bool { return e.Local() == "iq" && e.Attribute("type") == "set" })
}

// answered returns an IQ's type and, for an error, its type and condition.
func answered(e stream.Element) string {
	if e.Attribute("type") != "error" {
		return e.Attribute("type")
	}
	var wrong stream.Element
	for child := range e.Children() {
		if child.Local() == "error" {
			wrong = child
		}
	}
	return strings.Join([]string{"error", wrong.Attribute("type"), condition(wrong)}, " ")
}

func stand(t *testing.T, c *Component, n int) {
	t.Helper()
	sometime(t, fmt.Sprint(n, " connections"), func() bool { return c.lines.count() == n })
}

// vacant waits until the server has noticed the end of every earlier component.
// Otherwise that end would withdraw the next one's grants. It returns a client.
func vacant(t *testing.T, s *rig.Ejabberd) *client {
	t.Helper()
	v := login(t, s, "ven1", "r")
	announced(t, v, s, false)
	return v
}

// until receives peers until one has the address.
func until(t *testing.T, c <-chan core.Peer, what, address string) {
	t.Helper()
	for {
		if p := receive(t, c, what+" of "+address); p.Address == address {
			return
		}
	}
}

func token(rev int64) core.Token { return core.Token{Topic: core.TopicEvents, VENNo: 7, Rev: rev} }

// payload returns a push's bytes.
func payload(t core.Token) []byte {
	return oadr.Append(nil, oadr.Form{}, &oadr.DistributeEvent{RequestID: t.String(), VTNID: "VTN"})
}

// bare returns an oadrResponse in the schema's namespaces.
func bare(code int, description string) string {
	return string(oadr.Append(nil, oadr.Form{Root: oadr.RootMessage}, &oadr.Response{Response: oadr.EIResponse{Code: oadr.Code(code), Description: description}}))
}

// read lets a component read bytes that no server of the tests sends, and returns
// what it writes and why the stream ended.
func read(t *testing.T, c *Component, received string) (written string, ended error) {
	t.Helper()
	near, far := connection(t)
	l := &line{conn: near, out: newWriter(near, patience, &c.limit, func(int) {}), stream: stream.Parse([]byte("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>"))}
	c.lines.add(l)
	defer c.lines.remove(l)
	go l.out.run()
	ended = c.read(l, strings.NewReader(received))
	c.drain()
	l.out.end()
	go func() { <-l.out.done; near.Close() }()
	all, err := io.ReadAll(far)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(all), streamEnd), ended
}

// anySize is a limit that no stanza reaches.
func anySize() *atomic.Int64 {
	n := new(atomic.Int64)
	n.Store(math.MaxInt64)
	return n
}

// announced waits until the server's domain announces OpenADR to its accounts, or
// does not any more.
func announced(t *testing.T, v *client, s *rig.Ejabberd, want bool) {
	t.Helper()
	sometime(t, fmt.Sprint("the domain to be announced: ", want), func() bool {
		e := v.ask("get", s.Domain, "<query xmlns='"+nsInfo+"'/>")
		return strings.Contains(string(e.Raw), featureOpenADR) == want
	})
}
