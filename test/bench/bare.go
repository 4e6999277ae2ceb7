package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// bare is a component that does the least there is to do: it writes prepared
// stanzas and counts the results by type and id. It fills its window and reads
// the way the VTN does, so that what is left between the two is the VTN's work.
type bare struct {
	conn    net.Conn
	stanzas [][]byte
	ids     map[string]bool // of pushes without a result
	writes  chan []byte
	buf     []byte
	replies int
	want    int // replies to oadrCreatedEvents in this run
}

const (
	bareWindow = 500
	bareLow    = bareWindow * 3 / 10
)

func bareMain(args []string) int {
	b := &bare{ids: map[string]bool{}, writes: make(chan []byte, 64), buf: make([]byte, 0, 1<<20)}
	if err := b.connect(args[0], args[1], args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "bench: bare:", err)
		return 1
	}
	go b.write()
	return commands("bare", func(words []string) error {
		n, _ := strconv.Atoi(words[1])
		switch words[0] {
		case "load":
			if err := b.load(words[1]); err != nil {
				return err
			}
		case "run": // the first n stanzas, each followed by so many oadrCreatedEvents
			opts, err := strconv.Atoi(words[2])
			if err != nil {
				return err
			}
			b.want = n * opts
			if err := b.run(b.stanzas[:n]); err != nil {
				return err
			}
		case "one":
			b.want = 0
			if err := b.run(b.stanzas[n : n+1]); err != nil {
				return err
			}
		case "ingest":
			if err := b.ingest(n); err != nil {
				return err
			}
		}
		fmt.Println("ok")
		return nil
	})
}

// connect opens the stream (XEP-0114 section 3).
func (b *bare) connect(addr, domain, secretFile string) error {
	secret, err := os.ReadFile(secretFile)
	if err != nil {
		return err
	}
	if b.conn, err = net.Dial("tcp", addr); err != nil {
		return err
	}
	open := "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='" + domain + "'>"
	tag, err := b.say(open, "<stream:stream ")
	if err != nil {
		return err
	}
	hash := sha1.Sum(append(attribute(tag, "id"), bytes.TrimSpace(secret)...))
	_, err = b.say("<handshake>"+hex.EncodeToString(hash[:])+"</handshake>", "<handshake")
	return err
}

// say writes and reads until the tag that is expected has come.
func (b *bare) say(text, until string) ([]byte, error) {
	if _, err := b.conn.Write([]byte(text)); err != nil {
		return nil, err
	}
	var heard []byte
	for buf := make([]byte, 4096); ; {
		if i := bytes.Index(heard, []byte(until)); i >= 0 && bytes.IndexByte(heard[i:], '>') > 0 {
			return heard[i:], nil
		}
		n, err := b.conn.Read(buf)
		if err != nil {
			return nil, fmt.Errorf("%w after %q", err, heard)
		}
		heard = append(heard, buf[:n]...)
	}
}

// load reads the stanzas, one a line.
func (b *bare) load(file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	b.stanzas = bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
	return nil
}

func (b *bare) write() {
	for batch := range b.writes {
		if _, err := b.conn.Write(batch); err != nil {
			fmt.Fprintln(os.Stderr, "bench: bare:", err)
			os.Exit(1)
		}
	}
}

// run writes the stanzas and returns when each has its result.
func (b *bare) run(stanzas [][]byte) error {
	b.replies = 0
	for full := false; len(stanzas) > 0 || len(b.ids) > 0 || b.replies < b.want; {
		if len(b.ids) <= bareLow || !full {
			var batch []byte
			for len(b.ids) < bareWindow && len(stanzas) > 0 {
				b.ids[string(attribute(openingTag(stanzas[0]), "id"))] = true
				batch = append(batch, stanzas[0]...)
				stanzas = stanzas[1:]
			}
			if full = len(stanzas) > 0; len(batch) > 0 {
				b.writes <- batch
			}
		}
		if err := b.read(); err != nil {
			return err
		}
	}
	return nil
}

// coalesce is how long what comes in is let gather while much is under way.
const coalesce = 4 * time.Millisecond

func (b *bare) read() error {
	if len(b.ids) > bareCrowd {
		time.Sleep(coalesce)
	}
	n, err := b.conn.Read(b.buf[len(b.buf):cap(b.buf)])
	if err != nil {
		return err
	}
	rest := b.buf[:len(b.buf)+n]
	var answers []byte
	for {
		var iq []byte
		if iq, rest = nextIQ(rest); iq == nil {
			break
		}
		tag := openingTag(iq)
		switch id := attribute(tag, "id"); string(attribute(tag, "type")) {
		case "result":
			delete(b.ids, string(id))
		case "set":
			answers = fmt.Appendf(answers, `<iq type='result' id='%s' from='%s' to='%s'>`+payloadHead+`<oadrResponse`+version+`>`+
				`<eiResponse`+ei+`><responseCode>200</responseCode><responseDescription>OK</responseDescription><requestID`+pyld+`/></eiResponse>`+
				`<venID`+ei+`>v00000000</venID></oadrResponse>`+payloadTail, id, attribute(tag, "to"), attribute(tag, "from"))
			b.replies++
		}
	}
	b.buf = b.buf[:copy(b.buf[:cap(b.buf)], rest)]
	if len(answers) > 0 {
		b.writes <- answers
	}
	return nil
}

// bareCrowd is how many pushes under way are much.
const bareCrowd = 50
