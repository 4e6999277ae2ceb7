package client

import (
	"bufio"
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

// StreamFilter chooses what of the journal to follow. A field that is empty chooses all.
type StreamFilter struct {
	Kinds          []string
	EventID, VENID string
	// After is the number of the last entry that is known; the stream goes on after it.
	// nil: from now on.
	After *int64
}

// StreamClient is the part of a [Client] that follows the journal.
type StreamClient struct{ api *connection }

// StreamMessage is what [StreamClient.Stream] hands over.
type StreamMessage struct {
	// Position is up to where the journal is known: pass it as After to go on later.
	Position int64
	// Entry is nil if there is none, at the start and when entries were missed.
	Entry *JournalEntry
	// Missed says that entries up to Position were missed: they are no longer kept.
	Missed bool
}

const (
	streamSilence = 45 * time.Second // three heartbeats
	streamFirst   = time.Second      // before connecting again; doubles each time
	streamMost    = 30 * time.Second
	streamLine    = 1 << 20 // bytes of the longest line
)

// Stream calls each for what happens, in order, until ctx ends or each fails, and returns
// that error. When the connection is lost it connects again and goes on where it was. It
// gives up if the API refuses it.
func (c *StreamClient) Stream(ctx context.Context, f StreamFilter, each func(StreamMessage) error) error {
	wait := streamFirst
	for {
		err := c.once(ctx, &f, func(n StreamMessage) error {
			wait = streamFirst
			f.After = &n.Position
			if err := each(n); err != nil {
				return stopped{err}
			}
			return nil
		})
		var own stopped
		var refused *Problem
		switch {
		case errors.As(err, &own):
			return own.error
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &refused) && refused.Status < 500 && refused.Status != http.StatusTooManyRequests:
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
		wait = min(2*wait, streamMost)
	}
}

// stopped is an error of the function that gets what happens.
type stopped struct{ error }

// once reads one stream until it ends.
func (c *StreamClient) once(ctx context.Context, f *StreamFilter, each func(StreamMessage) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	q := url.Values{}
	for name, value := range map[string]string{"kinds": strings.Join(f.Kinds, ","), "eventID": f.EventID, "venID": f.VENID} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.After != nil {
		q.Set("after", strconv.FormatInt(*f.After, 10))
	}
	req, err := c.api.request(ctx, http.MethodGet, "/stream?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "text/event-stream")
	silence := time.AfterFunc(streamSilence, stop)
	defer silence.Stop()
	patient := *c.api
	patient.http = &http.Client{CheckRedirect: c.api.http.CheckRedirect, Transport: c.api.http.Transport} // without the bound on the whole answer
	resp, err := patient.do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return fmt.Errorf("the API's answer broke off: %w", err)
		}
		return c.api.refusal(resp, raw)
	}
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		return c.api.notOurs(resp, fmt.Errorf("it is %.50q", kind))
	}
	return readStream(resp.Body, func() { silence.Reset(streamSilence) }, each)
}

// readStream reads server-sent events. alive is called for each line.
func readStream(from io.Reader, alive func(), each func(StreamMessage) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, streamLine)
	var id, event string
	var data []byte
	for lines.Scan() {
		alive()
		name, value, _ := bytes.Cut(lines.Bytes(), []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "id":
			id = string(value)
		case "event":
			event = string(value)
		case "data":
			data = append(data, value...)
		}
		if len(lines.Bytes()) > 0 || id == "" {
			continue
		}
		position, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return fmt.Errorf("the stream's id %.50q is no number", id)
		}
		n := StreamMessage{Position: position, Missed: event == "gone"}
		if event == "" && data != nil {
			n.Entry = new(JournalEntry)
			if err := json.Unmarshal(data, n.Entry); err != nil {
				return fmt.Errorf("the stream's entry %d cannot be read: %w", position, err)
			}
		}
		if err := each(n); err != nil {
			return err
		}
		id, event, data = "", "", nil
	}
	return errors.Join(lines.Err(), errors.New("the stream ended"))
}
