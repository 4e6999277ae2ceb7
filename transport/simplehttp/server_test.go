package simplehttp

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
	"github.com/vtn-xmpp/vtn-xmpp/internal/fingerprint"
	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// H1: the five services, behind any prefix, take any message; A1: 2.0a has one.
func TestH1A1Paths(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	v := s.dial(s.ven("ven1"))
	for path, status := range map[string]int{
		"/OpenADR2/Simple/2.0b/EiRegisterParty":          200,
		"/OpenADR2/Simple/2.0b/EiEvent":                  200,
		"/OpenADR2/Simple/2.0b/EiReport?a=b":             200,
		"/OpenADR2/Simple/2.0b/EiOpt":                    200,
		"/a/prefix/OpenADR2/Simple/2.0b/OadrPoll":        200,
		"https://localhost/OpenADR2/Simple/2.0b/EiEvent": 200,
		"/OpenADR2/Simple/EiEvent":                       200,
		"/p/OpenADR2/Simple/EiEvent":                     200,
		"/OpenADR2/Simple/OadrPoll":                      404,
		"/OpenADR2/Simple/2.0b/oadrpoll":                 404,
		"/openadr2/simple/2.0b/EiEvent":                  404,
		"/OpenADR2/Simple/2.0b/EiEvent/":                 404,
		"/OpenADR2/Simple/2.0b/":                         404,
		"/XOpenADR2/Simple/2.0b/EiEvent":                 404,
		"//OpenADR2/Simple/2.0b/../../EiEvent":           404,
		"/":                                              404,
		"/healthz":                                       404,
	} {
		v.send(post(path, query("r1"), isXML)).reply().says(t, path, status)
	}
}

// H2: only POST is served.
func TestH2Methods(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	c := s.ven("ven1")
	for _, method := range []string{"GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW", "post"} {
		v := s.dial(c)
		v.send(method+" "+pollPath+" HTTP/1.1\r\nHost: localhost\r\n\r\n").reply().says(t, method, 501)
		v.send(post(pollPath, query("r1"), isXML)).reply().says(t, "after "+method, 200)
	}
	v := s.dial(c).send("HEAD " + pollPath + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	if rest, err := io.ReadAll(v.r); err != nil || !strings.HasPrefix(string(rest), "HTTP/1.1 501 ") || !strings.HasSuffix(string(rest), "\r\n\r\n") {
		t.Errorf("HEAD: %q, %v", rest, err)
	}
	s.dial(c).send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n").reply().says(t, "OPTIONS *", 404)
	s.dial(c).send("CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n").reply().says(t, "CONNECT", 404)
}

// H2: the statuses of what no payload answers; what an OpenADR payload answers has 200.
func TestH2Statuses(t *testing.T) {
	t.Parallel()
	var does func() (oadr.Message, error)
	s := serve(t, vtn(func(context.Context, core.Peer, *oadr.Payload) (oadr.Message, error) { return does() }))
	v := s.dial(s.ven("ven1"))
	refused := &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeInvalidID, RequestID: "r1"}}
	for _, test := range []struct {
		name   string
		does   func() (oadr.Message, error)
		status int
		says   string
	}{
		{"a refusal in OpenADR", func() (oadr.Message, error) { return refused, nil }, 200, "<responseCode>452<"},
		{"nothing to answer (rule H9)", func() (oadr.Message, error) { return nil, nil }, 200, ""},
		{"a stranger", func() (oadr.Message, error) { return nil, core.ErrNotRegistered }, 403, "oadrCreatePartyRegistration"},
		{"overload", func() (oadr.Message, error) { return nil, fmt.Errorf("x: %w", core.ErrBusy) }, 503, "try again"},
		{"the store", func() (oadr.Message, error) { return nil, core.ErrStore }, 500, "try again"},
		{"anything else", func() (oadr.Message, error) { return nil, errors.New("secret") }, 500, "try again"},
		{"a fault of ours", func() (oadr.Message, error) { panic("secret") }, 500, "try again"},
	} {
		does = test.does
		r := v.send(post(pollPath, query("r1"), isXML)).reply()
		r.says(t, test.name, test.status, test.says)
		if strings.Contains(r.body, "secret") {
			t.Errorf("%s: a VEN is told %q", test.name, r.body)
		}
		if again := r.header.Get("Retry-After"); (test.status == 503) != (again != "") {
			t.Errorf("%s: Retry-After is %q", test.name, again)
		}
		if kind := r.header.Get("Content-Type"); test.status == 200 && test.says != "" && kind != "application/xml" {
			t.Errorf("%s: Content-Type is %q (rule H3)", test.name, kind)
		}
	}
}

