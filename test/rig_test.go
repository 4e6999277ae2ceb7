// Package test holds the end-to-end tests: the real vtn-xmpp beside a real
// ejabberd, with real VENs. Tests of one thing are in one file.
package test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"gopkg.in/yaml.v3"
	"mellium.im/xmpp"
	"mellium.im/xmpp/disco"
	"mellium.im/xmpp/disco/info"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/core/coretest"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
	"github.com/vtn-xmpp/vtn-xmpp/ven"
	"github.com/vtn-xmpp/vtn-xmpp/ven/faulty"
)

// vtnDomain is the component's domain, which has the server's privileges.
const vtnDomain = "vtn.localhost"

// patience bounds every wait for something that must happen. VENs and the VTN wait up to a minute before they connect again.
const patience = 150 * time.Second

var (
	// server is the ejabberd that tests share; those that stop it start their own.
	server *rig.Ejabberd
	// binary is the program vtn-xmpp, built with the race detector if the tests are.
	binary string
	// venAuthority makes certificates by which VENs may log in to it.
	venAuthority *rig.Authority
	// https are the certificates of VTNs that speak simple HTTP, and of their VENs.
	https *rig.HTTPS
	// lifetime ends after all tests, and ends what was started with it.
	lifetime context.Context
	// received are the payloads the VTN sent to any VEN of any test.
	received oadrtest.Recorder
	accounts atomic.Int64
)

func TestMain(m *testing.M) {
	if flag.Parse(); testing.Short() {
		fmt.Println("SKIP all of it: these tests need real servers")
		return
	}
	rig.Main(func(ctx context.Context) int {
		lifetime = ctx
		var err error
		if venAuthority, err = rig.NewAuthority(); err == nil {
			binary, err = rig.Build(ctx, buildFlags...)
		}
		if err == nil {
			https, err = rig.NewHTTPS(ctx)
		}
		if err == nil {
			server, err = rig.StartEjabberd(ctx, rig.EjabberdOptions{VENs: venAuthority})
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "test:", err)
			return 1
		}
		status := m.Run()
		// G7: every payload sent validates.
		switch err := oadrtest.Check(received.Payloads()...); {
		case errors.Is(err, oadrtest.ErrUnavailable) && os.Getenv("CI") != "true":
			fmt.Println("SKIP validation of what the VTN sent:", err)
		case err != nil:
			fmt.Println("FAIL G7:", err)
			return 1
		default:
			fmt.Printf("G7: %d payloads that the VTN sent validate\n", len(received.Payloads()))
		}
		return status
	})
}

// stack is a VTN beside a server, with its VENs and its operator. Each part is built on the one it embeds.
type stack struct{ reportDesk }

// newStack returns the stack of a running VTN.
func newStack(t *testing.T, e *rig.Ejabberd, vtn *rig.VTN) *stack {
	s := new(stack)
	s.Client, s.t, s.server, s.vtn, s.way = client.New(vtn.APIURL, ""), t, e, vtn, overXMPP
	return s
}

// start runs a VTN on an empty store until the test ends. env, as NAME=value, overrides the defaults.
func start(t *testing.T, env ...string) *stack {
	t.Helper()
	return startAt(t, server, server.ComponentAddr, env...)
}

// startAt is start with another server, or through a proxy.
func startAt(t *testing.T, e *rig.Ejabberd, addr string, env ...string) *stack {
	t.Helper()
	return startWith(t, e, vtnOptions(e, addr, env...))
}

