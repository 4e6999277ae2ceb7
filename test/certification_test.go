package test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCertificationTable checks that each test named here is there, and that each
// of a certification is named. This is what a certification of a VTN walks through,
// and the tests that do.
//
// Registration
//
//	query                                       TestRegistrationOpen, TestCertificationRegistrationWithReports
//	register without a venID                    TestRegistrationOpen, TestCertificationRegistrationWithReports
//	register with a pre-allocated venID         TestRegistrationOpen, TestRegistrationKnown
//	re-register                                 TestRegistrationOpen, TestCertificationRegistrationWithReports
//	cancel, the VEN                             TestN8Cancel, TestCertificationRegistrationCancelEndsReportsN8N9
//	cancel, the operator                        TestN9OperatorCancelsARegistration, TestN9CancellationReachesAVENThatWasAway
//	request re-registration                     TestN10RequestForReregistration, TestCertificationRegistrationWithReports
//	wrong IDs                                   TestRegistrationOpen, TestCertificationRegistrationWrongIDsN7G2
//	silence toward strangers                    TestG3Strangers, TestG3Strangers463
//
// Events
//
//	an empty push                               TestCertificationEventEmptyPushE20
//	one event with two resources                TestCertificationEventTwoResourcesE1E12
//	LOAD_DISPATCH in powerReal                  TestCertificationEventLoadDispatchE8
//	two price intervals, baseline of yesterday  TestCertificationEventPrices
//	lengthen the first interval                 TestCertificationEventPrices
//	two pending events of two kinds             TestCertificationEventTwoPendingE1E2
//	a wrong modificationNumber                  TestE16Answers
//	opt out by resource with oadrCreateOpt      TestE17Opts
//	a custom signal refused with 460            TestCertificationEventCustomSignalE18
//	a venID in the wrong case                   TestCertificationEventWrongCaseVENIDG2, TestBadInput
//
// Opt
//
//	created, replaced, open-ended, cancelled    TestP1P2P3P4P5Schedules
//	an unknown optID                            TestP1P2P3P4P5Schedules
//
// Reports
//
//	one-shot                                    TestCertificationReportOneShotR3
//	periodic                                    TestCertificationReportPeriodicR3R6R7
//	delayed start                               TestCertificationReportDelayedStartR3
//	two requests at once                        TestCertificationReportTwoRequestsAtOnceR3
//	a request that rides in an answer           TestCertificationReportPiggybackedRequestR4
//	of a group, of all that measure something   TestCertificationReportOfManyR2R3
//	history in full and in part                 TestCertificationReportHistoryR3
//	Green Button                                TestCertificationReportGreenButtonR6
//	cancelled alone, piggybacked, a last one    TestCertificationReportCancelR4R8
//	metadata of the VTN, once and every minute  TestCertificationReportVTNMetadataR9
//	the VTN republishes its own                 TestCertificationReportVTNRepublishesN11
//	a wrong reportRequestID                     TestCertificationReportWrongReportRequestIDR5
//	values that nobody can store                TestBadReports, TestG5LargestReport
//	the VTN is killed between request and data  TestR10ReportsSurviveAKill
func TestCertificationTable(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var named, there []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil {
				continue
			}
			there = append(there, f.Name.Name)
			if f.Name.Name == t.Name() {
				named = regexp.MustCompile(`\bTest\w+`).FindAllString(f.Doc.Text(), -1)
			}
		}
	}
	for _, name := range named {
		if !slices.Contains(there, name) {
			t.Errorf("there is no %s", name)
		}
	}
	for _, name := range there {
		if strings.HasPrefix(name, "TestCertification") && !slices.Contains(named, name) {
			t.Errorf("%s is not in the table", name)
		}
	}
}
