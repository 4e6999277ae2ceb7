package main

import (
	"context"
	"fmt"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// openFigures are of connections that are open at the same time, each of a VEN of its own. Times are in seconds. Where a process may
// not have so many open files, several VTNs share a database and the connections; memory and processor time are of all of them.
type openFigures struct {
	Connections int `json:"connections"`
	VTNs        int `json:"connectionVTNs"`

	ConnectRate  float64 `json:"connectionsPerSecond"` // handshake and first poll
	ConnectedRSS float64 `json:"connectedRSSMiB"`      // with all connections open
	PeakRSS      float64 `json:"connectedPeakRSSMiB"`  // the most of all that follows
	PerConn      float64 `json:"connectionKiB"`        // of the former, each connection
	ConnectedCPU float64 `json:"connectedCPUPercent"`  // of one processor, while each polls every 10 s

	AllPoll   float64 `json:"allPollSeconds"`   // all poll at once, until the last has its answer
	EventSoon float64 `json:"eventSeconds"`     // until all know of an event, while each polls every 10 s
	EventAll  float64 `json:"eventPollSeconds"` // until all know of an event when all poll at once after it was made
	OptsAll   float64 `json:"eventOptsSeconds"` // and until all their answers are stored

	Refused int `json:"eventRefusedRequests"` // there was no room for, in both measurements of events; they were repeated

	Storm        float64 `json:"allConnectSeconds"`       // all connect at once, until the last has polled
	StormRetries int     `json:"allConnectRetries"`       // that it took
	StormPoll    float64 `json:"allConnectPollMs"`        // of another VEN meanwhile: the median of its polls
	StormLongest float64 `json:"allConnectLongestPollMs"` // and the longest
}

const (
	httpConns  = 20_000
	mostVTNs   = 4
	otherFiles = 1024 // that a VTN keeps for other things than connections
)

// filesForAll is the limit of open files with which one VTN takes all connections: from seven eighths on it parts with VENs.
const filesForAll = httpConns*8/7 + otherFiles + 100

// connectionsOf is how many connections a VTN keeps that may have so many open files.
func connectionsOf(files uint64) int {
	return int(min(max(files, 2*otherFiles)-otherFiles, 8*httpConns)*7/8) - 64
}

// openWorld are VTNs with a crowd each.
type openWorld struct {
	*httpWorld
	vtns   []*vtn
	crowds []*child
	each   int     // connections of a VTN
	before float64 // memory of the VTNs without connections
	f      *openFigures
}

// open measures many open connections.
func (h *httpWorld) open(ctx context.Context) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	o := &openWorld{httpWorld: h, f: &h.figures.openFigures}
	if err := o.startVTNs(ctx); err != nil {
		return err
	}
	defer func() {
		for _, v := range o.vtns {
			v.Close()
		}
	}()
	for _, measure := range []func(context.Context) error{o.connect, o.steady, o.storm} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	if err := o.together(ctx); err != nil { // it takes what the machine has; the other figures stand
		o.say("an event for all of them is too much for the VTNs, the database and the VENs on this machine: %v", err)
	}
	return nil
}

// startVTNs starts as many VTNs as the connections need.
func (o *openWorld) startVTNs(ctx context.Context) error {
	most := connectionsOf(o.files)
	n, vtns, store := httpConns, 1, ""
	if most < n {
		vtns = min((n+most-1)/most, mostVTNs)
		n = min(n, vtns*most)
		o.say("a process may have %d open files here; with %d, by `ulimit -Hn` or as root, one VTN would take %d connections", o.files, filesForAll, httpConns)
		p, err := rig.StartPostgres(ctx)
		if err != nil {
			vtns, n = 1, most
			o.say("only %d connections are opened, since without PostgreSQL one VTN has to take them all: %v", n, err)
		} else {
			store = p.DSN
			o.say("%d connections are spread over %d VTNs on one PostgreSQL", n, vtns)
		}
	}
	if store == "" {
		store = "sqlite:" + o.folder + "/open.db"
	}
	o.each, o.f.VTNs = n/vtns, vtns
	if err := o.httpStore(ctx, store, o.vens[:n+1], 0); err != nil { // one to watch
		return err
	}
	for range vtns {
		v, err := o.startOn(ctx, store)
		if err != nil {
			return err
		}
		o.vtns = append(o.vtns, v)
		c, err := startChild(ctx, "httpcrowd", o.file)
		if err != nil {
			return err
		}
		o.crowds = append(o.crowds, c)
	}
	return nil
}

