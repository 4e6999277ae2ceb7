package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var specRow = regexp.MustCompile(`^\| *(` + specID + `) *\| *([^|]+?) *\|$`)

// readSpecification reads the sections and table rows of docs/SPECIFICATION.md.
func readSpecification(text string) ([]group, error) {
	var groups []group
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			groups = append(groups, group{title: title})
		}
		row := specRow.FindStringSubmatch(line)
		if row == nil {
			if strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "|-") && !strings.HasPrefix(line, "| rule |") {
				return nil, fmt.Errorf("%s: %q is no row such as | 9.3.4.1 | what it asks |", specificationPath, line)
			}
			continue
		}
		if seen[row[1]] || len(groups) == 0 {
			return nil, fmt.Errorf("%s: %s is there twice, or before the first section", specificationPath, row[1])
		}
		seen[row[1]] = true
		g := &groups[len(groups)-1]
		g.rules = append(g.rules, &rule{id: row[1], text: row[2]})
	}
	if len(seen) == 0 {
		return nil, fmt.Errorf("%s has no rules: rows such as | 9.3.4.1 | what it asks |", specificationPath)
	}
	return groups, nil
}

// link tells the specification's rules which of ours keep them.
func link(ours, theirs []group) error {
	rules := byID(theirs)
	for _, g := range ours {
		for _, r := range g.rules {
			for _, id := range r.spec {
				s := rules[id]
				if s == nil {
					return fmt.Errorf("%s: %s names the specification's rule %s, which %s does not have", rulesPath, r.id, id, specificationPath)
				}
				s.by = append(s.by, r)
			}
		}
	}
	return nil
}

// byID is the rules of groups by their numbers.
func byID(groups []group) map[string]*rule {
	rules := map[string]*rule{}
	for _, g := range groups {
		for _, r := range g.rules {
			rules[r.id] = r
		}
	}
	return rules
}

var isSpecID = regexp.MustCompile(`^` + specID + `$`)

// assign gives each rule its tests. A number of the specification that there is
// not is a slip.
func assign(ours, theirs []group, tests []test) error {
	rules, numbers := byID(ours), byID(theirs)
	for _, t := range tests {
		for _, id := range t.ids {
			r := rules[id]
			if isSpecID.MatchString(id) {
				if r = numbers[id]; r == nil {
					return fmt.Errorf("%s in %s names the specification's rule %s, which %s does not have", t.name, t.pkg, id, specificationPath)
				}
			}
			if r != nil && !slices.ContainsFunc(r.tests, func(x test) bool { return x.pkg == t.pkg && x.name == t.name }) {
				r.tests = append(r.tests, t)
			}
		}
	}
	return nil
}
