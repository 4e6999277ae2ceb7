package client

import (
	"bytes"
	"io"
	"net/http"
)

// InProcess makes a client that calls an API's handler directly, as whoever made a
// request: with its credentials, from its address and origin.
func InProcess(api http.Handler, as *http.Request) *Client {
	c := New("http://vtn", "") // the host is that of the request
	c.api.http = &http.Client{Transport: &inProcess{api, as}}
	return c
}

// inProcess answers requests by a handler.
type inProcess struct {
	handler http.Handler
	as      *http.Request
}

// passedOn are the headers that say who makes a request and from where.
var passedOn = []string{"Authorization", "Cookie", "Origin", "Sec-Fetch-Site", "X-Forwarded-Proto"}

// RoundTrip is part of [http.RoundTripper].
func (t *inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for _, name := range passedOn {
		if values := t.as.Header.Values(name); values != nil {
			r.Header[name] = values
		}
	}
	r.RemoteAddr, r.TLS, r.Host, r.RequestURI = t.as.RemoteAddr, t.as.TLS, t.as.Host, r.URL.RequestURI()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := &recorded{header: http.Header{}}
	t.handler.ServeHTTP(answer, r)
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	return &http.Response{
		StatusCode: answer.status, Status: http.StatusText(answer.status), Header: answer.header, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(&answer.body), ContentLength: int64(answer.body.Len()),
	}, nil
}

// recorded keeps an answer.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorded) Header() http.Header         { return r.header }
func (r *recorded) Write(b []byte) (int, error) { return r.body.Write(b) }
func (r *recorded) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}
