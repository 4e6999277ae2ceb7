package test

import (
	"bufio"
	"encoding/json"
	"syscall"
)

// happenings runs simulate, which must end well, and hands over each line of JSON
// that it prints; stop has it end.
func happenings[T any](s *stack, flags []string, each func(h T, line string, stop func())) {
	s.t.Helper()
	cmd := s.command(append([]string{"simulate", "-o", "json", "--duration", "1m"}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var h T
		if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
			s.t.Fatalf("%v: %s", err, lines.Bytes())
		}
		each(h, lines.Text(), func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	}
	if err := cmd.Wait(); err != nil {
		s.t.Error(err)
	}
}