// H2, G5: what is no OpenADR gets 406, and a missing value its answer.
func TestH2G5NotOpenADR(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	v := s.dial(s.ven("ven1"))
	for name, test := range map[string]struct {
		body   string
		status int
	}{
		"nothing":          {"", 406},
		"no XML":           {"hello", 406},
		"other XML":        {"<html/>", 406},
		"half a payload":   {query("r1")[:200], 406},
		"a DOCTYPE":        {`<!DOCTYPE a [<!ENTITY b "c">]>` + query("r1"), 406},
		"many levels":      {`<oadrPoll xmlns="` + oadr.NS + `">` + strings.Repeat("<a>", 100), 406},
		"a missing value":  {`<oadrPoll xmlns="` + oadr.NS + `"/>`, 200},
		"an unknown thing": {`<oadrNew xmlns="` + oadr.NS + `"/>`, 200},
	} {
		v.send(post(pollPath, test.body, isXML)).reply().says(t, name, test.status)
	}
}

// H3: how a body may be called.
func TestH3ContentTypes(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	v := s.dial(s.ven("ven1"))
	for header, status := range map[string]int{
		"Content-Type: application/xml":                                           200,
		"content-type:application/xml;charset=UTF-8":                              200,
		"Content-Type: Application/XML; charset=\"utf-8\"":                        200,
		"Content-Type: text/xml":                                                  200,
		"Content-Type: text/plain;charset=ISO-8859-1":                             200,
		"Content-Type: text/plain; charset":                                       200,
		"Content-Type: ":                                                          200,
		"Accept: */*":                                                             200, // none
		"Authorization: Basic YTpi\r\nContent-Type: application/xml":              200,
		"Accept: application/json\r\nContent-Type: application/xml":               200,
		"Content-Type: application/x-www-form-urlencoded":                         406,
		"Content-Type: application/json":                                          406,
		"Content-Type: application/xml\r\nContent-Type: text/html":                406,
		"Content-Type: multipart/form-data; boundary=x":                           406,
		"Content-Type: application/xml; charset=EBCDIC-CP-US":                     406,
		"Content-Type: application/xml\r\nContent-Encoding: br":                   406,
		"Content-Type: application/xml\r\nContent-Encoding: gzip":                 406,
		"Content-Type: application/xml\r\nContent-Encoding: identity":             200,
		"Content-Type: application/xml\r\nContent-Encoding: gzip, gzip":           406,
		"Content-Type: application/xml\r\nContent-Type: application/xml":          406,
		"Content-Type: application/xml, application/xml":                          406,
		"Content-Type: \x00":                                                      400,
		"Content-Type: application/xml\r\n X-Folded: yes":                         406,
		"Content-Type: application/xml\r\nContent-Length : 5":                     400,
		"Content-Type: application/xml\r\nContent-Length: 5":                      400,
		"Content-Type: application/xml\r\nX: " + strings.Repeat("x", 2*maxHeader): 431,
	} {
		if status == 400 || status == 431 { // the connection ends: what follows cannot be told apart
			s.dial(s.ven("ven1")).send(post(pollPath, query("r1"), header)).reply()
			continue
		}
		v.send(post(pollPath, query("r1"), header)).reply().says(t, fmt.Sprintf("%.100q", header), status)
	}
}

// H4: a body has a length, in both directions.
func TestH4Lengths(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	s := serve(t, vtn(func(_ context.Context, _ core.Peer, p *oadr.Payload) (oadr.Message, error) {
		return &oadr.Response{Response: oadr.EIResponse{Code: oadr.CodeOK, Description: long, RequestID: p.Message.Request()}}, nil
	}))
	c := s.ven("ven1")
	v := s.dial(c)
	r := v.send(post(pollPath, query("r1"), isXML)).reply()
	r.says(t, "a long answer", 200, long)
	if r.header.Get("Content-Length") != fmt.Sprint(len(r.body)) {
		t.Errorf("a long answer: %v", r.header)
	}
	body := query("r1")
	chunked := "POST " + pollPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\nTransfer-Encoding: chunked\r\n"
	chunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	v = s.dial(c).send(chunked + "\r\n" + chunks)
	v.reply().says(t, "chunked", 411, "Content-Length")
	v.ends()
	// Two lengths could be read in two ways.
	v = s.dial(c).send(chunked + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(chunks)) + chunks)
	if r := v.reply(); r.status != 400 && r.status != 411 {
		t.Errorf("chunked with a length: %+v", r)
	}
	v.ends()
	s.dial(c).send("POST "+pollPath+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/xml\r\n\r\n").reply().says(t, "no length", 406)
}

