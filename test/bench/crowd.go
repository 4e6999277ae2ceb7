package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

// crowd are many clients in one process, each as cheap as a client can be: it
// answers each push with an oadrResponse and, if it is told to, sends an
// oadrCreatedEvent of its own for each event in it.
type crowd struct {
	addr, domain string
	clients      []*crowdClient

	opts    atomic.Bool
	replies atomic.Int64 // to oadrCreatedEvents
	want    atomic.Int64 // say so when there are so many
	watched atomic.Int64 // client whose next push is told, -1 for none, anybody for any

	reporting reporting
	attack    attack
	probed    chan string // the type of each answer to a probe
}

const (
	nobody  = -1
	anybody = -2
)

type crowdClient struct {
	no   int
	conn net.Conn
	out  []byte

	measured time.Time // when the next report begins
}

func crowdMain(args []string) int {
	c := &crowd{addr: args[0], domain: args[1], probed: make(chan string, 1)}
	c.watched.Store(nobody)
	return commands("crowd", func(words []string) error {
		switch words[0] {
		case "login":
			n, err := strconv.Atoi(words[1])
			if err != nil {
				return err
			}
			if err := c.login(n); err != nil {
				return err
			}
		case "opts":
			c.opts.Store(words[1] == "on")
		case "expect": // so many replies to oadrCreatedEvents
			n, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil {
				return err
			}
			c.replies.Store(0)
			c.want.Store(n)
		case "watch":
			n, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil {
				return err
			}
			c.watched.Store(n)
		case "report": // so many reports of so many clients to a domain
			return c.report(words[1:])
		case "attack": // so many clients a domain
			if err := c.attackers(words[1:]); err != nil {
				return err
			}
		case "peace":
			c.attack.on.Store(false)
			fmt.Println(c.attack.sent.Load())
			return nil
		case "probe": // one client, so many requests, a domain
			return c.probe(words[1:])
		}
		fmt.Println("ok")
		return nil
	})
}

