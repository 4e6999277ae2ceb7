package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// rules are ours and those of the specification, each with its tests.
type rules struct{ ours, theirs []group }

// conformance reads the rules and tests of a module.
func conformance(root string) (*rules, error) {
	var r rules
	for _, read := range []struct {
		path   string
		parse  func(string) ([]group, error)
		groups *[]group
	}{{rulesPath, readRules, &r.ours}, {specificationPath, readSpecification, &r.theirs}} {
		text, err := os.ReadFile(filepath.Join(root, read.path))
		if err != nil {
			return nil, err
		}
		if *read.groups, err = read.parse(string(text)); err != nil {
			return nil, err
		}
	}
	if err := link(r.ours, r.theirs); err != nil {
		return nil, err
	}
	tests, err := readTests(root)
	if err != nil {
		return nil, err
	}
	return &r, assign(r.ours, r.theirs, tests)
}

// page writes a table per group: first by our rules, then by the specification's.
func (r *rules) page() []byte {
	var b bytes.Buffer
	b.WriteString("# Conformance\n\n" +
		"Made from [RULES.md](RULES.md), [SPECIFICATION.md](SPECIFICATION.md) and the names of the tests by `make conformance`; do not edit it.\n" +
		"Run a test with `go test ./PACKAGE -run NAME`. Tests in `ven` show how the reference VEN plays its part.\n" +
		"The first tables are by our rules, the others [by the specification's](#by-the-specifications-rules).\n")
	for _, g := range r.ours {
		if len(g.rules) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| rule | specification | what we do | tests |\n|---|---|---|---|\n", g.title)
		for _, r := range g.rules {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.id, cmp.Or(strings.Join(r.spec, ", "), "–"), r.text, cell(r))
		}
	}
	b.WriteString("\n## By the specification's rules\n\n" +
		"The third column has our rules that keep each rule; their tests prove it, too. The last column has the tests with its own number.\n")
	for _, g := range r.theirs {
		if len(g.rules) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n| rule | what it asks of a VTN | kept by | tests by number |\n|---|---|---|---|\n", g.title)
		for _, r := range g.rules {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.id, r.text, cmp.Or(keepers(r), "–"), cmp.Or(cell(r), "–"))
		}
	}
	return b.Bytes()
}

// keepers are our rules that keep one of the specification.
func keepers(r *rule) string {
	var ids []string
	for _, by := range r.by {
		ids = append(ids, by.id)
	}
	return strings.Join(ids, ", ")
}

// cell lists a rule's tests, a line for each package.
func cell(r *rule) string {
	switch {
	case len(r.tests) > 0:
	case r.later():
		return "later"
	case r.exempt():
		return "n/a"
	}
	var b strings.Builder
	for i, t := range r.tests {
		switch {
		case i > 0 && r.tests[i-1].pkg == t.pkg:
			b.WriteString(", ")
		case i > 0:
			b.WriteString("<br>")
			fallthrough
		default:
			b.WriteString("`" + t.pkg + "` ")
		}
		b.WriteString(strings.ReplaceAll(t.name, "|", `\|`))
	}
	return b.String()
}
