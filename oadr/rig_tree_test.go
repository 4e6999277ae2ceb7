package oadr_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
)

// node is an element of a document as encoding/xml sees it, for a second opinion.
type node struct {
	xml.Name
	attributes []xml.Attr
	children   []any // *node, or string for text
}

// parse reads a document.
func parse(t testing.TB, raw []byte) *node {
	t.Helper()
	document := new(node)
	open := []*node{document}
	d := xml.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := d.Token()
		if token == nil {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		in := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			n := &node{Name: token.Name, attributes: slices.Clone(token.Attr)}
			in.children = append(in.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if last := len(in.children) - 1; last >= 0 {
				if text, ok := in.children[last].(string); ok {
					in.children[last] = text + string(token)
					continue
				}
			}
			in.children = append(in.children, string(token))
		}
	}
	for _, child := range document.children {
		if n, ok := child.(*node); ok {
			return n
		}
	}
	t.Fatalf("no element\n%s", raw)
	return nil
}

// elements returns the children that are elements.
func (n *node) elements() (elements []*node) {
	for _, child := range n.children {
		if e, ok := child.(*node); ok {
			elements = append(elements, e)
		}
	}
	return elements
}

func (n *node) text() string {
	text := ""
	for _, child := range n.children {
		if s, ok := child.(string); ok {
			text += s
		}
	}
	return text
}

// child returns the first child with this local name, nil if there is none.
func (n *node) child(local string) *node {
	for _, e := range n.elements() {
		if e.Local == local {
			return e
		}
	}
	return nil
}

// canonical writes the meaning of a document in one way: elements and attributes in
// their namespaces, whatever the prefixes; numbers, times and durations by value;
// without schemaVersion, schemaLocation, signatures and Id, and without what is
// empty and may be absent.
func canonical(t testing.TB, raw []byte) string {
	var b strings.Builder
	c := canonicaliser{t: t, b: &b}
	c.write(parse(t, raw), time.Time{})
	return b.String()
}

type canonicaliser struct {
	t testing.TB
	b *strings.Builder
}

var (
	numbers   = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?$`)
	times     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$`)
	durations = regexp.MustCompile(`^(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)
)

// write writes the element; start is when the duration in it begins.
func (c canonicaliser) write(n *node, start time.Time) {
	elements := n.elements()
	if n.Space == oadr.NSds || len(elements) == 0 && strings.TrimSpace(n.text()) == "" && n.Local != "eiTarget" && n.Local != "components" {
		return
	}
	fmt.Fprintf(c.b, "<{%s}%s", n.Space, n.Local)
	for _, a := range n.attributes {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || a.Name.Local == "Id" || strings.HasPrefix(a.Name.Local, "schema") {
			continue
		}
		fmt.Fprintf(c.b, " {%s}%s=%q", a.Name.Space, a.Name.Local, a.Value)
	}
	c.b.WriteString(">")
	if dtstart := n.child("dtstart"); dtstart != nil {
		start = c.time(dtstart.text() + dtstart.child("date-time").text())
	}
	next := start
	for _, child := range n.children {
		switch child := child.(type) {
		case string:
			if len(elements) == 0 {
				c.value(child, start)
			} else if strings.TrimSpace(child) != "" {
				fmt.Fprintf(c.b, "%q", child)
			}
		case *node:
			if child.Local == "interval" && child.child("dtstart") == nil {
				c.write(child, next)
				next = c.end(child, next)
			} else {
				c.write(child, start)
			}
		}
	}
	c.b.WriteString("</>")
}

// end returns when an interval ends.
func (c canonicaliser) end(interval *node, start time.Time) time.Time {
	if d := interval.child("duration"); d != nil && d.child("duration") != nil {
		length, _ := lengthOf(d.child("duration").text(), start)
		return start.Add(length)
	}
	return start
}

func (c canonicaliser) time(s string) time.Time {
	at, err := time.Parse(time.RFC3339, strings.TrimSuffix(strings.TrimSpace(s), "Z")+"Z")
	if err != nil {
		c.t.Fatal(err)
	}
	return at
}

// value writes the value of an element without children.
func (c canonicaliser) value(s string, start time.Time) {
	trimmed := strings.TrimSpace(s)
	if length, ok := lengthOf(trimmed, start); ok {
		fmt.Fprint(c.b, length)
		return
	}
	switch {
	case times.MatchString(trimmed):
		fmt.Fprint(c.b, c.time(trimmed))
	case numbers.MatchString(trimmed):
		f, _ := strconv.ParseFloat(trimmed, 64)
		fmt.Fprint(c.b, f)
	default:
		fmt.Fprintf(c.b, "%q", s)
	}
}

// lengthOf returns how long a duration is that begins at start.
func lengthOf(s string, start time.Time) (time.Duration, bool) {
	m := durations.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n := func(i int) int {
		n, _ := strconv.Atoi(m[i])
		return n
	}
	end := start.AddDate(n(2), n(3), 7*n(4)+n(5))
	length := end.Sub(start) + time.Duration(n(6))*time.Hour + time.Duration(n(7))*time.Minute + time.Duration(n(8))*time.Second
	if m[1] == "-" {
		length = -length
	}
	return length, true
}
