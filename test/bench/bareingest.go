package main

import (
	"bufio"
	"fmt"
	"net"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/transport/xmpp/stream"
)

// ingest takes n reports and answers them as the VTN does. It only parses: the
// stream is cut into stanzas and each payload decoded, both by the VTN's own
// code, one after another. It looks at nothing else, stores nothing, and believes
// the sender. What is read together is answered in one write.
func (b *bare) ingest(n int) error {
	var answers []byte
	flush := func() {
		if len(answers) > 0 {
			b.writes <- answers
			answers = nil
		}
	}
	defer flush()
	in := bufio.NewReaderSize(gathered{b.conn, flush}, 1<<20)
	cutter := stream.NewCutter(in, stream.Limits{Size: 2 * oadr.DefaultLimits.Size, Depth: oadr.DefaultLimits.Depth + 4})
	for range n {
		iq, err := cutter.Next()
		if err != nil {
			return err
		}
		tag := openingTag(iq)
		p, err := oadr.Decode(iq[len(tag):len(iq)-len("</iq>")], oadr.DefaultLimits)
		if err != nil {
			return fmt.Errorf("%w in %s", err, iq)
		}
		m, ok := p.Message.(*oadr.UpdateReport)
		if !ok || p.Invalid != nil {
			return fmt.Errorf("no report, or %v, in %s", p.Invalid, iq)
		}
		answers = fmt.Appendf(answers, "<iq type='result' id='%s' from='%s' to='%s'>", attribute(tag, "id"), attribute(tag, "to"), attribute(tag, "from"))
		answers = oadr.Append(answers, oadr.Form{}, &oadr.UpdatedReport{
			Response: oadr.EIResponse{Code: oadr.CodeOK, Description: "OK", RequestID: m.RequestID}, VENID: m.VENID,
		})
		answers = append(answers, "</iq>"...)
	}
	return nil
}

// gathered lets what comes in gather, as the VTN does while its stream is busy.
type gathered struct {
	net.Conn
	before func() // all that was read has been looked at
}

func (g gathered) Read(p []byte) (int, error) {
	g.before()
	time.Sleep(coalesce)
	return g.Conn.Read(p)
}
