package oadr_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vtn-xmpp/vtn-xmpp/oadr"
	"github.com/vtn-xmpp/vtn-xmpp/oadr/oadrtest"
)

// tolerated are elements that the schema requires and a message may lack, by the
// end of their path, and why.
var tolerated = map[string]string{
	"/requestID":                        "may be missing or empty (Conformance Rules 207, 303)",
	"Report/oadrReport/reportRequestID": "is 0 in metadata (rule R1)",
	"/eiActivePeriod/components":        "is always empty",
	"/itemDescription":                  "is a word for people; the element's name says which unit it is",
	"/oadrPendingReports=":              "has no text, so what stands there is passed over",
	"/oadrLoadControlState=":            "has no text, so what stands there is passed over",
	"/vavailability/components=":        "has no text, so what stands there is passed over",
	"/uid/text":                         "may be empty, which is as if it were left out (Conformance Rule 46)",
	"/oadrProfileName":                  "is the VTN's to judge, as all that is not offered (rule N12)",
	"/oadrTransportName":                "is the VTN's to judge, as all that is not offered (rule N12)",
	"/signalName":                       "is the VEN's to judge: it answers 460",
}

// TestSpec33MissingOrOfTheWrongType leaves out each element of each message, with
// each part that it can have, and replaces each value by one of no type. If the
// schema then refuses the message, it is refused with 459 and the element is named;
// otherwise it is accepted.
func TestSpec33MissingOrOfTheWrongType(t *testing.T) {
	var all []oadrtest.Variant
	seen := map[string]bool{}
	g := oadrtest.NewGenerator(33)
	for range 200 {
		for _, kind := range kinds {
			all = append(all, oadrtest.Variants(oadr.Append(nil, oadr.Form{Root: oadr.RootMessage}, g.Message(kind)), seen)...)
		}
	}
	valid := validates(t, all)
	missing, mistyped := 0, 0
	for i, v := range all {
		p, err := oadr.Decode(v.Raw, oadr.Limits{Size: len(v.Raw), Depth: 64})
		if err != nil {
			t.Fatalf("%s: %v\n%s", v.Path, err, v.Raw)
		}
		named := ""
		if p.Invalid != nil {
			named = index.ReplaceAllString(p.Invalid.Element, "")
		}
		switch excused := excuse(v); {
		case valid[i] && p.Invalid != nil:
			t.Errorf("%s, value %t: the schema takes it, refused: %v", v.Path, v.Value, p.Invalid)
		case valid[i], p.Invalid == nil && excused != "":
		case p.Invalid == nil:
			t.Errorf("%s, value %t: is taken, the schema does not", v.Path, v.Value)
		case p.Invalid.Code != oadr.CodeCompliance || !strings.HasPrefix(v.Path, named) && !slices.Contains(strings.Fields(p.Invalid.Reason), filepath.Base(v.Path)):
			t.Errorf("%s, value %t: %d %v", v.Path, v.Value, p.Invalid.Code, p.Invalid)
		case v.Value:
			mistyped++
		default:
			missing++
		}
	}
	if missing < 100 || mistyped < 100 {
		t.Errorf("only %d elements were missed and %d values refused", missing, mistyped)
	}
	t.Logf("%d of %d variants: %d elements were missed, %d values refused", missing+mistyped, len(all), missing, mistyped)
}

var index = regexp.MustCompile(`\[\d+\]`)

func excuse(v oadrtest.Variant) string {
	path := v.Path
	if v.Value {
		path += "="
	}
	for end, why := range tolerated {
		if strings.HasSuffix(path, end) || strings.HasSuffix(v.Path, end) {
			return why
		}
	}
	return ""
}

// validates reports for each variant whether the schema accepts it.
func validates(t *testing.T, all []oadrtest.Variant) []bool {
	t.Helper()
	schema, dir := filepath.Join(oadrtest.SharedDir(t), "schema", "oadr_20b.xsd"), t.TempDir()
	if _, err := exec.LookPath("xmllint"); err != nil {
		oadrtest.Validate(t, all[0].Raw) // skips
	}
	args := []string{"--nonet", "--noout", "--schema", schema}
	for i, v := range all {
		name := fmt.Sprintf("%d.xml", i)
		if err := os.WriteFile(filepath.Join(dir, name), v.Raw, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	cmd := exec.Command("xmllint", args...)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput() // its status only says that some are invalid
	valid := make([]bool, len(all))
	for i := range all {
		valid[i] = bytes.Contains(out, fmt.Appendf(nil, "\n%d.xml validates\n", i)) || bytes.HasPrefix(out, fmt.Appendf(nil, "%d.xml validates\n", i))
	}
	return valid
}