// startWith is startAt with other options.
func startWith(t *testing.T, e *rig.Ejabberd, o rig.VTNOptions) *stack {
	t.Helper()
	vtn, err := rig.StartVTN(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := newStack(t, e, vtn)
	t.Cleanup(func() {
		vtn.Close()
		if slices.ContainsFunc(vtn.Output.Lines(), func(line string) bool { return strings.Contains(line, "DATA RACE") }) {
			t.Error("the race detector found something; see the log")
		}
		if t.Failed() {
			t.Log("the VTN's log ends:\n" + ending(vtn.Output))
		}
	})
	return s
}

// vtnOptions returns the options of a VTN for tests.
func vtnOptions(e *rig.Ejabberd, addr string, env ...string) rig.VTNOptions {
	return rig.VTNOptions{
		Binary: binary, Server: addr, Domain: vtnDomain, Secret: e.Secret,
		// How long work takes on a busy machine decides no test: VTN_WORK.
		Env: append([]string{"VTN_REGISTRATION=open", "VTN_LOG_LEVEL=debug", "VTN_WORK=0", noSleep}, env...),
	}
}

// ending returns the last lines of a VTN's log without GET requests, of which waiting tests make many.
func ending(l *rig.Log) string {
	lines := slices.DeleteFunc(l.Lines(), func(line string) bool { return strings.Contains(line, `"method":"GET"`) })
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// registerAccounts makes n accounts at a server.
func registerAccounts(ctx context.Context, e *rig.Ejabberd, n int) ([]rig.Account, error) {
	made := make([]rig.Account, n)
	for i := range made {
		made[i] = rig.Account{User: fmt.Sprintf("ven%d", accounts.Add(1)), Password: "secret", SeenBy: []string{vtnDomain}}
	}
	return made, e.Register(ctx, made...)
}

// venID returns a VEN's venID, or the empty string if it is not registered.
func venID(v *ven.VEN) string {
	r, _ := v.Registration()
	return r.VENID
}

// event returns an event of SIMPLE level 1 that lasts an hour and starts in an hour.
func event(venIDs ...string) client.EventSpec {
	return client.EventSpec{
		MarketContext: "http://example.org/dr", Start: time.Now().Add(time.Hour).UTC().Truncate(time.Second), Duration: "PT1H",
		Overlap: "allow",
		Signals: []client.Signal{{Name: "SIMPLE", Type: "level", Intervals: []client.Interval{{Duration: "PT1H", Value: 1}}}},
		Targets: client.Targets{VENIDs: venIDs},
	}
}

// next waits for the next value on a channel.
func next[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited %s for %s", patience, what)
		panic("unreachable")
	}
}

// in returns the stack for a subtest.
func (s *stack) in(t *testing.T) *stack {
	beside := *s
	beside.t = t
	return &beside
}

// reporter registers a VEN and its reports, after change.
func (s *stack) reporter(change ...func(*ven.Config)) *reporter {
	s.t.Helper()
	begin := time.Now().UTC().Truncate(time.Minute)
	r := &reporter{
		s: s, begin: begin, clock: coretest.NewClock(begin), meter: &meter{begin: begin},
		created: make(chan *oadr.CreateReport, 10), cancelled: make(chan *oadr.CancelReport, 10),
		own: make(chan *oadr.RegisterReport, 10), updates: make(chan *oadr.UpdateReport, 10),
	}
	r.VEN = s.join(append([]func(*ven.Config){func(c *ven.Config) {
		c.Reports, c.Meter, c.Clock = offered(), r.meter, r.clock
		c.OnReports = func(m *oadr.RegisterReport) { r.own <- m }
		c.OnUpdate = func(m *oadr.UpdateReport) { r.updates <- m }
		c.WrapHandler = func(_ *ven.VEN, next ven.Handler) ven.Handler {
			return func(w ven.Responder, request ven.Request) {
				switch m := request.Message.(type) {
				case *oadr.CreateReport:
					r.created <- m
				case *oadr.CancelReport:
					r.cancelled <- m
				}
				next(w, request)
			}
		}
	}}, change...)...)
	r.id = venID(r.VEN)
	if m := next(s.t, "the VTN reports", r.own); m.ReportRequestID != "" || m.VENID != r.id { // N11
		s.t.Errorf("the VTN registers %+v", m)
	}
	s.eventually("the VEN's reports to be on record", func() bool {
		reports, err := s.VENReports(s.t.Context(), r.id)
		return err == nil && len(reports) > 0
	})
	return r
}

// fanOut makes the fleet for a running VTN.
func (s *stack) fanOut(random *rand.Rand, n int) *fanOut {
	f := &fanOut{stack: s, random: random, told: make(chan struct{}, 1000)}
	f.vens = s.fleet(n, pushOnly, func(c *ven.Config) {
		c.OnEvent = func(ven.Event) {
			select {
			case f.told <- struct{}{}:
			default: // many more than are waited for
			}
		}
	})
	return f
}

func (s *stack) operator(random *rand.Rand, vens []*ven.VEN) *operator {
	return &operator{s: s, random: random, vens: venIDs(vens), said: map[string]acknowledged{}}
}

// presenceComes checks that the server still sends the VTN the presence of an account without a roster item.
func (s *stack) presenceComes() {
	s.t.Helper()
	a := s.unseen()
	r := s.leave(a)
	e := s.create(event(r.VENID))
	s.delivery(e.EventID, r.VENID, "unreachable")
	s.converge([]*ven.VEN{s.comeBack(a, r)})
}

// saysTheStoreIsAway checks that the API and the command line report the lost store.
func (s *stack) saysTheStoreIsAway(word string) {
	s.t.Helper()
	var p *client.Problem
	if _, err := s.GetEvent(s.t.Context(), "x"); !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable || !strings.Contains(p.Detail, word) {
		s.t.Errorf("the API says %v", err)
	}
	if word == "away" {
		if c := s.run("event", "list"); c.status != 1 || !strings.Contains(c.stderr, "the VTN's store is away") {
			s.t.Errorf("event list ends with %d: %s", c.status, c.stderr)
		}
	}
}

// asked returns a puppet that has received an event and agreed to a report request.
func (s *stack) asked() (p *puppet, eventID, reportRequestID string) {
	s.t.Helper()
	p = s.puppet()
	eventID = s.create(event(p.id)).EventID
	p.expectEvents(eventID + " 0 far").ok()
	told, _ := s.agrees(p, p.ofUsage())
	return p, eventID, told.ReportRequestID
}

// written returns an encoded message with some of its text replaced: old and new in turn.
func written(m oadr.Message, replace ...string) string {
	text := string(oadr.Append(nil, oadr.Form{}, m))
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			panic(replace[i] + " is not in " + text)
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	return text
}

// lowerWhile converts an ID to lower case while wrong is set.
func lowerWhile(wrong *atomic.Bool) func(string) string {
	return func(right string) string {
		if wrong.Load() {
			return strings.ToLower(right)
		}
		return right
	}
}

// reading returns a report of power, one value a minute.
func reading(reportRequestID string, start time.Time, values ...float64) oadr.Report {
	report := oadr.Report{
		Start: start, ReportRequestID: reportRequestID, ReportSpecifierID: "usage", ReportName: oadr.ReportTelemetryUsage, CreatedDateTime: start,
	}
	for i, v := range values {
		report.Intervals = append(report.Intervals, oadr.ReportInterval{
			Start: start.Add(time.Duration(i) * time.Minute), Duration: new(time.Minute), Payloads: []oadr.ReportPayload{{RID: "power", Value: v}},
		})
	}
	return report
}

// runJSON runs a command that must succeed, and decodes what it prints.
func runJSON[T any](s *stack, args ...string) T {
	s.t.Helper()
	var v T
	c := s.run(append(args, "-o", "json")...)
	if err := json.Unmarshal([]byte(c.stdout), &v); err != nil || c.status != 0 || c.stderr != "" {
		s.t.Fatalf("%q ends with %d, %v:\n%s%s", args, c.status, err, c.stdout, c.stderr)
	}
	return v
}

func announces(f info.Feature) bool { return f.Var == feature }

// delegated lists the namespaces that the server delegates.
var delegated = []string{oadr.NS, feature, disco.NSItems}

// stands returns a VEN's opts to an event as one line.
func stands(v client.EventVEN) string {
	parts := []string{}
	for r, opt := range v.ResourceOpts {
		parts = append(parts, r+":"+opt)
	}
	for c, opt := range v.DeviceClassOpts {
		parts = append(parts, c+":"+opt)
	}
	for _, p := range v.PartOpts {
		name := p.Name
		if p.DeviceClass != "" {
			name += "/" + p.DeviceClass
		}
		parts = append(parts, name+":"+p.Opt)
	}
	slices.Sort(parts)
	return strings.Join(append([]string{v.Opt}, parts...), " ")
}

// scheduled returns what schedules say about an event as one line.
func scheduled(o *client.ScheduleOpt) string {
	if o == nil {
		return ""
	}
	said := []string{}
	for r, o := range o.Resources {
		said = append(said, r+":"+o.Opt)
	}
	slices.Sort(said)
	if o.OptID != "" {
		said = append([]string{o.OptID + " " + o.Opt}, said...)
	}
	return strings.Join(said, " ")
}

// inTurn makes a VEN answer its pushes with replies, one after the other, and all
// further ones with the last reply.
func inTurn(replies ...faulty.Reply) func(*ven.Config) {
	var mu sync.Mutex
	n := 0
	return func(c *ven.Config) {
		faulty.Faults{OnPush: func(*oadr.DistributeEvent) faulty.Reply {
			mu.Lock()
			defer mu.Unlock()
			reply := replies[min(n, len(replies)-1)]
			n++
			return reply
		}}.Apply(c)
	}
}

// silent answers no push.
var silent = faulty.Reply{How: faulty.Ignore}

// rawClient is a client that sends exactly what the test writes, at once, where a library would wait for answers.
type rawClient struct {
	net.Conn
	in *bufio.Reader
}

// ask writes and then reads up to the text until.
func (c *rawClient) ask(write, until string) (string, error) {
	if _, err := io.WriteString(c, write); err != nil {
		return "", err
	}
	var read strings.Builder
	for !strings.HasSuffix(read.String(), until) {
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return "", err
		}
		b, err := c.in.ReadByte()
		if err != nil {
			return "", fmt.Errorf("waited for %s: %w: %s", until, err, read.String())
		}
		read.WriteByte(b)
	}
	return read.String(), nil
}