// all is how many VENs there are, without the one that watches.
func (o *openWorld) all() int { return o.each * len(o.vtns) }

// ask gives a command to each crowd and returns their answers, as many numbers each.
func (o *openWorld) ask(ctx context.Context, numbers int, command func(i int) string) ([][]float64, error) {
	for i, c := range o.crowds {
		if err := c.say("%s", command(i)); err != nil {
			return nil, err
		}
	}
	out := make([][]float64, len(o.crowds))
	for i, c := range o.crowds {
		line, err := c.line(ctx)
		if err != nil {
			return nil, err
		}
		if out[i], err = floats(line, numbers); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// same is a command that is the same for all crowds.
func same(format string, args ...any) func(int) string {
	return func(int) string { return fmt.Sprintf(format, args...) }
}

// eachOwn is a command to connect a crowd's VENs to its VTN.
func (o *openWorld) eachOwn(command string) func(int) string {
	return func(i int) string { return fmt.Sprintf("%s %d %d %s", command, i*o.each, o.each, o.vtns[i].HTTPAddr) }
}

func most(answers [][]float64, no int) (x float64) {
	for _, a := range answers {
		x = max(x, a[no])
	}
	return x
}

// rss is the memory of all VTNs.
func (o *openWorld) rss() (now, peak float64, err error) {
	for _, v := range o.vtns {
		n, p, err := rssOf(v.PID())
		if err != nil {
			return 0, 0, err
		}
		now, peak = now+n, peak+p
	}
	return now, peak, nil
}

// cpu is the processor time that all VTNs have had.
func (o *openWorld) cpu() (sum time.Duration, err error) {
	for _, v := range o.vtns {
		d, err := cpuOf(v.PID())
		if err != nil {
			return 0, err
		}
		sum += d
	}
	return sum, nil
}

// standing is how many connections the VTNs have.
func (o *openWorld) standing(ctx context.Context) (n int, err error) {
	for _, v := range o.vtns {
		x, err := v.counter(ctx, "vtn_http_connections")
		if err != nil {
			return 0, err
		}
		n += int(x)
	}
	return n, nil
}

// connect opens the connections, some at the same time.
func (o *openWorld) connect(ctx context.Context) error {
	var err error
	if o.before, _, err = o.rss(); err != nil {
		return err
	}
	began := time.Now()
	if _, err := o.ask(ctx, 0, o.eachOwn("connect")); err != nil {
		return err
	}
	o.f.ConnectRate = float64(o.all()) / time.Since(began).Seconds()
	if o.f.Connections, err = o.standing(ctx); err != nil {
		return err
	}
	if o.f.Connections != o.all() {
		return fmt.Errorf("%d connections stand, of %d", o.f.Connections, o.all())
	}
	return nil
}

// steady has each VEN poll every ten seconds.
func (o *openWorld) steady(ctx context.Context) error {
	began := time.Now()
	before, err := o.cpu()
	if err != nil {
		return err
	}
	if _, err := o.ask(ctx, 0, same("steadily 2 10")); err != nil {
		return err
	}
	after, err := o.cpu()
	if err != nil {
		return err
	}
	f := o.f
	f.ConnectedCPU = 100 * (after - before).Seconds() / time.Since(began).Seconds()
	if f.ConnectedRSS, _, err = o.rss(); err != nil {
		return err
	}
	f.PerConn = (f.ConnectedRSS - o.before) * 1024 / float64(f.Connections)
	o.say("%d open connections: %.0f MiB resident (%.1f KiB for each), %.0f %% of a processor while each polls every 10 s; %.0f connected a second",
		f.Connections, f.ConnectedRSS, f.PerConn, f.ConnectedCPU, f.ConnectRate)
	return nil
}

// together has all VENs poll at once, and tells them of an event, as they poll every ten seconds and at once.
func (o *openWorld) together(ctx context.Context) error {
	answers, err := o.ask(ctx, 1, same("together"))
	if err != nil {
		return err
	}
	f := o.f
	f.AllPoll = most(answers, 0)
	o.say("all poll at once: the last is answered after %.2f s", f.AllPoll)
	if f.EventSoon, _, err = o.tell(ctx, "steadily 2 10"); err != nil {
		return err
	}
	if f.EventAll, f.OptsAll, err = o.tell(ctx, "together"); err != nil {
		return err
	}
	if _, f.PeakRSS, err = o.rss(); err != nil {
		return err
	}
	o.say("all poll at once: all know of an event after %.2f s, and it has their opts after %.2f s; while each polls every 10 s all know after %.2f s; %d requests were refused and repeated; at most %.0f MiB",
		f.EventAll, f.OptsAll, f.EventSoon, f.Refused, f.PeakRSS)
	return nil
}

// tell makes an event for all and has them poll. It returns after how many seconds the last knew of it, and had its answer taken.
func (o *openWorld) tell(ctx context.Context, how string) (known, answered float64, err error) {
	v := o.vtns[0]
	v.events++
	spec := event(fmt.Sprintf("%s%08d", v.prefix, v.events), client.Targets{Groups: []string{"all"}})
	spec.ResponseRequired = "always"
	began := time.Now()
	if _, err := v.operator.CreateEvent(ctx, spec); err != nil {
		return 0, 0, err
	}
	numbers := map[bool]int{true: 1}[how == "together"]
	if _, err := o.ask(ctx, numbers, same("%s", how)); err != nil {
		return 0, 0, err
	}
	answers, err := o.ask(ctx, 4, same("told"))
	if err != nil {
		return 0, 0, err
	}
	told := 0
	for _, a := range answers {
		told += int(a[0])
		o.f.Refused += int(a[3])
	}
	if told != o.all() {
		return 0, 0, fmt.Errorf("%d VENs were told of the event, of %d", told, o.all())
	}
	since := func(unix float64) float64 { return unix - float64(began.UnixMicro())/1e6 }
	return since(most(answers, 1)), since(most(answers, 2)), nil
}

// storm has all VENs connect at once, while another one polls.
func (o *openWorld) storm(ctx context.Context) error {
	if _, err := o.ask(ctx, 0, same("leave")); err != nil {
		return err
	}
	for {
		n, err := o.standing(ctx)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	watch, err := startChild(ctx, "httpcrowd", o.file)
	if err == nil {
		err = watch.ask(ctx, "connect %d 1 %s", o.all(), o.vtns[0].HTTPAddr)
	}
	if err == nil {
		err = watch.ask(ctx, "watch")
	}
	if err != nil {
		return err
	}
	answers, err := o.ask(ctx, 2, o.eachOwn("storm"))
	if err != nil {
		return err
	}
	f := o.f
	f.Storm = most(answers, 0)
	for _, a := range answers {
		f.StormRetries += int(a[1])
	}
	if err := watch.say("watched"); err != nil {
		return err
	}
	line, err := watch.line(ctx)
	if err != nil {
		return err
	}
	polls, err := floats(line, 2)
	if err != nil {
		return err
	}
	f.StormPoll, f.StormLongest = polls[0], polls[1]
	if _, peak, err := o.rss(); err == nil {
		f.PeakRSS = peak
	}
	o.say("all connect at once: the last has polled after %.1f s, with %d retries; another VEN's polls take %.1f ms meanwhile, at most %.0f ms; at most %.0f MiB",
		f.Storm, f.StormRetries, f.StormPoll, f.StormLongest, f.PeakRSS)
	return nil
}
