package fleet

import (
	"slices"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	got, err := Pattern("ven%02d@b", 9, 2, "p")
	if want := []Account{{JID: "ven09@b", Password: "p"}, {JID: "ven10@b", Password: "p"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"ven@b", "ven%s@b", "ven%d-%d@b"} {
		if got, err := Pattern(bad, 0, 2, "p"); err == nil {
			t.Errorf("%q gives %v", bad, got)
		}
	}
}

func TestReadAccounts(t *testing.T) {
	got, err := ReadAccounts(strings.NewReader("# accounts\n\n a@b  one two \nc@d/r\tp\n"))
	if want := []Account{{JID: "a@b", Password: "one two"}, {JID: "c@d/r", Password: "p"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := ReadAccounts(strings.NewReader("a@b p\nc@d\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a line without a password: %v", err)
	}
}