const bind = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>ven</resource></bind></iq>"

// screen holds what a running program has printed so far.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func agreed(q push) oadr.EIResponse {
	return oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: q.Message.Request()}
}

// metadataFor returns a request for the VTN reports' metadata.
func metadataFor(reportRequestID string, every time.Duration) oadr.ReportRequest {
	r := oadr.ReportRequest{ReportRequestID: reportRequestID, Specifier: oadr.ReportSpecifier{
		ReportSpecifierID: oadr.SpecifierMetadata, ReportBackDuration: every, Payloads: []oadr.SpecifierPayload{{RID: "0", ReadingType: oadr.ReadingNotApplicable}},
	}}
	if every > 0 {
		r.Specifier.ReportInterval = &oadr.Period{Start: time.Now()}
	}
	return r
}

// bystander is a client that takes no part and hears everything.
type bystander struct {
	*xmpp.Session
	t  *testing.T
	in *xml.Decoder
}

// heard are the stanzas that arrive up to the answer of a request, which is made now:
// "name type from", and the answer's errors.
func (l *bystander) heard(to, request string) (all []string) {
	l.t.Helper()
	if _, err := fmt.Fprintf(l.Conn(), "<iq type='get' id='end' to='%s'>%s</iq>", to, request); err != nil {
		l.t.Fatal(err)
	}
	for {
		var s struct {
			XMLName xml.Name
			ID      string `xml:"id,attr"`
			Type    string `xml:"type,attr"`
			From    string `xml:"from,attr"`
		}
		if err := l.in.Decode(&s); err != nil && err != io.EOF {
			l.t.Fatal(err)
		}
		if s.ID == "end" {
			return append(all, s.Type)
		}
		all = append(all, strings.TrimSpace(s.XMLName.Local+" "+s.Type+" "+s.From))
	}
}

