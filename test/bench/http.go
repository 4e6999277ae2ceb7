package main

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/test/rig"
)

// httpFigures are of simple HTTP: medians of pairs, the VTN beside the least that net/http can do. Times are of the processor, in
// microseconds for one poll or push.
type httpFigures struct {
	IdlePollRatio float64 `json:"idlePollRatio"`
	PushRatio     float64 `json:"pushRatio"`
	openFigures

	Polls      float64 `json:"pollsPerSecond"`
	BarePolls  float64 `json:"barePollsPerSecond"`
	PollLow    float64 `json:"idlePollRatioLowest"`
	PollHigh   float64 `json:"idlePollRatioHighest"`
	PollCPU    float64 `json:"pollCPUus"`
	BarePollUS float64 `json:"barePollCPUus"`

	PushVENs   int     `json:"pushVENs"`
	PushBytes  int     `json:"bytesPerPush"`
	Pushes     float64 `json:"pushesPerSecond"`
	BarePushes float64 `json:"barePushesPerSecond"`
	PushLow    float64 `json:"pushRatioLowest"`
	PushHigh   float64 `json:"pushRatioHighest"`
	PushCPU    float64 `json:"pushCPUus"`
	BarePushUS float64 `json:"barePushCPUus"`
}

const (
	httpPollers  = 200    // connections that poll as fast as they can
	httpPolls    = 20_000 // of one measurement
	httpPushVENs = 5_000
	bareAtOnce   = core.DefaultInFlight // requests of the bare client, as many as the VTN makes
)

// httpWorld is what the figures of HTTP are measured in.
type httpWorld struct {
	*world
	certificates *rig.HTTPS
	vens         []httpVEN
	file         string // of the VENs
	crowd        *child
	bare         *child
	figures      httpFigures
}

func (w *world) simpleHTTP(ctx context.Context, r *report) error {
	h := &httpWorld{world: w}
	var err error
	if h.certificates, err = rig.NewHTTPS(ctx); err != nil {
		return err
	}
	n := httpConns + 1
	w.say("making the certificates of %d VENs", n)
	if h.vens, h.file, err = w.httpVENs(h.certificates, n); err != nil {
		return err
	}
	if h.crowd, err = startChild(ctx, "httpcrowd", h.file); err != nil {
		return err
	}
	if h.bare, err = startChild(ctx, "barehttp", h.certificates.Folder); err != nil {
		return err
	}
	for _, measure := range []func(context.Context) error{h.idlePolls, h.pushes, h.open} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	r.HTTP = &h.figures
	return nil
}

// start runs a VTN on a store of VENs.
func (h *httpWorld) start(ctx context.Context, name string, vens []httpVEN, port int) (*vtn, error) {
	store := "sqlite:" + filepath.Join(h.folder, name+".db")
	if err := h.httpStore(ctx, store, vens, port); err != nil {
		return nil, err
	}
	return h.startOn(ctx, store)
}

// startOn runs a VTN on a store.
func (h *httpWorld) startOn(ctx context.Context, store string) (*vtn, error) {
	return h.startVTNWith(ctx, store, vtnDomain, rig.VTNOptions{HTTPS: h.certificates,
		Env: []string{"VTN_RATE=100000", "VTN_HTTP_PUSH_PRIVATE=true", "VTN_HTTP_POLL=PT1M"}})
}

// idlePolls measures polls of VENs that nothing is due to.
func (h *httpWorld) idlePolls(ctx context.Context) error {
	v, err := h.start(ctx, "polls", h.vens[:httpPollers], 0)
	if err != nil {
		return err
	}
	defer v.Close()
	if err := h.bare.say("serve"); err != nil {
		return err
	}
	bare, err := h.bare.line(ctx)
	if err != nil {
		return err
	}
	var ones, others []turn
	for pair := range h.pairs + 1 {
		one, err := h.pollTurn(ctx, v.PID(), v.HTTPAddr)
		if err != nil {
			return err
		}
		other, err := h.pollTurn(ctx, h.bare.pid, bare)
		if err != nil {
			return err
		}
		if pair > 0 { // to warm up
			ones, others = append(ones, one), append(others, other)
		}
	}
	f := &h.figures
	f.Polls, f.BarePolls, f.IdlePollRatio, f.PollLow, f.PollHigh = compareTurns(ones, others)
	f.PollCPU, f.BarePollUS = medianCPU(ones), medianCPU(others)
	h.say("idle polls over HTTP: ratio %.2f (%.0f to %.0f a second), processor time for one: VTN %.0f µs, bare %.0f µs, VENs %.0f µs",
		f.IdlePollRatio, f.Polls, f.BarePolls, f.PollCPU, f.BarePollUS, medianServer(ones))
	return nil
}