// packedAs compresses a text.
func packedAs(coding, text string) string {
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if coding == "deflate" {
		w = zlib.NewWriter(&b)
	}
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

// H5: an answer is compressed where that is asked for.
func TestH5Compression(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	v := s.dial(s.ven("ven1"))
	for accepts, coding := range map[string]string{
		"gzip": "gzip", "deflate": "deflate", "gzip, deflate": "gzip", "deflate, gzip;q=0.5": "deflate", "GZIP;Q=0.1": "gzip",
		"*": "gzip", "x-gzip": "gzip", "": "", "identity": "", "br": "", "gzip;q=0": "", "br, deflate;q=0.001": "deflate", "gzip;q=x": "gzip", ",,;": "",
	} {
		for range 2 { // the second uses what the first left
			r := v.send(post(pollPath, query("r-"+accepts), isXML, "Accept-Encoding: "+accepts)).reply()
			if r.header.Get("Content-Encoding") != coding {
				t.Errorf("%q: Content-Encoding is %q, want %q", accepts, r.header.Get("Content-Encoding"), coding)
			}
			text, err := unpacked([]byte(r.body), coding, 10_000)
			if err != nil {
				t.Fatalf("%q: %v", accepts, err)
			}
			reply{r.status, r.header, string(text), r.closes}.says(t, accepts, 200, "r-"+accepts)
		}
	}
	for _, coding := range []string{"gzip", "deflate", "x-gzip", "GZip"} {
		v.send(post(pollPath, packedAs(strings.ToLower(coding), query("r2")), isXML, "Content-Encoding: "+coding)).reply().says(t, coding, 200, "r2")
	}
}

// A small body that becomes a large one is refused, without the memory for it.
func TestH5Bombs(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	for _, coding := range []string{"gzip", "deflate"} {
		bomb := packedAs(coding, query("r1")+strings.Repeat(" ", 20<<20))
		if len(bomb) > s.cfg.Limits.Size {
			t.Fatalf("the bomb has %d bytes", len(bomb))
		}
		v := s.dial(s.ven("ven1")) // not before the bomb is made, which takes seconds under the race detector
		r := v.send(post(pollPath, bomb, isXML, "Content-Encoding: "+coding)).reply()
		r.says(t, coding, 413, "262144")
		v = s.dial(s.ven("ven1"))
		v.send(post(pollPath, packedAs(coding, query("r1"))[:50], isXML, "Content-Encoding: "+coding)).reply().says(t, "half of "+coding, 406)
	}
}

// T7, T8: the fingerprint of its certificate says who a VEN is.
func TestT7T8Identity(t *testing.T) {
	t.Parallel()
	froms := make(chan core.Peer, 1)
	s := serve(t, vtn(func(_ context.Context, from core.Peer, _ *oadr.Payload) (oadr.Message, error) {
		froms <- from
		return nil, nil
	}))
	c := s.ven("ven1")
	s.dial(c).send(post(pollPath, query("r1"), isXML)).reply().says(t, "query", 200)
	id := fingerprint.Of(c.Certificate[0])
	if from, want := <-froms, (core.Peer{Transport: "simpleHttp", Identity: id, Address: id}); from != want {
		t.Errorf("it is from %+v, want %+v", from, want)
	}
}

// X1, S12: an answer has the form of the request.
func TestX1Form(t *testing.T) {
	t.Parallel()
	s := serve(t, ok)
	v := s.dial(s.ven("ven1"))
	for _, form := range []oadr.Form{{}, {Root: oadr.RootSignedObject}, {Root: oadr.RootMessage}} {
		body := string(oadr.Append(nil, form, &oadr.QueryRegistration{RequestID: "r1"}))
		if got := v.send(post(pollPath, body, isXML)).reply().decoded(t).Form; got != form {
			t.Errorf("%v was answered as %v", form, got)
		}
	}
}
