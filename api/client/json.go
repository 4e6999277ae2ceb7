package client

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"time"
)

// timeMembers are the members that are times, in all types of this package.
var timeMembers = []string{
	"start", "end", "at", "createdAt", "changedAt", "createdDateTime", "sentAt", "acknowledgedAt", "optAt", "venDeletedAt", "toldAt", "endedAt",
	"receivedAt", "cancelledAt", "replacedAt", "lastDataAt", "lastSeen", "nextAttempt", "deletedAt", "registeredAt", "failingSince",
}

// timeMember finds these members in JSON without spaces. It finds nothing inside of
// texts, because their quotes are escaped.
var timeMember = regexp.MustCompile(`"(?:` + strings.Join(timeMembers, "|") + `)":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"`)

// FormatTime writes a time as the API always does: RFC 3339 in UTC, with three digits
// for milliseconds, or none if it is a whole second.
func FormatTime(t time.Time) string {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// WriteJSON writes v in one line as the API does, with times as in [FormatTime].
func WriteJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	raw := b.Bytes()
	var out []byte
	last := 0
	for _, at := range timeMember.FindAllIndex(raw, -1) {
		end := at[1] - len(`Z"`)
		dot := bytes.LastIndexByte(raw[at[0]:end], '.')
		if dot < 0 {
			continue
		}
		fraction := (string(raw[at[0]+dot:end]) + "000")[:len(".000")]
		if fraction == ".000" {
			fraction = ""
		}
		out = append(append(out, raw[last:at[0]+dot]...), fraction...)
		last = end
	}
	if out == nil {
		out = raw
	} else {
		out = append(out, raw[last:]...)
	}
	_, err := w.Write(out)
	return err
}
