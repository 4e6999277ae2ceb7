package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// child is a process of this program in another role. It takes a command a line
// and answers it with a line, at once or when what was asked for has happened.
type child struct {
	name  string
	pid   int
	in    io.Writer
	lines chan string
}

// startChild starts a role. It ends with ctx, or when this process does.
func startChild(ctx context.Context, role string, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{role}, args...)...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{name: role, pid: cmd.Process.Pid, in: in, lines: make(chan string, 16)}
	go func() {
		defer close(c.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			c.lines <- s.Text()
		}
		_ = cmd.Wait()
	}()
	return c, nil
}

// say gives a command without waiting for its answer.
func (c *child) say(format string, args ...any) error {
	_, err := fmt.Fprintf(c.in, format+"\n", args...)
	return err
}

// hear waits for the next line, which must be the one that is expected.
func (c *child) hear(ctx context.Context, want string) error {
	line, err := c.line(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("waiting for %q: %w", want, err)
	case line != want:
		return fmt.Errorf("%s says %q, expected was %q", c.name, line, want)
	}
	return nil
}

// line is the next line, whatever it is.
func (c *child) line(ctx context.Context) (string, error) {
	select {
	case line, ok := <-c.lines:
		if !ok {
			return "", fmt.Errorf("%s ended; what it said stands above", c.name)
		}
		return line, nil
	case <-ctx.Done():
		return "", fmt.Errorf("%s said nothing: %w", c.name, ctx.Err())
	}
}

// ask gives a command and waits until it is answered with "ok".
func (c *child) ask(ctx context.Context, format string, args ...any) error {
	if err := c.say(format, args...); err != nil {
		return err
	}
	return c.hear(ctx, "ok")
}

// commands calls do for each line of standard input until it closes.
func commands(name string, do func(words []string) error) int {
	for s := bufio.NewScanner(os.Stdin); s.Scan(); {
		if err := do(strings.Fields(s.Text())); err != nil {
			fmt.Fprintf(os.Stderr, "bench: %s: %s: %v\n", name, s.Text(), err)
			return 1
		}
	}
	return 0
}
