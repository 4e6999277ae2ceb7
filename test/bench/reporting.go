package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// reporting are clients that send reports: each its next one as soon as the last
// is answered.
type reporting struct {
	to         string
	left       atomic.Int64 // to be sent
	unanswered atomic.Int64 // of those sent and to be sent
}

// reportID begins the id of each report's IQ.
const reportID = "rep"

// report lets so many clients send so many reports in all to a domain.
func (c *crowd) report(words []string) error {
	clients, err := strconv.Atoi(words[0])
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return err
	}
	c.reporting.to = "vtn@" + words[2]
	c.reporting.unanswered.Store(n)
	c.reporting.left.Store(n)
	for _, x := range c.clients[:clients] {
		if x.measured.IsZero() {
			x.measured = time.Now().UTC().Truncate(time.Minute)
		}
		if _, err := x.conn.Write(c.next(x, nil)); err != nil {
			return err
		}
	}
	return nil
}

// next appends a client's next report, unless all are sent.
func (c *crowd) next(x *crowdClient, dst []byte) []byte {
	if c.reporting.left.Add(-1) < 0 {
		return dst
	}
	dst = fmt.Appendf(dst, "<iq type='set' id='%s%d' to='%s'>", reportID, x.no, c.reporting.to)
	dst = oadr.Append(dst, oadr.Form{}, telemetry(x.no, x.measured))
	x.measured = x.measured.Add(time.Minute)
	return append(dst, "</iq>"...)
}

// reported takes the answer to a client's report, which must be that it was taken.
func (c *crowd) reported(x *crowdClient, iq []byte) {
	if !bytes.Contains(iq, []byte("<oadrUpdatedReport")) || !bytes.Contains(iq, []byte(">200</responseCode>")) {
		fmt.Fprintf(os.Stderr, "bench: a report of client %d was answered with %s\n", x.no, iq)
		os.Exit(1)
	}
	x.out = c.next(x, x.out)
	if c.reporting.unanswered.Add(-1) == 0 {
		fmt.Println("ok")
	}
}
