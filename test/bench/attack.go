package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// attack are clients that send what is most work for a VTN, as often as one may send
// anything, and do not wait for answers.
type attack struct {
	on   atomic.Bool
	sent atomic.Int64
}

// attackID begins the id of what they send, probeID that of an honest client's requests.
const (
	attackID = "att"
	probeID  = "pro"
)

// attackPause is between two requests of a client: more of them the rate refuses.
const attackPause = 50 * time.Millisecond

// attackSize is what each is filled up to, which VTN_MAX_PAYLOAD allows.
const attackSize = 240_000

// attackers lets so many clients attack a domain.
func (c *crowd) attackers(words []string) error {
	n, err := strconv.Atoi(words[0])
	if err != nil {
		return err
	}
	c.attack.on.Store(true)
	for no, x := range c.clients[:n] {
		go func() {
			for i := 0; c.attack.on.Load(); i++ {
				iq := fmt.Appendf(nil, "<iq type='set' id='%s%d' to='vtn@%s'>", attackID, i, words[1])
				iq = oadr.Append(iq, oadr.Form{}, costly(no, i))
				if _, err := x.conn.Write(append(iq, "</iq>"...)); err != nil {
					fmt.Fprintf(os.Stderr, "bench: attacker %d: %v\n", no, err)
					os.Exit(1)
				}
				c.attack.sent.Add(1)
				time.Sleep(attackPause)
			}
		}()
	}
	return nil
}

// costly is by turns each message that makes much work: answers to many events,
// reports with ever new data points, values, and a schedule of many periods under an
// optID of its own.
func costly(no, i int) oadr.Message {
	id, now := venID(no), time.Now().UTC().Truncate(time.Second)
	switch i % 4 {
	case 0:
		m := &oadr.CreatedEvent{Response: oadr.EIResponse{Code: oadr.CodeOK}, VENID: id}
		for j := range attackSize / 270 {
			m.Responses = append(m.Responses, oadr.EventResponse{Code: oadr.CodeOK, RequestID: "x", EventID: fmt.Sprint("none-", i, "-", j), OptType: oadr.OptIn})
		}
		return m
	case 1:
		report := oadr.Report{ReportSpecifierID: "attack", ReportName: "METADATA_TELEMETRY_USAGE", ReportRequestID: "0", CreatedDateTime: now}
		for j := range attackSize / 560 {
			report.Descriptions = append(report.Descriptions, oadr.ReportDescription{RID: fmt.Sprint("r", i, "-", j), ReportType: "usage", ReadingType: "Direct Read"})
		}
		known := oadr.Report{ReportSpecifierID: specifierID, ReportName: "METADATA_TELEMETRY_USAGE", ReportRequestID: "0", CreatedDateTime: now, Descriptions: descriptions()}
		return &oadr.RegisterReport{RequestID: "x", VENID: id, Reports: []oadr.Report{report, known}}
	case 2:
		m := telemetry(no, now)
		interval := m.Reports[0].Intervals[0]
		interval.Payloads = interval.Payloads[:1]
		m.Reports[0].Intervals = nil
		for j := range attackSize / 700 {
			interval.Start = now.Add(time.Duration(-i*1000-j) * time.Second)
			m.Reports[0].Intervals = append(m.Reports[0].Intervals, interval)
		}
		return m
	default:
		m := &oadr.CreateOpt{OptID: fmt.Sprint("o", i), OptType: oadr.OptOut, OptReason: "economic", VENID: id, CreatedDateTime: now, RequestID: "x", Schedule: true}
		for j := range attackSize / 300 {
			m.Availability = append(m.Availability, oadr.Available{Start: now.Add(time.Duration(j) * time.Hour), Duration: time.Minute})
		}
		return m
	}
}

// probe lets one client send so many requests, one each tenth of a second: its events,
// a report, an opt by turns. It tells how long the answers took.
func (c *crowd) probe(words []string) error {
	var no, n int
	if err := numbers(words, &no, &n); err != nil {
		return err
	}
	x := c.clients[no]
	if x.measured.IsZero() {
		x.measured = time.Now().UTC().Truncate(time.Minute).Add(-24 * time.Hour)
	}
	var took []float64
	for i := range n {
		var m oadr.Message = &oadr.RequestEvent{RequestID: "x", VENID: venID(no)}
		switch i % 3 {
		case 1:
			m = telemetry(no, x.measured)
			x.measured = x.measured.Add(time.Minute)
		case 2:
			m = &oadr.CreateOpt{OptID: "honest", OptType: []string{oadr.OptIn, oadr.OptOut}[i/3%2], OptReason: "economic", VENID: venID(no), CreatedDateTime: x.measured, RequestID: "x",
				Schedule: true, Availability: []oadr.Available{{Start: x.measured, Duration: time.Hour}}}
		}
		iq := fmt.Appendf(nil, "<iq type='set' id='%s%d' to='vtn@%s'>", probeID, i, words[2])
		iq = append(oadr.Append(iq, oadr.Form{}, m), "</iq>"...)
		from := time.Now()
		if _, err := x.conn.Write(iq); err != nil {
			return err
		}
		select {
		case answer := <-c.probed:
			if answer != "result" {
				return fmt.Errorf("an honest request was answered with %s", answer)
			}
		case <-time.After(time.Minute):
			return fmt.Errorf("an honest request has had no answer for a minute")
		}
		took = append(took, ms(time.Since(from)))
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Printf("%.1f %.1f %.1f\n", median(took), quantile(took, 0.95), slices.Max(took))
	return nil
}
