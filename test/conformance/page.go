package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// conformance reads the rules and tests of a module and makes the page of them.
func conformance(root string) ([]group, []byte, error) {
	text, err := os.ReadFile(filepath.Join(root, rulesPath))
	if err != nil {
		return nil, nil, err
	}
	groups, err := readRules(string(text))
	if err != nil {
		return nil, nil, err
	}
	tests, err := readTests(root)
	if err != nil {
		return nil, nil, err
	}
	assign(groups, tests)
	return groups, page(groups), nil
}

// assign gives each rule its tests.
func assign(groups []group, tests []test) {
	rules := map[string]*rule{}
	for _, g := range groups {
		for _, r := range g.rules {
			rules[r.id] = r
		}
	}
	for _, t := range tests {
		for _, id := range t.ids {
			if r := rules[id]; r != nil {
				r.tests = append(r.tests, t)
			}
		}
	}
}

// page writes a table per group.
func page(groups []group) []byte {
	var b bytes.Buffer
	b.WriteString("# Conformance\n\n" +
		"Made from [RULES.md](RULES.md) and the names of the tests by `make conformance`; do not edit it.\n" +
		"A test is run by `go test ./PACKAGE -run NAME`. Those in `ven` show how the reference VEN plays its part.\n")
	for _, g := range groups {
		if len(g.rules) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n| rule | specification | what we do | tests |\n|---|---|---|---|\n", g.title)
		for _, r := range g.rules {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.id, cmp.Or(strings.Join(r.spec, ", "), "–"), r.text, cell(r))
		}
	}
	return b.Bytes()
}

// cell lists a rule's tests, a line for each package.
func cell(r *rule) string {
	if len(r.tests) == 0 && r.later() {
		return "later"
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
