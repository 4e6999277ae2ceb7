package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

// quotas says how much a VEN may store, as in opts=5000/5MB,values=20000000/2GB. Kinds
// that are not named keep their defaults.
type quotas struct{ core.Quotas }

// UnmarshalText reads quotas.
func (q *quotas) UnmarshalText(text []byte) error {
	q.Quotas = core.Quotas{}
	for _, one := range strings.Split(string(text), ",") {
		name, amount, found := strings.Cut(strings.TrimSpace(one), "=")
		rows, bytes, both := strings.Cut(amount, "/")
		if !found || !both {
			return fmt.Errorf("%.100q is not KIND=ROWS/BYTES, such as opts=5000/5MB", one)
		}
		kind := core.QuotaKind(name)
		if _, twice := q.Quotas[kind]; twice {
			return fmt.Errorf("%s is given twice", kind)
		}
		if !slices.Contains(core.QuotaKinds, kind) {
			return fmt.Errorf("%.100q is none of %s", name, kindNames())
		}
		var use core.Use
		var err error
		if use.Rows, err = parseAmount(rows, nil); err != nil {
			return fmt.Errorf("%s: %.100q is not a number of rows such as 5000: %w", kind, rows, err)
		}
		if use.Bytes, err = parseAmount(bytes, units); err != nil {
			return fmt.Errorf("%s: %.100q is not a number of bytes such as 500kB, 5MB or 1GB: %w", kind, bytes, err)
		}
		q.Quotas[kind] = use
	}
	return nil
}

func kindNames() string {
	var names []string
	for _, kind := range core.QuotaKinds {
		names = append(names, string(kind))
	}
	return strings.Join(names, ", ")
}

// unit is a number of bytes.
type unit struct {
	name  string
	bytes int64
}

var units = []unit{{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}}

const mostAmount = 1e15 // no sum of these overflows

// parseAmount reads a whole number, optionally with one of the units.
func parseAmount(text string, units []unit) (int64, error) {
	times := int64(1)
	for _, u := range units {
		if number, is := strings.CutSuffix(text, u.name); is {
			text, times = number, u.bytes
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	switch {
	case err != nil:
		return 0, fmt.Errorf("write a whole number")
	case n < 1 || n > mostAmount/times:
		return 0, fmt.Errorf("it must be at least 1 and at most %.0f", mostAmount/float64(times))
	}
	return n * times, nil
}
