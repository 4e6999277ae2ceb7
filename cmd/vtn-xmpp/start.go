package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // so that --zone works where the system has no zones, as in a container

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
	"github.com/vtn-xmpp/vtn-xmpp/internal/wallclock"
)

// starting says when an event starts.
type starting struct {
	Start string `group:"The event" placeholder:"TIME" help:"When it starts: now, which makes VENs act at once, or \"17:00\", \"tomorrow 17:00\", \"friday 17:00\", \"2026-12-03 17:00\", \"in 2h\", 2026-12-03T17:00:00Z. On a terminal you are asked for what is missing."`
	Zone  string `group:"The event" placeholder:"ZONE" help:"The zone of the start, such as Europe/Berlin; by default this machine's."`
}

var errNoStart = errors.New("--start is missing: give a time, such as \"tomorrow 17:00\" or 2026-11-24T17:00:00Z, or now, which makes VENs act at once")

// zone is the zone in which people read and write the start.
func (s starting) zone() (*time.Location, error) {
	if s.Zone == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, fmt.Errorf("--zone %q is not a zone such as Europe/Berlin or UTC", s.Zone)
	}
	return zone, nil
}

// read returns the start as the API takes it. If it is missing, it is asked for on a
// terminal.
func (s *starting) read(now time.Time) (string, error) {
	zone, err := s.zone()
	if err != nil {
		return "", err
	}
	if s.Start == "" {
		if !isTerminal(os.Stdin) {
			return "", errNoStart
		}
		if s.Start, err = ask(os.Stdin, os.Stderr, zone); err != nil {
			return "", err
		}
	}
	if strings.EqualFold(s.Start, client.StartNow) {
		return client.StartNow, nil
	}
	t, err := wallclock.Parse(s.Start, now, zone)
	if err != nil {
		return "", fmt.Errorf("--start: %w; or now, which makes VENs act at once", err)
	}
	return t.UTC().Format(time.RFC3339), nil
}

// ask asks for the start.
func ask(in io.Reader, out io.Writer, zone *time.Location) (string, error) {
	fmt.Fprintf(out, "When does it start (such as \"tomorrow 17:00\" in %s, or now)? ", zone)
	line, err := bufio.NewReader(in).ReadString('\n')
	if line = strings.TrimSpace(line); line == "" {
		return "", errNoStart
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return line, err
}

// into gives an event from a file its start. The file may have one instead.
func (s *starting) into(raw json.RawMessage, now time.Time) (json.RawMessage, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return raw, nil // the API says what is wrong
	}
	if has := string(members["start"]); has != "" && has != "null" {
		if s.Start != "" || s.Zone != "" {
			return nil, errors.New("the FILE has a start: leave it out there, or --start and --zone here")
		}
		return raw, nil
	}
	start, err := s.read(now)
	if err != nil {
		return nil, err
	}
	if members["start"], err = json.Marshal(start); err != nil {
		return nil, err
	}
	return json.Marshal(members)
}

// show prints when an event starts, in the zone and in UTC.
func (s starting) show(o output, e *client.Event) {
	zone, err := s.zone()
	if err != nil || o == "json" {
		return
	}
	fmt.Fprintf(os.Stderr, "starts %s, %s\n", e.Start.In(zone).Format("Monday 2006-01-02 15:04:05 MST"), at(&e.Start))
}
