// Conformance writes docs/CONFORMANCE.md: each rule of docs/RULES.md, what we do,
// and the tests that prove it; and each rule of docs/SPECIFICATION.md, what it asks,
// our rules that keep it, and the tests with its number. A test proves the rules that its name begins
// with, such as TestE5E7Intervals, that the name of a scenario of certification
// ends with, such as TestCertificationReportOneShotR3, or that stand in the
// literal name of a t.Run, such as "E16 for another VEN's event". The rules of
// the specification are Spec406 or Spec9_3_4_1 in the one, "Spec 406" or
// "Spec 5, 57" in the other.
//
//	go run ./test/conformance         writes the page
//	go run ./test/conformance -check  says whether it is up to date
//
// Either fails when a rule has no test and is not marked "Later:" or "n/a:"; the
// tests of ours prove the specification's rules that they name. Those of ven/ are listed but do not count: they show the reference VEN at work, not the VTN.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Where things are, from the module's root.
const (
	rulesPath         = "docs/RULES.md"
	specificationPath = "docs/SPECIFICATION.md"
	pagePath          = "docs/CONFORMANCE.md"
)

func main() {
	check := flag.Bool("check", false, "write nothing, fail where "+pagePath+" is not what would be written")
	flag.Parse()
	if err := run(*check); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// run writes or checks the page of the module around the working directory.
func run(check bool) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	rules, err := conformance(root)
	if err != nil {
		return err
	}
	page := rules.page()
	path := filepath.Join(root, pagePath)
	if check {
		err = compare(path, page)
	} else {
		err = os.WriteFile(path, page, 0o644)
	}
	return errors.Join(err, rules.unproved())
}

// compare reports whether the page is the one that would be written.
func compare(path string, page []byte) error {
	have, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if !bytes.Equal(have, page) {
		return fmt.Errorf("%s is out of date; run: make conformance", pagePath)
	}
	return nil
}

// unproved names the rules that have no test and should.
func (r *rules) unproved() error {
	var err error
	if ids := unproved(r.ours); ids != nil {
		err = fmt.Errorf("no test outside ven/ has the name of %s; name one Test%s…, or begin the rule in %s with \"Later:\"",
			strings.Join(ids, ", "), ids[0], rulesPath)
	}
	if ids := unproved(r.theirs); ids != nil {
		err = errors.Join(err, fmt.Errorf("no test outside ven/ proves the specification's %s; begin the name of a t.Run with \"Spec %s\", "+
			"give the number to a rule of %s, or begin the line in %s with \"Later:\" or \"n/a:\"", strings.Join(ids, ", "), ids[0], rulesPath, specificationPath))
	}
	return err
}

// unproved are the rules of groups that have no test and should.
func unproved(groups []group) (ids []string) {
	for _, g := range groups {
		for _, r := range g.rules {
			if !r.proved() && !r.exempt() {
				ids = append(ids, r.id)
			}
		}
	}
	return ids
}

// moduleRoot is the folder of go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("there is no go.mod here or above; run it inside the module")
		}
		dir = up
	}
	return "", err
}
