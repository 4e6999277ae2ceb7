package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// group is a section of the rules, such as a letter of ours.
type group struct {
	title string
	rules []*rule
}

// rule is one rule, of ours or of the specification: what it says, and which tests
// prove that it is kept.
type rule struct {
	id    string
	text  string
	spec  []string // of ours: the numbers of the specification, such as "5" or "9.3.4.1"
	by    []*rule  // of the specification: those of ours that keep it
	tests []test   // by its own number
}

// later reports whether a rule waits for something that is not there yet.
func (r *rule) later() bool { return strings.HasPrefix(r.text, "Later:") }

// exempt reports whether a rule needs no test: it is for later, or asks nothing of us.
func (r *rule) exempt() bool { return r.later() || strings.HasPrefix(r.text, "n/a:") }

// proved reports whether a test shows that the rule is kept, by its own number or by
// one of ours. The reference VEN's show how a VEN plays its part, before a VTN that
// is not ours.
func (r *rule) proved() bool {
	return slices.ContainsFunc(r.tests, func(t test) bool { return t.pkg != "ven" && !strings.HasPrefix(t.pkg, "ven/") }) ||
		slices.ContainsFunc(r.by, (*rule).proved)
}

var (
	ruleRow    = regexp.MustCompile(`^\| *([A-Z][0-9]+(?:, *[A-Z][0-9]+)*) *\| *(.*?) *\|$`)
	specColumn = regexp.MustCompile(`^(–|` + specID + `(?:, *` + specID + `)*) *\| *(.*)$`)
	aSpecID    = regexp.MustCompile(specID)
)

// specID is a rule's number, a section's or an annex of the specification.
const specID = `(?:[0-9]+(?:\.[0-9]+)*|Annex [A-Z])`

// readRules reads the sections and table rows of docs/RULES.md. A row for
// several rules is one rule each, of the same text.
func readRules(text string) ([]group, error) {
	var groups []group
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			groups = append(groups, group{title: title})
		}
		row := ruleRow.FindStringSubmatch(line)
		if row == nil {
			continue
		}
		columns := specColumn.FindStringSubmatch(row[2])
		if columns == nil {
			return nil, fmt.Errorf("%s: the second column of %s is not one of rules of the specification, such as | X5 | 9.3.4.1, 515 | … |, or a dash (–) for none", rulesPath, row[1])
		}
		for id := range strings.SplitSeq(row[1], ",") {
			id = strings.TrimSpace(id)
			if seen[id] || len(groups) == 0 {
				return nil, fmt.Errorf("%s: %s is there twice, or before the first section", rulesPath, id)
			}
			seen[id] = true
			g := &groups[len(groups)-1]
			g.rules = append(g.rules, &rule{id: id, spec: aSpecID.FindAllString(columns[1], -1), text: columns[2]})
		}
	}
	if len(seen) == 0 {
		return nil, fmt.Errorf("%s has no rules: rows such as | X1 | 9.3.4.1 | … |", rulesPath)
	}
	return groups, nil
}
