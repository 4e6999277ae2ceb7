package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/vtn-xmpp/vtn-xmpp/api/client"
)

// output is how results are printed: table or json.
type output string

// print prints v as JSON, or what table makes of it.
func (o output) print(v any, table func(*tabwriter.Writer)) error {
	if o == "json" {
		var line, out bytes.Buffer
		if err := client.WriteJSON(&line, v); err != nil {
			return err
		}
		if err := json.Indent(&out, line.Bytes(), "", "  "); err != nil {
			return err
		}
		_, err := out.WriteTo(os.Stdout)
		return err
	}
	w := newTable()
	table(w)
	return w.Flush()
}

// warn tells on the standard error what may be a slip in what was stored.
func warn(warnings []client.Wrong) {
	for _, w := range warnings {
		fmt.Fprintf(os.Stderr, "vtn-xmpp: warning: %s %s\n", w.Field, strings.Map(printable, w.Message))
	}
}

func newTable() *tabwriter.Writer { return tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0) }

// row prints one line of a table. Cells keep to their line, whatever a VEN has
// put into them.
func row(w *tabwriter.Writer, cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		text := strings.Map(printable, fmt.Sprint(cell))
		if text == "" {
			text = "-"
		}
		fmt.Fprint(w, text)
	}
	fmt.Fprintln(w)
}

// printable keeps off the terminal what is no text: control characters, ends of
// lines, and what would have the rest of a line stand in another order.
func printable(r rune) rune {
	switch {
	case unicode.Is(unicode.Bidi_Control, r):
		return -1
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return ' '
	}
	return r
}

// at is a time that may not have come.
func at(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// unlessZero is a number that 0 means the absence of.
func unlessZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
