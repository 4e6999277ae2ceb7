package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestConformance fails where a rule has no test, and where the page is not up
// to date.
func TestConformance(t *testing.T) {
	if err := run(true); err != nil {
		t.Error(err)
	}
}

func TestIDsOfNames(t *testing.T) {
	for name, want := range map[string]string{
		"TestE16Answers":            "E16",
		"TestE5E7E9E10E11Signals":   "E5 E7 E9 E10 E11",
		"TestX1X2X4":                "X1 X2 X4",
		"TestG3Strangers463":        "G3",
		"TestE1ReportOnlyVENs":      "E1",
		"TestR10_Restart":           "R10",
		"TestE16answers":            "",
		"TestX509Certificates":      "X509",
		"TestH7H10Poll":             "H7 H10",
		"TestT7A4S4":                "T7 A4 S4",
		"TestSimulate":              "",
		"TestAnswersE16":            "",
		"TestSHA1":                  "",
		"TestEjabberdTakesN1000VEN": "",

		"TestSpec406Again":         "406",
		"TestSpec406N6Spec407":     "406 N6 407",
		"TestN6Spec406Again":       "N6 406",
		"TestSpec9_3_4_1Address":   "9.3.4.1",
		"TestSpec9_3_4_1_Address":  "9.3.4.1",
		"TestSpecAnnexBExtensions": "Annex B",
		"TestSpecification":        "",
		"TestSpec406again":         "",

		"TestCertificationEventTwoResourcesE1E12": "E1 E12",
		"TestCertificationReportVTNMetadataR9":    "R9",
		"TestCertificationEventPrices":            "",
	} {
		if got := strings.Join(idsOfFunction(name), " "); got != want {
			t.Errorf("%s is of %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"E16 for another VEN's event":  "E16",
		"R8, then R5 (and R8)":         "R5 R8",
		"PT5M of P1W, no SE16 nor E1a": "",
		"Spec 9.3.4.1, 515 and 3 more": "515 9.3.4.1",
		"E3 Spec 5, 57: by one":        "5 57 E3",
		"Spec Annex B (Spec 406.)":     "406 Annex B",
		"Special 406, Spec x":          "",
	} {
		if got := strings.Join(idsOfPart(name), " "); got != want {
			t.Errorf("%q is of %q, want %q", name, got, want)
		}
	}
}

const someTests = `package p

func TestE1Function(t *testing.T) {
	t.Run("E2 | part", func(t *testing.T) {
		t.Run("E3", nil)
	})
	t.Run(name, nil)
	run("E4", nil)
}

func TestE5Helper(t *testing.T, s string) {}
func (x) TestE6Method(t *testing.T)       {}
func BenchmarkE7(b *testing.B)            {}
func TestMain(m *testing.M)               {}
`

func TestTestsOfAFile(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "p_test.go", someTests, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range testsOf("a/p", file) {
		got = append(got, strings.Join(x.ids, " ")+": "+x.name)
	}
	if want := []string{"E1: TestE1Function", "E2: TestE1Function/E2 | part", "E3: TestE1Function/E3"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

const someRules = `# The rules

## E: events

| rule | specification | what we do |
|---|---|---|
| E1, E2 | 5, Annex B | One thing. |
| E3 | 9.3.4.1 | Another ` + "`a|b`" + `. |

## S: signatures

| S1 | – | Later: it is signed. |
`

const someSpecification = `# The specification's rules

## Events

| rule | what it asks of a VTN |
|---|---|
| 5 | It grows by 1. |
| 7 | Later: 2.0a. |
| 32 | n/a: of a VEN. |

## Sections

| 9.3.4.1 | Where to. |
| Annex B | Names. |
`

// someRulesRead are someRules and someSpecification with these tests.
func someRulesRead(t *testing.T, tests ...test) *rules {
	t.Helper()
	ours, err := readRules(someRules)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := readSpecification(someSpecification)
	if err != nil {
		t.Fatal(err)
	}
	if err := link(ours, theirs); err != nil {
		t.Fatal(err)
	}
	if err := assign(ours, theirs, tests); err != nil {
		t.Fatal(err)
	}
	return &rules{ours, theirs}
}

func TestPage(t *testing.T) {
	r := someRulesRead(t,
		test{"core", "TestE1A", []string{"E1"}}, test{"core", "TestE1E2B", []string{"E1", "E2"}}, test{"test", "TestE1C/a|b", []string{"E1"}}, test{"test", "TestE99", []string{"E99"}},
		test{"ven", "TestSpec9_3_4_1E3D", []string{"9.3.4.1", "E3"}}, test{"test", "TestSpec5E1", []string{"5", "E1", "5"}},
	)
	got := string(r.page())
	for _, want := range []string{
		"\n## E: events\n\n| rule | specification | what we do | tests |\n|---|---|---|---|\n",
		"| E1 | 5, Annex B | One thing. | `core` TestE1A, TestE1E2B<br>`test` TestE1C/a\\|b, TestSpec5E1 |\n",
		"| E2 | 5, Annex B | One thing. | `core` TestE1E2B |\n",
		"| E3 | 9.3.4.1 | Another `a|b`. | `ven` TestSpec9_3_4_1E3D |\n",
		"| S1 | – | Later: it is signed. | later |\n",
		"\n### Events\n\n| rule | what it asks of a VTN | kept by | tests by number |\n|---|---|---|---|\n",
		"| 5 | It grows by 1. | E1, E2 | `test` TestSpec5E1 |\n",
		"| 7 | Later: 2.0a. | – | later |\n",
		"| 32 | n/a: of a VEN. | – | n/a |\n",
		"| 9.3.4.1 | Where to. | E3 | `ven` TestSpec9_3_4_1E3D |\n",
		"| Annex B | Names. | E1, E2 | – |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
	if err := r.unproved(); err == nil || !strings.Contains(err.Error(), "the name of E3;") || !strings.Contains(err.Error(), "the specification's 9.3.4.1;") {
		t.Errorf("unproved is %v", err)
	}
}

// A rule of the specification is proved by a test with its number, or by one of
// a rule of ours that names it; what is for later needs none.
func TestProved(t *testing.T) {
	e1, e3 := test{"core", "TestE1E2", []string{"E1", "E2"}}, test{"core", "TestE3", []string{"E3"}}
	if err := someRulesRead(t, e1, e3).unproved(); err != nil {
		t.Errorf("with tests of ours: %v", err)
	}
	err := someRulesRead(t, e1, test{"test", "TestSpec9_3_4_1", []string{"9.3.4.1"}}).unproved()
	if err == nil || !strings.Contains(err.Error(), "E3") || strings.Contains(err.Error(), "specification's") {
		t.Errorf("with a test by number: %v", err)
	}
	if err := someRulesRead(t, e3).unproved(); err == nil || !strings.Contains(err.Error(), "specification's 5, Annex B;") {
		t.Errorf("without one for 5: %v", err)
	}
}

func TestSlips(t *testing.T) {
	r := someRulesRead(t)
	if err := assign(r.ours, r.theirs, []test{{"test", "TestSpec4066", []string{"4066"}}}); err == nil || !strings.Contains(err.Error(), "TestSpec4066") {
		t.Errorf("a test of a rule that there is not: %v", err)
	}
	ours, err := readRules("## E\n| E1 | 6 | One thing. |")
	if err != nil {
		t.Fatal(err)
	}
	if err := link(ours, r.theirs); err == nil || !strings.Contains(err.Error(), "E1 names the specification's rule 6") {
		t.Errorf("a rule that names what there is not: %v", err)
	}
	for _, text := range []string{"", "| 5 | Before a section. |", "## Events\n| 5 | Twice. |\n| 5 | Twice. |", "## Events\n| five | No number. |"} {
		if groups, err := readSpecification(text); err == nil {
			t.Errorf("%q reads as %v", text, groups)
		}
	}
}

func TestRulesThatCannotBeRead(t *testing.T) {
	for _, text := range []string{"", "| E1 | – | Before a section. |", "## E\n| E1 | – | Twice. |\n| E1, E2 | – | Twice. |", "## E\n| E1 | What we do. |", "## E\n| E1 | | None. |"} {
		if groups, err := readRules(text); err == nil {
			t.Errorf("%q reads as %v", text, groups)
		}
	}
}

// In a module of its own: written, up to date, out of date, without a test.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module m\n")
	write(rulesPath, "## E\n| E1 | 406 | One thing. |\n")
	write(specificationPath, "## Registration\n| 406 | Again. |\n")
	write("p/p_test.go", someTests)
	write("p/soak_test.go", "//go:build soak\n\npackage p\n\nfunc TestE1Soak(t *testing.T) {}\n")
	write("p/testdata/x_test.go", "no Go")
	t.Chdir(filepath.Join(dir, "p"))
	if err := run(true); err == nil || !strings.Contains(err.Error(), "make conformance") {
		t.Errorf("without a page: %v", err)
	}
	if err := run(false); err != nil {
		t.Fatal(err)
	}
	if err := run(true); err != nil {
		t.Errorf("up to date: %v", err)
	}
	page, err := os.ReadFile(filepath.Join(dir, pagePath))
	if err != nil || !strings.Contains(string(page), "| E1 | 406 | One thing. | `p` TestE1Function |") {
		t.Errorf("the page is %s, %v", page, err)
	}
	write(rulesPath, "## E\n| E1 | 406 | One thing. |\n| E9 | – | Another. |\n")
	if err := run(true); err == nil || !strings.Contains(err.Error(), "E9") || !strings.Contains(err.Error(), "make conformance") {
		t.Errorf("with a rule more: %v", err)
	}
	if err := run(false); err == nil || !strings.Contains(err.Error(), "E9") {
		t.Errorf("written without a test of E9: %v", err)
	}
}
