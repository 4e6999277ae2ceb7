package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpuOf is the processor time that the threads of a process have had. The
// scheduler's own figure is exact to the nanosecond; threads that ended are
// missing, of which neither Go nor Erlang has any to speak of.
func cpuOf(pid int) (time.Duration, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(tasks) == 0 {
		return 0, fmt.Errorf("no processor time of process %d: %w", pid, err)
	}
	var sum time.Duration
	for _, task := range tasks {
		raw, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has just ended
		}
		ns, _, _ := bytes.Cut(raw, []byte(" "))
		n, err := strconv.ParseInt(string(ns), 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n)
	}
	return sum, nil
}

// rssOf is the resident memory of a process, in MiB; peak is the most it had.
func rssOf(pid int) (now, peak float64, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(raw)) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "VmRSS:":
			now, err = kib(words[1])
		case "VmHWM:":
			peak, err = kib(words[1])
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return now, peak, nil
}

func kib(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	return n / 1024, err
}
