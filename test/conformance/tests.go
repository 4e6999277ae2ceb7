package main

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// test is a test function, or one of its parts that has a name of its own.
type test struct {
	pkg  string // path from the module's root
	name string
	ids  []string // of the rules it proves
}

// readTests reads the tests of a module, in the order of its folders and files.
// Files that `go test` leaves out without a tag are left out here, too.
func readTests(root string) ([]test, error) {
	var tests []test
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "build") {
				return filepath.SkipDir
			}
			return nil
		case !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		if match, err := build.Default.MatchFile(filepath.Split(name)); err != nil || !match {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		pkg, err := filepath.Rel(root, filepath.Dir(name))
		if err != nil {
			return err
		}
		tests = append(tests, testsOf(filepath.ToSlash(pkg), file)...)
		return nil
	})
	return tests, err
}

// testsOf is the tests of one file whose names have rules in them.
func testsOf(pkg string, file *ast.File) (tests []test) {
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !isTest(f) {
			continue
		}
		if ids := idsOfFunction(f.Name.Name); ids != nil {
			tests = append(tests, test{pkg, f.Name.Name, ids})
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if name, ok := partName(n); ok {
				if ids := idsOfPart(name); ids != nil {
					tests = append(tests, test{pkg, path.Join(f.Name.Name, name), ids})
				}
			}
			return true
		})
	}
	return tests
}

// isTest reports whether a function is func TestX(t *testing.T).
func isTest(f *ast.FuncDecl) bool {
	if f.Recv != nil || f.Body == nil || !strings.HasPrefix(f.Name.Name, "Test") || len(f.Type.Params.List) != 1 {
		return false
	}
	pointer, ok := f.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	of, ok := pointer.X.(*ast.SelectorExpr)
	return ok && of.Sel.Name == "T"
}

// partName is the name of x.Run("name", …) where it is a literal.
func partName(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) != 2 {
		return "", false
	}
	run, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || run.Sel.Name != "Run" {
		return "", false
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	name, err := strconv.Unquote(literal.Value)
	return name, err == nil
}

// ourID is a number of docs/RULES.md, nameID one of those or of the
// specification, as a Go name can have it: E16, Spec406, Spec9_3_4_1, SpecAnnexB.
const (
	ourID  = `[XGNERPHTSA][0-9]+`
	nameID = `(?:` + ourID + `|Spec[0-9]+(?:_[0-9]+)*|SpecAnnex[A-Z])`
)

var (
	atTheBeginning = regexp.MustCompile(`^Test(` + nameID + `+)(?:[A-Z_]|$)`)
	atTheEnd       = regexp.MustCompile(`^TestCertification[A-Za-z]+?(` + nameID + `+)$`)
	anID           = regexp.MustCompile(nameID)
	aWord          = regexp.MustCompile(`\b` + ourID + `\b`)
	specWords      = regexp.MustCompile(`\bSpec (` + specID + `(?:, ` + specID + `)*)`)
)

// idsOfFunction is the rules that a test function's name begins with, or that of a
// scenario of certification ends with: TestE16Answers, TestSpec406N6Again,
// TestSpec9_3_4_1Address.
func idsOfFunction(name string) (ids []string) {
	found := atTheBeginning.FindStringSubmatch(name)
	if found == nil {
		found = atTheEnd.FindStringSubmatch(name)
	}
	if found == nil {
		return nil
	}
	for _, id := range anID.FindAllString(found[1], -1) {
		if spec, ok := strings.CutPrefix(id, "Spec"); ok {
			id = strings.Replace(strings.ReplaceAll(spec, "_", "."), "Annex", "Annex ", 1)
		}
		ids = append(ids, id)
	}
	return ids
}

// idsOfPart is the rules that are words of a name: "E16 R5", "Spec 9.3.4.1",
// "Spec 5, 57".
func idsOfPart(name string) []string {
	ids := aWord.FindAllString(name, -1)
	for _, found := range specWords.FindAllStringSubmatch(name, -1) {
		ids = append(ids, aSpecID.FindAllString(found[1], -1)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
