package address

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	for address, want := range map[string]Parts{
		"ven1@example.org/r":      {"ven1", "example.org", "r"},
		"ven1@example.org":        {"ven1", "example.org", ""},
		"example.org":             {"", "example.org", ""},
		"example.org/a@b/c":       {"", "example.org", "a@b/c"},
		"Ven1@EXAMPLE.org/R":      {"Ven1", "EXAMPLE.org", "R"}, // as it is
		"a’b@example.org/①\u200d": {"a’b", "example.org", "①\u200d"},
		"a@[::1]/ ":               {"a", "[::1]", " "},
	} {
		if got, err := Split(address); err != nil || got != want || got.String() != address {
			t.Errorf("%q: %+v, %v", address, got, err)
		}
	}
	long := strings.Repeat("a", 1024)
	for _, address := range []string{"", "@", "@/", "/", "a@", "@example.org", "a@b@c", "a@b/", "a b@c", "a@b c", "a@b/\x00", "a\xff@b", "a\t@b", long + "@b", "a@" + long, "a@b/" + long} {
		if got, err := Split(address); err == nil {
			t.Errorf("%q: %+v", address, got)
		}
	}
}

func TestNormal(t *testing.T) {
	for written, want := range map[string]string{
		" Ven1@EXAMPLE.org. ":            "ven1@example.org",
		"Straße@Exämple.org/Straße":      "strasse@exämple.org/Straße",
		"①@example.org/①":                "1@example.org/1",
		"A’B@example.org/a\u200db\ufe0f": "a’b@example.org/ab",
		"a@xn--exmple-cua.org":           "a@exämple.org",
		"a@xn--0.org":                    "a@xn--0.org",
		"ΣΑΣ@example.org":                "σασ@example.org",
	} {
		if got, err := Normal(written); err != nil || got.String() != want || !Same(written, want) {
			t.Errorf("%q: %q, %v", written, got, err)
		}
	}
	for _, written := range []string{"a'b@example.org", "\u00ad@example.org", "a:b@example.org", "a@b/\u200d"} {
		if got, err := Normal(written); err == nil {
			t.Errorf("%q: %q", written, got)
		}
	}
	if Same("a@example.org", "b@example.org") || Same("@", "@@") {
		t.Error("what differs is the same")
	}
}

// prepareAll is a program for escript that prints, for each character that ejabberd
// might take, a text with it, and what ejabberd makes of the text as a name and as a
// resource: in hexadecimal, "-" where it does not take it.
const prepareAll = `#!/usr/bin/env escript
main([Beams]) ->
  code:add_path(Beams),
  {ok, _} = application:ensure_all_started(stringprep),
  io:setopts([{encoding, latin1}]),
  Hex = fun(B) when is_binary(B) -> [io_lib:format("~2.16.0B", [X]) || <<X>> <= B]; (_) -> "-" end,
  [begin
     B = <<"a", C/utf8, "b">>,
     io:put_chars([Hex(B), " ", Hex(stringprep:nodeprep(B)), " ", Hex(stringprep:resourceprep(B)), "\n"])
   end || C <- lists:seq(16#21, 16#D7FF) ++ lists:seq(16#E000, 16#1FFFF), C =/= $/, C =/= $@].
`

// prepared runs [prepareAll] with ejabberd's own library.
func prepared(t *testing.T) string {
	t.Helper()
	beams, _ := filepath.Glob("/usr/lib/erlang/lib/p1_stringprep-*/ebin")
	if _, err := exec.LookPath("escript"); err != nil || len(beams) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("ejabberd is not installed")
		}
		t.Skip("ejabberd is not installed: apt-get install ejabberd")
	}
	script := filepath.Join(t.TempDir(), "prepare")
	if err := os.WriteFile(script, []byte(prepareAll), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "escript", script, beams[0])
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s%.1000s", err, said.String(), out)
	}
	return string(out)
}

// TestNormalIsWhatEjabberdMakesOfIt: every character that ejabberd takes in a name
// or a resource comes out as it does there.
func TestNormalIsWhatEjabberdMakesOfIt(t *testing.T) {
	out := prepared(t)
	taken, wrong := 0, 0
	check := func(char, what, got, theirs, address string) {
		taken++
		if got != theirs {
			wrong++
			t.Errorf("%U in a %s: %q, ejabberd has %q", []rune(char)[1], what, got, theirs)
		}
		if _, err := Split(address); err != nil {
			t.Errorf("%U in a %s: %v", []rune(char)[1], what, err)
		}
	}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		s := unhex(t, f[0])
		if f[1] != "-" && s != "a\u33c6b" { // ㏆, whose C ejabberd leaves as it is
			name := unhex(t, f[1])
			check(s, "name", fold(s), name, name+"@example.org")
		}
		if f[2] != "-" {
			resource := unhex(t, f[2])
			check(s, "resource", prepare(s), resource, "a@example.org/"+resource)
		}
		if wrong > 20 {
			t.Fatal("and so on")
		}
	}
	if taken < 100_000 {
		t.Errorf("ejabberd took %d of %d", taken, utf8.RuneCountInString(out))
	}
}

func unhex(t *testing.T, s string) string {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// FuzzNormal: what is in normal form stays as it is.
func FuzzNormal(f *testing.F) {
	for _, s := range []string{"Ven1@Example.ORG/R", "①@x", "ß@ß/ß", "\u1e9e@x", "a\u0345@x/\u03aa\u0345", "Ⴀ@x", "\u037a@x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := Normal(s)
		if err != nil {
			return
		}
		again, err := Normal(once.String())
		if err == nil && again != once {
			t.Errorf("%q becomes %q, and that %q", s, once, again)
		}
	})
}
