package main

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
)

// exampleLine matches a line of help that shows how to call a command, perhaps with
// settings before it and files to read or write after it.
var exampleLine = regexp.MustCompile(`(?m)^ +(?:VTN_\w+=\S+ )*vtn-xmpp (.*?)(?: [<>] \S+)?$`)

// TestEveryCommandHasExamples: the help of each command has examples that call it.
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
				if chosen := understood(t, example[1]); chosen != leaf.Path() {
					t.Errorf("%s is an example of the command %q", example[0], chosen)
				}
			}
		})
	}
}

// TestExamplesOfTheReadmeAreUnderstood: all of them can be parsed.
func TestExamplesOfTheReadmeAreUnderstood(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile(`(?m)^(?:VTN_\w+=\S+ )*vtn-xmpp (.*?)(?: > \S+)?(?: +#.*)?$`).FindAllStringSubmatch(string(readme), -1)
	if len(examples) < 20 {
		t.Errorf("only %d examples are found", len(examples))
	}
	for _, example := range examples {
		understood(t, example[1])
	}
}

// TestExamplesOfEventsDoNotAge: the events in examples start in the future, whenever
// the example is read, or say that they start now.
func TestExamplesOfEventsDoNotAge(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(readme) + help(t, "event", "create") + help(t, "event", "modify")
	examples := regexp.MustCompile(`(?m)^ *vtn-xmpp (event (?:create|modify).*?)(?: +#.*)?$`).FindAllStringSubmatch(text, -1)
	if len(examples) < 5 {
		t.Errorf("only %d examples are found", len(examples))
	}
	for _, example := range examples {
		for _, word := range split(t, example[1]) {
			_, date, _ := strings.Cut(word, "start=")
			if !strings.Contains(word, "start=") {
				date = word
			}
			if at, err := time.Parse(time.RFC3339, date); err == nil && (!at.After(time.Now()) || strings.Contains(example[1], date)) {
				t.Errorf("%s: %s is past one day", example[1], date)
			}
		}
		if strings.Contains(example[1], "create --") && !strings.Contains(example[1], "--start") {
			t.Errorf("%s does not say when it starts", example[1])
		}
	}
}

// understood parses the arguments of the program, and returns the command that they
// choose.
func understood(t *testing.T, line string) string {
	t.Helper()
	parser, err := newParser(new(commands))
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := parser.Parse(split(t, line))
	if err != nil {
		t.Errorf("vtn-xmpp %s: %v", line, err)
		return ""
	}
	return chosen.Selected().Path()
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
