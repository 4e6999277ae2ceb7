package test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scenario is a scenario of a VTN's certification, and the tests that run it.
type scenario struct {
	what  string // in the words of the protocol's section 4
	tests string // names; at least one of them runs over XMPP, HTTP pull and HTTP push
}

// area is a group of scenarios.
type area struct {
	name      string
	scenarios []scenario
}

// certification lists all scenarios of a VTN's certification, in its order.
var certification = []area{
	{"Registration", []scenario{
		{what: "query", tests: "TestRegistrationOpen TestSpec403Spec404Registration TestCertificationRegistrationWithReports"},
		{what: "register with and without a pre-allocated venID", tests: "TestRegistrationOpen TestRegistrationKnown TestSpec402FirstVENID TestCertificationRegistrationWithReports"},
		{what: "re-register", tests: "TestRegistrationOpen TestCertificationRegistrationWithReports"},
		{what: "cancel from both sides", tests: "TestN8Cancel TestCertificationRegistrationCancelEndsReportsN8N9 TestN9OperatorCancelsARegistration TestN9CancellationReachesAVENThatWasAway"},
		{what: "request re-registration", tests: "TestN10RequestForReregistration TestSpec8_4_1Registration TestCertificationRegistrationWithReports"},
		{what: "wrong IDs", tests: "TestRegistrationOpen TestCertificationRegistrationWrongIDsN7G2"},
		{what: "silence toward strangers", tests: "TestSpec517Strangers TestG3Spec517Strangers TestG3StrangersError"},
	}},
	{"Events", []scenario{
		{what: "an empty push", tests: "TestCertificationEventEmptyPushE20"},
		{what: "one event with two resources", tests: "TestCertificationEventTwoResourcesE1E12"},
		{what: "LOAD_DISPATCH in powerReal", tests: "TestCertificationEventLoadDispatchE8"},
		{what: "two one-hour price intervals with a baseline dated yesterday", tests: "TestCertificationEventPrices"},
		{what: "lengthen the first interval", tests: "TestCertificationEventPrices"},
		{what: "two pending events of two kinds", tests: "TestCertificationEventTwoPendingE1E2"},
		{what: "a wrong modificationNumber", tests: "TestSpec21Spec48UnexpectedIDs TestE16Answers"},
		{what: "opt out by resource with oadrCreateOpt", tests: "TestSpec206Spec16OptsOutlive TestE17Opts"},
		{what: "a custom signal refused with 460", tests: "TestCertificationEventCustomSignalE18"},
		{what: "a venID in the wrong case", tests: "TestCertificationEventWrongCaseVENIDG2 TestBadInput"},
	}},
	{"Opt", []scenario{
		{what: "schedules created", tests: "TestSpec203Spec211Schedules TestP1P2P3P4P5Schedules"},
		{what: "replaced", tests: "TestSpec203Spec211Schedules TestP1P2P3P4P5Schedules"},
		{what: "open-ended", tests: "TestSpec210Spec201OpenEnded TestP1P2P3P4P5Schedules"},
		{what: "cancelled", tests: "TestSpec204OneOptID TestP1P2P3P4P5Schedules"},
		{what: "an unknown optID", tests: "TestSpec208Spec8_5_1OptIDs TestP1P2P3P4P5Schedules"},
	}},
	{"Reports", []scenario{
		{what: "one-shot", tests: "TestCertificationReportOneShotR3"},
		{what: "periodic", tests: "TestCertificationReportPeriodicR3R6R7"},
		{what: "delayed start", tests: "TestCertificationReportDelayedStartR3"},
		{what: "two requests at once", tests: "TestCertificationReportTwoRequestsAtOnceR3"},
		{what: "history in full and in part", tests: "TestCertificationReportHistoryR3"},
		{what: "cancelled alone", tests: "TestCertificationReportCancelR4R8"},
		{what: "piggybacked and with a last report", tests: "TestCertificationReportCancelR4R8"},
		{what: "metadata asked of the VTN once and every minute", tests: "TestSpec301Spec305Spec311Spec327Metadata TestSpec510Spec8_3_2_2PeriodicMetadata TestCertificationReportVTNMetadataR9"},
		{what: "the VTN republishing its own", tests: "TestCertificationReportVTNRepublishesN11"},
		{what: "a wrong reportRequestID", tests: "TestCertificationReportWrongReportRequestIDR5"},
	}},
}

// beyond lists scenarios of the same form that no certification asks for.
var beyond = []scenario{
	{what: "VENs of 2.0a beside those of 2.0b", tests: "TestA2A5Spec506VENsOf20a"},
	{what: "a request for reports that rides in an answer", tests: "TestCertificationReportPiggybackedRequestR4"},
	{what: "reports of a group, of all that measure something", tests: "TestCertificationReportOfManyR2R3"},
	{what: "Green Button", tests: "TestCertificationReportGreenButtonR6"},
	{what: "values that nobody can store", tests: "TestBadReports TestG5R7LargestReport"},
	{what: "the VTN is killed between request and data", tests: "TestR10ReportsSurviveAKill"},
}

// TestScenariosHaveTests: each scenario of certification has a test that runs over each way, and each test of certification has
// its scenario.
func TestScenariosHaveTests(t *testing.T) {
	there := testNames(t)
	var named []string
	for _, s := range scenarios() {
		tests := strings.Fields(s.tests)
		for _, name := range tests {
			if _, ok := there[name]; !ok {
				t.Errorf("%q: there is no %s", s.what, name)
			}
		}
		isOne := !slices.ContainsFunc(beyond, func(b scenario) bool { return b.what == s.what })
		if isOne && !slices.ContainsFunc(tests, func(name string) bool { return there[name] }) {
			t.Errorf("%q has no test that runs over each way", s.what)
		}
		named = append(named, tests...)
	}
	for name := range there {
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

// testNames returns the tests of this package that need no build tag, and whether each runs over each way.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
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
				eachWay := false
				ast.Inspect(f, func(n ast.Node) bool {
					id, ok := n.(*ast.Ident)
					eachWay = eachWay || ok && (id.Name == "eachWay" || id.Name == "startEachWay")
					return true
				})
				names[f.Name.Name] = eachWay
			}
		}
	}
	return names
}
