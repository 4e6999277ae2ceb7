package simplehttp

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestH19Heads: which heads of answers are read without net/http, and that it reads these the same.
func TestH19Heads(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for text, plain := range map[string]bool{
		ok + "Content-Length: 2\r\n\r\nhi":                                       true,
		ok + "Content-Type: text/plain\r\ncontent-length:2\r\nDate: x\r\n\r\nhi": true,
		ok + "Content-Length: 0\r\n\r\n":                                         true,
		ok + "Content-Length: 11\r\n\r\nhello, there":                            false, // over the bound
		ok + "Content-Length: 2\r\n":                                             false, // half a head
		ok + "\r\n":                                                              false,
		ok + "Content-Length: +2\r\n\r\nhi":                                      false,
		ok + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi":                  false,
		ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n":  false,
		ok + "Content-Length: 2\r\nConnection: close\r\n\r\nhi":                  false,
		ok + "X: y\r\n Content-Length: 2\r\n\r\nhi":                              false, // a folded line
		ok + "Content-Length : 2\r\n\r\nhi":                                      false,
		ok + "X\nContent-Length: 2\r\n\r\nhi":                                    false,
		"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi":                         false,
		"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nhi":                         false,
	} {
		p := &pushConn{in: bufio.NewReaderSize(strings.NewReader(text), 4096)}
		_, _ = p.in.Peek(1)
		n, is := p.plainHead(10)
		if is != plain {
			t.Errorf("%q: %d, %v", text, n, is)
		}
		rest, _ := io.ReadAll(p.in)
		if !is {
			if string(rest) != text {
				t.Errorf("%q: of it %q is left", text, rest)
			}
			continue
		}
		res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
		if err != nil || res.ContentLength != int64(n) || len(rest) != n {
			t.Errorf("%q: %d, %q; net/http has %+v, %v", text, n, rest, res, err)
		}
	}
}
