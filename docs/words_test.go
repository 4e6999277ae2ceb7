package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// instead has the words of ARCHITECTURE.md for names that once meant the same, or two things.
var instead = []struct {
	name *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`^(inbox|box|boxes|boxNo|boxKey|inboxKey|flightKey)$`), "outbox, outboxKey"},
	{regexp.MustCompile(`^news([A-Z]\w*)?$|News$`), "arrival, content"},
	{regexp.MustCompile(`^settle(Own|Itself)$|^toldItself$`), "separate answer"},
	{regexp.MustCompile(`^[Oo]wnReports?$|^Own$`), "VTN report, version"},
	{regexp.MustCompile(`^(History|Opt)Place$`), "cursor"},
	{regexp.MustCompile(`^told$`), "settled, sent"},
}

// TestNamesUseTheWords: no function, type, field or method of the program has a name
// that the glossary has another word for.
func TestNamesUseTheWords(t *testing.T) {
	names := 0
	for _, program := range programs {
		err := filepath.WalkDir(filepath.Join(root, program), func(file string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
				return err
			}
			for _, name := range declared(t, file) {
				names++
				for _, i := range instead {
					if i.name.MatchString(name) {
						t.Errorf("%s declares %s; the words for it in docs/ARCHITECTURE.md are: %s", strings.TrimPrefix(file, "../"), name, i.word)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if names < 1000 {
		t.Errorf("only %d names were found", names)
	}
}

// declared are the functions, types, methods, fields, constants and package variables of a file.
func declared(t *testing.T, file string) (names []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	add := func(idents ...*ast.Ident) {
		for _, i := range idents {
			names = append(names, i.Name)
		}
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			add(d.Name)
		case *ast.GenDecl:
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.TypeSpec:
					add(n.Name)
				case *ast.ValueSpec:
					add(n.Names...)
				case *ast.Field:
					add(n.Names...)
				}
				return true
			})
		}
	}
	return names
}
