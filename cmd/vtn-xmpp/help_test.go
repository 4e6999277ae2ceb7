package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// exampleLine is a line of help that shows how a command is called, perhaps with
// settings before it and files to read or write behind it.
var exampleLine = regexp.MustCompile(`(?m)^ +(?:VTN_\w+=\S+ )*vtn-xmpp (.*?)(?: [<>] \S+)?$`)

// TestEveryCommandHasExamples: the help of each shows how it is called, and what
// it shows is understood.
func TestEveryCommandHasExamples(t *testing.T) {
	var line commands
	parser, err := newParser(&line)
	if err != nil {
		t.Fatal(err)
	}
	leaves := parser.Model.Leaves(true)
	if len(leaves) < 25 {
		t.Fatalf("only %d commands are found", len(leaves))
	}
	for _, leaf := range leaves {
		words := strings.Fields(leaf.Path())
		for len(words) > 0 && strings.HasPrefix(words[len(words)-1], "<") {
			words = words[:len(words)-1] // arguments
		}
		name := strings.Join(words, " ")
		t.Run(name, func(t *testing.T) {
			examples := exampleLine.FindAllStringSubmatch(help(t, words...), -1)
			if len(examples) == 0 {
				t.Fatalf("vtn-xmpp %s --help has no example", name)
			}
			for _, example := range examples {
				args := split(t, example[1])
				var line commands
				parser, err := newParser(&line)
				if err != nil {
					t.Fatal(err)
				}
				chosen, err := parser.Parse(args)
				if err != nil {
					t.Errorf("%s: %v", example[0], err)
				} else if chosen.Selected().Path() != leaf.Path() {
					t.Errorf("%s is an example of another command", example[0])
				}
			}
		})
	}
}

// help is what a command prints for --help.
func help(t *testing.T, words ...string) string {
	t.Helper()
	var line commands
	var out bytes.Buffer
	parser, err := newParser(&line, kong.Writers(&out, &out), kong.Exit(func(int) {}))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = parser.Parse(append(words, "--help")) // it goes on behind the exit, and misses arguments
	return out.String()
}

// split divides a line into words as the shell does.
func split(t *testing.T, line string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "bash", "-c", `printf '%s\n' `+line).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}
