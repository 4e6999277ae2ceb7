package test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scenario is a scenario of a VTN's certification, and the tests that run it.
type scenario struct {
	what  string // in the words of the protocol's section 4
	tests string // names
	// lacks is what README says is not there yet; such a scenario has no test.
	lacks string
}

// area is a group of scenarios.
type area struct {
	name      string
	scenarios []scenario
}

// certification lists all scenarios of a VTN's certification, in its order.
var certification = []area{
	{"Registration", []scenario{
		{what: "query", tests: "TestRegistrationOpen TestCertificationRegistrationWithReports"},
		{what: "register with and without a pre-allocated venID", tests: "TestRegistrationOpen TestRegistrationKnown TestCertificationRegistrationWithReports"},
		{what: "re-register", tests: "TestRegistrationOpen TestCertificationRegistrationWithReports"},
		{what: "cancel from both sides", tests: "TestN8Cancel TestCertificationRegistrationCancelEndsReportsN8N9 TestN9OperatorCancelsARegistration TestN9CancellationReachesAVENThatWasAway"},
		{what: "request re-registration", tests: "TestN10RequestForReregistration TestCertificationRegistrationWithReports"},
		{what: "wrong IDs", tests: "TestRegistrationOpen TestCertificationRegistrationWrongIDsN7G2"},
		{what: "silence toward strangers", tests: "TestG3Spec517Strangers TestG3StrangersError"},
	}},
	{"Events", []scenario{
		{what: "an empty push", tests: "TestCertificationEventEmptyPushE20"},
		{what: "one event with two resources", tests: "TestCertificationEventTwoResourcesE1E12"},
		{what: "LOAD_DISPATCH in powerReal", tests: "TestCertificationEventLoadDispatchE8"},
		{what: "two one-hour price intervals with a baseline dated yesterday", tests: "TestCertificationEventPrices"},
		{what: "lengthen the first interval", tests: "TestCertificationEventPrices"},
		{what: "two pending events of two kinds", tests: "TestCertificationEventTwoPendingE1E2"},
		{what: "a wrong modificationNumber", tests: "TestE16Answers"},
		{what: "opt out by resource with oadrCreateOpt", tests: "TestE17Opts"},
		{what: "a custom signal refused with 460", tests: "TestCertificationEventCustomSignalE18"},
		{what: "a venID in the wrong case", tests: "TestCertificationEventWrongCaseVENIDG2 TestBadInput"},
	}},
	{"Opt", []scenario{
		{what: "schedules created", tests: "TestP1P2P3P4P5Schedules"},
		{what: "replaced", tests: "TestP1P2P3P4P5Schedules"},
		{what: "open-ended", tests: "TestP1P2P3P4P5Schedules"},
		{what: "cancelled", tests: "TestP1P2P3P4P5Schedules"},
		{what: "an unknown optID", tests: "TestP1P2P3P4P5Schedules"},
	}},
	{"Reports", []scenario{
		{what: "one-shot", tests: "TestCertificationReportOneShotR3"},
		{what: "periodic", tests: "TestCertificationReportPeriodicR3R6R7"},
		{what: "delayed start", tests: "TestCertificationReportDelayedStartR3"},
		{what: "two requests at once", tests: "TestCertificationReportTwoRequestsAtOnceR3"},
		{what: "history in full and in part", tests: "TestCertificationReportHistoryR3"},
		{what: "cancelled alone", tests: "TestCertificationReportCancelR4R8"},
		{what: "piggybacked and with a last report", tests: "TestCertificationReportCancelR4R8"},
		{what: "metadata asked of the VTN once and every minute", tests: "TestCertificationReportVTNMetadataR9"},
		{what: "the VTN republishing its own", tests: "TestCertificationReportVTNRepublishesN11"},
		{what: "a wrong reportRequestID", tests: "TestCertificationReportWrongReportRequestIDR5"},
	}},
	{"", []scenario{
		{what: "A certified VTN serves 2.0a VENs beside 2.0b ones", lacks: "the 2.0a profile"},
	}},
}

// beyond lists scenarios of the same form that no certification asks for.
var beyond = []scenario{
	{what: "a request for reports that rides in an answer", tests: "TestCertificationReportPiggybackedRequestR4"},
	{what: "reports of a group, of all that measure something", tests: "TestCertificationReportOfManyR2R3"},
	{what: "Green Button", tests: "TestCertificationReportGreenButtonR6"},
	{what: "values that nobody can store", tests: "TestBadReports TestG5R7LargestReport"},
	{what: "the VTN is killed between request and data", tests: "TestR10ReportsSurviveAKill"},
}

// TestScenariosHaveTests: each scenario has tests, or README says that what it needs does not exist yet. Each test of
// certification has its scenario.
func TestScenariosHaveTests(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, missing, _ := strings.Cut(string(readme), "\n## What is not there yet\n")
	missing, _, _ = strings.Cut(missing, "\n## ")
	there := testNames(t)
	var named []string
	for _, s := range scenarios() {
		tests := strings.Fields(s.tests)
		switch {
		case s.lacks != "" && !strings.Contains(missing, s.lacks):
			t.Errorf("%q lacks %s, and README does not say that it is not there yet", s.what, s.lacks)
		case (s.lacks == "") != (len(tests) > 0):
			t.Errorf("%q must have tests, or say what it lacks", s.what)
		}
		for _, name := range tests {
			if !slices.Contains(there, name) {
				t.Errorf("%q: there is no %s", s.what, name)
			}
		}
		named = append(named, tests...)
	}
	for _, name := range there {
		if strings.HasPrefix(name, "TestCertification") && !slices.Contains(named, name) {
			t.Errorf("%s is of no scenario", name)
		}
	}
}

// scenarios returns all scenarios.
func scenarios() []scenario {
	all := slices.Clone(beyond)
	for _, a := range certification {
		all = append(all, a.scenarios...)
	}
	return all
}

// testNames returns the tests of this package that need no build tag.
func testNames(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if always, err := build.Default.MatchFile(".", name); err != nil || !always {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}
