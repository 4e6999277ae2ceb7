package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 20

// Client is a connection to one VTN's API. It is safe for concurrent use.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New makes a client for an API such as http://127.0.0.1:8080. The token is
// empty where the API asks for none.
func New(baseURL, token string) *Client {
	return &Client{
		base:  strings.TrimRight(baseURL, "/"),
		token: token,
		http: &http.Client{
			Timeout: time.Minute,
			// A redirect would carry the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// path is a collection's member, whatever its ID: . and .. would be taken out of a
// URL as they are.
func path(collection, id string) string {
	if id == "." || id == ".." {
		return "/" + collection + "/" + strings.ReplaceAll(id, ".", "%2E")
	}
	return "/" + collection + "/" + url.PathEscape(id)
}

// errNoID is for an empty ID, which nothing has: its path would be of something else.
var errNoID = errors.New("the ID is empty; give the ID of what is meant")

// page is the query for a part of a list, chosen by pairs of a name and a value;
// those without a value are left out.
func page(cursor string, limit int, chosen ...string) string {
	q := url.Values{}
	for i := 0; i < len(chosen); i += 2 {
		if chosen[i+1] != "" {
			q.Set(chosen[i], chosen[i+1])
		}
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if limit != 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// flag chooses by something that is so or not.
func flag(name string, is bool) []string {
	if !is {
		return nil
	}
	return []string{name, "true"}
}

// all reads a list to its end.
func all[T any](next func(cursor string) (*Page[T], error)) ([]T, error) {
	var items []T
	for cursor := ""; ; {
		p, err := next(cursor)
		if err != nil {
			return nil, err
		}
		items = append(items, p.Items...)
		if p.Next == "" {
			return items, nil
		}
		cursor = p.Next
	}
}

// send makes one request. A refusal is a [*Problem].
func send[T any](ctx context.Context, c *Client, method, path string, body any) (*T, error) {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("the input is no JSON: %w", err)
		}
		content = bytes.NewReader(raw)
	}
	req, err := c.request(ctx, method, path, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := c.do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("the API's answer broke off: %w", err)
	}
	if len(raw) > maxAnswer {
		return nil, fmt.Errorf("the API's answer is over %d MiB; ask for less at once, or for report data as CSV, which has no bound", maxAnswer>>20)
	}
	if resp.StatusCode/100 != 2 {
		return nil, c.refusal(resp, raw)
	}
	out := new(T)
	if len(raw) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return nil, c.notOurs(resp, err)
	}
	return out, nil
}

// request makes a request of the API, with JSON unless content is nil.
func (c *Client) request(ctx context.Context, method, path string, content io.Reader) (*http.Request, error) {
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

func (c *Client) do(req *http.Request) (*http.Response, error) {
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