func (h *httpWorld) pollTurn(ctx context.Context, pid int, address string) (turn, error) {
	if err := h.crowd.ask(ctx, "connect 0 %d %s", httpPollers, address); err != nil {
		return turn{}, err
	}
	s := stopwatch{pid: pid, server: h.crowd.pid}
	if err := s.start(); err != nil {
		return turn{}, err
	}
	if err := h.crowd.ask(ctx, "poll %d", httpPolls); err != nil {
		return turn{}, err
	}
	if err := s.stop(); err != nil {
		return turn{}, err
	}
	return s.turn(httpPolls), h.crowd.ask(ctx, "leave")
}

// compareTurns returns the medians of rates and of their ratios, and the lowest and highest of these.
func compareTurns(ones, others []turn) (rate, bareRate, ratio, low, high float64) {
	var rates, bareRates, ratios []float64
	for i := range ones {
		rates, bareRates, ratios = append(rates, ones[i].rate), append(bareRates, others[i].rate), append(ratios, ones[i].rate/others[i].rate)
	}
	return median(rates), median(bareRates), median(ratios), slices.Min(ratios), slices.Max(ratios)
}

func medianCPU(turns []turn) float64 {
	var all []float64
	for _, t := range turns {
		all = append(all, t.cpu) // milliseconds for 1,000 are microseconds for one
	}
	return median(all)
}

func medianServer(turns []turn) float64 {
	var all []float64
	for _, t := range turns {
		all = append(all, t.server)
	}
	return median(all)
}

// pushes measures a fan-out: the VTN from the operator's request to the last outcome on disk, the bare client from the first byte
// to the last answer.
func (h *httpWorld) pushes(ctx context.Context) error {
	if err := h.crowd.say("serve"); err != nil {
		return err
	}
	line, err := h.crowd.line(ctx)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(line)
	if err != nil {
		return err
	}
	v, err := h.start(ctx, "pushes", h.vens[:httpPushVENs], port)
	if err != nil {
		return err
	}
	defer v.Close()
	f := &h.figures
	f.PushVENs = httpPushVENs
	for part := range httpPushVENs / httpPart { // connecting is not what is measured
		if _, err := v.push(ctx, client.Targets{Groups: []string{partOf(part * httpPart)}}, httpPart); err != nil {
			return err
		}
		if err := v.clear(ctx, httpPart); err != nil {
			return err
		}
	}
	var ones, others []turn
	for pair := range h.pairs + 1 {
		one, err := h.pushTurn(ctx, v)
		if err != nil {
			return err
		}
		if pair == 0 {
			if err := h.crowd.ask(ctx, "pushed %s/pushed", h.folder); err != nil {
				return err
			}
			if err := h.bare.ask(ctx, "load %s/pushed", h.folder); err != nil {
				return err
			}
		}
		other, err := h.barePushTurn(ctx, port)
		if err != nil {
			return err
		}
		if pair > 0 { // to warm up, and to connect
			ones, others = append(ones, one), append(others, other)
		}
	}
	f.Pushes, f.BarePushes, f.PushRatio, f.PushLow, f.PushHigh = compareTurns(ones, others)
	f.PushCPU, f.BarePushUS = medianCPU(ones), medianCPU(others)
	h.say("pushes over HTTP to %d VENs: ratio %.2f (%.0f to %.0f a second), processor time for one: VTN %.0f µs, bare %.0f µs, VENs %.0f and %.0f µs",
		httpPushVENs, f.PushRatio, f.Pushes, f.BarePushes, f.PushCPU, f.BarePushUS, medianServer(ones), medianServer(others))
	return nil
}

func (h *httpWorld) pushTurn(ctx context.Context, v *vtn) (turn, error) {
	s := stopwatch{pid: v.PID(), server: h.crowd.pid}
	for range turns(httpPushVENs) {
		if err := s.start(); err != nil {
			return turn{}, err
		}
		told, err := v.push(ctx, client.Targets{Groups: []string{"all"}}, httpPushVENs)
		if err != nil {
			return turn{}, err
		}
		if err := s.stop(); err != nil {
			return turn{}, err
		}
		h.figures.PushBytes = told.Bytes / told.Pushes
		if err := v.clear(ctx, httpPushVENs); err != nil {
			return turn{}, err
		}
	}
	return s.turn(httpPushVENs * turns(httpPushVENs)), nil
}

func (h *httpWorld) barePushTurn(ctx context.Context, port int) (turn, error) {
	s := stopwatch{pid: h.bare.pid, server: h.crowd.pid}
	for range turns(httpPushVENs) {
		if err := s.start(); err != nil {
			return turn{}, err
		}
		if err := h.bare.ask(ctx, "post %d %d %d", httpPushVENs, port, bareAtOnce); err != nil {
			return turn{}, err
		}
		if err := s.stop(); err != nil {
			return turn{}, err
		}
	}
	return s.turn(httpPushVENs * turns(httpPushVENs)), nil
}
