package main

import (
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/core"
)

func TestQuotasAreRead(t *testing.T) {
	var q quotas
	if err := q.UnmarshalText([]byte("opts=5000/5MB, values=20000000/2GB,history=1/1,points=7/3kB")); err != nil {
		t.Fatal(err)
	}
	want := core.Quotas{core.QuotaOpts: {Rows: 5000, Bytes: 5e6}, core.QuotaValues: {Rows: 2e7, Bytes: 2e9}, core.QuotaHistory: {Rows: 1, Bytes: 1}, core.QuotaPoints: {Rows: 7, Bytes: 3000}}
	if !maps.Equal(q.Quotas, want) {
		t.Errorf("read %+v, want %+v", q.Quotas, want)
	}
	for text, says := range map[string]string{
		"opts":                           "KIND=ROWS/BYTES",
		"opts=5000":                      "KIND=ROWS/BYTES",
		"":                               "KIND=ROWS/BYTES",
		"opts=5/5,":                      "KIND=ROWS/BYTES",
		"pots=5/5":                       "none of values, points",
		"opts=5/5,opts=6/6":              "twice",
		"opts=0/5MB":                     "at least 1",
		"opts=-1/5MB":                    "at least 1",
		"opts=5k/5MB":                    "rows",
		"opts=5/5 apples":                "500kB",
		"opts=5/0.5MB":                   "whole number",
		"opts=5/9223372036854GB":         "at most",
		"opts=5/99999999999999999999999": "whole number",
	} {
		if err := new(quotas).UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

// README has the default quotas.
func TestREADMESaysTheQuotas(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	said := core.Quotas{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|.*\\| `([0-9]+/[0-9]+[kMG]B)` \\|").FindAllStringSubmatch(string(readme), -1) {
		var q quotas
		if err := q.UnmarshalText([]byte(row[1] + "=" + row[2])); err != nil {
			t.Error(err)
		}
		maps.Copy(said, q.Quotas)
	}
	if !maps.Equal(said, core.DefaultQuotas()) {
		t.Errorf("README says %v, the defaults are %v", said, core.DefaultQuotas())
	}
}
