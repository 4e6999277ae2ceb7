package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// defaultFile is read if VTN_CONFIG names no other file. It may be missing.
const defaultFile = "vtn-xmpp.yaml"

// secrets are the settings without flags.
var secrets = []string{"VTN_XMPP_SECRET", "VTN_API_TOKEN", "VTN_WEBHOOK_SECRET"}

// settings finds what is not on the command line in the environment, or else in a
// YAML file that uses the same names. It reads the file when it first needs it.
type settings struct {
	env   func(string) (string, bool)
	known []string
	file  map[string]string // nil until it is read
	err   error             // what is wrong with the file
}

func newSettings(env func(string) (string, bool)) *settings {
	return &settings{env: env, known: slices.Clone(secrets)}
}

// know adds the names of settings that the command line's flags have.
func (s *settings) know(app *kong.Application) {
	_ = kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			s.known = append(s.known, flag.Envs...)
		}
		return next(nil)
	})
}

// lookup finds a setting in the environment or the file.
func (s *settings) lookup(name string) (string, bool, error) {
	if value, ok := s.env(name); ok {
		return value, true, nil
	}
	if err := s.read(); err != nil {
		return "", false, err
	}
	value, ok := s.file[name]
	return value, ok, nil
}

// secret finds a secret by its name, or in a file if path is not empty. path is the
// value of the setting with that name and _FILE.
func (s *settings) secret(name, path string) (string, error) {
	value, _, err := s.lookup(name)
	if err != nil {
		return "", err
	}
	if path == "" {
		return value, nil
	}
	if value != "" {
		return "", fmt.Errorf("%s and %s_FILE are both set; keep one", name, name)
	}
	raw, err := readText(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	value = strings.TrimRight(string(raw), "\r\n")
	if value == "" {
		return "", fmt.Errorf("%s_FILE: %s is empty", name, path)
	}
	return value, nil
}

// Validate is part of [kong.Resolver]; there is nothing to check.
func (s *settings) Validate(*kong.Application) error { return nil }

// Resolve returns the file's value for a flag. kong itself reads the environment,
// which has precedence.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, ok := s.env(name); ok {
			return nil, nil
		}
		if s.read() != nil {
			return nil, nil // [run] reports it; it is not about this flag
		}
		if value, ok := s.file[name]; ok {
			return value, nil
		}
	}
	return nil, nil
}

// read reads the file, once.
func (s *settings) read() error {
	if s.file == nil && s.err == nil {
		s.file, s.err = s.load()
	}
	return s.err
}

func (s *settings) load() (map[string]string, error) {
	path, named := s.env("VTN_CONFIG")
	if path == "" {
		path, named = defaultFile, false
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return map[string]string{}, nil
	} else if err != nil {
		return nil, fmt.Errorf("VTN_CONFIG: %w", err)
	}
	file, err := s.parse(raw)
	if err != nil {
		return nil, fmt.Errorf("VTN_CONFIG: %s: %w", path, err)
	}
	return file, nil
}

func (s *settings) parse(raw []byte) (map[string]string, error) {
	nodes := map[string]yaml.Node{}
	if err := yaml.Unmarshal(raw, &nodes); err != nil {
		return nil, err
	}
	file := map[string]string{}
	for name, node := range nodes {
		if !slices.Contains(s.known, name) {
			return nil, fmt.Errorf("line %d: %q is not a setting; settings have the names of the environment, such as VTN_STORE", node.Line, name)
		}
		switch node.Kind {
		case yaml.ScalarNode:
			file[name] = node.Value
		case yaml.SequenceNode:
			var values []string
			if err := node.Decode(&values); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			file[name] = strings.Join(values, ",")
		default:
			return nil, fmt.Errorf("line %d: %s must be one value or a list of values", node.Line, name)
		}
	}
	return file, nil
}
