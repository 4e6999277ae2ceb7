package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// programs are the folders whose goroutines ARCHITECTURE.md lists.
var programs = []string{"api", "cmd", "core", "internal", "notify", "oadr", "registry", "transport", "ven", "webhook"}

// TestGoroutinesAreListed: ARCHITECTURE.md lists every file that starts a goroutine.
func TestGoroutinesAreListed(t *testing.T) {
	_, section, _ := strings.Cut(read(t, "docs/ARCHITECTURE.md"), "\n## Every goroutine")
	section, _, _ = strings.Cut(section, "\n## ")
	listed := map[string]bool{}
	for _, m := range code.FindAllStringSubmatch(section, -1) {
		listed[m[1]] = true
	}
	starters := 0
	for _, program := range programs {
		err := filepath.WalkDir(filepath.Join(root, program), func(file string, _ fs.DirEntry, err error) error {
			name, _ := filepath.Rel(root, file)
			switch {
			case err != nil:
				return err
			case filepath.Ext(file) != ".go", strings.HasSuffix(file, "_test.go"), !startsGoroutine(t, file):
				return nil
			}
			starters++
			if !listed[filepath.ToSlash(name)] {
				t.Errorf("%s starts a goroutine that docs/ARCHITECTURE.md does not list", name)
			}
			delete(listed, filepath.ToSlash(name))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range listed {
		if strings.HasSuffix(name, ".go") {
			t.Errorf("docs/ARCHITECTURE.md lists %s, which starts no goroutine", name)
		}
	}
	if starters < 15 {
		t.Errorf("only %d files start goroutines", starters)
	}
}

// startsGoroutine says whether a file has a go statement, or calls Go of a
// [sync.WaitGroup] or AfterFunc.
func startsGoroutine(t *testing.T, file string) (starts bool) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			starts = true
		case *ast.SelectorExpr:
			starts = starts || n.Sel.Name == "Go" || n.Sel.Name == "AfterFunc"
		}
		return !starts
	})
	return starts
}
