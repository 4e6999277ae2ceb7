package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestPrecedence checks which of several addresses a command connects to.
func TestPrecedence(t *testing.T) {
	const fromFlag, fromEnv, fromFile = "http://127.0.0.1:1/flag", "http://127.0.0.1:1/env", "http://127.0.0.1:1/file"
	for _, test := range []struct {
		name      string
		args      []string
		env, file string
		want      string
	}{
		{"flag before all", []string{"--api-url=" + fromFlag}, fromEnv, fromFile, fromFlag},
		{"environment before the file", nil, fromEnv, fromFile, fromEnv},
		{"file", nil, "", fromFile, fromFile},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, map[string]string{})
			if test.env != "" {
				m.env["VTN_API_URL"] = test.env
			}
			m.write("vtn-xmpp.yaml", "VTN_API_URL: "+test.file+"\n")
			if said := m.refused(append([]string{"event", "list"}, test.args...)...); !strings.Contains(said, test.want) {
				t.Errorf("said %q, want it to ask %s", said, test.want)
			}
		})
	}
}

func TestClientsAskWhereServeListens(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:1": "http://127.0.0.1:1", "0.0.0.0:1": "http://127.0.0.1:1", ":1": "http://127.0.0.1:1", "[::]:1": "http://[::1]:1",
	} {
		t.Run(listen, func(t *testing.T) {
			if said := newMachine(t, map[string]string{"VTN_API_LISTEN": listen}).refused("health"); !strings.Contains(said, want+":") {
				t.Errorf("said %q, want it to ask %s", said, want)
			}
		})
	}
}

func TestTheFileThatVTN_CONFIGNames(t *testing.T) {
	m := newMachine(t, map[string]string{"VTN_CONFIG": "other.yaml"})
	if said := m.refused("event", "list"); !strings.Contains(said, "other.yaml") {
		t.Errorf("missing: said %q", said)
	}
	m.write("other.yaml", "VTN_API_URL: http://127.0.0.1:1/other\n")
	if said := m.refused("event", "list"); !strings.Contains(said, "/other") {
		t.Errorf("said %q", said)
	}
}

func TestBadFiles(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"an unknown name", "VTN_ID: x\nVTN_STOER: sqlite:x\n", `line 2: "VTN_STOER"`},
		{"a name in lower case", "vtn_id: x\n", "vtn_id"},
		{"a map", "VTN_STORE: {sqlite: x}\n", "VTN_STORE"},
		{"no YAML", "VTN_ID: [\n", "line"},
		{"a list", "- VTN_ID\n", "vtn-xmpp.yaml"},
		{"a number that is none", "VTN_XMPP_SECRET: s\nVTN_RATE: fast\n", "--rate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, nil)
			m.write("vtn-xmpp.yaml", test.file)
			if said := m.refused("serve"); !strings.Contains(said, test.want) {
				t.Errorf("said %q, want it to name %s", said, test.want)
			}
		})
	}
}

func TestServeRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		env  map[string]string
		args []string
		want string
	}{
		{"no secret", map[string]string{"VTN_XMPP_SECRET": ""}, nil, "VTN_XMPP_SECRET_FILE"},
		{"a secret twice", map[string]string{"VTN_XMPP_SECRET_FILE": os.DevNull}, nil, "both"},
		{"a secret in a missing file", map[string]string{"VTN_XMPP_SECRET": "", "VTN_XMPP_SECRET_FILE": "none"}, nil, "VTN_XMPP_SECRET_FILE"},
		{"a secret in an empty file", map[string]string{"VTN_XMPP_SECRET": "", "VTN_XMPP_SECRET_FILE": os.DevNull}, nil, "empty"},
		{"listening to all without token", map[string]string{"VTN_API_LISTEN": ":0"}, nil, "VTN_API_TOKEN"},
		{"listening beyond loopback without token", map[string]string{"VTN_API_LISTEN": "192.0.2.1:80"}, nil, "VTN_API_TOKEN"},
		{"an address without port", map[string]string{"VTN_API_LISTEN": "localhost"}, nil, "VTN_API_LISTEN"},
		{"a server without port", map[string]string{"VTN_XMPP_SERVER": "localhost"}, nil, "VTN_XMPP_SERVER"},
		{"webhook without a URL", map[string]string{"VTN_REGISTRATION": "webhook", "VTN_WEBHOOK_SECRET": "hidden"}, nil, "VTN_WEBHOOK_URL"},
		{"webhook without a secret", map[string]string{"VTN_REGISTRATION": "webhook", "VTN_WEBHOOK_URL": "https://dr.example.org/"}, nil, "VTN_WEBHOOK_SECRET_FILE"},
		{"webhook in the clear", map[string]string{"VTN_REGISTRATION": "webhook", "VTN_WEBHOOK_URL": "http://dr.example.org/", "VTN_WEBHOOK_SECRET": "hidden"}, nil, "VTN_WEBHOOK_URL is not encrypted"},
		{"webhook with a password", map[string]string{"VTN_REGISTRATION": "webhook", "VTN_WEBHOOK_URL": "https://a:hidden@dr.example.org/", "VTN_WEBHOOK_SECRET": "hidden"}, nil, "VTN_WEBHOOK_URL has a user"},
		{"the webhook's secret twice", map[string]string{"VTN_REGISTRATION": "webhook", "VTN_WEBHOOK_URL": "https://dr.example.org/", "VTN_WEBHOOK_SECRET": "hidden", "VTN_WEBHOOK_SECRET_FILE": os.DevNull}, nil, "both"},
		{"an unknown registration", map[string]string{"VTN_REGISTRATION": "closed"}, nil, "VTN_REGISTRATION"},
		{"a tiny payload", map[string]string{"VTN_MAX_PAYLOAD": "10"}, nil, "VTN_MAX_PAYLOAD"},
		{"a payload that ejabberd does not take", map[string]string{"VTN_MAX_PAYLOAD": "1000001"}, nil, "VTN_MAX_PAYLOAD 1000001 is not from 4096 to 1000000"},
		{"nothing in flight", map[string]string{"VTN_IN_FLIGHT": "0"}, nil, "VTN_IN_FLIGHT"},
		{"a negative rate", map[string]string{"VTN_RATE": "-1"}, nil, "VTN_RATE"},
		{"more than a processor", map[string]string{"VTN_WORK": "101"}, nil, "VTN_WORK 101 is not from 0 to 100"},
		{"no connection", map[string]string{"VTN_XMPP_CONNECTIONS": "0"}, nil, "VTN_XMPP_CONNECTIONS 0 is not from 1 to 16"},
		{"too many connections", map[string]string{"VTN_XMPP_CONNECTIONS": "17"}, nil, "VTN_XMPP_CONNECTIONS"},
		{"a retention that is none", map[string]string{"VTN_RETENTION": "long"}, nil, "VTN_RETENTION"},
		{"a retention in months", map[string]string{"VTN_RETENTION": "P13M"}, nil, "VTN_RETENTION"},
		{"a quota of something unknown", map[string]string{"VTN_QUOTA": "pots=1/1MB"}, nil, "VTN_QUOTA"},
		{"a retention of nothing", map[string]string{"VTN_RETENTION": "0d"}, nil, "VTN_RETENTION"},
		{"an unknown answer to strangers", map[string]string{"VTN_STRANGERS": "451"}, nil, "VTN_STRANGERS"},
		{"an unknown log level", map[string]string{"VTN_LOG_LEVEL": "loud"}, nil, "VTN_LOG_LEVEL"},
		{"an unknown log format", map[string]string{"VTN_LOG_FORMAT": "xml"}, nil, "VTN_LOG_FORMAT"},
		{"an unknown store", map[string]string{"VTN_STORE": "mysql:x"}, nil, "VTN_STORE"},
		{"an empty ID", map[string]string{"VTN_ID": ""}, nil, "VTN_ID"},
		{"a password on the command line", nil, []string{"--store=postgres://vtn:hidden@127.0.0.1:1/vtn"}, "--store"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMachine(t, map[string]string{"VTN_XMPP_SECRET": "hidden", "VTN_API_LISTEN": "127.0.0.1:0"})
			for name, value := range test.env {
				m.env[name] = value
			}
			said := m.refused(append([]string{"serve"}, test.args...)...)
			if !strings.Contains(said, test.want) {
				t.Errorf("said %q, want it to name %s", said, test.want)
			}
			if strings.Contains(said, "hidden") {
				t.Errorf("it tells a secret: %q", said)
			}
		})
	}
}

func TestSpan(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{"400d": 400 * day, "1d": day, "P400D": 400 * day, "PT36H": 36 * time.Hour, "9600h": 400 * day, "90m": 90 * time.Minute} {
		if got, err := parseSpan(text); err != nil || got != want {
			t.Errorf("%s = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "1.5d", "400", "P1Y", "99999999d", "forever"} {
		if got, err := parseSpan(text); err == nil {
			t.Errorf("%q = %v", text, got)
		}
	}
}