// login lets more clients log in, until there are n.
func (c *crowd) login(n int) error {
	first := len(c.clients)
	if n <= first {
		return nil
	}
	c.clients = append(c.clients, make([]*crowdClient, n-first)...)
	err := someAtOnce(32, first, n, func(no int) (err error) {
		c.clients[no], err = c.connect(no)
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range c.clients[first:] {
		go func() {
			fmt.Fprintf(os.Stderr, "bench: client %d: %v\n", x.no, c.serve(x))
			os.Exit(1)
		}()
	}
	return nil
}

func user(no int) string { return fmt.Sprintf("u%05d", no) }

const resource = "r"

// connect logs in with PLAIN, which the listener takes from anybody.
func (c *crowd) connect(no int) (*crowdClient, error) {
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		return nil, err
	}
	open := "<stream:stream to='" + c.domain + "' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	auth := base64.StdEncoding.EncodeToString([]byte("\x00" + user(no) + "\x00secret"))
	for _, step := range []struct{ say, until string }{
		{open + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + auth + "</auth>", "<success"},
		{open, "</stream:features>"},
		{"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource + "</resource></bind></iq>", "</bind></iq>"},
	} {
		if _, err := conn.Write([]byte(step.say)); err != nil {
			return nil, err
		}
		var heard []byte
		for buf := make([]byte, 2048); !bytes.Contains(heard, []byte(step.until)); {
			n, err := conn.Read(buf)
			if err != nil {
				return nil, fmt.Errorf("%s: %w after %q", user(no), err, heard)
			}
			heard = append(heard, buf[:n]...)
		}
	}
	return &crowdClient{no: no, conn: conn}, nil
}

// serve reads and answers until the connection ends, which it is not to do.
func (c *crowd) serve(x *crowdClient) error {
	buf := make([]byte, 0, 4096)
	for {
		if cap(buf)-len(buf) < 1024 {
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := x.conn.Read(buf[len(buf):cap(buf)])
		if err != nil {
			return err
		}
		rest := buf[:len(buf)+n]
		for {
			var iq []byte
			if iq, rest = nextIQ(rest); iq == nil {
				break
			}
			c.take(x, iq)
		}
		buf = buf[:copy(buf[:cap(buf)], rest)]
		if len(x.out) > 0 {
			if _, err := x.conn.Write(x.out); err != nil {
				return err
			}
			x.out = x.out[:0]
		}
	}
}

func (c *crowd) take(x *crowdClient, iq []byte) {
	tag := openingTag(iq)
	id, from := attribute(tag, "id"), attribute(tag, "from")
	switch typ := attribute(tag, "type"); {
	case bytes.Equal(typ, []byte("get")): // the server's ping
		x.out = fmt.Appendf(x.out, "<iq type='result' id='%s' to='%s'/>", id, from)
	case bytes.HasPrefix(id, []byte(attackID)):
	case bytes.HasPrefix(id, []byte(probeID)):
		c.probed <- string(typ)
	case bytes.HasPrefix(id, []byte(reportID)):
		c.reported(x, iq)
	case bytes.Equal(typ, []byte("result")):
		if c.replies.Add(1) == c.want.Load() {
			fmt.Println("replied")
		}
	case bytes.Equal(typ, []byte("set")):
		if w := c.watched.Load(); (w == anybody || w == int64(x.no)) && c.watched.CompareAndSwap(w, nobody) {
			fmt.Println("pushed")
		}
		x.respond(id, from)
		if c.opts.Load() {
			x.opt(iq, id, from)
		}
	}
}

const (
	payloadHead = `<oadrPayload xmlns="http://openadr.org/oadr-2.0b/2012/07"><oadrSignedObject>`
	payloadTail = `</oadrSignedObject></oadrPayload></iq>`
	version     = ` xmlns:ei="http://docs.oasis-open.org/ns/energyinterop/201110" ei:schemaVersion="2.0b"`
	ei          = ` xmlns="http://docs.oasis-open.org/ns/energyinterop/201110"`
	pyld        = ` xmlns="http://docs.oasis-open.org/ns/energyinterop/201110/payloads"`
)

// respond answers a push, as a VEN does.
func (x *crowdClient) respond(id, to []byte) {
	x.out = fmt.Appendf(x.out, `<iq type='result' id='%s' to='%s'>`+payloadHead+`<oadrResponse`+version+`>`+
		`<eiResponse`+ei+`><responseCode>200</responseCode><responseDescription>OK</responseDescription><requestID`+pyld+`>%s</requestID></eiResponse>`+
		`<venID`+ei+`>%s</venID></oadrResponse>`+payloadTail, id, to, id, venID(x.no))
}

// opt sends an oadrCreatedEvent for each event of a push.
func (x *crowdClient) opt(iq, id, to []byte) {
	x.out = fmt.Appendf(x.out, `<iq type='set' id='o%s' to='%s'>`+payloadHead+`<oadrCreatedEvent`+version+`><eiCreatedEvent`+pyld+`>`+
		`<eiResponse`+ei+`><responseCode>200</responseCode><requestID`+pyld+`/></eiResponse><eventResponses`+ei+`>`, id, to)
	for {
		i := bytes.Index(iq, []byte("<eventID>"))
		if i < 0 {
			break
		}
		iq = iq[i:]
		x.out = fmt.Appendf(x.out, `<eventResponse><responseCode>200</responseCode><requestID`+pyld+`>%s</requestID><qualifiedEventID><eventID>%s</eventID>`+
			`<modificationNumber>%s</modificationNumber></qualifiedEventID><optType>optIn</optType></eventResponse>`,
			id, between(iq, "<eventID>", "<"), between(iq, "<modificationNumber>", "<"))
		iq = iq[len("<eventID>"):]
	}
	x.out = fmt.Appendf(x.out, `</eventResponses><venID`+ei+`>%s</venID></eiCreatedEvent></oadrCreatedEvent>`+payloadTail, venID(x.no))
}
