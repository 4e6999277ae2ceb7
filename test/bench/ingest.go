package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// ingestFigures are medians of pairs: the VTN, then the bare component. Processor
// times are microseconds for one message.
type ingestFigures struct {
	Clients    int     `json:"clients"`         // each with one report on its way
	Bytes      int     `json:"bytesPerMessage"` // of the payload
	Values     int     `json:"valuesPerMessage"`
	Rate       float64 `json:"messagesPerSecond"`
	BareRate   float64 `json:"bareMessagesPerSecond"`
	Ratio      float64 `json:"ratio"`
	RatioLow   float64 `json:"ratioLowest"`
	RatioHigh  float64 `json:"ratioHighest"`
	VTNCPU     float64 `json:"vtnCPUus"`
	BareCPU    float64 `json:"bareCPUus"`
	ServerCPU  float64 `json:"serverCPUus"` // beside the VTN
	BareServer float64 `json:"bareServerCPUus"`
	ClientCPU  float64 `json:"clientCPUus"` // of all clients together
	BareClient float64 `json:"bareClientCPUus"`
	VTNRSS     float64 `json:"vtnRSSMiB"` // after the last
}

const (
	ingestClients = 1000
	ingestReports = 20_000 // of one measurement
)

// ingest measures how fast reports are taken. The VTN answers each when it is on
// disk (SQLite, synchronous=FULL); what it stored is counted in the end.
func (w *world) ingest(ctx context.Context, r *report) error {
	path, err := w.reportStore(ctx, "ingest")
	if err != nil {
		return err
	}
	// The clients send as fast as they can; what is allowed one of them is no bound here.
	v, err := w.startVTN(ctx, path, vtnDomain, w.server.ComponentAddr, "VTN_RATE=1000")
	if err != nil {
		return err
	}
	defer v.Close()
	f := ingestFigures{Clients: ingestClients, Values: len(points), Bytes: len(oadr.Append(nil, oadr.Form{}, telemetry(0, time.Now().UTC())))}
	var ones, others []reportTurn
	var ratios []float64
	for pair := range w.pairs + 1 {
		one, err := w.reportTurn(ctx, v.PID(), vtnDomain)
		if err != nil {
			return err
		}
		if err := w.bare.say("ingest %d", ingestReports); err != nil {
			return err
		}
		other, err := w.reportTurn(ctx, w.bare.pid, bareDomain)
		if err != nil {
			return err
		}
		if err := w.bare.hear(ctx, "ok"); err != nil {
			return err
		}
		if pair > 0 { // to warm up
			ones, others, ratios = append(ones, one), append(others, other), append(ratios, one.rate/other.rate)
		}
	}
	if f.VTNRSS, _, err = rssOf(v.PID()); err != nil {
		return err
	}
	v.Close()
	if err := countValues(ctx, path, (w.pairs+1)*ingestReports*len(points)); err != nil {
		return err
	}
	of := func(turns []reportTurn, figure func(reportTurn) float64) float64 {
		var all []float64
		for _, t := range turns {
			all = append(all, figure(t))
		}
		return median(all)
	}
	rate := func(t reportTurn) float64 { return t.rate }
	cpu := func(t reportTurn) float64 { return t.cpu }
	server := func(t reportTurn) float64 { return t.server }
	clients := func(t reportTurn) float64 { return t.clients }
	f.Rate, f.VTNCPU, f.ServerCPU, f.ClientCPU = of(ones, rate), of(ones, cpu), of(ones, server), of(ones, clients)
	f.BareRate, f.BareCPU, f.BareServer, f.BareClient = of(others, rate), of(others, cpu), of(others, server), of(others, clients)
	f.Ratio, f.RatioLow, f.RatioHigh = median(ratios), slices.Min(ratios), slices.Max(ratios)
	r.Ingest = &f
	w.say("reports of %d clients: ratio %.2f (%.0f to %.0f messages/s), processor time for one: VTN %.0f µs, bare %.0f µs, server %.0f and %.0f µs, clients %.0f and %.0f µs",
		f.Clients, f.Ratio, f.Rate, f.BareRate, f.VTNCPU, f.BareCPU, f.ServerCPU, f.BareServer, f.ClientCPU, f.BareClient)
	return nil
}

// reportTurn is one measurement: a turn, and the clients' processor time.
type reportTurn struct {
	turn
	clients float64
}

// reportTurn is from the first report to the last answer.
func (w *world) reportTurn(ctx context.Context, pid int, domain string) (reportTurn, error) {
	s := stopwatch{pid: pid, server: w.serverPID}
	from, err := cpuOf(w.crowd.pid)
	if err != nil {
		return reportTurn{}, err
	}
	if err := s.start(); err != nil {
		return reportTurn{}, err
	}
	if err := w.crowd.ask(ctx, "report %d %d %s", ingestClients, ingestReports, domain); err != nil {
		return reportTurn{}, err
	}
	if err := s.stop(); err != nil {
		return reportTurn{}, err
	}
	to, err := cpuOf(w.crowd.pid)
	return reportTurn{s.turn(ingestReports), (to - from).Seconds() * 1e6 / ingestReports}, err
}

// countValues makes sure that a store has all that was acknowledged.
func countValues(ctx context.Context, path string, want int) error {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return err
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM report_value`).Scan(&n); err != nil {
		return err
	}
	if n != want {
		return fmt.Errorf("%d values are stored, acknowledged were %d", n, want)
	}
	return nil
}