func (l *bystander) say(stanza string) {
	l.t.Helper()
	if _, err := io.WriteString(l.Conn(), stanza); err != nil {
		l.t.Fatal(err)
	}
}

// stepClock is the machine's clock, set forward and back by the test: the time jumps, but timers and the time between two readings
// do not, as on a real machine.
type stepClock struct {
	core.SystemClock
	seconds atomic.Int64 // ahead of the machine
}

// Now moves the wall clock of a reading alone, which package time has no function
// for: a reading begins with a flag, 33 bits of seconds and 30 bits of nanoseconds.
func (c *stepClock) Now() time.Time {
	now := c.SystemClock.Now()
	*(*uint64)(unsafe.Pointer(&now)) += uint64(c.seconds.Load()) << 30
	return now
}

func (c *stepClock) step(ahead time.Duration) { c.seconds.Store(int64(ahead / time.Second)) }

// onPostgres returns the address of an empty database for this test alone.
func onPostgres(t *testing.T) string {
	t.Helper()
	p, err := rig.StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p.DSN
}

func parse(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return doc.Content[0]
}

func remove(n *yaml.Node, key string) {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = append(n.Content[:i:i], n.Content[i+2:]...)
		}
	}
}

// change applies changes to config: a listener's to the one of the same port, a module's to that module, any other value as a whole.
func change(config, changes *yaml.Node) {
	for i := 0; i < len(changes.Content); i += 2 {
		key, value := changes.Content[i], changes.Content[i+1]
		there := at(config, key.Value)
		switch {
		case there == nil:
			config.Content = append(config.Content, key, value)
		case key.Value == "listen":
			for _, l := range value.Content {
				change(entry(there, at(l, "port").Value), l)
			}
		case key.Value == "modules":
			change(there, value)
		default:
			*there = *value
		}
	}
}
