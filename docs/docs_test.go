// Package docs_test checks the pages for those who read the repository.
package docs_test

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = ".."

// pages are the pages whose file names and links must be right.
var pages = []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/ARCHITECTURE.md", "docs/HTTP.md", "docs/INTEROP.md", "docs/PERFORMANCE.md", "docs/RULES.md", "docs/SIGNATURES.md", "docs/SPECIFICATION.md", "docs/WEBHOOK.md"}

var (
	code = regexp.MustCompile("`([^`\n]+)`")
	// fileName is a path below a folder of this repository, or a file at its top.
	fileName = regexp.MustCompile(`^(?:[\w.-]+/)*[\w-][\w.-]*\.(?:go|md|sql|yml|sh|erl)$`)
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInURL = regexp.MustCompile(`[^\p{L}\p{N} -]`)
)

func read(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func exists(name string) bool {
	_, err := os.Stat(filepath.Join(root, name))
	return !errors.Is(err, fs.ErrNotExist)
}

// topFolders are the folders of this repository; a path that begins otherwise is not in it.
func topFolders(t *testing.T) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]bool{}
	for _, e := range entries {
		folders[e.Name()] = e.IsDir()
	}
	return folders
}

// TestFilesThatPagesNameExist checks every file name that stands as code and begins
// with a folder of this repository.
func TestFilesThatPagesNameExist(t *testing.T) {
	folders := topFolders(t)
	found := 0
	for _, page := range pages {
		for _, m := range code.FindAllStringSubmatch(read(t, page), -1) {
			name := strings.TrimSuffix(m[1], "/")
			top, _, below := strings.Cut(m[1], "/")
			switch {
			case !below, !folders[top], strings.ContainsAny(name, " :*…{$"), strings.Contains(name, "NN"), strings.Contains(name, "NAME"):
				continue
			case path.Ext(name) != "" && !fileName.MatchString(name):
				continue
			}
			found++
			if !exists(name) {
				t.Errorf("%s names %s, which does not exist", page, name)
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d file names were found", found)
	}
}

// TestLinksOfPagesLeadSomewhere checks links to files of this repository and to headings.
func TestLinksOfPagesLeadSomewhere(t *testing.T) {
	for _, page := range pages {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			if !exists(target) {
				t.Errorf("%s has a link to %s, which does not exist", page, target)
				continue
			}
			if anchor != "" && !anchors(read(t, target))[anchor] {
				t.Errorf("%s has a link to %s#%s, and there is no such heading", page, target, anchor)
			}
		}
	}
}

// anchors are the fragments that GitHub gives the headings of a page.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		all[strings.ReplaceAll(notInURL.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return all
}

var (
	makeCommand = regexp.MustCompile("(?m)(?:`|^)make ([a-z][a-z0-9.-]*)")
	makeTarget  = regexp.MustCompile(`(?m)^([a-z][a-z0-9.-]*):.*## `)
)

// TestMakeTargetsExist: the Makefile has what pages name, and CONTRIBUTING.md or
// README.md names every target.
func TestMakeTargetsExist(t *testing.T) {
	named := map[string]bool{}
	targets := map[string]bool{}
	for _, m := range makeTarget.FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[m[1]] = true
	}
	for _, page := range pages {
		for _, m := range makeCommand.FindAllStringSubmatch(read(t, page), -1) {
			named[m[1]] = true
			if !targets[m[1]] {
				t.Errorf("%s names make %s, which does not exist", page, m[1])
			}
		}
	}
	for target := range targets {
		if !named[target] && target != "help" {
			t.Errorf("no page names make %s", target)
		}
	}
}
