// Package architecture holds the tests of how the code is put together: what imports what, and how large types and functions are.
package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "github.com/vtn-xmpp/vtn-xmpp/"
)

// file is a Go file of the module.
type file struct {
	*ast.File
	folder string // of its package, from the module's root
	test   bool
	lines  func(ast.Node) int
}

// files parses every Go file of the module, those of tests included.
func files(t *testing.T) (all []file) {
	t.Helper()
	set := token.NewFileSet()
	lines := func(n ast.Node) int { return set.Position(n.End()).Line - set.Position(n.Pos()).Line + 1 }
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "build" || isModule(name)) {
				return fs.SkipDir
			}
			return nil
		case path.Ext(name) != ".go":
			return nil
		}
		parsed, err := parser.ParseFile(set, filepath.Join(root, name), nil, parser.SkipObjectResolution)
		all = append(all, file{File: parsed, folder: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), lines: lines})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// isModule says whether a folder begins another module.
func isModule(folder string) bool {
	_, err := os.Stat(filepath.Join(root, folder, "go.mod"))
	return err == nil
}
