package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// span is a length of time that is written as 400d, P400D or 9600h.
type span time.Duration

// String writes whole days as 400d, and anything else as [time.Duration] does.
func (s span) String() string {
	if d := time.Duration(s); d%(24*time.Hour) != 0 {
		return d.String()
	}
	return strconv.Itoa(int(time.Duration(s)/(24*time.Hour))) + "d"
}

// UnmarshalText reads a span.
func (s *span) UnmarshalText(text []byte) error {
	d, err := parseSpan(string(text))
	*s = span(d)
	return err
}

func parseSpan(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%q is not a number of days such as 400d", text)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	if strings.HasPrefix(text, "P") {
		d, err := oadr.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("%q %w", text, err)
		}
		return d, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New(strconv.Quote(text) + " is not a length of time such as 400d, P400D or 9600h")
	}
	return d, nil
}
