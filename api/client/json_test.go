package client

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// timeMembers has every member that is a time, and no other member has such a name.
func TestTimeMembersAreThoseOfTheTypes(t *testing.T) {
	moment := reflect.TypeFor[time.Time]()
	seen, times := map[reflect.Type]bool{}, map[string]bool{}
	var walk func(reflect.Type)
	walk = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || of == moment || seen[of] {
			return
		}
		seen[of] = true
		for _, f := range reflect.VisibleFields(of) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			is := f.Type == moment || f.Type == reflect.PointerTo(moment)
			switch known := slices.Contains(timeMembers, name); {
			case is && !known:
				t.Errorf("%s.%s is not known as a time", of, f.Name)
			case is:
				times[name] = true
			case known && name != "":
				t.Errorf("%s.%s is known as a time, and is a %s", of, f.Name, f.Type)
			}
			walk(f.Type)
		}
	}
	for _, of := range []any{Event{}, EventVEN{}, HistoryEntry{}, VEN{}, VENDeleted{}, Notice{}, Opt{}, ReportRequest{}, ReportsRequested{}, ReportOrder{}, ReportValue{}, VENReport{}, JournalEntry{}, Webhook{}} {
		walk(reflect.TypeOf(of))
	}
	for _, name := range timeMembers {
		if !times[name] {
			t.Errorf("nothing is called %s", name)
		}
	}
}

func TestTimesAreWrittenAlike(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	in := VEN{VENSpec: VENSpec{VENName: `"createdAt":"2026-11-24T12:00:00Z"`}, CreatedAt: at}
	for fraction, want := range map[time.Duration]string{0: "00Z", 100 * time.Millisecond: "00.100Z", 123456789: "00.123Z", 1: "00Z"} {
		in.CreatedAt = at.Add(fraction)
		in.LastSeen = &in.CreatedAt
		var b bytes.Buffer
		if err := WriteJSON(&b, in); err != nil {
			t.Fatal(err)
		}
		if got := FormatTime(in.CreatedAt); got != "2026-11-24T12:00:"+want {
			t.Errorf("written by itself it is %s", got)
		}
		for _, name := range []string{"createdAt", "lastSeen"} {
			if text := `"` + name + `":"2026-11-24T12:00:` + want + `"`; !strings.Contains(b.String(), text) {
				t.Errorf("%s has no %s", b.String(), text)
			}
		}
		var out VEN
		if err := json.Unmarshal(b.Bytes(), &out); err != nil || out.VENName != in.VENName || !out.CreatedAt.Equal(in.CreatedAt.Truncate(time.Millisecond)) {
			t.Errorf("read again it is %+v, %v", out, err)
		}
	}
}
