package architecture

import (
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"
)

const (
	mostMethods = 30 // of a type; an interface that embeds others counts what it adds
	mostLines   = 60 // of a function
)

func TestTypesHaveFewMethods(t *testing.T) {
	methods := map[string]int{}
	for _, f := range files(t) {
		for _, declaration := range f.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil {
					methods[f.folder+"."+receiver(d)]++
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok {
						methods[f.folder+"."+s.Name.Name] += declared(s.Type)
					}
				}
			}
		}
	}
	compare(t, methods, mostMethods, manyMethods, "methods")
}

// receiver is the type that a method belongs to.
func receiver(d *ast.FuncDecl) string {
	expr := d.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		}
	}
}

// declared counts the methods that an interface declares itself.
func declared(expr ast.Expr) (n int) {
	i, ok := expr.(*ast.InterfaceType)
	if !ok {
		return 0
	}
	for _, m := range i.Methods.List {
		n += len(m.Names)
	}
	return n
}

func TestFunctionsAreShort(t *testing.T) {
	lines := map[string]int{}
	for _, f := range files(t) {
		for _, declaration := range f.Decls {
			if d, ok := declaration.(*ast.FuncDecl); ok {
				name := f.folder + "." + d.Name.Name
				if d.Recv != nil {
					name = f.folder + "." + receiver(d) + "." + d.Name.Name
				}
				lines[name] = max(lines[name], f.lines(d))
			}
		}
	}
	compare(t, lines, mostLines, longFunctions, "lines")
}

// compare fails the test for each size over most that is no exception, and for each exception that is none any more.
func compare(t *testing.T, sizes map[string]int, most int, exceptions, unit string) {
	t.Helper()
	excepted := map[string]bool{}
	for _, name := range strings.Fields(exceptions) {
		excepted[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		if sizes[name] > most && !excepted[name] {
			t.Errorf("%s has %d %s, more than %d", name, sizes[name], unit, most)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(excepted)) {
		if sizes[name] <= most {
			t.Errorf("%s has %d %s and is no exception any more: take it out", name, sizes[name], unit)
		}
	}
}
