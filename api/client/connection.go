package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"
)

// maxAnswer limits what is read of an answer, in bytes.
const maxAnswer = 64 << 20

// connection makes requests of one VTN's API.
type connection struct {
	base  string
	token string
	http  *http.Client
}

func newConnection(baseURL, token string) *connection {
	cookies, _ := cookiejar.New(nil) // never fails
	return &connection{
		base:  strings.TrimRight(baseURL, "/"),
		token: token,
		http: &http.Client{
			Timeout: time.Minute,
			Jar:     cookies, // of a session
			// A redirect would carry the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// send makes one request and reads its answer. The error is a [*Problem] if the API
// refuses the request.
func send[T any](ctx context.Context, c *connection, method, path string, body any) (*T, error) {
	out, _, err := sendFor[T](ctx, c, method, path, body)
	return out, err
}

// sendFor is send that also returns the header of the answer.
func sendFor[T any](ctx context.Context, c *connection, method, path string, body any) (*T, http.Header, error) {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, nil, fmt.Errorf("the input has no JSON: %w", err)
		}
		content = bytes.NewReader(raw)
	}
	req, err := c.request(ctx, method, path, content)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := c.do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, nil, fmt.Errorf("the API's answer broke off: %w", err)
	}
	if len(raw) > maxAnswer {
		return nil, nil, fmt.Errorf("the API's answer is over %d MiB; ask for less at once, or for report data as CSV, which has no limit", maxAnswer>>20)
	}
	if resp.StatusCode/100 != 2 {
		return nil, nil, c.refusal(resp, raw)
	}
	out := new(T)
	if len(raw) == 0 {
		return out, resp.Header, nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return nil, nil, c.notOurs(resp, err)
	}
	return out, resp.Header, nil
}

// request makes a request for the API. content is JSON, or nil.
func (c *connection) request(ctx context.Context, method, path string, content io.Reader) (*http.Request, error) {
	if only, _, _ := strings.Cut(path, "?"); strings.HasSuffix(only, "/") || strings.Contains(only, "//") {
		return nil, errNoID
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, content)
	if err != nil {
		return nil, err
	}
	if content != nil {
		req.Header.Set("Content-Type", contentType(method))
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return req, nil
}

func (c *connection) do(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unanswered(err)
	}
	return resp, nil
}

func contentType(method string) string {
	if method == http.MethodPatch {
		return "application/merge-patch+json"
	}
	return "application/json"
}
