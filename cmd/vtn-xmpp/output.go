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

// output says how to print results: table or json.
type output string

// print prints v as JSON, or as a table that table writes.
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

// warn prints possible mistakes in what was stored, to the standard error.
func warn(warnings []client.Wrong) {
	for _, w := range warnings {
		fmt.Fprintf(os.Stderr, "vtn-xmpp: warning: %s %s\n", w.Field, strings.Map(printable, w.Message))
	}
}

func newTable() *tabwriter.Writer { return tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0) }

// row prints one line of a table. Cells stay on their line, whatever text a VEN has
// sent.
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

// printable keeps control characters, line ends and characters that change the
// direction of text off the terminal.
func printable(r rune) rune {
	switch {
	case unicode.Is(unicode.Bidi_Control, r):
		return -1
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return ' '
	}
	return r
}

// at writes a time; nil is empty.
func at(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// unlessZero writes a number; 0 is empty.
func unlessZero(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
