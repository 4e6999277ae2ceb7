package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/rs/zerolog"
)

func (c *serveConfig) checkLog() error {
	_, err := c.level()
	if f := c.LogFormat; f != "" && f != "json" && f != "console" {
		err = errors.Join(err, fmt.Errorf("VTN_LOG_FORMAT %q is neither json nor console", f))
	}
	return err
}

func (c *serveConfig) level() (zerolog.Level, error) {
	level, err := zerolog.ParseLevel(c.LogLevel)
	if err != nil || c.LogLevel == "" {
		return level, fmt.Errorf("VTN_LOG_LEVEL %q is none of trace, debug, info, warn, error", c.LogLevel)
	}
	return level, nil
}

// log makes the log, on the standard error.
func (c *serveConfig) log() zerolog.Logger {
	zerolog.TimeFieldFormat = time.RFC3339Nano
	level, _ := c.level()
	log := zerolog.New(os.Stderr)
	if c.LogFormat == "console" || c.LogFormat == "" && isTerminal(os.Stderr) {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.TimeOnly})
	}
	return log.Level(level).With().Timestamp().Logger()
}

func isTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) }
