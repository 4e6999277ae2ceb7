package core

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// logged reads the lines that were logged and removes them.
func logged(t *testing.T, log *bytes.Buffer) (lines []map[string]any) {
	t.Helper()
	for d := json.NewDecoder(log); d.More(); {
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestFanOutIsOneLineWhenEachPushHasAnOutcome(t *testing.T) {
	var log bytes.Buffer
	f := newFanOuts(zerolog.New(&log).Level(zerolog.InfoLevel), SystemClock{})
	e := &Event{EventSpec: EventSpec{EventID: "e1"}, ModificationNumber: 3, Rev: 7}
	f.sent(7, 100) // a push may be faster than the operator's answer
	f.begin(e, time.Now())
	known := f.known()
	for range 5 {
		f.sent(7, 100)
	}
	f.landed(7, Acknowledged)
	f.landed(7, Requeue) // its connection broke: it is due again
	f.claimed(known)
	f.sent(7, 100)
	f.claimed(f.known())
	f.landed(7, Refused)
	f.landed(7, Unreachable)
	f.landed(7, Retry)
	f.landed(7, 0)
	if lines := logged(t, &log); len(lines) != 0 {
		t.Fatalf("logged with a push in flight: %v", lines)
	}
	f.landed(7, Acknowledged)
	lines := logged(t, &log)
	if len(lines) != 1 {
		t.Fatalf("logged in %d lines: %v", len(lines), lines)
	}
	for name, want := range map[string]any{
		"level": "info", "eventID": "e1", "modificationNumber": 3.0, "pushes": 6.0, "acknowledged": 2.0, "refused": 1.0,
		"unreachable": 1.0, "retry": 1.0, "unanswered": 1.0, "bytes": 700.0,
	} {
		if lines[0][name] != want {
			t.Errorf("%s is %v, want %v", name, lines[0][name], want)
		}
	}
	f.landed(7, Acknowledged) // of a later attempt
	f.claimed(f.known())
	if lines := logged(t, &log); len(lines) != 0 {
		t.Errorf("logged again: %v", lines)
	}
}

func TestFanOutWaitsUntilAllIsClaimed(t *testing.T) {
	var log bytes.Buffer
	f := newFanOuts(zerolog.New(&log), SystemClock{})
	before := f.known()
	f.begin(&Event{EventSpec: EventSpec{EventID: "e1"}, Rev: 1}, time.Now())
	f.sent(1, 10)
	f.landed(1, Acknowledged)
	f.claimed(before) // this was looked for before the change
	if lines := logged(t, &log); len(lines) != 0 {
		t.Fatalf("logged while more may be due: %v", lines)
	}
	f.claimed(f.known())
	if lines := logged(t, &log); len(lines) != 1 {
		t.Errorf("logged in %d lines", len(lines))
	}
}

func TestFanOutsAreBounded(t *testing.T) {
	var log bytes.Buffer
	f := newFanOuts(zerolog.New(&log), SystemClock{})
	for rev := range int64(maxFanOuts + 5) {
		f.begin(&Event{EventSpec: EventSpec{EventID: "e"}, Rev: rev + 1}, time.Now())
	}
	if len(f.open) > maxFanOuts {
		t.Errorf("%d fan-outs are followed", len(f.open))
	}
	if lines := logged(t, &log); len(lines) != 5 {
		t.Errorf("%d were logged early", len(lines))
	}
}
