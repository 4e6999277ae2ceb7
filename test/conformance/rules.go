package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// group is a section of the rules: one letter.
type group struct {
	title string
	rules []*rule
}

// rule is one rule, what we do by it and which tests prove that.
type rule struct {
	id, text string
	tests    []test
}

// later says whether a rule waits for something that is not there yet.
func (r *rule) later() bool { return strings.HasPrefix(r.text, "Later:") }

// proved says whether a test shows that the rule is kept. The reference VEN's
// show how a VEN plays its part, before a VTN that is not ours.
func (r *rule) proved() bool {
	return slices.ContainsFunc(r.tests, func(t test) bool { return t.pkg != "ven" && !strings.HasPrefix(t.pkg, "ven/") })
}

var ruleRow = regexp.MustCompile(`^\| *([A-Z][0-9]+(?:, *[A-Z][0-9]+)*) *\| *(.*?) *\|$`)

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
		for id := range strings.SplitSeq(row[1], ",") {
			id = strings.TrimSpace(id)
			if seen[id] || len(groups) == 0 {
				return nil, fmt.Errorf("%s: %s is there twice, or before the first section", rulesPath, id)
			}
			seen[id] = true
			g := &groups[len(groups)-1]
			g.rules = append(g.rules, &rule{id: id, text: row[2]})
		}
	}
	if len(seen) == 0 {
		return nil, fmt.Errorf("%s has no rules: rows such as | X1 | … |", rulesPath)
	}
	return groups, nil
}
